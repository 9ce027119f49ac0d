/* item_thing: the things of daily life and trade that bags, parcels and loads are filled with. Each
 * is drawn in its own frame, lying as it would on a table (flat side down), about the origin. */
#ifndef TWIN_ITEM_THING_H
#define TWIN_ITEM_THING_H

#include "twin/item_dice.h"
#include "twin/item_pen.h"

struct thing {
    const char *name; /* the KIND of its `label` or `threat` line */
    const char *english, *dutch;
    void (*make)(struct pen *p, struct dice *r);
};

/* Tables end with a row without a name. */
extern const struct thing thing_clothes[], thing_bottles[], thing_food[], thing_electric[],
    thing_office[], thing_house[], thing_tools[];
/* The thing called `name`, which must exist. */
const struct thing *thing_named(const char *name);

/* Parts that several families use. */
/* A wound cable: turns of insulated copper around the z axis at `at`, ending in a plug. */
void part_cable(struct pen *p, struct dice *r, double radius, double tube, int turns, struct v3 at);
/* A round lithium cell along x, and an alkaline one: radius r, length l, centred at `at`. */
void part_cell(struct pen *p, double radius, double length, struct v3 at);
/* A printed circuit board of `size` in the x-y plane, with chips and capacitors on top. */
void part_board(struct pen *p, struct dice *r, struct v3 size, struct v3 at, int chips);
/* A small motor along x. */
void part_motor(struct pen *p, double radius, double length, struct v3 at);
/* Fills low .. high with loosely packed folded textiles. */
void part_textiles(struct pen *p, struct dice *r, struct v3 low, struct v3 high);

#endif
