/* solve_test: every method brings the residual down and a closed-form disc and ball back, whatever
 * the beam, with a twentieth of the rays lost and from an arc; conjugate gradients give the
 * solution of the normal equations; total variation needs fewer views than filtered
 * back-projection; threads and levels change no bit. */
#include "ct/solve.h"

#include "base/num.h"
#include "base/rng.h"
#include "base/test.h"
#include "ct/back.h"
#include "ct/filter.h"
#include "ct/redundancy.h"

#define SIZE 48
#define COLS 72
#define VIEWS 60

enum { SIRT, OS_SART, CGLS, TV, METHODS };

static const struct {
    const char *name;
    enum ct_beam beam;
    bool curved;
    int32_t rows, slices, views;
    double turn_rad, axis_col, most; /* most: error allowed */
} scans[] = {
    {"parallel", CT_PARALLEL, false, 1, 1, VIEWS, NUM_PI, 35.5, 0.09},
    {"parallel arc of 140 degrees", CT_PARALLEL, false, 3, 3, VIEWS, 2.45, 35.5, 0.13},
    {"fan", CT_FAN, false, 1, 1, VIEWS, 2 * NUM_PI, 35.5, 0.09},
    {"fan offset", CT_FAN, true, 2, 2, VIEWS, 2 * NUM_PI, 25.2, 0.09},
    {"cone", CT_CONE, false, 12, 14, 20, 2 * NUM_PI, 35.5, 0.08},
    {"few views", CT_PARALLEL, false, 1, 1, 22, NUM_PI, 35.5, 0.2},
};
#define SCANS ((int)(sizeof scans / sizeof *scans))

struct bench {
    struct ct_geometry g;
    struct ct_grid grid;
    struct ct_view view[VIEWS];
    int32_t n;
    struct ct_project *project;
    const struct ct_shape *shape;
    float *value, *weight;
    struct arena arena;
    double residual;
};

/* A ball of radius 14 mm at (3, -2, 0) with a hole of radius 5 mm, 0.02 / mm; a disc in a fan. */
static double
truth_at(const struct bench *b, double x, double y, double z)
{
    if (b->g.beam != CT_CONE)
        z = 0;
    double r2 = (x - 3) * (x - 3) + (y + 2) * (y + 2) + z * z;
    double h2 = (x - 6) * (x - 6) + y * y + z * z;
    return r2 < 196 && h2 > 25 ? 0.02 : 0;
}

static double
chord(double r, const double c[3], const double p[3], const double d[3])
{
    double t = 0, q2 = 0;
    for (int k = 0; k < 3; k++)
        t += (c[k] - p[k]) * d[k];
    for (int k = 0; k < 3; k++)
        q2 += (c[k] - p[k] - t * d[k]) * (c[k] - p[k] - t * d[k]);
    return q2 < r * r ? 2 * sqrt(r * r - q2) : 0;
}

/* The closed form along one ray, eqs (1) to (4). */
static double
line_integral(const struct bench *b, int v, double col, double row)
{
    const struct ct_geometry *g = &b->g;
    double a = b->view[v].angle_rad, c = num_cos(a), s = num_sin(a);
    double u = (col - g->axis_col) * g->pitch_mm, w = (row - g->axis_row) * g->row_pitch_mm;
    double p[3] = {u * c, u * s, 0}, d[3] = {-s, c, 0}, n = 1;
    if (g->beam != CT_PARALLEL) {
        double across = g->curved ? g->detector_mm * num_sin(u / g->detector_mm) : u;
        double ahead = g->curved ? g->detector_mm * num_cos(u / g->detector_mm) : g->detector_mm;
        p[0] = g->source_mm * s;
        p[1] = -g->source_mm * c;
        d[0] = across * c - ahead * s;
        d[1] = across * s + ahead * c;
        d[2] = g->beam == CT_CONE ? w : 0;
        n = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    }
    for (int k = 0; k < 3; k++)
        d[k] /= n;
    const double ball[3] = {3, -2, 0}, hole[3] = {6, 0, 0};
    return 0.02 * (chord(14, ball, p, d) - chord(5, hole, p, d));
}

static void
measure(struct bench *b)
{
    const struct ct_shape *s = b->shape;
    for (int v = 0; v < b->n; v++)
        for (int c = 0; c < COLS; c++)
            for (int r = 0; r < s->height; r++) {
                size_t i = (size_t)v * s->view + (size_t)(c * s->height + r);
                double sum = 0;
                for (int k = 0; k < 4; k++)
                    sum += line_integral(b, v, c + (k - 1.5) / 4, r) / 4;
                b->value[i] = (float)sum;
                b->weight[i] = 1;
            }
}

static void
bench_open(struct bench *b, int i, int level)
{
    struct err e;
    *b = (struct bench){.n = scans[i].views};
    b->g = (struct ct_geometry){.beam = scans[i].beam,
                                .curved = scans[i].curved,
                                .rows = scans[i].rows,
                                .cols = COLS,
                                .pitch_mm = scans[i].beam == CT_PARALLEL ? 0.8 : 1.3,
                                .row_pitch_mm = 2.8,
                                .axis_col = scans[i].axis_col,
                                .axis_row = (scans[i].rows - 1) / 2.0};
    if (b->g.beam != CT_PARALLEL) {
        b->g.source_mm = 150;
        b->g.detector_mm = 230;
    }
    b->grid = (struct ct_grid){SIZE, scans[i].slices, 0.9, 1.8, -0.9 * (scans[i].slices - 1), {0}};
    for (int v = 0; v < b->n; v++)
        b->view[v] = (struct ct_view){v * scans[i].turn_rad / b->n + 0.01, 0, true};
    if (ct_project_open(&b->project, &b->g, &b->grid, b->view, b->n, kern_get(level), &b->arena,
                        &e) != 0)
        fail_msg("%s: %s", scans[i].name, e.text);
    b->shape = ct_project_shape(b->project);
    size_t rays = (size_t)b->n * b->shape->view;
    b->value = arena_zero(&b->arena, rays, sizeof(float));
    b->weight = arena_zero(&b->arena, rays, sizeof(float));
    measure(b);
}

static void
give_view(const void *arg, int32_t v, float *value, float *weight)
{
    const struct bench *b = arg;
    size_t n = b->shape->view;
    memcpy(value, b->value + (size_t)v * n, n * sizeof(float));
    memcpy(weight, b->weight + (size_t)v * n, n * sizeof(float));
}

/* The slices that a method finds; b->residual: of all rays, over what they are. */
static float *
solve(struct bench *b, int method, int32_t iterations, int threads)
{
    struct err e;
    struct par *pool;
    struct ct_solve *s;
    struct ct_rays rays = {give_view, b};
    struct ct_solve_options o = {method, iterations, 0, 1, CT_TV_STRENGTH, 0.5, false};
    int32_t all[VIEWS], good = 0;
    size_t n = (size_t)b->grid.slices * SIZE * SIZE, rays_n = (size_t)b->n * b->shape->view;
    float *out = arena_zero(&b->arena, n, sizeof(float));
    float *seen = arena_zero(&b->arena, rays_n, sizeof(float));
    double wrong = 0, whole = 0;
    assert_int_equal(par_open(&pool, threads, &e), 0);
    assert_int_equal(ct_solve_open(&s, b->project, b->view, b->n, &o, &b->arena, &e), 0);
    const float *x = ct_solve_run(s, pool, &rays, (struct ct_told){NULL, NULL});
    ct_project_save(b->project, x, 0, b->grid.slices, out);
    for (int32_t i = 0; i < b->n; i++)
        all[good++] = i;
    ct_project_forward(b->project, pool, &(struct ct_subset){all, good}, x, seen);
    for (size_t i = 0; i < rays_n; i++) {
        double d = (double)(seen[i] - b->value[i]), w = (double)b->weight[i];
        wrong += w * d * d;
        whole += w * (double)b->value[i] * (double)b->value[i];
    }
    b->residual = sqrt(wrong / whole);
    par_close(pool);
    return out;
}

/* Root mean square over the voxels of the middle slice, over the value of the disc. */
static double
error_of(const struct bench *b, const float *slices)
{
    int k = b->grid.slices / 2;
    double sum = 0, z = b->grid.first_mm + k * b->grid.slice_mm;
    for (int j = 0; j < SIZE; j++)
        for (int i = 0; i < SIZE; i++) {
            double want = 0;
            for (int s = 0; s < 16; s++)
                want += truth_at(b, (i - SIZE / 2.0 + (s % 4 + 0.5) / 4) * 0.9,
                                 (SIZE / 2.0 - j - (s / 4 + 0.5) / 4) * 0.9, z) /
                        16;
            double d = (double)slices[((size_t)k * SIZE + (size_t)j) * SIZE + (size_t)i] - want;
            sum += d * d;
        }
    return sqrt(sum / SIZE / SIZE) / 0.02;
}

static void
test_methods(void **state)
{
    (void)state;
    static const int32_t iterations[METHODS] = {22, 4, 8, 30};
    for (int i = 0; i < SCANS; i++)
        for (int m = 0; m < METHODS; m++) {
            struct bench b;
            bench_open(&b, i, 0);
            (void)solve(&b, m, 2, 1);
            double before = b.residual, got = error_of(&b, solve(&b, m, iterations[m], 2));
            if (!(b.residual < 0.8 * before) || !(b.residual < 0.05) || !(got < scans[i].most))
                fail_msg("%s, %s: residual %g after %g, error %g", scans[i].name, ct_solver_word[m],
                         b.residual, before, got);
            arena_free(&b.arena);
        }
}

/* A view in 20 lost, a run of 4 dead pixels, 5 % of all rays: wrong values of weight 0 do no harm.
 * They do where they count. */
static void
test_lost(void **state)
{
    (void)state;
    for (int m = 0; m < METHODS; m++) {
        double error[3];
        for (int k = 0; k < 3; k++) {
            struct bench b;
            struct rng r = rng_start(11, 0);
            bench_open(&b, 2, 0);
            for (int i = 0; k > 0 && i < VIEWS * COLS; i++) {
                bool lost = i / COLS % 20 == 7 || (i % COLS >= 30 && i % COLS < 34) ||
                            rng_range(&r, 0, 1) < 0.05;
                b.value[i] = lost ? 5 : b.value[i];
                b.weight[i] = lost && k == 1 ? 0 : 1;
            }
            error[k] = error_of(&b, solve(&b, m, m == OS_SART || m == CGLS ? 5 : 24, 2));
            arena_free(&b.arena);
        }
        if (!(error[1] < error[0] + 0.04) || !(error[2] > 4 * error[1]))
            fail_msg("%s: error %g whole, %g with lost rays, %g with wrong ones", ct_solver_word[m],
                     error[0], error[1], error[2]);
    }
}

/* Piecewise constant from 22 views: filtered back-projection is several times as wrong. */
static void
test_few_views(void **state)
{
    (void)state;
    struct bench b;
    struct ct_back *back;
    struct ct_filter *f;
    struct err e;
    bench_open(&b, 5, 0);
    struct ct_geometry wide = ct_filter_wide(&b.g);
    float *weight = arena_zero(&b.arena, (size_t)b.n * COLS, sizeof(float));
    float *slice = arena_zero(&b.arena, SIZE * SIZE, sizeof(float));
    assert_int_equal(ct_redundancy(&b.g, b.view, b.n, weight, &e), 0);
    assert_int_equal(ct_filter_open(&f, &b.g, 0, 1, kern_get(0), &e), 0);
    assert_int_equal(ct_back_open(&back, &wide, &b.grid, b.view, b.n, kern_get(0), &e), 0);
    const float *view[VIEWS];
    void *scratch = arena_zero(&b.arena, ct_filter_scratch(f), 1);
    for (int v = 0; v < b.n; v++) {
        struct ct_filter_row row = {b.value + v * COLS, weight + v * COLS,
                                    arena_zero(&b.arena, (size_t)wide.cols, sizeof(float)), 0};
        view[v] = row.out;
        ct_filter_run(f, &row, 1, scratch);
    }
    ct_back_all(back, NULL, view, 0, b.n, slice);
    double tv = error_of(&b, solve(&b, TV, 150, 2)), fbp = error_of(&b, slice);
    if (!(tv < 0.03) || !(fbp > 4 * tv))
        fail_msg("22 views: error %g by total variation, %g by filtered back-projection", tv, fbp);
    ct_filter_close(f);
    ct_back_close(back);
    arena_free(&b.arena);
}

/* Ax = b by Cholesky's decomposition of an n x n matrix, in place. */
static void
cholesky(double *a, double *x, int n)
{
    for (int j = 0; j < n; j++)
        for (int i = j; i < n; i++) {
            double v = a[i * n + j];
            for (int k = 0; k < j; k++)
                v -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = i == j ? sqrt(v) : v / a[j * n + j];
        }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            x[i] -= a[i * n + k] * x[k];
        x[i] /= a[i * n + i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            x[i] -= a[k * n + i] * x[k];
        x[i] /= a[i * n + i];
    }
}

#define SMALL 8

/* The projector's matrix, column by column: normal[i][j] = sum of w a_i a_j. */
static void
test_normal_equations(void **state)
{
    (void)state;
    struct bench b;
    struct err e;
    struct rng r = rng_start(2, 4);
    enum { N = SMALL * SMALL };
    static double normal[N * N];
    double right[N];
    bench_open(&b, 0, 0);
    b.grid = (struct ct_grid){SMALL, 1, 5, 1, 0, {0}};
    assert_int_equal(
        ct_project_open(&b.project, &b.g, &b.grid, b.view, b.n, kern_get(0), &b.arena, &e), 0);
    b.shape = ct_project_shape(b.project);
    size_t rays = (size_t)b.n * COLS;
    float *column = arena_zero(&b.arena, rays * N, sizeof(float)), one[N] = {0};
    float *x = arena_zero(&b.arena, b.shape->volume, sizeof(float));
    int32_t all[VIEWS];
    for (int v = 0; v < b.n; v++)
        all[v] = v;
    for (size_t i = 0; i < rays; i++)
        b.weight[i] = (float)rng_range(&r, 0.2, 1);
    for (int j = 0; j < N; j++) {
        one[j] = 1;
        ct_project_load(b.project, one, x);
        one[j] = 0;
        ct_project_forward(b.project, NULL, &(struct ct_subset){all, b.n}, x,
                           column + (size_t)j * rays);
    }
    for (int j = 0; j < N; j++) {
        right[j] = 0;
        for (size_t i = 0; i < rays; i++)
            right[j] +=
                (double)b.weight[i] * (double)column[(size_t)j * rays + i] * (double)b.value[i];
        for (int k = 0; k < N; k++) {
            normal[j * N + k] = 0;
            for (size_t i = 0; i < rays; i++)
                normal[j * N + k] += (double)b.weight[i] * (double)column[(size_t)j * rays + i] *
                                     (double)column[(size_t)k * rays + i];
        }
    }
    cholesky(normal, right, N);
    struct ct_solve *s;
    struct ct_rays given = {give_view, &b};
    struct ct_solve_options o = {.method = CGLS, .iterations = 60, .relax = 1, .slice_ratio = 1};
    assert_int_equal(ct_solve_open(&s, b.project, b.view, b.n, &o, &b.arena, &e), 0);
    float got[N];
    ct_project_save(b.project, ct_solve_run(s, NULL, &given, (struct ct_told){NULL, NULL}), 0, 1,
                    got);
    for (int j = 0; j < N; j++)
        assert_near((double)got[j], right[j], 2e-6);
    assert_true(right[N / 2 + SMALL / 2] > 5e-3);
    arena_free(&b.arena);
}

static void
test_same_bits(void **state)
{
    (void)state;
    static const int levels[] = {1, 3, 4}, threads[] = {1, 2, 5};
    for (int i = 1; i < SCANS - 1; i += 3)
        for (int m = 0; m < METHODS; m++) {
            struct bench want, got;
            bench_open(&want, i, 1);
            const float *first = solve(&want, m, 2, 1);
            for (int k = 0; k < 3; k++) {
                if (kern_get(levels[k]) == NULL)
                    continue;
                bench_open(&got, i, levels[k]);
                const float *other = solve(&got, m, 2, threads[k]);
                size_t n = (size_t)got.grid.slices * SIZE * SIZE;
                if (memcmp(first, other, n * sizeof(float)) != 0)
                    fail_msg("%s, %s: v%d with %d threads differs", scans[i].name,
                             ct_solver_word[m], levels[k], threads[k]);
                arena_free(&got.arena);
            }
            arena_free(&want.arena);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_methods),   cmocka_unit_test(test_lost),
        cmocka_unit_test(test_few_views), cmocka_unit_test(test_normal_equations),
        cmocka_unit_test(test_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
