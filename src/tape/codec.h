/* codec: the lossless compression of one run of lines. Words of four bytes are predicted from the
 * line before, the differences are cut into byte planes and each byte plane is a zstd frame (with
 * its checksum). doc/format/tape.md, "Payload". Private to src/tape. */
#ifndef TAPE_CODEC_H
#define TAPE_CODEC_H

#include "tape/tape.h"

enum codec_kind {
    CODEC_RAW,      /* the plain bytes: where nothing pays */
    CODEC_PLAIN,    /* no prediction */
    CODEC_LINE,     /* from the line before */
    CODEC_LINE2,    /* from the line before that: energies that alternate */
    CODEC_GRADIENT, /* line before, plus what the left neighbour rose since: dose jitter */
    CODECS
};

struct codec; /* contexts and working memory */

/* Can be used for runs of up to max_plain bytes. */
int codec_new(size_t max_plain, struct codec **c, struct err *e) MUST_USE;
void codec_free(struct codec *c); /* takes NULL */

/* What a run consists of. */
struct codec_shape {
    int width;    /* bytes of a word: 1 or 4 */
    size_t words; /* in a line */
    int32_t lines;
};
struct codec_shape codec_shape(enum quantity q, size_t line_bytes, int32_t lines);

/* Stores at most as many bytes as the plain ones (room for that at `stored`, 64-byte aligned
 * plain); returns how many, and how. The same input gives the same bytes with the same libzstd. */
size_t codec_encode(struct codec *c, const struct codec_shape *s, const uint8_t *plain,
                    uint8_t *stored, enum codec_kind *kind);
/* The opposite way; `stored` may be hostile. Writes exactly the plain bytes (64-byte aligned). */
int codec_decode(struct codec *c, const struct codec_shape *s, uint32_t kind, const uint8_t *stored,
                 size_t n, uint8_t *plain, struct err *e) MUST_USE;

#endif
