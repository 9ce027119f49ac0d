/* ratio: the ratio of the two attenuations, averaged over neighbours that absorb alike. Eq. (8) of
 * doc/physics/display.md. */
#include "kern/level.h"
#include "kern/math.h"

#define BLOCK 256

static inline float
distance(float a, float b)
{
    return a > b ? a - b : b - a;
}

/* Every other neighbour: those next door share their noise since the denoising.
 * out = high * sum(low) / sum(high) over the neighbours whose high is within reach of the middle's;
 * low itself where there is too little to divide by. n <= BLOCK. */
void
KERN(kern_ratio)(const struct kern_ratio *k, const float *const *low, const float *const *high,
                 float *restrict out, size_t n)
{
    float sum_low[BLOCK] = {0}, sum_high[BLOCK] = {0}, reach[BLOCK];
    const float *restrict middle = high[k->radius] + k->radius;
    const float *restrict own = low[k->radius] + k->radius;

    for (size_t i = 0; i < n; i++)
        reach[i] = k->reach + k->reach_share * kern_max(middle[i], 0.0f);
    for (int line = 0; line <= 2 * k->radius; line += 2)
        for (int row = 0; row <= 2 * k->radius; row += 2) {
            const float *restrict l = low[line] + row, *restrict h = high[line] + row;
            for (size_t i = 0; i < n; i++) {
                int alike = distance(h[i], middle[i]) <= reach[i];
                sum_low[i] += alike ? l[i] : 0.0f;
                sum_high[i] += alike ? h[i] : 0.0f;
            }
        }
    for (size_t i = 0; i < n; i++) {
        int enough = sum_high[i] > k->least && middle[i] > 0.0f;
        float ratio = sum_low[i] / (enough ? sum_high[i] : 1.0f);
        out[i] = enough ? middle[i] * ratio : own[i];
    }
}
