/* ct: see ct.h. */
#include "stage/ct.h"

#include "base/par.h"

#include <stdatomic.h>
#include <string.h>

#define LEFT_OUT (POSE_DARK | POSE_AIR | POSE_DOUBLED | POSE_MISSING | POSE_SUSPECT | POSE_UNUSED)

/* The block that holds `geometry`, or NULL. */
static const struct text_node *
find_block(const struct text *t)
{
    const struct text_node *import = text_find(t->root, "import"),
                           *scanner = text_find(t->root, "scanner");
    return import != NULL && text_find(import, "geometry") != NULL ? import
           : scanner != NULL                                       ? text_find(scanner, "gantry")
                                                                   : NULL;
}

/* A gantry says how many pixels it has; the lines must agree. */
static int
check_size(const struct text *t, const struct text_node *in, const char *word, int32_t have,
           struct err *e)
{
    const struct text_node *n;
    int64_t said;

    if (text_one(t, in, word, &n, e) != 0)
        return -1;
    if (n == NULL)
        return 0;
    if (text_args(t, n, 1, 1, e) != 0 || text_whole(t, n, 0, 1, CT_COLS_MAX, &said, e) != 0)
        return -1;
    return said == have ? 0
                        : text_error(t, n, e, "the scanner has %d, the lines of the tape have %d",
                                     (int)said, have);
}

int
ct_from_about(const char *about, int32_t rows, int32_t cols, struct ct_geometry *g, struct err *e)
{
    const struct text_node *in, *n;
    struct text t;

    if (text_parse(&t, "the tape's text", about, strlen(about), e) != 0)
        return -1;
    in = find_block(&t);
    int result = in == NULL ? err_set(e, ERR_INPUT,
                                      "the tape does not say how its source and detector turn "
                                      "(import or gantry, geometry)")
                 : check_size(&t, in, "rows", rows, e) != 0 ||
                         check_size(&t, in, "cols", cols, e) != 0 ||
                         text_need(&t, in, "geometry", &n, e) != 0
                     ? -1
                     : ct_geometry_read(&t, n, rows, cols, g, e);
    text_free(&t);
    return result;
}

/* The plane of what the detector gave. */
static const struct plane_spec *
detector_of(const struct tape *t, int view)
{
    for (int i = 0; i < tape_planes(t); i++) {
        const struct plane_spec *p = tape_plane(t, i);
        if (p->lattice == LATTICE_PROJ && p->quantity != Q_POSE && p->view == view)
            return p;
    }
    return NULL;
}

int
ct_scan_open(struct stage_run *r, double axis_col, struct ct_scan *s, struct err *e)
{
    const struct plane_spec *in = r->in[0].spec, *raw = detector_of(r->input, r->view);

    *s = (struct ct_scan){.n = 0};
    if (in->lattice != LATTICE_PROJ || raw == NULL)
        return err_set(e, ERR_INPUT, "%s is not made of projections",
                       quantity_table[in->quantity].name);
    if (r->pose.spec == NULL)
        return err_set(e, ERR_INPUT, "the projections have no poses, so no angles");
    if (ct_from_about(r->about, raw->rows, raw->cols, &s->g, e) != 0)
        return -1;
    if (axis_col >= 0) {
        s->g.axis_col = axis_col;
        s->g.axis_known = true;
    }
    return 0;
}

bool
ct_scan_ready(const struct stage_run *r, struct ct_scan *s)
{
    if (s->n > 0)
        return true;
    if (r->pose.tape == NULL || !tape_sealed(r->pose.tape, r->pose.plane))
        return false;
    int32_t n = tape_mark(r->pose.tape, r->pose.plane);
    s->view = arena_zero(r->arena, (size_t)n + 1, sizeof *s->view);
    for (int32_t i = 0; i < n; i++)
        s->view[i] = ct_view_of(tape_read(r->pose.tape, r->pose.plane, i));
    s->n = n;
    return n > 0;
}

struct ct_grid
ct_grid_from(double *param)
{
    double *p = param, size = 4 * (double)(int32_t)((p[CT_PARAM_SIZE] + 3) / 4);

    p[CT_PARAM_SIZE] = size > CT_SIZE_MAX ? CT_SIZE_MAX : size;
    return (struct ct_grid){.size = (int32_t)p[CT_PARAM_SIZE],
                            .slices = (int32_t)p[CT_PARAM_SLICES],
                            .voxel_mm = p[CT_PARAM_VOXEL],
                            .slice_mm = p[CT_PARAM_SLICE],
                            .first_mm = p[CT_PARAM_FIRST],
                            .centre_mm = {p[CT_PARAM_X], p[CT_PARAM_Y]}};
}

struct ct_grid
ct_grid_choose(double *p, const struct ct_geometry *g)
{
    double scale = g->beam == CT_PARALLEL ? 1 : g->source_mm / g->detector_mm;
    double row_scale = g->beam == CT_CONE ? scale : 1;

    p[CT_PARAM_VOXEL] = p[CT_PARAM_VOXEL] > 0 ? p[CT_PARAM_VOXEL] : g->pitch_mm * scale;
    if (p[CT_PARAM_SIZE] < 1)
        p[CT_PARAM_SIZE] = 2 * ct_field_mm(g) / p[CT_PARAM_VOXEL];
    p[CT_PARAM_SLICE] = p[CT_PARAM_SLICE] > 0 ? p[CT_PARAM_SLICE] : g->row_pitch_mm * row_scale;
    p[CT_PARAM_SLICES] = p[CT_PARAM_SLICES] > 0 ? p[CT_PARAM_SLICES] : g->rows;
    if (p[CT_PARAM_FIRST] <= -1e6)
        p[CT_PARAM_FIRST] = -g->axis_row * g->row_pitch_mm * row_scale;
    return ct_grid_from(p);
}

int32_t
ct_keep_all(const struct stage_run *r)
{
    (void)r;
    return 0;
}

void
ct_slice_poses(const struct stage_run *r, const struct ct_grid *g, int32_t begin, int32_t end)
{
    for (int32_t k = begin; k < end && r->out_pose.spec != NULL; k++)
        *(struct pose *)tape_line(r->out_pose.tape, r->out_pose.plane, k) =
            (struct pose){.belt_mm = (float)(g->first_mm + k * g->slice_mm)};
}

struct ct_scratch {
    size_t bytes;
    int pieces;
    atomic_bool taken[PAR_THREADS_MAX];
    uint8_t *piece;
};

struct ct_scratch *
ct_scratch_new(struct stage_run *r, size_t bytes)
{
    struct ct_scratch *s = arena_zero(r->arena, 1, sizeof *s);

    s->bytes = (bytes + 63) / 64 * 64;
    s->pieces = r->threads;
    s->piece = arena_zero(r->arena, (size_t)s->pieces, s->bytes);
    return s;
}

void *
ct_scratch_take(struct ct_scratch *s)
{
    for (int i = 0;; i = (i + 1) % s->pieces) /* there are as many as threads: one is free */
        if (!atomic_exchange_explicit(&s->taken[i], true, memory_order_acquire))
            return s->piece + (size_t)i * s->bytes;
}

void
ct_scratch_give(struct ct_scratch *s, void *piece)
{
    size_t i = (size_t)((uint8_t *)piece - s->piece) / s->bytes;
    atomic_store_explicit(&s->taken[i], false, memory_order_release);
}

double
ct_voxel_mm(const char *about)
{
    struct text t;
    struct err e;
    double mm = 0;

    if (text_parse(&t, "the tape's text", about, strlen(about), &e) != 0)
        return 0;
    for (const struct text_node *n = t.root->first; n != NULL; n = n->next)
        for (const struct text_node *s = n->first; strcmp(n->word, "recipe") == 0 && s != NULL;
             s = s->next)
            if (text_find(s, "voxel_mm") != NULL &&
                text_set(&t, s, "voxel_mm", 0, 1e6, &mm, &e) != 0)
                mm = 0;
    text_free(&t);
    return mm;
}

int32_t
ct_views_turn(const char *about)
{
    const struct text_node *scanner, *gantry;
    struct text t;
    struct err e;
    double views = 0;

    if (text_parse(&t, "the tape's text", about, strlen(about), &e) != 0)
        return 0;
    scanner = text_find(t.root, "scanner");
    gantry = scanner == NULL ? NULL : text_find(scanner, "gantry");
    if (gantry != NULL && text_set(&t, gantry, "views_turn", 1, 1e6, &views, &e) != 0)
        views = 0;
    text_free(&t);
    return (int32_t)views;
}

struct ct_view
ct_view_of(const struct pose *p)
{
    return (struct ct_view){(double)p->gantry_rad, (double)p->belt_mm, (p->flags & LEFT_OUT) == 0};
}
