/* transmission: the signal of a line over its dose. Eq. (7) of doc/physics/radiograph.md. */
#include "kern/kern.h"
#include "stage/stage.h"

enum { SIGNAL, POSE };
enum { TRANSMISSION };

static void
transmission_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    for (int32_t line = begin; line < end; line++) {
        float dose = stage_pose(r, line).dose;
        r->kern->kern_scale(1.0f / (dose > 0 ? dose : 1.0f), stage_in(r, SIGNAL, line),
                            stage_out(r, TRANSMISSION, line), (size_t)(to - from));
    }
}

const struct stage stage_transmission = {
    .name = "transmission",
    .brief = "Signal over dose: the fraction of the air scan's radiation that arrives.",
    .reads = {{.quantity = Q_SIGNAL, .energy = STAGE_SAME},
              {.quantity = Q_POSE, .energy = STAGE_SAME, .optional = true}},
    .writes = {{.quantity = Q_TRANSMISSION,
                .energy = STAGE_SAME,
                .lattice = STAGE_LATTICE_SAME,
                .scratch = true}},
    .n_reads = 2,
    .n_writes = 1,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_LINE,
    .run = transmission_run,
};
