/* fbp_test: filter, weights and back-projection against closed forms: ellipsoids seen by parallel,
 * fan and cone beams, full and short scans, with gaps, lost views and offset detectors. */
#include "base/arena.h"
#include "base/num.h"
#include "base/par.h"
#include "base/rng.h"
#include "base/test.h"
#include "ct/back.h"
#include "ct/filter.h"
#include "ct/redundancy.h"

#define DEG (NUM_PI / 180)

struct ellipsoid {
    double centre[3], axis[3], turn_rad, mu;
};

/* A disc of 80 mm with holes and inlays, as long cylinders; two spheres for the cone. */
static const struct ellipsoid phantom[] = {
    {{0, 0, 0}, {80, 80, 1e5}, 0, 0.02},
    {{30, 20, 0}, {20, 12, 1e5}, 0.5, 0.01},
    {{-35, 10, 0}, {10, 25, 1e5}, -0.3, -0.02},
    {{5, -40, 0}, {18, 18, 1e5}, 0, 0.005},
};
static const struct ellipsoid balls[] = {
    {{0, 0, 0}, {80, 80, 70}, 0, 0.02},
    {{25, 15, 0}, {20, 20, 20}, 0, 0.01},
};
#define COUNT(x_) ((int)(sizeof(x_) / sizeof *(x_)))

static void
into(const struct ellipsoid *b, const double v[3], bool point, double out[3])
{
    double x = v[0] - (point ? b->centre[0] : 0), y = v[1] - (point ? b->centre[1] : 0);
    double c = cos(b->turn_rad), s = sin(b->turn_rad);

    out[0] = (x * c + y * s) / b->axis[0];
    out[1] = (y * c - x * s) / b->axis[1];
    out[2] = (v[2] - (point ? b->centre[2] : 0)) / b->axis[2];
}

static double
chord(const struct ellipsoid *b, const double from[3], const double along[3])
{
    double o[3], d[3], a = 0, h = 0, c = -1;

    into(b, from, true, o);
    into(b, along, false, d);
    for (int k = 0; k < 3; k++) {
        a += d[k] * d[k];
        h += o[k] * d[k];
        c += o[k] * o[k];
    }
    double root = h * h - a * c;
    return root <= 0 ? 0 : 2 * sqrt(root) / a; /* along is a unit vector */
}

static void
ray_of(const struct ct_geometry *g, const struct ct_view *v, double col, double row, double from[3],
       double along[3])
{
    double c = cos(v->angle_rad), s = sin(v->angle_rad);
    double u = (col - g->axis_col) * g->pitch_mm, w = (row - g->axis_row) * g->row_pitch_mm;
    double p = u, q = g->detector_mm, r = w;

    if (g->beam == CT_PARALLEL) {
        from[0] = u * c;
        from[1] = u * s;
        from[2] = w + v->z_mm;
        along[0] = -s;
        along[1] = c;
        along[2] = 0;
        return;
    }
    if (g->curved) {
        p = g->detector_mm * sin(u / g->detector_mm);
        q = g->detector_mm * cos(u / g->detector_mm);
    }
    r = g->beam == CT_FAN ? 0 : w;
    double length = sqrt(p * p + q * q + r * r);
    from[0] = g->source_mm * s;
    from[1] = -g->source_mm * c;
    from[2] = v->z_mm + (g->beam == CT_FAN ? w : 0);
    along[0] = (p * c - q * s) / length;
    along[1] = (p * s + q * c) / length;
    along[2] = r / length;
}

/* ---- a scan ---- */

struct scan {
    struct arena arena;
    struct ct_geometry g;
    struct ct_grid grid;
    int32_t n;
    struct ct_view *view;
    float **data, **filtered;
    float *volume;
    const struct kern *kern;
    struct par *pool;
    enum ct_window window;
};

static void
scan_fill(struct scan *s, const struct ellipsoid *b, int n)
{
    double from[3], along[3];

    for (int32_t v = 0; v < s->n; v++)
        for (int32_t r = 0; r < s->g.rows; r++)
            for (int32_t c = 0; c < s->g.cols; c++) {
                double sum = 0;
                for (int half = -1; half <= 1; half += 2) { /* a pixel has a width */
                    ray_of(&s->g, &s->view[v], c + half * 0.25, r, from, along);
                    for (int k = 0; k < n; k++)
                        sum += b[k].mu * chord(&b[k], from, along) / 2;
                }
                s->data[v][r * s->g.cols + c] = s->view[v].good ? (float)sum : 1e6f;
            }
}

static void
scan_new(struct scan *s, const struct ct_geometry *g, int32_t size, int32_t slices, int32_t n,
         double first_deg, double arc_deg)
{
    *s = (struct scan){.g = *g, .n = n, .kern = kern_get(0)};
    s->grid = (struct ct_grid){.size = size,
                               .slices = slices,
                               .voxel_mm = 180.0 / size,
                               .slice_mm = 1.5,
                               .first_mm = -1.5 * (slices / 2)};
    s->view = arena_zero(&s->arena, (size_t)n, sizeof *s->view);
    s->data = arena_zero(&s->arena, (size_t)n, sizeof *s->data);
    s->filtered = arena_zero(&s->arena, (size_t)n, sizeof *s->data);
    size_t wide = (size_t)ct_filter_wide(g).cols;
    for (int32_t v = 0; v < n; v++) {
        s->view[v] = (struct ct_view){(first_deg + arc_deg * v / n) * DEG, 0, true};
        s->data[v] = arena_zero(&s->arena, (size_t)g->rows * (size_t)g->cols, sizeof(float));
        s->filtered[v] = arena_zero(&s->arena, (size_t)g->rows * wide, sizeof(float));
    }
    s->volume = arena_zero(&s->arena, (size_t)size * (size_t)size * (size_t)slices, sizeof(float));
}

static void
scan_reconstruct(struct scan *s)
{
    struct err e;
    struct ct_filter *f;
    struct ct_back *b;
    struct ct_geometry wide = ct_filter_wide(&s->g);
    size_t cols = (size_t)s->g.cols, rows = (size_t)s->g.rows;
    float *weight = mem_zero((size_t)s->n * cols, sizeof *weight);

    if (ct_redundancy(&s->g, s->view, s->n, weight, &e) != 0 ||
        ct_filter_open(&f, &s->g, s->window, 1, s->kern, &e) != 0)
        fail_msg("%s", e.text);
    struct ct_filter_row *row = mem_zero(rows, sizeof *row);
    void *scratch = mem_zero(1, ct_filter_scratch(f));
    for (int32_t v = 0; v < s->n; v++) {
        for (size_t r = 0; r < rows; r++)
            row[r] = (struct ct_filter_row){s->data[v] + r * cols, weight + (size_t)v * cols,
                                            s->filtered[v] + r * (size_t)wide.cols, (int32_t)r};
        ct_filter_run(f, row, (int32_t)rows, scratch);
    }
    if (ct_back_open(&b, &wide, &s->grid, s->view, s->n, s->kern, &e) != 0)
        fail_msg("%s", e.text);
    ct_back_all(b, s->pool, (const float *const *)s->filtered, 0, s->n, s->volume);
    ct_back_close(b);
    ct_filter_close(f);
    mem_free(scratch);
    mem_free(row);
    mem_free(weight);
}

/* Mean over a disc of radius_mm in slice k, less what the phantom has there, over 0.02 / mm. */
static double
error_at(const struct scan *s, int32_t k, double x, double y, double radius_mm, double want)
{
    double sum = 0, n = 0, half = (s->grid.size - 1) / 2.0;

    for (int32_t j = 0; j < s->grid.size; j++)
        for (int32_t i = 0; i < s->grid.size; i++) {
            double dx = (i - half) * s->grid.voxel_mm + s->grid.centre_mm[0] - x;
            double dy = (half - j) * s->grid.voxel_mm + s->grid.centre_mm[1] - y;
            if (dx * dx + dy * dy < radius_mm * radius_mm) {
                sum += (double)s->volume[((size_t)k * (size_t)s->grid.size + (size_t)j) *
                                             (size_t)s->grid.size +
                                         (size_t)i];
                n++;
            }
        }
    assert_true(n > 20);
    return (sum / n - want) / 0.02;
}

/* ---- the scans of the table ---- */

static const struct ct_geometry parallel = {.beam = CT_PARALLEL,
                                            .rows = 1,
                                            .cols = 256,
                                            .pitch_mm = 0.8,
                                            .row_pitch_mm = 1,
                                            .axis_col = 127.5};
static const struct ct_geometry flat = {.beam = CT_FAN,
                                        .rows = 1,
                                        .cols = 320,
                                        .pitch_mm = 1,
                                        .row_pitch_mm = 1,
                                        .source_mm = 300,
                                        .detector_mm = 500,
                                        .axis_col = 158.7};
static const struct ct_geometry curved = {.beam = CT_FAN,
                                          .curved = true,
                                          .rows = 1,
                                          .cols = 320,
                                          .pitch_mm = 1,
                                          .row_pitch_mm = 1,
                                          .source_mm = 300,
                                          .detector_mm = 500,
                                          .axis_col = 159.5};

static const struct {
    const char *name;
    const struct ct_geometry *g;
    double axis_col; /* 0 = as in g */
    int32_t views, lost_from, lost;
    double first_deg, arc_deg, tolerance;
} scans[] = {
    {"parallel", &parallel, 0, 360, 0, 0, 13, 180, 0.003},
    {"parallel, full turn", &parallel, 0, 700, 0, 0, 0, 360, 0.003},
    {"parallel, 200 degrees", &parallel, 0, 400, 0, 0, 70, 200, 0.003},
    {"parallel, axis off", &parallel, 118.3, 360, 0, 0, 0, -180, 0.003},
    {"parallel, offset, full turn", &parallel, 70, 720, 0, 0, 0, 360, 0.004},
    {"parallel, single views lost", &parallel, 0, 360, 100, 1, 0, 180, 0.004},
    {"parallel, full turn with a gap", &parallel, 0, 720, 100, 60, 0, 360, 0.004},
    {"fan, flat", &flat, 0, 720, 0, 0, 5, 360, 0.003},
    {"fan, flat, two turns", &flat, 0, 1000, 0, 0, 5, 720, 0.004},
    {"fan, flat, short", &flat, 0, 440, 0, 0, 33, 220, 0.004},
    {"fan, flat, backwards, 250 degrees", &flat, 0, 500, 0, 0, 33, -250, 0.004},
    {"fan, flat, offset", &flat, 100, 720, 0, 0, 0, 360, 0.005},
    {"fan, flat, a gap", &flat, 0, 720, 300, 36, 0, 360, 0.004},
    {"fan, curved", &curved, 0, 720, 0, 0, 5, 360, 0.003},
    {"fan, curved, short", &curved, 0, 440, 0, 0, 33, 220, 0.004},
    {"fan, curved, offset", &curved, 100, 720, 0, 0, 0, 360, 0.005},
};

static void
test_scans(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT(scans); i++) {
        struct scan s;
        struct ct_geometry g = *scans[i].g;
        if (scans[i].axis_col > 0)
            g.axis_col = scans[i].axis_col;
        scan_new(&s, &g, 180, 1, scans[i].views, scans[i].first_deg, scans[i].arc_deg);
        for (int32_t v = 0; v < scans[i].lost; v++)
            s.view[scans[i].lost_from + v].good = false;
        scan_fill(&s, phantom, COUNT(phantom));
        scan_reconstruct(&s);
        const double at[6] = {error_at(&s, 0, 0, 0, 8, 0.02),  error_at(&s, 0, 30, 20, 8, 0.03),
                              error_at(&s, 0, -35, 10, 7, 0),  error_at(&s, 0, 5, -40, 12, 0.025),
                              error_at(&s, 0, 0, 65, 8, 0.02), error_at(&s, 0, 0, 86, 3.5, 0)};
        printf("%-36s %+.4f %+.4f %+.4f %+.4f %+.4f %+.4f\n", scans[i].name, at[0], at[1], at[2],
               at[3], at[4], at[5]);
        for (int k = 0; k < 6; k++)
            if (fabs(at[k]) > scans[i].tolerance)
                fail_msg("%s: place %d is off by %g of 0.02 / mm", scans[i].name, k, at[k]);
        arena_free(&s.arena);
    }
}

static void
cone_scan(struct scan *s, bool is_curved, double arc_deg)
{
    const struct ct_geometry g = {.beam = CT_CONE,
                                  .curved = is_curved,
                                  .rows = 100,
                                  .cols = 176,
                                  .pitch_mm = 1.8,
                                  .row_pitch_mm = 2.2,
                                  .source_mm = 400,
                                  .detector_mm = 640,
                                  .axis_col = 87.2,
                                  .axis_row = 48.9};
    scan_new(s, &g, 90, 41, arc_deg < 360 ? 160 : 200, 20, arc_deg);
    s->grid.centre_mm[1] = 4;
    scan_fill(s, balls, COUNT(balls));
}

/* In the plane of the source nothing is approximated; 15 mm away a ball is still what it is. */
static void
test_cone(void **state)
{
    (void)state;
    static const double arcs[3] = {360, 360, 250};

    for (int i = 0; i < 3; i++) {
        struct scan s;
        cone_scan(&s, i == 1, arcs[i]);
        scan_reconstruct(&s);
        assert_near(error_at(&s, 20, -20, -10, 10, 0.02), 0, 0.004);
        assert_near(error_at(&s, 20, 25, 15, 10, 0.03), 0, 0.004);
        assert_near(error_at(&s, 30, -20, -10, 10, 0.02), 0, 0.02);
        assert_near(error_at(&s, 30, 60, 60, 7, 0), 0, 0.02);
        arena_free(&s.arena);
    }
}

/* Neither the level of the CPU nor threads nor pieces change a bit. */
static void
test_same_bits(void **state)
{
    (void)state;
    struct err e;
    struct par *pool;
    struct scan one, two;
    struct ct_geometry g = curved;

    assert_int_equal(par_open(&pool, 3, &e), 0);
    g.rows = 70;
    for (int kind = 0; kind < 2; kind++)
        for (int level = 1; level <= 4; level++) {
            if (kern_get(level) == NULL)
                continue;
            for (int k = 0; k < 2; k++) {
                struct scan *s = k == 0 ? &one : &two;
                if (kind == 0)
                    cone_scan(s, false, 250);
                else {
                    scan_new(s, &g, 70, 68, 90, 0, 360);
                    scan_fill(s, balls, COUNT(balls));
                }
                s->kern = kern_get(k == 0 ? 1 : level);
                s->pool = k == 0 ? NULL : pool;
                scan_reconstruct(s);
            }
            size_t size = (size_t)one.grid.size;
            size_t bytes = size * size * (size_t)one.grid.slices * sizeof(float);
            assert_memory_equal(one.volume, two.volume, bytes);
            arena_free(&one.arena);
            arena_free(&two.arena);
        }
    par_close(pool);
}

static void
cut_in_pieces(struct scan *s)
{
    struct err e;
    struct ct_back *b;
    size_t area = (size_t)s->grid.size * (size_t)s->grid.size;
    size_t bytes = area * (size_t)s->grid.slices * sizeof(float);
    float *whole = mem_zero(1, bytes);
    const float *const *data = (const float *const *)s->data;
    assert_int_equal(ct_back_open(&b, &s->g, &s->grid, s->view, s->n, s->kern, &e), 0);
    void *scratch = mem_zero(1, ct_back_scratch(b));
    ct_back_all(b, NULL, data, 0, s->n, whole);
    static const int32_t views[] = {0, 1, 100, 133, 200}, slices[] = {0, 1, 17, 18, 41},
                         lines[] = {0, 5, 90};
    for (int k = 0; k < 4; k++)
        for (int l = 0; l < 2; l++)
            for (int v = 0; v < 4; v++) {
                const struct ct_part part = {slices[k], slices[k + 1], lines[l], lines[l + 1]};
                ct_back_run(b, data + views[v], views[v], views[v + 1], &part,
                            s->volume + (size_t)slices[k] * area, scratch);
            }
    assert_memory_equal(whole, s->volume, bytes);
    mem_free(scratch);
    mem_free(whole);
    ct_back_close(b);
    arena_free(&s->arena);
}

/* Pieces of views and of the grid, in whatever cut. */
static void
test_pieces(void **state)
{
    (void)state;
    static const struct ct_geometry *const stacks[] = {&parallel, &flat, &curved};

    for (int k = 0; k < COUNT(stacks); k++) {
        struct scan s;
        struct ct_geometry g = *stacks[k];
        g.rows = 41;
        scan_new(&s, &g, 90, 41, 200, 11, 360);
        s.grid.first_mm = -30.3; /* between rows, and beyond them */
        struct rng r = rng_start(k, 1);
        for (int32_t i = 0; i < s.n * g.rows * g.cols; i++)
            s.data[i / (g.rows * g.cols)][i % (g.rows * g.cols)] = (float)rng_unit(&r);
        cut_in_pieces(&s);
    }
    struct scan s;
    cone_scan(&s, true, 360);
    cut_in_pieces(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scans),
        cmocka_unit_test(test_cone),
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
