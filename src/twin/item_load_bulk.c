/* item_load_bulk: sacks, drums, tanks, timber, tyres, scrap, coils, reels, pipes, liquids. */
#include "twin/item_job.h"

#include "base/num.h"

/* A filled sack lying flat: a pillow. */
static void
sack(struct pen *p, const char *material, struct v3 size)
{
    struct v3 half = v3_scale(size, 0.5);

    pen_box(p, material, V(size.x * 0.9, size.y * 0.84, size.z * 0.86), half);
    pen_egg(p, material, V(half.x * 1.05, half.y * 1.02, half.z), half);
}

void
load_bags(struct cargo *c)
{
    static const struct {
        const char *label, *material;
        double kg_litre;
    } goods[] = {{"rice", "rice", 0.75},         {"coffee", "coffee_beans", 0.6},
                 {"cement", "cement", 1.2},      {"sugar", "sugar@0.85", 0.8},
                 {"cocoa", "cocoa_beans", 0.55}, {"flour", "flour", 0.6}};
    struct dice *r = c->dice;
    int kind = between(r, 0, 5);
    struct v3 size = V(range(r, 700, 850), range(r, 430, 520), range(r, 130, 190));
    struct v3 room = v3_sub(c->high, c->low);
    int nx = (int)((room.x - 200) / size.x), ny = (int)(room.y / size.y),
        nz = (int)(room.z * 0.9 / size.z);
    double kg = size.x * size.y * size.z * 0.8e-6 * goods[kind].kg_litre * nx * ny;
    int layers = (int)least_of(nz, c->kg_max * 0.93 / kg);

    for (int i = 0; i < nx; i++) { /* each stack leans and sags a little differently */
        int high = layers + (chance(r, 0.2) ? -1 : 0);
        double x = c->high.x - (i + 1) * size.x;
        pen_truth(c->pen, "label", goods[kind].label, V0, V0);
        for (int k = 0; k < high; k++) {
            double y = c->low.y + (room.y - ny * size.y) * range(r, 0.1, 0.9);
            pen_repeat(c->pen, 1, ny, 1, V(0, size.y, 0));
            pen_group(c->pen, "sack", V(x + range(r, 0, 25), y, c->low.z + k * size.z * 0.93), V0);
            sack(c->pen, goods[kind].material, size);
            pen_end(c->pen);
            pen_end(c->pen);
        }
        pen_end(c->pen);
        cargo_spot(c, "among the sacks", V(x + 40, -700, c->low.z + 40),
                   V(least_of(x + 1100, c->high.x), 700, c->low.z + high * size.z * 0.85));
    }
    cargo_spot(c, "on top of the sacks", V(c->high.x - 1400, -600, c->low.z + layers * size.z),
               V(c->high.x - 200, 600, c->high.z - 50));
}

/* A steel drum of 200 litres with its rolling hoops. */
static void
drum(struct pen *p, const char *liquid, double level)
{
    pen_rod(p, "steel", 286, V(0, 0, 0), V(0, 0, 880));
    pen_rod(p, "air", 284.9, V(0, 0, 1.2), V(0, 0, 878.8));
    pen_rod(p, liquid, 284.9, V(0, 0, 1.2), V(0, 0, 870 * level));
    for (int i = 1; i <= 2; i++)
        pen_ring(p, "steel", 286, 7, V(0, 0, i * 293.0), 'z');
    for (int i = 0; i <= 1; i++)
        pen_ring(p, "steel", 284, 6, V(0, 0, 6 + i * 868.0), 'z');
}

void
load_drums(struct cargo *c)
{
    struct dice *r = c->dice;
    struct v3 room = v3_sub(c->high, c->low);
    static const struct {
        const char *liquid;
        double kg; /* of a full drum */
    } goods[] = {{"vegetable_oil", 215},
                 {"honey", 325},
                 {"ethanol", 190},
                 {"fruit@1.03", 240},
                 {"diesel", 200}};
    int kind = between(r, 0, 4);
    const char *liquid = goods[kind].liquid;
    int nx = (int)(room.x / 592), ny = (int)(room.y / 584),
        layers = room.z > 1850 && c->kg_max > 20000 ? 2 : 1;
    int full = (int)(c->kg_max / goods[kind].kg);

    pen_truth(c->pen, "label", "drums", V0, V0);
    for (int i = 0, n = 0; i < nx * ny * layers && n < full; i++) {
        int layer = i / (nx * ny), x = i % nx, y = i / nx % ny;
        struct v3 at = V(c->high.x - 296 - 592.0 * x,
                         c->low.y + 292 + (room.y - 584) / (ny - 1) * y, c->low.z + layer * 905.0);
        if (layer == 1 && full < 2 * nx * ny && chance(r, 0.3))
            continue;
        pen_group(c->pen, "drum", at, V0);
        drum(c->pen, chance(r, 0.05) ? "water" : liquid, range(r, 0.86, 0.97));
        pen_end(c->pen);
        n++;
        if (i % 9 == 4)
            cargo_spot(c, "in a drum", v3_add(at, V(-190, -190, 60)), v3_add(at, V(190, 190, 800)));
    }
    if (layers == 2)
        pen_box(c->pen, "plywood", V(room.x - 20, room.y - 20, 20),
                V((c->low.x + c->high.x) / 2, 0, c->low.z + 892));
    pen_end(c->pen);
    cargo_spot(c, "above the drums", V(c->low.x + 200, -550, c->high.z - 480),
               V(c->low.x + 1700, 550, c->high.z - 20));
    cargo_spot(c, "between the drums", V(c->high.x - 1300, -500, c->low.z + 10),
               V(c->high.x - 50, 500, c->low.z + 1250));
}

/* An intermediate bulk container: a plastic tank in a cage of steel tubes on a pallet. */
static void
tank_pallet(struct pen *p, const char *liquid, double level)
{
    pen_box(p, "steel", V(1200, 1000, 4), V(600, 500, 140));
    pen_repeat(p, 3, 1, 1, V(500, 0, 0));
    pen_box(p, "polyethylene", V(150, 950, 120), V(100, 500, 70));
    pen_end(p);
    pen_box(p, "polyethylene", V(1170, 970, 1000), V(600, 500, 650));
    pen_box(p, "air", V(1166, 966, 996), V(600, 500, 650));
    pen_box(p, liquid, V(1166, 966, 996 * level), V(600, 500, 152 + 498 * level));
    pen_rod(p, "polypropylene", 80, V(600, 500, 1145), V(600, 500, 1180));
    for (int i = 0; i <= 1; i++) {
        pen_repeat(p, 8, 1, 1, V(165, 0, 0));
        pen_rod(p, "steel@2.4", 9, V(22, i * 1000.0, 145), V(22, i * 1000.0, 1155));
        pen_end(p);
        pen_repeat(p, 1, 7, 1, V(0, 160, 0));
        pen_rod(p, "steel@2.4", 9, V(i * 1200.0, 20, 145), V(i * 1200.0, 20, 1155));
        pen_end(p);
        pen_repeat(p, 1, 1, 5, V(0, 0, 230));
        pen_rod(p, "steel@2.4", 9, V(0, i * 1000.0, 200), V(1200, i * 1000.0, 200));
        pen_end(p);
    }
}

void
load_ibc(struct cargo *c)
{
    struct dice *r = c->dice;
    struct v3 room = v3_sub(c->high, c->low);
    const char *liquid = one_of(r, "water", "vegetable_oil", "soap", "ethanol", "lubricating_oil");
    int nx = (int)(room.x / 1215), n = 2 * nx, full = (int)(c->kg_max / 1120);

    for (int i = 0; i < n; i++) {
        double level = i < full ? range(r, 0.88, 0.98) : range(r, 0.02, 0.1);
        struct v3 at =
            V(c->high.x - (i / 2 + 1) * 1215.0, c->low.y + 60 + (i % 2) * 1080.0, c->low.z);
        pen_truth(c->pen, "label", "ibc", at, V0);
        tank_pallet(c->pen, liquid, level);
        pen_end(c->pen);
        cargo_spot(c, "in a tank", v3_add(at, V(150, 150, 200)), v3_add(at, V(1050, 850, 900)));
    }
    cargo_spot(c, "above the tanks", V(c->low.x + 200, -550, c->low.z + 1200),
               V(c->low.x + 1800, 550, c->high.z - 30));
}

/* Bundles of planks with laths between the layers, or logs. */
void
load_timber(struct cargo *c)
{
    struct dice *r = c->dice;
    struct v3 room = v3_sub(c->high, c->low);
    double length = (room.x - 200) / between(r, 2, 3), thick = range(r, 24, 55),
           wide = range(r, 95, 190);
    bool logs = chance(r, 0.35);
    const char *wood = one_of(r, "pine", "oak", "oak");

    for (double x = c->low.x + 40; x + length < c->high.x + 1; x += length + 60) {
        pen_truth(c->pen, "label", logs ? "logs" : "timber", V(x, 0, 0), V0);
        if (logs) {
            for (double z = 190, radius; z < room.z * 0.55; z += 330)
                for (double y = c->low.y + 200; y < c->high.y - 150; y += 2 * radius + 8) {
                    radius = range(r, 110, 165);
                    pen_cone(c->pen, wood, radius, radius * range(r, 0.85, 1),
                             V(0, y, c->low.z + z), V(length * range(r, 0.9, 1), y, c->low.z + z));
                }
        } else {
            int ny = (int)(1080 / wide), nz = (int)(820 / (thick + 14));
            pen_repeat(c->pen, 1, 2, chance(r, 0.6) ? 2 : 1, V(0, 1130, 930));
            pen_repeat(c->pen, 1, ny, nz, V(0, wide, thick + 14));
            pen_box(c->pen, wood, V(length - 60, wide - 4, thick),
                    V(length / 2, c->low.y + 30 + wide / 2, c->low.z + 90 + thick / 2));
            pen_end(c->pen);
            pen_repeat(c->pen, 5, 1, 1, V(length / 5.2, 0, 0));
            pen_box(c->pen, "pine", V(80, 1080, 80),
                    V(length * 0.11, c->low.y + 570, c->low.z + 45));
            pen_end(c->pen);
            pen_end(c->pen);
        }
        pen_end(c->pen);
        cargo_spot(c, "in a hollow of the bundle", V(x + 400, -900, c->low.z + 150),
                   V(x + 1600, -100, c->low.z + 780));
    }
    cargo_spot(c, "behind the timber", V(c->high.x - 1250, -550, c->low.z + 20),
               V(c->high.x - 30, 550, c->low.z + 1300));
}

/* A car tyre lying flat: rubber with an air space, two steel beads, a steel belt. */
static void
tyre(struct pen *p, double radius, double width)
{
    double tube = width / 2;

    pen_ring(p, "tyre", radius - tube, tube, V0, 'z');
    pen_ring(p, "air", radius - tube - 3, tube - 11, V0, 'z');
    pen_rod(p, "air", radius - 2 * tube + 14, V(0, 0, -tube), V(0, 0, tube));
    for (int i = -1; i <= 1; i += 2)
        pen_ring(p, "steel", radius - 2 * tube + 18, 4, V(0, 0, i * tube * 0.45), 'z');
    pen_ring(p, "steel", radius - 9, 1.5, V(0, 0, -25), 'z');
    pen_ring(p, "steel", radius - 9, 1.5, V(0, 0, 25), 'z');
}

void
load_tyres(struct cargo *c)
{
    struct dice *r = c->dice;
    struct v3 room = v3_sub(c->high, c->low);
    double radius = range(r, 290, 360), width = range(r, 180, 240), step = 2 * radius + 6;
    int nx = (int)((room.x - 100) / step), ny = (int)(room.y / step),
        nz = (int)(room.z * 0.93 / (width + 2));

    for (int i = 0; i < nx * ny; i++) {
        struct v3 at =
            V(c->high.x - radius - 10 - i % nx * step,
              c->low.y + radius + 8 + i / nx * (room.y - 2 * radius - 16) / (ny > 1 ? ny - 1 : 1),
              c->low.z + width / 2 + 2);
        pen_truth(c->pen, "label", "tyres", v3_add(at, V(range(r, -3, 3), 0, 0)), V0);
        pen_repeat(c->pen, 1, 1, nz - between(r, 0, 1), V(0, 0, width + 2));
        tyre(c->pen, radius, width);
        pen_end(c->pen);
        pen_end(c->pen);
        double in = (radius - width) * 0.65;
        if (i % 4 == 1)
            cargo_spot(c, "inside a stack of tyres", v3_add(at, V(-in, -in, 0)),
                       v3_add(at, V(in, in, room.z * 0.8)));
    }
    cargo_spot(c, "in a hole among the tyres", V(c->high.x - 1900, -500, c->low.z + 20),
               V(c->high.x - 700, 500, c->low.z + 1250));
}

/* One piece of scrap about the origin. */
static void
scrap_piece(struct pen *p, struct dice *r)
{
    const char *metal =
        one_of(r, "steel", "steel", "steel", "cast_iron", "aluminium", "copper", "brass");
    double s = range(r, 60, 300);

    switch (between(r, 0, 5)) {
    case 0: /* sheet */
        pen_box(p, metal, V(s * 2, s * 1.4, range(r, 1, 6)), V0);
        break;
    case 1: /* pipe */
        pen_rod(p, metal, s * 0.25, V(-s, 0, 0), V(s, 0, 0));
        pen_rod(p, "air", s * 0.25 - 4, V(-s - 1, 0, 0), V(s + 1, 0, 0));
        break;
    case 2: /* bar */
        pen_rod(p, metal, range(r, 6, 22), V(-s * 1.5, 0, 0), V(s * 1.5, 0, 0));
        break;
    case 3: /* angle */
        pen_box(p, metal, V(s * 2, 60, 6), V0);
        pen_box(p, metal, V(s * 2, 6, 60), V(0, 27, 27));
        break;
    case 4: /* disc with a hole, a flywheel or a brake */
        pen_minus(p, metal);
        pen_rod(p, NULL, s * 0.6, V(0, 0, -9), V(0, 0, 9));
        pen_rod(p, NULL, s * 0.22, V(0, 0, -30), V(0, 0, 30));
        pen_end(p);
        break;
    default: /* an engine block */
        pen_box(p, "cast_iron", V(260, 170, 150), V0);
        pen_repeat(p, 3, 1, 1, V(80, 0, 0));
        pen_rod(p, "air", 34, V(-80, 0, -60), V(-80, 0, 90));
        pen_end(p);
    }
}

/* Drops a piece into the heap, whose top is `top` there: none sticks through floor or walls. */
static void
scrap_drop(struct cargo *c, struct dice *r, double top)
{
    struct v3 turn = V(range(r, 0, 180), range(r, 0, 180), range(r, 0, 180));
    struct pen piece;

    pen_start(&piece);
    scrap_piece(&piece, r);
    struct v3_box b = box_turn(pen_box_of(&piece), turn);
    struct v3 free = v3_sub(v3_sub(c->high, c->low), box_size(&b));
    double x = range(r, 0, 1), y = range(r, 0, 1), u = range(r, 0, 1);
    double slope = 1 - 0.5 * num_sin(x * 9) * num_sin(x * 9), z = u * u * top * slope;
    struct v3 at = V(x * free.x, y * free.y, z < free.z ? z : free.z);
    pen_group(c->pen, "piece", v3_sub(v3_add(c->low, at), b.low), turn);
    pen_paste(c->pen, &piece);
    pen_end(c->pen);
    pen_free(&piece);
}

void
load_scrap(struct cargo *c)
{
    struct dice *r = c->dice;
    struct v3 room = v3_sub(c->high, c->low);
    double top = range(r, 0.35, 0.6) * room.z;

    pen_truth(c->pen, "label", "scrap", V0, V0);
    for (int n = (int)(range(r, 60, 110) * room.x / 1000); n > 0; n--)
        scrap_drop(c, r, top);
    pen_end(c->pen);
    cargo_spot(c, "under the scrap", V(c->low.x + 900, -500, c->low.z + 10),
               V(c->low.x + 2100, 500, c->low.z + 620));
    cargo_spot(c, "in the middle of the heap", V(c->high.x - 2600, -480, c->low.z + 20),
               V(c->high.x - 1400, 480, c->low.z + 1250));
}

void
load_coils(struct cargo *c)
{
    struct dice *r = c->dice;
    double x = c->high.x - range(r, 900, 1600), kg = 0;

    for (int i = 0; i < 6 && x > c->low.x + 900; i++) {
        double radius = range(r, 470, 720), half = range(r, 450, 650), bore = range(r, 230, 305);
        double weight = NUM_PI * (radius * radius - bore * bore) * 2 * half * 7.8e-6;
        if (kg + weight > c->kg_max * 0.95)
            break;
        kg += weight;
        double z = c->low.z + radius + 95;
        pen_truth(c->pen, "label", "steel-coil", V(x, 0, z), V0);
        pen_minus(c->pen, "steel@7.75");
        pen_rod(c->pen, NULL, radius, V(0, -half, 0), V(0, half, 0));
        pen_rod(c->pen, NULL, bore, V(0, -half - 10, 0), V(0, half + 10, 0));
        pen_end(c->pen);
        pen_end(c->pen);
        for (int j = -1; j <= 1; j += 2) { /* cradle and chocks */
            pen_box(c->pen, "pine", V(2 * radius, 140, 90), V(x, j * half * 0.7, c->low.z + 46));
            pen_box_turned(c->pen, "pine", V(320, 2 * half, 110),
                           V(x + j * radius * 0.66, 0, c->low.z + 210), V(0, -j * 40.0, 0));
        }
        cargo_spot(c, "in the bore of a coil", V(x - bore * 0.68, -half, z - bore * 0.68),
                   V(x + bore * 0.68, half, z + bore * 0.68));
        x -= 2 * radius + range(r, 500, 1700);
    }
    cargo_spot(c, "behind the coils", V(c->high.x - 780, -500, c->low.z + 20),
               V(c->high.x - 40, 500, c->low.z + 1500));
    cargo_spot(c, "on the floor", V(c->low.x + 60, -450, c->low.z + 5),
               V(c->low.x + 1150, 450, c->low.z + 1250));
}

void
load_paper(struct cargo *c)
{
    struct dice *r = c->dice;
    struct v3 room = v3_sub(c->high, c->low);
    double radius = range(r, 500, 585), h = range(r, 900, 1150),
           kg = NUM_PI * radius * radius * h * 0.9e-6;
    int nx = (int)(room.x / (2 * radius + 8)), full = (int)(c->kg_max / kg);

    for (int i = 0; i < 4 * nx && i < full; i++) {
        int layer = i / (2 * nx), k = i % (2 * nx);
        struct v3 at =
            V(c->high.x - radius - 5 - k / 2 * (2 * radius + 8),
              k % 2 ? c->high.y - radius - 5 : c->low.y + radius + 5, c->low.z + layer * (h + 4));
        if (at.z + h > c->high.z)
            break;
        pen_truth(c->pen, "label", "paper-reel", at, V0);
        pen_rod(c->pen, "paper@0.9", radius * range(r, 0.96, 1), V(0, 0, 2), V(0, 0, h));
        pen_rod(c->pen, "cardboard@0.9", 50, V(0, 0, 1), V(0, 0, h + 1));
        pen_rod(c->pen, "air", 38, V(0, 0, 0), V(0, 0, h + 2));
        pen_end(c->pen);
        cargo_spot(c, "in a hollowed reel", v3_add(at, V(-300, -300, 60)),
                   v3_add(at, V(300, 300, h - 60)));
    }
    cargo_spot(c, "between the reels", V(c->high.x - 2 * radius - 600, -400, c->low.z + 10),
               V(c->high.x - 2 * radius + 500, 400, c->low.z + 1200));
}

void
load_pipes(struct cargo *c)
{
    struct dice *r = c->dice;
    struct v3 room = v3_sub(c->high, c->low);
    double radius = range(r, 40, 170), wall = range(r, 3, 9), length = room.x - range(r, 150, 900);
    const char *metal = one_of(r, "steel", "steel", "copper", "pvc", "aluminium");
    double density = metal[0] == 's' ? 7.9 : metal[0] == 'c' ? 9 : metal[0] == 'p' ? 1.4 : 2.7;
    double kg = 2 * NUM_PI * radius * wall * length * density * 1e-6, step = 2 * radius + 2;
    int ny = (int)((room.y - 120) / step),
        nz = (int)(least_of(room.z * 0.8 / step, c->kg_max * 0.9 / (kg * ny)));
    double x0 = c->high.x - 60 - length, y0 = -(ny - 1) * step / 2, z0 = c->low.z + 85 + radius;

    pen_truth(c->pen, "label", "pipes", V0, V0);
    pen_repeat(c->pen, 1, ny, nz < 1 ? 1 : nz, V(0, step, step));
    pen_rod(c->pen, metal, radius, V(x0, y0, z0), V(x0 + length, y0, z0));
    pen_rod(c->pen, "air", radius - wall, V(x0 - 1, y0, z0), V(x0 + length + 1, y0, z0));
    pen_end(c->pen);
    pen_repeat(c->pen, 6, 1, 1, V(length / 6, 0, 0));
    pen_box(c->pen, "pine", V(100, room.y - 80, 80), V(x0 + length / 12, 0, c->low.z + 41));
    pen_box(c->pen, "pine", V(80, 80, nz * step + 150),
            V(x0 + length / 12, y0 - radius - 45, c->low.z + 80 + nz * step / 2));
    pen_end(c->pen);
    pen_end(c->pen);
    double in = radius * 0.62;
    cargo_spot(c, "in a pipe", V(x0 + 200, y0 - in, z0 - in), V(x0 + 1400, y0 + in, z0 + in));
    cargo_spot(c, "above the pipes", V(x0 + 800, -500, z0 + (nz < 1 ? 1 : nz) * step),
               V(x0 + 2100, 500, c->high.z - 40));
    cargo_spot(c, "among the pipes", V(x0 + 3000, -450, c->low.z + 120),
               V(x0 + 4200, 450, c->low.z + 700));
}

/* Into a tank, which has drawn its own walls: the room is its inner cylinder. */
void
load_liquid(struct cargo *c)
{
    struct dice *r = c->dice;
    const char *liquid = one_of(r, "diesel", "petrol", "milk", "vegetable_oil", "water", "ethanol");
    struct v3 a = V(c->low.x, 0, (c->low.z + c->high.z) / 2), b = V(c->high.x, 0, a.z);
    double radius = (c->high.z - c->low.z) / 2, level = range(r, 0.55, 0.93) * 2 * radius;

    pen_truth(c->pen, "label", liquid, V0, V0);
    pen_both(c->pen, liquid);
    pen_rod(c->pen, NULL, radius, a, b);
    pen_box(c->pen, NULL, V(c->high.x - c->low.x + 100, 4 * radius, level),
            V((a.x + b.x) / 2, 0, c->low.z + level / 2));
    pen_end(c->pen);
    pen_end(c->pen);
    for (int i = 1; i < 5; i++) /* baffles */
        pen_rod(c->pen, "aluminium", radius, v3_add(v3_mix(a, b, i / 5.0), V(-2, 0, 0)),
                v3_add(v3_mix(a, b, i / 5.0), V(2, 0, 0)));
    cargo_spot(c, "in the tank", V(c->low.x + 400, -500, c->low.z + 250),
               V(c->low.x + 1500, 500, c->low.z + 1400));
}
