/* two_phase: a slice that is known to be a disc of one material with holes, from few views or a
 * short arc of them: every voxel is material or air, with short edges between. Level-set function
 * smoothed and squashed, total variation, limited-memory BFGS, coarse mesh before the fine.
 * doc/physics/ct.md, eqs (52) to (57). All lengths follow the disc's radius. */
#ifndef CT_TWO_PHASE_H
#define CT_TWO_PHASE_H

#include "base/par.h"
#include "ct/disc.h"

/* Of more views every second, third ... is used. */
#define CT_TWO_PHASE_VIEWS 256

struct ct_two_phase;

#define CT_TWO_PHASE_ACROSS 256 /* voxels across the mesh that solutions end on */

/* For the good views among n (parallel or fan) of a disc as ct_disc_find has it, on a mesh of
 * `across` voxels, 16 to 512, even. Takes 20 bytes for each voxel in each view: with
 * CT_TWO_PHASE_ACROSS at most 300 MB. The pool may be NULL: same bits. */
int ct_two_phase_open(struct ct_two_phase **t, const struct ct_geometry *g,
                      const struct ct_view *view, int32_t n, const struct ct_disc *disc,
                      int32_t across, struct par *pool, struct err *e) MUST_USE;
void ct_two_phase_close(struct ct_two_phase *t); /* takes NULL */
/* Solves one slice: row[i] are the attenuations of view i (g->cols; of good views only). */
void ct_two_phase_run(struct ct_two_phase *t, const float *const *row);
/* Of the slice solved last: true where the material is. Points beyond the disc are air. */
bool ct_two_phase_inside(const struct ct_two_phase *t, double x_mm, double y_mm);
/* What is left of the data after it: root of the mean weighted square; 1 = as much as expected. */
double ct_two_phase_misfit(const struct ct_two_phase *t);

#endif
