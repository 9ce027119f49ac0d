/* geometry: where source and detector pixels are. Right-handed, millimetres: x along the belt (the
 * scan direction, an item moves towards +x), y across, z up; the belt or road surface is z = 0 and
 * the fan of a view lies in its own plane. doc/physics/geometry.md. */
#ifndef PHYS_GEOMETRY_H
#define PHYS_GEOMETRY_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define GEOMETRY_VIEWS_MAX 8
#define GEOMETRY_PIXELS_MAX 8192
#define GEOMETRY_ROWS_MAX 16384
#define GEOMETRY_ARMS_MAX 8

/* A straight piece of detector array ("arm"); an L has two. Pixels run from `from` (the outer edge
 * of the first one) towards `to`. */
struct geometry_arm {
    double from_mm[3];
    double to_mm[3]; /* gives the direction only; the length follows from the pixels */
    int pixels;
    double pitch_mm;
    int module_pixels;    /* pixels per module; 0 = no modules */
    double module_gap_mm; /* dead space between modules */
};

struct geometry_view {
    double source_mm[3];
    int arms;
    struct geometry_arm arm[GEOMETRY_ARMS_MAX];
    int pixels;             /* sum over arms; line index of a pixel counts through the arms */
    double isocentre_mm[3]; /* the reference plane goes through this point ... */
    double row_pitch_mm;    /* ... and image rows have this pitch on it */
};

struct geometry {
    int views;
    struct geometry_view view[GEOMETRY_VIEWS_MAX];
    double column_pitch_mm; /* of the image along the belt */
};

/* Reads the `view` blocks and `column_pitch_mm` of a scanner description. Checks all ranges, and
 * that each view is a flat fan of less than 85 degrees to both sides of its isocentre in which the
 * pixels follow each other in one direction. Other words in a view are left to their readers. */
int geometry_read(const struct text *t, const struct text_node *scanner, struct geometry *g,
                  struct err *e) MUST_USE;
/* Centre of pixel i, the direction of its arm, and the unit normal of its face (in the fan's plane,
 * away from the source). */
void geometry_pixel(const struct geometry_view *v, int i, double centre_mm[3], double along[3],
                    double normal[3]);
/* Source-to-pixel distance (mm) and 1/cos of the angle between ray and face normal (>= 1). */
void geometry_ray(const struct geometry_view *v, int i, double *distance_mm, double *obliquity);
/* Image rows: the reference plane is through the isocentre, perpendicular to the ray through it.
 * Row r is row_first_mm + r * row_pitch_mm on it. Returns the number of rows. */
int geometry_rows(const struct geometry_view *v, double *row_first_mm);
/* Where pixel i (fractional: 3.5 is between pixels; -0.5 .. pixels - 0.5) falls on the reference
 * plane, mm; ascending with i. */
double geometry_pixel_mm(const struct geometry_view *v, double i);
/* Where the ray through a point falls on the reference plane, mm, and the magnification from the
 * point to that plane (may be NULL). False if the point is not in front of the source. */
bool geometry_point_mm(const struct geometry_view *v, const double point_mm[3], double *mm,
                       double *magnification);
/* For every row the fractional pixel index (0 .. pixels - 1) that feeds it, NAN in a module gap
 * wider than a pixel's half. `out` has geometry_rows() entries. */
void geometry_row_source(const struct geometry_view *v, float *out);

#endif
