/* path: see path.h. The recursions of RFC 6962, section 2.1, as loops: a range of leaves is cut at
 * the largest power of two below its length, so its left part is always one full subtree. */
#include "proof/path.h"

#include "proof/merkle.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* Height of the left part of a range of n >= 2 leaves. */
static int
cut_height(uint64_t n)
{
    return 63 - __builtin_clzll(n - 1);
}

static int
full(const struct path_nodes *t, int height, uint64_t first, uint8_t hash[HASH_BYTES],
     struct err *e)
{
    return t->get(t->of, height, first >> height, hash, e);
}

/* Root over leaves first .. end - 1, where first is a multiple of what the range is cut at. */
static int
range_root(const struct path_nodes *t, uint64_t first, uint64_t end, uint8_t root[HASH_BYTES],
           struct err *e)
{
    uint8_t left[64][HASH_BYTES];
    int n = 0;

    while (((end - first) & (end - first - 1)) != 0) {
        int height = cut_height(end - first);
        if (full(t, height, first, left[n++], e) != 0)
            return -1;
        first += (uint64_t)1 << height;
    }
    if (full(t, __builtin_ctzll(end - first), first, root, e) != 0)
        return -1;
    while (n-- > 0)
        merkle_pair(left[n], root, root);
    return 0;
}

static void
turn_round(struct path *path)
{
    uint8_t h[HASH_BYTES];

    for (int i = 0, j = path->n - 1; i < j; i++, j--) {
        memcpy(h, path->hash[i], HASH_BYTES);
        memcpy(path->hash[i], path->hash[j], HASH_BYTES);
        memcpy(path->hash[j], h, HASH_BYTES);
    }
}

int
path_root(const struct path_nodes *t, uint64_t leaves, uint8_t root[HASH_BYTES], struct err *e)
{
    assert(leaves > 0);
    return range_root(t, 0, leaves, root, e);
}

/* Goes down to the leaf and notes each part that it does not enter. */
int
path_inclusion(const struct path_nodes *t, uint64_t index, uint64_t leaves, struct path *path,
               struct err *e)
{
    uint64_t first = 0, end = leaves;

    assert(index < leaves);
    for (path->n = 0; end - first > 1;) {
        uint64_t cut = first + ((uint64_t)1 << cut_height(end - first));
        uint8_t *to = path->hash[path->n++];
        if (index < cut ? range_root(t, cut, end, to, e) : range_root(t, first, cut, to, e))
            return -1;
        if (index < cut)
            end = cut;
        else
            first = cut;
    }
    turn_round(path);
    return 0;
}

/* The same walk to the right edge of the old tree, until a part lies wholly in it; that part is
 * told, too, unless it is the old tree itself. */
int
path_consistency(const struct path_nodes *t, uint64_t old_leaves, uint64_t leaves,
                 struct path *path, struct err *e)
{
    uint64_t first = 0, end = leaves;

    assert(old_leaves > 0 && old_leaves <= leaves);
    for (path->n = 0; end > old_leaves;) {
        uint64_t cut = first + ((uint64_t)1 << cut_height(end - first));
        uint8_t *to = path->hash[path->n++];
        bool left = old_leaves <= cut;
        if (left ? range_root(t, cut, end, to, e) : range_root(t, first, cut, to, e))
            return -1;
        if (left)
            end = cut;
        else
            first = cut;
    }
    if (first > 0 && range_root(t, first, end, path->hash[path->n++], e) != 0)
        return -1;
    turn_round(path);
    return 0;
}
