/* scene_torus: a ray and a torus. About the ray's nearest point to the centre the quartic has no
 * cubic term; its roots are bracketed by the roots of its derivative, so every one is found by a
 * safeguarded Newton iteration and none by luck. */
#include "twin/scene_parts.h"

#include <math.h>

#define STEPS 64 /* halving alone would need 53 */

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

/* The root of a function that is monotone in [low, high] and has different signs there. */
static double
root(const struct quartic *q, bool derivative, double low, double high)
{
    double at_low = derivative ? cubic_at(q, low) : quartic_at(q, low), t = 0.5 * (low + high);

    for (int i = 0; i < STEPS; i++) {
        double f = derivative ? cubic_at(q, t) : quartic_at(q, t);
        double slope = derivative ? 12 * t * t + 2 * q->a : cubic_at(q, t);
        if (f == 0)
            return t;
        if ((f < 0) == (at_low < 0))
            low = t;
        else
            high = t;
        double next = slope != 0 ? t - f / slope : low;
        if (!(next > low && next < high))
            next = 0.5 * (low + high);
        if (fabs(next - t) < 1e-15 || next == low || next == high)
            return next;
        t = next;
    }
    return t;
}

/* Where the derivative changes sign, ascending, within [-reach, reach]. */
static int
turning_points(const struct quartic *q, double reach, double t[3])
{
    double edge[4] = {-reach}, at[4];
    int n = 0, edges = 1;

    if (q->a < 0) {
        double bend = sqrt(-q->a / 6);
        if (bend < reach) {
            edge[edges++] = -bend;
            edge[edges++] = bend;
        }
    }
    edge[edges++] = reach;
    for (int i = 0; i < edges; i++)
        at[i] = cubic_at(q, edge[i]);
    for (int i = 0; i + 1 < edges; i++)
        if ((at[i] < 0) != (at[i + 1] < 0))
            t[n++] = root(q, true, edge[i], edge[i + 1]);
    return n;
}

/* The expanded quartic loses digits of a thin tube: two steps on (rho - R)^2 + z^2 - r^2. */
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
        double t = polish(ring, tube, p, d, root(&q, false, edge[i - 1], edge[i]) * unit);
        if (now)
            span[n].in = t;
        else
            span[n++].out = t;
        inside = now;
    }
    return n;
}
