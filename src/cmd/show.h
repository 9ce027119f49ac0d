/* show: parts of the show subcommand. A raster is one view as pixels: what of the tape is seen, how
 * it lies, how large a pixel is. */
#ifndef CMD_SHOW_H
#define CMD_SHOW_H

#include "base/par.h"
#include "codec/picture.h"
#include "phys/geometry.h"
#include "tape/tape.h"

#include <stdbool.h>

/* What was asked for. */
struct show {
    int picture;          /* index into show_pictures, -1 = not given */
    const char *plane;    /* a quantity's name, or NULL */
    int64_t view, energy; /* -1 = not given */
    int64_t frame, row;   /* of projections: which frame, or the sinogram of which row; -1 */
    int cut, slab;        /* of volumes: enum show_cut, -1 = all; index into show_slab_words */
    int64_t bits;         /* 8 or 16, of planes */
    double low, high;     /* NAN = the standard ones */
    double scale, width;  /* 0 = not given */
    bool automatic, boxes, crop, legend;
    int64_t threads;
};

struct show_picture {
    const char *name, *stage;
    bool material;    /* the legend shows the material colours */
    enum quantity of; /* what it shows; the legend of areal density is a scale */
};
extern const struct show_picture show_pictures[]; /* ends with a NULL name */
extern const char *const show_picture_names[];

/* How a volume is cut: across the axis of rotation, and along it seen from above and from the side.
 */
enum show_cut { SHOW_AXIAL, SHOW_CORONAL, SHOW_SAGITTAL, SHOW_CUTS };
extern const char *const show_cut_words[];
enum show_slab { SHOW_PLANE, SHOW_MAXIMUM };
extern const char *const show_slab_words[];

struct show_raster {
    int view;
    struct picture picture;   /* RGBA8, GREY8 or GREY16, one pixel per sample */
    double column_mm, row_mm; /* 0 = not known: square pixels */
    bool flipped;             /* row 0 lies at the bottom */
    double place_mm;          /* along the item, of the left edge; NAN = not known */
    double row_first_mm;      /* of row 0 on the reference plane; with row_mm > 0 */
    double low, high;         /* what the ends of a grey scale mean */
    const struct plane_spec *spec;
    const struct tape *tape;
    int plane;
    const struct tape *given; /* the tape that was named: its poses and `about` */
};

/* Runs the stage of a picture over a processed tape: a new tape with colour planes. Where the
 * picture is a scale or its ends are searched, s->low and s->high become these ends. */
int show_colours(struct show *s, struct tape *in, struct par *pool, struct tape **out,
                 struct err *e) MUST_USE;
/* Views that have the plane, ascending. Returns their number. */
int show_views(const struct show *s, const struct tape *t, enum quantity q,
               int views[GEOMETRY_VIEWS_MAX]);
/* Pixels of one plane; colour as it is, numbers as grey from low to high. */
int show_raster(const struct show *s, const struct tape *given, const struct tape *t, int plane,
                struct show_raster *r, struct err *e) MUST_USE;
/* Pixels of one cut through a volume, or of the largest values along the line of sight. */
int show_slice(const struct show *s, const struct tape *given, const struct tape *t, int plane,
               enum show_cut cut, enum show_slab slab, struct show_raster *r,
               struct err *e) MUST_USE;
/* An element as a number. */
double show_sample(const void *line, enum quantity_code code, int32_t i);
/* The ends of the grey scale: what was asked for, or the quantity's, or the values' own. */
int show_range(const struct show *s, struct show_raster *r, struct err *e) MUST_USE;
/* A grey pixel of the raster's kind from a value. */
void show_grey(struct show_raster *r, int32_t x, int32_t y, double value);
/* Plane of the poses of a lattice, or -1. */
int show_poses(const struct tape *t, int lattice);

/* One view, ready. */
struct show_part {
    struct picture picture;
    double pixel_mm, place_mm; /* 0 and NAN = not known */
};
/* Brings a raster to its size in millimetres and adds what was asked for. */
int show_finish(const struct show *s, struct show_raster *r, struct show_part *out,
                struct err *e) MUST_USE;
/* A grey picture becomes RGBA8 in place. */
int show_colour(struct picture *p, struct err *e) MUST_USE;
/* One picture of all RGBA8 parts. Views of one scale that know their places stand above each other,
 * one place of the item in one column; others beside or above each other. */
int show_join(const struct show_part *parts, int n, struct picture *out, struct err *e) MUST_USE;

#endif
