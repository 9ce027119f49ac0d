/* helix_back: filtered parallel views of a helical scan into slices, which leave while the item is
 * still in the tunnel: a slice is ready when the source has passed it by as far as the cone
 * reaches. Eqs (20) to (22) of doc/physics/ct.md. */
#include "ct/helix.h"
#include "stage/ct.h"

#include <stdlib.h>

#define STEP 32        /* slices a turn of the engine */
#define GRAIN_LINES 32 /* of a slice */
#define MM_PER_CM 10.0f

enum { PARAM_TURN = CT_PARAMS, PARAM_AXIS };
enum { FILTERED };
enum { LINEAR_ATTENUATION };

static const struct stage_param params[] = {
    {"size", "voxel", 512, 4, CT_SIZE_MAX, "voxels across a slice"},
    {"voxel_mm", "mm", 1, 1e-3, 1e3, "size of a voxel"},
    {"slices", "1", 1, 1, TAPE_LINES_MAX, "number of slices"},
    {"slice_mm", "mm", 1, 1e-3, 1e3, "from slice to slice"},
    {"first_mm", "mm", 0, -1e6, 1e6, "z of the first slice"},
    {"centre_x_mm", "mm", 0, -1e4, 1e4, "of the slices, from the axis of rotation"},
    {"centre_y_mm", "mm", 0, -1e4, 1e4, "likewise"},
    {"views_turn", "1", 0, 0, 100000, "views a turn; 0 = as the tape says"},
    {"axis_pixel", "pixel", -1, -1, CT_COLS_MAX,
     "column of the axis of rotation; -1 = as the tape says, or the middle"},
    {NULL, NULL, 0, 0, 0, NULL},
};

/* What a parallel view sees along z. */
struct span {
    float low_mm, high_mm;
};

struct state {
    struct ct_scan scan;
    struct ct_grid grid;
    struct ct_helix *helix;
    struct ct_scratch *scratch;
    int32_t seen;       /* lines that were looked at */
    const float **line; /* where they are */
    struct span *span;
    double first_rad;
};

/* Views that must be kept while slices wait for them; all where the poses are not there yet. */
static int32_t
lines_needed(const struct stage_run *r, const struct state *s)
{
    int pose = tape_find(r->input, Q_POSE, r->view, -1);
    int32_t lines = r->in[FILTERED].spec->lines, n = pose < 0 ? 0 : tape_mark(r->input, pose);

    if (n < 2)
        return lines;
    const struct pose *a = tape_read(r->input, pose, 0), *b = tape_read(r->input, pose, n - 1);
    double feed_mm = ((double)b->belt_mm - (double)a->belt_mm) / (n - 1);
    double span_mm = 2 * ct_helix_reach(s->helix) + STEP * s->grid.slice_mm;
    double need = feed_mm > 0 ? 1.2 * span_mm / feed_mm + r->param[PARAM_TURN] : lines;
    return need < lines ? (int32_t)need : lines;
}

static int
back_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct state *s = arena_zero(r->arena, 1, sizeof *s);
    const struct plane_spec *in = r->in[FILTERED].spec;

    r->state = s;
    if (ct_scan_open(r, r->param[PARAM_AXIS], &s->scan, e) != 0)
        return -1;
    r->param[PARAM_AXIS] = s->scan.g.axis_col;
    if (r->param[PARAM_TURN] <= 0)
        r->param[PARAM_TURN] = ct_views_turn(r->about);
    s->grid = ct_grid_from(r->param);
    struct ct_helix_way way = {(int32_t)r->param[PARAM_TURN], CT_RAM_LAK, 1}; /* filters nothing */
    if (ct_helix_open(&s->helix, &s->scan.g, &s->grid, &way, r->kern, e) != 0)
        return -1;
    if (in->rows != ct_helix_rows(s->helix) || in->cols != ct_helix_cols(s->helix))
        return err_set(e, ERR_INPUT, "the projections do not come from stage helix-filter");
    s->scratch = ct_scratch_new(r, ct_helix_scratch(s->helix));
    s->line = arena_zero(r->arena, (size_t)in->lines + 1, sizeof *s->line);
    s->span = arena_zero(r->arena, (size_t)in->lines + 1, sizeof *s->span);
    shape->rows[LINEAR_ATTENUATION] = shape->cols[LINEAR_ATTENUATION] = s->grid.size;
    shape->lines[LINEAR_ATTENUATION] = s->grid.slices;
    shape->halo[FILTERED] = lines_needed(r, s);
    r->step = STEP;
    r->grain = GRAIN_LINES * s->grid.size;
    return 0;
}

static void
back_close(struct stage_run *r)
{
    ct_helix_close(((struct state *)r->state)->helix);
}

static double
slice_mm(const struct state *s, int32_t k)
{
    return s->grid.first_mm + k * s->grid.slice_mm;
}

static void
look_at_lines(const struct stage_run *r, struct state *s, int32_t end)
{
    size_t at = (size_t)(ct_helix_rows(s->helix) - 1) * (size_t)ct_helix_cols(s->helix);
    float reach = (float)ct_helix_reach(s->helix);

    if (s->seen == 0 && end > 0)
        s->first_rad = (double)stage_pose(r, 0).gantry_rad;
    for (; s->seen < end; s->seen++) {
        const float *line = tape_read(r->in[FILTERED].tape, r->in[FILTERED].plane, s->seen);
        const float *z = line + at;
        float a = z[0], b = z[ct_helix_cols(s->helix) - 1];
        s->line[s->seen] = line;
        s->span[s->seen] = (struct span){(a < b ? a : b) - reach, (a > b ? a : b) + reach};
    }
}

/* Slices that no later view can see. */
static int32_t
back_reach(struct stage_run *r)
{
    struct state *s = r->state;
    const struct stage_plane *in = &r->in[FILTERED];
    bool sealed = tape_sealed(in->tape, in->plane);

    look_at_lines(r, s, tape_mark(in->tape, in->plane));
    if (sealed)
        return s->grid.slices;
    if (s->seen == 0)
        return 0;
    double passed = ((double)s->span[s->seen - 1].low_mm - s->grid.first_mm) / s->grid.slice_mm;
    int32_t whole = passed < 0 ? 0 : (int32_t)passed / STEP * STEP; /* few cost as much as a step */
    return passed < s->grid.slices ? whole : s->grid.slices;
}

/* The first view that sees slice k or one beyond it. */
static int32_t
first_view(const struct state *s, int32_t k)
{
    int32_t low = 0, high = s->seen;
    double z = slice_mm(s, k);

    while (low < high) { /* what is nowhere lies at the ends: before the first, it is passed over */
        int32_t middle = (low + high) / 2;
        if ((double)s->span[middle].high_mm < z)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* When all slices are made, nothing: what is still measured must pass on. */
static int32_t
back_keep(const struct stage_run *r)
{
    const struct state *s = r->state;
    const struct stage_plane *out = &r->out[LINEAR_ATTENUATION];
    int32_t k = tape_mark(out->tape, out->plane);

    return k >= s->grid.slices ? s->seen : first_view(s, k);
}

static void
back_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct state *s = r->state;
    struct ct_part part = {begin, end, from / s->grid.size, to / s->grid.size};
    int32_t first = first_view(s, begin);

    if (from == 0)
        ct_slice_poses(r, &s->grid, begin, end);
    void *scratch = ct_scratch_take(s->scratch);
    ct_helix_run(s->helix, s->first_rad, s->line + first, first, s->seen, &part,
                 stage_out(r, LINEAR_ATTENUATION, begin), scratch);
    ct_scratch_give(s->scratch, scratch);
    for (int32_t k = begin; k < end; k++) {
        float *out = stage_out(r, LINEAR_ATTENUATION, k);
        for (int32_t i = from; i < to; i++)
            out[i] *= MM_PER_CM;
    }
}

const struct stage stage_helix_back = {
    .name = "helix-back",
    .brief = "Filtered parallel views of a helical scan into slices, while it still goes on.",
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
    .keep = back_keep,
    .run = back_run,
};
