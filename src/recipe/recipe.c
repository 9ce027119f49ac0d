/* recipe: see recipe.h. One short loop: every instance runs as far as the marks in front of it and
 * the rings behind it allow. What a kill interrupts is computed again: a mark moves only after its
 * lines are complete, and a ring is never written over a line that somebody may still need. */
#include "recipe/recipe.h"

#include "recipe/about.h"

#include <assert.h>
#include <string.h>

#define INLINE_ELEMENTS 32768 /* less work than this is not worth waking threads */
#define ROW_GRAIN 512         /* elements per grain of a STAGE_BY_ROW stage */

/* ---- how far ---- */

static int32_t
out_mark(const struct recipe *r, const struct recipe_instance *x)
{
    int32_t mark = INT32_MAX;
    for (int k = 0; k < x->run.stage->n_writes; k++)
        if (x->out[k] >= 0) {
            int32_t m = tape_mark(r->out, x->run.out[k].plane);
            mark = m < mark ? m : mark;
        }
    if (x->out_pose >= 0) {
        int32_t m = tape_mark(r->out, x->run.out_pose.plane);
        mark = m < mark ? m : mark;
    }
    return mark;
}

static bool
out_sealed(const struct recipe *r, const struct recipe_instance *x)
{
    for (int k = 0; k < x->run.stage->n_writes; k++)
        if (x->out[k] >= 0 && !tape_sealed(r->out, x->run.out[k].plane))
            return false;
    return x->out_pose < 0 || tape_sealed(r->out, x->run.out_pose.plane);
}

/* Poses too: a stage may look at all of them. */
static bool
in_sealed(const struct recipe_instance *x)
{
    for (int k = 0; k < x->run.stage->n_reads; k++)
        if (x->in[k] >= 0 && !tape_sealed(x->run.in[k].tape, x->run.in[k].plane))
            return false;
    return x->pose < 0 || tape_sealed(x->run.pose.tape, x->run.pose.plane);
}

static int32_t
reach_default(const struct recipe_instance *x)
{
    int32_t reach = INT32_MAX;

    for (int k = 0; k < x->run.stage->n_reads; k++) {
        if (x->in[k] < 0)
            continue;
        const struct stage_plane *p = &x->run.in[k];
        bool sealed = tape_sealed(p->tape, p->plane); /* before the mark: then the mark is final */
        int32_t m = tape_mark(p->tape, p->plane);
        m = sealed ? m : m - x->run.stage->reads[k].halo;
        reach = m < reach ? m : reach;
    }
    return reach < 0 ? 0 : reach;
}

/* The lowest line of plane `i` that instance x may still need. */
static int32_t
keep_of(const struct recipe *r, const struct recipe_instance *x, int i)
{
    int32_t keep = INT32_MAX, mark = out_mark(r, x);

    if (out_sealed(r, x))
        return keep;
    for (int k = 0; k < x->run.stage->n_reads; k++)
        if (x->in[k] == i) {
            int32_t low = x->run.stage->keep != NULL ? x->run.stage->keep(&x->run)
                                                     : mark - x->run.stage->reads[k].halo;
            keep = low < keep ? low : keep;
        }
    for (int k = 0; k < x->run.stage->n_writes; k++)
        if (x->out[k] == i && mark - x->run.stage->writes[k].halo < keep)
            keep = mark - x->run.stage->writes[k].halo;
    return keep;
}

/* The lowest line of plane `i` that anybody may still need. */
static int32_t
plane_keep(const struct recipe *r, int i)
{
    int32_t keep = INT32_MAX;

    for (int word = 0; word < RECIPE_SET; word++)
        for (uint64_t left = r->plane[i].users[word]; left != 0; left &= left - 1) {
            int32_t k = keep_of(r, &r->instance[64 * word + __builtin_ctzll(left)], i);
            keep = k < keep ? k : keep;
        }
    return keep;
}

int32_t
recipe_keep(const struct recipe *r, int plane)
{
    for (int i = 0; i < r->n_planes; i++)
        if (r->plane[i].given && r->plane[i].index == plane)
            return plane_keep(r, i);
    return INT32_MAX;
}

/* How far the rings behind let instance x write. */
static int32_t
room(const struct recipe *r, const struct recipe_instance *x)
{
    int64_t end = INT32_MAX;

    for (int k = 0; k < x->run.stage->n_writes; k++) {
        if (x->out[k] < 0)
            continue;
        const struct plane_spec *s = x->run.out[k].spec;
        if (!s->scratch || s->ring >= s->lines)
            continue;
        int64_t most = (int64_t)plane_keep(r, x->out[k]) + s->ring;
        end = most < end ? most : end;
    }
    return (int32_t)end;
}

static int32_t
capacity(const struct recipe_instance *x)
{
    int32_t lines = INT32_MAX;
    for (int k = 0; k < x->run.stage->n_writes; k++)
        if (x->out[k] >= 0 && x->run.out[k].spec->lines < lines)
            lines = x->run.out[k].spec->lines;
    return lines;
}

/* ---- one turn of one instance ---- */

struct work {
    const struct stage_run *run;
    int32_t begin, end, elements;
};

static void
run_lines(void *arg, int a, int b)
{
    const struct work *w = arg;
    w->run->stage->run(w->run, a, b, 0, w->elements);
}

static void
run_rows(void *arg, int a, int b)
{
    const struct work *w = arg;
    w->run->stage->run(w->run, w->begin, w->end, a, b);
}

static int32_t
elements_of(const struct recipe_instance *x)
{
    for (int k = 0; k < x->run.stage->n_writes; k++)
        if (x->out[k] >= 0)
            return stage_elements(&x->run.out[k]);
    return 1;
}

static void
instance_run(struct recipe *r, struct recipe_instance *x, int32_t begin, int32_t end)
{
    struct work w = {&x->run, begin, end, elements_of(x)};
    enum stage_split split = x->run.stage->split;
    for (int k = 0; r->options.fetch && k < x->run.stage->n_writes; k++)
        if (x->out[k] >= 0)
            tape_fetch(r->out, x->run.out[k].plane, end);
    bool small = (int64_t)w.elements * (end - begin) < INLINE_ELEMENTS;

    if (split == STAGE_WHOLE || small || par_threads(r->pool) == 1)
        x->run.stage->run(&x->run, begin, end, 0, w.elements);
    else if (split == STAGE_BY_LINE)
        par_for(r->pool, begin, end, 1, run_lines, &w);
    else
        par_for(r->pool, 0, w.elements, x->run.grain > 0 ? x->run.grain : ROW_GRAIN, run_rows, &w);
}

static void
mark_move(struct recipe *r, struct recipe_instance *x, int32_t mark, bool seal)
{
    for (int k = 0; k <= x->run.stage->n_writes; k++) {
        bool pose = k == x->run.stage->n_writes;
        if ((pose ? x->out_pose : x->out[k]) < 0)
            continue;
        int plane = pose ? x->run.out_pose.plane : x->run.out[k].plane;
        if (tape_mark(r->out, plane) < mark)
            tape_set_mark(r->out, plane, mark);
        if (seal)
            tape_seal(r->out, plane);
    }
}

static bool
instance_turn(struct recipe *r, struct recipe_instance *x)
{
    if (out_sealed(r, x))
        return false;
    bool sealed = in_sealed(x); /* before any mark is read */
    int32_t mark = out_mark(r, x);
    int32_t reach = x->run.stage->reach != NULL ? x->run.stage->reach(&x->run) : reach_default(x);
    int32_t most = capacity(x), final = reach < most ? reach : most;
    int32_t free = room(r, x), end = final < free ? final : free;

    int32_t step = x->run.step > 0 ? x->run.step : r->options.step;
    end = end - mark > step ? mark + step : end;
    if (end > mark) {
        instance_run(r, x, mark, end);
        mark_move(r, x, end, false);
    } else
        end = mark;
    bool last = sealed && end == final;
    if (last)
        mark_move(r, x, end, true);
    return end > mark || last;
}

bool
recipe_turn(struct recipe *r)
{
    bool moved = false;
    for (int i = 0; i < r->n; i++)
        moved |= instance_turn(r, &r->instance[r->order[i]]);
    return moved;
}

/* ---- open, resume, close ---- */

static void
attach(struct recipe *r)
{
    for (int i = 0; i < r->n; i++) {
        struct recipe_instance *x = &r->instance[i];
        for (int k = 0; k < x->run.stage->n_reads; k++)
            x->run.in[k] = recipe_plane_bound(r, x->in[k]);
        for (int k = 0; k < x->run.stage->n_writes; k++)
            x->run.out[k] = recipe_plane_bound(r, x->out[k]);
        x->run.pose = recipe_plane_bound(r, x->pose);
        x->run.out_pose = recipe_plane_bound(r, x->out_pose);
    }
    for (int i = 0; i < r->n; i++) /* books come to where the marks are before anybody asks keep */
        if (r->instance[i].run.stage->reach != NULL)
            (void)r->instance[i].run.stage->reach(&r->instance[i].run);
}

static int
prepare(const struct text *t, struct tape *in, const struct tape *calib, struct par *pool,
        const struct recipe_options *options, struct recipe **out, struct err *e)
{
    struct recipe *r = mem_zero(1, sizeof *r);

    r->in = in;
    r->calib = calib;
    r->pool = pool;
    r->options = *options;
    if (r->options.step == 0)
        r->options.step = RECIPE_STEP;
    if (r->options.step < 0 || r->options.step > TAPE_LINES_MAX) {
        recipe_close(r);
        return err_set(e, ERR_LIMIT, "a step of %d lines; 1 to %d are possible", options->step,
                       TAPE_LINES_MAX);
    }
    if (r->options.step > RECIPE_STEP_MAX)
        r->options.step = RECIPE_STEP_MAX;
    if (recipe_bind(r, t, e) != 0) {
        recipe_close(r);
        return -1;
    }
    *out = r;
    return 0;
}

int
recipe_open(const struct text *t, struct tape *in, const struct tape *calib, struct par *pool,
            const struct recipe_options *options, struct recipe **out, struct err *e)
{
    struct recipe *r;
    struct plane_spec specs[TAPE_PLANES_MAX];

    if (prepare(t, in, calib, pool, options, &r, e) != 0)
        return -1;
    int n = recipe_layout(r, specs);
    if (tape_new(specs, n, recipe_about(r, t->root->first->arg[0]), &r->out, e) != 0) {
        recipe_close(r);
        return -1;
    }
    attach(r);
    *out = r;
    return 0;
}

static bool
spec_same(const struct plane_spec *a, const struct plane_spec *b)
{
    return a->quantity == b->quantity && a->view == b->view && a->energy == b->energy &&
           a->lattice == b->lattice && a->scratch == b->scratch && a->rows == b->rows &&
           a->cols == b->cols && a->lines == b->lines && a->ring == b->ring;
}

int
recipe_resume(const struct text *t, struct tape *in, const struct tape *calib, struct par *pool,
              const struct recipe_options *options, struct tape *tape, struct recipe **out,
              struct err *e)
{
    struct recipe *r;
    struct plane_spec specs[TAPE_PLANES_MAX];

    if (prepare(t, in, calib, pool, options, &r, e) != 0)
        return -1;
    int n = recipe_layout(r, specs);
    bool same = n == tape_planes(tape) &&
                strcmp(tape_about(tape), recipe_about(r, t->root->first->arg[0])) == 0;
    for (int i = 0; same && i < n; i++)
        same = spec_same(&specs[i], tape_plane(tape, i));
    if (!same) {
        recipe_close(r);
        return err_set(e, ERR_INPUT,
                       "the tape to go on with was made by another recipe, input or step");
    }
    r->out = tape;
    attach(r);
    *out = r;
    return 0;
}

struct tape *
recipe_out(const struct recipe *r)
{
    return r->out;
}

struct tape *
recipe_take(struct recipe *r)
{
    r->taken = true;
    return r->out;
}

void
recipe_close(struct recipe *r)
{
    if (r == NULL)
        return;
    if (!r->taken)
        tape_free(r->out);
    for (int i = 0; i < r->n; i++)
        recipe_instance_close(&r->instance[i]);
    arena_free(&r->arena);
    mem_free(r);
}
