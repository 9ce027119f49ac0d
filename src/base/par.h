/* par: the only place where threads exist. par_for cuts a range into grains that depend on the
 * range alone; every index is computed by exactly one thread, so results cannot depend on how many
 * there are. */
#ifndef BASE_PAR_H
#define BASE_PAR_H

#include "base/err.h"

#define PAR_THREADS_MAX 64

struct par;

/* A pool of `threads` in all, the caller included (1 .. PAR_THREADS_MAX; 0 = one per online core),
 * or of as many as the machine grants: par_threads says how many. */
int par_open(struct par **pool, int threads, struct err *e) MUST_USE;
void par_close(struct par *pool); /* takes NULL */
int par_threads(const struct par *pool);

/* Calls fn(arg, a, b) for consecutive pieces [a, b) of [begin, end), each at most `grain` long, and
 * returns when all are done. fn must not call par_for. pool == NULL runs everything in the caller.
 */
void par_for(struct par *pool, int begin, int end, int grain, void (*fn)(void *arg, int a, int b),
             void *arg);

#endif
