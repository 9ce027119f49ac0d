/* spread: see spread.h. */
#include "quality/spread.h"

#include "base/arena.h"
#include "base/num.h"

#include <math.h>

#define DIRECTIONS 36
#define RINGS 64   /* of a wire's circle */
#define AROUND 1.4 /* of a wire's radius: as far as its background is taken */
#define NPS_SIDE (2 * QUALITY_NPS_POINTS)

/* ---- voxels and places ---- */

static double
x_of(const struct ct_grid *g, int32_t i)
{
    return (i - 0.5 * (g->size - 1)) * g->voxel_mm + g->centre_mm[0];
}

static double
y_of(const struct ct_grid *g, int32_t j)
{
    return (0.5 * (g->size - 1) - j) * g->voxel_mm + g->centre_mm[1];
}

/* First voxel, line or slice at or beyond a place. */
static int32_t
first_at(double mm, double origin, double step, int32_t n)
{
    double at = -num_floor((origin - mm) / step);
    return at < 0 ? 0 : at > n ? n : (int32_t)at;
}

/* Voxels [begin, end) along x, y (lines, downwards) and z in a box. */
struct range {
    int32_t begin[3], end[3];
};

static struct range
range_of(const struct ct_grid *g, const double box[6])
{
    struct range r;
    double x = x_of(g, 0), top = y_of(g, 0);

    for (int side = 0; side < 2; side++) {
        int32_t *to = side == 0 ? r.begin : r.end;
        to[0] = first_at(box[side], x, g->voxel_mm, g->size);
        to[1] = first_at(top - box[3 - side], 0, g->voxel_mm, g->size);
        to[2] = first_at(box[4 + side], g->first_mm, g->slice_mm, g->slices);
    }
    return r;
}

bool
quality_inside(const struct quality_slices *s, const double at_mm[2], double radius_mm)
{
    double half = 0.5 * (s->grid.size - 1) * s->grid.voxel_mm - radius_mm;

    return fabs(at_mm[0] - s->grid.centre_mm[0]) <= half &&
           fabs(at_mm[1] - s->grid.centre_mm[1]) <= half;
}

void
quality_between(const struct quality_slices *s, double low_mm, double high_mm, int32_t *from,
                int32_t *to)
{
    *from = first_at(low_mm, s->grid.first_mm, s->grid.slice_mm, s->grid.slices);
    *to = first_at(high_mm, s->grid.first_mm, s->grid.slice_mm, s->grid.slices);
}

static double
at(const struct quality_slices *s, int32_t k, int32_t j, int32_t i)
{
    return (double)s->slice[k][(size_t)j * (size_t)s->grid.size + (size_t)i];
}

/* Mean of the voxels between two radii about a place. */
static double
ring_mean(const struct quality_slices *s, int32_t k, const double place[2], double inner,
          double outer)
{
    const double box[6] = {place[0] - outer, place[0] + outer, place[1] - outer, place[1] + outer};
    struct range r = range_of(&s->grid, box);
    double sum = 0, n = 0;

    for (int32_t j = r.begin[1]; j < r.end[1]; j++)
        for (int32_t i = r.begin[0]; i < r.end[0]; i++) {
            double x = x_of(&s->grid, i) - place[0], y = y_of(&s->grid, j) - place[1];
            double square = x * x + y * y;
            if (square >= inner * inner && square < outer * outer) {
                sum += at(s, k, j, i);
                n++;
            }
        }
    return n > 0 ? sum / n : 0;
}

/* ---- a wire ---- */

/* Voxels about the wire, windowed, with their places. */
struct patch {
    int32_t n;
    double *x, *y, *value;
};

/* 1 in the inner half of the radius, then falls to 0. */
static double
taper(double r, double radius)
{
    double x = 2 * r / radius - 1;
    return x <= 0 ? 1 : x >= 1 ? 0 : 0.5 + 0.5 * num_cos(NUM_PI * x);
}

static void
cut_patch(const struct quality_slices *s, int32_t from, int32_t to, const double place[2],
          double radius, struct patch *p)
{
    const double box[6] = {place[0] - radius, place[0] + radius, place[1] - radius,
                           place[1] + radius};
    struct range r = range_of(&s->grid, box);
    double around = 0;

    for (int32_t k = from; k < to; k++)
        around += ring_mean(s, k, place, radius, AROUND * radius) / (to - from);
    for (int32_t j = r.begin[1]; j < r.end[1]; j++)
        for (int32_t i = r.begin[0]; i < r.end[0]; i++) {
            double x = x_of(&s->grid, i) - place[0], y = y_of(&s->grid, j) - place[1], sum = 0;
            double weight = taper(sqrt(x * x + y * y), radius);
            if (weight <= 0)
                continue;
            for (int32_t k = from; k < to; k++)
                sum += at(s, k, j, i) / (to - from);
            p->x[p->n] = x;
            p->y[p->n] = y;
            p->value[p->n++] = weight * (sum - around);
        }
}

/* |Fourier integral| of the patch at one frequency and direction. */
static double
modulus(const struct patch *p, double frequency, double direction)
{
    double c = 2 * NUM_PI * frequency * num_cos(direction);
    double s = 2 * NUM_PI * frequency * num_sin(direction), re = 0, im = 0;

    for (int32_t i = 0; i < p->n; i++) {
        double phase = c * p->x[i] + s * p->y[i];
        re += p->value[i] * num_cos(phase);
        im += p->value[i] * num_sin(phase);
    }
    return sqrt(re * re + im * im);
}

void
quality_wire(const struct quality_slices *s, int32_t from, int32_t to, const double at_mm[2],
             double radius_mm, double step, int n, double *value)
{
    int32_t side = (int32_t)(2 * radius_mm / s->grid.voxel_mm) + 2;
    size_t room = (size_t)side * (size_t)side;
    struct arena arena = {0};
    struct patch p = {0, arena_zero(&arena, room, sizeof(double)),
                      arena_zero(&arena, room, sizeof(double)),
                      arena_zero(&arena, room, sizeof(double))};

    cut_patch(s, from, to, at_mm, radius_mm, &p);
    double whole = modulus(&p, 0, 0);
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int d = 0; d < DIRECTIONS; d++)
            sum += modulus(&p, i * step, NUM_PI * d / DIRECTIONS);
        value[i] = whole > 0 ? sum / DIRECTIONS / whole : 0;
    }
    arena_free(&arena);
}

/* Bessel's J0 as the mean of a plane wave over its directions: exact enough for z < 2 DIRECTIONS.
 */
static double
bessel(double z)
{
    double sum = 0;

    for (int d = 0; d < DIRECTIONS; d++)
        sum += num_cos(z * num_cos(NUM_PI * (d + 0.5) / DIRECTIONS)) / DIRECTIONS;
    return sum;
}

/* Hankel transform of n values at i * step into m at i * out_step, but for a factor. */
static void
hankel(const double *value, int n, double step, double *out, int m, double out_step)
{
    for (int i = 0; i < m; i++) {
        out[i] = 0;
        for (int k = 1; k < n; k++)
            out[i] += value[k] * k * bessel(2 * NUM_PI * k * step * i * out_step);
    }
}

void
quality_windowed(double *mtf, int n, double step, double radius_mm)
{
    double point[RINGS], ring = radius_mm / RINGS;

    hankel(mtf, n, step, point, RINGS, ring);
    for (int i = 0; i < RINGS; i++)
        point[i] *= taper(i * ring, radius_mm);
    hankel(point, RINGS, ring, mtf, n, step);
    double whole = mtf[0];
    for (int i = 0; i < n; i++)
        mtf[i] = whole > 0 ? mtf[i] / whole : 0;
}

/* ---- a bead ---- */

void
quality_bead(const struct quality_slices *s, const double at_mm[2], double radius_mm,
             double *profile)
{
    for (int32_t k = 0; k < s->grid.slices; k++)
        profile[k] = ring_mean(s, k, at_mm, 0, radius_mm) -
                     ring_mean(s, k, at_mm, 2 * radius_mm, 3 * radius_mm);
}

double
quality_width(const double *value, int n, double step, double level)
{
    double edge[2];
    int top = 0;

    for (int i = 1; i < n; i++)
        top = value[i] > value[top] ? i : top;
    for (int side = 0; side < 2; side++) {
        int way = side == 0 ? -1 : 1, i = top;
        while (i >= 0 && i < n && value[i] > level * value[top])
            i += way;
        if (i < 0 || i >= n || i == top)
            return NAN;
        double inner = value[i - way] - level * value[top], outer = value[i] - level * value[top];
        edge[side] = i - way + way * inner / (inner - outer);
    }
    return (edge[1] - edge[0]) * step;
}

double
quality_falls(const double *value, int n, double level)
{
    for (int i = 1; i < n; i++)
        if (value[i] < level)
            return i - 1 + (value[i - 1] - level) / (value[i - 1] - value[i]);
    return n - 1;
}

/* ---- a cylinder ---- */

/* The largest difference of a square's mean from `mean`, over squares within 0.9 of the radius. */
static double
worst_square(const struct quality_slices *s, int32_t from, int32_t to, const double place[2],
             double radius, double mean)
{
    double side = radius / 5, worst = 0, share;

    for (int a = -4; a <= 4; a++)
        for (int b = -4; b <= 4; b++) {
            double x = a * side, y = b * side;
            if (sqrt(x * x + y * y) + 0.71 * side > 0.9 * radius)
                continue;
            const double box[6] = {place[0] + x - side / 2,
                                   place[0] + x + side / 2,
                                   place[1] + y - side / 2,
                                   place[1] + y + side / 2,
                                   s->grid.first_mm + (from - 0.5) * s->grid.slice_mm,
                                   s->grid.first_mm + (to - 0.5) * s->grid.slice_mm};
            double off = fabs(quality_box(s, box, false, &share) - mean);
            worst = off > worst ? off : worst;
        }
    return worst;
}

/* A square of NPS_SIDE voxels less its plane of best fit; returns the sum of squares. */
static double
detrend(const struct quality_slices *s, int32_t k, int32_t line, int32_t col,
        double to[NPS_SIDE][NPS_SIDE])
{
    double mean = 0, x = 0, y = 0, square = 0, moment = 0, square_sum = 0;

    for (int j = 0; j < NPS_SIDE; j++) {
        double d = j - 0.5 * (NPS_SIDE - 1);
        moment += d * d * NPS_SIDE;
        for (int i = 0; i < NPS_SIDE; i++) {
            double v = at(s, k, line + j, col + i);
            mean += v / (NPS_SIDE * NPS_SIDE);
            x += v * (i - 0.5 * (NPS_SIDE - 1));
            y += v * d;
        }
    }
    for (int j = 0; j < NPS_SIDE; j++)
        for (int i = 0; i < NPS_SIDE; i++) {
            double dx = i - 0.5 * (NPS_SIDE - 1), dy = j - 0.5 * (NPS_SIDE - 1);
            square = at(s, k, line + j, col + i) - mean - (x * dx + y * dy) / moment;
            to[j][i] = square;
            square_sum += square * square;
        }
    return square_sum;
}

/* Adds |transform|^2 of a square to the rings of frequencies that it belongs to. */
static void
add_power(double v[NPS_SIDE][NPS_SIDE], const double turn[2][NPS_SIDE], double *power, double *n)
{
    double row[2][NPS_SIDE];

    for (int q = 0; q < NPS_SIDE; q++) { /* columns first */
        for (int i = 0; i < NPS_SIDE; i++) {
            row[0][i] = row[1][i] = 0;
            for (int j = 0; j < NPS_SIDE; j++) {
                row[0][i] += v[j][i] * turn[0][q * j % NPS_SIDE];
                row[1][i] -= v[j][i] * turn[1][q * j % NPS_SIDE];
            }
        }
        for (int p = 0; p < NPS_SIDE; p++) {
            double re = 0, im = 0;
            for (int i = 0; i < NPS_SIDE; i++) {
                double c = turn[0][p * i % NPS_SIDE], d = -turn[1][p * i % NPS_SIDE];
                re += row[0][i] * c - row[1][i] * d;
                im += row[0][i] * d + row[1][i] * c;
            }
            int a = p < NPS_SIDE / 2 ? p : NPS_SIDE - p, b = q < NPS_SIDE / 2 ? q : NPS_SIDE - q;
            int bin = (int)sqrt((double)(a * a + b * b));
            if (bin < QUALITY_NPS_POINTS) {
                power[bin] += re * re + im * im;
                n[bin]++;
            }
        }
    }
}

/* Noise power over squares side by side in the middle half; eq. (16). */
static void
spectrum(const struct quality_slices *s, int32_t from, int32_t to, const double place[2],
         double radius, struct quality_even *even, double nps[QUALITY_NPS_POINTS])
{
    double v[NPS_SIDE][NPS_SIDE], turn[2][NPS_SIDE], n[QUALITY_NPS_POINTS] = {0};
    double voxel = s->grid.voxel_mm, squares = 0, sum = 0, all = 0, moment = 0;
    const double box[6] = {place[0] - 0.5 * radius, place[0] + 0.5 * radius,
                           place[1] - 0.5 * radius, place[1] + 0.5 * radius};
    struct range r = range_of(&s->grid, box);

    for (int i = 0; i < NPS_SIDE; i++) {
        turn[0][i] = num_cos(2 * NUM_PI * i / NPS_SIDE);
        turn[1][i] = num_sin(2 * NUM_PI * i / NPS_SIDE);
    }
    for (int i = 0; i < QUALITY_NPS_POINTS; i++)
        nps[i] = 0;
    for (int32_t k = from; k < to; k++)
        for (int32_t j = r.begin[1]; j + NPS_SIDE <= r.end[1]; j += NPS_SIDE)
            for (int32_t i = r.begin[0]; i + NPS_SIDE <= r.end[0]; i += NPS_SIDE) {
                sum += detrend(s, k, j, i, v);
                squares++;
                add_power(v, turn, nps, n);
            }
    for (int i = 0; i < QUALITY_NPS_POINTS; i++) {
        nps[i] *= n[i] > 0 ? voxel * voxel / (NPS_SIDE * NPS_SIDE * n[i]) : 0;
        all += nps[i] * (i + 0.5); /* a ring's share of the plane grows with its radius */
        moment += nps[i] * (i + 0.5) * (i + 0.5) / (NPS_SIDE * voxel);
    }
    even->noise = squares > 0 ? sqrt(sum / squares / (NPS_SIDE * NPS_SIDE - 3)) / even->mean : 0;
    even->frequency = all > 0 ? moment / all : 0;
}

void
quality_even(const struct quality_slices *s, int32_t from, int32_t to, const double at_mm[2],
             double radius_mm, struct quality_even *even, double nps[QUALITY_NPS_POINTS])
{
    double middle = 0, edge = 0, mean = 0;

    for (int32_t k = from; k < to; k++) {
        mean += ring_mean(s, k, at_mm, 0, 0.9 * radius_mm) / (to - from);
        middle += ring_mean(s, k, at_mm, 0, 0.2 * radius_mm) / (to - from);
        edge += ring_mean(s, k, at_mm, 0.8 * radius_mm, 0.9 * radius_mm) / (to - from);
    }
    *even = (struct quality_even){.mean = mean, .cupping = (edge - middle) / mean};
    even->uniformity = worst_square(s, from, to, at_mm, radius_mm, mean) / mean;
    spectrum(s, from, to, at_mm, radius_mm, even, nps);
}

/* ---- boxes and bars ---- */

double
quality_box(const struct quality_slices *s, const double box_mm[6], bool known, double *share)
{
    struct range r = range_of(&s->grid, box_mm);
    double sum = 0, n = 0, all = 0;

    for (int32_t k = r.begin[2]; k < r.end[2]; k++)
        for (int32_t j = r.begin[1]; j < r.end[1]; j++)
            for (int32_t i = r.begin[0]; i < r.end[0]; i++) {
                double v = at(s, k, j, i);
                bool counts = !known || v > 0;
                sum += counts ? v : 0;
                n += counts;
                all++;
            }
    *share = all > 0 ? n / all : 0;
    return n > 0 ? sum / n : 0;
}

double
quality_length(const struct quality_slices *s, const double box_mm[6], int axis)
{
    double half = 0.5 * (box_mm[2 * axis + 1] - box_mm[2 * axis]), share;
    double middle = box_mm[2 * axis] + half, beyond = 0.2 * half;
    double step = axis == 2 ? s->grid.slice_mm : s->grid.voxel_mm, box[6];
    const struct ct_grid *g = &s->grid;
    double first = axis == 0 ? x_of(g, 0) : axis == 1 ? y_of(g, g->size - 1) : g->first_mm;
    int32_t count = axis == 2 ? g->slices : g->size;
    int32_t from = first_at(middle - half - beyond, first, step, count);
    int32_t to = first_at(middle + half + beyond, first, step, count), n = to - from;

    if (from == 0 || to == count || n < 8)
        return NAN;
    for (int a = 0; a < 3; a++) { /* the middle half of it, across */
        double quarter = 0.25 * (box_mm[2 * a + 1] - box_mm[2 * a]);
        box[2 * a] = box_mm[2 * a] + quarter;
        box[2 * a + 1] = box_mm[2 * a + 1] - quarter;
    }
    double plateau = quality_box(s, box, false, &share), length = 0;
    double *value = mem_zero((size_t)n, sizeof *value);
    for (int32_t i = 0; i < n; i++) {
        double at_mm = first + (from + i) * step;
        box[2 * axis] = at_mm - 0.5 * step;
        box[2 * axis + 1] = at_mm + 0.5 * step;
        double v = quality_box(s, box, false, &share);
        value[i] = v < plateau ? v : plateau; /* flat-topped, so that the largest is the plateau */
    }
    length = quality_width(value, n, step, 0.5);
    mem_free(value);
    return length;
}
