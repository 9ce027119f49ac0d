/* stage: a pure function from lines of some planes to lines of others. Opening a stage may fail;
 * running it may not. The descriptor is the last thing in a stage's file; the list in
 * meson.build names them all. */
#ifndef STAGE_STAGE_H
#define STAGE_STAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/par.h"
#include "tape/tape.h"

#define STAGE_PORTS_MAX 12
#define STAGE_PARAMS_MAX 16

/* A typed parameter; recipes, man pages and settings forms all come from these rows. Whole numbers
 * and switches are doubles too; with `words` (NULL-terminated) the value is the index of one. */
struct stage_param {
    const char *name, *unit;
    double standard, min, max;
    const char *meaning;
    const char *const *words;
};

/* What an instance of a stage is made for. */
enum stage_per {
    STAGE_PER_PLANE, /* one instance per (view, energy) of what it reads as STAGE_SAME */
    STAGE_PER_VIEW,  /* one instance per view; ports name the energies */
};

enum stage_split {
    STAGE_BY_LINE, /* any piece of lines may run in any thread */
    STAGE_BY_ROW,  /* recursive along the tape: lines in order, threads share the rows */
    STAGE_WHOLE,   /* lines in order by one call, which may use the pool itself */
};

#define STAGE_SAME (-1) /* the instance's own energy */
#define STAGE_NONE (-1) /* in stage_shape.rows: this instance does not make this output */

struct stage_port {
    enum quantity quantity;
    int8_t energy;   /* 0, 1, 2 or STAGE_SAME */
    uint8_t lattice; /* writes only: lattice of the new plane; reads take what is there. */
    bool optional;   /* reads only: the port may stay unbound (spec == NULL) */
    bool scratch;    /* writes only: nobody outside the recipe needs it, keep it in a ring */
    int16_t halo;    /* reads: lines needed before and after; writes: own lines needed before */
};
/* A written lattice of STAGE_LATTICE_SAME is that of the first bound input. */
#define STAGE_LATTICE_SAME 255

/* A bound port. A read binds to the newest plane of its quantity, view and energy that a stage
 * further up the recipe (or the input tape) writes; an older plane of the same name becomes
 * scratch. */
struct stage_plane {
    const struct plane_spec *spec; /* NULL when the port is unbound or the output is not made */
    struct tape *tape;             /* where the lines are; in open, NULL for planes of the recipe */
    int plane;
};

/* Whom a run that takes long tells how many of its lines are as good as done, fractions included.
 */
struct stage_progress {
    void (*step)(void *arg, double lines); /* NULL: nobody */
    void *arg;
};

struct stage; /* the descriptor */

/* One instance, as seen by open and run. */
struct stage_run {
    const struct stage *stage;
    int view, energy; /* energy of a STAGE_PER_VIEW instance is that of its first bound input */
    double param[STAGE_PARAMS_MAX];
    struct stage_plane in[STAGE_PORTS_MAX], out[STAGE_PORTS_MAX];
    struct stage_plane pose;     /* newest poses of the first bound input's lattice */
    struct stage_plane out_pose; /* bound when the stage makes a new lattice: it writes those too */
    const char *about;           /* text of the input tape */
    const struct tape *input;    /* that tape, for what it says about the machine */
    const struct tape *calib;    /* NULL when the recipe has none; fully sealed */
    const struct kern *kern;     /* the kernels of this machine, all levels bit-equal */
    int32_t grid_lines;          /* capacity asked for a new lattice; 0 = the stage chooses */
    int threads;                 /* that may run at once */
    struct par *pool;            /* for runs of STAGE_WHOLE; others run inside it */
    struct stage_progress progress;
    int32_t step, grain; /* open may set: lines a turn, elements a grain of STAGE_BY_ROW */
    void *state;         /* made by open in the arena; only reach may change it, run reads */
    struct arena *arena;
};

/* What open may say about the outputs. 0 = as the first bound input. */
struct stage_shape {
    int32_t rows[STAGE_PORTS_MAX]; /* or STAGE_NONE; given rows mean `cols` columns, at least one */
    int32_t cols[STAGE_PORTS_MAX];
    int32_t lines[STAGE_PORTS_MAX]; /* capacity */
    int32_t halo[STAGE_PORTS_MAX];  /* of the inputs, where the descriptor's is not enough */
};

struct stage {
    const char *name, *brief;         /* brief: one sentence for man pages */
    const struct stage_param *params; /* ends with a NULL name */
    struct stage_port reads[STAGE_PORTS_MAX], writes[STAGE_PORTS_MAX];
    int n_reads, n_writes;
    enum stage_per per;
    enum stage_split split;
    /* Checks everything, makes state, may set the shape of the outputs. Of the inputs only specs
     * are there (and the tape, where it is the recipe's input). Optional. */
    int (*open)(struct stage_run *r, struct stage_shape *shape, struct err *e);
    /* Gives back what open took outside of the arena; also after a failed open that set state.
     * Optional. */
    void (*close)(struct stage_run *r);
    /* How many output lines are possible now; called by one thread, lines in order; may keep books
     * in state (which must be recomputable from full planes alone: after a kill they start at
     * zero). Looks at seals before marks; when all inputs are sealed it gives the final number.
     * Optional: the default is min over inputs of (mark - halo), the whole mark when sealed. */
    int32_t (*reach)(struct stage_run *r);
    /* With an own reach: the lowest input line that lines from the outputs' mark on may still need,
     * called after reach. Lines of the input may be at most halo - 1 behind its mark. */
    int32_t (*keep)(const struct stage_run *r);
    /* Output lines [begin, end); with STAGE_BY_ROW only elements [row_begin, row_end) of a line
     * (otherwise all of them: rows x cols). Cannot fail. */
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
    return p->spec == NULL || line < 0 || line >= tape_mark(p->tape, p->plane)
               ? NULL
               : tape_read(p->tape, p->plane, line);
}

static inline void *
stage_out(const struct stage_run *r, int port, int32_t line)
{
    return tape_line(r->out[port].tape, r->out[port].plane, line);
}

/* Elements of one line of a port. */
static inline int32_t
stage_elements(const struct stage_plane *p)
{
    return p->spec->rows * p->spec->cols;
}

/* The pose of a line of the first input; a nominal one where the tape has none. */
struct pose stage_pose(const struct stage_run *r, int32_t line);
/* `lines` lines of a calibration plane with one element per element of `like` (or one for all: then
 * it is spread out). Where the calibration has no such plane: `otherwise`, unless that is negative,
 * which is an error. energy -1 = any. Values must lie within the quantity's range. Memory of the
 * arena; line k starts at k * elements. */
int stage_calib(struct stage_run *r, enum quantity q, int energy, const struct plane_spec *like,
                int lines, float otherwise, const float **table, struct err *e) MUST_USE;
/* Lines of that calibration plane, 0 if there is none. */
int stage_calib_lines(const struct stage_run *r, enum quantity q, int energy);

#endif
