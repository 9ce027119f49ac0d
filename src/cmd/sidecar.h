/* sidecar: what `import` needs to know about measured frames, read from a small text file
 * (doc/format/import.md). */
#ifndef CMD_SIDECAR_H
#define CMD_SIDECAR_H

#include "base/text.h"
#include "phys/ct.h"

#define SIDECAR_SERIES_MAX 64
#define SIDECAR_FILES_MAX 1000000
#define SIDECAR_ENERGIES 2

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
    const struct text_node *geometry; /* its block: ct_geometry_read, unless it is a line scanner */
    bool line;                        /* a line scanner */
    double pixel_mm;                  /* pitch of the detector's pixels */
    double line_mm, line_ms;          /* line scanners: belt and time from line to line */
    int energies;                   /* line scanners: every line has the low, then the high rows */
    bool attenuation;               /* projections are -ln(transmission) already */
    double angle_deg[2];            /* first and last projection */
    double belt_mm[2];              /* likewise: z of the source's plane */
    const struct text_node *angles; /* node of `angle_deg`, `angle_file_deg`, `angle_text_deg` */
    const char *angle_file;         /* one number per projection, or NULL: float32, little-endian */
    bool angle_text;                /* ... or text, numbers apart by white space */
    const char *scanner;            /* file with the machine's description, or NULL */
    int n;
    struct sidecar_series series[SIDECAR_SERIES_MAX]; /* darks, then flats, then the item */
};

/* The text must outlive the sidecar. Errors are "FILE:LINE: field: what is wrong". */
int sidecar_read(const struct text *t, struct sidecar *s, struct err *e) MUST_USE;

#endif
