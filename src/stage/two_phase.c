/* two_phase: projections of a disc of one material with holes into slices of that material and air,
 * from few views or a short arc. Eqs (50) to (57) of doc/physics/ct.md. That the object is such a
 * disc, and which, are parameters: `doorlicht ct` finds them. */
#include "ct/two_phase.h"
#include "stage/ct.h"

#define MM_PER_CM 10.0

enum {
    PARAM_SIZE,
    PARAM_VOXEL,
    PARAM_X,
    PARAM_Y,
    PARAM_RADIUS,
    PARAM_AIR,
    PARAM_SLOPE,
    PARAM_BEND,
    PARAM_NOISE,
    PARAM_AXIS
};
enum { ATTENUATION };
enum { LINEAR_ATTENUATION };

static const struct stage_param params[] = {
    {"size", "voxel", 0, 0, CT_SIZE_MAX, "voxels across a slice; 0 = what covers the field"},
    {"voxel_mm", "mm", 0, 0, 1e3, "0 = a pixel of the detector, brought to the axis"},
    {"disc_x_mm", "mm", 0, -1e4, 1e4, "centre of the disc, from the axis of rotation"},
    {"disc_y_mm", "mm", 0, -1e4, 1e4, "likewise"},
    {"disc_radius_mm", "mm", 0, 0, 1e4, "its radius (needed)"},
    {"air", "1", 0, -10, 10, "attenuation of no material"},
    {"slope_per_mm", "1/mm", 0, 0, 1e3, "attenuation that the first mm of it adds (needed)"},
    {"bend_per_mm2", "1/mm2", 0, -1e3, 1e3,
     "beam hardening: times the length squared, it adds to that"},
    {"noise", "1", 0, 0, 10, "standard deviation of the attenuation of a ray through air"},
    {"axis_pixel", "pixel", -1, -1, CT_COLS_MAX,
     "column of the axis of rotation; -1 = as the tape says, or the middle"},
    {NULL, NULL, 0, 0, 0, NULL},
};

struct two_phase {
    struct ct_scan scan;
    struct ct_grid grid;
    struct ct_disc disc;
    struct ct_two_phase *solver; /* NULL until all poses are there */
    const float **row;           /* one a view */
};

static int
check(const struct ct_geometry *g, const struct ct_disc *d, struct err *e)
{
    if (!(d->radius_mm > 0) || !(d->slope > 0))
        return err_set(e, ERR_INPUT,
                       "disc_radius_mm and slope_per_mm are needed (`doorlicht ct --method "
                       "two-phase` finds them)");
    return g->beam == CT_CONE || g->tilt_rad != 0
               ? err_set(e, ERR_INPUT,
                         "the rays of a cone beam or a tilted detector do not stay in one slice")
               : 0;
}

static int
plan(struct stage_run *r, struct two_phase *s, struct err *e)
{
    if (s->solver != NULL || !ct_scan_ready(r, &s->scan))
        return 0;
    s->row = arena_zero(r->arena, (size_t)s->scan.n, sizeof *s->row);
    return ct_two_phase_open(&s->solver, &s->scan.g, s->scan.view, s->scan.n, &s->disc,
                             CT_TWO_PHASE_ACROSS, r->pool, e);
}

/* One slice a row of the detector; what was chosen is written back. */
static void
choose_grid(struct stage_run *r, struct two_phase *s)
{
    double *p = r->param, all[CT_PARAMS] = {[CT_PARAM_SIZE] = p[PARAM_SIZE],
                                            [CT_PARAM_VOXEL] = p[PARAM_VOXEL],
                                            [CT_PARAM_FIRST] = -1e6};

    s->grid = ct_grid_choose(all, &s->scan.g);
    p[PARAM_SIZE] = all[CT_PARAM_SIZE];
    p[PARAM_VOXEL] = all[CT_PARAM_VOXEL];
}

static int
two_phase_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct two_phase *s = arena_zero(r->arena, 1, sizeof *s);
    const double *p = r->param;

    r->state = s;
    if (ct_scan_open(r, p[PARAM_AXIS], &s->scan, e) != 0)
        return -1;
    r->param[PARAM_AXIS] = s->scan.g.axis_col;
    s->disc = (struct ct_disc){.x_mm = p[PARAM_X],
                               .y_mm = p[PARAM_Y],
                               .radius_mm = p[PARAM_RADIUS],
                               .air = p[PARAM_AIR],
                               .slope = p[PARAM_SLOPE],
                               .bend = p[PARAM_BEND],
                               .noise = p[PARAM_NOISE]};
    choose_grid(r, s);
    if (check(&s->scan.g, &s->disc, e) != 0 || plan(r, s, e) != 0)
        return -1;
    shape->rows[LINEAR_ATTENUATION] = shape->cols[LINEAR_ATTENUATION] = s->grid.size;
    shape->lines[LINEAR_ATTENUATION] = s->grid.slices;
    shape->halo[ATTENUATION] = r->in[ATTENUATION].spec->lines;
    r->step = 1;
    return 0;
}

static void
two_phase_close(struct stage_run *r)
{
    ct_two_phase_close(((struct two_phase *)r->state)->solver);
}

/* All slices, once all projections are there. */
static int32_t
two_phase_reach(struct stage_run *r)
{
    struct two_phase *s = r->state;
    const struct stage_plane *in = &r->in[ATTENUATION];
    struct err e;

    if (!tape_sealed(in->tape, in->plane) || plan(r, s, &e) != 0 || s->solver == NULL ||
        tape_mark(in->tape, in->plane) < s->scan.n)
        return 0;
    return s->grid.slices;
}

static void
two_phase_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct two_phase *s = r->state;
    const struct ct_grid *g = &s->grid;
    double middle = (g->size - 1) / 2.0;

    (void)from;
    (void)to;
    ct_slice_poses(r, g, begin, end);
    for (int32_t k = begin; k < end; k++) {
        float *slice = stage_out(r, LINEAR_ATTENUATION, k);
        for (int32_t v = 0; v < s->scan.n; v++)
            s->row[v] =
                (const float *)stage_in(r, ATTENUATION, v) + (size_t)k * (size_t)s->scan.g.cols;
        ct_two_phase_run(s->solver, s->row);
        for (int32_t i = 0; i < g->size * g->size; i++) {
            double x = (i % g->size - middle) * g->voxel_mm;
            double y = (middle - i / g->size) * g->voxel_mm;
            slice[i] =
                ct_two_phase_inside(s->solver, x, y) ? (float)(s->disc.slope * MM_PER_CM) : 0;
        }
    }
}

const struct stage stage_two_phase = {
    .name = "two-phase",
    .brief = "Projections of a disc of one material with holes into slices of it and air, from few "
             "views.",
    .params = params,
    .reads = {{.quantity = Q_ATTENUATION, .energy = STAGE_SAME}},
    .writes = {{.quantity = Q_LINEAR_ATTENUATION, .energy = STAGE_SAME, .lattice = LATTICE_SLICE}},
    .n_reads = 1,
    .n_writes = 1,
    .per = STAGE_PER_PLANE,
    .split = STAGE_WHOLE,
    .open = two_phase_open,
    .close = two_phase_close,
    .reach = two_phase_reach,
    .keep = ct_keep_all,
    .run = two_phase_run,
};
