/* num: see num.h. Series are cut where the next term is below 2^-57 of the result. */
#include "base/num.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LN2_HI 6.93147180369123816490e-01 /* 33 bits, so k * LN2_HI is exact */
#define LN2_LO 1.90821492927058770002e-10

static double
power_of_two(int k)
{
    uint64_t bits = (uint64_t)(1023 + k) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* exp(r) - 1 for |r| <= 0.35, Taylor to r^14. */
static double
expm1_small(double r)
{
    double sum = 1.0;
    for (int n = 14; n >= 2; n--)
        sum = 1.0 + sum * r / n;
    return r * sum;
}

double
num_floor(double x)
{
    double whole = (double)(int64_t)x;
    return whole > x ? whole - 1.0 : whole;
}

double
num_exp(double x)
{
    if (x != x)
        return x;
    if (x > 709.78)
        return INFINITY;
    if (x < -745.0)
        return 0.0;
    int k = (int)(x * 1.44269504088896340736 + (x < 0 ? -0.5 : 0.5));
    double r = (x - k * LN2_HI) - k * LN2_LO;
    double m = 1.0 + expm1_small(r);
    if (k > 1000)
        return m * power_of_two(1000) * power_of_two(k - 1000);
    if (k < -1000)
        return m * power_of_two(-1000) * power_of_two(k + 1000);
    return m * power_of_two(k);
}

double
num_expm1(double x)
{
    return x > -0.35 && x < 0.35 ? expm1_small(x) : num_exp(x) - 1.0;
}

double
num_log(double x)
{
    int k = 0;
    uint64_t bits;

    if (x < 2.2250738585072014e-308) {
        x *= 18014398509481984.0; /* 2^54: a subnormal gets its bits back */
        k = -54;
    }
    memcpy(&bits, &x, sizeof bits);
    k += (int)(bits >> 52) - 1023;
    bits = (bits & 0x000fffffffffffffu) | 0x3ff0000000000000u;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.41421356237309504880) {
        m *= 0.5;
        k++;
    }
    double s = (m - 1.0) / (m + 1.0), s2 = s * s, sum = 0.0;
    for (int n = 23; n >= 3; n -= 2)
        sum = (sum + 1.0 / n) * s2;
    return k * LN2_HI + (2.0 * s + (2.0 * s * sum + k * LN2_LO));
}

double
num_pow(double x, double y)
{
    return num_exp(y * num_log(x));
}

static double
sin_small(double r)
{
    double r2 = r * r, sum = 1.0;
    for (int n = 18; n >= 2; n -= 2)
        sum = 1.0 - sum * r2 / (n * (n + 1));
    return r * sum;
}

static double
cos_small(double r)
{
    double r2 = r * r, sum = 1.0;
    for (int n = 19; n >= 1; n -= 2)
        sum = 1.0 - sum * r2 / (n * (n + 1));
    return sum;
}

/* r in [-pi/4, pi/4] and the quadrant; three-part pi/2 keeps r exact enough for |x| < 1e5. */
static int
quadrant(double x, double *r)
{
    int k = (int)(x * 0.63661977236758134308 + (x < 0 ? -0.5 : 0.5));
    *r = ((x - k * 1.57079632673412561417) - k * 6.07710050630396597660e-11) -
         k * 2.02226624879595063154e-21;
    return k & 3;
}

double
num_sin(double x)
{
    double r;
    int q = quadrant(x, &r);
    double v = q & 1 ? cos_small(r) : sin_small(r);
    return q & 2 ? -v : v;
}

double
num_cos(double x)
{
    double r;
    int q = quadrant(x, &r);
    double v = q & 1 ? sin_small(r) : cos_small(r);
    return q == 1 || q == 2 ? -v : v;
}

/* atan of x in [0, 1]: halve the angle twice, then the series. */
static double
atan_unit(double x)
{
    x = x / (1.0 + sqrt(1.0 + x * x));
    x = x / (1.0 + sqrt(1.0 + x * x));
    double x2 = x * x, sum = 0.0;
    for (int n = 25; n >= 1; n -= 2)
        sum = 1.0 / n - x2 * sum;
    return 4.0 * x * sum;
}

double
num_atan2(double y, double x)
{
    double ax = fabs(x), ay = fabs(y);

    if (ax == 0.0 && ay == 0.0)
        return 0.0;
    double a = ay <= ax ? atan_unit(ay / ax) : NUM_PI / 2 - atan_unit(ax / ay);
    if (x < 0)
        a = NUM_PI - a;
    return y < 0 ? -a : a;
}

int
num_ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}
