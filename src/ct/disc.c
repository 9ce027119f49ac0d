/* disc: see disc.h. A circle through where views rise above the air gives the start; then centre,
 * radius and hardening together from the rays just inside the rim, where holes are the exception.
 */
#include "ct/disc.h"

#include "base/arena.h"
#include "base/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN 64      /* of so many columns one at either end must be air */
#define EDGE 0.2       /* share of the most that is the object's edge */
#define ROUND 0.02     /* of the radius: how far edges may lie from the circle, in the middle */
#define DEPTH_MIN 0.01 /* of the radius: rays so far inside the rim are fitted ... */
#define DEPTH_MAX 0.14 /* ... down to these */
#define OUTSIDE 1.05   /* radii from the centre where air begins for good */
#define SPREADS 3.0    /* rays further off (holes near the rim) do not count */
#define FITS 0.02      /* of the attenuation: spread of what is left along the rim */
#define ROUNDS 12
#define UNKNOWNS 5 /* x, y, radius, slope, bend */
#define SAMPLES 65536
#define ATTENUATION_MAX 1e3
#define MAD 0.6745 /* median of the absolute of a normal variable of spread 1 */

/* A view's frame. */
struct frame {
    double cos, sin;
    const float *row;
};

struct fit {
    const struct ct_geometry *g;
    int32_t n, cols;
    struct frame *frame;       /* of the good views */
    double *fan_cos, *fan_sin; /* of each column's ray */
    double *scratch;           /* SAMPLES + views */
};

static double
fan_rad(const struct ct_geometry *g, double col)
{
    double u = (col - g->axis_col) * g->pitch_mm;

    return g->beam == CT_PARALLEL ? 0
           : g->curved            ? u / g->detector_mm
                                  : num_atan2(u, g->detector_mm);
}

/* Distance of (x, y) from the ray, and how it grows with both. */
struct offset {
    double mm, per_x, per_y;
};

static struct offset
offset_of(const struct ct_geometry *g, const struct frame *f, double fan_cos, double fan_sin,
          double col, double x, double y)
{
    struct offset o = {.per_x = f->cos * fan_cos + f->sin * fan_sin,
                       .per_y = f->sin * fan_cos - f->cos * fan_sin};
    double ray =
        g->beam == CT_PARALLEL ? (col - g->axis_col) * g->pitch_mm : g->source_mm * fan_sin;

    o.mm = x * o.per_x + y * o.per_y - ray;
    return o;
}

double
ct_disc_distance_mm(const struct ct_disc *d, const struct ct_geometry *g, const struct ct_view *v,
                    double col)
{
    struct frame f = {num_cos(v->angle_rad), num_sin(v->angle_rad), NULL};
    double fan = fan_rad(g, col);

    return -offset_of(g, &f, num_cos(fan), num_sin(fan), col, d->x_mm, d->y_mm).mm;
}

double
ct_disc_length_mm(const struct ct_disc *d, double attenuation, double *per_mm)
{
    double over = attenuation > d->air ? attenuation - d->air : 0;
    double root2 = d->slope * d->slope + 4 * d->bend * over, least = d->slope / 3;
    double root = root2 > least * least ? sqrt(root2) : least; /* = slope + 2 bend L */
    double length = 2 * over / (d->slope + root);

    *per_mm = root;
    return length < 2 * d->radius_mm ? length : 2 * d->radius_mm;
}

/* ---- least squares of a few unknowns ---- */

struct normal {
    double a[UNKNOWNS][UNKNOWNS], b[UNKNOWNS];
};

static void
normal_add(struct normal *s, const double *row, double value, int n)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++)
            s->a[i][k] += row[i] * row[k];
        s->b[i] += row[i] * value;
    }
}

/* Elimination with the largest pivot; false where the rays cannot tell. */
static bool
normal_solve(struct normal *s, double *x, int n)
{
    for (int i = 0; i < n; i++) {
        int p = i;
        for (int k = i + 1; k < n; k++)
            p = fabs(s->a[k][i]) > fabs(s->a[p][i]) ? k : p;
        for (int c = 0; c < n; c++) {
            double t = s->a[i][c];
            s->a[i][c] = s->a[p][c];
            s->a[p][c] = t;
        }
        double t = s->b[i];
        s->b[i] = s->b[p];
        s->b[p] = t;
        if (!(fabs(s->a[i][i]) > 0))
            return false;
        for (int k = i + 1; k < n; k++) {
            double f = s->a[k][i] / s->a[i][i];
            for (int c = i; c < n; c++)
                s->a[k][c] -= f * s->a[i][c];
            s->b[k] -= f * s->b[i];
        }
    }
    for (int i = n - 1; i >= 0; i--) {
        x[i] = s->b[i];
        for (int c = i + 1; c < n; c++)
            x[i] -= s->a[i][c] * x[c];
        x[i] /= s->a[i][i];
    }
    return true;
}

static double
middle_of(double *v, int32_t n)
{
    qsort(v, (size_t)n, sizeof *v, num_ascending);
    return n > 0 ? v[n / 2] : 0;
}

/* ---- the start ---- */

/* Median of the columns at both ends, and of all rays the 90th hundredth. */
static void
find_levels(const struct fit *f, double *air, double *high)
{
    int64_t all = (int64_t)f->n * f->cols, step = 1 + all / SAMPLES;
    int32_t edge = 1 + f->cols / MARGIN, count = 0;

    for (int64_t i = 0; i < all; i += step)
        f->scratch[count++] = (double)f->frame[i / f->cols].row[i % f->cols];
    (void)middle_of(f->scratch, count);
    *high = f->scratch[(int64_t)count * 9 / 10];
    count = 0;
    for (int32_t v = 0; v < f->n && count + 2 * edge <= SAMPLES; v++)
        for (int32_t k = 0; k < edge; k++) {
            f->scratch[count++] = (double)f->frame[v].row[k];
            f->scratch[count++] = (double)f->frame[v].row[f->cols - 1 - k];
        }
    *air = middle_of(f->scratch, count);
}

/* Fractional column where a row crosses the level, coming from the end on one side (way 1 or -1);
 * -1 where it begins above it or never gets there. */
static double
edge_col(const float *row, int32_t cols, int way, double level)
{
    int32_t c = way > 0 ? 0 : cols - 1;

    if ((double)row[c] > level)
        return -1;
    for (int32_t k = 1; k < cols; k++) {
        double before = (double)row[c], now = (double)row[c + way];
        if (now > level)
            return c + way * (level - before) / (now - before);
        c += way;
    }
    return -1;
}

/* The circle that touches the rays at both edges of each view: offset = -+ radius. */
static int
start(const struct fit *f, double level, struct ct_disc *d, struct err *e)
{
    struct normal s = {.b = {0}};
    double at[3];

    for (int32_t v = 0; v < f->n; v++)
        for (int way = 1; way >= -1; way -= 2) {
            double col = edge_col(f->frame[v].row, f->cols, way, level);
            if (col < 0)
                return err_set(e, ERR_INPUT,
                               "an object that ends inside every view, with air on both sides, is "
                               "needed: the good view %d has no edge on the %s",
                               v, way > 0 ? "left" : "right");
            double fan = fan_rad(f->g, col);
            struct offset o = offset_of(f->g, &f->frame[v], num_cos(fan), num_sin(fan), col, 0, 0);
            normal_add(&s, (double[]){o.per_x, o.per_y, -way}, -o.mm, 3);
        }
    if (!normal_solve(&s, at, 3) || !(at[2] > 0))
        return err_set(e, ERR_INPUT, "the object's edges do not lie on a circle");
    *d = (struct ct_disc){.x_mm = at[0], .y_mm = at[1], .radius_mm = at[2]};
    int32_t count = 0;
    for (int32_t v = 0; v < f->n; v++) {
        double left = edge_col(f->frame[v].row, f->cols, 1, level), fan = fan_rad(f->g, left);
        struct offset o =
            offset_of(f->g, &f->frame[v], num_cos(fan), num_sin(fan), left, at[0], at[1]);
        f->scratch[count++] = fabs(o.mm - at[2]);
    }
    double off = middle_of(f->scratch, count);
    return off <= ROUND * at[2]
               ? 0
               : err_set(e, ERR_INPUT,
                         "the object is not round: its edges lie %.3g mm off the best circle, of "
                         "%.4g mm radius",
                         off, at[2]);
}

/* ---- the rim ---- */

/* Calls for every ray just inside the rim: offset, chord and what is left of its attenuation. */
struct rim {
    double limit; /* what is left may be so much */
    struct normal normal;
    int32_t count, kept, seen;
};

static void
rim_ray(const struct fit *f, const struct ct_disc *d, const struct frame *v, int32_t c,
        int32_t every, struct rim *r)
{
    struct offset o = offset_of(f->g, v, f->fan_cos[c], f->fan_sin[c], c, d->x_mm, d->y_mm);
    double depth = 1 - fabs(o.mm) / d->radius_mm;

    if (depth < DEPTH_MIN || depth > DEPTH_MAX)
        return;
    double chord = 2 * sqrt(d->radius_mm * d->radius_mm - o.mm * o.mm);
    double left = (double)v->row[c] - d->air - (d->slope + d->bend * chord) * chord;
    if (r->seen++ % every == 0 && r->count < SAMPLES)
        f->scratch[r->count++] = fabs(left);
    if (!(fabs(left) <= r->limit))
        return;
    double per_chord = d->slope + 2 * d->bend * chord, per_mm = -4 * o.mm / chord * per_chord;
    normal_add(&r->normal,
               (double[]){per_mm * o.per_x, per_mm * o.per_y, 4 * d->radius_mm / chord * per_chord,
                          chord, chord * chord},
               left, UNKNOWNS);
    r->kept++;
}

static void
rim_all(const struct fit *f, const struct ct_disc *d, double limit, struct rim *r)
{
    int32_t every = 1 + (int32_t)((int64_t)f->n * f->cols / SAMPLES);

    *r = (struct rim){.limit = limit};
    for (int32_t v = 0; v < f->n; v++)
        for (int32_t c = 0; c < f->cols; c++)
            rim_ray(f, d, &f->frame[v], c, every, r);
}

/* Gauss and Newton's steps; rays that lie far off the rest are left out. */
static int
fit_rim(const struct fit *f, struct ct_disc *d, double high, struct err *e)
{
    double spread = 0, x[UNKNOWNS];
    struct rim r;

    d->slope = (high - d->air) / (2 * d->radius_mm);
    for (int k = 0; k < ROUNDS; k++) {
        rim_all(f, d, 0, &r); /* the spread */
        spread = middle_of(f->scratch, r.count) / MAD;
        rim_all(f, d, SPREADS * spread, &r);
        if (r.kept < 10 * UNKNOWNS || !normal_solve(&r.normal, x, UNKNOWNS))
            return err_set(e, ERR_INPUT, "%d rays just inside the object's rim are too few",
                           r.kept);
        d->x_mm += x[0];
        d->y_mm += x[1];
        d->radius_mm += x[2];
        d->slope += x[3];
        d->bend += x[4];
        if (!(d->radius_mm > 0) || !(d->slope > 0))
            return err_set(e, ERR_INPUT, "no disc of one material fits the object's rim");
    }
    double typical = d->slope * d->radius_mm;
    return spread <= FITS * typical
               ? 0
               : err_set(e, ERR_INPUT,
                         "the object is no disc of one material: rays along its rim are off by "
                         "%.3g of an attenuation of %.3g",
                         spread, typical);
}

/* Air beside the disc: its mean, and the noise from view to view (what is constant in a pixel is
 * not noise). */
static int
find_air(const struct fit *f, struct ct_disc *d, struct err *e)
{
    int32_t every = 1 + (int32_t)((int64_t)f->n * f->cols / SAMPLES), count = 0, seen = 0;
    double sum = 0;

    for (int32_t v = 1; v < f->n; v++)
        for (int32_t c = 0; c < f->cols; c++) {
            const struct frame *a = &f->frame[v - 1], *b = &f->frame[v];
            struct offset p = offset_of(f->g, a, f->fan_cos[c], f->fan_sin[c], c, d->x_mm, d->y_mm),
                          q = offset_of(f->g, b, f->fan_cos[c], f->fan_sin[c], c, d->x_mm, d->y_mm);
            if (fabs(p.mm) < OUTSIDE * d->radius_mm || fabs(q.mm) < OUTSIDE * d->radius_mm ||
                seen++ % every != 0)
                continue;
            sum += (double)b->row[c];
            f->scratch[count++] = fabs((double)b->row[c] - (double)a->row[c]);
        }
    if (count < 10 * UNKNOWNS)
        return err_set(e, ERR_INPUT, "%d rays through air beside the object are too few", count);
    d->air = sum / count;
    d->noise = middle_of(f->scratch, count) / (MAD * sqrt(2));
    return 0;
}

static int
find(struct fit *f, struct ct_disc *d, struct err *e)
{
    double air, high;

    find_levels(f, &air, &high);
    if (start(f, air + EDGE * (high - air), d, e) != 0 || find_air(f, d, e) != 0)
        return -1;
    if (!(high - d->air > 20 * d->noise))
        return err_set(e, ERR_INPUT, "nothing in the scan stands out of its noise");
    return fit_rim(f, d, high, e) != 0 || find_air(f, d, e) != 0 ? -1 : 0;
}

int
ct_disc_find(const struct ct_geometry *g, const struct ct_view *view, int32_t n, const float *rows,
             struct ct_disc *out, struct err *e)
{
    struct arena arena = {0};
    size_t cols = (size_t)g->cols;
    struct fit f = {.g = g, .cols = g->cols};
    struct ct_disc d;

    if (g->beam == CT_CONE)
        return err_set(e, ERR_INPUT, "a cone beam's rays do not stay in one slice");
    if (g->tilt_rad != 0)
        return err_set(e, ERR_INPUT, "a tilted detector's rows do not stay in one slice");
    for (int64_t i = 0; i < (int64_t)n * g->cols; i++)
        if (view[i / g->cols].good && !(fabs((double)rows[i]) <= ATTENUATION_MAX))
            return err_set(e, ERR_INPUT, "view %d: column %d is not a number of an attenuation",
                           (int)(i / g->cols), (int)(i % g->cols));
    f.frame = arena_zero(&arena, (size_t)n + 1, sizeof *f.frame);
    f.fan_cos = arena_zero(&arena, cols, sizeof *f.fan_cos);
    f.fan_sin = arena_zero(&arena, cols, sizeof *f.fan_sin);
    f.scratch = arena_zero(&arena, SAMPLES + (size_t)n + 1, sizeof *f.scratch);
    for (int32_t i = 0; i < n; i++)
        if (view[i].good)
            f.frame[f.n++] = (struct frame){num_cos(view[i].angle_rad), num_sin(view[i].angle_rad),
                                            rows + (size_t)i * cols};
    for (int32_t c = 0; c < g->cols; c++) {
        f.fan_cos[c] = num_cos(fan_rad(g, c));
        f.fan_sin[c] = num_sin(fan_rad(g, c));
    }
    int result = f.n < 3 ? err_set(e, ERR_INPUT, "%d good views are too few to find a disc", f.n)
                         : find(&f, &d, e);
    arena_free(&arena);
    if (result == 0)
        *out = d;
    return result;
}
