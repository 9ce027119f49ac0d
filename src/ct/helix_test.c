/* helix_test: helical scans of balls in closed form: values, places, lost views, pieces, levels. */
#include "base/arena.h"
#include "base/num.h"
#include "base/test.h"
#include "ct/helix.h"

#include <math.h>

#define ROWS 16
#define COLS 96
#define TURN 180
#define TURNS 5
#define VIEWS (TURN * TURNS)
#define SIZE 64
#define SLICES 24
#define FEED_MM 36.0 /* a turn; the rows cover 32 mm at the axis */

static const struct ct_helix_way turn = {TURN, CT_RAM_LAK, 1}, odd = {181, CT_RAM_LAK, 1};

static const struct ct_geometry bag = {.beam = CT_CONE,
                                       .curved = true,
                                       .rows = ROWS,
                                       .cols = COLS,
                                       .pitch_mm = 2.5,
                                       .row_pitch_mm = 3.5,
                                       .source_mm = 400,
                                       .detector_mm = 700,
                                       .axis_col = 47.75,
                                       .axis_row = 7.5};
static const struct ct_grid grid = {
    .size = SIZE, .slices = SLICES, .voxel_mm = 2, .slice_mm = 1.5, .first_mm = 72};
static const double balls[][5] = {
    /* x, y, z, radius, attenuation */
    {0, 0, 90, 45, 0.02},
    {35, -20, 84, 9, 0.03},
    {-22, 26, 96, 8, -0.01},
};

static double
integral(const double from[3], const double to[3])
{
    double d[3], sum = 0, length = 0;

    for (int k = 0; k < 3; k++) {
        d[k] = to[k] - from[k];
        length += d[k] * d[k];
    }
    for (size_t i = 0; i < sizeof balls / sizeof *balls; i++) {
        double along = 0, away = 0;
        for (int k = 0; k < 3; k++) {
            double p = balls[i][k] - from[k];
            along += p * d[k];
            away += p * p;
        }
        double h = balls[i][3] * balls[i][3] - (away - along * along / length);
        sum += h > 0 ? 2 * sqrt(h) * balls[i][4] : 0;
    }
    return sum;
}

struct scan {
    struct ct_view view[VIEWS];
    const float *frame[VIEWS];
    float *data;
};

static void
scan_balls(const struct ct_geometry *g, struct scan *s)
{
    s->data = mem_zero((size_t)VIEWS * ROWS * COLS, sizeof *s->data);
    for (int v = 0; v < VIEWS; v++) {
        double a = 0.3 + 2 * NUM_PI * v / TURN, z = FEED_MM * v / TURN;
        float *out = s->data + (size_t)v * ROWS * COLS;
        s->view[v] = (struct ct_view){a, z, true};
        s->frame[v] = out;
        for (int r = 0; r < ROWS; r++)
            for (int c = 0; c < COLS; c++) {
                double u = (c - g->axis_col) * g->pitch_mm, w = (r - g->axis_row) * g->row_pitch_mm;
                double t = g->curved ? u / g->detector_mm : atan(u / g->detector_mm);
                double l =
                    g->curved ? g->detector_mm : sqrt(g->detector_mm * g->detector_mm + u * u);
                double p = l * sin(t), q = l * cos(t) - g->source_mm;
                double from[3] = {g->source_mm * sin(a), -g->source_mm * cos(a), z};
                double to[3] = {p * cos(a) - q * sin(a), p * sin(a) + q * cos(a), z + w};
                out[r * COLS + c] = (float)integral(from, to);
            }
    }
}

/* From `n` good views to a volume; pieces of lines and slices as asked for. */
static void
reconstruct(const struct ct_geometry *g, const struct ct_view *view, const float *const *frame,
            int n, int level, int pieces, float *volume)
{
    struct ct_helix *h;
    struct err e;

    if (ct_helix_open(&h, g, &grid, &turn, kern_get(level), &e) != 0)
        fail_msg("%s", e.text);
    size_t floats = (size_t)ct_helix_rows(h) * (size_t)ct_helix_cols(h);
    double first = view[0].angle_rad + ct_helix_fan(h);
    int lines = (int)((view[n - 1].angle_rad - ct_helix_fan(h) - first) / ct_helix_step(h));
    float *made = mem_zero((size_t)lines * floats, sizeof *made);
    const float **line = mem_zero((size_t)lines, sizeof *line);
    void *scratch = mem_zero(1, ct_helix_scratch(h));

    for (int j = 0; j < lines; j++) {
        line[j] = made + (size_t)j * floats;
        ct_helix_rebin(h, first + j * ct_helix_step(h), view, frame, n, made + (size_t)j * floats,
                       scratch);
    }
    for (int k = 0; k < pieces; k++)
        for (int i = 0; i < pieces; i++) {
            struct ct_part part = {SLICES * k / pieces, SLICES * (k + 1) / pieces,
                                   SIZE * i / pieces, SIZE * (i + 1) / pieces};
            ct_helix_run(h, first, line, 0, lines, &part,
                         volume + (size_t)part.slice_begin * SIZE * SIZE, scratch);
        }
    mem_free(scratch);
    mem_free(line);
    mem_free(made);
    ct_helix_close(h);
}

/* Mean over what is within `part` of ball i's radius and out of the smaller balls (i = 0). */
static double
mean_of(const float *volume, int i, double part)
{
    double sum = 0;
    int n = 0;

    for (int k = 0; k < SLICES; k++)
        for (int y = 0; y < SIZE; y++)
            for (int x = 0; x < SIZE; x++) {
                double p[3] = {(x - (SIZE - 1) / 2.0) * grid.voxel_mm,
                               ((SIZE - 1) / 2.0 - y) * grid.voxel_mm,
                               grid.first_mm + k * grid.slice_mm};
                double d[3];
                for (int b = 0; b < 3; b++)
                    d[b] = sqrt((p[0] - balls[b][0]) * (p[0] - balls[b][0]) +
                                (p[1] - balls[b][1]) * (p[1] - balls[b][1]) +
                                (p[2] - balls[b][2]) * (p[2] - balls[b][2]));
                if (d[i] > part * balls[i][3] ||
                    (i == 0 && (d[1] < 1.5 * balls[1][3] || d[2] < 1.5 * balls[2][3])))
                    continue;
                sum += (double)volume[(k * SIZE + y) * SIZE + x];
                n++;
            }
    assert_true(n > 20);
    return sum / n;
}

static void
check_values(const float *volume, double tolerance)
{
    const double want[] = {0.02, 0.05, 0.01};

    for (int i = 0; i < 3; i++) {
        double got = mean_of(volume, i, i == 0 ? 0.85 : 0.5);
        if (!(fabs(got - want[i]) <
              (i == 0 ? tolerance * 0.02 : 0.001))) /* six pixels are blurred */
            fail_msg("ball %d: %.5f instead of %.5f", i, got, want[i]);
    }
}

static void
test_values(void **state)
{
    (void)state;
    struct ct_geometry flat = bag;
    struct scan s;
    float *volume = mem_zero((size_t)SLICES * SIZE * SIZE, sizeof *volume);

    scan_balls(&bag, &s);
    reconstruct(&bag, s.view, s.frame, VIEWS, 0, 1, volume);
    check_values(volume, 0.01);
    mem_free(s.data);
    flat.curved = false;
    scan_balls(&flat, &s);
    reconstruct(&flat, s.view, s.frame, VIEWS, 0, 1, volume);
    check_values(volume, 0.01);
    mem_free(s.data);
    mem_free(volume);
}

/* One view in twenty lost, singly and three in a row. */
static void
test_lost_views(void **state)
{
    (void)state;
    struct scan s;
    int n = 0;
    float *volume = mem_zero((size_t)SLICES * SIZE * SIZE, sizeof *volume);

    scan_balls(&bag, &s);
    for (int v = 0; v < VIEWS; v++)
        if (v % 60 > 2 || v == 0) {
            s.view[n] = s.view[v];
            s.frame[n++] = s.frame[v];
        }
    assert_true(n < 0.96 * VIEWS);
    reconstruct(&bag, s.view, s.frame, n, 0, 1, volume);
    check_values(volume, 0.015);
    mem_free(s.data);
    mem_free(volume);
}

static void
test_same_bits(void **state)
{
    (void)state;
    static const int levels[] = {1, 3, 4};
    struct scan s;
    size_t bytes = (size_t)SLICES * SIZE * SIZE * sizeof(float);
    float *first = mem_zero(1, bytes), *other = mem_zero(1, bytes);
    int compared = 0;

    scan_balls(&bag, &s);
    reconstruct(&bag, s.view, s.frame, VIEWS, 0, 1, first);
    for (int i = 0; i < 3; i++) {
        if (kern_get(levels[i]) == NULL)
            continue;
        memset(other, 0x55, bytes);
        reconstruct(&bag, s.view, s.frame, VIEWS, levels[i], 1 + i, other);
        assert_memory_equal(first, other, bytes);
        compared++;
    }
    assert_true(compared > 0);
    mem_free(s.data);
    mem_free(first);
    mem_free(other);
}

static void
test_refusals(void **state)
{
    (void)state;
    struct ct_helix *h;
    struct ct_geometry fan = bag;
    struct ct_grid wide = grid;
    struct err e;

    fan.beam = CT_FAN;
    assert_int_equal(ct_helix_open(&h, &fan, &grid, &turn, kern_get(0), &e), -1);
    assert_non_null(strstr(e.text, "cone"));
    wide.voxel_mm = 20;
    assert_int_equal(ct_helix_open(&h, &bag, &wide, &turn, kern_get(0), &e), -1);
    assert_non_null(strstr(e.text, "inside the picture"));
    assert_int_equal(ct_helix_open(&h, &bag, &grid, &odd, kern_get(0), &e), -1);
    assert_non_null(strstr(e.text, "even"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_lost_views),
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
