/* naive: see naive.h. */
#include "naive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
naive_signal(const uint32_t *counts, const float *dark, const float *air, float *out, uint8_t *mask,
             size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = ((float)counts[i] - dark[i]) / air[i];
        mask[i] = counts[i] >= 1048575;
    }
}

void
naive_lag(const float *in, float *state, const float *fraction, const float *decay, int parts,
          float *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float late = 0, share = 0;
        for (int k = 0; k < parts; k++) {
            late += fraction[k] * decay[k] * state[(size_t)k * n + i];
            share += fraction[k] * decay[k];
        }
        out[i] = (in[i] - late) / (1 - share);
        for (int k = 0; k < parts; k++) {
            float *q = &state[(size_t)k * n + i];
            *q = decay[k] * *q + (1 - decay[k]) * out[i];
        }
    }
}

/* A tridiagonal solution line by line (Thomas). */
void
naive_crosstalk(const float *in, float *work, float share, float *out, size_t n)
{
    float diagonal = 1 - 2 * share;

    work[0] = share / diagonal;
    out[0] = in[0] / diagonal;
    for (size_t i = 1; i < n; i++) {
        float m = diagonal - share * work[i - 1];
        work[i] = share / m;
        out[i] = (in[i] - share * out[i - 1]) / m;
    }
    for (size_t i = n - 1; i-- > 0;)
        out[i] -= work[i] * out[i + 1];
}

void
naive_attenuation(const float *in, float floor, float *out, uint8_t *mask, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (in[i] < floor) {
            out[i] = -logf(floor);
            mask[i] |= 2;
        } else {
            out[i] = -logf(in[i]);
        }
    }
}

void
naive_denoise(const float *low[3], const float *high[3], float air2, float *out_low,
              float *out_high, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float x = low[1][i], y = high[1][i], sx = 0, sy = 0, all = 0;
        float vx = air2 * expf(x) * 36, vy = air2 * expf(y) * 36;
        for (int l = 0; l < 3; l++)
            for (long k = (long)i - 1; k <= (long)i + 1; k++) {
                if (k < 0 || k >= (long)n)
                    continue;
                float dx = low[l][k] - x, dy = high[l][k] - y;
                float d = 1 - dx * dx / vx - dy * dy / vy;
                if (d <= 0)
                    continue;
                sx += d * d * dx;
                sy += d * d * dy;
                all += d * d;
            }
        out_low[i] = x + sx / all;
        out_high[i] = y + sy / all;
    }
}

/* Linear interpolation along lines and along pixels, with floor(). */
static void
resample(const float *in, int lines, int pixels, float *out)
{
    for (int l = 0; l < lines; l++)
        for (int p = 0; p < pixels; p++) {
            double x = l * 0.9999, y = p * 0.9999;
            int i = (int)floor(x), j = (int)floor(y);
            float a = (float)(x - i), b = (float)(y - j);
            int i1 = i + 1 < lines ? i + 1 : i, j1 = j + 1 < pixels ? j + 1 : j;
            out[(size_t)l * (size_t)pixels + (size_t)p] =
                (1 - a) * ((1 - b) * in[i * pixels + j] + b * in[i * pixels + j1]) +
                a * ((1 - b) * in[i1 * pixels + j] + b * in[i1 * pixels + j1]);
        }
}

/* One energy up to the attenuation, in `a`; `b` is as large. */
static void
one_energy(const uint32_t *counts, const float *dark, const float *air, int lines, int pixels,
           float *a, float *b, uint8_t *mask)
{
    size_t n = (size_t)pixels, all = n * (size_t)lines;
    static const float fraction[3] = {0.01f, 0.003f, 0.0008f}, decay[3] = {0.5f, 0.9f, 0.99f};
    float *state = calloc(4 * n, sizeof *state), *work = state + 3 * n;

    naive_signal(counts, dark, air, a, mask, 0);
    for (int l = 0; l < lines; l++)
        naive_signal(counts + (size_t)l * n, dark, air, a + (size_t)l * n, mask + (size_t)l * n, n);
    for (int l = 0; l < lines; l++)
        naive_lag(a + (size_t)l * n, state, fraction, decay, 3, b + (size_t)l * n, n);
    for (int l = 0; l < lines; l++)
        naive_crosstalk(b + (size_t)l * n, work, 0.012f, a + (size_t)l * n, n);
    for (int l = 0; l < lines; l++) {
        float sum = 0, *line = a + (size_t)l * n;
        for (int p = 0; p < 16; p++)
            sum += line[p] + line[pixels - 1 - p];
        for (int p = 0; p < pixels; p++)
            line[p] /= sum / 32;
    }
    resample(a, lines, pixels, b);
    naive_attenuation(b, 1e-4f, a, mask, all);
    free(state);
}

void
naive_recipe(const uint32_t *const counts[2], const float *dark, const float *const air[2],
             int lines, int pixels, float *const out[2])
{
    size_t n = (size_t)pixels, all = n * (size_t)lines;
    float *a[2], *b = malloc(all * sizeof *b);
    uint8_t *mask = malloc(all);

    for (int k = 0; k < 2; k++) {
        a[k] = malloc(all * sizeof **a);
        one_energy(counts[k], dark, air[k], lines, pixels, a[k], b, mask);
    }
    for (int l = 0; l < lines; l++) {
        const float *low[3], *high[3];
        for (int k = 0; k < 3; k++) {
            int at = l + k - 1 < 0 ? 0 : l + k - 1 >= lines ? lines - 1 : l + k - 1;
            low[k] = a[0] + (size_t)at * n;
            high[k] = a[1] + (size_t)at * n;
        }
        naive_denoise(low, high, 2e-6f, out[0] + (size_t)l * n, out[1] + (size_t)l * n, n);
    }
    free(a[0]);
    free(a[1]);
    free(b);
    free(mask);
}
