/* leaf: see leaf.h. */
#include "proof/leaf.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define LEAF(name_, word_, salted_, meaning_) {word_, meaning_, salted_},
const struct leaf_info leaf_table[LEAF_KINDS] = {
#include "proof/leaf.def"
};
#undef LEAF

#define LEAF(name_, word_, salted_, meaning_) word_,
const char *const leaf_words[LEAF_KINDS + 1] = {
#include "proof/leaf.def"
    NULL};
#undef LEAF

size_t
leaf_text(const struct leaf *l, char text[LEAF_TEXT_MAX])
{
    char hex[HASH_HEX];

    hash_hex(l->hash, hex);
    return (size_t)snprintf(text, LEAF_TEXT_MAX, "doorlicht leaf 1 %s\nt_ms %" PRId64 "\nhash %s\n",
                            leaf_table[l->kind].word, l->t_ms, hex);
}

/* Reads the parts and takes them only if they give the same text again. */
int
leaf_parse(const char *text, size_t n, struct leaf *l, struct err *e)
{
    char copy[LEAF_TEXT_MAX] = "", again[LEAF_TEXT_MAX], word[32], hex[HASH_HEX];

    memcpy(copy, text, n < sizeof copy ? n : 0);
    if (sscanf(copy, "doorlicht leaf 1 %31[a-z] t_ms %" SCNd64 " hash %64[0-9a-f]", word, &l->t_ms,
               hex) != 3 ||
        sodium_hex2bin(l->hash, HASH_BYTES, hex, strlen(hex), NULL, NULL, NULL) != 0)
        return err_set(e, ERR_INPUT,
                       "not a leaf: no lines 'doorlicht leaf 1 KIND', 't_ms', 'hash'");
    for (int k = 0; k < LEAF_KINDS; k++) {
        l->kind = (enum leaf_kind)k;
        if (strcmp(word, leaf_table[k].word) == 0)
            return leaf_text(l, again) == n && memcmp(again, text, n) == 0
                       ? 0
                       : err_set(e, ERR_INPUT,
                                 "not a leaf: not written as this software writes it");
    }
    return err_set(e, ERR_INPUT, "a leaf of the unknown kind '%s'", word);
}

void
leaf_record(const uint8_t salt[LEAF_SALT], const void *record, size_t n, uint8_t hash[HASH_BYTES])
{
    struct hash *h = hash_new();

    if (salt != NULL)
        hash_add(h, salt, LEAF_SALT);
    hash_add(h, record, n);
    hash_end(h, hash);
}
