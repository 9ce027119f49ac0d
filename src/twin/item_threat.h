/* item_threat: what customs looks for. Each is drawn lying flat, its profile in the x-y plane,
 * about the origin, and placed in a group with a `threat KIND` line. */
#ifndef TWIN_ITEM_THREAT_H
#define TWIN_ITEM_THREAT_H

#include "twin/item_thing.h"

struct threat {
    struct thing thing;
    int bulk;              /* at most so many together in a cargo hiding place; 1: never more */
    bool person;           /* never in a bag or parcel */
    double kg_min, kg_max; /* of a single one */
};

extern const struct threat threat_table[]; /* ends with a row without a name */
/* NULL if there is none of this name. */
const struct threat *threat_named(const char *name);
int threat_count(void);

/* Drawn in item_weapon.c, item_contraband.c and item_person.c. */
void threat_pistol(struct pen *p, struct dice *r);
void threat_revolver(struct pen *p, struct dice *r);
void threat_rifle(struct pen *p, struct dice *r);
void threat_ammunition(struct pen *p, struct dice *r);
void threat_knife(struct pen *p, struct dice *r);
void threat_folding_knife(struct pen *p, struct dice *r);
void threat_grenade(struct pen *p, struct dice *r);
void threat_cocaine(struct pen *p, struct dice *r);
void threat_heroin(struct pen *p, struct dice *r);
void threat_cannabis(struct pen *p, struct dice *r);
void threat_cigarettes(struct pen *p, struct dice *r);
void threat_cash(struct pen *p, struct dice *r);
void threat_c4(struct pen *p, struct dice *r);
void threat_tnt(struct pen *p, struct dice *r);
void threat_sheet(struct pen *p, struct dice *r);
void threat_detonator(struct pen *p, struct dice *r);
void threat_pipe_bomb(struct pen *p, struct dice *r);
void threat_lead_box(struct pen *p, struct dice *r);
void threat_tungsten(struct pen *p, struct dice *r);
void threat_gold(struct pen *p, struct dice *r);
void threat_person(struct pen *p, struct dice *r);

/* Tissue, bones and lungs: sitting on z = 0, facing +x, or standing. */
void person_sitting(struct pen *p, struct dice *r, struct v3 at);
void person_standing(struct pen *p, struct dice *r, struct v3 at);
/* Several copies of `one` together, as smuggled in cargo: a block of at most `room` (into which one
 * fits). */
void threat_bulk(struct pen *p, struct dice *r, const struct threat *t, const struct pen *one,
                 struct v3 room);

#endif
