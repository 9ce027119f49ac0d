/* truth_test: the boxes of the ground truth against rays: what is hidden lies inside its box in
 * every view, and touches it above and below. */
#include "base/test.h"
#include "twin/sim_about.h"

static const char *const solids[] = {
    "box {\n material Fe\n size_mm 120 8 30\n rotate_deg 25 40 15\n}",
    "sphere {\n material Fe\n radius_mm 40\n}",
    "ellipsoid {\n material Fe\n radii_mm 60 10 25\n rotate_deg 50 10 70\n}",
    "cylinder {\n material Fe\n radius_mm 12\n height_mm 150\n rotate_deg 45 30 0\n}",
    "cone {\n material Fe\n radii_mm 30 5\n height_mm 90\n rotate_deg 70 20 10\n}",
    "torus {\n material Fe\n radius_mm 50\n tube_mm 6\n rotate_deg 60 20 0\n}",
    "mesh {\n material Fe\n file tetrahedron.stl\n scale 30\n rotate_deg 33 21 80\n}",
    "box {\n material Fe\n size_mm 150 4 4\n rotate_deg 0 0 45\n}\n"
    "box {\n material Fe\n size_mm 4 150 4\n rotate_deg 45 0 0\n}",
    "difference {\n material Fe\n cylinder {\n radius_mm 30\n height_mm 90\n rotate_deg 0 50 0\n}\n"
    "sphere {\n radius_mm 20\n}\n rotate_deg 20 0 40\n}",
};

/* Rays of the cabinet's two views and of one from above. */
#define VIEW(y_, z_, y0_, z0_, y1_, z1_)                                                           \
    {                                                                                              \
        .source_mm = {0, y_, z_}, .isocentre_mm = {0, 0, 210}, .row_pitch_mm = 1, .arms = 1,       \
        .pixels = 512, .arm[0] = {                                                                 \
            .from_mm = {0, y0_, z0_},                                                              \
            .to_mm = {0, y1_, z1_},                                                                \
            .pixels = 512,                                                                         \
            .pitch_mm = 1.5                                                                        \
        }                                                                                          \
    }
static const struct geometry_view views[] = {VIEW(-430, -160, -335, 520, 440, 520),
                                             VIEW(900, 180, -430, -255, -430, 520),
                                             VIEW(10, 1200, -400, -100, 400, -100)};

static struct scene *
scene_of(const char *solid, double y, double z)
{
    char text[800];
    struct text t;
    struct scene *s = NULL;
    struct err e;
    int n = snprintf(text, sizeof text,
                     "scene \"x\" {\n group \"hidden\" {\n threat knife\n at_mm 30 %g %g\n "
                     "rotate_deg 10 20 30\n%s\n}\n}\n",
                     y, z, solid);

    if (text_parse(&t, "x", text, (size_t)n, &e) != 0 || scene_parse(&t, "examples", &s, &e) != 0)
        fail_msg("%s", e.text);
    text_free(&t);
    return s;
}

/* Does any ray of the fan at this row meet the thing, at any place along the belt? */
static bool
hit(const struct scene *s, const struct geometry_view *v, double row_mm, double pitch_mm)
{
    const struct scene_truth *t = scene_truth(s, 0);
    double d[2] = {v->isocentre_mm[1] - v->source_mm[1], v->isocentre_mm[2] - v->source_mm[2]};
    double length = sqrt(d[0] * d[0] + d[1] * d[1]), row[3], from[3], to[3], mm, along[3] = {0};
    struct scene_path path;

    /* which way rows run is the geometry's own affair */
    along[1] = v->isocentre_mm[1] - d[1] / length;
    along[2] = v->isocentre_mm[2] + d[0] / length;
    assert_true(geometry_point_mm(v, along, &mm, NULL));
    row[1] = v->isocentre_mm[1] - row_mm / mm * d[1] / length;
    row[2] = v->isocentre_mm[2] + row_mm / mm * d[0] / length;
    for (double x = t->low_mm[0]; x <= t->high_mm[0]; x += pitch_mm) {
        from[0] = to[0] = x;
        for (int k = 1; k < 3; k++) {
            from[k] = v->source_mm[k];
            to[k] = v->source_mm[k] + 3 * (row[k] - v->source_mm[k]);
        }
        scene_trace(s, from, to, &path);
        if (path.n > 0)
            return true;
    }
    return false;
}

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof solids / sizeof *solids; i++)
        for (int k = 0; k < 3; k++) {
            struct scene *s = scene_of(solids[i], 100 - 70 * k, 120 + 90 * k);
            for (size_t v = 0; v < sizeof views / sizeof *views; v++) {
                double row[2];
                sim_about_rows(s, 0, &views[v], row);
                assert_true(row[1] - row[0] > 1);
                assert_true(hit(s, &views[v], row[0] + 0.25, 0.05)); /* touches: tight */
                assert_true(hit(s, &views[v], row[1] - 0.25, 0.05));
                for (int n = 0; n < 20; n++) { /* nothing beyond */
                    assert_false(hit(s, &views[v], row[0] - 0.01 - n * n, 0.5));
                    assert_false(hit(s, &views[v], row[1] + 0.01 + n * n, 0.5));
                }
            }
            scene_free(s);
        }
}

/* The bounds of a sphere, seen across their corners, are much wider than the sphere. */
static void
test_bounds_are_not_tight(void **state)
{
    (void)state;
    struct scene *s = scene_of(solids[1], 0, 210);
    const struct scene_truth *t = scene_truth(s, 0);
    double row[2], low = 1e9, high = -1e9;

    sim_about_rows(s, 0, &views[0], row);
    for (int corner = 0; corner < 4; corner++) {
        double mm, p[3] = {0, (corner & 1 ? t->high_mm : t->low_mm)[1],
                           (corner & 2 ? t->high_mm : t->low_mm)[2]};
        assert_true(geometry_point_mm(&views[0], p, &mm, NULL));
        low = fmin(low, mm);
        high = fmax(high, mm);
    }
    assert_true(row[0] >= low && row[1] <= high);
    assert_true(row[1] - row[0] < 0.8 * (high - low));
    scene_free(s);
}

static void
test_behind_the_source(void **state)
{
    (void)state;
    struct scene *s = scene_of(solids[1], views[0].source_mm[1], views[0].source_mm[2]);
    double row[2];

    sim_about_rows(s, 0, &views[0], row);
    assert_true(row[1] - row[0] > 100 && isfinite(row[0]) && isfinite(row[1]));
    scene_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_bounds_are_not_tight),
        cmocka_unit_test(test_behind_the_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
