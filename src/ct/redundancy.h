/* redundancy: what each ray of a scan counts, so that every line through the object counts once:
 * short scans, full turns, several turns, gaps, lost views and offset detectors by one rule; eq.
 * (7) of doc/physics/ct.md. */
#ifndef CT_REDUNDANCY_H
#define CT_REDUNDANCY_H

#include "phys/ct.h"

/* Lines that fall into a gap of up to this many rad, and were not measured from the other side
 * either, are made up for by the views beside it; wider gaps stay empty (a limited arc). */
#define CT_BRIDGE_RAD 0.3

/* weight[v * g->cols + c]: angle that column c of view v stands for, rad, in the caller's memory; 0
 * in views that are not good. Lines that are measured once count fully, lines that are measured
 * from both sides are shared so that the weights change smoothly along a row. Fails if fewer than
 * two views are good or an angle is beyond 1e4 rad. */
int ct_redundancy(const struct ct_geometry *g, const struct ct_view *views, int32_t n,
                  float *weight, struct err *e) MUST_USE;

#endif
