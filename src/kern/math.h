/* math: logarithm and exponential of floats from + - * and bit patterns alone, so that every level
 * and compiler gives the same bits and a loop over them becomes vectors. */
#ifndef KERN_MATH_H
#define KERN_MATH_H

#include <stdint.h>
#include <string.h>

static inline float
kern_float(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline uint32_t
kern_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float
kern_min(float a, float b)
{
    return a < b ? a : b;
}

static inline float
kern_max(float a, float b)
{
    return a > b ? a : b;
}

/* Natural logarithm of a normal positive float, error below 2 ulp. The mantissa is brought to
 * [sqrt(1/2), sqrt(2)); the minimax polynomial is that of Moshier's Cephes (logf). */
static inline float
kern_log(float x)
{
    uint32_t bits = kern_bits(x) - 0x3f3504f3u; /* exponent of x / sqrt(1/2) */
    int32_t k = (int32_t)bits >> 23;
    float m = kern_float((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    float z = m * m, e = (float)k;
    float y = 7.0376836292e-2f;
    y = y * m - 1.1514610310e-1f;
    y = y * m + 1.1676998740e-1f;
    y = y * m - 1.2420140846e-1f;
    y = y * m + 1.4249322787e-1f;
    y = y * m - 1.6668057665e-1f;
    y = y * m + 2.0000714765e-1f;
    y = y * m - 2.4999993993e-1f;
    y = y * m + 3.3333331174e-1f;
    y = y * m * z + e * -2.12194440e-4f;
    y = y - 0.5f * z;
    return (m + y) + e * 0.693359375f;
}

/* exp(x) for x clamped to [-80, 80], error below 2 ulp (Cephes expf). */
static inline float
kern_exp(float x)
{
    x = kern_min(kern_max(x, -80.0f), 80.0f);
    float k = (x * 1.44269504f + 12582912.0f) - 12582912.0f; /* nearest whole number */
    float r = (x - k * 0.693359375f) - k * -2.12194440e-4f;
    float y = 1.9875691500e-4f;
    y = y * r + 1.3981999507e-3f;
    y = y * r + 8.3334519073e-3f;
    y = y * r + 4.1665795894e-2f;
    y = y * r + 1.6666665459e-1f;
    y = y * r + 5.0000001201e-1f;
    y = y * (r * r) + r + 1.0f;
    return y * kern_float((uint32_t)((int32_t)k + 127) << 23);
}

/* exp(x) for x in [-80, 80] within 0.4 %, for thresholds: 2^k times a parabola. */
static inline float
kern_exp_coarse(float x)
{
    float y = x * 1.44269504f, k = (y + 12582912.0f) - 12582912.0f, r = y - k;
    float m = 1.0f + r * (0.7043f + r * 0.2433f);
    return m * kern_float((uint32_t)((int32_t)k + 127) << 23);
}

#endif
