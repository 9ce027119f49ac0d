/* project: see project.h. Columns of a view whose rays run more along x than along y, or the other
 * way round, and in the same sense, are a span; a span meets the lines of voxels one by one. */
#include "ct/project.h"

#include "base/num.h"

#include <math.h>
#include <string.h>

#define SPANS 4 /* of one view, at most */
#define VIEWS_MAX 100000
#define BLOCK 8   /* views and lines that are taken together, for the cache */
#define TILE 32   /* of a transposition */
#define NEAR 1e-3 /* voxels in front of the source where rays begin */

struct span {
    struct kern_ct_line line; /* but for the line itself */
    struct kern_ct_cone cone;
    int32_t view, first; /* column of ray 0 */
    int32_t begin, end;  /* lines */
    double source;       /* where the source stands, in lines */
};

struct ct_project {
    const struct kern *kern;
    struct ct_geometry g;
    struct ct_grid grid;
    struct ct_shape shape;
    struct ct_view *views;
    int32_t n;
    struct span *span[2]; /* of lines along x and along y */
    int32_t *from[2];     /* per view: its first span; n + 1 of them */
    float *slant;         /* one view; NULL unless it is a cone */
    float *turned;        /* the volume with x and y exchanged; NULL unless depth is 1 */
};

/* ---- rays ---- */

struct ray {
    double x, y, dx, dy; /* voxels from the middle of the grid; y is up */
    double run;          /* distance in the slice from source to detector, mm */
};

static struct ray
ray_at(const struct ct_project *p, int32_t v, double col)
{
    const struct ct_geometry *g = &p->g;
    double c = num_cos(p->views[v].angle_rad), s = num_sin(p->views[v].angle_rad);
    double u = (col - g->axis_col) * g->pitch_mm, across = 0, depth = 1, foot = u, back = 0;
    struct ray r = {.run = 1};

    if (g->beam != CT_PARALLEL) {
        foot = 0;
        back = g->source_mm;
        across = g->curved ? g->detector_mm * num_sin(u / g->detector_mm) : u;
        depth = g->curved ? g->detector_mm * num_cos(u / g->detector_mm) : g->detector_mm;
        r.run = sqrt(across * across + depth * depth);
    }
    r.x = (foot * c + back * s - p->grid.centre_mm[0]) / p->grid.voxel_mm;
    r.y = (foot * s - back * c - p->grid.centre_mm[1]) / p->grid.voxel_mm;
    r.dx = across * c - depth * s;
    r.dy = across * s + depth * c;
    return r;
}

/* 0 or 1: rays cross lines along x, upwards or downwards; 2 or 3: lines along y. */
static int
ray_kind(const struct ray *r)
{
    return fabs(r->dy) >= fabs(r->dx) ? r->dy < 0 : 2 + (r->dx < 0);
}

/* Where the ray crosses line `at` of the middle of the grid: base + at * slope, from the line's
 * start. */
static void
ray_crossing(const struct ct_project *p, const struct ray *r, int axis, double *base, double *slope)
{
    double middle = p->grid.size / 2.0;

    if (axis == 0) {
        *slope = r->dx / r->dy;
        *base = middle + r->x - r->y * *slope;
    } else {
        *slope = -r->dy / r->dx;
        *base = middle - r->y - r->x * *slope;
    }
}

/* Lines that the rays reach in front of the source. Line j is at middle - j along y, at j - middle
 * along x. */
static void
span_lines(const struct ct_project *p, struct span *s, int kind)
{
    int32_t size = p->grid.size;
    bool rising = (kind == 0) || (kind == 3); /* towards lower numbers */

    s->begin = 0;
    s->end = size;
    if (p->g.beam == CT_PARALLEL)
        return;
    double line = kind < 2 ? (size - 1) / 2.0 - s->source : s->source + (size - 1) / 2.0;
    if (rising)
        while (s->end > s->begin && s->end - 1 > line - NEAR)
            s->end--;
    else
        while (s->begin < s->end && s->begin < line + NEAR)
            s->begin++;
}

/* A span of columns [first, end); they are numbered the other way round if they fall. */
static void
span_plan(struct ct_project *p, struct span *s, int32_t v, int32_t first, int32_t end, int kind,
          struct arena *a)
{
    int32_t n = end - first, axis = kind / 2;
    float *base = arena_zero(a, (size_t)n + 1, sizeof *base), *rise = NULL;
    float *slope = arena_zero(a, (size_t)n + 1, sizeof *slope);
    float *length = arena_zero(a, (size_t)n, sizeof *length);
    struct ray one = ray_at(p, v, first - 0.5), last = ray_at(p, v, end - 0.5);
    double b[2], t[2], ahead, middle;

    ray_crossing(p, &one, axis, &b[0], &t[0]);
    ray_crossing(p, &last, axis, &b[1], &t[1]);
    s->view = v;
    s->source = axis == 0 ? one.y : one.x;
    ahead = p->g.beam == CT_PARALLEL ? 0 : s->source + ((kind & 1) != 0 ? -1 : 1);
    bool falls = b[0] + ahead * t[0] > b[1] + ahead * t[1];
    s->first = falls ? end - 1 : first;
    if (p->slant != NULL)
        rise = arena_zero(a, (size_t)n, sizeof *rise);
    for (int32_t c = 0; c <= n; c++) {
        struct ray r = ray_at(p, v, falls ? end - 0.5 - c : first - 0.5 + c);
        ray_crossing(p, &r, axis, &b[0], &t[0]);
        base[c] = (float)b[0];
        slope[c] = (float)t[0];
        if (c == n)
            break;
        r = ray_at(p, v, falls ? end - 1 - c : first + c);
        ray_crossing(p, &r, axis, &middle, &t[0]);
        double longer = sqrt(1 + t[0] * t[0]) * p->grid.voxel_mm;
        length[c] = (float)longer;
        if (rise != NULL)
            rise[c] = (float)(longer * p->g.row_pitch_mm / (r.run * p->grid.slice_mm));
    }
    int32_t depth = p->shape.depth, pitch = p->shape.pitch;
    s->line = (struct kern_ct_line){base, slope, length, n, p->grid.size, 0, 0, 0};
    s->line.voxel = depth == 1 ? 1 : axis == 0 ? depth : (ptrdiff_t)pitch * depth;
    s->line.ray = falls ? -(ptrdiff_t)p->shape.height : p->shape.height;
    s->cone = (struct kern_ct_cone){.rise = rise, .rows = p->g.rows, .slices = p->grid.slices};
    s->cone.axis = (float)(p->g.axis_row + 0.5);
    s->cone.foot = (float)((p->views[v].z_mm - p->grid.first_mm) / p->grid.slice_mm + 0.5);
    if (p->slant != NULL)
        s->cone.slant = p->slant + (ptrdiff_t)s->first * p->shape.height;
    span_lines(p, s, kind);
}

static void
view_plan(struct ct_project *p, int32_t v, int32_t count[2], struct arena *a)
{
    int kind = -1;
    int32_t first = 0;

    for (int32_t c = 0; p->views[v].good && c <= p->g.cols; c++) {
        struct ray r = ray_at(p, v, c);
        int next = c < p->g.cols ? ray_kind(&r) : -1;
        if (next == kind)
            continue;
        if (kind >= 0)
            span_plan(p, &p->span[kind / 2][count[kind / 2]++], v, first, c, kind, a);
        kind = next;
        first = c;
    }
}

/* ---- open ---- */

static struct ct_shape
shape_of(const struct ct_geometry *g, const struct ct_grid *grid)
{
    bool cone = g->beam == CT_CONE;
    int32_t stack = grid->slices == 1 ? 1 : CT_PROJECT_STACK;
    struct ct_shape s = {.lines = grid->size,
                         .pitch = grid->size + 1, /* columns of voxels share no cache set */
                         .depth = cone ? grid->slices : stack,
                         .cols = g->cols,
                         .height = cone ? g->rows : stack,
                         .mixed = cone};

    s.volume = (size_t)s.lines * (size_t)s.pitch * (size_t)s.depth;
    s.view = (size_t)s.cols * (size_t)s.height;
    return s;
}

static int
check_sizes(const struct ct_geometry *g, const struct ct_grid *grid, int32_t n, struct err *e)
{
    if (n < 1 || n > VIEWS_MAX)
        return err_set(e, ERR_LIMIT, "%d views; 1 to %d can be projected", n, VIEWS_MAX);
    if (grid->size < 1 || grid->size > CT_SIZE_MAX || g->cols < 1 || g->cols > CT_COLS_MAX)
        return err_set(e, ERR_LIMIT,
                       "%d voxels across, %d columns; 1 to %d and 1 to %d can be "
                       "projected",
                       grid->size, g->cols, CT_SIZE_MAX, CT_COLS_MAX);
    int32_t most = g->beam == CT_CONE ? KERN_CT_ROOM : CT_PROJECT_STACK;
    if (grid->slices < 1 || grid->slices > most || g->rows < 1 || g->rows > CT_ROWS_MAX)
        return err_set(e, ERR_LIMIT, "%d slices from %d rows; 1 to %d and 1 to %d can be projected",
                       grid->slices, g->rows, most, CT_ROWS_MAX);
    if (!(grid->voxel_mm > 0) || !(grid->slice_mm > 0) || !(g->pitch_mm > 0) ||
        !(g->row_pitch_mm > 0))
        return err_set(e, ERR_INPUT, "voxels, slices and pixels must have sizes above 0");
    if (g->tilt_rad < 0 || g->tilt_rad > 0)
        return err_set(e, ERR_INPUT, "the detector is tilted; resample its views first");
    return 0;
}

static int
check_geometry(const struct ct_geometry *g, const struct ct_grid *grid, struct err *e)
{
    double x = fabs(grid->centre_mm[0]), y = fabs(grid->centre_mm[1]);
    double half = grid->size * grid->voxel_mm / 2, shrink = 1;
    double reach = sqrt((x + half) * (x + half) + (y + half) * (y + half));

    if (g->beam != CT_PARALLEL) {
        if (!(g->source_mm > 0) || !(g->detector_mm > g->source_mm))
            return err_set(e, ERR_INPUT,
                           "the detector must be farther from the source than the axis");
        if (!(reach < 0.99 * g->source_mm))
            return err_set(
                e, ERR_INPUT,
                "the source, %g mm from the axis, comes into the grid, whose corners are "
                "%g mm from it; make the grid smaller",
                g->source_mm, reach);
        double left = g->axis_col + 0.5, right = g->cols - left;
        double side = (left > right ? left : right) * g->pitch_mm;
        if (g->curved && !(side < 1.4 * g->detector_mm))
            return err_set(e, ERR_INPUT,
                           "the arc of the detector is more than 80 degrees to a side");
        shrink = g->source_mm / g->detector_mm;
    }
    double across = g->pitch_mm * shrink / grid->voxel_mm;
    double along = g->row_pitch_mm * shrink / grid->slice_mm;
    if (!(across > 0.02) || !(across < 50))
        return err_set(e, ERR_INPUT, "a pixel is seen as %g voxels; 0.02 to 50 can be projected",
                       across);
    if (g->beam == CT_CONE) {
        double nearest = along * (1 - reach / g->source_mm),
               most = along * (1 + reach / g->source_mm);
        if (!(nearest > 1.0 / KERN_CT_STEP) || !(most * 1.5 < KERN_CT_STEP))
            return err_set(e, ERR_INPUT, "a row is seen as %g slices; %g to %d can be projected",
                           along, 1.0 / KERN_CT_STEP, KERN_CT_STEP);
    }
    return 0;
}

static void
slant_plan(struct ct_project *p)
{
    for (int32_t c = 0; c < p->g.cols; c++) {
        struct ray r = ray_at(p, 0, c);
        for (int32_t k = 0; k < p->g.rows; k++) {
            double w = (k - p->g.axis_row) * p->g.row_pitch_mm / r.run;
            p->slant[(size_t)c * (size_t)p->g.rows + (size_t)k] = (float)sqrt(1 + w * w);
        }
    }
}

size_t
ct_project_bytes(const struct ct_geometry *g, const struct ct_grid *grid, int32_t n)
{
    struct ct_shape s = shape_of(g, grid);
    size_t views = (size_t)n, per_span = 2 * sizeof(struct span) + 5 * 64 * sizeof(float);

    return sizeof(struct ct_project) + views * (sizeof(struct ct_view) + 2 * sizeof(int32_t)) +
           views * (SPANS * per_span + 4 * sizeof(float) * (size_t)s.cols) +
           (s.mixed ? s.view * sizeof(float) : 0) + (s.depth == 1 ? s.volume * sizeof(float) : 0);
}

int
ct_project_open(struct ct_project **out, const struct ct_geometry *g, const struct ct_grid *grid,
                const struct ct_view *views, int32_t n, const struct kern *k, struct arena *a,
                struct err *e)
{
    int32_t count[2] = {0, 0};

    if (check_sizes(g, grid, n, e) != 0 || check_geometry(g, grid, e) != 0)
        return -1;
    struct ct_project *p = arena_zero(a, 1, sizeof *p);
    p->kern = k;
    p->g = *g;
    p->grid = *grid;
    p->shape = shape_of(g, grid);
    p->n = n;
    p->views = arena_zero(a, (size_t)n, sizeof *p->views);
    memcpy(p->views, views, (size_t)n * sizeof *views);
    if (p->shape.mixed) {
        p->slant = arena_zero(a, p->shape.view, sizeof *p->slant);
        slant_plan(p);
    } else if (p->shape.depth == 1) {
        p->turned = arena_zero(a, p->shape.volume, sizeof *p->turned);
    }
    for (int x = 0; x < 2; x++) {
        p->span[x] = arena_zero(a, (size_t)n * SPANS, sizeof *p->span[x]);
        p->from[x] = arena_zero(a, (size_t)n + 1, sizeof *p->from[x]);
    }
    for (int32_t v = 0; v < n; v++) {
        view_plan(p, v, count, a);
        p->from[0][v + 1] = count[0];
        p->from[1][v + 1] = count[1];
    }
    *out = p;
    return 0;
}

const struct ct_shape *
ct_project_shape(const struct ct_project *p)
{
    return &p->shape;
}

/* ---- projecting ---- */

struct job {
    struct ct_project *p;
    const struct ct_subset *s;
    const float *in;
    float *out;
    int axis;
};

static void
turn(const float *in, float *out, int32_t size, int32_t pitch)
{
    for (int32_t i = 0; i < size; i += TILE)
        for (int32_t j = 0; j < size; j += TILE)
            for (int32_t y = i; y < size && y < i + TILE; y++)
                for (int32_t x = j; x < size && x < j + TILE; x++)
                    out[(size_t)x * (size_t)pitch + (size_t)y] =
                        in[(size_t)y * (size_t)pitch + (size_t)x];
}

/* Floats from the start of a volume to line j; when one slice is turned, columns are lines too. */
static ptrdiff_t
line_start(const struct ct_project *p, int axis, int32_t j)
{
    ptrdiff_t depth = p->shape.depth;
    return axis == 0 || depth == 1 ? (ptrdiff_t)j * p->shape.pitch * depth : j * depth;
}

static void
span_at(const struct ct_project *p, struct span *s, int axis, int32_t j)
{
    double middle = (p->grid.size - 1) / 2.0, at = axis == 0 ? middle - j : j - middle;

    s->line.at = (float)at;
    s->cone.away = (float)fabs(at - s->source);
}

static void
forward_spans(const struct job *t, int32_t from, int32_t to, int32_t j)
{
    const struct ct_project *p = t->p;
    const float *voxels =
        (t->axis == 1 && p->turned != NULL ? p->turned : t->in) + line_start(p, t->axis, j);

    for (int32_t i = from; i < to; i++) {
        int32_t v = t->s->view[i];
        for (int32_t k = p->from[t->axis][v]; k < p->from[t->axis][v + 1]; k++) {
            struct span s = p->span[t->axis][k];
            float *rays = t->out + (size_t)i * p->shape.view + (ptrdiff_t)s.first * p->shape.height;
            if (j < s.begin || j >= s.end)
                continue;
            span_at(p, &s, t->axis, j);
            if (p->shape.mixed)
                p->kern->kern_ct_forward_cone(&s.line, &s.cone, voxels, rays);
            else if (p->shape.depth == 1)
                p->kern->kern_ct_forward_one(&s.line, voxels, rays);
            else
                p->kern->kern_ct_forward(&s.line, voxels, rays);
        }
    }
}

static void
forward_views(void *arg, int from, int to)
{
    struct job t = *(const struct job *)arg;
    const struct ct_project *p = t.p;

    memset(t.out + (size_t)from * p->shape.view, 0,
           (size_t)(to - from) * p->shape.view * sizeof *t.out);
    for (t.axis = 0; t.axis < 2; t.axis++)
        for (int32_t j = 0; j < p->grid.size; j++)
            forward_spans(&t, from, to, j);
    for (int i = from; p->slant != NULL && i < to; i++)
        for (size_t c = 0; c < p->shape.view; c++)
            t.out[(size_t)i * p->shape.view + c] *= p->slant[c];
}

void
ct_project_forward(struct ct_project *p, struct par *pool, const struct ct_subset *s,
                   const float *volume, float *view)
{
    struct job t = {p, s, volume, view, 0};

    if (p->turned != NULL)
        turn(volume, p->turned, p->grid.size, p->shape.pitch);
    par_for(pool, 0, s->n, BLOCK, forward_views, &t);
}

static void
adjoint_spans(const struct job *t, int32_t i, int32_t j)
{
    const struct ct_project *p = t->p;
    float *voxels =
        (t->axis == 1 && p->turned != NULL ? p->turned : t->out) + line_start(p, t->axis, j);
    int32_t v = t->s->view[i];

    for (int32_t k = p->from[t->axis][v]; k < p->from[t->axis][v + 1]; k++) {
        struct span s = p->span[t->axis][k];
        const float *rays =
            t->in + (size_t)i * p->shape.view + (ptrdiff_t)s.first * p->shape.height;
        if (j < s.begin || j >= s.end)
            continue;
        span_at(p, &s, t->axis, j);
        if (p->shape.mixed)
            p->kern->kern_ct_adjoint_cone(&s.line, &s.cone, rays, voxels);
        else if (p->shape.depth == 1)
            p->kern->kern_ct_adjoint_one(&s.line, rays, voxels);
        else
            p->kern->kern_ct_adjoint(&s.line, rays, voxels);
    }
}

static void
adjoint_lines(void *arg, int from, int to)
{
    const struct job *t = arg;

    for (int32_t block = 0; block < t->s->n; block += BLOCK)
        for (int32_t j = from; j < to; j++)
            for (int32_t i = block; i < t->s->n && i < block + BLOCK; i++)
                adjoint_spans(t, i, j);
}

void
ct_project_adjoint(struct ct_project *p, struct par *pool, const struct ct_subset *s,
                   const float *view, float *volume)
{
    struct job t = {p, s, view, volume, 0};

    par_for(pool, 0, p->grid.size, BLOCK, adjoint_lines, &t);
    if (p->turned != NULL)
        turn(volume, p->turned, p->grid.size, p->shape.pitch);
    t.axis = 1;
    par_for(pool, 0, p->grid.size, BLOCK, adjoint_lines, &t);
    if (p->turned != NULL)
        turn(p->turned, volume, p->grid.size, p->shape.pitch);
}

/* ---- between detectors, pictures and this ---- */

void
ct_project_view(const struct ct_project *p, int32_t v, int32_t first, const float *lines,
                float *view)
{
    const struct ct_geometry *g = &p->g;
    int32_t height = p->shape.height, slices = p->shape.mixed ? g->rows : p->grid.slices;

    memset(view, 0, p->shape.view * sizeof *view);
    for (int32_t k = 0; k < slices; k++) {
        double z = p->grid.first_mm + (first + k) * p->grid.slice_mm - p->views[v].z_mm;
        double row = p->shape.mixed ? k : g->axis_row + z / g->row_pitch_mm;
        row = row < 0 ? 0 : row > g->rows - 1 ? g->rows - 1 : row;
        int32_t r = (int32_t)row, next = r + 1 < g->rows ? r + 1 : r;
        float part = (float)(row - r);
        const float *a = lines + (size_t)r * (size_t)g->cols;
        const float *b = lines + (size_t)next * (size_t)g->cols;
        for (int32_t c = 0; c < g->cols; c++)
            view[(size_t)c * (size_t)height + (size_t)k] = a[c] + part * (b[c] - a[c]);
    }
}

void
ct_project_load(const struct ct_project *p, const float *slices, float *volume)
{
    size_t size = (size_t)p->grid.size, pitch = (size_t)p->shape.pitch;
    size_t depth = (size_t)p->shape.depth, n = (size_t)p->grid.slices;

    memset(volume, 0, p->shape.volume * sizeof *volume);
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < size; j++)
            for (size_t i = 0; i < size; i++)
                volume[(j * pitch + i) * depth + k] = slices[(k * size + j) * size + i];
}

void
ct_project_save(const struct ct_project *p, const float *volume, int32_t begin, int32_t end,
                float *slices)
{
    size_t size = (size_t)p->grid.size, pitch = (size_t)p->shape.pitch;
    size_t depth = (size_t)p->shape.depth, from = (size_t)begin, n = (size_t)(end - begin);

    for (size_t j = 0; j < size; j++)
        for (size_t i = 0; i < size; i++)
            for (size_t k = 0; k < n; k++)
                slices[(k * size + j) * size + i] = volume[(j * pitch + i) * depth + from + k];
}
