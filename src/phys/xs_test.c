/* xs_test: against NIST's published tables, EPDL97, xraylib, and its own grid with every second
 * point left out. */
#include "phys/xs.c" /* the stencil is private, and is tested on a thinned table */

#include "base/test.h"
#include "phys/epdl_test.h"

#ifdef HAVE_XRAYLIB
#include <xraylib/xraylib.h>
#endif

/* J. H. Hubbell and S. M. Seltzer, Tables of X-Ray Mass Attenuation Coefficients, NISTIR 5632,
 * table 3: mu/rho in cm2/g. */
static const int nist_z[] = {1, 6, 7, 8, 13, 26, 29, 74, 82, 92};
static const struct {
    double kev, cm2_g[10];
} nist[] = {
    {10, {.3854, 2.373, 3.879, 5.952, 26.23, 170.6, 215.9, 96.91, 130.6, 179.1}},
    {15, {.3764, .8071, 1.236, 1.836, 7.955, 57.08, 74.05, 138.9, 111.6, 65.28}},
    {20, {.3695, .4420, .6178, .8651, 3.441, 25.68, 33.79, 65.73, 86.36, 71.06}},
    {30, {.3570, .2562, .3066, .3779, 1.128, 8.176, 10.92, 22.73, 30.32, 41.28}},
    {40, {.3458, .2076, .2288, .2585, .5685, 3.629, 4.862, 10.67, 14.36, 19.83}},
    {50, {.3355, .1871, .1980, .2132, .3681, 1.958, 2.613, 5.949, 8.041, 11.21}},
    {60, {.3260, .1753, .1817, .1907, .2778, 1.205, 1.593, 3.713, 5.021, 7.035}},
    {80, {.3091, .1610, .1639, .1678, .2018, .5952, .7630, 7.810, 2.419, 3.395}},
    {100, {.2944, .1514, .1529, .1551, .1704, .3717, .4584, 4.438, 5.549, 1.954}},
    {150, {.2651, .1347, .1353, .1361, .1378, .1964, .2217, 1.581, 2.014, 2.591}},
    {200, {.2429, .1229, .1233, .1237, .1223, .1460, .1559, .7844, .9985, 1.298}},
    {300, {.2112, .1066, .1068, .1070, .1042, .1099, .1119, .3238, .4031, .5192}},
    {400, {.1893, .09546, .09557, .09566, .09276, .09400, .09413, .1925, .2323, .2922}},
    {500, {.1729, .08715, .08719, .08729, .08445, .08414, .08362, .1378, .1614, .1976}},
    {600, {.1599, .08058, .08063, .08070, .07802, .07704, .07625, .1093, .1248, .1490}},
    {800, {.1405, .07076, .07081, .07087, .06841, .06699, .06605, .08066, .08870, .1016}},
    {1000, {.1263, .06361, .06364, .06372, .06146, .05995, .05901, .06618, .07102, .07896}},
    {1250, {.1129, .05690, .05693, .05697, .05496, .05350, .05261, .05577, .05876, .06370}},
    {1500, {.1027, .05179, .05180, .05185, .05006, .04883, .04803, .05000, .05222, .05587}},
    {2000, {.08769, .04442, .04450, .04459, .04324, .04265, .04205, .04433, .04606, .04878}},
    {3000, {.06921, .03562, .03579, .03597, .03541, .03621, .03599, .04075, .04234, .04447}},
    {4000, {.05806, .03047, .03073, .03100, .03106, .03312, .03318, .04037, .04197, .04392}},
    {5000, {.05049, .02708, .02742, .02777, .02836, .03146, .03177, .04103, .04272, .04463}},
    {6000, {.04498, .02469, .02511, .02552, .02655, .03057, .03108, .04210, .04391, .04583}},
    {8000, {.03746, .02154, .02209, .02263, .02437, .02991, .03074, .04472, .04675, .04879}},
    {10000, {.03254, .01959, .02024, .02089, .02318, .02994, .03103, .04747, .04972, .05195}},
};

static void
test_nist_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof nist / sizeof *nist; i++)
        for (int k = 0; k < 10; k++) {
            double ratio = xs_total(nist_z[k], nist[i].kev) / nist[i].cm2_g[k];
            if (!(fabs(ratio - 1) <= 0.001)) /* 0.5 % is asked for */
                fail_msg("%s at %g keV: %.4f of NIST", xs_symbol(nist_z[k]), nist[i].kev, ratio);
        }
}

/* Every row of the table comes back; each edge gives the value above it, and just below the one
 * below. */
static void
test_grid_and_edges(void **state)
{
    double q[XS_PROCESSES], edge[32];
    int edges = 0;

    (void)state;
    for (int z = 1; z <= XS_Z_MAX; z++) {
        const struct point *p = table + elements[z].first;
        int n = elements[z].points;
        double scale = BARN_MOL_CM2 / xs_atomic_weight(z);
        assert_true(p[0].kev == XS_KEV_MIN && p[n - 2].kev == XS_KEV_MAX);
        for (int i = 0; i < n - 1; i++) {
            bool below = p[i].kev == p[i + 1].kev;
            xs_element(z, below ? p[i].kev * (1 - 1e-12) : p[i].kev, q);
            for (int k = 0; k < XS_PROCESSES; k++)
                assert_near(q[k] / scale, p[i].barn[k], 1e-3 * p[i].barn[k] + 1e-15);
            assert_near(q[XS_PHOTO] / scale, p[i].barn[XS_PHOTO], 1e-9 * p[i].barn[XS_PHOTO]);
        }
        edges += xs_edges(z, edge, 32);
    }
    assert_true(edges > 400);
    assert_int_equal(xs_edges(26, edge, 32), 1);
    assert_near(edge[0], 7.112, 1e-9);
    assert_int_equal(xs_edges(82, edge, 3), 3);
}

/* Predicts every second row of the standard grid from the others. The error of a cubic grows with
 * the fourth power of the spacing: 16 times that of the full table. */
static void
test_half_the_grid(void **state)
{
    static const enum xs_process smooth[] = {XS_INCOHERENT, XS_COHERENT, XS_PHOTO};
    double worst[XS_PROCESSES] = {0};
    int tried = 0;

    (void)state;
    for (int z = 1; z <= XS_Z_MAX; z++) {
        double edge[32] = {0};
        int edges = xs_edges(z, edge, 32), m = 0;
        struct point half[64];
        const struct point *p = table + elements[z].first, *end = p + elements[z].points;
        for (; p < end; p++)
            if (p->kev > 8 && (edges == 0 || p->kev > edge[edges - 1]) && p->kev != 1022 &&
                p->kev != 2044)
                half[m++] = *p;
        for (int i = 3; i < m - 4; i += 2)
            for (int k = 0; k < 3; k++) {
                enum xs_process q = smooth[k];
                const int at[4] = {i - 3, i - 1, i + 1, i + 3};
                double v = stencil_value(half, q, at, 4, half[i].kev) / half[i].barn[q] - 1;
                worst[q] = fmax(worst[q], fabs(v) / 16);
                tried++;
            }
    }
    printf("interpolation, from half the grid: photo %.4f %%, coherent %.4f %%, incoherent %.4f "
           "%%\n",
           100 * worst[XS_PHOTO], 100 * worst[XS_COHERENT], 100 * worst[XS_INCOHERENT]);
    assert_true(tried > 3000);
    for (int q = 0; q < XS_PROCESSES; q++)
        assert_true(worst[q] < 0.003);
}

/* Between the grid points, the ratio to EPDL97 may differ from its value at the points by 0.3 %,
 * and from 1 by what is known of the two libraries. */
static void
test_epdl(void **state)
{
    struct epdl *lib = epdl_open();
    int tried = 0;
    double worst = 0, apart = 0;

    (void)state;
    if (lib == NULL) {
        printf("SKIPPED: EPDL97, because pymca-data is not installed\n");
        return;
    }
    for (size_t i = 0; i + 1 < sizeof nist / sizeof *nist; i++)
        for (int k = 0; k < 10; k++) {
            int z = nist_z[k];
            double a = nist[i].kev, b = nist[i + 1].kev, edge[32];
            bool broken = false;
            for (int j = 0, n = xs_edges(z, edge, 32); j < n; j++)
                broken |= edge[j] > a * 0.85 && edge[j] < b;
            double da = log(xs_total(z, a) / epdl_total(lib, z, a));
            double db = log(xs_total(z, b) / epdl_total(lib, z, b));
            for (int j = 1; j < 8 && !broken; j++) {
                double kev = a + (b - a) * j / 8, t = log(kev / a) / log(b / a);
                double d = log(xs_total(z, kev) / epdl_total(lib, z, kev));
                /* EPDL97's incoherent H and photoelectric Cu below 15 keV are the
                 * odd ones out: xraylib is within 0.1 % of NIST there. */
                bool odd = (z == 1 || z == 29) && kev < 15;
                double known = z > 50 ? 0.021 : odd ? 0.013 : 0.005;
                if (!(fabs(d) < known))
                    fail_msg("%s at %g keV: %.4f off EPDL97", xs_symbol(z), kev, d);
                worst = fmax(worst, odd ? 0 : fabs(d - da - t * (db - da)));
                apart = fmax(apart, known <= 0.005 ? fabs(d) : 0);
                tried++;
            }
        }
    epdl_close(lib);
    printf("EPDL97, %d points between NIST's: interpolation %.4f %%, libraries apart %.4f %% (Z < "
           "50)\n",
           tried, 100 * worst, 100 * apart);
    assert_true(tried > 1500 && worst < 0.003);
}

/* xraylib 4.0.0 itself has lumps near some edges (Tm, Pt, Rn): those are counted, not forgiven. */
static void
test_xraylib(void **state)
{
    (void)state;
#ifdef HAVE_XRAYLIB
    int tried = 0, apart = 0;
    double sum = 0, light = 0;
    for (int z = 1; z <= XS_Z_MAX; z++)
        for (double kev = 10; kev <= 800; kev *= 1.07) {
            double edge[32], want = CS_Total(z, kev, NULL);
            bool near = false;
            for (int j = 0, n = xs_edges(z, edge, 32); j < n; j++)
                near |= fabs(log(kev / edge[j])) < 0.05;
            if (near || want <= 0)
                continue;
            double d = fabs(xs_total(z, kev) / want - 1);
            apart += !(d < 0.02);
            sum += d;
            light = fmax(light, z < 30 ? d : 0);
            tried++;
        }
    printf("xraylib: %d points, mean %.3f %% apart, %d over 2 %%; Z < 30 at most %.3f %%\n", tried,
           100 * sum / tried, apart, 100 * light);
    assert_true(tried > 5000 && apart <= 12 && sum / tried < 0.003 && light < 0.015);
#else
    printf("SKIPPED: xraylib is not installed\n");
#endif
}

static void
test_symbols(void **state)
{
    (void)state;
    assert_int_equal(xs_z("Fe", 2), 26);
    assert_int_equal(xs_z("Fe2", 2), 26);
    assert_int_equal(xs_z("fe", 2) + xs_z("", 0) + xs_z("Pu", 2), 0);
    assert_string_equal(xs_symbol(92), "U");
    assert_near(xs_atomic_weight(8), 15.9994, 1e-9);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nist_tables),   cmocka_unit_test(test_grid_and_edges),
        cmocka_unit_test(test_half_the_grid), cmocka_unit_test(test_epdl),
        cmocka_unit_test(test_xraylib),       cmocka_unit_test(test_symbols),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
