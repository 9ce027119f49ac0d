/* format: the records of a tape file as bytes, and the rules that every file obeys: how many lines
 * a run has and in which order runs follow. No I/O. Private to src/tape. doc/format/tape.md. */
#ifndef TAPE_FORMAT_H
#define TAPE_FORMAT_H

#include "base/hash.h"
#include "proof/merkle.h"
#include "tape/tape.h"

#define FORMAT_VERSION 1
#define FORMAT_PREAMBLE 64
#define FORMAT_RUN 88                 /* bytes of a run's header */
#define FORMAT_ENTRY (FORMAT_RUN + 8) /* in the index: an offset in front of it */
#define FORMAT_MARK 8                 /* in the index: mark and seal of a plane */
#define FORMAT_END 160
#define FORMAT_MAGIC 8
#define FORMAT_TEXT_MAX ((size_t)64 << 10) /* the planes part of the head */
#define FORMAT_HEAD_MAX (FORMAT_PREAMBLE + FORMAT_TEXT_MAX + TAPE_ABOUT_MAX + 16)
#define FORMAT_RUNS_MAX (1 << 21)
#define FORMAT_RUN_LINES 64

extern const uint8_t format_magic_head[FORMAT_MAGIC], format_magic_run[FORMAT_MAGIC],
    format_magic_end[FORMAT_MAGIC];

/* The head: which planes, and about what. */
struct format_head {
    int n;
    struct plane_spec plane[TAPE_PLANES_MAX]; /* none scratch */
    int32_t run_lines[TAPE_PLANES_MAX];
    char *about;    /* owned */
    uint8_t *bytes; /* owned: preamble and text as they stand in the file */
    size_t n_bytes;
    uint8_t hash[HASH_BYTES]; /* names the head: bound into every run's header */
};

/* Lines in a run of this plane: FORMAT_RUN_LINES, fewer for huge lines, more for endless tapes. */
int32_t format_run_lines(const struct plane_spec *p);
/* Would a reader accept that many? Not every writer needs our rule. */
bool format_run_lines_ok(const struct plane_spec *p, int32_t lines);
/* From the planes of a tape that are not scratch; plane[i] of the file is map[i] of the tape. */
int format_head_make(const struct tape *t, struct format_head *h, int map[TAPE_PLANES_MAX],
                     struct err *e) MUST_USE;
/* From hostile bytes that start with a preamble. */
int format_head_parse(const uint8_t *bytes, size_t n, const char *name, struct format_head *h,
                      struct err *e) MUST_USE;
/* Bytes of preamble and text if `bytes` (FORMAT_PREAMBLE of them) may be a preamble, else 0. */
size_t format_head_bytes(const uint8_t *bytes);
void format_head_free(struct format_head *h); /* takes a zeroed or freed one */

/* A run of lines of one plane. */
struct format_run {
    int32_t plane, first, lines;
    uint32_t kind; /* enum codec_kind */
    uint64_t plain, stored;
    uint8_t hash[HASH_BYTES]; /* of the plain bytes */
    uint8_t check[8];         /* first bytes of the hash of the stored bytes */
};
void format_run_put(const struct format_head *h, const struct format_run *r, uint8_t *bytes);
/* False if it is not an undamaged header of a run that this head allows. */
bool format_run_get(const struct format_head *h, const uint8_t *bytes, struct format_run *r);

/* The end record, which stands before the index and again as the last bytes of the file. */
struct format_end {
    uint64_t index_at, runs, head_bytes, file_bytes;
    uint8_t index_hash[HASH_BYTES], root[HASH_BYTES];
};
void format_end_put(const struct format_end *end, uint8_t *bytes);
/* False if it is damaged or its numbers cannot be. */
bool format_end_get(const uint8_t *bytes, struct format_end *end);
uint64_t format_index_bytes(const struct format_end *end, int planes);

/* Leaves of the Merkle tree: the head, every run in order, the final marks and seals. */
void format_leaf_head(const struct format_head *h, struct merkle *m);
void format_leaf_run(const struct format_run *r, struct merkle *m);
void format_leaf_marks(const uint8_t *marks, int planes, struct merkle *m);

/* The order of runs: the one that would end first, planes in order where equal. */
struct format_order {
    const struct format_head *head;
    int32_t done[TAPE_PLANES_MAX];
    bool ended[TAPE_PLANES_MAX];
};
int format_order_next(const struct format_order *o); /* the plane, or -1 when all have ended */

#endif
