/* quality: measures the labelled test objects in a processed scan of a test body (etc/bodies/).
 * What an object is measured for is the first word of its label: wire, block, step, edge, zeff. The
 * figures are F792-style and N42.46-style (doc/physics/quality.md); on scans of the twin they are
 * simulated. */
#ifndef QUALITY_QUALITY_H
#define QUALITY_QUALITY_H

#include "base/arena.h"
#include "base/err.h"
#include "tape/tape.h"

#include <stdbool.h>

#define QUALITY_FIGURES_MAX 128

/* One object, measured. */
struct quality_figure {
    const char *kind;  /* "wire": a row of the table in quality.c */
    const char *group; /* what it is compared with: "in air", "steel" ... (owned by the figures) */
    double size;       /* wire diameter mm, steel mm, contrast %, true Zeff */
    const char *size_unit;
    double value; /* z, CNR, d', cycles/mm, Zeff */
    const char *value_name;
    bool seen;  /* above the limit of visibility; always true for edges and zeff */
    int energy; /* of the plane that it was seen best in */
};

struct quality_figures {
    int n;
    struct quality_figure figure[QUALITY_FIGURES_MAX];
    struct arena arena;
};

/* Measures every labelled object of one view; `t` is the output of `doorlicht run` on a scan whose
 * about has truths. Objects outside of the picture are errors: a test body must fit its scanner. */
int quality_measure(const struct tape *t, int view, struct quality_figures *f,
                    struct err *e) MUST_USE;
void quality_free(struct quality_figures *f);

/* The summary: one row per kind and group: the smallest wire (or step) such that it and all larger
 * ones are seen, the thickest block such that it and all thinner ones are, the edge's frequency,
 * the largest |bias| of Zeff. `better` is +1 when larger is better, -1 when smaller is. */
struct quality_limit {
    const char *kind, *group, *unit;
    double value; /* NAN: none was seen */
    int better;
};
int quality_limits(const struct quality_figures *f, struct quality_limit *limit, int max);

#endif
