/* scene: what is on the belt, as text; and exact path lengths of rays through it. Item coordinates
 * are those of phys/geometry.h with the item at rest: x along the belt, y across, z up, belt at z =
 * 0.
 *
 *   scene "two boxes" {
 *       material cloth { from cotton density_g_cm3 0.3 }       # a local name
 *       box { material cloth size_mm 400 300 150 at_mm 0 0 75 rotate_deg 0 0 30 }
 *       group "pistol" { threat firearm at_mm 50 0 40
 *           difference { material steel
 *               box { size_mm 180 25 30 }                       # the first, less all others
 *               cylinder { radius_mm 4.5 height_mm 200 rotate_deg 0 90 0 }
 *           }
 *       }
 *       repeat { count 10 1 4 step_mm 30 0 25  sphere { material fruit radius_mm 12 } }
 *   }
 * (One word a line in files; the braces above are folded to save room.)
 * Solids, all centred on their own origin: box { size_mm x y z }, sphere { radius_mm r }, ellipsoid
 * { radii_mm x y z }, cylinder { radius_mm r  height_mm h } along z, cone { radii_mm bottom top
 * height_mm h } along z, torus { radius_mm R  tube_mm r } around z, mesh { file NAME.stl  scale s
 * }, difference { ... }, intersection { ... }. Anything may have at_mm x y z and rotate_deg x y z
 * (about x, then y, then z, then moved). Where solids overlap, the later one in the file replaces
 * the earlier. The whole grammar: doc/format/scene.md. */
#ifndef TWIN_SCENE_H
#define TWIN_SCENE_H

#include "base/err.h"
#include "base/text.h"
#include "phys/material.h"

#define SCENE_SOLIDS_MAX (1 << 20) /* after repetition */
#define SCENE_MATERIALS_MAX 250
#define SCENE_PARTS_MAX 250 /* distinct materials on one ray */

struct scene; /* read-only after loading: any number of threads may trace */

int scene_parse(const struct text *t, const char *folder, struct scene **s, struct err *e) MUST_USE;
int scene_load(const char *path, struct scene **s, struct err *e) MUST_USE;
void scene_free(struct scene *s); /* takes NULL */

const char *scene_name(const struct scene *s);
int scene_solids(const struct scene *s); /* leaves, after repetition */
int scene_materials(const struct scene *s);
const struct material *scene_material(const struct scene *s, int i);
void scene_box(const struct scene *s, double low_mm[3],
               double high_mm[3]); /* bounds of all solids */

/* What a ray crosses: the total length in each material, by ascending material index. */
struct scene_path {
    int n;
    int material[SCENE_PARTS_MAX];
    double mm[SCENE_PARTS_MAX];
};
/* The straight segment from a to b (mm). Exact to 1e-6 of a solid's size. */
void scene_trace(const struct scene *s, const double a[3], const double b[3],
                 struct scene_path *path);

/* Ground truth: every group with a `threat KIND` or `label KIND` line, with its bounds. */
struct scene_truth {
    const char *name, *kind;
    bool threat;
    double low_mm[3], high_mm[3];
    int first, solids; /* private */
};
int scene_truths(const struct scene *s);
const struct scene_truth *scene_truth(const struct scene *s, int i);
/* How far truth i reaches towards u, |u| = 1: the greatest p . u over its points p (mm). For a
 * difference that of what is cut, for an intersection that of its nearest operand: never less than
 * the thing itself. */
double scene_truth_reach(const struct scene *s, int i, const double u[3]);

#endif
