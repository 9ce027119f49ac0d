/* bench_helix: a helical scan of a bag CT to slices of 1 mm: rebinning with filter,
 * back-projection, and both as the time that a slice takes. With 5 ms a belt of 0.2 m/s is kept up
 * with. */
#include "cmd/bench.h"

#include "base/arena.h"
#include "base/num.h"
#include "base/par.h"
#include "ct/helix.h"

#include <stdio.h>

#define VIEWS_TURN 720
#define TURNS 4
#define VIEWS (TURNS * VIEWS_TURN)
#define TURN_MM 62.4 /* the belt in a turn: pitch 1.5 */
#define SETS 24      /* views that differ; the others are the same again */
#define SIZE 512
#define SLICES 32 /* in the middle of the scan */
#define LINES 32  /* of a picture that a thread makes at a time */
#define PIECE 8   /* views that a thread rebins at a time */

/* etc/scanners/bag-ct.scanner, one energy. */
static const struct ct_geometry geometry = {.beam = CT_CONE,
                                            .curved = true,
                                            .rows = 32,
                                            .cols = 736,
                                            .pitch_mm = 1.28,
                                            .row_pitch_mm = 2.275,
                                            .source_mm = 600,
                                            .detector_mm = 1050,
                                            .axis_col = 367.75,
                                            .axis_row = 15.5};
static const struct ct_grid grid = {.size = SIZE,
                                    .slices = SLICES,
                                    .voxel_mm = 1,
                                    .slice_mm = 1,
                                    .first_mm = TURNS * TURN_MM / 2 - SLICES / 2};

struct scan {
    struct ct_helix *helix;
    struct par *pool;
    struct ct_view *view;
    const float **frame, **line;
    float *made, *volume;
    double first_rad;
    int32_t lines; /* parallel views */
};

static void
rebin_some(void *arg, int begin, int end)
{
    const struct scan *s = arg;
    size_t floats = (size_t)ct_helix_rows(s->helix) * (size_t)ct_helix_cols(s->helix);
    double step = ct_helix_step(s->helix), fan = ct_helix_fan(s->helix);
    void *scratch = mem_zero(1, ct_helix_scratch(s->helix));

    for (int j = begin; j < end; j++) {
        double angle = s->first_rad + j * step;
        int32_t first = (int32_t)((angle - fan) * VIEWS_TURN / (2 * NUM_PI));
        int32_t last = (int32_t)((angle + fan) * VIEWS_TURN / (2 * NUM_PI)) + 1;
        last = last < VIEWS - 1 ? last : VIEWS - 1;
        ct_helix_rebin(s->helix, angle, s->view + first, s->frame + first, last - first + 1,
                       s->made + (size_t)j * floats, scratch);
    }
    mem_free(scratch);
}

static void
rebin_all(struct scan *s)
{
    par_for(s->pool, 0, s->lines, PIECE, rebin_some, s);
}

static void
back_some(void *arg, int begin, int end)
{
    const struct scan *s = arg;
    const struct ct_part part = {0, SLICES, begin, end};
    void *scratch = mem_zero(1, ct_helix_scratch(s->helix));

    ct_helix_run(s->helix, s->first_rad, s->line, 0, s->lines, &part, s->volume, scratch);
    mem_free(scratch);
}

static void
back_all(struct scan *s)
{
    par_for(s->pool, 0, SIZE, LINES, back_some, s);
}

static int
scan_open(struct scan *s, struct arena *a, const struct kern *kern, struct err *e)
{
    static const struct ct_helix_way way = {VIEWS_TURN, CT_RAM_LAK, 1};
    size_t floats = (size_t)geometry.rows * (size_t)geometry.cols;
    float *raw = arena_zero(a, SETS * floats, sizeof *raw);

    if (ct_helix_open(&s->helix, &geometry, &grid, &way, kern, e) != 0)
        return -1;
    for (size_t i = 0; i < SETS * floats; i++)
        raw[i] = (float)(i * 2654435761u % 1024) / 1024;
    s->view = arena_zero(a, VIEWS, sizeof *s->view);
    s->frame = arena_zero(a, VIEWS, sizeof *s->frame);
    for (size_t v = 0; v < VIEWS; v++) {
        double turns = (double)v / VIEWS_TURN;
        s->view[v] = (struct ct_view){2 * NUM_PI * turns, TURN_MM * turns, true};
        s->frame[v] = raw + v % SETS * floats;
    }
    double fan = ct_helix_fan(s->helix);
    s->first_rad = fan;
    s->lines = (int32_t)((s->view[VIEWS - 1].angle_rad - 2 * fan) / ct_helix_step(s->helix));
    floats = (size_t)ct_helix_rows(s->helix) * (size_t)ct_helix_cols(s->helix);
    s->made = arena_zero(a, (size_t)s->lines * floats, sizeof *s->made);
    s->line = arena_zero(a, (size_t)s->lines, sizeof *s->line);
    for (size_t j = 0; j < (size_t)s->lines; j++)
        s->line[j] = s->made + j * floats;
    s->volume = arena_zero(a, (size_t)SLICES * SIZE * SIZE, sizeof *s->volume);
    return 0;
}

/* Milliseconds a slice; an update is one voxel and one of the directions of half a turn, however
 * many views see it from there. */
static void
add(struct bench *b, const struct scan *s, const char *what, double seconds, bool updates)
{
    double directions = (double)SIZE * SIZE * (VIEWS_TURN / 2) / 1073741824.0;
    char name[64];

    snprintf(name, sizeof name, "%d thr. %-6s helical 512 x 512, 1 mm, %d views a turn",
             par_threads(s->pool), what, VIEWS_TURN);
    bench_add(b, "ct", name, seconds * 1e3, updates ? directions / seconds : 0, 0);
}

static double
once(struct scan *s, void (*fn)(struct scan *s))
{
    double best = 1e30;

    for (int i = 0; i < 2; i++) {
        double from = bench_now_s();
        fn(s);
        double took = bench_now_s() - from;
        best = took < best ? took : best;
    }
    return best;
}

int
bench_helix(struct bench *b, struct err *e)
{
    struct arena a = {.block = NULL};
    struct scan s = {.helix = NULL};
    int rc = scan_open(&s, &a, kern_get(b->level), e);

    for (int all = 0; all < 2 && rc == 0; all++) {
        rc = par_open(&s.pool, all ? 0 : 1, e);
        if (rc == 0 && (!all || par_threads(s.pool) > 1)) {
            double rebin = once(&s, rebin_all) / s.lines * VIEWS_TURN / TURN_MM;
            double back = once(&s, back_all) / SLICES;
            add(b, &s, "filter", rebin, false);
            add(b, &s, "back", back, true);
            add(b, &s, "all", rebin + back, true);
        }
        par_close(s.pool);
    }
    ct_helix_close(s.helix);
    arena_free(&a);
    return rc;
}
