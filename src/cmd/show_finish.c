/* show_finish: from pixels to something to look at: true proportions, boxes, scale bar, legend. */
#include "base/num.h"
#include "base/text.h"
#include "cmd/draw.h"
#include "cmd/show.h"
#include "stage/look.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHITE 0xffffffffu /* all colours: R in the low byte */
#define INK 0xff303030u
#define RED 0xff1818dcu
#define GROUND 0xffc8c8c8u
#define GAP 8
#define AIR_STEPS 14   /* a colour further than this from the corner's is not air */
#define SCALE_THIN 0.1 /* view_density's standard */
#define MARGIN 16      /* pixels of air around a cropped item */

/* What one pixel of the finished picture is. */
struct scale {
    int32_t width, height;
    double x, y; /* finished pixels per sample */
    double pixel_mm;
};

static int
plan_scale(const struct show *s, const struct show_raster *r, struct scale *k, struct err *e)
{
    bool known = r->column_mm > 0 && r->row_mm > 0;
    double column = known ? r->column_mm : 1, row = known ? r->row_mm : 1;
    double unit = column < row ? column : row, scale = s->scale > 0 ? s->scale : 1;

    if (s->width > 0)
        scale = s->width * unit / (r->picture.width * column);
    k->x = scale * column / unit;
    k->y = scale * row / unit;
    k->pixel_mm = known ? unit / scale : 0;
    double width = r->picture.width * k->x, height = r->picture.height * k->y;
    if (!(width < PICTURE_SIDE_MAX && height < PICTURE_SIDE_MAX))
        return err_set(e, ERR_LIMIT,
                       "--scale: a picture of %.0f x %.0f pixels; %d a side is possible", width,
                       height, PICTURE_SIDE_MAX);
    k->width = width < 1 ? 1 : (int32_t)(width + 0.5);
    k->height = height < 1 ? 1 : (int32_t)(height + 0.5);
    return 0;
}

int
show_colour(struct picture *p, struct err *e)
{
    struct picture out;

    if (p->kind == PICTURE_RGBA8)
        return 0;
    if (picture_new(&out, PICTURE_RGBA8, p->width, p->height, e) != 0)
        return -1;
    for (int32_t y = 0; y < p->height; y++)
        for (int32_t x = 0; x < p->width; x++) {
            uint32_t grey = p->pixels[(size_t)y * p->row_bytes + (size_t)x];
            uint32_t colour = 0xff000000u | grey << 16 | grey << 8 | grey;
            memcpy(out.pixels + (size_t)y * out.row_bytes + (size_t)x * 4, &colour, 4);
        }
    picture_free(p);
    *p = out;
    return 0;
}

/* ---- boxes ---- */

/* Columns that lie within [from, to] of the belt. */
static bool
find_columns(const struct show_raster *r, double from_mm, double to_mm, int32_t *first,
             int32_t *last)
{
    int pose = show_poses(r->given, r->spec->lattice);

    *first = -1;
    for (int32_t i = 0; pose >= 0 && i < tape_mark(r->given, pose); i++) {
        double mm = (double)((const struct pose *)tape_read(r->given, pose, i))->belt_mm;
        if (mm < from_mm || mm > to_mm)
            continue;
        *first = *first < 0 ? i : *first;
        *last = i;
    }
    return *first >= 0;
}

static void
draw_box(const struct show_raster *r, const struct scale *k, const char *name, const double box[4],
         struct picture *p)
{
    int32_t first, last;

    if (!find_columns(r, box[0], box[1], &first, &last))
        return;
    double a = (box[2] - r->row_first_mm) / r->row_mm, b = (box[3] - r->row_first_mm) / r->row_mm;
    if (r->flipped) {
        double swap = r->picture.height - 1 - a;
        a = r->picture.height - 1 - b;
        b = swap;
    }
    int32_t x = (int32_t)(first * k->x) - 3, y = (int32_t)num_floor(a * k->y) - 3;
    int32_t width = (int32_t)((last + 1) * k->x) + 3 - x;
    int32_t height = (int32_t)num_floor((b + 1) * k->y) + 3 - y;
    int32_t above = y - 2 * DRAW_TYPE_HEIGHT - 3;
    draw_frame(p, x, y, width, height, 2, RED);
    above = above < 0 ? y + height + 3 : above;
    draw_fill(p, x, above - 2, draw_text_width(name, 2) + 2, 2 * DRAW_TYPE_HEIGHT + 4, WHITE);
    draw_text(p, x + 2, above, 2, name, RED);
}

static void
draw_boxes(const struct show_raster *r, const struct scale *k, struct picture *p)
{
    const struct text_node *scan;
    struct text t;
    struct err e;

    if (r->row_mm <= 0 ||
        text_parse(&t, "about", tape_about(r->given), strlen(tape_about(r->given)), &e) != 0)
        return;
    scan = text_find(t.root, "scan");
    for (const struct text_node *n = scan == NULL ? NULL : scan->first; n != NULL; n = n->next) {
        const struct text_node *threat = text_find(n, "threat");
        if (strcmp(n->word, "truth") != 0 || threat == NULL || n->n_args < 1)
            continue;
        for (const struct text_node *b = n->first; b != NULL; b = b->next) {
            double v[5];
            if (strcmp(b->word, "box") == 0 && text_numbers(&t, b, 5, -1e7, 1e7, v, &e) == 0 &&
                (int)v[0] == r->view)
                draw_box(r, k, n->arg[0], v + 1, p);
        }
    }
    text_free(&t);
}

/* ---- the strip below: scale bar, what the colours mean, what this is ---- */

static bool
is_simulated(const struct tape *t)
{
    const struct text_node *scan, *n = NULL;
    struct text text;
    struct err e;
    bool yes = false;

    if (text_parse(&text, "about", tape_about(t), strlen(tape_about(t)), &e) != 0)
        return false;
    scan = text_find(text.root, "scan");
    if (scan != NULL)
        n = text_find(scan, "simulated");
    yes = n != NULL && n->n_args == 1 && strcmp(n->arg[0], "yes") == 0;
    text_free(&text);
    return yes;
}

/* 1, 2 or 5 times a power of ten millimetres, at most `room` pixels wide. */
static int32_t
draw_bar(struct picture *p, int32_t x, int32_t y, int32_t size, int32_t room, double pixel_mm)
{
    static const double steps[] = {5, 2, 1};
    char label[40];
    double unit = 1e4, mm = 0;

    for (; mm == 0 && unit > 1e-4; unit /= 10)
        for (int i = 0; i < 3 && mm == 0; i++)
            if (steps[i] * unit / pixel_mm <= room)
                mm = steps[i] * unit;
    if (mm == 0)
        return x;
    int32_t width = (int32_t)(mm / pixel_mm + 0.5), middle = y + DRAW_TYPE_HEIGHT * size / 2;
    draw_fill(p, x, middle, width, size, INK);
    draw_fill(p, x, y, size, DRAW_TYPE_HEIGHT * size, INK);
    draw_fill(p, x + width - size, y, size, DRAW_TYPE_HEIGHT * size, INK);
    if (mm >= 1000)
        snprintf(label, sizeof label, "%g m", mm / 1000);
    else
        snprintf(label, sizeof label, "%g mm", mm);
    draw_text(p, x + width + 4 * size, y, size, label, INK);
    return x + width + 4 * size + draw_text_width(label, size) + 6 * size;
}

/* A patch and its word; returns where the next one goes, or x when there is no room before `end`.
 */
static int32_t
draw_patch(struct picture *p, int32_t x, int32_t y, int32_t size, int32_t end, uint32_t colour,
           const char *word)
{
    int32_t side = DRAW_TYPE_HEIGHT * size, width = side + 3 * size + draw_text_width(word, size);

    if (x + width > end)
        return x;
    draw_fill(p, x, y, side, side, colour);
    draw_text(p, x + side + 3 * size, y, size, word, INK);
    return x + width + 5 * size;
}

static int32_t
draw_materials(struct picture *p, int32_t x, int32_t y, int32_t size, int32_t end)
{
    static const struct {
        double lightness, chroma, hue;
        const char *word;
    } patches[] = {
        {0.72, 0.165, 58, "organic"}, {0.66, 0.14, 142, "mixed"}, {0.55, 0.17, 260, "metal"}};

    for (size_t i = 0; i < sizeof patches / sizeof *patches; i++)
        x = draw_patch(p, x, y, size, end,
                       look_colour(patches[i].lightness, patches[i].chroma, patches[i].hue),
                       patches[i].word);
    int32_t from = x;
    x = draw_patch(p, x, y, size, end, 0xff140a0eu, "not penetrated");
    for (int32_t i = 0; x > from && i < DRAW_TYPE_HEIGHT * size; i++)
        for (int32_t j = 0; j < DRAW_TYPE_HEIGHT * size; j++)
            if ((i + j) % 8 < 2)
                draw_fill(p, from + i, y + j, 1, 1, 0xff7a2f55u);
    return x;
}

/* A plane's grey scale with its ends. */
static int32_t
draw_ramp(struct picture *p, int32_t x, int32_t y, int32_t size, int32_t end,
          const struct show_raster *r)
{
    const struct quantity_info *q = &quantity_table[r->spec->quantity];
    char low[40], high[80];
    int32_t ramp = 40 * size;

    snprintf(low, sizeof low, "%.6g", r->low);
    snprintf(high, sizeof high, "%.6g %s%s%s", r->high, strcmp(q->unit, "1") == 0 ? "" : q->unit,
             strcmp(q->unit, "1") == 0 ? "" : "  ", q->name);
    int32_t width = ramp + draw_text_width(low, size) + draw_text_width(high, size) + 8 * size;
    if (x + width > end)
        return x;
    draw_text(p, x, y, size, low, INK);
    x += draw_text_width(low, size) + 3 * size;
    for (int32_t i = 0; i < ramp; i++) {
        uint32_t grey = (uint32_t)(255 * i / (ramp - 1));
        draw_fill(p, x + i, y, 1, DRAW_TYPE_HEIGHT * size,
                  0xff000000u | grey << 16 | grey << 8 | grey);
    }
    draw_frame(p, x, y, ramp, DRAW_TYPE_HEIGHT * size, 1, INK);
    draw_text(p, x + ramp + 3 * size, y, size, high, INK);
    return x + ramp + 5 * size + draw_text_width(high, size);
}

/* Colours of areal density with their values, 1, 2, 5 times powers of ten, up to the darkest. */
static int32_t
draw_scale(struct picture *p, int32_t x, int32_t y, int32_t size, int32_t end, const struct show *s)
{
    static const double steps[] = {1, 2, 5};
    static uint32_t table[LOOK_KINDS * LOOK_LEVELS];
    struct look look = {.palette = LOOK_DENSITY,
                        .white = s->low < 0 ? 0 : s->low,
                        .black = s->high,
                        .thin = SCALE_THIN,
                        .kind_high = 99};
    char word[40];

    look_table(&look, look.black, table);
    for (int k = 0; k < 12; k++) {
        double value = steps[k % 3] * num_pow(10, k / 3 - 1);
        if (value < look.black / 25)
            continue;
        bool last = value >= look.black * 0.999;
        value = last ? look.black : value;
        int level = (int)(sqrt(value / look.black) * (LOOK_LEVELS - 1) + 0.5);
        snprintf(word, sizeof word, "%.3g%s", value, last ? " g/cm2" : "");
        x = draw_patch(p, x, y, size, end, table[level], word);
        if (last)
            break;
    }
    return x;
}

static int
add_strip(const struct show *s, const struct show_raster *r, const struct scale *k,
          struct picture *p, struct err *e)
{
    int32_t size = p->width < 640    ? 1
                   : p->width < 2400 ? 2
                                     : p->width / 800,
            height = (DRAW_TYPE_HEIGHT + 10) * size;
    struct picture out;
    char name[64];

    if (picture_new(&out, PICTURE_RGBA8, p->width, p->height + height, e) != 0)
        return -1;
    draw_copy(&out, 0, 0, p);
    draw_fill(&out, 0, p->height, p->width, height, WHITE);
    draw_fill(&out, 0, p->height, p->width, 1, GROUND);
    int32_t x = 5 * size, y = p->height + 5 * size;
    snprintf(name, sizeof name, "%sview %d", is_simulated(r->given) ? "simulated  " : "", r->view);
    int32_t end = p->width - draw_text_width(name, size) - 5 * size;
    if (end > x)
        draw_text(&out, end, y, size, name, INK);
    if (k->pixel_mm > 0)
        x = draw_bar(&out, x, y, size, p->width / 5, k->pixel_mm);
    if (s->plane != NULL || r->spec->lattice == LATTICE_SLICE)
        draw_ramp(&out, x, y, size, end, r);
    else if (show_pictures[s->picture < 0 ? 0 : s->picture].of == Q_AREAL_DENSITY)
        draw_scale(&out, x, y, size, end, s);
    else if (show_pictures[s->picture < 0 ? 0 : s->picture].material)
        draw_materials(&out, x, y, size, end);
    picture_free(p);
    *p = out;
    return 0;
}

/* Whether enough pixels of a row (or column) differ from air, which fills the picture's corner:
 * light or dark, as the kind of picture has it. */
static bool
has_item(const struct picture *p, int32_t at, bool column)
{
    int32_t n = column ? p->height : p->width, item = 0;

    for (int32_t i = 0; i < n; i++) {
        const uint8_t *c =
            p->pixels + (size_t)(column ? i : at) * p->row_bytes + (size_t)(column ? at : i) * 4;
        for (int j = 0; j < 3; j++)
            if (abs(c[j] - p->pixels[j]) > AIR_STEPS) {
                item++;
                break;
            }
    }
    return item > 3;
}

/* Cuts a picture to the item with some air around it; *left columns go. */
static int
crop(struct picture *p, int32_t *left, struct err *e)
{
    int32_t x0 = 0, x1 = p->width, y0 = 0, y1 = p->height;
    struct picture out;

    while (x0 < x1 && !has_item(p, x0, true))
        x0++;
    while (x1 > x0 && !has_item(p, x1 - 1, true))
        x1--;
    while (y0 < y1 && !has_item(p, y0, false))
        y0++;
    while (y1 > y0 && !has_item(p, y1 - 1, false))
        y1--;
    if (x0 >= x1 || y0 >= y1)
        return 0; /* nothing there: all of it */
    x0 = x0 > MARGIN ? x0 - MARGIN : 0;
    y0 = y0 > MARGIN ? y0 - MARGIN : 0;
    x1 = x1 + MARGIN < p->width ? x1 + MARGIN : p->width;
    y1 = y1 + MARGIN < p->height ? y1 + MARGIN : p->height;
    if (picture_new(&out, PICTURE_RGBA8, x1 - x0, y1 - y0, e) != 0)
        return -1;
    *left = x0;
    struct picture part = *p;
    part.pixels += (size_t)y0 * p->row_bytes + (size_t)x0 * 4;
    part.width = x1 - x0;
    part.height = y1 - y0;
    draw_copy(&out, 0, 0, &part);
    picture_free(p);
    *p = out;
    return 0;
}

int
show_finish(const struct show *s, struct show_raster *r, struct show_part *out, struct err *e)
{
    int32_t left = 0;
    struct picture p = {.pixels = NULL};
    struct scale k = {.width = 0};

    if (plan_scale(s, r, &k, e) != 0)
        return -1;
    if (k.width == r->picture.width && k.height == r->picture.height) {
        p = r->picture;
        r->picture.pixels = NULL; /* ours now; the sizes stay for the boxes */
    } else if (draw_resize(&r->picture, k.width, k.height, &p, e) != 0)
        return -1;
    if (p.kind != PICTURE_GREY16 && (s->boxes || s->legend) && show_colour(&p, e) != 0) {
        picture_free(&p);
        return -1;
    }
    if (s->boxes)
        draw_boxes(r, &k, &p);
    if ((s->crop && crop(&p, &left, e) != 0) || (s->legend && add_strip(s, r, &k, &p, e) != 0)) {
        picture_free(&p);
        return -1;
    }
    *out = (struct show_part){p, k.pixel_mm, r->place_mm + left * k.pixel_mm};
    return 0;
}

/* Columns that each part begins at; false where they have no common scale. */
static bool
align(const struct show_part *parts, int n, int32_t *from, int32_t *width)
{
    double first = parts[0].place_mm, pixel_mm = parts[0].pixel_mm;

    *width = 0;
    for (int i = 0; i < n; i++) {
        if (!(fabs(parts[i].pixel_mm - pixel_mm) <= 1e-3 * pixel_mm) || pixel_mm <= 0 ||
            !isfinite(parts[i].place_mm))
            return false;
        first = parts[i].place_mm < first ? parts[i].place_mm : first;
    }
    for (int i = 0; i < n; i++) {
        double at = (parts[i].place_mm - first) / pixel_mm + 0.5;
        if (!(at < PICTURE_SIDE_MAX - parts[i].picture.width))
            return false;
        from[i] = (int32_t)at;
        *width =
            from[i] + parts[i].picture.width > *width ? from[i] + parts[i].picture.width : *width;
    }
    return true;
}

/* Above each other, each from its column on. */
static int
stack(const struct show_part *parts, int n, const int32_t *from, int32_t width, struct picture *out,
      struct err *e)
{
    int32_t height = (n - 1) * GAP, y = 0;

    for (int i = 0; i < n; i++)
        height += parts[i].picture.height;
    if (picture_new(out, PICTURE_RGBA8, width, height, e) != 0)
        return -1;
    draw_fill(out, 0, 0, width, height, WHITE);
    for (int i = 0; i < n; i++) {
        draw_copy(out, from[i], y, &parts[i].picture);
        y += parts[i].picture.height;
        if (i + 1 < n)
            draw_fill(out, 0, y, width, GAP, GROUND);
        y += GAP;
    }
    return 0;
}

int
show_join(const struct show_part *parts, int n, struct picture *out, struct err *e)
{
    int32_t from[GEOMETRY_VIEWS_MAX], all;

    if (align(parts, n, from, &all))
        return stack(parts, n, from, all, out, e);
    int32_t width = 0, height = 0, widest = 0, highest = 0;

    for (int i = 0; i < n; i++) {
        width += parts[i].picture.width + (i > 0 ? GAP : 0);
        height += parts[i].picture.height + (i > 0 ? GAP : 0);
        widest = parts[i].picture.width > widest ? parts[i].picture.width : widest;
        highest = parts[i].picture.height > highest ? parts[i].picture.height : highest;
    }
    /* the way that comes nearer to a screen's 16 : 9 */
    double beside = (double)width / highest * 9 / 16, above = (double)widest / height * 9 / 16;
    beside = beside > 1 ? beside : 1 / beside;
    above = above > 1 ? above : 1 / above;
    bool across = beside <= above;
    if (picture_new(out, PICTURE_RGBA8, across ? width : widest, across ? highest : height, e) != 0)
        return -1;
    draw_fill(out, 0, 0, out->width, out->height, WHITE);
    for (int32_t i = 0, at = 0; i < n; i++) {
        draw_copy(out, across ? at : 0, across ? 0 : at, &parts[i].picture);
        at += across ? parts[i].picture.width : parts[i].picture.height;
        if (i + 1 < n)
            draw_fill(out, across ? at : 0, across ? 0 : at, across ? GAP : out->width,
                      across ? out->height : GAP, GROUND);
        at += GAP;
    }
    return 0;
}
