/* cmd: messages and JSON; see cmd.h. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

static const char *running = "";

void
cmd_set_name(const char *name)
{
    running = name;
}

static void
print_line(const char *fmt, va_list ap)
{
    fprintf(stderr, "doorlicht%s%s: ", running[0] != '\0' ? " " : "", running);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
}

void
cmd_note(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    print_line(fmt, ap);
    va_end(ap);
}

int
cmd_bad(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    print_line(fmt, ap);
    va_end(ap);
    return CMD_BAD;
}

int
cmd_fail(const struct err *e)
{
    cmd_note("%s", e->text);
    return e->code == ERR_DAMAGED ? CMD_FOUND : CMD_BAD;
}

int
cmd_print_json(json_t *object)
{
    /* 15 digits: every decimal number that was written with 15 comes back as it was. */
    int bad = json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));

    json_decref(object);
    putchar('\n');
    if (bad != 0 || fflush(stdout) != 0)
        return cmd_bad("cannot write to standard output");
    return CMD_OK;
}
