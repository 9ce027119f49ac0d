/* sidecar: what `import` needs to know about measured frames, read from a small text file
 * (doc/format/import.md). */
#ifndef CMD_SIDECAR_H
#define CMD_SIDECAR_H

#include "base/text.h"

#define SIDECAR_SERIES_MAX 64
#define SIDECAR_FILES_MAX 1000000
#define SIDECAR_ENERGIES 2

enum sidecar_geometry { SIDECAR_PARALLEL, SIDECAR_FAN, SIDECAR_CONE, SIDECAR_LINE };
extern const char *const sidecar_geometry_word[]; /* ends with NULL */

enum sidecar_role { SIDECAR_DARK, SIDECAR_FLAT, SIDECAR_ITEM }; /* in the order on the tape */
enum sidecar_sample { SIDECAR_U16, SIDECAR_U32, SIDECAR_F32 };

/* One source of frames: TIFF files by pattern, or a raw file. */
struct sidecar_series {
    const struct text_node *at; /* for messages */
    enum sidecar_role role;
    bool tiff;
    const char *pattern; /* relative to the data folder; TIFF: at most one %0Nd */
    int64_t first, last; /* numbers that replace %0Nd; equal where there is none */
    enum sidecar_sample sample;
    int64_t skip_bytes, frames, rows, cols; /* raw only */
};

struct sidecar {
    const char *name;
    enum sidecar_geometry geometry;
    double pixel_mm;                /* pitch of the detector's pixels */
    double source_mm, detector_mm;  /* fan, cone: source to axis, source to detector */
    double axis_pixel;              /* column of the axis of rotation; -1 = not known */
    double line_mm, line_ms;        /* line scanners: belt and time from line to line */
    int energies;                   /* line scanners: every line has the low, then the high rows */
    double angle_deg[2];            /* first and last projection */
    const struct text_node *angles; /* node of `angle_deg` or `angle_file_deg` */
    const char *angle_file;         /* float32, little-endian, one per projection, or NULL */
    const char *scanner;            /* file with the machine's description, or NULL */
    int n;
    struct sidecar_series series[SIDECAR_SERIES_MAX]; /* darks, then flats, then the item */
};

/* The text must outlive the sidecar. Errors are "FILE:LINE: field: what is wrong". */
int sidecar_read(const struct text *t, struct sidecar *s, struct err *e) MUST_USE;

#endif
