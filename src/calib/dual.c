/* dual: see dual.h. */
#include "calib/dual.h"

#include "base/num.h"
#include "phys/zeff.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* Equation 1: photons times deposited energy; and its square, for noise. */
static void
channel_weights(const struct spectrum *s, const struct response *r, double obliquity,
                double weight[DUAL_BINS], double square[DUAL_BINS])
{
    double sum = 0, sum2 = 0;

    for (int i = 0; i < s->n; i++) {
        double deposited, passed;
        response_photon(r, s->kev[i], obliquity, &deposited, &passed);
        weight[i] = s->photons[i] * deposited;
        square[i] = s->photons[i] * response_square(r, s->kev[i], obliquity);
        sum += weight[i];
        sum2 += square[i];
    }
    for (int i = 0; i < s->n; i++) {
        weight[i] = sum > 0 ? weight[i] / sum : 0;
        square[i] = sum2 > 0 ? square[i] / sum2 : 0;
    }
}

/* Equation 2: how the weights answer when one thickness of the response changes. */
static void
response_slope(const struct spectrum *s, const struct response *nominal,
               const struct response *other, double step, double obliquity, double *slope)
{
    for (int i = 0; i < s->n; i++) {
        double a, b, passed;
        response_photon(nominal, s->kev[i], obliquity, &a, &passed);
        response_photon(other, s->kev[i], obliquity, &b, &passed);
        slope[i] = a > 0 && b > 0 ? num_log(b / a) / step : 0;
    }
}

static void
channel_slopes(const struct machine *m, int k, double obliquity, struct dual *d)
{
    const double step = 0.05; /* of ln thickness */
    const struct spectrum *s = &m->spectrum[k];
    struct response other = m->response[k];
    struct material filter;
    struct err e;
    double mean = 0;

    int found = material_find(m->mev ? "Fe" : "Al", &filter, &e);
    assert(found == 0);
    for (int i = 0; i < s->n; i++)
        mean += d->weight[k][i] * s->kev[i];
    for (int i = 0; i < s->n; i++) {
        d->slope[k][DUAL_FILTER][i] =
            -material_mu_total(&filter, s->kev[i]) * filter.density_g_cm3 / 10;
        d->slope[k][k == 0 ? DUAL_TILT_LOW : DUAL_TILT_HIGH][i] = num_log(s->kev[i] / mean);
    }
    other.thickness_mm *= num_exp(step);
    response_prepare(&other);
    response_slope(s, &m->response[k], &other, step, obliquity,
                   d->slope[k][k == 0 ? DUAL_LAYER_LOW : DUAL_LAYER_HIGH]);
    if (k == 0)
        return;
    other = m->response[k];
    for (int f = 0; f < other.n_filters; f++)
        other.filter_mm[f] *= num_exp(step);
    response_slope(s, &m->response[k], &other, step, obliquity, d->slope[k][DUAL_SHEETS]);
}

void
dual_make(const struct machine *m, double obliquity, struct dual *d)
{
    *d = (struct dual){.n = {m->spectrum[0].n, m->spectrum[1].n}};
    for (int k = 0; k < 2; k++) {
        assert(d->n[k] <= DUAL_BINS);
        for (int i = 0; i < d->n[k]; i++)
            d->kev[k][i] = m->spectrum[k].kev[i];
        channel_weights(&m->spectrum[k], &m->response[k], obliquity, d->weight[k], d->square[k]);
        channel_slopes(m, k, obliquity, d);
    }
}

void
dual_bend(const struct dual *from, const double *param, struct dual *to)
{
    if (to != from)
        *to = *from;
    for (int k = 0; k < 2; k++) {
        double sum = 0, sum2 = 0;
        for (int i = 0; i < to->n[k]; i++) {
            double x = 0;
            for (int j = 0; j < DUAL_BENT; j++)
                x += param[j] * from->slope[k][j][i];
            double factor = num_exp(x);
            to->weight[k][i] *= factor;
            to->square[k][i] *= factor;
            sum += to->weight[k][i];
            sum2 += to->square[k][i];
        }
        for (int i = 0; i < to->n[k]; i++) {
            to->weight[k][i] /= sum;
            to->square[k][i] /= sum2;
        }
        to->veil[k] = param[k == 0 ? DUAL_VEIL_LOW : DUAL_VEIL_HIGH];
    }
}

void
dual_material(const struct dual *d, const struct material *m, struct dual_mu *mu)
{
    *mu = (struct dual_mu){.cm2_g = {{0}}};
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < d->n[k]; i++)
            mu->cm2_g[k][i] = material_mu_total(m, d->kev[k][i]);
}

void
dual_fictitious(const struct dual *d, double z, struct dual_mu *mu)
{
    *mu = (struct dual_mu){.cm2_g = {{0}}};
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < d->n[k]; i++)
            mu->cm2_g[k][i] = zeff_electron_total(z, d->kev[k][i]);
}

/* exp(x) for -700 <= x <= 0, relative error below 1e-14: the series of exp on the remainder of a
 * whole power of 2. Plain arithmetic in a loop of fixed length becomes vectors. */
static inline double
exp_below(double x)
{
    const double shift = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to whole numbers */
    double k = x * 1.4426950408889634 + shift, y;
    uint64_t bits;

    memcpy(&bits, &k, sizeof bits);
    k -= shift;
    double r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
    y = 1.0 / 479001600;
    y = y * r + 1.0 / 39916800;
    y = y * r + 1.0 / 3628800;
    y = y * r + 1.0 / 362880;
    y = y * r + 1.0 / 40320;
    y = y * r + 1.0 / 5040;
    y = y * r + 1.0 / 720;
    y = y * r + 1.0 / 120;
    y = y * r + 1.0 / 24;
    y = y * r + 1.0 / 6;
    y = y * r + 0.5;
    y = y * r + 1;
    y = y * r + 1;
    bits = (bits + 1023) << 52;
    memcpy(&k, &bits, sizeof k);
    return y * k;
}

/* Share of every bin's photons that passes t; bins beyond n have no weight. */
static void
pass(const struct dual_mu *mu, int k, double t, double left[DUAL_BINS])
{
    const double *cm2_g = mu->cm2_g[k];

    for (int i = 0; i < DUAL_BINS; i++) {
        double x = cm2_g[i] * -t;
        left[i] = exp_below(x > -700 ? x : -700);
    }
}

/* Equation 3. */
double
dual_attenuation(const struct dual *d, int k, const struct dual_mu *mu, double t, double *slope)
{
    double sum = 0, sum_mu = 0, left[DUAL_BINS];

    pass(mu, k, t, left);
    for (int i = 0; i < d->n[k]; i++) {
        double part = d->weight[k][i] * left[i];
        sum += part;
        sum_mu += part * mu->cm2_g[k][i];
    }
    double seen = sum + d->veil[k];
    if (!(seen > 1e-200)) /* nothing comes through: as good as infinite */
        seen = 1e-200;
    if (slope != NULL)
        *slope = sum_mu / seen;
    return num_log((1 + d->veil[k]) / seen);
}

/* Equation 4. */
double
dual_variance(const struct dual *d, int k, const struct dual_mu *mu, double t)
{
    double sum = 0, square = 0, left[DUAL_BINS];

    pass(mu, k, t, left);
    for (int i = 0; i < d->n[k]; i++) {
        sum += d->weight[k][i] * left[i];
        square += d->square[k][i] * left[i];
    }
    double seen = sum + d->veil[k];
    return seen > 1e-150 ? (square + d->veil[k]) / (seen * seen) : 1e300;
}
