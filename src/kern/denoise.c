/* denoise: joint sigma filter. A neighbour counts the less, the more its attenuations at all
 * energies together differ from the centre's, measured by the noise expected at the centre; so
 * edges of either energy stop it. Eq. (12) to (14) of doc/physics/radiograph.md. */
#include "kern/level.h"
#include "kern/noise.h"

static inline float
weight_of(float d)
{
    return kern_max(1.0f - d, 0.0f);
}

/* Nine pointers into three lines: left, middle and right of a pixel. */
struct nine {
    const float *at[9]; /* at[4] is the centre */
};

static inline struct nine
nine_of(const float *const *line, ptrdiff_t left, ptrdiff_t right)
{
    struct nine v;
    for (int k = 0; k < 3; k++) {
        v.at[3 * k] = kern_apart(line[k] + left);
        v.at[3 * k + 1] = line[k];
        v.at[3 * k + 2] = kern_apart(line[k] + right);
    }
    return v;
}

static inline __attribute__((always_inline)) float
one_at(const struct kern_denoise *g, const struct nine *v, size_t i)
{
    float x = v->at[4][i];
    float t = 1.0f / (kern_variance(x, g->dark2[0][i], g->air2[0][i]) * g->reach);
    float sum = 0.0f, all = 1.0f;
    for (int k = 0; k < 9; k++) {
        if (k == 4)
            continue;
        float d = v->at[k][i] - x, w = weight_of(d * d * t);
        sum += w * d;
        all += w;
    }
    return x + sum / all;
}

void
KERN(kern_denoise)(const struct kern_denoise *g, const float *const *low, float *restrict out,
                   size_t n)
{
    if (n == 0)
        return;
    struct nine v = nine_of(low, 0, n > 1), w = nine_of(low, n > 1 ? -1 : 0, 0);
    const struct kern_denoise h = *g;
    out[0] = one_at(&h, &v, 0);
    out[n - 1] = one_at(&h, &w, n - 1);
    v = nine_of(low, -1, 1);
    KERN_LOOP
    for (size_t i = 1; i < n - 1; i++)
        out[i] = one_at(&h, &v, i);
}

struct pair {
    float low, high;
};

static inline __attribute__((always_inline)) struct pair
two_at(const struct kern_denoise *g, const struct nine *v, const struct nine *u, size_t i)
{
    float x = v->at[4][i], y = u->at[4][i];
    float vx = kern_variance(x, g->dark2[0][i], g->air2[0][i]);
    float vy = kern_variance(y, g->dark2[1][i], g->air2[1][i]);
    float both = 1.0f / (vx * vy * g->reach), tx = vy * both, ty = vx * both;
    float sx = 0.0f, sy = 0.0f, all = 1.0f;
    for (int k = 0; k < 9; k++) {
        if (k == 4)
            continue;
        float dx = v->at[k][i] - x, dy = u->at[k][i] - y;
        float w = weight_of(dx * dx * tx + dy * dy * ty);
        sx += w * dx;
        sy += w * dy;
        all += w;
    }
    float norm = 1.0f / all;
    return (struct pair){x + sx * norm, y + sy * norm};
}

void
KERN(kern_denoise2)(const struct kern_denoise *g, const float *const *low, const float *const *high,
                    float *restrict out_low, float *restrict out_high, size_t n)
{
    if (n == 0)
        return;
    const struct kern_denoise h = *g;
    for (int end = 0; end < 2; end++) {
        struct nine v = nine_of(low, end && n > 1 ? -1 : 0, !end && n > 1);
        struct nine u = nine_of(high, end && n > 1 ? -1 : 0, !end && n > 1);
        struct pair p = two_at(&h, &v, &u, end ? n - 1 : 0);
        out_low[end ? n - 1 : 0] = p.low;
        out_high[end ? n - 1 : 0] = p.high;
    }
    struct nine v = nine_of(low, -1, 1), u = nine_of(high, -1, 1);
    KERN_LOOP
    for (size_t i = 1; i < n - 1; i++) {
        struct pair p = two_at(&h, &v, &u, i);
        out_low[i] = p.low;
        out_high[i] = p.high;
    }
}
