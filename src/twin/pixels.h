/* pixels: where the pixels of a view are and which rays feed them, whatever the machine: arms
 * beside a belt, or rows and columns on a gantry. Places are in the frame of source and detector;
 * a pose puts the frame where it was during one line (doc/physics/twin.md, section 6). */
#ifndef TWIN_PIXELS_H
#define TWIN_PIXELS_H

#include "twin/scanner.h"

/* Pixel (row, col) of a line is row * cols + col. */
struct pixels_shape {
    int32_t rows, cols, n;
};
int pixels_views(const struct scanner *s);
struct pixels_shape pixels_shape(const struct scanner *s, int view);

/* Where the frame is, seen from the item. Beside a belt only belt_mm differs from zero (and cos
 * from 0): how far the item's origin is along x. */
struct pixels_pose {
    double belt_mm;      /* of the item's origin, world x */
    double cos, sin;     /* of the gantry's angle */
    double centre_mm[2]; /* the axis of rotation: world y, z */
};
struct pixels_pose pixels_rest(double belt_mm); /* of a machine without gantry */
/* A point of the frame in item coordinates. */
void pixels_place(const struct pixels_pose *pose, const double frame[3], double item[3]);

/* Source-to-pixel distance (mm) and 1/cos of the angle between ray and face normal (>= 1). */
void pixels_ray(const struct scanner *s, int view, int pixel, double *distance_mm,
                double *obliquity);
/* Sensitive area of a pixel. 0: it lies in a gap between modules. */
double pixels_area_mm2(const struct scanner *s, int view, int pixel);
/* Sub-ray (i, j) of samples[0] x samples[1], with focal spot, aperture and the motion during a line
 * (equation 7), in the frame: from a to b. */
void pixels_sub(const struct scanner *s, const int samples[2], int view, int pixel, int i, int j,
                double a[3], double b[3]);
/* Does light pass from a pixel to the next one of its row? */
bool pixels_joined(const struct scanner *s, int view, int pixel);

#endif
