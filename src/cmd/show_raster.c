/* show_raster: from planes to pixels. */
#include "base/arena.h"
#include "base/num.h"
#include "base/text.h"
#include "cmd/show.h"
#include "recipe/recipe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_MAX 1000000 /* that --auto looks at */

const struct show_picture show_pictures[] = {
    {"standard", "colour", true, Q_ATTENUATION},
    {"grey", "view-grey", false, Q_ATTENUATION},
    {"inverse", "view-inverse", false, Q_ATTENUATION},
    {"edge", "view-edge", true, Q_ATTENUATION},
    {"super", "view-super", true, Q_ATTENUATION},
    {"high", "view-high", true, Q_ATTENUATION},
    {"low", "view-low", true, Q_ATTENUATION},
    {"organic", "view-organic", true, Q_ATTENUATION},
    {"metal", "view-metal", true, Q_ATTENUATION},
    {"window", "view-window", true, Q_ATTENUATION},
    {"heat", "view-heat", false, Q_ATTENUATION},
    {"density", "view-density", false, Q_AREAL_DENSITY},
    {"zeff", "view-zeff", false, Q_ATTENUATION},
    {NULL, NULL, false, 0},
};
const char *const show_picture_names[] = {"standard", "grey",    "inverse", "edge",  "super",
                                          "high",     "low",     "organic", "metal", "window",
                                          "heat",     "density", "zeff",    NULL};

double
show_sample(const void *line, enum quantity_code code, int32_t i)
{
    switch (code) {
    case CODE_U8:
        return ((const uint8_t *)line)[i];
    case CODE_U16:
        return ((const uint16_t *)line)[i];
    case CODE_U32:
        return ((const uint32_t *)line)[i];
    case CODE_F32:
        return (double)((const float *)line)[i];
    case CODE_I64:
        return (double)((const int64_t *)line)[i];
    case CODE_RGBA:
    case CODE_POSE:
        break;
    }
    return 0;
}

int
show_poses(const struct tape *t, int lattice)
{
    int pose = -1;

    for (int i = 0; i < tape_planes(t); i++)
        if (tape_plane(t, i)->quantity == Q_POSE && tape_plane(t, i)->lattice == lattice)
            pose = i;
    return pose;
}

/* Whether the poses call a line neither dark nor air. */
static bool
is_item(const struct tape *given, int pose, int32_t line)
{
    const struct pose *x =
        pose >= 0 && line < tape_mark(given, pose) ? tape_read(given, pose, line) : NULL;

    return x == NULL || !(x->flags & (POSE_DARK | POSE_AIR));
}

/* The values that 0.5 % of the samples are below and above. */
static void
find_range(const struct tape *given, const struct tape *t, int plane, double *low, double *high)
{
    const struct plane_spec *p = tape_plane(t, plane);
    enum quantity_code code = quantity_table[p->quantity].code;
    int32_t lines = tape_mark(t, plane), n = p->rows * p->cols;
    int pose = show_poses(given, p->lattice);
    int64_t all = (int64_t)lines * n, step = 1 + all / SAMPLES_MAX, count = 0;
    double *v = mem_zero((size_t)(all / step + 1), sizeof *v);

    for (int64_t i = 0; i < all; i += step)
        if (is_item(given, pose, (int32_t)(i / n)))
            v[count++] = show_sample(tape_read(t, plane, (int32_t)(i / n)), code, (int32_t)(i % n));
    if (count > 0) {
        qsort(v, (size_t)count, sizeof *v, num_ascending);
        *low = v[count / 200];
        *high = v[count - 1 - count / 200];
    }
    if (!(*high > *low))
        *high = *low + 1;
    mem_free(v);
}

int
show_colours(struct show *s, struct tape *in, struct par *pool, struct tape **out, struct err *e)
{
    char recipe[300], low[40] = "", high[40] = "";
    const struct show_picture *picture = &show_pictures[s->picture < 0 ? 0 : s->picture];
    const struct quantity_info *q = &quantity_table[picture->of];
    int plane = tape_find(in, picture->of, s->view >= 0 ? (int)s->view : -1, -1);
    struct recipe_options options = {.step = 0};
    struct text t;
    struct recipe *r;

    if (plane < 0)
        return err_set(e, ERR_INPUT,
                       "the tape has no %s to make a picture of: process it "
                       "with 'doorlicht run', or look at it with --plane",
                       q->name);
    if (s->automatic)
        find_range(in, in, plane, &s->low, &s->high);
    if (picture->of != Q_ATTENUATION) { /* the legend says what the ends are */
        s->low = isfinite(s->low) ? s->low : q->display_low;
        s->high = isfinite(s->high) ? s->high : q->display_high;
    }
    if (isfinite(s->low))
        snprintf(low, sizeof low, "white %.6g\n", s->low < 0 ? 0 : s->low);
    if (isfinite(s->high))
        snprintf(high, sizeof high, "black %.6g\n", s->high);
    snprintf(recipe, sizeof recipe, "recipe show {\nstage %s {\n%s%s}\n}\n", picture->stage, low,
             high);
    if (text_parse(&t, "picture", recipe, strlen(recipe), e) != 0)
        return -1;
    int result = recipe_open(&t, in, NULL, pool, &options, &r, e);
    text_free(&t);
    if (result != 0)
        return -1;
    while (recipe_turn(r))
        ;
    *out = recipe_take(r);
    recipe_close(r);
    return 0;
}

int
show_views(const struct show *s, const struct tape *t, enum quantity q,
           int views[GEOMETRY_VIEWS_MAX])
{
    int n = 0;

    for (int v = 0; v < GEOMETRY_VIEWS_MAX; v++)
        if ((s->view < 0 || s->view == v) && tape_find(t, q, v, (int)s->energy) >= 0)
            views[n++] = v;
    return n;
}

/* Which sample is seen at (x, y). */
struct layout {
    int32_t width, height;
    enum { AS_LINES, AS_FRAME, AS_SINOGRAM } way;
    bool flipped;
    int32_t rows, cols;
    int32_t *lines; /* of the tape that count: projections of the item */
    int32_t n_lines, frame, row;
};

static inline void
locate(const struct layout *l, int32_t x, int32_t y, int32_t *line, int32_t *element)
{
    if (l->way == AS_LINES) {
        *line = x;
        *element = l->flipped ? l->rows - 1 - y : y;
    } else if (l->way == AS_FRAME) {
        *line = l->lines[l->frame];
        *element = y * l->cols + x;
    } else {
        *line = l->lines[y];
        *element = l->row * l->cols + x;
    }
}

/* Lines of the item: those that the poses call neither dark nor air. */
static void
item_lines(const struct tape *given, const struct tape *t, int plane, struct layout *l)
{
    const struct plane_spec *p = tape_plane(t, plane);
    int pose = show_poses(given, p->lattice);

    l->lines = mem_zero((size_t)tape_mark(t, plane) + 1, sizeof *l->lines);
    for (int32_t i = 0; i < tape_mark(t, plane); i++) {
        if (is_item(given, pose, i))
            l->lines[l->n_lines++] = i;
    }
}

static int
plan_frames(const struct show *s, const struct tape *given, const struct tape *t, int plane,
            struct layout *l, struct err *e)
{
    item_lines(given, t, plane, l);
    if (l->n_lines == 0)
        return err_set(e, ERR_INPUT, "the tape has no frame of an item");
    if (s->frame >= l->n_lines)
        return err_set(e, ERR_INPUT, "--frame: there is no frame %lld; the last is %d",
                       (long long)s->frame, l->n_lines - 1);
    if (s->row >= l->rows)
        return err_set(e, ERR_INPUT, "--sinogram: there is no row %lld; the last is %d",
                       (long long)s->row, l->rows - 1);
    l->way = s->row >= 0 ? AS_SINOGRAM : AS_FRAME;
    l->width = l->cols;
    l->height = s->row >= 0 ? l->n_lines : l->rows;
    l->frame = s->frame >= 0 ? (int32_t)s->frame : 0;
    l->row = (int32_t)s->row;
    return 0;
}

/* Row 0 of a view may look up or down: z (or, for a view from above, y) must point up. */
static bool
points_up(const struct geometry_view *v)
{
    double zero, up, point[3];

    for (int axis = 2; axis >= 1; axis--) {
        memcpy(point, v->isocentre_mm, sizeof point);
        point[axis] += 10;
        if (geometry_point_mm(v, v->isocentre_mm, &zero, NULL) &&
            geometry_point_mm(v, point, &up, NULL) && fabs(up - zero) > 1)
            return up > zero;
    }
    return false;
}

/* Where the belt is in the first column of a view; NAN if no pose says so. */
static double
first_belt_mm(const struct tape *t, int view)
{
    for (int i = 0; i < tape_planes(t); i++) {
        const struct plane_spec *p = tape_plane(t, i);
        if (p->quantity == Q_POSE && p->lattice == LATTICE_GRID && p->view == view &&
            tape_mark(t, i) > 0)
            return (double)((const struct pose *)tape_read(t, i, 0))->belt_mm;
    }
    return NAN;
}

/* Millimetres and orientation from the scanner's description in the tape's head. */
static void
find_places(const struct tape *t, struct show_raster *r)
{
    const struct text_node *scanner;
    struct geometry *g = mem_zero(1, sizeof *g);
    struct text text;
    struct err e;

    if (text_parse(&text, "about", tape_about(t), strlen(tape_about(t)), &e) != 0)
        goto out;
    scanner = text_find(text.root, "scanner");
    if (scanner != NULL && geometry_read(&text, scanner, g, &e) == 0 && r->view < g->views) {
        const struct geometry_view *v = &g->view[r->view];
        r->flipped = points_up(v);
        if (r->spec->lattice == LATTICE_GRID) {
            r->column_mm = g->column_pitch_mm;
            r->row_mm = v->row_pitch_mm;
            r->place_mm = first_belt_mm(t, r->view) - v->isocentre_mm[0]; /* where the fan is */
            (void)geometry_rows(v, &r->row_first_mm);
        }
    }
    text_free(&text);
out:
    mem_free(g);
}

static void
fill_colour(const struct layout *l, struct show_raster *r)
{
    for (int32_t y = 0; y < l->height; y++)
        for (int32_t x = 0; x < l->width; x++) {
            int32_t line, i;
            locate(l, x, y, &line, &i);
            memcpy(r->picture.pixels + (size_t)y * r->picture.row_bytes + (size_t)x * 4,
                   (const uint32_t *)tape_read(r->tape, r->plane, line) + i, 4);
        }
}

static void
fill_grey(const struct layout *l, struct show_raster *r)
{
    enum quantity_code code = quantity_table[r->spec->quantity].code;

    for (int32_t y = 0; y < l->height; y++)
        for (int32_t x = 0; x < l->width; x++) {
            int32_t line, i;
            locate(l, x, y, &line, &i);
            show_grey(r, x, y, show_sample(tape_read(r->tape, r->plane, line), code, i));
        }
}

void
show_grey(struct show_raster *r, int32_t x, int32_t y, double value)
{
    bool fine = r->picture.kind == PICTURE_GREY16;
    double top = fine ? 65535 : 255, v = (value - r->low) / (r->high - r->low);
    uint8_t *row = r->picture.pixels + (size_t)y * r->picture.row_bytes;

    v = v > 0 ? v < 1 ? v * top + 0.5 : top : 0;
    if (fine)
        ((uint16_t *)(void *)row)[x] = (uint16_t)v;
    else
        row[x] = (uint8_t)v;
}

int
show_range(const struct show *s, struct show_raster *r, struct err *e)
{
    const struct quantity_info *q = &quantity_table[r->spec->quantity];

    r->low = q->display_low;
    r->high = q->display_high;
    if (s->automatic || !(r->high > r->low))
        find_range(r->given, r->tape, r->plane, &r->low, &r->high);
    r->low = isfinite(s->low) ? s->low : r->low;
    r->high = isfinite(s->high) ? s->high : r->high;
    return r->high > r->low || q->code == CODE_RGBA
               ? 0
               : err_set(e, ERR_INPUT, "--high (%g) must be above --low (%g)", r->high, r->low);
}

int
show_raster(const struct show *s, const struct tape *given, const struct tape *t, int plane,
            struct show_raster *r, struct err *e)
{
    const struct plane_spec *p = tape_plane(t, plane);
    struct layout l = {
        .rows = p->rows, .cols = p->cols, .width = tape_mark(t, plane), .height = p->rows};
    bool colour = quantity_table[p->quantity].code == CODE_RGBA;
    int result = -1;

    *r = (struct show_raster){
        .view = p->view, .spec = p, .tape = t, .plane = plane, .given = given, .place_mm = NAN};
    find_places(given, r);
    if (p->lattice == LATTICE_PROJ || p->cols > 1) {
        r->flipped = false;
        if (plan_frames(s, given, t, plane, &l, e) != 0)
            goto out;
    }
    l.flipped = r->flipped;
    if (l.width == 0) {
        err_set(e, ERR_INPUT, "%s of view %d has no lines", quantity_table[p->quantity].name,
                p->view);
        goto out;
    }
    if (show_range(s, r, e) != 0 || picture_new(&r->picture,
                                                colour          ? PICTURE_RGBA8
                                                : s->bits == 16 ? PICTURE_GREY16
                                                                : PICTURE_GREY8,
                                                l.width, l.height, e) != 0)
        goto out;
    if (colour)
        fill_colour(&l, r);
    else
        fill_grey(&l, r);
    result = 0;
out:
    mem_free(l.lines);
    return result;
}
