/* lag: takes the afterglow of earlier lines out of this one; eq. (2) of doc/physics/radiograph.md.
 * Recursive along lines, independent from pixel to pixel. */
#include "kern/level.h"
#include "kern/math.h"

#include <string.h>

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

#define BLOCK 256
#define STRIDE (BLOCK + 16) /* lest all parts of a state fall into the same set of the cache */

/* One line of one block. Interlaced energies share the afterglow: light is brought to common units
 * first. */
static void
lag_line(const struct kern_lag *g, size_t from, const float *restrict in,
         const float *restrict before, float *restrict after, float *restrict out, size_t n)
{
    struct kern_lag part = *g;
    float light[BLOCK];

    for (int k = 0; k < g->parts; k++)
        part.weight[k] += from;
    part.inverse += from;
    if (g->scale == NULL) {
        lag_any(&part, in, before, after, out, STRIDE, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        light[i] = in[i] * g->scale[from + i];
    lag_any(&part, light, before, after, out, STRIDE, n);
    for (size_t i = 0; i < n; i++)
        out[i] *= g->unscale[from + i];
}

/* Lines within blocks: the state of a block stays in the first cache over all of them. */
void
KERN(kern_lag)(int lines, const struct kern_lag *g, const float *const *in,
               const float *restrict before, float *restrict after, float *const *out,
               size_t stride, size_t n)
{
    float state[2][KERN_LAGS_MAX * STRIDE];

    for (size_t from = 0; from < n; from += BLOCK) {
        size_t m = n - from < BLOCK ? n - from : BLOCK;
        for (size_t k = 0; k < (size_t)g->parts; k++)
            memcpy(state[0] + k * STRIDE, before + k * stride + from, m * sizeof *before);
        for (int line = 0; line < lines; line++)
            lag_line(g + line, from, in[line] + from, state[line % 2], state[1 - line % 2],
                     out[line] + from, m);
        for (size_t k = 0; k < (size_t)g->parts; k++)
            memcpy(after + k * stride + from, state[lines % 2] + k * STRIDE, m * sizeof *after);
    }
}
