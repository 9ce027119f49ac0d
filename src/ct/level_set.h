/* level_set: the cost of a two-phase slice and its slope. The slice is cover * squash(smooth *
 * level): a level-set function, smoothed by a Gaussian and squashed to 0 .. 1, inside a disc.
 * doc/physics/ct.md, eqs (54) to (56). */
#ifndef CT_LEVEL_SET_H
#define CT_LEVEL_SET_H

#include "base/arena.h"
#include "ct/disc.h"
#include "ct/footprint.h"

struct level_set {
    struct ct_mesh mesh;
    struct ct_footprint foot;
    size_t n, rays;          /* voxels of the square; rays of all views */
    float *cover;            /* n: share of the voxel in the disc */
    float *goal, *weight;    /* of each ray: length of material, mm, and its weight, 1/mm2 */
    double *level;           /* n: where the solution stands */
    double *smooth;          /* n: as smoothed, by level_set_cost or level_set_fill */
    double *fill;            /* n: ... and squashed: share of material */
    double edges, undecided; /* costs of a voxel's side of edge, and of a voxel half full times 4 */
    double misfit; /* half the weighted squares of what the rays show beside it, of the last cost */
    /* private */
    double *slope, *pass, *kernel;
    float *voxel, *ray; /* scratch: cells and rays */
    int32_t reach;      /* of the kernel, voxels */
};

/* A mesh of size x size voxels, `side_mm` wide, about a disc seen in n good views; goals and
 * weights are zero. Memory of the arena, but for what level_set_close gives back (also after a
 * failure). */
int level_set_open(struct level_set *s, const struct ct_geometry *g, const struct ct_view *view,
                   int32_t n, const struct ct_disc *disc, double side_mm, int32_t size,
                   struct par *pool, struct arena *arena, struct err *e) MUST_USE;
void level_set_close(struct level_set *s);
/* Width of the smoothing: standard deviation, mm. */
void level_set_smooth(struct level_set *s, double sigma_mm);
/* Cost at `level` and its slope by each number of it: an lbfgs_function of a struct level_set. */
double level_set_cost(void *level_set, const double *level, double *slope);
/* Value of a square of numbers at a point, linear between the centres of voxels; the border goes
 * on. */
double level_set_at(const struct level_set *s, const double *square, double x_mm, double y_mm);

#endif
