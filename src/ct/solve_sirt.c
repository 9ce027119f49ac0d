/* solve_sirt: steps of every ray's error, shared out along the ray and averaged over the rays of a
 * voxel; eqs (44) and (45) of doc/physics/ct.md. With all views at a time it is SIRT; with subsets
 * in turn it is OS-SART. */
#include "ct/solve.h"

#include <string.h>

enum { RESULT, SCALE, STEP }; /* volumes */
enum { PER_RAY };             /* sets: 1 / length in the grid */

#define SHORT 1e-3f /* mm in the grid: shorter rays say nothing */
#define SEEN 0.05f  /* of what the best seen voxel has; less counts as that much */

static void
measure_ray(struct ct_solve *s, int32_t v, const struct ct_pass *p)
{
    float *per = s->set[PER_RAY] + (size_t)v * s->shape.view;

    for (size_t i = 0; i < s->shape.view; i++) {
        per[i] = p->seen[i] > SHORT ? 1 / p->seen[i] : 0;
        p->seen[i] = per[i] > 0 ? p->weight[i] : 0;
    }
}

/* Over what a voxel is seen; the subsets share it evenly. */
static void
start(struct ct_solve *s)
{
    float *scale = s->volume[SCALE], most = 0;

    ct_solve_ones(s, s->volume[STEP]);
    memset(scale, 0, s->shape.volume * sizeof *scale);
    ct_solve_pass(s, &s->every, s->volume[STEP], measure_ray, scale);
    for (size_t i = 0; i < s->shape.volume; i++)
        most = scale[i] > most ? scale[i] : most;
    for (size_t i = 0; i < s->shape.volume; i++) {
        float least = scale[i] > SEEN * most ? scale[i] : SEEN * most;
        scale[i] = scale[i] > 0 ? (float)s->o.relax / least : 0;
    }
}

static void
find_error(struct ct_solve *s, int32_t v, const struct ct_pass *p)
{
    const float *per = s->set[PER_RAY] + (size_t)v * s->shape.view;

    for (size_t i = 0; i < s->shape.view; i++)
        p->seen[i] = p->weight[i] * per[i] * (p->value[i] - p->seen[i]);
}

struct step {
    const struct ct_solve *s;
    float share; /* of the views that this subset has, inverted */
};

static void
take_step(void *arg, size_t from, size_t to)
{
    const struct step *t = arg;
    float *x = t->s->volume[RESULT], *scale = t->s->volume[SCALE], *step = t->s->volume[STEP];
    float least = t->s->o.negative ? -1e30f : 0;

    for (size_t i = from; i < to; i++) {
        float v = x[i] + t->share * scale[i] * step[i];
        x[i] = v > least ? v : least;
        step[i] = 0;
    }
}

static void
iterate(struct ct_solve *s)
{
    for (int32_t k = 0; k < s->subsets; k++) {
        struct step t = {s, (float)s->every.n / (float)s->subset[k].n};
        if (k == 0)
            memset(s->volume[STEP], 0, s->shape.volume * sizeof(float));
        ct_solve_pass(s, &s->subset[k], s->volume[RESULT], find_error, s->volume[STEP]);
        ct_solve_volume(s, take_step, &t);
    }
}

const struct ct_solver ct_solver_sirt = {
    .brief = "all views at a time",
    .iterations = 100,
    .subsets = 1,
    .volumes = 3,
    .sets = 1,
    .start = start,
    .iterate = iterate,
};

const struct ct_solver ct_solver_os_sart = {
    .brief = "some views after the others",
    .iterations = 10,
    .subsets = 10,
    .volumes = 3,
    .sets = 1,
    .start = start,
    .iterate = iterate,
};
