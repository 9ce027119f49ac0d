/* scene_reach: how far solids reach in a direction (their support functions): bounds along any axis
 * and tangents from any point follow from it. */
#include "base/arena.h"
#include "twin/mesh.h"
#include "twin/scene_parts.h"

#include <math.h>
#include <string.h>

/* How far a solid that is symmetric about its centre reaches along the unit vector u (own
 * coordinates). */
static double
reach(const struct scene_solid *s, const double u[3])
{
    const double *size = s->size_mm;
    double a = fabs(u[2]), across = sqrt(u[0] * u[0] + u[1] * u[1]);

    switch ((enum scene_kind)s->kind) {
    case SOLID_BOX:
        return fabs(u[0]) * size[0] + fabs(u[1]) * size[1] + a * size[2];
    case SOLID_SPHERE:
        return size[0];
    case SOLID_ELLIPSOID:
        return sqrt(u[0] * u[0] * size[0] * size[0] + u[1] * u[1] * size[1] * size[1] +
                    u[2] * u[2] * size[2] * size[2]);
    case SOLID_CYLINDER:
        return across * size[0] + a * size[2];
    case SOLID_TORUS:
        return across * size[0] + size[1];
    case SOLID_CONE:
    case SOLID_MESH:
    case SOLID_BOOLEAN:
        break;
    }
    return 0;
}

/* How far a cone reaches towards u. */
static double
cone_reach(const struct scene_solid *s, const double u[3])
{
    double across = sqrt(u[0] * u[0] + u[1] * u[1]);
    double bottom = across * s->size_mm[0] - u[2] * s->size_mm[2];
    double top = across * s->size_mm[1] + u[2] * s->size_mm[2];
    return bottom > top ? bottom : top;
}

/* The greatest p . u over the points p of a placed solid that is no boolean. */
static double
simple_reach(const struct scene_shapes *h, const struct scene_solid *s,
             const struct scene_turn *turn, const double centre[3], const double u[3])
{
    double own[3], low, high, at = centre[0] * u[0] + centre[1] * u[1] + centre[2] * u[2];

    for (int k = 0; k < 3; k++)
        own[k] = turn->m[0][k] * u[0] + turn->m[1][k] * u[1] + turn->m[2][k] * u[2];
    if (s->kind == SOLID_MESH) {
        mesh_reach(h->mesh[s->shape], own, &low, &high);
        return at + high;
    }
    return at + (s->kind == SOLID_CONE ? cone_reach(s, own) : reach(s, own));
}

struct reach_of {
    double far;
    bool set;
};

/* A union reaches as far as its furthest part, an intersection as far as its nearest; of a
 * difference only the first operand counts. */
static void
node_join(const struct scene_boolean *b, int node, int32_t weight, const struct reach_of *child,
          struct reach_of *r)
{
    bool all = b->target[node] > 1;

    if (weight < 0 || !child->set)
        return;
    if (!r->set || (child->far < r->far) == all)
        r->far = child->far;
    r->set = true;
}

static double
boolean_reach(const struct scene_shapes *h, const struct scene_solid *s,
              const struct scene_turn *turn, const double u[3])
{
    struct reach_of node[SCENE_OPERANDS_MAX];
    struct scene_turn own;
    const struct scene_boolean *b = h->boolean[s->shape];

    for (int i = 0; i < b->nodes; i++)
        node[i].set = false;
    for (int i = 0; i < b->solids; i++) {
        const struct scene_solid *o = &b->solid[i];
        double centre[3];
        scene_turn_mul(turn, &h->turn[o->turn], &own);
        scene_turn_apply(turn, o->centre_mm, centre);
        for (int k = 0; k < 3; k++)
            centre[k] += s->centre_mm[k];
        struct reach_of child = {simple_reach(h, o, &own, centre, u), true};
        node_join(b, b->solid_parent[i], b->solid_weight[i], &child, &node[b->solid_parent[i]]);
    }
    for (int i = b->nodes - 1; i > 0; i--)
        node_join(b, b->parent[i], b->weight[i], &node[i], &node[b->parent[i]]);
    return node[0].far;
}

double
scene_solid_reach(const struct scene_shapes *h, const struct scene_solid *s, const double u[3])
{
    const struct scene_turn *turn = &h->turn[s->turn];

    return s->kind == SOLID_BOOLEAN ? boolean_reach(h, s, turn, u)
                                    : simple_reach(h, s, turn, s->centre_mm, u);
}

double
scene_truth_reach(const struct scene *s, int truth, const double u[3])
{
    const struct scene_truth *t = &s->truth[truth];
    double far = -INFINITY;

    for (int i = t->first; i < t->first + t->solids; i++) {
        double r = scene_solid_reach(&s->shapes, &s->solid[s->at_order[i]], u);
        far = r > far ? r : far;
    }
    return far;
}
