/* position: lines to image columns of constant pitch along the belt, whatever the belt does; low
 * and high energy come to the same positions. Causal: a column is complete when lines beyond it
 * have come, or when the belt rests. Lost, doubled, missing and contradicting lines are left out
 * and marked, and never shift anything. Eq. (15) to (18) of doc/physics/radiograph.md. */
#include "base/text.h"
#include "kern/kern.h"
#include "stage/track.h"

#include <string.h>

enum { PARAM_PITCH, PARAM_SMOOTH, PARAM_GAP };
enum { T_LOW, T_HIGH, T_BOTH, M_LOW, M_HIGH, M_BOTH, POSE };
enum { T_OUT, T_OUT_HIGH, M_OUT, M_OUT_HIGH };

static const struct stage_param params[] = {
    {"pitch_mm", "mm", 0, 0, 100, "distance of columns; 0 = column_pitch_mm of the scanner"},
    {"smooth_lines", "1", 4, 0, TRACK_SMOOTH_MAX, "lines on either side that smooth a position"},
    {"gap_pitches", "1", 3, 1, 100, "lines further apart than this leave a hole"},
    {NULL, NULL, 0, 0, 0, NULL},
};

struct state {
    struct track track;
    int energies;
    int lines_of[2], masks_of[2]; /* input ports of each energy */
    int tag[2];                   /* -1, or which lines of the port: 0 low, 1 high */
};

/* The scanner's description lies in the `about` of the input or the calibration. */
static int
pitch_from(const char *about, double *pitch_mm)
{
    struct text t;
    struct err e;
    const struct text_node *scanner;

    if (about == NULL || text_parse(&t, "about", about, strlen(about), &e) != 0)
        return -1;
    scanner = text_find(t.root, "scanner");
    *pitch_mm = 0;
    int bad = scanner == NULL || text_set(&t, scanner, "column_pitch_mm", 0.01, 100, pitch_mm, &e);
    text_free(&t);
    return bad || *pitch_mm <= 0 ? -1 : 0;
}

static int
open_pitch(struct stage_run *r, double *pitch_mm, struct err *e)
{
    *pitch_mm = r->param[PARAM_PITCH];
    if (*pitch_mm > 0 || pitch_from(r->about, pitch_mm) == 0 ||
        (r->calib != NULL && pitch_from(tape_about(r->calib), pitch_mm) == 0))
        return 0;
    return err_set(e, ERR_INPUT,
                   "neither the scan nor its calibration says column_pitch_mm; give "
                   "pitch_mm in the recipe");
}

static void
open_ports(struct stage_run *r, struct state *s, struct stage_shape *shape)
{
    bool both = r->in[T_BOTH].spec != NULL;

    s->energies = both || (r->in[T_LOW].spec != NULL && r->in[T_HIGH].spec != NULL) ? 2 : 1;
    for (int k = 0; k < 2; k++) {
        s->lines_of[k] = both ? T_BOTH : T_LOW + k;
        s->masks_of[k] = both ? M_BOTH : M_LOW + k;
        s->tag[k] = both ? k : -1;
    }
    if (s->energies == 1 && r->in[T_LOW].spec == NULL) {
        s->lines_of[0] = T_HIGH;
        s->masks_of[0] = M_HIGH;
    }
    if (s->energies == 1)
        shape->rows[T_OUT_HIGH] = shape->rows[M_OUT_HIGH] = STAGE_NONE;
}

static int
position_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct state *s = arena_zero(r->arena, 1, sizeof *s);
    double pitch_mm;

    if (r->pose.spec == NULL)
        return err_set(e, ERR_INPUT, "view %d has no poses: where its lines lie is not known",
                       r->view);
    if (open_pitch(r, &pitch_mm, e) != 0)
        return -1;
    open_ports(r, s, shape);
    for (int k = 0; k < s->energies; k++)
        if (r->in[s->masks_of[k]].spec == NULL)
            return err_set(e, ERR_INPUT, "view %d, energy %d: no mask beside the transmission",
                           r->view, k);
    int32_t lines = r->in[s->lines_of[0]].spec->lines;
    int32_t columns = r->grid_lines > 0                 ? r->grid_lines
                      : lines < TAPE_LINES_MAX / 2 - 64 ? 2 * lines + 64
                                                        : TAPE_LINES_MAX;
    s->track.pitch_mm = pitch_mm;
    s->track.smooth = (int)r->param[PARAM_SMOOTH];
    s->track.interlaced = s->tag[0] >= 0;
    track_open(&s->track, r->arena, lines, columns);
    for (int k = 0; k < 4; k++)
        shape->lines[k] = columns;
    r->state = s;
    return 0;
}

static int32_t
position_reach(struct stage_run *r)
{
    struct state *s = r->state;
    bool sealed = tape_sealed(r->pose.tape, r->pose.plane);
    int32_t limit = INT32_MAX;

    for (int k = 0; k < s->energies; k++) {
        const struct stage_plane *p = &r->in[s->lines_of[k]], *q = &r->in[s->masks_of[k]];
        sealed = sealed && tape_sealed(p->tape, p->plane) && tape_sealed(q->tape, q->plane);
    }
    int32_t poses = tape_mark(r->pose.tape, r->pose.plane);
    for (int k = 0; k < s->energies; k++) {
        const struct stage_plane *p = &r->in[s->lines_of[k]], *q = &r->in[s->masks_of[k]];
        int32_t a = tape_mark(p->tape, p->plane), b = tape_mark(q->tape, q->plane);
        limit = a < limit ? a : limit;
        limit = b < limit ? b : limit;
    }
    track_follow(&s->track, r, limit < poses ? limit : poses, sealed);
    return s->track.n_closed;
}

static int32_t
position_keep(const struct stage_run *r)
{
    const struct state *s = r->state;
    int32_t column = tape_mark(r->out[T_OUT].tape, r->out[T_OUT].plane);
    int32_t line = column < s->track.n_closed ? s->track.closed[column] : s->track.done;

    return line - TRACK_WINDOW + 1;
}

static void
make_column(const struct stage_run *r, int k, const struct track_mix *m, int32_t column)
{
    const struct state *s = r->state;
    const float *line[TRACK_WINDOW];
    const uint8_t *mask[TRACK_WINDOW];
    size_t n = (size_t)stage_elements(&r->out[T_OUT]);
    float *out = stage_out(r, T_OUT + k, column);

    for (int i = 0; i < m->n; i++) {
        line[i] = stage_in(r, s->lines_of[k], m->line[i]);
        mask[i] = stage_in(r, s->masks_of[k], m->line[i]);
    }
    if (m->n > 0)
        r->kern->kern_mix(m->n, m->weight, line, out, n);
    for (size_t i = 0; m->n == 0 && i < n; i++)
        out[i] = 1; /* nothing is known, and the mask says so */
    r->kern->kern_mix_mask(m->n, m->mask, mask, stage_out(r, M_OUT + k, column), n);
}

static void
position_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct state *s = r->state;
    const struct track *t = &s->track;
    double gap_mm = r->param[PARAM_GAP] * t->pitch_mm;

    (void)from;
    (void)to;
    for (int32_t c = begin; c < end; c++) {
        struct pose *pose = tape_line(r->out_pose.tape, r->out_pose.plane, c);
        struct track_mix m;
        *pose = stage_pose(r, t->passed[c]);
        pose->belt_mm = (float)(t->origin_mm + c * t->pitch_mm);
        pose->flags = 0;
        for (int k = 0; k < s->energies; k++) {
            track_mix(t, c, s->tag[k], gap_mm, &m);
            make_column(r, k, &m, c);
            pose->flags |= m.flags & ~POSE_HIGH;
        }
    }
}

#define READ(quantity_, energy_)                                                                   \
    {                                                                                              \
        .quantity = (quantity_), .energy = (energy_), .optional = true, .halo = 64                 \
    }
#define WRITE(quantity_, energy_, scratch_)                                                        \
    {                                                                                              \
        .quantity = (quantity_), .energy = (energy_), .lattice = LATTICE_GRID,                     \
        .scratch = (scratch_)                                                                      \
    }

_Static_assert(TRACK_WINDOW + TRACK_SMOOTH_MAX <= 64, "the halo holds a window and what smooths");

const struct stage stage_position = {
    .name = "position",
    .brief = "Lines to columns of constant pitch along the belt, both energies at one place.",
    .params = params,
    .reads = {READ(Q_TRANSMISSION, 0),
              READ(Q_TRANSMISSION, 1),
              READ(Q_TRANSMISSION, 2),
              READ(Q_MASK, 0),
              READ(Q_MASK, 1),
              READ(Q_MASK, 2),
              {.quantity = Q_POSE, .energy = STAGE_SAME, .optional = true}},
    .writes = {WRITE(Q_TRANSMISSION, 0, true), WRITE(Q_TRANSMISSION, 1, true),
               WRITE(Q_MASK, 0, false), WRITE(Q_MASK, 1, false)},
    .n_reads = 7,
    .n_writes = 4,
    .per = STAGE_PER_VIEW,
    .split = STAGE_BY_LINE,
    .open = position_open,
    .reach = position_reach,
    .keep = position_keep,
    .run = position_run,
};
