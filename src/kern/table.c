/* table: the kernels of one CPU level. */
#include "kern/level.h"

const struct kern KERN(kern_table) = {
#define KERNEL(name_, args_) .name_ = KERN(name_),
#include "kern/kern.list"
#undef KERNEL
};
