/* tile: see tile.h. */
#include "proof/tile.h"

#include "proof/merkle.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void
tile_name(int level, uint64_t n, int width, char name[TILE_NAME_MAX])
{
    char digits[32], longer[32], folder[16] = "entries", partial[8] = "";

    snprintf(digits, sizeof digits, "%03u", (unsigned)(n % 1000));
    while ((n /= 1000) > 0) {
        snprintf(longer, sizeof longer, "x%03u/%.24s", (unsigned)(n % 1000), digits);
        memcpy(digits, longer, sizeof digits);
    }
    if (level != TILE_ENTRIES)
        snprintf(folder, sizeof folder, "%d", level);
    if (width < TILE_WIDTH)
        snprintf(partial, sizeof partial, ".p/%u", width & 0xffu);
    snprintf(name, TILE_NAME_MAX, "tile/%s/%s%s", folder, digits, partial);
}

int
tile_width(uint64_t leaves, int level, uint64_t n)
{
    uint64_t hashes = leaves >> 8 * level, before = n * TILE_WIDTH;

    return hashes <= before               ? 0
           : hashes - before < TILE_WIDTH ? (int)(hashes - before)
                                          : TILE_WIDTH;
}

/* Root of n hashes, a power of two. */
static void
full_root(const uint8_t (*hashes)[HASH_BYTES], int n, uint8_t root[HASH_BYTES])
{
    uint8_t h[TILE_WIDTH / 2][HASH_BYTES];

    if (n == 1) {
        memcpy(root, hashes[0], HASH_BYTES);
        return;
    }
    for (int i = 0; i < n / 2; i++)
        merkle_pair(hashes[2 * i], hashes[2 * i + 1], h[i]);
    for (int m = n / 4; m > 0; m /= 2)
        for (int i = 0; i < m; i++)
            merkle_pair(h[2 * i], h[2 * i + 1], h[i]);
    memcpy(root, h[0], HASH_BYTES);
}

int
tiles_add(struct tiles *t, const struct tile_store *store, const uint8_t leaf[HASH_BYTES],
          struct err *e)
{
    uint8_t h[HASH_BYTES];

    assert(t->leaves < TILE_LEAVES_MAX);
    memcpy(h, leaf, HASH_BYTES);
    for (int level = 0;; level++) {
        uint64_t at = t->leaves >> 8 * level;
        memcpy(t->edge[level][at % TILE_WIDTH], h, HASH_BYTES); /* above the edge's end: harmless */
        if (at % TILE_WIDTH != TILE_WIDTH - 1)
            break;
        if (store->write(store->of, level, at / TILE_WIDTH, t->edge[level], e) != 0)
            return -1;
        full_root(t->edge[level], TILE_WIDTH, h);
    }
    t->leaves++;
    return 0;
}

int
tiles_node(const struct tiles *t, const struct tile_store *store, int height, uint64_t index,
           uint8_t hash[HASH_BYTES], struct err *e)
{
    int level = height / 8, n = 1 << height % 8;
    uint64_t at = index * (uint64_t)n, tile = at / TILE_WIDTH;
    tile_hashes stored;
    const uint8_t(*hashes)[HASH_BYTES] = t->edge[level];

    assert(level < TILE_LEVELS && (index + 1) << height <= t->leaves);
    if (tile != t->leaves >> 8 * level >> 8) {
        if (store->read(store->of, level, tile, stored, e) != 0)
            return -1;
        hashes = stored;
    }
    full_root(hashes + at % TILE_WIDTH, n, hash);
    return 0;
}
