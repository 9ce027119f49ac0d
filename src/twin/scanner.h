/* scanner: a machine as a data file (etc/scanners, doc/format/scanner.md): geometry, source,
 * detector, belt, and how imperfect each of them is. */
#ifndef TWIN_SCANNER_H
#define TWIN_SCANNER_H

#include "phys/ct.h"
#include "phys/geometry.h"
#include "phys/response.h"
#include "phys/spectrum.h"

#include <stdbool.h>

#define SCANNER_ENERGIES 2
#define SCANNER_LAGS_MAX 4
#define SCANNER_SAMPLES_MAX 64 /* 8 x 8 sub-rays */
#define SCANNER_EVENTS_MAX 16
#define SCANNER_VIEWS_TURN_MAX 100000
#define SCANNER_PIXELS_MAX (1 << 20) /* of a gantry's detector */
#define SCANNER_SPEED_MIN 0.1        /* of a belt without gantry, mm/s */
#define SCANNER_NAME_MAX 64
#define SCANNER_TEXT_MAX ((size_t)256 << 10)

enum effect {
#define EFFECT(symbol_, ...) EFFECT_##symbol_,
#include "twin/effect.def"
#undef EFFECT
    EFFECTS
};
/* -1 if there is none of that name. */
int effect_find(const char *name);
const char *effect_name(enum effect x);
const char *effect_meaning(enum effect x);

/* One energy of the machine: what arrives and what it deposits. */
struct scanner_channel {
    struct spectrum spectrum; /* photons / mm2 at 1 m per mAs or uC; filters applied */
    struct response response;
    double charge; /* mAs or uC per line */
};

/* Charge comes either per line (pulsed) or from current and line time. */
struct scanner_source {
    bool interlaced, pulsed;
    double pulses_hz, current_ma;
    double focal_mm[2];           /* along the belt, in the fan plane */
    double jitter, monitor_noise; /* relative, per line */
    double slow_jitter, slow_s;   /* relative, and its correlation time */
    double misfire, wrong_energy; /* probability per pulse */
};

struct scanner_lag {
    double fraction, tau_ms;
};

struct scanner_detector {
    double aperture_mm; /* across the array, along the belt */
    double beam_mm;     /* width of the fan there: what of it scatters */
    double air_counts;  /* nominal air signal of the brightest pixel above the offset */
    double electronic_counts, offset_counts, offset_spread;
    double dark_counts_s, dark_spread, dark_doubling_c; /* counts per second at 25 C */
    double gain_spread, gain_per_c, gain_per_c_spread, gain_per_day_spread, warming_c_min;
    double dead, hot, drifting;         /* share of the pixels */
    double crosstalk, crosstalk_spread; /* share that each neighbour receives; relative spread */
    int lags;
    struct scanner_lag lag[SCANNER_LAGS_MAX];
    double lag_spread;             /* relative, pixel to pixel */
    double slot_mm, slot_depth_mm; /* collimator in front of the array; 0 0 = none */
};

struct scanner_belt {
    double speed_mm_s, pitch_mm;    /* pitch of the lines of one energy; 0 = from the pulses */
    double variation, variation_s;  /* relative speed noise and its correlation time */
    double encoder_mm;              /* step of the encoder; 0 = there is none */
    double sensor_noise, sensor_hz; /* speed sensor, where there is no encoder */
    double lost, doubled;           /* probability per trigger */
    double lead_mm;                 /* air before and after the item */
};

/* Source and detector turn about an axis along the belt, one line per view (doc/physics/ct.md). */
struct scanner_gantry {
    bool turns; /* false: the machine has none, and views of arms instead */
    struct ct_geometry geometry;
    int views_turn;               /* lines per turn */
    double turns_s, first_deg;    /* angle of the first line */
    double axis_mm;               /* height of the axis above the belt */
    double wobble_deg, wobble_mm; /* rms over a turn: of the angle, of the axis (each way) */
    double flash_over, flash_ms;  /* probability per view that one begins, and how long it lasts */
    int module_cols;              /* columns per detector module; 0 = no modules */
    double module_gap_mm;         /* insensitive, shared by the two columns beside it */
};

struct scanner {
    char name[SCANNER_NAME_MAX];
    struct geometry geometry;
    struct scanner_gantry gantry;
    struct scanner_source source;
    struct scanner_channel channel[SCANNER_ENERGIES];
    int energies, bins; /* bins of the transport sum, per energy */
    int samples[2];     /* sub-rays along the array and across it (along the belt) */
    struct scanner_detector detector;
    struct scanner_belt belt;
    double scatter_plane; /* where scatter starts, as a fraction of the way to the detector */
    bool on[EFFECTS];
    char *source_text; /* the file as it was read, terminated; owned */
};

/* Reads one `scanner` block; relative paths start at `folder`. */
int scanner_parse(const struct text *t, const char *text, const char *folder, struct scanner **s,
                  struct err *e) MUST_USE;
/* `what` is a path, or a name of etc/scanners (looked for in `folders`, NULL-terminated). */
int scanner_load(const char *path, struct scanner **s, struct err *e) MUST_USE;
void scanner_free(struct scanner *s); /* takes NULL */

/* Switches effects off: a comma-separated list of names, "all" for the ideal machine. */
int scanner_without(struct scanner *s, const char *list, struct err *e) MUST_USE;
/* Time of one trigger in seconds, after changes of speed or pitch; of one view of a gantry. */
double scanner_line_s(const struct scanner *s);

#endif
