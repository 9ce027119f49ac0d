/* level: prototypes of one CPU level, for the kernels' own files. */
#ifndef KERN_LEVEL_H
#define KERN_LEVEL_H

#include "kern/kern.h"

#define KERNEL(name_, args_) void KERN(name_) args_;
#include "kern/kern.list"
#undef KERNEL

extern const struct kern KERN(kern_table);

#endif
