/* frame: the pieces of the ledger's log file. A frame says its type, length and place, and a check
 * over all of it, so that a damaged, missing or displaced one is seen and named; see
 * doc/format/ledger.md. */
#ifndef LEDGER_FRAME_H
#define LEDGER_FRAME_H

#include "base/disk.h"

#include <stdbool.h>

#define FRAME_HEAD 24
#define FRAME_PAYLOAD_MAX ((size_t)4096)
#define FRAME_BYTES_MAX (FRAME_HEAD + FRAME_PAYLOAD_MAX)

enum frame_type {
    FRAME_KEY = 'K',    /* first of all: the log's public key as text; index 0 */
    FRAME_LEAF = 'L',   /* a leaf's text; its index */
    FRAME_COMMIT = 'C', /* a signed checkpoint; index = its number of leaves */
};

struct frame {
    enum frame_type type;
    uint64_t index;
    size_t n;
    const uint8_t *payload; /* in the caller's bytes */
};

/* Returns the bytes written: FRAME_HEAD + n. */
size_t frame_put(uint8_t *out, enum frame_type type, uint64_t index, const void *payload, size_t n);
/* The frame that n bytes begin with: its length, or 0 if there is no whole, undamaged one. */
size_t frame_get(const uint8_t *bytes, size_t n, struct frame *f);

/* Reads a log from its start. */
#define FRAME_WINDOW ((size_t)256 << 10)
struct frame_reader {
    struct disk *disk;
    int handle;
    uint64_t size, at; /* of the file; of the next frame */
    uint64_t first;    /* what of it is in the window */
    size_t held;
    uint8_t window[FRAME_WINDOW];
};
int frame_reader_start(struct frame_reader *r, struct disk *disk, int handle,
                       struct err *e) MUST_USE;
/* The next frame, valid until the next call. *got: is there one? false at the end of the file
 * (at == size) and where no frame stands (at < size). */
int frame_next(struct frame_reader *r, struct frame *f, bool *got, struct err *e) MUST_USE;
/* Moves to the next place behind `at` where an undamaged frame stands, or to the end. */
int frame_skip(struct frame_reader *r, struct err *e) MUST_USE;

#endif
