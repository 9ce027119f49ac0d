/* fit: bends the model of dual.h until it agrees with the wedges, and keeps what still differs as a
 * smooth correction (doc/physics/decomposition.md, equations 5 to 8). */
#ifndef CALIB_FIT_H
#define CALIB_FIT_H

#include "calib/dual.h"

#define FIT_POINTS_MAX 512
#define FIT_MATERIALS_MAX 16
#define FIT_TERMS 2 /* of the correction, per material and energy */

/* What one group of pixels measured: point i is t[i] of material which[i]. */
struct fit_data {
    int materials, points;
    struct dual_mu mu[FIT_MATERIALS_MAX];
    double zeff[FIT_MATERIALS_MAX]; /* different and ascending */
    int which[FIT_POINTS_MAX];
    double t_g_cm2[FIT_POINTS_MAX];
    double a[2][FIT_POINTS_MAX], sigma[2][FIT_POINTS_MAX]; /* sigma 0 = not measured */
};

struct fit {
    double param[DUAL_PARAMS];
    struct dual dual; /* bent by param */
    int materials;
    double ln_z[FIT_MATERIALS_MAX];
    double term[2][FIT_MATERIALS_MAX][FIT_TERMS];
    double rms[2]; /* of a - model, corrections applied */
    double worst;  /* of |a - model| before the correction, relative */
};

/* `nominal` is the described machine at these pixels. Cannot fail: without points the result is the
 * described machine. */
void fit_make(const struct dual *nominal, const struct fit_data *data, struct fit *fit);
/* What the channel k measures where the model says a, for an effective atomic number; *slope (not
 * NULL) is d/da. */
double fit_correct(const struct fit *fit, int k, double z, double a, double *slope);

#endif
