/* volume: measures the labelled test objects in a reconstructed volume (doc/physics/quality.md):
 * wires, beads, cylinders of water and other materials, bars. N42.45-style; on scans of the twin
 * simulated. */
#ifndef QUALITY_VOLUME_H
#define QUALITY_VOLUME_H

#include "quality/quality.h"

/* Does the tape hold slices? */
bool quality_is_volume(const struct tape *t);
/* As quality_measure. Objects that the volume does not hold are left out; voxels that are too
 * coarse for an object are errors. f is empty and has its arena. */
int quality_volume(const struct tape *t, int view, struct quality_figures *f,
                   struct err *e) MUST_USE;

#endif
