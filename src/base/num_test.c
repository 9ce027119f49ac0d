/* num_test: against libm, which is right to an ulp, over the whole ranges; and one hash of the
 * bits. */
#include "base/hash.h"
#include "base/num.h"
#include "base/test.h"

#define ULP 2.220446049250313e-16

static void
test_exp_log(void **state)
{
    (void)state;
    for (int i = -70000; i <= 70000; i++) {
        double x = i * 0.01;
        assert_near(num_exp(x) / exp(x), 1.0, 2 * ULP);
        assert_near(num_expm1(x * 1e-3), expm1(x * 1e-3), 3 * ULP * fabs(expm1(x * 1e-3)));
        double y = exp(x);
        assert_near(num_log(y), log(y), 2 * ULP * fmax(1.0, fabs(log(y))));
    }
    assert_true(num_exp(-1e9) == 0.0 && isinf(num_exp(1e9)) && isnan(num_exp(NAN)));
    assert_near(num_log(5e-324), log(5e-324), 1e-12);
}

static void
test_trigonometry(void **state)
{
    (void)state;
    for (int i = -100000; i <= 100000; i++) {
        double x = i * 0.01237;
        assert_near(num_sin(x), sin(x), 2 * ULP);
        assert_near(num_cos(x), cos(x), 2 * ULP);
    }
    for (int i = 0; i < 4000; i++) {
        double a = (i - 1999.5) * M_PI / 2000, r = exp((i % 41) - 20);
        assert_near(num_atan2(r * sin(a), r * cos(a)), a, 6 * ULP * fabs(a) + ULP);
    }
    assert_near(num_atan2(0, -1), M_PI, 0);
    assert_near(num_atan2(-1, 0), -M_PI / 2, 0);
}

static void
test_same_bits(void **state)
{
    (void)state;
    struct hash *h = hash_new();
    for (int i = 1; i <= 100000; i++) {
        double x = i * 0.003,
               v[5] = {num_exp(-x), num_log(x), num_sin(x), num_cos(x), num_pow(x, 0.37)};
        hash_add(h, v, sizeof v);
    }
    uint8_t sum[HASH_BYTES];
    char hex[HASH_HEX];
    hash_end(h, sum);
    hash_hex(sum, hex);
    assert_string_equal(hex, "497b2219e455f914d8ed7a0fe82f614c2f2112ef5a2b50ba4794ea141bb94172");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp_log),
        cmocka_unit_test(test_trigonometry),
        cmocka_unit_test(test_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
