/* mix: weighted sums of whole lines, in blocks that stay in the first cache. */
#include "kern/level.h"

#include <string.h>

#define BLOCK 1024

void
KERN(kern_mix)(int lines, const float *weight, const float *const *in, float *restrict out,
               size_t n)
{
    for (size_t from = 0; from < n; from += BLOCK) {
        size_t m = n - from < BLOCK ? n - from : BLOCK;
        float *restrict o = out + from;
        const float *restrict a = in[0] + from, *restrict b = in[lines > 1] + from;
        float wa = weight[0], wb = lines > 1 ? weight[1] : 0.0f;
        for (size_t i = 0; i < m; i++)
            o[i] = wa * a[i] + wb * b[i];
        for (int k = 2; k < lines; k++) {
            const float *restrict c = in[k] + from;
            float w = weight[k];
            for (size_t i = 0; i < m; i++)
                o[i] += w * c[i];
        }
    }
}

void
KERN(kern_mix_mask)(int lines, uint8_t start, const uint8_t *const *in, uint8_t *restrict out,
                    size_t n)
{
    memset(out, start, n);
    for (int k = 0; k < lines; k++) {
        const uint8_t *restrict a = in[k];
        for (size_t i = 0; i < n; i++)
            out[i] = (uint8_t)(out[i] | a[i]);
    }
}
