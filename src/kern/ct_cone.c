/* ct_cone: back-projection of a cone beam with slices innermost: along them the row moves in equal
 * steps; eq. (10) of doc/physics/ct.md. With AVX-512 the rows that sixteen slices need are one
 * window of the two columns, mixed first and then permuted in registers: nothing is gathered. */
#include "kern/level.h"
#include "kern/math.h"

#define LANES 16

/* One voxel column in one view: sixteen slices from k0 on. */
static inline void
cone_part(const struct kern_ct_rays *r, size_t v, size_t i, float *restrict sum, float k0)
{
    size_t at = v * r->pitch + i;
    const float *restrict a = r->data[v] + (size_t)r->column[at] * r->stride;
    const float *restrict b = a + r->stride;
    float near = r->near[at], far = r->far[at], row = r->row[at], step = r->row_step[at];

    for (int k = 0; k < LANES; k++) {
        float x = kern_min(kern_max(row + (k0 + (float)k) * step, 0.0f), r->last_row);
        int32_t cell = (int32_t)x;
        float part = x - (float)cell;
        size_t c = (size_t)(cell - r->base);
        float lower = near * a[c] + far * b[c], upper = near * a[c + 1] + far * b[c + 1];
        sum[k] += lower + part * (upper - lower);
    }
}

static void
cone_plain(const struct kern_ct_rays *r, float *restrict sum, size_t depth, size_t n)
{
    for (size_t i = 0; i < n; i++, sum += depth)
        for (size_t v = 0; v < (size_t)r->views; v++)
            for (size_t k = 0; k < depth; k += LANES)
                cone_part(r, v, i, sum + k, r->first_slice + (float)(int)k);
}

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>

#define WINDOWS 4 /* most registers of rows that sixteen slices may need */
#define REACH(windows_)                                                                            \
    ((16.0f * (float)(windows_)-3.01f) / 15) /* rows per slice that so many are enough for */

/* Row `index` of a window of 16 * windows rows. */
static inline __attribute__((always_inline)) __m512
pick(const __m512 *w, __m512i index, const int windows)
{
    if (windows == 1)
        return _mm512_permutexvar_ps(index, w[0]);
    __m512 low = _mm512_permutex2var_ps(w[0], index, w[1]);
    if (windows == 2)
        return low;
    __mmask16 beyond = _mm512_cmpgt_epi32_mask(index, _mm512_set1_epi32(31));
    if (windows == 3)
        return _mm512_mask_permutexvar_ps(low, beyond, index, w[2]);
    return _mm512_mask_blend_ps(beyond, low, _mm512_permutex2var_ps(w[2], index, w[3]));
}

/* What cone_part does, in the same order. */
static inline __attribute__((always_inline)) __m512
cone_add(__m512 sum, __m512 x, const float *a, const float *b, __m512 near, __m512 far,
         const int windows)
{
    const __m512i cell = _mm512_cvttps_epi32(x);
    const int32_t first = _mm_cvtsi128_si32(_mm512_castsi512_si128(cell));
    const __m512i index = _mm512_sub_epi32(cell, _mm512_set1_epi32(first));
    const __m512 part = _mm512_reduce_ps(x, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    __m512 w[WINDOWS];

    for (int k = 0; k < windows; k++)
        w[k] = _mm512_add_ps(_mm512_mul_ps(near, _mm512_loadu_ps(a + first + 16 * k)),
                             _mm512_mul_ps(far, _mm512_loadu_ps(b + first + 16 * k)));
    const __m512 lower = pick(w, index, windows);
    const __m512 upper = pick(w, _mm512_add_epi32(index, _mm512_set1_epi32(1)), windows);
    return _mm512_add_ps(sum,
                         _mm512_add_ps(lower, _mm512_mul_ps(part, _mm512_sub_ps(upper, lower))));
}

static inline __attribute__((always_inline)) void
cone_column(const struct kern_ct_rays *r, size_t i, float *sum, float k0, const int parts,
            const int windows)
{
    const __m512 lane = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512 zero = _mm512_setzero_ps(), last = _mm512_set1_ps(r->last_row);
    __m512 s[4], k[4];

    for (int p = 0; p < parts; p++) {
        s[p] = _mm512_loadu_ps(sum + 16 * p);
        k[p] = _mm512_add_ps(_mm512_set1_ps(k0 + (float)(16 * p)), lane);
    }
    for (size_t v = 0; v < (size_t)r->views; v++) {
        const size_t at = v * r->pitch + i;
        const float *a = r->data[v] + (size_t)r->column[at] * r->stride - r->base;
        const float *b = a + r->stride;
        const __m512 near = _mm512_set1_ps(r->near[at]), far = _mm512_set1_ps(r->far[at]);
        const __m512 row = _mm512_set1_ps(r->row[at]), step = _mm512_set1_ps(r->row_step[at]);
        for (int p = 0; p < parts; p++) {
            __m512 x = _mm512_add_ps(row, _mm512_mul_ps(k[p], step));
            x = _mm512_min_ps(_mm512_max_ps(x, zero), last);
            s[p] = cone_add(s[p], x, a, b, near, far, windows);
        }
    }
    for (int p = 0; p < parts; p++)
        _mm512_storeu_ps(sum + 16 * p, s[p]);
}

#define CONE(windows_)                                                                             \
    static void cone_##windows_(const struct kern_ct_rays *r, float *sum, size_t depth, size_t n)  \
    {                                                                                              \
        for (size_t i = 0; i < n; i++)                                                             \
            for (size_t k = 0; k < depth;) {                                                       \
                float *at = sum + i * depth + k, k0 = r->first_slice + (float)(int)k;              \
                if (depth - k >= 64) {                                                             \
                    cone_column(r, i, at, k0, 4, windows_);                                        \
                    k += 64;                                                                       \
                } else {                                                                           \
                    cone_column(r, i, at, k0, 1, windows_);                                        \
                    k += 16;                                                                       \
                }                                                                                  \
            }                                                                                      \
    }
CONE(1)
CONE(2)
CONE(3)
CONE(4)

void
KERN(kern_ct_cone)(const struct kern_ct_rays *r, float *sum, size_t depth, size_t n)
{
    static void (*const by_windows[])(const struct kern_ct_rays *, float *, size_t,
                                      size_t) = {cone_1, cone_2, cone_3, cone_4};
    float most = 0;
    int windows = 0;

    for (size_t v = 0; v < (size_t)r->views; v++)
        for (size_t i = 0; i < n; i++)
            most = kern_max(most, r->row_step[v * r->pitch + i]);
    while (windows < WINDOWS && most > REACH(windows + 1))
        windows++;
    if (windows < WINDOWS)
        by_windows[windows](r, sum, depth, n);
    else
        cone_plain(r, sum, depth, n);
}
#else
void
KERN(kern_ct_cone)(const struct kern_ct_rays *r, float *sum, size_t depth, size_t n)
{
    cone_plain(r, sum, depth, n);
}
#endif
