/* ct: see ct.h. */
#include "stage/ct.h"

#include <string.h>

#define LEFT_OUT (POSE_DARK | POSE_AIR | POSE_DOUBLED | POSE_MISSING | POSE_SUSPECT)

/* The block that holds `geometry`, or NULL. */
static const struct text_node *
find_block(const struct text *t)
{
    const struct text_node *import = text_find(t->root, "import"),
                           *scanner = text_find(t->root, "scanner");
    return import != NULL && text_find(import, "geometry") != NULL ? import
           : scanner != NULL                                       ? text_find(scanner, "gantry")
                                                                   : NULL;
}

/* A gantry says how many pixels it has; the lines must agree. */
static int
check_size(const struct text *t, const struct text_node *in, const char *word, int32_t have,
           struct err *e)
{
    const struct text_node *n;
    int64_t said;

    if (text_one(t, in, word, &n, e) != 0)
        return -1;
    if (n == NULL)
        return 0;
    if (text_args(t, n, 1, 1, e) != 0 || text_whole(t, n, 0, 1, CT_COLS_MAX, &said, e) != 0)
        return -1;
    return said == have ? 0
                        : text_error(t, n, e, "the scanner has %d, the lines of the tape have %d",
                                     (int)said, have);
}

int
ct_from_about(const char *about, int32_t rows, int32_t cols, struct ct_geometry *g, struct err *e)
{
    const struct text_node *in, *n;
    struct text t;

    if (text_parse(&t, "the tape's text", about, strlen(about), e) != 0)
        return -1;
    in = find_block(&t);
    int result = in == NULL ? err_set(e, ERR_INPUT,
                                      "the tape does not say how its source and detector turn "
                                      "(import or gantry, geometry)")
                 : check_size(&t, in, "rows", rows, e) != 0 ||
                         check_size(&t, in, "cols", cols, e) != 0 ||
                         text_need(&t, in, "geometry", &n, e) != 0
                     ? -1
                     : ct_geometry_read(&t, n, rows, cols, g, e);
    text_free(&t);
    return result;
}

double
ct_voxel_mm(const char *about)
{
    struct text t;
    struct err e;
    double mm = 0;

    if (text_parse(&t, "the tape's text", about, strlen(about), &e) != 0)
        return 0;
    for (const struct text_node *n = t.root->first; n != NULL; n = n->next)
        for (const struct text_node *s = n->first; strcmp(n->word, "recipe") == 0 && s != NULL;
             s = s->next)
            if (text_find(s, "voxel_mm") != NULL &&
                text_set(&t, s, "voxel_mm", 0, 1e6, &mm, &e) != 0)
                mm = 0;
    text_free(&t);
    return mm;
}

struct ct_view
ct_view_of(const struct pose *p)
{
    return (struct ct_view){(double)p->gantry_rad, (double)p->belt_mm, (p->flags & LEFT_OUT) == 0};
}
