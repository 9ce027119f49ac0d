/* spread_test: slices of closed forms: a Gaussian wire, a triangle of a bead, a cupped and noisy
 * disc, a bar. */
#include "base/num.h"
#include "base/rng.h"
#include "base/test.h"
#include "quality/optics.h"
#include "quality/spread.h"

#define SIDE 160
#define SLICES 21

static float voxels[SLICES][SIDE * SIDE];
static const float *slice[SLICES];
static struct quality_slices s = {
    slice, {.size = SIDE, .slices = SLICES, .voxel_mm = 1, .slice_mm = 0.5, .first_mm = -5}};

/* fn(x, y, z) at the middle of every voxel. */
static void
fill(double (*fn)(double x, double y, double z))
{
    for (int k = 0; k < SLICES; k++) {
        slice[k] = voxels[k];
        for (int j = 0; j < SIDE; j++)
            for (int i = 0; i < SIDE; i++)
                voxels[k][j * SIDE + i] =
                    (float)fn(i - 0.5 * (SIDE - 1), 0.5 * (SIDE - 1) - j, -5 + 0.5 * k);
    }
}

#define SIGMA 2.0
static double
gaussian(double x, double y, double z)
{
    (void)z;
    double r2 = (x - 10.3) * (x - 10.3) + (y + 4.6) * (y + 4.6);
    return 0.3 + num_exp(-r2 / (2 * SIGMA * SIGMA));
}

/* The transfer of a Gaussian is exp(-2 (pi sigma f)^2), whatever lies around it. */
static void
test_wire(void **state)
{
    (void)state;
    const double at[2] = {10.3, -4.6}, step = 0.008;
    double value[40], closed[40];

    fill(gaussian);
    assert_true(quality_inside(&s, at, 69) && !quality_inside(&s, at, 70));
    quality_wire(&s, 3, 9, at, 16, step, 40, value);
    for (int i = 0; i < 40; i++) {
        closed[i] = num_exp(-2 * NUM_PI * NUM_PI * SIGMA * SIGMA * step * step * i * i);
        assert_near(value[i], closed[i], 0.004);
    }
    double half = sqrt(0.5 * 0.6931472) / (NUM_PI * SIGMA);
    assert_near(quality_falls(value, 40, 0.5) * step, half, 0.01 * half);
    quality_wire(&s, 3, 9, at, 7, step, 40, value); /* a circle that cuts into it */
    quality_windowed(closed, 40, step, 7);
    for (int i = 0; i < 40; i++)
        assert_near(value[i], closed[i], 0.01);
    assert_true(closed[20] > num_exp(-2 * NUM_PI * NUM_PI * SIGMA * SIGMA * 0.0256) + 0.005);
}

static double
triangle(double x, double y, double z)
{
    double r2 = x * x + y * y, high = 1 - fabs(z - 0.5) / 3;
    return 5 + (r2 < 9 && high > 0 ? high : 0);
}

static void
test_bead(void **state)
{
    (void)state;
    const double at[2] = {0, 0};
    double profile[SLICES];

    fill(triangle);
    quality_bead(&s, at, 3, profile);
    assert_near(quality_width(profile, SLICES, 0.5, 0.5), 3, 1e-6);
    assert_near(quality_width(profile, SLICES, 0.5, 0.1), 5.4, 1e-6);
    assert_true(isnan(quality_width(profile, 12, 0.5, 0.5))); /* cut off before it falls */
}

#define RADIUS 70.0
static struct rng noise;
static double
cupped(double x, double y, double z)
{
    (void)z;
    double r2 = (x * x + y * y) / (RADIUS * RADIUS);
    return r2 < 1 ? 1 + 0.02 * r2 + 0.05 * rng_normal(&noise) : 0;
}

static void
test_even(void **state)
{
    (void)state;
    const double at[2] = {0, 0};
    double nps[QUALITY_NPS_POINTS], mean = 1 + 0.02 * 0.405;
    struct quality_even even;

    noise = rng_start(5, 0);
    fill(cupped);
    quality_even(&s, 0, SLICES, at, RADIUS, &even, nps);
    assert_near(even.mean, mean, 0.001);
    assert_near(even.cupping, 0.02 * (0.725 - 0.02) / mean, 0.001);
    assert_near(even.noise, 0.05 / mean, 0.001);
    assert_near(even.frequency, 0.333, 0.01);    /* white: the mean radius of its rings */
    for (int i = 1; i < QUALITY_NPS_POINTS; i++) /* sigma^2 times a voxel */
        assert_near(nps[i], 0.0025, 0.0003);
    assert_true(even.uniformity > 0.003 && even.uniformity < 0.015);
}

static double
bar(double x, double y, double z)
{
    double out = 40.3 - fabs(x); /* what of the voxel it covers */
    double cover = out > 0.5 ? 1 : out < -0.5 ? 0 : out + 0.5;
    return fabs(y) < 10 && fabs(z) < 4 ? cover : 0;
}

static void
test_bar(void **state)
{
    (void)state;
    const double box[6] = {-40.3, 40.3, -10, 10, -4, 4}, inside[6] = {-20, 20, -5, 5, -3, 3};
    const double large[6] = {-79, 79, -10, 10, -4, 4};
    double share;

    fill(bar);
    assert_near(quality_length(&s, box, 0), 80.6, 0.2);
    assert_true(isnan(quality_length(&s, large, 0))); /* its ends lie outside */
    assert_near(quality_box(&s, inside, false, &share), 1, 1e-6);
    assert_near(share, 1, 1e-9);
    quality_box(&s, large, true, &share);
    assert_near(share, 80.0 / 158, 0.02);
}

static double
sinc(double x)
{
    return sin(acos(-1) * x) / (acos(-1) * x);
}

/* At the axis every view sees the same: the factors of eq. (7), multiplied by hand. */
static void
test_prediction(void **state)
{
    (void)state;
    const double axis[2] = {0, 0}, f = 0.1, pixel = 3; /* 5 mm, brought to the axis */
    struct quality_optics o = {.g = {.beam = CT_CONE,
                                     .curved = true,
                                     .rows = 8,
                                     .cols = 100,
                                     .pitch_mm = 5,
                                     .row_pitch_mm = 5,
                                     .source_mm = 600,
                                     .detector_mm = 1000},
                               .focal_mm = {1, 2},
                               .window = CT_HANN,
                               .cutoff = 1};
    double hann = 0.5 + 0.5 * cos(acos(-1) * 2 * f * pixel);
    double plain = pow(sinc(f * pixel), 3) * sinc(f * 2 * 0.4) * hann;

    assert_near(quality_optics_mtf(&o, axis, 0.3, f, 0), plain, 1e-9);
    o.crosstalk = 0.02; /* each neighbour has it: 0.96 + 2 x 0.02 cos */
    assert_near(quality_optics_mtf(&o, axis, 0.3, f, 0),
                plain * (0.96 + 0.04 * cos(acos(-1) * 2 * f * pixel)), 1e-9);
    assert_near(quality_optics_mtf(&o, axis, 0.3, 0.6 / pixel, 0), 0, 1e-12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prediction), cmocka_unit_test(test_wire), cmocka_unit_test(test_bead),
        cmocka_unit_test(test_even),       cmocka_unit_test(test_bar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
