/* blur: see blur.h. */
#include "twin/blur.h"

#define SHARE_MAX (1.0 / 3) /* above it the middle would have less than its neighbours */

/* Half the variance, in pixels, of an even spread over a width. */
static double
half_variance(double width, double pitch)
{
    return width * width / (pitch * pitch) / 24;
}

int
blur_plan(const struct scanner *s, struct blur *b, struct err *e)
{
    const struct ct_geometry *g = &s->gantry.geometry;
    double grows =
        (g->detector_mm - g->source_mm) / g->source_mm; /* of the focal spot, at the axis */

    b->col = half_variance(g->pitch_mm, g->pitch_mm) +
             half_variance(s->source.focal_mm[1] * grows, g->pitch_mm);
    b->row = g->rows < 2 ? 0
                         : half_variance(s->detector.aperture_mm, g->row_pitch_mm) +
                               half_variance(s->source.focal_mm[0] * grows, g->row_pitch_mm);
    b->view = half_variance(1, 1);
    if (b->col > SHARE_MAX || b->row > SHARE_MAX)
        return err_set(e, ERR_INPUT,
                       "scanner '%s': focal spot or aperture spread over too many pixels for "
                       "'samples 1 1'; use 'samples 2 2' or more",
                       s->name);
    return 0;
}

/* x[i] and its neighbours a step away, of n of them. */
static float
spread(const float *x, int i, int n, int step, float share)
{
    float left = i > 0 ? x[-step] : x[0], right = i + 1 < n ? x[step] : x[0];
    return x[0] + share * ((left - x[0]) + (right - x[0]));
}

/* Transmissions, of this line and its neighbours together. A pixel within a gap has none and takes
 * the one before. */
static void
mix_views(double share, int n, const double *air, const float *before, const float *now,
          const float *after, float *out)
{
    float last = 1;

    for (int p = 0; p < n; p++) {
        double x = (double)now[p], a = before == NULL ? x : (double)before[p];
        double b = after == NULL ? x : (double)after[p];
        if (air[p] > 0)
            last = (float)((x + share * ((a - x) + (b - x))) / air[p]);
        out[p] = last;
    }
}

void
blur_line(const struct blur *b, struct pixels_shape shape, const double *air, const float *before,
          const float *now, const float *after, float *scratch, float *out)
{
    int cols = shape.cols, rows = shape.rows;
    float row = (float)b->row, col = (float)b->col;

    mix_views(b->view, shape.n, air, before, now, after, out);
    for (int p = 0; p < shape.n; p++)
        scratch[p] = spread(out + p, p / cols, rows, cols, row);
    for (int p = 0; p < shape.n; p++)
        out[p] = (float)(air[p] * (double)spread(scratch + p, p % cols, cols, 1, col));
}
