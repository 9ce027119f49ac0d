/* scene_parts: what a scene is made of inside: solids that know only their own spans on a ray, and
 * the tables they share. Private to src/twin/scene*.c and the tests beside them. */
#ifndef TWIN_SCENE_PARTS_H
#define TWIN_SCENE_PARTS_H

#include "twin/scene.h"

#include <stdint.h>

#define SCENE_SIZE_MM_MIN 1e-3 /* of a solid: smaller ones drown in the rounding of metres */
#define SCENE_SIZE_MM_MAX 1e6
#define SCENE_PLACE_MM_MAX 1e6
#define SCENE_EXTENT_MM_MAX 1e7
#define SCENE_OPERANDS_MAX 4096 /* solids in one boolean, after repetition */
#define SCENE_MESHES_MAX 256

struct mesh;
struct bvh;

enum scene_kind {
    SOLID_BOX,
    SOLID_SPHERE,
    SOLID_ELLIPSOID,
    SOLID_CYLINDER,
    SOLID_CONE,
    SOLID_TORUS,
    SOLID_MESH,
    SOLID_BOOLEAN,
};

struct scene_turn {
    double m[3][3]; /* item = m * own */
};

/* One placed solid: a cache line. size_mm: box half sizes; sphere r; ellipsoid radii; cylinder r,
 * -, half height; cone bottom r, top r, half height; torus R, tube. */
struct scene_solid {
    double centre_mm[3], size_mm[3];
    uint32_t shape; /* index of its mesh or boolean */
    uint32_t turn;  /* 0 = not turned */
    uint32_t order; /* later replaces earlier */
    uint8_t kind, material, unused[2];
};

/* A point is inside a node if the sum of the weights of its inside children reaches the target:
 * union 1 of 1, intersection n of 1, difference 1 of 1 with a huge penalty for what is cut. */
struct scene_boolean {
    int solids, nodes;
    struct scene_solid *solid; /* placed in the boolean's own coordinates */
    int32_t *solid_parent, *solid_weight;
    int32_t *parent, *weight, *target; /* of nodes; node 0 is the whole; parents come first */
};

struct scene_shapes {
    const struct scene_turn *turn;
    struct mesh *const *mesh;
    struct scene_boolean *const *boolean;
};

/* Points o + t d, |d| = 1, t in mm; only from <= t <= to counts. */
struct scene_ray {
    double o[3], d[3], from, to;
};
struct scene_span {
    double in, out;
};

#define SCENE_SPANS_MAX 512 /* of one solid on one ray, before the ray is cut in two */

/* Where the ray is inside: ascending disjoint spans within [from, to]. Returns how many, -1 if
 * there are more than SCENE_SPANS_MAX. A ray that runs in a face is inside. */
int scene_solid_spans(const struct scene_shapes *h, const struct scene_solid *s,
                      const struct scene_ray *r, struct scene_span *span);
int scene_torus_spans(double ring, double tube, const double p[3], const double d[3],
                      struct scene_span span[2]);
int scene_boolean_spans(const struct scene_shapes *h, const struct scene_boolean *b,
                        const struct scene_ray *r, struct scene_span *span);

/* The greatest p . u over a solid's points p (over its operands' for a boolean); |u| = 1. */
double scene_solid_reach(const struct scene_shapes *h, const struct scene_solid *s,
                         const double u[3]);
/* The smallest box around a solid (around the operands' boxes for a boolean); low > high where an
 * intersection is empty. */
void scene_solid_box(const struct scene_shapes *h, const struct scene_solid *s, double low[3],
                     double high[3]);

/* The rotation about x, then y, then z; multiples of 90 degrees are exact. */
void scene_turn_set(struct scene_turn *turn, const double deg[3]);
void scene_turn_mul(const struct scene_turn *a, const struct scene_turn *b, struct scene_turn *out);
void scene_turn_apply(const struct scene_turn *turn, const double in[3], double out[3]);
bool scene_turn_same(const struct scene_turn *a, const struct scene_turn *b);

struct scene {
    struct arena arena;
    const char *name;
    int solids, materials, truths, meshes, booleans, turns;
    struct scene_solid *solid; /* in the order of the tree's leaves */
    int *at_order;             /* where the solid of this order is */
    struct material *material;
    struct scene_truth *truth;
    struct mesh **mesh;
    struct scene_boolean **boolean;
    struct scene_turn *turn;
    struct scene_shapes shapes;
    struct bvh *bvh;
    double low_mm[3], high_mm[3];
};

/* scene_trace without the tree: every solid is asked. For tests. */
void scene_trace_all(const struct scene *s, const double a[3], const double b[3],
                     struct scene_path *path);

#endif
