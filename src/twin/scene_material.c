/* scene_material: the materials of a scene: those of the common list by name, and local ones. */
#include "base/arena.h"
#include "twin/scene_read.h"

#include <stdio.h>
#include <string.h>

#define DENSITY_MIN 1e-6
#define DENSITY_MAX 30.0

static int
index_of(const struct scene_reading *r, const char *name)
{
    for (int i = 0; i < r->s->materials; i++)
        if (strcmp(r->s->material[i].name, name) == 0)
            return i;
    return -1;
}

static int
add(struct scene_reading *r, const struct text_node *n, const struct material *m, bool local)
{
    struct scene *s = r->s;

    if (s->materials == SCENE_MATERIALS_MAX)
        return text_error(r->t, n, r->e, "more than %d materials", SCENE_MATERIALS_MAX);
    s->material[s->materials] = *m;
    snprintf(s->material[s->materials].name, MATERIAL_NAME_MAX, "%s", n->arg[0]);
    r->local[s->materials++] = local;
    return 0;
}

static int
checked_name(struct scene_reading *r, const struct text_node *n)
{
    if (text_args(r->t, n, 1, 1, r->e) != 0)
        return -1;
    size_t letters = strlen(n->arg[0]);
    if (letters == 0 || letters >= MATERIAL_NAME_MAX)
        return text_error(r->t, n, r->e, "a name has 1 to %d letters", MATERIAL_NAME_MAX - 1);
    return 0;
}

int
scene_material_use(struct scene_reading *r, const struct text_node *n, int *index)
{
    struct material m;
    struct err inner;

    if (checked_name(r, n) != 0)
        return -1;
    *index = index_of(r, n->arg[0]);
    if (*index >= 0)
        return 0;
    if (material_find(n->arg[0], &m, &inner) != 0)
        return text_error(r->t, n, r->e, "%s", inner.text);
    *index = r->s->materials;
    return add(r, n, &m, false);
}

/* Adds `weight` of a part to the sum. */
static int
mix(struct scene_reading *r, const struct text_node *n, const struct material *part, double weight,
    struct material *m)
{
    for (int i = 0; i < part->n; i++) {
        int k = 0;
        while (k < m->n && m->z[k] != part->z[i])
            k++;
        if (k == MATERIAL_ELEMENTS_MAX)
            return text_error(r->t, n, r->e, "more than %d elements in one material",
                              MATERIAL_ELEMENTS_MAX);
        m->n = k == m->n ? k + 1 : m->n;
        m->z[k] = part->z[i];
        m->weight[k] += weight * part->weight[i];
    }
    return 0;
}

static int
read_parts(struct scene_reading *r, const struct text_node *block, struct material *m)
{
    double sum = 0;

    for (const struct text_node *n = block->first; n != NULL; n = n->next) {
        bool from = strcmp(n->word, "from") == 0;
        struct material part;
        struct err inner;
        double weight = 1;
        if (!from && strcmp(n->word, "part") != 0)
            continue;
        if (text_args(r->t, n, from ? 1 : 2, from ? 1 : 2, r->e) != 0 ||
            (!from && text_number(r->t, n, 1, 1e-9, 1e9, &weight, r->e) != 0))
            return -1;
        int known = index_of(r, n->arg[0]);
        if (known >= 0)
            part = r->s->material[known];
        else if (material_find_any_density(n->arg[0], &part, &inner) != 0)
            return text_error(r->t, n, r->e, "%s", inner.text);
        if (from && (sum > 0 || n->next != NULL) && text_find(block, "part") != NULL)
            return text_error(r->t, n, r->e, "give either 'from' or 'part' lines, not both");
        if (mix(r, n, &part, weight, m) != 0)
            return -1;
        m->density_g_cm3 = from ? part.density_g_cm3 : 0;
        sum += weight;
    }
    if (sum == 0)
        return text_error(r->t, block, r->e, "neither 'from MATERIAL' nor 'part MATERIAL WEIGHT'");
    for (int i = 0; i < m->n; i++)
        m->weight[i] /= sum;
    return 0;
}

int
scene_material_define(struct scene_reading *r, const struct text_node *n)
{
    static const char *const words[] = {"from", "part", "density_g_cm3", NULL};
    const struct text_node *from;
    struct material m;

    memset(&m, 0, sizeof m);
    if (checked_name(r, n) != 0 || text_only(r->t, n, words, r->e) != 0 ||
        text_one(r->t, n, "from", &from, r->e) != 0)
        return -1;
    int old = index_of(r, n->arg[0]);
    if (old >= 0)
        return text_error(r->t, n, r->e, "'%s' is %s", n->arg[0],
                          r->local[old] ? "defined twice"
                                        : "used above this line; define it before its first use");
    if (read_parts(r, n, &m) != 0 ||
        text_set(r->t, n, "density_g_cm3", DENSITY_MIN, DENSITY_MAX, &m.density_g_cm3, r->e) != 0)
        return -1;
    if (!(m.density_g_cm3 > 0))
        return text_error(r->t, n, r->e, "'density_g_cm3' is missing");
    return add(r, n, &m, true);
}
