/* checkpoint: a log's promise about its first leaves (c2sp.org/tlog-checkpoint): the text of a
 * signed note. */
#ifndef PROOF_CHECKPOINT_H
#define PROOF_CHECKPOINT_H

#include "base/hash.h"
#include "proof/note.h"

#include <stdbool.h>

#define CHECKPOINT_TEXT_MAX 256 /* of ours, with the terminator */

struct checkpoint {
    char origin[NOTE_NAME_MAX]; /* of a log of ours: the name of its key */
    uint64_t leaves;
    uint8_t root[HASH_BYTES];
};

/* Lines behind the third are allowed and not looked at. */
int checkpoint_parse(const struct note *note, const char *what, struct checkpoint *c,
                     struct err *e) MUST_USE;
/* The checkpoint in a note's bytes, which the key has signed; *c only then. */
int checkpoint_signed(const char *bytes, size_t n, const char *what, const struct note_key *key,
                      struct checkpoint *c, struct err *e) MUST_USE;
/* The text to sign; its length. */
size_t checkpoint_text(const struct checkpoint *c, char text[CHECKPOINT_TEXT_MAX]);

/* Parts that proofs and messages to witnesses are made of, too. The cursor is a text that ends with
 * a newline; a line is what it says up to the next. */
struct checkpoint_lines {
    const char *p, *end;
};
/* The next line without its newline, or NULL at the end. */
const char *checkpoint_line(struct checkpoint_lines *l, size_t *n);
/* Decimal without leading zeroes; false if it is not, or beyond 2^63 - 1. */
bool checkpoint_number(const char *p, size_t n, uint64_t *value);
bool checkpoint_hash(const char *p, size_t n, uint8_t hash[HASH_BYTES]); /* base64 */
#define CHECKPOINT_HASH 45 /* a hash as base64, with its terminator */
void checkpoint_put_hash(const uint8_t hash[HASH_BYTES], char text[CHECKPOINT_HASH]);

#endif
