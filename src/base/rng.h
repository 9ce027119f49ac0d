/* rng: counter-based random numbers (Philox 4x32-10; Salmon et al., SC'11). A number is a function
 * of (seed, stream, index) alone, so any thread may draw any number in any order: same seed, same
 * bits. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t seed, stream, index; /* index counts blocks of four numbers */
    uint32_t block[4];
    int left; /* unused numbers in block */
};

/* The four words of one block: the pure function under everything else. */
void rng_block(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4]);
/* A sequence that starts at block 0 of (seed, stream). */
struct rng rng_start(uint64_t seed, uint64_t stream);
uint32_t rng_u32(struct rng *r);
double rng_unit(struct rng *r);                           /* uniform in (0, 1), 53 bits */
double rng_range(struct rng *r, double low, double high); /* uniform in (low, high) */
int rng_below(struct rng *r, int n);                      /* uniform in 0 .. n-1, n >= 1 */
double rng_normal(struct rng *r);                         /* mean 0, variance 1 (Box-Muller) */
int64_t rng_poisson(struct rng *r, double mean); /* exact below 30, transformed rejection above
                                                  * (Hoermann's PTRS, 1993); mean in [0, 1e15] */

#endif
