/* gain: how raw samples become a fraction of the air scan, from the calibration: shared by the
 * stages for integer and for float samples. Eq. (1) of doc/physics/radiograph.md. */
#ifndef STAGE_GAIN_H
#define STAGE_GAIN_H

#include "kern/kern.h"
#include "stage/stage.h"

/* A dead pixel and the good ones on either side of it; weight is that of `right`. */
struct gain_repair {
    int32_t at, left, right;
    float weight;
};

struct gain {
    struct kern_gain gain[2]; /* low, high (the same for planes of one energy) */
    int n_repairs;
    struct gain_repair *repair;
};

/* Tables of the first input's pixels; runs of dead pixels up to `repair_pixels` wide are repaired
 * within one row of a frame (cols > 1) or within the line. */
int gain_open(struct stage_run *r, uint32_t full, int repair_pixels, struct gain **g,
              struct err *e) MUST_USE;
/* Replaces dead pixels of a line by what lies between their neighbours. */
void gain_repair(const struct gain *g, float *signal);

#endif
