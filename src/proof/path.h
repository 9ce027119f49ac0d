/* path: makes the paths that merkle.h checks, from any store of the tree's full subtrees. */
#ifndef PROOF_PATH_H
#define PROOF_PATH_H

#include "base/err.h"
#include "base/hash.h"

#include <stdint.h>

#define PATH_MAX_HASHES 65 /* longest inclusion or consistency path of 2^64 leaves */

/* Gives the root of the full subtree over leaves index * 2^height .. (index + 1) * 2^height - 1,
 * which the tree must have. */
struct path_nodes {
    int (*get)(void *of, int height, uint64_t index, uint8_t hash[HASH_BYTES], struct err *e);
    void *of;
};

struct path {
    int n;
    uint8_t hash[PATH_MAX_HASHES][HASH_BYTES]; /* leaf to root */
};

/* Root of the tree of the first `leaves` leaves, at least 1. */
int path_root(const struct path_nodes *t, uint64_t leaves, uint8_t root[HASH_BYTES],
              struct err *e) MUST_USE;
/* RFC 6962, section 2.1.1: from leaf `index` to the root of the first `leaves`; index < leaves. */
int path_inclusion(const struct path_nodes *t, uint64_t index, uint64_t leaves, struct path *path,
                   struct err *e) MUST_USE;
/* Section 2.1.2: from the tree of the first `old_leaves` to that of `leaves`; 1 <= old_leaves <=
 * leaves. */
int path_consistency(const struct path_nodes *t, uint64_t old_leaves, uint64_t leaves,
                     struct path *path, struct err *e) MUST_USE;

#endif
