/* scatter: a line less what the item scatters onto it; eq. (7a) to (7c) of
 * doc/physics/radiograph.md. */
#include "kern/lanes.h"
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

/* Eq. (7b): what arrives in the middle of each cell. Four registers of cells at a time. */
static void
arrivals(const struct kern_scatter *g, const float *source, float *share)
{
    enum { WIDE = 4 * LANES };

    for (int at = 0; at < g->cells; at += WIDE) {
        lanes sum[4] = {{0}}, send;
        for (int j = 0; j < g->cells; j++)
            for (int k = 0; k < 4; k++) {
                LANES_LOAD(send, g->send + j * KERN_SCATTER_CELLS + at + k * LANES);
                sum[k] += send * source[j];
            }
        memcpy(share + at, sum, sizeof sum);
    }
}

typedef float eight __attribute__((vector_size(32)));

/* out[i] = in[i] - (from + slope * i), in eights as far as they go. */
static inline __attribute__((always_inline)) void
take_off(const float *restrict in, float from, float slope, float *restrict out, size_t n)
{
    eight x, ramp = {0, 1, 2, 3, 4, 5, 6, 7};
    size_t i = 0;

    for (; i + 8 <= n; i += 8, ramp += 8.0f) {
        memcpy(&x, in + i, sizeof x);
        x -= from + slope * ramp;
        memcpy(out + i, &x, sizeof x);
    }
    for (; i < n; i++)
        out[i] = in[i] - (from + slope * (float)(int)i);
}

/* Eq. (7c): between the middles of cells. */
void
KERN(kern_scatter)(const struct kern_scatter *g, const float *restrict in, float *restrict out,
                   size_t n)
{
    float source[KERN_SCATTER_CELLS], share[KERN_SCATTER_CELLS + 1];
    float from[KERN_SCATTER_CELLS], slope[KERN_SCATTER_CELLS];
    size_t cells = (size_t)g->cells, step = (size_t)g->step, half = step / 2, j = 0;
    float per_pixel = 1.0f / (float)step;

    if (n == 0)
        return; /* no cell to take a share from */
    sources(g, in, n, source);
    arrivals(g, source, share);
    share[cells] = share[cells - 1];
    for (size_t i = 0; i < cells; i++) {
        slope[i] = (share[i + 1] - share[i]) * per_pixel;
        from[i] = share[i] + 0.5f * slope[i];
    }
    take_off(in, share[0], 0, out, half < n ? half : n);
    for (size_t at = half; at + step <= n; at += step, j++)
        take_off(in + at, from[j], slope[j], out + at, step / 8 * 8);
    if (j * step + half < n)
        take_off(in + j * step + half, from[j], slope[j], out + j * step + half,
                 n - j * step - half);
}
