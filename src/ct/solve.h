/* solve: volumes from projections by iteration: what the methods share. A method is a file
 * solve_NAME.c that ends with its struct ct_solver, and a row of CT_SOLVERS. Every sum has one
 * order, so threads change no bit. Nothing is allocated after open. */
#ifndef CT_SOLVE_H
#define CT_SOLVE_H

#include "ct/project.h"

/* The only list of methods: symbol, word in recipes. */
#define CT_SOLVERS(row_)                                                                           \
    row_(sirt, "sirt") row_(os_sart, "os-sart") row_(cgls, "cgls") row_(tv, "tv")

#define CT_TV_STRENGTH 0.001 /* good for most scans */

/* Memory of a method, at most; the measured projections are the caller's. */
#define CT_SOLVE_VOLUMES 5
#define CT_SOLVE_SETS 2 /* of projections */

/* What was measured. */
struct ct_rays {
    /* Value and weight of every ray of view v, laid out as the projector has views. Values are
     * -ln(transmission), weights from 0 (not measured) to 1. Called from any thread. */
    void (*view)(const void *arg, int32_t v, float *value, float *weight);
    const void *arg;
};

struct ct_solve_options {
    int method;                  /* row of ct_solver_table */
    int32_t iterations, subsets; /* 0 = the method's own */
    double relax;                /* of steps, above 0 and below 2 */
    double strength;             /* of total variation */
    double slice_ratio;          /* size of a voxel over the distance of slices */
    bool negative;               /* values below 0 may stay */
};

/* Told after each iteration. */
struct ct_told {
    void (*iteration)(void *arg, int32_t done, int32_t of);
    void *arg;
};

struct ct_solve;

/* Takes the good ones of n views; everything from the arena. The projector must have the same
 * views. Fails where no view is good. */
int ct_solve_open(struct ct_solve **s, struct ct_project *p, const struct ct_view *views, int32_t n,
                  const struct ct_solve_options *o, struct arena *a, struct err *e) MUST_USE;
/* Iterates from a volume of zeros; may be called again for other rays. The volume, 1/mm, is valid
 * until the next call. */
const float *ct_solve_run(struct ct_solve *s, struct par *pool, const struct ct_rays *rays,
                          struct ct_told told);

/* ---- for methods ---- */

struct ct_solver {
    const char *brief;
    int32_t iterations, subsets; /* where nobody says it: first guesses, not tuned */
    int volumes, sets;           /* of memory, the result included */
    size_t own;                  /* bytes of numbers of its own */
    void (*start)(struct ct_solve *s);
    void (*iterate)(struct ct_solve *s);
};
extern const struct ct_solver *const ct_solver_table[];
extern const char *const ct_solver_word[]; /* both end with NULL */

struct ct_solve {
    const struct ct_solver *method;
    struct ct_solve_options o;
    struct ct_project *project;
    struct ct_shape shape;
    int32_t n, subsets;
    struct ct_subset every, *subset; /* good views; a subset has every subsets-th of them */
    float *volume[CT_SOLVE_VOLUMES]; /* [0] is the result */
    float *set[CT_SOLVE_SETS];       /* view v at v * shape.view */
    float *value, *weight, *seen;    /* of a block of views */
    int32_t lanes;                   /* problems side by side: KERN_LANES in a stack, or 1 */
    void *own;
    double *partial; /* of sums: KERN_LANES for each line or view */
    struct par *pool;
    const struct ct_rays *rays;
};

/* A view while it passes: what it becomes is thrown back. */
struct ct_pass {
    const float *value, *weight;
    float *seen; /* what the volume shows; 0 without one */
};
typedef void ct_pass_view(struct ct_solve *s, int32_t v, const struct ct_pass *pass);

/* Views of a subset, block after block: sees the volume (or NULL), calls `view` for each in any
 * thread, and adds what is thrown back (unless back is NULL). */
void ct_solve_pass(struct ct_solve *s, const struct ct_subset *views, const float *volume,
                   ct_pass_view *view, float *back);
/* fn(arg, from, to) for pieces of a volume, in floats; any thread. */
void ct_solve_volume(struct ct_solve *s, void (*fn)(void *arg, size_t from, size_t to), void *arg);

/* 1 inside of the grid, 0 beyond it. */
void ct_solve_ones(const struct ct_solve *s, float *volume);
/* A row of partial, zeroed. */
double *ct_solve_row(const struct ct_solve *s, int32_t row);
/* The first n rows of partial, added in order: one sum a lane (element % lanes). */
void ct_solve_sum(const struct ct_solve *s, int32_t n, double sum[KERN_LANES]);

#endif
