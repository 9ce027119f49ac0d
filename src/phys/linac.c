/* linac: bremsstrahlung of a thick tungsten target, straight ahead: Schiff's cross section folded
 * with the electrons' slowing down and multiple scattering, then the target's own filtration
 * (doc/physics/spectra.md, equations 8 to 13). */
#include "phys/spectrum.h"

#include "base/num.h"

#include <math.h>
#include <string.h>

#define TUNGSTEN 74
#define COPPER 29
#define REST_KEV 510.99895
#define BREMS_CM2_MOL 3.4896334e-4
#define STOPPING_CM2_MOL_KEV 153.537
#define EXCITATION_KEV 0.727
#define SCATTER_KEV 21.2e3   /* Rossi's scattering energy */
#define RADIATION_G_CM2 6.76 /* radiation length of tungsten */
#define ROUND_ABOUT 0.25     /* equation 11: electrons that have lost all direction */
#define TARGET_G_CM2 (0.07 * 19.3)
#define BACKING_G_CM2 (1.6 * 8.96)
#define ELECTRONS_UC 6.241509074e12
#define SLOWEST_KEV 100.0
#define LOWEST_KEV 30.0
#define STEPS 160 /* of the slowing down */
#define BINS 200

/* The electron on its way, one row a step. */
struct track {
    double kev[STEPS], path_g_cm2[STEPS], depth_g_cm2[STEPS], ahead_sr[STEPS];
};

/* Equation 10: collisions, with the density effect of Sternheimer. */
static double
collisions(double t_kev)
{
    double t = t_kev / REST_KEV, i = EXCITATION_KEV / REST_KEV;
    double beta2 = t * (t + 2) / ((t + 1) * (t + 1));
    double x = num_log(t * (t + 2)) / (2 * 2.302585092994046), density = 0;
    double f = 1 - beta2 + (t * t / 8 - (2 * t + 1) * 0.69314718055994531) / ((t + 1) * (t + 1));

    if (x < 0.2167)
        density = 0.14 * num_exp(2 * (x - 0.2167) * 2.302585092994046);
    else
        density = 2 * 2.302585092994046 * x - 5.4059 +
                  (x < 3.496 ? 0.15509 * num_pow(3.496 - x, 2.8447) : 0);
    return STOPPING_CM2_MOL_KEV * TUNGSTEN / xs_atomic_weight(TUNGSTEN) / beta2 *
           (num_log(t * t * (t + 2) / (2 * i * i)) + f - density);
}

/* Equation 8: Schiff's cross section over all angles, per keV, without the constants; 0 where the
 * formula, made for high energies, turns negative at the tip. */
static double
schiff(double k_kev, double t_kev)
{
    double before = t_kev / REST_KEV + 1, k = k_kev / REST_KEV, after = before - k;
    const double root = 4.198336453808408; /* cube root of 74 */

    if (after <= 1)
        return 0;
    double b = 2 * before * after * root / (111 * k), a = num_atan2(b, 1), r = after / before;
    double m = k / (2 * before * after) * (k / (2 * before * after)) + root * root / (111 * 111);
    double s = (1 + r * r - 2 * r / 3) * (-num_log(m) + 1 - 2 / b * a) +
               r * (2 / (b * b) * num_log(1 + b * b) + 4 * (2 - b * b) / (3 * b * b * b) * a -
                    8 / (3 * b * b) + 2.0 / 9);
    return s > 0 ? 2 / k_kev * s : 0;
}

static double
brems_scale(void)
{
    return BREMS_CM2_MOL * TUNGSTEN * TUNGSTEN / xs_atomic_weight(TUNGSTEN);
}

/* Energy radiated per g/cm2, keV. */
static double
radiated(double t_kev)
{
    const int n = 60;
    double sum = 0, step = t_kev / n;

    for (int i = 0; i < n; i++) {
        double k = (i + 0.5) * step;
        sum += k * schiff(k, t_kev) * step;
    }
    return brems_scale() * sum;
}

/* Equations 9 to 11. */
static void
follow(double mev, struct track *tr)
{
    double start = mev * 1000, step = (start - SLOWEST_KEV) / STEPS, spread = 0, depth = 0;

    for (int i = 0; i < STEPS; i++) {
        double t = start - (i + 0.5) * step;
        double path = step / (collisions(t) + radiated(t));
        double impulse = t * (t + 2 * REST_KEV) / (t + REST_KEV);
        double own = REST_KEV / (t + REST_KEV);
        double more = SCATTER_KEV / impulse * (SCATTER_KEV / impulse) / RADIATION_G_CM2 * path;
        spread += more / 2;
        depth += path * num_exp(-spread / 2);
        tr->kev[i] = t;
        tr->path_g_cm2[i] = path;
        tr->depth_g_cm2[i] = depth;
        tr->ahead_sr[i] = (1 / (own * own + spread) + ROUND_ABOUT) / NUM_PI;
        spread += more / 2;
    }
}

/* Equation 12: photons per keV, electron and steradian, straight ahead. */
static double
forward(double k, const struct track *tr)
{
    double mu = xs_total(TUNGSTEN, k), sum = 0;

    for (int i = 0; i < STEPS && tr->depth_g_cm2[i] < TARGET_G_CM2; i++)
        if (tr->kev[i] > k)
            sum += tr->path_g_cm2[i] * tr->ahead_sr[i] * schiff(k, tr->kev[i]) *
                   num_exp(-mu * (TARGET_G_CM2 - tr->depth_g_cm2[i]));
    return brems_scale() * sum * num_exp(-xs_total(COPPER, k) * BACKING_G_CM2);
}

int
spectrum_linac(double mev, struct spectrum *s, struct err *e)
{
    struct track tr;
    double range = mev * 1000 - LOWEST_KEV;

    if (!(mev >= 2 && mev <= 10))
        return err_set(e, ERR_INPUT, "a linac has 2 to 10 MeV, not %g", mev);
    follow(mev, &tr);
    s->n = BINS;
    for (int i = 0; i < BINS; i++) {
        double low = (double)i / BINS, high = (i + 1.0) / BINS;
        s->width[i] = range * (high * high - low * low);
        s->kev[i] = LOWEST_KEV + range * (high * high + low * low) / 2;
        s->photons[i] = ELECTRONS_UC * 1e-6 * s->width[i] * forward(s->kev[i], &tr);
    }
    return 0;
}
