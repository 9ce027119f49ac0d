/* helix_filter: fan views of a helical scan to filtered parallel ones; lost views are bridged.
 * Lines come out as soon as the fan views that they need are in; before the first and after the
 * last whole fan there is nothing to see, and they say so. Eqs (18) and (19) of doc/physics/ct.md.
 */
#include "ct/helix.h"
#include "stage/ct.h"

#include <string.h>

#define WINDOW_SLACK 64 /* views that may be lost within a fan */

enum { PARAM_TURN, PARAM_AXIS, PARAM_WINDOW, PARAM_CUTOFF };
enum { ATTENUATION };
enum { FILTERED };

static const struct stage_param params[] = {
    {"views_turn", "1", 0, 0, 100000, "views a turn; 0 = as the tape says"},
    {"axis_pixel", "pixel", -1, -1, CT_COLS_MAX,
     "column of the axis of rotation; -1 = as the tape says, or the middle"},
    {.name = "window", .unit = "1", .meaning = "of the ramp filter", .words = ct_window_word},
    {"cutoff", "1", 1, 0.05, 1, "fraction of the Nyquist frequency at which the window ends"},
    {NULL, NULL, 0, 0, 0, NULL},
};

struct state {
    struct ct_scan scan;
    struct ct_helix *helix;
    struct ct_scratch *scratch;
    int32_t window; /* fan views that one parallel view may need */
    int32_t seen;   /* lines whose poses were looked at */
    int32_t n;      /* good ones among them, of ascending angle */
    struct ct_view *view;
    int32_t *line;
    double first_rad;
};

static int
filter_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct state *s = arena_zero(r->arena, 1, sizeof *s);
    const struct plane_spec *in = r->in[ATTENUATION].spec;
    struct ct_grid none = {.size = 1, .slices = 1, .voxel_mm = 1, .slice_mm = 1};

    r->state = s;
    if (ct_scan_open(r, r->param[PARAM_AXIS], &s->scan, e) != 0)
        return -1;
    r->param[PARAM_AXIS] = s->scan.g.axis_col;
    if (r->param[PARAM_TURN] <= 0)
        r->param[PARAM_TURN] = ct_views_turn(r->about);
    struct ct_helix_way way = {(int32_t)r->param[PARAM_TURN],
                               (enum ct_window)r->param[PARAM_WINDOW], r->param[PARAM_CUTOFF]};
    if (ct_helix_open(&s->helix, &s->scan.g, &none, &way, r->kern, e) != 0)
        return -1;
    s->window = (int32_t)(2 * ct_helix_fan(s->helix) / ct_helix_step(s->helix)) + WINDOW_SLACK;
    s->view = arena_zero(r->arena, (size_t)in->lines + 1, sizeof *s->view);
    s->line = arena_zero(r->arena, (size_t)in->lines + 1, sizeof *s->line);
    s->scratch =
        ct_scratch_new(r, ct_helix_scratch(s->helix) + (size_t)s->window * sizeof(const float *));
    shape->rows[FILTERED] = ct_helix_rows(s->helix);
    shape->cols[FILTERED] = ct_helix_cols(s->helix);
    shape->halo[ATTENUATION] = 2 * s->window;
    return 0;
}

static void
filter_close(struct stage_run *r)
{
    ct_helix_close(((struct state *)r->state)->helix);
}

/* Angle of parallel view j. */
static double
theta(const struct state *s, int32_t j)
{
    return s->first_rad + j * ct_helix_step(s->helix);
}

/* Good views with an angle of at most `angle`. */
static int32_t
views_up_to(const struct state *s, double angle)
{
    int32_t low = 0, high = s->n;

    while (low < high) {
        int32_t middle = (low + high) / 2;
        if (s->view[middle].angle_rad <= angle)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void
look_at_poses(const struct stage_run *r, struct state *s, int32_t end)
{
    for (; s->seen < end; s->seen++) {
        struct pose p = stage_pose(r, s->seen);
        struct ct_view v = ct_view_of(&p);
        if (s->seen == 0)
            s->first_rad = v.angle_rad;
        if (!v.good || (s->n > 0 && !(v.angle_rad > s->view[s->n - 1].angle_rad)))
            continue;
        s->line[s->n] = s->seen;
        s->view[s->n++] = v;
    }
}

/* Views whose fans are complete; when no more come, all. */
static int32_t
filter_reach(struct stage_run *r)
{
    struct state *s = r->state;
    const struct stage_plane *in = &r->in[ATTENUATION];
    bool sealed = tape_sealed(in->tape, in->plane);
    int32_t mark = tape_mark(in->tape, in->plane);

    look_at_poses(r, s, mark);
    if (sealed)
        return mark;
    if (s->n == 0)
        return 0;
    double last = s->view[s->n - 1].angle_rad - ct_helix_fan(s->helix) - s->first_rad;
    return last < 0 ? 0 : (int32_t)(last / ct_helix_step(s->helix));
}

static int32_t
filter_keep(const struct stage_run *r)
{
    const struct state *s = r->state;
    int32_t j = tape_mark(r->out[FILTERED].tape, r->out[FILTERED].plane);
    int32_t k = views_up_to(s, theta(s, j) - ct_helix_fan(s->helix)) - 1;

    return k <= 0 ? 0 : s->line[k];
}

/* A parallel view, or one that sees nothing because its fan is not complete. */
static void
make_view(const struct stage_run *r, const struct state *s, int32_t j, uint8_t *scratch)
{
    double fan = ct_helix_fan(s->helix), angle = theta(s, j);
    int32_t first = views_up_to(s, angle - fan) - 1, end = views_up_to(s, angle + fan) + 1;
    size_t rows = (size_t)ct_helix_rows(s->helix), cols = (size_t)ct_helix_cols(s->helix);
    const float **frame = (const float **)(void *)(scratch + ct_helix_scratch(s->helix));
    float *out = stage_out(r, FILTERED, j);

    if (first < 0 || end > s->n || end - first > s->window) {
        memset(out, 0, rows * cols * sizeof *out);
        for (size_t c = 0; c < cols; c++)
            out[(rows - 1) * cols + c] = first < 0 ? -CT_HELIX_NOWHERE : CT_HELIX_NOWHERE;
        return;
    }
    for (int32_t k = first; k < end; k++)
        frame[k - first] = stage_in(r, ATTENUATION, s->line[k]);
    ct_helix_rebin(s->helix, angle, s->view + first, frame, end - first, out, scratch);
}

static void
filter_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct state *s = r->state;
    uint8_t *scratch = ct_scratch_take(s->scratch);

    (void)from;
    (void)to;
    for (int32_t j = begin; j < end; j++)
        make_view(r, s, j, scratch);
    ct_scratch_give(s->scratch, scratch);
}

const struct stage stage_helix_filter = {
    .name = "helix-filter",
    .brief =
        "Views of a helical scan to filtered parallel ones, as soon as their fans are complete.",
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
