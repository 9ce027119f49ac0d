/* scale: a line times a number, kept in the range of a transmission. */
#include "kern/level.h"
#include "kern/math.h"

#define LIMIT 16.0f

void
KERN(kern_scale)(float factor, const float *restrict in, float *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = kern_min(kern_max(in[i] * factor, -LIMIT), LIMIT);
}
