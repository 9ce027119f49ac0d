/* ct_cone: back-projection of a cone beam with slices innermost: along them the row moves in equal
 * steps; eq. (10) of doc/physics/ct.md. */
#include "kern/level.h"
#include "kern/math.h"

/* One voxel column in one view: sixteen slices from k0 on. */
static inline void
cone_part(const struct kern_ct_rays *r, size_t v, size_t i, float *restrict sum, float k0)
{
    size_t at = v * r->pitch + i;
    const float *restrict a = r->data[v] + (size_t)r->column[at] * r->stride;
    const float *restrict b = a + r->stride;
    float near = r->near[at], far = r->far[at], row = r->row[at], step = r->row_step[at];

    for (int k = 0; k < 16; k++) {
        float x = kern_min(kern_max(row + (k0 + (float)k) * step, 0.0f), r->last_row);
        int32_t cell = (int32_t)x;
        float part = x - (float)cell;
        size_t c = (size_t)(cell - r->base);
        float lower = near * a[c] + far * b[c], upper = near * a[c + 1] + far * b[c + 1];
        sum[k] += lower + part * (upper - lower);
    }
}

void
KERN(kern_ct_cone)(const struct kern_ct_rays *r, float *restrict sum, size_t depth, size_t n)
{
    for (size_t i = 0; i < n; i++, sum += depth)
        for (size_t v = 0; v < (size_t)r->views; v++)
            for (size_t k = 0; k < depth; k += 16)
                cone_part(r, v, i, sum + k, r->first_slice + (float)(int)k);
}
