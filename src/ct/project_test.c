/* project_test: discs and boxes have the projections that geometry gives them, nothing is lost,
 * the adjoint is the transpose, and threads, levels, stacks and subsets change no bit. */
#include "ct/project.h"

#include "base/num.h"
#include "base/rng.h"
#include "base/test.h"

#define VIEWS 24
#define COLS 150
#define SIZE 64

static const struct {
    const char *name;
    enum ct_beam beam;
    bool curved;
    int32_t rows, slices;
    double pitch_mm, axis_col;
} rows[] = {
    {"parallel", CT_PARALLEL, false, 1, 1, 0.8, 74.5},
    {"parallel offset", CT_PARALLEL, false, 5, 5, 1.3, 61.2},
    {"fan", CT_FAN, false, 1, 1, 1.2, 74.5},
    {"fan offset", CT_FAN, false, 3, 3, 1.7, 88},
    {"arc", CT_FAN, true, 1, 1, 1.4, 80.3},
    {"cone", CT_CONE, false, 30, 20, 1.5, 74.5},
    {"cone arc", CT_CONE, true, 26, 24, 1.5, 70.1},
};
#define ROWS ((int)(sizeof rows / sizeof *rows))

static struct ct_view views[VIEWS];
static int32_t all[VIEWS];
static const struct ct_subset every = {all, VIEWS};

static struct ct_geometry
geometry(int i)
{
    struct ct_geometry g = {.beam = rows[i].beam,
                            .curved = rows[i].curved,
                            .rows = rows[i].rows,
                            .cols = COLS,
                            .pitch_mm = rows[i].pitch_mm,
                            .row_pitch_mm = 1.4,
                            .axis_col = rows[i].axis_col,
                            .axis_row = (rows[i].rows - 1) / 2.0 + 0.3};
    if (g.beam != CT_PARALLEL) {
        g.source_mm = 110;
        g.detector_mm = 170;
    }
    return g;
}

static struct ct_grid
grid(int i)
{
    return (struct ct_grid){SIZE,       rows[i].slices, 1.05, 0.9, -0.45 * (rows[i].slices - 1),
                            {1.5, -0.7}};
}

static int
setup(void **state)
{
    (void)state;
    for (int v = 0; v < VIEWS; v++) {
        views[v] = (struct ct_view){v * 2 * NUM_PI / VIEWS + 0.01, 0.2, true};
        all[v] = v;
    }
    return 0;
}

static struct ct_project *
open_row(int i, int level, struct arena *a)
{
    struct err e;
    struct ct_project *p;
    struct ct_geometry g = geometry(i);
    struct ct_grid q = grid(i);
    if (ct_project_open(&p, &g, &q, views, VIEWS, kern_get(level), a, &e) != 0)
        fail_msg("%s: %s", rows[i].name, e.text);
    return p;
}

static void
draw(struct rng *r, float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)rng_range(r, -0.3, 1);
}

static double
dot(const float *a, const float *b, size_t n)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += (double)a[i] * (double)b[i];
    return s;
}

static void
test_adjoint(void **state)
{
    (void)state;
    for (int i = 0; i < ROWS; i++) {
        struct arena a = {0};
        struct rng r = rng_start(7, (uint64_t)i);
        struct ct_project *p = open_row(i, 0, &a);
        const struct ct_shape *s = ct_project_shape(p);
        size_t n = s->view * VIEWS, m = (size_t)rows[i].slices * SIZE * SIZE;
        float *slices = arena_zero(&a, m, sizeof(float));
        float *x = arena_zero(&a, s->volume, sizeof(float)), *ax = arena_zero(&a, n, sizeof(float));
        float *y = arena_zero(&a, n, sizeof(float)),
              *aty = arena_zero(&a, s->volume, sizeof(float));
        draw(&r, slices, m);
        draw(&r, y, n);
        ct_project_load(p, slices, x);
        ct_project_forward(p, NULL, &every, x, ax);
        ct_project_adjoint(p, NULL, &every, y, aty);
        double left = dot(ax, y, n), right = dot(x, aty, s->volume);
        if (!(fabs(left) > 1000) || !(fabs(left - right) < 1e-5 * fabs(left)))
            fail_msg("%s: <Ax, y> = %.9g, <x, A'y> = %.9g", rows[i].name, left, right);
        arena_free(&a);
    }
}

/* A disc of radius 20 mm at (7, -4) mm, each voxel covered as far as 8 x 8 points tell. */
static void
disc(float *slices, const struct ct_grid *q)
{
    for (int k = 0; k < q->slices; k++)
        for (int j = 0; j < SIZE; j++)
            for (int i = 0; i < SIZE; i++) {
                int in = 0;
                for (int s = 0; s < 64; s++) {
                    double x =
                        (i - SIZE / 2.0 + (s % 8 + 0.5) / 8) * q->voxel_mm + q->centre_mm[0] - 7;
                    double y =
                        (SIZE / 2.0 - j - (s / 8 + 0.5) / 8) * q->voxel_mm + q->centre_mm[1] + 4;
                    in += x * x + y * y < 400;
                }
                slices[(k * SIZE + j) * SIZE + i] = (float)in / 64;
            }
}

/* Chord of the ray through column `col` in the source's plane. */
static double
chord(const struct ct_geometry *g, const struct ct_view *v, double col)
{
    double c = num_cos(v->angle_rad), s = num_sin(v->angle_rad);
    double p = 7 * c - 4 * s, q = -7 * s - 4 * c, u = (col - g->axis_col) * g->pitch_mm, d = p - u;
    if (g->beam != CT_PARALLEL) {
        double t = g->curved ? u / g->detector_mm : num_atan2(u, g->detector_mm);
        d = p * num_cos(t) - (g->source_mm + q) * num_sin(t);
    }
    return d * d < 400 ? 2 * sqrt(400 - d * d) : 0;
}

static void
test_disc(void **state)
{
    (void)state;
    for (int i = 0; i < ROWS; i++) {
        struct arena a = {0};
        struct ct_geometry g = geometry(i);
        struct ct_grid q = grid(i);
        struct ct_project *p = open_row(i, 0, &a);
        const struct ct_shape *s = ct_project_shape(p);
        float *slices = arena_zero(&a, (size_t)q.slices * SIZE * SIZE, sizeof(float));
        float *x = arena_zero(&a, s->volume, sizeof(float));
        float *ax = arena_zero(&a, s->view * VIEWS, sizeof(float));
        double worst = 0, sum2 = 0, most = 0;
        disc(slices, &q);
        ct_project_load(p, slices, x);
        ct_project_forward(p, NULL, &every, x, ax);
        int32_t row = g.beam == CT_CONE ? (int32_t)(g.axis_row + 0.5) : q.slices - 1;
        for (int v = 0; v < VIEWS; v++)
            for (int c = 0; c < COLS; c++) {
                double want = 0,
                       got = (double)ax[(size_t)v * s->view + (size_t)(c * s->height + row)];
                for (int k = 0; k < 16; k++)
                    want += chord(&g, &views[v], c + (k - 7.5) / 16) / 16;
                worst = fmax(worst, fabs(got - want));
                sum2 += (got - want) * (got - want);
                most = fmax(most, got);
            }
        double rms = sqrt(sum2 / VIEWS / COLS);
        if (!(most > 39) || !(worst < 3) || !(rms < 0.25))
            fail_msg("%s: largest %g (want 40), wrong by at most %g, rms %g", rows[i].name, most,
                     worst, rms);
        arena_free(&a);
    }
}

/* Parallel: the sum of a projection times the pitch is the integral of the slice. */
static void
test_mass(void **state)
{
    (void)state;
    struct arena a = {0};
    struct ct_project *p = open_row(0, 0, &a);
    const struct ct_shape *s = ct_project_shape(p);
    float *x = arena_zero(&a, s->volume, sizeof(float));
    float *ax = arena_zero(&a, s->view * VIEWS, sizeof(float));
    x[20 * s->pitch + 31] = 1;
    x[45 * s->pitch + 9] = 2;
    ct_project_forward(p, NULL, &every, x, ax);
    for (int v = 0; v < VIEWS; v++) {
        double sum = 0;
        for (int c = 0; c < COLS; c++)
            sum += (double)ax[v * COLS + c];
        assert_near(sum * 0.8, 3 * 1.05 * 1.05, 3e-4);
    }
    arena_free(&a);
}

/* Both directions; ax and aty in one array. */
static float *
both(int i, int level, int threads, int step, struct arena *a, size_t *n)
{
    struct err e;
    struct par *pool = NULL;
    struct rng r = rng_start(9, (uint64_t)i);
    struct ct_project *p = open_row(i, level, a);
    const struct ct_shape *s = ct_project_shape(p);
    size_t m = (size_t)rows[i].slices * SIZE * SIZE;
    float *slices = arena_zero(a, m, sizeof(float)), *x = arena_zero(a, s->volume, sizeof(float));
    *n = s->view * VIEWS + s->volume;
    float *out = arena_zero(a, *n, sizeof(float));
    assert_int_equal(par_open(&pool, threads, &e), 0);
    draw(&r, slices, m);
    ct_project_load(p, slices, x);
    for (int v = 0; v < VIEWS; v += step) {
        struct ct_subset part = {all + v, step};
        ct_project_forward(p, pool, &part, x, out + (size_t)v * s->view);
    }
    ct_project_adjoint(p, pool, &every, out, out + s->view * VIEWS);
    par_close(pool);
    return out;
}

static void
test_same_bits(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 5}, levels[] = {1, 3, 4}, steps[] = {VIEWS, 3, 8};
    for (int i = 0; i < ROWS; i++) {
        struct arena a = {0};
        size_t n;
        float *want = both(i, 1, 1, VIEWS, &a, &n);
        for (int k = 0; k < 9; k++) {
            if (kern_get(levels[k / 3]) == NULL)
                continue;
            float *got = both(i, levels[k / 3], threads[k % 3], steps[k % 3], &a, &n);
            if (memcmp(want, got, n * sizeof(float)) != 0)
                fail_msg("%s: v%d with %d threads differs", rows[i].name, levels[k / 3],
                         threads[k % 3]);
        }
        arena_free(&a);
    }
}

/* A slice alone and the same one in a stack. */
static void
test_stack(void **state)
{
    (void)state;
    struct arena a = {0};
    struct err e;
    struct rng r = rng_start(3, 3);
    float *slices = arena_zero(&a, 5 * SIZE * SIZE, sizeof(float)), *seen[2], *back[2];
    draw(&r, slices, 5 * SIZE * SIZE);
    for (int one = 0; one < 2; one++) {
        struct ct_geometry g = geometry(3);
        struct ct_grid q = grid(3);
        struct ct_project *p;
        q.slices = one ? 1 : 5;
        assert_int_equal(ct_project_open(&p, &g, &q, views, VIEWS, kern_get(0), &a, &e), 0);
        const struct ct_shape *s = ct_project_shape(p);
        float *x = arena_zero(&a, s->volume, sizeof(float));
        seen[one] = arena_zero(&a, s->view * VIEWS, sizeof(float));
        back[one] = arena_zero(&a, 5 * SIZE * SIZE, sizeof(float));
        ct_project_load(p, one ? slices + 2 * SIZE * SIZE : slices, x);
        ct_project_forward(p, NULL, &every, x, seen[one]);
        ct_project_adjoint(p, NULL, &every, seen[one], x);
        ct_project_save(p, x, 0, q.slices, back[one]);
    }
    for (int i = 0; i < VIEWS * COLS; i++)
        assert_near((double)seen[0][i * CT_PROJECT_STACK + 2], (double)seen[1][i], 0);
    assert_memory_equal(back[0] + 2 * SIZE * SIZE, back[1], SIZE * SIZE * sizeof(float));
    arena_free(&a);
}

static void
test_refuses(void **state)
{
    (void)state;
    struct arena a = {0};
    struct err e;
    struct ct_project *p;
    for (int k = 0; k < 6; k++) {
        struct ct_geometry g = geometry(k == 5 ? 5 : 2);
        struct ct_grid q = grid(k == 5 ? 5 : 2);
        int32_t n = k == 0 ? 0 : VIEWS;
        if (k == 1)
            q.voxel_mm = 3;
        if (k == 2)
            g.tilt_rad = 0.01;
        if (k == 3)
            q.slices = CT_PROJECT_STACK + 1;
        if (k == 4)
            g.pitch_mm = 1e-3;
        if (k == 5)
            g.row_pitch_mm = 1e3;
        assert_int_equal(ct_project_open(&p, &g, &q, views, n, kern_get(0), &a, &e), -1);
        assert_true(strlen(e.text) > 20);
    }
    arena_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adjoint), cmocka_unit_test(test_disc),
        cmocka_unit_test(test_mass),    cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_stack),   cmocka_unit_test(test_refuses),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
