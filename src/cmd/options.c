/* options: reads a command line against a table of rows, and prints the table as --help. */
#include "base/text.h"
#include "cmd/cmd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 64

struct reader {
    const struct cmd_option *rows;
    bool given[OPTIONS_MAX];
    struct err *e;
};

static const struct cmd_option *
find_name(const struct cmd_option *rows, const char *name, size_t n)
{
    for (; rows->name != NULL; rows++)
        if (strlen(rows->name) == n && memcmp(rows->name, name, n) == 0)
            return rows;
    return NULL;
}

static const struct cmd_option *
find_letter(const struct cmd_option *rows, char letter)
{
    for (; rows->name != NULL; rows++)
        if (rows->letter == letter)
            return rows;
    return NULL;
}

static int
unknown_name(const struct reader *r, const char *name, size_t n)
{
    char given[64];
    const char *nearest = "help";

    snprintf(given, sizeof given, "%.*s", n < 60 ? (int)n : 60, name);
    int best = text_distance(given, nearest);
    for (const struct cmd_option *row = r->rows; row->name != NULL; row++)
        if (text_distance(given, row->name) < best) {
            best = text_distance(given, row->name);
            nearest = row->name;
        }
    if (best <= 3)
        return err_set(r->e, ERR_INPUT, "unknown option --%s; did you mean --%s?", given, nearest);
    return err_set(r->e, ERR_INPUT, "unknown option --%s; --help lists them", given);
}

static int
set_number(const struct reader *r, const struct cmd_option *row, const char *value)
{
    char *end;
    double v = strtod(value, &end);

    if (end == value || *end != '\0' || !isfinite(v))
        return err_set(r->e, ERR_INPUT, "--%s: '%.60s' is not a number", row->name, value);
    if (row->kind == CMD_WHOLE && (fabs(v) > 9e15 || v != (double)(int64_t)v))
        return err_set(r->e, ERR_INPUT, "--%s: '%.60s' is not a whole number", row->name, value);
    if (v < row->min || v > row->max)
        return err_set(r->e, ERR_INPUT, "--%s: %.60s is out of range; %.10g to %.10g is possible",
                       row->name, value, row->min, row->max);
    if (row->kind == CMD_WHOLE)
        *(int64_t *)row->to = (int64_t)v;
    else
        *(double *)row->to = v;
    return 0;
}

static int
set_choice(const struct reader *r, const struct cmd_option *row, const char *value)
{
    char list[240] = "";

    for (int i = 0; row->choices[i] != NULL; i++) {
        if (strcmp(row->choices[i], value) == 0) {
            *(int *)row->to = i;
            return 0;
        }
        size_t at = strlen(list);
        snprintf(list + at, sizeof list - at, "%s%s", i == 0 ? "" : ", ", row->choices[i]);
    }
    return err_set(r->e, ERR_INPUT, "--%s: '%.60s' is unknown; known: %s", row->name, value, list);
}

static int
set_value(const struct reader *r, const struct cmd_option *row, const char *value)
{
    struct cmd_texts *texts = row->to;

    switch (row->kind) {
    case CMD_FLAG:
        *(bool *)row->to = true;
        return 0;
    case CMD_NUMBER:
    case CMD_WHOLE:
        return set_number(r, row, value);
    case CMD_CHOICE:
        return set_choice(r, row, value);
    case CMD_TEXT:
        *(const char **)row->to = value;
        return 0;
    case CMD_TEXTS:
        if (texts->n == CMD_TEXTS_MAX)
            return err_set(r->e, ERR_LIMIT, "--%s: given more than %d times", row->name,
                           CMD_TEXTS_MAX);
        texts->text[texts->n++] = value;
        return 0;
    }
    return 0;
}

/* `value` is what stood behind '=' or the letter, or NULL; `next` the following word, or NULL.
 * *used says whether next was taken. */
static int
take_option(struct reader *r, const struct cmd_option *row, const char *value, const char *next,
            bool *used)
{
    long i = row - r->rows;

    *used = false;
    if (r->given[i] && row->kind != CMD_TEXTS)
        return err_set(r->e, ERR_INPUT, "--%s is given twice", row->name);
    r->given[i] = true;
    if (row->kind == CMD_FLAG) {
        if (value != NULL)
            return err_set(r->e, ERR_INPUT, "--%s takes no value", row->name);
    } else if (value == NULL) {
        if (next == NULL)
            return err_set(r->e, ERR_INPUT, "--%s needs a value (%s)", row->name, row->argument);
        value = next;
        *used = true;
    }
    if (value != NULL && value[0] == '\0')
        return err_set(r->e, ERR_INPUT, "--%s: the value is empty", row->name);
    return set_value(r, row, value);
}

static int
take_long(struct reader *r, const char *word, const char *next, bool *used)
{
    const char *equals = strchr(word, '=');
    size_t n = equals != NULL ? (size_t)(equals - word) : strlen(word);
    const struct cmd_option *row = find_name(r->rows, word, n);

    if (row == NULL)
        return unknown_name(r, word, n);
    return take_option(r, row, equals != NULL ? equals + 1 : NULL, next, used);
}

/* -q, -qv (flags together), -oFILE, -o FILE. */
static int
take_letters(struct reader *r, const char *letters, const char *next, bool *used)
{
    for (*used = false; *letters != '\0'; letters++) {
        const struct cmd_option *row = find_letter(r->rows, *letters);
        if (row == NULL)
            return err_set(r->e, ERR_INPUT, "unknown option -%c; --help lists them",
                           *letters > ' ' && *letters < 127 ? *letters : '?');
        if (row->kind != CMD_FLAG)
            return take_option(r, row, letters[1] != '\0' ? letters + 1 : NULL, next, used);
        if (take_option(r, row, NULL, next, used) != 0)
            return -1;
    }
    return 0;
}

/* A word like -5 or -0.3e2 is an operand, not a row of letters. */
static bool
is_negative_number(const char *word)
{
    return word[0] == '-' && ((word[1] >= '0' && word[1] <= '9') || word[1] == '.');
}

int
cmd_read_options(const struct cmd_option *rows, int argc, char **argv, int *n, bool *help,
                 struct err *e)
{
    struct reader r = {.rows = rows, .e = e};
    bool only_operands = false, used;

    *n = 0;
    *help = false;
    for (int i = 1; i < argc; i++) {
        char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
        if (only_operands || word[0] != '-' || word[1] == '\0' || is_negative_number(word)) {
            argv[(*n)++] = word;
            continue;
        }
        if (strcmp(word, "--") == 0) {
            only_operands = true;
            continue;
        }
        if (strcmp(word, "--help") == 0 || (strcmp(word, "-h") == 0 && !find_letter(rows, 'h'))) {
            *help = true;
            return 0;
        }
        if ((word[1] == '-' ? take_long(&r, word + 2, next, &used)
                            : take_letters(&r, word + 1, next, &used)) != 0)
            return -1;
        i += used;
    }
    return 0;
}

static void
print_row(const struct cmd_option *row)
{
    char left[80];
    int n = row->letter != '\0' ? snprintf(left, sizeof left, "  -%c, --%s", row->letter, row->name)
                                : snprintf(left, sizeof left, "      --%s", row->name);
    if (row->kind != CMD_FLAG)
        snprintf(left + n, sizeof left - (size_t)n, " %s", row->argument);
    printf("%-28s%s%s", left, strlen(left) > 27 ? "\n                            " : "",
           row->meaning);
    if (row->kind == CMD_NUMBER || row->kind == CMD_WHOLE)
        printf(" (%.10g to %.10g)", row->min, row->max);
    if (row->kind == CMD_TEXTS)
        printf(" (may be repeated)");
    for (int i = 0; row->kind == CMD_CHOICE && row->choices[i] != NULL; i++)
        printf("%s%s%s",
               i == 0       ? ": "
               : i % 8 == 0 ? ",\n                            "
                            : ", ",
               row->choices[i], "");
    printf("\n");
}

static void
print_help(const struct command *c, const struct cmd_option *rows)
{
    printf("usage: doorlicht %s [OPTION ...]%s%s\n%s.\n\n", c->name, c->usage[0] ? " " : "",
           c->usage, c->brief);
    for (; rows->name != NULL; rows++)
        print_row(rows);
    printf("%-28s%s\n", "  -h, --help", "print this");
    printf("\nThe manual: doorlicht-%s(1).\n", c->name);
}

int
cmd_options(const struct command *c, const struct cmd_option *rows, int argc, char **argv, int min,
            int max)
{
    struct err e;
    bool help;
    int n;

    if (cmd_read_options(rows, argc, argv, &n, &help, &e) != 0)
        exit(cmd_fail(&e));
    if (help) {
        print_help(c, rows);
        exit(cmd_end(CMD_OK));
    }
    if (n < min || n > max)
        exit(cmd_bad("%s; usage: doorlicht %s [OPTION ...] %s",
                     n < min ? "something is missing" : "too many arguments", c->name, c->usage));
    return n;
}
