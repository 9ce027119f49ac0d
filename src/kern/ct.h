/* ct: where a voxel is seen; what the kernels of back-projection share, so that they agree in every
 * bit. */
#ifndef KERN_CT_H
#define KERN_CT_H

#include "kern/math.h"
#include "kern/types.h"

struct ct_hit {
    int32_t column;
    float near, far; /* weights of that column and the next */
    float per_depth; /* 1 / distance from the source */
};

/* From a position among padded columns; what is outside falls on columns of zeros. */
static inline struct ct_hit
ct_hit_at(float position, float last, float weight, float per_depth)
{
    float x = kern_min(kern_max(position, 0.0f), last);
    int32_t column = (int32_t)x;
    float far = (x - (float)column) * weight;

    return (struct ct_hit){column, weight - far, far, per_depth};
}

static inline struct ct_hit
ct_hit_flat(const struct kern_ct_aim *g, float i)
{
    float per = 1.0f / (g->depth + i * g->depth_step), scale = g->source * per;

    return ct_hit_at(g->axis + (g->across + i * g->across_step) * per, g->last, scale * scale, per);
}

/* atan(x), error below 2 ulp (Moshier's Cephes, atanf). */
static inline float
kern_atan(float x)
{
    float a = x < 0 ? -x : x;
    int high = a > 2.414213562373095f, middle = a > 0.4142135623730950f;
    float t = high ? -1.0f / a : middle ? (a - 1.0f) / (a + 1.0f) : a;
    float base = high ? 1.57079632679489662f : middle ? 0.78539816339744831f : 0.0f;
    float z = t * t;
    float y = (((8.05374449538e-2f * z - 1.38776856032e-1f) * z + 1.99777106478e-1f) * z -
               3.33329491539e-1f) *
                  z * t +
              t;

    y = base + y;
    return x < 0 ? -y : y;
}

static inline struct ct_hit
ct_hit_curved(const struct kern_ct_aim *g, float i)
{
    float p = g->across + i * g->across_step, w = g->depth + i * g->depth_step;
    float per = 1.0f / __builtin_sqrtf(p * p + w * w), scale = g->source * per;

    return ct_hit_at(g->axis + g->arc * kern_atan(p / w), g->last, scale * scale, per);
}

#endif
