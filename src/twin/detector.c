/* detector: see detector.h. Every effect is one small function over pixels [begin, end), so that
 * threads can share the pixels while lines go in order. */
#include "twin/detector.h"

#include "base/num.h"
#include "twin/stream.h"

#include <math.h>

#define QUANTA_GAUSS 60 /* above this many quanta a Gaussian is used (twin.md, section 4.1) */

static void
make_pixel(struct detector *d, uint64_t machine, double counts_per_kev, int i)
{
    const struct scanner_detector *s = &d->scanner->detector;
    struct rng r = stream_at(machine, STREAM_PIXEL, d->sub, (uint64_t)i);
    double lot = rng_unit(&r);

    d->gain[i] = (float)counts_per_kev;
    double gain = 1 + s->gain_spread * rng_normal(&r);
    d->offset[i] = (float)(s->offset_counts * (1 + s->offset_spread * rng_normal(&r)));
    d->dark_s[i] = (float)(s->dark_counts_s * (1 + s->dark_spread * rng_normal(&r)));
    d->gain_per_c[i] = (float)(s->gain_per_c + s->gain_per_c_spread * rng_normal(&r));
    d->gain_per_day[i] = (float)(s->gain_per_day_spread * rng_normal(&r));
    d->left[i] = (float)(s->crosstalk * (1 + s->crosstalk_spread * rng_normal(&r)));
    d->right[i] = (float)(s->crosstalk * (1 + s->crosstalk_spread * rng_normal(&r)));
    d->lag_scale[i] = (float)(1 + s->lag_spread * rng_normal(&r));
    d->phase[i] = (float)(2 * NUM_PI * rng_unit(&r));
    if (d->scanner->on[EFFECT_GAIN])
        d->gain[i] *= (float)(gain > 0.05 ? gain : 0.05);
    if (!d->scanner->on[EFFECT_DEFECTS])
        return;
    if (lot < s->dead)
        d->defect[i] = DEFECT_DEAD;
    else if (lot < s->dead + s->hot)
        d->defect[i] = DEFECT_HOT;
    else if (lot < s->dead + s->hot + s->drifting)
        d->defect[i] = DEFECT_DRIFTING;
}

/* Light does not cross from module to module or around the corner of an L. */
static void
cut_modules(struct detector *d, int view)
{
    for (int i = 0; i < d->pixels; i++) {
        if (i == 0 || !pixels_joined(d->scanner, view, i - 1))
            d->left[i] = 0;
        if (!pixels_joined(d->scanner, view, i))
            d->right[i] = 0;
    }
}

/* Rows of a panel share light as columns do. */
static void
join_rows(struct detector *d, uint64_t machine)
{
    const struct scanner_detector *s = &d->scanner->detector;

    d->up = arena_zero(&d->arena, (size_t)d->pixels, sizeof(float));
    d->down = arena_zero(&d->arena, (size_t)d->pixels, sizeof(float));
    for (int i = 0; i < d->pixels; i++) {
        struct rng r = stream_at(machine, STREAM_ROWS, d->sub, (uint64_t)i);
        double up = s->crosstalk * (1 + s->crosstalk_spread * rng_normal(&r));
        double down = s->crosstalk * (1 + s->crosstalk_spread * rng_normal(&r));
        d->up[i] = i < d->cols ? 0 : (float)up;
        d->down[i] = i + d->cols >= d->pixels ? 0 : (float)down;
    }
}

struct detector *
detector_new(const struct scanner *s, int view, int energy, double counts_per_kev, uint64_t machine,
             uint64_t seed)
{
    struct detector *d = mem_zero(1, sizeof *d);
    struct pixels_shape shape = pixels_shape(s, view);
    size_t n = (size_t)shape.n;
    float **tables[] = {&d->gain, &d->gain_per_c, &d->gain_per_day, &d->offset, &d->dark_s,
                        &d->left, &d->right,      &d->lag_scale,    &d->phase};

    d->scanner = s;
    d->pixels = shape.n;
    d->cols = s->gantry.turns ? shape.cols : 0;
    d->sub = (unsigned)(view << 8 | energy);
    d->seed = seed;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        *tables[i] = arena_zero(&d->arena, n, sizeof(float));
    d->defect = arena_zero(&d->arena, n, 1);
    d->state = arena_zero(&d->arena, n * SCANNER_LAGS_MAX, sizeof(float));
    for (int i = 0; i < d->pixels; i++)
        make_pixel(d, machine, counts_per_kev, i);
    cut_modules(d, view);
    if (s->gantry.turns && shape.rows > 1)
        join_rows(d, machine);
    return d;
}

void
detector_free(struct detector *d)
{
    if (d == NULL)
        return;
    arena_free(&d->arena);
    mem_free(d);
}

/* A compound Poisson sum with mean m and variance v is replaced by q = v/m times a Poisson number
 * of mean m^2/v, which has both exactly (equation 9). */
float
detector_quantum(const struct detector *d, uint64_t line, int pixel, double kev, double square)
{
    if (!d->scanner->on[EFFECT_QUANTUM] || !(kev > 0) || !(square > 0))
        return (float)kev;
    struct rng r =
        stream_at(d->seed, STREAM_PHOTONS, d->sub, line * (uint64_t)d->pixels + (uint64_t)pixel);
    double quantum = square / kev, quanta = kev / quantum;
    if (quanta < QUANTA_GAUSS)
        return (float)((double)rng_poisson(&r, quanta) * quantum);
    return (float)(kev + sqrt(square) * rng_normal(&r));
}

/* What goes to and comes from the rows beside pixel i. */
static float
between_rows(const struct detector *d, const float *in, int i)
{
    float light = -in[i] * (d->up[i] + d->down[i]);

    if (i >= d->cols)
        light += in[i - d->cols] * d->down[i - d->cols];
    if (i + d->cols < d->pixels)
        light += in[i + d->cols] * d->up[i + d->cols];
    return light;
}

void
detector_crosstalk(const struct detector *d, const float *in, float *out, int begin, int end)
{
    for (int i = begin; i < end; i++) {
        if (!d->scanner->on[EFFECT_CROSSTALK]) {
            out[i] = in[i];
            continue;
        }
        float light = in[i] - in[i] * (d->left[i] + d->right[i]);
        if (i > 0)
            light += in[i - 1] * d->right[i - 1];
        if (i + 1 < d->pixels)
            light += in[i + 1] * d->left[i + 1];
        out[i] = d->up == NULL ? light : light + between_rows(d, in, i);
    }
}

/* Equation 11: a share of the light comes later, decaying; in the long run all of it comes. */
void
detector_lag(struct detector *d, const struct detector_line *line, float *kev, int begin, int end)
{
    const struct scanner_detector *s = &d->scanner->detector;

    if (!d->scanner->on[EFFECT_LAG])
        return;
    for (int i = begin; i < end; i++) {
        float late = 0, share = 0;
        for (int k = 0; k < s->lags; k++) {
            float *state = &d->state[k * d->pixels + i], decay = (float)line->decay[k];
            float fraction = (float)s->lag[k].fraction * d->lag_scale[i];
            *state = *state * decay + fraction * (1 - decay) * kev[i];
            late += *state;
            share += fraction;
        }
        kev[i] = kev[i] - kev[i] * share + late;
    }
}

void
detector_settle(struct detector *d, const float *kev)
{
    for (int k = 0; k < d->scanner->detector.lags; k++)
        for (int i = 0; i < d->pixels; i++)
            d->state[k * d->pixels + i] =
                (float)d->scanner->detector.lag[k].fraction * d->lag_scale[i] * kev[i];
}

static double
gain_now(const struct detector *d, const struct detector_line *line, int i)
{
    double gain = d->gain[i];

    if (d->scanner->on[EFFECT_DRIFT])
        gain *= 1 + d->gain_per_c[i] * (line->celsius - 25) + d->gain_per_day[i] * line->days;
    if (d->defect[i] == DEFECT_DRIFTING) /* a loose bond: the gain swings within seconds */
        gain *= 1 + 0.15 * num_sin(d->phase[i] + 2.5 * line->t_s);
    return gain;
}

static double
dark_now(const struct detector *d, double doubling, double seconds, int i)
{
    if (!d->scanner->on[EFFECT_DARK])
        return 0;
    return d->offset[i] + d->dark_s[i] * doubling * seconds;
}

static uint32_t
convert(double counts)
{
    if (!(counts > 0))
        return 0;
    if (counts >= DETECTOR_COUNTS_MAX)
        return DETECTOR_COUNTS_MAX;
    return (uint32_t)(counts + 0.5);
}

static double
readout_noise(const struct detector *d, const struct detector_line *line, int i)
{
    if (!d->scanner->on[EFFECT_ELECTRONIC])
        return 0;
    struct rng r =
        stream_at(d->seed, STREAM_READOUT, d->sub, line->index * (uint64_t)d->pixels + (uint64_t)i);
    double sigma = d->scanner->detector.electronic_counts * (d->defect[i] == DEFECT_HOT ? 40 : 1);
    return sigma * rng_normal(&r);
}

void
detector_read(const struct detector *d, const struct detector_line *line, const float *kev,
              uint32_t *counts, int begin, int end)
{
    double warm = (line->celsius - 25) / d->scanner->detector.dark_doubling_c;
    double doubling = num_exp(warm * 0.69314718055994530942);

    for (int i = begin; i < end; i++) {
        double dark = dark_now(d, doubling, line->seconds, i);
        if (d->defect[i] == DEFECT_DEAD) {
            counts[i] = convert(dark);
            continue;
        }
        double value = dark + gain_now(d, line, i) * (double)kev[i] + readout_noise(d, line, i);
        if (d->defect[i] == DEFECT_HOT)
            value += 0.35 * DETECTOR_COUNTS_MAX;
        counts[i] = convert(value);
    }
}
