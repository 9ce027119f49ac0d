/* measure_test: against closed forms: known noise, known lines, a Gaussian edge. */
#include "base/num.h"
#include "base/rng.h"
#include "base/test.h"
#include "quality/measure.h"

#define N 200
static float pixels[N * N];
static const struct quality_image image = {.p = pixels, .columns = N, .rows = N, .stride = N};

static void
fill_noise(double sigma, uint64_t seed)
{
    struct rng r = rng_start(seed, 0);
    for (int i = 0; i < N * N; i++)
        pixels[i] = (float)(1 + sigma * rng_normal(&r));
}

static void
test_contrast(void **state)
{
    (void)state;
    struct quality_rect object = {50, 50, 90, 100}, background = {100, 10, 190, 190};
    double mean, sigma;
    fill_noise(0.1, 1);
    quality_moments(&image, background, &mean, &sigma);
    assert_near(mean, 1, 0.003);
    assert_near(sigma, 0.1, 0.002);
    for (int x = object.x0; x < object.x1; x++)
        for (int y = object.y0; y < object.y1; y++)
            pixels[x * N + y] += 0.05f;
    struct quality_contrast c = quality_contrast(&image, object, background);
    assert_near(c.cnr, 0.5, 0.05);
    assert_near(c.d, c.cnr * sqrt(40 * 50), 1e-9);
}

/* A line of contrast k sigma and n pixels stands out by k sqrt(n); no line, by a few. */
static void
test_line(void **state)
{
    (void)state;
    double from[2] = {40, 30}, to[2] = {140, 105}; /* length 125, slope 3/4 */
    fill_noise(0.1, 2);
    assert_true(quality_line_z(&image, from, to, 1, 24) < 4);
    for (int x = 0; x < N; x++)
        for (int y = 0; y < N; y++) {
            double d = fabs((y - 30) * 0.8 - (x - 40) * 0.6);
            if (d < 1)
                pixels[x * N + y] += (float)(0.1 * (1 - d));
        }
    assert_true(quality_line_z(&image, from, to, 1, 24) > 6);
    double outside[2] = {400, 30};
    assert_true(quality_line_z(&image, outside, to, 1, 24) == 0);
}

/* The MTF of an edge blurred by a Gaussian of width s is exp(-2 (pi s f)^2), times the pixel's
 * sinc. */
static void
test_mtf(void **state)
{
    (void)state;
    double s = 1.3, pitch = 0.8, slope = tan(5 * NUM_PI / 180);
    struct err e;
    for (int along_x = 0; along_x < 2; along_x++) {
        for (int x = 0; x < N; x++)
            for (int y = 0; y < N; y++) {
                int sample = along_x ? y : x, line = along_x ? x : y;
                double d = (sample - 90 - slope * line) * cos(5 * NUM_PI / 180);
                pixels[x * N + y] = (float)(2 + erf(d / (s * sqrt(2))));
            }
        struct quality_mtf m;
        assert_int_equal(
            quality_mtf(&image, (struct quality_rect){0, 0, N, N}, along_x, pitch, &m, &e), 0);
        assert_near(m.slant_deg, 5, 0.05);
        for (int i = 0; i < 25; i++) {
            double f = i * m.step * pitch; /* cycles per pixel */
            assert_near(m.value[i], exp(-2 * pow(NUM_PI * s * f, 2)), 0.01);
        }
        assert_near(m.f50 * pitch, sqrt(log(2) / 2) / (NUM_PI * s), 0.004);
        assert_true(m.f50 < m.f20 && m.f20 < m.f10);
    }
}

static void
test_no_edge(void **state)
{
    (void)state;
    struct quality_mtf m;
    struct err e;
    fill_noise(0.0, 3);
    assert_int_equal(quality_mtf(&image, (struct quality_rect){0, 0, N, N}, 0, 1, &m, &e), -1);
    assert_non_null(strstr(e.text, "no edge"));
    for (int i = 0; i < N * N; i++)
        pixels[i] = i / N > 90;
    assert_int_equal(quality_mtf(&image, (struct quality_rect){0, 0, N, N}, 0, 1, &m, &e), -1);
    assert_non_null(strstr(e.text, "slanted"));
}

/* Zeros are not numbers. */
static void
test_known(void **state)
{
    (void)state;
    double mean;
    for (int i = 0; i < N * N; i++)
        pixels[i] = i % 4 == 0 ? 0 : (float)(6 + i % 4);
    assert_near(quality_known(&image, (struct quality_rect){0, 0, N, N}, &mean), 0.75, 0.01);
    assert_near(mean, 8, 0.01);
    memset(pixels, 0, sizeof pixels);
    assert_near(quality_known(&image, (struct quality_rect){2, 2, 9, 9}, &mean), 0, 0);
    assert_near(mean, 0, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contrast), cmocka_unit_test(test_line),  cmocka_unit_test(test_mtf),
        cmocka_unit_test(test_no_edge),  cmocka_unit_test(test_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
