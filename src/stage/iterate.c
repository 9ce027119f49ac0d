/* iterate: projections into a volume by iteration (SIRT and its kin); eqs (44) and on of
 * doc/physics/ct.md. Waits for all projections. In parallel beams and fans slices are problems of
 * their own, CT_PROJECT_STACK at a time; in a cone they are one, over all that the rays cross. */
#include "ct/solve.h"
#include "kern/math.h"
#include "stage/ct.h"

#include <string.h>

#define MM_PER_CM 10.0f
#define LEFT_OUT (MASK_SATURATED | MASK_DEAD | MASK_GAP | MASK_NO_LINE | MASK_SUSPECT)

enum {
    PARAM_AXIS = CT_PARAMS,
    PARAM_METHOD,
    PARAM_ITERATIONS,
    PARAM_SUBSETS,
    PARAM_RELAX,
    PARAM_STRENGTH,
    PARAM_WEIGHTS,
    PARAM_NEGATIVE
};
enum { ATTENUATION, MASK };
enum { LINEAR_ATTENUATION };
enum { WEIGHTS_EQUAL, WEIGHTS_COUNTS };

static const char *const weights_word[] = {"equal", "counts", NULL};

static const struct stage_param params[] = {
    CT_PARAM_ROWS,
    {"axis_pixel", "pixel", -1, -1, CT_COLS_MAX,
     "column of the axis of rotation; -1 = as the tape says, or the middle"},
    {.name = "method", .unit = "1", .meaning = "of iteration", .words = ct_solver_word},
    {"iterations", "1", 0, 0, 10000, "0 = what the method needs for most scans"},
    {"subsets", "1", 0, 0, 1000, "of views that take turns; 0 = what suits the method"},
    {"relax", "1", 1, 0.01, 1.99, "share of a step that is taken"},
    {"strength", "1", CT_TV_STRENGTH, 0, 1, "of total variation: more is smoother"},
    {.name = "weights",
     .unit = "1",
     .meaning = "equal, or by the counts a ray has left, whose noise follows from them",
     .words = weights_word},
    {"negative", "1", 0, 0, 1, "1 = attenuation may come out negative"},
    {NULL, NULL, 0, 0, 0, NULL},
};

struct iterate {
    struct ct_scan scan;
    struct ct_grid grid;  /* what is asked for */
    struct ct_grid solid; /* what is solved for: one stack, or all that the rays of a cone cross */
    int32_t before;       /* slices of that below the first asked for */
    struct ct_project *project;
    struct ct_solve *solve; /* NULL until all poses are there */
    struct ct_scratch *scratch;
};

/* Slices that rays to the detector's first and last row reach within the grid's width. */
static void
cover_cone(struct iterate *s)
{
    const struct ct_geometry *g = &s->scan.g;
    double low = 1e30, high = -1e30, half = s->grid.size * s->grid.voxel_mm / 2;

    for (int32_t v = 0; v < s->scan.n; v++)
        for (int side = -1; side <= 1; side += 2) {
            double scale = (g->source_mm + side * half) / g->detector_mm * g->row_pitch_mm;
            double bottom = s->scan.view[v].z_mm + scale * (-0.5 - g->axis_row);
            double top = s->scan.view[v].z_mm + scale * (g->rows - 0.5 - g->axis_row);
            low = s->scan.view[v].good && bottom < low ? bottom : low;
            high = s->scan.view[v].good && top > high ? top : high;
        }
    double below = (s->grid.first_mm - low) / s->grid.slice_mm - 0.5;
    double last = s->grid.first_mm + (s->grid.slices - 1) * s->grid.slice_mm;
    double above = (high - last) / s->grid.slice_mm - 0.5;
    s->before = below > 0 ? 1 + (int32_t)(below < KERN_CT_ROOM ? below : KERN_CT_ROOM) : 0;
    s->solid.slices += s->before;
    s->solid.slices += above > 0 ? 1 + (int32_t)(above < KERN_CT_ROOM ? above : KERN_CT_ROOM) : 0;
    s->solid.first_mm -= s->before * s->grid.slice_mm;
}

static int
plan(struct stage_run *r, struct iterate *s, struct err *e)
{
    const double *p = r->param;
    struct ct_solve_options o = {(int)p[PARAM_METHOD],      (int32_t)p[PARAM_ITERATIONS],
                                 (int32_t)p[PARAM_SUBSETS], p[PARAM_RELAX],
                                 p[PARAM_STRENGTH],         s->grid.voxel_mm / s->grid.slice_mm,
                                 p[PARAM_NEGATIVE] > 0};

    if (s->solve != NULL || !ct_scan_ready(r, &s->scan))
        return 0;
    s->solid = s->grid;
    if (s->scan.g.beam == CT_CONE)
        cover_cone(s);
    else if (s->solid.slices > CT_PROJECT_STACK)
        s->solid.slices = CT_PROJECT_STACK;
    if (ct_project_open(&s->project, &s->scan.g, &s->solid, s->scan.view, s->scan.n, r->kern,
                        r->arena, e) != 0 ||
        ct_solve_open(&s->solve, s->project, s->scan.view, s->scan.n, &o, r->arena, e) != 0)
        return -1;
    r->step = s->scan.g.beam == CT_CONE ? s->grid.slices : s->solid.slices;
    s->scratch = ct_scratch_new(r, 2 * sizeof(float) * (size_t)stage_elements(&r->in[0]));
    return 0;
}

static int
iterate_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct iterate *s = arena_zero(r->arena, 1, sizeof *s);
    const struct plane_spec *mask = r->in[MASK].spec, *in = r->in[ATTENUATION].spec;

    if (ct_scan_open(r, r->param[PARAM_AXIS], &s->scan, e) != 0)
        return -1;
    if (mask != NULL && (mask->rows != in->rows || mask->cols != in->cols))
        return err_set(e, ERR_INPUT, "the mask has %d x %d pixels, the projections have %d x %d",
                       mask->rows, mask->cols, in->rows, in->cols);
    r->param[PARAM_AXIS] = s->scan.g.axis_col;
    s->grid = ct_grid_choose(r->param, &s->scan.g);
    if (plan(r, s, e) != 0)
        return -1;
    shape->rows[LINEAR_ATTENUATION] = shape->cols[LINEAR_ATTENUATION] = s->grid.size;
    shape->lines[LINEAR_ATTENUATION] = s->grid.slices;
    shape->halo[ATTENUATION] = in->lines;
    shape->halo[MASK] = in->lines;
    r->state = s;
    return 0;
}

static int32_t
iterate_reach(struct stage_run *r)
{
    struct iterate *s = r->state;
    struct err e;

    for (int k = 0; k < r->stage->n_reads; k++)
        if (r->in[k].spec != NULL && !tape_sealed(r->in[k].tape, r->in[k].plane))
            return 0;
    return plan(r, s, &e) != 0 || s->solve == NULL ? 0 : s->grid.slices;
}

/* ---- what was measured ---- */

struct source {
    const struct stage_run *r;
    int32_t first; /* slice */
};

/* Bad pixels count nothing, and where a slice lies between two rows the good one counts for both.
 */
static void
read_view(const void *arg, int32_t v, float *value, float *weight)
{
    const struct source *t = arg;
    const struct iterate *s = t->r->state;
    size_t n = (size_t)stage_elements(&t->r->in[0]);
    const float *in = stage_in(t->r, ATTENUATION, v);
    const uint8_t *mask = stage_in(t->r, MASK, v);
    float *good = ct_scratch_take(s->scratch), *line = good + n;
    bool counts = t->r->param[PARAM_WEIGHTS] > WEIGHTS_EQUAL;

    for (size_t i = 0; i < n; i++) {
        good[i] = in == NULL || (mask != NULL && (mask[i] & LEFT_OUT) != 0) ? 0 : 1;
        line[i] = in == NULL ? 0 : in[i] * good[i];
    }
    ct_project_view(s->project, v, t->first, line, value);
    ct_project_view(s->project, v, t->first, good, weight);
    ct_scratch_give(s->scratch, good);
    for (size_t i = 0; i < ct_project_shape(s->project)->view; i++) {
        value[i] = weight[i] > 0 ? value[i] / weight[i] : 0;
        if (weight[i] > 0)
            weight[i] = counts ? kern_exp(-kern_max(value[i], 0)) : 1;
    }
}

struct told {
    const struct stage_run *r;
    int32_t lines;
};

static void
tell(void *arg, int32_t done, int32_t of)
{
    const struct told *t = arg;
    t->r->progress.step(t->r->progress.arg, (double)t->lines * done / of);
}

static void
iterate_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct iterate *s = r->state;
    bool cone = s->scan.g.beam == CT_CONE;
    struct source source = {r, cone ? 0 : begin};
    struct ct_rays rays = {read_view, &source};
    struct told told = {r, end - begin};
    float *out = stage_out(r, LINEAR_ATTENUATION, begin);

    (void)from;
    (void)to;
    ct_slice_poses(r, &s->grid, begin, end);
    const float *x = ct_solve_run(s->solve, r->pool, &rays,
                                  (struct ct_told){r->progress.step == NULL ? NULL : tell, &told});
    int32_t first = cone ? s->before + begin : 0;
    ct_project_save(s->project, x, first, first + end - begin, out);
    for (size_t i = 0; i < (size_t)(end - begin) * (size_t)stage_elements(&r->out[0]); i++)
        out[i] *= MM_PER_CM;
}

const struct stage stage_iterate = {
    .name = "iterate",
    .brief = "Projections into a volume of attenuation coefficients, by iteration.",
    .params = params,
    .reads = {{.quantity = Q_ATTENUATION, .energy = STAGE_SAME},
              {.quantity = Q_MASK, .energy = STAGE_SAME, .optional = true}},
    .writes = {{.quantity = Q_LINEAR_ATTENUATION, .energy = STAGE_SAME, .lattice = LATTICE_SLICE}},
    .n_reads = 2,
    .n_writes = 1,
    .per = STAGE_PER_PLANE,
    .split = STAGE_WHOLE,
    .open = iterate_open,
    .reach = iterate_reach,
    .keep = ct_keep_all,
    .run = iterate_run,
};
