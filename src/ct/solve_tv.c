/* solve_tv: least squares with little total variation and nothing below 0, by the primal-dual
 * method of Chambolle and Pock (J. Math. Imaging Vis. 40, 2011; for tomography: Sidky, Jorgensen
 * and Pan, Phys. Med. Biol. 57, 2012). Eqs (47) to (49) of doc/physics/ct.md. */
#include "ct/solve.h"

#include <math.h>
#include <string.h>

enum { RESULT, AHEAD, DUALS }; /* volumes; the last three are duals of the gradient */
enum { ACROSS, DOWN, ALONG };  /* ... in these directions */
enum { DUAL };                 /* sets */

#define BALANCE 8.0 /* of the primal step against the dual ones: fine detail comes sooner */

struct plan {
    float ray, slope[3]; /* what scales projections and the differences of voxels */
    float sigma_ray, sigma_slope, tau;
    float most[KERN_LANES]; /* of the length of a dual of the gradient */
};

/* ---- start ---- */

/* Sums of value * length and value^2 for the scale of the result, and lengths for the steps. */
static void
measure_ray(struct ct_solve *s, int32_t v, const struct ct_pass *p)
{
    double *sum = ct_solve_row(s, v);
    float *dual = s->set[DUAL] + (size_t)v * s->shape.view;

    for (size_t i = 0; i < s->shape.view; i++) {
        sum[i % (size_t)s->lanes] += (double)(p->weight[i] * p->value[i] * p->value[i]);
        dual[i] = p->seen[i];
        p->seen[i] = 1;
    }
}

static void
measure_mean(struct ct_solve *s, int32_t v, const struct ct_pass *p)
{
    double *sum = ct_solve_row(s, v);
    float *dual = s->set[DUAL] + (size_t)v * s->shape.view;

    for (size_t i = 0; i < s->shape.view; i++) {
        sum[i % (size_t)s->lanes] += (double)(p->weight[i] * p->value[i] * dual[i]);
        dual[i] = 0;
    }
}

/* 1e-6 where there is nothing. */
static double
largest(const float *x, size_t n)
{
    float most = 0;

    for (size_t i = 0; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return most > 1e-6f ? (double)most : 1e-6;
}

static double
at_most(double x, double most)
{
    return x < most ? x : most;
}

/* Steps as long as they may be: with the longest ray and the best seen voxel scaled to each
 * other, and the gradient to both. */
static void
start(struct ct_solve *s)
{
    struct plan *t = s->own;
    float *seen = s->volume[DUALS];
    double square[KERN_LANES], cross[KERN_LANES];
    int dims = s->shape.mixed ? 3 : 2;

    ct_solve_ones(s, s->volume[AHEAD]);
    memset(seen, 0, s->shape.volume * sizeof *seen);
    memset(s->partial, 0, (size_t)s->n * KERN_LANES * sizeof *s->partial);
    ct_solve_pass(s, &s->every, s->volume[AHEAD], measure_ray, seen);
    ct_solve_sum(s, s->n, square);
    double row = largest(s->set[DUAL], (size_t)s->n * s->shape.view);
    double column = largest(seen, s->shape.volume), ratio = sqrt(column / row);
    ct_solve_pass(s, &s->every, NULL, measure_mean, NULL);
    ct_solve_sum(s, s->n, cross);
    t->ray = (float)(1 / sqrt(row * column));
    double slope = ratio / (2 * dims), along = slope * at_most(s->o.slice_ratio, 1);
    t->slope[ACROSS] = t->slope[DOWN] = (float)slope;
    t->slope[ALONG] = (float)along;
    t->tau = (float)(at_most(s->o.relax, 1) * BALANCE / (2 * ratio));
    t->sigma_ray = (float)(ratio / BALANCE);
    t->sigma_slope = (float)(1 / (2 * slope * BALANCE));
    for (int32_t k = 0; k < s->lanes; k++)
        t->most[k] = cross[k] > 0 ? (float)(s->o.strength / slope * square[k] / cross[k]) : 0;
    for (int i = AHEAD; i < DUALS + dims; i++)
        memset(s->volume[i], 0, s->shape.volume * sizeof(float));
}

/* ---- iterate ---- */

static void
raise_ray(struct ct_solve *s, int32_t v, const struct ct_pass *p)
{
    const struct plan *t = s->own;
    float *dual = s->set[DUAL] + (size_t)v * s->shape.view;

    for (size_t i = 0; i < s->shape.view; i++) {
        float w = p->weight[i], up = dual[i] + t->sigma_ray * t->ray * (p->seen[i] - p->value[i]);
        dual[i] = w * up / (w + t->sigma_ray);
    }
}

static void
throw_ray(struct ct_solve *s, int32_t v, const struct ct_pass *p)
{
    const struct plan *t = s->own;
    const float *dual = s->set[DUAL] + (size_t)v * s->shape.view;

    for (size_t i = 0; i < s->shape.view; i++)
        p->seen[i] = t->ray * dual[i];
}

/* Floats to the next voxel. */
static void
strides(const struct ct_solve *s, size_t step[3])
{
    step[ACROSS] = (size_t)s->shape.depth;
    step[DOWN] = (size_t)s->shape.depth * (size_t)s->shape.pitch;
    step[ALONG] = 1;
}

/* Duals follow the gradient, at most so long; those that would reach over an edge stay 0. */
static void
raise_column(struct ct_solve *s, size_t at, bool last_across, bool last_down)
{
    const struct plan *t = s->own;
    const float *x = s->volume[AHEAD];
    float *u = s->volume[DUALS + ACROSS], *v = s->volume[DUALS + DOWN];
    float *w = s->shape.mixed ? s->volume[DUALS + ALONG] : NULL;
    float a = last_across ? 0 : t->sigma_slope * t->slope[ACROSS];
    float d = last_down ? 0 : t->sigma_slope * t->slope[DOWN];
    size_t step[3], end = at + (size_t)s->shape.depth;

    strides(s, step);
    for (size_t i = at; i < end; i++) {
        float most = t->most[(i - at) % (size_t)s->lanes];
        float p = u[i] + a * (x[last_across ? i : i + step[ACROSS]] - x[i]);
        float q = v[i] + d * (x[last_down ? i : i + step[DOWN]] - x[i]), r = 0;
        if (w != NULL && i + 1 < end)
            r = w[i] + t->sigma_slope * t->slope[ALONG] * (x[i + 1] - x[i]);
        float length = __builtin_sqrtf(p * p + q * q + r * r);
        float shorter = length > most ? most / length : 1;
        u[i] = p * shorter;
        v[i] = q * shorter;
        if (w != NULL)
            w[i] = r * shorter;
    }
}

static void
raise_lines(void *arg, int from, int to)
{
    struct ct_solve *s = arg;
    int32_t size = s->shape.lines;

    for (int j = from; j < to; j++)
        for (int32_t i = 0; i < size; i++)
            raise_column(s, (size_t)(j * s->shape.pitch + i) * (size_t)s->shape.depth,
                         i + 1 == size, j + 1 == size);
}

/* The transpose of the gradient, and the primal step. */
static void
lower_column(struct ct_solve *s, size_t at, bool first_across, bool first_down)
{
    const struct plan *t = s->own;
    float *x = s->volume[RESULT], *ahead = s->volume[AHEAD];
    const float *u = s->volume[DUALS + ACROSS], *v = s->volume[DUALS + DOWN];
    const float *w = s->shape.mixed ? s->volume[DUALS + ALONG] : NULL;
    float least = s->o.negative ? -1e30f : 0;
    size_t step[3], end = at + (size_t)s->shape.depth;

    strides(s, step);
    for (size_t i = at; i < end; i++) {
        float a = (first_across ? 0 : u[i - step[ACROSS]]) - u[i];
        float d = (first_down ? 0 : v[i - step[DOWN]]) - v[i];
        float g = ahead[i] + t->slope[ACROSS] * (a + d);
        if (w != NULL)
            g += t->slope[ALONG] * ((i > at ? w[i - 1] : 0) - w[i]);
        float next = x[i] - t->tau * g;
        next = next > least ? next : least;
        ahead[i] = 2 * next - x[i];
        x[i] = next;
    }
}

static void
lower_lines(void *arg, int from, int to)
{
    struct ct_solve *s = arg;
    int32_t size = s->shape.lines;

    for (int j = from; j < to; j++)
        for (int32_t i = 0; i < size; i++)
            lower_column(s, (size_t)(j * s->shape.pitch + i) * (size_t)s->shape.depth, i == 0,
                         j == 0);
}

static void
iterate(struct ct_solve *s)
{
    ct_solve_pass(s, &s->every, s->volume[AHEAD], raise_ray, NULL);
    par_for(s->pool, 0, s->shape.lines, 8, raise_lines, s);
    memset(s->volume[AHEAD], 0, s->shape.volume * sizeof(float));
    ct_solve_pass(s, &s->every, NULL, throw_ray, s->volume[AHEAD]);
    par_for(s->pool, 0, s->shape.lines, 8, lower_lines, s);
}

const struct ct_solver ct_solver_tv = {
    .brief = "least squares with little total variation",
    .iterations = 100,
    .subsets = 1,
    .volumes = 5,
    .sets = 1,
    .own = sizeof(struct plan),
    .start = start,
    .iterate = iterate,
};
