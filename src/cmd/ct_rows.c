/* ct_rows: see ct_rows.h. */
#include "cmd/ct_rows.h"

#include "base/arena.h"
#include "stage/ct.h"

#define ROWS 8 /* of the detector that are looked at */

/* The mean of the detector rows whose rays stay in one slice: all of them, or of a cone the middle.
 */
static int32_t
mean_row(const struct ct_geometry *g, const float *frame, float *row)
{
    int32_t middle = (int32_t)(g->axis_row + 0.5);
    middle = middle < 0 ? 0 : middle >= g->rows ? g->rows - 1 : middle;
    int32_t from = g->beam == CT_CONE ? middle : 0, to = g->beam == CT_CONE ? middle + 1 : g->rows;
    int32_t step = 1 + (to - from - 1) / ROWS, count = (to - from + step - 1) / step;

    for (int32_t r = from; r < to; r += step)
        for (int32_t c = 0; c < g->cols; c++)
            row[c] += frame[(size_t)r * (size_t)g->cols + (size_t)c] / (float)count;
    return count;
}

void
ct_rows_take(const struct tape *t, int plane, const struct tape *posed, const struct ct_geometry *g,
             struct ct_rows *out)
{
    int pose = tape_find(posed, Q_POSE, -1, -1);
    int32_t n = tape_mark(t, plane);

    *out = (struct ct_rows){.n = n};
    out->view = mem_zero((size_t)n + 1, sizeof *out->view);
    out->row = mem_zero((size_t)n * (size_t)g->cols + 1, sizeof *out->row);
    for (int32_t i = 0; i < n; i++) {
        out->view[i] = ct_view_of(tape_read(posed, pose, i));
        out->good += out->view[i].good;
        out->mean_of = mean_row(g, tape_read(t, plane, i), out->row + (size_t)i * (size_t)g->cols);
    }
}

void
ct_rows_free(struct ct_rows *r)
{
    mem_free(r->view);
    mem_free(r->row);
}
