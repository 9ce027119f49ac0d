/* zero: takes off what a pixel shows without radiation, and follows it; eq. (2a) of
 * doc/physics/radiograph.md. */
#include "kern/level.h"
#include "kern/math.h"

#include <string.h>

#define BLOCK 512

/* Lines within blocks: the zeros of a block stay in the first cache over all of them. */
void
KERN(kern_zero)(int lines, const float *share, float most, const float *const *in,
                const float *restrict before, float *restrict after, float *const *out, size_t n)
{
    float zero[BLOCK];

    for (size_t from = 0; from < n; from += BLOCK) {
        size_t m = n - from < BLOCK ? n - from : BLOCK;
        memcpy(zero, before + from, m * sizeof *zero);
        for (int line = 0; line < lines; line++) {
            const float *restrict x = in[line] + from;
            float *restrict y = out[line] + from, s = share[line];
            for (size_t i = 0; i < m; i++) {
                float step = kern_min(kern_max(x[i] - zero[i], -most), most);
                zero[i] += s * step;
                y[i] = x[i] - zero[i];
            }
        }
        memcpy(after + from, zero, m * sizeof *zero);
    }
}
