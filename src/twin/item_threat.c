/* item_threat: the table of what may be hidden, and how many of it. */
#include "twin/item_threat.h"

#include <string.h>

const struct threat threat_table[] = {
    {{"pistol", "pistol, loaded", "pistool, geladen", threat_pistol}, 8, false, 0.6, 1.5},
    {{"revolver", "revolver", "revolver", threat_revolver}, 8, false, 0.6, 1.7},
    {{"rifle", "assault rifle", "aanvalsgeweer", threat_rifle}, 10, false, 2.5, 6},
    {{"ammunition", "box of cartridges", "doos patronen", threat_ammunition}, 40, false, 0.2, 2.5},
    {{"knife", "kitchen knife", "keukenmes", threat_knife}, 12, false, 0.08, 0.5},
    {{"folding-knife", "folding knife", "zakmes", threat_folding_knife}, 20, false, 0.06, 0.4},
    {{"grenade", "hand grenade", "handgranaat", threat_grenade}, 24, false, 0.2, 0.8},
    {{"cocaine", "brick of cocaine", "blok cocaine", threat_cocaine}, 240, false, 0.6, 1.5},
    {{"heroin", "brick of heroin", "blok heroine", threat_heroin}, 240, false, 0.3, 1.2},
    {{"cannabis", "cannabis, flowers or resin", "cannabis, toppen of hasj", threat_cannabis},
     120,
     false,
     0.4,
     2},
    {{"cigarettes", "carton of cigarettes", "slof sigaretten", threat_cigarettes},
     900,
     false,
     0.12,
     0.5},
    {{"cash", "bundles of banknotes", "bundels bankbiljetten", threat_cash}, 40, false, 0.3, 8},
    {{"c4", "plastic explosive (C-4)", "kneedspringstof (C-4)", threat_c4}, 40, false, 0.6, 2.2},
    {{"tnt", "blocks of TNT", "blokken TNT", threat_tnt}, 40, false, 0.4, 2.2},
    {{"sheet", "sheet explosive (Semtex)", "springstof in plaat (Semtex)", threat_sheet},
     30,
     false,
     0.2,
     1},
    {{"detonator", "detonator with its wires", "slagpijpje met draden", threat_detonator},
     30,
     false,
     0.003,
     0.06},
    {{"pipe-bomb", "pipe bomb", "pijpbom", threat_pipe_bomb}, 4, false, 0.6, 5},
    {{"lead-box", "shielded lead box", "loden kistje", threat_lead_box}, 4, false, 0.8, 9},
    {{"tungsten", "pieces of tungsten", "stukken wolfraam", threat_tungsten}, 20, false, 0.15, 3.2},
    {{"gold", "gold bars", "goudstaven", threat_gold}, 60, false, 0.7, 4},
    {{"person", "hidden person in a cavity", "verstopte persoon in een holte", threat_person},
     1,
     true,
     40,
     130},
    {{0}, 0, false, 0, 0},
};

const struct threat *
threat_named(const char *name)
{
    for (const struct threat *t = threat_table; t->thing.name != NULL; t++)
        if (strcmp(t->thing.name, name) == 0)
            return t;
    return NULL;
}

int
threat_count(void)
{
    return (int)(sizeof threat_table / sizeof threat_table[0]) - 1;
}

/* How many pieces of `size` go into `room`, at least one. */
static int
rows_of(double room, double size, int most)
{
    int n = (int)(room / size);

    return n < 1 ? 1 : n > most ? most : n;
}

void
threat_bulk(struct pen *p, struct dice *r, const struct threat *t, const struct pen *one,
            struct v3 room)
{
    const double gap = 4;
    const struct v3_box *b = pen_box_of(one);
    struct v3 size = v3_add(box_size(b), V(gap, gap, gap));
    int left = t->bulk < 2 ? 1 : between(r, (t->bulk + 3) / 4, t->bulk);
    int nx = rows_of(room.x + gap, size.x, left), ny = rows_of(room.y + gap, size.y, left / nx);
    int nz = rows_of(room.z + gap, size.z, left / (nx * ny));

    pen_repeat(p, nx, ny, nz, size);
    pen_paste(p, one);
    pen_end(p);
}
