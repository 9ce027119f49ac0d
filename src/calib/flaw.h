/* flaw: which pixels cannot be trusted, and how to say so (doc/physics/calibration.md). */
#ifndef CALIB_FLAW_H
#define CALIB_FLAW_H

#include "calib/level.h"

enum flaw {
    FLAW_NONE,
    FLAW_DEAD,      /* no signal, or hardly any */
    FLAW_SATURATED, /* at full scale in air */
    FLAW_HOT,       /* dark far above its neighbours */
    FLAW_NOISY,     /* much noisier than its neighbours */
    FLAW_DRIFTING,  /* dark or gain moves during the scan */
    FLAW_NONLINEAR, /* does not follow its neighbours through the wedge */
    FLAWS
};

/* What is known about the pixels of one channel. */
struct flaw_input {
    const struct scan_channel *c;    /* of the air scan */
    const struct geometry_view *arm; /* NULL = one array without modules */
    const struct level *dark, *air;  /* air: dark subtracted, common drift removed */
    int dark_lines, air_lines;
    const char *dark_name, *air_name;
};

/* Sets flaw[p] (enum flaw) of all pixels. Errors: ERR_CALIB when the scans cannot be what they are
 * said to be: dark brighter than air, air saturated, half of the pixels unusable. */
int flaw_find(const struct flaw_input *in, uint8_t *flaw, struct err *e) MUST_USE;
/* Says what was found: a warning for every module that is mostly bad and for many bad pixels, a
 * note for scattered ones. */
void flaw_report(const struct flaw_input *in, const uint8_t *flaw, struct notes *notes);
/* The arm of pixel p: [begin, end). */
void flaw_arm(const struct flaw_input *in, int p, int *begin, int *end);

#endif
