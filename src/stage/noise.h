/* noise: what the calibration says about the noise of each row, for the stages that need it. */
#ifndef STAGE_NOISE_H
#define STAGE_NOISE_H

#include "stage/stage.h"

/* Standard deviations as fractions of the air signal, one per row of `like`: of the dark signal and
 * of the photons of the air signal (which falls as the root of the transmission). Rows are detector
 * pixels, or image rows that ROW_SOURCE maps to them. Where the calibration does not know: 0. */
struct stage_noise {
    const float *dark, *air;
};
int stage_noise(struct stage_run *r, int energy, const struct plane_spec *like,
                struct stage_noise *noise, struct err *e) MUST_USE;
/* Their squares, as the kernels want them. */
int stage_noise_squared(struct stage_run *r, int energy, const struct plane_spec *like,
                        const float **dark2, const float **air2, struct err *e) MUST_USE;

#endif
