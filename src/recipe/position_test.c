/* position_test: a known pattern under a belt that speeds up, stops, reverses and loses triggers
 * comes out at columns of constant pitch, both energies in one place; nothing shifts silently. */
#include "recipe/recipe_scan.h"

#include "base/rng.h"
#include "base/test.h"

#define LINES_MAX 6000
#define FEATURES 18
#define FEATURE_MM 20.0 /* distance of features */
#define WIDTH_MM 1.5    /* their standard deviation */

/* A belt in time: where each trigger truly was. */
struct belt {
    int n;
    double x_mm[LINES_MAX];
    struct pose pose[LINES_MAX];
};

enum trouble {
    SMOOTH = 0,
    SPEED = 1,
    STOPS = 2,
    REVERSE = 4,
    TRIGGERS = 8,
    ENCODER = 16,
    SENSOR = 32
};

/* Speed over set speed: ramps of 60 triggers around stops and turns. */
static double
told(int trouble, double x, int *phase, int *left)
{
    static const double stop_mm = 101.3, turn_mm = 203.7;

    if (*left > 0)
        (*left)--;
    if ((trouble & STOPS) && *phase == 0 && x > stop_mm) {
        *phase = 1;
        *left = 500;
    }
    if (*phase == 1 && *left == 0)
        *phase = 2;
    if ((trouble & REVERSE) && *phase != 3 && *phase != 4 && x > turn_mm) {
        *phase = 3;
        *left = 150;
    }
    if (*phase == 3 && *left == 0)
        *phase = 4;
    return *phase == 1 ? 0 : *phase == 3 ? -1 : 1;
}

static void
add(struct belt *b, double x, int trigger, int trouble, double sensed, bool interlaced)
{
    struct pose p = {.t_ns = (int64_t)trigger * 1000000, .dose = 1};
    double believed = trouble & ENCODER  ? floor(x / 0.25 + 0.5) * 0.25
                      : trouble & SENSOR ? sensed
                                         : x;
    p.belt_mm = (float)believed;
    p.flags = interlaced && trigger % 2 ? POSE_HIGH : 0;
    b->x_mm[b->n] = x;
    b->pose[b->n++] = p;
}

static void
belt_make(struct belt *b, int trouble, double pitch_mm, bool interlaced)
{
    double x = 0, speed = 1, sensed = 0;
    int phase = 0, left = 0;

    b->n = 0;
    for (int i = 0; x < (FEATURES + 1) * FEATURE_MM && b->n < LINES_MAX - 2; i++) {
        struct rng r = rng_start(7, (uint64_t)i);
        bool lost = (trouble & TRIGGERS) && rng_unit(&r) < 0.01;
        bool twice = (trouble & TRIGGERS) && rng_unit(&r) < 0.01;
        if (!lost) {
            add(b, x, i, trouble, sensed, interlaced);
            if (twice) {
                b->x_mm[b->n] = x;
                b->pose[b->n] = b->pose[b->n - 1];
                b->pose[b->n].t_ns += 60000;
                b->pose[b->n++].flags |= POSE_DOUBLED;
            }
        }
        double want = told(trouble, x, &phase, &left);
        speed += (want - speed) / 20;
        double step = pitch_mm * speed * (trouble & SPEED ? 1 + 0.3 * sin(i * 0.02) : 1);
        x += step;
        sensed += step * (1 + 0.01 * rng_normal(&r));
    }
}

/* Dark lines across the belt at every multiple of FEATURE_MM but the first. */
static double
pattern(const void *arg, int32_t line, int pixel, int energy)
{
    const struct belt *b = arg;
    double x = b->x_mm[line], nearest = floor(x / FEATURE_MM + 0.5) * FEATURE_MM;
    double d = (x - nearest) / WIDTH_MM;

    if (nearest < FEATURE_MM / 2 || pixel < 20 || pixel >= 180)
        return 1;
    return 1 - (energy ? 0.6 : 0.8) * exp(-0.5 * d * d);
}

struct seen {
    double worst_column; /* furthest feature from its place, columns */
    int columns, suspect, no_line;
};

static double
feature_at(const struct tape *t, int plane, double mm, double pitch_mm, double origin_mm)
{
    int32_t from = (int32_t)((mm - 8 - origin_mm) / pitch_mm), to = from + (int32_t)(16 / pitch_mm);
    double sum = 0, first = 0;

    for (int32_t c = from < 0 ? 0 : from; c <= to && c < tape_mark(t, plane); c++) {
        double dark = 1 - (double)((const float *)tape_read(t, plane, c))[100];
        sum += dark;
        first += dark * (origin_mm + c * pitch_mm);
    }
    return sum > 0 ? first / sum : -1e9;
}

static struct seen
position_run(const struct belt *b, int energies, double pitch_mm)
{
    char words[200];
    struct seen s = {0, 0, 0, 0};

    snprintf(words, sizeof words,
             "recipe a {\n stage signal\n stage dose\n stage transmission\n stage position {\n"
             " pitch_mm %g\n }\n}\n",
             pitch_mm);
    struct text text = scan_recipe(words);
    struct tape *raw = scan_raw_of(b->pose, b->n, energies, pattern, b), *calib = scan_calib(2);
    struct recipe *r = scan_keep(&text, raw, calib);
    struct tape *out = recipe_out(r);
    for (int k = 0; k < 2; k++) {
        int plane = tape_find(out, Q_TRANSMISSION, 0, k), mask = tape_find(out, Q_MASK, 0, k);
        s.columns = tape_mark(out, plane);
        for (int f = 1; f < FEATURES; f++) {
            double at = feature_at(out, plane, f * FEATURE_MM, pitch_mm, 0);
            s.worst_column = fmax(s.worst_column, fabs(at - f * FEATURE_MM) / pitch_mm);
        }
        for (int c = 2; c < s.columns - 2; c++) {
            uint8_t m = ((const uint8_t *)tape_read(out, mask, c))[100];
            s.suspect += (m & MASK_SUSPECT) != 0;
            s.no_line += (m & MASK_NO_LINE) != 0;
        }
    }
    recipe_close(r);
    tape_free(raw);
    tape_free(calib);
    text_free(&text);
    return s;
}

static void
check(int trouble, int energies, double line_mm, double pitch_mm, double tolerance)
{
    static struct belt b;
    belt_make(&b, trouble, line_mm, energies == 3);
    struct seen s = position_run(&b, energies, pitch_mm);
    if (!(s.worst_column <= tolerance))
        fail_msg("trouble %d, energies %d, lines %g mm: off by %.3f columns", trouble, energies,
                 line_mm, s.worst_column);
    assert_true(s.columns > (FEATURES + 0.9) * FEATURE_MM / pitch_mm);
    if (!(trouble & TRIGGERS))
        assert_int_equal(s.suspect + s.no_line, 0);
    else
        assert_true(s.suspect > 0 && s.suspect < s.columns / 2);
}

static void
test_even(void **state)
{
    (void)state;
    check(SMOOTH, 2, 0.8, 0.8, 0.02);
    check(SMOOTH, 2, 0.3, 0.8, 0.02); /* denser lines than columns */
    check(SMOOTH, 2, 1.1, 0.8, 0.05); /* sparser */
    check(SMOOTH, 3, 0.4, 0.8, 0.02); /* each energy every 0.8 */
}

static void
test_motion(void **state)
{
    (void)state;
    for (int energies = 2; energies <= 3; energies++) {
        double line_mm = energies == 3 ? 0.4 : 0.8;
        check(SPEED, energies, line_mm, 0.8, 0.1);
        check(STOPS, energies, line_mm, 0.8, 0.1);
        check(REVERSE, energies, line_mm, 0.8, 0.1);
        check(SPEED | STOPS | REVERSE, energies, line_mm, 0.8, 0.2);
    }
}

static void
test_triggers(void **state)
{
    (void)state;
    check(TRIGGERS, 2, 0.8, 0.8, 0.1);
    check(TRIGGERS, 3, 0.4, 0.8, 0.1);
    check(SPEED | STOPS | REVERSE | TRIGGERS, 3, 0.4, 0.8, 0.2);
}

/* An encoder with steps of a third of a column; a sensor whose every reading is 1 % off. */
static void
test_sensors(void **state)
{
    (void)state;
    check(SPEED | STOPS | ENCODER, 2, 0.8, 0.8, 0.2);
    check(SPEED | SENSOR, 3, 0.4, 0.8, 0.5);
}

/* A hole of twenty triggers is marked, and what follows is in its place. */
static void
test_hole(void **state)
{
    (void)state;
    static struct belt b;
    belt_make(&b, SMOOTH, 0.8, false);
    memmove(b.x_mm + 200, b.x_mm + 220, sizeof *b.x_mm * (size_t)(b.n - 220));
    memmove(b.pose + 200, b.pose + 220, sizeof *b.pose * (size_t)(b.n - 220));
    b.n -= 20;
    struct seen s = position_run(&b, 2, 0.8);
    assert_true(s.worst_column > 0.5);          /* the feature in the hole is gone */
    assert_in_range(s.no_line, 2 * 18, 2 * 22); /* and said to be, for both energies */
    assert_true(s.columns > (FEATURES + 0.9) * FEATURE_MM / 0.8); /* nothing moved up */
}

/* The measure can fail: without the encoder's knowledge of a stop, features move. */
static void
test_control(void **state)
{
    (void)state;
    static struct belt b;
    belt_make(&b, SPEED, 0.8, false);
    for (int i = 0; i < b.n; i++)
        b.pose[i].belt_mm = (float)(0.8 * i);
    struct seen s = position_run(&b, 2, 0.8);
    assert_true(s.worst_column > 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_even),     cmocka_unit_test(test_motion),
        cmocka_unit_test(test_triggers), cmocka_unit_test(test_sensors),
        cmocka_unit_test(test_hole),     cmocka_unit_test(test_control),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
