/* item_electric: what has a battery or a plug: computers, telephones, chargers, appliances. */
#include "twin/item_thing.h"

#include "base/num.h"

void
part_cable(struct pen *p, struct dice *r, double radius, double tube, int turns, struct v3 at)
{
    for (int i = 0; i < turns; i++) {
        double out = radius + range(r, -0.18, 0.12) * radius;
        struct v3 c = v3_add(at, V(range(r, -6, 6), range(r, -6, 6), tube * (1 + 1.1 * i)));
        pen_ring(p, "pvc", out, tube, c, 'z');
        pen_ring(p, "copper@6", out, tube * 0.42, c, 'z');
    }
    struct v3 end = v3_add(at, V(radius * 1.3, radius * 0.5, tube * 2));
    pen_rod(p, "pvc", tube, v3_add(at, V(radius * 0.2, radius, tube * 2)), end);
    pen_rod(p, "copper@6", tube * 0.42, v3_add(at, V(radius * 0.2, radius, tube * 2)), end);
    pen_box(p, "pvc", V(26, 14, 9), v3_add(end, V(13, 0, 3)));
    for (int i = -1; i <= 1; i += 2)
        pen_rod(p, "brass", 2, v3_add(end, V(20, i * 4.5, 3)), v3_add(end, V(45, i * 4.5, 3)));
}

void
part_cell(struct pen *p, double radius, double length, struct v3 at)
{
    struct v3 half = V(length / 2, 0, 0);

    pen_rod(p, "steel", radius, v3_sub(at, half), v3_add(at, half));
    pen_rod(p, "li_ion_cell", radius - 0.25, v3_sub(at, V(length / 2 - 0.4, 0, 0)),
            v3_add(at, V(length / 2 - 3, 0, 0)));
}

void
part_board(struct pen *p, struct dice *r, struct v3 size, struct v3 at, int chips)
{
    double top = at.z + size.z / 2;

    pen_box(p, "fr4", size, at);
    pen_box(p, "copper", V(size.x * 0.96, size.y * 0.94, 0.07), V(at.x, at.y, top));
    for (int i = 0; i < chips; i++) {
        double s = range(r, 4, 15), room_x = size.x / 2 - s, room_y = size.y / 2 - s;
        if (room_x <= 0 || room_y <= 0)
            continue;
        struct v3 c =
            V(at.x + range(r, -room_x, room_x), at.y + range(r, -room_y, room_y), top + 0.8);
        if (chance(r, 0.25))
            pen_rod(p, "aluminium", 2.6, c, v3_add(c, V(0, 0, 6)));
        else
            pen_box(p, chance(r, 0.3) ? "tin" : "silicon", V(s, about(r, s, 0.4), 1.4), c);
    }
}

void
part_motor(struct pen *p, double radius, double length, struct v3 at)
{
    struct v3 half = V(length / 2, 0, 0);

    pen_rod(p, "steel", radius, v3_sub(at, half), v3_add(at, half));
    pen_rod(p, "air", radius * 0.86, v3_sub(at, v3_scale(half, 0.94)),
            v3_add(at, v3_scale(half, 0.94)));
    pen_rod(p, "copper@4", radius * 0.72, v3_sub(at, v3_scale(half, 0.7)),
            v3_add(at, v3_scale(half, 0.7)));
    pen_rod(p, "steel", radius * 0.5, v3_sub(at, v3_scale(half, 0.7)),
            v3_add(at, v3_scale(half, 0.7)));
    pen_rod(p, "steel", radius * 0.14, v3_sub(at, half), v3_add(at, V(length * 0.75, 0, 0)));
}

/* The lower half of a laptop: battery towards the user, board with fan and heat pipe behind. */
static void
laptop_base(struct pen *p, struct dice *r, double x, double y, double z)
{
    double cell = (x - 60) / 4;

    pen_shell(p, one_of(r, "aluminium", "abs", "magnesium"), 1.1, V(x, y, z), V(0, 0, z / 2));
    for (int i = 0; i < 4; i++)
        pen_box(p, "li_ion_cell", V(cell - 3, y * 0.34, 5.5),
                V(-x / 2 + 30 + cell * (i + 0.5), -y * 0.28, z / 2));
    part_board(p, r, V(x * 0.72, y * 0.42, 1.4), V(-x * 0.08, y * 0.2, 4), 34);
    pen_box(p, "silicon", V(28, 24, 1.2), V(-20, y * 0.24, 6));
    pen_box(p, "copper", V(36, 32, 1.2), V(-20, y * 0.24, 7.2));
    pen_rod(p, "copper", 2.6, V(-20, y * 0.24, 7.5), V(x * 0.36, y * 0.36, 7.5));
    pen_rod(p, "abs", 24, V(x * 0.36, y * 0.26, 3), V(x * 0.36, y * 0.26, 10)); /* the fan */
    pen_rod(p, "air", 22, V(x * 0.36, y * 0.26, 4), V(x * 0.36, y * 0.26, 9.5));
    pen_rod(p, "copper", 8, V(x * 0.36, y * 0.26, 4), V(x * 0.36, y * 0.26, 9));
    pen_repeat(p, 14, 1, 1, V(2.2, 0, 0));
    pen_box(p, "copper", V(0.5, 14, 7), V(x * 0.36 - 14, y * 0.43, 7));
    pen_end(p);
    pen_repeat(p, 14, 5, 1, V(x * 0.061, 18.5, 0));
    pen_box(p, "abs", V(x * 0.053, 15.5, 2.2), V(-x * 0.4, y * 0.02, z - 0.6));
    pen_end(p);
    for (int i = 0; i < 4; i++)
        pen_box(p, "steel", V(14, 13, 5),
                V((i % 2 ? 1 : -1) * (x / 2 - 9), y * (0.1 + 0.1 * i), 7));
}

static void
make_laptop(struct pen *p, struct dice *r)
{
    double x = range(r, 300, 365), y = x * 0.68, z = range(r, 14, 19);

    laptop_base(p, r, x, y, z);
    pen_box(p, "abs", V(x, y, 5.5), V(0, 0, z + 3.2)); /* the lid, closed */
    pen_box(p, "air", V(x - 6, y - 6, 4), V(0, 0, z + 3.2));
    pen_box(p, "glass", V(x - 16, y - 24, 1.1), V(0, 4, z + 2.4));
    pen_box(p, "pmma", V(x - 18, y - 26, 2), V(0, 4, z + 4));
    for (int i = -1; i <= 1; i += 2)
        pen_rod(p, "steel", 3.2, V(i * x * 0.36 - 22, y / 2 - 4, z),
                V(i * x * 0.36 + 22, y / 2 - 4, z));
}

/* A slab of glass, frame, battery and board: telephones and tablets. */
static void
slab(struct pen *p, struct dice *r, double x, double y, double z)
{
    pen_box(p, one_of(r, "aluminium", "steel"), V(x, y, z), V(0, 0, z / 2));
    pen_box(p, "air", V(x - 3, y - 3, z), V(0, 0, z / 2));
    pen_box(p, "abs", V(x - 3, y - 3, 0.8), V(0, 0, 0.5));
    pen_box(p, "li_ion_cell", V(x * 0.55, y * 0.6, z * 0.55), V(-x * 0.08, -y * 0.1, z * 0.45));
    part_board(p, r, V(x * 0.28, y * 0.8, 0.9), V(x * 0.34, 0, z * 0.45), 16);
    part_board(p, r, V(x * 0.1, y * 0.8, 0.9), V(-x * 0.43, 0, z * 0.45), 4);
    for (int i = 0; i < 2; i++) {
        pen_rod(p, "steel", 5, V(x * 0.42, y * (0.3 - 0.18 * i), 0.3),
                V(x * 0.42, y * (0.3 - 0.18 * i), z * 0.8));
        pen_rod(p, "glass", 3, V(x * 0.42, y * (0.3 - 0.18 * i), 0.3),
                V(x * 0.42, y * (0.3 - 0.18 * i), z * 0.8));
    }
    pen_box(p, "magnet", V(7, 14, 2), V(-x * 0.42, y * 0.28, z * 0.45)); /* loudspeaker */
    pen_box(p, "glass", V(x - 2, y - 2, 0.8), V(0, 0, z - 0.4));
    pen_box(p, "steel", V(x * 0.86, y * 0.86, 0.15), V(0, 0, z - 1.5));
}

static void
make_phone(struct pen *p, struct dice *r)
{
    double k = about(r, 1, 0.07);

    slab(p, r, 150 * k, 72 * k, range(r, 7.2, 9.5));
}

static void
make_tablet(struct pen *p, struct dice *r)
{
    double k = about(r, 1, 0.12);

    slab(p, r, 245 * k, 172 * k, range(r, 6.2, 8));
}

static void
make_charger(struct pen *p, struct dice *r)
{
    double x = range(r, 55, 110), y = range(r, 38, 52), z = range(r, 26, 32);

    pen_shell(p, "abs", 2, V(x, y, z), V(0, 0, z / 2));
    part_board(p, r, V(x - 8, y - 8, 1.5), V(0, 0, 5), 9);
    pen_box(p, "ferrite", V(24, 20, 17), V(-x * 0.1, 0, 15)); /* transformer: core and coil */
    pen_rod(p, "copper@5.5", 10.5, V(-x * 0.1 - 7, 0, 15), V(-x * 0.1 + 7, 0, 15));
    pen_box(p, "ferrite", V(24, 5, 6), V(-x * 0.1, 0, 15));
    for (int i = 0; i < 2; i++)
        pen_rod(p, "aluminium@2.1", 6, V(x * 0.3, (i - 0.5) * 15, 7),
                V(x * 0.3, (i - 0.5) * 15, 24));
    for (int i = -1; i <= 1; i += 2)
        pen_rod(p, "brass", 2.2, V(-x / 2, i * 9.5, z / 2), V(-x / 2 - 19, i * 9.5, z / 2));
    part_cable(p, r, range(r, 32, 48), 2.1, between(r, 4, 7), V(x / 2 + 55, 0, 0));
}

static void
make_power_bank(struct pen *p, struct dice *r)
{
    int n = between(r, 2, 5);

    pen_shell(p, one_of(r, "abs", "aluminium"), 1.2, V(100, n * 20.0 + 6, 24), V(0, 0, 12));
    for (int i = 0; i < n; i++)
        part_cell(p, 9.2, 65, V(-12, (i - (n - 1) * 0.5) * 20, 12));
    part_board(p, r, V(20, n * 18.0, 1.2), V(36, 0, 12), 8);
}

static void
make_batteries(struct pen *p, struct dice *r)
{
    int n = between(r, 4, 8);

    for (int i = 0; i < n; i++) {
        double y = (i - (n - 1) * 0.5) * 15;
        pen_rod(p, "steel", 7.1, V(-25, y, 7.2), V(24, y, 7.2));
        pen_rod(p, "alkaline_cell", 6.8, V(-24.5, y, 7.2), V(23, y, 7.2));
        pen_rod(p, "brass", 1.2, V(-25, y, 7.2), V(14, y, 7.2));
        pen_rod(p, "steel", 2.7, V(24, y, 7.2), V(25.4, y, 7.2));
    }
}

static void
make_camera(struct pen *p, struct dice *r)
{
    pen_shell(p, "magnesium", 2, V(138, 62, 98), V(0, 0, 49));
    part_board(p, r, V(110, 4, 70), V(0, 22, 46), 0);
    pen_box(p, "silicon", V(37, 2, 25), V(0, 10, 50));
    pen_box(p, "li_ion_cell", V(22, 40, 56), V(-52, 2, 34));
    pen_box(p, "glass", V(26, 26, 20), V(0, 0, 84)); /* the prism */
    pen_rod(p, "aluminium", 36, V(0, -30, 46), V(0, -105, 46));
    pen_rod(p, "air", 32, V(0, -30, 46), V(0, -105, 46));
    for (int i = 0; i < 5; i++) {
        double y = -34 - i * 15.0;
        pen_egg(p, "glass", V(29, range(r, 2, 6), 29), V(0, y, 46));
    }
    pen_ring(p, "brass", 33, 2, V(0, -34, 46), 'y');
}

static void
make_hair_dryer(struct pen *p, struct dice *r)
{
    pen_rod(p, "abs", 42, V(-85, 0, 42), V(55, 0, 42));
    pen_rod(p, "air", 39.5, V(-85, 0, 42), V(55, 0, 42));
    pen_cone(p, "abs", 42, 28, V(55, 0, 42), V(115, 0, 42));
    pen_cone(p, "air", 39.5, 25.5, V(55, 0, 42), V(115, 0, 42));
    part_motor(p, 15, 38, V(-40, 0, 42));
    pen_rod(p, "polypropylene@0.4", 37, V(-75, 0, 42), V(-66, 0, 42)); /* the fan */
    pen_box(p, "quartz", V(70, 60, 1), V(35, 0, 42));
    pen_box(p, "quartz", V(70, 1, 60), V(35, 0, 42));
    for (int i = 0; i < 9; i++)
        pen_ring(p, "nickel@8.4", 26, 0.9, V(5 + 8.0 * i, 0, 42), 'x');
    pen_rod(p, "abs", 19, V(-35, -38, 42), V(-20, -160, 42));
    pen_rod(p, "air", 16.5, V(-35, -38, 42), V(-20, -156, 42));
    part_board(p, r, V(12, 60, 1.4), V(-26, -95, 42), 5);
    part_cable(p, r, 52, 3.4, 4, V(60, -115, 0));
}

static void
make_headphones(struct pen *p, struct dice *r)
{
    double k = about(r, 1, 0.06);

    pen_both(p, "steel");
    pen_ring(p, NULL, 82 * k, 2.2, V(0, 0, 35), 'z');
    pen_box(p, NULL, V(200, 100, 90), V(0, 50, 35));
    pen_end(p);
    for (int i = -1; i <= 1; i += 2) {
        double x = i * 78 * k;
        pen_rod(p, "polyurethane_foam@0.1", 40, V(x, -8, 0), V(x, -8, 70));
        pen_rod(p, "abs", 38, V(x + i * 4.0, -8, 24), V(x + i * 20.0, -8, 30));
        pen_rod(p, "magnet", 12, V(x, -8, 32), V(x, -8, 37));
        pen_rod(p, "copper@4", 16, V(x, -8, 37), V(x, -8, 39));
    }
}

static void
make_shaver(struct pen *p, struct dice *r)
{
    double l = range(r, 120, 150);

    pen_egg(p, "abs", V(l * 0.6, 29, 22), V(0, 0, 22));
    pen_egg(p, "air", V(l * 0.6 - 3, 26, 19), V(0, 0, 22));
    part_cell(p, 7, 50, V(-l * 0.2, 0, 20));
    part_motor(p, 10, 28, V(l * 0.18, 0, 22));
    part_board(p, r, V(60, 16, 1.2), V(-10, 0, 32), 6);
    for (int i = 0; i < 3; i++) {
        double a = 2 * NUM_PI * i / 3, y = 16 * num_cos(a), z = 22 + 14 * num_sin(a);
        pen_rod(p, "steel", 11, V(l * 0.55, y, z), V(l * 0.55 + 6, y, z));
    }
}

static void
make_game(struct pen *p, struct dice *r)
{
    pen_egg(p, "abs", V(34, 50, 22), V(-58, -8, 24));
    pen_egg(p, "abs", V(34, 50, 22), V(58, -8, 24));
    pen_box(p, "abs", V(120, 60, 34), V(0, 14, 24));
    pen_egg(p, "air", V(31, 47, 19), V(-58, -8, 24));
    pen_egg(p, "air", V(31, 47, 19), V(58, -8, 24));
    pen_box(p, "air", V(120, 55, 29), V(0, 14, 24));
    part_board(p, r, V(120, 48, 1.4), V(0, 14, 28), 22);
    pen_box(p, "li_ion_cell", V(50, 34, 8), V(0, 12, 14));
    for (int i = -1; i <= 1; i += 2) {
        part_motor(p, 10, 18, V(i * 58.0, -18, 24));
        pen_rod(p, "steel", 13, V(i * 30.0, 4, 30), V(i * 30.0, 4, 36));
    }
}

static void
make_cable(struct pen *p, struct dice *r)
{
    part_cable(p, r, range(r, 28, 70), range(r, 1.6, 3.6), between(r, 3, 8), V0);
}

static void
make_speaker(struct pen *p, struct dice *r)
{
    double l = range(r, 150, 220), radius = range(r, 32, 46);

    pen_rod(p, "abs", radius, V(-l / 2, 0, radius), V(l / 2, 0, radius));
    pen_rod(p, "air", radius - 3, V(-l / 2 + 3, 0, radius), V(l / 2 - 3, 0, radius));
    for (int i = -1; i <= 1; i += 2) {
        pen_ring(p, "steel", radius * 0.75, 2, V(i * l * 0.25, 0, radius * 1.6), 'z');
        pen_rod(p, "ferrite", radius * 0.5, V(i * l * 0.25, 0, radius * 0.9),
                V(i * l * 0.25, 0, radius * 1.2));
        pen_rod(p, "steel", radius * 0.55, V(i * l * 0.25, 0, radius * 0.8),
                V(i * l * 0.25, 0, radius * 0.9));
    }
    part_cell(p, 9, 65, V(0, 0, 18));
    part_board(p, r, V(70, 34, 1.4), V(0, 0, radius), 14);
}

const struct thing thing_electric[] = {
    {"laptop", "laptop computer", "laptop", make_laptop},
    {"phone", "mobile telephone", "mobiele telefoon", make_phone},
    {"tablet", "tablet computer", "tablet", make_tablet},
    {"charger", "charger with its cable", "lader met snoer", make_charger},
    {"power-bank", "power bank", "powerbank", make_power_bank},
    {"batteries", "alkaline batteries", "alkalinebatterijen", make_batteries},
    {"camera", "camera with lens", "fototoestel met lens", make_camera},
    {"hair-dryer", "hair dryer", "haardroger", make_hair_dryer},
    {"headphones", "headphones", "koptelefoon", make_headphones},
    {"shaver", "electric shaver", "scheerapparaat", make_shaver},
    {"game", "game controller", "spelbesturing", make_game},
    {"cable", "coiled cable", "opgerold snoer", make_cable},
    {"speaker", "loudspeaker", "luidspreker", make_speaker},
    {0},
};
