/* convolve: rows times a real, even response in the Fourier domain; eq. (9) of doc/physics/ct.md.
 * A row of 2n real samples is n complex ones (even + i odd), transformed in place by radix 4,
 * depth first, so that small parts stay in the cache. Lanes are separate rows. */
#include "kern/lanes.h"
#include "kern/level.h"

#define POINT (2 * KERN_LANES) /* floats from a complex number to the next */

/* A complex number of each row. */
struct point {
    lanes re, im;
};

#define LOAD(p_, from_) (LANES_LOAD((p_).re, from_), LANES_LOAD((p_).im, (from_) + KERN_LANES))
#define STORE(to_, p_) (LANES_STORE(to_, (p_).re), LANES_STORE((to_) + KERN_LANES, (p_).im))

/* One pass of decimation in frequency: quarters q apart; w = 3 complex factors. */
static inline void
split4(float *restrict x, size_t q, const float *restrict w)
{
    float *x1 = x + q * POINT, *x2 = x1 + q * POINT, *x3 = x2 + q * POINT;
    struct point a, b, c, d, s, t, u, v;

    LOAD(a, x);
    LOAD(b, x1);
    LOAD(c, x2);
    LOAD(d, x3);
    s.re = a.re + c.re, s.im = a.im + c.im;
    t.re = a.re - c.re, t.im = a.im - c.im;
    u.re = b.re + d.re, u.im = b.im + d.im;
    v.re = b.im - d.im, v.im = d.re - b.re; /* -i (b - d) */
    a.re = s.re + u.re, a.im = s.im + u.im;
    b.re = t.re + v.re, b.im = t.im + v.im;
    c.re = s.re - u.re, c.im = s.im - u.im;
    d.re = t.re - v.re, d.im = t.im - v.im;
    STORE(x, a);
    s.re = b.re * w[0] - b.im * w[1], s.im = b.re * w[1] + b.im * w[0];
    STORE(x1, s);
    s.re = c.re * w[2] - c.im * w[3], s.im = c.re * w[3] + c.im * w[2];
    STORE(x2, s);
    s.re = d.re * w[4] - d.im * w[5], s.im = d.re * w[5] + d.im * w[4];
    STORE(x3, s);
}

/* The way back: conjugate factors, then sums. */
static inline void
join4(float *restrict x, size_t q, const float *restrict w)
{
    float *x1 = x + q * POINT, *x2 = x1 + q * POINT, *x3 = x2 + q * POINT;
    struct point a, b, c, d, s, t, u, v;

    LOAD(a, x);
    LOAD(s, x1);
    LOAD(t, x2);
    LOAD(u, x3);
    b.re = s.re * w[0] + s.im * w[1], b.im = s.im * w[0] - s.re * w[1];
    c.re = t.re * w[2] + t.im * w[3], c.im = t.im * w[2] - t.re * w[3];
    d.re = u.re * w[4] + u.im * w[5], d.im = u.im * w[4] - u.re * w[5];
    s.re = a.re + c.re, s.im = a.im + c.im;
    t.re = a.re - c.re, t.im = a.im - c.im;
    u.re = b.re + d.re, u.im = b.im + d.im;
    v.re = d.im - b.im, v.im = b.re - d.re; /* i (b - d) */
    a.re = s.re + u.re, a.im = s.im + u.im;
    b.re = t.re + v.re, b.im = t.im + v.im;
    c.re = s.re - u.re, c.im = s.im - u.im;
    d.re = t.re - v.re, d.im = t.im - v.im;
    STORE(x, a);
    STORE(x1, b);
    STORE(x2, c);
    STORE(x3, d);
}

static inline void
pair(float *restrict x)
{
    struct point a, b, s;

    LOAD(a, x);
    LOAD(b, x + POINT);
    s.re = a.re + b.re, s.im = a.im + b.im;
    STORE(x, s);
    s.re = a.re - b.re, s.im = a.im - b.im;
    STORE(x + POINT, s);
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
        split4(x + POINT * j, q, w + 6 * j);
    for (size_t b = 0; b < 4 && q > 1; b++)
        forward(x + POINT * b * q, q, w + 6 * q);
}

static void
backward(float *restrict x, size_t n, const float *restrict w)
{
    size_t q = n / 4;

    if (n == 2)
        pair(x);
    if (n < 4)
        return;
    for (size_t b = 0; b < 4 && q > 1; b++)
        backward(x + POINT * b * q, q, w + 6 * q);
    for (size_t j = 0; j < q; j++)
        join4(x + POINT * j, q, w + 6 * j);
}

/* Frequencies k and n - k of even and odd samples, apart, mixed with the response, together. */
static inline void
respond(float *x, float *y, const float *restrict h)
{
    float s = h[0], d = h[1], c = h[2], w = h[3];
    struct point a, b, e, o, f, g;

    LOAD(a, x);
    LOAD(b, y);
    e.re = a.re + b.re, e.im = a.im - b.im;
    o.re = a.im + b.im, o.im = b.re - a.re;
    f.re = s * e.re + d * (c * o.re + w * o.im), f.im = s * e.im + d * (c * o.im - w * o.re);
    g.re = s * o.re + d * (c * e.re - w * e.im), g.im = s * o.im + d * (c * e.im + w * e.re);
    a.re = f.re - g.im, a.im = f.im + g.re;
    b.re = f.re + g.im, b.im = g.re - f.im;
    STORE(x, a);
    STORE(y, b);
}

void
KERN(kern_convolve)(const struct kern_convolve *c, float *data)
{
    size_t n = (size_t)c->n;

    for (float *x = data; x < data + KERN_LANES; x += LANES) {
        forward(x, n, c->twiddle);
        for (size_t k = 0; k <= n / 2; k++)
            respond(x + POINT * (size_t)c->place[k], x + POINT * (size_t)c->place[n - k],
                    c->response + 4 * k);
        backward(x, n, c->twiddle);
    }
}
