/* afterglow: takes the light that earlier lines left in the scintillator out of this one: the exact
 * inverse of a lag of several exponentials. Its state after each line is a plane of its own, so a
 * killed run goes on. Eq. (2) of doc/physics/radiograph.md. */
#include "kern/kern.h"
#include "stage/stage.h"

#include <string.h>

enum { PARAM_START };
enum { SIGNAL_IN, POSE };
enum { SIGNAL, LAG };

#define LINES 16 /* that share one look at the state */

static const struct stage_param params[] = {
    {"start", "1", 1, 0, 1, "signal that shone for long before the first line; 0 = none"},
    {NULL, NULL, 0, 0, 0, NULL},
};

/* Elements between the components of a state: some lines of the cache more than the pixels, lest
 * all of them fall into the same set. */
static size_t
stride_of(int pixels)
{
    return ((size_t)pixels + 15) / 16 * 16 + 16;
}

struct state {
    int parts;
    float decay[KERN_LAGS_MAX];
    const float *weight[KERN_LAGS_MAX], *inverse;
    const float *scale[2], *unscale[2]; /* of low and high lines of an interlaced plane, or NULL */
    float *start;                       /* state before the first line */
};

static int
open_weights(struct stage_run *r, struct state *s, const float *model, int n, struct err *e)
{
    float *weight[KERN_LAGS_MAX], *inverse = arena_zero(r->arena, (size_t)n, sizeof *inverse);

    for (int k = 0; k < s->parts; k++)
        s->weight[k] = weight[k] = arena_zero(r->arena, (size_t)n, sizeof(float));
    for (int i = 0; i < n; i++) {
        double share = 0, late = 0;
        for (int k = 0; k < s->parts; k++) {
            double fraction = (double)model[(size_t)(2 * k) * (size_t)n + (size_t)i];
            share += fraction;
            late += fraction * (double)s->decay[k];
            weight[k][i] = (float)(fraction * (double)s->decay[k]);
        }
        if (share > 0.5)
            return err_set(e, ERR_CALIB,
                           "pixel %d: %g of the light comes late; up to 0.5 is possible", i, share);
        inverse[i] = (float)(1 / (1 - late));
    }
    s->inverse = inverse;
    return 0;
}

static int
open_model(struct stage_run *r, struct state *s, struct err *e)
{
    const struct plane_spec *like = r->in[SIGNAL_IN].spec;
    int energy = r->energy == 2 ? -1 : r->energy, n = stage_elements(&r->in[SIGNAL_IN]);
    const float *model;

    s->parts = stage_calib_lines(r, Q_LAG_MODEL, energy) / 2;
    if (s->parts > KERN_LAGS_MAX)
        return err_set(e, ERR_CALIB, "%d components of afterglow; at most %d", s->parts,
                       KERN_LAGS_MAX);
    if (s->parts == 0)
        return 0;
    if (stage_calib(r, Q_LAG_MODEL, energy, like, 2 * s->parts, 0, &model, e) != 0)
        return -1;
    for (int k = 0; k < s->parts; k++) {
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += (double)model[(size_t)(2 * k + 1) * (size_t)n + (size_t)i];
        s->decay[k] = (float)(sum / n);
        if (s->decay[k] > 0.9999f)
            return err_set(e, ERR_CALIB,
                           "an afterglow that keeps %g of itself per line is no afterglow",
                           (double)s->decay[k]);
    }
    return open_weights(r, s, model, n, e);
}

/* Interlaced: light of a low line in units of a high line's air signal. */
static int
open_scale(struct stage_run *r, struct state *s, struct err *e)
{
    const struct plane_spec *like = r->in[SIGNAL_IN].spec;
    int n = stage_elements(&r->in[SIGNAL_IN]);
    float *scale = arena_zero(r->arena, (size_t)n, sizeof *scale);
    float *unscale = arena_zero(r->arena, (size_t)n, sizeof *unscale);
    float *one = arena_zero(r->arena, (size_t)n, sizeof *one);
    const float *low, *high;

    if (r->energy != 2 || s->parts == 0)
        return 0;
    if (stage_calib(r, Q_AIR, 0, like, 1, -1, &low, e) != 0 ||
        stage_calib(r, Q_AIR, 1, like, 1, -1, &high, e) != 0)
        return -1;
    for (int i = 0; i < n; i++) {
        bool good = low[i] >= 1 && high[i] >= 1;
        scale[i] = good ? low[i] / high[i] : 1;
        unscale[i] = good ? high[i] / low[i] : 1;
        one[i] = 1;
    }
    s->scale[0] = scale;
    s->unscale[0] = unscale;
    s->scale[1] = s->unscale[1] = one;
    return 0;
}

static int
afterglow_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct state *s = arena_zero(r->arena, 1, sizeof *s);
    int n = stage_elements(&r->in[SIGNAL_IN]);

    if (open_model(r, s, e) != 0 || open_scale(r, s, e) != 0)
        return -1;
    size_t stride = stride_of(n);
    if ((size_t)s->parts * stride > TAPE_ROWS_MAX)
        return err_set(e, ERR_LIMIT, "afterglow of %d pixels with %d components is too much", n,
                       s->parts);
    shape->rows[LAG] = s->parts > 0 ? s->parts * (int32_t)stride : STAGE_NONE;
    s->start = arena_zero(r->arena, (size_t)s->parts * stride, sizeof *s->start);
    for (int k = 0; k < s->parts; k++)
        for (int i = 0; i < n; i++)
            s->start[(size_t)k * stride + (size_t)i] =
                (float)r->param[PARAM_START] *
                (s->scale[0] == NULL ? 1 : 0.5f * (1 + s->scale[0][i]));
    r->state = s;
    return 0;
}

static struct kern_lag
line_lag(const struct stage_run *r, int32_t line, int32_t from)
{
    const struct state *s = r->state;
    uint32_t flags = stage_pose(r, line).flags;
    int high = (flags & POSE_HIGH) != 0;
    struct kern_lag g = {.parts = s->parts,
                         .inverse = s->inverse + from,
                         .scale = s->scale[high] == NULL ? NULL : s->scale[high] + from,
                         .unscale = s->scale[high] == NULL ? NULL : s->unscale[high] + from,
                         .hold = (flags & POSE_DOUBLED) != 0};

    for (int k = 0; k < s->parts; k++) {
        g.weight[k] = s->weight[k] + from;
        g.decay[k] = s->decay[k];
    }
    return g;
}

/* The next turn starts from the state after the last line, so a ring need not hold the others. */
static int32_t
lines_at_once(const struct stage_run *r, int32_t left)
{
    int32_t most = r->out[LAG].spec->scratch ? LINES : 1;

    return left < most ? left : most;
}

static void
afterglow_lines(const struct stage_run *r, int32_t line, int lines, int32_t from, size_t n)
{
    const struct state *s = r->state;
    struct kern_lag g[LINES];
    const float *in[LINES];
    float *out[LINES];

    for (int i = 0; i < lines; i++) {
        g[i] = line_lag(r, line + i, from);
        in[i] = (const float *)stage_in(r, SIGNAL_IN, line + i) + from;
        out[i] = (float *)stage_out(r, SIGNAL, line + i) + from;
    }
    const float *before = line == 0 ? s->start : stage_out(r, LAG, line - 1);
    r->kern->kern_lag(lines, g, in, before + from,
                      (float *)stage_out(r, LAG, line + lines - 1) + from, out,
                      stride_of(stage_elements(&r->in[SIGNAL_IN])), n);
}

static void
afterglow_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct state *s = r->state;
    size_t n = (size_t)(to - from);

    for (int32_t line = begin; s->parts == 0 && line < end; line++)
        memcpy((float *)stage_out(r, SIGNAL, line) + from,
               (const float *)stage_in(r, SIGNAL_IN, line) + from, n * sizeof(float));
    for (int32_t line = begin, lines; s->parts > 0 && line < end; line += lines) {
        lines = lines_at_once(r, end - line);
        afterglow_lines(r, line, lines, from, n);
    }
}

const struct stage stage_afterglow = {
    .name = "afterglow",
    .brief = "Takes the afterglow of earlier lines out of each line.",
    .params = params,
    .reads = {{.quantity = Q_SIGNAL, .energy = STAGE_SAME},
              {.quantity = Q_POSE, .energy = STAGE_SAME, .optional = true}},
    .writes = {{.quantity = Q_SIGNAL,
                .energy = STAGE_SAME,
                .lattice = STAGE_LATTICE_SAME,
                .scratch = true},
               {.quantity = Q_LAG,
                .energy = STAGE_SAME,
                .lattice = STAGE_LATTICE_SAME,
                .scratch = true,
                .halo = 1}},
    .n_reads = 2,
    .n_writes = 2,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_ROW,
    .open = afterglow_open,
    .run = afterglow_run,
};
