/* axis: see axis.h. A coarse search over all columns, then finer ones around the best. */
#include "ct/axis.h"

#include "base/arena.h"
#include "base/num.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_MAX 48  /* views that are compared with their opposites */
#define BEYOND 1.25   /* steps that the scan may be continued past its last view */
#define SMOOTH 2      /* radius of the smoothing along columns */
#define OVERLAP 0.08  /* of the columns must have been seen from both sides */
#define BELIEVED 0.75 /* of the mismatch with the angles as given */
#define NOTHING 4.0   /* mismatch of a place that cannot be judged */

struct search {
    const struct ct_geometry *g;
    int32_t n, cols;
    const float **row;   /* of the good views by angle, smoothed */
    double *angle, step; /* theirs, and the median distance */
    double *back_rad;    /* per column, 2 gamma: how much less than pi the opposite turns */
    int stride;          /* views from one that is compared to the next */
};

static double
wrap(double a)
{
    return a - 2 * NUM_PI * num_floor(a / (2 * NUM_PI));
}

/* Two views and the share of the second that stand for angle a; false where none was near. */
static bool
views_near(const struct search *s, double a, int32_t *first, int32_t *second, double *share)
{
    int32_t low = 1, high = s->n - 1; /* angle[low - 1] <= a < angle[low], but for the ends */

    while (low < high) {
        int32_t middle = (low + high) / 2;
        if (s->angle[middle] <= a)
            low = middle + 1;
        else
            high = middle;
    }
    double from = a - s->angle[low - 1], gap = s->angle[low] - s->angle[low - 1];
    *first = low - 1;
    *second = low;
    *share = gap > 0 ? from / gap : 0;
    return gap <= 3 * s->step && from >= 0 && from <= gap + BEYOND * s->step;
}

struct sums {
    double n, diff2, f, f2, g, g2;
};

/* View i against its opposites, with the axis at `col` and a half turn that is `turn` longer. */
static void
compare(const struct search *s, int32_t i, double col, double turn, struct sums *sum)
{
    int32_t first = 0, second = 0;
    double share = 0, last = NAN;
    bool near = false;

    for (int32_t x = 0; x < s->cols; x++) {
        double at = 2 * col - x, from = num_floor(at), part = at - from;
        int32_t k = (int32_t)from;
        if (from < 0 || from > s->cols - 2)
            continue;
        double back = s->back_rad[x];
        if (!(back == last))
            near = views_near(s, s->angle[i] + NUM_PI + turn - back, &first, &second, &share);
        last = back;
        if (!near)
            continue;
        double p = (double)s->row[first][k] * (1 - part) + (double)s->row[first][k + 1] * part;
        double q = (double)s->row[second][k] * (1 - part) + (double)s->row[second][k + 1] * part;
        double f = (double)s->row[i][x], g = p + share * (q - p);
        sum->n++;
        sum->diff2 += (f - g) * (f - g);
        sum->f += f;
        sum->f2 += f * f;
        sum->g += g;
        sum->g2 += g * g;
    }
}

static double
mismatch(struct search *s, double col, double turn)
{
    struct sums sum = {0};

    for (int32_t x = 0; x < s->cols && s->g->beam != CT_PARALLEL; x++) {
        double u = ((double)x - col) * s->g->pitch_mm;
        s->back_rad[x] =
            2 * (s->g->curved ? u / s->g->detector_mm : num_atan2(u, s->g->detector_mm));
    }
    for (int32_t i = 0; i < s->n; i += s->stride)
        compare(s, i, col, turn, &sum);
    double variance = (sum.f2 + sum.g2 - (sum.f * sum.f + sum.g * sum.g) / sum.n) / 2;
    return sum.n < OVERLAP * s->cols || !(variance > 0) ? NOTHING : sum.diff2 / variance;
}

/* Views with an opposite. */
static int32_t
paired(const struct search *s)
{
    int32_t count = 0, a, b;
    double share;

    for (int32_t i = 0; i < s->n; i++)
        count += views_near(s, s->angle[i] + NUM_PI, &a, &b, &share) ? 1 : 0;
    return count;
}

static void
search_grid(struct search *s, double radius, double step, double turn_radius, double turn_step,
            struct ct_axis *best)
{
    struct ct_axis around = *best;
    int n = (int)(radius / step + 0.5),
        m = turn_step > 0 ? (int)(turn_radius / turn_step + 0.5) : 0;

    for (int k = -m; k <= m; k++)
        for (int i = -n; i <= n; i++) {
            struct ct_axis try = {around.col + i * step, around.turn_rad + k * turn_step, s->step,
                                  0};
            try.mismatch = mismatch(s, try.col, try.turn_rad);
            if (try.mismatch < best->mismatch)
                *best = try;
        }
}

/* Vertex of the parabola through three points one apart, in steps from the middle one. */
static double
vertex(double a, double b, double c)
{
    double bend = a - 2 * b + c;
    return bend > 0 ? (a - c) / (2 * bend) : 0;
}

static void
polish(struct search *s, double step, struct ct_axis *best)
{
    double a = mismatch(s, best->col - step, best->turn_rad),
           c = mismatch(s, best->col + step, best->turn_rad);
    struct ct_axis fine = *best;

    fine.col += step * vertex(a, best->mismatch, c);
    fine.mismatch = mismatch(s, fine.col, fine.turn_rad);
    if (fine.mismatch < best->mismatch)
        *best = fine;
}

/* ---- getting ready ---- */

struct key {
    double angle;
    int32_t i;
};

static int
by_angle(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    return x->angle != y->angle ? (x->angle > y->angle) - (x->angle < y->angle)
                                : (x->i > y->i) - (x->i < y->i);
}

/* Noise of single pixels would favour places where the interpolation smooths it. */
static void
smooth(const float *in, float *out, int32_t cols)
{
    for (int32_t x = 0; x < cols; x++) {
        double sum = 0, weight = 0;
        for (int32_t d = -SMOOTH; d <= SMOOTH; d++)
            if (x + d >= 0 && x + d < cols) {
                double w = 1 + SMOOTH - abs(d);
                sum += w * (double)in[x + d];
                weight += w;
            }
        out[x] = (float)(sum / weight);
    }
}

static double
median_step(const double *angle, int32_t n, double *scratch)
{
    for (int32_t i = 0; i + 1 < n; i++)
        scratch[i] = angle[i + 1] - angle[i];
    qsort(scratch, (size_t)(n - 1), sizeof *scratch, num_ascending);
    return scratch[(n - 1) / 2];
}

/* Angles ascend from the end of the largest gap, so that no half turn crosses it. */
static void
sort_views(struct search *s, const struct ct_view *view, const float *rows, struct key *key,
           float *smoothed)
{
    int32_t start = 0;
    double largest = 0;

    for (int32_t i = 0; i < s->n; i++)
        key[i].angle = wrap(view[key[i].i].angle_rad);
    qsort(key, (size_t)s->n, sizeof *key, by_angle);
    for (int32_t i = 0; i < s->n; i++) {
        double gap = wrap(key[i].angle - key[i == 0 ? s->n - 1 : i - 1].angle);
        start = gap > largest ? i : start;
        largest = gap > largest ? gap : largest;
    }
    for (int32_t i = 0; i < s->n; i++) {
        const struct key *k = &key[(start + i) % s->n];
        float *row = smoothed + (size_t)i * (size_t)s->cols;
        smooth(rows + (size_t)k->i * (size_t)s->cols, row, s->cols);
        s->row[i] = row;
        s->angle[i] = k->angle + (start + i >= s->n ? 2 * NUM_PI : 0);
    }
}

/* Whole columns first. Other angles than those given are believed only if they explain much more.
 */
static void
search_all(struct search *s, struct ct_axis *best)
{
    struct ct_axis turned;

    *best = (struct ct_axis){(s->cols - 1) / 2.0, 0, s->step, NOTHING};
    search_grid(s, 0.4 * s->cols, 1, 0, 0, best);
    turned = *best;
    search_grid(s, 2, 0.25, s->step, s->step / 4, &turned);
    search_grid(s, 0.5, 0.05, s->step / 4, s->step / 16, &turned);
    search_grid(s, 1, 0.1, 0, 0, best);
    if (turned.mismatch < BELIEVED * best->mismatch)
        *best = turned;
    polish(s, 0.25, best);
}

int
ct_axis_find(const struct ct_geometry *g, const struct ct_view *view, int32_t n, const float *rows,
             struct ct_axis *out, struct err *e)
{
    struct arena arena = {0};
    size_t cols = (size_t)g->cols;
    struct key *key = arena_zero(&arena, (size_t)n, sizeof *key);
    struct search s = {.g = g, .cols = g->cols};
    int result = -1;

    for (int32_t i = 0; i < n; i++)
        if (view[i].good)
            key[s.n++].i = i;
    if (s.n < 3 || g->cols < 16) {
        (void)err_set(e, ERR_INPUT,
                      "%d good views of %d columns are too little to find the axis of rotation; "
                      "give its column",
                      s.n, g->cols);
        goto out;
    }
    s.row = arena_zero(&arena, (size_t)s.n, sizeof *s.row);
    s.angle = arena_zero(&arena, (size_t)s.n, sizeof *s.angle);
    s.back_rad = arena_zero(&arena, cols, sizeof *s.back_rad);
    sort_views(&s, view, rows, key, arena_zero(&arena, (size_t)s.n * cols, sizeof(float)));
    s.step = median_step(s.angle, s.n, arena_zero(&arena, (size_t)s.n, sizeof(double)));
    s.stride = 1 + paired(&s) / PAIRS_MAX;
    search_all(&s, out);
    result = out->mismatch < 1 ? 0
                               : err_set(e, ERR_INPUT,
                                         "the axis of rotation was not found: no ray was measured "
                                         "from both sides; give its column");
out:
    arena_free(&arena);
    return result;
}
