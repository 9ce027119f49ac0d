/* xs: photon cross sections of the elements, 1 keV to 20 MeV, from NIST XCOM (NISTIR 87-3597,
 * public domain); the table is xcom.tab, made by tools/xcom-table. Interpolation:
 * doc/physics/attenuation.md. */
#ifndef PHYS_XS_H
#define PHYS_XS_H

#define XS_Z_MAX 92
#define XS_KEV_MIN 1.0
#define XS_KEV_MAX 20000.0

enum xs_process {
    XS_PHOTO,         /* photoelectric absorption */
    XS_COHERENT,      /* Rayleigh scattering */
    XS_INCOHERENT,    /* Compton scattering by bound electrons */
    XS_PAIR_NUCLEAR,  /* pair production in the field of the nucleus */
    XS_PAIR_ELECTRON, /* pair production in the field of an electron (triplet) */
    XS_PROCESSES,
};

/* Mass coefficients in cm2/g of element z (1 .. XS_Z_MAX) at kev (XS_KEV_MIN .. XS_KEV_MAX); both
 * are asserted. At an edge the value is that just above it. */
void xs_element(int z, double kev, double cm2_g[XS_PROCESSES]);
/* Sum of all processes (with coherent scattering). */
double xs_total(int z, double kev);
double xs_atomic_weight(int z);      /* g/mol */
const char *xs_symbol(int z);        /* "Fe" */
int xs_z(const char *symbol, int n); /* of n letters; 0 if there is no such element */
/* Absorption edges of element z in keV, ascending, at most `max`; returns how many. */
int xs_edges(int z, double *kev, int max);

#endif
