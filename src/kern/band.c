/* band: a line times a banded matrix, seven diagonals; eq. (3) of doc/physics/radiograph.md. */
#include "kern/level.h"

#define HALF 3

static float
band_edge(const float *const *weight, const float *in, size_t i, size_t n)
{
    float sum = 0.0f;
    for (size_t d = 0; d <= 2 * HALF; d++)
        if (i + d >= HALF && i + d - HALF < n)
            sum += weight[d][i] * in[i + d - HALF];
    return sum;
}

void
KERN(kern_band)(const float *const *weight, const float *restrict in, float *restrict out, size_t n)
{
    const float *restrict a = weight[0], *restrict b = weight[1], *restrict c = weight[2],
                          *restrict d = weight[3], *restrict e = weight[4], *restrict f = weight[5],
                          *restrict g = weight[6];
    size_t end = n > HALF ? n - HALF : 0;

    for (size_t i = 0; i < n && i < HALF; i++)
        out[i] = band_edge(weight, in, i, n);
    const float *l3 = kern_apart(in - 3), *l2 = kern_apart(in - 2), *l1 = kern_apart(in - 1),
                *r1 = kern_apart(in + 1), *r2 = kern_apart(in + 2), *r3 = kern_apart(in + 3);
    KERN_LOOP
    for (size_t i = HALF; i < end; i++)
        out[i] = a[i] * l3[i] + b[i] * l2[i] + c[i] * l1[i] + d[i] * in[i] + e[i] * r1[i] +
                 f[i] * r2[i] + g[i] * r3[i];
    for (size_t i = end > HALF ? end : HALF; i < n; i++)
        out[i] = band_edge(weight, in, i, n);
}
