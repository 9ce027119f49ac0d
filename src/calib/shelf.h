/* shelf: planes of a calibration while it is being made; at the end they become a tape. */
#ifndef CALIB_SHELF_H
#define CALIB_SHELF_H

#include "base/arena.h"
#include "tape/tape.h"

struct shelf {
    struct arena arena; /* owns all data */
    int n;
    struct plane_spec spec[TAPE_PLANES_MAX];
    void *data[TAPE_PLANES_MAX]; /* lines x rows x cols elements, without gaps */
};

/* A new zeroed plane of lines x rows x cols; asserts that there is room for one more. */
void *shelf_put(struct shelf *s, enum quantity q, int view, int energy, int32_t lines, int32_t rows,
                int32_t cols);
/* The data of a plane that is there, or NULL. */
void *shelf_get(const struct shelf *s, enum quantity q, int view, int energy);
/* Its lines; 0 = it is not there. */
int32_t shelf_lines(const struct shelf *s, enum quantity q, int view, int energy);
/* Everything into a sealed tape. */
int shelf_tape(const struct shelf *s, const char *about, struct tape **t, struct err *e) MUST_USE;
void shelf_free(struct shelf *s);

#endif
