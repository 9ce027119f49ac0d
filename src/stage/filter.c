/* filter: projections weighted and ramp-filtered for back-projection; what each ray counts follows
 * from where the others are (short scans, gaps, lost views, offset detectors). Eqs of
 * doc/physics/ct.md. Waits for all poses: a weight depends on the whole turn. */
#include "ct/filter.h"
#include "ct/redundancy.h"
#include "stage/ct.h"

#define ROWS 16         /* filtered at a time */
#define MM_PER_CM 10.0f /* volumes are in 1/cm, filters in 1/mm */

enum { PARAM_WINDOW, PARAM_CUTOFF, PARAM_AXIS };
enum { ATTENUATION };
enum { FILTERED };

static const struct stage_param params[] = {
    {.name = "window", .unit = "1", .meaning = "of the ramp filter", .words = ct_window_word},
    {"cutoff", "1", 1, 0.05, 1, "fraction of the Nyquist frequency at which the window ends"},
    {"axis_pixel", "pixel", -1, -1, CT_COLS_MAX,
     "column of the axis of rotation; -1 = as the tape says, or the middle"},
    {NULL, NULL, 0, 0, 0, NULL},
};

struct filter {
    struct ct_scan scan;
    struct ct_filter *filter;
    struct ct_scratch *scratch;
    int32_t wide;  /* columns of the filtered rows */
    float *weight; /* views x cols; NULL until all poses are there */
};

/* Weights as soon as they can be known; a scan without two good views leaves them at zero. */
static int
weigh(struct stage_run *r, struct filter *f, struct err *e)
{
    if (f->weight != NULL || !ct_scan_ready(r, &f->scan))
        return 0;
    size_t n = (size_t)f->scan.n * (size_t)f->scan.g.cols;
    f->weight = arena_zero(r->arena, n, sizeof *f->weight);
    if (ct_redundancy(&f->scan.g, f->scan.view, f->scan.n, f->weight, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        f->weight[i] *= MM_PER_CM;
    return 0;
}

static int
filter_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct filter *f = arena_zero(r->arena, 1, sizeof *f);

    if (ct_scan_open(r, r->param[PARAM_AXIS], &f->scan, e) != 0)
        return -1;
    r->param[PARAM_AXIS] = f->scan.g.axis_col;
    if (ct_filter_open(&f->filter, &f->scan.g, (enum ct_window)r->param[PARAM_WINDOW],
                       r->param[PARAM_CUTOFF], r->kern, e) != 0 ||
        weigh(r, f, e) != 0)
        return -1;
    if (f->weight == NULL) /* live: all projections must wait for the last angle */
        shape->halo[ATTENUATION] = r->in[ATTENUATION].spec->lines;
    f->wide = ct_filter_wide(&f->scan.g).cols;
    shape->rows[FILTERED] = f->scan.g.rows;
    shape->cols[FILTERED] = f->wide;
    f->scratch = ct_scratch_new(r, ct_filter_scratch(f->filter));
    r->state = f;
    return 0;
}

static void
filter_close(struct stage_run *r)
{
    ct_filter_close(((struct filter *)r->state)->filter);
}

/* Everything that is there, once the weights are. */
static int32_t
filter_reach(struct stage_run *r)
{
    struct filter *f = r->state;
    struct err e;

    (void)weigh(r, f, &e); /* of a live scan with less than two good views nothing comes */
    return f->weight == NULL ? 0 : tape_mark(r->in[ATTENUATION].tape, r->in[ATTENUATION].plane);
}

static int32_t
filter_keep(const struct stage_run *r)
{
    return tape_mark(r->out[FILTERED].tape, r->out[FILTERED].plane);
}

static void
filter_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct filter *f = r->state;
    const struct ct_geometry *g = &f->scan.g;
    void *scratch = ct_scratch_take(f->scratch);

    (void)from;
    (void)to;
    int64_t all = (int64_t)(end - begin) * g->rows;
    for (int64_t row = 0; row < all; row += ROWS) {
        struct ct_filter_row rows[ROWS];
        int32_t n = 0;
        for (; n < ROWS && row + n < all; n++) {
            int32_t line = begin + (int32_t)((row + n) / g->rows);
            int32_t at = (int32_t)((row + n) % g->rows);
            rows[n].in =
                (const float *)stage_in(r, ATTENUATION, line) + (size_t)at * (size_t)g->cols;
            rows[n].weight = f->weight + (size_t)line * (size_t)g->cols;
            rows[n].out = (float *)stage_out(r, FILTERED, line) + (size_t)at * (size_t)f->wide;
            rows[n].row = at;
        }
        ct_filter_run(f->filter, rows, n, scratch);
    }
    ct_scratch_give(f->scratch, scratch);
}

const struct stage stage_filter = {
    .name = "filter",
    .brief = "Projections weighted by how often each ray was measured, and ramp-filtered.",
    .params = params,
    .reads = {{.quantity = Q_ATTENUATION, .energy = STAGE_SAME}},
    .writes = {{.quantity = Q_FILTERED,
                .energy = STAGE_SAME,
                .lattice = STAGE_LATTICE_SAME,
                .scratch = true}},
    .n_reads = 1,
    .n_writes = 1,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_LINE,
    .open = filter_open,
    .close = filter_close,
    .reach = filter_reach,
    .keep = filter_keep,
    .run = filter_run,
};
