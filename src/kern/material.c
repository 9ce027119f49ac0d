/* material: a pair of attenuations to areal density and effective atomic number by linear
 * interpolation in a table: between columns, rows and the two nodes on either side of the pixel;
 * equations 9 to 12 of doc/physics/decomposition.md. A cell is four floats: one vector. */
#include "kern/level.h"
#include "kern/math.h"

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#define BLOCK 256
#define A_THIN 1e-3f /* below this attenuation the pair says nothing */
#define UNKNOWN 99.0f
#define NO_ELEMENT 200.0f /* a larger sigma in the table: the pair fits nothing */

typedef float cell __attribute__((vector_size(16), aligned(16)));
/* A cell and that of the next row behind it: one register where there are such, else two. Both ways
 * do the same to every number. */
#ifdef __AVX__
typedef float wide __attribute__((vector_size(32), aligned(16)));
#define TWO_CELLS wide
#define CELLS_BETWEEN(a_, b_, part_) ((a_) + (part_) * ((b_) - (a_)))
#define CELLS_ROW(a_, row_) ((const union two_rows){.both = (a_)}.row[row_])
union two_rows {
    wide both;
    cell row[2];
};
#else
struct two_rows {
    cell row[2];
};
#define TWO_CELLS struct two_rows
#define CELLS_BETWEEN(a_, b_, part_)                                                               \
    ((struct two_rows){{(a_).row[0] + (part_) * ((b_).row[0] - (a_).row[0]),                       \
                        (a_).row[1] + (part_) * ((b_).row[1] - (a_).row[1])}})
#define CELLS_ROW(a_, row_) ((a_).row[row_])
#endif

/* Where each pixel of a block falls: first cell, and parts of the way in both directions. */
struct place {
    uint32_t at[BLOCK];
    float x[BLOCK], y[BLOCK];
};

static inline void
place_block(const struct kern_material *m, const float *restrict low, const float *restrict high,
            size_t n, struct place *restrict p)
{
    float rows = (float)m->rows, x_last = (float)(m->columns - 1), y_last = rows - 1.0f;

    for (size_t i = 0; i < n; i++) {
        float a = kern_max(high[i], A_THIN);
        float x = kern_min(kern_max(__builtin_sqrtf(a) * m->x_scale, 0.0f), x_last);
        float y = (kern_max(low[i], -4.0f) - a) * (1.0f + m->bend * a) / a;
        y = kern_min(kern_max((y - m->y_zero) * m->y_scale, 0.0f), y_last);
        float fx = (float)(int32_t)kern_min(x, x_last - 1.0f);
        float fy = (float)(int32_t)kern_min(y, y_last - 1.0f);
        p->at[i] = (uint32_t)(int32_t)(fx * rows + fy);
        p->x[i] = x - fx;
        p->y[i] = y - fy;
    }
}

/* Between columns, then nodes, then rows. */
static inline void
look_each(const struct kern_material *m, const struct place *restrict p,
          const uint32_t *restrict node, const float *restrict weight, size_t first, size_t n,
          cell *restrict got)
{
    size_t column = 4 * (size_t)m->rows, next = 4 * (size_t)m->stride;

    for (size_t i = first; i < n; i++) {
        const float *c = m->cells + 4 * (size_t)(node[i] + p->at[i]), *d = c + next;
        TWO_CELLS a = *(const TWO_CELLS *)c, ar = *(const TWO_CELLS *)(c + column);
        TWO_CELLS b = *(const TWO_CELLS *)d, br = *(const TWO_CELLS *)(d + column);
        a = CELLS_BETWEEN(a, ar, p->x[i]);
        b = CELLS_BETWEEN(b, br, p->x[i]);
        a = CELLS_BETWEEN(a, b, weight[i]);
        got[i] = CELLS_ROW(a, 0) + p->y[i] * (CELLS_ROW(a, 1) - CELLS_ROW(a, 0));
    }
}

#ifdef __AVX512F__
/* The cells of two pixels in one register. */
static inline __m512
two_pixels(const float *one, const float *other)
{
    __m256d a = _mm256_loadu_pd((const double *)one), b = _mm256_loadu_pd((const double *)other);
    return _mm512_castpd_ps(_mm512_insertf64x4(_mm512_castpd256_pd512(a), b, 1));
}

/* The two numbers at `p`, eight times each. */
static inline __m512
spread(const float *p)
{
    double both;
    memcpy(&both, p, sizeof both);
    return _mm512_permutevar_ps(_mm512_castpd_ps(_mm512_set1_pd(both)),
                                _mm512_set_epi32(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0));
}

static inline __m512
between(__m512 a, __m512 b, __m512 part)
{
    return _mm512_add_ps(a, _mm512_mul_ps(part, _mm512_sub_ps(b, a)));
}

static inline __m512
look_two(const float *c, const float *d, size_t column, size_t next, const float *x,
         const float *weight)
{
    __m512 way = spread(x);
    __m512 a = between(two_pixels(c, d), two_pixels(c + column, d + column), way);
    __m512 b = between(two_pixels(c + next, d + next),
                       two_pixels(c + next + column, d + next + column), way);
    return between(a, b, spread(weight));
}

/* The same numbers, four pixels at a time. */
static void
look_block(const struct kern_material *m, const struct place *restrict p,
           const uint32_t *restrict node, const float *restrict weight, size_t n,
           cell *restrict got)
{
    const __m512i fours = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
    size_t column = 4 * (size_t)m->rows, next = 4 * (size_t)m->stride, i = 0;

    for (; i + 4 <= n; i += 4) {
        const float *c[4];
        for (size_t k = 0; k < 4; k++)
            c[k] = m->cells + 4 * (size_t)(node[i + k] + p->at[i + k]);
        __m512 a = look_two(c[0], c[1], column, next, p->x + i, weight + i);
        __m512 b = look_two(c[2], c[3], column, next, p->x + i + 2, weight + i + 2);
        __m512 y = _mm512_permutevar_ps(_mm512_broadcast_f32x4(_mm_loadu_ps(p->y + i)), fours);
        __m512 row = _mm512_shuffle_f32x4(a, b, 0x88), after = _mm512_shuffle_f32x4(a, b, 0xdd);
        _mm512_storeu_ps(got + i, between(row, after, y));
    }
    look_each(m, p, node, weight, i, n, got);
}
#else
static void
look_block(const struct kern_material *m, const struct place *restrict p,
           const uint32_t *restrict node, const float *restrict weight, size_t n,
           cell *restrict got)
{
    look_each(m, p, node, weight, 0, n, got);
}
#endif

void
KERN(kern_material)(const struct kern_material *m, const float *restrict low,
                    const float *restrict high, const uint8_t *restrict mask_low,
                    const uint8_t *restrict mask_high, const float *restrict noise,
                    float *restrict density, float *restrict zeff, float *restrict sigma, size_t n)
{
    float beyond_from = m->beyond_from, beyond_sigma = m->beyond_sigma;
    struct place p;
    cell got[BLOCK];
    const float *g = (const float *)got; /* as numbers: gcc makes no vectors of cells' parts */

    for (size_t from = 0; from < n; from += BLOCK) {
        size_t k = n - from < BLOCK ? n - from : BLOCK;
        for (size_t i = 0; i < k; i += 16) {
            __builtin_prefetch(density + from + i, 1);
            __builtin_prefetch(zeff + from + i, 1);
            __builtin_prefetch(sigma + from + i, 1);
        }
        place_block(m, low + from, high + from, k, &p);
        look_block(m, &p, m->node + from, m->weight + from, k, got);
        for (size_t i = 0; i < k; i++) {
            float d = g[4 * i] * high[from + i], z = g[4 * i + 1], raw = g[4 * i + 2];
            float least = g[4 * i + 3], s = raw * noise[from + i];
            float most = z > beyond_from ? beyond_sigma : UNKNOWN;
            s = kern_max(kern_min(s, most), least);
            s = raw < NO_ELEMENT ? s : UNKNOWN;
            int blind = ((mask_low[from + i] | mask_high[from + i]) & m->unknown) != 0;
            int known = !blind & (d >= m->thin) & (s < m->sigma_limit);
            density[from + i] = kern_min(kern_max(d, -1.0f), 1000.0f);
            zeff[from + i] = known ? z : 0.0f;
            sigma[from + i] = blind ? UNKNOWN : s;
        }
    }
}
