/* material: low and high attenuation to areal density, effective atomic number and its uncertainty;
 * at MeV also the groups of materials that the pair allows. Equations 9 to 20 of
 * doc/physics/decomposition.md. */
#include "kern/kern.h"
#include "stage/decomposition.h"
#include "stage/steady.h"

#include <math.h>

#define BEND_MOST 2.0f  /* more than this is not a correction any more */
#define NO_ELEMENT 1e5f /* sigma of a cell that fits nothing: neighbours must not dilute it */
/* At kV the branch ends before the turning point: the last cells stand for all elements to 60. */
#define BRANCH_END 41.5f
#define BRANCH_END_SIGMA 5.2f

enum { PARAM_THIN, PARAM_NOISE, PARAM_SIGMA_LIMIT, PARAM_CANDIDATE_SIGMAS, PARAM_STEADY_FROM };
enum { LOW, HIGH, MASK_LOW, MASK_HIGH };
enum { DENSITY, ZEFF, SIGMA, CANDIDATES };

static const struct stage_param params[] = {
    {"thin_g_cm2", "g/cm2", 0.3, 0, 1000, "thinner things stay of unknown material"},
    {"noise", "1", 1, 0, 100, "noise that is left in the attenuation, over that of raw samples"},
    {"sigma_limit", "1", 30, 0.1, 99, "zeff stays unknown where its sigma is larger"},
    {"candidate_sigmas", "1", 2, 0, 10, "a group is a candidate within so many sigmas"},
    {"steady_from", "1", 0, 0, 10,
     "pairs whose raw low attenuation is noisier are averaged over alike neighbours; 0 = none"},
    {NULL, NULL, 0, 0, 0, NULL},
};

struct state {
    struct decomposition d;
    struct kern_material kern;
    float *cells; /* the kernel's */
    struct steady steady;
    const uint8_t *nothing; /* a mask line without bits */
    uint8_t *groups;        /* bits per cell [node][column][row]; NULL at kV */
};

static float
sane(float v, float low, float high)
{
    return v > low ? (v < high ? v : high) : low; /* NaN becomes low */
}

/* Equation 13: noise of y bends the mean of zeff; what it adds on average over a normal
 * distribution (five-point Gauss-Hermite rule) is taken off beforehand. */
static void
take_off_bend(const struct decomposition *d, float noise, float *column)
{
    static const float at[] = {-2.85697001f, -1.35562618f, 0, 1.35562618f, 2.85697001f};
    static const float weight[] = {0.01125741f, 0.22207592f, 0.53333333f, 0.22207592f, 0.01125741f};
    float per_row = (float)(d->ny - 1) / (d->y_max - d->y_min);
    float plain[DECOMPOSITION_SIDE_MAX];

    for (int i = 0; i < d->ny; i++)
        plain[i] = column[i * CELL_SIZE + CELL_ZEFF];
    for (int i = 0; i < d->ny; i++) {
        float *cell = column + i * CELL_SIZE, sum = 0, z = plain[i];
        for (int k = 0; k < 5; k++) {
            float y = (float)i + at[k] * noise * cell[CELL_SIGMA_Y] * per_row;
            y = sane(y, 0, (float)(d->ny - 1) - 1e-3f);
            sum += weight[k] *
                   (plain[(int)y] + (y - (float)(int)y) * (plain[(int)y + 1] - plain[(int)y]));
        }
        cell[CELL_ZEFF] = sane(2 * z - sum, z - BEND_MOST, z + BEND_MOST);
    }
}

static void
copy_cells(struct stage_run *r, struct state *s)
{
    static const float low[CELL_SIZE] = {0, 0, 0, 0};
    static const float high[CELL_SIZE] = {1e4f, 99, DECOMPOSITION_UNKNOWN, 1e6f};
    const struct decomposition *d = &s->d;
    size_t line = (size_t)d->ny * CELL_SIZE, at = 0;
    float noise =
        (float)r->param[PARAM_NOISE] * (r->param[PARAM_STEADY_FROM] > 0 ? STEADY_LEFT : 1.0f);
    float *cells = arena_zero(r->arena, (size_t)d->nodes * (size_t)d->nx * line, sizeof *cells);

    for (int node = 0; node < d->nodes; node++)
        for (int x = 0; x < d->nx; x++) {
            const float *from = decomposition_cells(d, node, x);
            for (size_t i = 0; i < line; i++)
                cells[at++] = sane(from[i], low[i % CELL_SIZE], high[i % CELL_SIZE]);
        }
    for (int i = 0; i < d->nodes * d->nx && !d->mev; i++)
        take_off_bend(d, noise, cells + (size_t)i * line);
    for (size_t i = 0; i < at; i += CELL_SIZE)
        if (!(cells[i + CELL_SIGMA] < DECOMPOSITION_UNKNOWN))
            cells[i + CELL_SIGMA] = NO_ELEMENT;
    s->cells = cells;
    s->kern = (struct kern_material){
        .cells = cells,
        .columns = d->nx,
        .rows = d->ny,
        .stride = d->nodes > 1 ? (uint32_t)(d->nx * d->ny) : 0,
        .x_scale = (float)(d->nx - 1) / sqrtf(d->a_max),
        .y_zero = d->y_min,
        .y_scale = (float)(d->ny - 1) / (d->y_max - d->y_min),
        .bend = d->bend,
        .thin = (float)r->param[PARAM_THIN],
        .sigma_limit = (float)r->param[PARAM_SIGMA_LIMIT],
        .beyond_from = DECOMPOSITION_BEYOND_FROM,
        .beyond_sigma = d->mev ? DECOMPOSITION_BEYOND_SIGMA_MEV : DECOMPOSITION_BEYOND_SIGMA_KV,
        /* a gap has its neighbours' values: good enough for the material, the mask tells */
        .unknown = MASK_SATURATED | MASK_STARVED | MASK_NO_LINE,
    };
}

/* The detector pixel (fractional) of every element: its own, or where ROW_SOURCE maps it to. */
static int
element_places(struct stage_run *r, float *place, struct err *e)
{
    const struct plane_spec *spec = r->in[LOW].spec;
    int32_t n = spec->rows * spec->cols, pixels = n;
    int air = tape_find(r->calib, Q_AIR, r->view, -1);
    const float *source;

    if (air >= 0)
        pixels = tape_plane(r->calib, air)->rows * tape_plane(r->calib, air)->cols;
    for (int32_t i = 0; i < n; i++)
        place[i] = (float)i;
    if (spec->lattice != LATTICE_GRID && n == pixels)
        return 0;
    if (stage_calib(r, Q_ROW_SOURCE, -1, spec, 1, -1, &source, e) != 0)
        return -1;
    for (int32_t i = 0; i < n; i++)
        place[i] = source[i] >= 0 ? source[i] : i > 0 ? place[i - 1] : 0;
    return 0;
}

static int
open_nodes(struct stage_run *r, struct state *s, struct err *e)
{
    const struct decomposition *d = &s->d;
    size_t n = (size_t)stage_elements(&r->in[LOW]);
    float *place = arena_zero(r->arena, n, sizeof *place);
    float *weight = arena_zero(r->arena, n, sizeof *weight);
    uint32_t *node = arena_zero(r->arena, n, sizeof *node);

    if (element_places(r, place, e) != 0)
        return -1;
    for (size_t i = 0; i < n && d->nodes > 1; i++) {
        int k = 0;
        while (k < d->nodes - 2 && place[i] > d->place[k + 1])
            k++;
        node[i] = (uint32_t)k * s->kern.stride;
        weight[i] = sane((place[i] - d->place[k]) / (d->place[k + 1] - d->place[k]), -1, 2);
    }
    s->kern.node = node;
    s->kern.weight = weight;
    return 0;
}

/* Equation 20: the groups whose range of y comes within so many sigmas of a cell. */
static uint8_t
cell_groups(const struct decomposition *d, const float *cell, const float *ranges, float y,
            float sigmas)
{
    unsigned bits = 0;
    float reach = sigmas * cell[CELL_SIGMA_Y] + 0.5f * (d->y_max - d->y_min) / (float)(d->ny - 1);

    if (!(cell[CELL_SIGMA] < DECOMPOSITION_UNKNOWN))
        return 0;
    for (int g = 0; g < GROUPS; g++)
        if (y + reach >= ranges[2 * g] && y - reach <= ranges[2 * g + 1])
            bits |= 1u << g;
    return (uint8_t)bits;
}

static void
open_groups(struct stage_run *r, struct state *s)
{
    const struct decomposition *d = &s->d;
    size_t at = 0, cells = (size_t)d->nodes * (size_t)d->nx * (size_t)d->ny;
    float sigmas = (float)(r->param[PARAM_CANDIDATE_SIGMAS] * r->param[PARAM_NOISE]);

    s->groups = arena_zero(r->arena, cells, 1);
    for (int node = 0; node < d->nodes; node++)
        for (int x = 0; x < d->nx; x++) {
            const float *ranges = decomposition_ranges(d, node, x);
            for (int y = 0; y < d->ny; y++, at++)
                s->groups[at] = cell_groups(
                    d, s->kern.cells + at * CELL_SIZE, ranges,
                    d->y_min + (d->y_max - d->y_min) * (float)y / (float)(d->ny - 1), sigmas);
        }
}

/* The kernel wants to know below what no zeff is ever sure, in place of sigma(y). */
static void
set_floor(struct state *s)
{
    size_t n = (size_t)s->d.nodes * (size_t)s->d.nx * (size_t)s->d.ny;

    for (float *cell = s->cells; cell < s->cells + n * CELL_SIZE; cell += CELL_SIZE)
        cell[CELL_SIGMA_Y] = !s->d.mev && cell[CELL_ZEFF] > BRANCH_END ? BRANCH_END_SIGMA : 0;
}

static int
material_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct state *s = arena_zero(r->arena, 1, sizeof *s);

    if (decomposition_open(r->calib, r->view, &s->d, e) != 0)
        return -1;
    copy_cells(r, s);
    struct steady_want want = {.on = r->param[PARAM_STEADY_FROM] > 0,
                               .from = (float)r->param[PARAM_STEADY_FROM],
                               .bend = s->d.bend,
                               .noise = (float)r->param[PARAM_NOISE]};
    if (open_nodes(r, s, e) != 0 || steady_open(r, LOW, HIGH, &want, &s->steady, e) != 0)
        return -1;
    s->nothing = arena_zero(r->arena, (size_t)stage_elements(&r->in[LOW]), 1);
    if (s->d.mev)
        open_groups(r, s);
    else
        shape->rows[CANDIDATES] = STAGE_NONE;
    set_floor(s);
    r->state = s;
    return 0;
}

/* The candidates of one line: the cell nearest to each pair. */
static void
find_candidates(const struct state *s, const float *low, const float *high, const uint8_t *mask_low,
                const uint8_t *mask_high, const float *density, uint8_t *out, int32_t n)
{
    const struct kern_material *k = &s->kern;

    for (int32_t i = 0; i < n; i++) {
        float a = high[i] > 1e-3f ? high[i] : 1e-3f;
        float x = sqrtf(a) * k->x_scale + 0.5f;
        float y = ((low[i] - a) * (1 + k->bend * a) / a - k->y_zero) * k->y_scale + 0.5f;
        int32_t ix = (int32_t)sane(x, 0, (float)(k->columns - 1));
        int32_t iy = (int32_t)sane(y, 0, (float)(k->rows - 1));
        uint32_t node = k->node[i] + (k->weight[i] > 0.5f ? k->stride : 0);
        bool blind = ((mask_low[i] | mask_high[i]) & k->unknown) != 0 || density[i] < k->thin;
        out[i] = blind ? 0 : s->groups[node + (uint32_t)(ix * k->rows + iy)];
    }
}

static void
material_line(const struct stage_run *r, int32_t line, int32_t from, int32_t to)
{
    const struct state *s = r->state;
    const float *high = stage_in(r, HIGH, line);
    const uint8_t *mask_low = stage_in(r, MASK_LOW, line),
                  *mask_high = stage_in(r, MASK_HIGH, line);
    float *density = stage_out(r, DENSITY, line), *zeff = stage_out(r, ZEFF, line);
    float *sigma = stage_out(r, SIGMA, line), room[STEADY_BLOCK], noise[STEADY_BLOCK];
    struct kern_material k = s->kern;

    mask_low = mask_low == NULL ? s->nothing : mask_low;
    mask_high = mask_high == NULL ? s->nothing : mask_high;
    for (int32_t at = from; at < to; at += STEADY_BLOCK) {
        int32_t n = to - at < STEADY_BLOCK ? to - at : STEADY_BLOCK;
        const float *low = steady_block(r, &s->steady, line, at, at + n, room, noise);
        k.node = s->kern.node + at;
        k.weight = s->kern.weight + at;
        r->kern->kern_material(&k, low, high + at, mask_low + at, mask_high + at, noise,
                               density + at, zeff + at, sigma + at, (size_t)n);
    }
    if (s->groups != NULL)
        find_candidates(s, stage_in(r, LOW, line), high, mask_low, mask_high, density,
                        stage_out(r, CANDIDATES, line), to - from);
}

static void
material_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    for (int32_t line = begin; line < end; line++)
        material_line(r, line, from, to);
}

const struct stage stage_material = {
    .name = "material",
    .brief = "Areal density and effective atomic number from the two attenuations; at MeV the "
             "material groups that they allow.",
    .params = params,
    .reads = {{.quantity = Q_ATTENUATION, .energy = 0, .halo = KERN_STEADY_RADIUS},
              {.quantity = Q_ATTENUATION, .energy = 1, .halo = KERN_STEADY_RADIUS},
              {.quantity = Q_MASK, .energy = 0, .optional = true},
              {.quantity = Q_MASK, .energy = 1, .optional = true}},
    .writes = {{.quantity = Q_AREAL_DENSITY, .lattice = STAGE_LATTICE_SAME},
               {.quantity = Q_ZEFF, .lattice = STAGE_LATTICE_SAME},
               {.quantity = Q_ZEFF_SIGMA, .lattice = STAGE_LATTICE_SAME},
               {.quantity = Q_CANDIDATES, .lattice = STAGE_LATTICE_SAME}},
    .n_reads = 4,
    .n_writes = 4,
    .per = STAGE_PER_VIEW,
    .split = STAGE_BY_LINE,
    .open = material_open,
    .run = material_run,
};
