/* scene_fuzz: any text gives a scene or a sentence; what a ray crosses is never longer than the
 * ray. Scenes may not name mesh files here. */
#include "base/rng.h"
#include "twin/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SOLIDS_MAX 20000 /* larger scenes are legal, but slow a fuzzer down */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
shoot(const struct scene *s, uint64_t i)
{
    struct rng r = rng_start(1, i);
    double low[3], high[3], a[3], b[3], square = 0, sum = 0;
    struct scene_path path;

    scene_box(s, low, high);
    for (int k = 0; k < 3; k++) {
        if (!(low[k] <= high[k]))
            abort();
        a[k] = rng_range(&r, low[k] - 1, high[k] + 1);
        b[k] = i % 4 == (uint64_t)k ? a[k] : rng_range(&r, low[k] - 1, high[k] + 1);
        square += (b[k] - a[k]) * (b[k] - a[k]);
    }
    scene_trace(s, a, b, &path);
    for (int k = 0; k < path.n; k++) {
        if (!(path.mm[k] > 0) || path.material[k] >= scene_materials(s) ||
            (k > 0 && path.material[k] <= path.material[k - 1]))
            abort();
        sum += path.mm[k];
    }
    if (!(sum <= sqrt(square) * (1 + 1e-9) + 1e-9))
        abort();
}

static bool
names_a_file(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i + 4 <= n; i++)
        if (memcmp(bytes + i, "mesh", 4) == 0)
            return true;
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct text t;
    struct err e = {.code = ERR_NONE};
    struct scene *s;

    if (n > 20000 || names_a_file(bytes, n) ||
        text_parse(&t, "fuzz", (const char *)bytes, n, &e) != 0)
        return 0;
    if (scene_parse(&t, "", &s, &e) != 0) {
        if (e.code == ERR_NONE || e.text[0] == '\0')
            abort();
        text_free(&t);
        return 0;
    }
    text_free(&t);
    for (uint64_t i = 0; i < 20 && scene_solids(s) <= SOLIDS_MAX; i++)
        shoot(s, i);
    scene_free(s);
    return 0;
}
