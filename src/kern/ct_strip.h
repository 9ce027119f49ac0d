/* ct_strip: where the strip of a ray crosses a line of voxels, shared by the projectors. Weights
 * are computed by the same operations in the same order everywhere, so that a projector and its
 * adjoint are transposes to the last bit. Eq. (41) of doc/physics/ct.md. */
#ifndef KERN_CT_STRIP_H
#define KERN_CT_STRIP_H

#include "kern/math.h"
#include "kern/types.h"

static inline float
ct_edge(const struct kern_ct_line *l, int32_t c)
{
    return l->base[c] + l->at * l->slope[c];
}

/* The first ray whose strip ends on the line or behind it. */
static inline int32_t
ct_first(const struct kern_ct_line *l)
{
    int32_t a = 0, b = l->rays;

    while (a < b) {
        int32_t c = (a + b) / 2;
        if (ct_edge(l, c + 1) > 0.0f)
            b = c;
        else
            a = c + 1;
    }
    return a;
}

/* How much of voxel i lies between low and high; both are on the line. */
static inline float
ct_overlap(float low, float high, int32_t i)
{
    float a = (float)i, b = a + 1.0f;
    return kern_max(kern_min(high, b) - kern_max(low, a), 0.0f);
}

#endif
