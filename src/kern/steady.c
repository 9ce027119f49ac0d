/* steady: where the low attenuation is noisy, the pair's material coordinate y is averaged over
 * neighbours that absorb alike before anybody looks it up, because noise of y bends zeff. The high
 * attenuation stays sharp. Equations 16 to 18 of doc/physics/decomposition.md. */
#include "kern/level.h"
#include "kern/noise.h"

#define PART KERN_STEADY_PART
#define RADIUS KERN_STEADY_RADIUS
#define LINES (RADIUS + 1) /* every other one */
#define WIDE (PART + 2 * RADIUS)
#define SHARED 0.33f
#define LEAST 0.05f /* attenuation below which y means nothing */
#define MOST 32.0f

/* A part with its surroundings: y times the high attenuation, and that. What stands
 * beyond its end is computed for nothing. */
struct part {
    float y[LINES][WIDE], high[LINES][WIDE];
    float low[PART], dark2[PART], air2[PART], out[PART], noise[PART];
};

static inline int
part_noisy(const float *restrict low, const float *restrict from, size_t n)
{
    int any = 0;

    for (size_t i = 0; i < n; i++)
        any |= low[i] > from[i] ? 1 : 0;
    return any;
}

static inline void
part_fill(const struct kern_steady *k, size_t first, const float *const *low,
          const float *const *high, size_t at, size_t n, struct part *restrict p)
{
    float bend = k->bend;

    for (int line = 0; line < LINES; line++) {
        const float *restrict l = low[2 * line] + at, *restrict h = high[2 * line] + at;
        for (size_t i = 0; i < n + 2 * RADIUS; i++) {
            float a = kern_min(kern_max(h[i], -MOST), MOST),
                  b = kern_min(kern_max(l[i], -MOST), MOST);
            p->high[line][i] = a;
            p->y[line][i] = (b - a) * (1.0f + bend * a);
        }
    }
    for (size_t i = 0; i < n; i++) {
        p->low[i] = kern_min(kern_max(low[RADIUS][at + RADIUS + i], -MOST), MOST);
        p->dark2[i] = k->dark2[first + i];
        p->air2[i] = k->air2[first + i];
    }
}

/* Neighbours share noise since the denoising: one more is worth a third. */
static inline float
noise_left(float n)
{
    return 1.0f / __builtin_sqrtf(1.0f + SHARED * kern_max(n - 1.0f, 0.0f));
}

struct sums {
    float high, y, reach, slack2; /* of the middle, and what is alike */
    float sum_high, sum_y, n;
};

static inline __attribute__((always_inline)) void
add(struct sums *s, const struct part *restrict p, int line, size_t i)
{
    float high = p->high[line][i], y = p->y[line][i];
    float apart = high - s->high, d = y * s->high - s->y * high;
    int alike = (apart <= s->reach) & (-apart <= s->reach) & (d * d <= s->slack2);

    s->sum_high += alike ? high : 0.0f;
    s->sum_y += alike ? y : 0.0f;
    s->n += alike ? 1.0f : 0.0f;
}

/* The black fields of a chess board of every other element; written out, or gcc makes no vectors.
 */
static inline __attribute__((always_inline)) void
add_all(struct sums *s, const struct part *restrict p, size_t i)
{
    add(s, p, 0, i);
    add(s, p, 0, i + 4);
    add(s, p, 0, i + 8);
    add(s, p, 1, i + 2);
    add(s, p, 1, i + 6);
    add(s, p, 2, i);
    add(s, p, 2, i + 4);
    add(s, p, 2, i + 8);
    add(s, p, 3, i + 2);
    add(s, p, 3, i + 6);
    add(s, p, 4, i);
    add(s, p, 4, i + 4);
    add(s, p, 4, i + 8);
}

static inline __attribute__((always_inline)) void
part_one(const struct kern_steady *k, struct part *restrict p, size_t i)
{
    float l = p->low[i], h = p->high[RADIUS / 2][RADIUS + i], rise = 1.0f + k->bend * h;
    float v = kern_variance(l, p->dark2[i], p->air2[i]);
    float share = kern_min(kern_max(v * k->per_from - 1.0f, 0.0f), 1.0f);
    struct sums s = {.high = h,
                     .y = p->y[RADIUS / 2][RADIUS + i],
                     .reach = k->reach + k->reach_share * h,
                     .slack2 = k->sigmas2 * v * rise * rise * h * h};

    add_all(&s, p, i);
    int enough = (s.sum_high > LEAST) & (h > LEAST) & (s.n > 1.0f);
    float average = h + (enough ? s.sum_y / s.sum_high : 0.0f) * h / (enough ? rise : 1.0f);
    p->out[i] = enough ? l + share * (average - l) : l;
    p->noise[i] = k->noise * (enough ? 1.0f + share * (noise_left(s.n) - 1.0f) : 1.0f);
}

void
KERN(kern_steady)(const struct kern_steady *k, size_t first, const float *const *low,
                  const float *const *high, float *restrict out, float *restrict noise, size_t n)
{
    const struct kern_steady own = *k;
    struct part p = {.low = {0}};

    for (size_t at = 0; at < n; at += PART) {
        size_t m = n - at < PART ? n - at : PART;
        const float *middle = low[RADIUS] + at + RADIUS;
        if (!part_noisy(middle, own.low_from + first + at, m)) {
            for (size_t i = 0; i < m; i++) {
                out[at + i] = middle[i];
                noise[at + i] = own.noise;
            }
            continue;
        }
        part_fill(&own, first + at, low, high, at, m, &p);
        KERN_LOOP
        for (size_t i = 0; i < PART; i++)
            part_one(&own, &p, i);
        for (size_t i = 0; i < m; i++) {
            out[at + i] = p.out[i];
            noise[at + i] = p.noise[i];
        }
    }
}
