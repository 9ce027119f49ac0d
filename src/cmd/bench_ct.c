/* bench_ct: computed tomography, problem by problem: kernels with their data in the cache, then
 * filter, weights and back-projection end to end, by one thread and by all. */
#include "cmd/bench.h"

#include "base/arena.h"
#include "base/num.h"
#include "base/par.h"
#include "ct/back.h"
#include "ct/filter.h"
#include "ct/redundancy.h"

#include <stdio.h>
#include <string.h>

#define PIECE 32 /* views that one thread filters at a time */
#define SETS 24  /* views that differ; the others are the same again */

static const struct problem {
    const char *name;
    enum ct_beam beam;
    int32_t cols, rows;
    double pitch_mm, source_mm, detector_mm, arc_deg;
    int32_t size, slices, views;
    double voxel_mm;
    bool filtered; /* back-projection alone */
} problems[] = {
    {"parallel 512 x 512 x 64, 720 views", CT_PARALLEL, 736, 64, 1, 0, 0, 180, 512, 64, 720, 1,
     false},
    {"parallel 512 x 512, 720 views", CT_PARALLEL, 736, 1, 1, 0, 0, 180, 512, 1, 720, 1, false},
    {"fan 512 x 512 x 64, 720 views", CT_FAN, 736, 64, 1.8, 900, 1500, 360, 512, 64, 720, 1, false},
    {"fan 512 x 512, 720 views", CT_FAN, 736, 1, 1.8, 900, 1500, 360, 512, 1, 720, 1, false},
    {"cone 256^3, 360 views", CT_CONE, 384, 384, 1.2, 1000, 1536, 360, 256, 256, 360, 1, false},
    {"cone 512^3, 360 views", CT_CONE, 768, 768, 0.6, 1000, 1536, 360, 512, 512, 360, 0.5, true},
    {"cone 512^3, 496 views 1248 x 960", CT_CONE, 1248, 960, 0.308, 750, 1200, 200, 512, 512, 496,
     0.5, true},
};

struct scan {
    const struct problem *p;
    struct ct_geometry g;
    struct ct_view *view;
    struct par *pool;
    const struct kern *kern;
    struct ct_filter *filter;
    struct ct_back *back;
    float *weight, *volume;
    const float **raw;
    float **filtered;
};

static void
filter_views(void *arg, int begin, int end)
{
    struct scan *s = arg;
    size_t cols = (size_t)s->g.cols;
    int32_t per = s->g.rows, n = (end - begin) * per;
    struct ct_filter_row *row = mem_zero((size_t)n, sizeof *row);
    void *scratch = mem_zero(1, ct_filter_scratch(s->filter));

    for (int32_t i = 0; i < n; i++) {
        size_t v = (size_t)(begin + i / per), at = (size_t)(i % per) * cols;
        row[i] = (struct ct_filter_row){s->raw[v] + at, s->weight + v * cols, s->filtered[v] + at,
                                        i % per};
    }
    ct_filter_run(s->filter, row, n, scratch);
    mem_free(scratch);
    mem_free(row);
}

static void
filter_all(struct scan *s)
{
    par_for(s->pool, 0, s->p->views, PIECE, filter_views, s);
}

static void
back_all(struct scan *s)
{
    ct_back_all(s->back, s->pool, (const float *const *)s->filtered, 0, s->p->views, s->volume);
}

static int
scan_open(struct scan *s, struct arena *a, struct err *e)
{
    const struct problem *p = s->p;
    size_t n = (size_t)p->views, floats = (size_t)p->cols * (size_t)p->rows;
    size_t sets = p->filtered ? SETS : n;
    float *raw = arena_zero(a, sets * floats, sizeof *raw);
    const struct ct_grid grid = {.size = p->size,
                                 .slices = p->slices,
                                 .voxel_mm = p->voxel_mm,
                                 .slice_mm = p->voxel_mm,
                                 .first_mm = -(p->slices - 1) / 2.0 * p->voxel_mm};

    s->g = (struct ct_geometry){.beam = p->beam,
                                .rows = p->rows,
                                .cols = p->cols,
                                .pitch_mm = p->pitch_mm,
                                .row_pitch_mm = p->beam == CT_CONE ? p->pitch_mm : p->voxel_mm,
                                .source_mm = p->source_mm,
                                .detector_mm = p->detector_mm,
                                .axis_col = (p->cols - 1) / 2.0,
                                .axis_row = (p->rows - 1) / 2.0};
    for (size_t i = 0; i < sets * floats; i++)
        raw[i] = (float)(i * 2654435761u % 1024) / 1024;
    float *out = p->filtered ? raw : arena_zero(a, sets * floats, sizeof *out);
    s->view = arena_zero(a, n, sizeof *s->view);
    s->raw = arena_zero(a, n, sizeof *s->raw);
    s->filtered = arena_zero(a, n, sizeof *s->filtered);
    for (size_t v = 0; v < n; v++) {
        s->view[v] = (struct ct_view){p->arc_deg * (NUM_PI / 180) * (double)v / (double)n, 0, true};
        s->raw[v] = raw + v % sets * floats;
        s->filtered[v] = out + v % sets * floats;
    }
    s->weight = arena_zero(a, n * (size_t)p->cols, sizeof *s->weight);
    size_t voxels = (size_t)p->size * (size_t)p->size * (size_t)p->slices;
    s->volume = arena_zero(a, voxels, sizeof *s->volume);
    return ct_redundancy(&s->g, s->view, p->views, s->weight, e) != 0 ||
                   ct_filter_open(&s->filter, &s->g, CT_RAM_LAK, 1, s->kern, e) != 0 ||
                   ct_back_open(&s->back, &s->g, &grid, s->view, p->views, s->kern, e) != 0
               ? -1
               : 0;
}

/* Best time on the clock of the wall: threads are many. What takes long is run once. */
static double
wall(const struct bench *b, struct scan *s, void (*fn)(struct scan *s))
{
    double start = bench_now_s(), best = 1e30;

    do {
        double from = bench_now_s();
        fn(s);
        double took = bench_now_s() - from;
        best = took < best ? took : best;
    } while (bench_now_s() - start < 4 * b->seconds);
    return best;
}

static void
both(struct scan *s)
{
    filter_all(s);
    back_all(s);
}

/* Milliseconds of a slice (parallel, fan) or of the volume, and billions of updates a second. */
static void
add(struct bench *b, const struct scan *s, const char *what, double seconds, double giga)
{
    char name[64];

    snprintf(name, sizeof name, "%d thr. %-6s %s", par_threads(s->pool), what, s->p->name);
    bench_add(b, "ct", name, seconds * 1e3 / (s->p->beam == CT_CONE ? 1 : s->p->slices),
              giga / seconds, 0);
}

static void
measure(struct bench *b, struct scan *s)
{
    const struct problem *p = s->p;
    double giga = (double)p->size * p->size * p->slices * p->views / 1073741824.0;
    double back = wall(b, s, back_all);

    add(b, s, "back", back, giga);
    if (p->filtered)
        return;
    double filter = wall(b, s, filter_all), all = wall(b, s, both);
    add(b, s, "filter", filter, 0);
    add(b, s, "all", all, giga);
}

int
bench_ct(struct bench *b, struct err *e)
{
    int rc = 0;

    for (size_t i = 0; i < sizeof problems / sizeof *problems && rc == 0; i++) {
        struct arena a = {.block = NULL};
        struct scan s = {.p = &problems[i], .kern = kern_get(b->level)};
        rc = scan_open(&s, &a, e);
        for (int all = 0; all < 2 && rc == 0; all++) {
            rc = par_open(&s.pool, all ? 0 : 1, e);
            if (rc == 0 && (!all || par_threads(s.pool) > 1))
                measure(b, &s);
            par_close(s.pool);
        }
        ct_back_close(s.back);
        ct_filter_close(s.filter);
        arena_free(&a);
    }
    return rc;
}
