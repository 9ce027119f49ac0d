/* item_job: what the builders of whole items share; private to item*.c. */
#ifndef TWIN_ITEM_JOB_H
#define TWIN_ITEM_JOB_H

#include "twin/item.h"
#include "twin/item_pack.h"
#include "twin/item_threat.h"

struct item_load;

struct item_job {
    struct pen *pen;
    struct dice *dice;
    int hides;   /* how many to hide */
    bool random; /* what does not fit may be replaced */
    const struct threat *hide[ITEM_HIDE_MAX];
    const struct item_load *load; /* of a vehicle; NULL: any that it takes */
    struct err *e;
};

struct item_maker {
    const char *name, *english, *dutch;
    int (*make)(struct item_job *j); /* 0, or -1 with j->e set */
};

extern const struct item_maker item_bags[], item_parcels[], item_vehicles[];

/* A load of a vehicle: fills low .. high, clear of the walls; the floor is low.z, doors are at
 * low.x. Where something can be hidden is noted with cargo_spot. */
#define CARGO_SPOTS_MAX 48
struct cargo_spot {
    struct v3 low, high;
    const char *where;
};
struct cargo {
    struct pen *pen;
    struct dice *dice;
    struct v3 low, high;
    double kg_max;
    int spots;
    struct cargo_spot spot[CARGO_SPOTS_MAX];
};
/* What a vehicle is for. */
#define FIT_BOX 1u  /* dry goods */
#define FIT_COLD 2u /* needs insulated walls and a cooling unit */
#define FIT_TANK 4u
#define FIT_SMALL 8u /* also in a van */
struct item_load {
    const char *name, *english, *dutch;
    unsigned fits;
    void (*make)(struct cargo *c);
};
extern const struct item_load item_loads[];
const struct item_load *load_named(const char *name); /* NULL if there is none */
bool vehicle_takes(const struct item_maker *vehicle, const struct item_load *load);
void cargo_spot(struct cargo *c, const char *where, struct v3 low, struct v3 high);
/* Draws the load into low .. high and hides the job's threats in it. */
int cargo_fill(struct item_job *j, struct cargo *c);

/* Builders of loads: item_load_box.c (stacks of cartons and the like), item_load_bulk.c (heavy and
 * round goods), item_load_big.c (machines, cars, furniture). */
void load_empty(struct cargo *c);
void load_pallets(struct cargo *c);
void load_parcels(struct cargo *c);
void load_fruit(struct cargo *c);
void load_meat(struct cargo *c);
void load_beverages(struct cargo *c);
void load_tiles(struct cargo *c);
void load_electronics(struct cargo *c);
void load_textiles(struct cargo *c);
void load_bags(struct cargo *c);
void load_drums(struct cargo *c);
void load_ibc(struct cargo *c);
void load_timber(struct cargo *c);
void load_tyres(struct cargo *c);
void load_scrap(struct cargo *c);
void load_coils(struct cargo *c);
void load_paper(struct cargo *c);
void load_pipes(struct cargo *c);
void load_machinery(struct cargo *c);
void load_cars(struct cargo *c);
void load_furniture(struct cargo *c);
void load_liquid(struct cargo *c);

/* Parts of vehicles. x forward, centred on y = 0, road at z = 0; `x` is where the part begins, and
 * it goes on towards -x. */
void vehicle_wheel(struct pen *p, double radius, double width, struct v3 at);
void vehicle_axle(struct pen *p, double x, double radius, bool twin);
void vehicle_tractor(struct pen *p, struct dice *r, double x, double wheelbase, double frame);
void vehicle_car(struct pen *p, struct dice *r, struct v3 at);
/* A container with its rear (doors) at x, standing on z; sets the room inside. */
void vehicle_container(struct pen *p, double length, double height, bool cold, double x, double z,
                       struct cargo *c);
void part_pallet(struct pen *p, struct v3 at); /* 1200 x 800 x 144 mm, corner at `at` */
double least_of(double a, double b);

/* Things with their chances: `min` to `max` of each, any of the names in `things` (by commas). */
struct item_mix {
    const char *things;
    int min, max;
};
/* Hides the job's threats, then packs the mix (which ends with a row without things) on and around
 * them. -1 with an error if a threat has no place. */
int mix_pack(struct item_job *j, struct pack *k, const struct item_mix *mix, double lift);

/* A box with vertical edges rounded to `round`. */
void part_rounded(struct pen *p, const char *material, struct v3 size, double round, struct v3 at);

#endif
