/* pixels: see pixels.h. */
#include "twin/pixels.h"

#include "base/num.h"

#include <math.h>

int
pixels_views(const struct scanner *s)
{
    return s->gantry.turns ? 1 : s->geometry.views;
}

struct pixels_shape
pixels_shape(const struct scanner *s, int view)
{
    const struct ct_geometry *g = &s->gantry.geometry;

    if (s->gantry.turns)
        return (struct pixels_shape){g->rows, g->cols, g->rows * g->cols};
    int n = s->geometry.view[view].pixels;
    return (struct pixels_shape){n, 1, n};
}

struct pixels_pose
pixels_rest(double belt_mm)
{
    return (struct pixels_pose){.belt_mm = belt_mm, .cos = 1};
}

void
pixels_place(const struct pixels_pose *pose, const double frame[3], double item[3])
{
    item[0] = frame[0] - pose->belt_mm;
    item[1] = frame[1] * pose->cos - frame[2] * pose->sin + pose->centre_mm[0];
    item[2] = frame[1] * pose->sin + frame[2] * pose->cos + pose->centre_mm[1];
}

/* Sensitive part of a gantry's pixel along its row: the gap between two modules is taken from the
 * pixels on both sides of it, so that columns keep their pitch. */
static double
active_mm(const struct scanner_gantry *g, int32_t col, double *shift_mm)
{
    int32_t module = g->module_cols, at = module > 0 ? col % module : -1;
    double left = 0, right = 0, half = 0.5 * g->module_gap_mm;

    if (module > 0 && at == 0 && col > 0)
        left = half;
    if (module > 0 && at == module - 1 && col + 1 < g->geometry.cols)
        right = half;
    *shift_mm = 0.5 * (left - right);
    double active = g->geometry.pitch_mm - left - right;
    return active > 0 ? active : 0;
}

/* Offset (da, dx) from the middle of the pixel along columns and rows -> place in the frame:
 * (world x, across the beam, along it), about the axis of rotation (ct.md, equations 3 and 4). */
static void
gantry_point(const struct ct_geometry *g, int pixel, double da, double dx, double out[3])
{
    double along = (pixel % g->cols - g->axis_col) * g->pitch_mm + da;
    double across = (pixel / g->cols - g->axis_row) * g->row_pitch_mm + dx;
    double c = num_cos(g->tilt_rad), s = num_sin(g->tilt_rad);
    double u = along * c - across * s, w = along * s + across * c, r = g->source_mm;
    double angle = u / g->detector_mm;

    out[0] = -w; /* rows count against the belt: towards what comes later */
    out[1] = g->curved ? g->detector_mm * num_sin(angle) : u;
    out[2] = (g->curved ? g->detector_mm * num_cos(angle) : g->detector_mm) - r;
}

void
pixels_ray(const struct scanner *s, int view, int pixel, double *distance_mm, double *obliquity)
{
    const struct ct_geometry *g = &s->gantry.geometry;
    double p[3];

    if (!s->gantry.turns) {
        geometry_ray(&s->geometry.view[view], pixel, distance_mm, obliquity);
        return;
    }
    gantry_point(g, pixel, 0, 0, p);
    double depth = p[2] + g->source_mm, w = g->beam == CT_FAN ? 0 : p[0];
    double flat = sqrt(p[1] * p[1] + depth * depth);
    *distance_mm = sqrt(flat * flat + w * w);
    *obliquity = *distance_mm / (g->curved ? flat : depth);
}

static double
arm_pitch(const struct geometry_view *v, int pixel)
{
    int a = 0;
    while (pixel >= v->arm[a].pixels)
        pixel -= v->arm[a++].pixels;
    return v->arm[a].pitch_mm;
}

double
pixels_area_mm2(const struct scanner *s, int view, int pixel)
{
    double shift;

    if (!s->gantry.turns)
        return arm_pitch(&s->geometry.view[view], pixel) * s->detector.aperture_mm;
    return active_mm(&s->gantry, pixel % s->gantry.geometry.cols, &shift) * s->detector.aperture_mm;
}

/* Middle of stratum i of n, from -1/2 to 1/2. */
static double
stratum(int i, int n)
{
    return (i + 0.5) / n - 0.5;
}

/* Aperture, focal spot and motion share the same few sub-rays: each is spread evenly over its own
 * range, in orders that do not follow each other (twin.md, equation 7). */
struct strata {
    double along, across, focal_along, focal_across, motion;
};

static struct strata
share_out(const int n[2], int i, int j)
{
    return (struct strata){.along = stratum(i, n[0]),
                           .across = stratum(j, n[1]),
                           .focal_along = stratum((i + j) % n[0], n[0]),
                           .focal_across = stratum((j + i) % n[1], n[1]),
                           .motion = stratum((j + 2 * i + n[1] / 2) % n[1], n[1])};
}

static void
arm_sub(const struct scanner *s, const struct geometry_view *v, int pixel, const struct strata *x,
        double a[3], double b[3])
{
    static const double belt[3] = {1, 0, 0};
    double centre[3], along[3], normal[3], fan[3], way[3], length = 0;
    double motion = s->source.pulsed ? 0 : s->belt.pitch_mm;

    geometry_pixel(v, pixel, centre, along, normal);
    for (int c = 0; c < 3; c++)
        way[c] = v->isocentre_mm[c] - v->source_mm[c];
    fan[0] = belt[1] * way[2] - belt[2] * way[1];
    fan[1] = belt[2] * way[0] - belt[0] * way[2];
    fan[2] = belt[0] * way[1] - belt[1] * way[0];
    for (int c = 0; c < 3; c++)
        length += fan[c] * fan[c];
    length = length > 0 ? sqrt(length) : 1;
    double da = x->along * arm_pitch(v, pixel);
    double dx = x->across * s->detector.aperture_mm;
    double fa = x->focal_along * s->source.focal_mm[1] / length;
    double fx = x->focal_across * s->source.focal_mm[0];
    double shift = x->motion * motion;
    for (int c = 0; c < 3; c++) {
        a[c] = v->source_mm[c] + fan[c] * fa + belt[c] * (fx - shift);
        b[c] = centre[c] + along[c] * da + belt[c] * (dx - shift);
    }
}

/* Turned about the axis by the part of a line's way, and drawn along the belt by the same part. */
static void
move(double p[3], double turn_rad, double belt_mm)
{
    double c = num_cos(turn_rad), s = num_sin(turn_rad), across = p[1], along = p[2];

    p[0] -= belt_mm;
    p[1] = across * c - along * s;
    p[2] = across * s + along * c;
}

static void
gantry_sub(const struct scanner *s, int pixel, const struct strata *x, double a[3], double b[3])
{
    const struct ct_geometry *g = &s->gantry.geometry;
    double shift, active = active_mm(&s->gantry, pixel % g->cols, &shift);
    double turn = x->motion * 2 * NUM_PI / s->gantry.views_turn;
    double belt = x->motion * s->belt.speed_mm_s * scanner_line_s(s);

    gantry_point(g, pixel, shift + x->along * active, x->across * s->detector.aperture_mm, b);
    a[0] = (g->beam == CT_FAN ? b[0] : 0) + x->focal_across * s->source.focal_mm[0];
    a[1] = x->focal_along * s->source.focal_mm[1];
    a[2] = -g->source_mm;
    move(a, turn, belt);
    move(b, turn, belt);
}

void
pixels_sub(const struct scanner *s, const int samples[2], int view, int pixel, int i, int j,
           double a[3], double b[3])
{
    struct strata x = share_out(samples, i, j);

    if (s->gantry.turns)
        gantry_sub(s, pixel, &x, a, b);
    else
        arm_sub(s, &s->geometry.view[view], pixel, &x, a, b);
}

bool
pixels_joined(const struct scanner *s, int view, int pixel)
{
    const struct geometry_view *v = &s->geometry.view[view];
    int a = 0;

    if (s->gantry.turns) {
        int32_t col = pixel % s->gantry.geometry.cols, module = s->gantry.module_cols;
        return col + 1 < s->gantry.geometry.cols && (module == 0 || col % module != module - 1);
    }
    while (pixel >= v->arm[a].pixels)
        pixel -= v->arm[a++].pixels;
    int module = v->arm[a].module_pixels;
    return pixel + 1 < v->arm[a].pixels && (module == 0 || pixel % module != module - 1);
}
