/* measure: see measure.h. */
#include "quality/measure.h"

#include "base/arena.h"
#include "base/num.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define OVERSAMPLE 4
#define LINES_MAX 256

static double
pixel(const struct quality_image *im, int x, int y)
{
    return im->p[(size_t)x * (size_t)im->stride + (size_t)y];
}

void
quality_moments(const struct quality_image *im, struct quality_rect r, double *mean, double *sigma)
{
    double sum = 0, square = 0, n = (double)(r.x1 - r.x0) * (r.y1 - r.y0);

    assert(r.x0 >= 0 && r.y0 >= 0 && r.x1 <= im->columns && r.y1 <= im->rows && n >= 2);
    for (int x = r.x0; x < r.x1; x++)
        for (int y = r.y0; y < r.y1; y++)
            sum += pixel(im, x, y);
    *mean = sum / n;
    for (int x = r.x0; x < r.x1; x++)
        for (int y = r.y0; y < r.y1; y++) {
            double d = pixel(im, x, y) - *mean;
            square += d * d;
        }
    *sigma = sqrt(square / (n - 1));
}

double
quality_known(const struct quality_image *im, struct quality_rect r, double *mean)
{
    double sum = 0, n = 0;

    for (int x = r.x0; x < r.x1; x++)
        for (int y = r.y0; y < r.y1; y++) {
            double v = pixel(im, x, y);
            sum += v > 0 ? v : 0;
            n += v > 0;
        }
    *mean = n > 0 ? sum / n : 0;
    return n / ((double)(r.x1 - r.x0) * (r.y1 - r.y0));
}

struct quality_contrast
quality_contrast(const struct quality_image *im, struct quality_rect object,
                 struct quality_rect background)
{
    double in, out, sigma_in, sigma;
    double n = (double)(object.x1 - object.x0) * (object.y1 - object.y0);

    quality_moments(im, object, &in, &sigma_in);
    quality_moments(im, background, &out, &sigma);
    double cnr = sigma > 0 ? fabs(in - out) / sigma : 0;
    return (struct quality_contrast){.cnr = cnr, .d = cnr * sqrt(n)};
}

/* Bilinear value; the caller keeps (x, y) inside. */
static double
between(const struct quality_image *im, double x, double y)
{
    int i = (int)x, j = (int)y;
    double fx = x - i, fy = y - j;
    int i1 = i + 1 < im->columns ? i + 1 : i, j1 = j + 1 < im->rows ? j + 1 : j;
    return (1 - fx) * ((1 - fy) * pixel(im, i, j) + fy * pixel(im, i, j1)) +
           fx * ((1 - fy) * pixel(im, i1, j) + fy * pixel(im, i1, j1));
}

/* Mean over a strip around the line, moved by `offset` pixels across; false if it leaves the image.
 */
static bool
strip_mean(const struct quality_image *im, const double from[2], const double to[2], double width,
           double offset, double *mean)
{
    double dx = to[0] - from[0], dy = to[1] - from[1], length = sqrt(dx * dx + dy * dy);
    double nx = -dy / length, ny = dx / length, sum = 0;
    int along = (int)length + 1, across = (int)(width + 0.5) < 1 ? 1 : (int)(width + 0.5);

    for (int a = 0; a < along; a++)
        for (int c = 0; c < across; c++) {
            double t = along > 1 ? (double)a / (along - 1) : 0;
            double o = offset + (c - 0.5 * (across - 1));
            double x = from[0] + t * dx + o * nx, y = from[1] + t * dy + o * ny;
            if (!(x >= 0 && y >= 0 && x <= im->columns - 1 && y <= im->rows - 1))
                return false;
            sum += between(im, x, y);
        }
    *mean = sum / ((double)along * across);
    return true;
}

double
quality_line_z(const struct quality_image *im, const double from[2], const double to[2],
               double width, int reach)
{
    double line, other[LINES_MAX], mean = 0, square = 0;
    int n = 0, gap = (int)(2 * width + 2);

    if (!strip_mean(im, from, to, width, 0, &line))
        return 0;
    for (int o = gap; o <= reach && n + 2 <= LINES_MAX; o++) {
        n += strip_mean(im, from, to, width, o, &other[n]);
        n += strip_mean(im, from, to, width, -o, &other[n]);
    }
    if (n < 8)
        return 0;
    for (int i = 0; i < n; i++)
        mean += other[i] / n;
    for (int i = 0; i < n; i++)
        square += (other[i] - mean) * (other[i] - mean);
    double sigma = sqrt(square / (n - 1));
    return sigma > 0 ? fabs(line - mean) / sigma : 0;
}

/* The patch with the edge running along `line`, resolution measured along `sample`. */
struct edge {
    const struct quality_image *im;
    struct quality_rect r;
    int along_x, lines, samples;
    double slope, start; /* edge position of line i: start + slope * i, in samples */
};

static double
edge_sample(const struct edge *g, int line, int sample)
{
    return g->along_x ? pixel(g->im, g->r.x0 + line, g->r.y0 + sample)
                      : pixel(g->im, g->r.x0 + sample, g->r.y0 + line);
}

/* Where one line crosses halfway between its ends' levels; -1 if it has no edge. */
static double
line_crossing(const struct edge *g, int line, double half)
{
    for (int s = 1; s < g->samples; s++) {
        double a = edge_sample(g, line, s - 1) - half, b = edge_sample(g, line, s) - half;
        if ((a < 0) != (b < 0))
            return s - 1 + a / (a - b);
    }
    return -1;
}

/* Straight line through the crossings. */
static int
fit_edge(struct edge *g, struct err *e)
{
    double low = 0, high = 0, n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;

    for (int i = 0; i < g->lines; i++) {
        low += edge_sample(g, i, 0) + edge_sample(g, i, 1);
        high += edge_sample(g, i, g->samples - 1) + edge_sample(g, i, g->samples - 2);
    }
    double half = 0.25 * (low + high) / g->lines;
    for (int i = 0; i < g->lines; i++) {
        double c = line_crossing(g, i, half);
        if (c < 0)
            continue;
        n++;
        sx += i;
        sy += c;
        sxx += (double)i * i;
        sxy += i * c;
    }
    if (n < 0.8 * g->lines || n < 8)
        return err_set(e, ERR_INPUT, "no edge: %g of %d lines cross half of its height", n,
                       g->lines);
    g->slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
    g->start = (sy - g->slope * sx) / n;
    return 0;
}

/* Edge spread, OVERSAMPLE bins per sample, centred on the edge; empty bins take their neighbour. */
static void
edge_spread(const struct edge *g, double *esf, int bins)
{
    double *weight = mem_zero((size_t)bins, sizeof *weight);
    double cosine = 1 / sqrt(1 + g->slope * g->slope);

    for (int i = 0; i < g->lines; i++)
        for (int s = 0; s < g->samples; s++) {
            double d = (s - g->start - g->slope * i) * cosine * OVERSAMPLE + bins / 2;
            int b = (int)num_floor(d + 0.5);
            if (b < 0 || b >= bins)
                continue;
            esf[b] += edge_sample(g, i, s);
            weight[b]++;
        }
    for (int b = 0; b < bins; b++)
        esf[b] = weight[b] > 0 ? esf[b] / weight[b] : b > 0 ? esf[b - 1] : 0;
    mem_free(weight);
}

/* |DFT| of the windowed derivative at frequency f (cycles per bin), less the derivative's own sinc.
 */
static double
line_spread_modulus(const double *esf, int bins, double f)
{
    double re = 0, im = 0;

    for (int b = 1; b < bins - 1; b++) {
        double window = 0.54 - 0.46 * num_cos(2 * NUM_PI * b / (bins - 1));
        double lsf = 0.5 * (esf[b + 1] - esf[b - 1]) * window,
               phase = 2 * NUM_PI * f * (b - bins / 2);
        re += lsf * num_cos(phase);
        im += lsf * num_sin(phase);
    }
    double w = 2 * NUM_PI * f, derivative = f > 0 ? num_sin(w) / w : 1;
    double bin = f > 0 ? num_sin(0.5 * w) / (0.5 * w) : 1;
    return sqrt(re * re + im * im) / (derivative * bin);
}

static double
falls_to(const struct quality_mtf *m, double level)
{
    for (int i = 1; i < QUALITY_MTF_POINTS; i++)
        if (m->value[i] < level) {
            double a = m->value[i - 1], b = m->value[i];
            return m->step * (i - 1 + (a - level) / (a - b));
        }
    return m->step * (QUALITY_MTF_POINTS - 1);
}

int
quality_mtf(const struct quality_image *im, struct quality_rect r, int along_x, double pitch_mm,
            struct quality_mtf *mtf, struct err *e)
{
    struct edge g = {.im = im, .r = r, .along_x = along_x};

    assert(r.x0 >= 0 && r.y0 >= 0 && r.x1 <= im->columns && r.y1 <= im->rows);
    g.lines = along_x ? r.x1 - r.x0 : r.y1 - r.y0;
    g.samples = along_x ? r.y1 - r.y0 : r.x1 - r.x0;
    if (g.lines < 16 || g.samples < 16)
        return err_set(e, ERR_INPUT, "an edge needs 16 x 16 pixels, not %d x %d", g.lines,
                       g.samples);
    if (fit_edge(&g, e) != 0)
        return -1;
    double slant = num_atan2(fabs(g.slope), 1) * 180 / NUM_PI;
    if (slant < 1 || slant > 15)
        return err_set(e, ERR_INPUT, "the edge is slanted by %.1f degrees; 1 to 15 are needed",
                       slant);
    int bins = g.samples * OVERSAMPLE;
    double *esf = mem_zero((size_t)bins, sizeof *esf);
    edge_spread(&g, esf, bins);
    double zero = line_spread_modulus(esf, bins, 0);
    mtf->slant_deg = slant;
    mtf->step = 1 / (pitch_mm * QUALITY_MTF_POINTS);
    for (int i = 0; i < QUALITY_MTF_POINTS; i++)
        mtf->value[i] =
            line_spread_modulus(esf, bins, (double)i / (QUALITY_MTF_POINTS * OVERSAMPLE)) / zero;
    mem_free(esf);
    mtf->f50 = falls_to(mtf, 0.5);
    mtf->f20 = falls_to(mtf, 0.2);
    mtf->f10 = falls_to(mtf, 0.1);
    return 0;
}
