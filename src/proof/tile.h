/* tile: the tree's hashes as files of 256 (c2sp.org/tlog-tiles). Tile n of level l holds the roots
 * of full subtrees of 256^l leaves; only the last tile of a level is not full. */
#ifndef PROOF_TILE_H
#define PROOF_TILE_H

#include "base/err.h"
#include "base/hash.h"

#include <stdint.h>

#define TILE_WIDTH 256
#define TILE_LEVELS 7
#define TILE_LEAVES_MAX ((uint64_t)1 << 48)
#define TILE_NAME_MAX 64
#define TILE_ENTRIES (-1) /* the "level" of the bundles of entries themselves */

typedef uint8_t tile_hashes[TILE_WIDTH][HASH_BYTES];

/* The last, unfinished tile of each level: all of the tree that is not in full tiles. */
struct tiles {
    uint64_t leaves; /* zero-initialise the whole struct; at most TILE_LEAVES_MAX */
    tile_hashes edge[TILE_LEVELS];
};

/* Where tiles lie. read fills a full tile; write stores one that has become full. */
struct tile_store {
    int (*read)(void *of, int level, uint64_t n, tile_hashes hashes, struct err *e);
    int (*write)(void *of, int level, uint64_t n, const tile_hashes hashes, struct err *e);
    void *of;
};

/* Name of a tile of 1 .. 256 hashes below the log's folder: "tile/1/x001/234.p/56". */
void tile_name(int level, uint64_t n, int width, char name[TILE_NAME_MAX]);
/* Hashes in tile n of a level of a tree of so many leaves: 0 .. 256. */
int tile_width(uint64_t leaves, int level, uint64_t n);

/* Adds a leaf; writes the tiles that it completes. After a failure the tiles are as before, save
 * that some may have been written. */
int tiles_add(struct tiles *t, const struct tile_store *store, const uint8_t leaf[HASH_BYTES],
              struct err *e) MUST_USE;
/* What path.h asks for. `height` up to 48. */
int tiles_node(const struct tiles *t, const struct tile_store *store, int height, uint64_t index,
               uint8_t hash[HASH_BYTES], struct err *e) MUST_USE;

#endif
