/* bind: from the words of a recipe to instances with bound planes. Private to the engine. */
#ifndef RECIPE_BIND_H
#define RECIPE_BIND_H

#include "kern/kern.h"
#include "recipe/recipe.h"

#define RECIPE_INSTANCES_MAX 128
#define RECIPE_SET (RECIPE_INSTANCES_MAX / 64)

/* A plane that the recipe reads or writes. */
struct recipe_plane {
    struct plane_spec spec;
    int index;                  /* in its tape */
    bool given;                 /* it lies in the input tape */
    bool hidden;                /* a later plane has taken its name */
    bool scratch;               /* nobody outside needs it */
    int need;                   /* lines a ring must hold besides one step */
    int lag;                    /* lines behind the first plane of its lattice */
    uint64_t users[RECIPE_SET]; /* bit k: instance k reads or writes it */
};

struct recipe_instance {
    struct stage_run run;
    int in[STAGE_PORTS_MAX], out[STAGE_PORTS_MAX], pose, out_pose; /* recipe_plane, or -1 */
    int first; /* port of the first bound input */
};

struct recipe {
    struct arena arena;
    struct tape *in, *out;
    const struct tape *calib;
    struct par *pool;
    struct recipe_options options;
    bool taken;
    const char *about;
    int n_planes, n;
    struct recipe_plane plane[2 * TAPE_PLANES_MAX];
    struct recipe_instance instance[RECIPE_INSTANCES_MAX];
    int order[RECIPE_INSTANCES_MAX]; /* of turns: the next finds in the cache what one wrote */
};

/* Fills r->plane, r->instance and r->about; in, calib, options are set. */
int recipe_bind(struct recipe *r, const struct text *t, struct err *e) MUST_USE;
/* What its stage took outside of the arena. */
void recipe_instance_close(struct recipe_instance *x);
/* Plane i as a stage sees it (-1 = unbound). */
struct stage_plane recipe_plane_bound(struct recipe *r, int i);
/* The specs of the output tape, in its order; sets every plane's index. Returns their number. */
int recipe_layout(struct recipe *r, struct plane_spec specs[TAPE_PLANES_MAX]);

#endif
