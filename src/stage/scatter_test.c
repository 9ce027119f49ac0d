/* A panel's rows get alike of what is scattered: the mean of what each row alone would say. */
#include "stage/scatter.h"

#include "base/test.h"

#include <string.h>

enum { ROWS = 3, COLS = 40, STEP = 16, CELLS = 3 };

static void
test_rows(void **state)
{
    static float send[CELLS * KERN_SCATTER_CELLS];
    const struct kern_scatter g = {CELLS, STEP, 0.3f, send};
    float in[ROWS * COLS], out[ROWS * COLS], own[ROWS * COLS];

    (void)state;
    for (int j = 0; j < CELLS; j++)
        for (int i = 0; i < CELLS; i++)
            send[j * KERN_SCATTER_CELLS + i] = i == j ? 0.03f : 0.02f;
    for (int i = 0; i < ROWS * COLS; i++) /* the last row sees air and scatters nothing */
        in[i] = i / COLS == 2 ? 1.0f : i % COLS < 20 ? 0.3f : 0.1f + 0.2f * (float)(i / COLS);
    for (int r = 0; r < ROWS; r++)
        scatter_take(kern_get(0), &g, in + r * COLS, own + r * COLS, 1, COLS);
    scatter_take(kern_get(0), &g, in, out, ROWS, COLS);
    for (int c = 0; c < COLS; c++) {
        double mean = 0;
        for (int r = 0; r < ROWS; r++)
            mean += (double)(in[r * COLS + c] - own[r * COLS + c]) / ROWS;
        assert_true(mean > 1e-3);
        for (int r = 0; r < ROWS; r++)
            assert_near((double)(in[r * COLS + c] - out[r * COLS + c]), mean, 1e-6);
    }
    assert_near((double)own[2 * COLS], 1, 0); /* alone it would get nothing */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
