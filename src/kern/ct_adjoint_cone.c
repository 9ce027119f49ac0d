/* ct_adjoint_cone: the transpose of ct_forward_cone. */
#include "kern/ct_resample.h"
#include "kern/level.h"

void
KERN(kern_ct_adjoint_cone)(const struct kern_ct_line *l, const struct kern_ct_cone *z,
                           const float *restrict rays, float *restrict voxels)
{
    const float size = (float)l->size;
    int32_t c = ct_first(l);
    float begin = ct_edge(l, c);
    float ray[KERN_CT_ROOM + CT_RESAMPLE_PAD], column[KERN_CT_ROOM + CT_RESAMPLE_PAD];

    for (; c < l->rays && begin < size; c++) {
        float end = ct_edge(l, c + 1), low = kern_max(begin, 0.0f), high = kern_min(end, size);
        float step = z->away * z->rise[c], scale = l->length[c] / (end - begin);
        struct ct_resample r =
            ct_resample_plan(z->axis - z->foot / step, 1.0f / step, z->slices, z->rows);
        const float *restrict in = rays + c * l->ray, *restrict slant = z->slant + c * l->ray;
        begin = end;
        for (int32_t k = r.in_begin; k < r.in_end + CT_RESAMPLE_PAD; k++)
            ray[k] = k < r.in_end ? in[k] * slant[k] : 0.0f;
        for (int32_t k = r.out_begin; k < r.out_end; k++)
            column[k] = 0.0f;
        ct_resample(&r, scale, ray, column);
        for (int32_t i = (int32_t)low; (float)i < high; i++) {
            float *restrict out = voxels + i * l->voxel, w = ct_overlap(low, high, i);
            for (int32_t k = r.out_begin; k < r.out_end; k++)
                out[k] += w * column[k];
        }
    }
}
