/* monochrome: the look-up table that turns a pair of attenuations as two broad spectra saw them
 * into those at two single photon energies, as it stands in a calibration (doc/physics/ct.md,
 * equations 30 and 31). Plane MONOCHROMATIC of energy 0. */
#ifndef STAGE_MONOCHROME_H
#define STAGE_MONOCHROME_H

#include "stage/stage.h"

#define MONOCHROME_VERSION 1
#define MONOCHROME_SIDE_MAX 1024
#define MONOCHROME_KEV_MIN 30.0f /* where any material is nearly a fictitious element: zeff.md */
#define MONOCHROME_KEV_MAX 160.0f

/* Line 0: these floats, then for every u the v of iron: the guess where the low channel starved. */
enum monochrome_head {
    MONO_VERSION,
    MONO_NU, /* lines: u = attenuation of the high channel, from 0 */
    MONO_NV, /* rows: v = low minus high, from 0 */
    MONO_U_MAX,
    MONO_V_MAX,
    MONO_KEV, /* of the two results, ascending */
    MONO_IRON = 16
};

/* Line 1 + i: nv pairs of attenuations. */
struct monochrome {
    int nu, nv;
    float u_max, v_max, kev[2];
    const float *iron;  /* nu */
    const float **cell; /* nu lines of nv x 2 */
};

/* Finds and checks the table of a view; everything in the tape is hostile. Memory of the arena. */
int monochrome_open(const struct tape *calib, int view, struct arena *arena, struct monochrome *m,
                    struct err *e) MUST_USE;
/* Equation 31: attenuations at the two energies. Continuous everywhere, linear outside the table.
 */
void monochrome_at(const struct monochrome *m, float low, float high, bool starved, float out[2]);

#endif
