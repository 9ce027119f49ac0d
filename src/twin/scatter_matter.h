/* scatter_matter: what happens to one photon inside a material: tables of cross sections and angle
 * distributions, and their sampling (doc/physics/twin.md, section 3). */
#ifndef TWIN_SCATTER_MATTER_H
#define TWIN_SCATTER_MATTER_H

#include "base/rng.h"
#include "phys/material.h"

#include <string.h>

#define MATTER_ENERGIES 192
#define MATTER_MOMENTA 256
#define MATTER_KEV_MIN 8.0
#define MATTER_ELECTRON_KEV 510.99895

enum matter_fate { MATTER_ABSORBED, MATTER_COHERENT, MATTER_COMPTON, MATTER_PAIR };

struct matter {
    double low, per_step; /* energy grid: even steps of matter_scale */
    /* per mm, on the energy grid */
    double total[MATTER_ENERGIES], coherent[MATTER_ENERGIES], compton[MATTER_ENERGIES],
        pair[MATTER_ENERGIES];
    /* one over the integral of the unnormalised distribution over solid angle */
    double coherent_norm[MATTER_ENERGIES], compton_norm[MATTER_ENERGIES];
    /* on a grid of (momentum transfer)^2, x = sin(theta/2) / wavelength in 1/Angstrom:
     * squared form factor, its running integral, and the incoherent function over Z */
    double x2[MATTER_MOMENTA], form2[MATTER_MOMENTA], form2_sum[MATTER_MOMENTA],
        bound[MATTER_MOMENTA];
};

/* Tables from MATTER_KEV_MIN to kev_max. */
void matter_make(const struct material *m, double kev_max, struct matter *t);
/* A cheap logarithm to base 2: right at powers of two, straight in between. Grids that are even on
 * this scale need no real logarithm to be looked up. */
static inline double
matter_scale(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (double)bits * 0x1p-52 - 1023;
}
/* Position of an energy on the grid, for the look-ups below. */
double matter_grid_kev(const struct matter *t, int i); /* and back */
double matter_at(const struct matter *t, double kev);
double matter_look(const double table[MATTER_ENERGIES], double at);
/* Probability per steradian that a collision at kev scatters by Compton / coherent into an angle
 * with this cosine, as fractions of all collisions. */
double matter_compton(const struct matter *t, double kev, double at, double cosine);
double matter_coherent(const struct matter *t, double kev, double at, double cosine);
double matter_compton_kev(double kev, double cosine);
/* Draws what a collision does; cosine and kev_out are set unless the photon is absorbed (pair:
 * isotropic, 511 keV). */
enum matter_fate matter_collide(const struct matter *t, double kev, struct rng *r, double *cosine,
                                double *kev_out);

#endif
