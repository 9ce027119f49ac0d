/* bvh: a bounding-volume hierarchy over boxes, four children a node, binned surface-area heuristic
 * (Wald, 2007). Its boxes are single precision and a little too large: what they let through is
 * tested exactly by the caller, so the tree can cost time but never change a result. */
#ifndef TWIN_BVH_H
#define TWIN_BVH_H

#include <stdbool.h>
#include <stdint.h>

#define BVH_LEAF_MAX 4
#define BVH_STACK 256

struct bvh_node {
    float low[3][4], high[3][4];
    int32_t child[4]; /* >= 0 a node; below: see bvh_next; unused ones have an empty box */
    int32_t axis;     /* the children ascend along it */
    int32_t unused[3];
};

struct bvh {
    int nodes, items;
    struct bvh_node *node; /* node 0 is the root */
    int32_t *item;         /* the caller's index of the k-th item in the order of the leaves */
    double centre[3], radius;
    double margin; /* how much the boxes are too large */
};

struct bvh_box {
    double low[3], high[3]; /* low <= high, finite */
};

/* n >= 1 boxes; bvh_free takes NULL. */
struct bvh *bvh_build(const struct bvh_box *box, int n);
void bvh_free(struct bvh *b);

/* A walk over the leaves that a ray may touch, near ones roughly first. */
struct bvh_walk {
    const struct bvh_node *node;
    float o[3], inverse[3], from, to;
    bool down[3];
    int depth;
    int32_t stack[BVH_STACK];
};

/* The ray o + t d for 0 <= t <= reach; o within a few radii of the tree's centre. */
void bvh_start(struct bvh_walk *w, const struct bvh *b, const double o[3], const double d[3],
               double reach);
/* The next leaf: items [*first, *first + returned) in the order of the leaves; 0 at the end. */
int bvh_next(struct bvh_walk *w, int *first);

#endif
