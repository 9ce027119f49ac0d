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
/* Hash of the node above two others. */
void merkle_pair(const uint8_t left[HASH_BYTES], const uint8_t right[HASH_BYTES],
                 uint8_t out[HASH_BYTES]);
/* Does `path` (n hashes, leaf to root; section 2.1.1) lead from leaf number `index` of `leaves` to
 * this root? */
bool merkle_included(const uint8_t leaf[HASH_BYTES], uint64_t index, uint64_t leaves,
                     const uint8_t (*path)[HASH_BYTES], size_t n, const uint8_t root[HASH_BYTES]);
/* Does `path` (section 2.1.2) show that the tree of `leaves` begins with the tree of `old_leaves`,
 * 1 .. leaves? Of an empty tree nothing can be shown: false. */
bool merkle_consistent(uint64_t old_leaves, const uint8_t old_root[HASH_BYTES], uint64_t leaves,
                       const uint8_t root[HASH_BYTES], const uint8_t (*path)[HASH_BYTES], size_t n);

#endif
