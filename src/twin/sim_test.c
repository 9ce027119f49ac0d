/* sim_test: whole scans: same bits with any threads, the noise that photons owe, and every effect
 * visible when on and absent when off. */
#include "base/hash.h"
#include "twin/bench_test.h"
#include "twin/detector.h"
#include "twin/transport.h"

static const struct sim_options item_scan = {
    .kind = SIM_ITEM, .seed = 11, .machine = 7, .celsius = 25};

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

static void
test_same_bits(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 5};
    struct scanner *s = bench_scanner("");
    struct scene *scene = bench_scene(bench_slab);
    uint8_t hash[4][HASH_BYTES];
    for (int i = 0; i < 4; i++) {
        struct sim_options o = item_scan;
        o.seed += i == 3; /* negative control */
        struct tape *t = bench_scan(s, scene, &o, i == 3 ? 1 : threads[i]);
        hash_tape(t, hash[i]);
        tape_free(t);
    }
    assert_memory_equal(hash[0], hash[1], HASH_BYTES);
    assert_memory_equal(hash[0], hash[2], HASH_BYTES);
    assert_memory_not_equal(hash[0], hash[3], HASH_BYTES);
    scene_free(scene);
    scanner_free(s);
}

static void
statistics(const struct tape *t, int plane, int pixel, int32_t first, int32_t end, double *mean,
           double *variance)
{
    double sum = 0, sum2 = 0, n = end - first;
    for (int32_t l = first; l < end; l++) {
        double x = ((const uint32_t *)tape_read(t, plane, l))[pixel];
        sum += x / n;
        sum2 += x * x / n;
    }
    *mean = sum;
    *variance = (sum2 - sum * sum) * n / (n - 1);
}

/* Variance of the counts = g^2 sum N(E) q2(E) + electronic^2 + 1/12, in air and behind plates. */
static void
test_noise(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("all");
    struct sim_options o = {
        .kind = SIM_WEDGE, .seed = 3, .machine = 1, .celsius = 25, .lines = 600, .steps = 2};
    struct err e;
    assert_int_equal(material_find("Al", &o.wedge, &e), 0);
    o.step_g_cm2[0] = 3;
    o.step_g_cm2[1] = 12;
    s->on[EFFECT_QUANTUM] = s->on[EFFECT_ELECTRONIC] = s->on[EFFECT_DARK] = true;
    struct tape *t = bench_scan(s, NULL, &o, 2);
    struct transport *beam = transport_new(s, NULL, &o.wedge);
    for (int k = 0; k < 2; k++) {
        int plane = tape_find(t, Q_COUNTS, 0, k);
        double gain = 500000 / transport_air_max(beam, 0, k);
        for (int step = 0; step < 3; step++) {
            double ratio = 0, g = step == 0 ? 0 : o.step_g_cm2[step - 1];
            float kev[2][96], square[2][96];
            float *a[2] = {kev[0], kev[1]}, *b[2] = {square[0], square[1]};
            struct pixels_pose pose = pixels_rest(0);
            transport_run(beam, 0, &pose, g, 0, 96, a, b);
            for (int p = 0; p < 96; p++) {
                double mean, variance;
                double want = gain * gain * (double)square[k][p] + 20 * 20 + 1.0 / 12;
                statistics(t, plane, p, 600 * step, 600 * (step + 1), &mean, &variance);
                ratio += variance / want / 96;
            }
            assert_near(ratio, 1, 0.02); /* 57,600 samples: statistics alone allow 0.6 % */
        }
    }
    transport_free(beam);
    tape_free(t);
    scanner_free(s);
}

/* Sum of |a - b| over the counts of two tapes that only differ in one effect. */
static double
difference(const struct tape *a, const struct tape *b)
{
    double sum = 0;
    int plane = tape_find(a, Q_COUNTS, 0, 1);
    int32_t n =
        tape_mark(a, plane) < tape_mark(b, plane) ? tape_mark(a, plane) : tape_mark(b, plane);

    for (int32_t l = 0; l < n; l++) {
        const uint32_t *x = tape_read(a, plane, l), *y = tape_read(b, plane, l);
        const struct pose *p = tape_read(a, 0, l), *q = tape_read(b, 0, l);
        for (int i = 0; i < 96; i++)
            sum += fabs((double)x[i] - y[i]);
        sum +=
            fabs((double)p->dose - (double)q->dose) + fabs((double)p->belt_mm - (double)q->belt_mm);
    }
    return sum + abs(tape_mark(a, plane) - tape_mark(b, plane));
}

/* Every effect alone changes the scan of the ideal machine (wrong-energy needs two spectra; what a
 * gantry does is in gantry_test.c). */
static void
test_each_effect(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("all");
    struct scene *scene = bench_scene(bench_slab);
    struct sim_options o = item_scan;
    o.celsius = 30;
    o.days = 10;
    struct tape *ideal = bench_scan(s, scene, &o, 2);
    struct tape *again = bench_scan(s, scene, &o, 1);
    assert_true(difference(ideal, again) == 0);
    tape_free(again);
    s->detector.dead = s->detector.hot = s->detector.drifting = 0.1;
    s->source.misfire = s->belt.lost = s->belt.doubled = 0.2;
    for (int x = 0; x < EFFECTS; x++) {
        if (x == EFFECT_WRONG_ENERGY || x == EFFECT_WOBBLE || x == EFFECT_FLASH_OVER)
            continue;
        s->on[x] = true;
        struct tape *t = bench_scan(s, scene, &o, 2);
        if (!(difference(ideal, t) > 0))
            fail_msg("effect '%s' changes nothing", effect_name((enum effect)x));
        tape_free(t);
        s->on[x] = false;
    }
    tape_free(ideal);
    scene_free(scene);
    scanner_free(s);
}

static void
test_plain_item(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("all");
    struct scene *scene = bench_scene(bench_slab);
    struct sim_options o = item_scan;
    o.exact = true;
    struct tape *t = bench_scan(s, scene, &o, 2);
    int low = tape_find(t, Q_COUNTS, 0, 0), exact = tape_find(t, Q_ATTENUATION, 0, 0);
    int32_t n = tape_mark(t, low), inside = 0;
    for (int32_t l = 0; l < n; l++) {
        const struct pose *p = tape_read(t, 0, l);
        const uint32_t *c = tape_read(t, low, l);
        const float *a = tape_read(t, exact, l);
        double x = (double)p->belt_mm - 30; /* plate of 20 mm, 20 mm of air before it */
        bool in = x > -9.5 && x < 9.5, out = x < -10.5 || x > 10.5;
        assert_true(!in || a[40] > 0.05f);
        assert_true(!out || fabsf(a[40]) < 1e-6f);
        assert_true(!(p->flags & POSE_AIR) || out);
        inside += in;
        if (in || out) /* an ideal machine counts what arrives */
            assert_near(c[40], 500000 * exp(-(double)a[40]), 500);
    }
    assert_true(inside > 20 && n > 70);
    assert_non_null(strstr(tape_about(t), "scene \"slab\""));
    assert_non_null(strstr(tape_about(t), "threat \"test\""));
    assert_non_null(strstr(tape_about(t), "        box 0 20 40 ")); /* where it is in the picture */
    assert_non_null(strstr(tape_about(t), "scanner \"bench\" {"));
    tape_free(t);
    scene_free(scene);
    scanner_free(s);
}

static void
test_special_scans(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("misfire,lost,doubled,defects");
    struct sim_options o = {.kind = SIM_DARK, .seed = 1, .machine = 1, .celsius = 25, .lines = 64};
    struct tape *t = bench_scan(s, NULL, &o, 1);
    int plane = tape_find(t, Q_COUNTS, 0, 0);
    assert_int_equal(tape_mark(t, plane), 64);
    for (int32_t l = 0; l < 64; l++) {
        assert_int_equal(((const struct pose *)tape_read(t, 0, l))->flags, POSE_DARK);
        assert_near(((const uint32_t *)tape_read(t, plane, l))[9], 1080, 700);
    }
    tape_free(t);
    o.kind = SIM_AIR;
    t = bench_scan(s, NULL, &o, 1);
    for (int32_t l = 0; l < 64; l++) {
        assert_int_equal(((const struct pose *)tape_read(t, 0, l))->flags, POSE_AIR);
        assert_near(((const uint32_t *)tape_read(t, plane, l))[9], 500000, 150000);
    }
    tape_free(t);
    o.kind = SIM_LAG;
    t = bench_scan(s, NULL, &o, 1);
    const uint32_t *lit = tape_read(t, plane, 31), *late = tape_read(t, plane, 32),
                   *later = tape_read(t, plane, 63);
    assert_true(late[9] > later[9] + 1000 && lit[9] > 20 * late[9]);
    tape_free(t);
    scanner_free(s);
}

/* A wrong-energy pulse carries the tag of the right one and the light of the other. */
static void
test_wrong_energy(void **state)
{
    (void)state;
    struct scanner *s;
    struct err e;
    if (scanner_load("etc/scanners/portal.scanner", &s, &e) != 0 ||
        scanner_without(s, "all", &e) != 0)
        fail_msg("%s", e.text);
    s->on[EFFECT_WRONG_ENERGY] = true;
    s->source.wrong_energy = 0.1;
    struct sim_options o = {.kind = SIM_AIR, .seed = 1, .machine = 1, .celsius = 25, .lines = 100};
    struct tape *t = bench_scan(s, NULL, &o, 2);
    int plane = tape_find(t, Q_COUNTS, 0, 2), wrong = 0;
    uint32_t level[2] = {((const uint32_t *)tape_read(t, plane, 0))[5],
                         ((const uint32_t *)tape_read(t, plane, 1))[5]};
    assert_int_equal(tape_mark(t, plane), 200);
    assert_true(level[0] != level[1]);
    for (int32_t l = 0; l < 200; l++) {
        const struct pose *p = tape_read(t, 0, l);
        int tag = (p->flags & POSE_HIGH) != 0;
        uint32_t c = ((const uint32_t *)tape_read(t, plane, l))[5];
        assert_int_equal(tag, l & 1);
        assert_true(c == level[0] || c == level[1]);
        wrong += c != level[tag];
        if (c != level[tag])
            assert_true(p->dose > 1.1f || p->dose < 0.9f);
    }
    assert_near(wrong, 20, 14);
    tape_free(t);
    scanner_free(s);
}

static void
test_refused(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("");
    struct sim *sim = NULL;
    struct err e;
    assert_int_equal(sim_open(s, NULL, &item_scan, NULL, &sim, &e), -1);
    assert_non_null(strstr(e.text, "needs a scene"));
    struct sim_options o = {.kind = SIM_WEDGE};
    assert_int_equal(sim_open(s, NULL, &o, NULL, &sim, &e), -1);
    assert_null(sim);
    scanner_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bits),     cmocka_unit_test(test_noise),
        cmocka_unit_test(test_each_effect),   cmocka_unit_test(test_plain_item),
        cmocka_unit_test(test_special_scans), cmocka_unit_test(test_wrong_energy),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
