/* tape: a scan is a tape of lines; a plane is one physical quantity along it. Each plane has one
 * writer and one mark: lines below the mark are ready and never change. Memory form: one memfd that
 * starts with a head, then marks, then planes at offsets. File form: tape/file.h. Both:
 * doc/format/tape.md. */
#ifndef TAPE_TAPE_H
#define TAPE_TAPE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAPE_PLANES_MAX 128
#define TAPE_LINES_MAX (1 << 22)
#define TAPE_ROWS_MAX (1 << 16)
#define TAPE_ABOUT_MAX ((size_t)4 << 20)
#define TAPE_LINE_BYTES_MAX ((size_t)64 << 20)
#define TAPE_BYTES_MAX ((size_t)1 << 40)

enum quantity {
#define QUANTITY(symbol_, ...) Q_##symbol_,
#include "tape/quantity.def"
#undef QUANTITY
    QUANTITIES
};

enum quantity_code { CODE_U8, CODE_U16, CODE_U32, CODE_F32, CODE_I64, CODE_RGBA, CODE_POSE };

struct quantity_info {
    const char *name, *unit, *meaning;
    enum quantity_code code;
    size_t bytes; /* of one element */
    double min, max, display_low, display_high;
};
extern const struct quantity_info quantity_table[QUANTITIES];
int quantity_find(const char *name); /* -1 if there is none */

/* What lines of a plane run along. */
enum lattice {
    LATTICE_LINE,  /* triggers of a line scanner, in order of time */
    LATTICE_GRID,  /* image columns of constant pitch along the belt */
    LATTICE_PROJ,  /* projections of a turning geometry */
    LATTICE_SLICE, /* slices of a volume */
    LATTICE_CALIB, /* rows of a calibration table */
    LATTICES
};

/* One per line of LATTICE_LINE, PROJ and GRID. */
struct pose {
    int64_t t_ns;     /* since the item began */
    float belt_mm;    /* position of the belt (or the estimate of it) */
    float gantry_rad; /* 0 for line scanners */
    float dose;       /* reference detector, 1 = nominal; 0 = unknown */
    uint32_t flags;   /* POSE_* */
};
#define POSE_HIGH (1u << 0)    /* this line was pulsed at the high energy (interlaced sources) */
#define POSE_DARK (1u << 1)    /* source off */
#define POSE_AIR (1u << 2)     /* nothing in the beam */
#define POSE_LOST (1u << 3)    /* one or more triggers were lost before this line */
#define POSE_DOUBLED (1u << 4) /* this trigger repeats the one before */
#define POSE_MISSING (1u << 5) /* the source did not fire */
#define POSE_REVERSE (1u << 6) /* the belt ran backwards */
#define POSE_SUSPECT (1u << 7) /* the signal contradicts the energy tag */
#define POSE_UNUSED (1u << 8)  /* left out on request */

/* Bits of a MASK plane: physics, not errors. */
#define MASK_SATURATED (1u << 0)
#define MASK_STARVED (1u << 1) /* unpenetrated: too few photons to say anything */
#define MASK_DEAD (1u << 2)    /* dead or drifting pixel, replaced by its neighbours */
#define MASK_GAP (1u << 3)     /* between detector modules */
#define MASK_NO_LINE (1u << 4) /* no valid trigger near this position */
#define MASK_SUSPECT (1u << 5) /* wrong energy, doubled or lost trigger nearby */

struct plane_spec {
    enum quantity quantity;
    uint8_t view, energy; /* energy 0 = low, 1 = high, 2 = both interlaced along the lines */
    uint8_t lattice;      /* enum lattice */
    bool scratch;         /* ring of `ring` lines (a power of two), never in a file */
    int32_t rows, cols;   /* elements per line = rows x cols; cols is 1 for line scanners */
    int32_t lines;        /* capacity */
    int32_t ring;         /* lines that memory holds; 0 or = lines unless scratch */
};

struct tape; /* a mapped tape */

/* A new tape in memory with the given planes (at most TAPE_PLANES_MAX) and `about`, a text in the
 * grammar of base/text.h that says where it comes from. The memory is sparse: what is never written
 * costs nothing. The creator is the writer of every plane. */
int tape_new(const struct plane_spec *planes, int n, const char *about, struct tape **t,
             struct err *e) MUST_USE;
/* The same for the planes of another tape: empty ones. */
int tape_new_like(const struct tape *from, const char *about, struct tape **t,
                  struct err *e) MUST_USE;
/* Maps somebody else's tape; the caller keeps its `fd`. The head is copied once and checked;
 * everything in it is hostile, and a memory that could still shrink is refused. With `write` the
 * caller takes over as the writer (the old one must have been reaped). */
int tape_map(int fd, bool write, struct tape **t, struct err *e) MUST_USE;
void tape_free(struct tape *t); /* takes NULL */
int tape_fd(const struct tape *t);

int tape_planes(const struct tape *t);
const struct plane_spec *tape_plane(const struct tape *t, int plane);
/* Index of a plane, or -1. energy or view of -1 matches any (the first is returned). */
int tape_find(const struct tape *t, enum quantity q, int view, int energy);
const char *tape_about(const struct tape *t);
size_t tape_line_bytes(const struct tape *t, int plane);

/* Lines ready, clamped to [0, lines]: an acquire load. */
int32_t tape_mark(const struct tape *t, int plane);
/* Release store; only the writer; asserts that the mark does not fall and fits. */
void tape_set_mark(struct tape *t, int plane, int32_t mark);
/* No more lines will come: the final number is the mark. Readers see the seal after the last mark.
 */
void tape_seal(struct tape *t, int plane);
bool tape_sealed(const struct tape *t, int plane);

/* Memory of one line, 64-byte aligned. Valid to read below the mark (and, for a ring, no further
 * back than ring lines); only the writer may write, only at or above the mark. Asserts 0 <= line <
 * lines. */
void *tape_line(struct tape *t, int plane, int32_t line);
/* For the writer, before it writes lines below `end`: takes their memory many pages at a time,
 * which costs half of what a fault for each does. Nothing happens where that was done before, or in
 * a tape that was mapped; a system that cannot leaves it to the faults. One thread at a time. */
void tape_fetch(struct tape *t, int plane, int32_t end);
const void *tape_read(const struct tape *t, int plane, int32_t line);

#endif
