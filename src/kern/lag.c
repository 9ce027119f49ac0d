/* lag: takes the afterglow of earlier lines out of this one; eq. (2) of doc/physics/radiograph.md.
 * Recursive along lines, independent from pixel to pixel. */
#include "kern/level.h"
#include "kern/math.h"

/* parts is a constant where this is used, so the inner loops vanish. */
static inline __attribute__((always_inline)) void
lag_parts(const struct kern_lag *g, int parts, const float *restrict in,
          const float *restrict before, float *restrict after, float *restrict out, size_t stride,
          size_t n)
{
    float decay[KERN_LAGS_MAX], fresh[KERN_LAGS_MAX];
    const float *restrict weight[KERN_LAGS_MAX], *restrict inverse = g->inverse;

    for (int k = 0; k < parts; k++) {
        decay[k] = g->hold ? 1.0f : g->decay[k];
        fresh[k] = g->hold ? 0.0f : 1.0f - g->decay[k];
        weight[k] = g->weight[k];
    }
    KERN_LOOP
    for (size_t i = 0; i < n; i++) {
        float late = 0.0f;
        for (int k = 0; k < parts; k++)
            late += weight[k][i] * before[(size_t)k * stride + i];
        float s = (in[i] - late) * inverse[i];
        out[i] = s;
        for (int k = 0; k < parts; k++)
            after[(size_t)k * stride + i] =
                before[(size_t)k * stride + i] * decay[k] + fresh[k] * s;
    }
}

static void
lag_any(const struct kern_lag *g, const float *restrict in, const float *restrict before,
        float *restrict after, float *restrict out, size_t stride, size_t n)
{
    switch (g->parts) {
    case 1:
        lag_parts(g, 1, in, before, after, out, stride, n);
        break;
    case 2:
        lag_parts(g, 2, in, before, after, out, stride, n);
        break;
    case 3:
        lag_parts(g, 3, in, before, after, out, stride, n);
        break;
    default:
        lag_parts(g, 4, in, before, after, out, stride, n);
        break;
    }
}

#define BLOCK 512

/* Interlaced energies share the afterglow: light is brought to common units first. */
void
KERN(kern_lag)(const struct kern_lag *g, const float *restrict in, const float *restrict before,
               float *restrict after, float *restrict out, size_t stride, size_t n)
{
    float light[BLOCK];

    if (g->scale == NULL) {
        lag_any(g, in, before, after, out, stride, n);
        return;
    }
    for (size_t from = 0; from < n; from += BLOCK) {
        struct kern_lag part = *g;
        size_t m = n - from < BLOCK ? n - from : BLOCK;
        for (int k = 0; k < g->parts; k++)
            part.weight[k] += from;
        part.inverse += from;
        for (size_t i = 0; i < m; i++)
            light[i] = in[from + i] * g->scale[from + i];
        lag_any(&part, light, before + from, after + from, out + from, stride, m);
        for (size_t i = 0; i < m; i++)
            out[from + i] *= g->unscale[from + i];
    }
}
