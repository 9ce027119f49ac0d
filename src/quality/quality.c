/* quality: see quality.h. A label reads "KIND SIZE GROUP": "wire 0.255 in-air", "block 30 steel",
 * "step 2 on-100-mm", "edge 0 columns", "zeff 13 aluminium". */
#include "quality/quality.h"

#include "base/text.h"
#include "phys/geometry.h"
#include "quality/measure.h"
#include "quality/volume.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_Z 5.0 /* equation 3 */
#define SEEN_D 5.0 /* equation 2 */
#define ENERGIES 2

struct object {
    struct quality_rect box; /* in pixels */
    double size;
    const char *group;
};

struct picture {
    int view;
    double column_mm, row_mm;
    struct quality_image attenuation[ENERGIES], zeff; /* p NULL: there is none */
};

struct kind {
    struct quality_kind what;
    int (*measure)(const struct picture *p, const struct object *o, struct quality_figure *f,
                   struct err *e);
};

static int
whole(double v)
{
    return (int)(v < 0 ? v - 0.5 : v + 0.5);
}

/* The best z over small displacements across the wire: its place is known to about a pixel. */
static double
wire_z(const struct quality_image *im, const struct object *o, double width)
{
    double w = o->box.x1 - o->box.x0, h = o->box.y1 - o->box.y0, best = 0;
    double cx = 0.5 * (o->box.x0 + o->box.x1 - 1), cy = 0.5 * (o->box.y0 + o->box.y1 - 1);

    for (int shift = -3; shift <= 3; shift++) {
        double d = 0.5 * shift;
        double from[2] = {w > h ? o->box.x0 + 2 : cx + d, w > h ? cy + d : o->box.y0 + 2};
        double to[2] = {w > h ? o->box.x1 - 3 : cx + d, w > h ? cy + d : o->box.y1 - 3};
        double z = quality_line_z(im, from, to, width, 20);
        best = z > best ? z : best;
    }
    return best;
}

static int
measure_wire(const struct picture *p, const struct object *o, struct quality_figure *f,
             struct err *e)
{
    (void)e;
    for (int i = 0; i < ENERGIES; i++) {
        if (p->attenuation[i].p == NULL)
            continue;
        double z = wire_z(&p->attenuation[i], o, 1);
        if (z > f->value) {
            f->value = z;
            f->energy = i;
        }
    }
    f->seen = f->value >= SEEN_Z;
    return 0;
}

/* The middle of the box, and the same area to its left and right. */
static int
measure_block(const struct picture *p, const struct object *o, struct quality_figure *f,
              struct err *e)
{
    int w = o->box.x1 - o->box.x0, h = o->box.y1 - o->box.y0;
    struct quality_rect in = {o->box.x0 + w / 5, o->box.y0 + h / 5, o->box.x1 - w / 5,
                              o->box.y1 - h / 5};
    struct quality_rect left = in, right = in;

    left.x0 -= w + w / 4;
    left.x1 -= w + w / 4;
    right.x0 += w + w / 4;
    right.x1 += w + w / 4;
    if (in.x1 - in.x0 < 3 || in.y1 - in.y0 < 3 || left.x0 < 0 ||
        right.x1 > p->attenuation[0].columns)
        return err_set(e, ERR_INPUT, "too small, or no room beside it for its background");
    for (int i = 0; i < ENERGIES; i++) {
        if (p->attenuation[i].p == NULL)
            continue;
        struct quality_contrast a = quality_contrast(&p->attenuation[i], in, left);
        struct quality_contrast b = quality_contrast(&p->attenuation[i], in, right);
        double d = a.d < b.d ? a.d : b.d; /* the worse side: a gradient is not contrast */
        if (d > f->value) {
            f->value = d;
            f->energy = i;
        }
    }
    f->seen = f->value >= SEEN_D;
    return 0;
}

static int
measure_edge(const struct picture *p, const struct object *o, struct quality_figure *f,
             struct err *e)
{
    struct quality_mtf m;
    int along_x = strcmp(o->group, "rows") == 0;

    f->energy = p->attenuation[1].p != NULL;
    if (quality_mtf(&p->attenuation[f->energy], o->box, along_x, along_x ? p->row_mm : p->column_mm,
                    &m, e) != 0)
        return -1;
    f->value = m.f20;
    f->seen = true;
    return 0;
}

/* The mean over the pixels whose Zeff is known: 0 is no number. Where that is less than half of
 * them, nothing is known of the object: the bias is all of it. */
static int
measure_zeff(const struct picture *p, const struct object *o, struct quality_figure *f,
             struct err *e)
{
    int w = o->box.x1 - o->box.x0, h = o->box.y1 - o->box.y0;
    struct quality_rect in = {o->box.x0 + w / 4, o->box.y0 + h / 4, o->box.x1 - w / 4,
                              o->box.y1 - h / 4};
    double mean, known;

    if (p->zeff.p == NULL || in.x1 - in.x0 < 2 || in.y1 - in.y0 < 2)
        return err_set(e, ERR_INPUT, "no Zeff plane, or too small");
    known = quality_known(&p->zeff, in, &mean);
    f->value = (known < 0.5 ? 0 : mean) - o->size;
    f->seen = true;
    return 0;
}

/* Noise differs with every change of the recipe: measured values have some slack. */
static const struct kind kinds[] = {
    {{"wire", "mm", "z", -1, false, 0, 1e-9}, measure_wire},
    {{"block", "mm", "d'", +1, false, 0, 1e-9}, measure_block},
    {{"step", "%", "d'", -1, false, 0, 1e-9}, measure_block},
    {{"edge", "", "cycles/mm at MTF 0.2", +1, true, 0.05, 0}, measure_edge},
    {{"zeff", "", "bias", -1, true, 0, 0.05}, measure_zeff},
};

static const struct kind *
kind_find(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i].what.name) == n && strncmp(kinds[i].what.name, name, n) == 0)
            return &kinds[i];
    return NULL;
}

/* One plane on the grid as a flat image: lines of a tape lie at a fixed distance in memory. */
static void
bind_image(const struct tape *t, enum quantity q, int view, int energy, struct quality_image *im)
{
    int i = tape_find(t, q, view, energy);

    im->p = NULL;
    if (i < 0 || tape_plane(t, i)->lattice != LATTICE_GRID || tape_mark(t, i) < 2)
        return;
    const float *first = tape_read(t, i, 0), *second = tape_read(t, i, 1);
    *im = (struct quality_image){.p = first,
                                 .columns = tape_mark(t, i),
                                 .rows = tape_plane(t, i)->rows,
                                 .stride = (int)(second - first)};
}

static int
bind_picture(const struct tape *t, int view, struct picture *p, double *belt_first_mm,
             struct err *e)
{
    int pose = -1;

    p->view = view;
    for (int i = 0; i < ENERGIES; i++)
        bind_image(t, Q_ATTENUATION, view, i, &p->attenuation[i]);
    bind_image(t, Q_ZEFF, view, -1, &p->zeff);
    for (int i = 0; i < tape_planes(t); i++) {
        const struct plane_spec *s = tape_plane(t, i);
        if (s->quantity == Q_POSE && s->view == view && s->lattice == LATTICE_GRID)
            pose = i;
    }
    if (p->attenuation[0].p == NULL || pose < 0 || tape_mark(t, pose) < 2)
        return err_set(e, ERR_INPUT,
                       "view %d has no attenuation on a grid: give the output of "
                       "'doorlicht run'",
                       view);
    const struct pose *a = tape_read(t, pose, 0), *b = tape_read(t, pose, tape_mark(t, pose) - 1);
    *belt_first_mm = a->belt_mm;
    p->column_mm = ((double)b->belt_mm - (double)a->belt_mm) / (tape_mark(t, pose) - 1);
    return p->column_mm > 0 ? 0 : err_set(e, ERR_INPUT, "the grid's positions do not advance");
}

bool
quality_label(const char *rest, struct arena *a, double *size, const char **group)
{
    char *end;

    *size = strtod(rest, &end);
    if (end == rest || *end != ' ' || !isfinite(*size))
        return false;
    *group = arena_text(a, end + 1, strlen(end + 1));
    return true;
}

/* "KIND SIZE GROUP" taken apart; false if it is some other label. */
static bool
read_label(struct quality_figures *f, const char *label, const struct kind **kind, struct object *o)
{
    const char *space = strchr(label, ' ');

    return space != NULL && (*kind = kind_find(label, (size_t)(space - label))) != NULL &&
           quality_label(space, &f->arena, &o->size, &o->group);
}

struct measuring {
    const struct text *about;
    struct picture picture;
    double belt_first_mm, row_first_mm;
    struct quality_figures *figures;
};

static int
read_box(const struct measuring *m, const struct text_node *truth, struct quality_rect *box,
         struct err *e)
{
    const struct picture *p = &m->picture;
    double v[5];

    for (const struct text_node *n = truth->first; n != NULL; n = n->next) {
        if (strcmp(n->word, "box") != 0)
            continue;
        if (text_numbers(m->about, n, 5, -1e6, 1e6, v, e) != 0)
            return -1;
        if (whole(v[0]) != p->view)
            continue;
        box->x0 = whole((v[1] - m->belt_first_mm) / p->column_mm);
        box->x1 = whole((v[2] - m->belt_first_mm) / p->column_mm) + 1;
        box->y0 = whole((v[3] - m->row_first_mm) / p->row_mm);
        box->y1 = whole((v[4] - m->row_first_mm) / p->row_mm) + 1;
        const struct quality_image *im = &p->attenuation[0];
        if (box->x0 < 0 || box->y0 < 0 || box->x1 > im->columns || box->y1 > im->rows)
            return text_error(m->about, truth, e, "lies outside of the picture");
        return 0;
    }
    return text_error(m->about, truth, e, "has no box in view %d", p->view);
}

static int
measure_truth(struct measuring *m, const struct text_node *truth, struct err *e)
{
    const struct text_node *label = text_find(truth, "label");
    const struct kind *kind;
    struct object o;

    if (label == NULL || label->n_args != 1 || !read_label(m->figures, label->arg[0], &kind, &o))
        return 0;
    if (m->figures->n == QUALITY_FIGURES_MAX)
        return err_set(e, ERR_LIMIT, "more than %d test objects", QUALITY_FIGURES_MAX);
    if (read_box(m, truth, &o.box, e) != 0)
        return -1;
    struct quality_figure *f = &m->figures->figure[m->figures->n];
    *f = (struct quality_figure){
        .kind = &kind->what, .group = o.group, .size = o.size, .predicted = NAN};
    if (kind->measure(&m->picture, &o, f, e) != 0)
        return err_at(e, "test object '%s'", label->arg[0]);
    m->figures->n++;
    return 0;
}

static int
measure_about(struct measuring *m, struct err *e)
{
    const struct text_node *scanner, *scan;
    struct geometry *g = mem_zero(1, sizeof *g);
    int result = -1;

    if (text_need(m->about, m->about->root, "scanner", &scanner, e) != 0 ||
        text_need(m->about, m->about->root, "scan", &scan, e) != 0 ||
        geometry_read(m->about, scanner, g, e) != 0)
        goto out;
    if (m->picture.view >= g->views) {
        err_set(e, ERR_INPUT, "the scanner has no view %d", m->picture.view);
        goto out;
    }
    m->picture.row_mm = g->view[m->picture.view].row_pitch_mm;
    geometry_rows(&g->view[m->picture.view], &m->row_first_mm);
    for (const struct text_node *n = scan->first; n != NULL; n = n->next)
        if (strcmp(n->word, "truth") == 0 && measure_truth(m, n, e) != 0)
            goto out;
    result = m->figures->n > 0
                 ? 0
                 : err_set(e, ERR_INPUT, "no test object in this scan: its labels name none");
out:
    mem_free(g);
    return result;
}

int
quality_measure(const struct tape *t, int view, struct quality_figures *f, struct err *e)
{
    struct measuring m = {.figures = f};
    struct text about;

    memset(f, 0, sizeof *f);
    if (quality_is_volume(t)) {
        if (quality_volume(t, view, f, e) == 0)
            return 0;
        quality_free(f);
        return -1;
    }
    if (bind_picture(t, view, &m.picture, &m.belt_first_mm, e) != 0)
        return -1;
    if (text_parse(&about, "about", tape_about(t), strlen(tape_about(t)), e) != 0)
        return -1;
    m.about = &about;
    int result = measure_about(&m, e);
    text_free(&about);
    if (result != 0)
        quality_free(f);
    return result;
}

void
quality_free(struct quality_figures *f)
{
    arena_free(&f->arena);
    f->n = 0;
}

/* The size up to which an unbroken run of objects, from the easiest on, is seen. */
static double
size_limit(const struct quality_figures *f, const struct quality_figure *of, int better)
{
    double hardest_missed = better > 0 ? INFINITY : -INFINITY, limit = NAN;

    for (int i = 0; i < f->n; i++) {
        const struct quality_figure *x = &f->figure[i];
        if (x->kind != of->kind || strcmp(x->group, of->group) != 0 || x->seen)
            continue;
        if (better > 0 ? x->size < hardest_missed : x->size > hardest_missed)
            hardest_missed = x->size;
    }
    for (int i = 0; i < f->n; i++) {
        const struct quality_figure *x = &f->figure[i];
        if (x->kind != of->kind || strcmp(x->group, of->group) != 0 || !x->seen)
            continue;
        bool easier = better > 0 ? x->size < hardest_missed : x->size > hardest_missed;
        if (easier && (isnan(limit) || (better > 0 ? x->size > limit : x->size < limit)))
            limit = x->size;
    }
    return limit;
}

/* The worst value: the smallest where larger is better, else the largest, whatever its sign. */
static double
value_limit(const struct quality_figures *f, const struct quality_figure *of)
{
    double worst = fabs(of->value);
    for (int i = 0; i < f->n; i++) {
        const struct quality_figure *x = &f->figure[i];
        double v = fabs(x->value);
        if (x->kind == of->kind && strcmp(x->group, of->group) == 0 &&
            (of->kind->better > 0 ? v < worst : v > worst))
            worst = v;
    }
    return worst;
}

int
quality_limits(const struct quality_figures *f, struct quality_limit *limit, int max)
{
    int n = 0;

    for (int i = 0; i < f->n && n < max; i++) {
        const struct quality_figure *x = &f->figure[i];
        int known = 0;
        for (int k = 0; k < n; k++)
            known |= limit[k].kind == x->kind && strcmp(limit[k].group, x->group) == 0;
        if (known)
            continue;
        bool by_value = x->kind->by_value;
        limit[n++] = (struct quality_limit){
            .kind = x->kind,
            .group = x->group,
            .unit = by_value ? x->kind->value_name : x->kind->size_unit,
            .value = by_value ? value_limit(f, x) : size_limit(f, x, x->kind->better)};
    }
    return n;
}
