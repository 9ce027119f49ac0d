/* text: the one grammar of every text file of ours (scenes, scanners, sidecars, heads of tapes).
 * A line is a word and its arguments; `{` at the end of a line opens a block of lines, `}` alone on
 * a line closes it; `#` starts a comment; "quotes" keep spaces. Units are in the word: size_mm 10
 * 20 30. Every complaint names file, line and field. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_BYTES_MAX ((size_t)16 << 20)
#define TEXT_DEPTH_MAX 32
#define TEXT_ARGS_MAX 256

#define TEXT_PLAIN_MAX 17

struct text_node {
    const char *word; /* NULL at the root */
    const char **arg;
    int n_args, line;
    const struct text_node *first, *next; /* first child, next sibling */
    bool block;                           /* had braces, even if empty */
};

struct text {
    const char *file; /* as given, for messages */
    const struct text_node *root;
    struct arena arena; /* owns everything above */
};

/* Parses n bytes; `file` is only a name. On failure nothing needs freeing. */
int text_parse(struct text *t, const char *file, const char *bytes, size_t n,
               struct err *e) MUST_USE;
int text_load(struct text *t, const char *path, struct err *e) MUST_USE;
void text_free(struct text *t);

/* "FILE:LINE: WORD: " in front of a message of ERR_INPUT. */
int text_error(const struct text *t, const struct text_node *at, struct err *e, const char *fmt,
               ...) PRINTF(4, 5);

/* The child called `word`, or NULL. text_one also refuses a second one; text_need also a missing
 * one. */
const struct text_node *text_find(const struct text_node *in, const char *word);
int text_one(const struct text *t, const struct text_node *in, const char *word,
             const struct text_node **found, struct err *e) MUST_USE;
int text_need(const struct text *t, const struct text_node *in, const char *word,
              const struct text_node **found, struct err *e) MUST_USE;
/* Refuses a child whose word is not in the NULL-terminated list, naming the nearest known one. */
int text_only(const struct text *t, const struct text_node *in, const char *const *words,
              struct err *e) MUST_USE;
/* Refuses a node that has not min .. max arguments. */
int text_args(const struct text *t, const struct text_node *n, int min, int max,
              struct err *e) MUST_USE;

/* Argument `i` as a finite number in [min, max]. */
int text_number(const struct text *t, const struct text_node *n, int i, double min, double max,
                double *out, struct err *e) MUST_USE;
int text_whole(const struct text *t, const struct text_node *n, int i, int64_t min, int64_t max,
               int64_t *out, struct err *e) MUST_USE;
/* The child `word` of `in`, which must be there, with exactly one whole number. */
int text_need_whole(const struct text *t, const struct text_node *in, const char *word, int64_t min,
                    int64_t max, int64_t *out, struct err *e) MUST_USE;
/* Exactly `count` arguments, all numbers in [min, max]. */
int text_numbers(const struct text *t, const struct text_node *n, int count, double min, double max,
                 double *out, struct err *e) MUST_USE;
/* The child `word` of `in` with exactly one number; keeps *out where the child is missing. */
int text_set(const struct text *t, const struct text_node *in, const char *word, double min,
             double max, double *out, struct err *e) MUST_USE;
/* Argument `i` as one of the NULL-terminated list; *out is its index. */
int text_choice(const struct text *t, const struct text_node *n, int i, const char *const *words,
                int *out, struct err *e) MUST_USE;

/* How many letters differ, roughly (99 = too long to say): to suggest a word for a typing error. */
int text_distance(const char *a, const char *b);

/* The opposite way: doubles as the shortest text that reads back to the same bits. */
void text_double(char out[32], double value);

/* Closes a stream of open_memstream: did it hold everything? (fclose alone does not say.) */
int text_close(FILE *stream, struct err *e) MUST_USE;

/* Bytes of the well-formed UTF-8 character that `text` begins with, and its code point; 0 if it is
 * none. Looks at no byte behind one that does not continue the character. */
int text_utf8(const char *text, uint32_t *code);
/* The next character of a text from outside as it may go to a terminal: itself, or \xNN where it is
 * a control character (also of Unicode: C1, or one that reorders what follows) or no UTF-8. Returns
 * the bytes that it takes in `text`, 0 at its end. */
int text_plain(const char *text, char out[TEXT_PLAIN_MAX]);

#endif
