/* item_pack: see item_pack.h. */
#include "twin/item_pack.h"

#include <assert.h>
#include <string.h>

#define TRIES 28
#define GAP_MM 2.0

void
pack_start(struct pack *k, struct v3 low, struct v3 high)
{
    struct v3 size = v3_sub(high, low);

    memset(k, 0, sizeof *k);
    k->low = low;
    k->high = high;
    for (k->cell = 8; size.x > k->cell * PACK_CELLS_MAX || size.y > k->cell * PACK_CELLS_MAX;)
        k->cell *= 2;
    k->nx = (int)(size.x / k->cell) + 1;
    k->ny = (int)(size.y / k->cell) + 1;
    k->nx = k->nx > PACK_CELLS_MAX ? PACK_CELLS_MAX : k->nx;
    k->ny = k->ny > PACK_CELLS_MAX ? PACK_CELLS_MAX : k->ny;
    for (int i = 0; i < k->nx * k->ny; i++)
        k->top[i] = (float)low.z;
}

void
pack_free(struct pack *k)
{
    for (int i = 0; i < k->n; i++)
        pen_free(&k->piece[i].pen);
    k->n = 0;
}

struct cells {
    int x0, x1, y0, y1; /* both included */
};

static int
clamp(int i, int n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static struct cells
cells_under(const struct pack *k, struct v3 at, struct v3 size)
{
    return (struct cells){clamp((int)((at.x - k->low.x) / k->cell), k->nx),
                          clamp((int)((at.x + size.x - k->low.x) / k->cell), k->nx),
                          clamp((int)((at.y - k->low.y) / k->cell), k->ny),
                          clamp((int)((at.y + size.y - k->low.y) / k->cell), k->ny)};
}

static double
highest(const struct pack *k, struct cells c)
{
    float top = (float)k->low.z;

    for (int y = c.y0; y <= c.y1; y++)
        for (int x = c.x0; x <= c.x1; x++)
            if (k->top[y * k->nx + x] > top)
                top = k->top[y * k->nx + x];
    return top;
}

/* The best of some random places for a box of `size`; its low corner. */
static bool
find_place(const struct pack *k, struct dice *r, struct v3 size, struct v3 *place)
{
    struct v3 room = v3_sub(v3_sub(k->high, k->low), size);
    bool found = false;

    if (room.x < 0 || room.y < 0 || room.z < 0)
        return false;
    for (int i = 0; i < TRIES; i++) {
        struct v3 at = v3_add(k->low, V(range(r, 0, room.x), range(r, 0, room.y), 0));
        at.z = highest(k, cells_under(k, at, size));
        if (at.z + size.z <= k->high.z && (!found || at.z < place->z)) {
            *place = at;
            found = true;
        }
    }
    return found;
}

static bool
place_piece(struct pack *k, struct dice *r, const struct v3_box *box, struct v3 turn, double lift,
            struct v3 *at)
{
    struct v3_box b = box_turn(box, turn);
    struct v3 size = v3_add(box_size(&b), V(GAP_MM, GAP_MM, GAP_MM)), place;

    if (!find_place(k, r, size, &place))
        return false;
    place.z += range(r, 0, lift) * (k->high.z - place.z - size.z);
    struct cells c = cells_under(k, place, size);
    for (int y = c.y0; y <= c.y1; y++)
        for (int x = c.x0; x <= c.x1; x++)
            k->top[y * k->nx + x] = (float)(place.z + size.z);
    *at = v3_sub(v3_add(place, V(GAP_MM / 2, GAP_MM / 2, GAP_MM / 2)), b.low);
    return true;
}

int
pack_add(struct pack *k, struct dice *r, struct pen *piece, const char *tag, const char *kind,
         double lift)
{
    struct dice own = dice_fork(r);
    double yaw = range(&own, -180, 180), quarter = 90.0 * between(&own, 0, 3);
    double skew = range(&own, 25, 65);
    struct v3 way[] = {{0, 0, yaw},      {0, 0, quarter},       {0, 0, quarter + 90},
                       {90, 0, quarter}, {90, 0, quarter + 90}, {0, 0, skew},
                       {0, 0, -skew},    {90, 0, skew}};
    struct v3 at;

    if (k->n < PACK_PIECES_MAX)
        for (size_t i = 0; i < sizeof way / sizeof way[0]; i++)
            if (place_piece(k, &own, pen_box_of(piece), way[i], lift, &at)) {
                k->piece[k->n++] = (struct pack_piece){*piece, tag, kind, at, way[i]};
                return 0;
            }
    pen_free(piece);
    return -1;
}

void
pack_write(const struct pack *k, struct pen *p)
{
    for (int i = 0; i < k->n; i++) {
        const struct pack_piece *q = &k->piece[i];
        pen_truth(p, q->tag, q->kind, q->at, q->turn);
        pen_paste(p, &q->pen);
        pen_end(p);
    }
}
