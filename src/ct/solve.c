/* solve: see solve.h. */
#include "ct/solve.h"

#include <string.h>

#define BLOCK 64 /* views that are seen together */

#define METHOD_EXTERN(symbol_, word_) extern const struct ct_solver ct_solver_##symbol_;
#define METHOD_ADDRESS(symbol_, word_) &ct_solver_##symbol_,
#define METHOD_WORD(symbol_, word_) word_,
CT_SOLVERS(METHOD_EXTERN)
const struct ct_solver *const ct_solver_table[] = {CT_SOLVERS(METHOD_ADDRESS) NULL};
const char *const ct_solver_word[] = {CT_SOLVERS(METHOD_WORD) NULL};

/* Every subset sees all around. */
static void
plan_subsets(struct ct_solve *s, const int32_t *good, struct arena *a)
{
    int32_t *order = arena_zero(a, (size_t)s->every.n, sizeof *order), at = 0;

    s->subset = arena_zero(a, (size_t)s->subsets, sizeof *s->subset);
    for (int32_t k = 0; k < s->subsets; k++) {
        s->subset[k].view = order + at;
        for (int32_t i = k; i < s->every.n; i += s->subsets) {
            order[at++] = good[i];
            s->subset[k].n++;
        }
    }
}

int
ct_solve_open(struct ct_solve **out, struct ct_project *p, const struct ct_view *views, int32_t n,
              const struct ct_solve_options *o, struct arena *a, struct err *e)
{
    const struct ct_solver *m = ct_solver_table[o->method];
    struct ct_solve *s = arena_zero(a, 1, sizeof *s);
    int32_t *good = arena_zero(a, (size_t)n + 1, sizeof *good);

    *s = (struct ct_solve){.method = m, .o = *o, .project = p, .shape = *ct_project_shape(p)};
    for (int32_t i = 0; i < n; i++)
        if (views[i].good)
            good[s->every.n++] = i;
    if (s->every.n == 0)
        return err_set(e, ERR_INPUT, "none of the %d views is good", n);
    s->n = n;
    s->every.view = good;
    s->o.iterations = o->iterations > 0 ? o->iterations : m->iterations;
    s->subsets = o->subsets > 0 ? o->subsets : m->subsets;
    s->subsets = s->subsets > s->every.n ? s->every.n : s->subsets;
    plan_subsets(s, good, a);
    for (int i = 0; i < m->volumes; i++)
        s->volume[i] = arena_zero(a, s->shape.volume, sizeof(float));
    for (int i = 0; i < m->sets; i++)
        s->set[i] = arena_zero(a, (size_t)n * s->shape.view, sizeof(float));
    s->lanes = !s->shape.mixed && s->shape.depth == KERN_LANES ? KERN_LANES : 1;
    s->partial = arena_zero(a, (size_t)(n > s->shape.lines ? n : s->shape.lines),
                            KERN_LANES * sizeof *s->partial);
    s->own = arena_zero(a, 1, m->own + 1);
    size_t block = (size_t)(s->every.n < BLOCK ? s->every.n : BLOCK) * s->shape.view;
    s->value = arena_zero(a, block, sizeof(float));
    s->weight = arena_zero(a, block, sizeof(float));
    s->seen = arena_zero(a, block, sizeof(float));
    *out = s;
    return 0;
}

const float *
ct_solve_run(struct ct_solve *s, struct par *pool, const struct ct_rays *rays, struct ct_told told)
{
    s->pool = pool;
    s->rays = rays;
    memset(s->volume[0], 0, s->shape.volume * sizeof(float));
    s->method->start(s);
    for (int32_t i = 0; i < s->o.iterations; i++) {
        s->method->iterate(s);
        if (told.iteration != NULL)
            told.iteration(told.arg, i + 1, s->o.iterations);
    }
    return s->volume[0];
}

/* ---- passes ---- */

struct pass {
    struct ct_solve *s;
    const struct ct_subset *block;
    ct_pass_view *view;
};

static void
pass_views(void *arg, int from, int to)
{
    const struct pass *t = arg;
    struct ct_solve *s = t->s;

    for (int i = from; i < to; i++) {
        size_t at = (size_t)i * s->shape.view;
        struct ct_pass one = {s->value + at, s->weight + at, s->seen + at};
        s->rays->view(s->rays->arg, t->block->view[i], s->value + at, s->weight + at);
        t->view(s, t->block->view[i], &one);
    }
}

void
ct_solve_pass(struct ct_solve *s, const struct ct_subset *views, const float *volume,
              ct_pass_view *view, float *back)
{
    for (int32_t i = 0; i < views->n; i += BLOCK) {
        struct ct_subset block = {views->view + i, views->n - i < BLOCK ? views->n - i : BLOCK};
        struct pass t = {s, &block, view};
        if (volume != NULL)
            ct_project_forward(s->project, s->pool, &block, volume, s->seen);
        else
            memset(s->seen, 0, (size_t)block.n * s->shape.view * sizeof(float));
        par_for(s->pool, 0, block.n, 1, pass_views, &t);
        if (back != NULL)
            ct_project_adjoint(s->project, s->pool, &block, s->seen, back);
    }
}

struct piece {
    void (*fn)(void *arg, size_t from, size_t to);
    void *arg;
    size_t line;
};

static void
volume_lines(void *arg, int from, int to)
{
    const struct piece *t = arg;
    t->fn(t->arg, (size_t)from * t->line, (size_t)to * t->line);
}

void
ct_solve_volume(struct ct_solve *s, void (*fn)(void *arg, size_t from, size_t to), void *arg)
{
    struct piece t = {fn, arg, (size_t)s->shape.pitch * (size_t)s->shape.depth};
    par_for(s->pool, 0, s->shape.lines, 8, volume_lines, &t);
}

void
ct_solve_ones(const struct ct_solve *s, float *volume)
{
    size_t line = (size_t)s->shape.pitch * (size_t)s->shape.depth;
    size_t inside = (size_t)s->shape.lines * (size_t)s->shape.depth;

    memset(volume, 0, s->shape.volume * sizeof *volume);
    for (size_t i = 0; i < s->shape.volume; i++)
        volume[i] = i % line < inside ? 1 : 0;
}

double *
ct_solve_row(const struct ct_solve *s, int32_t row)
{
    return memset(s->partial + (size_t)row * KERN_LANES, 0, KERN_LANES * sizeof *s->partial);
}

void
ct_solve_sum(const struct ct_solve *s, int32_t n, double sum[KERN_LANES])
{
    for (int k = 0; k < KERN_LANES; k++)
        sum[k] = 0;
    for (int32_t i = 0; i < n; i++)
        for (int32_t k = 0; k < s->lanes; k++)
            sum[k] += s->partial[(size_t)i * KERN_LANES + (size_t)k];
}
