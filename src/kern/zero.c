/* zero: takes off what a pixel shows without radiation, and follows it; eq. (2a) of
 * doc/physics/radiograph.md. */
#include "kern/level.h"
#include "kern/math.h"

void
KERN(kern_zero)(float share, float most, const float *restrict in, const float *restrict before,
                float *restrict after, float *restrict out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float step = kern_min(kern_max(in[i] - before[i], -most), most);
        float zero = before[i] + share * step;
        after[i] = zero;
        out[i] = in[i] - zero;
    }
}
