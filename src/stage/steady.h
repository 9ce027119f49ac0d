/* steady: the part of the stage `material` that averages noisy pairs over alike neighbours before
 * they are looked up; equations 16 to 18 of doc/physics/decomposition.md. */
#ifndef STAGE_STEADY_H
#define STAGE_STEADY_H

#include "kern/types.h"
#include "stage/stage.h"

#define STEADY_BLOCK 256
#define STEADY_LEFT 0.35f /* of the noise of one pixel, in the middle of something large */

struct steady {
    struct kern_steady kern;
    int low, high; /* ports */
};

struct steady_want {
    bool on;
    float from;  /* noise of a raw low attenuation where averaging sets in */
    float bend;  /* of the decomposition */
    float noise; /* what denoising leaves, over raw samples */
};

int steady_open(struct stage_run *r, int low, int high, const struct steady_want *want,
                struct steady *s, struct err *e) MUST_USE;
/* Elements [from, to) of a line, at most STEADY_BLOCK: low attenuations, and their noise over that
 * of raw samples; where they lie, or in out and noise. */
const float *steady_block(const struct stage_run *r, const struct steady *s, int32_t line,
                          int32_t from, int32_t to, float *out, float *noise);

#endif
