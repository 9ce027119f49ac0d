/* water: attenuations as if all that was crossed were water and the beam did not harden: what water
 * is made of becomes flat and true, other soft things nearly so. Equation 35 of
 * doc/physics/ct.md. */
#include "stage/water.h"

#include "stage/stage.h"

enum { ATTENUATION };

static const struct stage_param params[] = {{NULL, NULL, 0, 0, 0, NULL}};

struct state {
    const float *table;
};

static int
water_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    int plane = r->calib == NULL ? -1 : tape_find(r->calib, Q_WATER, r->view, r->energy);
    const struct plane_spec *p = plane < 0 ? NULL : tape_plane(r->calib, plane);

    (void)shape;
    if (p == NULL)
        return err_set(
            e, ERR_CALIB,
            "the calibration does not say how water hardens the beam of view %d; calibrate "
            "with an air scan that describes the tomograph",
            r->view);
    const float *table = tape_read(r->calib, plane, 0);
    bool good =
        p->rows == WATER_NODES && p->cols == 1 && tape_mark(r->calib, plane) == 1 && table[0] == 0;
    for (int i = 1; good && i < WATER_NODES; i++)
        good = table[i] > table[i - 1] && table[i] < 1e3f;
    if (!good)
        return err_set(e, ERR_CALIB,
                       "the calibration's table of water of view %d is damaged; calibrate again",
                       r->view);
    struct state *s = arena_zero(r->arena, 1, sizeof *s);
    s->table = table;
    r->state = s;
    return 0;
}

/* Between nodes, and straight on beyond the ends: noise about nothing keeps its mean. */
static void
water_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const float *table = ((const struct state *)r->state)->table;

    for (int32_t line = begin; line < end; line++) {
        const float *in = stage_in(r, ATTENUATION, line);
        float *out = stage_out(r, ATTENUATION, line);
        for (int32_t p = from; p < to; p++) {
            float at = in[p] * (float)((WATER_NODES - 1) / WATER_MOST);
            int i = !(at > 0) ? 0 : at < WATER_NODES - 2 ? (int)at : WATER_NODES - 2;
            out[p] = table[i] + (at - (float)i) * (table[i + 1] - table[i]);
        }
    }
}

const struct stage stage_water = {
    .name = "water",
    .brief = "Attenuations without the beam hardening of water: for single energies.",
    .params = params,
    .reads = {{.quantity = Q_ATTENUATION, .energy = STAGE_SAME}},
    .writes = {{.quantity = Q_ATTENUATION, .energy = STAGE_SAME, .lattice = STAGE_LATTICE_SAME}},
    .n_reads = 1,
    .n_writes = 1,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_LINE,
    .open = water_open,
    .run = water_run,
};
