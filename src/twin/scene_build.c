/* scene_build: from the tree of a file to placed solids: repeats are written out (a solid is 64
 * bytes; meshes and booleans are shared), booleans become tables, and the ray tree is made. */
#include "base/arena.h"
#include "twin/bvh.h"
#include "twin/scene_read.h"

#include <math.h>
#include <string.h>

#define CUT (-65536) /* weight of what a difference takes away: more than all operands together */

struct place {
    struct scene_turn turn;
    uint32_t index; /* of the turn */
    double at_mm[3];
};

struct building {
    struct scene_reading *r;
    struct scene *s;
    struct bvh_box *box; /* per solid */
    int turns_max, truths_max, booleans_max;
};

/* The index of a turn; copies of a repeat share theirs. 0 is no turn. */
static uint32_t
turn_index(struct building *b, const struct scene_turn *turn)
{
    struct scene *s = b->s;

    for (int i = 0; i < 8 && i < s->turns; i++) {
        int at = i == 0 ? 0 : s->turns - i;
        if (scene_turn_same(&s->turn[at], turn))
            return (uint32_t)at;
    }
    if (s->turns == b->turns_max) {
        s->turn = mem_grow(s->turn, (size_t)s->turns, 2 * (size_t)s->turns, sizeof *s->turn);
        b->turns_max *= 2;
    }
    s->shapes.turn = s->turn;
    s->turn[s->turns] = *turn;
    return (uint32_t)s->turns++;
}

static struct place
place_in(struct building *b, const struct place *outer, const struct scene_part *p)
{
    struct place in;

    scene_turn_apply(&outer->turn, p->at_mm, in.at_mm);
    for (int i = 0; i < 3; i++)
        in.at_mm[i] += outer->at_mm[i];
    scene_turn_mul(&outer->turn, &p->turn, &in.turn);
    in.index = turn_index(b, &in.turn);
    return in;
}

/* A box turned by quarter turns is a plain box of other sizes: cheaper, and its faces are exact. */
static void
plain_box(struct scene_solid *s, const struct scene_turn *turn)
{
    double size[3] = {0};

    if (s->kind != SOLID_BOX || s->turn == 0)
        return;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            double m = fabs(turn->m[i][j]);
            if (m != 0 && m != 1)
                return;
            size[i] += m * s->size_mm[j];
        }
    memcpy(s->size_mm, size, sizeof size);
    s->turn = 0;
}

static struct scene_solid
placed_solid(const struct scene_part *p, const struct place *at)
{
    struct scene_solid solid = p->solid;

    memcpy(solid.centre_mm, at->at_mm, sizeof solid.centre_mm);
    solid.turn = at->index;
    plain_box(&solid, &at->turn);
    return solid;
}

typedef void each_part(struct building *b, struct scene_part *p, const struct place *at, void *arg);

/* Calls fn for every part inside p, in every copy of a repeat (x fastest). */
static void
each_inside(struct building *b, struct scene_part *p, const struct place *at, each_part *fn,
            void *arg)
{
    int64_t copies = (int64_t)p->count[0] * p->count[1] * p->count[2];

    for (int64_t copy = 0; copy < copies; copy++) {
        int64_t n[3] = {copy % p->count[0], copy / p->count[0] % p->count[1],
                        copy / p->count[0] / p->count[1]};
        struct place moved = *at;
        double step[3];
        for (int i = 0; i < 3; i++)
            step[i] = (double)n[i] * p->step_mm[i];
        scene_turn_apply(&at->turn, step, step); /* the steps turn with the repeat */
        for (int i = 0; i < 3; i++)
            moved.at_mm[i] += step[i];
        for (struct scene_part *c = p->first; c != NULL; c = c->next) {
            struct place inner = place_in(b, &moved, c);
            fn(b, c, &inner, arg);
        }
    }
}

/* Where an operand goes: the boolean under construction, the node above, and whether the next one
 * is the first of a difference. */
struct operand {
    struct scene_boolean *boolean;
    int node;
    bool difference, first;
};

static void
add_operand(struct building *b, struct scene_part *p, const struct place *at, void *arg)
{
    struct operand *o = arg;
    struct scene_boolean *boolean = o->boolean;
    int32_t weight = o->difference && !o->first ? CUT : 1;

    o->first = false;
    if (p->kind == PART_SOLID) {
        boolean->solid[boolean->solids] = placed_solid(p, at);
        boolean->solid_parent[boolean->solids] = o->node;
        boolean->solid_weight[boolean->solids++] = weight;
        return;
    }
    struct operand below = {boolean, boolean->nodes++, p->kind == PART_DIFFERENCE, true};
    boolean->parent[below.node] = o->node;
    boolean->weight[below.node] = weight;
    boolean->target[below.node] = 1;
    if (p->kind == PART_INTERSECTION)
        for (const struct scene_part *c = p->first->next; c != NULL; c = c->next)
            boolean->target[below.node]++;
    each_inside(b, p, at, add_operand, &below);
}

static const struct place nowhere = {.turn = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}};

static int
make_boolean(struct building *b, struct scene_part *p)
{
    struct scene *s = b->s;
    struct scene_boolean *boolean = arena_zero(&s->arena, 1, sizeof *boolean);
    struct operand whole = {.boolean = boolean};
    size_t nodes = (size_t)p->nodes, solids = (size_t)p->operands;

    boolean->solid = arena_zero(&s->arena, solids, sizeof *boolean->solid);
    boolean->solid_parent = arena_zero(&s->arena, solids, sizeof(int32_t));
    boolean->solid_weight = arena_zero(&s->arena, solids, sizeof(int32_t));
    boolean->parent = arena_zero(&s->arena, nodes, sizeof(int32_t));
    boolean->weight = arena_zero(&s->arena, nodes, sizeof(int32_t));
    boolean->target = arena_zero(&s->arena, nodes, sizeof(int32_t));
    add_operand(b, p, &nowhere, &whole); /* its own place comes with each copy */
    if (s->booleans == b->booleans_max) {
        int more = b->booleans_max == 0 ? 16 : 2 * b->booleans_max;
        s->boolean = mem_grow(s->boolean, (size_t)s->booleans, (size_t)more, sizeof *s->boolean);
        b->booleans_max = more;
        s->shapes.boolean = s->boolean;
    }
    s->boolean[s->booleans] = boolean;
    return s->booleans++;
}

/* The box of a solid; copies that are only moved have the first one's. */
static void
box_solid(struct building *b, struct scene_part *p, const struct scene_solid *solid,
          struct bvh_box *box)
{
    if (!p->boxed || p->box_turn != solid->turn) {
        struct scene_solid centred = *solid;
        memset(centred.centre_mm, 0, sizeof centred.centre_mm);
        scene_solid_box(&b->s->shapes, &centred, p->low, p->high);
        p->boxed = true;
        p->box_turn = solid->turn;
    }
    for (int i = 0; i < 3; i++) {
        bool empty =
            !(p->low[0] <= p->high[0] && p->low[1] <= p->high[1] && p->low[2] <= p->high[2]);
        box->low[i] = solid->centre_mm[i] + (empty ? 0 : p->low[i]);
        box->high[i] = solid->centre_mm[i] + (empty ? 0 : p->high[i]);
    }
}

static void
add_box(const struct bvh_box *box, double low[3], double high[3])
{
    for (int i = 0; i < 3; i++) {
        low[i] = box->low[i] < low[i] ? box->low[i] : low[i];
        high[i] = box->high[i] > high[i] ? box->high[i] : high[i];
    }
}

static void
set_bounds(const struct building *b, int first, double low[3], double high[3])
{
    for (int i = 0; i < 3; i++) {
        low[i] = INFINITY;
        high[i] = -INFINITY;
    }
    for (int i = first; i < b->s->solids; i++)
        add_box(&b->box[i], low, high);
}

static void
add_truth(struct building *b, const struct scene_part *p, int first)
{
    struct scene *s = b->s;
    const char *name = p->name != NULL ? p->name : p->threat;

    if (s->truths == b->truths_max) {
        int more = b->truths_max == 0 ? 16 : 2 * b->truths_max;
        s->truth = mem_grow(s->truth, (size_t)s->truths, (size_t)more, sizeof *s->truth);
        b->truths_max = more;
    }
    struct scene_truth *truth = &s->truth[s->truths++];
    truth->name = arena_text(&s->arena, name, strlen(name));
    truth->kind = arena_text(&s->arena, p->threat, strlen(p->threat));
    truth->threat = p->is_threat;
    truth->first = first;
    truth->solids = s->solids - first;
    set_bounds(b, first, truth->low_mm, truth->high_mm);
}

static void
add_part(struct building *b, struct scene_part *p, const struct place *at, void *arg)
{
    struct scene *s = b->s;
    int first = s->solids;

    if (p->kind == PART_GROUP || p->kind == PART_REPEAT) {
        each_inside(b, p, at, add_part, arg);
        if (p->threat != NULL)
            add_truth(b, p, first);
        return;
    }
    if (p->kind != PART_SOLID && p->shape < 0)
        p->shape = make_boolean(b, p);
    struct scene_solid solid = placed_solid(p, at);
    if (p->kind != PART_SOLID) {
        solid.kind = SOLID_BOOLEAN;
        solid.shape = (uint32_t)p->shape;
    }
    solid.material = (uint8_t)p->material;
    solid.order = (uint32_t)s->solids;
    box_solid(b, p, &solid, &b->box[s->solids]);
    s->solid[s->solids++] = solid;
}

/* Puts the solids in the order of the tree's leaves: those that a ray meets together lie together.
 */
static void
sort_solids(struct scene *s)
{
    struct scene_solid *sorted = mem_zero((size_t)s->solids, sizeof *sorted);

    s->at_order = mem_zero((size_t)s->solids, sizeof *s->at_order);
    for (int i = 0; i < s->solids; i++) {
        sorted[i] = s->solid[s->bvh->item[i]];
        s->at_order[sorted[i].order] = i;
    }
    mem_free(s->solid);
    s->solid = sorted;
}

int
scene_build(struct scene_reading *r, struct scene_part *root)
{
    struct scene *s = r->s;
    struct building b = {.r = r, .s = s, .turns_max = 16};
    double size = 0;

    s->turn = mem_zero(16, sizeof *s->turn);
    s->turn[s->turns++] = nowhere.turn;
    s->shapes.turn = s->turn;
    s->shapes.mesh = s->mesh;
    s->solid = mem_zero((size_t)root->solids, sizeof *s->solid);
    b.box = mem_zero((size_t)root->solids, sizeof *b.box);
    struct place whole = place_in(&b, &nowhere, root);
    add_part(&b, root, &whole, NULL);
    set_bounds(&b, 0, s->low_mm, s->high_mm);
    for (int i = 0; i < 3; i++) {
        double far =
            fabs(s->low_mm[i]) > fabs(s->high_mm[i]) ? fabs(s->low_mm[i]) : fabs(s->high_mm[i]);
        size = far > size ? far : size;
    }
    if (size > SCENE_EXTENT_MM_MAX) {
        mem_free(b.box);
        return text_error(r->t, root->node, r->e,
                          "solids reach %g mm from the origin; %g is the maximum", size,
                          SCENE_EXTENT_MM_MAX);
    }
    s->bvh = bvh_build(b.box, s->solids);
    mem_free(b.box);
    sort_solids(s);
    return 0;
}
