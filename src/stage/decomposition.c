/* decomposition: see decomposition.h. */
#include "stage/decomposition.h"

static int
whole(float v, int low, int high)
{
    return v >= (float)low && v <= (float)high && v == (float)(int)v;
}

static int
bad(int view, const char *what, struct err *e)
{
    return err_set(e, ERR_CALIB,
                   "the calibration's decomposition of view %d is damaged: %s; calibrate again",
                   view, what);
}

static int
read_head(const float *head, int view, struct decomposition *d, struct err *e)
{
    if (!whole(head[HEAD_VERSION], DECOMPOSITION_VERSION, DECOMPOSITION_VERSION))
        return bad(view, "its version is not known", e);
    if (!whole(head[HEAD_NODES], 1, DECOMPOSITION_NODES_MAX) ||
        !whole(head[HEAD_NX], 4, DECOMPOSITION_SIDE_MAX) ||
        !whole(head[HEAD_NY], 16, DECOMPOSITION_SIDE_MAX))
        return bad(view, "impossible size", e);
    d->nodes = (int)head[HEAD_NODES];
    d->nx = (int)head[HEAD_NX];
    d->ny = (int)head[HEAD_NY];
    d->a_max = head[HEAD_A_MAX];
    d->y_min = head[HEAD_Y_MIN];
    d->y_max = head[HEAD_Y_MAX];
    d->bend = head[HEAD_BEND];
    d->mev = head[HEAD_MEV] == 1;
    if (!(d->a_max > 0.1f && d->a_max < 100 && d->y_max > d->y_min + 1e-3f && d->y_min > -100 &&
          d->y_max < 1000 && d->bend >= 0 && d->bend <= 10))
        return bad(view, "impossible axes", e);
    if (HEAD_PLACES + d->nodes > d->ny * CELL_SIZE)
        return bad(view, "its head does not hold its nodes", e);
    for (int i = 0; i < d->nodes; i++) {
        d->place[i] = head[HEAD_PLACES + i];
        if (!(d->place[i] >= 0 && d->place[i] < 1e7f) ||
            (i > 0 && !(d->place[i] >= d->place[i - 1] + 0.5f)))
            return bad(view, "its nodes are not in order", e);
    }
    return 0;
}

int
decomposition_open(const struct tape *calib, int view, struct decomposition *d, struct err *e)
{
    struct decomposition made = {.tape = calib};

    made.cells = calib == NULL ? -1 : tape_find(calib, Q_DECOMPOSITION, view, 0);
    made.ranges = calib == NULL ? -1 : tape_find(calib, Q_DECOMPOSITION, view, 1);
    if (made.cells < 0 || made.ranges < 0)
        return err_set(
            e, ERR_CALIB,
            "the calibration has no decomposition of view %d; calibrate with wedge scans "
            "of at least two materials",
            view);
    const struct plane_spec *c = tape_plane(calib, made.cells), *r = tape_plane(calib, made.ranges);
    if (c->cols != CELL_SIZE || c->rows < 16 || tape_mark(calib, made.cells) < 1)
        return bad(view, "the cells have a strange shape", e);
    if (read_head(tape_read(calib, made.cells, 0), view, &made, e) != 0)
        return -1;
    int lines = made.nodes * made.nx;
    if (c->rows != made.ny || tape_mark(calib, made.cells) < 1 + lines)
        return bad(view, "cells are missing", e);
    if (r->rows != GROUPS || r->cols != 2 || tape_mark(calib, made.ranges) < lines)
        return bad(view, "ranges are missing", e);
    *d = made;
    return 0;
}

const float *
decomposition_cells(const struct decomposition *d, int node, int column)
{
    return tape_read(d->tape, d->cells, 1 + node * d->nx + column);
}

const float *
decomposition_ranges(const struct decomposition *d, int node, int column)
{
    return tape_read(d->tape, d->ranges, node * d->nx + column);
}
