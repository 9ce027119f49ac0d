/* merkle: see merkle.h. */
#include "proof/merkle.h"

#include <string.h>

void
merkle_pair(const uint8_t left[HASH_BYTES], const uint8_t right[HASH_BYTES],
            uint8_t out[HASH_BYTES])
{
    uint8_t b[1 + 2 * HASH_BYTES] = {1};

    memcpy(b + 1, left, HASH_BYTES);
    memcpy(b + 1 + HASH_BYTES, right, HASH_BYTES);
    hash_bytes(b, sizeof b, out);
}

void
merkle_leaf(const void *data, size_t n, uint8_t leaf[HASH_BYTES])
{
    struct hash *h = hash_new();

    hash_add(h, "", 1);
    hash_add(h, data, n);
    hash_end(h, leaf);
}

void
merkle_add(struct merkle *m, const uint8_t leaf[HASH_BYTES])
{
    uint8_t carry[HASH_BYTES];
    int k = 0;

    memcpy(carry, leaf, HASH_BYTES);
    for (; m->leaves >> k & 1; k++)
        merkle_pair(m->node[k], carry, carry);
    memcpy(m->node[k], carry, HASH_BYTES);
    m->leaves++;
}

void
merkle_root(const struct merkle *m, uint8_t root[HASH_BYTES])
{
    bool first = true;

    if (m->leaves == 0)
        hash_bytes("", 0, root);
    for (int k = 0; k < MERKLE_LEVELS; k++) {
        if (!(m->leaves >> k & 1))
            continue;
        if (first)
            memcpy(root, m->node[k], HASH_BYTES);
        else
            merkle_pair(m->node[k], root, root);
        first = false;
    }
}

/* RFC 9162, section 2.1.3.2: the same tree, with the check spelled out. */
bool
merkle_included(const uint8_t leaf[HASH_BYTES], uint64_t index, uint64_t leaves,
                const uint8_t (*path)[HASH_BYTES], size_t n, const uint8_t root[HASH_BYTES])
{
    uint8_t r[HASH_BYTES];
    uint64_t at = index, last = leaves - 1;

    if (index >= leaves)
        return false;
    memcpy(r, leaf, HASH_BYTES);
    for (size_t i = 0; i < n; i++) {
        if (last == 0)
            return false;
        if ((at & 1) != 0 || at == last) {
            merkle_pair(path[i], r, r);
            for (; (at & 1) == 0 && at != 0; at >>= 1)
                last >>= 1;
        } else {
            merkle_pair(r, path[i], r);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && memcmp(r, root, HASH_BYTES) == 0;
}

/* RFC 9162, section 2.1.4.2. One walk up builds both roots. */
bool
merkle_consistent(uint64_t old_leaves, const uint8_t old_root[HASH_BYTES], uint64_t leaves,
                  const uint8_t root[HASH_BYTES], const uint8_t (*path)[HASH_BYTES], size_t n)
{
    uint8_t old[HASH_BYTES], now[HASH_BYTES];
    uint64_t at = old_leaves - 1, last = leaves - 1;

    if (old_leaves == 0 || old_leaves > leaves)
        return false;
    if (old_leaves == leaves)
        return n == 0 && memcmp(old_root, root, HASH_BYTES) == 0;
    if (n == 0)
        return false;
    for (; (at & 1) != 0; at >>= 1)
        last >>= 1;
    bool whole = at == 0; /* the old tree is one full subtree: its root starts the walk */
    memcpy(old, whole ? old_root : path[0], HASH_BYTES);
    memcpy(now, old, HASH_BYTES);
    for (size_t i = whole ? 0 : 1; i < n; i++) {
        if (last == 0)
            return false;
        if ((at & 1) != 0 || at == last) {
            merkle_pair(path[i], old, old);
            merkle_pair(path[i], now, now);
            for (; (at & 1) == 0 && at != 0; at >>= 1)
                last >>= 1;
        } else {
            merkle_pair(now, path[i], now);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && memcmp(old, old_root, HASH_BYTES) == 0 &&
           memcmp(now, root, HASH_BYTES) == 0;
}
