/* geometry_test: pixels, rows and magnification against school geometry, written here a second
 * time with angles. */
#include "base/test.h"
#include "phys/geometry.h"

static const char flat[] = "scanner \"flat\" {\n column_pitch_mm 1.25\n view {\n"
                           "  source_mm 0 0 -200\n  isocentre_mm 0 0 300\n  row_pitch_mm 0.7\n"
                           "  arm {\n   from_mm 0 -320 800\n   to_mm 0 0 800\n   pixels 512\n"
                           "   pitch_mm 1.25\n  }\n }\n}\n";

/* A portal: source at the side, an upright arm across the road and one over it. */
static const char ell[] =
    "scanner \"ell\" {\n column_pitch_mm 5\n view {\n"
    "  source_mm 10 -3000 500\n  isocentre_mm 10 -500 2200\n  row_pitch_mm 4\n"
    "  arm {\n   from_mm 10 2500 -100\n   to_mm 10 2500 5000\n   pixels 900\n   pitch_mm 5\n"
    "   module_pixels 32\n   module_gap_mm 4\n  }\n"
    "  arm {\n   from_mm 10 2480 4530\n   to_mm 10 -2500 4530\n   pixels 950\n   pitch_mm 5\n"
    "   module_pixels 32\n   module_gap_mm 4\n  }\n }\n}\n";

static void
read_ok(const char *source, struct geometry *g)
{
    struct text t;
    struct err e = {.text = ""};

    assert_int_equal(text_parse(&t, "f", source, strlen(source), &e), 0);
    if (geometry_read(&t, t.root->first, g, &e) != 0)
        fail_msg("%s", e.text);
    text_free(&t);
}

static void
test_flat_array(void **state)
{
    (void)state;
    struct geometry g;
    double centre[3], along[3], normal[3], distance, obliquity, first;
    read_ok(flat, &g);
    const struct geometry_view *v = &g.view[0];
    assert_true(g.views == 1 && v->pixels == 512 && g.column_pitch_mm == 1.25);
    for (int i = 0; i < 512; i++) {
        double y = -320 + (i + 0.5) * 1.25;
        geometry_pixel(v, i, centre, along, normal);
        assert_near(centre[1], y, 1e-9);
        assert_true(centre[0] == 0 && centre[2] == 800);
        assert_true(along[1] == 1 && normal[2] == 1);
        geometry_ray(v, i, &distance, &obliquity);
        assert_near(distance, sqrt(1e6 + y * y), 1e-9);
        assert_near(obliquity, sqrt(1 + y * y / 1e6), 1e-12);
        assert_near(geometry_pixel_mm(v, i), y / 2, 1e-9); /* magnification 1000 / 500 */
    }
    assert_near(geometry_pixel_mm(v, 3.5), (-320 + 5) / 2.0, 1e-9);
    assert_near(geometry_pixel_mm(v, -0.5), -160, 1e-9);
    assert_near(geometry_pixel_mm(v, 511.5), 160, 1e-9);
    assert_int_equal(geometry_rows(v, &first), 457); /* 320 / 0.7 = 457.1 */
    assert_near(first, -456 * 0.35, 1e-9);
}

static void
test_point_and_magnification(void **state)
{
    (void)state;
    struct geometry g;
    double mm, m, first;
    read_ok(flat, &g);
    assert_true(geometry_point_mm(&g.view[0], (double[]){77, 30, 50}, &mm, &m));
    assert_near(mm, 60, 1e-9); /* depth 250 of 500 */
    assert_near(m, 2, 1e-12);
    assert_false(geometry_point_mm(&g.view[0], (double[]){0, 30, -201}, &mm, &m));
    read_ok(ell, &g);
    const struct geometry_view *v = &g.view[0];
    double centre[3], along[3], normal[3];
    for (int i = 0; i < v->pixels; i++) {
        geometry_pixel(v, i, centre, along, normal);
        assert_true(geometry_point_mm(v, centre, &mm, NULL));
        assert_near(mm, geometry_pixel_mm(v, i), 1e-9);
    }
    assert_true(geometry_rows(v, &first) > 1000);
}

/* Angle of a point in the fan, from the central ray, from first principles. */
static double
angle_of(const double source[3], const double centre[3], double y, double z)
{
    double a = atan2(z - source[2], y - source[1]);
    return a - atan2(centre[2] - source[2], centre[1] - source[1]);
}

static void
test_ell_by_angles(void **state)
{
    (void)state;
    struct geometry g;
    read_ok(ell, &g);
    const struct geometry_view *v = &g.view[0];
    double distance = sqrt(2500.0 * 2500 + 1700.0 * 1700), last = -1e9;
    for (int i = 0; i < v->pixels; i++) {
        int k = i < 900 ? i : i - 900;
        double s = (k + 0.5) * 5 + k / 32 * 4, centre[3], along[3], normal[3];
        double y = i < 900 ? 2500 : 2480 - s, z = i < 900 ? -100 + s : 4530;
        geometry_pixel(v, i, centre, along, normal);
        assert_near(centre[1], y, 1e-9);
        assert_near(centre[2], z, 1e-9);
        assert_near(i < 900 ? normal[1] : normal[2], 1, 1e-12);
        double want = distance * tan(angle_of(v->source_mm, v->isocentre_mm, y, z));
        assert_near(geometry_pixel_mm(v, i), want, 1e-7);
        double far, obliquity;
        geometry_ray(v, i, &far, &obliquity);
        assert_near(obliquity, far / (i < 900 ? 5500 : 4030), 1e-12);
        assert_true(want > last);
        last = want;
    }
}

/* Rows name pixels whose place is the row's, and only real gaps have none. */
static void
check_rows(const struct geometry_view *v, bool gaps)
{
    double first;
    int rows = geometry_rows(v, &first), none = 0;
    float *source = test_malloc((size_t)rows * sizeof *source);
    double last = -1;

    geometry_row_source(v, source);
    for (int r = 0; r < rows; r++) {
        double mm = first + r * v->row_pitch_mm, i = source[r];
        if (isnan(source[r])) {
            none++;
            continue;
        }
        assert_true(i >= 0 && i <= v->pixels - 1 && i >= last);
        last = i;
        double pixel = fabs(geometry_pixel_mm(v, i + 0.5) - geometry_pixel_mm(v, i - 0.5));
        if (i > 0 && i < v->pixels - 1)
            assert_near(geometry_pixel_mm(v, i), mm, 1e-3 * pixel + 1e-4 * v->row_pitch_mm);
    }
    assert_true(rows > 100 && (gaps ? none > 10 : none == 0));
    assert_true(none < rows / 4);
    test_free(source);
}

static void
test_rows(void **state)
{
    (void)state;
    struct geometry g;
    read_ok(flat, &g);
    check_rows(&g.view[0], false);
    read_ok(ell, &g);
    check_rows(&g.view[0], true);
    g.view[0].arm[0].module_gap_mm = g.view[0].arm[1].module_gap_mm = 1; /* a fifth of a pixel */
    double before = geometry_pixel_mm(&g.view[0], 31), after = geometry_pixel_mm(&g.view[0], 32);
    assert_true(geometry_pixel_mm(&g.view[0], 31.5) > before);
    assert_true(geometry_pixel_mm(&g.view[0], 31.5) < after);
}

/* A gap that is seen from the middle of two pixels: half of its rows have no source. */
static void
test_gap_width(void **state)
{
    (void)state;
    struct geometry g;
    double first;
    read_ok(flat, &g);
    struct geometry_view *v = &g.view[0];
    v->arm[0].module_pixels = 256;
    v->arm[0].module_gap_mm = 20; /* 10 mm on the reference plane: 100 rows of 0.1 mm */
    v->row_pitch_mm = 0.1;
    int rows = geometry_rows(v, &first), none = 0;
    float *source = test_malloc((size_t)rows * sizeof *source);
    geometry_row_source(v, source);
    for (int r = 0; r < rows; r++)
        none += isnan(source[r]);
    assert_near(none, 100, 1);
    test_free(source);
}

static void
refuse(const char *source, const char *old, const char *new, const char *sentence)
{
    char changed[2000];
    struct text t;
    struct err e = {.text = ""};
    struct geometry g;
    const char *at = strstr(source, old);

    assert_non_null(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - source), source, new,
             at + strlen(old));
    assert_int_equal(text_parse(&t, "f", changed, strlen(changed), &e), 0);
    assert_int_equal(geometry_read(&t, t.root->first, &g, &e), -1);
    if (strstr(e.text, sentence) == NULL)
        fail_msg("'%s' does not say '%s'", e.text, sentence);
    text_free(&t);
}

static void
test_refused(void **state)
{
    (void)state;
    refuse(flat, "pixels 512", "pixels 0", "f:10: pixels: 0 is out of range");
    refuse(flat, "pixels 512", "pixels 9000", "f:10: pixels: 9000 is out of range");
    refuse(flat, "pitch_mm 1.25\n  }", "pitch_mm nan\n  }",
           "f:11: pitch_mm: 'nan' is not a number");
    refuse(flat, "pitch_mm 1.25\n  }", "pitch_nm 1.25\n  }", "did you mean 'pitch_mm'?");
    refuse(flat, "row_pitch_mm 0.7", "row_pitch_mm -1", "row_pitch_mm: -1 is out of range");
    refuse(flat, "row_pitch_mm 0.7", "row_pitch_mm 0.001", "image rows");
    refuse(flat, "to_mm 0 0 800", "to_mm 0 -320 800", "no direction");
    refuse(flat, "to_mm 0 0 800", "to_mm 3 0 800", "outside the plane of the fan");
    refuse(flat, "from_mm 0 -320 800\n   to_mm 0 0 800", "from_mm 0 0 800\n   to_mm 0 0 900",
           "points at the source");
    refuse(flat, "isocentre_mm 0 0 300", "isocentre_mm 5 0 300", "isocentre_mm is 5 mm outside");
    refuse(flat, "isocentre_mm 0 0 300", "isocentre_mm 0 0 -200", "is where the source is");
    refuse(flat, "isocentre_mm 0 0 300", "isocentre_mm 0 500 -150", "85 degrees");
    refuse(flat, "  arm {", "  leg {", "'arm { ... }' is missing");
    refuse(flat, " view {", " sight {", "'view { ... }' is missing");
    refuse(flat, "column_pitch_mm 1.25", "", "'column_pitch_mm' is missing");
    refuse(ell, "from_mm 10 2480 4530\n   to_mm 10 -2500 4530",
           "from_mm 10 -2480 4530\n   to_mm 10 2500 4530", "must follow each other");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flat_array),    cmocka_unit_test(test_point_and_magnification),
        cmocka_unit_test(test_ell_by_angles), cmocka_unit_test(test_rows),
        cmocka_unit_test(test_gap_width),     cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
