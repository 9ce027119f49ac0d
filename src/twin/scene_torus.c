/* scene_torus: a ray and a torus. About the ray's nearest point to the centre the quartic has no
 * cubic term; its roots are bracketed by the roots of its derivative, so every one is found by a
 * safeguarded Newton iteration and none by luck. */
#include "twin/scene_parts.h"

#include <math.h>

#define STEPS 64   /* halving alone would need 53 */
#define SHORT 1e-7 /* of ring + tube */

/* t^4 + a t^2 + b t + c, in units of ring + tube. */
struct quartic {
    double a, b, c;
};

static double
quartic_at(const struct quartic *q, double t)
{
    return ((t * t + q->a) * t + q->b) * t + q->c;
}

static double
cubic_at(const struct quartic *q, double t) /* its derivative */
{
    return (4 * t * t + 2 * q->a) * t + q->b;
}

/* The root of a function that is monotone in [low, high] and has different signs there: Newton from
 * t, halving where that would leave the bracket. A Newton step that short is followed by one
 * shorter than its square, so the root is good to twice the digits. */
static double
root(const struct quartic *q, bool derivative, double low, double high, double t)
{
    bool rises = derivative ? cubic_at(q, low) < 0 : quartic_at(q, low) < 0;

    for (int i = 0; i < STEPS; i++) {
        double f = derivative ? cubic_at(q, t) : quartic_at(q, t);
        double slope = derivative ? 12 * t * t + 2 * q->a : cubic_at(q, t);
        if ((f < 0) == rises)
            low = t;
        else
            high = t;
        double next = t - f / slope;
        if (!(next >= low && next <= high))
            next = 0.5 * (low + high);
        else if (fabs(next - t) < SHORT)
            return next;
        t = next;
    }
    return t;
}

/* The extremum of the quartic between two edges, ascending there. One Newton step from where it
 * would be without the linear term is a good start. */
static int
turning_point(const struct quartic *q, double low, double high, double t[3], int n)
{
    double at_low = cubic_at(q, low), at_high = cubic_at(q, high);

    if ((at_low < 0) == (at_high < 0))
        return n;
    double flat = q->a < 0 ? sqrt(-q->a / 2) : 0, middle = 0.5 * (low + high), start = 0;
    if (flat > 0)
        start = middle > 0.5 * flat    ? flat + q->b / (4 * q->a)
                : middle < -0.5 * flat ? -flat + q->b / (4 * q->a)
                                       : -q->b / (2 * q->a);
    t[n] = root(q, true, low, high, start > low && start < high ? start : middle);
    return n + 1;
}

/* Where the derivative changes sign, ascending, within [-reach, reach]. */
static int
turning_points(const struct quartic *q, double reach, double t[3])
{
    double bend = q->a < 0 ? sqrt(-q->a / 6) : reach;

    if (bend >= reach)
        return turning_point(q, -reach, reach, t, 0);
    int n = turning_point(q, -reach, -bend, t, 0);
    n = turning_point(q, -bend, bend, t, n);
    return turning_point(q, bend, reach, t, n);
}

/* The root beside the minimum at `bottom`: where its parabola would be zero is a good start. */
static double
root_beside(const struct quartic *q, double bottom, double low, double high)
{
    double bend = 6 * bottom * bottom + q->a, depth = -quartic_at(q, bottom);
    double start = 0.5 * (low + high);

    if (bend > 0) {
        double far = sqrt(depth / bend), guess = bottom == low ? bottom + far : bottom - far;
        start = guess > low && guess < high ? guess : start;
    }
    return root(q, false, low, high, start);
}

/* The expanded quartic loses digits of a thin tube: steps on (rho - R)^2 + z^2 - r^2. */
static double
polish(double ring, double tube, const double p[3], const double d[3], double t)
{
    for (int i = 0; i < 2; i++) {
        double x = p[0] + t * d[0], y = p[1] + t * d[1], z = p[2] + t * d[2];
        double rho = sqrt(x * x + y * y), off = rho - ring;
        double f = off * off + z * z - tube * tube;
        double slope = rho > 0 ? 2 * (off * (x * d[0] + y * d[1]) / rho + z * d[2]) : 0;
        double step = slope != 0 ? f / slope : 0;
        if (!(fabs(step) < 1e-6 * tube)) /* at a tangent the slope says nothing */
            break;
        t -= step;
        if (fabs(step) < 1e-9 * tube)
            break;
    }
    return t;
}

static bool
quartic_set(double ring, double tube, const double p[3], const double d[3], struct quartic *q,
            double *reach)
{
    double unit = ring + tube, big = ring / unit, small = tube / unit, z = p[2] / unit;
    double c = 0;

    for (int i = 0; i < 3; i++)
        c += (p[i] / unit) * (p[i] / unit);
    if (c >= 1)
        return false;
    *reach = sqrt(1 - c) * (1 + 1e-9) + 1e-12;
    double k = c + big * big - small * small;
    q->a = 2 * k - 4 * big * big * (1 - d[2] * d[2]);
    q->b = 8 * big * big * z * d[2];
    /* k^2 - 4 R^2 (c - z^2), as a product of differences where that keeps digits */
    double rho = sqrt(c - z * z > 0 ? c - z * z : 0);
    q->c = (k - 2 * big * rho) * (k + 2 * big * rho);
    return true;
}

int
scene_torus_spans(double ring, double tube, const double p[3], const double d[3],
                  struct scene_span span[2])
{
    struct quartic q;
    double reach, edge[5], unit = ring + tube;
    int n = 0;

    if (!quartic_set(ring, tube, p, d, &q, &reach))
        return 0;
    edge[0] = -reach;
    int edges = 1 + turning_points(&q, reach, edge + 1);
    edge[edges++] = reach;
    bool inside = false;
    for (int i = 0; i < edges; i++) {
        bool now = i > 0 && i + 1 < edges && quartic_at(&q, edge[i]) < 0;
        if (now == inside)
            continue;
        double t = root_beside(&q, edge[now ? i : i - 1], edge[i - 1], edge[i]);
        t = polish(ring, tube, p, d, t * unit);
        if (now)
            span[n].in = t;
        else
            span[n++].out = t;
        inside = now;
    }
    return n;
}
