/* lanes: as many floats as a register of this level holds, for kernels whose lanes never meet:
 * every width gives the same bits, and the compiler cannot fail to see the vectors. */
#ifndef KERN_LANES_H
#define KERN_LANES_H

#include <string.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif
typedef float lanes __attribute__((vector_size(4 * LANES)));

#define LANES_LOAD(to_, from_) memcpy(&(to_), from_, sizeof(lanes))
#define LANES_STORE(to_, from_) memcpy(to_, &(from_), sizeof(lanes))

#endif
