/* rows: detector pixels to image rows of constant pitch in millimetres on the reference plane,
 * across module gaps (interpolated and marked) and the corner of an L. Eq. (8) of
 * doc/physics/radiograph.md. */
#include "kern/kern.h"
#include "stage/stage.h"

enum { TRANSMISSION_IN, MASK_IN };
enum { TRANSMISSION, MASK };

struct state {
    int32_t *at;    /* the pixel before each row */
    int32_t *first; /* per pixel, the first row whose `at` is not below it */
    float *part;    /* of the pixel after it */
    uint8_t *own;   /* MASK_GAP or 0 */
};

/* at[] must not fall: rows go along the array. */
static int
open_first(struct stage_run *r, struct state *s, int rows, int pixels, struct err *e)
{
    int i = 0;

    s->first = arena_zero(r->arena, (size_t)pixels + 1, sizeof *s->first);
    for (int k = 1; k < rows; k++)
        if (s->at[k] < s->at[k - 1])
            return err_set(e, ERR_CALIB, "the row-source of view %d falls at row %d", r->view, k);
    for (int p = 0; p <= pixels; p++) {
        while (i < rows && s->at[i] < p)
            i++;
        s->first[p] = i;
    }
    return 0;
}

/* Rows without a source lie between two that have one. */
static void
fill_gaps(const float *given, double *source, uint8_t *own, int rows)
{
    int last = -1;

    for (int i = 0; i < rows; i++) {
        if (given[i] < 0)
            continue;
        source[i] = (double)given[i];
        for (int k = last + 1; k < i; k++) {
            double f = last < 0 ? 1 : (double)(k - last) / (i - last);
            double from = last < 0 ? source[i] : source[last];
            source[k] = from + f * (source[i] - from);
            own[k] = MASK_GAP;
        }
        last = i;
    }
    for (int k = last + 1; k < rows; k++) {
        source[k] = last < 0 ? 0 : source[last];
        own[k] = MASK_GAP;
    }
}

static int
rows_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    int pixels = stage_elements(&r->in[TRANSMISSION_IN]);
    int plane = r->calib == NULL ? -1 : tape_find(r->calib, Q_ROW_SOURCE, r->view, -1);
    struct state *s = arena_zero(r->arena, 1, sizeof *s);
    const float *given;

    if (plane < 0)
        return err_set(e, ERR_CALIB,
                       "the calibration has no row-source for view %d: it was made "
                       "without the scanner's geometry; leave out this stage",
                       r->view);
    const struct plane_spec *spec = tape_plane(r->calib, plane);
    int rows = spec->rows * spec->cols;
    if (pixels < 2 || r->in[TRANSMISSION_IN].spec->cols > 1)
        return err_set(e, ERR_CALIB, "view %d is no line of pixels", r->view);
    if (stage_calib(r, Q_ROW_SOURCE, -1, spec, 1, -1, &given, e) != 0)
        return -1;
    double *source = arena_zero(r->arena, (size_t)rows, sizeof *source);
    s->at = arena_zero(r->arena, (size_t)rows, sizeof *s->at);
    s->part = arena_zero(r->arena, (size_t)rows, sizeof *s->part);
    s->own = arena_zero(r->arena, (size_t)rows, 1);
    fill_gaps(given, source, s->own, rows);
    for (int i = 0; i < rows; i++) {
        if (source[i] > pixels - 1)
            return err_set(e, ERR_CALIB, "image row %d comes from pixel %g of %d", i, source[i],
                           pixels);
        int32_t at = (int32_t)source[i];
        s->at[i] = at < pixels - 1 ? at : pixels - 2;
        s->part[i] = (float)(source[i] - s->at[i]);
    }
    if (open_first(r, s, rows, pixels, e) != 0)
        return -1;
    shape->rows[TRANSMISSION] = shape->rows[MASK] = rows;
    r->state = s;
    return 0;
}

static void
rows_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct state *s = r->state;

    size_t n = (size_t)(to - from), pixels = (size_t)stage_elements(&r->in[TRANSMISSION_IN]);

    for (int32_t line = begin; line < end; line++) {
        r->kern->kern_rows(s->at, s->part, stage_in(r, TRANSMISSION_IN, line),
                           stage_out(r, TRANSMISSION, line), n);
        r->kern->kern_rows_mask(s->first, s->own, stage_in(r, MASK_IN, line), pixels,
                                stage_out(r, MASK, line), n);
    }
}

const struct stage stage_rows = {
    .name = "rows",
    .brief = "Detector pixels to image rows of constant pitch; module gaps are masked.",
    .reads = {{.quantity = Q_TRANSMISSION, .energy = STAGE_SAME},
              {.quantity = Q_MASK, .energy = STAGE_SAME}},
    .writes = {{.quantity = Q_TRANSMISSION,
                .energy = STAGE_SAME,
                .lattice = STAGE_LATTICE_SAME,
                .scratch = true},
               {.quantity = Q_MASK, .energy = STAGE_SAME, .lattice = STAGE_LATTICE_SAME}},
    .n_reads = 2,
    .n_writes = 2,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_LINE,
    .open = rows_open,
    .run = rows_run,
};
