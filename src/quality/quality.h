/* quality: measures the labelled test objects in a processed scan of a test body (etc/bodies/).
 * What an object is measured for is the first word of its label: wire, block, step, edge, zeff in a
 * picture; quality/volume.h has those of volumes. The figures are F792-style, N42.45-style and
 * N42.46-style (doc/physics/quality.md); on scans of the twin they are simulated. */
#ifndef QUALITY_QUALITY_H
#define QUALITY_QUALITY_H

#include "base/arena.h"
#include "base/err.h"
#include "tape/tape.h"

#include <stdbool.h>

#define QUALITY_FIGURES_MAX 128

struct quality_kind {
    const char *name, *size_unit, *value_name;
    int better;    /* +1: a larger size, or value where `by_value`, is better; -1: a smaller one */
    bool by_value; /* its limit is a value, not a size */
    double slack_share, slack; /* how much worse than a kept limit may be: of it, and absolute */
};

/* Points at first, first + step ... in the unit `x`; memory of the figures. */
struct quality_curve {
    const char *x, *y;
    double first, step;
    int n;
    double *value, *predicted; /* predicted may be NULL */
};

/* One object, measured. */
struct quality_figure {
    const struct quality_kind *kind;
    const char *group; /* what it is compared with: "in air", "steel" ... (owned by the figures) */
    double size;       /* wire diameter mm, steel mm, contrast %, true Zeff */
    double value;      /* z, CNR, d', cycles/mm, Zeff: kind->value_name */
    double predicted;  /* by the scanner's geometry; NAN where nothing is */
    bool seen;         /* above the limit of visibility; always true for edges and zeff */
    int energy;        /* of the plane that it was seen best in */
    const struct quality_curve *curve; /* NULL: there is none */
};

struct quality_figures {
    int n;
    struct quality_figure figure[QUALITY_FIGURES_MAX];
    struct arena arena;
};

/* Measures every labelled object of one view; `t` is the output of `doorlicht run` or `doorlicht
 * ct` on a scan whose about has truths. Objects outside of a picture are errors: a test body must
 * fit its scanner. */
int quality_measure(const struct tape *t, int view, struct quality_figures *f,
                    struct err *e) MUST_USE;
void quality_free(struct quality_figures *f);

/* The summary: one row per kind and group: the smallest wire (or step) such that it and all larger
 * ones are seen, the thickest block such that it and all thinner ones are, the worst
 * value of a kind that has no limit of sizes: the lowest frequency, the largest |bias|. */
struct quality_limit {
    const struct quality_kind *kind;
    const char *group, *unit;
    double value; /* NAN: none was seen */
};
int quality_limits(const struct quality_figures *f, struct quality_limit *limit, int max);
/* " SIZE GROUP" of a label taken apart, the group copied into the arena; false if it is not so. */
bool quality_label(const char *rest, struct arena *a, double *size, const char **group);

#endif
