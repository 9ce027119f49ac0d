/* helix_aim: where the voxels of a line are seen in a parallel view whose source stands at another
 * z in every column; eqs (19) and (20) of doc/physics/ct.md. */
#include "kern/level.h"
#include "kern/math.h"

void
KERN(kern_helix_aim)(const struct kern_helix_aim *a, int32_t *restrict column, float *restrict near,
                     float *restrict far, float *restrict row, float *restrict row_step, size_t n)
{
    const struct kern_helix_aim g = *a;

    for (size_t i = 0; i < n; i++) {
        float p = g.across + (float)(int)i * g.across_step;
        float q = g.along + (float)(int)i * g.along_step;
        float per = 1.0f / (__builtin_sqrtf(kern_max(g.source2 - p * p * g.pitch2, 1.0f)) + q);
        float x = kern_min(kern_max(g.axis + p + 1.0f, 0.0f), g.last);
        int32_t c = (int32_t)x;
        float part = x - (float)c;
        column[i] = c;
        near[i] = 1.0f - part;
        far[i] = part;
        row_step[i] = g.row_per_mm * per;
    }
    for (size_t i = 0; i < n; i++) { /* apart: only this looks things up */
        int32_t c = column[i], z = c < 1 ? 0 : c > g.cols - 1 ? g.cols - 2 : c - 1;
        row[i] = near[i] * g.z[z] + far[i] * g.z[z + 1];
    }
    for (size_t i = 0; i < n; i++) {
        row[i] = g.row_axis + (g.first_mm - row[i]) * row_step[i];
        row_step[i] = g.slice_mm * row_step[i];
    }
}
