/* item_container: the ISO container itself: corrugated walls of weathering steel, corner posts and
 * castings, rails, floor on cross members, doors with lock rods; or insulated with a cooling unit.
 * Plate thicknesses are those of usual makers' drawings: walls 1.6, roof 2, doors 2 mm. */
#include "twin/item_job.h"

#define WIDTH 2438.0
#define PITCH 278.0 /* of the corrugation */
#define DEEP 36.0

/* One side wall: flats outside and inside, slanting webs between; a band of plates along x. */
static void
side_wall(struct pen *p, double length, double height, double y, double z)
{
    int n = (int)((length - 180) / PITCH);
    double x = (length - (n - 1) * PITCH) / 2, in = y > 0 ? y - DEEP : y + DEEP;

    pen_repeat(p, n, 1, 1, V(PITCH, 0, 0));
    pen_box(p, "steel", V(72, 1.6, height), V(x - 104, y, z));
    pen_box(p, "steel", V(70, 1.6, height), V(x + 35, in, z));
    for (int i = -1; i <= 1; i += 2)
        pen_box_turned(p, "steel", V(78, 1.6, height), V(x + 35 + i * 69.5, (y + in) / 2, z),
                       V(0, 0, (y > 0 ? i : -i) * 27.5));
    pen_end(p);
}

static void
roof(struct pen *p, double length, double z)
{
    int n = (int)((length - 200) / 209);

    pen_repeat(p, n, 1, 1, V(209, 0, 0));
    pen_box(p, "steel", V(91, WIDTH - 110, 2), V(160, 0, z - 1));
    pen_box(p, "steel", V(91, WIDTH - 110, 2), V(264, 0, z - 20));
    pen_box(p, "steel", V(14, WIDTH - 110, 20), V(212, 0, z - 11));
    pen_end(p);
}

/* Corner castings, posts, rails: the frame that carries the weight. */
static void
frame(struct pen *p, double length, double height)
{
    for (int i = 0; i < 8; i++) {
        struct v3 c = V(i & 1 ? length - 89 : 89, (i & 2 ? 1 : -1) * (WIDTH / 2 - 81),
                        i & 4 ? height - 59 : 59);
        pen_box(p, "steel", V(178, 162, 118), c);
        pen_box(p, "air", V(150, 134, 90), c);
    }
    for (int i = 0; i < 4; i++) {
        double x = i & 1 ? length - 50 : 60, y = (i & 2 ? 1 : -1) * (WIDTH / 2 - 50);
        pen_box(p, "steel", V(i & 1 ? 90 : 110, 95, height - 236), V(x, y, height / 2));
        pen_box(p, "air", V(i & 1 ? 78 : 96, 83, height - 236), V(x, y, height / 2));
    }
    for (int i = -1; i <= 1; i += 2) {
        double y = i * (WIDTH / 2 - 30);
        pen_shell(p, "steel", 3.2, V(length - 356, 60, 60), V(length / 2, y, height - 31));
        pen_box(p, "steel", V(length - 356, 4.5, 158), V(length / 2, i * (WIDTH / 2 - 3), 110));
        pen_box(p, "steel", V(length - 356, 45, 4.5), V(length / 2, i * (WIDTH / 2 - 24), 33));
        pen_box(p, "steel", V(length - 356, 30, 4.5), V(length / 2, i * (WIDTH / 2 - 17), 187));
    }
    for (int i = 0; i < 2; i++) {
        double x = i ? length - 45 : 55;
        pen_shell(p, "steel", 4, V(80, WIDTH - 324, 110), V(x, 0, height - 60));
        pen_shell(p, "steel", 4.5, V(90, WIDTH - 324, 140), V(x, 0, 75));
    }
}

static void
floor_of(struct pen *p, double length)
{
    int n = (int)((length - 400) / 300);

    pen_repeat(p, n, 1, 1, V(300, 0, 0)); /* C-shaped cross members */
    pen_group(p, "cross member", V(200, 0, 0), V0);
    pen_box(p, "steel", V(4, WIDTH - 90, 122), V(0, 0, 80));
    pen_box(p, "steel", V(45, WIDTH - 90, 4), V(22, 0, 21));
    pen_box(p, "steel", V(45, WIDTH - 90, 4), V(22, 0, 139));
    pen_end(p);
    pen_end(p);
    pen_repeat(p, 1, 8, 1, V(0, 293, 0)); /* planks */
    pen_box(p, "plywood@0.72", V(length - 190, 290, 28), V(length / 2, -3.5 * 293, 158));
    pen_end(p);
}

/* Two door leaves at the rear, four lock rods with their cams, hinges, gasket. */
static void
doors(struct pen *p, double height)
{
    for (int i = -1; i <= 1; i += 2) {
        double y = i * 560.0;
        pen_box(p, "steel", V(2, 1090, height - 260), V(25, y, height / 2));
        pen_repeat(p, 1, 1, 5, V(0, 0, (height - 500) / 4));
        pen_box(p, "steel", V(30, 1090, 3), V(40, y, 250));
        pen_end(p);
        for (int k = 0; k < 2; k++) {
            pen_shell(p, "steel", 3.2, V(50, 100, height - 260),
                      V(45, y + (k ? 500 : -500), height / 2));
            double rod = y + (k ? 250 : -250);
            pen_rod(p, "steel", 17, V(-5, rod, 110), V(-5, rod, height - 110));
            pen_rod(p, "air", 13, V(-5, rod, 110), V(-5, rod, height - 110));
            pen_box(p, "steel", V(40, 70, 70), V(0, rod, 130));
            pen_box(p, "steel", V(40, 70, 70), V(0, rod, height - 130));
            pen_box(p, "steel", V(30, 320, 35), V(-20, rod - 120, 1150));
        }
        for (int k = 0; k < 4; k++)
            pen_box(p, "steel", V(60, 70, 160),
                    V(20, i * (WIDTH / 2 - 45), 420 + k * (height - 840) / 3));
        pen_box(p, "tyre", V(25, 20, height - 260), V(30, i * 10.0, height / 2));
    }
}

/* Foam between steel and aluminium skins, T-bar floor, cooling unit in the front wall. */
static void
cold_walls(struct pen *p, double length, double height)
{
    double x = length / 2, z = height / 2 + 60;

    pen_box(p, "stainless_steel", V(length - 60, WIDTH - 40, height - 130), V(x, 0, z));
    pen_box(p, "polyurethane_foam", V(length - 61.6, WIDTH - 41.6, height - 131.6), V(x, 0, z));
    pen_box(p, "aluminium", V(length - 480, WIDTH - 178, height - 300), V(x - 150, 0, z));
    pen_box(p, "air", V(length - 483, WIDTH - 181, height - 303), V(x - 150, 0, z));
    pen_repeat(p, 1, 34, 1, V(0, 65, 0));
    pen_box(p, "aluminium", V(length - 500, 4, 60), V(x - 150, -33 / 2.0 * 65, 250));
    pen_box(p, "aluminium", V(length - 500, 30, 4), V(x - 150, -33 / 2.0 * 65, 280));
    pen_end(p);
    pen_group(p, "cooling unit", V(length - 220, 0, 0), V0);
    pen_box(p, "air", V(400, 1900, height - 500), V(0, 0, height / 2));
    pen_shell(p, "aluminium", 3, V(400, 1900, height - 500), V(0, 0, height / 2));
    pen_rod(p, "cast_iron", 130, V(40, -500, 560), V(40, -60, 560)); /* compressor and its motor */
    pen_rod(p, "copper@5", 80, V(40, -240, 560), V(40, -80, 560));
    pen_box(p, "copper@1.1", V(90, 1500, 500), V(60, 0, 1100)); /* condenser, evaporator */
    pen_box(p, "copper@1.1", V(90, 1500, 450), V(-60, 0, height - 600));
    for (int i = -1; i <= 1; i += 2) {
        pen_rod(p, "steel", 70, V(-40, i * 450.0, height - 420), V(100, i * 450.0, height - 420));
        pen_rod(p, "abs", 210, V(-60, i * 450.0, height - 420), V(-45, i * 450.0, height - 420));
    }
    pen_shell(p, "steel", 2, V(200, 420, 500), V(60, 650, 620)); /* controls */
    pen_box(p, "pcb_populated@0.5", V(120, 380, 450), V(60, 650, 620));
    pen_end(p);
}

void
vehicle_container(struct pen *p, double length, double height, bool cold, double x, double z,
                  struct cargo *c)
{
    double wall = (height - 236) / 2;

    pen_group(p, "container", V(x, 0, z), V0);
    if (cold)
        cold_walls(p, length, height);
    frame(p, length, height);
    doors(p, height);
    if (!cold) {
        floor_of(p, length);
        roof(p, length, height - 5);
        for (int i = -1; i <= 1; i += 2)
            side_wall(p, length, 2 * wall - 20, i * (WIDTH / 2 - 8), height / 2 + 40);
        pen_repeat(p, 1, 9, 1, V(0, 250, 0));
        pen_box(p, "steel", V(2, 110, 2 * wall - 20), V(length - 8, -1000, height / 2));
        pen_box(p, "steel", V(2, 104, 2 * wall - 20), V(length - 50, -875, height / 2));
        pen_box(p, "steel", V(44, 8, 2 * wall - 20), V(length - 29, -940, height / 2));
        pen_end(p);
    } else {
        pen_repeat(p, (int)((length - 400) / 450), 1, 1, V(450, 0, 0));
        pen_box(p, "steel", V(5, WIDTH - 90, 110), V(220, 0, 75));
        pen_end(p);
    }
    pen_end(p);
    c->low = V(x + (cold ? 110 : 75), cold ? -1125 : -1172, z + (cold ? 285 : 173));
    c->high =
        V(x + length - (cold ? 480 : 60), cold ? 1125 : 1172, z + height - (cold ? 190 : 105));
}
