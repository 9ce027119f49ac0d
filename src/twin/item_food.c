/* item_food: things to eat, as travellers and parcels carry them. */
#include "twin/item_thing.h"

#include "base/num.h"

static void
apple(struct pen *p, double radius, struct v3 at)
{
    pen_egg(p, "fruit", V(radius, radius, radius * 0.9), at);
    pen_egg(p, "air", V(radius * 0.12, radius * 0.12, radius * 0.25), at); /* the core */
}

static void
make_apples(struct pen *p, struct dice *r)
{
    int n = between(r, 3, 6);

    pen_box(p, "polyethylene@0.02", V(n > 3 ? 230 : 165, 160, 80), V(n > 3 ? 77 : 40, 38, 38));
    for (int i = 0; i < n; i++)
        apple(p, about(r, 36, 0.08), V((i / 2) * 77.0, (i % 2) * 77.0, 37));
}

static void
make_bread(struct pen *p, struct dice *r)
{
    double x = range(r, 110, 160);

    pen_egg(p, "bread@0.35", V(x, 62, 55), V(0, 0, 55));
    pen_egg(p, "bread@0.24", V(x - 6, 56, 49), V(0, 0, 55));
    for (int i = 0; i < 14; i++)
        pen_ball(p, "air", range(r, 3, 8),
                 V(range(r, -0.6, 0.6) * x, range(r, -30, 30), range(r, 30, 78)));
}

static void
make_chocolate(struct pen *p, struct dice *r)
{
    int bars = between(r, 1, 4);

    for (int i = 0; i < bars; i++) {
        double z = i * 11.0;
        pen_box(p, "chocolate", V(160, 78, 5), V(0, 0, z + 3));
        pen_repeat(p, 7, 4, 1, V(22, 19, 0));
        pen_box(p, "chocolate", V(18, 15, 4), V(-66, -28.5, z + 7));
        pen_end(p);
        pen_box(p, "aluminium", V(164, 82, 0.05), V(0, 0, z + 0.3));
        pen_box(p, "aluminium", V(164, 82, 0.05), V(0, 0, z + 9.6));
    }
}

/* A wedge out of a round cheese. */
static void
make_cheese(struct pen *p, struct dice *r)
{
    double h = range(r, 60, 110);

    pen_minus(p, "cheese");
    pen_rod(p, NULL, 150, V(0, 0, 0), V(0, 0, h));
    pen_box_turned(p, NULL, V(400, 200, h + 20), V(0, -100, h / 2), V0);
    pen_box_turned(p, NULL, V(400, 200, h + 20), V(-77, 64, h / 2), V(0, 0, 50));
    pen_end(p);
}

/* Loose goods in a bag: a block with rounded ends; the density is that of the heap. */
static void
sack(struct pen *p, const char *material, double x, double y, double z)
{
    pen_box(p, material, V(x, y * 0.86, z), V(0, 0, z / 2));
    pen_rod(p, material, y * 0.5 < z * 0.5 ? y * 0.5 : z * 0.5, V(-x / 2, 0, z / 2),
            V(x / 2, 0, z / 2));
    pen_egg(p, material, V(x * 0.56, y / 2, z * 0.5), V(0, 0, z / 2));
}

static void
make_rice(struct pen *p, struct dice *r)
{
    double k = about(r, 1, 0.15);

    sack(p, one_of(r, "rice", "sugar", "flour", "salt"), 170 * k, 105 * k, 58 * k);
}

static void
make_coffee(struct pen *p, struct dice *r)
{
    int n = between(r, 1, 3);

    for (int i = 0; i < n; i++) {
        pen_box(p, "aluminium", V(156, 81, 53), V(0, i * 83.0, 27));
        pen_box(p, "coffee", V(155.8, 80.8, 52.8), V(0, i * 83.0, 27));
    }
}

static void
make_sausage(struct pen *p, struct dice *r)
{
    double l = range(r, 130, 260), radius = range(r, 18, 32);

    pen_rod(p, "meat", radius, V(-l / 2, 0, radius), V(l / 2, 0, radius));
    pen_ball(p, "meat", radius, V(-l / 2, 0, radius));
    pen_ball(p, "meat", radius, V(l / 2, 0, radius));
    pen_rod(p, "aluminium", 3, V(-l / 2 - radius - 4, 0, radius), V(-l / 2 - radius, 0, radius));
    pen_rod(p, "aluminium", 3, V(l / 2 + radius, 0, radius), V(l / 2 + radius + 4, 0, radius));
}

/* A hand of bananas: arcs cut out of rings. */
static void
make_bananas(struct pen *p, struct dice *r)
{
    int n = between(r, 3, 6);

    for (int i = 0; i < n; i++) {
        double z = 18 + i * 13.0, radius = about(r, 105, 0.06);
        pen_both(p, "banana");
        pen_ring(p, NULL, radius, 17, V(0, 0, z), 'z');
        pen_box(p, NULL, V(240, 130, 60), V(0, radius * 0.42 + 65, z));
        pen_end(p);
    }
    pen_box(p, "banana", V(24, 30, n * 13.0), V(-92, 52, 12 + n * 6.5));
}

static void
make_biscuits(struct pen *p, struct dice *r)
{
    int n = between(r, 14, 24);

    pen_rod(p, "cardboard@0.3", 33, V(-2, 0, 0), V(n * 8.0, 0, 0));
    pen_repeat(p, n, 1, 1, V(8, 0, 0));
    pen_rod(p, "bread@0.6", 31, V(0, 0, 0), V(6.5, 0, 0));
    pen_end(p);
}

static void
make_eggs(struct pen *p, struct dice *r)
{
    double k = about(r, 1, 0.04);

    pen_box(p, "cardboard@0.06", V(300 * k, 105, 66), V(125 * k, 25, 33));
    pen_repeat(p, 6, 2, 1, V(50 * k, 50, 0));
    pen_egg(p, "marble", V(21.5, 21.5, 28), V(0, 0, 34));
    pen_egg(p, "milk", V(21.1, 21.1, 27.6), V(0, 0, 34));
    pen_end(p);
}

static void
make_oranges(struct pen *p, struct dice *r)
{
    int n = between(r, 4, 8);

    for (int i = 0; i < n; i++) {
        double radius = about(r, 37, 0.08);
        struct v3 at = V((i / 2) * 78.0, (i % 2) * 78.0, 38);
        pen_ball(p, "fruit@0.6", radius, at);
        pen_ball(p, "fruit", radius - 5, at);
    }
}

const struct thing thing_food[] = {
    {"apples", "apples", "appels", make_apples},
    {"oranges", "oranges", "sinaasappels", make_oranges},
    {"bananas", "bananas", "bananen", make_bananas},
    {"bread", "loaf of bread", "brood", make_bread},
    {"chocolate", "bars of chocolate", "repen chocolade", make_chocolate},
    {"cheese", "wedge of cheese", "punt kaas", make_cheese},
    {"rice", "bag of rice, sugar, flour or salt", "zak rijst, suiker, meel of zout", make_rice},
    {"coffee", "packs of coffee", "pakken koffie", make_coffee},
    {"sausage", "sausage", "worst", make_sausage},
    {"biscuits", "roll of biscuits", "rol koekjes", make_biscuits},
    {"eggs", "box of eggs", "doos eieren", make_eggs},
    {0},
};
