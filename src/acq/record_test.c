/* record_test: the bytes of a line in both orders, and what is refused with which words. */
#include "acq/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int
read_text(const char *bytes, struct record_layout *l, struct err *e)
{
    struct text t;
    if (text_parse(&t, "x.detector", bytes, strlen(bytes), e) != 0)
        return -1;
    int result = record_layout_read(&t, l, e);
    text_free(&t);
    return result;
}

static const char *const head = "detector \"d\" {\nline_bytes 16\ncounter 0 2\nencoder 2 2\n"
                                "time 4 2\ntime_ns 1000\nflags 6 1\ndose 7 1\ndose_one 128\n"
                                "high_bit 7\ncurtain_bit 0\nsamples 8 4 20 2\n";

static void
test_orders(void **state)
{
    static const uint8_t bytes[2][16] = {
        {0x34, 0x12, 0xfe, 0xff, 3, 0, 0x81, 64, 0x78, 0x56, 4, 0, 0xff, 0xff, 0xf, 0},
        {0x12, 0x34, 0xff, 0xfe, 0, 3, 0x81, 64, 0, 4, 0x56, 0x78, 0, 0xf, 0xff, 0xff}};
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct record_layout l;
        struct record_line line;
        uint32_t counts[2];
        struct err e = {.text = ""};
        char text[512];
        snprintf(text, sizeof text, "%sorder %s\n}\n", head, big ? "big" : "little");
        assert_int_equal(read_text(text, &l, &e), 0);
        assert_int_equal(record_line_read(&l, bytes[big], 16, &line, counts, &e), 0);
        assert_int_equal(line.counter, 0x1234);
        assert_int_equal(line.encoder, 0xfffe);
        assert_int_equal(line.t_ns, 3000);
        assert_true(line.dose == 0.5 && line.high && line.curtain);
        assert_int_equal(counts[0], 0x45678);
        assert_int_equal(counts[1], 0xfffff);
        /* the other order makes a sample that the detector cannot have measured */
        assert_int_equal(record_line_read(&l, bytes[!big], 16, &line, counts, &e), -1);
        assert_non_null(strstr(e.text, "has 20 bits"));
        assert_int_equal(record_line_read(&l, bytes[big], 15, &line, counts, &e), -1);
        assert_non_null(strstr(e.text, "15 bytes"));
    }
}

static void
test_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } row[] = {
        {"line_bytes 8\norder little\nsamples 0 4 20 2\n", "counter is missing"},
        {"line_bytes 8\norder little\ncounter 6 4\nsamples 0 4 20 1\n", "behind the end"},
        {"line_bytes 8\norder little\ncounter 0 3\nsamples 0 4 20 1\n", "1, 2, 4 or 8"},
        {"line_bytes 8\norder little\ncounter 0 4\nsamples 4 4 20 2\n", "do not fit"},
        {"line_bytes 8\norder little\ncounter 0 4\nsamples 4 1 9 2\n", "9"},
        {"line_bytes 8\norder middle\ncounter 0 4\nsamples 4 1 8 2\n", "middle"},
        {"line_bytes 8\norder big\ncounter 0 4\nsamples 4 1 8 2\nhigh_bit 1\n", "no flags"},
        {"line_bytes 8\norder big\ncounter 0 4\nsamples 4 1 8 2\nspeed 1\n", "speed"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct record_layout l;
        struct err e = {.text = ""};
        char text[512];
        snprintf(text, sizeof text, "detector \"d\" {\n%s}\n", row[i].text);
        assert_int_equal(read_text(text, &l, &e), -1);
        if (strstr(e.text, row[i].says) == NULL || strstr(e.text, "x.detector:") == NULL)
            fail_msg("row %zu: '%s' does not say '%s'", i, e.text, row[i].says);
    }
}

static void
test_ours(void **state)
{
    struct record_layout l;
    struct err e = {.text = ""};
    struct text t;
    (void)state;
    if (text_load(&t, "etc/detectors/twin-parcel.detector", &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(record_layout_read(&t, &l, &e), 0);
    assert_int_equal(l.pixels, 896);
    assert_int_equal(l.line_bytes, 32 + 4 * 896);
    text_free(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_orders),
                                       cmocka_unit_test(test_refused), cmocka_unit_test(test_ours)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
