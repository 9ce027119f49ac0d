/* back: see back.h. Slices lie innermost: a block of views is turned so that the values that a
 * column of voxels needs follow each other, tiles of the slices are turned likewise, and what a
 * view needs of the detector for one tile stays in the cache. */
#include "ct/back.h"

#include "base/arena.h"
#include "base/num.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define TILE 32   /* voxels across */
#define DEPTH 64  /* slices at a time */
#define BLOCK 128 /* views that are turned at a time, at most ... */
#define BLOCK_BYTES (32 << 20)
#define INNER 8  /* ... and that one tile takes at a time */
#define THIN 7   /* fewer slices than this are done one by one */
#define SIDE 3   /* empty columns: one before, two after */
#define SLACK 64 /* floats that a kernel may read beyond the last column */
#define NEAR 1e-6

struct turn {
    double c, s;
};

struct ct_back {
    struct arena arena;
    const struct kern *kern;
    struct ct_geometry g;
    struct ct_grid grid;
    int32_t n;
    struct ct_view *view;
    struct turn *turn;
    double reach;  /* of the grid from the axis, mm */
    size_t stride; /* most floats of one packed column */
    int32_t block; /* views that are turned at a time */
};

/* Views of one block, packed for some slices. */
struct pack {
    int32_t n;
    int32_t view[BLOCK];
    const float *data[BLOCK];
    size_t stride;
    int32_t slice, base; /* first slice; padded row of the first value of a column */
    int32_t depth, room; /* slices, and that in sixteens */
    bool thin;
    float *lines; /* DEPTH x cols, for mixtures of rows */
};

struct scratch {
    float *block, *lines, *sum;
    int32_t *column;
    float *ray[4];
};

/* One slice of a view whose columns stay as they are. */
static size_t
thin_floats(const struct ct_back *b)
{
    return (size_t)b->g.cols + SIDE + SLACK / 2;
}

static size_t
view_floats(const struct ct_back *b)
{
    size_t upright = ((size_t)b->g.cols + SIDE) * b->stride + SLACK;
    size_t thin = (THIN - 1) * thin_floats(b);

    return upright > thin ? upright : thin;
}

static double
height_of(const struct ct_back *b, int32_t slice, int32_t view)
{
    return b->grid.first_mm + slice * b->grid.slice_mm - b->view[view].z_mm;
}

/* ---- rows that slices need ---- */

/* Stack: the row that a slice is, snapped where it falls upon one. */
static double
row_of(const struct ct_back *b, int32_t slice, int32_t view)
{
    double row = b->g.axis_row + height_of(b, slice, view) / b->g.row_pitch_mm;
    double whole = num_floor(row + 0.5), last = b->g.rows - 1;

    if (fabs(row - whole) < NEAR)
        row = whole;
    return row > -0.5 && row < 0 ? 0 : row > last && row < last + 0.5 ? last : row;
}

/* Lowest and highest padded row (-1 is 0) that slices [begin, end) need, with one to spare. */
static void
row_range(const struct ct_back *b, int32_t begin, int32_t end, int32_t view, int32_t *low,
          int32_t *high)
{
    double bottom = 1e9, top = -1e9, rows = b->g.rows + 1;

    for (int k = 0; k < 4; k++) {
        int32_t slice = k % 2 == 0 ? begin : end - 1;
        double far = b->g.source_mm + (k < 2 ? b->reach : -b->reach);
        double row = b->g.beam == CT_CONE
                         ? b->g.axis_row + height_of(b, slice, view) * b->g.detector_mm /
                                               (far * b->g.row_pitch_mm)
                         : row_of(b, slice, view);
        bottom = row < bottom ? row : bottom;
        top = row > top ? row : top;
    }
    bottom = bottom < 0 ? 0 : bottom > rows ? rows : bottom; /* one lower, and padded by one */
    top = top + 3 < 0 ? 0 : top + 3 > rows + 1 ? rows + 1 : top + 3;
    *low = (int32_t)bottom;
    *high = (int32_t)top;
}

void
ct_back_rows(const struct ct_back *b, int32_t begin, int32_t end, int32_t *row_begin,
             int32_t *row_end)
{
    int32_t first = b->g.rows, last = 0, low, high;

    for (int32_t v = 0; v < b->n; v++)
        if (b->view[v].good) {
            row_range(b, begin, end, v, &low, &high);
            first = low - 1 < first ? low - 1 : first;
            last = high > last ? high : last;
        }
    *row_begin = first < 0 ? 0 : first;
    *row_end = last > b->g.rows ? b->g.rows : last;
}

/* ---- opening ---- */

static int
check(const struct ct_geometry *g, const struct ct_grid *grid, int32_t n, double reach,
      struct err *e)
{
    if (n < 1)
        return err_set(e, ERR_LIMIT, "there are no views to reconstruct from");
    if (grid->size < 1 || grid->size > CT_SIZE_MAX || grid->slices < 1 ||
        grid->slices > CT_ROWS_MAX)
        return err_set(e, ERR_LIMIT,
                       "%d slices of %d x %d voxels: 1 to %d and 1 to %d are possible",
                       grid->slices, grid->size, grid->size, CT_ROWS_MAX, CT_SIZE_MAX);
    if (!(grid->voxel_mm > 0 && grid->slice_mm > 0 && g->pitch_mm > 0 && g->row_pitch_mm > 0))
        return err_set(e, ERR_LIMIT, "voxels and pixels must be larger than 0 mm");
    if (g->tilt_rad != 0)
        return err_set(e, ERR_LIMIT,
                       "the detector is tilted by %g degrees: turn the projections upright first",
                       g->tilt_rad * (180 / NUM_PI));
    if (g->beam != CT_PARALLEL && reach >= g->source_mm)
        return err_set(
            e, ERR_LIMIT,
            "the source, %g mm from the axis, would be inside the picture, whose corners "
            "are %g mm away: make it smaller",
            g->source_mm, reach);
    return 0;
}

static void
set_stride(struct ct_back *b)
{
    bool shallow = b->g.beam != CT_CONE && b->grid.slices < DEPTH; /* less to be handed out */
    int32_t low, high, most = shallow ? b->grid.slices : DEPTH;

    for (int32_t v = 0; v < b->n && b->g.beam == CT_CONE; v++)
        for (int32_t k = 0;
             k < b->grid.slices && (v == 0 || b->view[v].z_mm != b->view[v - 1].z_mm); k++) {
            int32_t end = k + DEPTH < b->grid.slices ? k + DEPTH : b->grid.slices;
            row_range(b, k, end, v, &low, &high);
            most = high + 1 - low > most ? high + 1 - low : most;
        }
    b->stride = (size_t)(most + 15) / 16 * 16;
    size_t views = BLOCK_BYTES / (view_floats(b) * sizeof(float));
    b->block = views < INNER ? INNER : views > BLOCK ? BLOCK : (int32_t)views / INNER * INNER;
}

int
ct_back_open(struct ct_back **out, const struct ct_geometry *g, const struct ct_grid *grid,
             const struct ct_view *views, int32_t n, const struct kern *k, struct err *e)
{
    double half = (grid->size - 1) / 2.0 * grid->voxel_mm;
    double x = fabs(grid->centre_mm[0]) + half, y = fabs(grid->centre_mm[1]) + half;
    double reach = sqrt(x * x + y * y);

    if (check(g, grid, n, reach, e) != 0)
        return -1;
    struct ct_back *b = mem_zero(1, sizeof *b);
    b->kern = k;
    b->g = *g;
    b->grid = *grid;
    b->n = n;
    b->reach = reach;
    b->view = arena_zero(&b->arena, (size_t)n, sizeof *b->view);
    b->turn = arena_zero(&b->arena, (size_t)n, sizeof *b->turn);
    memcpy(b->view, views, (size_t)n * sizeof *views);
    for (int32_t v = 0; v < n; v++)
        b->turn[v] = (struct turn){num_cos(views[v].angle_rad), num_sin(views[v].angle_rad)};
    set_stride(b);
    *out = b;
    return 0;
}

void
ct_back_close(struct ct_back *b)
{
    if (b == NULL)
        return;
    arena_free(&b->arena);
    mem_free(b);
}

size_t
ct_back_scratch(const struct ct_back *b)
{
    return ((size_t)b->block * view_floats(b) + DEPTH * (size_t)b->g.cols + TILE * TILE * DEPTH +
            5 * INNER * TILE) *
           sizeof(float);
}

static struct scratch
cut_scratch(const struct ct_back *b, void *memory)
{
    struct scratch s;

    s.sum = memory;
    s.block = s.sum + TILE * TILE * DEPTH;
    s.lines = s.block + (size_t)b->block * view_floats(b);
    s.column = (int32_t *)(s.lines + DEPTH * (size_t)b->g.cols);
    for (int k = 0; k < 4; k++)
        s.ray[k] = (float *)s.column + (k + 1) * INNER * TILE;
    return s;
}

/* ---- packing ---- */

/* Rows upright: the part of the detector that the slices need. */
static void
pack_cone(const struct ct_back *b, struct pack *p, const float *in, float *out)
{
    size_t cols = (size_t)b->g.cols, stride = p->stride;
    int32_t first = p->base - 1 < 0 ? 0 : p->base - 1;
    int32_t end = p->base - 1 + (int32_t)stride;

    end = end > b->g.rows ? b->g.rows : end;
    size_t low = (size_t)(first + 1 - p->base), n = end > first ? (size_t)(end - first) : 0;
    for (size_t c = 0; c < cols; c++) {
        float *at = out + (c + 1) * stride;
        memset(at, 0, low * sizeof *at);
        memset(at + low + n, 0, (stride - low - n) * sizeof *at);
    }
    if (n > 0)
        b->kern->kern_transpose(in + (size_t)first * cols, cols, out + stride + low, stride, n,
                                cols);
}

/* A slice as one row: a row of the detector or a mixture of two. */
static void
mix_row(const struct ct_back *b, int32_t slice, int32_t view, const float *in, float *out)
{
    size_t cols = (size_t)b->g.cols;
    double row = row_of(b, slice, view);

    if (row < 0 || row > b->g.rows - 1) {
        memset(out, 0, cols * sizeof *out);
        return;
    }
    int32_t below = (int32_t)row;
    float part = (float)(row - below);
    const float *first = in + (size_t)below * cols, *second = part > 0 ? first + cols : first;
    const float weight[2] = {1 - part, part}, *const two[2] = {first, second};
    b->kern->kern_mix(part > 0 ? 2 : 1, weight, two, out, cols);
}

/* Slices upright. */
static void
pack_stack(const struct ct_back *b, const struct pack *p, int32_t view, const float *in,
           float *lines, float *out)
{
    size_t cols = (size_t)b->g.cols, depth = (size_t)p->depth;

    memset(lines + depth * cols, 0, ((size_t)p->room - depth) * cols * sizeof *lines);
    for (int32_t k = 0; k < p->depth; k++)
        mix_row(b, p->slice + k, view, in, lines + (size_t)k * cols);
    b->kern->kern_transpose(lines, cols, out + p->stride, p->stride, (size_t)p->room, cols);
}

/* Slices one by one. */
static void
pack_thin(const struct ct_back *b, const struct pack *p, int32_t view, const float *in, float *out)
{
    for (int32_t k = 0; k < p->depth; k++, out += thin_floats(b)) {
        mix_row(b, p->slice + k, view, in, out + 1);
        out[0] = out[b->g.cols + 1] = out[b->g.cols + 2] = 0;
    }
}

static void
pack_views(const struct ct_back *b, struct pack *p, const float *const *view, int32_t begin,
           int32_t end, const struct scratch *s)
{
    int32_t low = b->g.rows + 1, high = 0, l, h;

    p->n = 0;
    for (int32_t v = begin; v < end; v++)
        if (b->view[v].good) {
            p->view[p->n++] = v;
            row_range(b, p->slice, p->slice + p->depth, v, &l, &h);
            low = l < low ? l : low;
            high = h > high ? h : high;
        }
    bool cone = b->g.beam == CT_CONE;
    p->base = cone ? low : 0;
    p->stride = cone ? b->stride : (size_t)p->room;
    for (int32_t i = 0; i < p->n; i++) {
        float *out = s->block + (size_t)i * view_floats(b);
        const float *in = view[p->view[i] - begin];
        size_t last = (size_t)b->g.cols + 1;
        p->data[i] = out;
        if (p->thin) {
            pack_thin(b, p, p->view[i], in, out);
            continue;
        }
        memset(out, 0, p->stride * sizeof *out);
        memset(out + last * p->stride, 0, 2 * p->stride * sizeof *out);
        if (cone)
            pack_cone(b, p, in, out);
        else
            pack_stack(b, p, p->view[i], in, s->lines, out);
    }
}

/* ---- tiles ---- */

static struct kern_ct_aim
aim_at(const struct ct_back *b, int32_t view, int32_t line, int32_t first)
{
    const struct ct_geometry *g = &b->g;
    double voxel = b->grid.voxel_mm, half = (b->grid.size - 1) / 2.0;
    double x = -half * voxel + b->grid.centre_mm[0];
    double y = (half - line) * voxel + b->grid.centre_mm[1];
    double c = b->turn[view].c, s = b->turn[view].s, p = x * c + y * s, q = -x * s + y * c;
    double along = g->detector_mm / g->row_pitch_mm;
    double scale = g->beam == CT_PARALLEL ? 1 / g->pitch_mm
                   : g->curved            ? 1
                                          : g->detector_mm / g->pitch_mm;
    struct kern_ct_aim a = {.first = (float)first,
                            .across = (float)(p * scale),
                            .across_step = (float)(voxel * c * scale),
                            .depth = 1,
                            .source = 1,
                            .axis = (float)(g->axis_col + 1),
                            .last = (float)(g->cols + 1)};

    if (g->beam == CT_PARALLEL)
        return a;
    a.depth = (float)(g->source_mm + q);
    a.depth_step = (float)(-voxel * s);
    a.source = (float)(g->curved ? sqrt(g->source_mm) : g->source_mm);
    a.arc = g->curved ? (float)(g->detector_mm / g->pitch_mm) : 0;
    a.row_axis = (float)(g->axis_row + 1);
    a.row_zero = (float)(along * height_of(b, 0, view));
    a.row_step = (float)(along * b->grid.slice_mm);
    return a;
}

static void
add_views(const struct ct_back *b, const struct pack *p, int32_t first, int32_t n, int32_t line,
          int32_t at, size_t width, const struct scratch *s, float *sum)
{
    const struct kern_ct_rays r = {.views = n,
                                   .pitch = TILE,
                                   .data = p->data + first,
                                   .stride = p->stride,
                                   .column = s->column,
                                   .near = s->ray[0],
                                   .far = s->ray[1],
                                   .row = s->ray[2],
                                   .row_step = s->ray[3],
                                   .first_slice = (float)p->slice,
                                   .last_row = (float)(b->g.rows + 1),
                                   .base = p->base};

    for (int32_t v = 0; v < n; v++) {
        const struct kern_ct_aim a = aim_at(b, p->view[first + v], line, at);
        size_t o = (size_t)v * TILE;
        b->kern->kern_ct_aim(&a, s->column + o, s->ray[0] + o, s->ray[1] + o, s->ray[2] + o,
                             s->ray[3] + o, width);
    }
    if (b->g.beam == CT_CONE)
        b->kern->kern_ct_cone(&r, sum, (size_t)p->room, width);
    else
        b->kern->kern_ct_stack(&r, sum, (size_t)p->room, width);
}

static void
add_tile(const struct ct_back *b, const struct pack *p, int32_t line, int32_t line_end, int32_t at,
         float *volume, const struct scratch *s)
{
    size_t size = (size_t)b->grid.size, area = size * size, room = (size_t)p->room;
    size_t width = size - (size_t)at < TILE ? size - (size_t)at : TILE;
    float *here = volume + (size_t)line * size + (size_t)at;

    if (p->depth < p->room)
        memset(s->sum, 0, TILE * TILE * room * sizeof(float));
    for (int32_t j = line; j < line_end; j++)
        b->kern->kern_transpose(here + (size_t)(j - line) * size, area,
                                s->sum + (size_t)(j - line) * TILE * room, room, (size_t)p->depth,
                                width);
    for (int32_t v = 0; v < p->n; v += INNER)
        for (int32_t j = line; j < line_end; j++)
            add_views(b, p, v, p->n - v < INNER ? p->n - v : INNER, j, at, width, s,
                      s->sum + (size_t)(j - line) * TILE * room);
    for (int32_t j = line; j < line_end; j++)
        b->kern->kern_transpose(s->sum + (size_t)(j - line) * TILE * room, room,
                                here + (size_t)(j - line) * size, area, width, (size_t)p->depth);
}

/* A line of each slice, all views of the block. */
static void
add_thin(const struct ct_back *b, const struct pack *p, int32_t line, float *volume)
{
    size_t size = (size_t)b->grid.size;
    struct kern_ct_aim aim[BLOCK];
    const float *data[BLOCK];

    for (int32_t i = 0; i < p->n; i++)
        aim[i] = aim_at(b, p->view[i], line, 0);
    for (size_t k = 0; k < (size_t)p->depth; k++) {
        for (int32_t i = 0; i < p->n; i++)
            data[i] = p->data[i] + k * thin_floats(b);
        b->kern->kern_ct_slice(aim, data, (size_t)p->n, volume + (k * size + (size_t)line) * size,
                               size);
    }
}

void
ct_back_run(const struct ct_back *b, const float *const *view, int32_t begin, int32_t end,
            const struct ct_part *part, float *volume, void *memory)
{
    const struct scratch s = cut_scratch(b, memory);
    size_t area = (size_t)b->grid.size * (size_t)b->grid.size;
    struct pack p;

    for (int32_t k = part->slice_begin; k < part->slice_end; k += DEPTH) {
        p.slice = k;
        p.depth = part->slice_end - k < DEPTH ? part->slice_end - k : DEPTH;
        p.room = (p.depth + 15) / 16 * 16;
        p.thin = p.depth < THIN && b->g.beam != CT_CONE;
        float *here = volume + (size_t)(k - part->slice_begin) * area;
        for (int32_t v = begin; v < end; v += b->block) {
            pack_views(b, &p, view + (v - begin), v, end - v < b->block ? end : v + b->block, &s);
            for (int32_t j = part->line_begin; p.thin && j < part->line_end; j++)
                add_thin(b, &p, j, here);
            for (int32_t j = part->line_begin; !p.thin && j < part->line_end; j += TILE)
                for (int32_t i = 0; i < b->grid.size; i += TILE)
                    add_tile(b, &p, j, part->line_end - j < TILE ? part->line_end : j + TILE, i,
                             here, &s);
        }
    }
}

/* ---- all of it, by a pool ---- */

struct job {
    const struct ct_back *b;
    const float *const *view;
    int32_t begin, end, across; /* pieces of lines per piece of slices */
    float *volume;
    char *memory;
    size_t bytes;
    atomic_bool taken[PAR_THREADS_MAX];
};

static void
run_piece(void *arg, int from, int to)
{
    struct job *j = arg;
    const struct ct_grid *g = &j->b->grid;
    size_t area = (size_t)g->size * (size_t)g->size;
    int mine = 0;

    while (atomic_exchange(&j->taken[mine], true))
        mine++;
    for (int k = from; k < to; k++) {
        int32_t slice = k / j->across * DEPTH, piece = k % j->across;
        int32_t tiles = (g->size + TILE - 1) / TILE;
        int32_t line_end = (piece + 1) * tiles / j->across * TILE;
        struct ct_part part = {slice, slice + DEPTH, piece * tiles / j->across * TILE, line_end};
        part.slice_end = part.slice_end > g->slices ? g->slices : part.slice_end;
        part.line_end = line_end > g->size ? g->size : line_end;
        ct_back_run(j->b, j->view, j->begin, j->end, &part, j->volume + (size_t)slice * area,
                    j->memory + (size_t)mine * j->bytes);
    }
    atomic_store(&j->taken[mine], false);
}

void
ct_back_all(const struct ct_back *b, struct par *pool, const float *const *view, int32_t begin,
            int32_t end, float *volume)
{
    int threads = par_threads(pool), deep = (b->grid.slices + DEPTH - 1) / DEPTH;
    size_t bytes = (ct_back_scratch(b) + 63) / 64 * 64;
    struct job j = {.b = b, .view = view, .begin = begin, .end = end, .volume = volume};

    j.across = threads == 1 || deep >= 4 * threads ? 1 : 2 * threads;
    j.bytes = bytes;
    j.memory = mem_zero((size_t)threads, bytes);
    par_for(pool, 0, deep * j.across, 1, run_piece, &j);
    mem_free(j.memory);
}
