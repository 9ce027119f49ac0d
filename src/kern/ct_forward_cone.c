/* ct_forward_cone: ct_forward where rays climb: columns of slices are laid together across the
 * strip and then shared out to the rows; eq. (42) of doc/physics/ct.md. */
#include "kern/ct_resample.h"
#include "kern/level.h"

static void
gather_columns(const struct kern_ct_line *l, const struct ct_resample *r, float low, float high,
               const float *restrict voxels, float *restrict column)
{
    for (int32_t k = r->in_begin; k < r->in_end + CT_RESAMPLE_PAD; k++)
        column[k] = 0.0f;
    for (int32_t i = (int32_t)low; (float)i < high; i++) {
        const float *restrict in = voxels + i * l->voxel;
        float w = ct_overlap(low, high, i);
        for (int32_t k = r->in_begin; k < r->in_end; k++)
            column[k] += w * in[k];
    }
}

void
KERN(kern_ct_forward_cone)(const struct kern_ct_line *l, const struct kern_ct_cone *z,
                           const float *restrict voxels, float *restrict rays)
{
    const float size = (float)l->size;
    int32_t c = ct_first(l);
    float begin = ct_edge(l, c), column[KERN_CT_ROOM + CT_RESAMPLE_PAD];

    for (; c < l->rays && begin < size; c++) {
        float end = ct_edge(l, c + 1), low = kern_max(begin, 0.0f), high = kern_min(end, size);
        float step = z->away * z->rise[c], scale = l->length[c] / ((end - begin) * step);
        struct ct_resample r = ct_resample_plan(z->foot - z->axis * step, step, z->rows, z->slices);
        begin = end;
        gather_columns(l, &r, low, high, voxels, column);
        ct_resample(&r, scale, column, rays + c * l->ray);
    }
}
