/* note: see note.h. */
#include "calib/note.h"

#include <stdio.h>

static void PRINTF(3, 0) add(struct notes *n, bool warning, const char *fmt, va_list args)
{
    n->warnings += warning;
    if (n->n == NOTES_MAX) {
        n->dropped++;
        return;
    }
    struct note *note = &n->note[n->n++];
    note->warning = warning;
    vsnprintf(note->text, sizeof note->text, fmt, args);
}

void
notes_warn(struct notes *n, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(n, true, fmt, args);
    va_end(args);
}

void
notes_say(struct notes *n, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(n, false, fmt, args);
    va_end(args);
}
