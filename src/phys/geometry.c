/* geometry: see geometry.h. Equation numbers are those of doc/physics/geometry.md. */
#include "phys/geometry.h"

#include "base/num.h"

#include <math.h>
#include <string.h>

#define PLACE_MM_MAX 1e6
#define FLAT_MM 0.1       /* how far an arm may leave the plane of its fan */
#define COS_MIN 0.0871557 /* cos 85 degrees */

static double
dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void
minus(const double a[3], const double b[3], double out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = a[i] - b[i];
}

/* Scales to length 1 and returns the old length. */
static double
unit(double v[3])
{
    double length = sqrt(dot(v, v));

    for (int i = 0; i < 3 && length > 0; i++)
        v[i] /= length;
    return length;
}

/* Removes the part of v along the unit vector n. */
static void
across(double v[3], const double n[3])
{
    double along = dot(v, n);

    for (int i = 0; i < 3; i++)
        v[i] -= along * n[i];
}

static void
arm_direction(const struct geometry_arm *a, double along[3])
{
    minus(a->to_mm, a->from_mm, along);
    unit(along);
}

/* Distance along its arm of pixel i's centre; i may be fractional within a pixel (equation 1). */
static double
arm_mm(const struct geometry_arm *a, int pixel, double offset)
{
    int gaps = a->module_pixels > 0 ? pixel / a->module_pixels : 0;
    return (pixel + 0.5 + offset) * a->pitch_mm + gaps * a->module_gap_mm;
}

static const struct geometry_arm *
arm_of(const struct geometry_view *v, int *pixel)
{
    const struct geometry_arm *a = v->arm;

    for (; *pixel >= a->pixels; a++)
        *pixel -= a->pixels;
    return a;
}

/* A point on the arm of pixel i, `offset` pixels beyond its centre. */
static void
pixel_place(const struct geometry_view *v, int i, double offset, double place[3])
{
    const struct geometry_arm *a = arm_of(v, &i);
    double along[3], mm = arm_mm(a, i, offset);

    arm_direction(a, along);
    for (int k = 0; k < 3; k++)
        place[k] = a->from_mm[k] + mm * along[k];
}

void
geometry_pixel(const struct geometry_view *v, int i, double centre_mm[3], double along[3],
               double normal[3])
{
    const struct geometry_arm *a = arm_of(v, &i);
    double mm = arm_mm(a, i, 0);

    arm_direction(a, along);
    minus(a->from_mm, v->source_mm, normal);
    across(normal, along);
    unit(normal);
    for (int k = 0; k < 3; k++)
        centre_mm[k] = a->from_mm[k] + mm * along[k];
}

void
geometry_ray(const struct geometry_view *v, int i, double *distance_mm, double *obliquity)
{
    double centre[3], along[3], normal[3], ray[3];

    geometry_pixel(v, i, centre, along, normal);
    minus(centre, v->source_mm, ray);
    *distance_mm = sqrt(dot(ray, ray));
    *obliquity = *distance_mm / dot(ray, normal); /* equation 2 */
    *obliquity = *obliquity < 1 ? 1 : *obliquity;
}

/* The reference plane: unit normal away from the source, unit row direction, distance. */
struct plane {
    double normal[3], row[3], distance_mm;
};

static void
plane_of(const struct geometry_view *v, struct plane *p)
{
    double first[3];

    minus(v->isocentre_mm, v->source_mm, p->normal);
    p->distance_mm = unit(p->normal);
    pixel_place(v, 0, -0.5, first); /* faces, not centres: there may be only one pixel */
    pixel_place(v, v->pixels - 1, 0.5, p->row);
    for (int i = 0; i < 3; i++)
        p->row[i] -= first[i];
    across(p->row, p->normal);
    unit(p->row);
}

static double
project(const struct geometry_view *v, const struct plane *p, const double point[3])
{
    double ray[3];

    minus(point, v->source_mm, ray);
    return p->distance_mm * dot(ray, p->row) / dot(ray, p->normal); /* equation 3 */
}

bool
geometry_point_mm(const struct geometry_view *v, const double point_mm[3], double *mm,
                  double *magnification)
{
    struct plane p;
    double ray[3];

    plane_of(v, &p);
    minus(point_mm, v->source_mm, ray);
    double depth = dot(ray, p.normal);
    if (!(depth > 1e-9 * p.distance_mm))
        return false;
    *mm = p.distance_mm * dot(ray, p.row) / depth;
    if (magnification != NULL)
        *magnification = p.distance_mm / depth; /* equation 4 */
    return true;
}

static double
pixel_mm(const struct geometry_view *v, const struct plane *p, int i, double offset)
{
    double place[3];

    pixel_place(v, i, offset, place);
    return project(v, p, place);
}

static bool
same_arm(const struct geometry_view *v, int i)
{
    int next = i + 1;
    return arm_of(v, &i) == arm_of(v, &next);
}

/* The part of the way from centre i to centre i + 1 in arm coordinates, gap included. */
static double
step_pixels(const struct geometry_view *v, int i)
{
    const struct geometry_arm *a = arm_of(v, &i);
    return (arm_mm(a, i + 1, 0) - arm_mm(a, i, 0)) / a->pitch_mm;
}

double
geometry_pixel_mm(const struct geometry_view *v, double i)
{
    struct plane p;
    int at = (int)num_floor(i);

    plane_of(v, &p);
    at = at < 0 ? 0 : at > v->pixels - 1 ? v->pixels - 1 : at;
    double f = i - at;
    if (f <= 0 || at == v->pixels - 1)
        return pixel_mm(v, &p, at, f);
    if (same_arm(v, at))
        return pixel_mm(v, &p, at, f * step_pixels(v, at));
    double a = pixel_mm(v, &p, at, 0), b = pixel_mm(v, &p, at + 1, 0);
    return a + f * (b - a);
}

int
geometry_rows(const struct geometry_view *v, double *row_first_mm)
{
    struct plane p;

    plane_of(v, &p);
    double low = pixel_mm(v, &p, 0, -0.5), high = pixel_mm(v, &p, v->pixels - 1, 0.5);
    int rows = (int)((high - low) / v->row_pitch_mm);
    rows = rows < 1 ? 1 : rows;
    *row_first_mm = 0.5 * (low + high) - 0.5 * (rows - 1) * v->row_pitch_mm; /* equation 5 */
    return rows;
}

/* The fraction of the way from pixel i to i + 1 where the ray to `mm` meets their arm
 * (equation 6). */
static double
fraction(const struct geometry_view *v, const struct plane *p, int i, double mm)
{
    double a[3], b[3], ray[3], step[3];

    if (!same_arm(v, i)) {
        double low = pixel_mm(v, p, i, 0), high = pixel_mm(v, p, i + 1, 0);
        return (mm - low) / (high - low);
    }
    pixel_place(v, i, 0, a);
    pixel_place(v, i + 1, 0, b);
    minus(a, v->source_mm, ray);
    minus(b, a, step);
    double slope = mm / p->distance_mm;
    return (slope * dot(ray, p->normal) - dot(ray, p->row)) /
           (dot(step, p->row) - slope * dot(step, p->normal));
}

/* Whether the ray to `mm` passes between the faces of i and i + 1 through a gap too wide to
 * interpolate over. */
static bool
in_gap(const struct geometry_view *v, const struct plane *p, int i, double mm)
{
    double face = pixel_mm(v, p, i, 0.5), next = pixel_mm(v, p, i + 1, -0.5);
    double width = face - pixel_mm(v, p, i, -0.5);
    return mm > face && mm < next && next - face > 0.5 * width;
}

void
geometry_row_source(const struct geometry_view *v, float *out)
{
    struct plane p;
    double first;
    int rows = geometry_rows(v, &first), i = 0;

    plane_of(v, &p);
    double low = pixel_mm(v, &p, 0, 0), high = pixel_mm(v, &p, v->pixels - 1, 0);
    for (int r = 0; r < rows; r++) {
        double mm = first + r * v->row_pitch_mm;
        if (mm <= low || mm >= high) { /* the outer half of an end pixel */
            out[r] = mm <= low ? 0.0f : (float)(v->pixels - 1);
            continue;
        }
        while (pixel_mm(v, &p, i + 1, 0) <= mm)
            i++;
        if (in_gap(v, &p, i, mm)) {
            out[r] = NAN;
            continue;
        }
        double f = fraction(v, &p, i, mm);
        out[r] = (float)(i + (f < 0 ? 0 : f > 1 ? 1 : f));
    }
}

static int
read_arm(const struct text *t, const struct text_node *n, struct geometry_arm *a, struct err *e)
{
    static const char *const words[] = {"from_mm",       "to_mm",         "pixels", "pitch_mm",
                                        "module_pixels", "module_gap_mm", NULL};
    const struct text_node *from, *to, *pixels, *pitch, *module;
    int64_t whole;
    double along[3];

    if (text_args(t, n, 0, 0, e) != 0 || text_only(t, n, words, e) != 0 ||
        text_need(t, n, "from_mm", &from, e) != 0 || text_need(t, n, "to_mm", &to, e) != 0 ||
        text_need(t, n, "pixels", &pixels, e) != 0 || text_need(t, n, "pitch_mm", &pitch, e) != 0 ||
        text_one(t, n, "module_pixels", &module, e) != 0 ||
        text_numbers(t, from, 3, -PLACE_MM_MAX, PLACE_MM_MAX, a->from_mm, e) != 0 ||
        text_numbers(t, to, 3, -PLACE_MM_MAX, PLACE_MM_MAX, a->to_mm, e) != 0 ||
        text_numbers(t, pitch, 1, 1e-3, 1e3, &a->pitch_mm, e) != 0 ||
        text_args(t, pixels, 1, 1, e) != 0 ||
        text_whole(t, pixels, 0, 1, GEOMETRY_PIXELS_MAX, &whole, e) != 0 ||
        text_set(t, n, "module_gap_mm", 0, 1e3, &a->module_gap_mm, e) != 0)
        return -1;
    a->pixels = (int)whole;
    if (module != NULL) {
        if (text_args(t, module, 1, 1, e) != 0 ||
            text_whole(t, module, 0, 0, GEOMETRY_PIXELS_MAX, &whole, e) != 0)
            return -1;
        a->module_pixels = (int)whole;
    }
    minus(a->to_mm, a->from_mm, along);
    if (!(unit(along) >= 1e-3))
        return text_error(t, to, e, "is the same point as from_mm, so the arm has no direction");
    return 0;
}

/* Each arm must lie in the plane of source and first arm and show the source its face. */
static int
check_flat(const struct text *t, const struct text_node *n, const struct geometry_view *v,
           struct err *e)
{
    double along[3], normal[3], centre[3], up[3] = {0};

    for (int i = 0, pixel = 0; i < v->arms; pixel += v->arm[i++].pixels) {
        double ray[3], square;
        minus(v->arm[i].from_mm, v->source_mm, ray);
        arm_direction(&v->arm[i], along);
        across(ray, along);
        square = dot(ray, ray);
        if (square < 1)
            return text_error(t, n, e, "arm %d points at the source: no ray meets its face", i + 1);
        if (i == 0) {
            geometry_pixel(v, 0, centre, along, normal);
            up[0] = along[1] * normal[2] - along[2] * normal[1];
            up[1] = along[2] * normal[0] - along[0] * normal[2];
            up[2] = along[0] * normal[1] - along[1] * normal[0];
        }
        for (int end = 0; end < 2; end++) {
            pixel_place(v, pixel + end * (v->arm[i].pixels - 1), 0, centre);
            minus(centre, v->source_mm, ray);
            double off = fabs(dot(ray, up));
            if (off > FLAT_MM)
                return text_error(t, n, e, "arm %d is %.3g mm outside the plane of the fan", i + 1,
                                  off);
        }
    }
    double ray[3];
    minus(v->isocentre_mm, v->source_mm, ray);
    if (dot(ray, ray) < 1)
        return text_error(t, n, e, "isocentre_mm is where the source is");
    if (fabs(dot(ray, up)) > FLAT_MM)
        return text_error(t, n, e, "isocentre_mm is %.3g mm outside the plane of the fan",
                          fabs(dot(ray, up)));
    return 0;
}

/* Every pixel must be seen on the reference plane, further along than the one before. */
static int
check_order(const struct text *t, const struct text_node *n, const struct geometry_view *v,
            struct err *e)
{
    struct plane p;
    double last = -INFINITY, first;

    plane_of(v, &p);
    if (!(dot(p.row, p.row) > 0.5))
        return text_error(t, n, e, "the array is seen as one point from the source");
    for (int i = 0; i < v->pixels; i++) {
        double place[3], ray[3];
        pixel_place(v, i, 0, place);
        minus(place, v->source_mm, ray);
        double length = unit(ray);
        if (!(length >= 1))
            return text_error(t, n, e, "pixel %d is where the source is", i);
        if (!(dot(ray, p.normal) >= COS_MIN))
            return text_error(t, n, e,
                              "pixel %d is more than 85 degrees from the ray to isocentre_mm; move "
                              "the isocentre to the middle of the fan",
                              i);
        double mm = project(v, &p, place);
        if (!(mm > last))
            return text_error(t, n, e,
                              "seen from the source, pixel %d is not beyond pixel %d; the arms "
                              "must follow each other in one direction",
                              i, i - 1);
        last = mm;
    }
    double span = pixel_mm(v, &p, v->pixels - 1, 0.5) - pixel_mm(v, &p, 0, -0.5);
    if (!(span / v->row_pitch_mm < GEOMETRY_ROWS_MAX + 1) || geometry_rows(v, &first) < 1)
        return text_error(t, n, e, "row_pitch_mm gives %.0f image rows; %d are possible",
                          span / v->row_pitch_mm, GEOMETRY_ROWS_MAX);
    return 0;
}

static int
read_view(const struct text *t, const struct text_node *n, struct geometry_view *v, struct err *e)
{
    const struct text_node *source, *isocentre, *row;

    if (text_need(t, n, "source_mm", &source, e) != 0 ||
        text_need(t, n, "isocentre_mm", &isocentre, e) != 0 ||
        text_need(t, n, "row_pitch_mm", &row, e) != 0 ||
        text_numbers(t, source, 3, -PLACE_MM_MAX, PLACE_MM_MAX, v->source_mm, e) != 0 ||
        text_numbers(t, isocentre, 3, -PLACE_MM_MAX, PLACE_MM_MAX, v->isocentre_mm, e) != 0 ||
        text_numbers(t, row, 1, 1e-3, 1e3, &v->row_pitch_mm, e) != 0)
        return -1;
    for (const struct text_node *a = n->first; a != NULL; a = a->next) {
        if (strcmp(a->word, "arm") != 0)
            continue;
        if (v->arms == GEOMETRY_ARMS_MAX)
            return text_error(t, a, e, "more than %d arms", GEOMETRY_ARMS_MAX);
        if (read_arm(t, a, &v->arm[v->arms], e) != 0)
            return -1;
        v->pixels += v->arm[v->arms++].pixels;
        if (v->pixels > GEOMETRY_PIXELS_MAX)
            return text_error(t, a, e, "more than %d pixels in one view", GEOMETRY_PIXELS_MAX);
    }
    if (v->arms == 0)
        return text_error(t, n, e, "'arm { ... }' is missing");
    return check_flat(t, n, v, e) != 0 ? -1 : check_order(t, n, v, e);
}

int
geometry_read(const struct text *t, const struct text_node *scanner, struct geometry *g,
              struct err *e)
{
    struct geometry out;
    const struct text_node *pitch;

    memset(&out, 0, sizeof out);
    if (text_need(t, scanner, "column_pitch_mm", &pitch, e) != 0 ||
        text_numbers(t, pitch, 1, 1e-3, 1e3, &out.column_pitch_mm, e) != 0)
        return -1;
    for (const struct text_node *n = scanner->first; n != NULL; n = n->next) {
        if (strcmp(n->word, "view") != 0)
            continue;
        if (out.views == GEOMETRY_VIEWS_MAX)
            return text_error(t, n, e, "more than %d views", GEOMETRY_VIEWS_MAX);
        if (read_view(t, n, &out.view[out.views++], e) != 0)
            return -1;
    }
    if (out.views == 0)
        return text_error(t, scanner, e, "'view { ... }' is missing");
    *g = out;
    return 0;
}
