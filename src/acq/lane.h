/* lane: from the bytes of a link to raw tapes, one per item: in memory, where the picture is made
 * of it, and in a folder as evidence. Where the folder refuses (full, broken, read-only) the lane
 * goes on and the item is volatile: shown, but no evidence. */
#ifndef ACQ_LANE_H
#define ACQ_LANE_H

#include "acq/core.h"
#include "acq/record.h"
#include "base/hash.h"

#define LANE_PLANES_MAX 16

/* The samples of a line belong to these COUNTS planes, one behind the other. */
struct lane_plane {
    uint8_t view, energy;
    int32_t rows;
};

struct lane_item {
    struct tape *tape;   /* all of it, sealed; the lane's, until told returns */
    struct core_act sum; /* notes, lines, lost */
    bool is_volatile;    /* not in the folder: `why` says what refused */
    char path[1024];     /* its file, durable before this is told; empty if volatile */
    uint8_t root[HASH_BYTES];
    struct err why;
};

struct lane_setup {
    struct record_layout layout;
    struct core_rules rules; /* encoder_mm is the layout's */
    int planes;
    struct lane_plane plane[LANE_PLANES_MAX];
    const char *folder, *about; /* about: what each tape says of itself, grammar of base/text.h */
    const float *dark, *air;    /* of all samples, for the shadow; NULL: by curtain alone */
    void (*told)(void *arg, const struct lane_item *item);
    void *arg;
};

struct lane;

/* The setup is copied; what it points to must outlive the lane. `first` is the number of the first
 * item's file, FOLDER/item-NUMBER.tape; files that are there already are never replaced. */
int lane_open(const struct lane_setup *setup, uint64_t first, struct lane **l,
              struct err *e) MUST_USE;
/* What the link brought at now_ns: one line. A line that is not one is counted and left out; the
 * line counter shows the gap. */
void lane_line(struct lane *l, int64_t now_ns, const uint8_t *bytes, size_t n);
void lane_tick(struct lane *l, int64_t now_ns, bool stands);
/* The tape of the item that is being scanned, or NULL. */
struct tape *lane_tape(struct lane *l);
int64_t lane_damaged(const struct lane *l); /* lines that were none */
void lane_close(struct lane *l);            /* takes NULL; an unfinished item is dropped */

#endif
