/* volume: see volume.h. A label reads "KIND SIZE GROUP": "wire 0.2 20-mm-off", "bead 0.8
 * 30-mm-off", "even 300 water", "matter 40 pmma", "length 200 across"; sizes in mm. Groups of even
 * and matter are materials. */
#include "quality/volume.h"

#include "base/num.h"
#include "base/text.h"
#include "phys/material.h"
#include "quality/optics.h"
#include "quality/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MTF_POINTS 49
#define MTF_REACH 1.3 /* of the Nyquist frequency at the axis */
#define WIRE_PIXELS 5 /* radius of what is looked at, in pixels at the axis */
#define BEAD_PIXELS 1.5
#define FINE 2.0       /* voxels a pixel, slices a row, that wires and beads need */
#define EVEN_VOXELS 48 /* radius of a cylinder, at least */

enum kind {
    MTF50,
    MTF20,
    FWHM,
    FWTM,
    NUMBER,
    CUPPING,
    UNIFORMITY,
    NOISE,
    NPS,
    DENSITY,
    ZEFF,
    LENGTH
};

/* How much a figure may be worse than the kept table: noise differs with every change. */
static const struct quality_kind kinds[] = {
    [MTF50] = {"mtf50", "mm", "cycles/cm", +1, true, 0.03, 0},
    [MTF20] = {"mtf20", "mm", "cycles/cm", +1, true, 0.03, 0},
    [FWHM] = {"fwhm", "mm", "mm", -1, true, 0.03, 0},
    [FWTM] = {"fwtm", "mm", "mm", -1, true, 0.05, 0},
    [NUMBER] = {"number", "mm", "% off", -1, true, 0, 0.1},
    [CUPPING] = {"cupping", "mm", "%", -1, true, 0, 0.1},
    [UNIFORMITY] = {"uniformity", "mm", "% off", -1, true, 0, 0.1},
    [NOISE] = {"noise", "mm", "%", -1, true, 0.05, 0},
    [NPS] = {"nps", "mm", "cycles/cm, mean", +1, true, 0.05, 0},
    [DENSITY] = {"density", "mm", "% off", -1, true, 0, 0.2},
    [ZEFF] = {"zeff", "mm", "bias", -1, true, 0, 0.05},
    [LENGTH] = {"length", "mm", "% off", -1, true, 0, 0.05},
};

struct object {
    double size, box[6]; /* x, y, z from and to */
    const char *group;
};

struct volume {
    struct quality_optics optics;
    struct quality_slices attenuation, density, zeff; /* slice NULL: there is none */
    int energy;
    struct quality_figures *figures;
};

/* ---- what the tape holds ---- */

static int
plane_of(const struct tape *t, enum quantity q, int view, int energy)
{
    for (int i = 0; i < tape_planes(t); i++) {
        const struct plane_spec *s = tape_plane(t, i);
        if (s->quantity == q && s->lattice == LATTICE_SLICE && (view < 0 || s->view == view) &&
            (energy < 0 || s->energy == energy) && tape_mark(t, i) > 0)
            return i;
    }
    return -1;
}

bool
quality_is_volume(const struct tape *t)
{
    return plane_of(t, Q_LINEAR_ATTENUATION, -1, -1) >= 0;
}

static void
bind_slices(const struct tape *t, int plane, const struct ct_grid *g, struct arena *a,
            struct quality_slices *s)
{
    s->slice = NULL;
    if (plane < 0 || tape_plane(t, plane)->rows != g->size || tape_plane(t, plane)->cols != g->size)
        return;
    const float **slice = arena_zero(a, (size_t)g->slices + 1, sizeof *slice);
    s->grid = *g;
    s->grid.slices = tape_mark(t, plane) < g->slices ? tape_mark(t, plane) : g->slices;
    for (int32_t k = 0; k < s->grid.slices; k++)
        slice[k] = tape_read(t, plane, k);
    s->slice = slice;
}

/* The recipe that made slices, and its stage of them. */
static const struct text_node *
find_stage(const struct text *t, const struct text_node **recipe)
{
    for (const struct text_node *n = t->root->first; n != NULL; n = n->next)
        for (const struct text_node *s = n->first; strcmp(n->word, "recipe") == 0 && s != NULL;
             s = s->next)
            if (text_find(s, "voxel_mm") != NULL) {
                *recipe = n;
                return s;
            }
    return NULL;
}

static int
read_grid(const struct text *t, const struct text_node *stage, const struct plane_spec *p,
          struct ct_grid *g, struct err *e)
{
    *g = (struct ct_grid){.size = p->cols, .slices = p->lines};
    if (text_set(t, stage, "voxel_mm", 1e-6, 1e3, &g->voxel_mm, e) != 0 ||
        text_set(t, stage, "slice_mm", 1e-6, 1e3, &g->slice_mm, e) != 0 ||
        text_set(t, stage, "first_mm", -1e6, 1e6, &g->first_mm, e) != 0 ||
        text_set(t, stage, "centre_x_mm", -1e4, 1e4, &g->centre_mm[0], e) != 0 ||
        text_set(t, stage, "centre_y_mm", -1e4, 1e4, &g->centre_mm[1], e) != 0)
        return -1;
    return p->rows == p->cols && g->voxel_mm > 0 && g->slice_mm > 0
               ? 0
               : text_error(t, stage, e, "these are no square slices with voxels of known size");
}

static int
bind_volume(const struct tape *t, int view, const struct text *about, struct volume *v,
            struct err *e)
{
    const struct text_node *recipe, *stage = find_stage(about, &recipe);
    int plane = -1, high = 3;
    struct ct_grid grid;

    while (plane < 0 && --high >= 0) /* the energy with the most light */
        plane = plane_of(t, Q_LINEAR_ATTENUATION, view, high);
    if (plane < 0 || stage == NULL)
        return err_set(e, ERR_INPUT,
                       "view %d has no volume that says how it was made: give the output of "
                       "'doorlicht ct'",
                       view);
    if (quality_optics_read(about, recipe, &v->optics, e) != 0 ||
        read_grid(about, stage, tape_plane(t, plane), &grid, e) != 0)
        return -1;
    struct arena *a = &v->figures->arena;
    v->energy = high;
    bind_slices(t, plane, &grid, a, &v->attenuation);
    bind_slices(t, plane_of(t, Q_ELECTRON_DENSITY, view, -1), &grid, a, &v->density);
    bind_slices(t, plane_of(t, Q_ZEFF, view, -1), &grid, a, &v->zeff);
    return 0;
}

/* ---- figures ---- */

static int
add(struct volume *v, enum kind kind, const struct object *o, double value, double predicted,
    const struct quality_curve *curve, struct err *e)
{
    struct quality_figures *f = v->figures;

    if (f->n == QUALITY_FIGURES_MAX)
        return err_set(e, ERR_LIMIT, "more than %d figures", QUALITY_FIGURES_MAX);
    if (!isfinite(value))
        return err_set(e, ERR_INPUT, "%s is not to be seen: the volume ends too near to it",
                       kinds[kind].name);
    f->figure[f->n++] = (struct quality_figure){.kind = &kinds[kind],
                                                .group = o->group,
                                                .size = o->size,
                                                .value = value,
                                                .predicted = predicted,
                                                .seen = true,
                                                .energy = v->energy,
                                                .curve = curve};
    return 0;
}

static struct quality_curve *
new_curve(struct volume *v, const char *x, const char *y, double first, double step, int n)
{
    struct arena *a = &v->figures->arena;
    struct quality_curve *c = arena_zero(a, 1, sizeof *c);

    *c = (struct quality_curve){x, y, first, step, n, NULL, NULL};
    c->value = arena_zero(a, (size_t)n, sizeof *c->value);
    c->predicted = arena_zero(a, (size_t)n, sizeof *c->predicted);
    return c;
}

static int
check_voxels(double have, double pixel, const char *option, struct err *e)
{
    return have <= pixel / FINE * 1.001
               ? 0
               : err_set(e, ERR_INPUT,
                         "%.3g mm is too coarse to see how sharp the scanner is: reconstruct with "
                         "%s %.3g or less",
                         have, option, pixel / FINE);
}

/* Heights at which every view of a circular cone scan sees all of an object; any, otherwise. */
static double
covered_mm(const struct quality_optics *q, const struct object *o)
{
    const struct ct_geometry *g = &q->g;
    double below = g->axis_row, above = g->rows - 1 - g->axis_row, reach = 0;

    if (q->helical || g->beam != CT_CONE)
        return INFINITY;
    for (int corner = 0; corner < 4; corner++) {
        double x = o->box[corner % 2], y = o->box[2 + corner / 2], r = sqrt(x * x + y * y);
        reach = r > reach ? r : reach;
    }
    return (below < above ? below : above) * g->row_pitch_mm * (g->source_mm - reach) /
           g->detector_mm;
}

/* The middle half of an object, as far as all views see it; false if the slices hold none of it. */
static bool
narrow(const struct volume *v, const struct object *o, struct object *in, int32_t *from,
       int32_t *to)
{
    double reach = covered_mm(&v->optics, o);

    *in = *o;
    for (int a = 0; a < 3; a++) {
        double quarter = 0.25 * (o->box[2 * a + 1] - o->box[2 * a]);
        in->box[2 * a] += quarter;
        in->box[2 * a + 1] -= quarter;
    }
    in->box[4] = in->box[4] > -reach ? in->box[4] : -reach;
    in->box[5] = in->box[5] < reach ? in->box[5] : reach;
    quality_between(&v->attenuation, in->box[4], in->box[5], from, to);
    return *to > *from;
}

static int
measure_wire(struct volume *v, const struct object *o, const double at[3], struct err *e)
{
    const struct quality_optics *q = &v->optics;
    double pixel = quality_pixel_mm(q), step = MTF_REACH / (2 * pixel * (MTF_POINTS - 1));
    struct object in;
    int32_t from, to;

    if (!quality_inside(&v->attenuation, at, 1.4 * WIRE_PIXELS * pixel) ||
        !narrow(v, o, &in, &from, &to))
        return 0;
    if (check_voxels(v->attenuation.grid.voxel_mm, pixel, "--voxel-mm", e) != 0)
        return -1;
    struct quality_curve *c = new_curve(v, "cycles/mm", "mtf", 0, step, MTF_POINTS);
    quality_wire(&v->attenuation, from, to, at, WIRE_PIXELS * pixel, step, c->n, c->value);
    for (int i = 0; i < c->n; i++)
        for (int d = 0; d < 36; d++)
            c->predicted[i] += quality_optics_mtf(q, at, NUM_PI * d / 36, i * step, o->size) / 36;
    quality_windowed(c->predicted, c->n, step, WIRE_PIXELS * pixel);
    for (int i = 0; i < 2; i++) {
        double level = i == 0 ? 0.5 : 0.2, per_cm = 10 * step;
        if (add(v, i == 0 ? MTF50 : MTF20, o, per_cm * quality_falls(c->value, c->n, level),
                per_cm * quality_falls(c->predicted, c->n, level), i == 0 ? c : NULL, e) != 0)
            return -1;
    }
    return 0;
}

static int
measure_bead(struct volume *v, const struct object *o, const double at[3], struct err *e)
{
    const struct ct_grid *g = &v->attenuation.grid;
    double radius = BEAD_PIXELS * quality_pixel_mm(&v->optics), row = quality_row_mm(&v->optics);

    if (!quality_inside(&v->attenuation, at, 3 * radius) || at[2] < g->first_mm ||
        at[2] > g->first_mm + (g->slices - 1) * g->slice_mm)
        return 0;
    if (check_voxels(g->slice_mm, row / 2, "--slice-mm", e) != 0)
        return -1;
    struct quality_curve *c =
        new_curve(v, "mm", "sensitivity", g->first_mm, g->slice_mm, g->slices);
    quality_bead(&v->attenuation, at, radius, c->value);
    for (int k = 0; k < c->n; k++)
        c->predicted[k] =
            quality_optics_slice(&v->optics, at, o->size, g->first_mm + k * g->slice_mm);
    for (int i = 0; i < 2; i++) {
        double level = i == 0 ? 0.5 : 0.1;
        if (add(v, i == 0 ? FWHM : FWTM, o, quality_width(c->value, c->n, c->step, level),
                quality_width(c->predicted, c->n, c->step, level), i == 0 ? c : NULL, e) != 0)
            return -1;
    }
    return 0;
}

static int
add_density(struct volume *v, enum kind kind, const struct object *in, struct err *e)
{
    struct material m;
    double share;

    if (material_find(in->group, &m, e) != 0)
        return -1;
    double truth = material_electrons_mol_g(&m) * m.density_g_cm3;
    double mean = quality_box(&v->density, in->box, false, &share);
    return add(v, kind, in, 100 * (mean / truth - 1), NAN, NULL, e);
}

static int
measure_even(struct volume *v, const struct object *o, const double at[3], struct err *e)
{
    const struct quality_slices *s = &v->attenuation;
    double radius = o->size / 2;
    struct quality_even even;
    struct object in;
    int32_t from, to;

    if (!quality_inside(s, at, radius) || !narrow(v, o, &in, &from, &to))
        return 0;
    if (radius < EVEN_VOXELS * s->grid.voxel_mm)
        return err_set(e, ERR_INPUT,
                       "voxels of %.3g mm are too coarse for its noise: reconstruct with "
                       "--voxel-mm %.3g or less",
                       s->grid.voxel_mm, radius / EVEN_VOXELS);
    struct quality_curve *c = new_curve(
        v, "cycles/mm", "noise power, (1/cm)^2 mm^2", 0.25 / QUALITY_NPS_POINTS / s->grid.voxel_mm,
        0.5 / QUALITY_NPS_POINTS / s->grid.voxel_mm, QUALITY_NPS_POINTS);
    c->predicted = NULL;
    quality_even(s, from, to, at, radius, &even, c->value);
    if (v->density.slice != NULL && add_density(v, NUMBER, &in, e) != 0)
        return -1;
    return add(v, CUPPING, o, 100 * even.cupping, NAN, NULL, e) != 0 ||
                   add(v, UNIFORMITY, o, 100 * even.uniformity, NAN, NULL, e) != 0 ||
                   add(v, NOISE, o, 100 * even.noise, NAN, NULL, e) != 0 ||
                   add(v, NPS, o, 10 * even.frequency, NAN, c, e) != 0
               ? -1
               : 0;
}

static int
measure_matter(struct volume *v, const struct object *o, const double at[3], struct err *e)
{
    struct material m;
    struct object in;
    int32_t from, to;
    double share;

    if (!quality_inside(&v->attenuation, at, o->size / 2) || !narrow(v, o, &in, &from, &to))
        return 0;
    if (v->density.slice == NULL || v->zeff.slice == NULL)
        return err_set(e, ERR_INPUT,
                       "the volume has no electron density and no Zeff: it needs a calibration "
                       "with wedges");
    if (material_find(o->group, &m, e) != 0 || add_density(v, DENSITY, &in, e) != 0)
        return -1;
    double mean = quality_box(&v->zeff, in.box, true, &share);
    return add(v, ZEFF, o, (share < 0.5 ? 0 : mean) - material_zeff(&m), NAN, NULL, e);
}

/* Along its longest side. */
static int
measure_length(struct volume *v, const struct object *o, const double at[3], struct err *e)
{
    int axis = 0;

    (void)at;
    for (int a = 1; a < 3; a++)
        if (o->box[2 * a + 1] - o->box[2 * a] > o->box[2 * axis + 1] - o->box[2 * axis])
            axis = a;
    double mm = quality_length(&v->attenuation, o->box, axis);
    return isnan(mm) ? 0 : add(v, LENGTH, o, 100 * (mm / o->size - 1), NAN, NULL, e);
}

static const struct {
    const char *word;
    int (*measure)(struct volume *v, const struct object *o, const double at[3], struct err *e);
} objects[] = {
    {"wire", measure_wire},     {"bead", measure_bead},     {"even", measure_even},
    {"matter", measure_matter}, {"length", measure_length},
};

/* ---- the truth ---- */

static int
measure_truth(struct volume *v, const struct text *about, const struct text_node *truth,
              struct err *e)
{
    const struct text_node *label = text_find(truth, "label"), *box = text_find(truth, "volume");
    struct object o;

    if (label == NULL || label->n_args != 1 || box == NULL)
        return 0;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        size_t n = strlen(objects[i].word);
        if (strncmp(label->arg[0], objects[i].word, n) != 0 || label->arg[0][n] != ' ' ||
            !quality_label(label->arg[0] + n, &v->figures->arena, &o.size, &o.group))
            continue;
        if (text_numbers(about, box, 6, -1e6, 1e6, o.box, e) != 0)
            return -1;
        double at[3] = {0.5 * (o.box[0] + o.box[1]), 0.5 * (o.box[2] + o.box[3]),
                        0.5 * (o.box[4] + o.box[5])};
        if (objects[i].measure(v, &o, at, e) != 0)
            return err_at(e, "test object '%s'", label->arg[0]);
    }
    return 0;
}

int
quality_volume(const struct tape *t, int view, struct quality_figures *f, struct err *e)
{
    struct volume v = {.figures = f};
    const struct text_node *scan;
    struct text about;

    if (text_parse(&about, "about", tape_about(t), strlen(tape_about(t)), e) != 0)
        return -1;
    int result = text_need(&about, about.root, "scan", &scan, e) != 0 ||
                         bind_volume(t, view, &about, &v, e) != 0
                     ? -1
                     : 0;
    for (const struct text_node *n = result == 0 ? scan->first : NULL; n != NULL && result == 0;
         n = n->next)
        if (strcmp(n->word, "truth") == 0)
            result = measure_truth(&v, &about, n, e);
    text_free(&about);
    return result != 0 ? -1
           : f->n > 0  ? 0
                       : err_set(e, ERR_INPUT,
                                 "no test object in this volume: its labels name none, or they lie "
                                  "outside of it");
}
