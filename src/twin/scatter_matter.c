/* scatter_matter: see scatter_matter.h. Klein and Nishina's formula with binding, Thomson's with
 * form factors, both scaled to the cross sections of phys/xs (twin.md, equations 13 to 17). */
#include "twin/scatter_matter.h"

#include "base/num.h"

#include <math.h>

#define ANGSTROM_KEV 12.39842 /* hc */
#define X2_LOW (-20.0)        /* momentum grid: 2^-20 to 2^20 1/Angstrom^2 */
#define X2_SPAN 40.0
#define STEPS 200 /* of the integrals over angle */

/* Hydrogen-like form factor over Z with one length per element. */
static double
form(double x2, double scale2)
{
    double d = 1 + x2 / scale2;
    return 1 / (d * d);
}

/* Integral of Thomson's cross section times form^2 over solid angle, without r_e^2, in terms of
 * u = x2 / x2_max: cosine = 1 - 2u. Log steps, because the form factor lives at small u. */
static double
coherent_integral(double kev, double scale2)
{
    double x2_max = kev / ANGSTROM_KEV * (kev / ANGSTROM_KEV), sum = 0;
    double step = num_exp(num_log(1e8) / STEPS), low = 0, high = 1e-8;

    for (int i = 0; i <= STEPS; i++) {
        double u = 0.5 * (low + high), cosine = 1 - 2 * u, f = form(u * x2_max, scale2);
        sum += (high - low) * (1 + cosine * cosine) * f * f;
        low = high;
        high = high * step < 1 ? high * step : 1;
    }
    return 2 * NUM_PI * sum;
}

/* The length that makes the integral agree with the element's coherent cross section at 60 keV
 * (equation 15): bisection of a monotonous function. */
static double
form_scale2(int z)
{
    double mu[XS_PROCESSES], low = 1e-3, high = 1e4;

    xs_element(z, 60, mu);
    double barn = mu[XS_COHERENT] * xs_atomic_weight(z) / 0.602214076;
    double want = barn / (0.0794079 * z * z); /* r_e^2 in barn */
    for (int i = 0; i < 60; i++) {
        double middle = sqrt(low * high);
        if (coherent_integral(60, middle) < want)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The inverse of matter_scale. */
static double
unscale(double y)
{
    int64_t bits = (int64_t)((y + 1023) * 0x1p52);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void
fill_momenta(const struct material *m, struct matter *t)
{
    double atoms = 0, electrons = 0;

    for (int j = 0; j < MATTER_MOMENTA; j++)
        t->x2[j] = unscale(X2_LOW + X2_SPAN / (MATTER_MOMENTA - 1) * j);
    for (int i = 0; i < m->n; i++) {
        double z = m->z[i], n = m->weight[i] / xs_atomic_weight(m->z[i]);
        double scale2 = form_scale2(m->z[i]);
        atoms += n;
        electrons += n * z;
        for (int j = 0; j < MATTER_MOMENTA; j++) {
            double f = form(t->x2[j], scale2);
            t->form2[j] += n * z * z * f * f;
            t->bound[j] += n * z * (1 - f * f);
        }
    }
    for (int j = 0; j < MATTER_MOMENTA; j++) {
        t->form2[j] /= atoms;
        t->bound[j] /= electrons;
        t->form2_sum[j] = j == 0 ? t->form2[0] * t->x2[0]
                                 : t->form2_sum[j - 1] + 0.5 * (t->form2[j] + t->form2[j - 1]) *
                                                             (t->x2[j] - t->x2[j - 1]);
    }
}

/* Position on the momentum grid, clamped. */
static double
momentum_at(double x2)
{
    double at = (matter_scale(x2) - X2_LOW) * ((MATTER_MOMENTA - 1) / X2_SPAN);

    return at < 0 ? 0 : at > MATTER_MOMENTA - 1.001 ? MATTER_MOMENTA - 1.001 : at;
}

static double
momentum_look(const double *table, double at)
{
    int i = (int)at;
    double f = at - i;
    return table[i] + f * (table[i + 1] - table[i]);
}

double
matter_compton_kev(double kev, double cosine)
{
    return kev / (1 + kev / MATTER_ELECTRON_KEV * (1 - cosine));
}

static double
transfer2(double kev, double cosine)
{
    double k = kev / ANGSTROM_KEV;
    return 0.5 * (1 - cosine) * k * k;
}

/* Shapes over solid angle, not normalised. */
static double
compton_shape(const struct matter *t, double kev, double cosine)
{
    double ratio = matter_compton_kev(kev, cosine) / kev;
    double shape = ratio * ratio * (ratio + 1 / ratio - (1 - cosine * cosine));
    return shape * momentum_look(t->bound, momentum_at(transfer2(kev, cosine)));
}

static double
coherent_shape(const struct matter *t, double kev, double cosine)
{
    return (1 + cosine * cosine) * momentum_look(t->form2, momentum_at(transfer2(kev, cosine)));
}

/* Both integrals with steps that shrink towards the forward direction. */
static void
fill_norms(struct matter *t, double kev, int i)
{
    double compton = 0, coherent = 0, step = num_exp(num_log(1e9) / STEPS), low = 0, high = 2e-9;

    for (int j = 0; j <= STEPS; j++) {
        double cosine = 1 - 0.5 * (low + high);
        compton += (high - low) * compton_shape(t, kev, cosine);
        coherent += (high - low) * coherent_shape(t, kev, cosine);
        low = high;
        high = high * step < 2 ? high * step : 2;
    }
    t->compton_norm[i] = 1 / (2 * NUM_PI * compton);
    t->coherent_norm[i] = 1 / (2 * NUM_PI * coherent);
}

double
matter_grid_kev(const struct matter *t, int i)
{
    return unscale(t->low + i / t->per_step);
}

void
matter_make(const struct material *m, double kev_max, struct matter *t)
{
    *t = (struct matter){.low = matter_scale(MATTER_KEV_MIN)};
    t->per_step = (MATTER_ENERGIES - 1) / (matter_scale(kev_max * 1.0001) - t->low);
    fill_momenta(m, t);
    for (int i = 0; i < MATTER_ENERGIES; i++) {
        double mu[XS_PROCESSES], kev = matter_grid_kev(t, i);
        double scale = m->density_g_cm3 / 10;
        material_mu(m, kev < XS_KEV_MAX ? kev : XS_KEV_MAX, mu);
        t->coherent[i] = mu[XS_COHERENT] * scale;
        t->compton[i] = mu[XS_INCOHERENT] * scale;
        t->pair[i] = (mu[XS_PAIR_NUCLEAR] + mu[XS_PAIR_ELECTRON]) * scale;
        t->total[i] = t->coherent[i] + t->compton[i] + t->pair[i] + mu[XS_PHOTO] * scale;
        fill_norms(t, kev, i);
    }
}

double
matter_at(const struct matter *t, double kev)
{
    double at = (matter_scale(kev) - t->low) * t->per_step;
    return at < 0 ? 0 : at > MATTER_ENERGIES - 1.001 ? MATTER_ENERGIES - 1.001 : at;
}

double
matter_look(const double table[MATTER_ENERGIES], double at)
{
    int i = (int)at;
    double f = at - i;
    return table[i] + f * (table[i + 1] - table[i]);
}

double
matter_compton(const struct matter *t, double kev, double at, double cosine)
{
    return matter_look(t->compton, at) / matter_look(t->total, at) *
           matter_look(t->compton_norm, at) * compton_shape(t, kev, cosine);
}

double
matter_coherent(const struct matter *t, double kev, double at, double cosine)
{
    return matter_look(t->coherent, at) / matter_look(t->total, at) *
           matter_look(t->coherent_norm, at) * coherent_shape(t, kev, cosine);
}

/* Composition and rejection of Butcher and Messel, as in EGS; binding is one more rejection. */
static double
draw_compton(const struct matter *t, double kev, struct rng *r)
{
    double k = kev / MATTER_ELECTRON_KEV, low = 1 / (1 + 2 * k);
    double a = -num_log(low), b = 0.5 * (1 - low * low);

    for (;;) {
        double u = rng_unit(r), v = rng_unit(r);
        double ratio = u * (a + b) < a ? num_exp(-a * v) : sqrt(low * low + (1 - low * low) * v);
        double one_minus = (1 - ratio) / (k * ratio), sine2 = one_minus * (2 - one_minus);
        double g = 1 - ratio * sine2 / (1 + ratio * ratio);
        double bound = momentum_look(t->bound, momentum_at(transfer2(kev, 1 - one_minus)));
        if (rng_unit(r) < g * bound)
            return 1 - one_minus;
    }
}

static double
draw_coherent(const struct matter *t, double kev, struct rng *r)
{
    double x2_max = transfer2(kev, -1);
    double top = momentum_look(t->form2_sum, momentum_at(x2_max));

    for (;;) {
        double want = rng_unit(r) * top, x2;
        int low = 0, high = MATTER_MOMENTA - 1;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            *(t->form2_sum[middle] <= want ? &low : &high) = middle;
        }
        if (want < t->form2_sum[0])
            x2 = t->x2[0] * want / t->form2_sum[0];
        else
            x2 = t->x2[low] + (t->x2[high] - t->x2[low]) * (want - t->form2_sum[low]) /
                                  (t->form2_sum[high] - t->form2_sum[low]);
        double cosine = 1 - 2 * (x2 < x2_max ? x2 / x2_max : 1);
        if (2 * rng_unit(r) < 1 + cosine * cosine)
            return cosine;
    }
}

enum matter_fate
matter_collide(const struct matter *t, double kev, struct rng *r, double *cosine, double *kev_out)
{
    double at = matter_at(t, kev), u = rng_unit(r) * matter_look(t->total, at);

    *kev_out = kev;
    u -= matter_look(t->compton, at);
    if (u < 0) {
        *cosine = draw_compton(t, kev, r);
        *kev_out = matter_compton_kev(kev, *cosine);
        return MATTER_COMPTON;
    }
    u -= matter_look(t->coherent, at);
    if (u < 0) {
        *cosine = draw_coherent(t, kev, r);
        return MATTER_COHERENT;
    }
    u -= matter_look(t->pair, at);
    if (u >= 0)
        return MATTER_ABSORBED;
    *cosine = 2 * rng_unit(r) - 1;
    *kev_out = MATTER_ELECTRON_KEV;
    return MATTER_PAIR;
}
