/* spread: what is measured in slices of a volume: the transfer of a wire, the profile of a bead,
 * how even and how noisy a cylinder is, how long a bar. Equations 13 to 17 of
 * doc/physics/quality.md. Places are in mm, in the coordinates of phys/ct.h. */
#ifndef QUALITY_SPREAD_H
#define QUALITY_SPREAD_H

#include "phys/ct.h"

#include <stdbool.h>

/* slice[k]: grid.size x grid.size values. */
struct quality_slices {
    const float *const *slice;
    struct ct_grid grid;
};

/* Does every voxel within radius of a place lie in the slices? */
bool quality_inside(const struct quality_slices *s, const double at_mm[2], double radius_mm);
/* Slices [*from, *to) whose middles lie between two heights. */
void quality_between(const struct quality_slices *s, double low_mm, double high_mm, int32_t *from,
                     int32_t *to);

/* value[i]: modulation transfer at frequency i * step per mm, the mean over all directions, of a
 * wire in slices [from, to); value[0] is 1. The circle of 1.4 radius lies inside. */
void quality_wire(const struct quality_slices *s, int32_t from, int32_t to, const double at_mm[2],
                  double radius_mm, double step, int n, double *value);
/* What quality_wire would show of a transfer that is the same in all directions, mtf[i] at i * step
 * per mm and nothing beyond: the circle blurs the spectrum, too. */
void quality_windowed(double *mtf, int n, double step, double radius_mm);
/* profile[k]: what slice k has within radius of a place more than around it. */
void quality_bead(const struct quality_slices *s, const double at_mm[2], double radius_mm,
                  double *profile);
/* Width at a level (of the largest value, 0 to 1) of a curve with points `step` apart; NAN where it
 * does not fall to it on both sides. */
double quality_width(const double *value, int n, double step, double level);
/* Where a curve first falls to a level: in steps. n - 1 where it does not. */
double quality_falls(const double *value, int n, double level);

/* A cylinder along the axis, in slices [from, to). */
struct quality_even {
    double mean;       /* within 0.9 of its radius */
    double cupping;    /* (ring from 0.8 to 0.9 of the radius - middle 0.2) / mean */
    double uniformity; /* the largest |mean of a square - mean| / mean; squares of a fifth radius */
    double noise;      /* standard deviation of voxels in the middle half, / mean */
    double frequency;  /* the mean of its spectrum, per mm */
};
#define QUALITY_NPS_POINTS 16
/* nps[i]: noise power at i + 1/2 steps of 1 / (2 QUALITY_NPS_POINTS voxel) per mm, (1/cm)^2 mm^2.
 * The circle lies inside and has a radius of 48 voxels at least. */
void quality_even(const struct quality_slices *s, int32_t from, int32_t to, const double at_mm[2],
                  double radius_mm, struct quality_even *even, double nps[QUALITY_NPS_POINTS]);

/* Mean over a box (x, y, z from and to) whose voxels lie inside; 0 where it holds none. known: only
 * values above 0 count, and *share is theirs. */
double quality_box(const struct quality_slices *s, const double box_mm[6], bool known,
                   double *share);
/* Length of a bar along axis 0 to 2 (x, y, z) in that box: between the places of half height of the
 * mean over its middle. NAN if it leaves the volume. */
double quality_length(const struct quality_slices *s, const double box_mm[6], int axis);

#endif
