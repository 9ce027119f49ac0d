/* bench: what the parts of the benchmark share. */
#ifndef CMD_BENCH_H
#define CMD_BENCH_H

#include "cmd/cmd.h"
#include "kern/kern.h"

#include <jansson.h>

#define BENCH_ROWS_MAX 96

struct bench_row {
    const char *group; /* "memory", "kernel", "recipe", "live", "ct" */
    char name[64];
    double ns;    /* per detector sample (of one energy); live and ct: ms */
    double bytes; /* read and written per sample; 0 = not meaningful; ct: 2^30 updates a second */
    double naive; /* ns per sample of the naive version in the same run; 0 = none */
};

struct bench {
    int n;
    struct bench_row row[BENCH_ROWS_MAX];
    double seconds; /* that each measurement takes at least */
    int level;      /* of the kernels, 0 = best */
    bool print;     /* each row as soon as it is there */
};

double bench_now_s(void); /* the clock on the wall */
double bench_cpu_s(void); /* processor time of this thread: other people's work does not count */
/* Best time of one call of fn(arg), in seconds, over calls that last b->seconds in all. */
double bench_time(const struct bench *b, void (*fn)(void *arg), void *arg);
/* A row of the table. */
void bench_add(struct bench *b, const char *group, const char *name, double ns, double bytes,
               double naive);

void bench_kernels(struct bench *b);
/* The synthetic scan through recipes that grow by a stage. */
int bench_recipes(struct bench *b, struct err *e) MUST_USE;
/* A scan of the user's through growing parts of a recipe. */
int bench_given(struct bench *b, const char *recipe, const char *calibration, const char *raw,
                struct err *e) MUST_USE;
/* Latency at so many lines a second, another process doing the same. */
int bench_live(struct bench *b, double lines_s, double seconds, struct err *e) MUST_USE;
/* Computed tomography: filter, back-projection and both, by one thread and by all. */
int bench_ct(struct bench *b, struct err *e) MUST_USE;
/* The same for a helical scan, as time for a slice of 1 mm. */
int bench_helix(struct bench *b, struct err *e) MUST_USE;

#endif
