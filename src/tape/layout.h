/* layout: where things lie in a memory tape. One side plans it from plane specifications, the other
 * takes it from a foreign head and believes nothing. Private to src/tape. doc/format/tape.md. */
#ifndef TAPE_LAYOUT_H
#define TAPE_LAYOUT_H

#include "tape/tape.h"

#define LAYOUT_VERSION 1
#define LAYOUT_HEAD 64        /* bytes of the fixed part */
#define LAYOUT_PLANE 64       /* bytes of one plane record after it */
#define LAYOUT_CELL 64        /* bytes of one plane's mark and seal: a cache line */
#define LAYOUT_ALIGN 4096     /* planes start at multiples of it */
#define LAYOUT_LINE_ALIGN 64u /* lines start at multiples of it */

struct layout {
    int n;
    struct plane_spec plane[TAPE_PLANES_MAX];
    uint64_t offset[TAPE_PLANES_MAX]; /* of line 0, from the start of the memory */
    uint64_t stride[TAPE_PLANES_MAX]; /* bytes from line to line */
    uint64_t marks_at, about_at, about_bytes, total;
};

/* Is one specification possible? `name` is the plane's number in messages. */
int layout_check_plane(const struct plane_spec *p, int number, struct err *e) MUST_USE;
/* Is it text that may be printed, in the grammar of base/text.h? */
int layout_check_about(const char *about, size_t n, struct err *e) MUST_USE;
/* Bytes of one line without padding; the specification has been checked. */
size_t layout_line_bytes(const struct plane_spec *p);
/* Everything from the specifications; a ring of 0 becomes `lines`. */
int layout_plan(const struct plane_spec *planes, int n, size_t about_bytes, struct layout *l,
                struct err *e) MUST_USE;
/* Bytes of fixed part and plane records. */
size_t layout_head_bytes(const struct layout *l);
void layout_put(const struct layout *l, uint8_t *head);
/* From the `n` bytes of a private copy of a head whose memory has `total` bytes. */
int layout_get(const uint8_t *head, size_t n, uint64_t total, struct layout *l,
               struct err *e) MUST_USE;

#endif
