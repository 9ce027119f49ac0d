/* frames: imported samples (floats) to a fraction of the air scan, pixel by pixel; what is
 * saturated or dead goes to the mask, and a dead pixel gets its neighbours' value. Eq. (1) of
 * doc/physics/radiograph.md. */
#include "stage/gain.h"

enum { PARAM_SATURATION, PARAM_REPAIR };
enum { COUNTS };
enum { SIGNAL, MASK };

static const struct stage_param params[] = {
    {"saturation_counts", "count", 1e9, 1, 1e9, "samples from here on are saturated"},
    {"repair_pixels", "1", 8, 0, 64, "widest run of dead pixels that neighbours replace"},
    {NULL, NULL, 0, 0, 0, NULL},
};

static int
frames_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct gain *g;

    (void)shape;
    if (gain_open(r, UINT32_MAX, (int)r->param[PARAM_REPAIR], &g, e) != 0)
        return -1;
    r->state = g;
    return 0;
}

static void
frames_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct gain *g = r->state;
    float full = (float)r->param[PARAM_SATURATION];

    for (int32_t line = begin; line < end; line++) {
        const struct kern_gain *t = &g->gain[r->energy == 1];
        const float *counts = stage_in(r, COUNTS, line);
        float *signal = stage_out(r, SIGNAL, line);
        uint8_t *mask = stage_out(r, MASK, line);
        for (int32_t i = from; i < to; i++) {
            signal[i] = (counts[i] - t->dark[i]) * t->gain[i];
            mask[i] = (uint8_t)(t->bad[i] | (counts[i] >= full ? MASK_SATURATED : 0));
        }
        gain_repair(g, signal);
    }
}

const struct stage stage_frames = {
    .name = "frames",
    .brief = "Imported float samples to a fraction of the air scan; saturated and dead pixels are "
             "masked.",
    .params = params,
    .reads = {{.quantity = Q_COUNTS_F32, .energy = STAGE_SAME}},
    .writes = {{.quantity = Q_SIGNAL,
                .energy = STAGE_SAME,
                .lattice = STAGE_LATTICE_SAME,
                .scratch = true},
               {.quantity = Q_MASK, .energy = STAGE_SAME, .lattice = STAGE_LATTICE_SAME}},
    .n_reads = 1,
    .n_writes = 2,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_LINE,
    .open = frames_open,
    .run = frames_run,
};
