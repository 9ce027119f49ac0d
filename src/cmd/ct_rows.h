/* ct_rows: of every projection the one row that tells about the scan itself: the axis of rotation,
 * a disc. */
#ifndef CMD_CT_ROWS_H
#define CMD_CT_ROWS_H

#include "phys/ct.h"
#include "tape/tape.h"

struct ct_rows {
    int32_t n, good; /* views, and those that count */
    int32_t mean_of; /* detector rows */
    struct ct_view *view;
    float *row; /* n x cols: mean of the detector rows whose rays stay in one slice */
};

/* From the plane of attenuations of one tape and the poses of another (or the same). */
void ct_rows_take(const struct tape *t, int plane, const struct tape *posed,
                  const struct ct_geometry *g, struct ct_rows *out);
void ct_rows_free(struct ct_rows *r);

#endif
