/* item_person: a figure of an adult, for drivers and for people hidden in a load. Ellipsoids of
 * soft tissue with bones and lungs in them; about 1.75 m and 75 kg. Sizes follow the usual stylised
 * adult phantoms (trunk 400 x 200 mm, head 150 x 200 mm), rounded. */
#include "twin/item_threat.h"

/* A limb: flesh round a bone. */
static void
limb(struct pen *p, double r0, double r1, double bone, struct v3 a, struct v3 b)
{
    pen_cone(p, "soft_tissue", r0, r1, a, b);
    pen_ball(p, "soft_tissue", r1, b);
    pen_rod(p, "bone", bone, a, b);
}

/* Hip at the origin, facing +x. */
static void
trunk(struct pen *p)
{
    pen_egg(p, "soft_tissue", V(105, 165, 120), V(0, 0, 60));
    pen_egg(p, "soft_tissue", V(112, 190, 330), V(0, 0, 290));
    for (int side = -1; side <= 1; side += 2)
        pen_egg(p, "soft_tissue@0.26", V(75, 62, 130), V(5, side * 78.0, 400));
    pen_egg(p, "soft_tissue", V(45, 50, 62), V(30, 18, 360)); /* the heart */
    pen_rod(p, "bone", 17, V(-72, 0, 30), V(-72, 0, 600));
    for (int i = 0; i < 8; i++)
        pen_minus(p, "bone"), pen_egg(p, NULL, V(100, 150, 12), V(0, 0, 300 + i * 28.0)),
            pen_egg(p, NULL, V(93, 143, 30), V(0, 0, 300 + i * 28.0)), pen_end(p);
    pen_egg(p, "bone", V(60, 130, 40), V(-20, 0, 60)); /* the pelvis */
    pen_egg(p, "soft_tissue", V(52, 110, 40), V(-8, 0, 64));
    pen_rod(p, "soft_tissue", 58, V(0, 0, 570), V(5, 0, 690));
    pen_rod(p, "bone", 14, V(-25, 0, 570), V(-20, 0, 690));
    pen_egg(p, "soft_tissue", V(98, 76, 118), V(15, 0, 770));
    pen_egg(p, "bone", V(88, 70, 92), V(8, 0, 795));
    pen_egg(p, "soft_tissue", V(81, 63, 85), V(8, 0, 795));
}

void
person_sitting(struct pen *p, struct dice *r, struct v3 at)
{
    double k = range(r, -40, 40);

    pen_group(p, "person, sitting", v3_add(at, V(0, 0, 100)), V0);
    trunk(p);
    for (int side = -1; side <= 1; side += 2) {
        double y = side * 95.0, arm = side * 205.0;
        limb(p, 85, 60, 15, V(0, y, 0), V(400, y, 60 + k));
        limb(p, 58, 42, 14, V(400, y, 60 + k), V(430 + k, y, -60));
        pen_egg(p, "soft_tissue", V(120, 45, 38), V(480 + k, y, -62));
        limb(p, 52, 40, 12, V(0, arm, 530), V(60, arm, 260));
        limb(p, 40, 32, 10, V(60, arm, 260), V(290, arm * 0.5, 220));
    }
    pen_end(p);
}

void
person_standing(struct pen *p, struct dice *r, struct v3 at)
{
    double k = range(r, -60, 60);

    pen_group(p, "person, standing", v3_add(at, V(0, 0, 870)), V0);
    trunk(p);
    for (int side = -1; side <= 1; side += 2) {
        double y = side * 95.0, arm = side * 215.0;
        limb(p, 85, 62, 15, V(0, y, 30), V(side * k, y, -400));
        limb(p, 60, 42, 14, V(side * k, y, -400), V(side * k - 20, y, -820));
        pen_egg(p, "soft_tissue", V(125, 45, 38), V(side * k + 30, y, -830));
        limb(p, 52, 40, 12, V(0, arm, 530), V(-k * 0.4, arm, 240));
        limb(p, 40, 32, 10, V(-k * 0.4, arm, 240), V(60 - k * 0.2, arm, -10));
    }
    pen_end(p);
}

/* A hole in the load, clad with plywood, and one person in it. */
void
threat_person(struct pen *p, struct dice *r)
{
    bool sits = chance(r, 0.7);
    struct v3 size = sits ? V(1050, 760, 1120) : V(720, 780, 1900);

    pen_shell(p, "plywood", 12, size, V(0, 0, size.z / 2));
    if (sits)
        person_sitting(p, r, V(-200, 0, 15));
    else
        person_standing(p, r, V(-20, 0, 15));
    pen_box(p, "water", V(90, 90, 280), V(size.x / 2 - 70, size.y / 2 - 70, 155));
}
