/* ct_weigh: what a ray counts before the ramp filter; eq. (8) of doc/physics/ct.md. */
#include "kern/level.h"

void
KERN(kern_ct_weigh)(const float *restrict in, const float *restrict a, const float *restrict b,
                    const float *restrict square, float row_square, float *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i] * a[i] * b[i] / __builtin_sqrtf(square[i] + row_square);
}
