/* scatter_slab: photons through a plate by a small Monte Carlo calculation: what it absorbs, lets
 * through and scatters, and what arrives at points of a detector (doc/physics/twin.md, section 3).
 * Used at start for the kernels of scatter.c, and by tests against published ratios. */
#ifndef TWIN_SCATTER_SLAB_H
#define TWIN_SCATTER_SLAB_H

#include "phys/response.h"
#include "phys/spectrum.h"
#include "twin/scatter_matter.h"

#define SLAB_ANGLES_MAX 24
#define SLAB_DETECTORS_MAX 2

/* The source is at the origin and shines along z; a plate of the material is centred on the axis;
 * detector points lie in the plane x = 0 on a circle around the source and face it. */
struct slab {
    const struct matter *matter;   /* reaching to the highest energy of the spectrum */
    double packing;                /* density over that of the matter */
    double thickness_mm, front_mm; /* source to its first face */
    double half_mm[2];             /* of the plate across; 0 = without end */
    double field_mm[2];            /* of the beam at the detector, full widths; 0 0 = a pencil */
    double detector_mm;            /* radius of the circle */
    double slot_mm, slot_depth_mm; /* collimator along y; 0 0 = none */
    bool grid;                     /* it is a grid instead: sheets across y, aimed at the source */
    int angles;
    double angle_rad[SLAB_ANGLES_MAX];
    const struct spectrum *spectrum;
    int detectors;
    const struct response *response[SLAB_DETECTORS_MAX]; /* NULL: ideal, all energy */
    int histories;
    uint64_t seed;
};

struct slab_result {
    /* Signal of scattered photons at each point, over the signal of air there, per mm2 of beam
     * area at the detector (of one pencil: per photon and mm2). First scatter alone, and all. */
    double single[SLAB_DETECTORS_MAX][SLAB_ANGLES_MAX], all[SLAB_DETECTORS_MAX][SLAB_ANGLES_MAX];
    double primary[SLAB_DETECTORS_MAX]; /* transmission of the axis, by detector signal */
    /* Energy of the beam, in keV per photon: emitted = the sum of the others. */
    double emitted_kev, absorbed_kev, transmitted_kev, scattered_kev;
};

void slab_run(const struct slab *s, struct slab_result *out);

#endif
