/* item_pen: writes scene text (grammar in scene.h) and keeps the bounds of what was written, so
 * that an item is built from the inside out: a thing is drawn in its own frame, measured, then
 * placed. Lengths in mm, angles in degrees. Calls never fail: wrong nesting is a bug and asserts.
 */
#ifndef TWIN_ITEM_PEN_H
#define TWIN_ITEM_PEN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define PEN_DEPTH_MAX 16

struct v3 {
    double x, y, z;
};
#define V(x_, y_, z_) ((struct v3){(x_), (y_), (z_)})
#define V0 V(0, 0, 0)

struct v3 v3_add(struct v3 a, struct v3 b);
struct v3 v3_sub(struct v3 a, struct v3 b);
struct v3 v3_scale(struct v3 a, double k);
/* a on the way to b: a at t = 0, b at t = 1. */
struct v3 v3_mix(struct v3 a, struct v3 b, double t);
/* Turned about x, then y, then z. */
struct v3 v3_turn(struct v3 a, struct v3 degrees);

struct v3_box {
    struct v3 low, high; /* nothing inside yet: low > high */
};
struct v3 box_size(const struct v3_box *b);
struct v3 box_centre(const struct v3_box *b);
void box_add(struct v3_box *b, struct v3 low, struct v3 high);
struct v3_box box_turn(const struct v3_box *b, struct v3 degrees);

struct pen_frame {
    struct v3 at, turn, reach; /* reach: (count - 1) * step of a repetition */
    struct v3_box box;         /* in this frame */
    bool minus;                /* a difference, whose first solid alone has bounds */
    int solids;
};

struct pen {
    char *bytes; /* mem_zero'd, terminated; pen_free */
    size_t n, room;
    int depth;
    struct pen_frame frame[PEN_DEPTH_MAX];
};

void pen_start(struct pen *p);
void pen_free(struct pen *p);
/* Bounds of all that was written at the outermost level. */
const struct v3_box *pen_box_of(const struct pen *p);
struct v3 pen_size(const struct pen *p);

void pen_note(struct pen *p, const char *fmt, ...) PRINTF(2, 3); /* a comment */
void pen_line(struct pen *p, const char *fmt, ...) PRINTF(2, 3); /* any line */

/* Blocks; each is closed by pen_end. `tag` is "label" or "threat" (ground truth) or NULL. */
void pen_group(struct pen *p, const char *name, struct v3 at, struct v3 turn);
void pen_truth(struct pen *p, const char *tag, const char *kind, struct v3 at, struct v3 turn);
void pen_repeat(struct pen *p, int nx, int ny, int nz, struct v3 step);
void pen_minus(struct pen *p, const char *material); /* difference: the first less the others */
void pen_both(struct pen *p, const char *material);  /* intersection; bounds of the first */
void pen_end(struct pen *p);
/* All of `other` (finished, unchanged) inside the current block. */
void pen_paste(struct pen *p, const struct pen *other);

/* Solids. `material` is NULL inside pen_minus and pen_both. */
void pen_box(struct pen *p, const char *material, struct v3 size, struct v3 at);
void pen_box_turned(struct pen *p, const char *material, struct v3 size, struct v3 at,
                    struct v3 turn);
void pen_ball(struct pen *p, const char *material, double radius, struct v3 at);
void pen_egg(struct pen *p, const char *material, struct v3 radii, struct v3 at);
void pen_egg_turned(struct pen *p, const char *material, struct v3 radii, struct v3 at,
                    struct v3 turn);
/* A cylinder and a truncated cone (radius r0 at a, r1 at b) from a to b. */
void pen_rod(struct pen *p, const char *material, double radius, struct v3 a, struct v3 b);
void pen_cone(struct pen *p, const char *material, double r0, double r1, struct v3 a, struct v3 b);
/* A torus around the axis 'x', 'y' or 'z'. */
void pen_ring(struct pen *p, const char *material, double radius, double tube, struct v3 at,
              char axis);
/* Thin rods through all the points. */
void pen_wire(struct pen *p, const char *material, double radius, const struct v3 *point, int n);
/* A hollow box: `wall` thick, with air inside. */
void pen_shell(struct pen *p, const char *material, double wall, struct v3 size, struct v3 at);

#endif
