/* helix: back-projection of one direction of a helical scan with slices innermost: the mean of the
 * rays half turns apart that cross a voxel, weighted so that none comes or goes suddenly; eqs (21)
 * and (22) of doc/physics/ct.md. */
#include "kern/level.h"
#include "kern/math.h"

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#define PART 16

/* One voxel column in one view, sixteen slices. */
static inline void
helix_view(const struct kern_helix *r, size_t at, size_t v, float k0, float *restrict sum,
           float *restrict weight)
{
    const float *restrict a = r->data[v] + (size_t)r->column[at] * r->stride;
    const float *restrict b = a + r->stride;
    float near = r->near[at], far = r->far[at], row = r->row[at], step = r->row_step[at];

    for (int k = 0; k < PART; k++) {
        float x = row + (k0 + (float)k) * step, off = x - r->middle;
        float w = (r->edge - (off < 0 ? -off : off)) * r->ramp;
        x = kern_min(kern_max(x, 0.0f), r->last_row);
        w = kern_min(kern_max(w, 0.0f), 1.0f);
        int32_t cell = (int32_t)x;
        float part = x - (float)cell;
        float lower = near * a[cell] + far * b[cell];
        float upper = near * a[cell + 1] + far * b[cell + 1];
        sum[k] += w * (lower + part * (upper - lower));
        weight[k] += w;
    }
}

static inline void
helix_plain(const struct kern_helix *r, size_t i, float k0, float *restrict sum)
{
    float s[PART] = {0}, w[PART] = {0};

    for (size_t v = 0; v < (size_t)r->views; v++)
        helix_view(r, v * r->pitch + i, v, k0, s, w);
    for (size_t j = 0; j < PART; j++)
        sum[j] += s[j] / kern_max(w[j], 1e-6f);
}

#ifdef __AVX512F__
/* The same operations on sixteen slices: their rows lie in a window of 32, so two loads and a
 * permutation stand for sixteen gathered values. False where the rows move too fast for that. */
static inline int
helix_window(const struct kern_helix *r, size_t i, float k0, float *restrict sum)
{
    const __m512 zero = _mm512_setzero_ps(), one = _mm512_set1_ps(1.0f);
    const __m512 k = _mm512_add_ps(
        _mm512_set1_ps(k0), _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    const __m512 edge = _mm512_set1_ps(r->edge), ramp = _mm512_set1_ps(r->ramp),
                 middle = _mm512_set1_ps(r->middle), last = _mm512_set1_ps(r->last_row);
    __m512 s = zero, w = zero;

    for (size_t v = 0; v < (size_t)r->views; v++) {
        size_t at = v * r->pitch + i;
        float row = r->row[at], step = r->row_step[at];
        if (!(step > -1.9f && step < 1.9f))
            return 0;
        __m512 x = _mm512_add_ps(_mm512_set1_ps(row), _mm512_mul_ps(k, _mm512_set1_ps(step)));
        __m512 off = _mm512_abs_ps(_mm512_sub_ps(x, middle));
        __m512 weight = _mm512_mul_ps(_mm512_sub_ps(edge, off), ramp);
        weight = _mm512_min_ps(_mm512_max_ps(weight, zero), one);
        if (_mm512_cmp_ps_mask(weight, zero, _CMP_GT_OQ) == 0)
            continue; /* adds nothing but zeros */
        x = _mm512_min_ps(_mm512_max_ps(x, zero), last);
        __m512i cell = _mm512_cvttps_epi32(x);
        __m512 part = _mm512_sub_ps(x, _mm512_cvtepi32_ps(cell));
        __m512i low = step < 0 ? _mm512_permutexvar_epi32(_mm512_set1_epi32(15), cell) : cell;
        int base = _mm_cvtsi128_si32(_mm512_castsi512_si128(low));
        const float *a = r->data[v] + (size_t)r->column[at] * r->stride + base;
        const float *b = a + r->stride;
        const __m512 near = _mm512_set1_ps(r->near[at]), far = _mm512_set1_ps(r->far[at]);
        __m512 c0 = _mm512_add_ps(_mm512_mul_ps(near, _mm512_loadu_ps(a)),
                                  _mm512_mul_ps(far, _mm512_loadu_ps(b)));
        __m512 c1 = _mm512_add_ps(_mm512_mul_ps(near, _mm512_loadu_ps(a + 16)),
                                  _mm512_mul_ps(far, _mm512_loadu_ps(b + 16)));
        __m512i index = _mm512_sub_epi32(cell, _mm512_set1_epi32(base));
        __m512 lower = _mm512_permutex2var_ps(c0, index, c1);
        __m512 upper =
            _mm512_permutex2var_ps(c0, _mm512_add_epi32(index, _mm512_set1_epi32(1)), c1);
        __m512 value = _mm512_add_ps(lower, _mm512_mul_ps(part, _mm512_sub_ps(upper, lower)));
        s = _mm512_add_ps(s, _mm512_mul_ps(weight, value));
        w = _mm512_add_ps(w, weight);
    }
    w = _mm512_max_ps(w, _mm512_set1_ps(1e-6f));
    _mm512_storeu_ps(sum, _mm512_add_ps(_mm512_loadu_ps(sum), _mm512_div_ps(s, w)));
    return 1;
}
#endif

void
KERN(kern_helix)(const struct kern_helix *r, float *restrict sum, size_t depth, size_t n)
{
    for (size_t i = 0; i < n; i++, sum += depth)
        for (size_t k = 0; k < depth; k += PART) {
            float k0 = r->first_slice + (float)(int)k;
#ifdef __AVX512F__
            if (helix_window(r, i, k0, sum + k))
                continue;
#endif
            helix_plain(r, i, k0, sum + k);
        }
}
