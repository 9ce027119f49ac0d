/* track: where each trigger of a scan was along the belt, and by which trigger each image column
 * is complete. Books of the position stage: recomputed from the poses alone, line by line in order,
 * so that chunking, kills and live arrival cannot change them. */
#ifndef STAGE_TRACK_H
#define STAGE_TRACK_H

#include "stage/stage.h"

#define TRACK_SMOOTH_MAX 8 /* lines on either side that smooth a position */
#define TRACK_WINDOW 56    /* a column is made of at most so many lines */
#define TRACK_PATIENCE 40  /* lines that a column waits for better ones when the belt rests */

struct track {
    double pitch_mm;
    int smooth;             /* lines on either side */
    bool interlaced;        /* energies alternate: each needs lines of its own */
    int32_t lines, columns; /* capacities */
    /* per line */
    double *x_mm;
    uint32_t *flags;  /* POSE_* */
    int32_t done;     /* lines that are in the books */
    double origin_mm; /* of column 0 */
    double far_mm[2]; /* furthest good line, by energy; far_mm[1] is unused unless interlaced */
    /* per column */
    int32_t *passed; /* first line at or beyond its position */
    int32_t *closed; /* the line with which it was complete */
    int32_t n_passed, n_closed;
};

/* Makes empty books in the arena. */
void track_open(struct track *t, struct arena *a, int32_t lines, int32_t columns);
/* Takes up lines below `limit` (all lines that will ever come when `last`). poses of lines below
 * the mark of r->pose are read. */
void track_follow(struct track *t, const struct stage_run *r, int32_t limit, bool last);
/* Is this line one to make an image of? */
bool track_good(uint32_t flags);

/* The lines that make column c of one energy, with weights that sum to 1: a local linear regression
 * with tent weights, which is linear interpolation where lines are as far apart as columns. */
struct track_mix {
    int n;
    int32_t line[TRACK_WINDOW];
    float weight[TRACK_WINDOW];
    uint8_t mask;   /* MASK_NO_LINE, MASK_SUSPECT */
    uint32_t flags; /* POSE_* of all lines nearby */
};
/* energy -1 = lines of any; gap_mm: a larger distance between lines is MASK_NO_LINE. */
void track_mix(const struct track *t, int32_t column, int energy, double gap_mm,
               struct track_mix *m);

#endif
