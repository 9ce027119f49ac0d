/* voxel: what a perfect tomograph would show of a scene: every voxel's own mean, for tests and for
 * the quality of reconstructions. Where solids lie in it is exact along x, sampled across. */
#ifndef TWIN_VOXEL_H
#define TWIN_VOXEL_H

#include "base/par.h"
#include "phys/ct.h"
#include "twin/scene.h"

#define VOXEL_SAMPLES_MAX 64
#define VOXEL_NOTHING 255 /* material of a voxel that is mostly empty */

struct voxel; /* tables of one scene; read-only after making it */

/* Where the scene is in the volume (ct.md, equation 7): z of its origin, height of the axis. Linear
 * attenuation is given at kev. The scene must outlive the result. */
struct voxel *voxel_new(const struct scene *scene, double origin_mm, double axis_mm, double kev);
void voxel_free(struct voxel *v); /* takes NULL */

/* One slice: size x size values each, the first line at the top (ct.h); NULL: not wanted. */
struct voxel_slice {
    float *attenuation;      /* 1/cm, mean over the voxel */
    float *electron_density; /* mol/cm3, mean over the voxel */
    float *zeff;             /* of its electrons together; 0 where there are none */
    uint8_t *material;       /* of the scene: what fills most of it, or VOXEL_NOTHING */
};
/* Slice k of the grid, from samples x samples lines through every voxel (1 ..
 * VOXEL_SAMPLES_MAX, asserted). */
void voxel_slice(const struct voxel *v, const struct ct_grid *g, int32_t k, int samples,
                 struct par *pool, const struct voxel_slice *out);

#endif
