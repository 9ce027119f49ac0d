/* signal: detector counts to a fraction of the air scan, pixel by pixel; what is saturated or dead
 * goes to the mask, and a dead pixel gets its neighbours' value. Eq. (1) of
 * doc/physics/radiograph.md. */
#include "kern/kern.h"
#include "stage/stage.h"

#include <string.h>

enum { PARAM_SATURATION, PARAM_REPAIR };
enum { COUNTS };
enum { SIGNAL, MASK };

static const struct stage_param params[] = {
    {"saturation_counts", "count", 1048575, 1, 1048575, "samples from here on are saturated"},
    {"repair_pixels", "1", 8, 0, 64, "widest run of dead pixels that neighbours replace"},
    {NULL, NULL, 0, 0, 0, NULL},
};

/* A dead pixel and the good ones on either side of it; weight is that of `right`. */
struct repair {
    int32_t at, left, right;
    float weight;
};

struct state {
    struct kern_gain gain[2]; /* low, high (the same for planes of one energy) */
    int n_repairs;
    struct repair *repair;
};

/* Which energy's tables a line of this plane uses. */
static int
table_energy(const struct stage_run *r, int high)
{
    return r->energy == 2 ? high : r->energy;
}

static int
open_gain(struct stage_run *r, struct kern_gain *g, int energy, uint8_t *bad, struct err *e)
{
    const struct plane_spec *like = r->in[COUNTS].spec;
    int32_t n = stage_elements(&r->in[COUNTS]);
    float *gain = arena_zero(r->arena, (size_t)n, sizeof *gain);
    const float *air, *flags;

    if (stage_calib(r, Q_DARK, energy, like, 1, -1, &g->dark, e) != 0 ||
        stage_calib(r, Q_AIR, energy, like, 1, -1, &air, e) != 0 ||
        stage_calib(r, Q_BAD_PIXEL, energy, like, 1, 0, &flags, e) != 0)
        return -1;
    for (int32_t i = 0; i < n; i++) {
        gain[i] = air[i] >= 1.0f ? 1.0f / air[i] : 0.0f;
        bad[i] = (uint8_t)(bad[i] | (unsigned)flags[i] | (air[i] >= 1.0f ? 0 : MASK_DEAD));
    }
    g->gain = gain;
    g->bad = bad;
    g->full = (uint32_t)r->param[PARAM_SATURATION];
    return 0;
}

/* Runs of dead pixels within one row of a frame (cols > 1) or within the line. */
static void
open_repairs(struct stage_run *r, struct state *s, const uint8_t *bad)
{
    const struct plane_spec *spec = r->in[COUNTS].spec;
    int32_t n = stage_elements(&r->in[COUNTS]), row = spec->cols > 1 ? spec->cols : n;

    s->repair = arena_zero(r->arena, (size_t)n, sizeof *s->repair);
    for (int32_t i = 0; i < n;) {
        int32_t first = i, base = i / row * row;
        if (!(bad[i] & MASK_DEAD)) {
            i++;
            continue;
        }
        while (i < base + row && bad[i] & MASK_DEAD)
            i++;
        if (i - first > (int32_t)r->param[PARAM_REPAIR] || i - first == row)
            continue;
        int32_t left = first > base ? first - 1 : i, right = i < base + row ? i : first - 1;
        for (int32_t k = first; k < i; k++)
            s->repair[s->n_repairs++] =
                (struct repair){k, left, right, (float)(k - first + 1) / (float)(i - first + 1)};
    }
}

static int
signal_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct state *s = arena_zero(r->arena, 1, sizeof *s);
    uint8_t *bad = arena_zero(r->arena, (size_t)stage_elements(&r->in[COUNTS]), 1);

    (void)shape;
    for (int high = 0; high < 2; high++)
        if (open_gain(r, &s->gain[high], table_energy(r, high), bad, e) != 0)
            return -1;
    open_repairs(r, s, bad);
    r->state = s;
    return 0;
}

static void
signal_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct state *s = r->state;

    for (int32_t line = begin; line < end; line++) {
        int high = r->energy == 2 && stage_pose(r, line).flags & POSE_HIGH;
        float *signal = stage_out(r, SIGNAL, line);
        r->kern->kern_signal(&s->gain[high], stage_in(r, COUNTS, line), signal,
                             stage_out(r, MASK, line), (size_t)(to - from));
        for (int k = 0; k < s->n_repairs; k++) {
            const struct repair *p = &s->repair[k];
            signal[p->at] = signal[p->left] + p->weight * (signal[p->right] - signal[p->left]);
        }
    }
}

const struct stage stage_signal = {
    .name = "signal",
    .brief = "Counts to a fraction of the air scan; saturated and dead pixels are masked.",
    .params = params,
    .reads = {{.quantity = Q_COUNTS, .energy = STAGE_SAME}},
    .writes = {{.quantity = Q_SIGNAL,
                .energy = STAGE_SAME,
                .lattice = STAGE_LATTICE_SAME,
                .scratch = true},
               {.quantity = Q_MASK, .energy = STAGE_SAME, .lattice = STAGE_LATTICE_SAME}},
    .n_reads = 1,
    .n_writes = 2,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_LINE,
    .open = signal_open,
    .run = signal_run,
};
