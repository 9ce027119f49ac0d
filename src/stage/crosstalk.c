/* crosstalk: takes back the light that each pixel got from its neighbours: the inverse of a
 * tridiagonal matrix, cut to seven diagonals. Eq. (3) of doc/physics/radiograph.md. */
#include "kern/kern.h"
#include "stage/stage.h"

#include <string.h>

enum { SIGNAL_IN };
enum { SIGNAL };

#define BAND 7   /* diagonals of the inverse that are kept */
#define WINDOW 8 /* pixels on either side that are solved together */

struct state {
    const float *weight[BAND]; /* weight[0] NULL: the calibration knows of no crosstalk */
};

/* What pixel i gets from either side, as shares of a flat field: signal[i] = x[i] + left (x[i-1] -
 * x[i]) + right (x[i+1] - x[i]). */
struct coupling {
    double left, right;
};

static void
couple(const float *to_left, const float *to_right, struct coupling *c, int n)
{
    for (int i = 0; i < n; i++) {
        double l = i > 0 ? (double)to_right[i - 1] : 0;
        double r = i + 1 < n ? (double)to_left[i + 1] : 0;
        double lost = (i > 0 ? (double)to_left[i] : 0) + (i + 1 < n ? (double)to_right[i] : 0);
        double flat = 1 - lost + l + r;
        c[i] = (struct coupling){l / flat, r / flat};
    }
}

/* Row i of the inverse: solves the transposed system for a unit vector, by elimination from both
 * ends of a window. */
static void
inverse_row(const struct coupling *c, int n, int i, double row[BAND])
{
    int first = i > WINDOW ? i - WINDOW : 0, last = i + WINDOW < n ? i + WINDOW : n - 1;
    int m = last - first + 1;
    double diagonal[2 * WINDOW + 1], y[2 * WINDOW + 1], sum = 0;

    for (int k = 0; k < m; k++) {
        diagonal[k] = 1 - c[first + k].left - c[first + k].right;
        y[k] = first + k == i;
    }
    for (int k = 1; k < m; k++) { /* column k of the matrix is row k of its transpose */
        double f = c[first + k - 1].right / diagonal[k - 1];
        diagonal[k] -= f * c[first + k].left;
        y[k] -= f * y[k - 1];
    }
    y[m - 1] /= diagonal[m - 1];
    for (int k = m - 2; k >= 0; k--)
        y[k] = (y[k] - c[first + k + 1].left * y[k + 1]) / diagonal[k];
    for (int d = 0; d < BAND; d++) {
        int k = i + d - BAND / 2 - first;
        row[d] = k >= 0 && k < m ? y[k] : 0;
        sum += row[d];
    }
    for (int d = 0; d < BAND; d++) /* a flat field stays flat */
        row[d] /= sum;
}

static int
crosstalk_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    const struct plane_spec *like = r->in[SIGNAL_IN].spec;
    int energy = r->energy == 2 ? -1 : r->energy, n = stage_elements(&r->in[SIGNAL_IN]);
    struct state *s = arena_zero(r->arena, 1, sizeof *s);
    int lines = stage_calib_lines(r, Q_CROSSTALK, energy);
    float *weight[BAND];
    const float *share;

    (void)shape;
    r->state = s;
    if (lines == 0 || like->cols > 1)
        return 0;
    lines = lines < 2 ? 1 : 2;
    if (stage_calib(r, Q_CROSSTALK, energy, like, lines, 0, &share, e) != 0)
        return -1;
    for (int i = 0; i < lines * n; i++)
        if (share[i] > 0.2f)
            return err_set(e, ERR_CALIB,
                           "pixel %d gives %g of its light to each neighbour; up to "
                           "0.2 is possible",
                           i % n, (double)share[i]);
    struct coupling *c = arena_zero(r->arena, (size_t)n, sizeof *c);
    couple(share, lines == 2 ? share + n : share, c, n);
    for (int d = 0; d < BAND; d++)
        s->weight[d] = weight[d] = arena_zero(r->arena, (size_t)n, sizeof(float));
    for (int i = 0; i < n; i++) {
        double row[BAND];
        inverse_row(c, n, i, row);
        for (int d = 0; d < BAND; d++)
            weight[d][i] = (float)row[d];
    }
    return 0;
}

static void
crosstalk_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct state *s = r->state;

    for (int32_t line = begin; line < end; line++) {
        const float *in = stage_in(r, SIGNAL_IN, line);
        float *out = stage_out(r, SIGNAL, line);
        if (s->weight[0] == NULL)
            memcpy(out, in, (size_t)(to - from) * sizeof *out);
        else
            r->kern->kern_band(s->weight, in, out, (size_t)(to - from));
    }
}

const struct stage stage_crosstalk = {
    .name = "crosstalk",
    .brief = "Takes back the light that pixels got from their neighbours.",
    .reads = {{.quantity = Q_SIGNAL, .energy = STAGE_SAME}},
    .writes = {{.quantity = Q_SIGNAL,
                .energy = STAGE_SAME,
                .lattice = STAGE_LATTICE_SAME,
                .scratch = true}},
    .n_reads = 1,
    .n_writes = 1,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_LINE,
    .open = crosstalk_open,
    .run = crosstalk_run,
};
