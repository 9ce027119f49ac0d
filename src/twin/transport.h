/* transport: mean and variance of what the detector layers receive from a line of rays
 * (doc/physics/twin.md, equations 1 to 7): exact paths, a sum over energies, sub-rays for focal
 * spot, aperture and motion. */
#ifndef TWIN_TRANSPORT_H
#define TWIN_TRANSPORT_H

#include "twin/pixels.h"
#include "twin/scene.h"

struct transport; /* read-only after making it: any number of threads */

/* Something that covers the whole fan with the same areal density on every ray: what a plate at the
 * source's collimator does (wedge scans). g_cm2 == 0: nothing. */
struct transport_plate {
    struct material material;
    double g_cm2;
};

/* Tables for every material of the scene (NULL: an empty belt) and of the plate (NULL: none).
 * Scanner and scene must outlive the result. */
struct transport *transport_new(const struct scanner *s, const struct scene *scene,
                                const struct material *plate);
void transport_free(struct transport *t); /* takes NULL */

/* Pixels [begin, end) of a view with source and detector at `pose` and plate_g_cm2 of the
 * plate in the beam. For every energy k with kev[k] != NULL: kev[k][pixel] becomes the mean energy
 * deposited in a line (keV), square[k][pixel] its variance from photon statistics (keV^2), both at
 * dose 1. */
void transport_run(const struct transport *t, int view, const struct pixels_pose *pose,
                   double plate_g_cm2, int begin, int end, float *const kev[SCANNER_ENERGIES],
                   float *const square[SCANNER_ENERGIES]);
/* The same with nothing in the beam. */
double transport_air(const struct transport *t, int view, int energy, int pixel);
double transport_air_square(const struct transport *t, int view, int energy, int pixel);
/* The same for all pixels of a view. */
const double *transport_all_air(const struct transport *t, int view, int energy);
const double *transport_all_squares(const struct transport *t, int view, int energy);
/* Brightest pixel of a view. */
double transport_air_max(const struct transport *t, int view, int energy);

#endif
