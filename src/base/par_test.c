/* par_test: every index exactly once, whatever the thread count, grain and range. */
#include "base/par.h"
#include "base/test.h"

#include <assert.h>

#include <stdatomic.h>

#define N 5000
static atomic_int hits[N];

static void
touch(void *arg, int a, int b)
{
    assert(b - a <= *(int *)arg && a < b);
    for (int i = a; i < b; i++)
        atomic_fetch_add(&hits[i], 1);
}

static void
test_each_once(void **state)
{
    (void)state;
    static const int grains[] = {1, 7, 64, N + 1};
    for (int threads = 1; threads <= 5; threads++) {
        struct par *pool;
        struct err e;
        assert_int_equal(par_open(&pool, threads, &e), 0);
        assert_int_equal(par_threads(pool), threads);
        for (int round = 0; round < 200; round++) {
            int grain = grains[round % 4], begin = round, end = N - 3 * round;
            memset(hits, 0, sizeof hits);
            par_for(pool, begin, end, grain, touch, &grain);
            for (int i = 0; i < N; i++)
                assert_int_equal(hits[i], i >= begin && i < end);
        }
        par_close(pool);
    }
}

static void
test_limits(void **state)
{
    (void)state;
    struct par *pool;
    struct err e;
    assert_int_equal(par_open(&pool, -1, &e), -1);
    assert_int_equal(par_open(&pool, PAR_THREADS_MAX + 1, &e), -1);
    assert_non_null(strstr(e.text, "threads"));
    par_close(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_once),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
