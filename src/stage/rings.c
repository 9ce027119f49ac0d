/* rings: a pixel that is always a little off draws a ring. What a pixel shows beyond its neighbours
 * in its row, averaged over all views, belongs to the pixel and not to the object, which turns; it
 * is taken off. Eqs (16) and (17) of doc/physics/ct.md. */
#include "stage/ct.h"

#include "base/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RADIUS 2 /* neighbours on either side */
#define ROUNDS 4
#define RELAX 0.5     /* errors that alternate show 8 / 3 of themselves */
#define SAMPLES 65536 /* that the spread is taken from */
#define SPREADS 4.0   /* what is further off is an edge of the object */

enum { PARAM_STRENGTH };
enum { ATTENUATION, MASK };

static const struct stage_param params[] = {
    {"strength", "1", 1, 0, 1, "share of a pixel's constant error that is taken off"},
    {NULL, NULL, 0, 0, 0, NULL},
};

struct rings {
    int32_t rows, cols;
    float *error; /* rows x cols; NULL until all views are there */
};

/* A value over what the cubic through its neighbours says; what varies smoothly gives nothing. */
static double
beyond(const float *row, int32_t c, int32_t cols)
{
    if (c < RADIUS || c >= cols - RADIUS)
        return 0;
    double near = (double)row[c - 1] + (double)row[c + 1],
           far = (double)row[c - 2] + (double)row[c + 2];
    return (double)row[c] - (4 * near - far) / 6;
}

/* Where an edge begins: so many spreads (median of the absolute) of what pixels show. */
static double
find_limit(const struct stage_run *r, const struct rings *s, int32_t lines)
{
    int64_t n = (int64_t)s->rows * s->cols, all = n * lines, step = 1 + all / SAMPLES, count = 0;
    double *v = mem_zero((size_t)(all / step + 1), sizeof *v), limit;

    for (int64_t i = 0; i < all; i += step) {
        const float *line = stage_in(r, ATTENUATION, (int32_t)(i / n));
        int64_t at = i % n;
        v[count++] = fabs(beyond(line + at / s->cols * s->cols, (int32_t)(at % s->cols), s->cols));
    }
    qsort(v, (size_t)count, sizeof *v, num_ascending);
    limit = count > 0 ? SPREADS * v[count / 2] / 0.6745 : 0;
    mem_free(v);
    return limit;
}

/* What a row of errors shows is each minus what its neighbours say: undone step by step. */
static void
undo_neighbours(const double *shown, double *error, float *row, int32_t cols)
{
    for (int32_t c = 0; c < cols; c++)
        error[c] = RELAX * shown[c];
    for (int k = 0; k < ROUNDS; k++) {
        for (int32_t c = 0; c < cols; c++)
            row[c] = (float)error[c];
        for (int32_t c = 0; c < cols; c++)
            error[c] += RELAX * (shown[c] - beyond(row, c, cols));
    }
    for (int32_t c = 0; c < cols; c++)
        row[c] = (float)error[c];
}

static void
find_errors(struct stage_run *r, struct rings *s, int32_t lines)
{
    size_t n = (size_t)s->rows * (size_t)s->cols;
    double *sum = mem_zero(n, sizeof *sum), *error = mem_zero((size_t)s->cols, sizeof *error);
    double limit = find_limit(r, s, lines);
    int32_t used = 0;

    for (int32_t line = 0; line < lines; line++) {
        struct pose p = stage_pose(r, line);
        const float *in = stage_in(r, ATTENUATION, line);
        if (!ct_view_of(&p).good)
            continue;
        used++;
        for (size_t i = 0; i < n; i++) {
            int32_t c = (int32_t)(i % (size_t)s->cols);
            double v = beyond(in + i - c, c, s->cols);
            sum[i] += v > limit ? limit : v < -limit ? -limit : v;
        }
    }
    for (size_t i = 0; i < n; i++)
        sum[i] *= r->param[PARAM_STRENGTH] / (used > 0 ? used : 1);
    for (int32_t row = 0; row < s->rows; row++)
        undo_neighbours(sum + (size_t)row * (size_t)s->cols, error,
                        s->error + (size_t)row * (size_t)s->cols, s->cols);
    mem_free(error);
    mem_free(sum);
}

static int
rings_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct rings *s = arena_zero(r->arena, 1, sizeof *s);
    const struct plane_spec *in = r->in[ATTENUATION].spec;

    if (r->in[MASK].spec == NULL)
        shape->rows[MASK] = STAGE_NONE;
    if (in->lattice != LATTICE_PROJ)
        return err_set(e, ERR_INPUT, "rings belong to projections, not to radiographs");
    *s = (struct rings){.rows = in->rows, .cols = in->cols};
    shape->halo[ATTENUATION] = shape->halo[MASK] = in->lines;
    r->state = s;
    return 0;
}

static int32_t
rings_reach(struct stage_run *r)
{
    struct rings *s = r->state;
    const struct stage_plane *in = &r->in[ATTENUATION];

    if (!tape_sealed(in->tape, in->plane) ||
        (r->pose.tape != NULL && !tape_sealed(r->pose.tape, r->pose.plane)))
        return 0;
    if (s->error == NULL) {
        s->error = arena_zero(r->arena, (size_t)s->rows * (size_t)s->cols, sizeof *s->error);
        find_errors(r, s, tape_mark(in->tape, in->plane));
    }
    return tape_mark(in->tape, in->plane);
}

static int32_t
rings_keep(const struct stage_run *r)
{
    const struct rings *s = r->state;
    return s->error == NULL ? 0 : tape_mark(r->out[0].tape, r->out[0].plane);
}

static void
rings_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct rings *s = r->state;

    for (int32_t line = begin; line < end; line++) {
        const float *in = stage_in(r, ATTENUATION, line);
        float *out = stage_out(r, ATTENUATION, line);
        const uint8_t *mask = stage_in(r, MASK, line);
        for (int32_t i = from; i < to; i++)
            out[i] = in[i] - s->error[i];
        if (mask != NULL) /* it waits with its line */
            memcpy((uint8_t *)stage_out(r, MASK, line) + from, mask + from, (size_t)(to - from));
    }
}

const struct stage stage_rings = {
    .name = "rings",
    .brief = "Constant errors of single pixels, which draw rings, taken off the projections.",
    .params = params,
    .reads = {{.quantity = Q_ATTENUATION, .energy = STAGE_SAME},
              {.quantity = Q_MASK, .energy = STAGE_SAME, .optional = true}},
    .writes = {{.quantity = Q_ATTENUATION,
                .energy = STAGE_SAME,
                .lattice = STAGE_LATTICE_SAME,
                .scratch = true},
               {.quantity = Q_MASK, .energy = STAGE_SAME, .lattice = STAGE_LATTICE_SAME}},
    .n_reads = 2,
    .n_writes = 2,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_LINE,
    .open = rings_open,
    .reach = rings_reach,
    .keep = rings_keep,
    .run = rings_run,
};
