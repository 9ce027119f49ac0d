/* project: strip integrals of voxels along the rays of a scanner, and the transpose of that very
 * matrix; eqs (41) to (43) of doc/physics/ct.md. Slices lie innermost. Every voxel and every ray is
 * summed in one order whatever the number of threads and the views that are asked for together. */
#ifndef CT_PROJECT_H
#define CT_PROJECT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/par.h"
#include "kern/kern.h"
#include "phys/ct.h"

#include <stddef.h>

#define CT_PROJECT_STACK KERN_LANES /* slices of a parallel beam or a fan, at most */

/* What a projector works on. A volume is `lines` lines of `pitch` voxels of `depth` slices; a view
 * is `cols` columns of `height` values. In parallel beams and fans slices do not mix: depth and
 * height are 1 or CT_PROJECT_STACK, and columns hold one value per slice. In a cone they are slices
 * and rows. What lies beyond the grid in lines and columns of slices is and stays 0. */
struct ct_shape {
    int32_t lines, pitch, depth, cols, height;
    size_t volume, view; /* floats */
    bool mixed;          /* slices are one problem (cone), not many */
};

struct ct_project;

/* Plans the rays of n views and copies what it is given; memory from the arena, about 40 bytes per
 * ray of a slice. Views that are not good have no rays: they project to 0 and add nothing. Fails if
 * the source comes into the grid, on a tilted detector (views are resampled first), on more slices
 * than CT_PROJECT_STACK unless it is a cone, on pixels that are not 1/50 to 50 voxels as seen at
 * the axis, and on sizes out of range. */
int ct_project_open(struct ct_project **p, const struct ct_geometry *g, const struct ct_grid *grid,
                    const struct ct_view *views, int32_t n, const struct kern *k, struct arena *a,
                    struct err *e) MUST_USE;
/* Bytes that ct_project_open takes for that. */
size_t ct_project_bytes(const struct ct_geometry *g, const struct ct_grid *grid, int32_t n);
const struct ct_shape *ct_project_shape(const struct ct_project *p);

/* Which views: numbers of views, each less than n, in the order of the sums. */
struct ct_subset {
    const int32_t *view;
    int32_t n;
};

/* view[i] = what view i of the subset sees of the volume. One call at a time. */
void ct_project_forward(struct ct_project *p, struct par *pool, const struct ct_subset *s,
                        const float *volume, float *view);
/* volume += what view[i] throws back. */
void ct_project_adjoint(struct ct_project *p, struct par *pool, const struct ct_subset *s,
                        const float *view, float *volume);

/* Between detectors and views: lines of rows x cols floats. In parallel beams and fans a slice
 * between two rows is a mixture of them, and one beyond the detector is that of the last row; the
 * view begins with slice `first` from the grid's first one on (0 in a cone). */
void ct_project_view(const struct ct_project *p, int32_t v, int32_t first, const float *lines,
                     float *view);
/* Between volumes and pictures, slices [begin, end) of size x size one after the other; what the
 * volume has besides is set to 0. */
void ct_project_load(const struct ct_project *p, const float *slices, float *volume);
void ct_project_save(const struct ct_project *p, const float *volume, int32_t begin, int32_t end,
                     float *slices);

#endif
