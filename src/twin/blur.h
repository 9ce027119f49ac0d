/* blur: focal spot, aperture and motion of a gantry's view from rays through the middles of pixels
 * alone, by averages over neighbouring rays that have the same second moments (doc/physics/twin.md,
 * equation 20). A quarter of the rays that sub-rays take. */
#ifndef TWIN_BLUR_H
#define TWIN_BLUR_H

#include "twin/transport.h"

/* Share of a sample that comes from each neighbour: column, row, view. */
struct blur {
    double col, row, view;
};

/* Of a machine with a gantry. ERR_INPUT if the focal spot is too wide for neighbours to tell. */
int blur_plan(const struct scanner *s, struct blur *b, struct err *e) MUST_USE;
/* Signals of a line of all pixels; before and after: those of the neighbouring lines, NULL where
 * there is none. air: signals without item. scratch has room for a line. */
void blur_line(const struct blur *b, struct pixels_shape shape, const double *air,
               const float *before, const float *now, const float *after, float *scratch,
               float *out);

#endif
