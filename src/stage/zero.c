/* zero: follows the dark signal from lines with the source off (before an item, between items), so
 * that a detector that has warmed since its calibration is not read as radiation. Eq. (2a) of
 * doc/physics/radiograph.md. */
#include "kern/kern.h"
#include "stage/stage.h"

enum { PARAM_LINES, PARAM_MOST };
enum { SIGNAL_IN, POSE };
enum { SIGNAL, ZERO };

#define LINES 16 /* that share one look at the zeros */

static const struct stage_param params[] = {
    {"lines", "1", 64, 1, 1000, "dark lines over which the zero is averaged"},
    {"most", "1", 0.01, 0, 1, "of the air signal: larger steps are cut, so light cannot be a zero"},
    {NULL, NULL, 0, 0, 0, NULL},
};

struct state {
    float *start; /* zeros before the first line */
};

static int
zero_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct state *s = arena_zero(r->arena, 1, sizeof *s);

    (void)shape;
    (void)e;
    s->start = arena_zero(r->arena, (size_t)stage_elements(&r->in[SIGNAL_IN]), sizeof *s->start);
    r->state = s;
    return 0;
}

/* A running mean over the dark lines: 1, 1/2, 1/3 ... down to 1/lines. Other lines change nothing.
 */
static float
share_of(const struct stage_run *r, int32_t line)
{
    int most = (int)r->param[PARAM_LINES], dark = 0;

    if (!(stage_pose(r, line).flags & POSE_DARK))
        return 0;
    for (int32_t k = line; k >= 0 && line - k < most; k--)
        dark += (stage_pose(r, k).flags & POSE_DARK) != 0;
    return 1.0f / (float)dark;
}

/* The next turn starts from the zeros after the last line, so a ring need not hold the others. */
static int32_t
lines_at_once(const struct stage_run *r, int32_t left)
{
    int32_t most = r->out[ZERO].spec->scratch ? LINES : 1;

    return left < most ? left : most;
}

static void
zero_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct state *s = r->state;
    float most = (float)r->param[PARAM_MOST], share[LINES], *out[LINES];
    const float *in[LINES];

    for (int32_t line = begin, lines; line < end; line += lines) {
        lines = lines_at_once(r, end - line);
        for (int32_t i = 0; i < lines; i++) {
            share[i] = share_of(r, line + i);
            in[i] = (const float *)stage_in(r, SIGNAL_IN, line + i) + from;
            out[i] = (float *)stage_out(r, SIGNAL, line + i) + from;
        }
        const float *before = line == 0 ? s->start : stage_out(r, ZERO, line - 1);
        r->kern->kern_zero(lines, share, most, in, before + from,
                           (float *)stage_out(r, ZERO, line + lines - 1) + from, out,
                           (size_t)(to - from));
    }
}

const struct stage stage_zero = {
    .name = "zero",
    .brief = "Follows the dark signal from lines with the source off.",
    .params = params,
    .reads = {{.quantity = Q_SIGNAL, .energy = STAGE_SAME},
              {.quantity = Q_POSE, .energy = STAGE_SAME, .optional = true}},
    .writes = {{.quantity = Q_SIGNAL,
                .energy = STAGE_SAME,
                .lattice = STAGE_LATTICE_SAME,
                .scratch = true},
               {.quantity = Q_ZERO,
                .energy = STAGE_SAME,
                .lattice = STAGE_LATTICE_SAME,
                .scratch = true,
                .halo = 1}},
    .n_reads = 2,
    .n_writes = 2,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_ROW,
    .open = zero_open,
    .run = zero_run,
};
