/* disc: a round object of one material in a scan, from the rays near its rim: where it lies, how a
 * length of it becomes attenuation (beam hardening), and the noise. doc/physics/ct.md, eqs (50)
 * and (51). What it says is true of a disc; that the object is one is assumed and checked at its
 * rim.
 */
#ifndef CT_DISC_H
#define CT_DISC_H

#include "phys/ct.h"

struct ct_disc {
    double x_mm, y_mm, radius_mm;
    double air, slope, bend; /* L mm of it attenuate by air + slope L + bend L^2 */
    double noise;            /* standard deviation of the attenuation of one ray through air */
};

/* rows: one detector row of each of n views, n x cols attenuations; parallel or fan. Views that are
 * not good are left out. Fails with what is wrong where the object's edges do not lie on a circle
 * that every view sees whole, with air beside it. */
int ct_disc_find(const struct ct_geometry *g, const struct ct_view *view, int32_t n,
                 const float *rows, struct ct_disc *out, struct err *e) MUST_USE;
/* Of column `col` (fractional) of view v: distance from the disc's centre, mm, signed along the
 * columns. */
double ct_disc_distance_mm(const struct ct_disc *d, const struct ct_geometry *g,
                           const struct ct_view *v, double col);
/* Length in the material that attenuates so, mm, 0 to the diameter; *per_mm: by how much another
 * mm adds, at least a third of `slope`. */
double ct_disc_length_mm(const struct ct_disc *d, double attenuation, double *per_mm);

#endif
