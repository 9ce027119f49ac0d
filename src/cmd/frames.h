/* frames: the pixels behind one series of a sidecar, frame by frame, from files that may be short,
 * huge or not there. */
#ifndef CMD_FRAMES_H
#define CMD_FRAMES_H

#include "cmd/sidecar.h"

struct frames; /* an open series */

/* Checks that the (first) file is there and has the right size. `folder` is where relative paths
 * start; text, series and folder must outlive it. */
int frames_open(const struct text *t, const struct sidecar_series *series, const char *folder,
                struct frames **f, struct err *e) MUST_USE;
void frames_close(struct frames *f); /* takes NULL */
int64_t frames_count(const struct frames *f);
void frames_size(const struct frames *f, int32_t *rows, int32_t *cols);
/* True when all samples are whole numbers by type. */
bool frames_whole(const struct frames *f);
/* Frame i: rows x cols finite numbers, exactly as they stand in the file. Frames must be asked for
 * in order. */
int frames_read(struct frames *f, int64_t i, float *out, struct err *e) MUST_USE;

/* FOLDER/NAME, or NAME when it is absolute; refuses names that are too long. */
int frames_path(const char *folder, const char *name, char out[1024], struct err *e) MUST_USE;

#endif
