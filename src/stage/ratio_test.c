/* ratio_test: noise of the ratio falls, its mean stays, nothing bleeds over edges, and every level
 * gives the same bits. */
#include "base/rng.h"
#include "base/test.h"
#include "kern/kern.h"
#include "recipe/recipe.h"

#define ROWS 300
#define LINES 80
#define EDGE 140 /* rows below: attenuation 1, ratio 1.2; above: 3 and 1.5 */

enum { LOW, HIGH };

static struct tape *
noisy(void)
{
    struct plane_spec s = {.quantity = Q_ATTENUATION,
                           .lattice = LATTICE_GRID,
                           .rows = ROWS,
                           .cols = 1,
                           .lines = LINES,
                           .ring = LINES};
    struct plane_spec specs[2] = {s, s};
    struct rng g = rng_start(7, 1);
    struct tape *t;
    struct err e;

    specs[HIGH].energy = 1;
    if (tape_new(specs, 2, "", &t, &e) != 0)
        fail_msg("%s", e.text);
    for (int32_t line = 0; line < LINES; line++)
        for (int32_t r = 0; r < ROWS; r++) {
            double high = r < EDGE ? 1 : 3, ratio = r < EDGE ? 1.2 : 1.5;
            ((float *)tape_line(t, HIGH, line))[r] = (float)(high + 0.01 * rng_normal(&g));
            ((float *)tape_line(t, LOW, line))[r] = (float)(high * ratio + 0.01 * rng_normal(&g));
        }
    for (int i = 0; i < 2; i++) {
        tape_set_mark(t, i, LINES);
        tape_seal(t, i);
    }
    return t;
}

static void
run(struct tape *in, int level, int step, float (*low)[ROWS])
{
    static const char recipe[] = "recipe x {\n stage ratio {\n radius_pixels 4\n }\n}\n";
    struct recipe_options o = {.kern_level = level, .step = step};
    struct recipe *r;
    struct text t;
    struct err e;

    assert_int_equal(text_parse(&t, "x", recipe, strlen(recipe), &e), 0);
    if (recipe_open(&t, in, NULL, NULL, &o, &r, &e) != 0)
        fail_msg("%s", e.text);
    while (recipe_turn(r))
        ;
    int plane = tape_find(recipe_out(r), Q_ATTENUATION, 0, 0);
    assert_int_equal(tape_mark(recipe_out(r), plane), LINES);
    for (int32_t i = 0; i < LINES; i++)
        memcpy(low[i], tape_read(recipe_out(r), plane, i), sizeof low[i]);
    recipe_close(r);
    text_free(&t);
}

/* Mean and deviation of low / high over rows [from, to). */
static void
measure(struct tape *t, float (*low)[ROWS], int from, int to, double *mean, double *deviation)
{
    double sum = 0, square = 0;
    int n = (to - from) * LINES;

    for (int32_t line = 0; line < LINES; line++)
        for (int r = from; r < to; r++) {
            double q = (double)low[line][r] / (double)((const float *)tape_read(t, HIGH, line))[r];
            sum += q;
            square += q * q;
        }
    *mean = sum / n;
    *deviation = sqrt(square / n - *mean * *mean);
}

static float before[LINES][ROWS], after[LINES][ROWS], again[LINES][ROWS];

static void
test_steadies(void **state)
{
    (void)state;
    static const struct {
        int from, to;
        double ratio;
    } parts[] = {{0, EDGE, 1.2}, {EDGE, ROWS, 1.5}, {EDGE - 2, EDGE, 1.2}, {EDGE, EDGE + 2, 1.5}};
    struct tape *t = noisy();

    for (int32_t i = 0; i < LINES; i++)
        memcpy(before[i], tape_read(t, LOW, i), sizeof before[i]);
    run(t, 0, 0, after);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        double mean, old, new;
        measure(t, before, parts[i].from, parts[i].to, &mean, &old);
        measure(t, after, parts[i].from, parts[i].to, &mean, &new);
        assert_near(mean, parts[i].ratio, 0.002);
        /* 25 neighbours, 15 beside an edge: a fifth, a quarter of the noise */
        if (!(new<0.3 * old &&new> 0.1 * old))
            fail_msg("part %zu: deviation %.5f, before %.5f", i, new, old);
    }
    tape_free(t);
}

static void
test_same_bits(void **state)
{
    (void)state;
    struct tape *t = noisy();

    run(t, 1, 1, after);
    for (int level = 1; level <= 4; level++)
        for (int step = 5; step < 100 && level != 2 && kern_get(level) != NULL; step += 59) {
            run(t, level, step, again);
            assert_memory_equal(after, again, sizeof after);
        }
    tape_free(t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steadies),
        cmocka_unit_test(test_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
