/* voxel: see voxel.h. Lines of voxels are cut in halves until a piece is empty or of one material,
 * so that only voxels at surfaces are asked one by one. */
#include "twin/voxel.h"

#include "base/arena.h"
#include "phys/zeff.h"

#include <assert.h>
#include <math.h>

#define ALL_OF_IT (1 - 1e-9) /* of a length: less is a surface */

struct matter {
    double attenuation, electrons, zeff; /* 1/cm, mol/cm3 */
    double electron_cm2[ZEFF_BAND];      /* per mol of electrons */
};

struct voxel {
    const struct scene *scene;
    double origin_mm, axis_mm;
    int materials;
    struct matter *matter;
    struct arena arena;
};

struct voxel *
voxel_new(const struct scene *scene, double origin_mm, double axis_mm, double kev)
{
    struct voxel *v = mem_zero(1, sizeof *v);

    v->scene = scene;
    v->origin_mm = origin_mm;
    v->axis_mm = axis_mm;
    v->materials = scene_materials(scene);
    v->matter = arena_zero(&v->arena, (size_t)v->materials + 1, sizeof *v->matter);
    for (int i = 0; i < v->materials; i++) {
        const struct material *m = scene_material(scene, i);
        double per_gram = material_electrons_mol_g(m);
        v->matter[i] = (struct matter){.attenuation = material_mu_total(m, kev) * m->density_g_cm3,
                                       .electrons = per_gram * m->density_g_cm3,
                                       .zeff = material_zeff(m)};
        for (int b = 0; b < ZEFF_BAND; b++)
            v->matter[i].electron_cm2[b] = material_mu_total(m, zeff_kev(b)) / per_gram;
    }
    return v;
}

void
voxel_free(struct voxel *v)
{
    if (v == NULL)
        return;
    arena_free(&v->arena);
    mem_free(v);
}

struct work {
    const struct voxel *v;
    const struct ct_grid *g;
    const struct voxel_slice *out;
    int32_t k;
    int samples;
};

/* Adds the lengths (mm) of materials in voxels [begin, end) along one line from x = first_mm on:
 * mm[voxel * materials + material]. */
static void
fill(const struct work *w, double y, double z, double first_mm, int begin, int end, double *mm)
{
    const struct voxel *v = w->v;
    double step = w->g->voxel_mm, length = (end - begin) * step;
    double from = first_mm + begin * step;
    double a[3] = {v->origin_mm - z, from, y + v->axis_mm};
    double b[3] = {a[0], from + length, a[2]};
    struct scene_path path;

    scene_trace(v->scene, a, b, &path);
    if (path.n == 0)
        return;
    if (path.n == 1 && path.mm[0] >= ALL_OF_IT * length) {
        for (int i = begin; i < end; i++)
            mm[i * v->materials + path.material[0]] += step;
    } else if (end - begin == 1) {
        for (int i = 0; i < path.n; i++)
            mm[begin * v->materials + path.material[i]] += path.mm[i];
    } else {
        int middle = begin + (end - begin) / 2;
        fill(w, y, z, first_mm, begin, middle, mm);
        fill(w, y, z, first_mm, middle, end, mm);
    }
}

/* Effective atomic number of what several materials together do per electron. */
static double
mixed_zeff(const struct voxel *v, const double *mm)
{
    double cm2[ZEFF_BAND] = {0}, electrons = 0;
    int only = -1, n = 0;

    for (int i = 0; i < v->materials; i++)
        if (mm[i] > 0) {
            only = i;
            n++;
            electrons += mm[i] * v->matter[i].electrons;
        }
    if (n < 2)
        return n == 0 ? 0 : v->matter[only].zeff;
    for (int b = 0; b < ZEFF_BAND; b++)
        for (int i = 0; i < v->materials; i++)
            cm2[b] += mm[i] * v->matter[i].electrons * v->matter[i].electron_cm2[b] / electrons;
    return zeff_match(cm2);
}

static void
put(const struct work *w, size_t at, const double *mm, double whole_mm)
{
    const struct voxel *v = w->v;
    double attenuation = 0, electrons = 0, most, empty = whole_mm;
    int material = VOXEL_NOTHING;

    for (int i = 0; i < v->materials; i++) {
        attenuation += mm[i] * v->matter[i].attenuation;
        electrons += mm[i] * v->matter[i].electrons;
        empty -= mm[i];
    }
    most = empty;
    for (int i = 0; i < v->materials; i++)
        if (mm[i] > most) {
            most = mm[i];
            material = i;
        }
    if (w->out->attenuation != NULL)
        w->out->attenuation[at] = (float)(attenuation / whole_mm);
    if (w->out->electron_density != NULL)
        w->out->electron_density[at] = (float)(electrons / whole_mm);
    if (w->out->zeff != NULL)
        w->out->zeff[at] = (float)mixed_zeff(v, mm);
    if (w->out->material != NULL)
        w->out->material[at] = (uint8_t)material;
}

static void
work_lines(void *arg, int from, int to)
{
    const struct work *w = arg;
    const struct ct_grid *g = w->g;
    int n = w->samples, materials = w->v->materials;
    double first = -0.5 * g->size * g->voxel_mm + g->centre_mm[0];
    double *mm = mem_zero((size_t)g->size * (size_t)materials + 1, sizeof *mm);

    for (int j = from; j < to; j++) {
        for (int i = 0; i < g->size * materials; i++)
            mm[i] = 0;
        for (int s = 0; s < n * n; s++) {
            double dy = (s % n + 0.5) / n - 0.5, dz = (s / n + 0.5) / n - 0.5;
            double y = (0.5 * (g->size - 1) - j + dy) * g->voxel_mm + g->centre_mm[1];
            double z = g->first_mm + (w->k + dz) * g->slice_mm;
            fill(w, y, z, first, 0, g->size, mm);
        }
        for (int i = 0; i < g->size; i++)
            put(w, (size_t)j * (size_t)g->size + (size_t)i, mm + (size_t)i * (size_t)materials,
                n * n * g->voxel_mm);
    }
    mem_free(mm);
}

void
voxel_slice(const struct voxel *v, const struct ct_grid *g, int32_t k, int samples,
            struct par *pool, const struct voxel_slice *out)
{
    struct work w = {v, g, out, k, samples};

    assert(samples >= 1 && samples <= VOXEL_SAMPLES_MAX && k >= 0 && k < g->slices);
    par_for(pool, 0, g->size, 4, work_lines, &w);
}
