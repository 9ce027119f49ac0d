/* num: elementary functions whose bits do not depend on libm, CPU or compiler. Only + - * / and
 * sqrt, in fixed order, so every machine gets the same double. Errors below 2 ulp over the ranges
 * given. Nothing that ends up in a picture or in counts may call libm's exp, log, pow, sin, cos,
 * atan. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#define NUM_PI 3.14159265358979323846

double num_floor(double x);           /* exact; |x| < 2^62 (libm's is a call at level v1) */
double num_exp(double x);             /* any x; 0 below -745, +inf above 709.78 */
double num_expm1(double x);           /* exp(x) - 1 without cancellation */
double num_log(double x);             /* x > 0 and finite, subnormals included */
double num_pow(double x, double y);   /* x > 0; relative error about |y log x| ulp */
double num_sin(double x);             /* |x| < 1e5 */
double num_cos(double x);             /* |x| < 1e5 */
double num_atan2(double y, double x); /* (-pi, pi]; 0 for (0, 0) */
/* Two doubles for qsort: the smaller first. */
int num_ascending(const void *a, const void *b);

#endif
