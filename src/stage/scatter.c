/* scatter: takes off what the item scatters onto each line, as the calibration has measured it
 * behind lead strips. Eq. (7a) to (7d) of doc/physics/radiograph.md. */
#include "stage/scatter.h"

#include "stage/stage.h"

#include <string.h>

enum { TRANSMISSION_IN };
enum { TRANSMISSION };

struct state {
    int32_t rows, cols;          /* of the detector */
    struct kern_scatter kern[2]; /* of low and high lines; send NULL: nothing is known */
};

void
scatter_take(const struct kern *k, const struct kern_scatter *g, const float *in, float *out,
             int32_t rows, int32_t cols)
{
    for (int32_t r = 0; r < rows; r++)
        k->kern_scatter(g, in + (size_t)r * (size_t)cols, out + (size_t)r * (size_t)cols,
                        (size_t)cols);
    for (int32_t c = 0; c < cols && rows > 1; c++) {
        float sum = 0;
        for (size_t i = (size_t)c; i < (size_t)rows * (size_t)cols; i += (size_t)cols)
            sum += in[i] - out[i];
        for (size_t i = (size_t)c; i < (size_t)rows * (size_t)cols; i += (size_t)cols)
            out[i] = in[i] - sum / (float)rows;
    }
}

static int
damaged(const struct stage_run *r, const char *what, struct err *e)
{
    return err_set(e, ERR_CALIB,
                   "the calibration's scatter of view %d is damaged: %s; calibrate again", r->view,
                   what);
}

/* Line 0 is a head (pixels of a cell, bend, pixels), then a line for each cell that sends. */
static int
open_kernel(struct stage_run *r, int energy, struct kern_scatter *g, struct err *e)
{
    int plane = r->calib == NULL ? -1 : tape_find(r->calib, Q_SCATTER, r->view, energy);
    int n = ((struct state *)r->state)->cols;

    if (plane < 0)
        return 0;
    int32_t cells = tape_plane(r->calib, plane)->rows;
    if (cells < 3 || cells > KERN_SCATTER_CELLS || tape_plane(r->calib, plane)->cols != 1 ||
        tape_mark(r->calib, plane) != 1 + cells)
        return damaged(r, "it has a strange shape", e);
    const float *head = tape_read(r->calib, plane, 0);
    if (head[2] != (float)n)
        return err_set(e, ERR_CALIB,
                       "the calibration has scatter of %g pixels in view %d, the "
                       "scan %d pixels",
                       (double)head[2], r->view, n);
    if (!(head[0] >= 8 && head[0] <= 1024) || head[0] != (float)((int)head[0] / 8 * 8) ||
        cells != (n + (int)head[0] - 1) / (int)head[0])
        return damaged(r, "its cells do not make up the line", e);
    if (!(head[1] >= 0 && head[1] <= 10))
        return damaged(r, "its head is impossible", e);
    float *send = arena_zero(r->arena, (size_t)(cells * KERN_SCATTER_CELLS), sizeof *send);
    for (int32_t i = 0; i < cells * cells; i++) {
        float part = ((const float *)tape_read(r->calib, plane, 1 + i / cells))[i % cells];
        if (!(part >= 0 && part <= 1))
            return damaged(r, "a cell sends less than nothing, or more than it gets", e);
        send[i / cells * KERN_SCATTER_CELLS + i % cells] = part;
    }
    *g = (struct kern_scatter){cells, (int)head[0], head[1], send};
    return 0;
}

static int
scatter_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct state *s = arena_zero(r->arena, 1, sizeof *s);

    const struct plane_spec *in = r->in[TRANSMISSION_IN].spec;

    (void)shape;
    s->rows = in->cols > 1 ? in->rows : 1; /* a line has one column */
    s->cols = in->cols > 1 ? in->cols : in->rows;
    r->state = s;
    for (int high = 0; high < 2; high++)
        if (open_kernel(r, r->energy == 2 ? high : r->energy, &s->kern[high], e) != 0)
            return -1;
    return 0;
}

static void
scatter_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct state *s = r->state;

    for (int32_t line = begin; line < end; line++) {
        int high = r->energy == 2 && stage_pose(r, line).flags & POSE_HIGH;
        const float *in = stage_in(r, TRANSMISSION_IN, line);
        float *out = stage_out(r, TRANSMISSION, line);
        if (s->kern[high].send == NULL)
            memcpy(out, in, (size_t)(to - from) * sizeof *out);
        else
            scatter_take(r->kern, &s->kern[high], in, out, s->rows, s->cols);
    }
}

const struct stage stage_scatter = {
    .name = "scatter",
    .brief = "Takes off what the item scatters onto the line.",
    .reads = {{.quantity = Q_TRANSMISSION, .energy = STAGE_SAME},
              {.quantity = Q_POSE, .energy = STAGE_SAME, .optional = true}},
    .writes = {{.quantity = Q_TRANSMISSION,
                .energy = STAGE_SAME,
                .lattice = STAGE_LATTICE_SAME,
                .scratch = true}},
    .n_reads = 2,
    .n_writes = 1,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_LINE,
    .open = scatter_open,
    .run = scatter_run,
};
