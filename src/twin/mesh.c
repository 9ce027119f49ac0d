/* mesh: see mesh.h. Crossing test: the corners are sheared so that the ray is an axis (Woop,
 * Benthin and Wald, JCGT 2013), then the sign of each edge is exact, with a symbolic shift of the
 * ray where it is zero; neighbours share those signs, so entries and exits always balance. */
#include "twin/mesh.h"

#include "base/arena.h"
#include "base/file.h"
#include "twin/mesh_parts.h"
#include "twin/scene_parts.h"

#include <math.h>
#include <string.h>

struct sheared {
    int x, y, z; /* axes; z is the ray's strongest */
    double sx, sy, sz, o[3];
};

struct hit {
    double t;
    int32_t step; /* +1 in, -1 out */
};

static struct sheared
shear_for(const double o[3], const double d[3])
{
    struct sheared s = {.z = 0, .o = {o[0], o[1], o[2]}};

    for (int i = 1; i < 3; i++)
        if (fabs(d[i]) > fabs(d[s.z]))
            s.z = i;
    s.x = (s.z + 1) % 3;
    s.y = (s.z + 2) % 3;
    s.sx = d[s.x] / d[s.z];
    s.sy = d[s.y] / d[s.z];
    s.sz = 1 / d[s.z];
    return s;
}

/* a * b as the rounded product and what rounding lost (Dekker 1971). */
static double
product_error(double a, double b, double product)
{
    double ca = 134217729.0 * a, cb = 134217729.0 * b;
    double a1 = ca - (ca - a), b1 = cb - (cb - b), a2 = a - a1, b2 = b - b1;
    return ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2;
}

/* The sign of ax by - ay bx, never 0 for different points: the origin is thought to be moved by an
 * infinitesimal in x and a far smaller one in y. */
static int
edge_sign(double ax, double ay, double bx, double by)
{
    double p = ax * by, q = ay * bx;

    if (p != q)
        return p > q ? 1 : -1;
    double ep = product_error(ax, by, p), eq = product_error(ay, bx, q);
    if (ep != eq)
        return ep > eq ? 1 : -1;
    if (ay != by)
        return ay > by ? 1 : -1;
    return bx > ax ? 1 : bx < ax ? -1 : 0;
}

/* +1 the ray enters here, -1 it leaves, 0 no hit. */
static int
triangle_hit(const struct sheared *s, const struct mesh_triangle *t, double *at)
{
    double x[3], y[3], z[3];

    for (int i = 0; i < 3; i++) {
        z[i] = t->v[i][s->z] - s->o[s->z];
        x[i] = (t->v[i][s->x] - s->o[s->x]) - s->sx * z[i];
        y[i] = (t->v[i][s->y] - s->o[s->y]) - s->sy * z[i];
    }
    int sign = edge_sign(x[1], y[1], x[2], y[2]);
    if (sign == 0 || edge_sign(x[2], y[2], x[0], y[0]) != sign ||
        edge_sign(x[0], y[0], x[1], y[1]) != sign)
        return 0;
    double u = x[1] * y[2] - y[1] * x[2], v = x[2] * y[0] - y[2] * x[0];
    double w = x[0] * y[1] - y[0] * x[1], sum = u + v + w;
    double depth = (z[0] + z[1] + z[2]) / 3; /* seen edge-on */
    if (sum != 0) {
        double least = z[0], most = z[0];
        for (int i = 1; i < 3; i++) {
            least = z[i] < least ? z[i] : least;
            most = z[i] > most ? z[i] : most;
        }
        depth = (u * z[0] + v * z[1] + w * z[2]) / sum;
        depth = depth < least ? least : depth > most ? most : depth;
    }
    *at = depth * s->sz;
    return s->sz > 0 ? -sign : sign;
}

static void
sift(struct hit *h, int i, int n)
{
    struct hit moved = h[i];

    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && h[child].t < h[child + 1].t)
            child++;
        if (!(moved.t < h[child].t))
            break;
        h[i] = h[child];
    }
    h[i] = moved;
}

static void
sort_hits(struct hit *h, int n)
{
    for (int i = n / 2 - 1; i >= 0; i--)
        sift(h, i, n);
    for (int i = n - 1; i > 0; i--) {
        struct hit last = h[i];
        h[i] = h[0];
        h[0] = last;
        sift(h, 0, i);
    }
}

/* Hits within the window; those before it are only counted. Returns -1 if there are too many. */
static int
collect(const struct mesh *m, const double p[3], const struct scene_ray *r, double near,
        struct hit *hit, int max, int *inside)
{
    struct sheared shear = shear_for(p, r->d);
    double base[3], reach = m->bvh->radius;
    struct bvh_walk walk;
    int first, n = 0;

    for (int i = 0; i < 3; i++)
        base[i] = p[i] - reach * r->d[i];
    bvh_start(&walk, m->bvh, base, r->d, 2 * reach);
    for (int count; (count = bvh_next(&walk, &first)) > 0;)
        for (int i = first; i < first + count; i++) {
            double t;
            int step = triangle_hit(&shear, &m->triangle[i], &t);
            if (step == 0 || t + near >= r->to)
                continue;
            if (t + near <= r->from) {
                *inside += step;
                continue;
            }
            if (n == max)
                return -1;
            hit[n++] = (struct hit){t + near, step};
        }
    return n;
}

/* The inside is where entries outnumber exits. */
static int
spans_of(struct hit *hit, int hits, int inside, const struct scene_ray *r, struct scene_span *span)
{
    int n = 0;

    sort_hits(hit, hits);
    if (inside > 0)
        span[0].in = r->from;
    for (int i = 0; i < hits;) {
        double t = hit[i].t;
        bool before = inside > 0;
        for (; i < hits && hit[i].t == t; i++)
            inside += hit[i].step;
        if (before == (inside > 0))
            continue;
        if (before) {
            span[n++].out = t;
        } else {
            if (n == SCENE_SPANS_MAX)
                return -1;
            span[n].in = t;
        }
    }
    if (inside > 0)
        span[n++].out = r->to;
    return n;
}

int
mesh_spans(const struct mesh *m, const struct scene_ray *r, struct scene_span *span)
{
    struct hit hit[2 * SCENE_SPANS_MAX];
    double p[3], near = 0, square = 0;
    int inside = 0;

    for (int i = 0; i < 3; i++)
        near += (m->bvh->centre[i] - r->o[i]) * r->d[i];
    for (int i = 0; i < 3; i++) {
        p[i] = r->o[i] + near * r->d[i];
        square += (p[i] - m->bvh->centre[i]) * (p[i] - m->bvh->centre[i]);
    }
    if (square >= m->bvh->radius * m->bvh->radius)
        return 0;
    int hits = collect(m, p, r, near, hit, 2 * SCENE_SPANS_MAX, &inside);
    return hits < 0 ? -1 : spans_of(hit, hits, inside, r, span);
}

static void
order_triangles(struct mesh *m)
{
    struct bvh_box *box = mem_zero((size_t)m->n, sizeof *box);
    struct mesh_triangle *sorted = mem_zero((size_t)m->n, sizeof *sorted);

    for (int i = 0; i < m->n; i++)
        for (int k = 0; k < 3; k++) {
            const double(*v)[3] = m->triangle[i].v;
            double low = v[0][k] < v[1][k] ? v[0][k] : v[1][k];
            double high = v[0][k] < v[1][k] ? v[1][k] : v[0][k];
            box[i].low[k] = v[2][k] < low ? v[2][k] : low;
            box[i].high[k] = v[2][k] > high ? v[2][k] : high;
        }
    m->bvh = bvh_build(box, m->n);
    for (int i = 0; i < m->n; i++)
        sorted[i] = m->triangle[m->bvh->item[i]];
    mem_free(box);
    mem_free(m->triangle);
    m->triangle = sorted;
}

int
mesh_parse(const char *file, const uint8_t *bytes, size_t n, double scale, struct mesh **m,
           struct err *e)
{
    struct mesh_triangle *t;
    int triangles;

    if (mesh_stl(file, bytes, n, scale, &t, &triangles, e) != 0)
        return -1;
    if (mesh_close(file, t, &triangles, e) != 0) {
        mem_free(t);
        return -1;
    }
    struct mesh *out = mem_zero(1, sizeof *out);
    out->triangle = t;
    out->n = triangles;
    for (int i = 0; i < triangles; i++)
        out->volume_mm3 += mesh_triangle_volume(&t[i]);
    order_triangles(out);
    *m = out;
    return 0;
}

int
mesh_load(const char *path, double scale, struct mesh **m, struct err *e)
{
    uint8_t *bytes;
    size_t n;

    if (file_load(path, MESH_BYTES_MAX, &bytes, &n, e) != 0)
        return -1;
    int result = mesh_parse(path, bytes, n, scale, m, e);
    mem_free(bytes);
    return result;
}

void
mesh_free(struct mesh *m)
{
    if (m == NULL)
        return;
    bvh_free(m->bvh);
    mem_free(m->triangle);
    mem_free(m);
}

int
mesh_triangles(const struct mesh *m)
{
    return m->n;
}

double
mesh_volume_mm3(const struct mesh *m)
{
    return m->volume_mm3;
}

void
mesh_reach(const struct mesh *m, const double u[3], double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int i = 0; i < 3 * m->n; i++) {
        const double *v = m->triangle[i / 3].v[i % 3];
        double x = v[0] * u[0] + v[1] * u[1] + v[2] * u[2];
        *low = x < *low ? x : *low;
        *high = x > *high ? x : *high;
    }
}
