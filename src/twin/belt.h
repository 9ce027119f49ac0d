/* belt: the schedule of a scan: when each trigger came, where the item truly was, what the source
 * did, and what the machine believes of all that (doc/physics/twin.md, section 5). */
#ifndef TWIN_BELT_H
#define TWIN_BELT_H

#include "tape/tape.h"
#include "twin/gantry.h"

#define BELT_LINES_MAX (1 << 20)
#define BELT_EVENTS_MAX 16

/* A stop or a reversal that happens when the belt has first gone this far. */
struct belt_event {
    double at_mm;
    double stop_s;     /* > 0: stands still this long */
    double reverse_mm; /* > 0: runs backwards this far, then on */
};

struct belt_line {
    double belt_mm; /* where the belt truly is in the middle of this line, 0 at the start */
    double dose;    /* true relative output; 0 when the source did not fire */
    int32_t source; /* the line whose charge is read: itself, or the one that a double repeats */
    uint8_t energy; /* that the source truly gave (interlaced sources) */
    struct gantry_turn turn;
    struct pose pose;
};

struct belt_orders {
    double length_mm;    /* run until the belt has moved this far ... */
    int32_t lines;       /* ... or, when positive, for this many lines at any distance */
    double air_mm[2];    /* before the first and behind the second nothing is in the beam */
    bool source_off;     /* dark scan */
    double output_ratio; /* what the dose monitor reads at high over low energy, same dose */
    uint64_t seed, machine;
    int events;
    struct belt_event event[BELT_EVENTS_MAX];
};

/* The lines of a scan; the caller frees *lines with mem_free. ERR_LIMIT above BELT_LINES_MAX. */
int belt_plan(const struct scanner *s, const struct belt_orders *orders, struct belt_line **lines,
              int32_t *n, struct err *e) MUST_USE;
/* What the machine believes when the belt first truly is at true_mm (clamped to the scan). */
double belt_believed(const struct belt_line *lines, int32_t n, double true_mm);

#endif
