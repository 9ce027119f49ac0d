/* cmd: messages and JSON; see cmd.h. */
#include "cmd/cmd.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/halt.h"
#include "base/text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *running = "";

void
cmd_set_name(const char *name)
{
    running = name;
}

static void
put_shown(const char *text, FILE *to)
{
    char one[TEXT_PLAIN_MAX];

    for (int n; (n = text_plain(text, one)) > 0; text += n)
        fputs(one, to);
}

static void
put_name(void)
{
    fprintf(stderr, "doorlicht%s%s: ", running[0] != '\0' ? " " : "", running);
}

static void
print_line(const char *fmt, va_list ap)
{
    char line[sizeof(struct err) + 80];

    vsnprintf(line, sizeof line, fmt, ap);
    put_name();
    put_shown(line, stderr);
    fputc('\n', stderr);
}

/* Memory is exhausted or a library refused its work; other threads still run. What stands in the
 * buffer of standard output is not written. */
static void
last_word(const char *sentence)
{
    put_name();
    put_shown(sentence, stderr);
    fputc('\n', stderr);
    _exit(CMD_BAD);
}

static void *
json_memory(size_t n)
{
    return mem_zero(1, n);
}

void
cmd_start(void)
{
    int fd;

    do /* or a file that we write could become standard output */
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
    halt_set(last_word);
    json_set_alloc_funcs(json_memory, mem_free);
}

int
cmd_end(int code)
{
    bool bad = ferror(stdout) != 0;

    bad |= fflush(stdout) != 0; /* in any case */
    if (bad && code != CMD_BAD)
        return cmd_bad("cannot write to standard output");
    return code;
}

int
cmd_output(const char *path, struct err *e)
{
    char part[PATH_MAX];

    if (file_target(path, e) != 0)
        return -1;
    file_reserve(path);
    snprintf(part, sizeof part, "%s.part", path);
    file_reserve(part); /* the unfinished tape is emptied first */
    return 0;
}

void
cmd_made_from(const uint8_t *raw, const uint8_t *calibration, char out[CMD_MADE_FROM])
{
    char hex[2][HASH_HEX] = {"none", "none"};

    if (raw != NULL)
        hash_hex(raw, hex[0]);
    if (calibration != NULL)
        hash_hex(calibration, hex[1]);
    snprintf(out, CMD_MADE_FROM, "made_from {\n    raw %s\n    calibration %s\n}\n", hex[0],
             hex[1]);
}

const char *
cmd_shown(const char *text)
{
    static struct arena arena;
    char *out = arena_zero(&arena, strlen(text) + 1, 4);

    for (char *to = out;; to += strlen(to)) {
        int n = text_plain(text, to);
        if (n == 0)
            return out;
        text += n;
    }
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
    if (object == NULL)
        return cmd_bad("a name or a text is not UTF-8, and JSON can hold nothing else");
    /* 15 digits: every decimal number that was written with 15 comes back as it was. */
    int bad = json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));

    json_decref(object);
    putchar('\n');
    return cmd_end(bad != 0 ? cmd_bad("cannot write JSON to standard output") : CMD_OK);
}
