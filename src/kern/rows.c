/* rows: detector pixels to image rows of constant pitch, by linear interpolation. */
#include "kern/level.h"

#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#define BLOCK 512

/* The general way: neighbours are loaded two at a time and one after the other, because gather
 * instructions are slower. */
static void
rows_any(const int32_t *restrict at, const float *restrict part, const float *restrict in,
         float *restrict out, size_t n)
{
    float pair[2 * BLOCK];

    for (size_t from = 0; from < n; from += BLOCK) {
        size_t m = n - from < BLOCK ? n - from : BLOCK;
        for (size_t i = 0; i < m; i++) {
            const float *p = kern_apart(in + at[from + i]);
            memcpy(pair + 2 * i, p, 2 * sizeof *p);
        }
        for (size_t i = 0; i < m; i++)
            out[from + i] = pair[2 * i] + part[from + i] * (pair[2 * i + 1] - pair[2 * i]);
    }
}

/* Rows and pixels have nearly the same pitch, so the pixels of a few rows lie in two registers, and
 * a permutation picks them: five times as fast (doorlicht bench), the same numbers. */
#if defined(__AVX512F__)
#define ROWS 16
static void
rows_few(const int32_t *at, const float *part, const float *in, float *out)
{
    __m512i index = _mm512_sub_epi32(_mm512_loadu_si512(at), _mm512_set1_epi32(at[0]));
    __m512 low = _mm512_loadu_ps(in + at[0]), high = _mm512_loadu_ps(in + at[0] + ROWS);
    __m512 a = _mm512_permutex2var_ps(low, index, high);
    __m512i next = _mm512_add_epi32(index, _mm512_set1_epi32(1));
    __m512 b = _mm512_permutex2var_ps(low, next, high);
    __m512 way = _mm512_mul_ps(_mm512_loadu_ps(part), _mm512_sub_ps(b, a));
    _mm512_storeu_ps(out, _mm512_add_ps(a, way));
}
#elif defined(__AVX2__)
#define ROWS 8
static __m256
pick(__m256 low, __m256 high, __m256i index)
{
    __m256i upper = _mm256_cmpgt_epi32(index, _mm256_set1_epi32(ROWS - 1));
    return _mm256_blendv_ps(_mm256_permutevar8x32_ps(low, index),
                            _mm256_permutevar8x32_ps(high, index), _mm256_castsi256_ps(upper));
}

static void
rows_few(const int32_t *at, const float *part, const float *in, float *out)
{
    __m256i index =
        _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)at), _mm256_set1_epi32(at[0]));
    __m256 low = _mm256_loadu_ps(in + at[0]), high = _mm256_loadu_ps(in + at[0] + ROWS);
    __m256 a = pick(low, high, index);
    __m256 b = pick(low, high, _mm256_add_epi32(index, _mm256_set1_epi32(1)));
    __m256 way = _mm256_mul_ps(_mm256_loadu_ps(part), _mm256_sub_ps(b, a));
    _mm256_storeu_ps(out, _mm256_add_ps(a, way));
}
#endif

void
KERN(kern_rows)(const int32_t *restrict at, const float *restrict part, const float *restrict in,
                float *restrict out, size_t n)
{
    size_t i = 0;
#ifdef ROWS
    for (; i + ROWS <= n; i += ROWS) {
        /* both registers must lie on the line, and hold the neighbour of the last row */
        if (at[i] + 2 * ROWS > at[n - 1] + 2)
            break;
        if (at[i + ROWS - 1] + 1 - at[i] < 2 * ROWS)
            rows_few(at + i, part + i, in, out + i);
        else
            rows_any(at + i, part + i, in, out + i, ROWS);
    }
#endif
    rows_any(at + i, part + i, in, out + i, n - i);
}

#define WIDE 64

static inline int
any_set(const uint8_t *restrict in, size_t n)
{
    uint8_t all = 0;
    for (size_t i = 0; i < n; i++)
        all |= in[i];
    return all != 0;
}

/* Few pixels have a mask: many are looked at together, and only rows of what is set are touched. */
void
KERN(kern_rows_mask)(const int32_t *restrict first, const uint8_t *restrict own,
                     const uint8_t *restrict in, size_t pixels, uint8_t *restrict out, size_t n)
{
    memcpy(out, own, n);
    for (size_t from = 0; from < pixels; from += WIDE) {
        size_t end = pixels - from < WIDE ? pixels : from + WIDE;
        if (end - from == WIDE && !any_set(in + from, WIDE))
            continue;
        for (size_t p = from; p < end; p++)
            for (int32_t i = first[p > 0 ? p - 1 : 0]; in[p] != 0 && i < first[p + 1]; i++)
                out[i] = (uint8_t)(out[i] | in[p]);
    }
}
