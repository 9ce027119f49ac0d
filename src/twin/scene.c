/* scene: see scene.h: loading, and what a scene tells about itself. */
#include "twin/scene.h"

#include "base/arena.h"
#include "twin/bvh.h"
#include "twin/mesh.h"
#include "twin/scene_read.h"

#include <string.h>

int
scene_parse(const struct text *t, const char *folder, struct scene **s, struct err *e)
{
    bool local[SCENE_MATERIALS_MAX];
    struct scene *out = mem_zero(1, sizeof *out);
    struct scene_reading r = {.t = t, .folder = folder, .s = out, .e = e, .local = local};
    struct scene_part *root;

    out->material = mem_zero(SCENE_MATERIALS_MAX, sizeof *out->material);
    out->mesh = mem_zero(SCENE_MESHES_MAX, sizeof(struct mesh *));
    int result = scene_read(&r, &root);
    if (result == 0)
        result = scene_build(&r, root);
    arena_free(&r.parts);
    if (result != 0) {
        scene_free(out);
        return -1;
    }
    *s = out;
    return 0;
}

int
scene_load(const char *path, struct scene **s, struct err *e)
{
    struct text t;
    char folder[1024];
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash - path);

    if (n >= sizeof folder)
        return err_set(e, ERR_LIMIT, "%.60s...: the name is too long", path);
    memcpy(folder, path, n);
    folder[n] = '\0';
    if (text_load(&t, path, e) != 0)
        return -1;
    int result = scene_parse(&t, slash == path ? "/" : folder, s, e);
    text_free(&t);
    return result;
}

void
scene_free(struct scene *s)
{
    if (s == NULL)
        return;
    for (int i = 0; i < s->meshes; i++)
        mesh_free(s->mesh[i]);
    mem_free(s->mesh);
    mem_free(s->material);
    mem_free(s->solid);
    mem_free(s->truth);
    mem_free(s->at_order);
    mem_free(s->boolean);
    mem_free(s->turn);
    bvh_free(s->bvh);
    arena_free(&s->arena);
    mem_free(s);
}

const char *
scene_name(const struct scene *s)
{
    return s->name;
}

int
scene_solids(const struct scene *s)
{
    return s->solids;
}

int
scene_materials(const struct scene *s)
{
    return s->materials;
}

const struct material *
scene_material(const struct scene *s, int i)
{
    return &s->material[i];
}

void
scene_box(const struct scene *s, double low_mm[3], double high_mm[3])
{
    memcpy(low_mm, s->low_mm, sizeof s->low_mm);
    memcpy(high_mm, s->high_mm, sizeof s->high_mm);
}

int
scene_truths(const struct scene *s)
{
    return s->truths;
}

const struct scene_truth *
scene_truth(const struct scene *s, int i)
{
    return &s->truth[i];
}
