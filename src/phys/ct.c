/* ct: see ct.h. */
#include "phys/ct.h"

#include "base/num.h"

#include <math.h>

#define MM_MIN 1e-6
#define MM_MAX 1e6

const char *const ct_beam_word[] = {"parallel", "fan", "cone", NULL};

static int
read_distances(const struct text *t, const struct text_node *at, struct ct_geometry *g,
               struct err *e)
{
    const struct text_node *source, *detector;

    if (text_need(t, at, "source_mm", &source, e) != 0 ||
        text_numbers(t, source, 1, MM_MIN, MM_MAX, &g->source_mm, e) != 0 ||
        text_need(t, at, "detector_mm", &detector, e) != 0 ||
        text_numbers(t, detector, 1, MM_MIN, MM_MAX, &g->detector_mm, e) != 0)
        return -1;
    return g->detector_mm > g->source_mm
               ? 0
               : text_error(t, detector, e,
                            "detector_mm must be more than source_mm (both from the source)");
}

static int
read_pixels(const struct text *t, const struct text_node *at, struct ct_geometry *g, struct err *e)
{
    const struct text_node *pitch, *axis;
    double tilt_deg = 0;

    if (text_need(t, at, "pixel_mm", &pitch, e) != 0 ||
        text_numbers(t, pitch, 1, MM_MIN, 1e3, &g->pitch_mm, e) != 0 ||
        text_one(t, at, "axis_pixel", &axis, e) != 0)
        return -1;
    g->row_pitch_mm = g->pitch_mm;
    g->axis_known = axis != NULL;
    g->axis_col = (g->cols - 1) / 2.0;
    g->axis_row = (g->rows - 1) / 2.0;
    if (text_set(t, at, "row_pixel_mm", MM_MIN, 1e3, &g->row_pitch_mm, e) != 0 ||
        text_set(t, at, "axis_pixel", -CT_COLS_MAX, 2 * CT_COLS_MAX, &g->axis_col, e) != 0 ||
        text_set(t, at, "axis_row", -CT_ROWS_MAX, 2 * CT_ROWS_MAX, &g->axis_row, e) != 0 ||
        text_set(t, at, "tilt_deg", -10, 10, &tilt_deg, e) != 0)
        return -1;
    g->tilt_rad = tilt_deg * (NUM_PI / 180);
    return 0;
}

static int
read_shape(const struct text *t, const struct text_node *at, struct ct_geometry *g, struct err *e)
{
    static const char *const shapes[] = {"flat", "curved", NULL};
    const struct text_node *n;
    int shape = 0;

    if (text_one(t, at, "detector", &n, e) != 0)
        return -1;
    if (n != NULL &&
        (text_args(t, n, 1, 1, e) != 0 || text_choice(t, n, 0, shapes, &shape, e) != 0))
        return -1;
    g->curved = shape == 1;
    return 0;
}

int
ct_geometry_read(const struct text *t, const struct text_node *at, int32_t rows, int32_t cols,
                 struct ct_geometry *g, struct err *e)
{
    static const char *const parallel[] = {"pixel_mm", "row_pixel_mm", "axis_pixel",
                                           "axis_row", "tilt_deg",     NULL};
    static const char *const fan[] = {"pixel_mm",    "row_pixel_mm", "axis_pixel",
                                      "axis_row",    "tilt_deg",     "source_mm",
                                      "detector_mm", "detector",     NULL};
    int beam;

    *g = (struct ct_geometry){.rows = rows, .cols = cols};
    if (text_args(t, at, 1, 1, e) != 0 || text_choice(t, at, 0, ct_beam_word, &beam, e) != 0)
        return -1;
    g->beam = (enum ct_beam)beam;
    if (text_only(t, at, g->beam == CT_PARALLEL ? parallel : fan, e) != 0 ||
        read_pixels(t, at, g, e) != 0)
        return -1;
    return g->beam == CT_PARALLEL             ? 0
           : read_distances(t, at, g, e) != 0 ? -1
                                              : read_shape(t, at, g, e);
}

/* Where the ray arrives on the detector, mm from the axis ray: along the columns and the rows. */
static bool
arrive(const struct ct_geometry *g, const struct ct_view *v, const double p[3], double *u,
       double *w)
{
    double c = num_cos(v->angle_rad), s = num_sin(v->angle_rad);
    double across = p[0] * c + p[1] * s, depth = g->source_mm - p[0] * s + p[1] * c;
    double z = p[2] - v->z_mm;

    if (g->beam == CT_PARALLEL) {
        *u = across;
        *w = z;
        return true;
    }
    if (depth <= 0)
        return false;
    double ray = g->curved ? sqrt(depth * depth + across * across) : depth;
    *u = g->curved ? g->detector_mm * num_atan2(across, depth) : g->detector_mm * across / depth;
    *w = g->beam == CT_FAN ? z : g->detector_mm * z / ray;
    return true;
}

bool
ct_project(const struct ct_geometry *g, const struct ct_view *v, const double point_mm[3],
           double *col, double *row)
{
    double u, w, c = num_cos(g->tilt_rad), s = num_sin(g->tilt_rad);

    if (!arrive(g, v, point_mm, &u, &w))
        return false;
    *col = g->axis_col + (u * c + w * s) / g->pitch_mm;
    *row = g->axis_row + (w * c - u * s) / g->row_pitch_mm;
    return true;
}

double
ct_field_mm(const struct ct_geometry *g)
{
    double left = g->axis_col + 0.5, right = g->cols - 0.5 - g->axis_col;
    double u = (left < right ? left : right) * g->pitch_mm;

    if (g->beam == CT_PARALLEL)
        return u;
    if (g->curved)
        return g->source_mm * num_sin(u / g->detector_mm);
    return g->source_mm * u / sqrt(u * u + g->detector_mm * g->detector_mm);
}
