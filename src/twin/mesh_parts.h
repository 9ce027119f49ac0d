/* mesh_parts: the inside of a mesh, shared by mesh*.c. */
#ifndef TWIN_MESH_PARTS_H
#define TWIN_MESH_PARTS_H

#include "twin/bvh.h"
#include "twin/mesh.h"

/* A triangle's corners, right-handed seen from outside. Shared corners have the same bits. */
struct mesh_triangle {
    double v[3][3];
};

struct mesh {
    int n;
    struct mesh_triangle *triangle; /* in the order of the tree's leaves */
    struct bvh *bvh;
    double volume_mm3;
};

/* Signed volume of the tetrahedron from the origin. */
static inline double
mesh_triangle_volume(const struct mesh_triangle *t)
{
    const double(*v)[3] = t->v;
    return (v[0][0] * (v[1][1] * v[2][2] - v[1][2] * v[2][1]) +
            v[0][1] * (v[1][2] * v[2][0] - v[1][0] * v[2][2]) +
            v[0][2] * (v[1][0] * v[2][1] - v[1][1] * v[2][0])) /
           6;
}

/* mesh_stl: the triangles of a file, as they stand there; the caller frees *out with mem_free. */
int mesh_stl(const char *file, const uint8_t *bytes, size_t n, double scale,
             struct mesh_triangle **out, int *triangles, struct err *e) MUST_USE;
/* mesh_close: joins corners, drops triangles without area, turns them outwards, in place; an error
 * if the surface is not closed. */
int mesh_close(const char *file, struct mesh_triangle *t, int *n, struct err *e) MUST_USE;

#endif
