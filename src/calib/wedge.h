/* wedge: what a wedge scan says: the attenuation pair of every step and pixel group, and whether
 * the wedge is the one that it is said to be (doc/physics/calibration.md).
 * A wedge tape's `about` has, inside its scan block: wedge MATERIAL { step FIRST LAST G_CM2 ... },
 * lines FIRST to before LAST of the tape, thinnest first; and blocker, if lead strips stood before
 * it. */
#ifndef CALIB_WEDGE_H
#define CALIB_WEDGE_H

#include "calib/make.h"
#include "phys/material.h"

#define WEDGE_STEPS_MAX 64
#define WEDGE_GROUPS_MAX 32

/* A piece of an arm whose pixels share a table; places are fractional pixels of the line. */
struct wedge_group {
    int begin, end; /* pixels */
    double place;   /* where the table belongs: the middle */
};

struct wedge_step {
    int32_t first, last;
    double g_cm2;
};

struct wedge {
    const char *name; /* of its scan */
    struct material material;
    bool blocker; /* lead strips stood before it: a scan for scatter */
    int steps;
    struct wedge_step step[WEDGE_STEPS_MAX];
};

/* Attenuation of one step in one group, energy 0 and 1, with its standard error; sigma 0 = no
 * value (starved, or the group's pixels are bad). */
struct wedge_point {
    double a[2], sigma[2];
};

/* The wedge block of a scan. Errors name the line of the tape's `about`. */
int wedge_read(const struct scan *s, struct wedge *w, struct err *e) MUST_USE;
/* Cuts the pixels of a view into groups of about `width` that never cross an arm's end. */
int wedge_groups(const struct geometry_view *v, int pixels, int width, struct wedge_group *out);
/* points[group * steps + step] of a view; marks pixels that do not follow their neighbours in
 * odd[pixel] (counts steps). Uses DARK, AIR, NOISE and BAD_PIXEL on the shelf. */
int wedge_measure(const struct make *m, const struct scan *s, const struct wedge *w, int view,
                  const struct wedge_group *groups, int n, struct wedge_point *points, uint8_t *odd,
                  struct err *e) MUST_USE;
/* Refuses steps that do not attenuate more and more. */
int wedge_check_order(const struct wedge *w, int view, const struct wedge_point *points, int groups,
                      struct err *e) MUST_USE;

#endif
