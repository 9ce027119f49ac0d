/* disc_test: a round object with round holes as closed-form projections, with hardening and noise.
 */
#ifndef CT_DISC_TEST_H
#define CT_DISC_TEST_H

#include "base/test.h"

#include "base/num.h"
#include "base/rng.h"
#include "ct/disc.h"

#define COLS 160
#define VIEWS_MAX 64
#define COUNT(x_) ((int)(sizeof(x_) / sizeof *(x_)))

struct circle {
    double x_mm, y_mm, radius_mm;
};

static const struct circle body = {1.7, -2.4, 31};
static const struct circle holes[] = {
    {-9, 8, 7}, {12, 3, 5}, {-3, -18, 5.5}, {18, -14, 3}, {6, 19, 4}};
static const struct ct_disc material = {
    .air = 0.02, .slope = 0.043, .bend = -1.8e-4, .noise = 0.004};

static const struct ct_geometry geometries[] = {
    {.beam = CT_FAN,
     .rows = 1,
     .cols = COLS,
     .pitch_mm = 0.7,
     .row_pitch_mm = 1,
     .source_mm = 410.66,
     .detector_mm = 553.74,
     .axis_col = 79.2},
    {.beam = CT_FAN,
     .curved = true,
     .rows = 1,
     .cols = COLS,
     .pitch_mm = 0.7,
     .row_pitch_mm = 1,
     .source_mm = 410.66,
     .detector_mm = 553.74,
     .axis_col = 80.4},
    {.beam = CT_PARALLEL,
     .rows = 1,
     .cols = COLS,
     .pitch_mm = 0.55,
     .row_pitch_mm = 1,
     .axis_col = 79},
};

/* Distance of a point from a ray, straight from the geometry's definition: the line from the source
 * through the pixel. */
static double
distance_from_ray(const struct ct_geometry *g, double angle, double col, double x, double y)
{
    double c = cos(angle), s = sin(angle), u = (col - g->axis_col) * g->pitch_mm;
    double fan = g->curved ? u / g->detector_mm : atan(u / g->detector_mm);

    if (g->beam == CT_PARALLEL)
        return fabs(x * c + y * s - u);
    double px = g->source_mm * s, py = -g->source_mm * c; /* the source */
    double ax = c * sin(fan) - s * cos(fan), ay = s * sin(fan) + c * cos(fan);
    return fabs((x - px) * ay - (y - py) * ax);
}

static double
chord_mm(const struct ct_geometry *g, double angle, double col, const struct circle *b)
{
    double d = distance_from_ray(g, angle, col, b->x_mm, b->y_mm);
    return d < b->radius_mm ? 2 * sqrt(b->radius_mm * b->radius_mm - d * d) : 0;
}

struct scan {
    struct ct_geometry g;
    int32_t n;
    struct ct_view view[VIEWS_MAX];
    float row[VIEWS_MAX * COLS];
};

/* n views over an arc, the fourth of them lost. */
static void
scan_make(struct scan *s, const struct ct_geometry *g, int32_t n, double from_rad, double arc_rad,
          int n_holes, double noise)
{
    struct rng random = rng_start(7, 1);

    *s = (struct scan){.g = *g, .n = n};
    for (int32_t v = 0; v < n; v++) {
        s->view[v] =
            (struct ct_view){.angle_rad = from_rad + arc_rad * v / (n - 1), .good = v != 3};
        for (int32_t c = 0; c < COLS; c++) {
            double length = 0;
            for (int k = -2; k <= 2; k++) { /* a pixel has a width */
                length += chord_mm(g, s->view[v].angle_rad, c + k * 0.2, &body) / 5;
                for (int h = 0; h < n_holes; h++)
                    length -= chord_mm(g, s->view[v].angle_rad, c + k * 0.2, &holes[h]) / 5;
            }
            double a = material.air + (material.slope + material.bend * length) * length;
            s->row[v * COLS + c] =
                v == 3 ? NAN : (float)(a + noise * exp(a / 2) * rng_normal(&random));
        }
    }
}

#endif
