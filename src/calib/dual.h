/* dual: what a pair of energy channels sees of a thickness of something: the forward model of the
 * decomposition (doc/physics/decomposition.md, equations 1 to 4). */
#ifndef CALIB_DUAL_H
#define CALIB_DUAL_H

#include "calib/machine.h"

#define DUAL_BINS 96
enum {
    DUAL_FILTER,     /* more filtration of the beam than described: mm of aluminium (MeV: iron) */
    DUAL_TILT_LOW,   /* power of the photon energy by which the low channel's spectrum differs */
    DUAL_TILT_HIGH,  /* the same of the high channel */
    DUAL_LAYER_LOW,  /* ln of the low layer's thickness over the described one */
    DUAL_LAYER_HIGH, /* ln of the high layer's */
    DUAL_SHEETS,     /* ln of what stands before the high layer */
    DUAL_BENT,       /* so many change the spectra; the others add a veil: */
    DUAL_VEIL_LOW = DUAL_BENT, /* constant share of the air signal that no item stops */
    DUAL_VEIL_HIGH,
    DUAL_PARAMS
};

/* The channels of one detector pixel, by energy bin. */
struct dual {
    int n[2];
    double kev[2][DUAL_BINS];
    double weight[2][DUAL_BINS];           /* share of a bin in the air signal; sums to 1 */
    double square[2][DUAL_BINS];           /* share of it in the variance of the air signal */
    double slope[2][DUAL_BENT][DUAL_BINS]; /* d ln weight / d parameter */
    double veil[2];
};

/* mu of one material at the bins of a dual, cm2/g; all bins beyond them are 0. */
struct dual_mu {
    double cm2_g[2][DUAL_BINS];
};

/* The described machine at a pixel of this obliquity. m's spectra have at most DUAL_BINS bins. */
void dual_make(const struct machine *m, double obliquity, struct dual *d);
/* The machine as the parameters (DUAL_PARAMS of them) bend it; `to` may be `from`. */
void dual_bend(const struct dual *from, const double *param, struct dual *to);
void dual_material(const struct dual *d, const struct material *m, struct dual_mu *mu);
/* The fictitious element z of phys/zeff.h, per mol of electrons / cm2 instead of g/cm2. */
void dual_fictitious(const struct dual *d, double z, struct dual_mu *mu);
/* -ln of the share of channel k's air signal behind t g/cm2; *slope = d/dt of it unless NULL. */
double dual_attenuation(const struct dual *d, int k, const struct dual_mu *mu, double t,
                        double *slope);
/* Relative photon variance of channel k behind t, over that in air. */
double dual_variance(const struct dual *d, int k, const struct dual_mu *mu, double t);

#endif
