/* convolve: rows times a real, even response in the Fourier domain; eq. (9) of doc/physics/ct.md.
 * A row of 2n real samples is n complex ones (even + i odd), transformed in place by radix 4,
 * depth first, so that small parts stay in the cache. Lanes are separate rows. */
#include "kern/level.h"

#define L KERN_LANES
#define LANES for (int l = 0; l < L; l++)

static void
twist(float *restrict x, float re, float im, const float *restrict a, const float *restrict b)
{
    LANES
    {
        x[l] = a[l] * re - b[l] * im;
        x[L + l] = a[l] * im + b[l] * re;
    }
}

/* One pass of decimation in frequency: quarters q apart; w = 3 complex factors. */
static inline void
split4(float *restrict x, size_t q, const float *restrict w)
{
    float *restrict x0 = x, *restrict x1 = x + 2 * L * q, *restrict x2 = x + 4 * L * q,
                    *restrict x3 = x + 6 * L * q;
    float a[3][L], b[3][L];

    LANES
    {
        float s0 = x0[l] + x2[l], t0 = x0[L + l] + x2[L + l];
        float s1 = x0[l] - x2[l], t1 = x0[L + l] - x2[L + l];
        float s2 = x1[l] + x3[l], t2 = x1[L + l] + x3[L + l];
        float s3 = x1[l] - x3[l], t3 = x1[L + l] - x3[L + l];
        x0[l] = s0 + s2;
        x0[L + l] = t0 + t2;
        a[0][l] = s1 + t3;
        b[0][l] = t1 - s3;
        a[1][l] = s0 - s2;
        b[1][l] = t0 - t2;
        a[2][l] = s1 - t3;
        b[2][l] = t1 + s3;
    }
    twist(x1, w[0], w[1], a[0], b[0]);
    twist(x2, w[2], w[3], a[1], b[1]);
    twist(x3, w[4], w[5], a[2], b[2]);
}

/* The way back: conjugate factors, then sums. */
static inline void
join4(float *restrict x, size_t q, const float *restrict w)
{
    float *restrict x0 = x, *restrict x1 = x + 2 * L * q, *restrict x2 = x + 4 * L * q,
                    *restrict x3 = x + 6 * L * q;
    float u[3][2 * L];

    twist(u[0], w[0], -w[1], x1, x1 + L);
    twist(u[1], w[2], -w[3], x2, x2 + L);
    twist(u[2], w[4], -w[5], x3, x3 + L);
    LANES
    {
        float s0 = x0[l] + u[1][l], t0 = x0[L + l] + u[1][L + l];
        float s1 = x0[l] - u[1][l], t1 = x0[L + l] - u[1][L + l];
        float s2 = u[0][l] + u[2][l], t2 = u[0][L + l] + u[2][L + l];
        float s3 = u[0][l] - u[2][l], t3 = u[0][L + l] - u[2][L + l];
        x0[l] = s0 + s2;
        x0[L + l] = t0 + t2;
        x1[l] = s1 - t3;
        x1[L + l] = t1 + s3;
        x2[l] = s0 - s2;
        x2[L + l] = t0 - t2;
        x3[l] = s1 + t3;
        x3[L + l] = t1 - s3;
    }
}

static inline void
pair(float *restrict x)
{
    LANES
    {
        float a = x[l], b = x[L + l], c = x[2 * L + l], d = x[3 * L + l];
        x[l] = a + c;
        x[L + l] = b + d;
        x[2 * L + l] = a - c;
        x[3 * L + l] = b - d;
    }
}

static void
forward(float *restrict x, size_t n, const float *restrict w)
{
    size_t q = n / 4;

    if (n == 2)
        pair(x);
    if (n < 4)
        return;
    for (size_t j = 0; j < q; j++)
        split4(x + 2 * L * j, q, w + 6 * j);
    for (size_t b = 0; b < 4; b++)
        forward(x + 2 * L * b * q, q, w + 6 * q);
}

static void
backward(float *restrict x, size_t n, const float *restrict w)
{
    size_t q = n / 4;

    if (n == 2)
        pair(x);
    if (n < 4)
        return;
    for (size_t b = 0; b < 4; b++)
        backward(x + 2 * L * b * q, q, w + 6 * q);
    for (size_t j = 0; j < q; j++)
        join4(x + 2 * L * j, q, w + 6 * j);
}

/* Frequencies k and n - k of even and odd samples, apart, mixed with the response, together. */
static inline void
respond(float *x, float *y, const float *restrict h)
{
    float s = h[0], d = h[1], c = h[2], w = h[3];

    LANES
    {
        float er = x[l] + y[l], ei = x[L + l] - y[L + l];
        float or = x[L + l] + y[L + l], oi = y[l] - x[l];
        float fr = s * er + d * (c * or +w * oi), fi = s * ei + d * (c * oi - w * or);
        float gr = s * or +d * (c * er - w * ei), gi = s * oi + d * (c * ei + w * er);
        x[l] = fr - gi;
        x[L + l] = fi + gr;
        y[l] = fr + gi;
        y[L + l] = gr - fi;
    }
}

void
KERN(kern_convolve)(const struct kern_convolve *c, float *data)
{
    size_t n = (size_t)c->n;

    forward(data, n, c->twiddle);
    for (size_t k = 0; k <= n / 2; k++)
        respond(data + 2 * L * (size_t)c->place[k], data + 2 * L * (size_t)c->place[n - k],
                c->response + 4 * k);
    backward(data, n, c->twiddle);
}
