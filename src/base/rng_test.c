/* rng_test: the published Philox vectors, and the moments of every distribution. */
#include "base/rng.h"
#include "base/test.h"

/* Known answers of the Random123 distribution, philox4x32 10 rounds. */
static void
test_known_answers(void **state)
{
    (void)state;
    uint32_t out[4];
    rng_block(0, 0, 0, out);
    assert_true(out[0] == 0x6627e8d5 && out[1] == 0xe169c58d && out[2] == 0xbc57ac4c &&
                out[3] == 0x9b00dbd8);
    rng_block(~0ull, ~0ull, ~0ull, out);
    assert_true(out[0] == 0x408f276d && out[1] == 0x41c83b0e && out[2] == 0xa20bc7c6 &&
                out[3] == 0x6d5451fd);
}

static void
test_uniform_and_normal(void **state)
{
    (void)state;
    struct rng r = rng_start(7, 1);
    double sum = 0, square = 0, cube = 0, u = 0;
    int n = 400000, count[6] = {0};
    for (int i = 0; i < n; i++) {
        double x = rng_normal(&r);
        sum += x;
        square += x * x;
        cube += x * x * x;
        u += rng_range(&r, -1, 3);
        count[rng_below(&r, 6)]++;
    }
    assert_near(sum / n, 0, 0.006);
    assert_near(square / n, 1, 0.01);
    assert_near(cube / n, 0, 0.03);
    assert_near(u / n, 1, 0.01);
    for (int i = 0; i < 6; i++)
        assert_near(count[i] * 6.0 / n, 1, 0.02);
}

static void
test_poisson(void **state)
{
    (void)state;
    static const double means[] = {0.01, 1, 7.5, 29.9, 30.1, 100, 3e4, 1e9};
    for (int m = 0; m < 8; m++) {
        struct rng r = rng_start(3, (uint64_t)m);
        double sum = 0, square = 0, mean = means[m];
        int n = 100000;
        for (int i = 0; i < n; i++) {
            double d = (double)rng_poisson(&r, mean) - mean;
            sum += d;
            square += d * d;
        }
        assert_near(sum / n / sqrt(mean), 0, 5 / sqrt(n));
        assert_near(square / n / mean, 1, 5 * sqrt((2 + 1 / mean) / n));
    }
    struct rng r = rng_start(0, 0);
    assert_int_equal(rng_poisson(&r, 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_uniform_and_normal),
        cmocka_unit_test(test_poisson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
