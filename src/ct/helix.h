/* helix: multi-row helical scans by weighted filtered back-projection (Stierstorfer et al. 2004,
 * Phys. Med. Biol. 49, 2209): fan views become parallel ones row by row, rows are filtered, and
 * every voxel takes from each direction the mean of the rays that cross it, at their true cone
 * angles. Eqs (18) to (22) of doc/physics/ct.md. */
#ifndef CT_HELIX_H
#define CT_HELIX_H

#include "base/err.h"
#include "ct/back.h"
#include "ct/filter.h"
#include "kern/kern.h"
#include "phys/ct.h"

struct ct_helix;

#define CT_HELIX_NOWHERE 1e9f /* z of a view that sees nothing; negative before the scan */

/* How a helical scan is filtered: views_turn parallel views a turn (even), window and cutoff as in
 * ct_filter_open. */
struct ct_helix_way {
    int32_t views_turn;
    enum ct_window window;
    double cutoff;
};

/* A cone beam on a curved or flat detector. Fails like ct_back_open and ct_filter_open. */
int ct_helix_open(struct ct_helix **h, const struct ct_geometry *g, const struct ct_grid *grid,
                  const struct ct_helix_way *way, const struct kern *k, struct err *e) MUST_USE;
void ct_helix_close(struct ct_helix *h); /* takes NULL */
/* Of a parallel view: rows + 1 rows (the last: z of the source for each column, mm) x columns. */
int32_t ct_helix_rows(const struct ct_helix *h);
int32_t ct_helix_cols(const struct ct_helix *h);
/* rad from one parallel view to the next, and how far beyond its angle fan views are needed. */
double ct_helix_step(const struct ct_helix *h);
double ct_helix_fan(const struct ct_helix *h);
/* Along z, from the source's plane to the furthest voxels of the grid that it sees, mm. */
double ct_helix_reach(const struct ct_helix *h);
size_t ct_helix_scratch(const struct ct_helix *h);

/* The filtered parallel view of angle theta from n good fan views of ascending angle that cover
 * theta +- fan. frame[i]: rows x cols attenuations of view[i]. out: rows x cols as above. */
void ct_helix_rebin(const struct ct_helix *h, double theta, const struct ct_view *view,
                    const float *const *frame, int32_t n, float *out, void *scratch);
/* Parallel views begin .. end - 1 (line[0] is that of begin; view j has angle first_rad + j step)
 * into a part of the grid: overwrites it. They must hold all that the part's slices need. */
void ct_helix_run(const struct ct_helix *h, double first_rad, const float *const *line,
                  int32_t begin, int32_t end, const struct ct_part *part, float *volume,
                  void *scratch);

#endif
