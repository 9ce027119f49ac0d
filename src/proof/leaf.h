/* leaf: what the ledger says about one event: its kind, when the station's clock believed that it
 * was, and the hash of its record. The record itself stays with whoever wrote it. */
#ifndef PROOF_LEAF_H
#define PROOF_LEAF_H

#include "base/err.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stdint.h>

#define LEAF(name_, word_, salted_, meaning_) LEAF_##name_,
enum leaf_kind {
#include "proof/leaf.def"
    LEAF_KINDS
};
#undef LEAF

extern const struct leaf_info {
    const char *word, *meaning;
    bool salted;
} leaf_table[LEAF_KINDS];
extern const char *const leaf_words[LEAF_KINDS + 1]; /* ends with NULL */

struct leaf {
    enum leaf_kind kind;
    int64_t t_ms; /* since 1970, UTC; a claim: the order of the log is the truth */
    uint8_t hash[HASH_BYTES];
};

#define LEAF_TEXT_MAX 256
#define LEAF_SALT 32

/* The three lines that are hashed into the tree; their length. A text that leaf_parse accepts is
 * the only one of its leaf. */
size_t leaf_text(const struct leaf *l, char text[LEAF_TEXT_MAX]);
int leaf_parse(const char *text, size_t n, struct leaf *l, struct err *e) MUST_USE;

/* Hash of a record: plain SHA-256, or with a salt of random bytes that only those who may read the
 * record know, so that nobody can find a short record by trying. salt may be NULL. */
void leaf_record(const uint8_t salt[LEAF_SALT], const void *record, size_t n,
                 uint8_t hash[HASH_BYTES]);

#endif
