/* item_bottle: bottles, cans, jars, tubes and sprays, lying along x as in a bag; what is in them
 * has a level surface. Walls first, then the air inside, then the liquid up to its level. */
#include "twin/item_thing.h"

/* Rotationally symmetric about x: up to eight points (x, radius) from base to mouth. */
struct profile {
    int n;
    double x[8], radius[8];
};

static void
revolve(struct pen *p, const char *material, const struct profile *f, double less, double cut)
{
    double top = f->x[f->n - 1];

    for (int i = 0; i + 1 < f->n; i++) {
        double r0 = f->radius[i] - less, r1 = f->radius[i + 1] - less;
        double a = f->x[i] + (i == 0 ? less : 0), b = f->x[i + 1];
        if (b > top - cut)
            b = top - cut;
        if (r0 <= 0 || r1 <= 0 || b <= a)
            continue;
        if (r0 == r1)
            pen_rod(p, material, r0, V(a, 0, 0), V(b, 0, 0));
        else
            pen_cone(p, material, r0, r1, V(a, 0, 0), V(b, 0, 0));
    }
}

/* The part of the inside below `level` (z, from the axis). */
static void
fill(struct pen *p, const char *liquid, const struct profile *f, double wall, double level,
     double cut)
{
    double big = 2 * f->x[f->n - 1] + 100;

    for (int i = 0; i + 1 < f->n; i++) {
        struct profile piece = {2, {f->x[i], f->x[i + 1]}, {f->radius[i], f->radius[i + 1]}};
        double low = f->radius[i] < f->radius[i + 1] ? f->radius[i + 1] : f->radius[i];
        if (level <= wall - low || f->radius[i] <= wall || f->radius[i + 1] <= wall)
            continue;
        if (i == 0)
            piece.x[0] += wall;
        if (i + 2 == f->n)
            piece.x[1] -= cut;
        if (piece.x[1] <= piece.x[0])
            continue;
        pen_both(p, liquid);
        revolve(p, NULL, &piece, wall, 0);
        pen_box(p, NULL, V(big, big, big), V(0, 0, level - big / 2));
        pen_end(p);
    }
}

/* A bottle with walls of `wall`, filled to a random level (half to nearly full). */
static void
bottle(struct pen *p, struct dice *r, const struct profile *f, const char *wall_of, double wall,
       const char *liquid)
{
    double radius = f->radius[0];

    revolve(p, wall_of, f, 0, 0);
    revolve(p, "air", f, wall, 0);
    fill(p, liquid, f, wall, range(r, 0.1, 0.9) * radius, 25);
}

static void
make_wine(struct pen *p, struct dice *r)
{
    double k = about(r, 1, 0.05);
    struct profile f = {5, {0, 190, 235, 290, 300}, {37.5, 37.5, 14.5, 14, 14.5}};

    for (int i = 0; i < f.n; i++)
        f.x[i] *= k;
    bottle(p, r, &f, "glass", 3.4, one_of(r, "wine", "vegetable_oil", "water"));
    pen_egg(p, "glass", V(22, 30, 30), V(2, 0, 0)); /* the punt */
    pen_rod(p, one_of(r, "pine@0.2", "polyethylene"), 9.5, V(260 * k, 0, 0), V(300 * k, 0, 0));
}

static void
make_spirits(struct pen *p, struct dice *r)
{
    struct profile f = {5, {0, 170, 200, 250, 268}, {41, 41, 15, 14, 15.5}};

    bottle(p, r, &f, "glass", 3.2, "spirits");
    pen_rod(p, "aluminium", 16, V(250, 0, 0), V(278, 0, 0));
    pen_rod(p, "polyethylene", 15.6, V(250, 0, 0), V(277.5, 0, 0));
}

static void
make_water(struct pen *p, struct dice *r)
{
    double k = about(r, 1, 0.2);
    struct profile f = {6, {0, 70, 85, 160, 205, 225}, {33, 33, 31, 33, 11.5, 11.5}};

    for (int i = 0; i < f.n; i++)
        f.x[i] *= k;
    bottle(p, r, &f, "pet", 0.45, one_of(r, "water", "water", "soft_drink", "milk"));
    pen_rod(p, "polypropylene", 14.5, V(209 * k, 0, 0), V(226 * k, 0, 0));
}

static void
make_can(struct pen *p, struct dice *r)
{
    struct profile f = {4, {0, 8, 108, 116}, {26, 33, 33, 27}};

    revolve(p, "aluminium", &f, 0, 0);
    revolve(p, "air", &f, 0.15, 1);
    fill(p, one_of(r, "beer", "soft_drink"), &f, 0.15, 24, 1);
    pen_box(p, "aluminium", V(1, 15, 22), V(116.5, 0, 4));
}

static void
make_tin(struct pen *p, struct dice *r)
{
    double radius = range(r, 33, 50), length = range(r, 55, 120);
    struct profile f = {2, {0, length}, {radius, radius}};

    revolve(p, "steel", &f, 0, 0);
    revolve(p, "air", &f, 0.25, 0.25);
    fill(p, one_of(r, "meat", "fruit@1.03", "potato"), &f, 0.25, radius * 0.8, 0.25);
    pen_ring(p, "steel", radius, 1.2, V(0.5, 0, 0), 'x');
    pen_ring(p, "steel", radius, 1.2, V(length - 0.5, 0, 0), 'x');
}

static void
make_spray(struct pen *p, struct dice *r)
{
    double radius = range(r, 19, 27), length = range(r, 130, 190);
    struct profile f = {
        4, {0, length, length + 14, length + 20}, {radius, radius, radius * 0.6, radius * 0.5}};

    revolve(p, one_of(r, "aluminium", "steel"), &f, 0, 0);
    revolve(p, "air", &f, 0.35, 1);
    fill(p, "ethanol", &f, 0.35, range(r, -0.3, 0.5) * radius, 8);
    pen_rod(p, "polyethylene", 1.5, V(12, 0, 0), V(length, 0, 0));
    pen_ball(p, "steel", 3.5, V(20, 4, -radius + 5));
    pen_rod(p, "polypropylene", radius * 0.95, V(length + 6, 0, 0), V(length + 45, 0, 0));
    pen_rod(p, "air", radius * 0.95 - 1.4, V(length + 20, 0, 0), V(length + 43, 0, 0));
    pen_rod(p, "steel", 4, V(length + 8, 0, 0), V(length + 22, 0, 0));
}

static void
make_shampoo(struct pen *p, struct dice *r)
{
    double l = range(r, 130, 190), w = range(r, 55, 75), h = range(r, 32, 44);

    pen_egg(p, "polyethylene", V(l * 0.55, w / 2, h / 2), V(0, 0, h / 2));
    pen_both(p, "shampoo");
    pen_egg(p, NULL, V(l * 0.55 - 1.5, w / 2 - 1.5, h / 2 - 1.5), V(0, 0, h / 2));
    pen_box(p, NULL, V(l * 2, w * 2, h), V(0, 0, h * (range(r, 0.5, 0.9) - 0.5)));
    pen_end(p);
    pen_rod(p, "polypropylene", 14, V(l * 0.5, 0, h / 2), V(l * 0.5 + 28, 0, h / 2));
}

static void
make_perfume(struct pen *p, struct dice *r)
{
    double w = range(r, 40, 65), l = range(r, 55, 90), t = range(r, 28, 36);

    pen_box(p, "glass", V(l, w, t), V(0, 0, t / 2));
    pen_box(p, "air", V(l - 14, w - 12, t - 10), V(2, 0, t / 2));
    pen_box(p, "ethanol", V(l - 14, w - 12, (t - 10) * 0.7), V(2, 0, t / 2 - (t - 10) * 0.15));
    pen_rod(p, "zamak", 11, V(l / 2 + 2, 0, t / 2), V(l / 2 + 30, 0, t / 2));
    pen_rod(p, "polypropylene", 10, V(l / 2 + 2, 0, t / 2), V(l / 2 + 28, 0, t / 2));
    pen_rod(p, "aluminium", 8, V(l / 2, 0, t / 2), V(l / 2 + 10, 0, t / 2));
}

static void
make_tube(struct pen *p, struct dice *r)
{
    double l = range(r, 110, 165), w = range(r, 34, 46);

    pen_cone(p, "polyethylene", 16, 3, V(-l / 2, 0, 16), V(l / 2, 0, 16));
    pen_cone(p, one_of(r, "cosmetic_cream@1.3", "soap"), 15.2, 2.2, V(-l / 2, 0, 16),
             V(l / 2 - 3, 0, 16));
    pen_box(p, "polyethylene", V(14, w, 2), V(l / 2, 0, 16));
    pen_cone(p, "polypropylene", 9, 14, V(-l / 2 - 20, 0, 16), V(-l / 2, 0, 16));
}

static void
make_jar(struct pen *p, struct dice *r)
{
    struct profile f = {4, {0, 78, 86, 98}, {36, 36, 31, 31}};

    revolve(p, "glass", &f, 0, 0);
    revolve(p, "air", &f, 2.8, 0);
    fill(p, one_of(r, "honey", "vegetable_oil", "fruit@1.03"), &f, 2.8, 26, 8);
    pen_rod(p, "steel", 33, V(88, 0, 0), V(101, 0, 0));
    pen_rod(p, "air", 32.6, V(88, 0, 0), V(100.6, 0, 0));
    revolve(p, "glass", &(struct profile){2, {88, 98}, {31, 31}}, 0, 0);
    pen_rod(p, "air", 28, V(87, 0, 0), V(98, 0, 0));
}

static void
make_flask(struct pen *p, struct dice *r)
{
    double l = range(r, 220, 290);
    struct profile f = {4, {0, l * 0.75, l * 0.85, l}, {36, 36, 27, 27}};
    struct profile inner = {4, {8, l * 0.75, l * 0.85, l}, {32, 32, 23, 23}};

    revolve(p, "steel", &f, 0, 0); /* two steel walls and nothing between them */
    revolve(p, "air", &f, 0.5, 0);
    revolve(p, "steel", &inner, 0, 0);
    revolve(p, "air", &inner, 0.5, 0);
    fill(p, one_of(r, "water", "soft_drink"), &inner, 0.5, range(r, 0, 25), 20);
    pen_rod(p, "polypropylene", 29, V(l - 12, 0, 0), V(l + 40, 0, 0));
    pen_rod(p, "air", 25, V(l + 5, 0, 0), V(l + 37, 0, 0));
}

const struct thing thing_bottles[] = {
    {"wine", "glass bottle", "glazen fles", make_wine},
    {"spirits", "bottle of spirits", "fles sterkedrank", make_spirits},
    {"water", "PET bottle", "PET-fles", make_water},
    {"can", "drinks can", "drankblikje", make_can},
    {"tin", "tinned food", "conservenblik", make_tin},
    {"spray", "spray can", "spuitbus", make_spray},
    {"shampoo", "shampoo", "shampoo", make_shampoo},
    {"perfume", "perfume", "parfum", make_perfume},
    {"tube", "toothpaste or cream", "tandpasta of creme", make_tube},
    {"jar", "jar with a steel lid", "pot met stalen deksel", make_jar},
    {"flask", "vacuum flask", "thermosfles", make_flask},
    {0},
};
