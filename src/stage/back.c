/* back: filtered projections into the voxels of a volume; a line of the new lattice is a slice. Eq.
 * of doc/physics/ct.md. Waits for all projections: every slice needs half a turn of them. */
#include "ct/back.h"
#include "ct/filter.h"
#include "stage/ct.h"

#include <string.h>

#define STEP 64        /* slices a turn: what the kernels like best */
#define GRAIN_LINES 32 /* of a slice */

enum { PARAM_AXIS = CT_PARAMS };
enum { FILTERED };
enum { LINEAR_ATTENUATION };

static const struct stage_param params[] = {
    CT_PARAM_ROWS,
    {"axis_pixel", "pixel", -1, -1, CT_COLS_MAX,
     "column of the axis of rotation; -1 = as the tape says, or the middle"},
    {NULL, NULL, 0, 0, 0, NULL},
};

struct back {
    struct ct_scan scan;
    struct ct_grid grid;
    struct ct_back *back; /* NULL until all poses are there */
    struct ct_scratch *scratch;
    const float **view; /* one per projection */
};

static int
plan(struct stage_run *r, struct back *b, struct err *e)
{
    if (b->back != NULL || !ct_scan_ready(r, &b->scan))
        return 0;
    if (ct_back_open(&b->back, &b->scan.g, &b->grid, b->scan.view, b->scan.n, r->kern, e) != 0)
        return -1;
    b->scratch = ct_scratch_new(r, ct_back_scratch(b->back));
    b->view = arena_zero(r->arena, (size_t)b->scan.n, sizeof *b->view);
    return 0;
}

/* Before the poses are there: whatever does not depend on them must fail now. */
static int
try(const struct stage_run *r, const struct back *b, struct err *e)
{
    const struct ct_view any = {.good = true};
    struct ct_back *probe;

    if (ct_back_open(&probe, &b->scan.g, &b->grid, &any, 1, r->kern, e) != 0)
        return -1;
    ct_back_close(probe);
    return 0;
}

static int
back_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct back *b = arena_zero(r->arena, 1, sizeof *b);

    r->state = b;
    if (ct_scan_open(r, r->param[PARAM_AXIS], &b->scan, e) != 0)
        return -1;
    r->param[PARAM_AXIS] = b->scan.g.axis_col;
    b->grid = ct_grid_choose(r->param, &b->scan.g);
    b->scan.g = ct_filter_wide(&b->scan.g);
    if (plan(r, b, e) != 0 || (b->back == NULL && try(r, b, e) != 0))
        return -1;
    shape->rows[LINEAR_ATTENUATION] = shape->cols[LINEAR_ATTENUATION] = b->grid.size;
    shape->lines[LINEAR_ATTENUATION] = b->grid.slices;
    shape->halo[FILTERED] = r->in[FILTERED].spec->lines;
    r->step = STEP;
    r->grain = GRAIN_LINES * b->grid.size;
    return 0;
}

static void
back_close(struct stage_run *r)
{
    ct_back_close(((struct back *)r->state)->back);
}

/* All slices, once all projections are there. */
static int32_t
back_reach(struct stage_run *r)
{
    struct back *b = r->state;
    const struct stage_plane *in = &r->in[FILTERED];
    struct err e;

    if (!tape_sealed(in->tape, in->plane) || plan(r, b, &e) != 0 || b->back == NULL)
        return 0;
    for (int32_t i = 0; i < b->scan.n && i < tape_mark(in->tape, in->plane); i++)
        b->view[i] = tape_read(in->tape, in->plane, i);
    return b->grid.slices;
}

static void
back_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct back *b = r->state;
    const struct stage_plane *in = &r->in[FILTERED];
    struct ct_part part = {begin, end, from / b->grid.size, to / b->grid.size};
    int32_t n = tape_mark(in->tape, in->plane);

    if (from == 0)
        ct_slice_poses(r, &b->grid, begin, end);
    for (int32_t k = begin; k < end; k++) /* a kill may have left something */
        memset((float *)stage_out(r, LINEAR_ATTENUATION, k) + from, 0,
               (size_t)(to - from) * sizeof(float));
    void *scratch = ct_scratch_take(b->scratch);
    ct_back_run(b->back, b->view, 0, n < b->scan.n ? n : b->scan.n, &part,
                stage_out(r, LINEAR_ATTENUATION, begin), scratch);
    ct_scratch_give(b->scratch, scratch);
}

const struct stage stage_back = {
    .name = "back",
    .brief = "Filtered projections into a volume of attenuation coefficients.",
    .params = params,
    .reads = {{.quantity = Q_FILTERED, .energy = STAGE_SAME}},
    .writes = {{.quantity = Q_LINEAR_ATTENUATION, .energy = STAGE_SAME, .lattice = LATTICE_SLICE}},
    .n_reads = 1,
    .n_writes = 1,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_ROW,
    .open = back_open,
    .close = back_close,
    .reach = back_reach,
    .keep = ct_keep_all,
    .run = back_run,
};
