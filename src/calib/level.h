/* level: the robust level and spread of every pixel along a scan (doc/physics/calibration.md). */
#ifndef CALIB_LEVEL_H
#define CALIB_LEVEL_H

#include "base/par.h"
#include "calib/scan.h"

/* Of one pixel, in counts (dark scans) or counts at dose 1 (everything else). */
struct level {
    double mean;  /* of the lines within 5 robust deviations of the median */
    double sigma; /* of one line, from neighbouring lines: slow drift does not count */
    double shift; /* median of the last third of the lines minus that of the first */
    double rough; /* deviation of all lines, drift and outliers included */
    uint32_t max; /* highest raw sample */
};

/* Levels of all pixels; `out` has c->n. `dark` (c->n values, or NULL) is subtracted and the result
 * divided by factor[l] (c->lines values, or NULL for 1). */
void level_measure(const struct scan *s, const struct scan_channel *c, const double *dark,
                   const float *factor, struct par *pool, struct level *out);
/* What all pixels of a line have in common against their means: the median over pixels of
 * (counts - dark) / mean, per line, beside the dose. Pixels with skip[p] or no mean are left out;
 * 1 where none remain. `out` has c->lines. */
void level_common(const struct scan *s, const struct scan_channel *c, const double *dark,
                  const struct level *level, const uint8_t *skip, struct par *pool, float *out);
/* Median of n values; sorts them. n >= 1. */
double level_median(double *v, int n);

#endif
