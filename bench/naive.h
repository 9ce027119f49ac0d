/* naive: the same work as kernels and recipe, as one writes it first: plain loops over pixels, the
 * C library's functions, one thread. What the benchmark compares with; nothing else may use it. */
#ifndef BENCH_NAIVE_H
#define BENCH_NAIVE_H

#include <stddef.h>
#include <stdint.h>

void naive_signal(const uint32_t *counts, const float *dark, const float *air, float *out,
                  uint8_t *mask, size_t n);
void naive_lag(const float *in, float *state, const float *fraction, const float *decay, int parts,
               float *out, size_t n);
void naive_crosstalk(const float *in, float *work, float share, float *out, size_t n);
void naive_attenuation(const float *in, float floor, float *out, uint8_t *mask, size_t n);
void naive_denoise(const float *low[3], const float *high[3], float air2, float *out_low,
                   float *out_high, size_t n);
/* Counts of two energies (lines x pixels each) to denoised attenuation on columns of the same
 * pitch, whole image after whole image. */
void naive_recipe(const uint32_t *const counts[2], const float *dark, const float *const air[2],
                  int lines, int pixels, float *const out[2]);

#endif
