/* item_clothes: textiles, shoes, belts and what else is worn. Packed cloth is 0.1 to 0.45 g/cm3;
 * the density differs from layer to layer, as does its outline. */
#include "twin/item_thing.h"

#include "base/num.h"

static const char *const cloth[] = {
    "cotton@0.2",           "cotton@0.3", "cotton@0.44", "wool@0.2", "polyester_fabric@0.15",
    "polyester_fabric@0.28"};
#define CLOTHS (int)(sizeof cloth / sizeof cloth[0])

/* A stack of folded layers, each a little askew; the fold itself is a thicker round edge. */
static double
layers(struct pen *p, struct dice *r, double x, double y, int n, double thick)
{
    double z = 0;
    const char *material = pick(r, cloth, CLOTHS);

    for (int i = 0; i < n; i++) {
        double t = about(r, thick, 0.3), w = about(r, y, 0.04), l = about(r, x, 0.04);
        struct v3 at = V(range(r, -5, 5), range(r, -5, 5), z + t / 2);
        pen_box_turned(p, material, V(l, w, t), at, V(0, 0, range(r, -3, 3)));
        if (i % 2 == 0)
            pen_rod(p, "cotton@0.36", t * 0.55, v3_add(at, V(-l / 2, -w / 2, 0)),
                    v3_add(at, V(l / 2, -w / 2, 0)));
        z += t;
    }
    return z;
}

static void
make_shirt(struct pen *p, struct dice *r)
{
    double x = about(r, 330, 0.1), y = about(r, 240, 0.1), z = layers(p, r, x, y, 5, 6);

    pen_box(p, "polyester_fabric@0.5", V(40, 150, 5), V(x / 2 - 30, 0, z)); /* collar */
    for (int i = 0; i < 6; i++)
        pen_rod(p, "nylon", 5.5, V(x / 2 - 60 - i * 45.0, 3, z),
                V(x / 2 - 60 - i * 45.0, 3, z + 3));
}

static void
make_trousers(struct pen *p, struct dice *r)
{
    double x = about(r, 360, 0.1), y = about(r, 260, 0.1), z = layers(p, r, x, y, 5, 9);

    pen_repeat(p, 40, 1, 1, V(3, 0, 0)); /* the zip: brass teeth */
    pen_box(p, "brass", V(2, 5, 2), V(x / 2 - 140, 0, z));
    pen_end(p);
    pen_rod(p, "brass", 8.5, V(x / 2 - 10, 0, z - 2), V(x / 2 - 10, 0, z + 1.5));
    for (int i = -1; i <= 1; i += 2)
        pen_rod(p, "copper", 4.5, V(x / 2 - 40, i * 90.0, z - 2), V(x / 2 - 40, i * 90.0, z + 1));
}

static void
make_sweater(struct pen *p, struct dice *r)
{
    layers(p, r, about(r, 340, 0.1), about(r, 280, 0.1), 4, 14);
}

/* A rolled garment: rings of denser and looser cloth. */
static void
make_roll(struct pen *p, struct dice *r)
{
    double radius = about(r, 48, 0.25), half = about(r, 150, 0.2);

    for (int i = 0; radius > 6; i++, radius -= about(r, 7, 0.3))
        pen_rod(p, i % 2 ? "cotton@0.2" : "cotton@0.3", radius, V(-half, 0, 0), V(half, 0, 0));
}

static void
make_towel(struct pen *p, struct dice *r)
{
    layers(p, r, about(r, 380, 0.1), about(r, 280, 0.1), 6, 8);
}

static void
make_jacket(struct pen *p, struct dice *r)
{
    double x = about(r, 420, 0.1), y = about(r, 300, 0.1), z;

    z = layers(p, r, x, y, 4, 13);
    pen_repeat(p, 90, 1, 1, V(3.5, 0, 0));
    pen_box(p, chance(r, 0.5) ? "brass" : "zamak", V(2, 7, 2.5), V(-157, y * 0.2, z));
    pen_end(p);
    pen_box(p, "zamak", V(22, 8, 3), V(160, y * 0.2, z)); /* the slider and its pull */
}

/* One shoe along x, sole down; `side` is -1 or 1. */
static void
shoe(struct pen *p, double length, double side, bool shank, const char *upper)
{
    double k = length / 290;

    pen_egg(p, upper, V(135 * k, 46 * k, 40), V(0, 0, 42));
    pen_egg(p, upper, V(55 * k, 38 * k, 62), V(-80 * k, 0, 60));
    pen_egg(p, "air", V(128 * k, 41 * k, 34), V(0, 0, 44));
    pen_egg(p, "air", V(50 * k, 33 * k, 64), V(-78 * k, 0, 68));
    pen_rod(p, "tyre", 47 * k, V(82 * k, 4 * side, 0), V(82 * k, 4 * side, 12));
    pen_box(p, "tyre", V(150 * k, 72 * k, 12), V(0, 0, 6));
    pen_rod(p, "tyre", 35 * k, V(-95 * k, 0, 0), V(-95 * k, 0, 24));
    pen_box(p, "leather", V(225 * k, 66 * k, 4), V(0, 0, 14));
    if (shank)
        pen_box(p, "steel", V(105 * k, 13, 1.6), V(-25 * k, 0, 13));
    for (int i = 0; i < 5; i++)
        for (int j = -1; j <= 1; j += 2)
            pen_ring(p, "brass", 3, 1, V((45 - 17 * i) * k, j * (14.0 + i), 76 + i), 'z');
}

static void
make_shoes(struct pen *p, struct dice *r)
{
    double length = range(r, 240, 305), y = 55 * length / 290;
    bool shank = chance(r, 0.7);
    const char *upper = one_of(r, "leather", "polyester_fabric@0.6");

    pen_group(p, "left shoe", V(0, y, 0), V0);
    shoe(p, length, 1, shank, upper);
    pen_end(p);
    pen_group(p, "right shoe", V(range(r, -25, 25), -y, 0), V(0, 0, 180 * (double)chance(r, 0.6)));
    shoe(p, length, -1, shank, upper);
    pen_end(p);
}

/* A belt is wound up: leather rings, the buckle a frame with a pin. */
static void
make_belt(struct pen *p, struct dice *r)
{
    double radius = about(r, 45, 0.15), width = about(r, 34, 0.1);

    for (int i = 0; i < 4; i++) {
        double out = radius - 7 * i;
        pen_rod(p, "leather", out, V(0, 0, 0), V(0, 0, width));
        pen_rod(p, "air", out - 4, V(0, 0, -0.5), V(0, 0, width + 0.5));
    }
    pen_minus(p, one_of(r, "zamak", "brass", "steel"));
    pen_box(p, NULL, V(5, 52, width + 12), V(radius + 2, 0, width / 2));
    pen_box(p, NULL, V(9, 40, width), V(radius + 2, 0, width / 2));
    pen_end(p);
    pen_rod(p, "steel", 2, V(radius + 2, -24, width / 2), V(radius + 2, 24, width / 2));
}

static void
make_hat(struct pen *p, struct dice *r)
{
    double k = about(r, 1, 0.1);

    pen_rod(p, "wool@0.3", 150 * k, V(0, 0, 0), V(0, 0, 4));
    pen_egg(p, "wool@0.3", V(98 * k, 80 * k, 95), V(0, 0, 4));
    pen_egg(p, "air", V(94 * k, 76 * k, 91), V(0, 0, 3));
}

/* An umbrella, folded: shaft, eight ribs and stretchers, cloth, handle. */
static void
make_umbrella(struct pen *p, struct dice *r)
{
    double half = range(r, 140, 420);

    pen_cone(p, "nylon@0.3", 32, 16, V(-half + 90, 0, 0), V(half - 10, 0, 0));
    for (int i = 0; i < 8; i++) {
        double a = NUM_PI * i / 4, c = num_cos(a), s = num_sin(a);
        pen_rod(p, "steel", 1.6, V(-half + 95, 24 * c, 24 * s), V(half - 15, 9 * c, 9 * s));
        pen_rod(p, "steel", 1.3, V(0, 5 * c, 5 * s), V(half * 0.5, 12 * c, 12 * s));
    }
    pen_rod(p, "steel", 5, V(-half + 20, 0, 0), V(half, 0, 0));
    pen_rod(p, "air", 4.2, V(-half + 20, 0, 0), V(half - 5, 0, 0));
    pen_rod(p, one_of(r, "oak", "abs"), 12, V(-half, 0, 0), V(-half + 85, 0, 0));
}

static void
make_watch(struct pen *p, struct dice *r)
{
    double radius = about(r, 20, 0.15);

    pen_ring(p, chance(r, 0.5) ? "steel@4" : "leather", 32, 2.5, V(0, 0, 9), 'y');
    pen_ring(p, "leather", 32, 2, V(0, 6, 9), 'y');
    pen_ring(p, "leather", 32, 2, V(0, -6, 9), 'y');
    pen_rod(p, "steel", radius, V(0, 0, 38), V(0, 0, 48));
    pen_rod(p, "air", radius - 2, V(0, 0, 40), V(0, 0, 47));
    pen_rod(p, "brass", radius - 4, V(0, 0, 40), V(0, 0, 44));
    pen_rod(p, "glass", radius - 2, V(0, 0, 46.5), V(0, 0, 48));
}

static void
make_glasses(struct pen *p, struct dice *r)
{
    const char *frame = one_of(r, "titanium", "abs", "steel");

    pen_shell(p, "abs", 2, V(165, 62, 40), V(0, 0, 20));
    for (int i = -1; i <= 1; i += 2) {
        pen_ring(p, frame, 24, 1.6, V(i * 33.0, 0, 20), 'z');
        pen_rod(p, "pmma", 23, V(i * 33.0, 0, 19), V(i * 33.0, 0, 21));
        pen_rod(p, frame, 1.5, V(i * 57.0, 8, 24), V(-i * 65.0, 12, 26));
    }
    pen_rod(p, frame, 1.5, V(-10, 0, 20), V(10, 0, 20));
}

/* One folded lump: a slab, a cushion or a roll, turned a little, within low .. high. */
static void
lump(struct pen *p, struct dice *r, struct v3 low, struct v3 high)
{
    struct v3 size = v3_sub(high, low);
    double l = range(r, 0.12, 0.4) * size.x, w = range(r, 0.15, 0.5) * size.y;
    double t = range(r, 0.05, 0.22) * size.z, turn = range(r, -35, 35);
    double x = l / 2 + w / 4, y = w / 2 + l / 4; /* more than half the turned box */
    if (2 * x > size.x || 2 * y > size.y)
        return;
    struct v3 at = V(range(r, low.x + x, high.x - x), range(r, low.y + y, high.y - y),
                     range(r, low.z + t / 2, high.z - t / 2));
    const char *material = pick(r, cloth, CLOTHS);
    int kind = between(r, 0, 9);

    if (kind < 4)
        pen_egg_turned(p, material, V(l / 2, w / 2, t / 2), at, V(0, 0, turn));
    else if (kind < 7)
        pen_box_turned(p, material, V(l, w, t), at, V(0, 0, turn));
    else if (kind < 9)
        pen_rod(p, material, t / 2, v3_sub(at, V(l / 2, 0, 0)), v3_add(at, V(l / 2, 0, 0)));
    else /* a hem or seam */
        pen_box_turned(p, "cotton@0.6", V(l, range(r, 6, 14), 4), at, V(0, 0, turn));
}

void
part_textiles(struct pen *p, struct dice *r, struct v3 low, struct v3 high)
{
    struct v3 size = v3_sub(high, low);
    int n = 30 + (int)(size.x * size.y * size.z / 0.35e6);

    pen_note(p, "clothes, loosely packed: what is written later lies between them");
    pen_group(p, "clothes", V0, V0);
    pen_box(p, "cotton@0.1", size, v3_mix(low, high, 0.5));
    for (int i = 0; i < n && i < 280; i++)
        lump(p, r, low, high);
    pen_end(p);
}

const struct thing thing_clothes[] = {
    {"shirt", "folded shirt", "gevouwen overhemd", make_shirt},
    {"trousers", "trousers with zip and rivets", "broek met rits en klinknagels", make_trousers},
    {"sweater", "folded sweater", "gevouwen trui", make_sweater},
    {"roll", "rolled garment", "opgerold kledingstuk", make_roll},
    {"towel", "folded towel", "gevouwen handdoek", make_towel},
    {"jacket", "jacket with a zip", "jas met rits", make_jacket},
    {"shoes", "pair of shoes", "paar schoenen", make_shoes},
    {"belt", "belt with buckle", "riem met gesp", make_belt},
    {"hat", "felt hat", "vilten hoed", make_hat},
    {"umbrella", "folded umbrella", "opgevouwen paraplu", make_umbrella},
    {"watch", "wrist watch", "polshorloge", make_watch},
    {"glasses", "spectacles in a case", "bril in koker", make_glasses},
    {0},
};
