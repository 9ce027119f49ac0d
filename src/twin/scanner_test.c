/* scanner_test: the shipped machines load; every bad one is refused by one sentence that names
 * file, line and field. */
#include "twin/bench_test.h"

static void
test_shipped(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int views, pixels, energies;
    } want[] = {{"etc/scanners/parcel.scanner", 2, 896, 2},
                {"etc/scanners/portal.scanner", 1, 2500, 2},
                {"etc/scanners/laboratory.scanner", 1, 640, 1},
                {"etc/scanners/laboratory-mev.scanner", 1, 640, 1}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct scanner *s;
        struct err e;
        if (scanner_load(want[i].path, &s, &e) != 0)
            fail_msg("%s", e.text);
        assert_int_equal(s->geometry.views, want[i].views);
        assert_int_equal(s->geometry.view[0].pixels, want[i].pixels);
        assert_int_equal(s->energies, want[i].energies);
        assert_non_null(strstr(s->source_text, s->name));
        for (int k = 0; k < EFFECTS; k++)
            assert_true(s->on[k]);
        scanner_free(s);
    }
}

/* The bench with one piece of text replaced by another. */
static void
refuse(const char *old, const char *new, const char *want)
{
    char text[sizeof bench_text + 200];
    const char *at = strstr(bench_text, old);
    struct scanner *s = NULL;
    struct text t;
    struct err e;

    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - bench_text), bench_text, new,
             at + strlen(old));
    int result = text_parse(&t, "b", text, strlen(text), &e);
    if (result == 0) {
        result = scanner_parse(&t, text, ".", &s, &e);
        text_free(&t);
    }
    if (result == 0)
        fail_msg("'%s' was taken", new);
    assert_null(s);
    if (strstr(e.text, want) == NULL)
        fail_msg("got '%s', want '%s'", e.text, want);
}

static void
test_refused(void **state)
{
    (void)state;
    refuse("current_ma 1", "", "b:15: source: give current_ma, or charge per pulse");
    refuse("current_ma 1", "current_ma -1", "b:20: current_ma: -1 is out of range");
    refuse("current_ma 1", "curent_ma 1",
           "b:20: curent_ma: 'curent_ma' is unknown here; did you mean");
    refuse("pitch_mm 0.8", "pitch_mm nan", "pitch_mm: 'nan' is not a number");
    refuse("pitch_mm 0.8", "", "belt: pitch_mm is missing");
    refuse("speed_mm_s 200", "", "belt: 'speed_mm_s' is missing");
    refuse("speed_mm_s 200", "speed_mm_s 1e300", "speed_mm_s: 1e300 is out of range");
    refuse("lag 0.02 8", "lag 0.499 8", "detector: the lag components add up");
    refuse("lag 0.02 8", "lag 0.9 8", "b:47: lag: a fraction of 0 to 0.5");
    refuse("response low", "response middle", "response: 'middle' is unknown here");
    refuse("response high", "response low", "response: given twice");
    refuse("air_counts 500000", "air_counts 900000\noffset_counts 200000", "given twice");
    refuse("bins 160", "bins 0", "bins: 0 is out of range");
    refuse("samples 2 2", "samples 2", "samples");
    refuse("    source {", "    sauce {", "unknown here; did you mean 'source'?");
    refuse("scanner \"bench\"", "machine \"bench\"", "'scanner' is missing");
    refuse("    belt {", "    effects {\n lags off\n }\n    belt {", "did you mean 'lag'?");
    refuse("jitter 0.01", "jitter 0.01\n interlaced yes", "interlaced source needs charge");
    refuse("jitter 0.01", "charge 1", "a pulsed source needs pulses_hz");
    refuse("jitter 0.01", "charge 1\npulses_hz 50", "pitch_mm and pulses contradict");
}

static void
test_effects(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("lag,noise");
    struct err e;
    for (int k = 0; k < EFFECTS; k++)
        assert_int_equal(s->on[k], k != EFFECT_LAG && k != EFFECT_QUANTUM);
    assert_int_equal(scanner_without(s, "lagg", &e), -1);
    assert_non_null(strstr(e.text, "'lagg'"));
    assert_int_equal(scanner_without(s, "all", &e), 0);
    for (int k = 0; k < EFFECTS; k++)
        assert_false(s->on[k]);
    scanner_free(s);
}

static void
test_file_errors(void **state)
{
    (void)state;
    struct scanner *s = NULL;
    struct err e;
    assert_int_equal(scanner_load("/nonexistent.scanner", &s, &e), -1);
    assert_non_null(strstr(e.text, "/nonexistent.scanner: "));
    assert_int_equal(scanner_load("/dev/null", &s, &e), -1);
    assert_null(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_effects),
        cmocka_unit_test(test_file_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
