/* footprint: the projector of one slice as a table: how long each ray of each view runs through
 * each voxel of a list, and its exact adjoint. Eq. (40) of doc/physics/ct.md. For iterations that
 * use the same few views hundreds of times. */
#ifndef CT_FOOTPRINT_H
#define CT_FOOTPRINT_H

#include "base/par.h"
#include "phys/ct.h"

#define CT_FOOTPRINT_MAX 16 /* bins a voxel may touch */

/* A list of voxels on a grid about a centre, and groups of `bin` columns as rays. */
struct ct_mesh {
    int32_t size; /* voxels across */
    double voxel_mm, centre_mm[2];
    const int32_t *cell; /* line * size + column of those that count; lines go down in y */
    int32_t cells, bin;
};

struct ct_footprint {
    int32_t views, rays, cells, width; /* rays: of a view; width: entries of a cell in a view */
    uint16_t *first;                   /* views x cells: first ray that sees the cell */
    float *length_mm;                  /* views x cells x width */
    struct par *pool;                  /* or NULL */
};

/* For the good views among n of parallel or fan geometry. Fails where the source is inside the mesh
 * or voxels are wider than CT_FOOTPRINT_MAX rays. The pool (or NULL) works here and in what
 * follows; the sums are the same with any. */
int ct_footprint_open(struct ct_footprint *f, const struct ct_geometry *g, const struct ct_view *v,
                      int32_t n, const struct ct_mesh *m, struct par *pool, struct err *e) MUST_USE;
void ct_footprint_close(struct ct_footprint *f);
/* ray (views x rays, mm) = sum of voxel (cells) x length. */
void ct_footprint_forward(const struct ct_footprint *f, const float *voxel, float *ray);
/* The transpose of it. */
void ct_footprint_adjoint(const struct ct_footprint *f, const float *ray, float *voxel);

#endif
