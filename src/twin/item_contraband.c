/* item_contraband: drugs, tobacco, money, explosives and their parts, shields, precious metal. */
#include "twin/item_threat.h"

#include "base/num.h"

/* A pressed kilo: powder, plastic film, brown tape; a stamp is pressed into the face. */
static void
brick(struct pen *p, struct dice *r, const char *powder, struct v3 size)
{
    pen_box(p, "polyethylene", size, V(0, 0, size.z / 2));
    pen_box(p, powder, v3_sub(size, V(3, 3, 3)), V(0, 0, size.z / 2));
    pen_box(p, "polyethylene", V(range(r, 40, 60), 22, 3), V(0, 0, size.z - 1.5));
    pen_box(p, "tyre", V(size.x + 0.6, 50, 0.6), V(0, 0, size.z));
}

void
threat_cocaine(struct pen *p, struct dice *r)
{
    brick(p, r, "cocaine", V(about(r, 210, 0.05), about(r, 140, 0.05), about(r, 31, 0.08)));
}

void
threat_heroin(struct pen *p, struct dice *r)
{
    brick(p, r, "heroin", V(about(r, 150, 0.08), about(r, 105, 0.08), about(r, 38, 0.1)));
}

/* Vacuum-packed flowers, or slabs of resin. */
void
threat_cannabis(struct pen *p, struct dice *r)
{
    if (chance(r, 0.5)) {
        pen_egg(p, "polyethylene", V(150, 105, 48), V(0, 0, 48));
        pen_egg(p, "cannabis@0.35", V(149.4, 104.4, 47.4), V(0, 0, 48));
        for (int i = 0; i < 12; i++)
            pen_ball(p, "cannabis@0.55", range(r, 12, 24),
                     V(range(r, -80, 80), range(r, -50, 50), range(r, 34, 62)));
        return;
    }
    for (int i = 0; i < 5; i++) {
        pen_box(p, "polyethylene", V(130, 85, 15), V(0, 0, 8 + i * 15.5));
        pen_box(p, "cannabis@1.1", V(129, 84, 14.4), V(0, 0, 8 + i * 15.5));
    }
}

/* A carton: ten packs in two rows of five, each of twenty cigarettes on end. */
void
threat_cigarettes(struct pen *p, struct dice *r)
{
    double k = about(r, 1, 0.02);

    pen_box(p, "cardboard@0.7", V(280 * k, 90 * k, 46), V(0, 0, 23));
    pen_box(p, "air", V(279 * k, 89 * k, 45), V(0, 0, 23));
    pen_repeat(p, 5, 1, 2, V(55.6 * k, 0, 22.6));
    pen_group(p, "pack", V(-111.2 * k, 0, 11.7), V0);
    pen_box(p, "cardboard@0.7", V(55 * k, 88 * k, 22.2), V0);
    pen_box(p, "air", V(54.2 * k, 87.2 * k, 21.4), V0);
    pen_box(p, "aluminium", V(53.6 * k, 86 * k, 0.03), V(0, 0, 10.5));
    pen_repeat(p, 7, 1, 3, V(7.6 * k, 0, 7));
    pen_rod(p, "tobacco@0.24", 3.6, V(-22.8 * k, -43 * k, -7), V(-22.8 * k, 20 * k, -7));
    pen_rod(p, "paper@0.35", 3.6, V(-22.8 * k, 20 * k, -7), V(-22.8 * k, 43 * k, -7));
    pen_end(p);
    pen_end(p);
    pen_end(p);
}

/* Straps of a hundred notes, with a paper band, stacked. */
void
threat_cash(struct pen *p, struct dice *r)
{
    int nx = between(r, 1, 2), ny = between(r, 2, 4), nz = between(r, 2, 6);
    double x = chance(r, 0.5) ? 140 : 156, y = x > 150 ? 66 : 77;

    pen_repeat(p, nx, ny, nz, V(x + 4, y + 3, 12.4));
    pen_box(p, "banknotes", V(x, y, 11.2), V(0, 0, 6));
    pen_box(p, "paper@1.1", V(30, y + 0.8, 12), V(range(r, -20, 20), 0, 6));
    pen_end(p);
    pen_box(p, "polyethylene", V(nx * (x + 4), ny * (y + 3), 0.2),
            V((nx - 1) * (x + 4) / 2, (ny - 1) * (y + 3) / 2, nz * 12.4));
}

void
threat_c4(struct pen *p, struct dice *r)
{
    int n = between(r, 1, 2);

    for (int i = 0; i < n; i++) {
        pen_box(p, "polyester_fabric@0.9", V(279, 51, 38), V(0, i * 53.0, 19));
        pen_box(p, "c4", V(278, 50, 37), V(0, i * 53.0, 19));
    }
}

/* Cast blocks with a cardboard sleeve, metal ends and a threaded well. */
void
threat_tnt(struct pen *p, struct dice *r)
{
    int n = between(r, 1, 3);

    for (int i = 0; i < n; i++) {
        double y = i * 48.0;
        pen_box(p, "cardboard@0.7", V(178, 46, 46), V(0, y, 23));
        pen_box(p, "tnt", V(174, 43, 43), V(0, y, 23));
        for (int j = -1; j <= 1; j += 2)
            pen_box(p, "steel", V(0.4, 46, 46), V(j * 89.0, y, 23));
        pen_rod(p, "steel", 6, V(89, y, 23), V(68, y, 23));
        pen_rod(p, "air", 5, V(89.5, y, 23), V(68, y, 23));
    }
}

void
threat_sheet(struct pen *p, struct dice *r)
{
    pen_box(p, "semtex", V(about(r, 290, 0.1), about(r, 210, 0.1), range(r, 3, 7)), V(0, 0, 3.5));
}

/* The tube with its primary charge, and two thin wires that wander off in a bow. */
static void
detonator(struct pen *p, struct dice *r, struct v3 at)
{
    struct v3 wire[13];

    pen_group(p, "detonator", at, V0);
    pen_rod(p, one_of(r, "aluminium", "copper"), 3.5, V(-30, 0, 0), V(32, 0, 0));
    pen_rod(p, "petn", 3.1, V(-29.6, 0, 0), V(-8, 0, 0));
    pen_rod(p, "lead_azide", 3.1, V(-8, 0, 0), V(3, 0, 0));
    pen_rod(p, "polyethylene", 3.1, V(14, 0, 0), V(32, 0, 0));
    for (int j = -1; j <= 1; j += 2) {
        double a = 0, step = range(r, 14, 20), bend = range(r, 0.15, 0.4);
        wire[0] = V(12, j, 0);
        for (int i = 1; i < 13; i++, a += j * bend * range(r, 0.3, 1.7))
            wire[i] = v3_add(wire[i - 1], V(step * num_cos(a), step * num_sin(a), 0));
        pen_wire(p, "pvc", 0.8, wire + 1, 12);
        pen_wire(p, "copper", 0.35, wire, 13);
    }
    pen_end(p);
}

void
threat_detonator(struct pen *p, struct dice *r)
{
    detonator(p, r, V0);
}

/* A home-made bomb: a steel pipe with caps, powder, detonator, battery and a telephone's board. */
void
threat_pipe_bomb(struct pen *p, struct dice *r)
{
    double l = range(r, 160, 260), radius = range(r, 20, 30);

    pen_rod(p, "steel", radius, V(-l / 2, 0, 0), V(l / 2, 0, 0));
    pen_rod(p, one_of(r, "anfo", "tatp@0.6", "black_powder@0.9"), radius - 3.5, V(-l / 2, 0, 0),
            V(l / 2, 0, 0));
    for (int i = -1; i <= 1; i += 2)
        pen_rod(p, "steel", radius + 5, V(i * l / 2, 0, 0), V(i * (l / 2 - 22), 0, 0));
    for (int i = -1; i <= 1; i += 2)
        pen_rod(p, "black_powder@0.9", radius - 3.5, V(i * (l / 2 - 9), 0, 0),
                V(i * (l / 2 - 24), 0, 0));
    detonator(p, r, V(l / 2 - 25, 0, 0));
    pen_box(p, "alkaline_cell", V(48, 26, 17), V(0, radius + 20, 0));
    part_board(p, r, V(55, 34, 1.2), V(-65, radius + 24, 0), 10);
    pen_wire(p, "copper", 0.4,
             (struct v3[]){V(24, radius + 20, 0), V(80, radius + 34, 0), V(l / 2 + 20, 14, 0)}, 3);
}

/* A thick lead box that hides whatever is in it. */
void
threat_lead_box(struct pen *p, struct dice *r)
{
    double wall = range(r, 6, 12), x = range(r, 70, 110), y = range(r, 55, 80),
           z = range(r, 45, 60);

    pen_shell(p, "lead", wall, V(x, y, z), V(0, 0, z / 2));
    if (chance(r, 0.5))
        pen_rod(p, "steel", 8, V(-15, 0, z / 2), V(15, 0, z / 2)); /* a sealed source */
    else
        pen_box(p, "cocaine", V(x - 2 * wall - 4, y - 2 * wall - 4, z - 2 * wall - 4),
                V(0, 0, z / 2));
}

void
threat_tungsten(struct pen *p, struct dice *r)
{
    int n = between(r, 1, 3);

    for (int i = 0; i < n; i++) {
        double k = range(r, 9, 14);
        if (chance(r, 0.5))
            pen_rod(p, "tungsten", k, V(0, i * 34.0, k), V(range(r, 35, 70), i * 34.0, k));
        else
            pen_box(p, "tungsten", V(range(r, 35, 60), 2 * k, 2 * k), V(20, i * 34.0, k));
    }
}

/* Cast kilo bars: bevelled blocks, which cones of four sides are not, so three steps. */
void
threat_gold(struct pen *p, struct dice *r)
{
    int n = between(r, 1, 3);

    for (int i = 0; i < n; i++)
        for (int j = 0; j < 3; j++)
            pen_box(p, "gold", V(117 - 2.5 * j, 52 - 2.5 * j, 2.9), V(0, i * 57.0, 1.5 + 2.9 * j));
}
