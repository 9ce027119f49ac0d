/* water: what a channel of a tomograph sees of water, made straight: a table from the described
 * spectrum and detector, for scans without a second energy or without wedges. Equation 35 of
 * doc/physics/ct.md. */
#include "stage/water.h"
#include "calib/dual.h"
#include "calib/make.h"

#include "base/arena.h"

#define ROUNDS 40

/* Equation 35: Newton's method from below, as attenuation grows ever slower. */
static void
fill_table(const struct dual *d, int k, const struct dual_mu *mu, float *table)
{
    double slope, thin, t = 0;

    dual_attenuation(d, k, mu, 0, &thin);
    for (int i = 1; i < WATER_NODES; i++) { /* table[0] is 0 */
        double u = WATER_MOST * i / (WATER_NODES - 1);
        for (int round = 0; round < ROUNDS; round++) {
            double a = dual_attenuation(d, k, mu, t, &slope);
            t += (u - a) / slope;
        }
        table[i] = (float)(t * thin);
    }
}

static int
read_machine(const struct make *m, struct dual *d, struct err *e)
{
    struct machine *machine = mem_zero(1, sizeof *machine);
    int result = machine_read(&m->air.about, m->air.machine, m->folder, machine, e);

    if (result >= 0) {
        for (int k = 0; k < 2; k++)
            spectrum_merge(&machine->spectrum[k], DUAL_BINS);
        dual_make(machine, 1, d);
    }
    mem_free(machine);
    return result < 0 ? -1 : 0;
}

int
make_water(struct make *m, struct err *e)
{
    struct material water;

    if (m->air.machine == NULL || text_find(m->air.machine, "gantry") == NULL)
        return 0;
    struct dual *d = mem_zero(1, sizeof *d);
    struct dual_mu *mu = mem_zero(1, sizeof *mu);
    int result = material_find("water", &water, e) != 0 || read_machine(m, d, e) != 0 ? -1 : 0;
    if (result == 0)
        dual_material(d, &water, mu);
    for (int i = 0; result == 0 && i < m->air.n; i++) {
        const struct scan_channel *c = &m->air.channel[i];
        fill_table(d, c->energy, mu,
                   shelf_put(&m->shelf, Q_WATER, c->view, c->energy, 1, WATER_NODES, 1));
    }
    mem_free(mu);
    mem_free(d);
    return result;
}
