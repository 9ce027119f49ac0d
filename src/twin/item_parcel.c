/* item_parcel: post: cardboard boxes with products and packing, padded envelopes. */
#include "twin/item_job.h"

#include "base/arena.h"

/* Corrugated board with flaps, a strip of tape along the seams and round the ends, a label. */
static void
carton(struct pen *p, struct dice *r, struct v3 size)
{
    double wall = range(r, 2.8, 5.2), z = size.z / 2;

    pen_group(p, "carton", V0, V0);
    pen_shell(p, "cardboard@0.16", wall, size, V(0, 0, z));
    for (int i = -1; i <= 1; i += 2) { /* the inner flaps, top and bottom */
        double x = i * (size.x / 2 - size.y * 0.23);
        pen_box(p, "cardboard@0.16", V(size.y * 0.46, size.y - 2 * wall, wall),
                V(x, 0, wall * 1.5));
        pen_box(p, "cardboard@0.16", V(size.y * 0.46, size.y - 2 * wall, wall),
                V(x, 0, size.z - wall * 1.5));
    }
    for (int i = 0; i < 2; i++)
        pen_box(p, "polypropylene", V(size.x, 50, 0.08), V(0, 0, i ? size.z : 0.1));
    for (int i = -1; i <= 1; i += 2)
        pen_box(p, "polypropylene", V(0.08, 50, size.z), V(i * size.x / 2, 0, z));
    pen_box(p, "paper", V(140, 100, 0.1), V(range(r, -0.2, 0.2) * size.x, 0, size.z + 0.1));
    pen_end(p);
}

/* What fills the rest: polystyrene chips, crumpled paper or air cushions. */
static void
packing(struct pen *p, struct dice *r, struct v3 low, struct v3 high)
{
    int kind = between(r, 0, 2), n = kind == 0 ? 220 : kind == 1 ? 46 : 18;

    pen_group(p, "packing", V0, V0);
    for (int i = 0; i < n; i++) {
        double s = kind == 0 ? range(r, 9, 15) : kind == 1 ? range(r, 22, 50) : range(r, 38, 60);
        struct v3 at = V(range(r, low.x + s, high.x - s), range(r, low.y + s, high.y - s),
                         range(r, low.z + s * 0.5, high.z - s * 0.5));
        struct v3 radii = V(s, s * 0.8, s * 0.45), turn = V(0, 0, range(r, 0, 180));
        pen_egg_turned(p,
                       kind == 0   ? "polystyrene@0.02"
                       : kind == 1 ? "paper@0.1"
                                   : "polyethylene@0.2",
                       radii, at, turn);
        if (kind == 2)
            pen_egg_turned(p, "air", v3_sub(radii, V(0.3, 0.3, 0.3)), at, turn);
    }
    pen_end(p);
}

static int
fill_box(struct item_job *j, struct v3 size, const struct item_mix *mix)
{
    struct pack *k = mem_zero(1, sizeof *k);
    struct v3 low = V(-size.x / 2 + 7, -size.y / 2 + 7, 12);
    struct v3 high = V(size.x / 2 - 7, size.y / 2 - 7, size.z - 12);

    pack_start(k, low, high);
    int rc = mix_pack(j, k, mix, 0.25);
    if (rc == 0) {
        carton(j->pen, j->dice, size);
        packing(j->pen, j->dice, low, high);
        pack_write(k, j->pen);
    }
    pack_free(k);
    mem_free(k);
    return rc;
}

static struct v3
any_size(struct dice *r)
{
    double x = range(r, 370, 600);

    return V(x, x * range(r, 0.6, 0.85), x * range(r, 0.4, 0.6));
}

static const struct item_mix anything[] = {
    {"toy-car,hair-dryer,camera,drill,pan,laptop,speaker", 1, 2},
    {"book,magazines,shirt,sweater,shoes,towel", 0, 3},
    {"wine,jar,tin,flask,mug,plates", 0, 2},
    {"chocolate,coffee,biscuits,rice,cheese,eggs", 0, 3},
    {"charger,phone,headphones,power-bank,cable,game,batteries", 1, 4},
    {"perfume,shampoo,tube,spray,candle,soap,teddy,blocks", 0, 3},
    {"spanners,pliers,screwdrivers,scissors,keys,pens", 0, 2},
    {NULL, 0, 0},
};
static const struct item_mix books[] = {{"book,book,book,magazines,binder", 6, 26}, {NULL, 0, 0}};
static const struct item_mix clothes[] = {
    {"shoes", 0, 2},
    {"shirt,trousers,sweater,jacket,towel,roll", 4, 12},
    {"belt,hat,umbrella,watch", 0, 3},
    {NULL, 0, 0},
};
static const struct item_mix electronics[] = {
    {"laptop,speaker,camera,tablet", 1, 3},
    {"charger,power-bank,phone,game,headphones", 3, 8},
    {"cable,batteries,shaver,phone", 2, 6},
    {NULL, 0, 0},
};
static const struct item_mix food[] = {
    {"tin,jar,rice,coffee", 3, 9},
    {"chocolate,biscuits,cheese,sausage,bread", 2, 7},
    {"apples,oranges,bananas,eggs", 0, 2},
    {NULL, 0, 0},
};
static const struct item_mix tools[] = {
    {"drill", 0, 1},
    {"spanners,hammer,pliers,screwdrivers", 3, 9},
    {"cable,batteries,charger", 0, 3},
    {NULL, 0, 0},
};
static const struct item_mix cosmetics[] = {
    {"shampoo,spray,perfume,tube", 6, 18},
    {"soap,candle,hair-dryer,shaver", 1, 4},
    {NULL, 0, 0},
};

static int
make_any(struct item_job *j)
{
    return fill_box(j, any_size(j->dice), anything);
}

static int
make_books(struct item_job *j)
{
    struct dice *r = j->dice;

    return fill_box(j, V(range(r, 340, 420), range(r, 270, 310), range(r, 160, 260)), books);
}

static int
make_clothes(struct item_job *j)
{
    return fill_box(j, any_size(j->dice), clothes);
}

static int
make_electronics(struct item_job *j)
{
    return fill_box(j, any_size(j->dice), electronics);
}

static int
make_food(struct item_job *j)
{
    return fill_box(j, any_size(j->dice), food);
}

static int
make_tools(struct item_job *j)
{
    struct dice *r = j->dice;

    return fill_box(j, V(range(r, 360, 460), range(r, 280, 340), range(r, 150, 220)), tools);
}

static int
make_cosmetics(struct item_job *j)
{
    struct dice *r = j->dice;

    return fill_box(j, V(range(r, 330, 420), range(r, 250, 310), range(r, 170, 230)), cosmetics);
}

/* Six or twelve bottles standing in cells of cardboard; hidden things stand in place of one. */
static int
make_wine(struct item_job *j)
{
    struct pen *p = j->pen;
    struct dice *r = j->dice;
    int nx = between(r, 3, 4), ny = between(r, 2, 3), gone = j->hides > 0 ? 0 : -1;
    struct v3 size = V(nx * 88.0 + 12, ny * 88.0 + 12, 335);
    struct pack *k = mem_zero(1, sizeof *k);
    static const struct item_mix none[] = {{NULL, 0, 0}};

    pack_start(k, V(-size.x / 2 + 7, -size.y / 2 + 7, 12), V(size.x / 2 - 7, size.y / 2 - 7, 320));
    int rc = mix_pack(j, k, none, 0);
    if (rc == 0)
        carton(p, r, size);
    for (int i = 0; rc == 0 && i < nx * ny; i++) {
        struct dice own = dice_fork(r);
        struct v3 c = V((i % nx - (nx - 1) * 0.5) * 88, (i / nx - (ny - 1) * 0.5) * 88, 8);
        if (i == gone)
            continue;
        pen_box(p, "cardboard@0.16", V(2.5, 88, 240), v3_add(c, V(44, 0, 120)));
        pen_truth(p, "label", "wine", c, V(0, -90, 0));
        thing_named("wine")->make(p, &own);
        pen_end(p);
    }
    if (rc == 0)
        pack_write(k, p);
    pack_free(k);
    mem_free(k);
    return rc;
}

static const struct item_mix letter[] = {
    {"book,shirt,phone,cable,chocolate,magazines,tablet,watch", 1, 2},
    {"keys,pens,tube,batteries,scissors", 0, 1},
    {NULL, 0, 0},
};

/* A padded envelope: paper, bubble film (a low density), one or two flat things. */
static int
make_envelope(struct item_job *j)
{
    struct pen *p = j->pen;
    struct dice *r = j->dice;
    struct v3 size = V(range(r, 340, 420), range(r, 260, 310), range(r, 55, 80));
    struct pack *k = mem_zero(1, sizeof *k);

    pack_start(k, V(-size.x / 2 + 12, -size.y / 2 + 12, 5),
               V(size.x / 2 - 12, size.y / 2 - 12, size.z - 4));
    int rc = mix_pack(j, k, letter, 0.2);
    if (rc == 0) {
        pen_group(p, "envelope", V0, V0);
        pen_box(p, "paper", V(size.x, size.y, 0.6), V(0, 0, 0.3));
        pen_egg(p, "paper", V(size.x * 0.62, size.y * 0.62, size.z / 2), V(0, 0, size.z / 2));
        pen_egg(p, "polyethylene@0.03", V(size.x * 0.62 - 1, size.y * 0.62 - 1, size.z / 2 - 0.4),
                V(0, 0, size.z / 2));
        pen_end(p);
        pack_write(k, p);
    }
    pack_free(k);
    mem_free(k);
    return rc;
}

const struct item_maker item_parcels[] = {
    {"parcel", "parcel with anything", "pakket met van alles", make_any},
    {"parcel-books", "parcel of books", "pakket boeken", make_books},
    {"parcel-clothes", "parcel of clothes", "pakket kleding", make_clothes},
    {"parcel-electronics", "parcel of electronics", "pakket elektronica", make_electronics},
    {"parcel-food", "parcel of food", "pakket levensmiddelen", make_food},
    {"parcel-tools", "parcel of tools", "pakket gereedschap", make_tools},
    {"parcel-cosmetics", "parcel of cosmetics", "pakket cosmetica", make_cosmetics},
    {"parcel-wine", "case of wine", "doos wijn", make_wine},
    {"envelope", "padded envelope", "luchtkussenenvelop", make_envelope},
    {NULL, NULL, NULL, NULL},
};
