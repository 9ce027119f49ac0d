/* bench_kern: every kernel on planes that stay in the cache, beside its naive version. */
#include "cmd/bench.h"

#include "../bench/naive.h"
#include "base/arena.h"

#include <string.h>

#define N 16384 /* elements: a few lines, as in a turn of the engine */

static struct {
    uint32_t *counts;
    float *f[12];
    uint8_t *mask[3];
    int32_t *at;
    const struct kern *kern;
} v;

static const float *const *
lines_of(int first)
{
    static const float *line[2][3];
    for (int k = 0; k < 3; k++)
        line[first != 0][k] = v.f[first + k];
    return line[first != 0];
}

static void
k_copy(void *arg)
{
    (void)arg;
    memcpy(v.f[0], v.f[1], N * sizeof(float));
    __asm__ volatile("" ::: "memory");
}

static void
k_signal(void *arg)
{
    const struct kern_gain g = {v.f[1], v.f[2], v.mask[0], 1048575};
    (void)arg;
    v.kern->kern_signal(&g, v.counts, v.f[0], v.mask[1], N);
}

static void
n_signal(void *arg)
{
    (void)arg;
    naive_signal(v.counts, v.f[1], v.f[2], v.f[0], v.mask[1], N);
}

/* As many samples as the others take, in lines. */
static void
k_lag(void *arg)
{
    enum { LINES = 16, PIXELS = N / LINES };
    static float state[3 * PIXELS], after[3 * PIXELS];
    struct kern_lag g[LINES];
    const float *in[LINES];
    float *out[LINES];

    (void)arg;
    for (int l = 0; l < LINES; l++) {
        g[l] = (struct kern_lag){.parts = 3,
                                 .decay = {0.5f, 0.9f, 0.99f},
                                 .weight = {v.f[9], v.f[9], v.f[9]},
                                 .inverse = v.f[8]};
        in[l] = v.f[1] + l * PIXELS;
        out[l] = v.f[0] + l * PIXELS;
    }
    v.kern->kern_lag(LINES, g, in, state, after, out, PIXELS, PIXELS);
}

static void
n_lag(void *arg)
{
    static const float fraction[3] = {0.01f, 0.003f, 0.0008f}, decay[3] = {0.5f, 0.9f, 0.99f};
    static float state[3 * N];
    (void)arg;
    naive_lag(v.f[1], state, fraction, decay, 3, v.f[0], N);
}

static void
k_band(void *arg)
{
    const float *w[7];
    (void)arg;
    for (int k = 0; k < 7; k++)
        w[k] = v.f[2 + k];
    v.kern->kern_band(w, v.f[1], v.f[0], N);
}

static void
n_band(void *arg)
{
    (void)arg;
    naive_crosstalk(v.f[1], v.f[2], 0.012f, v.f[0], N);
}

static void
k_scale(void *arg)
{
    (void)arg;
    v.kern->kern_scale(1.01f, v.f[1], v.f[0], N);
}

static void
k_mix(void *arg)
{
    const float *in[2] = {v.f[1], v.f[2]}, w[2] = {0.3f, 0.7f};
    (void)arg;
    v.kern->kern_mix(2, w, in, v.f[0], N);
}

static void
k_rows(void *arg)
{
    (void)arg;
    v.kern->kern_rows(v.at, v.f[9], v.f[1], v.f[0], N);
}

static void
k_scatter(void *arg)
{
    enum { LINE = 1024, STEP = 16, CELLS = LINE / STEP };
    const struct kern_scatter g = {CELLS, STEP, 0.3f, v.f[9]};
    (void)arg;
    for (int i = 0; i < N; i += LINE)
        v.kern->kern_scatter(&g, v.f[1] + i, v.f[0] + i, LINE);
}

static void
k_attenuation(void *arg)
{
    (void)arg;
    v.kern->kern_attenuation(v.f[1], v.f[9], v.mask[0], v.f[0], v.mask[1], N);
}

static void
n_attenuation(void *arg)
{
    (void)arg;
    naive_attenuation(v.f[1], 1e-4f, v.f[0], v.mask[1], N);
}

static struct kern_denoise
noise(void)
{
    return (struct kern_denoise){{v.f[9], v.f[9]}, {v.f[9], v.f[9]}, 36};
}

static void
k_denoise(void *arg)
{
    const struct kern_denoise g = noise();
    (void)arg;
    v.kern->kern_denoise(&g, lines_of(1), v.f[0], N);
}

static void
k_denoise2(void *arg)
{
    const struct kern_denoise g = noise();
    (void)arg;
    v.kern->kern_denoise2(&g, lines_of(1), lines_of(4), v.f[0], v.f[7], N);
}

static void
n_denoise2(void *arg)
{
    const float *low[3] = {v.f[1], v.f[2], v.f[3]}, *high[3] = {v.f[4], v.f[5], v.f[6]};
    (void)arg;
    naive_denoise(low, high, 1e-4f, v.f[0], v.f[7], N);
}

static const struct {
    const char *name;
    void (*fn)(void *), (*naive)(void *);
    double bytes;   /* per element */
    double samples; /* per element */
} kernels[] = {
    {"signal", k_signal, n_signal, 18, 1},
    {"lag (3 parts)", k_lag, n_lag, 44, 1},
    {"band (crosstalk)", k_band, n_band, 36, 1},
    {"scale", k_scale, NULL, 8, 1},
    {"scatter", k_scatter, NULL, 8, 1},
    {"mix (2 lines)", k_mix, NULL, 12, 1},
    {"rows", k_rows, NULL, 16, 1},
    {"attenuation", k_attenuation, n_attenuation, 14, 1},
    {"denoise (1 energy)", k_denoise, NULL, 24, 1},
    {"denoise (2 energies)", k_denoise2, n_denoise2, 48, 2},
};

static void
prepare(struct arena *a, int level)
{
    v.kern = kern_get(level);
    v.counts = arena_zero(a, N + 64, sizeof *v.counts);
    v.at = arena_zero(a, N + 64, sizeof *v.at);
    for (int k = 0; k < 12; k++)
        v.f[k] = (float *)arena_zero(a, N + 128, sizeof(float)) + 16;
    for (int k = 0; k < 3; k++)
        v.mask[k] = arena_zero(a, N + 64, 1);
    for (int i = 0; i < N; i++) {
        v.counts[i] = (uint32_t)(i * 2654435761u) >> 13;
        v.at[i] = (int)((float)i * 0.9f);
        for (int k = 0; k < 9; k++)
            v.f[k][i] = 0.5f + 0.01f * (float)((i * (k + 3) * 7919) % 101);
        v.f[9][i] = 0.001f;
    }
}

void
bench_kernels(struct bench *b)
{
    struct arena a = {.block = NULL};

    prepare(&a, b->level);
    bench_add(b, "memory", "memcpy (in the cache)", bench_time(b, k_copy, NULL) * 1e9 / N, 8, 0);
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
        double per = 1e9 / N / kernels[k].samples;
        double ns = bench_time(b, kernels[k].fn, NULL) * per;
        double naive = kernels[k].naive == NULL ? 0 : bench_time(b, kernels[k].naive, NULL) * per;
        bench_add(b, "kernel", kernels[k].name, ns, kernels[k].bytes / kernels[k].samples, naive);
    }
    arena_free(&a);
}
