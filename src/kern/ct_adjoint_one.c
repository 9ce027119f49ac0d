/* ct_adjoint_one: ct_adjoint of a single slice. */
#include "kern/ct_strip.h"
#include "kern/level.h"

void
KERN(kern_ct_adjoint_one)(const struct kern_ct_line *l, const float *restrict rays,
                          float *restrict voxels)
{
    const float size = (float)l->size;
    int32_t c = ct_first(l);
    float begin = ct_edge(l, c);

    for (; c < l->rays && begin < size; c++) {
        float end = ct_edge(l, c + 1), low = kern_max(begin, 0.0f), high = kern_min(end, size);
        float ray = l->length[c] / (end - begin) * rays[c * l->ray];
        for (int32_t i = (int32_t)low; (float)i < high; i++)
            voxels[i] += ct_overlap(low, high, i) * ray;
        begin = end;
    }
}
