/* denoise: edge-preserving noise reduction of the attenuation: a sigma filter over 3 x 3 pixels
 * whose threshold follows the noise that the calibration predicts, jointly over both energies. Eq.
 * (12) to (14) of doc/physics/radiograph.md. */
#include "kern/kern.h"
#include "stage/noise.h"

enum { PARAM_STRENGTH };
enum { LOW_IN, HIGH_IN };
enum { LOW, HIGH };

static const struct stage_param params[] = {
    {"strength", "1", 3, 0.1, 20, "differences up to so many standard deviations are noise"},
    {NULL, NULL, 0, 0, 0, NULL},
};

static int
open_noise(struct stage_run *r, int energy, struct kern_denoise *g, struct err *e)
{
    return stage_noise_squared(r, energy, r->in[LOW_IN].spec, &g->dark2[energy], &g->air2[energy],
                               e);
}

static int
denoise_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct kern_denoise *g = arena_zero(r->arena, 1, sizeof *g);
    bool both = r->in[HIGH_IN].spec != NULL;

    if (both && (stage_elements(&r->in[LOW_IN]) != stage_elements(&r->in[HIGH_IN]) ||
                 r->in[LOW_IN].spec->lattice != r->in[HIGH_IN].spec->lattice))
        return err_set(e, ERR_INPUT, "the energies of view %d have different rows or columns",
                       r->view);
    if (open_noise(r, 0, g, e) != 0 || (both && open_noise(r, 1, g, e) != 0))
        return -1;
    /* a difference has twice the variance of a sample; the energies' add up */
    g->reach = (float)(2 * (both ? 2 : 1) * r->param[PARAM_STRENGTH] * r->param[PARAM_STRENGTH]);
    if (!both)
        shape->rows[HIGH] = STAGE_NONE;
    r->state = g;
    return 0;
}

static void
three(const struct stage_run *r, int port, int32_t line, const float *out[3])
{
    out[1] = stage_in(r, port, line);
    out[0] = stage_in(r, port, line - 1);
    out[2] = stage_in(r, port, line + 1);
    out[0] = out[0] == NULL ? out[1] : out[0];
    out[2] = out[2] == NULL ? out[1] : out[2];
}

static void
denoise_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    for (int32_t line = begin; line < end; line++) {
        const float *low[3], *high[3];
        three(r, LOW_IN, line, low);
        if (r->in[HIGH_IN].spec == NULL) {
            r->kern->kern_denoise(r->state, low, stage_out(r, LOW, line), (size_t)(to - from));
            continue;
        }
        three(r, HIGH_IN, line, high);
        r->kern->kern_denoise2(r->state, low, high, stage_out(r, LOW, line),
                               stage_out(r, HIGH, line), (size_t)(to - from));
    }
}

const struct stage stage_denoise = {
    .name = "denoise",
    .brief = "Edge-preserving noise reduction, jointly over both energies.",
    .params = params,
    .reads = {{.quantity = Q_ATTENUATION, .energy = 0, .halo = 1},
              {.quantity = Q_ATTENUATION, .energy = 1, .optional = true, .halo = 1}},
    .writes = {{.quantity = Q_ATTENUATION, .energy = 0, .lattice = STAGE_LATTICE_SAME},
               {.quantity = Q_ATTENUATION, .energy = 1, .lattice = STAGE_LATTICE_SAME}},
    .n_reads = 2,
    .n_writes = 2,
    .per = STAGE_PER_VIEW,
    .split = STAGE_BY_LINE,
    .open = denoise_open,
    .run = denoise_run,
};
