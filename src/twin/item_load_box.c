/* item_load_box: loads of cartons, crates and bales: mostly on pallets, in rows. */
#include "twin/item_job.h"

double
least_of(double a, double b)
{
    return a < b ? a : b;
}

void
part_pallet(struct pen *p, struct v3 at)
{
    pen_group(p, "pallet", at, V0);
    pen_repeat(p, 3, 3, 1, V(527, 327, 0));
    pen_box(p, "pine", V(145, 145, 78), V(72.5, 72.5, 61));
    pen_end(p);
    pen_repeat(p, 1, 3, 1, V(0, 327, 0));
    pen_box(p, "pine", V(1200, 100, 22), V(600, 72.5, 11));
    pen_end(p);
    pen_repeat(p, 1, 5, 1, V(0, 164, 0));
    pen_box(p, "pine", V(1200, 125, 22), V(600, 72, 133));
    pen_end(p);
    pen_repeat(p, 3, 1, 1, V(527, 0, 0));
    pen_box(p, "pine", V(145, 800, 22), V(72.5, 400, 111));
    pen_end(p);
    pen_end(p);
}

/* One kind of goods in cartons: what a carton holds, spread over its inside. */
struct goods {
    const char *label, *material;
    double kg_litre; /* of the carton, for the weight limit */
    double part;     /* how much of each carton's size the goods take */
};
static const struct goods dry_goods[] = {
    {"clothing", "cotton@0.22", 0.2, 0.94},
    {"shoes", "tyre@0.25", 0.2, 0.9},
    {"paper", "paper", 0.7, 0.9},
    {"toys", "abs@0.18", 0.15, 0.92},
    {"tinned-food", "fruit@0.9", 0.75, 0.93},
    {"detergent", "detergent", 0.6, 0.95},
    {"cosmetics", "shampoo@0.6", 0.5, 0.92},
    {"coffee", "coffee", 0.35, 0.95},
    {"hardware", "steel@1.1", 0.8, 0.86},
    {"plastic-ware", "polypropylene@0.12", 0.1, 0.95},
    {"glassware", "glass@0.5", 0.4, 0.9},
    {"cables", "copper@0.9", 0.7, 0.88},
    {"books", "paper@0.85", 0.8, 0.95},
    {"biscuits", "bread@0.3", 0.25, 0.93},
};
#define GOODS (int)(sizeof dry_goods / sizeof dry_goods[0])

/* A block of nx * ny * nz cartons of `size`, low corner at `at`. */
static void
cartons(struct pen *p, const struct goods *g, struct v3 size, int nx, int ny, int nz, struct v3 at)
{
    struct v3 half = v3_scale(size, 0.5);

    pen_truth(p, "label", g->label, at, V0);
    pen_repeat(p, nx, ny, nz, size);
    pen_box(p, "cardboard@0.2", v3_sub(size, V(3, 3, 3)), half);
    pen_box(p, "air", v3_sub(size, V(13, 13, 13)), half);
    pen_box(p, g->material, v3_scale(size, g->part), half);
    pen_end(p);
    pen_end(p);
}

/* A pallet with a stack of cartons at most `height` high and `kg` heavy. */
static void
loaded_pallet(struct cargo *c, const struct goods *g, struct v3 at, double height, double kg)
{
    struct dice *r = c->dice;
    int nx = between(r, 2, 4), ny = between(r, 2, 3), nz;
    struct v3 size = V(1200.0 / nx, 800.0 / ny, range(r, 180, 420));
    double carton = size.x * size.y * size.z * 1e-6 * g->kg_litre;

    nz = (int)(least_of((height - 144) / size.z, kg / (carton * nx * ny)));
    part_pallet(c->pen, at);
    if (nz > 0)
        cartons(c->pen, g, size, nx, ny, nz, v3_add(at, V(0, 0, 145)));
}

/* Two rows of pallets: one row lengthwise, one crosswise does not fit 2.35 m; so 2 x 800 mm with
 * `step` along, the usual way in a container that is not pallet-wide. */
static int
pallet_places(const struct cargo *c, double step)
{
    return (int)((c->high.x - c->low.x) / step);
}

static struct v3
pallet_at(const struct cargo *c, struct dice *r, int i, double step)
{
    double free_y = (c->high.y - c->low.y) - 2 * 800 - 60;
    double y = c->low.y + 20 + (i % 2) * (800 + range(r, 0.6, 1) * free_y);

    return V(c->high.x - (i / 2 + 1) * step + range(r, 0, 20), y, c->low.z);
}

/* Notes the room of one pallet place as a hiding place: among the cartons, in the middle. */
static void
spot_in_stack(struct cargo *c, struct v3 at, double height)
{
    cargo_spot(c, "in the stack", v3_add(at, V(60, 15, 160)),
               v3_add(at, V(1150, 785, height * 0.9)));
}

void
load_empty(struct cargo *c)
{
    struct dice *r = c->dice;

    for (int i = between(r, 1, 4); i > 0; i--) /* somebody left a few laths */
        pen_box_turned(
            c->pen, "pine", V(range(r, 600, 1800), 80, 40),
            V(range(r, c->low.x + 1000, c->high.x - 1000), range(r, -700, 700), c->low.z + 20),
            V(0, 0, range(r, -30, 30)));
    cargo_spot(c, "behind a false front wall", V(c->high.x - 430, c->low.y, c->low.z),
               V(c->high.x, c->high.y, c->high.z));
    cargo_spot(c, "on the floor", V(c->low.x + 500, -600, c->low.z),
               V(c->low.x + 1600, 600, c->low.z + 1250));
}

void
load_pallets(struct cargo *c)
{
    struct dice *r = c->dice;
    int n = 2 * pallet_places(c, 1220);
    double kg = c->kg_max / (n + 1);
    const struct goods *g = &dry_goods[between(r, 0, GOODS - 1)];

    for (int i = 0; i < n; i++) {
        double height = range(r, 0.5, 0.93) * (c->high.z - c->low.z);
        struct v3 at = pallet_at(c, r, i, 1220);
        if (chance(r, 0.35))
            g = &dry_goods[between(r, 0, GOODS - 1)];
        loaded_pallet(c, g, at, height, kg);
        spot_in_stack(c, at, height);
    }
}

/* Walls of random boxes: slices along x, shelves in z, boxes along y; nothing interpenetrates. */
static void
parcel_wall(struct cargo *c, double x, double depth, double top)
{
    struct dice *r = c->dice;

    for (double z = c->low.z, h; z < top; z += h) {
        h = least_of(range(r, 160, 480), c->high.z - z);
        if (h < 60)
            break;
        for (double y = c->low.y, w; y < c->high.y - 120; y += w) {
            const struct goods *g = &dry_goods[between(r, 0, GOODS - 1)];
            double light = g->kg_litre > 0.5 && chance(r, 0.7);
            w = least_of(range(r, 220, 620), c->high.y - y);
            if (chance(r, 0.06))
                continue; /* a gap */
            struct v3 size = V(depth * range(r, 0.85, 1), w * 0.98, h * range(r, 0.86, 1));
            cartons(c->pen, light > 0 ? &dry_goods[0] : g, size, 1, 1, 1, V(x, y, z));
        }
    }
}

void
load_parcels(struct cargo *c)
{
    struct dice *r = c->dice;
    double depth;

    for (double x = c->low.x + range(r, 50, 400); x < c->high.x - 250; x += depth) {
        depth = least_of(range(r, 320, 640), c->high.x - x);
        double top = c->low.z + range(r, 0.6, 0.95) * (c->high.z - c->low.z);
        parcel_wall(c, x, depth, top);
        cargo_spot(c, "among the parcels", V(x + 20, c->low.y + 300, c->low.z + 250),
                   V(least_of(x + 1100, c->high.x - 20), c->high.y - 300, top - 150));
    }
}

/* Fruit in open boxes of 600 x 400 mm, in rows; bananas as bunches lying in them. */
static void
fruit_pallet(struct pen *p, struct dice *r, const char *label, const char *fruit, double radius,
             struct v3 at, int layers, double height)
{
    int nx = (int)(560 / (2 * radius)), ny = (int)(360 / (2 * radius));
    int nz = (int)((height - 40) / (2 * radius));

    part_pallet(p, at);
    pen_truth(p, "label", label, v3_add(at, V(0, 0, 145)), V0);
    pen_repeat(p, 2, 2, layers, V(600, 400, height));
    pen_box(p, "cardboard@0.25", V(594, 394, height - 6), V(300, 200, height / 2));
    pen_box(p, "air", V(580, 380, height - 14), V(300, 200, height / 2 + 2));
    pen_repeat(p, nx, ny, nz < 1 ? 1 : nz, V(2 * radius + 1, 2 * radius + 1, 2 * radius));
    pen_ball(p, fruit, radius,
             V(300 - (nx - 1) * (radius + 0.5), 200 - (ny - 1) * (radius + 0.5), 20 + radius));
    pen_end(p);
    pen_end(p);
    pen_end(p);
    for (int i = 0; i < 4; i++) /* corner boards and a strap */
        pen_box(p, "cardboard@0.7", V(40, 4, layers * height),
                v3_add(at, V(i & 1 ? 1180 : 20, i & 2 ? 800 : 0, 145 + layers * height / 2)));
    pen_box(p, "polypropylene", V(1204, 804, 12),
            v3_add(at, V(600, 400, 150 + range(r, 0.4, 0.8) * layers * height)));
}

static void
banana_pallet(struct pen *p, struct v3 at, int layers)
{
    part_pallet(p, at);
    pen_truth(p, "label", "banana", v3_add(at, V(0, 0, 145)), V0);
    pen_repeat(p, 2, 2, layers, V(600, 400, 235));
    pen_box(p, "cardboard@0.3", V(594, 394, 230), V(300, 200, 117));
    pen_box(p, "air", V(580, 380, 218), V(300, 200, 119));
    pen_repeat(p, 2, 9, 3, V(290, 41, 66));
    pen_both(p, "banana"); /* each banana: half a ring */
    pen_ring(p, NULL, 108, 18.5, V(155, 36, -35), 'y');
    pen_box(p, NULL, V(400, 40, 150), V(155, 36, 65));
    pen_end(p);
    pen_end(p);
    pen_end(p);
    pen_end(p);
}

void
load_fruit(struct cargo *c)
{
    static const struct {
        const char *label, *material;
        double radius, height;
    } fruit[] = {{"apple", "fruit", 38, 190},
                 {"orange", "fruit@0.9", 40, 300},
                 {"potato", "potato", 32, 180},
                 {"lemon", "fruit@0.95", 30, 160}};
    struct dice *r = c->dice;
    int kind = between(r, 0, 4), n = 2 * pallet_places(c, 1215);

    for (int i = 0; i < n; i++) {
        struct v3 at = pallet_at(c, r, i, 1215);
        double room = (c->high.z - c->low.z - 144) * 0.92;
        if (kind == 4)
            banana_pallet(c->pen, at, (int)(room / 235));
        else
            fruit_pallet(c->pen, r, fruit[kind].label, fruit[kind].material, fruit[kind].radius, at,
                         (int)(room / fruit[kind].height), fruit[kind].height);
        spot_in_stack(c, at, room);
    }
}

/* Half carcasses on rails, or frozen blocks in cartons. */
static void
carcass(struct pen *p, struct dice *r, struct v3 hook)
{
    double k = range(r, 0.85, 1.1);

    pen_group(p, "carcass", hook, V(0, 0, range(r, -25, 25)));
    pen_egg(p, "meat", V(150 * k, 110 * k, 300 * k), V(0, 0, -330 * k));
    pen_egg(p, "meat", V(190 * k, 105 * k, 400 * k), V(20, 0, -900 * k));
    pen_egg(p, "air", V(120 * k, 70 * k, 300 * k), V(60 * k, 55 * k, -880 * k));
    pen_rod(p, "bone", 20 * k, V(-90 * k, 0, -300 * k), V(-110 * k, 0, -1250 * k));
    pen_rod(p, "bone", 22 * k, V(0, 0, -40), V(-20 * k, 0, -420 * k));
    for (int i = 0; i < 9; i++)
        pen_rod(p, "bone", 7, V(-100 * k, -20, (-620 - 62.0 * i) * k),
                V(60 * k, -80 * k, (-660 - 62.0 * i) * k));
    pen_rod(p, "steel", 7, V(0, 0, 0), V(0, 0, -90));
    pen_end(p);
}

void
load_meat(struct cargo *c)
{
    static const struct goods frozen = {"frozen-meat", "meat@1.0", 0.9, 0.97};
    struct dice *r = c->dice;

    if (chance(r, 0.6)) {
        int n = 2 * pallet_places(c, 1215);
        for (int i = 0; i < n; i++) {
            struct v3 at = pallet_at(c, r, i, 1215);
            loaded_pallet(c, &frozen, at, (c->high.z - c->low.z) * 0.9, c->kg_max / (n + 1));
            spot_in_stack(c, at, 1500);
        }
        return;
    }
    pen_truth(c->pen, "label", "meat", V0, V0);
    for (int row = -2; row <= 2; row++) {
        pen_rod(c->pen, "steel", 20, V(c->low.x + 100, row * 430.0, c->high.z - 60),
                V(c->high.x - 100, row * 430.0, c->high.z - 60));
        for (double x = c->low.x + 350; x < c->high.x - 300; x += range(r, 400, 620))
            carcass(c->pen, r, V(x, row * 430.0, c->high.z - 80));
    }
    pen_end(c->pen);
    cargo_spot(c, "behind the carcasses", V(c->high.x - 1200, -800, c->low.z + 20),
               V(c->high.x - 50, 800, c->low.z + 1300));
}

/* Bottles or cans standing in layers on pallets, wrapped. */
static void
bottle_pallet(struct pen *p, struct dice *r, int kind, struct v3 at, int layers)
{
    double radius = kind == 0   ? 33
                    : kind == 1 ? 41
                                : 37,
           h = kind == 0   ? 116
               : kind == 1 ? 310
                           : 290;
    int nx = (int)(1190 / (2 * radius + 1)), ny = (int)(790 / (2 * radius + 1));
    double full = h * range(r, 0.78, 0.86);

    part_pallet(p, at);
    pen_truth(p, "label",
              kind == 0   ? "cans"
              : kind == 1 ? "water"
                          : "wine",
              v3_add(at, V(0, 0, 148)), V0);
    pen_repeat(p, 1, 1, layers, V(0, 0, h + 6));
    pen_box(p, "cardboard@0.7", V(1200, 800, 3), V(600, 400, 1));
    pen_repeat(p, nx, ny, 1, V(2 * radius + 1, 2 * radius + 1, 0));
    struct v3 b = V(radius + 5, radius + 5, 3);
    if (kind == 2) {
        pen_rod(p, "glass", radius, b, v3_add(b, V(0, 0, 200)));
        pen_rod(p, "wine", radius - 3.3, v3_add(b, V(0, 0, 4)), v3_add(b, V(0, 0, 190)));
        pen_rod(p, "glass", 14, v3_add(b, V(0, 0, 200)), v3_add(b, V(0, 0, h)));
        pen_rod(p, "wine", 10, v3_add(b, V(0, 0, 200)), v3_add(b, V(0, 0, full)));
    } else {
        pen_rod(p, kind == 0 ? "aluminium" : "pet", radius, b, v3_add(b, V(0, 0, h)));
        pen_rod(p, "air", radius - 0.3, v3_add(b, V(0, 0, 1)), v3_add(b, V(0, 0, h - 1)));
        pen_rod(p, kind == 0 ? "beer" : "water", radius - 0.3, v3_add(b, V(0, 0, 1)),
                v3_add(b, V(0, 0, full)));
    }
    pen_end(p);
    pen_end(p);
    pen_end(p);
}

void
load_beverages(struct cargo *c)
{
    struct dice *r = c->dice;
    int kind = between(r, 0, 2), n = 2 * pallet_places(c, 1220);
    double layer = kind == 0 ? 122 : kind == 1 ? 316 : 296;
    double kg = c->kg_max / (n + 1), layer_kg = kind == 0 ? 85 : kind == 1 ? 195 : 190;
    int layers = (int)least_of(kg / layer_kg, (c->high.z - c->low.z - 300) / layer);

    for (int i = 0; i < n; i++) {
        struct v3 at = pallet_at(c, r, i, 1220);
        bottle_pallet(c->pen, r, kind, at, layers < 1 ? 1 : layers);
        spot_in_stack(c, at, 150 + layers * layer);
    }
    cargo_spot(c, "on top of the pallets", V(c->low.x + 300, -500, c->low.z + 160 + layers * layer),
               V(c->low.x + 1600, 500, c->high.z - 100));
}

void
load_tiles(struct cargo *c)
{
    struct dice *r = c->dice;
    int n = 2 * pallet_places(c, 1320);
    double kg = c->kg_max / (n + 1), tile = chance(r, 0.5) ? 200 : 300;

    for (int i = 0; i < n; i++) {
        struct v3 at = pallet_at(c, r, i, 1320);
        int nz = (int)(least_of(kg, 1500) / (1200 * 800 * tile * 1.95e-6)); /* layers of tiles */
        part_pallet(c->pen, at);
        pen_truth(c->pen, "label", "tiles", v3_add(at, V(0, 0, 146)), V0);
        pen_repeat(c->pen, (int)(1200 / tile), 8, nz < 1 ? 1 : nz, V(tile, 99, tile + 8));
        pen_box(c->pen, "cardboard@0.6", V(tile - 2, 97, tile + 4), V(tile / 2, 50, tile / 2 + 2));
        pen_box(c->pen, "porcelain", V(tile - 6, 88, tile * 0.98), V(tile / 2, 50, tile / 2 + 2));
        pen_end(c->pen);
        pen_end(c->pen);
        cargo_spot(c, "on a pallet", v3_add(at, V(100, 100, 160)), v3_add(at, V(1100, 700, 620)));
    }
}

/* A television in its box: glass panel, steel sheet, two boards, foam. */
static void
television(struct pen *p, struct dice *r, struct v3 size)
{
    pen_box(p, "cardboard@0.2", size, v3_scale(size, 0.5));
    pen_box(p, "polystyrene@0.02", v3_sub(size, V(14, 14, 14)), v3_scale(size, 0.5));
    pen_box(p, "glass", V(size.x * 0.88, 3, size.z * 0.8), v3_scale(size, 0.5));
    pen_box(p, "steel", V(size.x * 0.8, 1.2, size.z * 0.7),
            v3_add(v3_scale(size, 0.5), V(0, 12, 0)));
    for (int i = 0; i < 2; i++)
        pen_box(p, "fr4@2.6", V(size.x * 0.2, 9, size.z * 0.3),
                V(size.x * (0.35 + 0.3 * i), size.y / 2 + 20, size.z * range(r, 0.4, 0.6)));
}

/* A washing machine: steel case, drum, motor, concrete ballast. */
static void
washer(struct pen *p, double door)
{
    pen_box(p, "cardboard@0.2", V(630, 630, 880), V(315, 315, 440));
    pen_box(p, "steel", V(598, 598, 850), V(315, 315, 440));
    pen_box(p, "air", V(596, 596, 848), V(315, 315, 440));
    pen_rod(p, "polypropylene", 262, V(315, 80, 470), V(315, 540, 470));
    pen_rod(p, "air", 258, V(315, 84, 470), V(315, 536, 470));
    pen_rod(p, "steel", 240, V(315, 100, 470), V(315, 470, 470));
    pen_rod(p, "air", 239, V(315, 90, 470), V(315, 469, 470));
    pen_box(p, "concrete", V(420, 90, 160), V(315, 150, 790));
    pen_box(p, "concrete", V(400, 80, 130), V(315, 120, 150));
    pen_rod(p, "steel", 62, V(200, 300, 140), V(200, 480, 140));
    pen_rod(p, "copper@5", 45, V(200, 310, 140), V(200, 470, 140));
    pen_ring(p, "glass", door, 14, V(315, 25, 470), 'y');
}

void
load_electronics(struct cargo *c)
{
    struct dice *r = c->dice;
    bool white = chance(r, 0.5);
    struct v3 size = white ? V(640, 640, 900) : V(range(r, 900, 1500), 165, range(r, 620, 900));
    struct v3 room = v3_sub(c->high, c->low);
    int nx = (int)((room.x - 300) / size.x), ny = (int)(room.y / size.y),
        nz = (int)(room.z / size.z);

    for (int i = 0; i < nx; i++) {
        int high = chance(r, 0.12) ? nz - 1 : nz;
        if (high < 1)
            continue;
        struct v3 at = V(c->high.x - (i + 1) * size.x, c->low.y + 10, c->low.z);
        pen_truth(c->pen, "label", white ? "washing-machines" : "televisions", at, V0);
        pen_repeat(c->pen, 1, ny, high, V(0, size.y + 2, size.z));
        if (white)
            washer(c->pen, 160);
        else
            television(c->pen, r, v3_sub(size, V(4, 3, 2)));
        pen_end(c->pen);
        pen_end(c->pen);
        cargo_spot(c, "in place of a carton", v3_add(at, V(40, 500, 40)),
                   v3_add(at, V(size.x - 40, room.y - 500, 1300)));
    }
}

/* Pressed bales with steel straps, or garments on hangers under rails. */
void
load_textiles(struct cargo *c)
{
    struct dice *r = c->dice;
    struct v3 size = V(range(r, 950, 1150), range(r, 540, 740), range(r, 420, 760));
    struct v3 room = v3_sub(c->high, c->low);
    int nx = (int)((room.x - 100) / size.x), ny = (int)(room.y / size.y),
        nz = (int)(room.z / size.z);

    for (int i = 0; i < nx * ny * nz; i++) {
        struct v3 at =
            v3_add(c->low, V(60 + i % nx * size.x, i / nx % ny * size.y, i / nx / ny * size.z));
        double l = size.x * range(r, 0.94, 0.99), w = size.y * 0.97,
               h = size.z * range(r, 0.92, 0.99);
        pen_truth(c->pen, "label", "bale", at, V0);
        pen_box(c->pen, one_of(r, "cotton@0.36", "cotton@0.42", "wool@0.4"), V(l, w, h),
                V(size.x / 2, size.y / 2, h / 2));
        pen_egg(c->pen, "cotton@0.5", V(l * 0.4, w * 0.4, h * 0.35),
                V(size.x / 2, size.y / 2, h / 2));
        pen_repeat(c->pen, 4, 1, 1, V(l / 5, 0, 0));
        pen_box(c->pen, "steel", V(16, w + 1.2, 0.9), V(l / 5, size.y / 2, h));
        pen_end(c->pen);
        pen_end(c->pen);
        if (i % 5 == 2)
            cargo_spot(c, "in a bale", v3_add(at, V(60, 60, 40)),
                       v3_add(at, V(size.x - 60, size.y - 60, h - 40)));
    }
    cargo_spot(c, "in a hole between the bales", V(c->low.x + 1500, -450, c->low.z + 30),
               V(c->low.x + 2700, 450, c->low.z + 1250));
}
