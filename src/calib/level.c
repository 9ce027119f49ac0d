/* level: see level.h. */
#include "calib/level.h"

#include "base/arena.h"
#include "base/num.h"

#include <math.h>
#include <stdlib.h>

#define BLOCK 32             /* pixel columns that are transposed together */
#define CLIP 5.0             /* robust deviations beyond which a line is an outlier */
#define MAD_TO_SIGMA 1.48260 /* of a normal distribution */

double
level_median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, num_ascending);
    return n % 2 == 1 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

static double
median_of(const double *v, int n, double *scratch)
{
    for (int i = 0; i < n; i++)
        scratch[i] = v[i];
    return level_median(scratch, n);
}

/* Robust centre and half-width of the values that are kept. */
static void
keep_range(const double *v, int n, double *scratch, double *centre, double *reach)
{
    *centre = median_of(v, n, scratch);
    for (int i = 0; i < n; i++)
        scratch[i] = fabs(v[i] - *centre);
    double sigma = MAD_TO_SIGMA * level_median(scratch, n);
    double step = 0.6 + 1e-6 * fabs(*centre); /* counts are whole: the MAD may be 0 */
    *reach = CLIP * (sigma > step ? sigma : step);
}

static double
mean_within(const double *v, int begin, int end, double centre, double reach)
{
    double sum = 0;
    int n = 0;

    for (int i = begin; i < end; i++)
        if (fabs(v[i] - centre) <= reach) {
            sum += v[i];
            n++;
        }
    return n == 0 ? centre : sum / n;
}

/* Squares of deviations from `mean` (lag 0) or of neighbouring lines (lag 1), per kept value. */
static double
spread_within(const double *v, int n, double centre, double reach, int lag, double mean)
{
    double sum = 0;
    int count = 0;

    for (int i = lag; i < n; i++) {
        double other = lag == 0 ? mean : v[i - lag];
        if (fabs(v[i] - centre) > reach || fabs(other - centre) > reach)
            continue;
        sum += (v[i] - other) * (v[i] - other);
        count++;
    }
    count -= lag == 0;
    return count <= 0 ? 0 : sqrt(sum / count / (lag == 0 ? 1 : 2));
}

static void
measure_pixel(const double *v, int n, double *scratch, struct level *out)
{
    double centre, reach;
    int third = n / 3;

    keep_range(v, n, scratch, &centre, &reach);
    out->mean = mean_within(v, 0, n, centre, reach);
    out->sigma = spread_within(v, n, centre, reach, 1, 0);
    out->rough = spread_within(v, n, centre, 1e300, 0, out->mean);
    if (third < 4)
        return;
    out->shift = median_of(v + n - third, third, scratch) - median_of(v, third, scratch);
}

struct job {
    const struct scan *scan;
    const struct scan_channel *c;
    const double *dark;
    const float *factor;
    const struct level *level;
    const uint8_t *skip;
    struct level *out;
    float *common;
};

static void
measure_block(const struct job *j, int begin, int end)
{
    const struct scan_channel *c = j->c;
    size_t lines = (size_t)c->lines;
    float *raw = mem_zero(lines * (size_t)(end - begin), sizeof *raw);
    double *v = mem_zero(2 * lines, sizeof *v);

    scan_columns(j->scan, c, begin, end, raw);
    for (int p = begin; p < end; p++) {
        const float *column = raw + (size_t)(p - begin) * lines;
        double dark = j->dark == NULL ? 0 : j->dark[p];
        struct level level = {.mean = 0};
        for (size_t i = 0; i < lines; i++) {
            uint32_t count = column[i] > 0 ? (uint32_t)column[i] : 0;
            level.max = count > level.max ? count : level.max;
            v[i] = ((double)column[i] - dark) / (j->factor == NULL ? 1.0 : (double)j->factor[i]);
        }
        measure_pixel(v, c->lines, v + lines, &level);
        j->out[p] = level;
    }
    mem_free(v);
    mem_free(raw);
}

static void
measure_piece(void *arg, int a, int b)
{
    const struct job *j = arg;

    for (int k = a; k < b; k++) {
        int begin = k * BLOCK, end = begin + BLOCK;
        measure_block(j, begin, end < j->c->n ? end : j->c->n);
    }
}

void
level_measure(const struct scan *s, const struct scan_channel *c, const double *dark,
              const float *factor, struct par *pool, struct level *out)
{
    struct job j = {.scan = s, .c = c, .dark = dark, .factor = factor, .out = out};

    par_for(pool, 0, (c->n + BLOCK - 1) / BLOCK, 1, measure_piece, &j);
}

static void
common_piece(void *arg, int a, int b)
{
    const struct job *j = arg;
    const struct scan_channel *c = j->c;
    double *v = mem_zero((size_t)c->n, sizeof *v);
    float *counts = mem_zero((size_t)c->n, sizeof *counts);

    for (int l = a; l < b; l++) {
        scan_line(j->scan, c, l, counts);
        int n = 0;
        for (int p = 0; p < c->n; p++)
            if (!(j->skip != NULL && j->skip[p]) && j->level[p].mean > 0)
                v[n++] = ((double)counts[p] - (j->dark == NULL ? 0 : j->dark[p])) /
                         (j->level[p].mean * (double)c->dose[l]);
        double common = n == 0 ? 1 : level_median(v, n);
        j->common[l] = (float)common;
    }
    mem_free(counts);
    mem_free(v);
}

void
level_common(const struct scan *s, const struct scan_channel *c, const double *dark,
             const struct level *level, const uint8_t *skip, struct par *pool, float *out)
{
    struct job j = {.scan = s, .c = c, .dark = dark, .level = level, .skip = skip, .common = out};

    par_for(pool, 0, c->lines, 16, common_piece, &j);
}
