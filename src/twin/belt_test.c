/* belt_test: what truly happens, and what the machine may know of it. */
#include "base/arena.h"
#include "twin/bench_test.h"

static struct belt_line *
plan(const struct scanner *s, const struct belt_orders *o, int32_t *n)
{
    struct belt_line *lines;
    struct err e;

    if (belt_plan(s, o, &lines, n, &e) != 0)
        fail_msg("%s", e.text);
    return lines;
}

static int
count(const struct belt_line *l, int32_t n, uint32_t flag)
{
    int found = 0;
    for (int32_t i = 0; i < n; i++)
        found += (l[i].pose.flags & flag) != 0;
    return found;
}

static void
test_ideal(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("all");
    struct belt_orders o = {
        .length_mm = 400, .air_mm = {40.4, 360.4}, .output_ratio = 1, .seed = 5};
    int32_t n;
    struct belt_line *l = plan(s, &o, &n);
    assert_int_equal(n, 500);
    for (int32_t i = 0; i < n; i++) {
        assert_near(l[i].belt_mm, 0.8 * (i + 1), 1e-9);
        assert_near(l[i].pose.belt_mm, l[i].belt_mm, 1e-4);
        assert_int_equal(l[i].pose.t_ns, 4000000LL * i);
        assert_true(l[i].dose == 1 && l[i].pose.dose == 1);
    }
    assert_int_equal(count(l, n, ~(uint32_t)POSE_AIR), 0);
    assert_int_equal(count(l, n, POSE_AIR), 50 + 50); /* 0.8 .. 40, 360.8 .. 400 */
    mem_free(l);
    scanner_free(s);
}

static void
test_stop_and_reverse(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("all");
    struct belt_orders o = {
        .length_mm = 400,
        .output_ratio = 1,
        .events = 2,
        .event = {{.at_mm = 100, .stop_s = 1}, {.at_mm = 200, .reverse_mm = 30}}};
    int32_t n, still = 0;
    double back = 0, far = 0;
    struct belt_line *l = plan(s, &o, &n);
    for (int32_t i = 1; i < n; i++) {
        double step = l[i].belt_mm - l[i - 1].belt_mm;
        still += step < 0.01 && step > -0.01;
        bool reverse = (l[i].pose.flags & POSE_REVERSE) != 0;
        assert_int_equal(reverse, l[i].pose.belt_mm < l[i - 1].pose.belt_mm);
        far = l[i].belt_mm > far ? l[i].belt_mm : far;
        back = far - l[i].belt_mm > back ? far - l[i].belt_mm : back;
    }
    assert_true(still > 80 && still < 250); /* a second of 4 ms lines, less the ramps */
    assert_true(back > 30 && back < 90);
    assert_true(count(l, n, POSE_REVERSE) > 20);
    mem_free(l);
    scanner_free(s);
}

static void
test_triggers(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("speed,odometer,dose");
    struct belt_orders o = {.lines = 20000, .output_ratio = 1, .seed = 3};
    int32_t n;
    struct belt_line *l = plan(s, &o, &n);
    assert_int_equal(n, 20000);
    assert_near(count(l, n, POSE_LOST), 400, 80);
    assert_near(count(l, n, POSE_DOUBLED), 400, 80);
    assert_near(count(l, n, POSE_MISSING), 400, 80);
    for (int32_t i = 1; i < n; i++) {
        double steps = (double)(l[i].pose.t_ns - l[i - 1].pose.t_ns) / 4e6;
        if (l[i].pose.flags & POSE_DOUBLED) {
            assert_int_equal(l[i].source, i - 1);
            assert_true(l[i].belt_mm == l[i - 1].belt_mm && steps < 0.1 && steps > 0);
            continue;
        }
        assert_int_equal(l[i].source, i);
        if (!(l[i - 1].pose.flags & POSE_DOUBLED)) /* the gap in time betrays what was lost */
            assert_int_equal((l[i].pose.flags & POSE_LOST) != 0, steps > 1.5);
        assert_int_equal((l[i].pose.flags & POSE_MISSING) != 0, l[i].dose == 0);
    }
    mem_free(l);
    scanner_free(s);
}

static void
test_dose_and_odometer(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("misfire,lost,doubled");
    struct belt_orders o = {.lines = 20000, .output_ratio = 1, .seed = 4};
    int32_t n;
    double dose = 0, monitor = 0, speed = 0;
    struct belt_line *l = plan(s, &o, &n);
    for (int32_t i = 1; i < n; i++) {
        double d = l[i].dose - 1, m = (double)l[i].pose.dose / l[i].dose - 1;
        double v = (l[i].belt_mm - l[i - 1].belt_mm) / 0.8 - 1;
        double off = l[i].belt_mm - (double)l[i].pose.belt_mm;
        dose += d * d / n;
        monitor += m * m / n;
        speed += v * v / n;
        assert_true(off > -0.002 && off < 0.102); /* the encoder's step, floats of 16 m */
    }
    assert_near(sqrt(dose), 0.01, 0.0005);
    assert_near(sqrt(monitor), 0.002, 0.0001);
    assert_near(sqrt(speed), 0.02, 0.004);
    mem_free(l);
    scanner_free(s);
}

/* A lorry: no encoder, and pulses of which some have the wrong energy. */
static void
test_lorry(void **state)
{
    (void)state;
    struct scanner *s;
    struct err e;
    if (scanner_load("etc/scanners/portal.scanner", &s, &e) != 0)
        fail_msg("%s", e.text);
    s->source.wrong_energy = 0.01;
    struct belt_orders o = {.length_mm = 14000, .output_ratio = 2, .seed = 8};
    int32_t n, wrong = 0;
    struct belt_line *l = plan(s, &o, &n);
    assert_near(n, 14000 / 1400.0 * 400, 300);
    for (int32_t i = 0; i < n; i++) {
        int commanded = (l[i].pose.flags & POSE_HIGH) != 0;
        if (l[i].dose == 0 || l[i].source != i)
            continue;
        double reads = (double)l[i].pose.dose / l[i].dose;
        double want = l[i].energy == commanded ? 1 : commanded ? 0.5 : 2;
        assert_near(reads / want, 1, 0.01);
        wrong += l[i].energy != commanded;
    }
    assert_near(wrong, n * 0.01, 20);
    double off = l[n - 1].pose.belt_mm - l[n - 1].belt_mm;
    assert_true(off != 0 && off > -60 && off < 60); /* 1 % per reading averages out */
    mem_free(l);
    scanner_free(s);
}

static void
test_too_long(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("all");
    struct belt_orders o = {.length_mm = 1e9, .output_ratio = 1};
    struct belt_line *l = NULL;
    int32_t n;
    struct err e;
    assert_int_equal(belt_plan(s, &o, &l, &n, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
    assert_null(l);
    scanner_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ideal),    cmocka_unit_test(test_stop_and_reverse),
        cmocka_unit_test(test_triggers), cmocka_unit_test(test_dose_and_odometer),
        cmocka_unit_test(test_lorry),    cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
