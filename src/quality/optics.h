/* optics: how sharp a tomograph's volume must be, from its geometry alone: focal spot, detector
 * aperture, sampling, filter, interpolation, motion during a view. Equations 5 to 12 of
 * doc/physics/quality.md. */
#ifndef QUALITY_OPTICS_H
#define QUALITY_OPTICS_H

#include "base/text.h"
#include "ct/filter.h"
#include "phys/ct.h"

#include <stdbool.h>

struct quality_optics {
    struct ct_geometry g;
    double focal_mm[2]; /* along the axis of rotation, across it */
    double crosstalk;   /* share of its light that each neighbour in a row receives */
    double aperture_mm; /* sensitive height of a row; its width is the pitch */
    double turn_mm;     /* that the item moves in a turn; 0: a circular scan */
    int32_t views_turn; /* 0: not known, no motion */
    bool helical;       /* reconstructed by ct/helix, which interpolates twice */
    enum ct_window window;
    double cutoff;
};

/* What the text of a reconstructed volume says of all that; rows and cols of the detector come from
 * its gantry. `recipe` is the block of the text that made the volume. */
int quality_optics_read(const struct text *about, const struct text_node *recipe,
                        struct quality_optics *o, struct err *e) MUST_USE;
/* A pixel and a row of the detector, brought to the axis: mm. */
double quality_pixel_mm(const struct quality_optics *o);
double quality_row_mm(const struct quality_optics *o);

/* Modulation transfer at (x, y) mm for waves of `frequency` per mm along the direction (cos, sin)
 * of direction_rad, of a thin wire of that diameter along the axis; 1 at frequency 0. */
double quality_optics_mtf(const struct quality_optics *o, const double at_mm[2],
                          double direction_rad, double frequency, double wire_mm);
/* What a slice at z_mm shows of a bead of that diameter at `at_mm` (x, y, z), in arbitrary units.
 */
double quality_optics_slice(const struct quality_optics *o, const double at_mm[3], double bead_mm,
                            double z_mm);

#endif
