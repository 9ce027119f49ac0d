/* Tests of disc: a disc of known place and hardening is found, anything else is refused. */
#include "ct/disc_test.h"

static void
disc_is_found(void **state)
{
    static struct scan s;
    (void)state;

    for (int k = 0; k < COUNT(geometries); k++)
        for (int arc = 30; arc <= 360; arc += 110) {
            struct ct_disc d;
            struct err e;
            scan_make(&s, &geometries[k], 60, 0.4, arc * NUM_PI / 180, COUNT(holes),
                      material.noise);
            if (ct_disc_find(&s.g, s.view, s.n, s.row, &d, &e) != 0)
                fail_msg("%s", e.text);
            assert_near(d.x_mm, body.x_mm, arc == 30 ? 0.1 : 0.03);
            assert_near(d.y_mm, body.y_mm, arc == 30 ? 0.1 : 0.03);
            assert_near(d.radius_mm, body.radius_mm, 0.05);
            assert_near(d.air, material.air, 0.001);
            assert_near(d.noise / material.noise, 1, 0.05);
            for (double length = 12; length < 40; length += 5)
                assert_near((d.slope + d.bend * length) * length,
                            (material.slope + material.bend * length) * length, 0.01);
        }
}

static void
distance_and_length_are_those_of_the_disc(void **state)
{
    struct ct_disc d = material;
    (void)state;

    d.x_mm = body.x_mm;
    d.y_mm = body.y_mm;
    d.radius_mm = body.radius_mm;
    for (int k = 0; k < COUNT(geometries); k++)
        for (int c = 0; c < COLS; c += 13) {
            struct ct_view v = {.angle_rad = 0.1 * c, .good = true};
            double got = ct_disc_distance_mm(&d, &geometries[k], &v, c);
            assert_near(fabs(got),
                        distance_from_ray(&geometries[k], v.angle_rad, c, d.x_mm, d.y_mm), 1e-9);
        }
    for (double length = 0; length < 60; length += 7) {
        double per_mm, a = d.air + (d.slope + d.bend * length) * length;
        assert_near(ct_disc_length_mm(&d, a, &per_mm), length, 1e-9);
        assert_near(per_mm, d.slope + 2 * d.bend * length, 1e-9);
    }
    double per_mm;
    assert_near(ct_disc_length_mm(&d, 1e6, &per_mm), 2 * d.radius_mm, 1e-9);
    assert_near(per_mm, d.slope / 3, 1e-9);
    assert_near(ct_disc_length_mm(&d, -1, &per_mm), 0, 0);
}

static void
refused(struct scan *s, const char *why)
{
    struct ct_disc d;
    struct err e;

    assert_int_equal(ct_disc_find(&s->g, s->view, s->n, s->row, &d, &e), -1);
    if (strstr(e.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", e.text, why);
}

/* A square of 40 mm in place of the disc, seen from two directions in turn. */
static void
make_square(struct scan *s)
{
    for (int32_t v = 0; v < s->n; v++)
        for (int32_t c = 0; c < COLS; c++) {
            double u = (c - s->g.axis_col) * s->g.pitch_mm, a = s->view[v].angle_rad;
            double co = fabs(cos(a)), si = fabs(sin(a)), big = co > si ? co : si;
            double wide = 20 * (co + si), flat = 20 * fabs(co - si), past = fabs(u) - flat;
            double chord = fabs(u) > wide ? 0 : 40 / big;
            chord *= past > 0 ? 1 - past / (wide - flat + 1e-9) : 1;
            s->row[v * COLS + c] = (float)(0.04 * (chord < 0 ? 0 : chord));
        }
}

static void
what_is_no_disc_is_refused(void **state)
{
    static struct scan s;
    struct ct_geometry cut = geometries[2];
    (void)state;

    scan_make(&s, &geometries[2], 40, 0, 3, 0, 0.004);
    s.g.beam = CT_CONE;
    refused(&s, "cone");
    s.g.beam = CT_PARALLEL;
    s.g.tilt_rad = 0.01;
    refused(&s, "tilted");
    s.g.tilt_rad = 0;
    s.n = 3; /* one is lost */
    s.view[1].good = false;
    refused(&s, "2 good views");
    scan_make(&s, &geometries[2], 40, 0, 3, 0, 0.004);
    memset(s.row, 0, sizeof s.row);
    refused(&s, "air on both sides");
    make_square(&s);
    refused(&s, "not round");
    cut.axis_col = 40;
    scan_make(&s, &cut, 40, 0, 3, 0, 0.004);
    refused(&s, "air on both sides");
    scan_make(&s, &geometries[2], 40, 0, 3, 0, 0.004);
    for (int32_t i = 0; i < 40 * COLS; i++) /* round, but hollow: a tube */
        s.row[i] = s.row[i] > 0.7f ? 0.3f : s.row[i];
    refused(&s, "no disc of one material");
    scan_make(&s, &geometries[2], 40, 0, 3, 0, 0.004);
    s.row[5 * COLS + 80] = NAN;
    refused(&s, "not a number");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(disc_is_found),
        cmocka_unit_test(distance_and_length_are_those_of_the_disc),
        cmocka_unit_test(what_is_no_disc_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
