/* item_pack: puts things into a room (a bag, a box) so that their bounding boxes do not meet: each
 * is dropped onto what lies there already, where it comes to rest lowest of some random tries. */
#ifndef TWIN_ITEM_PACK_H
#define TWIN_ITEM_PACK_H

#include "twin/item_dice.h"
#include "twin/item_pen.h"

#define PACK_PIECES_MAX 96
#define PACK_CELLS_MAX 160 /* across; a cell is 8 mm or more */

struct pack_piece {
    struct pen pen; /* owned */
    const char *tag, *kind;
    struct v3 at, turn;
};

struct pack {
    struct v3 low, high;
    double cell;
    int nx, ny, n;
    float top[PACK_CELLS_MAX * PACK_CELLS_MAX];
    struct pack_piece piece[PACK_PIECES_MAX];
};

/* At most PACK_CELLS_MAX * 64 mm across. */
void pack_start(struct pack *k, struct v3 low, struct v3 high);
void pack_free(struct pack *k);
/* Takes over `piece`, lays it at a random angle, lifted by up to `lift` of the room left above it.
 * 0, or -1 if there is no place (the piece is freed). */
int pack_add(struct pack *k, struct dice *r, struct pen *piece, const char *tag, const char *kind,
             double lift);
/* Writes all pieces, in the order in which they were added. */
void pack_write(const struct pack *k, struct pen *p);

#endif
