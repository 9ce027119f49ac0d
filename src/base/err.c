/* err: see err.h. A sentence begins with where and ends with why, and the where (a path) is what
 * grows: so what does not fit is cut out of the middle. */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LONGEST 5120 /* a path of PATH_MAX and what is said about it */
#define HEAD 160     /* bytes in front of the cut */

static void
keep(struct err *e, const char *text)
{
    size_t n = strlen(text), room = sizeof e->text - 1;

    if (n <= room)
        memcpy(e->text, text, n + 1);
    else
        snprintf(e->text, sizeof e->text, "%.*s...%s", HEAD, text, text + n - (room - HEAD - 3));
}

/* "context: reason" */
static void
join(struct err *e, const char *fmt, va_list ap, const char *reason)
{
    char text[LONGEST];
    size_t most = sizeof text - strlen(reason) - 2;
    int n = vsnprintf(text, most, fmt, ap);
    size_t at = n < 0 ? 0 : (size_t)n < most ? (size_t)n : most - 1;

    snprintf(text + at, sizeof text - at, ": %s", reason);
    keep(e, text);
}

int
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    char text[LONGEST] = "";
    va_list ap;

    e->code = code;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    keep(e, text);
    return -1;
}

int
err_at(struct err *e, const char *fmt, ...)
{
    char reason[sizeof e->text];
    va_list ap;

    memcpy(reason, e->text, sizeof reason);
    va_start(ap, fmt);
    join(e, fmt, ap, reason);
    va_end(ap);
    return -1;
}

int
err_errno(struct err *e, const char *fmt, ...)
{
    int number = errno;
    va_list ap;

    e->code = ERR_SYSTEM;
    va_start(ap, fmt);
    join(e, fmt, ap, strerror(number));
    va_end(ap);
    return -1;
}
