/* lbfgs: a minimum of a smooth function of many variables, from its gradient: limited-memory BFGS
 * (Nocedal 1980) with a line search that only ever goes down. */
#ifndef CT_LBFGS_H
#define CT_LBFGS_H

#include <stdint.h>

/* Value at x; writes the gradient. */
typedef double lbfgs_function(void *arg, const double *x, double *gradient);

/* Improves x (n numbers) in at most `steps` steps; returns the value. Ends earlier where no step
 * goes down any more. Sums run in order: same bits everywhere. */
double lbfgs_run(lbfgs_function *f, void *arg, double *x, int32_t n, int32_t steps);

#endif
