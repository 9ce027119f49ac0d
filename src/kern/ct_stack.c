/* ct_stack: back-projection of a stack of slices that see the same columns (parallel beam, fan):
 * slices lie innermost, so nothing is gathered; eq. (10) of doc/physics/ct.md. */
#include "kern/lanes.h"
#include "kern/level.h"

#define PARTS 4

/* `parts` registers of slices of one voxel, which stay in registers over the views. */
static inline __attribute__((always_inline)) void
stack_parts(const struct kern_ct_rays *r, size_t i, float *restrict sum, size_t from,
            const int parts)
{
    lanes s[PARTS], a, b;

    for (int p = 0; p < parts; p++)
        LANES_LOAD(s[p], sum + LANES * p);
    for (size_t v = 0; v < (size_t)r->views; v++) {
        size_t at = v * r->pitch + i;
        const float *here = r->data[v] + (size_t)r->column[at] * r->stride + from;
        const float *next = here + r->stride;
        float near = r->near[at], far = r->far[at];
        for (int p = 0; p < parts; p++) {
            LANES_LOAD(a, here + LANES * p);
            LANES_LOAD(b, next + LANES * p);
            s[p] += near * a + far * b;
        }
    }
    for (int p = 0; p < parts; p++)
        LANES_STORE(sum + LANES * p, s[p]);
}

void
KERN(kern_ct_stack)(const struct kern_ct_rays *r, float *restrict sum, size_t depth, size_t n)
{
    for (size_t i = 0; i < n; i++, sum += depth) {
        size_t k = 0;
        for (; k + PARTS * LANES <= depth; k += PARTS * LANES)
            stack_parts(r, i, sum + k, k, PARTS);
        for (; k < depth; k += LANES)
            stack_parts(r, i, sum + k, k, 1);
    }
}
