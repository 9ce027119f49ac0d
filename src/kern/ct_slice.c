/* ct_slice: back-projection of a line of voxels of one slice (parallel beam, fan): what ct_aim and
 * ct_stack do, in the same order, with voxels in the lanes. With AVX-512 the columns that sixteen
 * voxels see are one window, permuted in registers. */
#include "kern/ct.h"
#include "kern/level.h"

static void
slice_plain(const struct kern_ct_aim *a, const float *restrict data, float *restrict sum, size_t n)
{
    struct kern_ct_aim g = *a;

    for (size_t i = 0; i < n; i++) {
        float x = g.first + (float)(int)i;
        struct ct_hit h = g.arc != 0 ? ct_hit_curved(&g, x) : ct_hit_flat(&g, x);
        sum[i] += h.near * data[h.column] + h.far * data[h.column + 1];
    }
}

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>

#define SPAN 30 /* columns beyond the first that a window and the next column reach */

/* near * data[cell] + far * data[cell + 1]; positions rise or fall along the lanes. */
static inline __m512
look_up(const float *data, __m512 x, __m512 weight)
{
    const __m512i cell = _mm512_cvttps_epi32(x);
    const int32_t one = _mm_cvtsi128_si32(_mm512_castsi512_si128(cell));
    const int32_t two = _mm_extract_epi32(_mm512_extracti32x4_epi32(cell, 3), 3);
    const int32_t first = one < two ? one : two, last = one < two ? two : one;
    const __m512 far =
        _mm512_mul_ps(_mm512_reduce_ps(x, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC), weight);
    __m512 a, b;

    if (last - first <= SPAN) {
        const __m512i index = _mm512_sub_epi32(cell, _mm512_set1_epi32(first));
        const __m512 low = _mm512_loadu_ps(data + first), high = _mm512_loadu_ps(data + first + 16);
        a = _mm512_permutex2var_ps(low, index, high);
        b = _mm512_permutex2var_ps(low, _mm512_add_epi32(index, _mm512_set1_epi32(1)), high);
    } else {
        a = _mm512_i32gather_ps(cell, data, 4);
        b = _mm512_i32gather_ps(cell, data + 1, 4);
    }
    return _mm512_add_ps(_mm512_mul_ps(_mm512_sub_ps(weight, far), a), _mm512_mul_ps(far, b));
}

/* Whole sixteens of a line; `parallel`: depth and weight are 1. */
static inline __attribute__((always_inline)) void
slice_flat(const struct kern_ct_aim *g, const float *data, float *sum, size_t n, const int parallel)
{
    const __m512 lane = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512 one = _mm512_set1_ps(1), last = _mm512_set1_ps(g->last);
    const __m512 axis = _mm512_set1_ps(g->axis), source = _mm512_set1_ps(g->source);
    const __m512 across = _mm512_set1_ps(g->across), step = _mm512_set1_ps(g->across_step);
    const __m512 depth = _mm512_set1_ps(g->depth), slope = _mm512_set1_ps(g->depth_step);
    __m512 i = _mm512_add_ps(_mm512_set1_ps(g->first), lane);

    for (size_t k = 0; k < n; k += 16) {
        __m512 p = _mm512_add_ps(across, _mm512_mul_ps(i, step)), weight = one;
        if (!parallel) {
            __m512 per = _mm512_div_ps(one, _mm512_add_ps(depth, _mm512_mul_ps(i, slope)));
            weight = _mm512_mul_ps(source, per);
            weight = _mm512_mul_ps(weight, weight);
            p = _mm512_mul_ps(p, per);
        }
        p = _mm512_max_ps(_mm512_add_ps(axis, p), _mm512_setzero_ps());
        p = _mm512_min_ps(p, last);
        _mm512_storeu_ps(sum + k,
                         _mm512_add_ps(_mm512_loadu_ps(sum + k), look_up(data, p, weight)));
        i = _mm512_add_ps(i, _mm512_set1_ps(16));
    }
}

static void
slice_view(const struct kern_ct_aim *a, const float *data, float *sum, size_t n)
{
    size_t whole = a->arc != 0 ? 0 : n / 16 * 16;
    struct kern_ct_aim rest = *a;

    if (a->depth_step == 0 && a->depth == 1 && a->source == 1)
        slice_flat(a, data, sum, whole, 1);
    else
        slice_flat(a, data, sum, whole, 0);
    rest.first += (float)(int)whole;
    slice_plain(&rest, data, sum + whole, n - whole);
}
#else
#define slice_view slice_plain
#endif

void
KERN(kern_ct_slice)(const struct kern_ct_aim *aim, const float *const *data, size_t views,
                    float *sum, size_t n)
{
    for (size_t v = 0; v < views; v++)
        slice_view(&aim[v], data[v], sum, n);
}
