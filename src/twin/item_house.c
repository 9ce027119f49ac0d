/* item_house: books and office things, toys, kitchen and bathroom things, tools, keys and coins;
 * and the small helpers that all families share. */
#include "twin/item_thing.h"

#include "base/num.h"

#include <assert.h>
#include <string.h>

static void
make_book(struct pen *p, struct dice *r)
{
    double x = range(r, 178, 250), y = x * range(r, 0.62, 0.75), z = range(r, 12, 42);

    pen_box(p, "cardboard@0.7", V(x, y, z), V(0, 0, z / 2));
    pen_box(p, one_of(r, "paper@0.75", "paper@0.95"), V(x - 5, y - 3, z - 4), V(0, 1.5, z / 2));
}

static void
make_magazines(struct pen *p, struct dice *r)
{
    int n = between(r, 2, 5);

    for (int i = 0; i < n; i++)
        pen_box_turned(p, "paper@1.1", V(about(r, 285, 0.03), about(r, 212, 0.03), 5),
                       V(range(r, -6, 6), range(r, -6, 6), i * 5.2 + 2.5),
                       V(0, 0, range(r, -3, 3)));
}

/* A ring binder: paper, steel arch. */
static void
make_binder(struct pen *p, struct dice *r)
{
    double z = range(r, 50, 78);

    pen_shell(p, "cardboard@0.7", 2.5, V(318, 285, z), V(0, 0, z / 2));
    pen_box(p, "paper@0.7", V(298, 212, z * range(r, 0.3, 0.9)), V(0, -30, z * 0.45 + 2));
    pen_box(p, "steel", V(170, 22, 1.2), V(0, 118, 4));
    for (int i = -1; i <= 1; i += 2) {
        pen_rod(p, "steel", 1.7, V(i * 40.0, 112, 4), V(i * 40.0, 112, z - 8));
        pen_rod(p, "steel", 1.7, V(i * 40.0, 72, 4), V(i * 40.0, 72, z - 8));
        pen_rod(p, "steel", 1.7, V(i * 40.0, 112, z - 8), V(i * 40.0, 72, z - 8));
    }
}

static void
make_pens(struct pen *p, struct dice *r)
{
    int n = between(r, 3, 8);

    pen_box(p, "polyester_fabric@0.1", V(195, n * 12.0 + 14, 18), V(0, (n - 1) * 6.0, 9));
    for (int i = 0; i < n; i++) {
        struct v3 a = V(range(r, -78, -66), i * 12.0, 9), b = V(range(r, 62, 76), i * 12.0, 9);
        pen_rod(p, chance(r, 0.3) ? "brass" : "polystyrene", 5, a, b);
        pen_rod(p, "air", 3.8, a, b);
        pen_rod(p, "brass", 1.3, a, v3_add(b, V(6, 0, 0)));
        pen_ring(p, "steel", 2.6, 0.4, v3_add(b, V(-15, 0, 0)), 'x');
    }
}

static void
make_mug(struct pen *p, struct dice *r)
{
    double h = range(r, 85, 105), k = about(r, 41, 0.1);

    pen_ring(p, "porcelain", 24, 5.5, V(k + 12, 0, h / 2), 'y');
    pen_rod(p, "porcelain", k, V(0, 0, 0), V(0, 0, h));
    pen_rod(p, "air", k - 4.5, V(0, 0, 6), V(0, 0, h + 0.1));
}

static void
make_plates(struct pen *p, struct dice *r)
{
    int n = between(r, 2, 6);

    for (int i = 0; i < n; i++) {
        pen_cone(p, "porcelain", 75, 130, V(0, 0, i * 9.0), V(0, 0, i * 9.0 + 16));
        pen_cone(p, "air", 73, 130, V(0, 0, i * 9.0 + 5), V(0, 0, i * 9.0 + 16.5));
    }
}

static void
make_cutlery(struct pen *p, struct dice *r)
{
    int n = between(r, 3, 6);

    for (int i = 0; i < n; i++) {
        double y = i * 24.0;
        pen_box(p, "steel", V(110, 9, 2), V(-45, y, 2));
        pen_box(p, "steel", V(40, 5, 2.5), V(25, y, 2));
        if (i % 2) {
            pen_egg(p, "steel", V(30, 19, 2), V(70, y, 2));
        } else {
            pen_box(p, "steel", V(20, 20, 2), V(52, y, 2));
            for (int j = 0; j < 4; j++)
                pen_box(p, "steel", V(42, 2.6, 2), V(82, y + (j - 1.5) * 5.8, 2));
        }
    }
}

static void
make_pan(struct pen *p, struct dice *r)
{
    double radius = range(r, 95, 135);

    pen_rod(p, "aluminium", radius, V(0, 0, 0), V(0, 0, 45));
    pen_rod(p, "air", radius - 3, V(0, 0, 4), V(0, 0, 45.1));
    pen_rod(p, "steel", radius * 0.8, V(0, 0, 0), V(0, 0, 1));
    pen_rod(p, "abs", 11, V(radius, 0, 35), V(radius + 170, 0, 40));
    pen_rod(p, "steel", 3, V(radius - 4, 0, 35), V(radius + 120, 0, 38));
}

static void
make_toy_car(struct pen *p, struct dice *r)
{
    double k = about(r, 1, 0.25);

    pen_shell(p, "abs", 2, V(230 * k, 100 * k, 50 * k), V(0, 0, 45 * k));
    pen_shell(p, "abs", 2, V(110 * k, 84 * k, 34 * k), V(-10, 0, 86 * k));
    for (int i = 0; i < 4; i++) {
        struct v3 c = V((i & 1 ? 70 : -70) * k, (i & 2 ? 46 : -62) * k, 26 * k);
        pen_rod(p, "tyre", 26 * k, c, v3_add(c, V(0, 16 * k, 0)));
        pen_rod(p, "polystyrene", 13 * k, c, v3_add(c, V(0, 16 * k, 0)));
    }
    for (int i = -1; i <= 1; i += 2)
        pen_rod(p, "steel", 1.5, V(i * 70 * k, -60 * k, 26 * k), V(i * 70 * k, 60 * k, 26 * k));
    part_motor(p, 12 * k, 32 * k, V(-45 * k, 0, 40 * k));
    for (int i = 0; i < 3; i++)
        part_cell(p, 7, 50, V(30 * k, (i - 1) * 16.0, 38 * k));
    part_board(p, r, V(50 * k, 40 * k, 1.4), V(50 * k, 0, 56 * k), 7);
}

static void
make_teddy(struct pen *p, struct dice *r)
{
    double k = about(r, 1, 0.3);
    const char *fill = "polyester_fabric@0.05";

    pen_egg(p, fill, V(75 * k, 60 * k, 50 * k), V(0, 0, 50 * k));
    pen_ball(p, fill, 48 * k, V(105 * k, 0, 50 * k));
    for (int i = -1; i <= 1; i += 2) {
        pen_ball(p, fill, 17 * k, V(140 * k, i * 32 * k, 50 * k));
        pen_egg(p, fill, V(25 * k, 50 * k, 22 * k), V(35 * k, i * 75 * k, 45 * k));
        pen_egg(p, fill, V(60 * k, 26 * k, 24 * k), V(-90 * k, i * 40 * k, 40 * k));
        pen_ball(p, "polystyrene", 5 * k, V(120 * k, i * 15 * k, 92 * k));
    }
}

static void
make_blocks(struct pen *p, struct dice *r)
{
    int n = between(r, 14, 30);

    pen_shell(p, "cardboard@0.7", 1.5, V(250, 180, 60), V(0, 0, 30));
    for (int i = 0; i < n; i++) {
        double x = 16.0 * between(r, 1, 4);
        struct v3 at = V(range(r, -85, 85), range(r, -65, 65), range(r, 8, 45));
        struct v3 turn = V(0, 0, range(r, 0, 180));
        pen_box_turned(p, "abs", V(x, 16, 10), at, turn);
        pen_box_turned(p, "air", V(x - 3, 13, 8), v3_add(at, V(0, 0, -1)), turn);
    }
}

/* A paperback-sized framed picture, a candle, soap: the small change of suitcases. */
static void
make_candle(struct pen *p, struct dice *r)
{
    double radius = range(r, 28, 40), h = range(r, 70, 130);

    pen_rod(p, "paraffin", radius, V(0, 0, 0), V(0, 0, h));
    pen_rod(p, "cotton", 1.2, V(0, 0, 2), V(0, 0, h + 8));
}

static void
make_soap(struct pen *p, struct dice *r)
{
    int n = between(r, 1, 3);

    for (int i = 0; i < n; i++)
        pen_egg(p, "soap", V(44, 29, 17), V(0, i * 62.0, 17));
}

/* One key: a bow with a hole, a bit with notches. */
static void
key(struct pen *p, struct dice *r, struct v3 at, double turn)
{
    pen_group(p, "key", at, V(0, 0, turn));
    pen_minus(p, "brass");
    pen_rod(p, NULL, 12, V(12, 0, 0), V(12, 0, 2.2));
    pen_rod(p, NULL, 3.5, V(5, 0, -1), V(5, 0, 4));
    pen_end(p);
    pen_minus(p, "brass");
    pen_box(p, NULL, V(30, 8, 2.2), V(38, 0, 1.1));
    for (int i = 0; i < 4; i++)
        pen_box(p, NULL, V(3, range(r, 2, 6), 4), V(30 + i * 6.0, -4, 1.1));
    pen_end(p);
    pen_end(p);
}

static void
make_keys(struct pen *p, struct dice *r)
{
    int n = between(r, 3, 6);

    pen_ring(p, "steel", 14, 1.1, V(0, 0, 4), 'z');
    for (int i = 0; i < n; i++) {
        double a = range(r, -150, 30);
        key(p, r, V(12 * num_cos(a * NUM_PI / 180), 12 * num_sin(a * NUM_PI / 180), i * 2.4), a);
    }
    pen_shell(p, "abs", 1.5, V(38, 60, 13), V(-5, 45, 7)); /* the car's key, with its cell */
    pen_rod(p, "li_ion_cell", 10, V(-5, 45, 5), V(-5, 45, 8));
    pen_box(p, "fr4", V(28, 44, 1), V(-5, 45, 10));
}

static void
make_coins(struct pen *p, struct dice *r)
{
    int n = between(r, 6, 14);

    pen_egg(p, "leather@0.5", V(58, 45, 13), V(0, 0, 13));
    for (int i = 0; i < n; i++) {
        double radius = range(r, 8.2, 12.9);
        struct v3 a = V(range(r, -36, 36), range(r, -26, 26), range(r, 4, 18));
        struct v3 b = v3_add(a, V(range(r, -0.4, 0.4), range(r, -0.4, 0.4), 2.1));
        pen_rod(p, one_of(r, "brass", "bronze", "copper"), radius, a, b);
    }
}

static void
make_spanner(struct pen *p, struct dice *r)
{
    int n = between(r, 1, 4);

    for (int i = 0; i < n; i++) {
        double y = i * 42.0, l = about(r, 160, 0.3), open = range(r, 10, 19);
        pen_box(p, "steel", V(l, 16, 6), V(0, y, 4));
        pen_minus(p, "steel");
        pen_rod(p, NULL, open, V(-l / 2, y, 0), V(-l / 2, y, 8));
        pen_box(p, NULL, V(open * 2.2, open, 20), V(-l / 2 - open, y, 4));
        pen_end(p);
        pen_minus(p, "steel");
        pen_rod(p, NULL, open * 0.9, V(l / 2, y, 0), V(l / 2, y, 8));
        pen_rod(p, NULL, open * 0.55, V(l / 2, y, -5), V(l / 2, y, 15));
        pen_end(p);
    }
}

static void
make_hammer(struct pen *p, struct dice *r)
{
    double l = range(r, 250, 320);

    pen_rod(p, one_of(r, "oak", "polypropylene"), 14, V(-l, 0, 15), V(0, 0, 15));
    pen_rod(p, "steel", 14, V(0, -55, 15), V(0, 20, 15));
    pen_cone(p, "steel", 14, 5, V(0, 20, 15), V(0, 62, 15));
}

static void
make_screwdrivers(struct pen *p, struct dice *r)
{
    int n = between(r, 2, 5);

    for (int i = 0; i < n; i++) {
        double l = range(r, 70, 150);
        pen_rod(p, "polypropylene", 13, V(-100, i * 32.0, 14), V(0, i * 32.0, 14));
        pen_rod(p, "steel", 3, V(-60, i * 32.0, 14), V(l, i * 32.0, 14));
        pen_box(p, "steel", V(12, 7, 1.2), V(l + 4, i * 32.0, 14));
    }
}

static void
make_pliers(struct pen *p, struct dice *r)
{
    double a = range(r, 5, 16);

    for (int i = -1; i <= 1; i += 2) {
        pen_group(p, "half", V0, V(0, 0, i * a));
        pen_cone(p, "steel", 10, 4, V(0, 0, 11), V(60, 0, 11));
        pen_rod(p, "pvc", 9, V(-20, i * -4.0, 11), V(-130, i * -14.0, 11));
        pen_rod(p, "steel", 5.5, V(0, 0, 11), V(-125, i * -14.0, 11));
        pen_end(p);
    }
    pen_rod(p, "steel", 12, V(0, 0, 3), V(0, 0, 19));
}

static void
make_drill(struct pen *p, struct dice *r)
{
    pen_rod(p, "abs", 35, V(-90, 0, 36), V(60, 0, 36));
    pen_rod(p, "air", 32, V(-87, 0, 36), V(57, 0, 36));
    part_motor(p, 22, 60, V(-45, 0, 36));
    pen_rod(p, "steel", 24, V(15, 0, 36), V(55, 0, 36)); /* the gearbox */
    pen_rod(p, "air", 15, V(18, 0, 36), V(40, 0, 36));
    pen_cone(p, "steel", 22, 14, V(60, 0, 36), V(105, 0, 36));
    pen_rod(p, "steel", range(r, 2, 5), V(105, 0, 36), V(170, 0, 36));
    pen_rod(p, "abs", 21, V(-50, -30, 36), V(-75, -130, 36));
    pen_rod(p, "air", 17, V(-50, -30, 36), V(-74, -126, 36));
    pen_box(p, "copper@3", V(14, 26, 14), V(-52, -48, 36)); /* the switch */
    pen_shell(p, "abs", 2.5, V(110, 52, 70), V(-75, -155, 36));
    for (int i = 0; i < 4; i++)
        part_cell(p, 9.2, 65, V(-75, i % 2 ? -144 : -165, i / 2 ? 26 : 46));
}

static void
make_scissors(struct pen *p, struct dice *r)
{
    double a = range(r, 3, 12), l = range(r, 70, 110);

    for (int i = -1; i <= 1; i += 2) {
        pen_group(p, "half", V0, V(0, 0, i * a));
        pen_cone(p, "steel", 6, 0.6, V(0, 0, 4 + i), V(l, 0, 4 + i));
        pen_rod(p, "steel", 4, V(0, 0, 4 + i), V(-35, 0, 4 + i));
        pen_ring(p, "abs", 17, 5, V(-55, i * -14.0, 5), 'z');
        pen_end(p);
    }
    pen_rod(p, "steel", 4, V(0, 0, 0), V(0, 0, 9));
}

const struct thing thing_office[] = {
    {"book", "book", "boek", make_book},
    {"magazines", "magazines", "tijdschriften", make_magazines},
    {"binder", "ring binder", "ordner", make_binder},
    {"pens", "pens in a case", "pennen in een etui", make_pens},
    {"keys", "bunch of keys", "sleutelbos", make_keys},
    {"coins", "purse with coins", "portemonnee met munten", make_coins},
    {0},
};
const struct thing thing_house[] = {
    {"mug", "mug", "mok", make_mug},
    {"plates", "plates", "borden", make_plates},
    {"cutlery", "cutlery", "bestek", make_cutlery},
    {"pan", "frying pan", "koekenpan", make_pan},
    {"toy-car", "toy car with motor", "speelgoedauto met motor", make_toy_car},
    {"teddy", "teddy bear", "teddybeer", make_teddy},
    {"blocks", "box of building blocks", "doos bouwblokken", make_blocks},
    {"candle", "candle", "kaars", make_candle},
    {"soap", "bars of soap", "stukken zeep", make_soap},
    {0},
};
const struct thing thing_tools[] = {
    {"spanners", "spanners", "steeksleutels", make_spanner},
    {"hammer", "hammer", "hamer", make_hammer},
    {"screwdrivers", "screwdrivers", "schroevendraaiers", make_screwdrivers},
    {"pliers", "pliers", "tang", make_pliers},
    {"drill", "cordless drill", "accuboormachine", make_drill},
    {"scissors", "scissors", "schaar", make_scissors},
    {0},
};

const struct thing *
thing_named(const char *name)
{
    static const struct thing *const family[] = {thing_clothes,  thing_bottles, thing_food,
                                                 thing_electric, thing_office,  thing_house,
                                                 thing_tools};

    for (size_t i = 0; i < sizeof family / sizeof family[0]; i++)
        for (const struct thing *t = family[i]; t->name != NULL; t++)
            if (strcmp(t->name, name) == 0)
                return t;
    assert(false && "a thing of this name");
    return NULL;
}
