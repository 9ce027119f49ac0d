/* ct_forward: strip integrals of a line of voxels (distance-driven; De Man & Basu 2004), sixteen
 * slices at once; eq. (41) of doc/physics/ct.md. */
#include "kern/ct_strip.h"
#include "kern/level.h"

typedef float lanes __attribute__((vector_size(4 * KERN_LANES), aligned(4)));

void
KERN(kern_ct_forward)(const struct kern_ct_line *l, const float *restrict voxels,
                      float *restrict rays)
{
    const float size = (float)l->size;
    int32_t c = ct_first(l);
    float begin = ct_edge(l, c);

    for (; c < l->rays && begin < size; c++) {
        float end = ct_edge(l, c + 1), low = kern_max(begin, 0.0f), high = kern_min(end, size);
        lanes sum = {0};
        for (int32_t i = (int32_t)low; (float)i < high; i++)
            sum += ct_overlap(low, high, i) * *(const lanes *)(voxels + i * l->voxel);
        *(lanes *)(rays + c * l->ray) += l->length[c] / (end - begin) * sum;
        begin = end;
    }
}
