/* arc: views outside an arc of gantry angles are left out by whatever follows; what the others
 * count is then worked out from them alone. Writes new poses, so that the tape tells it. */
#include "base/num.h"
#include "stage/ct.h"

enum { PARAM_FROM, PARAM_TO };
enum { ATTENUATION, POSE };
enum { ARC };

#define SLACK_DEG 1e-3 /* poses are floats */

static const struct stage_param params[] = {
    {"from_deg", "deg", 0, -1e4, 1e4, "gantry angle at which the arc begins"},
    {"to_deg", "deg", 360, -1e4, 1e4, "where it ends, at most a turn further"},
    {NULL, NULL, 0, 0, 0, NULL},
};

static int
arc_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    double arc = r->param[PARAM_TO] - r->param[PARAM_FROM];

    if (r->in[ATTENUATION].spec->lattice != LATTICE_PROJ)
        return err_set(e, ERR_INPUT, "an arc is one of projections, not of radiographs");
    if (!(arc > 0 && arc <= 360))
        return err_set(e, ERR_INPUT,
                       "an arc from %.6g to %.6g degrees is not possible; it runs upwards, by 360 "
                       "degrees at most",
                       r->param[PARAM_FROM], r->param[PARAM_TO]);
    shape->rows[ARC] = shape->cols[ARC] = 1;
    return 0;
}

static void
arc_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    double first = r->param[PARAM_FROM] - SLACK_DEG;
    double wide = r->param[PARAM_TO] - r->param[PARAM_FROM] + 2 * SLACK_DEG;

    (void)from;
    (void)to;
    for (int32_t line = begin; line < end; line++) {
        const struct pose *p = stage_in(r, POSE, line);
        struct pose *out = stage_out(r, ARC, line);
        double turns = ((double)p->gantry_rad * (180 / NUM_PI) - first) / 360;
        *out = *p;
        if ((turns - num_floor(turns)) * 360 > wide)
            out->flags |= POSE_UNUSED;
    }
}

const struct stage stage_arc = {
    .name = "arc",
    .brief = "Views outside an arc of angles are left out.",
    .params = params,
    .reads = {{.quantity = Q_ATTENUATION, .energy = STAGE_SAME}, {.quantity = Q_POSE}},
    .writes = {{.quantity = Q_POSE, .energy = STAGE_SAME, .lattice = STAGE_LATTICE_SAME}},
    .n_reads = 2,
    .n_writes = 1,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_LINE,
    .open = arc_open,
    .run = arc_run,
};
