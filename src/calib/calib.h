/* calib: makes a calibration out of scans (doc/physics/calibration.md). A calibration is a tape:
 * planes of LATTICE_CALIB per view and energy, and an `about` that names the machine, the scans and
 * their roots. The same scans give the same bits, whatever the number of threads. */
#ifndef CALIB_CALIB_H
#define CALIB_CALIB_H

#include "base/hash.h"
#include "base/par.h"
#include "calib/note.h"
#include "tape/tape.h"

#define CALIB_WEDGES_MAX 16

/* A sealed raw tape and where it comes from (for messages and the calibration's `about`). */
struct calib_tape {
    const char *path;
    const struct tape *tape; /* NULL = not given */
    uint8_t root[HASH_BYTES];
};

struct calib_input {
    struct calib_tape dark, air;    /* needed */
    struct calib_tape lag, scatter; /* optional */
    int wedges;
    struct calib_tape wedge[CALIB_WEDGES_MAX];
    const char *folder; /* where relative paths of the scanner's description start */
};

/* Makes the calibration; the caller frees it. What is odd but usable goes to `notes` (zeroed
 * before). Errors: ERR_CALIB or ERR_INPUT, one sentence: what makes the scans unusable. */
int calib_make(const struct calib_input *in, struct par *pool, struct notes *notes,
               struct tape **out, struct err *e) MUST_USE;

#endif
