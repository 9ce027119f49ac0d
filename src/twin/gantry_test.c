/* gantry_test: scans of turning machines against chords and projections written out here, and what
 * only a gantry can do wrong. */
#include "base/hash.h"
#include "stage/ct.h"
#include "twin/bench_test.h"
#include "twin/detector.h"
#include "twin/transport.h"

static const char head_text[] = "scanner \"turning bench\" {\n"
                                "    gantry {\n"
                                "        geometry cone {\n"
                                "            source_mm 300\n"
                                "            detector_mm 500\n"
                                "            axis_row 7.2\n"
                                "            row_pixel_mm 1.5\n";
static const char tail_text[] = "        rows 16\n"
                                "        turns_s 2\n"
                                "        axis_mm 50\n"
                                "        wobble_deg 0.05\n"
                                "        wobble_mm 0.2\n"
                                "        flash_over 0.02\n"
                                "        flash_ms 20\n"
                                "    }\n"
                                "    source {\n"
                                "        spectrum {\n"
                                "            tube_kv 160\n"
                                "            filter Al 3\n"
                                "        }\n"
                                "        current_ma 2\n"
                                "        focal_mm 0.5 0.5\n"
                                "        jitter 0.01\n"
                                "        monitor_noise 0.002\n"
                                "    }\n"
                                "    detector {\n"
                                "        aperture_mm 1.4\n"
                                "        response low {\n"
                                "            scintillator CsI@4.51 0.4\n"
                                "        }\n"
                                "        response high {\n"
                                "            filter CsI@4.51 0.4\n"
                                "            filter Cu 0.6\n"
                                "            scintillator CsI@4.51 4\n"
                                "        }\n"
                                "        air_counts 500000\n"
                                "        electronic_counts 20\n"
                                "        offset_counts 1000\n"
                                "        offset_spread 0.1\n"
                                "        dark_counts_s 20000\n"
                                "        gain_spread 0.05\n"
                                "        gain_per_c 0.002\n"
                                "        gain_per_day_spread 0.001\n"
                                "        dead 0.03\n"
                                "        hot 0.03\n"
                                "        drifting 0.03\n"
                                "        crosstalk 0.02\n"
                                "        lag 0.02 8\n"
                                "    }\n"
                                "    belt {\n"
                                "        speed_mm_s 10\n"
                                "        variation 0.02\n"
                                "        encoder_mm 0.1\n"
                                "        lost 0.02\n"
                                "        doubled 0.02\n"
                                "        lead_mm 3\n"
                                "    }\n"
                                "    transport {\n"
                                "        bins 24\n"
                                "        samples 2 2\n"
                                "    }\n"
                                "}\n";

/* shape: the rest of the geometry block, and what belongs to the columns. */
static struct scanner *
turning(const char *shape, const char *without)
{
    struct scanner *s = NULL;
    char text[4000];
    struct text t;
    struct err e = {.text = ""};

    snprintf(text, sizeof text, "%s%s%s", head_text, shape, tail_text);
    if (text_parse(&t, "turning", text, strlen(text), &e) != 0 ||
        scanner_parse(&t, text, ".", &s, &e) != 0 || scanner_without(s, without, &e) != 0)
        fail_msg("%s", e.text);
    text_free(&t);
    return s;
}

static const char curved[] = "pixel_mm 2\ndetector curved\naxis_pixel 39.25\n}\n"
                             "cols 80\nviews_turn 60\nmodule_cols 16\n";
static const char flat[] = "pixel_mm 2\ndetector flat\naxis_pixel 39.25\ntilt_deg 1.5\n}\n"
                           "cols 80\nviews_turn 60\n";

static void
one_energy(struct scanner *s, double kev)
{
    for (int k = 0; k < 2; k++) {
        s->channel[k].spectrum.n = 1;
        s->channel[k].spectrum.kev[0] = kev;
        s->channel[k].spectrum.photons[0] = 1e5;
    }
}

static const struct sim_options item_scan = {
    .kind = SIM_ITEM, .seed = 5, .machine = 7, .celsius = 25, .exact = true};

/* Chord of a cylinder about the axis, 2 sqrt(r^2 - (R sin g)^2), longer by 1/cos of the elevation.
 */
static double
chord(const struct ct_geometry *g, int row, int col, double radius)
{
    double along = (col - g->axis_col) * g->pitch_mm,
           across = (row - g->axis_row) * g->row_pitch_mm;
    double u = along * cos(g->tilt_rad) - across * sin(g->tilt_rad);
    double w = along * sin(g->tilt_rad) + across * cos(g->tilt_rad);
    double fan = g->curved ? u / g->detector_mm : atan(u / g->detector_mm);
    double in_plane = g->curved ? g->detector_mm : hypot(g->detector_mm, u);
    double from_axis = g->source_mm * sin(fan);
    double square = radius * radius - from_axis * from_axis;

    return square > 0 ? 2 * sqrt(square) * hypot(in_plane, w) / in_plane : 0;
}

static void
check_cylinder(const char *shape)
{
    struct scanner *s = turning(shape, "all");
    struct scene *scene = bench_scene("scene \"rod\" {\ncylinder {\nmaterial water\nradius_mm 30\n"
                                      "height_mm 200\nat_mm 0 0 50\nrotate_deg 0 90 0\n}\n}\n");
    struct sim_options o = item_scan;
    const struct ct_geometry *g = &s->gantry.geometry;
    int inside = 0, outside = 0;

    s->belt.speed_mm_s = 0;
    one_energy(s, 80);
    struct tape *t = bench_scan(s, scene, &o, 2);
    const struct material *water = scene_material(scene, 0);
    double mu = material_mu_total(water, 80) * water->density_g_cm3 / 10;
    for (int k = 0; k < 2; k++) {
        int exact = tape_find(t, Q_ATTENUATION, 0, k), counts = tape_find(t, Q_COUNTS, 0, k);
        assert_int_equal(tape_mark(t, exact), 60);
        assert_int_equal(tape_plane(t, counts)->lattice, LATTICE_PROJ);
        assert_int_equal(tape_plane(t, counts)->rows, 16);
        assert_int_equal(tape_plane(t, counts)->cols, 80);
        for (int32_t l = 0; l < 60; l++) {
            const float *a = tape_read(t, exact, l);
            for (int p = 0; p < 1280; p++) {
                double want = mu * chord(g, p / 80, p % 80, 30);
                assert_near(a[p], want, 1e-3 * want + 2e-6);
                inside += want > 0;
                outside += want <= 0;
            }
        }
    }
    assert_true(inside > 10000 && outside > 10000);
    tape_free(t);
    scene_free(scene);
    scanner_free(s);
}

static void
test_cylinder(void **state)
{
    (void)state;
    check_cylinder(curved);
    check_cylinder(flat);
}

static double
number_in(const char *about, const char *word, int which)
{
    const char *at = strstr(about, word);
    double value = NAN;

    assert_non_null(at);
    at += strlen(word);
    for (int i = 0; i <= which; i++) {
        char *end;
        value = strtod(at, &end);
        assert_true(end != at);
        at = end;
    }
    return value;
}

/* Centre of mass of the attenuation of one line; false where it touches an edge. */
static bool
shadow(const float *a, double *col, double *row)
{
    double sum = 0, c = 0, r = 0;

    for (int p = 0; p < 1280; p++) {
        if (a[p] > 1e-5f && (p / 80 == 0 || p / 80 == 15 || p % 80 == 0 || p % 80 == 79))
            return false;
        sum += (double)a[p];
        c += (double)a[p] * (p % 80);
        r += (double)a[p] * (p / 80);
    }
    *col = c / sum;
    *row = r / sum;
    return sum > 0.1;
}

/* A bead off the axis on a moving belt: its shadow is where ct_project says, with the poses as the
 * machine believes them and the bead at the z that the tape's text gives. */
static void
check_bead(const char *shape)
{
    struct scanner *s = turning(shape, "all");
    struct scene *scene =
        bench_scene("scene \"bead\" {\ngroup \"bead\" {\nthreat test\nsphere {\nmaterial Al\n"
                    "radius_mm 2\nat_mm 12 -31 67\n}\n}\n}\n");
    struct sim_options o = item_scan;
    struct ct_geometry g;
    struct err e = {.text = ""};
    int seen = 0;

    struct tape *t = bench_scan(s, scene, &o, 2);
    int exact = tape_find(t, Q_ATTENUATION, 0, 0);
    if (ct_from_about(tape_about(t), 16, 80, &g, &e) != 0)
        fail_msg("%s", e.text);
    assert_memory_equal(&g, &s->gantry.geometry, sizeof g);
    double origin = number_in(tape_about(t), "origin_mm ", 0);
    const double bead[3] = {-31, 17, origin - 12}; /* x = y, y = z - 50, z against the belt */
    for (int i = 0; i < 6; i++)
        assert_near(number_in(tape_about(t), "volume ", i), bead[i / 2] + (i % 2 ? 2 : -2), 0.06);
    for (int32_t l = 0; l < tape_mark(t, exact); l++) {
        const struct pose *p = tape_read(t, 0, l);
        struct ct_view view = {(double)p->gantry_rad, (double)p->belt_mm, true};
        double col, row, want_col, want_row;
        if (!shadow(tape_read(t, exact, l), &col, &row))
            continue;
        assert_true(ct_project(&g, &view, bead, &want_col, &want_row));
        assert_near(col, want_col, 0.2);
        assert_near(row, want_row, 0.2);
        seen++;
    }
    assert_true(seen > 40);
    tape_free(t);
    scene_free(scene);
    scanner_free(s);
}

static void
test_bead(void **state)
{
    (void)state;
    check_bead(curved);
    check_bead(flat);
}

/* Everything of a tape as one number. */
static void
hash_tape(const struct tape *t, uint8_t out[HASH_BYTES])
{
    struct hash *h = hash_new();

    for (int i = 0; i < tape_planes(t); i++) {
        assert_true(tape_sealed(t, i) && tape_mark(t, i) > 50);
        for (int32_t l = 0; l < tape_mark(t, i); l++)
            hash_add(h, tape_read(t, i, l), tape_line_bytes(t, i));
    }
    hash_end(h, out);
}

static const char rod[] = "scene \"rod\" {\ncylinder {\nmaterial water\nradius_mm 25\n"
                          "height_mm 6\nat_mm 0 3 50\nrotate_deg 0 90 0\n}\n}\n";

static void
test_same_bits(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 5, 1};
    struct scanner *s = turning(curved, "");
    struct scene *scene = bench_scene(rod);
    uint8_t hash[4][HASH_BYTES];

    for (int i = 0; i < 4; i++) {
        struct sim_options o = item_scan;
        o.machine += i == 3; /* negative control: another machine wobbles otherwise */
        struct tape *t = bench_scan(s, scene, &o, threads[i]);
        hash_tape(t, hash[i]);
        tape_free(t);
    }
    assert_memory_equal(hash[0], hash[1], HASH_BYTES);
    assert_memory_equal(hash[0], hash[2], HASH_BYTES);
    assert_memory_not_equal(hash[0], hash[3], HASH_BYTES);
    scene_free(scene);
    scanner_free(s);
}

/* Mean distance of the exact attenuation of two scans of the same lines. */
static double
difference(const struct tape *a, const struct tape *b)
{
    int plane = tape_find(a, Q_ATTENUATION, 0, 1);
    double sum = 0;

    assert_int_equal(tape_mark(a, plane), tape_mark(b, plane));
    for (int32_t l = 0; l < tape_mark(a, plane); l++) {
        const float *x = tape_read(a, plane, l), *y = tape_read(b, plane, l);
        for (int p = 0; p < 1280; p++)
            sum += fabs((double)x[p] - (double)y[p]) / 1280 / tape_mark(a, plane);
    }
    return sum;
}

/* Blur from neighbouring rays comes nearer to that of 64 sub-rays than none, few sub-rays more so.
 */
static void
test_blur(void **state)
{
    (void)state;
    static const int samples[] = {1, 1, 2, 8};
    struct scene *scene =
        bench_scene("scene \"egg\" {\nellipsoid {\nmaterial water\nradii_mm 4 16 9\n"
                    "at_mm 0 13 50\n}\n}\n");
    struct tape *t[4];
    struct sim_options o = item_scan;

    for (int i = 0; i < 4; i++) { /* sharp; from neighbours; sub-rays, few and many */
        struct scanner *s = turning(curved, "all");
        s->belt.speed_mm_s = 0;
        s->gantry.views_turn = 180;
        s->on[EFFECT_BLUR] = i > 0;
        s->samples[0] = s->samples[1] = samples[i];
        t[i] = bench_scan(s, scene, &o, 2);
        scanner_free(s);
    }
    double sharp = difference(t[0], t[3]), soft = difference(t[1], t[3]);
    double few = difference(t[2], t[3]);
    if (!(few > 0 && few < 0.4 * sharp && soft < 0.75 * sharp))
        fail_msg("from 64 sub-rays differ: no blur %g, neighbours %g, four sub-rays %g", sharp,
                 soft, few);
    for (int i = 0; i < 4; i++)
        tape_free(t[i]);
    scene_free(scene);
}

/* The wobble moves the rays, not what the encoder says, and is the same on every turn. */
static void
test_wobble(void **state)
{
    (void)state;
    struct scanner *s = turning(curved, "all");
    struct scene *scene = bench_scene(rod);
    struct sim_options o = item_scan;
    double square = 0, shift = 0;

    struct tape *still = bench_scan(s, scene, &o, 2);
    s->on[EFFECT_WOBBLE] = true;
    struct tape *moved = bench_scan(s, scene, &o, 2);
    assert_true(difference(still, moved) > 1e-4);
    for (int32_t l = 0; l < tape_mark(still, 0); l++)
        assert_memory_equal(tape_read(still, 0, l), tape_read(moved, 0, l), sizeof(struct pose));
    for (int i = 0; i < 60; i++) {
        struct gantry_turn once = gantry_turn(s, 3, i), again = gantry_turn(s, 3, i + 60);
        assert_near(again.believed_rad - once.believed_rad, 2 * M_PI, 1e-9);
        assert_true(again.true_rad == once.true_rad);
        assert_true(again.centre_mm[0] == once.centre_mm[0]);
        double off = once.true_rad - once.believed_rad;
        square += off * off / 60;
        shift += once.centre_mm[1] * once.centre_mm[1] / 60;
    }
    assert_near(sqrt(square), 0.05 * M_PI / 180, 1e-6); /* rms over a turn, as the file says */
    assert_near(sqrt(shift), 0.2, 1e-4);
    tape_free(still);
    tape_free(moved);
    scene_free(scene);
    scanner_free(s);
}

/* Views without light are flagged, as many as the file's figures give, and the others are not. */
static void
test_flash_over(void **state)
{
    (void)state;
    struct scanner *s = turning(curved, "all");
    struct sim_options o = {.kind = SIM_AIR, .seed = 2, .machine = 1, .celsius = 25, .lines = 3000};
    int lost = 0, runs = 0;
    bool before = false;

    s->on[EFFECT_FLASH_OVER] = true;
    struct tape *t = bench_scan(s, NULL, &o, 2);
    int plane = tape_find(t, Q_COUNTS, 0, 0);
    for (int32_t l = 0; l < 3000; l++) {
        const struct pose *p = tape_read(t, 0, l);
        uint32_t count = ((const uint32_t *)tape_read(t, plane, l))[645];
        bool missing = (p->flags & POSE_MISSING) != 0;
        assert_true(missing == (p->dose < 0.1f));
        assert_near(count, 497000 * (double)p->dose, 20000); /* partly lit views say so */
        lost += missing;
        runs += missing && !before;
        before = missing;
    }
    /* a view lasts 8.33 ms, an arc 20: at least one view is dark in all, two mostly */
    assert_near(runs, 3000 * 0.02, 25);
    assert_near((double)lost / runs, 1.5, 0.5);
    tape_free(t);
    scanner_free(s);
}

/* Variance of the counts in air = g^2 sum N(E) q2(E) + electronic^2 + 1/12, pixel by pixel. */
static void
test_noise(void **state)
{
    (void)state;
    struct scanner *s = turning(curved, "all");
    struct sim_options o = {.kind = SIM_AIR, .seed = 3, .machine = 1, .celsius = 25, .lines = 400};

    s->on[EFFECT_QUANTUM] = s->on[EFFECT_ELECTRONIC] = s->on[EFFECT_DARK] = true;
    struct tape *t = bench_scan(s, NULL, &o, 2);
    struct transport *beam = transport_new(s, NULL, NULL);
    for (int k = 0; k < 2; k++) {
        int plane = tape_find(t, Q_COUNTS, 0, k);
        double gain = 500000 / transport_air_max(beam, 0, k), ratio = 0;
        for (int p = 0; p < 1280; p++) {
            double sum = 0, sum2 = 0;
            double want = gain * gain * transport_air_square(beam, 0, k, p) + 400 + 1.0 / 12;
            for (int32_t l = 0; l < 400; l++) {
                double x = ((const uint32_t *)tape_read(t, plane, l))[p];
                sum += x / 400;
                sum2 += x * x / 400;
            }
            ratio += (sum2 - sum * sum) * 400 / 399 / want / 1280;
        }
        assert_near(ratio, 1, 0.01); /* 512,000 samples: statistics alone allow 0.2 % */
    }
    transport_free(beam);
    tape_free(t);
    scanner_free(s);
}

static void
refused(const char *shape, const char *why)
{
    struct scanner *s = NULL;
    char text[4000];
    struct text t;
    struct err e = {.text = ""};

    snprintf(text, sizeof text, "%s%s%s", head_text, shape, tail_text);
    if (text_parse(&t, "turning", text, strlen(text), &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(scanner_parse(&t, text, ".", &s, &e), -1);
    if (strstr(e.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", e.text, why);
    text_free(&t);
}

static void
test_refused(void **state)
{
    (void)state;
    struct scanner *s = turning(curved, "all");
    struct ct_geometry g;
    struct sim *sim = NULL;
    struct sim_options o = {.kind = SIM_AIR, .turns = 2};
    struct err e;

    refused("pixel_mm 2\n}\ncols 80\n", "views_turn");
    refused("pixel_mm 2\n}\ncols 8000000\nviews_turn 60\n", "cols");
    refused("pixel_mm 2\n}\nrows 3\ncols 80\nviews_turn 60\n", "given twice");
    refused("pixel_mm 30\ndetector curved\n}\ncols 80\nviews_turn 60\n", "times detector_mm");
    refused("pixel_mm 2\naxis_pixel 9000\n}\ncols 80\nviews_turn 60\n", "times detector_mm");
    assert_int_equal(sim_open(s, NULL, &o, NULL, &sim, &e), -1);
    assert_non_null(strstr(e.text, "at rest"));
    assert_int_equal(ct_from_about("scanner x {\n}\n", 1, 1, &g, &e), -1);
    assert_int_equal(ct_from_about(s->source_text, 16, 81, &g, &e), -1);
    assert_non_null(strstr(e.text, "the lines of the tape have 81"));
    scanner_free(s);
}

/* What an import writes is read by the same function. */
static void
test_import(void **state)
{
    (void)state;
    struct ct_geometry g;
    struct err e = {.text = ""};

    if (ct_from_about("import \"x\" {\ngeometry fan {\npixel_mm 0.5\nsource_mm 400\n"
                      "detector_mm 700\n}\n}\n",
                      1, 560, &g, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(g.beam, CT_FAN);
    assert_int_equal(g.cols, 560);
    assert_near(g.axis_col, 279.5, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cylinder), cmocka_unit_test(test_blur),
        cmocka_unit_test(test_bead),     cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_wobble),   cmocka_unit_test(test_flash_over),
        cmocka_unit_test(test_noise),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_import),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
