/* make: what the parts of a calibration share while it is being made. Private to src/calib. */
#ifndef CALIB_MAKE_H
#define CALIB_MAKE_H

#include "calib/calib.h"
#include "calib/flaw.h"
#include "calib/level.h"
#include "calib/scan.h"
#include "calib/shelf.h"

struct make {
    struct scan dark, air, lag, scatter; /* lag, scatter: tape NULL = not given */
    int wedges;
    struct scan wedge[CALIB_WEDGES_MAX];
    bool has_geometry;
    struct geometry geometry;
    const char *folder;
    struct par *pool;
    struct notes *notes;
    struct shelf shelf;
};

/* The view's geometry if the scanner's description has it and it fits the channel, else NULL. */
const struct geometry_view *make_view(const struct make *m, const struct scan_channel *c);

/* DARK, NOISE, AIR, AIR_NOISE, BAD_PIXEL of every channel. */
int make_levels(struct make *m, struct err *e) MUST_USE;
/* Share of its light that a pixel gives to each neighbour; 0 = none is seen, or not known. dark and
 * air (the common drift taken out) have c->n entries, common c->lines: dose times drift. */
double make_crosstalk(const struct make *m, const struct scan_channel *c, const double *dark,
                      const struct level *dark_level, const struct level *air, const float *common,
                      const uint8_t *flaw);
/* LAG_MODEL of every view and energy, if there is a lag scan. */
int make_lag(struct make *m, struct err *e) MUST_USE;
/* SCATTER of every view and energy, if there is a scan behind lead strips. */
int make_scatter(struct make *m, struct err *e) MUST_USE;
/* ROW_SOURCE of every view. */
int make_rows(struct make *m, struct err *e) MUST_USE;
/* WATER of every channel of a tomograph that describes its source and detector. */
int make_water(struct make *m, struct err *e) MUST_USE;
/* DECOMPOSITION of every view with two energies, from the wedges. */
int make_decomposition(struct make *m, struct err *e) MUST_USE;

#endif
