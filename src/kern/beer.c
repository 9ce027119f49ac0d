/* beer: many-energy transmission along one ray, the inner loop of the twin (doc/physics/twin.md,
 * equations 1 to 3). Bins come in multiples of 8; sums are kept in 8 lanes and added in one order.
 */
#include "kern/level.h"
#include "kern/math.h"

#define LANES 8

void
KERN(kern_beer)(const float *restrict mu, const int *restrict row, const float *restrict length,
                int parts, float *restrict sum, size_t bins)
{
    for (size_t b = 0; b < bins; b += LANES) {
        float x[LANES] = {0};
        for (int i = 0; i < parts; i++) {
            const float *restrict m = mu + (size_t)row[i] * bins + b;
            for (int j = 0; j < LANES; j++)
                x[j] += m[j] * length[i];
        }
        for (int j = 0; j < LANES; j++)
            sum[b + (size_t)j] += kern_exp(-x[j]);
    }
}

static float
dot(const float *restrict a, const float *restrict b, size_t n)
{
    float lane[LANES] = {0};

    for (size_t i = 0; i < n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lane[j] += a[i + (size_t)j] * b[i + (size_t)j];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

void
KERN(kern_detect)(const float *restrict transmission, const float *restrict mean,
                  const float *restrict square, float *restrict out, size_t bins)
{
    out[0] = dot(transmission, mean, bins);
    out[1] = dot(transmission, square, bins);
}
