/* ct: the geometry of computed tomography as data: a source and a detector that turn about an axis.
 * Coordinates, millimetres: z along the axis of rotation, x and y in the slice. In the view with
 * gantry angle a, columns of the detector run along (cos a, sin a) and the source looks along
 * (-sin a, cos a). doc/physics/ct.md, eqs (1) to (4). */
#ifndef PHYS_CT_H
#define PHYS_CT_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define CT_COLS_MAX 8192
#define CT_ROWS_MAX 8192
#define CT_SIZE_MAX 4096 /* voxels across a slice */

enum ct_beam {
    CT_PARALLEL, /* every row of the detector is a slice of its own */
    CT_FAN,      /* ... and so it is here; all rows see the same fan */
    CT_CONE,
    CT_BEAMS
};
extern const char *const ct_beam_word[]; /* ends with NULL */

struct ct_geometry {
    enum ct_beam beam;
    bool curved; /* columns on an arc about the source; otherwise the detector is flat */
    int32_t rows, cols;
    double pitch_mm, row_pitch_mm; /* of the pixels, at the detector (along the arc) */
    double source_mm, detector_mm; /* source to axis, source to detector; 0 0 when parallel */
    double axis_col, axis_row;     /* fractional pixel at which the ray through the axis, in the
                                    * plane of the source, arrives; 0 = centre of the first */
    double tilt_rad;               /* of the detector in its own plane: rows turned towards +z */
    bool axis_known;               /* axis_col was given, not assumed to be the middle */
};

/* One projection. */
struct ct_view {
    double angle_rad, z_mm; /* of the gantry; where the source's plane crosses the object */
    bool good;              /* false: lost or suspect, to be left out */
};

/* The voxels: `slices` of size x size. Voxel (i, j) of slice k is centred at x = (i - (size - 1) /
 * 2) voxel_mm + centre_mm[0], y = ((size - 1) / 2 - j) voxel_mm + centre_mm[1] (the first line of a
 * picture is its top) and z = first_mm + k slice_mm. */
struct ct_grid {
    int32_t size, slices;
    double voxel_mm, slice_mm, first_mm, centre_mm[2];
};

/* Reads a `geometry` block (doc/format/import.md): `geometry BEAM { ... }` with rows x cols pixels.
 * Checks every range: one sentence with file, line and word otherwise. */
int ct_geometry_read(const struct text *t, const struct text_node *at, int32_t rows, int32_t cols,
                     struct ct_geometry *g, struct err *e) MUST_USE;
/* The column and row (fractional) at which the ray through a point arrives; eqs (2) to (4). False
 * if the point is not in front of the source. Parallel and fan: row is that of the plane z, as if
 * the rows stood row_pitch_mm apart on the axis. */
bool ct_project(const struct ct_geometry *g, const struct ct_view *v, const double point_mm[3],
                double *col, double *row);
/* Radius about the axis that every view sees completely, mm (of the narrower side). */
double ct_field_mm(const struct ct_geometry *g);

#endif
