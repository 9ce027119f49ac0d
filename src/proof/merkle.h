/* merkle: the hash tree of RFC 6962, section 2.1, over leaves that arrive one by one; SHA-256.
 * Memory does not grow with the number of leaves. */
#ifndef PROOF_MERKLE_H
#define PROOF_MERKLE_H

#include "base/hash.h"

#include <stdbool.h>

#define MERKLE_LEVELS 64

struct merkle {
    uint64_t leaves;                         /* zero-initialise the whole struct */
    uint8_t node[MERKLE_LEVELS][HASH_BYTES]; /* full subtrees: node[k] where bit k of leaves is 1 */
};

/* Hash of a leaf: SHA-256 of a zero byte and the data. */
void merkle_leaf(const void *data, size_t n, uint8_t leaf[HASH_BYTES]);
void merkle_add(struct merkle *m, const uint8_t leaf[HASH_BYTES]);
/* Root over the leaves so far; of no leaves, the hash of nothing. */
void merkle_root(const struct merkle *m, uint8_t root[HASH_BYTES]);
/* Does `path` (n hashes, leaf to root; section 2.1.1) lead from leaf number `index` of `leaves` to
 * this root? */
bool merkle_included(const uint8_t leaf[HASH_BYTES], uint64_t index, uint64_t leaves,
                     const uint8_t (*path)[HASH_BYTES], size_t n, const uint8_t root[HASH_BYTES]);

#endif
