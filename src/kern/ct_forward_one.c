/* ct_forward_one: ct_forward of a single slice. */
#include "kern/ct_strip.h"
#include "kern/level.h"

void
KERN(kern_ct_forward_one)(const struct kern_ct_line *l, const float *restrict voxels,
                          float *restrict rays)
{
    const float size = (float)l->size;
    int32_t c = ct_first(l);
    float begin = ct_edge(l, c);

    for (; c < l->rays && begin < size; c++) {
        float end = ct_edge(l, c + 1), low = kern_max(begin, 0.0f), high = kern_min(end, size);
        float sum = 0.0f;
        for (int32_t i = (int32_t)low; (float)i < high; i++)
            sum += ct_overlap(low, high, i) * voxels[i];
        rays[c * l->ray] += l->length[c] / (end - begin) * sum;
        begin = end;
    }
}
