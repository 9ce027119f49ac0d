/* types: what kernels share. A kernel is plain C over restrict pointers and counts: no libm, no
 * allocation, no branches on data that the compiler could not turn into selects. Each file is
 * compiled once per CPU level (x86-64-v1, v3, v4); all levels give the same bits. */
#ifndef KERN_TYPES_H
#define KERN_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* KERN(name) is the symbol of this level: name_v1, name_v3, name_v4. */
#ifndef KERN_LEVEL
#define KERN_LEVEL v1
#endif
#define KERN_PASTE2(name_, level_) name_##_##level_
#define KERN_PASTE(name_, level_) KERN_PASTE2(name_, level_)
#define KERN(name_) KERN_PASTE(name_, KERN_LEVEL)

#endif
