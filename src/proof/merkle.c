/* merkle: see merkle.h. */
#include "proof/merkle.h"

#include <string.h>

static void
hash_pair(const uint8_t *left, const uint8_t *right, uint8_t out[HASH_BYTES])
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
        hash_pair(m->node[k], carry, carry);
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
            hash_pair(m->node[k], root, root);
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
            hash_pair(path[i], r, r);
            for (; (at & 1) == 0 && at != 0; at >>= 1)
                last >>= 1;
        } else {
            hash_pair(r, path[i], r);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && memcmp(r, root, HASH_BYTES) == 0;
}
