/* alarms: what a processed scan says about the machine that made it. */
#ifndef CMD_ALARMS_H
#define CMD_ALARMS_H

#include "tape/tape.h"

#define ALARMS_MAX 64
#define ALARMS_DRIFT 0.01 /* a detector further off its calibration than this needs a new one */

struct alarms {
    int n; /* filled up to ALARMS_MAX */
    struct alarm {
        const char *kind; /* "calibration-due", "lost", "doubled", "missing", "suspect", ... */
        int view;
        double value; /* lines, or the relative drift */
        char text[200];
    } alarm[ALARMS_MAX];
};

/* Reads the poses and the drift of an output tape. */
void alarms_read(const struct tape *out, struct alarms *a);

#endif
