/* table: builds the look-up tables of stage/decomposition.h from fitted models. */
#ifndef CALIB_TABLE_H
#define CALIB_TABLE_H

#include "base/par.h"
#include "calib/fit.h"
#include "stage/decomposition.h"

#define TABLE_NX 64
#define TABLE_NY 160
#define TABLE_Z 180 /* fictitious elements that curves are computed for */

/* Noise of one sample over the air signal, per energy: variance by photons in air, variance of the
 * dark signal. */
struct table_noise {
    double photons[2], dark[2];
};

struct table {
    const struct dual_mu *mu; /* of the grid: table_grid() of the same bins */
    int nodes;
    bool mev;
    double place[DECOMPOSITION_NODES_MAX];
    const struct fit *fit; /* one per node, all with the same bins */
    struct table_noise noise[DECOMPOSITION_NODES_MAX];
};

/* Atomic number of the grid's fictitious element i, 0 <= i < TABLE_Z; ascending. */
double table_z(int i);
/* mol/cm2 of the fictitious element z (its mu given) behind which the high channel measures a > 0;
 * `guess` > 0 is where Newton's method starts. */
double table_solve(const struct fit *f, const struct dual_mu *mu, double z, double a, double guess);
/* mu of the grid's fictitious elements (TABLE_Z of them) at the bins of a dual. */
void table_grid(const struct dual *d, struct par *pool, struct dual_mu *mu);
/* Fills `cells` ((1 + nodes * TABLE_NX) x TABLE_NY x CELL_SIZE floats) and `ranges` (nodes *
 * TABLE_NX x GROUPS x 2). */
void table_fill(const struct table *t, struct par *pool, float *cells, float *ranges);
/* Electrons (mol) in a gram of the usual material of an effective atomic number; equation 10. */
double table_electrons_mol_g(double z);
/* What a bare model makes of a pair: the effective atomic number (0 = none fits) and g/cm2. */
double table_invert(const struct dual *d, const struct dual_mu *mu, double a_low, double a_high,
                    bool mev, double *g_cm2);

#endif
