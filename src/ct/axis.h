/* axis: where the axis of rotation falls on the detector, from the scan itself: every ray that was
 * measured twice, from either side, must tell the same. doc/physics/ct.md, eqs (5) and (6). */
#ifndef CT_AXIS_H
#define CT_AXIS_H

#include "phys/ct.h"

struct ct_axis {
    double col;      /* fractional column, 0 = centre of the first */
    double turn_rad; /* by how much a half turn of the angles given differs from a true one; 0 when
                      * they are right */
    double step_rad; /* from view to view, the median */
    double mismatch; /* what is left, as a share of the variance of the rays: 0 perfect, 1 nothing
                      * found */
};

/* rows: one detector row (that of the source's plane) of each of n views, n x cols attenuations.
 * Views that are not good are left out. Axes between a tenth and nine tenths of the detector are
 * tried; g->axis_col is not looked at. Fails when no ray was measured from both sides: the scan
 * turned by less than half a turn. */
int ct_axis_find(const struct ct_geometry *g, const struct ct_view *view, int32_t n,
                 const float *rows, struct ct_axis *out, struct err *e) MUST_USE;

#endif
