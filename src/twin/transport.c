/* transport: see transport.h. Tables first (per spectrum, per view and energy), then the rays. */
#include "twin/transport.h"

#include "base/arena.h"
#include "kern/kern.h"

#include <math.h>
#include <string.h>

#define LANES 8              /* bins come in multiples of this */
#define NODES 16             /* obliquities at which the response is tabulated, at most ... */
#define NODE_STEP 0.25       /* ... and how far apart they need not be closer */
#define ROW_STEP (1.0 / 512) /* of obliquity: pixels of a gantry closer than this share a row */
#define BINS_MAX (SPECTRUM_BINS_MAX + LANES)

/* One view and energy. */
struct layer {
    int beam;
    float *mean, *square;         /* [rows][bins]: keV and keV^2 of a line without item */
    double *row_air, *row_square; /* their sums */
    int *row;                     /* of a pixel ... */
    float *share;                 /* ... and what it has of it */
    double *air, *air_square, air_max;
};

/* One spectrum, cut into bins that all layers share which it lights. */
struct beam {
    int bins;            /* a multiple of LANES */
    float *mu;           /* [materials][bins], per mm; the plate comes last, per g/cm2 */
    int first[BINS_MAX]; /* spectrum bins [first[b], first[b + 1]) make bin b */
};

struct transport {
    const struct scanner *scanner;
    const struct scene *scene;
    const struct kern *kern;
    int materials;
    bool plate;
    struct beam beam[SCANNER_ENERGIES];
    struct layer layer[GEOMETRY_VIEWS_MAX][SCANNER_ENERGIES];
    struct sub *sub[GEOMETRY_VIEWS_MAX]; /* [pixels][subs] */
    int subs;
    struct arena arena;
};

/* One sub-ray in the frame of source and detector. */
struct sub {
    double a[3], b[3];
};

/* Whether a K edge of a common heavy element lies between two energies: no bin may span it. */
static bool
edge_between(double low_kev, double high_kev)
{
    static const int heavy[] = {48, 50, 51, 53, 56, 64, 73, 74, 79, 82, 83, 92};
    double edge[32];

    for (size_t i = 0; i < sizeof heavy / sizeof *heavy; i++) {
        int n = xs_edges(heavy[i], edge, 32);
        if (n > 0 && edge[n - 1] > low_kev && edge[n - 1] <= high_kev)
            return true;
    }
    return false;
}

/* Boundaries of merged bins: equal steps of the root of the energy, a compromise between equal
 * spread of mu at low and at high energies (twin.md, equation 4), cut at the edges above. */
static void
cut_bins(const struct spectrum *s, int bins, struct beam *beam)
{
    double first = sqrt(s->kev[0]), span = sqrt(s->kev[s->n - 1]) - first;
    int n = 0, last = -1;

    bins = bins > s->n ? s->n : bins;
    for (int i = 0; i < s->n; i++) {
        double at = span > 0 ? (sqrt(s->kev[i]) - first) / span * bins : 0;
        int bin = bins == s->n ? i : at < bins - 1 ? (int)at : bins - 1;
        if (bin != last || edge_between(s->kev[i - 1], s->kev[i]))
            beam->first[n++] = i;
        last = bin;
    }
    beam->bins = (n + LANES - 1) / LANES * LANES;
    for (int i = n; i <= beam->bins; i++)
        beam->first[i] = s->n;
}

/* Photons per mm2 and line, times what they deposit in all layers at normal incidence: the weight
 * with which mu is averaged in a bin. */
static void
bin_weights(const struct scanner *s, int beam, double *weight)
{
    const struct spectrum *spectrum = &s->channel[beam].spectrum;

    memset(weight, 0, SPECTRUM_BINS_MAX * sizeof *weight);
    for (int k = 0; k < s->energies; k++) {
        if (s->source.interlaced && k != beam)
            continue;
        double total = 0, deposited[SPECTRUM_BINS_MAX], passed;
        for (int i = 0; i < spectrum->n; i++) {
            response_photon(&s->channel[k].response, spectrum->kev[i], 1, &deposited[i], &passed);
            deposited[i] *= spectrum->photons[i];
            total += deposited[i];
        }
        for (int i = 0; i < spectrum->n; i++)
            weight[i] += deposited[i] / total + 1e-12 * spectrum->photons[i];
    }
}

static void
fill_mu(const struct beam *beam, const struct spectrum *spectrum, const double *weight,
        const struct material *m, double scale, float *mu)
{
    for (int b = 0; b < beam->bins; b++) {
        double sum = 0, total = 0;
        for (int i = beam->first[b]; i < beam->first[b + 1]; i++) {
            sum += weight[i] * material_mu_total(m, spectrum->kev[i]);
            total += weight[i];
        }
        mu[b] = total > 0 ? (float)(sum / total * scale) : 0.0f;
    }
}

static void
make_beam(struct transport *t, int k, const struct material *plate)
{
    const struct spectrum *spectrum = &t->scanner->channel[k].spectrum;
    struct beam *beam = &t->beam[k];
    double weight[SPECTRUM_BINS_MAX];

    cut_bins(spectrum, t->scanner->bins, beam);
    bin_weights(t->scanner, k, weight);
    beam->mu =
        arena_zero(&t->arena, (size_t)(t->materials + 1) * (size_t)beam->bins, sizeof *beam->mu);
    for (int m = 0; m < t->materials; m++) {
        const struct material *material = scene_material(t->scene, m);
        fill_mu(beam, spectrum, weight, material, material->density_g_cm3 / 10,
                beam->mu + (size_t)m * (size_t)beam->bins);
    }
    if (plate != NULL)
        fill_mu(beam, spectrum, weight, plate, 1,
                beam->mu + (size_t)t->materials * (size_t)beam->bins);
}

/* What one photon per mm2 and mAs of every bin gives, at NODES obliquities. */
struct response_nodes {
    int n;
    double low, step;
    double mean[NODES][BINS_MAX], square[NODES][BINS_MAX];
};

static void
fill_nodes(const struct scanner *s, const struct beam *beam, const struct spectrum *spectrum,
           int energy, struct response_nodes *nodes)
{
    const struct response *r = &s->channel[energy].response;

    for (int j = 0; j < nodes->n; j++) {
        double obliquity = nodes->low + j * nodes->step;
        for (int b = 0; b < beam->bins; b++) {
            double mean = 0, square = 0;
            for (int i = beam->first[b]; i < beam->first[b + 1]; i++) {
                double deposited, passed, photons = spectrum->photons[i];
                response_photon(r, spectrum->kev[i], obliquity, &deposited, &passed);
                mean += photons * deposited;
                square += photons * response_square(r, spectrum->kev[i], obliquity);
            }
            nodes->mean[j][b] = mean;
            nodes->square[j][b] = square;
        }
    }
}

static double
line_charge(const struct scanner *s, int beam)
{
    return s->source.pulsed ? s->channel[beam].charge : s->source.current_ma * scanner_line_s(s);
}

/* What one photon per mm2 and unit of charge gives at an obliquity, times `scale`. */
static void
fill_row(struct layer *l, int row, int bins, const struct response_nodes *nodes, double obliquity,
         double scale)
{
    double x = nodes->step > 0 ? (obliquity - nodes->low) / nodes->step : 0;
    int j = x < nodes->n - 2 ? (int)x : nodes->n - 2;
    double f = x - j;

    for (int b = 0; b < bins; b++) {
        size_t at = (size_t)row * (size_t)bins + (size_t)b;
        double mean = scale * ((1 - f) * nodes->mean[j][b] + f * nodes->mean[j + 1][b]);
        double square = scale * ((1 - f) * nodes->square[j][b] + f * nodes->square[j + 1][b]);
        l->mean[at] = (float)mean;
        l->square[at] = (float)square;
        l->row_air[row] += l->mean[at];
        l->row_square[row] += l->square[at];
    }
}

/* Pixels of an arm have a row of the table each; those of a gantry are many and share one where
 * their obliquities are alike, so that the tables stay in the cache. */
static void
fill_layer(struct transport *t, int view, int energy, const struct response_nodes *nodes)
{
    struct layer *l = &t->layer[view][energy];
    const struct scanner *s = t->scanner;
    int bins = t->beam[l->beam].bins, n = pixels_shape(s, view).n;

    for (int p = 0; p < n; p++) {
        double distance, obliquity;
        pixels_ray(s, view, p, &distance, &obliquity);
        double area = pixels_area_mm2(s, view, p) / obliquity;
        double scale = line_charge(s, l->beam) * area * 1e6 / (distance * distance);
        int row = s->gantry.turns ? (int)((obliquity - nodes->low) / ROW_STEP) : p;
        l->row[p] = row;
        l->share[p] = s->gantry.turns ? (float)scale : 1;
        if (!s->gantry.turns)
            fill_row(l, row, bins, nodes, obliquity, scale);
        else if (!(l->row_air[row] > 0))
            fill_row(l, row, bins, nodes, nodes->low + (row + 0.5) * ROW_STEP, 1);
        l->air[p] = (double)l->share[p] * l->row_air[row];
        l->air_square[p] = (double)l->share[p] * l->row_square[row];
        l->air_max = l->air[p] > l->air_max ? l->air[p] : l->air_max;
    }
}

static void
make_layer(struct transport *t, int view, int energy, struct response_nodes *nodes)
{
    const struct scanner *s = t->scanner;
    struct layer *l = &t->layer[view][energy];
    double distance, obliquity, high = 1;

    l->beam = s->source.interlaced ? energy : 0;
    const struct beam *beam = &t->beam[l->beam];
    size_t n = (size_t)pixels_shape(s, view).n;
    nodes->low = 1e300;
    for (int p = 0; p < (int)n; p++) {
        pixels_ray(s, view, p, &distance, &obliquity);
        nodes->low = obliquity < nodes->low ? obliquity : nodes->low;
        high = obliquity > high ? obliquity : high;
    }
    nodes->n = 2 + (int)((high - nodes->low) / NODE_STEP);
    nodes->n = nodes->n > NODES ? NODES : nodes->n;
    nodes->step = (high - nodes->low) / (nodes->n - 1);
    size_t rows = s->gantry.turns ? (size_t)((high - nodes->low) / ROW_STEP) + 1 : n;
    size_t cells = rows * (size_t)beam->bins;
    l->mean = arena_zero(&t->arena, cells, sizeof *l->mean);
    l->square = arena_zero(&t->arena, cells, sizeof *l->square);
    l->row_air = arena_zero(&t->arena, rows, sizeof *l->row_air);
    l->row_square = arena_zero(&t->arena, rows, sizeof *l->row_square);
    l->row = arena_zero(&t->arena, n, sizeof *l->row);
    l->share = arena_zero(&t->arena, n, sizeof *l->share);
    l->air = arena_zero(&t->arena, n, sizeof *l->air);
    l->air_square = arena_zero(&t->arena, n, sizeof *l->air_square);
    fill_nodes(s, beam, &s->channel[l->beam].spectrum, energy, nodes);
    fill_layer(t, view, energy, nodes);
}

static void
make_subs(struct transport *t, int view)
{
    const struct scanner *s = t->scanner;
    int samples[2] = {s->samples[0], s->samples[1]}, n = pixels_shape(s, view).n;

    if (!s->on[EFFECT_BLUR])
        samples[0] = samples[1] = 1;
    t->subs = samples[0] * samples[1];
    t->sub[view] = arena_zero(&t->arena, (size_t)n * (size_t)t->subs, sizeof(struct sub));
    for (int p = 0; p < n; p++)
        for (int i = 0; i < t->subs; i++) {
            struct sub *r = &t->sub[view][p * t->subs + i];
            pixels_sub(s, samples, view, p, i % samples[0], i / samples[0], r->a, r->b);
        }
}

struct transport *
transport_new(const struct scanner *s, const struct scene *scene, const struct material *plate)
{
    struct transport *t = mem_zero(1, sizeof *t);
    struct response_nodes *nodes = mem_zero(1, sizeof *nodes);

    t->scanner = s;
    t->scene = scene;
    t->kern = kern_get(0);
    t->materials = scene == NULL ? 0 : scene_materials(scene);
    t->plate = plate != NULL;
    for (int k = 0; k < (s->source.interlaced ? s->energies : 1); k++)
        make_beam(t, k, plate);
    for (int v = 0; v < pixels_views(s); v++) {
        for (int k = 0; k < s->energies; k++)
            make_layer(t, v, k, nodes);
        make_subs(t, v);
    }
    mem_free(nodes);
    return t;
}

void
transport_free(struct transport *t)
{
    if (t == NULL)
        return;
    arena_free(&t->arena);
    mem_free(t);
}

double
transport_air(const struct transport *t, int view, int energy, int pixel)
{
    return t->layer[view][energy].air[pixel];
}

double
transport_air_square(const struct transport *t, int view, int energy, int pixel)
{
    return t->layer[view][energy].air_square[pixel];
}

const double *
transport_all_air(const struct transport *t, int view, int energy)
{
    return t->layer[view][energy].air;
}

const double *
transport_all_squares(const struct transport *t, int view, int energy)
{
    return t->layer[view][energy].air_square;
}

double
transport_air_max(const struct transport *t, int view, int energy)
{
    return t->layer[view][energy].air_max;
}

static void
trace_sub(const struct transport *t, const struct sub *r, const struct pixels_pose *pose,
          struct scene_path *path)
{
    double a[3], b[3];

    path->n = 0;
    if (t->scene == NULL)
        return;
    pixels_place(pose, r->a, a);
    pixels_place(pose, r->b, b);
    scene_trace(t->scene, a, b, path);
}

static bool
same_path(const struct scene_path *a, const struct scene_path *b)
{
    if (a->n != b->n)
        return false;
    for (int i = 0; i < a->n; i++)
        if (a->material[i] != b->material[i] || a->mm[i] != b->mm[i])
            return false;
    return true;
}

/* transmission[b] += exp(-sum mu l) of one beam along one path. */
static void
add_path(const struct transport *t, const struct beam *beam, const struct scene_path *path,
         double plate_g_cm2, float *transmission)
{
    int row[SCENE_PARTS_MAX + 1], n = path->n;
    float length[SCENE_PARTS_MAX + 1];

    for (int i = 0; i < n; i++) {
        row[i] = path->material[i];
        length[i] = (float)path->mm[i];
    }
    if (plate_g_cm2 > 0) {
        row[n] = t->materials;
        length[n++] = (float)plate_g_cm2;
    }
    t->kern->kern_beer(beam->mu, row, length, n, transmission, (size_t)beam->bins);
}

/* Equation 3 for one pixel and layer. */
static void
detect(const struct transport *t, const struct layer *l, int pixel, const float *transmission,
       float scale, float *kev, float *square)
{
    size_t bins = (size_t)t->beam[l->beam].bins, at = (size_t)l->row[pixel] * bins;
    float out[2];

    t->kern->kern_detect(transmission, l->mean + at, l->square + at, out, bins);
    kev[pixel] = out[0] * scale * l->share[pixel];
    square[pixel] = out[1] * scale * l->share[pixel];
}

/* The paths of all sub-rays of a pixel; returns how many differ: 1 when all are alike. */
static int
trace_pixel(const struct transport *t, int view, int pixel, const struct pixels_pose *pose,
            struct scene_path *path)
{
    bool alike = true;

    for (int i = 0; i < t->subs; i++) {
        trace_sub(t, &t->sub[view][pixel * t->subs + i], pose, &path[i]);
        alike = alike && (i == 0 || same_path(&path[i], &path[0]));
    }
    return alike ? 1 : t->subs;
}

static void
run_pixel(const struct transport *t, int view, const struct pixels_pose *pose, double plate,
          int pixel, float *const kev[], float *const square[])
{
    struct scene_path path[SCANNER_SAMPLES_MAX];
    float transmission[BINS_MAX];
    int done = -1, paths = trace_pixel(t, view, pixel, pose, path);
    bool air = paths == 1 && path[0].n == 0 && plate <= 0;

    for (int k = 0; k < t->scanner->energies; k++) {
        const struct layer *l = &t->layer[view][k];
        const struct beam *beam = &t->beam[l->beam];
        if (kev[k] == NULL)
            continue;
        if (air) {
            kev[k][pixel] = (float)l->air[pixel];
            square[k][pixel] = (float)l->air_square[pixel];
            continue;
        }
        if (l->beam != done) {
            memset(transmission, 0, (size_t)beam->bins * sizeof *transmission);
            for (int i = 0; i < paths; i++)
                add_path(t, beam, &path[i], plate, transmission);
            done = l->beam;
        }
        detect(t, l, pixel, transmission, 1.0f / (float)paths, kev[k], square[k]);
    }
}

void
transport_run(const struct transport *t, int view, const struct pixels_pose *pose,
              double plate_g_cm2, int begin, int end, float *const kev[SCANNER_ENERGIES],
              float *const square[SCANNER_ENERGIES])
{
    for (int p = begin; p < end; p++)
        run_pixel(t, view, pose, plate_g_cm2, p, kev, square);
}
