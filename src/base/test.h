/* test: what every cmocka test includes. */
#ifndef BASE_TEST_H
#define BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* |got - want| <= tolerance, with the numbers in the message. */
#define assert_near(got_, want_, tolerance_)                                                       \
    do {                                                                                           \
        double got_v = (got_), want_v = (want_), tol_v = (tolerance_);                             \
        if (!(fabs(got_v - want_v) <= tol_v))                                                      \
            fail_msg("%s = %.12g, want %.12g +- %.3g", #got_, got_v, want_v, tol_v);               \
    } while (0)

#endif
