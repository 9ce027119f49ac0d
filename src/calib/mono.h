/* mono: builds the table of stage/monochrome.h from a fitted model. */
#ifndef CALIB_MONO_H
#define CALIB_MONO_H

#include "base/par.h"
#include "calib/table.h"
#include "stage/monochrome.h"

#define MONO_SIDE_U 161
#define MONO_SIDE_V 257

/* Fills (1 + MONO_SIDE_U) x MONO_SIDE_V x 2 floats; mu is the grid of table_grid() for the bins of
 * the fit. kV only. */
void mono_fill(const struct fit *fit, const struct dual_mu *mu, struct par *pool, float *cells);

#endif
