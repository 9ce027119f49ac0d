/* transpose: a matrix turned about its diagonal, in blocks that stay in registers or the cache. */
#include "kern/level.h"

#define BLOCK 16

void
KERN(kern_transpose)(const float *restrict in, size_t in_stride, float *restrict out,
                     size_t out_stride, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r += BLOCK)
        for (size_t i = 0; i < n; i += BLOCK) {
            size_t r_end = rows - r < BLOCK ? rows : r + BLOCK,
                   i_end = n - i < BLOCK ? n : i + BLOCK;
            for (size_t x = i; x < i_end; x++)
                for (size_t y = r; y < r_end; y++)
                    out[x * out_stride + y] = in[y * in_stride + x];
        }
}
