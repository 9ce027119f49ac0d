/* kern: the table of the hot loops. Callers take a table once and never see a CPU flag; every level
 * gives the same bits. Adding a kernel is one file and one row of kern.list. */
#ifndef KERN_KERN_H
#define KERN_KERN_H

#include "kern/types.h"

struct kern {
#define KERNEL(name_, args_) void(*name_) args_;
#include "kern/kern.list"
#undef KERNEL
};

/* level 1, 3 or 4 (x86-64-vN); 0 = the best of this machine, or what DOORLICHT_LEVEL says. NULL if
 * this machine cannot run it. */
const struct kern *kern_get(int level);
/* The level that kern_get(0) takes. */
int kern_best(void);

#endif
