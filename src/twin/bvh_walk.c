/* bvh_walk: see bvh.h. Four boxes a step; the portable lines and the SSE2 ones give the same bits,
 * and SSE2 saves a fifth of a whole ray's time (bench/bench_scene). */
#include "twin/bvh.h"

#include <math.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

void
bvh_start(struct bvh_walk *w, const struct bvh *b, const double o[3], const double d[3],
          double reach)
{
    for (int i = 0; i < 3; i++) {
        double inverse = fabs(d[i]) > 1e-20 ? 1.0 / d[i] : 1e20;
        w->o[i] = (float)(o[i] - b->centre[i]);
        w->inverse[i] = (float)inverse;
        w->down[i] = inverse < 0;
    }
    w->from = (float)(-b->margin);
    w->to = (float)(reach * (1 + 1e-6) + b->margin);
    w->node = b->node;
    w->stack[0] = 0;
    w->depth = 1;
}

/* Bit k set: the ray may touch child k. */
#ifdef __SSE2__
static int
touched(const struct bvh_walk *w, const struct bvh_node *n)
{
    __m128 in = _mm_set1_ps(w->from), out = _mm_set1_ps(w->to);
    for (int i = 0; i < 3; i++) {
        __m128 o = _mm_set1_ps(w->o[i]), inverse = _mm_set1_ps(w->inverse[i]);
        const float *near = w->down[i] ? n->high[i] : n->low[i];
        const float *far = w->down[i] ? n->low[i] : n->high[i];
        in = _mm_max_ps(in, _mm_mul_ps(_mm_sub_ps(_mm_loadu_ps(near), o), inverse));
        out = _mm_min_ps(out, _mm_mul_ps(_mm_sub_ps(_mm_loadu_ps(far), o), inverse));
    }
    return _mm_movemask_ps(_mm_cmple_ps(in, out));
}
#else
static int
touched(const struct bvh_walk *w, const struct bvh_node *n)
{
    int mask = 0;
    for (int k = 0; k < 4; k++) {
        float in = w->from, out = w->to;
        for (int i = 0; i < 3; i++) {
            float near = w->down[i] ? n->high[i][k] : n->low[i][k];
            float far = w->down[i] ? n->low[i][k] : n->high[i][k];
            float a = (near - w->o[i]) * w->inverse[i], b = (far - w->o[i]) * w->inverse[i];
            in = a > in ? a : in;
            out = b < out ? b : out;
        }
        mask |= (in <= out) << k;
    }
    return mask;
}
#endif

int
bvh_next(struct bvh_walk *w, int *first)
{
    while (w->depth > 0) {
        int32_t at = w->stack[--w->depth];
        if (at < 0) {
            *first = (-1 - at) >> 3;
            return (-1 - at) & 7;
        }
        const struct bvh_node *n = &w->node[at];
        int mask = touched(w, n);
        bool down = w->down[n->axis];
        for (int i = 0; i < 4; i++) { /* the nearest is pushed last */
            int k = down ? i : 3 - i;
            if (mask >> k & 1)
                w->stack[w->depth++] = n->child[k];
        }
    }
    return 0;
}
