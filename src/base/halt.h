/* halt: the end of a process that cannot go on: memory is exhausted, or a library refuses what it
 * must do. Nothing half-made stays: files that are being written under a temporary name are
 * registered here and removed. */
#ifndef BASE_HALT_H
#define BASE_HALT_H

#include "base/err.h"

#define HALT_FILES_MAX 8

/* What to do with the sentence; must not return, may run on any thread and must not allocate. The
 * standard one prints the sentence and aborts, as a bug does. */
void halt_set(void (*last)(const char *sentence));

/* Removes the registered files and ends the process. */
_Noreturn void halt(const char *fmt, ...) PRINTF(1, 2);

/* `path` (the caller's, until halt_forget) is removed if the process halts. */
void halt_remove(const char *path);
void halt_forget(const char *path); /* takes one that is not registered */

#endif
