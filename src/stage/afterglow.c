/* afterglow: takes the light that earlier lines left in the scintillator out of this one: the exact
 * inverse of a lag of several exponentials. Its state after each line is a plane of its own, so a
 * killed run goes on. Eq. (2) of doc/physics/radiograph.md. */
#include "kern/kern.h"
#include "stage/stage.h"

#include <string.h>

enum { PARAM_START };
enum { SIGNAL_IN, POSE };
enum { SIGNAL, LAG };

static const struct stage_param params[] = {
    {"start", "1", 1, 0, 1, "signal that shone for long before the first line; 0 = none"},
    {NULL, NULL, 0, 0, 0, NULL},
};

#define GAPS 5         /* the period is the median of so many gaps between triggers */
#define PERIODS_MAX 64 /* after so many lines nothing glows any more */

struct state {
    int parts;
    float decay[KERN_LAGS_MAX];
    const float *fraction[KERN_LAGS_MAX];
    const float *scale[2], *unscale[2]; /* of low and high lines of an interlaced plane, or NULL */
    float *start;                       /* state before the first line */
};

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
        s->fraction[k] = model + (size_t)(2 * k) * (size_t)n;
        for (int i = 0; i < n; i++)
            sum += (double)model[(size_t)(2 * k + 1) * (size_t)n + (size_t)i];
        s->decay[k] = (float)(sum / n);
        if (s->decay[k] > 0.9999f)
            return err_set(e, ERR_CALIB,
                           "an afterglow that keeps %g of itself per line is no "
                           "afterglow",
                           (double)s->decay[k]);
    }
    for (int i = 0; i < n; i++) {
        double share = 0;
        for (int k = 0; k < s->parts; k++)
            share += (double)s->fraction[k][i];
        if (share > 0.5)
            return err_set(e, ERR_CALIB,
                           "pixel %d: %g of the light comes late; below 0.5 is "
                           "possible",
                           i, share);
    }
    return 0;
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
    shape->rows[LAG] = s->parts > 0 ? s->parts * n : STAGE_NONE;
    if ((int64_t)s->parts * n > TAPE_ROWS_MAX)
        return err_set(e, ERR_LIMIT, "afterglow of %d pixels with %d components is too much", n,
                       s->parts);
    s->start = arena_zero(r->arena, (size_t)(s->parts * n), sizeof *s->start);
    for (int i = 0; i < s->parts * n; i++) {
        float low = s->scale[0] == NULL ? 1 : 0.5f * (1 + s->scale[0][i % n]);
        s->start[i] = (float)r->param[PARAM_START] * low;
    }
    r->state = s;
    return 0;
}

/* Whole periods since the line before: more than one where triggers were lost. */
static int
periods_since(const struct stage_run *r, int32_t line)
{
    int64_t gap[GAPS];
    int n = 0;

    if (line < GAPS + 1)
        return 1;
    for (int k = 0; k < GAPS; k++) {
        int64_t g = stage_pose(r, line - 1 - k).t_ns - stage_pose(r, line - 2 - k).t_ns;
        int i = n++;
        for (; i > 0 && gap[i - 1] > g; i--)
            gap[i] = gap[i - 1];
        gap[i] = g;
    }
    int64_t period = gap[GAPS / 2];
    int64_t now = stage_pose(r, line).t_ns - stage_pose(r, line - 1).t_ns;
    if (period <= 0 || now <= period)
        return 1;
    int64_t periods = (now + period / 2) / period;
    return periods < PERIODS_MAX ? (int)periods : PERIODS_MAX;
}

static struct kern_lag
line_lag(const struct stage_run *r, int32_t line)
{
    const struct state *s = r->state;
    struct pose p = stage_pose(r, line);
    int high = (p.flags & POSE_HIGH) != 0, periods = periods_since(r, line);
    struct kern_lag g = {.parts = s->parts,
                         .scale = s->scale[high],
                         .unscale = s->unscale[high],
                         .hold = (p.flags & POSE_DOUBLED) != 0};

    for (int k = 0; k < s->parts; k++) {
        g.fraction[k] = s->fraction[k];
        g.decay[k] = s->decay[k];
        for (int m = 1; m < periods; m++)
            g.decay[k] *= s->decay[k];
    }
    return g;
}

static void
afterglow_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct state *s = r->state;
    size_t n = (size_t)(to - from), stride = (size_t)stage_elements(&r->in[SIGNAL_IN]);

    for (int32_t line = begin; line < end; line++) {
        const float *in = (const float *)stage_in(r, SIGNAL_IN, line) + from;
        float *out = (float *)stage_out(r, SIGNAL, line) + from;
        if (s->parts == 0) {
            memcpy(out, in, n * sizeof *out);
            continue;
        }
        struct kern_lag g = line_lag(r, line);
        const float *before = line == 0 ? s->start : stage_out(r, LAG, line - 1);
        for (int k = 0; k < s->parts; k++)
            g.fraction[k] += from;
        if (g.scale != NULL) {
            g.scale += from;
            g.unscale += from;
        }
        r->kern->kern_lag(&g, in, before + from, (float *)stage_out(r, LAG, line) + from, out,
                          stride, n);
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
