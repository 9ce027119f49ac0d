/* footprint: see footprint.h. */
#include "ct/footprint.h"

#include "base/arena.h"
#include "base/num.h"

#include <math.h>
#include <string.h>

#define VIEWS_GRAIN 4
#define CELLS_GRAIN 1024

/* A view's frame. */
struct turn {
    double cos, sin;
};

static double
position_mm(const struct ct_geometry *g, const struct turn *t, double x, double y)
{
    double p = x * t->cos + y * t->sin, away = g->source_mm - x * t->sin + y * t->cos;

    return g->beam == CT_PARALLEL ? p
           : g->curved            ? g->detector_mm * num_atan2(p, away)
                                  : g->detector_mm * p / away;
}

/* Length of a ray through a voxel that it crosses from side to side. */
static double
crossing_mm(const struct ct_geometry *g, const struct turn *t, double x, double y, double voxel_mm)
{
    double p = x * t->cos + y * t->sin, away = g->source_mm - x * t->sin + y * t->cos;

    if (g->beam == CT_PARALLEL) {
        p = 0;
        away = 1;
    }
    double norm = sqrt(p * p + away * away);
    double dx = fabs(p * t->cos - away * t->sin) / norm,
           dy = fabs(p * t->sin + away * t->cos) / norm;
    return voxel_mm / (dx > dy ? dx : dy);
}

/* Area to the left of u of a trapezoid of height 1 with corners at e[0] <= .. <= e[3]. */
static double
area(double u, const double *e)
{
    double s = 0;

    if (u <= e[0])
        return 0;
    if (e[1] > e[0]) {
        double to = u < e[1] ? u : e[1];
        s += (to - e[0]) * (to - e[0]) / (2 * (e[1] - e[0]));
    }
    if (u > e[1])
        s += (u < e[2] ? u : e[2]) - e[1];
    if (u > e[2] && e[3] > e[2]) {
        double left = u < e[3] ? e[3] - u : 0, wide = e[3] - e[2];
        s += (wide * wide - left * left) / (2 * wide);
    }
    return s;
}

/* Corners of the voxel's shadow, in rays from the left edge of the first one, in order. */
static void
shadow(const struct ct_geometry *g, const struct turn *t, const struct ct_mesh *m, double x,
       double y, double *edge)
{
    double half = m->voxel_mm / 2, pitch = g->pitch_mm * m->bin;

    for (int i = 0; i < 4; i++) {
        double u = position_mm(g, t, x + (i & 1 ? half : -half), y + (i & 2 ? half : -half));
        double at = u / pitch + (g->axis_col + 0.5) / m->bin;
        int k = i;
        for (; k > 0 && edge[k - 1] > at; k--)
            edge[k] = edge[k - 1];
        edge[k] = at;
    }
}

static void
fill_view(struct ct_footprint *f, const struct ct_geometry *g, double angle_rad,
          const struct ct_mesh *m, int32_t at)
{
    struct turn t = {num_cos(angle_rad), num_sin(angle_rad)};

    for (int32_t i = 0; i < m->cells; i++) {
        double x = (m->cell[i] % m->size - (m->size - 1) / 2.0) * m->voxel_mm + m->centre_mm[0];
        double y = ((m->size - 1) / 2.0 - m->cell[i] / m->size) * m->voxel_mm + m->centre_mm[1];
        double edge[4];
        shadow(g, &t, m, x, y, edge);
        double low = num_floor(edge[0]), high = f->rays - f->width;
        low = low < 0 ? 0 : low > high ? high : low;
        size_t id = (size_t)at * (size_t)f->cells + (size_t)i;
        f->first[id] = (uint16_t)low;
        double length = crossing_mm(g, &t, x, y, m->voxel_mm), before = area(low, edge);
        for (int32_t k = 0; k < f->width; k++) {
            double now = area(low + k + 1, edge);
            f->length_mm[id * (size_t)f->width + (size_t)k] = (float)((now - before) * length);
            before = now;
        }
    }
}

struct job {
    struct ct_footprint *f; /* only fill_views changes it */
    const struct ct_geometry *g;
    const struct ct_mesh *m;
    const double *angle_rad; /* of the good views */
    const float *in;
    float *out;
};

static void
fill_views(void *arg, int begin, int end)
{
    const struct job *j = arg;

    for (int v = begin; v < end; v++)
        fill_view(j->f, j->g, j->angle_rad[v], j->m, v);
}

int
ct_footprint_open(struct ct_footprint *f, const struct ct_geometry *g, const struct ct_view *v,
                  int32_t n, const struct ct_mesh *m, struct par *pool, struct err *e)
{
    double reach = m->size * m->voxel_mm * 0.75 +
                   sqrt(m->centre_mm[0] * m->centre_mm[0] + m->centre_mm[1] * m->centre_mm[1]);
    double scale = g->beam == CT_PARALLEL ? 1 : g->detector_mm / (g->source_mm - reach);
    double wide = m->voxel_mm * 1.42 * scale / (g->pitch_mm * m->bin) + 2;

    *f = (struct ct_footprint){.rays = g->cols / m->bin, .cells = m->cells, .pool = pool};
    if (g->beam == CT_CONE)
        return err_set(e, ERR_INPUT, "a cone beam's rays do not stay in one slice");
    if (g->beam != CT_PARALLEL && g->source_mm <= reach)
        return err_set(e, ERR_INPUT, "the source, %.6g mm from the axis, is inside the slice",
                       g->source_mm);
    f->width = (int32_t)wide <= 4 ? 4 : (int32_t)wide;
    if (wide > CT_FOOTPRINT_MAX || f->width > f->rays)
        return err_set(e, ERR_INPUT, "a voxel of %.4g mm is wider than %d rays", m->voxel_mm,
                       f->rays < CT_FOOTPRINT_MAX ? f->rays : CT_FOOTPRINT_MAX);
    double *angle_rad = mem_zero((size_t)n + 1, sizeof *angle_rad);
    for (int32_t i = 0; i < n; i++)
        if (v[i].good)
            angle_rad[f->views++] = v[i].angle_rad;
    size_t entries = (size_t)f->views * (size_t)f->cells;
    f->first = mem_zero(entries + 1, sizeof *f->first);
    f->length_mm = mem_zero(entries * (size_t)f->width + 1, sizeof *f->length_mm);
    struct job j = {.f = f, .g = g, .m = m, .angle_rad = angle_rad};
    par_for(pool, 0, f->views, 1, fill_views, &j);
    mem_free(angle_rad);
    return 0;
}

void
ct_footprint_close(struct ct_footprint *f)
{
    mem_free(f->first);
    mem_free(f->length_mm);
}

/* Four neighbours at once. */
typedef float quad __attribute__((vector_size(16)));

static quad
load(const float *p)
{
    quad q;
    memcpy(&q, p, sizeof q);
    return q;
}

/* Voxel by voxel through all views of a grain: neighbours add to the same rays, and would wait for
 * each other. */
static void
forward_views(void *arg, int begin, int end)
{
    const struct job *j = arg;
    const struct ct_footprint *f = j->f;
    size_t cells = (size_t)f->cells, width = (size_t)f->width, rays = (size_t)f->rays;
    float *to = j->out + (size_t)begin * rays;

    memset(to, 0, (size_t)(end - begin) * rays * sizeof *to);
    for (size_t i = 0; i < cells; i++)
        for (size_t v = 0; v < (size_t)(end - begin); v++) {
            size_t at = ((size_t)begin + v) * cells + i;
            const float *w = f->length_mm + at * width;
            float x = j->in[i], *p = to + v * rays + f->first[at];
            quad sum = load(p) + x * load(w);
            memcpy(p, &sum, sizeof sum);
            for (size_t k = 4; k < width; k++)
                p[k] += x * w[k];
        }
}

void
ct_footprint_forward(const struct ct_footprint *f, const float *voxel, float *ray)
{
    struct job j = {.f = (struct ct_footprint *)f, .in = voxel, .out = ray};

    par_for(f->pool, 0, f->views, VIEWS_GRAIN, forward_views, &j);
}

static void
adjoint_cells(void *arg, int begin, int end)
{
    const struct job *j = arg;
    const struct ct_footprint *f = j->f;
    size_t cells = (size_t)f->cells, width = (size_t)f->width;

    memset(j->out + begin, 0, (size_t)(end - begin) * sizeof *j->out);
    for (int32_t v = 0; v < f->views; v++) {
        const uint16_t *first = f->first + (size_t)v * cells;
        const float *w = f->length_mm + ((size_t)v * cells + (size_t)begin) * width;
        const float *from = j->in + (size_t)v * (size_t)f->rays;
        for (int i = begin; i < end; i++, w += width) {
            const float *p = from + first[i];
            quad q = load(p) * load(w);
            float s = (q[0] + q[1]) + (q[2] + q[3]);
            for (size_t k = 4; k < width; k++)
                s += p[k] * w[k];
            j->out[i] += s;
        }
    }
}

void
ct_footprint_adjoint(const struct ct_footprint *f, const float *ray, float *voxel)
{
    struct job j = {.f = (struct ct_footprint *)f, .in = ray, .out = voxel};

    par_for(f->pool, 0, f->cells, CELLS_GRAIN, adjoint_cells, &j);
}
