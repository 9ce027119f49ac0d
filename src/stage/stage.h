/* stage: a pure function from lines of some planes to lines of others. Opening a stage may fail;
 * running it may not. The descriptor is the last thing in a stage's file; stage/stage.list names
 * them all. */
#ifndef STAGE_STAGE_H
#define STAGE_STAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "tape/tape.h"

#define STAGE_PORTS_MAX 8
#define STAGE_PARAMS_MAX 16

/* A typed parameter; recipes, man pages and settings forms all come from these rows. */
struct stage_param {
    const char *name, *unit;
    double standard, min, max; /* default and range; whole numbers and switches are doubles too */
    const char *meaning;
};

/* What an instance of a stage is made for. */
enum stage_per {
    STAGE_PER_PLANE, /* one instance per (view, energy) of the first quantity it reads */
    STAGE_PER_VIEW,  /* one instance per view; ports name the energies */
};

enum stage_split {
    STAGE_BY_LINE, /* any piece of lines may run in any thread */
    STAGE_BY_ROW,  /* recursive along the tape: lines in order, threads share the rows */
    STAGE_WHOLE,   /* one thread, lines in order */
};

#define STAGE_SAME (-1) /* the instance's own energy */

struct stage_port {
    enum quantity quantity;
    int8_t energy;   /* 0, 1, 2 or STAGE_SAME */
    uint8_t lattice; /* writes only: lattice of the new plane; reads take what is there */
    bool optional;   /* reads only: the port may stay unbound (plane < 0) */
    bool scratch;    /* writes only: nobody outside the recipe needs it, keep it in a ring */
    int16_t halo;    /* reads only: lines needed before and after; own output: lines before */
};

/* A bound port: where lines are. */
struct stage_plane {
    struct tape *tape; /* NULL when an optional port is unbound */
    int plane;
};

struct stage; /* the descriptor */

/* One instance, as seen by open and run. */
struct stage_run {
    const struct stage *stage;
    int view, energy;
    double param[STAGE_PARAMS_MAX];
    struct stage_plane in[STAGE_PORTS_MAX], out[STAGE_PORTS_MAX],
        pose; /* pose of the first input */
    struct stage_plane
        out_pose;             /* bound when the stage makes a new lattice: it writes those poses */
    const struct tape *calib; /* NULL when the recipe has none; fully sealed */
    const struct kern *kern;  /* the kernels of this machine, all levels bit-equal */
    void *state; /* made by open in the arena; read-only while running, but see below */
    struct arena *arena;
};

/* Rows of the output planes when they differ from the first input's; set by open in out_rows. */
struct stage_shape {
    int32_t rows[STAGE_PORTS_MAX], lines[STAGE_PORTS_MAX]; /* 0 = as the first input */
};

struct stage {
    const char *name, *brief;         /* brief: one sentence for man pages */
    const struct stage_param *params; /* ends with a NULL name */
    struct stage_port reads[STAGE_PORTS_MAX], writes[STAGE_PORTS_MAX];
    int n_reads, n_writes;
    enum stage_per per;
    enum stage_split split;
    /* Checks everything, makes state, may set the shape of the outputs. The inputs are bound, the
     * outputs are not yet. Optional. */
    int (*open)(struct stage_run *r, struct stage_shape *shape, struct err *e);
    /* How many output lines are possible now; called by one thread, lines in order; may keep books
     * in state (which must be recomputable from the tape alone: after a kill they start at zero).
     * Optional: the default is min over inputs of (mark - halo), the whole mark when sealed. */
    int32_t (*reach)(struct stage_run *r);
    /* Output lines [begin, end); with STAGE_BY_ROW only rows [row_begin, row_end). Cannot fail. */
    void (*run)(const struct stage_run *r, int32_t begin, int32_t end, int32_t row_begin,
                int32_t row_end);
};

/* Every stage, in the order of stage.list; ends with NULL. */
extern const struct stage *const stage_table[];
const struct stage *stage_find(const char *name);

/* Shorthands for run functions: line `i` of a port; NULL if the port is unbound or i is off the
 * tape. */
static inline const void *
stage_in(const struct stage_run *r, int port, int32_t line)
{
    const struct stage_plane *p = &r->in[port];
    return p->tape == NULL || line < 0 || line >= tape_mark(p->tape, p->plane)
               ? NULL
               : tape_read(p->tape, p->plane, line);
}

static inline void *
stage_out(const struct stage_run *r, int port, int32_t line)
{
    return tape_line(r->out[port].tape, r->out[port].plane, line);
}

#endif
