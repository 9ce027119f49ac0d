/* two_phase: see two_phase.h. */
#include "ct/two_phase.h"

#include "base/arena.h"
#include "base/num.h"
#include "ct/lbfgs.h"
#include "ct/level_set.h"

#include <math.h>
#include <string.h>

/* Lengths in radii of the disc, costs for a slice of that unit. */
#define ACROSS 2.18    /* side of the meshes */
#define MODEL 0.00287  /* error of a ray beside its noise: a sixth of a coarse voxel */
#define RIM 0.995      /* rays further out are not used */
#define VARIATION 30.0 /* of the first, convex solution */
#define STEPS 500      /* towards it */
#define EDGES 105.0    /* of the two-phase solution: cost of an edge's length */
#define UNSURE 0.03    /* where the level set starts at least away from 0 and 1 */
#define ROOM 1e-3f     /* rays that see less of the mesh (mm) are not used */

/* One solution after the other on the meshes: how far the level set is smoothed, and the cost of
 * an area that is neither. */
static const struct level {
    int32_t mesh, steps;
    double smooth, undecided;
} levels[] = {
    {0, 300, 0.046, 0}, {0, 150, 0.0345, 0}, {0, 100, 0.0345, 6000}, {1, 60, 0.023, 6000}};
#define LEVELS ((int)(sizeof levels / sizeof *levels))
#define MESHES 2 /* each of twice the voxels of the one before across */

struct ct_two_phase {
    struct arena arena;
    struct ct_geometry g;
    struct ct_disc disc;
    struct level_set mesh[MESHES];
    int32_t views, view[CT_TWO_PHASE_VIEWS]; /* that are used: which of all */
    struct ct_view used[CT_TWO_PHASE_VIEWS];
    double misfit;
};

/* ---- the start: convex, from 0 to 1, least squares and total variation ---- */

/* What the primal-dual steps (Chambolle and Pock 2011; steps of Pock and Chambolle 2011) keep. */
struct dual {
    float *x, *ahead, *along, *across; /* n: solution, extrapolated; duals of its differences */
    float *ray, *row, *col;            /* duals of the rays; sums of lengths of rays and cells */
    float most, scale;                 /* of a pair of differences, and of the differences */
};

static void
dual_differences(const struct level_set *s, struct dual *d)
{
    size_t size = (size_t)s->mesh.size;

    for (size_t y = 0; y + 1 < size; y++)
        for (size_t x = 0; x + 1 < size; x++) {
            size_t at = y * size + x;
            float a = d->along[at] + 0.5f * (d->ahead[at + 1] - d->ahead[at]);
            float b = d->across[at] + 0.5f * (d->ahead[at + size] - d->ahead[at]);
            float norm2 = a * a + b * b, most2 = d->most * d->most;
            float cut = norm2 > most2 ? d->most / __builtin_sqrtf(norm2) : 1;
            d->along[at] = a * cut;
            d->across[at] = b * cut;
        }
}

static void
dual_rays(struct level_set *s, struct dual *d)
{
    for (int32_t i = 0; i < s->mesh.cells; i++)
        s->voxel[i] = d->ahead[s->mesh.cell[i]];
    ct_footprint_forward(&s->foot, s->voxel, s->ray);
    for (size_t i = 0; i < s->rays; i++)
        if (s->weight[i] > 0) {
            float step = 1 / d->row[i];
            d->ray[i] = (d->ray[i] + step * (s->ray[i] - s->goal[i])) / (1 + step / s->weight[i]);
        }
}

static void
primal(struct level_set *s, struct dual *d)
{
    int32_t size = s->mesh.size;

    ct_footprint_adjoint(&s->foot, d->ray, s->voxel);
    for (int32_t i = 0; i < s->mesh.cells; i++) {
        int32_t at = s->mesh.cell[i];
        float push = d->along[at - 1] - d->along[at] + d->across[at - size] - d->across[at];
        float v = d->x[at] - (s->voxel[i] + d->scale * push) / (d->col[i] + 4 * d->scale);
        v = v < 0 ? 0 : v > 1 ? 1 : v;
        d->ahead[at] = 2 * v - d->x[at];
        d->x[at] = v;
    }
}

/* Rays that see little of the mesh lose their weight: their steps would be endless. */
static void
dual_open(struct level_set *s, struct dual *d, double cost, struct arena *a)
{
    float **squares[] = {&d->x, &d->ahead, &d->along, &d->across};
    double sum = 0;

    for (size_t i = 0; i < sizeof squares / sizeof *squares; i++)
        *squares[i] = arena_zero(a, s->n, sizeof(float));
    d->ray = arena_zero(a, s->rays, sizeof(float));
    d->row = arena_zero(a, s->rays, sizeof(float));
    d->col = arena_zero(a, (size_t)s->mesh.cells, sizeof(float));
    for (int32_t i = 0; i < s->mesh.cells; i++)
        s->voxel[i] = 1;
    ct_footprint_forward(&s->foot, s->voxel, d->row);
    for (size_t i = 0; i < s->rays; i++) {
        s->ray[i] = 1;
        s->weight[i] = d->row[i] > ROOM ? s->weight[i] : 0;
    }
    ct_footprint_adjoint(&s->foot, s->ray, d->col);
    for (int32_t i = 0; i < s->mesh.cells; i++)
        sum += (double)d->col[i];
    d->scale = (float)(sum / s->mesh.cells / 8);
    d->most = (float)cost / d->scale;
    memcpy(d->x, s->cover, s->n * sizeof *d->x);
    memcpy(d->ahead, s->cover, s->n * sizeof *d->x);
}

/* The level set that squashes to what total variation finds. */
static void
start(struct level_set *s, double cost)
{
    struct arena arena = {0};
    struct dual d;

    dual_open(s, &d, cost, &arena);
    for (int k = 0; k < STEPS; k++) {
        dual_rays(s, &d);
        dual_differences(s, &d);
        primal(s, &d);
    }
    for (size_t i = 0; i < s->n; i++) {
        double cover = (double)s->cover[i], h = 1;
        h = cover > 0 ? (double)d.x[i] / (cover > 0.05 ? cover : 0.05) : h;
        h = h < UNSURE ? UNSURE : h > 1 - UNSURE ? 1 - UNSURE : h;
        s->level[i] = num_log(h / (1 - h));
    }
    arena_free(&arena);
}

/* ---- meshes ---- */

/* Every first, second, third ... of the good views. */
static void
choose_views(struct ct_two_phase *t, const struct ct_view *view, int32_t n)
{
    int32_t good = 0, k = 0;

    for (int32_t i = 0; i < n; i++)
        good += view[i].good;
    int32_t every = (good + CT_TWO_PHASE_VIEWS - 1) / CT_TWO_PHASE_VIEWS;
    for (int32_t i = 0; i < n; i++)
        if (view[i].good && k++ % every == 0) {
            t->used[t->views] = view[i];
            t->view[t->views++] = i;
        }
}

int
ct_two_phase_open(struct ct_two_phase **t, const struct ct_geometry *g, const struct ct_view *view,
                  int32_t n, const struct ct_disc *disc, int32_t across, struct par *pool,
                  struct err *e)
{
    struct ct_two_phase *p = mem_zero(1, sizeof *p);
    int result = 0;

    p->g = *g;
    p->disc = *disc;
    choose_views(p, view, n);
    if (p->views == 0)
        result = err_set(e, ERR_INPUT, "no good view is there");
    for (int i = 0; i < MESHES && result == 0; i++)
        result = level_set_open(&p->mesh[i], g, p->used, p->views, disc, ACROSS * disc->radius_mm,
                                across >> (MESHES - 1 - i), pool, &p->arena, e);
    if (result != 0) {
        ct_two_phase_close(p);
        return -1;
    }
    *t = p;
    return 0;
}

void
ct_two_phase_close(struct ct_two_phase *t)
{
    if (t == NULL)
        return;
    for (int i = 0; i < MESHES; i++)
        level_set_close(&t->mesh[i]);
    arena_free(&t->arena);
    mem_free(t);
}

/* ---- one slice ---- */

/* Attenuations of a few columns become the length of the material there. */
static void
set_goals(const struct ct_two_phase *t, struct level_set *s, const float *const *row)
{
    double radius = t->disc.radius_mm, model = MODEL * radius;
    int32_t bin = s->mesh.bin;

    for (int32_t v = 0; v < s->foot.views; v++)
        for (int32_t r = 0; r < s->foot.rays; r++) {
            size_t at = (size_t)v * (size_t)s->foot.rays + (size_t)r;
            double sum = 0, per_mm;
            for (int32_t k = 0; k < bin; k++)
                sum += (double)row[t->view[v]][r * bin + k];
            sum /= bin;
            double off = ct_disc_distance_mm(&t->disc, &t->g, &t->used[v], (r + 0.5) * bin - 0.5);
            double length = ct_disc_length_mm(&t->disc, sum, &per_mm);
            double sigma = t->disc.noise * num_exp((sum - t->disc.air) / 2) / per_mm / sqrt(bin);
            bool through = fabs(off) < RIM * radius;
            s->goal[at] = through ? (float)length : 0;
            s->weight[at] = through ? (float)(1 / (sigma * sigma + model * model)) : 0;
        }
}

/* The level set of a finer mesh from a coarser one. */
static void
refine(const struct level_set *from, struct level_set *to)
{
    int32_t size = to->mesh.size;

    for (int32_t i = 0; i < (int32_t)to->n; i++) {
        double x = (i % size - (size - 1) / 2.0) * to->mesh.voxel_mm + to->mesh.centre_mm[0];
        double y = ((size - 1) / 2.0 - i / size) * to->mesh.voxel_mm + to->mesh.centre_mm[1];
        to->level[i] = level_set_at(from, from->level, x, y);
    }
}

void
ct_two_phase_run(struct ct_two_phase *t, const float *const *row)
{
    double radius = t->disc.radius_mm;

    for (int i = 0; i < MESHES; i++)
        set_goals(t, &t->mesh[i], row);
    start(&t->mesh[0], VARIATION / radius * t->mesh[0].mesh.voxel_mm);
    for (int k = 0; k < LEVELS; k++) {
        struct level_set *s = &t->mesh[levels[k].mesh];
        double area = s->mesh.voxel_mm * s->mesh.voxel_mm / (radius * radius);
        if (k > 0 && levels[k].mesh != levels[k - 1].mesh)
            refine(&t->mesh[levels[k - 1].mesh], s);
        level_set_smooth(s, levels[k].smooth * radius);
        s->edges = EDGES / radius * s->mesh.voxel_mm;
        s->undecided = levels[k].undecided * area;
        (void)lbfgs_run(level_set_cost, s, s->level, (int32_t)s->n, levels[k].steps);
    }
    struct level_set *s = &t->mesh[MESHES - 1];
    size_t count = 0;
    (void)level_set_cost(s, s->level, s->slope);
    for (size_t i = 0; i < s->rays; i++)
        count += s->weight[i] > 0;
    t->misfit = sqrt(2 * s->misfit / (double)(count > 0 ? count : 1));
}

bool
ct_two_phase_inside(const struct ct_two_phase *t, double x_mm, double y_mm)
{
    const struct level_set *s = &t->mesh[MESHES - 1];
    double x = x_mm - t->disc.x_mm, y = y_mm - t->disc.y_mm;

    return x * x + y * y < t->disc.radius_mm * t->disc.radius_mm &&
           level_set_at(s, s->smooth, x_mm, y_mm) > 0;
}

double
ct_two_phase_misfit(const struct ct_two_phase *t)
{
    return t->misfit;
}
