/* ct_stack: back-projection of a stack of slices that see the same columns (parallel beam, fan):
 * slices lie innermost, so nothing is gathered; eq. (10) of doc/physics/ct.md. */
#include "kern/level.h"

#define PART 64

static inline void
stack_part(const struct kern_ct_rays *r, size_t i, float *restrict sum, size_t from, size_t part)
{
    float s[PART];

    for (size_t k = 0; k < part; k++)
        s[k] = sum[k];
    for (size_t v = 0; v < (size_t)r->views; v++) {
        size_t at = v * r->pitch + i;
        const float *restrict a = r->data[v] + (size_t)r->column[at] * r->stride + from;
        const float *restrict b = a + r->stride;
        float near = r->near[at], far = r->far[at];
        for (size_t k = 0; k < part; k++)
            s[k] += near * a[k] + far * b[k];
    }
    for (size_t k = 0; k < part; k++)
        sum[k] = s[k];
}

void
KERN(kern_ct_stack)(const struct kern_ct_rays *r, float *restrict sum, size_t depth, size_t n)
{
    for (size_t i = 0; i < n; i++, sum += depth) {
        size_t k = 0;
        for (; k + PART <= depth; k += PART)
            stack_part(r, i, sum + k, k, PART);
        for (; k < depth; k += 16)
            stack_part(r, i, sum + k, k, 16);
    }
}
