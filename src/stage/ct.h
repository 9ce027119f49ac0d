/* ct: what stages over projections share: the geometry that the tape's own text tells, and the
 * views that its poses tell. */
#ifndef STAGE_CT_H
#define STAGE_CT_H

#include "phys/ct.h"
#include "stage/stage.h"

/* The geometry of rows x cols projections from a tape's text: `import { geometry fan { ... } }`, or
 * `scanner { gantry { geometry cone { ... } } }`. */
int ct_from_about(const char *about, int32_t rows, int32_t cols, struct ct_geometry *g,
                  struct err *e) MUST_USE;
/* Size of the voxels of a volume from its text: what its recipe says; 0 if it says nothing. */
double ct_voxel_mm(const char *about);
/* Line of a projection as a view: not good where the pose says dark, air, missing or suspect. */
struct ct_view ct_view_of(const struct pose *p);

#endif
