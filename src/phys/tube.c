/* tube: spectra of tungsten reflection targets: electrons slow down, radiate by the Elwert-Bethe-
 * Heitler cross section, and the photons leave through the target (doc/physics/spectra.md,
 * equations 1 to 7). */
#include "phys/spectrum.h"

#include "base/num.h"

#include <math.h>
#include <string.h>

#define TUNGSTEN 74
#define REST_KEV 510.99895
#define BREMS_CM2_MOL 3.4896334e-4   /* fine structure constant, electron radius^2, Avogadro */
#define STOPPING_CM2_MOL_KEV 153.537 /* 2 pi electron radius^2, rest energy, Avogadro */
#define EXCITATION_KEV 0.727         /* of tungsten, ICRU report 37 */
#define ELECTRONS_MAS 6.241509074e15
#define SPHERE_MM2 (4 * NUM_PI * 1e6) /* of 1 m radius */
#define STEPS 40                      /* of the integral over the slowing down */
#define LOWEST_KEV 5.0

/* Equation 5: what becomes of the electrons, found with published half-value layers. */
#define LOSS_POWER 1.9
#define DEPTH_PART 0.68
#define DEPTH_POWER 1.4

/* Equation 6: K lines of tungsten, Tucker, Barnes and Chakraborty (1991). */
#define K_EDGE_KEV 69.525
#define K_PHOTONS 1.349e-3
#define K_POWER 1.648
#define K_STEPS 50

static const struct {
    double kev, part;
} k_lines[] = {{59.32, 0.505}, {57.98, 0.291}, {67.2, 0.162}, {69.1, 0.042}};

/* Equation 3: mass stopping power for collisions, keV cm2/g. */
static double
stopping(double t_kev)
{
    double t = t_kev / REST_KEV, i = EXCITATION_KEV / REST_KEV;
    double beta2 = t * (t + 2) / ((t + 1) * (t + 1));
    double f = 1 - beta2 + (t * t / 8 - (2 * t + 1) * 0.69314718055994531) / ((t + 1) * (t + 1));

    return STOPPING_CM2_MOL_KEV * TUNGSTEN / xs_atomic_weight(TUNGSTEN) / beta2 *
           (num_log(t * t * (t + 2) / (2 * i * i)) + f);
}

/* Equation 2, without the constants: per keV, for an electron of energy t > k. */
static double
radiation(double k, double t)
{
    double before = t + REST_KEV, after = before - k;
    double p = sqrt(before * before - REST_KEV * REST_KEV);
    double q = sqrt(after * after - REST_KEV * REST_KEV);
    double l = 2 * num_log((before * after + p * q - REST_KEV * REST_KEV) / (REST_KEV * k));

    return 2 * (4 * before * after * l - 7 * p * q) / (3 * k * p * p) * (p / q);
}

/* Equation 4: depth scale in g/cm2. */
static double
depth_scale(double kv)
{
    return DEPTH_PART * 0.0119e-3 * num_pow(kv, 1.513);
}

/* Equation 1: photons per keV and electron into all directions. The steps are finer towards t = k,
 * where the cross section grows as 1 / sqrt(t - k). */
static double
continuum(double k, double kv, double sine)
{
    double reach = xs_total(TUNGSTEN, k) * depth_scale(kv) / sine, sum = 0;

    for (int i = 0; i < STEPS; i++) {
        double u = (i + 0.5) / STEPS, t = k + (kv - k) * u * u;
        double slowed = num_log(t / kv);
        double left = num_exp(LOSS_POWER * slowed);
        double escape = num_exp(-reach * (1 - num_exp(DEPTH_POWER * slowed)));
        sum += 2 * u * left * escape * radiation(k, t) / stopping(t);
    }
    return BREMS_CM2_MOL * TUNGSTEN * TUNGSTEN / xs_atomic_weight(TUNGSTEN) * (kv - k) * sum /
           STEPS;
}

/* Equation 6: photons of a K line per electron. */
static double
line_photons(double line_kev, double part, double kv, double sine)
{
    double sum = 0, slowed = num_exp(DEPTH_POWER * num_log(K_EDGE_KEV / kv));
    double reach = xs_total(TUNGSTEN, line_kev) * depth_scale(kv) / sine * (1 - slowed);

    for (int i = 0; i < K_STEPS; i++) {
        double x = (i + 0.5) / K_STEPS;
        sum += 1.5 * (1 - x * x) * num_exp(-reach * x);
    }
    return K_PHOTONS * num_pow(kv / K_EDGE_KEV - 1, K_POWER) * part * sum / K_STEPS;
}

static void
add_lines(double kv, double sine, double scale, struct spectrum *s)
{
    for (size_t j = 0; j < sizeof k_lines / sizeof *k_lines; j++)
        for (int i = 0; i < s->n; i++)
            if (k_lines[j].kev >= s->kev[i] - s->width[i] / 2 &&
                k_lines[j].kev < s->kev[i] + s->width[i] / 2)
                s->photons[i] += scale * line_photons(k_lines[j].kev, k_lines[j].part, kv, sine);
}

int
spectrum_tube(double kv, double anode_deg, struct spectrum *s, struct err *e)
{
    struct spectrum out = {.n = 0};

    if (!(kv >= 40 && kv <= 320))
        return err_set(e, ERR_INPUT, "a tube has 40 to 320 kV, not %g", kv);
    if (!(anode_deg >= 5 && anode_deg <= 45))
        return err_set(e, ERR_INPUT, "an anode angle is 5 to 45 degrees, not %g", anode_deg);
    double sine = num_sin(anode_deg * NUM_PI / 180), width = kv <= 250 ? 0.5 : 1;
    double scale = ELECTRONS_MAS / SPHERE_MM2;
    for (double low = LOWEST_KEV; low < kv - 1e-9; low += width) {
        double w = low + width < kv ? width : kv - low;
        out.kev[out.n] = low + w / 2;
        out.width[out.n] = w;
        out.photons[out.n] = scale * w * continuum(low + w / 2, kv, sine);
        out.n++;
    }
    if (kv > K_EDGE_KEV)
        add_lines(kv, sine, scale, &out);
    *s = out;
    return 0;
}
