/* lbfgs: see lbfgs.h. */
#include "ct/lbfgs.h"

#include "base/arena.h"

#include <math.h>
#include <string.h>

#define PAIRS 10
#define TRIES 20
#define DESCENT 1e-4 /* share of the slope's promise that a step must keep */

struct lbfgs {
    size_t n;
    double *s[PAIRS], *y[PAIRS], rho[PAIRS];
    int pairs, next;
};

static double
dot(const double *a, const double *b, size_t n)
{
    double sum[4] = {0};
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        sum[0] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void
add(double *to, double factor, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += factor * x[i];
}

/* d = -H g by the two loops. */
static void
direction(const struct lbfgs *l, const double *g, double *d)
{
    double alpha[PAIRS];

    for (size_t i = 0; i < l->n; i++)
        d[i] = -g[i];
    for (int k = 0; k < l->pairs; k++) {
        int i = (l->next - 1 - k + 2 * PAIRS) % PAIRS;
        alpha[i] = l->rho[i] * dot(l->s[i], d, l->n);
        add(d, -alpha[i], l->y[i], l->n);
    }
    int newest = (l->next - 1 + PAIRS) % PAIRS;
    double scale = l->pairs > 0 ? 1 / (l->rho[newest] * dot(l->y[newest], l->y[newest], l->n))
                                : 1 / (sqrt(dot(g, g, l->n)) + 1e-300);
    for (size_t i = 0; i < l->n; i++)
        d[i] *= scale;
    for (int k = l->pairs - 1; k >= 0; k--) {
        int i = (l->next - 1 - k + 2 * PAIRS) % PAIRS;
        add(d, alpha[i] - l->rho[i] * dot(l->y[i], d, l->n), l->s[i], l->n);
    }
}

/* Keeps the step from (x, g) to (x1, g1), if the function curves up along it. */
static void
remember(struct lbfgs *l, const double *x, const double *g, const double *x1, const double *g1)
{
    double *s = l->s[l->next], *y = l->y[l->next];

    for (size_t i = 0; i < l->n; i++) {
        s[i] = x1[i] - x[i];
        y[i] = g1[i] - g[i];
    }
    double sy = dot(s, y, l->n);
    if (!(sy > 1e-12 * dot(y, y, l->n)))
        return;
    l->rho[l->next] = 1 / sy;
    l->next = (l->next + 1) % PAIRS;
    l->pairs = l->pairs < PAIRS ? l->pairs + 1 : PAIRS;
}

double
lbfgs_run(lbfgs_function *f, void *arg, double *x, int32_t n, int32_t steps)
{
    struct lbfgs l = {.n = (size_t)n};
    double *memory = mem_zero((2 * PAIRS + 4) * l.n, sizeof *memory);
    double *g = memory, *g1 = g + l.n, *x1 = g1 + l.n, *d = x1 + l.n;

    for (size_t i = 0; i < PAIRS; i++) {
        l.s[i] = memory + (4 + 2 * i) * l.n;
        l.y[i] = l.s[i] + l.n;
    }
    double value = f(arg, x, g);
    for (int32_t k = 0; k < steps; k++) {
        direction(&l, g, d);
        double slope = dot(g, d, l.n), step = 1, value1 = value;
        int tries = 0;
        for (; tries < TRIES; tries++) {
            memcpy(x1, x, l.n * sizeof *x);
            add(x1, step, d, l.n);
            value1 = f(arg, x1, g1);
            if (value1 <= value + DESCENT * step * slope)
                break;
            double fit = -slope * step / (2 * (value1 - value - slope * step)); /* parabola */
            step *= fit > 0.1 && fit < 0.5 ? fit : fit >= 0.5 ? 0.5 : 0.1;
        }
        if (tries == TRIES || !(slope < 0))
            break;
        remember(&l, x, g, x1, g1);
        memcpy(x, x1, l.n * sizeof *x);
        memcpy(g, g1, l.n * sizeof *g);
        value = value1;
    }
    mem_free(memory);
    return value;
}
