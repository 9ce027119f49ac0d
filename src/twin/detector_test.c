/* detector_test: one effect at a time, against its formula. */
#include "twin/bench_test.h"
#include "twin/detector.h"

static void
test_crosstalk_keeps_light(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("gain,defects");
    struct detector *d = detector_new(s, 0, 0, 1, 7, 1);
    float in[96] = {0}, out[96];
    double sum = 0;
    in[10] = 1000;
    in[47] = 1000; /* last of the first module */
    detector_crosstalk(d, in, out, 0, 96);
    for (int i = 0; i < 96; i++)
        sum += (double)out[i];
    assert_near(sum, 2000, 1e-3);
    assert_near(out[9], 20, 1e-3);
    assert_near(out[10], 960, 1e-3);
    assert_near(out[46], 20, 1e-3);
    assert_true(out[48] == 0); /* light does not cross a module's edge */
    s->on[EFFECT_CROSSTALK] = false;
    detector_crosstalk(d, in, out, 0, 96);
    assert_memory_equal(in, out, sizeof in);
    detector_free(d);
    scanner_free(s);
}

static void
test_lag_decays(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("gain,defects");
    struct detector *d = detector_new(s, 0, 0, 1, 7, 1);
    struct detector_line line = {.decay = {exp(-4.0 / 8), exp(-4.0 / 80)}};
    float kev[96] = {[5] = 1e6f};
    double all = 0;
    detector_lag(d, &line, kev, 0, 96);
    all += (double)kev[5];
    assert_near(kev[5],
                1e6 * (1 - 0.025 + 0.02 * (1 - line.decay[0]) + 0.005 * (1 - line.decay[1])), 1);
    for (int n = 1; n < 2000; n++) {
        kev[5] = 0;
        detector_lag(d, &line, kev, 0, 96);
        double want = 1e6 * (0.02 * (1 - line.decay[0]) * pow(line.decay[0], n) +
                             0.005 * (1 - line.decay[1]) * pow(line.decay[1], n));
        assert_near(kev[5], want, 1e-3 * want + 1e-3);
        all += (double)kev[5];
    }
    assert_near(all, 1e6, 20); /* late, but all of it */
    detector_free(d);
    scanner_free(s);
}

static void
test_settled_stays(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("gain,defects");
    struct detector *d = detector_new(s, 0, 0, 1, 7, 1);
    struct detector_line line = {.decay = {0.6, 0.95}};
    float kev[96];
    for (int i = 0; i < 96; i++)
        kev[i] = 5000;
    detector_settle(d, kev);
    detector_lag(d, &line, kev, 0, 96);
    for (int i = 0; i < 96; i++)
        assert_near(kev[i], 5000, 0.01);
    detector_free(d);
    scanner_free(s);
}

/* Mean and variance of the compound sum, at few quanta and at many. */
static void
test_quantum(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("gain,defects");
    struct detector *d = detector_new(s, 0, 0, 1, 7, 1);
    static const double mean[] = {30, 900, 5000, 1e6};
    for (int k = 0; k < 4; k++) {
        double square = mean[k] * 75, sum = 0, sum2 = 0;
        int n = 40000;
        for (int i = 0; i < n; i++) {
            double x = (double)detector_quantum(d, (uint64_t)i, k, mean[k], square);
            sum += x / n;
            sum2 += x * x / n;
        }
        assert_near(sum / mean[k], 1, 5 * sqrt(square / n) / mean[k]);
        assert_near((sum2 - sum * sum) / square, 1, 0.04);
    }
    s->on[EFFECT_QUANTUM] = false;
    assert_true(detector_quantum(d, 1, 1, 30, 2000) == 30.0f);
    detector_free(d);
    scanner_free(s);
}

/* The same machine has the same faults in every scan, another machine others. */
static void
test_faults_belong_to_the_machine(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("noise");
    struct detector *a = detector_new(s, 0, 0, 1, 7, 1), *b = detector_new(s, 0, 0, 1, 7, 2),
                    *c = detector_new(s, 0, 0, 1, 8, 1);
    assert_memory_equal(a->gain, b->gain, 96 * sizeof(float));
    assert_memory_equal(a->defect, b->defect, 96);
    assert_memory_not_equal(a->gain, c->gain, 96 * sizeof(float));
    int dead = -1;
    for (int i = 0; i < 96; i++)
        dead = a->defect[i] == DEFECT_DEAD ? i : dead;
    for (uint64_t m = 9; dead < 0 && m < 40; m++) { /* 3 % of 96 pixels: some machine has one */
        detector_free(a);
        a = detector_new(s, 0, 0, 1, m, 1);
        for (int i = 0; i < 96; i++)
            dead = a->defect[i] == DEFECT_DEAD ? i : dead;
    }
    assert_true(dead >= 0);
    float kev[96];
    uint32_t counts[2][96];
    for (int i = 0; i < 96; i++)
        kev[i] = 50000;
    struct detector_line line = {.index = 3, .celsius = 25, .seconds = 0.004};
    detector_read(a, &line, kev, counts[0], 0, 96);
    line.index = 4;
    memset(kev, 0, sizeof kev);
    detector_read(a, &line, kev, counts[1], 0, 96);
    assert_int_equal(counts[0][dead], counts[1][dead]);
    int alive = dead == 0 ? 1 : 0;
    assert_true(counts[0][alive] > counts[1][alive] + 10000);
    detector_free(a);
    detector_free(b);
    detector_free(c);
    scanner_free(s);
}

static void
test_dark_and_converter(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("noise,electronic,gain,defects");
    struct detector *d = detector_new(s, 0, 0, 2, 7, 1);
    struct detector_line line = {.celsius = 25, .seconds = 0.01};
    float kev[96] = {[1] = 1000, [2] = 1e9f};
    uint32_t counts[96], warm[96];
    detector_read(d, &line, kev, counts, 0, 96);
    line.celsius = 33;
    detector_read(d, &line, kev, warm, 0, 96);
    assert_near(counts[0], (double)d->offset[0] + 20000 * 0.01, 1);
    assert_near(warm[0] - (double)counts[0], 20000 * 0.01, 1.1); /* doubles in 8 degrees */
    assert_near(counts[1] - (double)d->offset[1] - 200, 2000, 1);
    assert_near(warm[1] - (double)d->offset[1] - 400, 2000 * (1 + 0.002 * 8), 1);
    assert_int_equal(counts[2], DETECTOR_COUNTS_MAX);
    s->on[EFFECT_DARK] = false;
    detector_read(d, &line, kev, counts, 0, 96);
    assert_int_equal(counts[0], 0);
    detector_free(d);
    scanner_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crosstalk_keeps_light),
        cmocka_unit_test(test_lag_decays),
        cmocka_unit_test(test_settled_stays),
        cmocka_unit_test(test_quantum),
        cmocka_unit_test(test_faults_belong_to_the_machine),
        cmocka_unit_test(test_dark_and_converter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
