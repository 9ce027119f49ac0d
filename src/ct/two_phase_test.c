/* Tests of level_set and two_phase: the slope of the cost, and a slice from a sixth of a turn. */
#include "ct/disc_test.h"

#include "base/arena.h"
#include "base/par.h"
#include "ct/back.h"
#include "ct/filter.h"
#include "ct/level_set.h"
#include "ct/redundancy.h"
#include "ct/two_phase.h"

#define VIEWS 25
#define ACROSS 96 /* voxels of the mesh */
#define SIZE 128  /* voxels of what is compared, of 0.55 mm */
#define VOXEL_MM 0.55

static double
x_of(int32_t i)
{
    return (i % SIZE - (SIZE - 1) / 2.0) * VOXEL_MM;
}

static double
y_of(int32_t i)
{
    return ((SIZE - 1) / 2.0 - i / SIZE) * VOXEL_MM;
}

static bool
truth(int32_t i)
{
    bool in = hypot(x_of(i) - body.x_mm, y_of(i) - body.y_mm) < body.radius_mm;

    for (int h = 0; h < COUNT(holes); h++)
        in = in && hypot(x_of(i) - holes[h].x_mm, y_of(i) - holes[h].y_mm) > holes[h].radius_mm;
    return in;
}

/* Matthews' correlation with the truth: 1 = all voxels right, 0 = no better than chance. */
static double
matthews(const bool *found)
{
    double n[2][2] = {{0}};

    for (int32_t i = 0; i < SIZE * SIZE; i++)
        n[found[i]][truth(i)]++;
    return (n[1][1] * n[0][0] - n[1][0] * n[0][1]) /
           sqrt((n[1][1] + n[1][0]) * (n[1][1] + n[0][1]) * (n[0][0] + n[1][0]) *
                (n[0][0] + n[0][1]));
}

/* A cost of all its terms at a level set that is nowhere flat. */
static void
cost_open(struct level_set *s, const struct scan *scan, struct arena *arena)
{
    struct ct_disc d = {.x_mm = body.x_mm, .y_mm = body.y_mm, .radius_mm = body.radius_mm};
    struct rng random = rng_start(3, 1);
    struct err e;

    assert_int_equal(level_set_open(s, &scan->g, scan->view, scan->n, &d, 68, 32, NULL, arena, &e),
                     0);
    for (size_t i = 0; i < s->rays; i++) {
        s->goal[i] = (float)rng_range(&random, 0, 40);
        s->weight[i] = (float)rng_range(&random, 0, 2);
    }
    for (size_t i = 0; i < s->n; i++)
        s->level[i] = rng_range(&random, -4, 4);
    s->edges = 7;
    s->undecided = 300;
    level_set_smooth(s, 2.5);
}

static void
slope_is_that_of_the_cost(void **state)
{
    static struct scan scan;
    struct arena arena = {0};
    struct level_set s;
    (void)state;

    scan_make(&scan, &geometries[0], 12, 0, 1, 0, 0);
    cost_open(&s, &scan, &arena);
    double *slope = arena_zero(&arena, 2 * s.n, sizeof *slope), *other = slope + s.n;
    (void)level_set_cost(&s, s.level, slope);
    for (size_t i = 3 * 32 + 5; i < s.n; i += 41) { /* middle and rim */
        double before = s.level[i], step = 0.3, up, down;
        s.level[i] = before + step;
        up = level_set_cost(&s, s.level, other);
        s.level[i] = before - step;
        down = level_set_cost(&s, s.level, other);
        s.level[i] = before;
        assert_near((up - down) / (2 * step), slope[i], 0.02 + 0.005 * fabs(slope[i]));
    }
    level_set_close(&s);
    arena_free(&arena);
}

/* The best that one threshold makes of filtered back-projection. */
static double
best_of_fbp(const struct scan *s, struct arena *a)
{
    struct ct_geometry wide = ct_filter_wide(&s->g);
    struct ct_grid grid = {.size = SIZE, .slices = 1, .voxel_mm = VOXEL_MM, .slice_mm = 1};
    float *weight = arena_zero(a, (size_t)s->n * COLS, sizeof *weight);
    float **view = arena_zero(a, (size_t)s->n, sizeof *view);
    float *slice = arena_zero(a, (size_t)SIZE * SIZE, sizeof *slice);
    bool *found = arena_zero(a, (size_t)SIZE * SIZE, sizeof *found);
    struct ct_filter *f;
    struct ct_back *b;
    struct err e;
    double best = 0;

    assert_int_equal(ct_redundancy(&s->g, s->view, s->n, weight, &e), 0);
    assert_int_equal(ct_filter_open(&f, &s->g, CT_HANN, 1, kern_get(0), &e), 0);
    assert_int_equal(ct_back_open(&b, &wide, &grid, s->view, s->n, kern_get(0), &e), 0);
    void *scratch = mem_zero(ct_filter_scratch(f), 1);
    for (int32_t v = 0; v < s->n; v++) {
        view[v] = arena_zero(a, (size_t)wide.cols, sizeof(float));
        struct ct_filter_row row = {s->row + v * COLS, weight + v * COLS, view[v], 0};
        if (s->view[v].good)
            ct_filter_run(f, &row, 1, scratch);
    }
    ct_back_all(b, NULL, (const float *const *)view, 0, s->n, slice);
    for (double level = 0; level < 0.06; level += 0.001) {
        for (int32_t i = 0; i < SIZE * SIZE; i++)
            found[i] = (double)slice[i] > level;
        double m = matthews(found);
        best = m > best ? m : best;
    }
    mem_free(scratch);
    ct_back_close(b);
    ct_filter_close(f);
    return best;
}

/* Solves it; 1 where the material is. */
static double
solve(const struct scan *s, int threads, bool *found)
{
    const float *row[VIEWS];
    struct ct_two_phase *t;
    struct par *pool = NULL;
    struct ct_disc d;
    struct err e;

    assert_int_equal(ct_disc_find(&s->g, s->view, s->n, s->row, &d, &e), 0);
    assert_int_equal(par_open(&pool, threads, &e), 0);
    assert_int_equal(ct_two_phase_open(&t, &s->g, s->view, s->n, &d, ACROSS, pool, &e), 0);
    for (int32_t v = 0; v < s->n; v++)
        row[v] = s->row + v * COLS;
    ct_two_phase_run(t, row);
    for (int32_t i = 0; i < SIZE * SIZE; i++)
        found[i] = ct_two_phase_inside(t, x_of(i), y_of(i));
    double misfit = ct_two_phase_misfit(t);
    ct_two_phase_close(t);
    par_close(pool);
    return misfit;
}

static void
sixth_of_a_turn_is_enough(void **state)
{
    static bool found[SIZE * SIZE];
    static struct scan s;
    struct arena arena = {0};
    (void)state;

    scan_make(&s, &geometries[0], VIEWS, 0.4, NUM_PI / 3, COUNT(holes), material.noise);
    double misfit = solve(&s, 1, found), got = matthews(found), fbp = best_of_fbp(&s, &arena);
    printf("Matthews correlation %.4f, filtered back-projection %.4f; misfit %.3f\n", got, fbp,
           misfit);
    assert_true(got > 0.96);
    assert_true(fbp < 0.9);
    assert_true(misfit > 0.5 && misfit < 2);
    scan_make(&s, &geometries[0], VIEWS_MAX, 0, 2 * NUM_PI * (VIEWS_MAX - 1) / VIEWS_MAX,
              COUNT(holes), material.noise);
    assert_true(best_of_fbp(&s, &arena) > 0.95); /* it is not its own fault */
    arena_free(&arena);
}

static void
any_number_of_threads_gives_the_same(void **state)
{
    static bool found[2][SIZE * SIZE];
    static struct scan s;
    (void)state;

    scan_make(&s, &geometries[1], 7, 0, NUM_PI, COUNT(holes), material.noise);
    double one = solve(&s, 1, found[0]), five = solve(&s, 5, found[1]);
    assert_true(one == five);
    assert_memory_equal(found[0], found[1], sizeof found[0]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slope_is_that_of_the_cost),
        cmocka_unit_test(sixth_of_a_turn_is_enough),
        cmocka_unit_test(any_number_of_threads_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
