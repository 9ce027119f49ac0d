/* back: back-projection of filtered views into voxels; eq. (10) of doc/physics/ct.md. Contributions
 * are added view after view, so neither the pieces in which views and slices are handed over nor
 * threads change a bit. */
#ifndef CT_BACK_H
#define CT_BACK_H

#include "base/err.h"
#include "base/par.h"
#include "kern/kern.h"
#include "phys/ct.h"

#include <stddef.h>

struct ct_back;

/* A piece of the grid: slices and lines of pictures, ends not included. */
struct ct_part {
    int32_t slice_begin, slice_end, line_begin, line_end;
};

/* For n views of that geometry; copies what it is given. Parallel and fan: a slice between two rows
 * is a mixture of them. Fails where the source would be inside the grid, where the detector is
 * tilted, and on sizes out of range. */
int ct_back_open(struct ct_back **b, const struct ct_geometry *g, const struct ct_grid *grid,
                 const struct ct_view *views, int32_t n, const struct kern *k,
                 struct err *e) MUST_USE;
void ct_back_close(struct ct_back *b); /* takes NULL */
/* Bytes of scratch of one ct_back_run, aligned to 64. */
size_t ct_back_scratch(const struct ct_back *b);
/* Rows of the detector that the slices [begin, end) need, in any view. */
void ct_back_rows(const struct ct_back *b, int32_t begin, int32_t end, int32_t *row_begin,
                  int32_t *row_end);
/* Adds views [begin, end) to a part of the grid. view[v - begin]: rows x cols floats, of which only
 * those of ct_back_rows are read; views that are not good are skipped. volume: the part's first
 * slice, slices of size x size one after the other. Several threads may share b, each with its own
 * scratch and part. Sixty-four slices at a time are fastest. */
void ct_back_run(const struct ct_back *b, const float *const *view, int32_t begin, int32_t end,
                 const struct ct_part *part, float *volume, void *scratch);
/* All slices by all threads of a pool (NULL: the caller alone). */
void ct_back_all(const struct ct_back *b, struct par *pool, const float *const *view, int32_t begin,
                 int32_t end, float *volume);

#endif
