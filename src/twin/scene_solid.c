/* scene_solid: where a ray is inside one solid. Every solid is solved about the ray's nearest
 * point to its centre, so that a source metres away costs no digits (doc/format/scene.md). */
#include "twin/scene_parts.h"

#include "base/num.h"
#include "twin/mesh.h"

#include <math.h>

#define PARALLEL 1e-12 /* direction component below which a ray runs along a face */
#define FACE_MM 1e-9   /* how far off a face such a ray still runs in it */

typedef int spans_of(const double size[3], const double p[3], const double d[3],
                     struct scene_span *span);

/* Cuts [*in, *out] to |p + t d| <= half. */
static bool
slab(double half, double p, double d, double *in, double *out)
{
    if (fabs(d) < PARALLEL)
        return fabs(p) <= half + FACE_MM;
    double inverse = 1.0 / d, a = (-half - p) * inverse, b = (half - p) * inverse;
    double low = a < b ? a : b, high = a < b ? b : a;
    if (low > *in)
        *in = low;
    if (high < *out)
        *out = high;
    return *in < *out;
}

static int
box_spans(const double half[3], const double p[3], const double d[3], struct scene_span *span)
{
    double in = -INFINITY, out = INFINITY;

    for (int i = 0; i < 3; i++)
        if (!slab(half[i], p[i], d[i], &in, &out))
            return 0;
    *span = (struct scene_span){in, out};
    return 1;
}

/* |p|^2 + t^2 <= r^2: p is the nearest point, so there is no linear term. */
static int
sphere_spans(const double size[3], const double p[3], const double d[3], struct scene_span *span)
{
    (void)d;
    double square = size[0] * size[0] - (p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
    if (square <= 0)
        return 0;
    double half = sqrt(square);
    *span = (struct scene_span){-half, half};
    return 1;
}

/* A unit circle or sphere in scaled coordinates, solved about its own nearest point. */
static bool
round_span(int n, const double *p, const double *d, double *in, double *out)
{
    double a = 0, pd = 0, q2 = 0;

    for (int i = 0; i < n; i++) {
        a += d[i] * d[i];
        pd += p[i] * d[i];
    }
    if (a < PARALLEL * PARALLEL) {
        for (int i = 0; i < n; i++)
            q2 += p[i] * p[i];
        return q2 <= 1.0 + 2 * FACE_MM;
    }
    double middle = -pd / a;
    for (int i = 0; i < n; i++) {
        double q = p[i] + middle * d[i];
        q2 += q * q;
    }
    if (q2 >= 1.0)
        return false;
    double half = sqrt((1.0 - q2) / a);
    if (middle - half > *in)
        *in = middle - half;
    if (middle + half < *out)
        *out = middle + half;
    return *in < *out;
}

static int
ellipsoid_spans(const double size[3], const double p[3], const double d[3], struct scene_span *span)
{
    double q[3], e[3], in = -INFINITY, out = INFINITY, least = size[0];

    for (int i = 1; i < 3; i++)
        least = size[i] < least ? size[i] : least;
    for (int i = 0; i < 3; i++) { /* in units near the smallest radius: no direction looks flat */
        q[i] = p[i] / size[i];
        e[i] = d[i] / (size[i] / least);
    }
    double scaled_in = in, scaled_out = out;
    if (!round_span(3, q, e, &scaled_in, &scaled_out))
        return 0;
    *span = (struct scene_span){scaled_in * least, scaled_out * least};
    return 1;
}

static int
cylinder_spans(const double size[3], const double p[3], const double d[3], struct scene_span *span)
{
    double in = -INFINITY, out = INFINITY, r = size[0];

    if (!slab(size[2], p[2], d[2], &in, &out))
        return 0;
    double q[2] = {p[0] / r, p[1] / r}, low = in / r, high = out / r;
    if (!round_span(2, q, d, &low, &high))
        return 0;
    *span = (struct scene_span){low * r, high * r};
    return 1;
}

/* Cuts [*in, *out] to a t^2 + 2 b t + c <= 0, where the answer is known to be one interval. */
static bool
quadratic_cut(double a, double b, double c, double *in, double *out)
{
    double square = b * b - a * c;

    if (square <= 0)
        return a < 0 || (a == 0 && c <= 0);
    double q = b > 0 ? -(b + sqrt(square)) : -b + sqrt(square);
    if (fabs(a) < PARALLEL * PARALLEL) { /* a line: 2 b t + c <= 0 */
        double root = -c / (2 * b);
        if (b > 0 && root < *out)
            *out = root;
        if (b < 0 && root > *in)
            *in = root;
        return *in < *out;
    }
    double t0 = q / a, t1 = c / q, low = t0 < t1 ? t0 : t1, high = t0 < t1 ? t1 : t0;
    if (a > 0) {
        *in = low > *in ? low : *in;
        *out = high < *out ? high : *out;
        return *in < *out;
    }
    /* Steeper than the cone's side: inside before the first root or after the second. The slab has
     * left only one nappe, so one of the two pieces is empty or touches the tip. */
    double before = (low < *out ? low : *out) - *in, after = *out - (high > *in ? high : *in);
    if (before >= after)
        *out = low < *out ? low : *out;
    else
        *in = high > *in ? high : *in;
    return *in < *out;
}

/* x^2 + y^2 <= (middle + slope z)^2 between the two faces, in units of the larger radius. */
static int
cone_spans(const double size[3], const double p[3], const double d[3], struct scene_span *span)
{
    double in = -INFINITY, out = INFINITY, unit = size[0] > size[1] ? size[0] : size[1];
    double slope = (size[1] - size[0]) / (2 * size[2]), middle = 0.5 * (size[0] + size[1]);

    if (!slab(size[2], p[2], d[2], &in, &out))
        return 0;
    double x = p[0] / unit, y = p[1] / unit;
    double radius = (middle + slope * p[2]) / unit, grow = slope * d[2];
    double a = d[0] * d[0] + d[1] * d[1] - grow * grow;
    double b = x * d[0] + y * d[1] - radius * grow;
    double c = x * x + y * y - radius * radius;
    double low = in / unit, high = out / unit;
    if (!quadratic_cut(a, b, c, &low, &high))
        return 0;
    *span = (struct scene_span){low * unit, high * unit};
    return 1;
}

static int
torus_spans(const double size[3], const double p[3], const double d[3], struct scene_span *span)
{
    return scene_torus_spans(size[0], size[1], p, d, span);
}

static spans_of *const convex[] = {
    [SOLID_BOX] = box_spans,
    [SOLID_SPHERE] = sphere_spans,
    [SOLID_ELLIPSOID] = ellipsoid_spans,
    [SOLID_CYLINDER] = cylinder_spans,
    [SOLID_CONE] = cone_spans,
    [SOLID_TORUS] = torus_spans,
};

/* The ray in the solid's own coordinates. Not by value: copying what has just been written number
 * by number in larger pieces stalls the processor, a tenth of a whole ray's time. */
static void
own_ray(const struct scene_shapes *h, const struct scene_solid *s, const struct scene_ray *r,
        struct scene_ray *own)
{
    double p[3];

    own->from = r->from;
    own->to = r->to;
    for (int i = 0; i < 3; i++)
        p[i] = r->o[i] - s->centre_mm[i];
    if (s->turn == 0) {
        for (int i = 0; i < 3; i++) {
            own->o[i] = p[i];
            own->d[i] = r->d[i];
        }
        return;
    }
    const struct scene_turn *turn = &h->turn[s->turn];
    for (int i = 0; i < 3; i++) { /* the inverse of a rotation is its transpose */
        own->o[i] = turn->m[0][i] * p[0] + turn->m[1][i] * p[1] + turn->m[2][i] * p[2];
        own->d[i] = turn->m[0][i] * r->d[0] + turn->m[1][i] * r->d[1] + turn->m[2][i] * r->d[2];
    }
}

/* The commonest solid, without detours: faces along the axes lose no digits far away. */
static int
plain_box_spans(const struct scene_solid *s, const struct scene_ray *r, struct scene_span *span)
{
    double in = r->from, out = r->to;

    for (int i = 0; i < 3; i++)
        if (!slab(s->size_mm[i], r->o[i] - s->centre_mm[i], r->d[i], &in, &out))
            return 0;
    *span = (struct scene_span){in, out};
    return in < out;
}

int
scene_solid_spans(const struct scene_shapes *h, const struct scene_solid *s,
                  const struct scene_ray *r, struct scene_span *span)
{
    if (s->kind == SOLID_BOX && s->turn == 0)
        return plain_box_spans(s, r, span);
    struct scene_ray own;

    own_ray(h, s, r, &own);
    if (s->kind == SOLID_MESH)
        return mesh_spans(h->mesh[s->shape], &own, span);
    if (s->kind == SOLID_BOOLEAN)
        return scene_boolean_spans(h, h->boolean[s->shape], &own, span);
    double near = -(own.o[0] * own.d[0] + own.o[1] * own.d[1] + own.o[2] * own.d[2]);
    for (int i = 0; i < 3; i++)
        own.o[i] += near * own.d[i];
    int found = convex[s->kind](s->size_mm, own.o, own.d, span), n = 0;
    for (int i = 0; i < found; i++) {
        double in = span[i].in + near, out = span[i].out + near;
        in = in > r->from ? in : r->from;
        out = out < r->to ? out : r->to;
        if (in < out)
            span[n++] = (struct scene_span){in, out};
    }
    return n;
}
