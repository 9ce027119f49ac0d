/* item_bag: suitcases and bags as they lie on a belt: shell, frame, wheels, rods, zips, and inside
 * them clothes with the things of a traveller between them. */
#include "twin/item_job.h"

#include "base/arena.h"

#include <string.h>

void
part_rounded(struct pen *p, const char *material, struct v3 size, double round, struct v3 at)
{
    double x = size.x / 2 - round, y = size.y / 2 - round, z = size.z / 2;

    pen_box(p, material, V(size.x, 2 * y, size.z), at);
    pen_box(p, material, V(2 * x, size.y, size.z), at);
    for (int i = 0; i < 4; i++) {
        struct v3 c = v3_add(at, V(i & 1 ? x : -x, i & 2 ? y : -y, 0));
        pen_rod(p, material, round, v3_sub(c, V(0, 0, z)), v3_add(c, V(0, 0, z)));
    }
}

/* A name out of a list with commas. */
static const struct thing *
thing_of(struct dice *r, const char *list)
{
    int n = 1;
    char name[ITEM_NAME_MAX];

    for (const char *c = list; *c; c++)
        n += *c == ',';
    const char *from = list;
    for (int i = between(r, 0, n - 1); i > 0; i--)
        from = strchr(from, ',') + 1;
    size_t length = strcspn(from, ",");
    memcpy(name, from, length);
    name[length] = 0;
    return thing_named(name);
}

static int
hide_one(struct item_job *j, struct pack *k, const struct threat *t, double lift)
{
    struct dice own = dice_fork(j->dice);
    struct pen piece;

    if (t->person)
        return -1;
    pen_start(&piece);
    t->thing.make(&piece, &own);
    return pack_add(k, j->dice, &piece, "threat", t->thing.name, lift);
}

static int
hide_all(struct item_job *j, struct pack *k, double lift)
{
    for (int i = 0; i < j->hides; i++) {
        const struct threat *t = j->hide[i];
        bool found = false;
        for (int try = 0; !found && try < 8; try++) /* another draw may be smaller */
            found = hide_one(j, k, t, lift) == 0;
        for (int try = 0; j->random && !found && try < 50; try++)
            found =
                hide_one(j, k, &threat_table[between(j->dice, 0, threat_count() - 1)], lift) == 0;
        if (!found)
            return err_set(j->e, ERR_INPUT,
                           "hide: there is no room for \"%s\" in this item; hide less, or take a "
                           "larger kind",
                           t->thing.name);
    }
    return 0;
}

int
mix_pack(struct item_job *j, struct pack *k, const struct item_mix *mix, double lift)
{
    if (hide_all(j, k, lift) != 0)
        return -1;
    for (; mix->things != NULL; mix++)
        for (int n = between(j->dice, mix->min, mix->max); n > 0; n--) {
            struct dice own = dice_fork(j->dice);
            const struct thing *t = thing_of(&own, mix->things);
            struct pen piece;
            pen_start(&piece);
            t->make(&piece, &own);
            if (pack_add(k, j->dice, &piece, "label", t->name, lift) != 0)
                break; /* full */
        }
    return 0;
}

/* Clothes everywhere between low and high, then the threats and the mix. */
static int
fill_bag(struct item_job *j, struct v3 low, struct v3 high, const struct item_mix *mix,
         bool clothes)
{
    struct pack *k = mem_zero(1, sizeof *k);

    pack_start(k, low, high);
    int rc = mix_pack(j, k, mix, clothes ? 0.5 : 0.05);
    if (rc == 0) {
        if (clothes)
            part_textiles(j->pen, j->dice, low, high);
        pack_write(k, j->pen);
    }
    pack_free(k);
    mem_free(k);
    return rc;
}

static const struct item_mix travel[] = {
    {"shoes", 1, 2},
    {"laptop,tablet,book,binder,magazines", 0, 2},
    {"hair-dryer,camera,pan,flask,headphones", 0, 1},
    {"wine,spirits,water,jar", 0, 2},
    {"shampoo,spray,perfume,tube,soap", 2, 5},
    {"charger,power-bank,cable,shaver", 1, 3},
    {"shirt,trousers,sweater,towel,jacket,roll", 1, 3},
    {"chocolate,coffee,cheese,biscuits,rice,sausage", 0, 2},
    {"belt,umbrella,glasses,watch,hat,keys,coins", 1, 4},
    {"book,toy-car,teddy,candle,mug,game,scissors,pens,batteries", 0, 3},
    {NULL, 0, 0},
};
static const struct item_mix day[] = {
    {"laptop,tablet,binder,book", 1, 2},
    {"water,can,flask", 0, 2},
    {"charger,power-bank", 1, 2},
    {"apples,bananas,bread,biscuits,chocolate", 0, 2},
    {"phone,headphones,glasses,umbrella,camera,game", 1, 3},
    {"keys,coins,pens,cable,batteries", 1, 4},
    {"sweater,shirt,roll", 0, 1},
    {NULL, 0, 0},
};
static const struct item_mix hand[] = {
    {"phone", 0, 1},
    {"perfume,spray,tube,soap", 1, 3},
    {"keys", 1, 1},
    {"coins", 1, 1},
    {"glasses,book,umbrella", 0, 2},
    {"power-bank,cable", 0, 1},
    {"scissors,pens,watch,batteries", 0, 2},
    {NULL, 0, 0},
};
static const struct item_mix papers[] = {
    {"laptop", 1, 1},       {"charger", 1, 1},           {"binder,magazines,book", 1, 2},
    {"phone,tablet", 0, 1}, {"keys,pens,glasses", 1, 3}, {NULL, 0, 0},
};

/* Two telescopic rods along the back, the handle at +x. */
static void
trolley(struct pen *p, struct v3 size, double z)
{
    for (int i = -1; i <= 1; i += 2) {
        double y = i * size.y * 0.2;
        pen_rod(p, "aluminium", 8, V(-size.x * 0.45, y, z), V(size.x * 0.48, y, z));
        pen_rod(p, "air", 6.8, V(-size.x * 0.45, y, z), V(size.x * 0.48, y, z));
        pen_rod(p, "steel", 5.5, V(0, y, z), V(size.x * 0.5, y, z));
        pen_rod(p, "air", 4.7, V(0, y, z), V(size.x * 0.5, y, z));
    }
    pen_box(p, "abs", V(24, size.y * 0.4 + 30, 20), V(size.x / 2 - 8, 0, z));
    pen_box(p, "air", V(10, size.y * 0.4 + 10, 14), V(size.x / 2 - 8, 0, z));
}

static void
wheels(struct pen *p, struct v3 size, int n)
{
    for (int i = 0; i < n; i++) {
        double y = (i % 2 ? 1 : -1) * (size.y / 2 - 50), z = i / 2 ? size.z - 42 : 30;
        struct v3 c = V(-size.x / 2 - 16, y - 11, z);
        pen_rod(p, "polycarbonate", 24, c, v3_add(c, V(0, 22, 0)));
        pen_rod(p, "nylon", 15, c, v3_add(c, V(0, 22, 0)));
        pen_rod(p, "steel", 4, v3_add(c, V(0, -8, 0)), v3_add(c, V(0, 30, 0)));
        pen_box(p, "abs", V(30, 46, 30), v3_add(c, V(26, 11, 0)));
        pen_box(p, "steel", V(6, 20, 20), v3_add(c, V(22, 11, 0)));
    }
}

/* The zip round the middle of the shell: a row of teeth on each side, two sliders. */
static void
zip(struct pen *p, struct dice *r, struct v3 size, double round, double z)
{
    const char *teeth = one_of(r, "nylon", "zamak");
    double x = size.x / 2 - round, y = size.y / 2 - round;

    for (int i = -1; i <= 1; i += 2) {
        pen_repeat(p, (int)(2 * x / 4), 1, 1, V(4, 0, 0));
        pen_box(p, teeth, V(2.2, 3, 6), V(-x, i * (size.y / 2 - 1), z));
        pen_end(p);
        pen_repeat(p, 1, (int)(2 * y / 4), 1, V(0, 4, 0));
        pen_box(p, teeth, V(3, 2.2, 6), V(i * (size.x / 2 - 1), -y, z));
        pen_end(p);
    }
    for (int i = 0; i < 2; i++) {
        double at = range(r, -0.3, 0.3) * size.x;
        pen_box(p, "zamak", V(14, 5, 10), V(at, size.y / 2 + 1, z));
        pen_box(p, "zamak", V(30, 2, 8), V(at + 20, size.y / 2 + 3, z));
    }
}

static int
make_suitcase(struct item_job *j, struct v3 size, int n_wheels)
{
    struct pen *p = j->pen;
    struct dice *r = j->dice;
    double round = range(r, 28, 42), wall = 2.6, z = size.z / 2;
    bool frame = chance(r, 0.35);

    pen_group(p, "shell", V0, V0);
    part_rounded(p, one_of(r, "polycarbonate", "abs", "polypropylene"), size, round, V(0, 0, z));
    part_rounded(p, "air", V(size.x - 2 * wall, size.y - 2 * wall, size.z - 2 * wall), round - wall,
                 V(0, 0, z));
    part_rounded(p, "polyester_fabric@0.2", V(size.x - 14, size.y - 14, 4), round, V(0, 0, 26));
    trolley(p, size, 14);
    wheels(p, size, n_wheels);
    if (frame)
        for (int i = -1; i <= 1; i += 2) {
            pen_box(p, "aluminium", V(size.x - 2 * round, 5, 22), V(0, i * (size.y / 2 - 3), z));
            pen_box(p, "aluminium", V(5, size.y - 2 * round, 22), V(i * (size.x / 2 - 3), 0, z));
            pen_box(p, "steel", V(55, 7, 32), V(i * size.x * 0.28, size.y / 2 + 2, z)); /* locks */
        }
    else
        zip(p, r, size, round, z);
    pen_wire(p, "abs", 9, /* the handle on the side */
             (struct v3[]){V(-70, size.y / 2, z), V(-55, size.y / 2 + 30, z),
                           V(55, size.y / 2 + 30, z), V(70, size.y / 2, z)},
             4);
    pen_end(p);
    double in = 11;
    return fill_bag(j, V(-size.x / 2 + in, -size.y / 2 + in, 29),
                    V(size.x / 2 - in, size.y / 2 - in, size.z - 6), travel, true);
}

static int
make_large(struct item_job *j)
{
    struct dice *r = j->dice;

    return make_suitcase(j, V(range(r, 650, 760), range(r, 430, 500), range(r, 240, 290)), 4);
}

static int
make_cabin(struct item_job *j)
{
    struct dice *r = j->dice;

    return make_suitcase(j, V(range(r, 480, 540), range(r, 340, 390), range(r, 190, 230)),
                         chance(r, 0.5) ? 2 : 4);
}

/* Soft bags: a thin skin of cloth, rounded; metal only at buckles, rings and zips. */
static void
soft(struct pen *p, struct dice *r, struct v3 size, double round, const char *skin)
{
    pen_group(p, "bag", V0, V0);
    part_rounded(p, skin, size, round, V(0, 0, size.z / 2));
    part_rounded(p, "air", V(size.x - 5, size.y - 5, size.z - 5), round - 2, V(0, 0, size.z / 2));
    zip(p, r, v3_sub(size, V(6, 6, 0)), round, size.z * 0.7);
    for (int i = 0; i < 4; i++) {
        struct v3 c = V((i & 1 ? 0.3 : -0.3) * size.x, (i & 2 ? 0.46 : -0.46) * size.y, size.z - 1);
        pen_minus(p, one_of(r, "steel", "zamak", "pom"));
        pen_box(p, NULL, V(32, 24, 3), c);
        pen_box(p, NULL, V(24, 16, 9), c);
        pen_end(p);
    }
    for (int i = -1; i <= 1; i += 2) /* straps */
        pen_box(p, "nylon@0.6", V(size.x * 0.7, 38, 5), V(0, i * size.y * 0.25, size.z + 2));
    pen_end(p);
}

static int
make_soft(struct item_job *j, struct v3 size, const char *skin, const struct item_mix *mix,
          bool clothes)
{
    double in = 12;

    soft(j->pen, j->dice, size, 40, skin);
    return fill_bag(j, V(-size.x / 2 + in, -size.y / 2 + in, 5),
                    V(size.x / 2 - in, size.y / 2 - in, size.z - 5), mix, clothes);
}

static int
make_backpack(struct item_job *j)
{
    struct dice *r = j->dice;

    return make_soft(j, V(range(r, 440, 520), range(r, 290, 340), range(r, 170, 230)), "nylon@0.7",
                     day, chance(r, 0.6));
}

static int
make_sports(struct item_job *j)
{
    struct dice *r = j->dice;

    return make_soft(j, V(range(r, 540, 680), range(r, 290, 360), range(r, 250, 310)), "nylon@0.7",
                     travel, true);
}

static int
make_handbag(struct item_job *j)
{
    struct dice *r = j->dice;

    return make_soft(j, V(range(r, 310, 380), range(r, 240, 280), range(r, 110, 150)), "leather",
                     hand, false);
}

static int
make_briefcase(struct item_job *j)
{
    struct dice *r = j->dice;
    struct v3 size = V(range(r, 430, 460), range(r, 320, 345), range(r, 110, 140));

    pen_group(j->pen, "case", V0, V0);
    pen_shell(j->pen, one_of(r, "aluminium", "leather", "abs"), 2, size, V(0, 0, size.z / 2));
    for (int i = -1; i <= 1; i += 2) {
        pen_box(j->pen, "steel", V(60, 6, 30), V(i * 130.0, size.y / 2, size.z * 0.6));
        pen_box(j->pen, "aluminium", V(size.x, 4, 14), V(0, i * (size.y / 2 - 2), size.z * 0.6));
        pen_rod(j->pen, "steel", 4, V(i * 130.0 - 30, -size.y / 2, size.z * 0.6),
                V(i * 130.0 + 30, -size.y / 2, size.z * 0.6)); /* hinges */
    }
    pen_box(j->pen, "leather", V(130, 20, 22), V(0, size.y / 2 + 25, size.z * 0.6));
    pen_end(j->pen);
    return fill_bag(j, V(-size.x / 2 + 5, -size.y / 2 + 5, 4),
                    V(size.x / 2 - 5, size.y / 2 - 5, size.z - 4), papers, false);
}

const struct item_maker item_bags[] = {
    {"suitcase", "suitcase with wheels", "koffer op wielen", make_large},
    {"cabin", "cabin trolley", "handbagagekoffer", make_cabin},
    {"sports-bag", "sports bag", "sporttas", make_sports},
    {"bag", "backpack", "rugzak", make_backpack},
    {"handbag", "handbag", "handtas", make_handbag},
    {"briefcase", "briefcase", "aktetas", make_briefcase},
    {NULL, NULL, NULL, NULL},
};
