/* transport_test: the twin's signals against sums that are written out here. */
#include "twin/bench_test.h"
#include "twin/transport.h"

/* Mean and variance behind mm of a material, all energies of the spectrum, in plain doubles. */
static void
closed_form(const struct scanner *s, int energy, const struct material *m, double mm,
            double obliquity, double *mean, double *square)
{
    const struct scanner_channel *c = &s->channel[s->source.interlaced ? energy : 0];
    double d, passed;

    *mean = *square = 0;
    for (int i = 0; i < c->spectrum.n; i++) {
        double kev = c->spectrum.kev[i];
        double t = exp(-material_mu_total(m, kev) * m->density_g_cm3 * mm / 10);
        response_photon(&s->channel[energy].response, kev, obliquity, &d, &passed);
        *mean += c->spectrum.photons[i] * t * d;
        *square += c->spectrum.photons[i] * t *
                   response_square(&s->channel[energy].response, kev, obliquity);
    }
}

static void
run_at(const struct scanner *s, const struct scene *scene, double belt_mm, int pixel,
       double mean[2], double square[2])
{
    struct transport *t = transport_new(s, scene, NULL);
    float *kev[2] = {0}, *sq[2] = {0};

    for (int k = 0; k < s->energies; k++) {
        kev[k] = calloc((size_t)s->geometry.view[0].pixels, sizeof(float));
        sq[k] = calloc((size_t)s->geometry.view[0].pixels, sizeof(float));
    }
    struct pixels_pose pose = pixels_rest(belt_mm);
    transport_run(t, 0, &pose, 0, pixel, pixel + 1, kev, sq);
    for (int k = 0; k < s->energies; k++) {
        mean[k] = (double)kev[k][pixel] / transport_air(t, 0, k, pixel);
        square[k] = (double)sq[k][pixel] / transport_air_square(t, 0, k, pixel);
        free(kev[k]);
        free(sq[k]);
    }
    transport_free(t);
}

/* A plate of `mm` across the beam of the middle pixel. */
static struct scene *
plate(const char *material, double mm)
{
    char text[300];
    snprintf(text, sizeof text,
             "scene \"plate\" {\nbox {\nmaterial %s\nsize_mm 50 %.6f 200\n}\n}\n", material, mm);
    return bench_scene(text);
}

static void
check_slab(struct scanner *s, const char *name, double g_cm2, double tolerance)
{
    double mean[2], square[2], m0, s0, m1, s1, distance, obliquity;
    struct material m;
    struct err e;
    int pixel = s->geometry.view[0].pixels / 2;

    if (material_find(name, &m, &e) != 0)
        fail_msg("%s", e.text);
    geometry_ray(&s->geometry.view[0], pixel, &distance, &obliquity);
    double mm = g_cm2 * 10 / m.density_g_cm3;
    struct scene *scene = plate(name, mm);
    run_at(s, scene, 0, pixel, mean, square);
    for (int k = 0; k < s->energies; k++) {
        closed_form(s, k, &m, 0, obliquity, &m0, &s0);
        closed_form(s, k, &m, mm * obliquity, obliquity, &m1, &s1);
        double want = -log(m1 / m0), got = -log(mean[k]);
        if (want < 12)
            assert_near(got / want, 1, tolerance);
        if (want < 12)
            assert_near(log(square[k] * s0 / s1), 0, 16 * tolerance);
    }
    scene_free(scene);
}

static void
test_slabs(void **state)
{
    (void)state;
    static const char *const names[] = {"C2H4@0.95", "Al", "Fe", "Sn", "Pb"};
    struct scanner *s = bench_scanner("all");
    s->bins = SPECTRUM_BINS_MAX; /* nothing merged: only rounding is left */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (double t = 0.3; t < 40; t *= 8)
            check_slab(s, names[i], t, 2e-5);
    scanner_free(s);
}

/* What merging of energy bins costs, with the bins that the shipped cabinet uses. */
static void
test_merged_bins(void **state)
{
    (void)state;
    static const char *const names[] = {"C2H4@0.95", "Al", "Fe", "Sn", "Pb"};
    struct scanner *s = bench_scanner("all");
    s->bins = 64;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (double t = 0.3; t < 40; t *= 8)
            check_slab(s, names[i], t, 2e-3);
    scanner_free(s);
}

/* The portal with its own bins, from light to 230 g/cm2, Z 1 to 92. */
static void
test_portal_slabs(void **state)
{
    (void)state;
    static const char *const names[] = {"C2H4@0.95", "Fe", "W", "U"};
    struct scanner *s;
    struct err e;
    if (scanner_load("etc/scanners/portal.scanner", &s, &e) != 0 ||
        scanner_without(s, "all", &e) != 0)
        fail_msg("%s", e.text);
    s->geometry.view[0].source_mm[2] = 2000; /* looks at the middle of the plate */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct scanner near = *s;
        near.geometry.view[0].arms = 1;
        near.geometry.view[0].arm[0] = (struct geometry_arm){
            .from_mm = {0, 2460, 1990}, .to_mm = {0, 2460, 2010}, .pixels = 2, .pitch_mm = 3};
        near.geometry.view[0].pixels = 2;
        near.geometry.view[0].isocentre_mm[2] = near.geometry.view[0].source_mm[2] = 0;
        near.geometry.view[0].arm[0].from_mm[2] = -3;
        near.geometry.view[0].arm[0].to_mm[2] = 3;
        for (double t = 2; t < 240; t *= 10.7)
            check_slab(&near, names[i], t, 2e-3);
    }
    scanner_free(s);
}

/* Half a pixel behind an edge receives half the light: sub-rays share the aperture. */
static void
test_edge(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("all");
    s->on[EFFECT_BLUR] = true;
    s->source.focal_mm[0] = s->source.focal_mm[1] = 0;
    s->source.pulsed = true; /* no motion */
    s->source.pulses_hz = 250;
    s->channel[0].charge = 1;
    struct scene *scene =
        bench_scene("scene \"edge\" {\nbox {\nmaterial W\nsize_mm 50 50 400\n}\n}\n");
    double mean[2], square[2];
    run_at(s, scene, 25, 48, mean, square); /* its trailing face lies in the fan */
    assert_near(mean[1], 0.5, 1e-3);
    run_at(s, scene, 24, 48, mean, square);
    assert_true(mean[1] < 1e-6);
    run_at(s, scene, 26, 48, mean, square);
    assert_near(mean[1], 1, 1e-6);
    scene_free(scene);
    scanner_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slabs),
        cmocka_unit_test(test_merged_bins),
        cmocka_unit_test(test_portal_slabs),
        cmocka_unit_test(test_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
