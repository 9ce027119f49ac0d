/* signal: detector counts to a fraction of the air scan, pixel by pixel; what is saturated or dead
 * goes to the mask, and a dead pixel gets its neighbours' value. Eq. (1) of
 * doc/physics/radiograph.md. */
#include "stage/gain.h"

enum { PARAM_SATURATION, PARAM_REPAIR };
enum { COUNTS };
enum { SIGNAL, MASK };

static const struct stage_param params[] = {
    {"saturation_counts", "count", 1048575, 1, 1048575, "samples from here on are saturated"},
    {"repair_pixels", "1", 8, 0, 64, "widest run of dead pixels that neighbours replace"},
    {NULL, NULL, 0, 0, 0, NULL},
};

static int
signal_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct gain *g;

    (void)shape;
    if (gain_open(r, (uint32_t)r->param[PARAM_SATURATION], (int)r->param[PARAM_REPAIR], &g, e) != 0)
        return -1;
    r->state = g;
    return 0;
}

static void
signal_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct gain *g = r->state;

    for (int32_t line = begin; line < end; line++) {
        int high = r->energy == 2 && stage_pose(r, line).flags & POSE_HIGH;
        float *signal = stage_out(r, SIGNAL, line);
        r->kern->kern_signal(&g->gain[high], stage_in(r, COUNTS, line), signal,
                             stage_out(r, MASK, line), (size_t)(to - from));
        gain_repair(g, signal);
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
