/* scene_read: see scene_read.h and doc/format/scene.md. One table row per word. */
#include "twin/scene_read.h"

#include "twin/mesh.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_LETTERS 200
#define TURN_DEG_MAX 3600
#define TRIANGLES_MAX (4 * MESH_TRIANGLES_MAX)

struct word {
    const char *word;
    enum scene_part_kind part;
    enum scene_kind solid;
    int (*read)(struct scene_reading *r, const struct text_node *n, struct scene_part *p);
    const char *fields[3]; /* besides material, at_mm, rotate_deg */
};

static int
size_field(struct scene_reading *r, const struct text_node *n, const char *word, int count,
           double least, double *out)
{
    const struct text_node *field;

    if (text_need(r->t, n, word, &field, r->e) != 0)
        return -1;
    return text_numbers(r->t, field, count, least, SCENE_SIZE_MM_MAX, out, r->e);
}

static int
read_box(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    if (size_field(r, n, "size_mm", 3, SCENE_SIZE_MM_MIN, p->solid.size_mm) != 0)
        return -1;
    for (int i = 0; i < 3; i++)
        p->solid.size_mm[i] *= 0.5;
    return 0;
}

static int
read_sphere(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    return size_field(r, n, "radius_mm", 1, SCENE_SIZE_MM_MIN, p->solid.size_mm);
}

static int
read_ellipsoid(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    return size_field(r, n, "radii_mm", 3, SCENE_SIZE_MM_MIN, p->solid.size_mm);
}

static int
read_height(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    double height;

    if (size_field(r, n, "height_mm", 1, SCENE_SIZE_MM_MIN, &height) != 0)
        return -1;
    p->solid.size_mm[2] = 0.5 * height;
    return 0;
}

static int
read_cylinder(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    return read_sphere(r, n, p) != 0 ? -1 : read_height(r, n, p);
}

static int
read_cone(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    const double *size = p->solid.size_mm;

    if (size_field(r, n, "radii_mm", 2, 0, p->solid.size_mm) != 0)
        return -1;
    if (size[0] < SCENE_SIZE_MM_MIN && size[1] < SCENE_SIZE_MM_MIN)
        return text_error(r->t, text_find(n, "radii_mm"), r->e, "one radius must be at least %g",
                          SCENE_SIZE_MM_MIN);
    return read_height(r, n, p);
}

static int
read_torus(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    double *size = p->solid.size_mm;

    if (read_sphere(r, n, p) != 0 ||
        size_field(r, n, "tube_mm", 1, SCENE_SIZE_MM_MIN, &size[1]) != 0)
        return -1;
    if (size[1] > size[0])
        return text_error(r->t, text_find(n, "tube_mm"), r->e,
                          "%g is larger than radius_mm %g: the ring would have no hole", size[1],
                          size[0]);
    return 0;
}

/* A file that is used twice is read once. */
static int
find_mesh(struct scene_reading *r, const struct text_node *n, const char *file, double scale,
          uint32_t *shape)
{
    char key[1400], path[1300];
    struct scene *s = r->s;
    struct err inner;

    bool whole = file[0] == '/' || r->folder == NULL || r->folder[0] == '\0';
    if (snprintf(path, sizeof path, "%s%s%s", whole ? "" : r->folder, whole ? "" : "/", file) >=
        (int)sizeof path)
        return text_error(r->t, n, r->e, "the name is too long");
    snprintf(key, sizeof key, "%.17g %s", scale, path);
    for (*shape = 0; *shape < (uint32_t)s->meshes; ++*shape)
        if (strcmp(r->mesh_key[*shape], key) == 0)
            return 0;
    if (s->meshes == SCENE_MESHES_MAX)
        return text_error(r->t, n, r->e, "more than %d different meshes", SCENE_MESHES_MAX);
    if (mesh_load(path, scale, &s->mesh[s->meshes], &inner) != 0)
        return text_error(r->t, n, r->e, "%s", inner.text);
    r->mesh_key[s->meshes] = arena_text(&r->parts, key, strlen(key));
    r->triangles += mesh_triangles(s->mesh[s->meshes++]);
    if (r->triangles > TRIANGLES_MAX)
        return text_error(r->t, n, r->e, "more than %d triangles in all meshes", TRIANGLES_MAX);
    return 0;
}

static int
read_mesh(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    const struct text_node *file;
    double scale = 1;

    if (text_need(r->t, n, "file", &file, r->e) != 0 || text_args(r->t, file, 1, 1, r->e) != 0 ||
        text_set(r->t, n, "scale", 1e-6, 1e6, &scale, r->e) != 0)
        return -1;
    return find_mesh(r, file, file->arg[0], scale, &p->solid.shape);
}

static int
read_truth(struct scene_reading *r, const struct text_node *n, const char *word,
           struct scene_part *p)
{
    const struct text_node *field;

    if (text_one(r->t, n, word, &field, r->e) != 0)
        return -1;
    if (field == NULL)
        return 0;
    if (text_args(r->t, field, 1, 1, r->e) != 0)
        return -1;
    if (p->threat != NULL)
        return text_error(r->t, field, r->e, "a group is either a threat or a label, not both");
    if (field->arg[0][0] == '\0' || strlen(field->arg[0]) > NAME_MAX_LETTERS)
        return text_error(r->t, field, r->e, "a kind has 1 to %d letters", NAME_MAX_LETTERS);
    p->threat = field->arg[0];
    p->is_threat = word[0] == 't';
    return 0;
}

static int
read_group(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    if (text_args(r->t, n, 0, 1, r->e) != 0)
        return -1;
    p->name = n->n_args == 1 ? n->arg[0] : NULL;
    if (p->name != NULL && strlen(p->name) > NAME_MAX_LETTERS)
        return text_error(r->t, n, r->e, "a name has at most %d letters", NAME_MAX_LETTERS);
    return read_truth(r, n, "threat", p) != 0 ? -1 : read_truth(r, n, "label", p);
}

static int
read_repeat(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    const struct text_node *count, *step;

    if (text_need(r->t, n, "count", &count, r->e) != 0 ||
        text_need(r->t, n, "step_mm", &step, r->e) != 0 || text_args(r->t, count, 3, 3, r->e) != 0)
        return -1;
    for (int i = 0; i < 3; i++) {
        int64_t v;
        if (text_whole(r->t, count, i, 1, SCENE_SOLIDS_MAX, &v, r->e) != 0)
            return -1;
        p->count[i] = (int)v;
    }
    return text_numbers(r->t, step, 3, -SCENE_PLACE_MM_MAX, SCENE_PLACE_MM_MAX, p->step_mm, r->e);
}

static int
read_nothing(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    (void)p;
    return text_args(r->t, n, 0, 0, r->e);
}

static const struct word words[] = {
    {"box", PART_SOLID, SOLID_BOX, read_box, {"size_mm"}},
    {"sphere", PART_SOLID, SOLID_SPHERE, read_sphere, {"radius_mm"}},
    {"ellipsoid", PART_SOLID, SOLID_ELLIPSOID, read_ellipsoid, {"radii_mm"}},
    {"cylinder", PART_SOLID, SOLID_CYLINDER, read_cylinder, {"radius_mm", "height_mm"}},
    {"cone", PART_SOLID, SOLID_CONE, read_cone, {"radii_mm", "height_mm"}},
    {"torus", PART_SOLID, SOLID_TORUS, read_torus, {"radius_mm", "tube_mm"}},
    {"mesh", PART_SOLID, SOLID_MESH, read_mesh, {"file", "scale"}},
    {"difference", PART_DIFFERENCE, SOLID_BOOLEAN, read_nothing, {NULL}},
    {"intersection", PART_INTERSECTION, SOLID_BOOLEAN, read_nothing, {NULL}},
    {"group", PART_GROUP, SOLID_BOOLEAN, read_group, {"threat", "label"}},
    {"repeat", PART_REPEAT, SOLID_BOOLEAN, read_repeat, {"count", "step_mm"}},
};
#define WORDS ((int)(sizeof words / sizeof *words))

static const struct word *
word_of(const char *name)
{
    for (int i = 0; i < WORDS; i++)
        if (strcmp(words[i].word, name) == 0)
            return &words[i];
    return NULL;
}

/* Refuses words that do not belong in this block; an operand has neither material nor truth. */
static int
check_words(struct scene_reading *r, const struct text_node *n, const struct word *w, bool operand)
{
    const char *known[WORDS + 8];
    int count = 0;

    for (int i = 0; i < 3 && w->fields[i] != NULL; i++)
        if (!operand || w->part != PART_GROUP)
            known[count++] = w->fields[i];
    known[count++] = "at_mm";
    known[count++] = "rotate_deg";
    if (!operand)
        known[count++] = "material";
    for (int i = 0; i < WORDS && w->part != PART_SOLID; i++)
        known[count++] = words[i].word;
    known[count] = NULL;
    if (operand && text_find(n, "material") != NULL)
        return text_error(r->t, text_find(n, "material"), r->e,
                          "an operand has no material of its own; give it to the outermost "
                          "difference or intersection");
    return text_only(r->t, n, known, r->e);
}

static int
read_place(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    const struct text_node *at, *rotate;
    double deg[3] = {0};

    if (text_one(r->t, n, "at_mm", &at, r->e) != 0 ||
        text_one(r->t, n, "rotate_deg", &rotate, r->e) != 0)
        return -1;
    if (at != NULL &&
        text_numbers(r->t, at, 3, -SCENE_PLACE_MM_MAX, SCENE_PLACE_MM_MAX, p->at_mm, r->e) != 0)
        return -1;
    if (rotate != NULL &&
        text_numbers(r->t, rotate, 3, -TURN_DEG_MAX, TURN_DEG_MAX, deg, r->e) != 0)
        return -1;
    scene_turn_set(&p->turn, deg);
    return 0;
}

/* The `material NAME` line of a block; definitions (with braces) stand in groups only. */
static int
read_materials(struct scene_reading *r, const struct text_node *n, struct scene_part *p)
{
    const struct text_node *use = NULL;

    for (const struct text_node *m = n->first; m != NULL; m = m->next) {
        if (strcmp(m->word, "material") != 0)
            continue;
        if (m->block) {
            if (p->kind != PART_GROUP)
                return text_error(r->t, m, r->e, "materials are defined in a scene or a group");
            if (scene_material_define(r, m) != 0)
                return -1;
            continue;
        }
        if (use != NULL)
            return text_error(r->t, m, r->e, "given twice (first on line %d)", use->line);
        use = m;
        if (scene_material_use(r, m, &p->material) != 0)
            return -1;
    }
    return 0;
}

static int read_part(struct scene_reading *r, const struct text_node *n, bool operand,
                     int inherited, struct scene_part **out);

/* How many there are below, and that they are not too many. */
static int
count_solids(struct scene_reading *r, struct scene_part *p, bool operand)
{
    bool boolean = p->kind == PART_DIFFERENCE || p->kind == PART_INTERSECTION;
    bool inside = operand || boolean;
    int64_t most = inside ? SCENE_OPERANDS_MAX : SCENE_SOLIDS_MAX, copies = 1;
    const char *where = inside ? "in one difference or intersection" : "after repetition";

    p->solids = p->operands = p->nodes = 0;
    for (int i = 0; i < 3; i++) {
        copies *= p->count[i];
        if (copies > most)
            return text_error(r->t, p->node, r->e, "more than %lld copies", (long long)most);
    }
    for (const struct scene_part *c = p->first; c != NULL; c = c->next) {
        p->solids += c->solids;
        p->operands += c->operands;
        p->nodes += c->nodes;
        if (copies * p->solids > most || (inside && copies * (p->operands + p->nodes) > most))
            return text_error(r->t, p->node, r->e, "more than %lld solids %s", (long long)most,
                              where);
    }
    if (p->solids == 0)
        return text_error(r->t, p->node, r->e, "there is no solid in it");
    p->solids = boolean ? 1 : copies * p->solids;
    p->operands *= copies;
    p->nodes = copies * p->nodes + 1;
    return 0;
}

static int
read_children(struct scene_reading *r, const struct text_node *n, bool operand, int inherited,
              struct scene_part *p)
{
    bool inside = operand || p->kind == PART_DIFFERENCE || p->kind == PART_INTERSECTION;
    struct scene_part **tail = &p->first;

    for (const struct text_node *c = n->first; c != NULL; c = c->next) {
        if (word_of(c->word) == NULL)
            continue;
        if (read_part(r, c, inside, p->material >= 0 ? p->material : inherited, tail) != 0)
            return -1;
        tail = &(*tail)->next;
    }
    return count_solids(r, p, operand);
}

static int
read_part(struct scene_reading *r, const struct text_node *n, bool operand, int inherited,
          struct scene_part **out)
{
    const struct word *w = word_of(n->word);
    struct scene_part *p = arena_zero(&r->parts, 1, sizeof *p);

    *p = (struct scene_part){.node = n,
                             .kind = w->part,
                             .count = {1, 1, 1},
                             .material = -1,
                             .shape = -1,
                             .solids = 1,
                             .operands = 1};
    p->solid.kind = (uint8_t)w->solid;
    if (!n->block)
        return text_error(r->t, n, r->e, "'{' and its fields must follow");
    if (check_words(r, n, w, operand) != 0 || read_place(r, n, p) != 0 || w->read(r, n, p) != 0 ||
        read_materials(r, n, p) != 0)
        return -1;
    if (p->kind == PART_SOLID && n->n_args > 0)
        return text_error(r->t, n, r->e, "a solid has no name; put it in a group \"%.60s\"",
                          n->arg[0]);
    if (p->kind != PART_SOLID && read_children(r, n, operand, inherited, p) != 0)
        return -1;
    bool leaf = !operand && p->kind != PART_GROUP && p->kind != PART_REPEAT;
    if (leaf && p->material < 0)
        p->material = inherited;
    if (leaf && p->material < 0)
        return text_error(r->t, n, r->e,
                          "'material NAME' is missing, here and in the groups around it");
    *out = p;
    return 0;
}

int
scene_read(struct scene_reading *r, struct scene_part **root)
{
    static const char *const only[] = {"scene", NULL};
    static const struct word group = {"scene", PART_GROUP, SOLID_BOOLEAN, read_group, {NULL}};
    const struct text_node *n;

    if (text_only(r->t, r->t->root, only, r->e) != 0 ||
        text_need(r->t, r->t->root, "scene", &n, r->e) != 0)
        return -1;
    struct scene_part *p = arena_zero(&r->parts, 1, sizeof *p);
    *p = (struct scene_part){
        .node = n, .kind = PART_GROUP, .count = {1, 1, 1}, .material = -1, .shape = -1};
    if (!n->block)
        return text_error(r->t, n, r->e, "'{' and its solids must follow");
    if (check_words(r, n, &group, false) != 0 || read_place(r, n, p) != 0 ||
        read_group(r, n, p) != 0 || read_materials(r, n, p) != 0 ||
        read_children(r, n, false, -1, p) != 0)
        return -1;
    const char *name = p->name == NULL ? "" : p->name;
    r->s->name = arena_text(&r->s->arena, name, strlen(name));
    *root = p;
    return 0;
}
