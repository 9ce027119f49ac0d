/* xs: see xs.h. Four-point Lagrange interpolation of ln(cross section) in ln(energy), never across
 * an edge (doc/physics/attenuation.md, equations 1 to 3). */
#include "phys/xs.h"

#include "base/num.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#define BARN_MOL_CM2 0.602214076   /* Avogadro's number times a barn, cm2/mol */
#define PAIR_NUCLEAR_KEV 1021.9979 /* twice the rest energy of an electron */
#define PAIR_ELECTRON_KEV 2043.9958
#define NEAR                                                                                       \
    1.03 /* rows closer than this tell a slope only with the noise of their four digits            \
          */
#define STENCIL 4

struct point {
    double kev, barn[XS_PROCESSES];
};

struct element {
    const char *symbol;
    double weight;
    int first, points;
};

#define ELEMENT(z, symbol, weight, first, points)
#define POINT(kev, coherent, incoherent, photo, nuclear, electron)                                 \
    {kev, {photo, coherent, incoherent, nuclear, electron}},
static const struct point table[] = {
#include "phys/xcom.tab"
};
#undef ELEMENT
#undef POINT

#define ELEMENT(z, symbol, weight, first, points) [z] = {#symbol, weight, first, points},
#define POINT(kev, coherent, incoherent, photo, nuclear, electron)
static const struct element elements[] = {
#include "phys/xcom.tab"
};
#undef ELEMENT
#undef POINT

static const double threshold_kev[XS_PROCESSES] = {
    [XS_PAIR_NUCLEAR] = PAIR_NUCLEAR_KEV,
    [XS_PAIR_ELECTRON] = PAIR_ELECTRON_KEV,
};

static_assert(sizeof elements / sizeof *elements == XS_Z_MAX + 1, "one entry an element");

static const struct element *
element_of(int z)
{
    assert(z >= 1 && z <= XS_Z_MAX);
    return &elements[z];
}

/* Rows low .. high - 1 of p around the interval k, k + 1: the interval itself and on either side
 * the next rows that are not NEAR the last taken one. Returns how many. */
static int
stencil_rows(const struct point *p, int low, int high, int k, int at[STENCIL])
{
    int down = k, up = k + 1, n = 0;

    at[n++] = down;
    at[n++] = up;
    if (p[up].kev < NEAR * p[down].kev)
        return n;
    for (int before = 0; n < STENCIL && n > before;) {
        int j = down - 1, l = up + 1;
        before = n;
        while (j >= low && p[j].kev * NEAR > p[down].kev)
            j--;
        while (l < high && p[l].kev < NEAR * p[up].kev)
            l++;
        if (j >= low)
            at[n++] = down = j;
        if (l < high && n < STENCIL)
            at[n++] = up = l;
    }
    return n;
}

/* The polynomial through the rows, equation 1, or 3 where the process has a threshold. */
static double
stencil_value(const struct point *p, enum xs_process q, const int *at, int n, double kev)
{
    double x[STENCIL], sum = 0, here = num_log(kev);

    for (int i = 0; i < n; i++)
        x[i] = num_log(p[at[i]].kev);
    for (int i = 0; i < n; i++) {
        double opening = 1 - threshold_kev[q] / p[at[i]].kev;
        double y = num_log(p[at[i]].barn[q] / (opening * opening * opening));
        for (int j = 0; j < n; j++)
            if (j != i)
                y *= (here - x[j]) / (x[i] - x[j]);
        sum += y;
    }
    double opening = 1 - threshold_kev[q] / kev;
    return num_exp(sum) * opening * opening * opening;
}

/* The last row at or below kev that has one above it. */
static int
row_below(const struct point *p, int n, double kev)
{
    int low = 0, high = n - 1;

    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (p[middle].kev <= kev)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static double
cross_section(const struct point *p, int n, enum xs_process q, double kev)
{
    int at[STENCIL], low = 0, high = n, k = row_below(p, n, kev);

    if (kev <= threshold_kev[q])
        return 0;
    if (q == XS_PHOTO) {
        for (low = k; low > 0 && p[low - 1].kev < p[low].kev;)
            low--;
        for (high = k + 1; high < n && p[high].kev > p[high - 1].kev;)
            high++;
    } else if (threshold_kev[q] > 0) {
        while (p[low].barn[q] <= 0)
            low++;
        k = k < low ? low : k;
    }
    return stencil_value(p, q, at, stencil_rows(p, low, high, k, at), kev);
}

void
xs_element(int z, double kev, double cm2_g[XS_PROCESSES])
{
    const struct element *el = element_of(z);

    assert(kev >= XS_KEV_MIN && kev <= XS_KEV_MAX);
    for (int q = 0; q < XS_PROCESSES; q++)
        cm2_g[q] = cross_section(table + el->first, el->points, (enum xs_process)q, kev) *
                   (BARN_MOL_CM2 / el->weight);
}

double
xs_total(int z, double kev)
{
    double cm2_g[XS_PROCESSES], sum = 0;

    xs_element(z, kev, cm2_g);
    for (int q = 0; q < XS_PROCESSES; q++)
        sum += cm2_g[q];
    return sum;
}

double
xs_atomic_weight(int z)
{
    return element_of(z)->weight;
}

const char *
xs_symbol(int z)
{
    return element_of(z)->symbol;
}

int
xs_z(const char *symbol, int n)
{
    for (int z = 1; z <= XS_Z_MAX; z++)
        if (n > 0 && strlen(elements[z].symbol) == (size_t)n &&
            memcmp(elements[z].symbol, symbol, (size_t)n) == 0)
            return z;
    return 0;
}

int
xs_edges(int z, double *kev, int max)
{
    const struct element *el = element_of(z);
    const struct point *p = table + el->first;
    int n = 0;

    for (int i = 1; i < el->points && n < max; i++)
        if (p[i].kev <= p[i - 1].kev)
            kev[n++] = p[i].kev;
    return n;
}
