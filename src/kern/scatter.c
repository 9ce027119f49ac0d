/* scatter: a line less what the item scatters onto it; eq. (7a) to (7c) of
 * doc/physics/radiograph.md. */
#include "kern/level.h"
#include "kern/math.h"

#define LOOKS 4 /* pixels of a cell that are looked at */
#define LEAST 1e-5f

/* Eq. (7a): how much the cells send, up to a factor. */
static void
sources(const struct kern_scatter *g, const float *in, size_t n, float *out)
{
    float look[LOOKS * KERN_SCATTER_CELLS];
    size_t cells = (size_t)g->cells, step = (size_t)g->step;

    for (size_t k = 0; k < LOOKS; k++)
        for (size_t j = 0; j < cells; j++) {
            size_t p = j * step + (2 * k + 1) * step / (2 * LOOKS);
            look[k * cells + j] = in[p < n ? p : n - 1];
        }
    for (size_t i = 0; i < LOOKS * cells; i++) {
        float t = kern_min(kern_max(look[i], LEAST), 1.0f), a = -kern_log(t);
        look[i] = t * a * (1.0f + g->bend * a);
    }
    for (size_t j = 0; j < cells; j++)
        out[j] = 0.25f * (look[j] + look[cells + j] + look[2 * cells + j] + look[3 * cells + j]);
}

void
KERN(kern_scatter)(const struct kern_scatter *g, const float *restrict in, float *restrict out,
                   size_t n)
{
    float source[KERN_SCATTER_CELLS], share[KERN_SCATTER_CELLS] = {0};
    size_t cells = (size_t)g->cells, step = (size_t)g->step, half = step / 2;
    float per_pixel = 1.0f / (float)step;

    sources(g, in, n, source);
    for (size_t j = 0; j < cells; j++)
        for (size_t i = 0; i < cells; i++)
            share[i] += g->send[j * cells + i] * source[j];
    for (size_t i = 0; i < half && i < n; i++)
        out[i] = in[i] - share[0];
    for (size_t j = 0; j < cells; j++) { /* from the middle of a cell to that of the next */
        size_t first = j * step + half, last = first + step;
        float slope = j + 1 < cells ? (share[j + 1] - share[j]) * per_pixel : 0.0f;
        float from = share[j] + 0.5f * slope;
        last = last < n ? last : n;
        for (size_t i = first; i < last; i++)
            out[i] = in[i] - (from + slope * (float)(int)(i - first));
    }
}
