/* padded: lines with their surroundings, for stages that look at neighbours. */
#ifndef STAGE_PADDED_H
#define STAGE_PADDED_H

#include "stage/stage.h"

/* Elements [from - radius, to + radius) of the line nearest to `line`: where they lie, or at the
 * ends of the rows, which repeat, a copy in `room` (to - from + 2 radius floats). */
const float *stage_padded(const struct stage_run *r, int port, int32_t line, int32_t from,
                          int32_t to, int32_t radius, float *room);

#endif
