/* scatter: what an item scatters, as the calibration's SCATTER knows it, for the stage and for the
 * calibration itself. Eqs (7a) to (7d) of doc/physics/radiograph.md. */
#ifndef STAGE_SCATTER_H
#define STAGE_SCATTER_H

#include "kern/kern.h"

/* Transmissions of `rows` rows of a detector less what is scattered onto them: rows of one panel
 * get alike, the mean of what each says (eq. (7d)). in and out hold rows x cols and do not overlap.
 */
void scatter_take(const struct kern *k, const struct kern_scatter *g, const float *in, float *out,
                  int32_t rows, int32_t cols);

#endif
