/* zeff: the one definition of the effective atomic number in this project (doc/physics/zeff.md):
 * the (fractional) atomic number of the fictitious element whose attenuation per electron, with its
 * dependence on energy, comes closest to that of the material between 30 and 160 keV. For an
 * element it is Z. material_zeff() of material.h gives it for a material. */
#ifndef PHYS_ZEFF_H
#define PHYS_ZEFF_H

#include "phys/xs.h"

#define ZEFF_BAND 17 /* energies that are compared */

/* The fictitious element of atomic number z, 1 <= z <= 92 (asserted), at any energy of xs.h: cross
 * sections per electron in cm2 per mol of electrons. At a whole z they are the element's own;
 * between, they are interpolated smoothly per process (equation 2). About 4 us a call. */
void zeff_electron(double z, double kev, double cm2_mol[XS_PROCESSES]);
/* The sum of these over the processes. */
double zeff_electron_total(double z, double kev);
/* Electrons in mol per gram of the fictitious element: Z/A, interpolated between the elements. */
double zeff_electrons_mol_g(double z);
/* Total mass coefficient of the fictitious element in cm2/g: the two above multiplied, so that
 * zeff_mu(26, kev) is xs_total(26, kev). */
double zeff_mu(double z, double kev);

/* Energy i (0 .. ZEFF_BAND - 1) of the band, in keV. */
double zeff_kev(int i);
/* The effective atomic number of whatever has these totals, cm2 per mol of electrons, at the
 * energies of the band; all > 0. Equation 3. */
double zeff_match(const double cm2_mol[ZEFF_BAND]);

#endif
