/* filter: the ramp filter of projections, with the weights that belong before it; eqs (8) and (9)
 * of doc/physics/ct.md. Every row is filtered by itself, so how rows are handed over changes no
 * bit.
 */
#ifndef CT_FILTER_H
#define CT_FILTER_H

#include "base/err.h"
#include "kern/kern.h"
#include "phys/ct.h"

#include <stddef.h>

enum ct_window { CT_RAM_LAK, CT_SHEPP_LOGAN, CT_COSINE, CT_HAMMING, CT_HANN, CT_WINDOWS };
extern const char *const ct_window_word[]; /* ends with NULL */
/* What a window lets pass at x: 0 is frequency 0, 1 its end. */
double ct_window_at(enum ct_window w, double x);

struct ct_filter;

/* Geometry of the filtered rows: where the axis is off the middle, columns are added on the
 * narrower side, because a ray that is not measured does count once it is filtered. */
struct ct_geometry ct_filter_wide(const struct ct_geometry *g);

/* One row of one view. in: g->cols floats; out: as many as ct_filter_wide(g) has; they may begin at
 * the same place. weight: what each ray counts
 * (ct/redundancy.h), times the view's share of the angle in rad. */
struct ct_filter_row {
    const float *in, *weight;
    float *out;
    int32_t row; /* of the detector, for the cosine of the cone angle */
};

/* A filter for the rows of a detector. cutoff: fraction of the Nyquist frequency at which the
 * window ends, above 0 to 1. Back-projected, the result is in 1 / mm. Fails on a geometry or cutoff
 * that is out of range. */
int ct_filter_open(struct ct_filter **f, const struct ct_geometry *g, enum ct_window w,
                   double cutoff, const struct kern *k, struct err *e) MUST_USE;
void ct_filter_close(struct ct_filter *f); /* takes NULL */
/* Bytes of scratch of one ct_filter_run; aligned to 64. */
size_t ct_filter_scratch(const struct ct_filter *f);
/* Several threads may share f, each with its own scratch. Sixteen rows at a time are fastest. */
void ct_filter_run(const struct ct_filter *f, const struct ct_filter_row *rows, int32_t n,
                   void *scratch);

#endif
