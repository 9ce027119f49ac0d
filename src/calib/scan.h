/* scan: a raw tape as a calibration reads it: one channel per view and energy with the lines that
 * count, and what the tape says about the machine that made it. */
#ifndef CALIB_SCAN_H
#define CALIB_SCAN_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/text.h"
#include "calib/note.h"
#include "phys/geometry.h"
#include "tape/tape.h"

#define SCAN_CHANNELS_MAX (2 * GEOMETRY_VIEWS_MAX)
#define SCAN_FULL_SCALE 1048575 /* 20 bits: a sample of this much is saturated */
#define SCAN_NAME_MAX 80

/* What a scan was made for. */
enum scan_role { SCAN_DARK, SCAN_AIR, SCAN_WEDGE, SCAN_LAG, SCAN_SCATTER, SCAN_ROLES };
extern const char *const scan_role_name[SCAN_ROLES];

struct scan_channel {
    int view, energy;      /* energy 0 = low or only, 1 = high */
    int plane, pose;       /* pose -1 = none */
    int32_t rows, cols, n; /* n = rows x cols: pixels of one line */
    bool interlaced;
    bool real;     /* counts-f32: imported frames */
    int32_t lines; /* that count */
    int32_t *line; /* which lines of the plane they are */
    float *dose;   /* of those lines; all 1 when the tape knows none */
};

struct scan {
    enum scan_role role;
    const char *name; /* for messages: the file's name without its folders */
    const struct tape *tape;
    char root[HASH_HEX];
    char scanner[SCAN_NAME_MAX]; /* "" = the tape does not say */
    struct text about;
    const struct text_node *machine; /* the scanner block of about, or NULL */
    int n;
    struct scan_channel channel[SCAN_CHANNELS_MAX];
    struct arena arena;
};

/* Looks through a sealed tape; tape and name must outlive the scan. Lines that the poses call
 * missing, doubled or suspect do not count. Errors: no counts, no lines, a strange head. */
int scan_open(enum scan_role role, const char *name, const struct tape *t,
              const uint8_t root[HASH_BYTES], struct scan *s, struct err *e) MUST_USE;
void scan_close(struct scan *s); /* takes a zeroed one */
/* The channel of a view and energy, or NULL. */
const struct scan_channel *scan_find(const struct scan *s, int view, int energy);
/* Two scans of one machine: same scanner, views, energies and pixels. */
int scan_same_machine(const struct scan *a, const struct scan *b, struct err *e) MUST_USE;
/* "view 0" or "view 1, low energy": for messages, in a buffer of 32. */
const char *scan_where(const struct scan_channel *c, char out[32]);
/* Counts of all pixels of the channel's l-th line; exact for 20-bit samples too. */
void scan_line(const struct scan *s, const struct scan_channel *c, int32_t l, float *out);
/* The count of pixel p in a line of the plane, whatever the type of its counts. */
float scan_count(const struct scan_channel *c, const void *line, int p);
/* The counts of pixel columns [begin, end): out[(p - begin) * lines + l]. */
void scan_columns(const struct scan *s, const struct scan_channel *c, int begin, int end,
                  float *out);

#endif
