/* ct_aim: where the voxels of a line are seen in a view, and what they weigh there; eqs (2) to (4)
 * and (10) of doc/physics/ct.md. */
#include "kern/ct.h"
#include "kern/level.h"

void
KERN(kern_ct_aim)(const struct kern_ct_aim *a, int32_t *restrict column, float *restrict near,
                  float *restrict far, float *restrict row, float *restrict row_step, size_t n)
{
    struct kern_ct_aim g = *a;

    if (g.arc != 0)
        for (size_t i = 0; i < n; i++) {
            struct ct_hit h = ct_hit_curved(&g, g.first + (float)(int)i);
            column[i] = h.column;
            near[i] = h.near;
            far[i] = h.far;
            row[i] = g.row_axis + g.row_zero * h.per_depth;
            row_step[i] = g.row_step * h.per_depth;
        }
    else
        for (size_t i = 0; i < n; i++) {
            struct ct_hit h = ct_hit_flat(&g, g.first + (float)(int)i);
            column[i] = h.column;
            near[i] = h.near;
            far[i] = h.far;
            row[i] = g.row_axis + g.row_zero * h.per_depth;
            row_step[i] = g.row_step * h.per_depth;
        }
}
