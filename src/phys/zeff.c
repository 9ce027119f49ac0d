/* zeff: see zeff.h and doc/physics/zeff.md. */
#include "phys/zeff.h"

#include "base/num.h"

#include <assert.h>
#include <pthread.h>

#define BAND_LOW_KEV 30.0
#define BAND_HIGH_KEV 160.0
#define GOLDEN 0.6180339887498949
#define STEPS 48 /* of golden section: an interval of 1 shrinks to 1e-10 */

static double band_kev[ZEFF_BAND], band_element[XS_Z_MAX + 1][ZEFF_BAND][XS_PROCESSES];
static pthread_once_t band_once = PTHREAD_ONCE_INIT;

/* Equation 1: an element's cross sections per electron. */
static void
element_electron(int z, double kev, double cm2_mol[XS_PROCESSES])
{
    xs_element(z, kev, cm2_mol);
    for (int q = 0; q < XS_PROCESSES; q++)
        cm2_mol[q] *= xs_atomic_weight(z) / z;
}

/* Equation 2: a power of z from one element to the next, each process by itself. */
static void
between_elements(double z, int low, const double *a, const double *b, double *out)
{
    double part = num_log(z / low) / num_log((low + 1.0) / low);

    for (int q = 0; q < XS_PROCESSES; q++)
        out[q] = a[q] > 0 && b[q] > 0 ? a[q] * num_exp(part * num_log(b[q] / a[q])) : 0;
}

/* The element at or below z that has one above it. */
static int
element_below(double z)
{
    assert(z >= 1 && z <= XS_Z_MAX);
    return z < XS_Z_MAX ? (int)z : XS_Z_MAX - 1;
}

void
zeff_electron(double z, double kev, double cm2_mol[XS_PROCESSES])
{
    double a[XS_PROCESSES], b[XS_PROCESSES];
    int low = element_below(z);

    if (z == (int)z) {
        element_electron((int)z, kev, cm2_mol);
        return;
    }
    element_electron(low, kev, a);
    element_electron(low + 1, kev, b);
    between_elements(z, low, a, b, cm2_mol);
}

double
zeff_electrons_mol_g(double z)
{
    int low = element_below(z);
    double a = low / xs_atomic_weight(low), b = (low + 1) / xs_atomic_weight(low + 1);

    return a + (b - a) * (z - low);
}

static double
sum_of(const double q[XS_PROCESSES])
{
    double sum = 0;

    for (int i = 0; i < XS_PROCESSES; i++)
        sum += q[i];
    return sum;
}

double
zeff_electron_total(double z, double kev)
{
    double q[XS_PROCESSES];

    zeff_electron(z, kev, q);
    return sum_of(q);
}

double
zeff_mu(double z, double kev)
{
    return zeff_electron_total(z, kev) * zeff_electrons_mol_g(z);
}

static void
band_fill(void)
{
    for (int i = 0; i < ZEFF_BAND; i++) {
        band_kev[i] =
            BAND_LOW_KEV * num_exp(i * num_log(BAND_HIGH_KEV / BAND_LOW_KEV) / (ZEFF_BAND - 1));
        for (int z = 1; z <= XS_Z_MAX; z++)
            element_electron(z, band_kev[i], band_element[z][i]);
    }
}

double
zeff_kev(int i)
{
    assert(i >= 0 && i < ZEFF_BAND);
    pthread_once(&band_once, band_fill);
    return band_kev[i];
}

/* Equation 3: how far the fictitious element z is from the material, squared. */
static double
distance(double z, const double cm2_mol[ZEFF_BAND])
{
    int low = element_below(z);
    double sum = 0;

    for (int i = 0; i < ZEFF_BAND; i++) {
        double q[XS_PROCESSES];
        between_elements(z, low, band_element[low][i], band_element[low + 1][i], q);
        double d = num_log(cm2_mol[i] / sum_of(q));
        sum += d * d;
    }
    return sum;
}

/* The best z between low and high; golden section. */
static double
search(double low, double high, const double cm2_mol[ZEFF_BAND])
{
    double a = high - GOLDEN * (high - low), b = low + GOLDEN * (high - low);
    double da = distance(a, cm2_mol), db = distance(b, cm2_mol);

    for (int i = 0; i < STEPS; i++) {
        if (da < db) {
            high = b;
            b = a;
            db = da;
            a = high - GOLDEN * (high - low);
            da = distance(a, cm2_mol);
        } else {
            low = a;
            a = b;
            da = db;
            b = low + GOLDEN * (high - low);
            db = distance(b, cm2_mol);
        }
    }
    return (low + high) / 2;
}

double
zeff_match(const double cm2_mol[ZEFF_BAND])
{
    double best = 1, least = 1e300;

    pthread_once(&band_once, band_fill);
    for (int z = 1; z <= XS_Z_MAX; z++) {
        double d = distance(z, cm2_mol);
        if (d < least) {
            least = d;
            best = z;
        }
    }
    double whole = best;
    for (int side = -1; side <= 0; side++) {
        double low = whole + side;
        if (low < 1 || low + 1 > XS_Z_MAX)
            continue;
        double z = search(low, low + 1, cm2_mol), d = distance(z, cm2_mol);
        if (d < least) {
            least = d;
            best = z;
        }
    }
    return best;
}
