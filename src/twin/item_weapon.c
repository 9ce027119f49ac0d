/* item_weapon: pistol, revolver, rifle, ammunition, knives, hand grenade. Profiles are drawn muzzle
 * towards +x, grip towards -y, thickness in z. */
#include "twin/item_threat.h"

#include "base/num.h"

/* A cartridge along x, base at `at`. */
static void
cartridge(struct pen *p, double radius, double length, struct v3 at)
{
    double brass = length * 0.65;

    pen_cone(p, "copper", radius * 0.93, radius * 0.45, v3_add(at, V(brass, 0, 0)),
             v3_add(at, V(length, 0, 0)));
    pen_cone(p, "lead", radius * 0.85, radius * 0.3, v3_add(at, V(brass, 0, 0)),
             v3_add(at, V(length - 0.7, 0, 0)));
    pen_rod(p, "brass", radius, at, v3_add(at, V(brass, 0, 0)));
    pen_rod(p, "nitrocellulose@0.8", radius - 0.4, v3_add(at, V(3, 0, 0)),
            v3_add(at, V(brass * 0.75, 0, 0)));
    pen_rod(p, "lead", radius - 0.5, v3_add(at, V(brass * 0.75, 0, 0)), v3_add(at, V(brass, 0, 0)));
}

/* The arc below the trigger: a ring without its upper part, and the trigger in it. */
static void
trigger(struct pen *p, const char *material, double radius, struct v3 at)
{
    pen_minus(p, material);
    pen_ring(p, NULL, radius, 3.6, at, 'z');
    pen_box(p, NULL, V(4 * radius, radius, 20), v3_add(at, V(0, radius * 1.05, 0)));
    pen_end(p);
    pen_minus(p, "steel");
    pen_ring(p, NULL, radius * 0.9, 3, v3_add(at, V(radius * 0.65, 0, 0)), 'z');
    pen_box(p, NULL, V(3 * radius, 4 * radius, 20), v3_add(at, V(radius * 1.45, 0, 0)));
    pen_box(p, NULL, V(3 * radius, 2 * radius, 20), v3_add(at, V(0, -radius * 1.4, 0)));
    pen_end(p);
}

/* The slide: a U-shaped steel bar, serrated, with an ejection port, sights; the barrel in it. */
static void
pistol_slide(struct pen *p, double length, double height, double width)
{
    double back = -length * 0.28, middle = back + length / 2;

    pen_minus(p, "steel");
    pen_box(p, NULL, V(length, height, width), V(middle, height / 2, 0));
    pen_box(p, NULL, V(length - 52, height * 0.8, width - 8), V(middle + 24, height * 0.36, 0));
    pen_box(p, NULL, V(38, 12, width), V(middle - 8, height, width * 0.4)); /* ejection port */
    for (int i = 0; i < 7; i++)
        for (int j = -1; j <= 1; j += 2)
            pen_box(p, NULL, V(1.6, height + 4, 2),
                    V(back + 8 + 4.0 * i, height / 2, j * width / 2));
    pen_end(p);
    pen_box(p, "steel", V(8, 4, 4), V(back + 6, height + 2, 0));
    pen_box(p, "steel", V(4, 4, 3), V(back + length - 5, height + 2, 0));
    pen_rod(p, "steel", 7.2, V(back + 44, height * 0.56, 0),
            V(back + length + 1.5, height * 0.56, 0));
    pen_box(p, "steel", V(26, 17, 17), V(back + 58, height * 0.5, 0)); /* the chamber */
    pen_rod(p, "air", 4.5, V(back + 46, height * 0.56, 0), V(back + length + 2, height * 0.56, 0));
    pen_rod(p, "steel", 2.4, V(back + 75, 1, 0), V(back + length - 2, 1, 0)); /* recoil spring */
    for (double x = back + 76; x < back + length - 8; x += 3.4)
        pen_ring(p, "steel", 4.2, 0.6, V(x, 1, 0), 'x');
}

/* Frame and grip; a polymer one keeps its steel rails, so the magazine shows through it. */
static void
pistol_frame(struct pen *p, const char *material, double length, double slope)
{
    pen_box(p, material, V(length * 0.93, 19, 24), V(length * 0.2, -8.5, 0));
    pen_box(p, "air", V(length * 0.8, 13, 15), V(length * 0.24, -4, 0));
    pen_box(p, "steel", V(length * 0.3, 8, 20), V(-6, -6, 0)); /* the lock work */
    pen_box(p, "air", V(length * 0.26, 5, 9), V(-4, -6, 0));
    pen_box_turned(p, material, V(52, 112, 29), V(-42, -62, 0), V(0, 0, -slope));
    pen_box_turned(p, "air", V(39, 110, 23.5), V(-41, -66, 0), V(0, 0, -slope));
    trigger(p, material, 20, V(14, -25, 0));
}

/* A box magazine with its cartridges and spring, along -y from `at`. */
static void
magazine(struct pen *p, double depth, int rounds, double radius, double length, bool plate,
         struct v3 at, double slope)
{
    pen_group(p, "magazine", at, V(0, 0, -slope));
    pen_box(p, "steel", V(length + 5, depth, radius * 2 + 9), V(0, -depth / 2, 0));
    pen_box(p, "air", V(length + 3, depth - 2, radius * 2 + 7), V(0, -depth / 2, 0));
    if (plate)
        pen_box(p, "abs", V(length + 9, 7, radius * 2 + 12), V(0, -depth - 1, 0));
    for (int i = 0; i < rounds; i++)
        cartridge(p, radius, length,
                  V(-length / 2, -7 - i * radius * 1.22, (i % 2 ? 1 : -1) * radius * 0.75));
    for (double y = -12 - rounds * radius * 1.22; y > -depth + 5; y -= 8)
        pen_rod(p, "steel", 0.8, V(-length * 0.35, y, 0), V(length * 0.35, y - 4, 0));
    pen_end(p);
}

void
threat_pistol(struct pen *p, struct dice *r)
{
    bool polymer = chance(r, 0.6);
    double length = range(r, 170, 205), height = range(r, 24, 28), slope = range(r, 14, 20);

    pistol_frame(p, polymer ? "nylon" : "aluminium", length, slope);
    pistol_slide(p, length, height, polymer ? 25 : 23);
    magazine(p, 112, between(r, 5, 15), 4.9, 29.5, true, V(-26, -3, 0), slope);
    pen_rod(p, "steel", 3, V(-length * 0.28 - 4, 8, -3),
            V(-length * 0.28 - 12, 18, -3)); /* hammer */
    if (!polymer)
        for (int i = -1; i <= 1; i += 2)
            pen_box_turned(p, "oak", V(44, 92, 4), V(-43, -66, i * 16.0), V(0, 0, -slope));
}

/* The drum with its chambers; a loaded one shows brass and lead. */
static void
revolver_drum(struct pen *p, struct dice *r, double length)
{
    pen_rod(p, "steel", 19, V(-length / 2, 2, 0), V(length / 2, 2, 0));
    pen_rod(p, "steel", 3, V(-length / 2 - 6, 2, 0), V(length / 2 + 30, 2, 0));
    for (int i = 0; i < 6; i++) {
        double a = NUM_PI * (i + 0.5) / 3;
        struct v3 c = V(-length / 2, 2 + 11.5 * num_cos(a), 11.5 * num_sin(a));
        pen_rod(p, "air", 4.9, v3_add(c, V(-0.1, 0, 0)), v3_add(c, V(length + 0.1, 0, 0)));
        if (chance(r, 0.8))
            cartridge(p, 4.8, length * 0.9, c);
    }
}

void
threat_revolver(struct pen *p, struct dice *r)
{
    double barrel = range(r, 55, 150), slope = range(r, 24, 34);
    const char *grip = one_of(r, "oak", "tyre");

    pen_box(p, "steel", V(78, 6, 13), V(0, 25, 0)); /* top strap */
    pen_box(p, "steel", V(78, 7, 14), V(0, -21, 0));
    pen_box(p, "steel", V(12, 50, 15), V(-32, 1, 0));
    pen_box(p, "steel", V(10, 50, 14), V(31, 2, 0));
    pen_rod(p, "steel", 8, V(32, 14, 0), V(36 + barrel, 14, 0));
    pen_box(p, "steel", V(barrel, 5, 5), V(34 + barrel / 2, 23, 0));
    pen_box(p, "steel", V(7, 7, 3), V(30 + barrel, 27, 0)); /* front sight */
    pen_rod(p, "steel", 5, V(34, 1, 0), V(34 + barrel * 0.7, 1, 0));
    pen_rod(p, "air", 4.5, V(28, 14, 0), V(37 + barrel, 14, 0));
    revolver_drum(p, r, 41);
    trigger(p, "steel", 18, V(-4, -39, 0));
    pen_box_turned(p, grip, V(36, 105, 29), V(-66, -58, 0), V(0, 0, -slope));
    pen_egg(p, grip, V(24, 18, 15), V(-92, -100, 0));
    pen_box_turned(p, "steel", V(22, 92, 9), V(-60, -48, 0), V(0, 0, -slope));
    pen_box_turned(p, "air", V(12, 70, 9.2), V(-64, -54, 0), V(0, 0, -slope));
    pen_cone(p, "steel", 6, 4, V(-36, 8, 0), V(-52, 30, 0)); /* the hammer */
}

void
threat_rifle(struct pen *p, struct dice *r)
{
    const char *furniture = one_of(r, "oak", "nylon");

    pen_shell(p, "steel", 1.4, V(262, 56, 34), V(-40, 0, 0));
    pen_box(p, "steel", V(140, 24, 22), V(-30, 8, 0)); /* the bolt carrier */
    pen_rod(p, "air", 7, V(-95, 8, 0), V(-40, 8, 0));
    pen_rod(p, "steel", 8.5, V(90, 8, 0), V(470, 8, 0));
    pen_rod(p, "steel", 12, V(470, 8, 0), V(505, 8, 0));
    pen_rod(p, "air", 3.8, V(90, 8, 0), V(506, 8, 0));
    pen_rod(p, "steel", 8, V(95, 34, 0), V(310, 34, 0)); /* the gas tube */
    pen_rod(p, "air", 6.5, V(96, 34, 0), V(309, 34, 0));
    pen_box(p, furniture, V(150, 34, 42), V(165, -3, 0));
    pen_rod(p, "steel", 8.5, V(90, 8, 0), V(240, 8, 0));
    pen_rod(p, "air", 3.8, V(90, 8, 0), V(240, 8, 0));
    pen_box(p, "steel", V(9, 50, 6), V(450, 35, 0)); /* front sight */
    pen_box_turned(p, furniture, V(250, 62, 34), V(-285, -34, 0), V(0, 0, 9));
    pen_box(p, "steel", V(8, 118, 34), V(-412, -60, 0));
    pen_box_turned(p, furniture, V(34, 100, 30), V(-132, -68, 0), V(0, 0, -18));
    trigger(p, "steel", 22, V(-84, -44, 0));
    for (int i = 3; i >= 0; i--) /* the curved magazine in four pieces */
        magazine(p, 58, i < 3 ? 7 : 4, 5.6, 55, i == 3,
                 V(-6 + i * (3.5 + 5.2 * i), -22 - 47.0 * i, 0), -4 - 8.5 * i);
}

void
threat_ammunition(struct pen *p, struct dice *r)
{
    double radius = range(r, 4.6, 6.5), length = range(r, 28, 60), step = radius * 2 + 1;

    pen_shell(p, "cardboard@0.7", 0.8, V(step * 10 + 3, step * 5 + 3, length + 4),
              V(4.5 * step, 2 * step, length / 2));
    pen_repeat(p, 10, 5, 1, V(step, step, 0));
    pen_group(p, "cartridge", V0, V(0, -90, 0));
    cartridge(p, radius, length, V0);
    pen_end(p);
    pen_end(p);
}

void
threat_knife(struct pen *p, struct dice *r)
{
    double l = range(r, 150, 240), w = range(r, 26, 48), round = range(r, 0.75, 1.2) * l;
    const char *handle = one_of(r, "oak", "polypropylene", "pom");

    pen_both(p, "steel"); /* the blade: its edge bends up to the point */
    pen_box(p, NULL, V(l, w, 2.2), V(l / 2, w / 2, 0));
    pen_rod(p, NULL, round, V(l * 0.15, round, -5), V(l * 0.15, round, 5));
    pen_end(p);
    pen_both(p, "steel"); /* the straight part of the edge */
    pen_box(p, NULL, V(l * 0.15, w, 2.2), V(l * 0.075, w / 2, 0));
    pen_box(p, NULL, V(l, w * 2, 10), V0);
    pen_end(p);
    pen_box(p, handle, V(118, 25, 19), V(-59, w - 13, 0));
    pen_egg(p, handle, V(18, 16, 9.5), V(-118, w - 16, 0));
    pen_box(p, "steel", V(104, 17, 2.2), V(-52, w - 13, 0)); /* the tang and three rivets */
    pen_box(p, "steel", V(8, 25, 15), V(-2, w - 13, 0));
    for (int i = 0; i < 3; i++)
        pen_rod(p, "brass", 3.2, V(-22 - i * 35.0, w - 13, -9.6), V(-22 - i * 35.0, w - 13, 9.6));
}

void
threat_folding_knife(struct pen *p, struct dice *r)
{
    double l = range(r, 85, 110), open = chance(r, 0.5) ? 0 : 180;

    pen_box(p, one_of(r, "aluminium", "nylon", "oak"), V(l + 22, 26, 13), V(-l / 2, 0, 0));
    pen_box(p, "steel", V(l + 20, 25, 6), V(-l / 2, 0, 0));
    pen_box(p, "air", V(l + 14, 19, 3.4), V(-l / 2 + 3, -1, 0));
    pen_group(p, "blade", V0, V(0, 0, open));
    pen_both(p, "steel");
    pen_box(p, NULL, V(l, 22, 3), V(l / 2, 0, 0));
    pen_rod(p, NULL, l * 0.8, V(l * 0.28, l * 0.8 - 11, -5), V(l * 0.28, l * 0.8 - 11, 5));
    pen_end(p);
    pen_end(p);
    pen_rod(p, "steel", 5, V(0, 0, -7.5), V(0, 0, 7.5));
    pen_box(p, "steel", V(38, 5, 1.5), V(-l + 10, 10, 7.3)); /* clip */
}

void
threat_grenade(struct pen *p, struct dice *r)
{
    double k = about(r, 1, 0.06);

    pen_egg(p, "steel", V(38 * k, 29 * k, 29 * k), V0);
    pen_egg(p, "tnt", V(33 * k, 24 * k, 24 * k), V0);
    for (int i = -2; i <= 2; i++) /* the segments */
        pen_ring(p, "air", 30 * k - i * i * 2.2, 1.3, V(i * 11 * k, 0, 0), 'x');
    pen_rod(p, "zamak", 11, V(34 * k, 0, 0), V(60 * k, 0, 0));
    pen_rod(p, "aluminium", 3.5, V(-10, 0, 0), V(35 * k, 0, 0)); /* detonator */
    pen_rod(p, "lead_azide", 2.9, V(-9, 0, 0), V(10, 0, 0));
    pen_wire(p, "steel", 2.4,
             (struct v3[]){V(60 * k, 0, 0), V(50 * k, 30 * k, 0), V(-25 * k, 36 * k, 0)}, 3);
    pen_box(p, "steel", V(62 * k, 2, 14), V(8, 35 * k, 0)); /* the lever */
    pen_ring(p, "steel", 13, 1, V(62 * k, -16, 0), 'z');
}
