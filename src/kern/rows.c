/* rows: detector pixels to image rows of constant pitch, by linear interpolation. */
#include "kern/level.h"

#include <string.h>

#define BLOCK 512

/* Neighbours are loaded two at a time and one after the other: gather instructions are slower. */
static void
pairs_load(const int32_t *restrict at, const float *restrict in, float *restrict pair, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float *p = kern_apart(in + at[i]);
        memcpy(pair + 2 * i, p, 2 * sizeof *p);
    }
}

void
KERN(kern_rows)(const int32_t *restrict at, const float *restrict part, const float *restrict in,
                float *restrict out, size_t n)
{
    float pair[2 * BLOCK];

    for (size_t from = 0; from < n; from += BLOCK) {
        size_t m = n - from < BLOCK ? n - from : BLOCK;
        pairs_load(at + from, in, pair, m);
        for (size_t i = 0; i < m; i++)
            out[from + i] = pair[2 * i] + part[from + i] * (pair[2 * i + 1] - pair[2 * i]);
    }
}

/* Few pixels have a mask: words of eight are looked at, and only rows of what is set are touched.
 */
void
KERN(kern_rows_mask)(const int32_t *restrict first, const uint8_t *restrict own,
                     const uint8_t *restrict in, size_t pixels, uint8_t *restrict out, size_t n)
{
    memcpy(out, own, n);
    for (size_t from = 0; from < pixels; from += 8) {
        size_t m = pixels - from < 8 ? pixels - from : 8;
        uint64_t word = 0;
        memcpy(&word, in + from, m);
        for (size_t p = from; word != 0 && p < from + m; p++)
            for (int32_t i = first[p > 0 ? p - 1 : 0]; in[p] != 0 && i < first[p + 1]; i++)
                out[i] = (uint8_t)(out[i] | in[p]);
    }
}
