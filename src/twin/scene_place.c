/* scene_place: rotations, and the boxes around placed solids. */
#include "twin/scene_parts.h"

#include "base/num.h"
#include "twin/mesh.h"

#include <math.h>
#include <string.h>

/* Sine and cosine of degrees; exact at multiples of 90, so a turned box keeps its plain faces. */
static void
sin_cos(double deg, double *sine, double *cosine)
{
    static const double exact[4][2] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
    double rest = deg - 360.0 * num_floor(deg / 360.0), quarter = num_floor(rest / 90.0);

    if (rest == 90.0 * quarter) {
        *sine = exact[(int)quarter & 3][0];
        *cosine = exact[(int)quarter & 3][1];
        return;
    }
    *sine = num_sin(rest * (NUM_PI / 180));
    *cosine = num_cos(rest * (NUM_PI / 180));
}

void
scene_turn_mul(const struct scene_turn *a, const struct scene_turn *b, struct scene_turn *out)
{
    struct scene_turn r;

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            r.m[i][j] = a->m[i][0] * b->m[0][j] + a->m[i][1] * b->m[1][j] + a->m[i][2] * b->m[2][j];
    *out = r;
}

void
scene_turn_set(struct scene_turn *turn, const double deg[3])
{
    double s[3], c[3];

    for (int i = 0; i < 3; i++)
        sin_cos(deg[i], &s[i], &c[i]);
    struct scene_turn x = {{{1, 0, 0}, {0, c[0], -s[0]}, {0, s[0], c[0]}}};
    struct scene_turn y = {{{c[1], 0, s[1]}, {0, 1, 0}, {-s[1], 0, c[1]}}};
    struct scene_turn z = {{{c[2], -s[2], 0}, {s[2], c[2], 0}, {0, 0, 1}}};
    scene_turn_mul(&y, &x, turn);
    scene_turn_mul(&z, turn, turn);
}

void
scene_turn_apply(const struct scene_turn *turn, const double in[3], double out[3])
{
    double r[3];

    for (int i = 0; i < 3; i++)
        r[i] = turn->m[i][0] * in[0] + turn->m[i][1] * in[1] + turn->m[i][2] * in[2];
    memcpy(out, r, sizeof r);
}

bool
scene_turn_same(const struct scene_turn *a, const struct scene_turn *b)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            if (a->m[i][j] != b->m[i][j])
                return false;
    return true;
}

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

static void
simple_box(const struct scene_turn *turn, const struct scene_solid *s, double low[3],
           double high[3])
{
    for (int i = 0; i < 3; i++) {
        const double *u = turn->m[i], back[3] = {-u[0], -u[1], -u[2]};
        bool cone = s->kind == SOLID_CONE;
        low[i] = s->centre_mm[i] - (cone ? cone_reach(s, back) : reach(s, u));
        high[i] = s->centre_mm[i] + (cone ? cone_reach(s, u) : reach(s, u));
    }
}

static void
mesh_box_turned(const struct mesh *m, const struct scene_turn *turn, const double centre[3],
                double low[3], double high[3])
{
    for (int i = 0; i < 3; i++) {
        mesh_reach(m, turn->m[i], &low[i], &high[i]);
        low[i] += centre[i];
        high[i] += centre[i];
    }
}

struct box_of {
    double low[3], high[3];
    bool set;
};

/* A union grows, an intersection shrinks; of a difference only the first operand counts. */
static void
node_join(const struct scene_boolean *b, int node, int32_t weight, const struct box_of *child,
          struct box_of *box)
{
    bool all = b->target[node] > 1;

    if (weight < 0 || !child->set)
        return;
    for (int i = 0; i < 3; i++) {
        bool lower = child->low[i]<box->low[i], higher = child->high[i]> box->high[i];
        if (!box->set || lower != all)
            box->low[i] = child->low[i];
        if (!box->set || higher != all)
            box->high[i] = child->high[i];
    }
    box->set = true;
}

static void
boolean_box(const struct scene_shapes *h, const struct scene_solid *s,
            const struct scene_turn *turn, double low[3], double high[3])
{
    struct box_of box[SCENE_OPERANDS_MAX];
    struct scene_turn own;
    const struct scene_boolean *b = h->boolean[s->shape];

    for (int i = 0; i < b->nodes; i++)
        box[i] = (struct box_of){.set = false};
    for (int i = 0; i < b->solids; i++) {
        const struct scene_solid *o = &b->solid[i];
        struct scene_solid placed = *o;
        struct box_of child = {.set = true};
        scene_turn_mul(turn, &h->turn[o->turn], &own);
        scene_turn_apply(turn, o->centre_mm, placed.centre_mm);
        for (int k = 0; k < 3; k++)
            placed.centre_mm[k] += s->centre_mm[k];
        if (o->kind == SOLID_MESH)
            mesh_box_turned(h->mesh[o->shape], &own, placed.centre_mm, child.low, child.high);
        else
            simple_box(&own, &placed, child.low, child.high);
        node_join(b, b->solid_parent[i], b->solid_weight[i], &child, &box[b->solid_parent[i]]);
    }
    for (int i = b->nodes - 1; i > 0; i--)
        node_join(b, b->parent[i], b->weight[i], &box[i], &box[b->parent[i]]);
    memcpy(low, box[0].low, sizeof box[0].low);
    memcpy(high, box[0].high, sizeof box[0].high);
}

void
scene_solid_box(const struct scene_shapes *h, const struct scene_solid *s, double low[3],
                double high[3])
{
    const struct scene_turn *turn = &h->turn[s->turn];

    if (s->kind == SOLID_MESH)
        mesh_box_turned(h->mesh[s->shape], turn, s->centre_mm, low, high);
    else if (s->kind == SOLID_BOOLEAN)
        boolean_box(h, s, turn, low, high);
    else
        simple_box(turn, s, low, high);
}
