/* steady_test: where pairs are noisy the noise of y falls and its mean stays; what is not alike
 * does not bleed; what is not noisy stays as it is. */
#include "base/rng.h"
#include "base/test.h"
#include "kern/kern.h"

#include <math.h>
#include <stdbool.h>

#define ROWS 300
#define LINES 60
#define PAD KERN_STEADY_RADIUS
#define EDGE 140   /* rows from here on: another material */
#define THIN 220   /* three rows of the first material within the second */
#define SIGMA 0.05 /* of a raw sample; denoising leaves 0.3 */
#define NOISE 0.3

static float low[LINES][ROWS + 2 * PAD], high[LINES][ROWS + 2 * PAD], out[LINES][ROWS],
    left[LINES][ROWS];

static double
y_of(double a, double h)
{
    return (a / h - 1) * (1 + h);
}

static bool
first_material(int row)
{
    return row < EDGE || (row >= THIN && row < THIN + 3);
}

/* Thickness rises along the lines, y does not. Air at `air` attenuations less. */
static void
fill(double a, double y_first, double y_second)
{
    struct rng g = rng_start(7, 1);

    for (int l = 0; l < LINES; l++)
        for (int r = 0; r < ROWS + 2 * PAD; r++) {
            double h = a * (1 + 0.002 * l), y = first_material(r - PAD) ? y_first : y_second;
            low[l][r] = (float)(h * (1 + y / (1 + h)) + NOISE * SIGMA * rng_normal(&g));
            high[l][r] = (float)(h + 0.5 * NOISE * SIGMA * rng_normal(&g));
        }
}

static void
run(float from)
{
    static float dark2[ROWS], air2[ROWS], low_from[ROWS];
    struct kern_steady k = {.dark2 = dark2,
                            .air2 = air2,
                            .low_from = low_from,
                            .per_from = 1 / (from * from),
                            .bend = 1,
                            .reach = 0.04f,
                            .reach_share = 0.1f,
                            .sigmas2 = 1.5f * 1.5f,
                            .noise = (float)NOISE};

    for (int r = 0; r < ROWS; r++) {
        air2[r] = (float)(SIGMA * SIGMA / exp((double)low[LINES / 2][r + PAD]));
        low_from[r] = (float)log((double)from * (double)from / (double)air2[r]);
    }
    for (int l = PAD; l < LINES - PAD; l++) {
        const float *lows[2 * PAD + 1], *highs[2 * PAD + 1];
        for (int d = 0; d <= 2 * PAD; d++) {
            lows[d] = low[l + d - PAD];
            highs[d] = high[l + d - PAD];
        }
        kern_get(0)->kern_steady(&k, 0, lows, highs, out[l], left[l], ROWS);
    }
}

/* Mean and deviation of y over rows [from, to). */
static void
measure(float (*a)[ROWS], int from, int to, double *mean, double *deviation)
{
    double sum = 0, square = 0;
    int n = (to - from) * (LINES - 2 * PAD);

    for (int l = PAD; l < LINES - PAD; l++)
        for (int r = from; r < to; r++) {
            double lo = a != NULL ? (double)a[l][r] : (double)low[l][r + PAD];
            double y = y_of(lo, (double)high[l][r + PAD]);
            sum += y;
            square += y * y;
        }
    *mean = sum / n;
    *deviation = sqrt(square / n - *mean * *mean);
}

static void
noise_falls_and_edges_stay(void **state)
{
    (void)state;
    double mean, before, after, plain;
    const int piece[][2] = {{4, EDGE - 4}, {EDGE - 4, EDGE}, {EDGE, EDGE + 4}, {THIN, THIN + 3}};

    fill(3, 0.8, 1.6);
    run(0.02f);
    for (int i = 0; i < 4; i++) {
        double want = first_material(piece[i][0]) ? 0.8 : 1.6;
        measure(NULL, piece[i][0], piece[i][1], &plain, &before);
        measure(out, piece[i][0], piece[i][1], &mean, &after);
        assert_near(mean, want, 0.004);
        assert_true(after < (i == 0 ? 0.4 : 0.7) * before && after > 0.1 * before);
        for (int r = piece[i][0]; r < piece[i][1]; r++) /* says what it did, and not too much */
            assert_true((double)left[LINES / 2][r] >= 0.9 * NOISE * after / before &&
                        (double)left[LINES / 2][r] <= NOISE);
    }
}

/* Materials that the noise cannot tell apart in one pixel are averaged: the filter is no magic, and
 * this test can fail. */
static void
what_looks_alike_mixes(void **state)
{
    (void)state;
    double near, deviation;

    fill(3, 0.8, 0.84);
    run(0.02f);
    measure(out, EDGE - 1, EDGE, &near, &deviation);
    assert_true(near > 0.805);
}

static void
quiet_pairs_stay(void **state)
{
    (void)state;
    fill(3, 0.8, 1.6);
    run(0.2f);
    for (int l = PAD; l < LINES - PAD; l++)
        for (int r = 0; r < ROWS; r++) {
            assert_true(out[l][r] == low[l][r + PAD]);
            assert_true(left[l][r] == (float)NOISE);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_falls_and_edges_stay),
        cmocka_unit_test(what_looks_alike_mixes),
        cmocka_unit_test(quiet_pairs_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
