/* sim: a whole scan by the twin: source, beam, item, detector and belt together fill a raw tape
 * line by line as a machine would (planes: one POSE per view, COUNTS per view and energy; one
 * COUNTS of energy 2 where the source is interlaced; lattice PROJ under a gantry). Same scanner,
 * scene and options: same bits, whatever the threads. */
#ifndef TWIN_SIM_H
#define TWIN_SIM_H

#include "base/par.h"
#include "tape/tape.h"
#include "twin/belt.h"
#include "twin/scanner.h"
#include "twin/scene.h"

#define SIM_STEPS_MAX 64
#define SIM_CELSIUS_NEW 25.0 /* where gain and dark current are nominal */

enum sim_kind {
    SIM_ITEM,
    SIM_DARK,  /* source off */
    SIM_AIR,   /* nothing in the beam */
    SIM_WEDGE, /* one thickness after the other on every ray, air before and after */
    SIM_LAG,   /* half air, then the source is switched off */
    SIM_KINDS
};
extern const char *const sim_kind_name[SIM_KINDS];

struct sim_options {
    enum sim_kind kind;
    uint64_t seed;    /* of this scan: photons, belt, pulses */
    uint64_t machine; /* of the machine: gains, defects, afterglow of its pixels */
    double celsius;   /* SIM_CELSIUS_NEW unless known better */
    double days;      /* since the machine was new */
    int32_t lines;    /* of dark, air and lag scans in all, of wedges per step, each energy counts;
                       * 0 = 512 (wedges 256) */
    struct material wedge;
    int steps;
    double step_g_cm2[SIM_STEPS_MAX];
    bool blocker; /* of wedges: lead strips in front of some pixels, in every line */
    int events;
    struct belt_event event[BELT_EVENTS_MAX];
    double turns; /* of an item on a belt at rest under a gantry; 0 = 1 */
    bool placed;  /* then the item's x = at_mm lies in the plane of the source, else its middle */
    double at_mm;
    int samples; /* 0 = the scanner's own; otherwise what they were changed to, to be told */
    bool exact;  /* also planes of the noise-free attenuation, as floats */
};

struct sim;

/* Plans everything and makes the (empty) tape. Scanner, scene (NULL unless kind is SIM_ITEM) and
 * pool must outlive the sim. */
int sim_open(const struct scanner *s, const struct scene *scene, const struct sim_options *options,
             struct par *pool, struct sim **sim, struct err *e) MUST_USE;
void sim_close(struct sim *s); /* takes NULL; frees the tape unless it was taken */
int32_t sim_lines(const struct sim *s);
/* Makes the next few lines and moves the marks; false when the scan is complete and sealed. */
bool sim_turn(struct sim *s);
struct tape *sim_tape(const struct sim *s);
struct tape *sim_take(struct sim *s); /* the tape becomes the caller's */
/* The plan: what truly happened; sim_lines() of them. For tests. */
const struct belt_line *sim_truth(const struct sim *s);

#endif
