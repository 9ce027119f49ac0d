/* filter: see filter.h. The response is the transform of the band-limited ramp in space (Kak and
 * Slaney, Principles of Computerized Tomographic Imaging, 1988, eqs 3.61 and 3.104), so that the
 * mean is right; rows are padded to twice their length, so that nothing wraps. */
#include "ct/filter.h"

#include "base/arena.h"
#include "base/num.h"

#include <math.h>
#include <string.h>

#define LANES KERN_LANES

const char *const ct_window_word[] = {"ram-lak", "shepp-logan", "cosine", "hamming", "hann", NULL};

struct ct_filter {
    struct arena arena;
    const struct kern *kern;
    struct kern_convolve plan;
    size_t cols, wide, before; /* of rows in and out; empty columns before what is measured */
    float *cosine, *square;    /* per column; cosine includes the length of a sample */
    float *row_square;         /* per row */
};

/* ---- windows: at x, 0 at zero frequency to 1 at the cut-off ---- */

static double
ram_lak(double x)
{
    (void)x;
    return 1;
}

static double
shepp_logan(double x)
{
    double a = x * (NUM_PI / 2);
    return x == 0 ? 1 : num_sin(a) / a;
}

static double
cosine(double x)
{
    return num_cos(x * (NUM_PI / 2));
}

static double
hamming(double x)
{
    return 0.54 + 0.46 * num_cos(x * NUM_PI);
}

static double
hann(double x)
{
    return 0.5 + 0.5 * num_cos(x * NUM_PI);
}

static double (*const windows[CT_WINDOWS])(double) = {ram_lak, shepp_logan, cosine, hamming, hann};

double
ct_window_at(enum ct_window w, double x)
{
    return windows[w](x);
}

/* ---- the response ---- */

/* In place, n a power of two, radix 2: re + i im to its discrete Fourier transform. */
static void
transform(double *re, double *im, size_t n)
{
    for (size_t i = 1, j = 0; i < n; i++) {
        size_t bit = n >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            double a = re[i], b = im[i];
            re[i] = re[j];
            im[i] = im[j];
            re[j] = a;
            im[j] = b;
        }
    }
    for (size_t half = 1; half < n; half *= 2)
        for (size_t k = 0; k < half; k++) {
            double c = num_cos(NUM_PI * (double)k / (double)half);
            double s = -num_sin(NUM_PI * (double)k / (double)half);
            for (size_t i = k; i < n; i += 2 * half) {
                double a = re[i + half] * c - im[i + half] * s;
                double b = re[i + half] * s + im[i + half] * c;
                re[i + half] = re[i] - a;
                im[i + half] = im[i] - b;
                re[i] += a;
                im[i] += b;
            }
        }
}

/* Ramp at `k` samples from the middle, times the length of a sample. step: mm, or on an arc rad. */
static double
ramp(size_t k, double step, bool arc)
{
    if (k == 0)
        return 1 / (4 * step);
    if (k % 2 == 0)
        return 0;
    double x = arc ? num_sin((double)k * step) / step : (double)k;
    return -1 / (NUM_PI * NUM_PI * step * x * x);
}

/* What kern_convolve wants to know of a symmetric response of 2n samples. */
static void
set_response(struct ct_filter *f, double step, bool arc, enum ct_window w, double cutoff)
{
    size_t n = (size_t)f->plan.n, half = n / 2;
    double *re = mem_zero(2 * n, sizeof *re), *im = mem_zero(2 * n, sizeof *im);
    float *out = arena_zero(&f->arena, 4 * (half + 1), sizeof *out);

    for (size_t k = 0; k < f->wide; k++)
        re[k] = re[(2 * n - k) % (2 * n)] = ramp(k, step, arc);
    transform(re, im, 2 * n);
    for (size_t k = 0; k <= n; k++) {
        double x = (double)k / ((double)n * cutoff);
        re[k] = x > 1 ? 0 : re[k] * ct_window_at(w, x);
    }
    for (size_t k = 0; k <= half; k++) {
        double a = NUM_PI * (double)k / (double)n;
        out[4 * k] = (float)((re[k] + re[n - k]) / (4 * (double)n));
        out[4 * k + 1] = (float)((re[k] - re[n - k]) / (4 * (double)n));
        out[4 * k + 2] = (float)num_cos(a);
        out[4 * k + 3] = (float)num_sin(a);
    }
    f->plan.response = out;
    mem_free(re);
    mem_free(im);
}

/* ---- the transform's own tables ---- */

/* Where decimation by four leaves frequency k of n. */
static int32_t
place_of(int32_t k, int32_t n)
{
    if (n <= 2)
        return n == 2 ? k : 0;
    return k % 4 * (n / 4) + place_of(k / 4, n / 4);
}

static void
set_plan(struct ct_filter *f)
{
    int32_t n = f->plan.n, *place = arena_zero(&f->arena, (size_t)n + 1, sizeof *place);
    float *w = arena_zero(&f->arena, 2 * (size_t)n, sizeof *w);

    f->plan.place = place;
    f->plan.twiddle = w;
    for (int32_t k = 0; k <= n; k++)
        place[k] = place_of(k % n, n);
    for (; n >= 4; n /= 4)
        for (int32_t j = 0; j < n / 4; j++)
            for (int t = 1; t <= 3; t++) {
                double a = 2 * NUM_PI * (double)(j * t) / (double)n;
                *w++ = (float)num_cos(a);
                *w++ = (float)-num_sin(a);
            }
}

/* Cosine of the fan angle times that of the cone angle = cosine / sqrt(square + row_square). */
static void
set_weights(struct ct_filter *f, const struct ct_geometry *g)
{
    f->cosine = arena_zero(&f->arena, f->cols, sizeof(float));
    f->square = arena_zero(&f->arena, f->cols, sizeof(float));
    f->row_square = arena_zero(&f->arena, (size_t)g->rows, sizeof(float));
    for (size_t c = 0; c < f->cols; c++) {
        double u = ((double)c - g->axis_col) * g->pitch_mm;
        bool flat = g->beam != CT_PARALLEL && !g->curved;
        f->cosine[c] = (float)(g->beam == CT_PARALLEL || flat ? 1 : num_cos(u / g->detector_mm));
        f->square[c] = (float)(flat ? 1 + u * u / (g->detector_mm * g->detector_mm) : 1);
    }
    for (int32_t r = 0; r < g->rows && g->beam == CT_CONE; r++) {
        double v = (r - g->axis_row) * g->row_pitch_mm / g->detector_mm;
        f->row_square[r] = (float)(v * v);
    }
}

struct ct_geometry
ct_filter_wide(const struct ct_geometry *g)
{
    struct ct_geometry wide = *g;
    double right = g->cols - 1 - g->axis_col, more = right - g->axis_col;
    double columns = more < 0 ? num_floor(-more) : num_floor(more); /* not after a rounding error */

    if (!(columns <= 2 * CT_COLS_MAX))
        columns = 2 * CT_COLS_MAX;
    wide.cols += (int32_t)columns;
    wide.axis_col += more > 0 ? columns : 0;
    return wide;
}

int
ct_filter_open(struct ct_filter **out, const struct ct_geometry *g, enum ct_window w, double cutoff,
               const struct kern *k, struct err *e)
{
    bool arc = g->curved && g->beam != CT_PARALLEL;
    double step = g->beam == CT_PARALLEL ? g->pitch_mm
                  : arc                  ? g->pitch_mm / g->detector_mm
                                         : g->pitch_mm * g->source_mm / g->detector_mm;

    if (!(cutoff > 0 && cutoff <= 1))
        return err_set(
            e, ERR_LIMIT,
            "a filter cannot end at %g of the Nyquist frequency: above 0 to 1 is possible", cutoff);
    struct ct_geometry wide = ct_filter_wide(g);
    if (g->cols < 2 || wide.cols > 2 * CT_COLS_MAX)
        return err_set(e, ERR_LIMIT,
                       "%d columns, %d when the axis is in the middle: 2 to %d are possible",
                       g->cols, wide.cols, 2 * CT_COLS_MAX);
    if (arc && (wide.cols - 1) * step >= NUM_PI)
        return err_set(e, ERR_LIMIT,
                       "a curved detector of %d columns spans %.1f degrees seen from the source: "
                       "less than 180 is possible",
                       wide.cols, (wide.cols - 1) * step * (180 / NUM_PI));
    struct ct_filter *f = mem_zero(1, sizeof *f);
    f->kern = k;
    f->cols = (size_t)g->cols;
    f->wide = (size_t)wide.cols;
    f->before = (size_t)(wide.axis_col - g->axis_col + 0.5);
    for (f->plan.n = 4; f->plan.n < wide.cols; f->plan.n *= 2)
        ;
    set_plan(f);
    set_weights(f, g);
    set_response(f, step, arc, w, cutoff);
    *out = f;
    return 0;
}

void
ct_filter_close(struct ct_filter *f)
{
    if (f == NULL)
        return;
    arena_free(&f->arena);
    mem_free(f);
}

size_t
ct_filter_scratch(const struct ct_filter *f)
{
    return (LANES * (f->wide + LANES) + 2 * (size_t)f->plan.n * LANES) * sizeof(float);
}

void
ct_filter_run(const struct ct_filter *f, const struct ct_filter_row *rows, int32_t n, void *scratch)
{
    size_t room = 2 * (size_t)f->plan.n, stride = f->wide + LANES;
    float *data = scratch, *line = data + room * LANES;

    for (int32_t first = 0; first < n; first += LANES) {
        const struct ct_filter_row *r = rows + first;
        size_t lanes = n - first < LANES ? (size_t)(n - first) : LANES;
        memset(data, 0, room * LANES * sizeof *data);
        for (size_t l = 0; l < lanes; l++)
            f->kern->kern_ct_weigh(r[l].in, r[l].weight, f->cosine, f->square,
                                   f->row_square[r[l].row], line + l * stride, f->cols);
        f->kern->kern_transpose(line, stride, data + f->before * LANES, LANES, lanes, f->cols);
        f->kern->kern_convolve(&f->plan, data);
        f->kern->kern_transpose(data, LANES, line, stride, f->wide, lanes);
        for (size_t l = 0; l < lanes; l++)
            memcpy(r[l].out, line + l * stride, f->wide * sizeof *line);
    }
}
