/* scene_read: the tree of a scene file, checked, before anything is repeated or placed. Private to
 * scene*.c. */
#ifndef TWIN_SCENE_READ_H
#define TWIN_SCENE_READ_H

#include "twin/scene_parts.h"

enum scene_part_kind {
    PART_SOLID,
    PART_GROUP, /* a union inside a boolean */
    PART_REPEAT,
    PART_DIFFERENCE,
    PART_INTERSECTION,
};

struct scene_part {
    const struct text_node *node;
    enum scene_part_kind kind;
    struct scene_turn turn;
    double at_mm[3], step_mm[3];
    int count[3];              /* of a repeat, else 1 1 1 */
    struct scene_solid solid;  /* kind, sizes and mesh of a PART_SOLID */
    int material;              /* -1 = none of its own */
    const char *name, *threat; /* threat: kind of a threat or label, or NULL */
    bool is_threat;
    int64_t solids;   /* in all its copies; a boolean is one */
    int64_t operands; /* solids below, in all copies */
    int64_t nodes;    /* parts below that are no solids, in all copies, and itself */
    struct scene_part *first, *next;
    /* filled by scene_build: */
    int shape; /* of a boolean, -1 until it is made */
    bool boxed;
    uint32_t box_turn;
    double low[3], high[3]; /* about its centre when turned by box_turn */
};

struct scene_reading {
    const struct text *t;
    const char *folder;
    struct scene *s;
    struct arena parts; /* the tree; the caller frees it */
    struct err *e;
    bool *local; /* per material: defined in the file, not fetched from material.def */
    const char *mesh_key[SCENE_MESHES_MAX];
    int triangles;
};

/* Fills the scene's name, materials and meshes and gives the root part (a group). */
int scene_read(struct scene_reading *r, struct scene_part **root) MUST_USE;
/* A `material NAME { ... }` block or a `material NAME` line: the index in s->material. */
int scene_material_define(struct scene_reading *r, const struct text_node *n) MUST_USE;
int scene_material_use(struct scene_reading *r, const struct text_node *n, int *index) MUST_USE;
/* Places, repeats and sorts: everything of the scene that the tree does not have. */
int scene_build(struct scene_reading *r, struct scene_part *root) MUST_USE;

#endif
