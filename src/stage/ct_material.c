/* ct_material: electron density and effective atomic number of voxels from their attenuation at
 * two single energies. Noise of the two is strongly anticorrelated in these results, so alike
 * neighbours are averaged before the ratio is taken. Equations 32 to 34 of doc/physics/ct.md. */
#include "stage/monochrome.h"

#include "phys/zeff.h"

#define RADIUS_MAX 4
#define RADIUS_Z 1 /* slices */
#define PER_Z 4    /* nodes per atomic number */
#define Z_FIRST 1
#define Z_LAST 42
#define NODES ((Z_LAST - Z_FIRST) * PER_Z + 1)
#define WATER_NODE ((int)((7.5 - Z_FIRST) * PER_Z)) /* what is too thin to tell counts as water */

enum { PARAM_RADIUS, PARAM_REACH, PARAM_SHARE, PARAM_LEAST };
enum { LOW, HIGH };
enum { DENSITY, ZEFF };

static const struct stage_param params[] = {
    {"radius_voxels", "voxel", 2, 0, RADIUS_MAX, "how far neighbours in a slice are averaged"},
    {"reach_cm", "1/cm", 0.02, 0, 10, "alike: attenuation differs by no more than this ..."},
    {"reach_share", "1", 0.1, 0, 1, "... and this share of it"},
    {"least_mol_cm3", "mol/cm3", 0.08, 0.001, 10, "electron density below which zeff is 0"},
    {NULL, NULL, 0, 0, 0, NULL},
};

struct state {
    int32_t size, rows; /* of a slice */
    int radius;
    float reach, share, least;
    float ratio[NODES];   /* of the attenuations, ascending */
    float cm2_mol[NODES]; /* of an electron at the upper energy */
};

static int
ct_material_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct state *s = arena_zero(r->arena, 1, sizeof *s);
    const struct plane_spec *low = r->in[LOW].spec, *high = r->in[HIGH].spec;
    struct monochrome m;

    (void)shape;
    if (low->rows != high->rows || low->cols != high->cols || low->lattice != LATTICE_SLICE ||
        high->lattice != LATTICE_SLICE)
        return err_set(e, ERR_INPUT, "the energies of view %d are not volumes of one grid",
                       r->view);
    if (monochrome_open(r->calib, r->view, r->arena, &m, e) != 0)
        return -1;
    *s = (struct state){.size = low->cols,
                        .rows = low->rows,
                        .radius = (int)r->param[PARAM_RADIUS],
                        .reach = (float)r->param[PARAM_REACH],
                        .share = (float)r->param[PARAM_SHARE],
                        .least = (float)r->param[PARAM_LEAST]};
    for (int i = 0; i < NODES; i++) {
        double z = Z_FIRST + (double)i / PER_Z;
        double upper = zeff_electron_total(z, (double)m.kev[1]);
        float ratio = (float)(zeff_electron_total(z, (double)m.kev[0]) / upper);
        s->cm2_mol[i] = (float)upper;
        s->ratio[i] = i > 0 && !(ratio > s->ratio[i - 1]) ? s->ratio[i - 1] + 1e-6f : ratio;
    }
    r->state = s;
    return 0;
}

/* Equation 32: means over alike neighbours, the voxel itself always among them. */
static void
alike_means(const struct stage_run *r, const struct state *s, int32_t line, int32_t y, int32_t x,
            float mean[2])
{
    const float *middle = stage_in(r, HIGH, line);
    float own = middle[(size_t)y * (size_t)s->size + (size_t)x], sum[2] = {0, 0};
    float reach = s->reach + s->share * (own > 0 ? own : 0), n = 0;
    int32_t x0 = x < s->radius ? 0 : x - s->radius, y0 = y < s->radius ? 0 : y - s->radius;
    int32_t x1 = x + s->radius < s->size ? x + s->radius : s->size - 1;
    int32_t y1 = y + s->radius < s->rows ? y + s->radius : s->rows - 1;

    for (int32_t k = line - RADIUS_Z; k <= line + RADIUS_Z; k++) {
        const float *low = stage_in(r, LOW, k), *high = stage_in(r, HIGH, k);
        for (int32_t v = y0; low != NULL && high != NULL && v <= y1; v++)
            for (int32_t u = x0; u <= x1; u++) {
                size_t i = (size_t)v * (size_t)s->size + (size_t)u;
                float off = high[i] - own;
                float w = off <= reach && off >= -reach ? 1.0f : 0.0f;
                sum[0] += w * low[i];
                sum[1] += w * high[i];
                n += w;
            }
    }
    n = n > 0 ? n : 1;
    mean[0] = sum[0] / n;
    mean[1] = sum[1] / n;
}

/* Equations 33 and 34. */
static void
material_at(const struct state *s, const float mean[2], float *density, float *zeff)
{
    int low = 0, high = NODES - 1;
    float ratio = mean[0] / (mean[1] > 1e-6f ? mean[1] : 1e-6f);

    *density = mean[1] / s->cm2_mol[WATER_NODE];
    *zeff = 0;
    if (!(*density > s->least))
        return;
    while (high - low > 1) {
        int half = (low + high) / 2;
        *(ratio >= s->ratio[half] ? &low : &high) = half;
    }
    float part = (ratio - s->ratio[low]) / (s->ratio[low + 1] - s->ratio[low]);
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    float cm2 = s->cm2_mol[low] + part * (s->cm2_mol[low + 1] - s->cm2_mol[low]);
    *density = mean[1] / cm2;
    *zeff = (float)Z_FIRST + ((float)low + part) / (float)PER_Z;
}

static void
ct_material_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct state *s = r->state;

    for (int32_t line = begin; line < end; line++) {
        float *density = stage_out(r, DENSITY, line), *zeff = stage_out(r, ZEFF, line);
        for (int32_t i = from; i < to; i++) {
            float mean[2];
            alike_means(r, s, line, i / s->size, i % s->size, mean);
            material_at(s, mean, &density[i], &zeff[i]);
        }
    }
}

const struct stage stage_ct_material = {
    .name = "ct-material",
    .brief = "Electron density and effective atomic number from volumes at two single energies.",
    .params = params,
    .reads = {{.quantity = Q_LINEAR_ATTENUATION, .energy = 0, .halo = RADIUS_Z},
              {.quantity = Q_LINEAR_ATTENUATION, .energy = 1, .halo = RADIUS_Z}},
    .writes = {{.quantity = Q_ELECTRON_DENSITY, .energy = 0, .lattice = STAGE_LATTICE_SAME},
               {.quantity = Q_ZEFF, .energy = 0, .lattice = STAGE_LATTICE_SAME}},
    .n_reads = 2,
    .n_writes = 2,
    .per = STAGE_PER_VIEW,
    .split = STAGE_BY_LINE,
    .open = ct_material_open,
    .run = ct_material_run,
};
