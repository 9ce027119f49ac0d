/* helix: see helix.h. */
#include "ct/helix.h"

#include "base/arena.h"
#include "base/num.h"

#include <math.h>
#include <string.h>

#define TILE 32     /* voxels across */
#define DEPTH 32    /* slices at a time */
#define GROUPS 8    /* directions that are packed at a time */
#define SIDE 3      /* empty columns: one before, two after */
#define SLACK 64    /* floats that a kernel may read beyond the last column */
#define PLATEAU 0.6 /* share of the rows, from the middle, that count fully; eq. (21) */

struct ct_helix {
    struct arena arena;
    const struct kern *kern;
    struct ct_geometry g;
    struct ct_grid grid;
    struct ct_filter *filter;
    int32_t turn, cols; /* parallel views a turn; their columns */
    double pitch_mm, fan_rad, reach_mm;
    double *gamma;   /* per parallel column: angle in the fan, rad */
    int32_t *column; /* ... where in the fan view: the nearer column */
    float *part;     /* ... and the share of the next */
    float *cosine;   /* per row: of the cone angle, times the angle of a view */
    float *ones;     /* weights that the filter wants */
    int32_t most;    /* views that see one slice from one direction */
    size_t stride;   /* floats of one packed column */
};

static int
check(const struct ct_geometry *g, double corner, int32_t views_turn, struct err *e)
{
    if (g->beam != CT_CONE)
        return err_set(e, ERR_INPUT, "a helical scan needs a cone beam, not a %s one",
                       ct_beam_word[g->beam]);
    if (views_turn < 8 || views_turn > 100000 || views_turn % 2 != 0)
        return err_set(e, ERR_LIMIT, "%d views a turn: an even number from 8 to 100000 is possible",
                       views_turn);
    if (g->tilt_rad != 0)
        return err_set(e, ERR_LIMIT, "the detector is tilted: turn the projections upright first");
    if (corner >= g->source_mm)
        return err_set(
            e, ERR_LIMIT,
            "the source, %g mm from the axis, would be inside the picture, whose corners "
            "are %g mm away: make it smaller",
            g->source_mm, corner);
    return 0;
}

/* The fan's half angle on the wider side. */
static double
half_fan(const struct ct_geometry *g)
{
    double left = g->axis_col + 0.5, right = g->cols - 0.5 - g->axis_col;
    double u = (left > right ? left : right) * g->pitch_mm;

    return g->curved ? u / g->detector_mm : num_atan2(u, g->detector_mm);
}

static double
arcsine(double x)
{
    return num_atan2(x, sqrt(1 - x * x));
}

static void
set_columns(struct ct_helix *h)
{
    const struct ct_geometry *g = &h->g;

    h->gamma = arena_zero(&h->arena, (size_t)h->cols, sizeof *h->gamma);
    h->column = arena_zero(&h->arena, (size_t)h->cols, sizeof *h->column);
    h->part = arena_zero(&h->arena, (size_t)h->cols, sizeof *h->part);
    for (int32_t c = 0; c < h->cols; c++) {
        double gamma = arcsine((c - (h->cols - 1) / 2.0) * h->pitch_mm / g->source_mm);
        double u =
            g->curved ? gamma * g->detector_mm : g->detector_mm * num_sin(gamma) / num_cos(gamma);
        double at = g->axis_col + u / g->pitch_mm, whole = num_floor(at);
        h->gamma[c] = gamma;
        h->column[c] = (int32_t)whole;
        h->part[c] = (float)(at - whole);
    }
}

static void
set_rows(struct ct_helix *h)
{
    h->cosine = arena_zero(&h->arena, (size_t)h->g.rows, sizeof *h->cosine);
    h->ones = arena_zero(&h->arena, (size_t)h->cols, sizeof *h->ones);
    for (int32_t r = 0; r < h->g.rows; r++) {
        double w = (r - h->g.axis_row) * h->g.row_pitch_mm, d = h->g.detector_mm;
        h->cosine[r] = (float)(d / sqrt(d * d + w * w) * ct_helix_step(h));
    }
    for (int32_t c = 0; c < h->cols; c++)
        h->ones[c] = 1;
}

int
ct_helix_open(struct ct_helix **out, const struct ct_geometry *g, const struct ct_grid *grid,
              const struct ct_helix_way *way, const struct kern *k, struct err *e)
{
    double half = (grid->size - 1) / 2.0 * grid->voxel_mm;
    double x = fabs(grid->centre_mm[0]) + half, y = fabs(grid->centre_mm[1]) + half;
    double corner = sqrt(x * x + y * y), lower = g->axis_row + 0.5, upper = g->rows - lower;

    if (check(g, corner, way->views_turn, e) != 0)
        return -1;
    struct ct_helix *h = mem_zero(1, sizeof *h);
    h->kern = k;
    h->g = *g;
    h->grid = *grid;
    h->turn = way->views_turn;
    h->fan_rad = half_fan(g);
    h->pitch_mm = g->pitch_mm * g->source_mm / g->detector_mm;
    h->cols = 2 * (int32_t)(g->source_mm * num_sin(h->fan_rad) / h->pitch_mm) + 1;
    h->reach_mm = (lower > upper ? lower : upper) * g->row_pitch_mm * (g->source_mm + corner) /
                  g->detector_mm;
    h->stride = ((size_t)g->rows + 2 + 15) / 16 * 16;
    struct ct_geometry flat = {.beam = CT_PARALLEL,
                               .rows = g->rows,
                               .cols = h->cols,
                               .pitch_mm = h->pitch_mm,
                               .row_pitch_mm = 1,
                               .axis_col = (h->cols - 1) / 2.0};
    if (ct_filter_open(&h->filter, &flat, way->window, way->cutoff, k, e) != 0) {
        ct_helix_close(h);
        return -1;
    }
    set_columns(h);
    set_rows(h);
    *out = h;
    return 0;
}

void
ct_helix_close(struct ct_helix *h)
{
    if (h == NULL)
        return;
    ct_filter_close(h->filter);
    arena_free(&h->arena);
    mem_free(h);
}

int32_t
ct_helix_rows(const struct ct_helix *h)
{
    return h->g.rows + 1;
}

int32_t
ct_helix_cols(const struct ct_helix *h)
{
    return h->cols;
}

double
ct_helix_step(const struct ct_helix *h)
{
    return 2 * NUM_PI / h->turn;
}

double
ct_helix_fan(const struct ct_helix *h)
{
    return h->fan_rad;
}

double
ct_helix_reach(const struct ct_helix *h)
{
    return h->reach_mm;
}

/* ---- rebinning ---- */

/* One column of all rows: between two views and two columns. What lies off the detector is 0. */
static void
rebin_column(const struct ct_helix *h, int32_t c, const float *first, const float *second,
             float share, float *out)
{
    size_t cols = (size_t)h->g.cols;
    int32_t at = h->column[c];

    if (at < 0 || at + 1 >= h->g.cols) {
        for (int32_t r = 0; r < h->g.rows; r++)
            out[(size_t)r * (size_t)h->cols + (size_t)c] = 0;
        return;
    }
    float part = h->part[c];
    for (int32_t r = 0; r < h->g.rows; r++) {
        const float *a = first + (size_t)r * cols + at, *b = second + (size_t)r * cols + at;
        float p = a[0] + part * (a[1] - a[0]), q = b[0] + part * (b[1] - b[0]);
        out[(size_t)r * (size_t)h->cols + (size_t)c] = (p + share * (q - p)) * h->cosine[r];
    }
}

void
ct_helix_rebin(const struct ct_helix *h, double theta, const struct ct_view *view,
               const float *const *frame, int32_t n, float *out, void *scratch)
{
    float *z = out + (size_t)h->g.rows * (size_t)h->cols;
    struct ct_filter_row row;
    int32_t k = 0;

    for (int32_t c = 0; c < h->cols; c++) {
        double angle = theta + h->gamma[c]; /* eq. (18): the fan view that has this ray */
        while (k + 2 < n && view[k + 1].angle_rad <= angle)
            k++;
        double gap = view[k + 1].angle_rad - view[k].angle_rad;
        double share = gap > 0 ? (angle - view[k].angle_rad) / gap : 0;
        share = share < 0 ? 0 : share > 1 ? 1 : share;
        rebin_column(h, c, frame[k], frame[k + 1], (float)share, out);
        z[c] = (float)(view[k].z_mm + share * (view[k + 1].z_mm - view[k].z_mm));
    }
    for (int32_t r = 0; r < h->g.rows; r++) {
        float *line = out + (size_t)r * (size_t)h->cols;
        row = (struct ct_filter_row){line, h->ones, line, r};
        ct_filter_run(h->filter, &row, 1, scratch);
    }
}

/* ---- back-projection ---- */

struct scratch {
    float *block, *sum, *ray[4];
    int32_t *column;
};

static size_t
view_floats(const struct ct_helix *h)
{
    return ((size_t)h->cols + SIDE) * h->stride + SLACK;
}

static size_t
back_floats(const struct ct_helix *h)
{
    return KERN_HELIX_VIEWS * GROUPS * view_floats(h) + TILE * DEPTH + 5 * KERN_HELIX_VIEWS * TILE;
}

size_t
ct_helix_scratch(const struct ct_helix *h)
{
    size_t filter = ct_filter_scratch(h->filter), back = back_floats(h) * sizeof(float);
    return filter > back ? filter : back;
}

static struct scratch
cut_scratch(const struct ct_helix *h, void *memory)
{
    struct scratch s = {.block = memory};

    s.sum = s.block + KERN_HELIX_VIEWS * GROUPS * view_floats(h);
    s.column = (int32_t *)(s.sum + TILE * DEPTH);
    for (int k = 0; k < 4; k++)
        s.ray[k] = (float *)s.column + (k + 1) * KERN_HELIX_VIEWS * TILE;
    return s;
}

/* The views of one direction: half turns apart. */
struct group {
    int n;
    double c[KERN_HELIX_VIEWS], s[KERN_HELIX_VIEWS]; /* of their angles */
    const float *data[KERN_HELIX_VIEWS];
    const float *z[KERN_HELIX_VIEWS];
};

/* Whether a parallel view sees any of the slices [from, to] mm. */
static bool
sees(const struct ct_helix *h, const float *line, double from, double to)
{
    const float *z = line + (size_t)h->g.rows * (size_t)h->cols;
    double a = (double)z[0], b = (double)z[h->cols - 1], low = a < b ? a : b, high = a < b ? b : a;

    return low - h->reach_mm <= to && high + h->reach_mm >= from;
}

static void
pack_view(const struct ct_helix *h, const float *line, float *out)
{
    size_t cols = (size_t)h->cols, rows = (size_t)h->g.rows, stride = h->stride;

    memset(out, 0, view_floats(h) * sizeof *out);
    h->kern->kern_transpose(line, cols, out + stride + 1, stride, rows, cols);
}

static void
pack_group(const struct ct_helix *h, double first_rad, int32_t direction, const float *const *line,
           int32_t begin, int32_t end, double from, double to, float *block, struct group *g)
{
    int32_t half = h->turn / 2, first = direction;

    g->n = 0;
    while (first < begin)
        first += half;
    for (int32_t j = first; j < end && g->n < KERN_HELIX_VIEWS; j += half)
        if (sees(h, line[j - begin], from, to)) {
            float *out = block + (size_t)g->n * view_floats(h);
            pack_view(h, line[j - begin], out);
            g->data[g->n] = out;
            g->z[g->n] = line[j - begin] + (size_t)h->g.rows * (size_t)h->cols;
            double theta = first_rad + j * ct_helix_step(h);
            g->c[g->n] = num_cos(theta);
            g->s[g->n++] = num_sin(theta);
        }
}

static void
aim(const struct ct_helix *h, double c, double s, int32_t line, int32_t at,
    struct kern_helix_aim *a)
{
    const struct ct_geometry *g = &h->g;
    double voxel = h->grid.voxel_mm, half = (h->grid.size - 1) / 2.0;
    double x = (at - half) * voxel + h->grid.centre_mm[0];
    double y = (half - line) * voxel + h->grid.centre_mm[1];

    a->across = (float)((x * c + y * s) / h->pitch_mm);
    a->across_step = (float)(voxel * c / h->pitch_mm);
    a->along = (float)(-x * s + y * c);
    a->along_step = (float)(-voxel * s);
    a->source2 = (float)(g->source_mm * g->source_mm);
    a->pitch2 = (float)(h->pitch_mm * h->pitch_mm);
    a->axis = (float)((h->cols - 1) / 2.0);
    a->last = (float)(h->cols + 1);
    a->row_axis = (float)(g->axis_row + 1);
    a->row_per_mm = (float)(g->detector_mm / g->row_pitch_mm);
    a->first_mm = (float)h->grid.first_mm;
    a->slice_mm = (float)h->grid.slice_mm;
}

static void
add_line(const struct ct_helix *h, const struct group *g, int32_t line, int32_t at, size_t width,
         int32_t slice, const struct scratch *s, float *sum)
{
    double rows = h->g.rows;
    const struct kern_helix r = {.views = g->n,
                                 .pitch = TILE,
                                 .data = g->data,
                                 .stride = h->stride,
                                 .column = s->column,
                                 .near = s->ray[0],
                                 .far = s->ray[1],
                                 .row = s->ray[2],
                                 .row_step = s->ray[3],
                                 .first_slice = (float)slice,
                                 .last_row = (float)(rows + 1),
                                 .middle = (float)((rows + 1) / 2),
                                 .edge = (float)((rows - 1) / 2),
                                 .ramp = (float)(2 / ((rows - 1) * (1 - PLATEAU)))};

    for (int v = 0; v < g->n; v++) {
        struct kern_helix_aim a;
        size_t o = (size_t)v * TILE;
        aim(h, g->c[v], g->s[v], line, at, &a);
        a.z = g->z[v];
        a.cols = h->cols;
        h->kern->kern_helix_aim(&a, s->column + o, s->ray[0] + o, s->ray[1] + o, s->ray[2] + o,
                                s->ray[3] + o, width);
    }
    h->kern->kern_helix(&r, sum, DEPTH, width);
}

/* Some directions into one tile of one line, DEPTH slices. */
static void
add_tile(const struct ct_helix *h, const struct group *g, int groups, int32_t line, int32_t at,
         int32_t slice, int32_t depth, const struct scratch *s, float *here)
{
    size_t size = (size_t)h->grid.size, area = size * size;
    size_t width = size - (size_t)at < TILE ? size - (size_t)at : TILE;

    memset(s->sum, 0, TILE * DEPTH * sizeof(float));
    h->kern->kern_transpose(here, area, s->sum, DEPTH, (size_t)depth, width);
    for (int k = 0; k < groups; k++)
        if (g[k].n > 0)
            add_line(h, &g[k], line, at, width, slice, s, s->sum);
    h->kern->kern_transpose(s->sum, DEPTH, here, area, width, (size_t)depth);
}

static void
run_slices(const struct ct_helix *h, double first_rad, const float *const *line, int32_t begin,
           int32_t end, const struct ct_part *part, int32_t slice, int32_t depth, float *here,
           const struct scratch *s)
{
    double from = h->grid.first_mm + slice * h->grid.slice_mm,
           to = from + (depth - 1) * h->grid.slice_mm;
    size_t size = (size_t)h->grid.size;
    struct group g[GROUPS];

    for (int32_t d = 0; d < h->turn / 2; d += GROUPS) {
        int groups = h->turn / 2 - d < GROUPS ? h->turn / 2 - d : GROUPS;
        for (int k = 0; k < groups; k++)
            pack_group(h, first_rad, d + k, line, begin, end, from, to,
                       s->block + (size_t)k * KERN_HELIX_VIEWS * view_floats(h), &g[k]);
        for (int32_t j = part->line_begin; j < part->line_end; j++)
            for (int32_t i = 0; i < h->grid.size; i += TILE)
                add_tile(h, g, groups, j, i, slice, depth, s, here + (size_t)j * size + (size_t)i);
    }
}

void
ct_helix_run(const struct ct_helix *h, double first_rad, const float *const *line, int32_t begin,
             int32_t end, const struct ct_part *part, float *volume, void *memory)
{
    const struct scratch s = cut_scratch(h, memory);
    size_t size = (size_t)h->grid.size, area = size * size;

    for (int32_t k = part->slice_begin; k < part->slice_end; k += DEPTH) {
        int32_t depth = part->slice_end - k < DEPTH ? part->slice_end - k : DEPTH;
        float *here = volume + (size_t)(k - part->slice_begin) * area;
        for (int32_t i = 0; i < depth; i++)
            memset(here + (size_t)i * area + (size_t)part->line_begin * size, 0,
                   (size_t)(part->line_end - part->line_begin) * size * sizeof(float));
        run_slices(h, first_rad, line, begin, end, part, k, depth, here, &s);
    }
}
