/* record: the line records of a detector's link. How a line looks (offsets, widths, order of bytes)
 * is a text file, etc/detectors (doc/format/detector.md): another detector is a file, not code.
 * What the link brings is hostile. */
#ifndef ACQ_RECORD_H
#define ACQ_RECORD_H

#include "base/text.h"

#define RECORD_PIXELS_MAX 65536
#define RECORD_BYTES_MAX (1 << 20)
#define RECORD_NAME_MAX 64

/* An unsigned number of `bytes` (1, 2, 4, 8; 0 = the detector does not send it) at byte `at`. */
struct record_field {
    int32_t at, bytes;
};

struct record_layout {
    char name[RECORD_NAME_MAX];
    int32_t line_bytes;
    bool big; /* order of bytes */
    struct record_field counter, encoder, time, flags, dose;
    double encoder_mm, dose_one;   /* one step; what a dose of 1 reads as */
    int64_t time_ns;               /* one step */
    int32_t high_bit, curtain_bit; /* of flags; -1 = there is none */
    struct record_field sample;    /* the first one; the others follow */
    int32_t sample_bits, pixels;
};

struct record_line {
    uint64_t counter, encoder;
    int64_t t_ns;       /* clock of the detector */
    double dose;        /* 0 = unknown */
    bool high, curtain; /* pulsed at the high energy; curtain interrupted */
};

/* Reads the `detector` block of a description. */
int record_layout_read(const struct text *t, struct record_layout *l, struct err *e) MUST_USE;
/* One line of n bytes; counts has room for l->pixels. ERR_INPUT, with nothing in counts to be
 * trusted, if n is not the length of a line or a sample has more bits than the detector. */
int record_line_read(const struct record_layout *l, const uint8_t *bytes, size_t n,
                     struct record_line *line, uint32_t *counts, struct err *e) MUST_USE;

#endif
