/* mesh: closed triangle meshes from STL files (binary or ASCII). A ray's crossings are decided by
 * exact signs, so a ray through an edge or a corner neither leaks nor counts twice. */
#ifndef TWIN_MESH_H
#define TWIN_MESH_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define MESH_TRIANGLES_MAX (1 << 20)
#define MESH_BYTES_MAX ((size_t)256 << 20)

struct mesh; /* read-only once made */
struct scene_ray;
struct scene_span;

/* Reads STL; lengths are multiplied by `scale`. Corners closer than 1e-4 of the mesh are joined
 * and wrongly turned triangles are turned where the surface closes then; a mesh that stays open is
 * refused (ERR_INPUT) with the place of a gap. `file` is only a name for messages. */
int mesh_parse(const char *file, const uint8_t *bytes, size_t n, double scale, struct mesh **m,
               struct err *e) MUST_USE;
int mesh_load(const char *path, double scale, struct mesh **m, struct err *e) MUST_USE;
void mesh_free(struct mesh *m); /* takes NULL */

int mesh_triangles(const struct mesh *m);
double mesh_volume_mm3(const struct mesh *m);
/* The least and the greatest of v . u over all corners v. */
void mesh_reach(const struct mesh *m, const double u[3], double *low, double *high);
/* As scene_solid_spans; the ray is in the mesh's own coordinates. */
int mesh_spans(const struct mesh *m, const struct scene_ray *r, struct scene_span *span);

#endif
