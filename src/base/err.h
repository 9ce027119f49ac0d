/* err: how a function says what went wrong. A struct err lives on the caller's stack; the function
 * that detects the trouble writes one sentence (what, where, what to do) and returns -1. A sentence
 * that is too long loses its middle, never the reason at its end. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(fmt_, args_) __attribute__((format(printf, fmt_, args_)))

enum err_code {
    ERR_NONE,
    ERR_INPUT,   /* a file, argument or message from outside is wrong: exit code 2 */
    ERR_CALIB,   /* a calibration does not fit or is bad: exit code 2 */
    ERR_LIMIT,   /* larger than a documented maximum: exit code 2 */
    ERR_SYSTEM,  /* the machine refused (disk full, no memory): exit code 2 */
    ERR_DAMAGED, /* a scan is damaged, but something was salvaged: exit code 1 */
};

struct err {
    enum err_code code;
    char text[480]; /* one sentence, no newline, always terminated */
};

/* Writes the sentence and returns -1, so that `return err_set(e, ...)` is the whole idiom. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF(3, 4);
/* Puts "context: " in front of the sentence that is there already; returns -1. */
int err_at(struct err *e, const char *fmt, ...) PRINTF(2, 3);
/* Like err_set with ERR_SYSTEM; appends ": " and the text of errno. */
int err_errno(struct err *e, const char *fmt, ...) PRINTF(2, 3);

#endif
