/* cmd: what every subcommand of `doorlicht` shares. A subcommand is one file in this folder whose
 * last thing is its `struct command`, and one word in meson.build. Exit codes: 0 success, 1
 * something was found (damage, an alarm), 2 bad input or usage. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "base/err.h"
#include "base/hash.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum cmd_exit { CMD_OK = 0, CMD_FOUND = 1, CMD_BAD = 2 };

struct command {
    const char *name, *brief; /* brief: one line without a full stop */
    const char *usage;        /* what follows the options: "SIDECAR", "TAPE ...", "" */
    /* argv[0] is the subcommand's name; returns an exit code. The first thing that run does is
     * cmd_options. */
    int (*run)(int argc, char **argv);
};
/* Every subcommand in the order of the list in meson.build; ends with NULL. */
extern const struct command *const cmd_table[];
const struct command *cmd_find(const char *name);

/* ---- options: one row each; --help, the checks and the messages all come from the rows ---- */
enum cmd_kind {
    CMD_FLAG,   /* bool: present or not */
    CMD_NUMBER, /* double, finite, in [min, max] */
    CMD_WHOLE,  /* int64_t in [min, max] */
    CMD_TEXT,   /* const char *, points into argv */
    CMD_CHOICE, /* int: index in `choices` */
    CMD_TEXTS,  /* struct cmd_texts: may be repeated; every other kind may not */
};

#define CMD_TEXTS_MAX 64
struct cmd_texts {
    int n;
    const char *text[CMD_TEXTS_MAX];
};

struct cmd_option {
    const char *name; /* without the dashes; NULL ends the table */
    char letter;      /* short form, or 0 */
    enum cmd_kind kind;
    void *to;             /* set only when the option is given: initialise it first */
    const char *argument; /* what the value is called in --help: "FILE", "MM"; NULL for flags */
    double min, max;      /* numbers only; --help shows them */
    const char *const *choices; /* NULL-terminated, CMD_CHOICE only */
    const char *meaning;        /* one sentence without a full stop */
};

/* Rows that several commands have. */
#define CMD_ROW_JSON(to_)                                                                          \
    {                                                                                              \
        .name = "json", .kind = CMD_FLAG, .to = (to_), .meaning = "print JSON for programs"        \
    }
#define CMD_ROWS_PROGRESS(progress_)                                                               \
    {.name = "quiet",                                                                              \
     .letter = 'q',                                                                                \
     .kind = CMD_FLAG,                                                                             \
     .to = &(progress_)->quiet,                                                                    \
     .meaning = "no progress bar"},                                                                \
    {                                                                                              \
        .name = "progress", .kind = CMD_FLAG, .to = &(progress_)->force,                           \
        .meaning = "progress also where standard error is not a terminal"                          \
    }

/* Reads argv against the rows. Returns the number of operands, moved to argv[0 .. n-1]. --help
 * prints and leaves with 0; a bad option, or fewer than `min` or more than `max` operands, prints
 * one sentence and leaves with 2. Call it before anything is opened. */
int cmd_options(const struct command *c, const struct cmd_option *rows, int argc, char **argv,
                int min, int max);
/* The part of it that cannot print: 0, or -1 with the sentence; *help is set when --help is there.
 */
int cmd_read_options(const struct cmd_option *rows, int argc, char **argv, int *n, bool *help,
                     struct err *e) MUST_USE;

/* ---- files ---- */
/* Call it for every file that will be written, before anything is read: refuses what must not be
 * replaced, and from now on a file that is this output is refused as input (base/file.h). */
int cmd_output(const char *path, struct err *e) MUST_USE;

/* What a result says it was made from: the roots of the scan and the calibration, NULL = none. */
#define CMD_MADE_FROM (64 + 2 * HASH_HEX)
void cmd_made_from(const uint8_t *raw, const uint8_t *calibration, char out[CMD_MADE_FROM]);

/* ---- messages ---- */
/* Before and after everything, by main: exhausted memory becomes a sentence and exit code 2; what
 * standard output did not take turns a good exit code into CMD_BAD. */
void cmd_start(void);
int cmd_end(int code);
/* Name of the running subcommand, set by main. */
void cmd_set_name(const char *name);
/* A text from outside as it may go to a terminal: no control characters. Valid until the end. */
const char *cmd_shown(const char *text);
/* Prints "doorlicht SUBCOMMAND: sentence" to standard error; returns the exit code for it. */
int cmd_fail(const struct err *e);
int cmd_bad(const char *fmt, ...) PRINTF(1, 2); /* the same for a sentence made here: CMD_BAD */
void cmd_note(const char *fmt, ...) PRINTF(1, 2);
/* Prints the object to standard output (indented, keys in their order) and drops it; exit code. */
int cmd_print_json(json_t *object);

/* ---- progress: standard error, only on a terminal, at most 10 updates a second ---- */
struct cmd_progress {
    bool quiet, force; /* from CMD_ROWS_PROGRESS */
    const char *what;  /* private from here on */
    bool on, terminal;
    int64_t total, start_ns, last_ns;
};
void cmd_progress_start(struct cmd_progress *p, const char *what, int64_t total);
void cmd_progress_step(struct cmd_progress *p, int64_t done); /* done of total */
void cmd_progress_end(struct cmd_progress *p);                /* clears the line */

/* Time that only goes forwards, from anywhere. */
int64_t cmd_now_ns(void);

#endif
