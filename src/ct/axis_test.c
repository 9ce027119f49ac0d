/* axis_test: scans of ellipses in closed form, their axes off the middle; the published tooth. */
#include "base/arena.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/test.h"
#include "ct/axis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const double ellipses[][6] = {
    /* x, y, half axes, angle, attenuation */
    {3, -4, 60, 45, 0.3, 0.02},
    {20, 15, 12, 20, 1.0, 0.03},
    {-25, -10, 8, 8, 0, -0.01},
    {-5, 30, 3, 5, 2.0, 0.08},
};

/* Line integral along the ray at distance p whose normal has angle t. */
static double
integral(double t, double p)
{
    double sum = 0;

    for (size_t i = 0; i < sizeof ellipses / sizeof *ellipses; i++) {
        const double *e = ellipses[i];
        double q = p - e[0] * cos(t) - e[1] * sin(t), c = cos(t - e[4]), s = sin(t - e[4]);
        double a2 = e[2] * e[2] * c * c + e[3] * e[3] * s * s;
        if (q * q < a2)
            sum += e[5] * 2 * e[2] * e[3] * sqrt(a2 - q * q) / a2;
    }
    return sum;
}

/* A scan of n views over `turn` radians from `from`; noise of 0.5 %. */
static void
scan(const struct ct_geometry *g, double col, double from, double turn, int n, struct ct_view *view,
     float *rows)
{
    struct rng r = rng_start(7, 0);

    for (int i = 0; i < n; i++) {
        view[i] = (struct ct_view){from + turn * i / n, 0, true};
        for (int x = 0; x < g->cols; x++) {
            double u = (x - col) * g->pitch_mm, gamma = 0, p = u;
            if (g->beam != CT_PARALLEL) {
                gamma = g->curved ? u / g->detector_mm : atan(u / g->detector_mm);
                p = g->source_mm * sin(gamma);
            }
            rows[i * g->cols + x] =
                (float)(integral(view[i].angle_rad - gamma, p) + 0.005 * rng_normal(&r));
        }
    }
}

static void
check(struct ct_geometry g, double col, double from, double turn, int n, double tolerance)
{
    struct ct_view *view = mem_zero((size_t)n, sizeof *view);
    float *rows = mem_zero((size_t)(n * g.cols), sizeof *rows);
    struct ct_axis axis;
    struct err e = {.text = ""};

    scan(&g, col, from, turn, n, view, rows);
    for (int i = 5; i < n; i += 40)
        view[i].good = false;
    if (ct_axis_find(&g, view, n, rows, &axis, &e) != 0)
        fail_msg("%s", e.text);
    if (!(fabs(axis.col - col) < tolerance) || !(fabs(axis.turn_rad) < turn / n / 2))
        fail_msg("beam %d, %d views: %.3f instead of %.3f, turn %g, mismatch %g", (int)g.beam, n,
                 axis.col, col, axis.turn_rad, axis.mismatch);
    mem_free(view);
    mem_free(rows);
}

static void
test_found(void **state)
{
    (void)state;
    const double pi = acos(-1);
    struct ct_geometry parallel = {.beam = CT_PARALLEL, .cols = 200, .rows = 1, .pitch_mm = 1},
                       fan = {.beam = CT_FAN,
                              .cols = 300,
                              .rows = 1,
                              .pitch_mm = 1,
                              .source_mm = 300,
                              .detector_mm = 500},
                       curved = fan;

    curved.curved = true;
    check(parallel, 93.3, 0.2, pi, 240, 0.15);
    check(parallel, 110.6, 0, 2 * pi, 300, 0.1);
    check(parallel, 40.25, 0, 2 * pi, 300, 0.1); /* truncated: an offset detector */
    check(fan, 155.25, 1, 2 * pi, 360, 0.1);
    check(fan, 139.9, 0, 1.5 * pi, 400, 0.1);
    check(curved, 160.5, -4, 2 * pi, 360, 0.1);
}

/* Angles that end short of where the scan did: 181 views of one degree, said to be 180 / 181. */
static void
test_wrong_turn(void **state)
{
    (void)state;
    struct ct_geometry g = {.beam = CT_PARALLEL, .cols = 200, .rows = 1, .pitch_mm = 1};
    struct ct_view view[181];
    float *rows = mem_zero(181 * 200, sizeof *rows);
    struct ct_axis axis;
    struct err e = {.text = ""};
    const double pi = acos(-1);

    scan(&g, 104.75, 0, pi * 181 / 180, 181, view, rows);
    for (int i = 0; i < 181; i++)
        view[i].angle_rad *= 180.0 / 181;
    assert_int_equal(ct_axis_find(&g, view, 181, rows, &axis, &e), 0);
    assert_true(fabs(axis.col - 104.75) < 0.15);
    if (!(fabs(axis.turn_rad + pi / 181) < 0.3 * pi / 181))
        fail_msg("a half turn is off by %.3f steps", axis.turn_rad / (pi / 181));
    mem_free(rows);
}

static void
test_refusals(void **state)
{
    (void)state;
    struct ct_geometry g = {.beam = CT_PARALLEL, .cols = 200, .rows = 1, .pitch_mm = 1};
    struct ct_view view[60];
    float *rows = mem_zero(60 * 200, sizeof *rows);
    struct ct_axis axis;
    struct err e = {.text = ""};

    scan(&g, 99.5, 0, 2, 60, view, rows);
    assert_int_equal(ct_axis_find(&g, view, 60, rows, &axis, &e), -1);
    assert_non_null(strstr(e.text, "no ray was measured from both sides"));
    for (int i = 0; i < 60; i++)
        view[i].good = i < 2;
    assert_int_equal(ct_axis_find(&g, view, 60, rows, &axis, &e), -1);
    assert_non_null(strstr(e.text, "2 good views"));
    mem_free(rows);
}

static float *
load_floats(const char *folder, const char *name, size_t n)
{
    char path[1024];
    uint8_t *bytes;
    size_t size;
    struct err e;

    snprintf(path, sizeof path, "%s/data/aps_tooth/%s", folder, name);
    if (file_load(path, n * 4, &bytes, &size, &e) != 0)
        fail_msg("%s", e.text);
    assert_true(size == n * 4);
    return (float *)bytes;
}

static void
test_tooth(void **state)
{
    (void)state;
    const char *shared = getenv("DOORLICHT_SHARED");
    enum { N = 181, COLS = 640 };
    struct ct_geometry g = {.beam = CT_PARALLEL, .cols = COLS, .rows = 1, .pitch_mm = 1};
    struct ct_view view[N];
    struct ct_axis axis;
    struct err e = {.text = ""};

    if (shared == NULL || access(shared, R_OK) != 0) {
        print_message("SKIPPED: the axis of aps_tooth: the measured data is not there\n");
        skip();
    }
    float *p = load_floats(shared, "data_181x2x640_f32le.raw", N * 2 * COLS),
          *w = load_floats(shared, "data_white_10x2x640_f32le.raw", 10 * 2 * COLS),
          *d = load_floats(shared, "data_dark_10x2x640_f32le.raw", 10 * 2 * COLS),
          *a = load_floats(shared, "theta_181_f32le.raw", N);
    for (int row = 0; row < 2; row++) {
        float *rows = mem_zero(N * COLS, sizeof *rows);
        for (int x = 0; x < COLS; x++) {
            double dark = 0, white = 0;
            for (int k = 0; k < 10; k++) {
                dark += (double)d[(k * 2 + row) * COLS + x] / 10;
                white += (double)w[(k * 2 + row) * COLS + x] / 10;
            }
            for (int i = 0; i < N; i++) {
                double t = ((double)p[(i * 2 + row) * COLS + x] - dark) / (white - dark);
                rows[i * COLS + x] = (float)-log(t > 1e-4 ? t : 1e-4);
            }
        }
        for (int i = 0; i < N; i++)
            view[i] = (struct ct_view){(double)a[i] * acos(-1) / 180, 0, true};
        assert_int_equal(ct_axis_find(&g, view, N, rows, &axis, &e), 0);
        print_message("aps_tooth, row %d: axis at %.3f, half turn off by %.4f degrees\n", row,
                      axis.col, axis.turn_rad * 180 / acos(-1));
        assert_true(fabs(axis.col - 295.5) < 0.25);
        mem_free(rows);
    }
    mem_free(p);
    mem_free(w);
    mem_free(d);
    mem_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_wrong_turn),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_tooth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
