/* transpose: a matrix turned about its diagonal, in blocks that stay in registers or the cache. */
#include "kern/level.h"

#define BLOCK 16

#ifdef __AVX512F__
#include <immintrin.h>

/* Four columns of sixteen rows to four rows of sixteen: part p of a register holds rows 4p .. */
static inline void
turn(const float *in, size_t stride, float *out, size_t out_stride)
{
    __m512 a[4];

    for (size_t q = 0; q < 4; q++) {
        const float *row = in + q * stride;
        a[q] = _mm512_castps128_ps512(_mm_loadu_ps(row));
        a[q] = _mm512_insertf32x4(a[q], _mm_loadu_ps(row + 4 * stride), 1);
        a[q] = _mm512_insertf32x4(a[q], _mm_loadu_ps(row + 8 * stride), 2);
        a[q] = _mm512_insertf32x4(a[q], _mm_loadu_ps(row + 12 * stride), 3);
    }
    const __m512d low01 = _mm512_castps_pd(_mm512_unpacklo_ps(a[0], a[1]));
    const __m512d low23 = _mm512_castps_pd(_mm512_unpacklo_ps(a[2], a[3]));
    const __m512d high01 = _mm512_castps_pd(_mm512_unpackhi_ps(a[0], a[1]));
    const __m512d high23 = _mm512_castps_pd(_mm512_unpackhi_ps(a[2], a[3]));
    _mm512_storeu_ps(out, _mm512_castpd_ps(_mm512_unpacklo_pd(low01, low23)));
    _mm512_storeu_ps(out + out_stride, _mm512_castpd_ps(_mm512_unpackhi_pd(low01, low23)));
    _mm512_storeu_ps(out + 2 * out_stride, _mm512_castpd_ps(_mm512_unpacklo_pd(high01, high23)));
    _mm512_storeu_ps(out + 3 * out_stride, _mm512_castpd_ps(_mm512_unpackhi_pd(high01, high23)));
}

static inline int
turn_block(const float *in, size_t in_stride, float *out, size_t out_stride)
{
    for (size_t c = 0; c < BLOCK; c += 4)
        turn(in + c, in_stride, out + c * out_stride, out_stride);
    return 1;
}
#else
static inline int
turn_block(const float *in, size_t in_stride, float *out, size_t out_stride)
{
    (void)in, (void)in_stride, (void)out, (void)out_stride;
    return 0;
}
#endif

void
KERN(kern_transpose)(const float *restrict in, size_t in_stride, float *restrict out,
                     size_t out_stride, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r += BLOCK)
        for (size_t i = 0; i < n; i += BLOCK) {
            size_t r_end = rows - r < BLOCK ? rows : r + BLOCK;
            size_t i_end = n - i < BLOCK ? n : i + BLOCK;
            if (r_end - r == BLOCK && i_end - i == BLOCK &&
                turn_block(in + r * in_stride + i, in_stride, out + i * out_stride + r, out_stride))
                continue;
            for (size_t x = i; x < i_end; x++)
                for (size_t y = r; y < r_end; y++)
                    out[x * out_stride + y] = in[y * in_stride + x];
        }
}
