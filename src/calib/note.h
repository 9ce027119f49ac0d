/* note: what a calibration has to say about the scans that it was given. Warnings never stop it;
 * what makes a calibration unusable is an error of the function that found it. */
#ifndef CALIB_NOTE_H
#define CALIB_NOTE_H

#include "base/err.h"

#include <stdbool.h>

#define NOTES_MAX 100

struct notes {
    int n, warnings, dropped; /* dropped: said after the list was full */
    struct note {
        bool warning; /* false: good to know, nothing is wrong */
        char text[480];
    } note[NOTES_MAX];
};

/* One clear sentence each: what is wrong, where, what to do. */
void notes_warn(struct notes *n, const char *fmt, ...) PRINTF(2, 3);
void notes_say(struct notes *n, const char *fmt, ...) PRINTF(2, 3);

#endif
