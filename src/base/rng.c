/* rng: see rng.h. */
#include "base/rng.h"

#include "base/num.h"

#include <math.h>

void
rng_block(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4])
{
    uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32);
    uint32_t c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);

    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * c0, b = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)b;
        c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)a;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

struct rng
rng_start(uint64_t seed, uint64_t stream)
{
    return (struct rng){.seed = seed, .stream = stream};
}

uint32_t
rng_u32(struct rng *r)
{
    if (r->left == 0) {
        rng_block(r->seed, r->stream, r->index++, r->block);
        r->left = 4;
    }
    return r->block[--r->left];
}

double
rng_unit(struct rng *r)
{
    uint64_t hi = rng_u32(r) >> 6, lo = rng_u32(r) >> 6; /* 26 + 26 bits, then a half */
    return ((double)(hi << 26 | lo) + 0.5) * 0x1p-52;
}

double
rng_range(struct rng *r, double low, double high)
{
    return low + (high - low) * rng_unit(r);
}

int
rng_below(struct rng *r, int n)
{
    return (int)((uint64_t)rng_u32(r) * (uint64_t)n >> 32);
}

double
rng_normal(struct rng *r)
{
    double a = rng_unit(r), b = rng_unit(r);
    return sqrt(-2.0 * num_log(a)) * num_cos(2.0 * NUM_PI * b);
}

/* log(k!) by Stirling's series; exact enough (1e-10) for k >= 10, a product below. */
static double
log_factorial(double k)
{
    if (k < 10) {
        double f = 1.0;
        for (int i = 2; i <= (int)k; i++)
            f *= i;
        return num_log(f);
    }
    double n = k + 1.0, i = 1.0 / n;
    return (n - 0.5) * num_log(n) - n + 0.91893853320467274178 +
           i * (1.0 / 12 - i * i * (1.0 / 360 - i * i / 1260));
}

static int64_t
poisson_small(struct rng *r, double mean)
{
    double limit = num_exp(-mean), p = rng_unit(r);
    int64_t k = 0;
    while (p > limit) {
        p *= rng_unit(r);
        k++;
    }
    return k;
}

int64_t
rng_poisson(struct rng *r, double mean)
{
    if (mean < 30)
        return mean <= 0 ? 0 : poisson_small(r, mean);
    double root = sqrt(mean), b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
    double log_mean = num_log(mean);

    for (;;) {
        double u = rng_unit(r) - 0.5, v = rng_unit(r), us = 0.5 - fabs(u);
        double k = num_floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= v_r)
            return (int64_t)k;
        if (k < 0 || (us < 0.013 && v > us))
            continue;
        if (num_log(v * inverse_alpha / (a / (us * us) + b)) <=
            k * log_mean - mean - log_factorial(k))
            return (int64_t)k;
    }
}
