/* ct_test: where rays arrive, against points built along a ray by hand, and what is refused. */
#include "base/test.h"
#include "phys/ct.h"

#include <math.h>

static int
read_text(const char *source, int32_t rows, int32_t cols, struct ct_geometry *g, struct err *e)
{
    struct text t;

    assert_int_equal(text_parse(&t, "f", source, strlen(source), e), 0);
    int result = ct_geometry_read(&t, t.root->first, rows, cols, g, e);
    text_free(&t);
    return result;
}

static void
read_ok(const char *source, int32_t rows, int32_t cols, struct ct_geometry *g)
{
    struct err e = {.text = ""};
    if (read_text(source, rows, cols, g, &e) != 0)
        fail_msg("%s", e.text);
}

/* A point on the ray from the source to a pixel arrives at that pixel. */
static void
test_points_on_rays(void **state)
{
    (void)state;
    static const char *const shape[] = {"flat", "curved"};
    char source[300];

    for (int curved = 0; curved < 2; curved++) {
        struct ct_geometry g;
        snprintf(source, sizeof source,
                 "geometry cone {\n pixel_mm 0.5\n row_pixel_mm 0.8\n source_mm 400\n"
                 " detector_mm 700\n axis_pixel 310.25\n axis_row 14\n detector %s\n}\n",
                 shape[curved]);
        read_ok(source, 32, 600, &g);
        for (int k = 0; k < 50; k++) {
            double a = 0.37 * k, col = 12.5 * k, row = 0.6 * k, part = 0.2 + 0.012 * k;
            double u = (col - 310.25) * 0.5, w = (row - 14) * 0.8, across = u, along = 700;
            if (curved) {
                across = 700 * sin(u / 700);
                along = 700 * cos(u / 700);
            }
            double q = part * along - 400, p = part * across, c = cos(a), s = sin(a);
            double point[3] = {p * c - q * s, p * s + q * c, 3 + part * w}, got_col, got_row;
            struct ct_view v = {a, 3, true};
            assert_true(ct_project(&g, &v, point, &got_col, &got_row));
            assert_true(fabs(got_col - col) < 1e-9 && fabs(got_row - row) < 1e-9);
        }
        double behind[3] = {0, -401, 0}, col, row;
        assert_false(ct_project(&g, &(struct ct_view){0, 0, true}, behind, &col, &row));
    }
}

static void
test_parallel_and_tilt(void **state)
{
    (void)state;
    struct ct_geometry g;
    double col, row, point[3] = {10, 20, 5};

    read_ok("geometry parallel {\n pixel_mm 2\n tilt_deg 5\n}\n", 41, 101, &g);
    assert_false(g.axis_known);
    assert_true(ct_project(&g, &(struct ct_view){acos(-1) / 2, 1, true}, point, &col, &row));
    double t = 5 * acos(-1) / 180; /* at 90 degrees p = y */
    assert_true(fabs(col - (50 + (20 * cos(t) + 4 * sin(t)) / 2)) < 1e-9);
    assert_true(fabs(row - (20 + (4 * cos(t) - 20 * sin(t)) / 2)) < 1e-9);
    assert_true(fabs(ct_field_mm(&g) - 101) < 1e-9);
}

static void
test_field_of_fan(void **state)
{
    (void)state;
    struct ct_geometry g;

    read_ok("geometry fan {\n pixel_mm 1\n source_mm 300\n detector_mm 600\n}\n", 1, 900, &g);
    assert_true(fabs(ct_field_mm(&g) - 300 * sin(atan(450.0 / 600))) < 1e-9);
}

static void
test_refusals(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"geometry spiral {\n pixel_mm 1\n}\n", "f:1: geometry"},
        {"geometry parallel {\n}\n", "pixel_mm"},
        {"geometry parallel {\n pixel_mm 1\n source_mm 5\n}\n", "source_mm"},
        {"geometry fan {\n pixel_mm 1\n source_mm 5\n}\n", "detector_mm"},
        {"geometry fan {\n pixel_mm 1\n source_mm 5\n detector_mm 4\n}\n", "more than source_mm"},
        {"geometry cone {\n pixel_mm 1\n source_mm 5\n detector_mm 9\n tilt_deg 80\n}\n",
         "tilt_deg"},
        {"geometry cone {\n pixel_mm nan\n source_mm 5\n detector_mm 9\n}\n", "pixel_mm"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ct_geometry g;
        struct err e = {.text = ""};
        assert_int_equal(read_text(bad[i][0], 4, 100, &g, &e), -1);
        if (strstr(e.text, bad[i][1]) == NULL)
            fail_msg("%s does not say %s", e.text, bad[i][1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points_on_rays),
        cmocka_unit_test(test_parallel_and_tilt),
        cmocka_unit_test(test_field_of_fan),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
