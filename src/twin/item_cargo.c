/* item_cargo: the table of loads, and the hiding of things in them: among the goods, in cavities,
 * in the walls and frame of the vehicle. */
#include "twin/item_job.h"

#include <string.h>

#define BOX (FIT_BOX)
#define ANY (FIT_BOX | FIT_SMALL)

const struct item_load item_loads[] = {
    {"empty", "empty", "leeg", FIT_BOX | FIT_SMALL, load_empty},
    {"pallets", "pallets of cartons", "pallets met dozen", BOX, load_pallets},
    {"parcels", "mixed parcels", "gemengde pakketten", ANY, load_parcels},
    {"drums", "steel drums", "stalen vaten", BOX, load_drums},
    {"bags", "sacks of rice, coffee, cement ...", "zakken rijst, koffie, cement ...", BOX,
     load_bags},
    {"machinery", "machinery", "machines", BOX, load_machinery},
    {"cars", "cars", "auto's", BOX, load_cars},
    {"timber", "timber or logs", "hout of stammen", BOX, load_timber},
    {"tyres", "tyres", "banden", ANY, load_tyres},
    {"scrap", "metal scrap", "schroot", BOX, load_scrap},
    {"coils", "steel coils", "staalrollen", BOX, load_coils},
    {"paper", "reels of paper", "rollen papier", BOX, load_paper},
    {"fruit", "fruit, cooled", "fruit, gekoeld", FIT_COLD, load_fruit},
    {"meat", "meat, cooled or frozen", "vlees, gekoeld of bevroren", FIT_COLD, load_meat},
    {"beverages", "bottles and cans on pallets", "flessen en blikjes op pallets", BOX,
     load_beverages},
    {"furniture", "furniture", "meubels", ANY, load_furniture},
    {"textiles", "bales of textiles", "balen textiel", ANY, load_textiles},
    {"tiles", "tiles", "tegels", BOX, load_tiles},
    {"electronics", "televisions or washing machines", "televisies of wasmachines", BOX,
     load_electronics},
    {"ibc", "tanks of 1000 litres", "tanks van 1000 liter", BOX, load_ibc},
    {"pipes", "pipes", "buizen", BOX, load_pipes},
    {"liquid", "liquid in bulk", "vloeistof in bulk", FIT_TANK, load_liquid},
    {NULL, NULL, NULL, 0, NULL},
};

const struct item_load *
load_named(const char *name)
{
    for (const struct item_load *l = item_loads; l->name != NULL; l++)
        if (strcmp(l->name, name) == 0)
            return l;
    return NULL;
}

void
cargo_spot(struct cargo *c, const char *where, struct v3 low, struct v3 high)
{
    if (c->spots < CARGO_SPOTS_MAX && low.x < high.x && low.y < high.y && low.z < high.z)
        c->spot[c->spots++] = (struct cargo_spot){low, high, where};
}

/* Turns that are tried, flat first. */
static const struct v3 turns[] = {{0, 0, 0},  {0, 0, 90},  {90, 0, 0},
                                  {0, 90, 0}, {90, 0, 90}, {0, 90, 90}};
#define TURNS (int)(sizeof turns / sizeof turns[0])

static bool
fits(struct v3 size, struct v3 room)
{
    return size.x <= room.x && size.y <= room.y && size.z <= room.z;
}

/* A spot, from a random one on, and a turn for which `t` fits; -1 if there is none. */
static int
find_spot(struct cargo *c, const struct threat *t, const struct v3_box *box, int *turn)
{
    int first = c->spots > 0 ? between(c->dice, 0, c->spots - 1) : 0;

    for (int i = 0; i < c->spots; i++) {
        const struct cargo_spot *s = &c->spot[(first + i) % c->spots];
        for (*turn = 0; *turn < (t->person ? 2 : TURNS); ++*turn) {
            struct v3_box b = box_turn(box, turns[*turn]);
            if (fits(box_size(&b), v3_sub(s->high, s->low)))
                return (first + i) % c->spots;
        }
    }
    return -1;
}

/* `room` as the block sees it before its quarter turns. */
static struct v3
turned_back(struct v3 room, int turn)
{
    struct v3_box b = {V0, room};

    if (turn == 4) /* sizes x y z become z x y */
        return V(room.y, room.z, room.x);
    if (turn == 5) /* and here y z x */
        return V(room.z, room.x, room.y);
    b = box_turn(&b, turns[turn]); /* the others are swaps */
    return box_size(&b);
}

/* Puts as many of `one` as fit into the spot, wrapped, on its floor; the spot is used up. */
static void
hide_in(struct cargo *c, const struct threat *t, const struct pen *one, int spot, int turn)
{
    struct cargo_spot s = c->spot[spot];
    struct v3 room = v3_sub(s.high, s.low);
    struct pen block;

    pen_start(&block);
    threat_bulk(&block, c->dice, t, one, turned_back(room, turn));
    struct v3_box b = box_turn(pen_box_of(&block), turns[turn]);
    struct v3 size = box_size(&b), free = v3_sub(room, size);
    struct v3 at =
        v3_add(s.low, V(free.x * range(c->dice, 0.1, 0.9), free.y * range(c->dice, 0.1, 0.9), 0));
    const char *wrap = one_of(c->dice, "cardboard", "polyethylene@0.1", "air");
    pen_note(c->pen, "hidden %s", s.where);
    if (!t->person)
        pen_box(c->pen, wrap, size, v3_add(at, v3_scale(size, 0.5)));
    pen_truth(c->pen, "threat", t->thing.name, v3_sub(at, b.low), turns[turn]);
    pen_paste(c->pen, &block);
    pen_end(c->pen);
    pen_free(&block);
    c->spot[spot] = c->spot[--c->spots];
}

/* One draw of `t`, if there is a place for it. */
static int
hide_once(struct item_job *j, struct cargo *c, const struct threat *t)
{
    struct dice own = dice_fork(j->dice);
    struct pen one;
    int turn = 0;

    pen_start(&one);
    t->thing.make(&one, &own);
    int spot = find_spot(c, t, pen_box_of(&one), &turn);
    if (spot >= 0)
        hide_in(c, t, &one, spot, turn);
    pen_free(&one);
    return spot < 0 ? -1 : 0;
}

/* Another draw may be smaller: a person may sit instead of stand. */
static int
hide(struct item_job *j, struct cargo *c, const struct threat *t)
{
    for (int try = 0; try < 8; try++)
        if (hide_once(j, c, t) == 0)
            return 0;
    return -1;
}

int
cargo_fill(struct item_job *j, struct cargo *c)
{
    pen_note(c->pen, "load: %s (%s)", j->load->english, j->load->dutch);
    pen_group(c->pen, j->load->name, V0, V0);
    j->load->make(c);
    pen_end(c->pen);
    for (int i = 0; i < j->hides; i++) {
        bool found = hide(j, c, j->hide[i]) == 0;
        for (int try = 0; j->random && !found && try < 50; try++)
            found = hide(j, c, &threat_table[between(j->dice, 0, threat_count() - 1)]) == 0;
        if (!found)
            return err_set(j->e, ERR_INPUT,
                           "hide: there is no place for \"%s\" in this load; hide less, or take "
                           "another kind",
                           j->hide[i]->thing.name);
    }
    return 0;
}
