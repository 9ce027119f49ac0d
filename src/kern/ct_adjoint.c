/* ct_adjoint: the transpose of ct_forward, sixteen slices at once. */
#include "kern/ct_strip.h"
#include "kern/level.h"

typedef float lanes __attribute__((vector_size(4 * KERN_LANES), aligned(4)));

void
KERN(kern_ct_adjoint)(const struct kern_ct_line *l, const float *restrict rays,
                      float *restrict voxels)
{
    const float size = (float)l->size;
    int32_t c = ct_first(l);
    float begin = ct_edge(l, c);

    for (; c < l->rays && begin < size; c++) {
        float end = ct_edge(l, c + 1), low = kern_max(begin, 0.0f), high = kern_min(end, size);
        lanes ray = l->length[c] / (end - begin) * *(const lanes *)(rays + c * l->ray);
        for (int32_t i = (int32_t)low; (float)i < high; i++)
            *(lanes *)(voxels + i * l->voxel) += ct_overlap(low, high, i) * ray;
        begin = end;
    }
}
