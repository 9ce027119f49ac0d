/* Synthetic scans through calib_make: levels, and every complaint provoked. */
#include "base/num.h"
#include "base/rng.h"
#include "base/test.h"
#include "calib/calib.h"

enum { PIXELS = 192, LINES = 240, MODULE = 32 };

/* A one-view, one-energy raw tape of a machine called `name`; hooks bend the counts. */
struct maker {
    const char *scanner;
    int pixels, lines, seed;
    double offset, air; /* air 0 = source off */
    double (*bend)(int line, int pixel, double mean);
    bool plain; /* poses that say nothing about the source */
};

static double
straight(int line, int pixel, double mean)
{
    (void)line;
    (void)pixel;
    return mean;
}

static struct tape *
make_tape(const struct maker *k)
{
    struct err e;
    struct tape *t;
    char about[200];
    struct plane_spec spec[2] = {
        {.quantity = Q_COUNTS, .rows = k->pixels, .cols = 1, .lines = k->lines, .ring = k->lines},
        {.quantity = Q_POSE, .rows = 1, .cols = 1, .lines = k->lines, .ring = k->lines}};

    snprintf(about, sizeof about, "scanner %s\n", k->scanner);
    assert_int_equal(tape_new(spec, 2, about, &t, &e), 0);
    for (int l = 0; l < k->lines; l++) {
        struct rng r = rng_start((uint64_t)k->seed, (uint64_t)l);
        uint32_t *counts = tape_line(t, 0, l);
        struct pose *pose = tape_line(t, 1, l);
        *pose = (struct pose){.t_ns = l * 1000000, .dose = 1.0f + 0.02f * (float)(l % 5 - 2)};
        if (k->plain)
            pose->dose = 1;
        if (k->air == 0 && !k->plain)
            *pose = (struct pose){.t_ns = l * 1000000, .dose = 1, .flags = POSE_DARK};
        for (int p = 0; p < k->pixels; p++) {
            double photons = k->air * (1 - 0.2 * p / k->pixels) * (double)pose->dose / 10;
            double mean = k->offset + 10 * photons + sqrt(10 * 10 * photons) * rng_normal(&r);
            mean = k->bend(l, p, mean + 3 * rng_normal(&r));
            counts[p] = mean < 0 ? 0 : mean > 1048575 ? 1048575 : (uint32_t)(mean + 0.5);
        }
    }
    for (int i = 0; i < 2; i++) {
        tape_set_mark(t, i, k->lines);
        tape_seal(t, i);
    }
    return t;
}

static const struct maker dark_maker = {"bench", PIXELS, LINES, 1, 2000, 0, straight, false};
static const struct maker air_maker = {"bench", PIXELS, LINES, 2, 2000, 400000, straight, false};

static int
calibrate(const struct maker *dark, const struct maker *air, int threads, struct notes *notes,
          struct tape **out, struct err *e)
{
    struct par *pool;
    struct calib_input in = {.dark = {.path = "D.tape", .tape = make_tape(dark)},
                             .air = {.path = "A.tape", .tape = make_tape(air)}};

    assert_int_equal(par_open(&pool, threads, e), 0);
    int result = calib_make(&in, pool, notes, out, e);
    par_close(pool);
    tape_free((struct tape *)in.dark.tape);
    tape_free((struct tape *)in.air.tape);
    return result;
}

static const float *
plane_of(const struct tape *t, enum quantity q)
{
    int i = tape_find(t, q, 0, 0);

    assert_true(i >= 0);
    return tape_read(t, i, 0);
}

static void
levels_are_right(void **state)
{
    (void)state;
    struct notes notes;
    struct err e;
    struct tape *t;

    assert_int_equal(calibrate(&dark_maker, &air_maker, 1, &notes, &t, &e), 0);
    assert_int_equal(notes.n, 0);
    const float *dark = plane_of(t, Q_DARK), *air = plane_of(t, Q_AIR);
    const float *noise = plane_of(t, Q_NOISE), *rough = plane_of(t, Q_AIR_NOISE);
    double ratio = 0;
    for (int p = 0; p < PIXELS; p++) {
        double signal = 400000 * (1 - 0.2 * p / PIXELS);
        assert_near(dark[p], 2000, 1.5);
        assert_near(air[p] / signal, 1, 0.003);
        assert_near(noise[p], 3, 0.8);
        ratio += rough[p] * rough[p] / (10 * signal) / PIXELS;
    }
    assert_near(ratio, 1, 0.03);
    tape_free(t);
}

static void
threads_do_not_matter(void **state)
{
    (void)state;
    struct notes notes;
    struct err e;
    struct tape *t[3];
    const int threads[] = {1, 2, 5};

    for (int i = 0; i < 3; i++)
        assert_int_equal(calibrate(&dark_maker, &air_maker, threads[i], &notes, &t[i], &e), 0);
    for (int i = 0; i < tape_planes(t[0]); i++)
        for (int k = 1; k < 3; k++)
            assert_memory_equal(tape_read(t[0], i, 0), tape_read(t[k], i, 0),
                                tape_line_bytes(t[0], i));
    for (int i = 0; i < 3; i++)
        tape_free(t[i]);
}

/* ---- what can be wrong ---- */

static double
dead_block(int line, int pixel, double mean)
{
    (void)line;
    return pixel >= 64 && pixel < 96 ? 2000 : mean;
}

static double
equal_to_dark(int line, int pixel, double mean)
{
    (void)line;
    return pixel == 7 ? 2000 : mean;
}

static double
bright(int line, int pixel, double mean)
{
    (void)line;
    (void)pixel;
    return 4 * mean;
}

static double
drifting(int line, int pixel, double mean)
{
    return pixel == 100 ? mean * (1 + 0.05 * line / LINES) : mean;
}

static double
noisy(int line, int pixel, double mean)
{
    return pixel == 50 ? mean + 4000 * ((line * 7919) % 13 - 6) : mean;
}

static double
leaking(int line, int pixel, double mean)
{
    (void)pixel;
    return line > LINES / 2 ? mean + 4000 : mean;
}

static double
obstructed(int line, int pixel, double mean)
{
    return line > LINES / 2 && pixel >= 20 && pixel < 60 ? 0.5 * mean : mean;
}

static void
complains(const struct maker *dark, const struct maker *air, bool usable, const char *about)
{
    struct notes notes;
    struct err e = {.code = ERR_NONE};
    struct tape *t = NULL;
    bool found = false;
    int result = calibrate(dark, air, 2, &notes, &t, &e);

    assert_int_equal(result, usable ? 0 : -1);
    if (usable) {
        for (int i = 0; i < notes.n; i++)
            found |= strstr(notes.note[i].text, about) != NULL;
        if (!found)
            fail_msg("nobody says '%s'; first of %d: %s", about, notes.n,
                     notes.n > 0 ? notes.note[0].text : "");
    } else if (strstr(e.text, about) == NULL) {
        fail_msg("want '%s' in: %s", about, e.text);
    }
    tape_free(t);
}

static void
scans_are_judged(void **state)
{
    (void)state;
    struct maker d = dark_maker, a = air_maker;

    d.plain = true;
    complains(&a, &d, false, "the two scans look mixed up");
    complains(&d, &d, false, "was the source on");
    complains(&a, &dark_maker, false, "are dark and air mixed up");
    d = dark_maker;
    a.bend = bright;
    complains(&d, &a, false, "saturated: 192 of 192");
    a = air_maker;
    a.bend = dead_block;
    complains(&d, &a, true, "pixels 64 to 95 are dead");
    a.bend = drifting;
    complains(&d, &a, true, "1 pixels of 192 are drifting (100)");
    a.bend = noisy;
    complains(&d, &a, true, "1 pixels of 192 are noisy (50)");
    a.bend = obstructed;
    complains(&d, &a, true, "something stood before pixels 20 to 59");
    a = air_maker;
    d.bend = leaking;
    complains(&d, &a, true, "light or radiation reached the detector");
    d = dark_maker;
    a.lines = 5;
    complains(&d, &a, true, "only 5 air lines");
    a = air_maker;
    a.scanner = "other";
    complains(&d, &a, false, "of scanner 'other'");
    a = air_maker;
    a.pixels = 100;
    complains(&d, &a, false, "100 x 1 pixels");
}

/* The pixel of the real data set: its flat equals its dark. It is masked, never divided by. */
static void
flat_equal_to_dark_is_masked(void **state)
{
    (void)state;
    struct notes notes;
    struct err e;
    struct tape *t;
    struct maker a = air_maker, d = dark_maker;

    a.lines = d.lines = 1;
    a.bend = d.bend = equal_to_dark;
    assert_int_equal(calibrate(&d, &a, 1, &notes, &t, &e), 0);
    const uint8_t *bad = tape_read(t, tape_find(t, Q_BAD_PIXEL, 0, 0), 0);
    assert_int_equal(bad[7], MASK_DEAD);
    assert_int_equal(bad[8], 0);
    assert_true(plane_of(t, Q_AIR)[7] == 0);
    tape_free(t);
}

/* Two exponentials after line LINES / 2, as doc/physics/calibration.md has them. */
static double
falling(int line, int pixel, double mean)
{
    int m = line - LINES / 2 + 1;

    (void)pixel;
    return m <= 0 ? mean : 2000 + (mean - 2000) * (0.02 * pow(0.6, m) + 0.008 * pow(0.97, m));
}

static void
afterglow_is_found(void **state)
{
    (void)state;
    struct notes notes;
    struct err e;
    struct tape *t;
    struct maker lag = air_maker;
    struct calib_input in = {.dark = {.path = "D.tape", .tape = make_tape(&dark_maker)},
                             .air = {.path = "A.tape", .tape = make_tape(&air_maker)}};

    lag.seed = 3;
    lag.plain = true;
    lag.bend = falling;
    in.lag = (struct calib_tape){.path = "L.tape", .tape = make_tape(&lag)};
    assert_int_equal(calib_make(&in, NULL, &notes, &t, &e), 0);
    int plane = tape_find(t, Q_LAG_MODEL, 0, 0);
    assert_true(plane >= 0 && tape_mark(t, plane) >= 4);
    for (int m = 1; m <= 100; m++) { /* what counts is the sum, not the split into parts */
        double sum = 0, want = 0.02 * pow(0.6, m) + 0.008 * pow(0.97, m);
        for (int k = 0; k < tape_mark(t, plane) / 2; k++)
            sum += (double)*(const float *)tape_read(t, plane, 2 * k) *
                   pow((double)*(const float *)tape_read(t, plane, 2 * k + 1), m);
        assert_near(sum, want, 2e-4);
    }
    tape_free(t);
    tape_free((struct tape *)in.lag.tape);
    in.lag.tape = in.air.tape; /* an air scan is no lag scan */
    assert_int_equal(calib_make(&in, NULL, &notes, &t, &e), -1);
    assert_non_null(strstr(e.text, "this is no lag scan"));
    tape_free((struct tape *)in.dark.tape);
    tape_free((struct tape *)in.air.tape);
}

/* Every pixel gives 4 % of its light to either neighbour. */
static void
crosstalk_is_found(void **state)
{
    (void)state;
    struct notes notes;
    struct err e;
    struct tape *t, *air = make_tape(&air_maker);
    struct calib_input in = {.dark = {.path = "D.tape", .tape = make_tape(&dark_maker)},
                             .air = {.path = "A.tape", .tape = air}};
    double before[PIXELS];

    for (int l = 0; l < LINES; l++) { /* the lines are ours until they are read */
        uint32_t *counts = (uint32_t *)tape_read(air, 0, l);
        for (int p = 0; p < PIXELS; p++)
            before[p] = (double)counts[p] - 2000;
        for (int p = 0; p < PIXELS; p++) {
            double v = 0.92 * before[p];
            v += 0.04 * ((p > 0 ? before[p - 1] : 0) + (p + 1 < PIXELS ? before[p + 1] : 0));
            counts[p] = (uint32_t)(2000.5 + v);
        }
    }
    assert_int_equal(calib_make(&in, NULL, &notes, &t, &e), 0);
    assert_near(plane_of(t, Q_CROSSTALK)[10], 0.04, 0.004);
    tape_free(t);
    tape_free((struct tape *)in.dark.tape);
    tape_free(air);
    assert_int_equal(calibrate(&dark_maker, &air_maker, 1, &notes, &t, &e), 0);
    assert_int_equal(tape_find(t, Q_CROSSTALK, 0, 0), -1); /* none where there is none */
    tape_free(t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_right),   cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(scans_are_judged),   cmocka_unit_test(flat_equal_to_dark_is_masked),
        cmocka_unit_test(afterglow_is_found), cmocka_unit_test(crosstalk_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
