/* measure: figures of image quality from a region of one plane: contrast, line visibility, MTF.
 * Definitions and sources: doc/physics/quality.md. The figures are F792-style and N42.46-style, not
 * those standards'. */
#ifndef QUALITY_MEASURE_H
#define QUALITY_MEASURE_H

#include "base/err.h"

/* x runs along the belt, y along the rows; value(x, y) = p[x * stride + y]. */
struct quality_image {
    const float *p;
    int columns, rows, stride;
};

/* Half-open: columns [x0, x1), rows [y0, y1). */
struct quality_rect {
    int x0, y0, x1, y1;
};

/* Mean and standard deviation of single pixels (n - 1). The rectangle must hold two pixels or more
 * and lie inside the image; this is asserted. */
void quality_moments(const struct quality_image *im, struct quality_rect r, double *mean,
                     double *sigma);

/* Share of the rectangle's pixels that are above 0, and their mean (0 where there are none). */
double quality_known(const struct quality_image *im, struct quality_rect r, double *mean);

/* |mean(object) - mean(background)| / sigma(background): per pixel, and d' = that times the square
 * root of the object's pixels (equations 1 and 2). 0 where the background has no noise at all. */
struct quality_contrast {
    double cnr, d;
};
struct quality_contrast quality_contrast(const struct quality_image *im, struct quality_rect object,
                                         struct quality_rect background);

/* How far the mean along a straight line of `width` pixels stands out from the same mean along
 * parallel lines up to `reach` pixels away, in their standard deviations (equation 3); ends in
 * pixel centres. Lines that would leave the image are left out; 0 if fewer than 8 remain. */
double quality_line_z(const struct quality_image *im, const double from[2], const double to[2],
                      double width, int reach);

/* Modulation transfer of a slightly slanted edge (ISO 12233's method, equation 4). The edge runs
 * along y
 * (`along_x` 0: resolution across columns) or along x (1: across rows); pitch in mm. Errors: no
 * edge, or one that is not slanted by 1 to 15 degrees. */
#define QUALITY_MTF_POINTS 64
struct quality_mtf {
    double slant_deg;
    double f50, f20, f10;             /* cycles/mm where the MTF first falls to 0.5, 0.2, 0.1 */
    double step;                      /* cycles/mm between points */
    double value[QUALITY_MTF_POINTS]; /* at 0, step, 2 step ... up to twice Nyquist */
};
int quality_mtf(const struct quality_image *im, struct quality_rect r, int along_x, double pitch_mm,
                struct quality_mtf *mtf, struct err *e) MUST_USE;

#endif
