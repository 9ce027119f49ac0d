/* mesh_fuzz: any bytes give a closed mesh or a sentence; rays through a mesh always come out. */
#include "base/rng.h"
#include "twin/mesh.h"
#include "twin/scene_parts.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
shoot(const struct mesh *m, uint64_t i)
{
    struct rng r = rng_start(1, i);
    struct scene_span span[SCENE_SPANS_MAX];
    struct scene_ray ray = {.from = -1e7, .to = 1e7};
    double low[3], high[3], square = 0;

    for (int k = 0; k < 3; k++) {
        double u[3] = {k == 0, k == 1, k == 2};
        mesh_reach(m, u, &low[k], &high[k]);
        ray.o[k] = rng_range(&r, low[k], high[k]);
        ray.d[k] = rng_normal(&r);
        square += ray.d[k] * ray.d[k];
    }
    for (int k = 0; k < 3; k++)
        ray.d[k] /= sqrt(square);
    int n = mesh_spans(m, &ray, span);
    for (int k = 0; k < n; k++)
        if (!(span[k].in < span[k].out && span[k].in > -1e7 && span[k].out < 1e7))
            abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct err e = {.code = ERR_NONE};
    struct mesh *m;

    if (mesh_parse("fuzz", bytes, n, 1, &m, &e) != 0) {
        if (e.code == ERR_NONE || e.text[0] == '\0')
            abort();
        return 0;
    }
    for (uint64_t i = 0; i < 20; i++)
        shoot(m, i);
    mesh_free(m);
    return 0;
}
