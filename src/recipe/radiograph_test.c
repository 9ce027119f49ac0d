/* radiograph_test: each correction against an independent forward model or a closed form. The
 * scans are made here, by other formulas than those of the stages. */
#include "recipe/recipe_scan.h"

#include "base/rng.h"
#include "base/test.h"

#define LINES 400

static struct pose poses[LINES];

static void
even_poses(double pitch_mm, bool interlaced)
{
    for (int i = 0; i < LINES; i++)
        poses[i] = (struct pose){.t_ns = (int64_t)i * 1000000,
                                 .belt_mm = (float)(i * pitch_mm),
                                 .dose = 1,
                                 .flags = interlaced && i % 2 ? POSE_HIGH : 0};
}

struct bench {
    struct text text;
    struct tape *raw, *calib;
    struct recipe *r;
};

static struct bench
work(const char *words, int energies,
     double (*signal)(const void *arg, int32_t line, int pixel, int energy), const void *arg)
{
    struct bench b = {.text = scan_recipe(words)};
    b.raw = scan_raw_of(poses, LINES, energies, signal, arg);
    b.calib = scan_calib(energies);
    b.r = scan_keep(&b.text, b.raw, b.calib);
    return b;
}

static void
unwork(struct bench *b)
{
    recipe_close(b->r);
    tape_free(b->raw);
    tape_free(b->calib);
    text_free(&b->text);
}

static const float *
row(const struct bench *b, enum quantity q, int energy, int32_t line)
{
    struct tape *t = recipe_out(b->r);
    int plane = tape_find(t, q, 0, energy);
    assert_true(plane >= 0 && line < tape_mark(t, plane));
    return tape_read(t, plane, line);
}

/* A scene with steps along both directions. */
static double
blocks(int32_t line, int pixel)
{
    static const double t[5] = {1, 0.5, 0.03, 0.7, 0.2};
    return line < 40 || line > LINES - 40 || pixel < 20 || pixel >= 180
               ? 1
               : t[(line / 30 + pixel / 16) % 5];
}

/* ---- signal ---- */

static double
signal_plain(const void *arg, int32_t line, int pixel, int energy)
{
    (void)arg;
    (void)energy;
    return pixel == 40 || pixel == 41 ? 0.9 : pixel == 120 ? 9.0 : blocks(line, pixel);
}

static void
test_signal(void **state)
{
    (void)state;
    even_poses(0.5, false);
    struct bench b = work("recipe a {\n stage signal\n}\n", 1, signal_plain, NULL);
    for (int32_t i = 0; i < LINES; i += 7) {
        const float *s = row(&b, Q_SIGNAL, 0, i);
        const uint8_t *m = (const uint8_t *)row(&b, Q_MASK, 0, i);
        for (int x = 0; x < SCAN_PIXELS; x++) {
            bool dead = x == 40 || x == 41 || x == 90, full = x == 120;
            assert_int_equal(m[x], dead ? MASK_DEAD : full ? MASK_SATURATED : 0);
            if (!dead && !full)
                assert_near((double)s[x], blocks(i, x), 3e-6);
        }
        double left = blocks(i, 39), right = blocks(i, 42);
        assert_near((double)s[40], left + (right - left) / 3, 1e-5);
        assert_near((double)s[41], left + (right - left) * 2 / 3, 1e-5);
        assert_near((double)s[90], 0.5 * (blocks(i, 89) + blocks(i, 91)), 1e-5);
    }
    unwork(&b);
}

/* ---- afterglow ---- */

/* Light in, detector signal out, by summing the glow of every earlier line. */
struct glow {
    float (*out)[SCAN_PIXELS];
};

static double
light_at(int32_t line, int pixel, bool interlaced)
{
    double air = interlaced && line % 2 == 0 ? scan_air(pixel, 0) / scan_air(pixel, 1) : 1;
    double mean = interlaced ? 0.5 * (1 + scan_air(pixel, 0) / scan_air(pixel, 1)) : 1;
    return line < 0 ? mean : air * blocks(line, pixel);
}

static void
make_glow(struct glow *g, bool interlaced)
{
    for (int x = 0; x < SCAN_PIXELS; x++)
        for (int32_t i = 0; i < LINES; i++) {
            double sum = light_at(i, x, interlaced);
            for (int k = 0; k < SCAN_LAGS; k++) {
                double f = scan_lag_fraction[k], d = scan_lag_decay[k], weight = f * (1 - d);
                sum -= f * light_at(i, x, interlaced);
                for (int32_t j = i; j > i - 800; j--, weight *= d)
                    sum += weight * light_at(j < 0 ? -1 : j, x, interlaced);
            }
            if (interlaced && i % 2 == 0)
                sum *= scan_air(x, 1) / scan_air(x, 0);
            g->out[i][x] = (float)sum;
        }
}

static double
signal_glow(const void *arg, int32_t line, int pixel, int energy)
{
    (void)energy;
    return (double)((const struct glow *)arg)->out[line][pixel];
}

static void
check_afterglow(bool interlaced, double need)
{
    static float store[LINES][SCAN_PIXELS];
    struct glow g = {store};
    double worst = 0, before = 0;

    even_poses(0.5, interlaced);
    make_glow(&g, interlaced);
    struct bench b = work("recipe a {\n stage signal\n stage afterglow\n}\n", interlaced ? 3 : 1,
                          signal_glow, &g);
    for (int32_t i = 0; i < LINES; i++)
        for (int x = 0; x < SCAN_PIXELS; x++) {
            if (x == 40 || x == 41 || x == 90)
                continue;
            double got = (double)row(&b, Q_SIGNAL, interlaced ? 2 : 0, i)[x];
            worst = fmax(worst, fabs(got - blocks(i, x)));
            before = fmax(before, fabs((double)g.out[i][x] - blocks(i, x)));
        }
    assert_near(worst, 0, 2e-5);
    assert_true(before > need); /* there was something to correct */
    unwork(&b);
}

static void
test_afterglow(void **state)
{
    (void)state;
    check_afterglow(false, 0.01);
    check_afterglow(true, 0.01);
}

/* ---- crosstalk ---- */

static double
signal_crosstalk(const void *arg, int32_t line, int x, int energy)
{
    (void)arg;
    (void)energy;
    double v[2]; /* with the scene, without */
    for (int air = 0; air < 2; air++) {
        double own = 1 - scan_left(x) - scan_right(x);
        v[air] = own * (air ? 1 : blocks(line, x));
        if (x > 0)
            v[air] += scan_right(x - 1) * (air ? 1 : blocks(line, x - 1));
        if (x + 1 < SCAN_PIXELS)
            v[air] += scan_left(x + 1) * (air ? 1 : blocks(line, x + 1));
    }
    return v[0] / v[1];
}

static void
test_crosstalk(void **state)
{
    (void)state;
    double worst = 0, before = 0;

    even_poses(0.5, false);
    struct bench b =
        work("recipe a {\n stage signal {\n repair_pixels 0\n }\n stage crosstalk\n}\n", 1,
             signal_crosstalk, NULL);
    for (int32_t i = 0; i < LINES; i += 3)
        for (int x = 0; x < SCAN_PIXELS; x++) {
            worst = fmax(worst, fabs((double)row(&b, Q_SIGNAL, 0, i)[x] - blocks(i, x)));
            before = fmax(before, fabs(signal_crosstalk(NULL, i, x, 0) - blocks(i, x)));
        }
    assert_near(worst, 0, 2e-5);
    assert_true(before > 0.02);
    unwork(&b);
}

/* ---- dose and drift ---- */

struct wobble {
    double dose[LINES], gain[LINES];
};

/* Everything left of pixel 150 may be covered: one end of the fan sees no air for a while. */
static double
wobbly_truth(int32_t line, int pixel)
{
    return line > 150 && line < 300 && pixel < 150 ? 0.3 : 1;
}

static double
signal_wobbly(const void *arg, int32_t line, int pixel, int energy)
{
    const struct wobble *w = arg;
    (void)energy;
    return w->dose[line] * w->gain[line] * wobbly_truth(line, pixel);
}

static void
test_drift(void **state)
{
    (void)state;
    struct wobble w;
    double sum[2] = {0, 0};

    even_poses(0.5, false);
    for (int i = 0; i < LINES; i++) {
        struct rng r = rng_start(8, (uint64_t)i);
        w.dose[i] = 1 + 0.01 * rng_normal(&r);
        w.gain[i] = 1 + 0.01 * i / LINES; /* 1 % during the scan */
        poses[i].dose = (float)(w.dose[i] * (1 + 0.001 * rng_normal(&r)));
    }
    struct bench b = work("recipe a {\n stage signal\n stage dose\n stage transmission\n}\n", 1,
                          signal_wobbly, &w);
    for (int32_t i = 160; i < 290; i++)
        sum[0] += (double)row(&b, Q_TRANSMISSION, 0, i)[100] / 130;
    for (int32_t i = 300; i < LINES; i++)
        sum[1] += (double)row(&b, Q_TRANSMISSION, 0, i)[100] / (LINES - 300);
    assert_near(sum[0] / 0.3, 1, 0.001);
    assert_near(sum[1], 1, 0.001);
    double worst = 0;
    for (int32_t i = 20; i < LINES; i++)
        worst = fmax(worst, fabs((double)row(&b, Q_TRANSMISSION, 0, i)[190] - 1));
    assert_near(worst, 0, 0.002); /* and no stripes from the dose */
    struct pose *last = (struct pose *)row(&b, Q_POSE, 0, LINES - 1);
    assert_near((double)last->dose / (w.dose[LINES - 1] * w.gain[LINES - 1]), 1, 0.001);
    unwork(&b);
}

/* The same lines as projections. */
static struct tape *
turned(const struct tape *t)
{
    struct plane_spec spec[2] = {*tape_plane(t, 0), *tape_plane(t, 1)};
    struct tape *out;
    struct err e;

    spec[0].lattice = spec[1].lattice = LATTICE_PROJ;
    assert_int_equal(tape_new(spec, 2, "scan {\n    simulated no\n}\n", &out, &e), 0);
    for (int k = 0; k < 2; k++) {
        for (int32_t i = 0; i < tape_mark(t, k); i++)
            memcpy(tape_line(out, k, i), tape_read(t, k, i), tape_line_bytes(t, k));
        tape_set_mark(out, k, tape_mark(t, k));
        tape_seal(out, k);
    }
    return out;
}

/* The object covers the whole fan, its ends by 2 % to 40 %; lines 40 to 44 have no light. */
static double
signal_wide(const void *arg, int32_t line, int pixel, int energy)
{
    (void)arg;
    (void)energy;
    double end = 0.98 - 0.38 * (line % 60) / 60;
    return (double)poses[line].dose * (pixel < 20 || pixel >= 180 ? end : 0.01);
}

/* In projections the reference alone says the dose. */
static void
test_turns(void **state)
{
    (void)state;
    even_poses(0.5, false);
    for (int i = 0; i < LINES; i++)
        poses[i].dose = i >= 40 && i < 45 ? 0.0003f : 1 + 0.01f * (float)(i % 5);
    struct bench b = {.text = scan_recipe("recipe a {\n stage signal\n stage dose\n}\n"),
                      .calib = scan_calib(1)};
    struct tape *lines = scan_raw_of(poses, LINES, 1, signal_wide, NULL);
    b.raw = turned(lines);
    for (int turns = 0; turns < 2; turns++) {
        double worst = 0;
        b.r = scan_keep(&b.text, turns ? b.raw : lines, b.calib);
        for (int32_t i = 0; i < LINES; i++) {
            const struct pose *p = (const struct pose *)row(&b, Q_POSE, 0, i);
            bool dark = i >= 40 && i < 45;
            if (turns)
                assert_int_equal(p->flags, dark ? POSE_MISSING : 0);
            worst = fmax(worst, dark ? 0 : fabs((double)p->dose / (double)poses[i].dose - 1));
        }
        assert_true(turns ? worst < 1e-6 : worst > 0.02); /* radiographs take the ends for air */
        recipe_close(b.r);
    }
    b.r = NULL;
    tape_free(lines);
    unwork(&b);
}

/* The dark signal has risen by 1 % of air; the source is off for the first hundred lines. */
static double
signal_risen(const void *arg, int32_t line, int pixel, int energy)
{
    (void)arg;
    (void)energy;
    return 0.01 * (1 + 0.3 * (pixel % 3)) + (line < 100 ? 0 : pixel < 100 ? 0.002 : 0.8);
}

static void
test_zero(void **state)
{
    (void)state;
    even_poses(0.5, false);
    for (int i = 0; i < 100; i++)
        poses[i].flags |= POSE_DARK;
    struct bench b =
        work("recipe a {\n stage signal\n stage zero {\n most 0.1\n }\n}\n", 1, signal_risen, NULL);
    for (int32_t i = 100; i < LINES; i += 9)
        for (int x = 0; x < SCAN_PIXELS; x++)
            if (x != 40 && x != 41 && x != 90)
                assert_near((double)row(&b, Q_SIGNAL, 0, i)[x], x < 100 ? 0.002 : 0.8, 1e-5);
    unwork(&b);
}

/* Lines 100 and 101 swap their energies without saying so; 200 does not fire; 250 comes twice. */
static double
signal_faulty(const void *arg, int32_t line, int pixel, int energy)
{
    (void)arg;
    double other = scan_air(pixel, 1 - energy) / scan_air(pixel, energy);
    double t = line > 90 && line < 110 && pixel < 120 ? 0.4 : 1;
    return line == 200 ? 0 : line == 100 || line == 101 ? other * t : t;
}

static void
test_faults(void **state)
{
    (void)state;
    even_poses(0.5, true);
    poses[100].dose = (float)(scan_air(0, 1) / scan_air(0, 0)); /* the monitor sees it, too */
    poses[101].dose = (float)(scan_air(0, 0) / scan_air(0, 1));
    poses[200].dose = 0;
    poses[251] = poses[250];            /* a trigger that came twice, and so its next is lost */
    for (int i = 300; i < LINES; i++) { /* line 300 follows a lost pair of triggers */
        poses[i].t_ns += 2000000;
        poses[i].belt_mm += 1.0f;
    }
    struct bench b = work("recipe a {\n stage signal\n stage dose\n}\n", 3, signal_faulty, NULL);
    for (int32_t i = 0; i < LINES; i++) {
        uint32_t want = i == 100 || i == 101   ? POSE_SUSPECT
                        : i == 200             ? POSE_MISSING
                        : i == 251             ? POSE_DOUBLED
                        : i == 252 || i == 300 ? POSE_LOST
                                               : 0;
        uint32_t got = ((const struct pose *)row(&b, Q_POSE, 2, i))->flags & ~POSE_HIGH;
        if (got != want)
            fail_msg("line %d has flags %x, not %x", i, got, want);
    }
    unwork(&b);
}

/* ---- rows ---- */

static double
signal_ramp(const void *arg, int32_t line, int pixel, int energy)
{
    (void)arg;
    (void)line;
    (void)energy;
    return 0.1 + 0.004 * pixel;
}

static void
test_rows(void **state)
{
    (void)state;
    even_poses(0.5, false);
    struct bench b = work("recipe a {\n stage signal {\n repair_pixels 0\n }\n stage transmission\n"
                          " stage rows\n}\n",
                          1, signal_ramp, NULL);
    const float *t = row(&b, Q_TRANSMISSION, 0, 10);
    const uint8_t *m = (const uint8_t *)row(&b, Q_MASK, 0, 10);
    for (int i = 0; i < SCAN_ROWS; i++) {
        double pixel = i < 110    ? 0.9 * i
                       : i >= 115 ? 100 + 0.9 * (i - 115)
                                  : 0.9 * 109 + (100 - 0.9 * 109) * (i - 109) / 6.0;
        bool gap = i >= 110 && i < 115;
        pixel = pixel > SCAN_PIXELS - 1 ? SCAN_PIXELS - 1 : pixel;
        assert_near((double)t[i], 0.1 + 0.004 * pixel, 1e-5);
        assert_int_equal((m[i] & MASK_GAP) != 0, gap);
        bool dead = pixel > 39 && pixel < 42 - 1e-3;
        if (pixel > 39.1 && pixel < 41.9)
            assert_int_equal((m[i] & MASK_DEAD) != 0, dead);
        if (pixel < 38.9 || (pixel > 42.1 && pixel < 88.9))
            assert_int_equal(m[i] & MASK_DEAD, 0);
    }
    unwork(&b);
}

/* ---- attenuation and denoise ---- */

static double
signal_steps(const void *arg, int32_t line, int pixel, int energy)
{
    static const double t[8] = {1, 0.5, 0.1, 0.01, 1e-3, 1e-5, 0, -1e-4};
    (void)arg;
    (void)line;
    return t[pixel / 25] * (energy ? 0.999 : 1);
}

static void
test_attenuation(void **state)
{
    (void)state;
    even_poses(0.5, false);
    struct bench b = work("recipe a {\n stage signal\n stage transmission\n stage attenuation\n}\n",
                          1, signal_steps, NULL);
    const float *a = row(&b, Q_ATTENUATION, 0, 5);
    const uint8_t *m = (const uint8_t *)row(&b, Q_MASK, 0, 5);
    for (int x = 0; x < SCAN_PIXELS; x++) {
        double t = signal_steps(NULL, 5, x, 0), least = 3 * 3 / scan_air(x, 0);
        assert_int_equal((m[x] & MASK_STARVED) != 0, t < least);
        if (t < least)
            assert_near((double)a[x], -log(least), 1e-4);
        else if (x != 40 && x != 41 && x != 90)
            assert_near((double)a[x], -log(t), 2.0 / scan_air(x, 0) / t + 1e-6);
    }
    unwork(&b);
}

/* Noise as the calibration predicts it, and an edge of 0.25 in the attenuation of both energies. */
static double
signal_noisy(const void *arg, int32_t line, int pixel, int energy)
{
    struct rng r = rng_start(3 + (uint64_t)energy, (uint64_t)(line * SCAN_PIXELS + pixel));
    double t = (pixel < 100 ? 0.10 : 0.078) * (energy ? 1.5 : 1), quanta = scan_air(pixel, energy);
    (void)arg;
    return t + sqrt(t / quanta) * rng_normal(&r);
}

static void
spread(const struct bench *b, int from, int to, double *mean, double *sigma)
{
    double n = 0, s = 0, s2 = 0;
    for (int32_t i = 50; i < 350; i++)
        for (int x = from; x < to; x++) {
            double v = (double)row(b, Q_ATTENUATION, 0, i)[x];
            n++;
            s += v;
            s2 += v * v;
        }
    *mean = s / n;
    *sigma = sqrt(s2 / n - *mean * *mean);
}

static void
test_denoise(void **state)
{
    (void)state;
    const char *words = "recipe a {\n stage signal\n stage transmission\n stage attenuation\n%s}\n";
    char plain[200], filtered[200];
    double mean[4], sigma[4];

    even_poses(0.5, false);
    snprintf(plain, sizeof plain, words, "");
    snprintf(filtered, sizeof filtered, words, " stage denoise\n");
    struct bench b = work(plain, 2, signal_noisy, NULL);
    spread(&b, 102, 190, &mean[0], &sigma[0]);
    spread(&b, 99, 100, &mean[1], &sigma[1]);
    unwork(&b);
    b = work(filtered, 2, signal_noisy, NULL);
    spread(&b, 102, 190, &mean[2], &sigma[2]);
    spread(&b, 99, 100, &mean[3], &sigma[3]);
    unwork(&b);
    assert_true(sigma[2] < 0.45 * sigma[0]);  /* nine pixels: at best a third */
    assert_near(mean[2] - mean[0], 0, 1e-4);  /* unbiased */
    assert_near(mean[3] - mean[1], 0, 0.002); /* the pixel beside the edge stays on its side */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signal),    cmocka_unit_test(test_afterglow),
        cmocka_unit_test(test_crosstalk), cmocka_unit_test(test_drift),
        cmocka_unit_test(test_faults),    cmocka_unit_test(test_zero),
        cmocka_unit_test(test_rows),      cmocka_unit_test(test_attenuation),
        cmocka_unit_test(test_denoise),   cmocka_unit_test(test_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
