/* ct: what stages over projections share: the geometry that the tape's own text tells, and the
 * views that its poses tell. */
#ifndef STAGE_CT_H
#define STAGE_CT_H

#include "phys/ct.h"
#include "stage/stage.h"

/* The geometry of rows x cols projections from a tape's text: `import { geometry fan { ... } }`, or
 * `scanner { gantry { geometry cone { ... } } }`. */
int ct_from_about(const char *about, int32_t rows, int32_t cols, struct ct_geometry *g,
                  struct err *e) MUST_USE;
/* A scan as a stage over projections sees it. */
struct ct_scan {
    struct ct_geometry g;
    int32_t n; /* views; 0 until the poses are complete */
    struct ct_view *view;
};
/* Geometry of the projections that the stage's first input holds; axis_col >= 0 overrides the
 * tape's. Memory of the stage's arena. */
int ct_scan_open(struct stage_run *r, double axis_col, struct ct_scan *s, struct err *e) MUST_USE;
/* Takes up the views once all poses are there: true if they are. */
bool ct_scan_ready(const struct stage_run *r, struct ct_scan *s);

/* The first parameters of stages that make volumes, in this order. */
enum {
    CT_PARAM_SIZE,
    CT_PARAM_VOXEL,
    CT_PARAM_SLICES,
    CT_PARAM_SLICE,
    CT_PARAM_FIRST,
    CT_PARAM_X,
    CT_PARAM_Y,
    CT_PARAMS
};
/* Their rows, where 0 leaves the choice to ct_grid_choose. */
#define CT_PARAM_ROWS                                                                              \
    {"size", "voxel", 0, 0, CT_SIZE_MAX, "voxels across a slice; 0 = what covers the field"},      \
        {"voxel_mm", "mm", 0, 0, 1e3, "0 = a pixel of the detector, brought to the axis"},         \
        {"slices", "1", 0, 0, TAPE_LINES_MAX, "0 = one for each row of the detector"},             \
        {"slice_mm", "mm", 0, 0, 1e3, "from slice to slice; 0 = a row, brought to the axis"},      \
        {"first_mm", "mm", -1e6, -1e6, 1e6, "z of the first slice; -1e6 = that of the first row"}, \
        {"centre_x_mm", "mm", 0, -1e4, 1e4, "of the slices, from the axis of rotation"},           \
    {                                                                                              \
        "centre_y_mm", "mm", 0, -1e4, 1e4, "likewise"                                              \
    }
/* Their grid, with defaults from the geometry; what was chosen is written back, so that the tape
 * tells it. */
struct ct_grid ct_grid_choose(double *param, const struct ct_geometry *g);
/* Their grid; a size is rounded up to a multiple of 4 first, and written back. */
struct ct_grid ct_grid_from(double *param);
/* `keep` of stages that wait for all projections. */
int32_t ct_keep_all(const struct stage_run *r);
/* The poses of slices [begin, end), where the stage writes any. */
void ct_slice_poses(const struct stage_run *r, const struct ct_grid *g, int32_t begin, int32_t end);

/* Memory for a kernel's scratch, one piece a thread: run functions take and give back. */
struct ct_scratch;
struct ct_scratch *ct_scratch_new(struct stage_run *r, size_t bytes);
void *ct_scratch_take(struct ct_scratch *s);
void ct_scratch_give(struct ct_scratch *s, void *piece);

/* Size of the voxels of a volume from its text: what its recipe says; 0 if it says nothing. */
double ct_voxel_mm(const char *about);
/* Views a turn, as the scanner's gantry has it; 0 if the text says nothing. */
int32_t ct_views_turn(const char *about);
/* Line of a projection as a view: not good where the pose says dark, air, missing, suspect or
 * unused. */
struct ct_view ct_view_of(const struct pose *p);

#endif
