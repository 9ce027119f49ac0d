/* optics: see optics.h. In the direction of a wave only those rays count that run across it: two
 * views of a turn, which see the place from either side. */
#include "quality/optics.h"

#include "base/num.h"

#include <math.h>
#include <string.h>

#define VIEWS 72     /* of a turn, for the profile of a bead */
#define BEAD_STEPS 8 /* on either side of its middle */

/* ---- what the volume's text says ---- */

static int
read_source(const struct text *t, const struct text_node *scanner, struct quality_optics *o,
            struct err *e)
{
    const struct text_node *source = text_find(scanner, "source"), *focal,
                           *detector = text_find(scanner, "detector");

    if (source != NULL && (focal = text_find(source, "focal_mm")) != NULL &&
        text_numbers(t, focal, 2, 0, 100, o->focal_mm, e) != 0)
        return -1;
    return detector == NULL ||
                   (text_set(t, detector, "aperture_mm", 1e-6, 1e3, &o->aperture_mm, e) == 0 &&
                    text_set(t, detector, "crosstalk", 0, 0.5, &o->crosstalk, e) == 0)
               ? 0
               : -1;
}

static int
read_motion(const struct text *t, const struct text_node *gantry, struct quality_optics *o,
            struct err *e)
{
    const struct text_node *scan = text_find(t->root, "scan");
    double views = 0, turns_s = 0, speed = 0;

    if (text_set(t, gantry, "views_turn", 1, 1e6, &views, e) != 0 ||
        text_set(t, gantry, "turns_s", 1e-6, 1e3, &turns_s, e) != 0 ||
        (scan != NULL && text_set(t, scan, "speed_mm_s", 0, 1e6, &speed, e) != 0))
        return -1;
    o->views_turn = (int32_t)views;
    o->turn_mm = turns_s > 0 ? speed / turns_s : 0;
    return 0;
}

static int
read_recipe(const struct text *t, const struct text_node *recipe, struct quality_optics *o,
            struct err *e)
{
    const struct text_node *window;
    int choice = 0;

    for (const struct text_node *s = recipe->first; s != NULL; s = s->next) {
        o->helical |= s->n_args == 1 && strcmp(s->arg[0], "helix-back") == 0;
        if (text_set(t, s, "axis_pixel", -1, CT_COLS_MAX, &o->g.axis_col, e) != 0 ||
            text_set(t, s, "cutoff", 0.05, 1, &o->cutoff, e) != 0)
            return -1;
        if ((window = text_find(s, "window")) == NULL)
            continue;
        if (text_args(t, window, 1, 1, e) != 0 ||
            text_choice(t, window, 0, ct_window_word, &choice, e) != 0)
            return -1;
        o->window = (enum ct_window)choice;
    }
    return 0;
}

int
quality_optics_read(const struct text *about, const struct text_node *recipe,
                    struct quality_optics *o, struct err *e)
{
    const struct text_node *scanner, *gantry, *geometry;
    int64_t size[2];

    *o = (struct quality_optics){.cutoff = 1};
    if (text_need(about, about->root, "scanner", &scanner, e) != 0 ||
        text_need(about, scanner, "gantry", &gantry, e) != 0 ||
        text_need(about, gantry, "geometry", &geometry, e) != 0 ||
        text_need_whole(about, gantry, "rows", 1, CT_ROWS_MAX, &size[0], e) != 0 ||
        text_need_whole(about, gantry, "cols", 1, CT_COLS_MAX, &size[1], e) != 0 ||
        ct_geometry_read(about, geometry, (int32_t)size[0], (int32_t)size[1], &o->g, e) != 0)
        return -1;
    o->aperture_mm = o->g.row_pitch_mm;
    return read_source(about, scanner, o, e) != 0 || read_motion(about, gantry, o, e) != 0
               ? -1
               : read_recipe(about, recipe, o, e);
}

/* ---- one view ---- */

static double
magnification(const struct ct_geometry *g)
{
    return g->beam == CT_PARALLEL ? 1 : g->detector_mm / g->source_mm;
}

double
quality_pixel_mm(const struct quality_optics *o)
{
    return o->g.pitch_mm / magnification(&o->g);
}

double
quality_row_mm(const struct quality_optics *o)
{
    return o->g.beam == CT_CONE ? o->g.row_pitch_mm / magnification(&o->g) : o->g.row_pitch_mm;
}

/* How one view sees a place: eq. (6). */
struct sight {
    double pixel_mm, row_mm; /* a pixel there, across the ray; a row */
    double focal;            /* share of the focal spot that blurs there */
    double arm_mm;           /* along the ray from the axis: what a turn moves across it */
};

/* Along the ray of direction (-sin, cos) theta through the place; theta is that of a parallel ray.
 */
static struct sight
look(const struct ct_geometry *g, const double at[2], double theta)
{
    double c = num_cos(theta), s = num_sin(theta);
    double p = at[0] * c + at[1] * s, q = -at[0] * s + at[1] * c;

    if (g->beam == CT_PARALLEL)
        return (struct sight){g->pitch_mm, g->row_pitch_mm, 0, q};
    double cosine = sqrt(1 - p * p / (g->source_mm * g->source_mm));
    double way = g->source_mm * cosine + q,
           all = g->curved ? g->detector_mm : g->detector_mm / cosine;
    double squeeze = g->curved ? 1 : cosine; /* a flat pixel is seen at an angle */
    struct sight v = {g->pitch_mm * squeeze * way / all, g->row_pitch_mm * way / all, 1 - way / all,
                      q};
    if (g->beam == CT_FAN)
        v.row_mm = g->row_pitch_mm;
    return v;
}

static double
sinc(double x)
{
    double a = NUM_PI * x;
    return fabs(a) < 1e-9 ? 1 : num_sin(a) / a;
}

/* Of a round wire: 2 J1(z) / z, by its series; z is small where a wire is thin. */
static double
round_wire(double z)
{
    double term = 1, sum = 1, q = z * z / 4;

    for (int k = 1; k < 12; k++) {
        term *= -q / (k * (k + 1.0));
        sum += term;
    }
    return sum;
}

/* Eq. (7): what a view passes of a wave across its rays. */
static double
pass(const struct quality_optics *o, const struct sight *v, double frequency)
{
    double pixel = frequency * v->pixel_mm, filter = pixel, x;
    double turn = o->views_turn > 0 ? 2 * NUM_PI / o->views_turn : 0;
    double motion = sinc(frequency * turn * v->arm_mm), between = sinc(pixel);
    double sharp = sinc(pixel) * sinc(frequency * o->focal_mm[1] * v->focal) * motion;

    sharp *= 1 - 2 * o->crosstalk * (1 - num_cos(2 * NUM_PI * pixel)); /* nothing takes it off */
    if (o->helical) { /* resorted first, then filtered on pixels as they are at the axis */
        filter = frequency * quality_pixel_mm(o);
        sharp *= between * between * motion * motion;
        between = sinc(filter);
    }
    x = 2 * filter / o->cutoff;
    return x > 1 ? 0 : sharp * between * between * ct_window_at(o->window, x);
}

double
quality_optics_mtf(const struct quality_optics *o, const double at_mm[2], double direction_rad,
                   double frequency, double wire_mm)
{
    double sum = 0;

    for (int side = 0; side < 2; side++) {
        struct sight v = look(&o->g, at_mm, direction_rad + side * NUM_PI);
        sum += 0.5 * pass(o, &v, frequency);
    }
    return sum * round_wire(NUM_PI * frequency * wire_mm);
}

/* ---- slices ---- */

/* A box of width a behind one of width b, at distance z: a trapezoid of area 1. Eq. (9). */
static double
trapezoid(double z, double a, double b)
{
    double wide = a > b ? a : b, narrow = a > b ? b : a, out = 0.5 * (wide + narrow) - fabs(z);

    if (out <= 0)
        return 0;
    return out >= narrow ? 1 / wide : out / (wide * narrow);
}

/* What a row whose ray crosses at distance z sees of a bead: eq. (10). */
static double
row_sees(const struct quality_optics *o, const struct sight *v, double z, double bead_mm)
{
    double aperture = o->aperture_mm * v->row_mm / o->g.row_pitch_mm;
    double focal = o->focal_mm[0] * v->focal, sum = 0;

    for (int k = -BEAD_STEPS; k <= BEAD_STEPS; k++) {
        double x = (double)k / (BEAD_STEPS + 1); /* of the radius: slices of a ball */
        sum += (1 - x * x) * trapezoid(z - 0.5 * x * bead_mm, aperture, focal);
    }
    return sum;
}

/* Eq. (11): rows of a circular scan stand still, and a slice mixes the two beside it. */
static double
still_slice(const struct quality_optics *o, const struct sight *v, const double at[3],
            double bead_mm, double z)
{
    double row = o->g.axis_row + z / v->row_mm, below = num_floor(row), sum = 0;

    for (int k = 0; k < 2; k++) {
        double r = below + k, share = 1 - fabs(row - r);
        if (r >= 0 && r < o->g.rows)
            sum += share * row_sees(o, v, (r - o->g.axis_row) * v->row_mm - at[2], bead_mm);
    }
    return sum;
}

/* Eq. (12): rows of a helical scan come by at any place between two. */
static double
moving_slice(const struct quality_optics *o, const struct sight *v, const double at[3],
             double bead_mm, double z)
{
    const int steps = 16;
    double sum = 0;

    for (int k = -steps; k <= steps; k++) {
        double x = (double)k / steps;
        sum += (1 - fabs(x)) * row_sees(o, v, z + x * v->row_mm - at[2], bead_mm);
    }
    return sum;
}

double
quality_optics_slice(const struct quality_optics *o, const double at_mm[3], double bead_mm,
                     double z_mm)
{
    double sum = 0;

    for (int i = 0; i < VIEWS; i++) {
        struct sight v = look(&o->g, at_mm, 2 * NUM_PI * i / VIEWS);
        sum += o->helical ? moving_slice(o, &v, at_mm, bead_mm, z_mm)
                          : still_slice(o, &v, at_mm, bead_mm, z_mm);
    }
    return sum / VIEWS;
}
