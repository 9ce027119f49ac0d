/* solve_cgls: least squares by conjugate gradients (Hestenes and Stiefel 1952, in the form of Paige
 * and Saunders 1982): the fewest iterations where noise is small. Values below 0 stay: a limit
 * would break conjugacy. Eq. (46) of doc/physics/ct.md. */
#include "ct/solve.h"

#include <string.h>

enum { RESULT, WAY, SLOPE }; /* volumes */
enum { REST, SHOWN };        /* sets, times the root of the weight */

/* Per lane: steps that are on their way to threads. */
struct step {
    const struct ct_solve *s;
    float *to;
    const float *from;
    float share[KERN_LANES];
    bool keep; /* to = share * to + from; otherwise to += share * from */
};

static void
first_rest(struct ct_solve *s, int32_t v, const struct ct_pass *p)
{
    float *rest = s->set[REST] + (size_t)v * s->shape.view;

    for (size_t i = 0; i < s->shape.view; i++) {
        float root = __builtin_sqrtf(p->weight[i]);
        rest[i] = root * p->value[i];
        p->seen[i] = root * rest[i];
    }
}

static void
show_way(struct ct_solve *s, int32_t v, const struct ct_pass *p)
{
    float *shown = s->set[SHOWN] + (size_t)v * s->shape.view;
    double *sum = ct_solve_row(s, v);

    for (size_t i = 0; i < s->shape.view; i++) {
        shown[i] = __builtin_sqrtf(p->weight[i]) * p->seen[i];
        sum[i % (size_t)s->lanes] += (double)shown[i] * (double)shown[i];
    }
}

/* The adjoint of the rest. */
static void
throw_rest(struct ct_solve *s, int32_t v, const struct ct_pass *p)
{
    const float *rest = s->set[REST] + (size_t)v * s->shape.view;

    for (size_t i = 0; i < s->shape.view; i++)
        p->seen[i] = __builtin_sqrtf(p->weight[i]) * rest[i];
}

static void
add(void *arg, size_t from, size_t to)
{
    const struct step *t = arg;
    size_t lanes = (size_t)t->s->lanes;

    for (size_t i = from; i < to; i++) {
        float share = t->share[i % lanes];
        t->to[i] = t->keep ? share * t->to[i] + t->from[i] : t->to[i] + share * t->from[i];
    }
}

static void
square_line(void *arg, int from, int to)
{
    struct ct_solve *s = arg;
    size_t line = (size_t)s->shape.pitch * (size_t)s->shape.depth;

    for (int j = from; j < to; j++) {
        const float *x = s->volume[SLOPE] + (size_t)j * line;
        double *sum = ct_solve_row(s, j);
        for (size_t i = 0; i < line; i++)
            sum[i % (size_t)s->lanes] += (double)x[i] * (double)x[i];
    }
}

/* Squares of the slope, per lane. */
static void
measure_slope(struct ct_solve *s, double square[KERN_LANES])
{
    par_for(s->pool, 0, s->shape.lines, 8, square_line, s);
    ct_solve_sum(s, s->shape.lines, square);
}

static void
start(struct ct_solve *s)
{
    memset(s->volume[WAY], 0, s->shape.volume * sizeof(float));
    ct_solve_pass(s, &s->every, NULL, first_rest, s->volume[WAY]);
    memcpy(s->volume[SLOPE], s->volume[WAY], s->shape.volume * sizeof(float));
}

static void
set_share(struct step *t, const double *over, const double *under)
{
    for (int32_t k = 0; k < t->s->lanes; k++)
        t->share[k] = under[k] > 0 ? (float)(over[k] / under[k]) : 0;
}

static void
iterate(struct ct_solve *s)
{
    double before[KERN_LANES], shown[KERN_LANES], after[KERN_LANES];
    struct step t = {.s = s, .to = s->volume[RESULT], .from = s->volume[WAY]};

    measure_slope(s, before);
    memset(s->partial, 0, (size_t)s->n * KERN_LANES * sizeof *s->partial);
    ct_solve_pass(s, &s->every, s->volume[WAY], show_way, NULL);
    ct_solve_sum(s, s->n, shown);
    set_share(&t, before, shown);
    ct_solve_volume(s, add, &t);
    for (size_t i = 0; i < (size_t)s->n * s->shape.view; i++)
        s->set[REST][i] -= t.share[i % (size_t)s->lanes] * s->set[SHOWN][i];
    memset(s->volume[SLOPE], 0, s->shape.volume * sizeof(float));
    ct_solve_pass(s, &s->every, NULL, throw_rest, s->volume[SLOPE]);
    measure_slope(s, after);
    t = (struct step){.s = s, .to = s->volume[WAY], .from = s->volume[SLOPE], .keep = true};
    set_share(&t, after, before);
    ct_solve_volume(s, add, &t);
}

const struct ct_solver ct_solver_cgls = {
    .brief = "conjugate gradients",
    .iterations = 15,
    .subsets = 1,
    .volumes = 3,
    .sets = 2,
    .start = start,
    .iterate = iterate,
};
