/* ct_resample: strips of constant height against cells of height one, for columns of a cone; the
 * same for both directions, since the transpose has the inverse step. Eq. (42) of
 * doc/physics/ct.md. */
#ifndef KERN_CT_RESAMPLE_H
#define KERN_CT_RESAMPLE_H

#include "kern/ct_strip.h"

#define CT_RESAMPLE_PAD                                                                            \
    (KERN_CT_STEP + 4) /* floats behind `in` that are read, and count nothing                      \
                        */
#define CT_RESAMPLE_BLOCK 16

struct ct_resample {
    float start,
        step; /* output o takes part of inputs start + step * o to start + step * (o + 1) */
    int32_t out_begin, out_end, in_begin, in_end; /* what has any part */
    float in;                                     /* in_end */
};

static inline int32_t
ct_within(float x, int32_t n)
{
    return (int32_t)kern_min(kern_max(x, 0.0f), (float)n);
}

static inline struct ct_resample
ct_resample_plan(float start, float step, int32_t out, int32_t in)
{
    struct ct_resample r = {
        .start = start,
        .step = step,
    };

    r.out_begin = ct_within(-start / step - 1.0f, out);
    r.out_end = ct_within(((float)in - start) / step + 2.0f, out);
    r.in_begin = ct_within(start + step * (float)r.out_begin - 1.0f, in);
    r.in_end = ct_within(start + step * (float)r.out_end + 2.0f, in);
    r.in = (float)r.in_end;
    return r;
}

/* out[o] += scale * sum of overlap * in, for the outputs of the plan. */
static inline void
ct_resample(const struct ct_resample *r, float scale, const float *restrict in, float *restrict out)
{
    const int32_t taps = (int32_t)r->step + 2;

    for (int32_t o = r->out_begin; o < r->out_end; o += CT_RESAMPLE_BLOCK) {
        float low[CT_RESAMPLE_BLOCK], high[CT_RESAMPLE_BLOCK], sum[CT_RESAMPLE_BLOCK] = {0};
        int32_t at[CT_RESAMPLE_BLOCK], n = r->out_end - o;
        for (int32_t s = 0; s < CT_RESAMPLE_BLOCK; s++) {
            float x = (float)(o + s);
            low[s] = kern_min(kern_max(r->start + r->step * x, 0.0f), r->in);
            high[s] = kern_min(kern_max(r->start + r->step * (x + 1.0f), 0.0f), r->in);
            at[s] = (int32_t)low[s];
        }
        for (int32_t k = 0; k < taps; k++)
            for (int32_t s = 0; s < CT_RESAMPLE_BLOCK; s++)
                sum[s] += ct_overlap(low[s], high[s], at[s] + k) * in[at[s] + k];
        for (int32_t s = 0; s < CT_RESAMPLE_BLOCK && s < n; s++)
            out[o + s] += scale * sum[s];
    }
}

#endif
