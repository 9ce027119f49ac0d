/* level_set: see level_set.h. */
#include "ct/level_set.h"

#include "base/num.h"

#include <math.h>
#include <string.h>

#define CORNER 0.02 /* jumps smaller than this are as good as none */

int
level_set_open(struct level_set *s, const struct ct_geometry *g, const struct ct_view *view,
               int32_t n, const struct ct_disc *disc, double side_mm, int32_t size,
               struct par *pool, struct arena *arena, struct err *e)
{
    double pixel_mm = g->pitch_mm * (g->beam == CT_PARALLEL ? 1 : g->source_mm / g->detector_mm);
    double voxel_mm = side_mm / size;
    int32_t bin = (int32_t)(voxel_mm / pixel_mm + 0.5);

    *s = (struct level_set){.n = (size_t)size * (size_t)size};
    int32_t *cell = arena_zero(arena, s->n, sizeof *cell);
    s->cover = arena_zero(arena, s->n, sizeof *s->cover);
    s->mesh = (struct ct_mesh){.size = size,
                               .voxel_mm = voxel_mm,
                               .centre_mm = {disc->x_mm, disc->y_mm},
                               .cell = cell,
                               .bin = bin < 1 ? 1 : bin};
    for (int32_t i = 0; i < (int32_t)s->n; i++) {
        double x = i % size - (size - 1) / 2.0, y = i / size - (size - 1) / 2.0;
        double cover = disc->radius_mm / voxel_mm - sqrt(x * x + y * y) + 0.5;
        s->cover[i] = (float)(cover < 0 ? 0 : cover > 1 ? 1 : cover);
        if (cover > 0)
            cell[s->mesh.cells++] = i;
    }
    if (ct_footprint_open(&s->foot, g, view, n, &s->mesh, pool, e) != 0)
        return -1;
    s->rays = (size_t)s->foot.views * (size_t)s->foot.rays;
    float **rays[] = {&s->goal, &s->weight, &s->ray};
    for (size_t i = 0; i < sizeof rays / sizeof *rays; i++)
        *rays[i] = arena_zero(arena, s->rays, sizeof(float));
    double **squares[] = {&s->level, &s->smooth, &s->fill, &s->slope, &s->pass};
    for (size_t i = 0; i < sizeof squares / sizeof *squares; i++)
        *squares[i] = arena_zero(arena, s->n, sizeof(double));
    s->voxel = arena_zero(arena, (size_t)s->mesh.cells, sizeof *s->voxel);
    s->kernel = arena_zero(arena, (size_t)size, sizeof *s->kernel);
    return 0;
}

void
level_set_close(struct level_set *s)
{
    ct_footprint_close(&s->foot);
}

/* ---- smoothing ---- */

void
level_set_smooth(struct level_set *s, double sigma_mm)
{
    double sum = 1, sigma = sigma_mm / s->mesh.voxel_mm;

    s->reach = (int32_t)(3 * sigma + 0.5);
    s->reach = s->reach < s->mesh.size / 2 ? s->reach : s->mesh.size / 2;
    s->kernel[0] = 1;
    for (int32_t k = 1; k <= s->reach; k++) {
        s->kernel[k] = num_exp(-0.5 * k * k / (sigma * sigma));
        sum += 2 * s->kernel[k];
    }
    for (int32_t k = 0; k <= s->reach; k++)
        s->kernel[k] /= sum;
}

/* Sum of kernel times `in` shifted along lines (step 1) or across them (step = size); nothing
 * outside. */
static void
smooth_along(const struct level_set *s, const double *in, double *out)
{
    int32_t size = s->mesh.size;

    for (int32_t y = 0; y < size; y++) {
        const double *from = in + (size_t)y * (size_t)size;
        double *to = out + (size_t)y * (size_t)size;
        for (int32_t x = 0; x < size; x++)
            to[x] = s->kernel[0] * from[x];
        for (int32_t k = 1; k <= s->reach; k++) {
            for (int32_t x = k; x < size; x++)
                to[x] += s->kernel[k] * from[x - k];
            for (int32_t x = 0; x < size - k; x++)
                to[x] += s->kernel[k] * from[x + k];
        }
    }
}

static void
smooth_across(const struct level_set *s, const double *in, double *out)
{
    int32_t size = s->mesh.size;

    for (int32_t y = 0; y < size; y++) {
        double *to = out + (size_t)y * (size_t)size;
        memset(to, 0, (size_t)size * sizeof *to);
        for (int32_t k = -s->reach; k <= s->reach; k++) {
            if (y + k < 0 || y + k >= size)
                continue;
            const double *from = in + (size_t)(y + k) * (size_t)size;
            double weight = s->kernel[k < 0 ? -k : k];
            for (int32_t x = 0; x < size; x++)
                to[x] += weight * from[x];
        }
    }
}

static void
smooth(struct level_set *s, const double *in, double *out)
{
    smooth_along(s, in, s->pass);
    smooth_across(s, s->pass, out);
}

/* ---- the cost and its slope ---- */

/* Data: half the weighted squares. */
static double
data_cost(struct level_set *s)
{
    double cost = 0;

    for (int32_t i = 0; i < s->mesh.cells; i++) {
        int32_t at = s->mesh.cell[i];
        s->voxel[i] = s->cover[at] * (float)s->fill[at];
    }
    ct_footprint_forward(&s->foot, s->voxel, s->ray);
    for (size_t i = 0; i < s->rays; i++) {
        float off = s->ray[i] - s->goal[i], pull = s->weight[i] * off;
        cost += 0.5 * (double)off * (double)pull;
        s->ray[i] = pull;
    }
    ct_footprint_adjoint(&s->foot, s->ray, s->voxel);
    memset(s->slope, 0, s->n * sizeof *s->slope);
    for (int32_t i = 0; i < s->mesh.cells; i++) {
        int32_t at = s->mesh.cell[i];
        s->slope[at] = (double)(s->voxel[i] * s->cover[at]);
    }
    return cost;
}

/* Edges: their length, of jumps from 0 to 1. */
static double
edge_cost(struct level_set *s)
{
    int32_t size = s->mesh.size;
    double cost = 0;

    for (int32_t y = 0; y < size; y++)
        for (int32_t x = 0; x < size; x++) {
            size_t at = (size_t)y * (size_t)size + (size_t)x;
            double dx = x + 1 < size ? s->fill[at + 1] - s->fill[at] : 0;
            double dy = y + 1 < size ? s->fill[at + (size_t)size] - s->fill[at] : 0;
            double norm = sqrt(dx * dx + dy * dy + CORNER * CORNER);
            cost += norm - CORNER;
            dx *= s->edges / norm;
            dy *= s->edges / norm;
            s->slope[at] -= dx + dy;
            if (x + 1 < size)
                s->slope[at + 1] += dx;
            if (y + 1 < size)
                s->slope[at + (size_t)size] += dy;
        }
    return cost * s->edges;
}

static double
undecided_cost(struct level_set *s)
{
    double cost = 0;

    for (size_t i = 0; i < s->n; i++) {
        double h = s->fill[i], cover = (double)s->cover[i];
        cost += h * (1 - h) * cover;
        s->slope[i] += s->undecided * (1 - 2 * h) * cover;
    }
    return cost * s->undecided;
}

static void
set_fill(struct level_set *s, const double *level)
{
    smooth(s, level, s->smooth);
    for (size_t i = 0; i < s->n; i++)
        s->fill[i] = 1 / (1 + num_exp(-s->smooth[i]));
}

double
level_set_cost(void *level_set, const double *level, double *slope)
{
    struct level_set *s = level_set;

    set_fill(s, level);
    s->misfit = data_cost(s);
    double cost = s->misfit + edge_cost(s) + (s->undecided > 0 ? undecided_cost(s) : 0);
    for (size_t i = 0; i < s->n; i++)
        s->slope[i] *= s->fill[i] * (1 - s->fill[i]);
    smooth(s, s->slope, slope);
    return cost;
}

double
level_set_at(const struct level_set *s, const double *square, double x_mm, double y_mm)
{
    int32_t size = s->mesh.size;
    double x = (x_mm - s->mesh.centre_mm[0]) / s->mesh.voxel_mm + (size - 1) / 2.0;
    double y = (size - 1) / 2.0 - (y_mm - s->mesh.centre_mm[1]) / s->mesh.voxel_mm;

    x = x < 0 ? 0 : x > size - 1.001 ? size - 1.001 : x;
    y = y < 0 ? 0 : y > size - 1.001 ? size - 1.001 : y;
    size_t i = (size_t)x, at = (size_t)y * (size_t)size + i;
    double fx = x - (double)i, fy = y - (double)(size_t)y;
    const double *below = square + size;
    return (1 - fy) * ((1 - fx) * square[at] + fx * square[at + 1]) +
           fy * ((1 - fx) * below[at] + fx * below[at + 1]);
}
