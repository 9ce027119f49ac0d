/* rows: detector pixels to image rows of constant pitch, by linear interpolation. */
#include "kern/level.h"

void
KERN(kern_rows)(const int32_t *restrict at, const float *restrict part, const uint8_t *restrict own,
                const float *restrict in, const uint8_t *restrict mask_in, float *restrict out,
                uint8_t *restrict mask, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float a = in[at[i]], b = in[at[i] + 1];
        out[i] = a + part[i] * (b - a);
    }
    for (size_t i = 0; i < n; i++)
        mask[i] = (uint8_t)(own[i] | mask_in[at[i]] | mask_in[at[i] + 1]);
}
