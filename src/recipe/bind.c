/* bind: see bind.h. A read takes the newest plane of its name; an older one of the same name is
 * hidden from then on, and scratch. */
#include "recipe/bind.h"

#include <string.h>

static const struct text_node *
recipe_node(const struct text *t, struct err *e)
{
    const struct text_node *n;
    static const char *const words[] = {"recipe", NULL};

    if (text_only(t, t->root, words, e) != 0 || text_need(t, t->root, "recipe", &n, e) != 0 ||
        text_args(t, n, 1, 1, e) != 0)
        return NULL;
    if (n->first == NULL) {
        (void)text_error(t, n, e, "the recipe names no stage");
        return NULL;
    }
    return n;
}

static int
word_read(const struct text *t, const struct text_node *in, const struct stage_param *p,
          double *value, struct err *e)
{
    const struct text_node *n;
    int word = (int)*value;

    if (text_one(t, in, p->name, &n, e) != 0)
        return -1;
    if (n != NULL &&
        (text_args(t, n, 1, 1, e) != 0 || text_choice(t, n, 0, p->words, &word, e) != 0))
        return -1;
    *value = word;
    return 0;
}

static int
param_read(const struct text *t, const struct text_node *n, struct recipe_instance *x,
           struct err *e)
{
    const struct stage_param *p = x->run.stage->params;
    const char *words[STAGE_PARAMS_MAX + 1] = {NULL};

    if (p == NULL)
        return text_only(t, n, words, e);
    for (int i = 0; p[i].name != NULL; i++)
        words[i] = p[i].name;
    if (text_only(t, n, words, e) != 0)
        return -1;
    for (int i = 0; p[i].name != NULL; i++) {
        x->run.param[i] = p[i].standard;
        if (p[i].words != NULL
                ? word_read(t, n, &p[i], &x->run.param[i], e) != 0
                : text_set(t, n, p[i].name, p[i].min, p[i].max, &x->run.param[i], e) != 0)
            return -1;
    }
    return 0;
}

/* The newest visible plane; energy or lattice -1 = any. */
static int
plane_find(const struct recipe *r, enum quantity q, int view, int energy, int lattice)
{
    for (int i = r->n_planes - 1; i >= 0; i--) {
        const struct recipe_plane *p = &r->plane[i];
        if (!p->hidden && p->spec.quantity == q && (view < 0 || p->spec.view == view) &&
            (energy < 0 || p->spec.energy == energy) && (lattice < 0 || p->spec.lattice == lattice))
            return i;
    }
    return -1;
}

static int
pose_find(const struct recipe *r, int view, int energy, int lattice)
{
    int i = plane_find(r, Q_POSE, view, energy, lattice);
    if (i < 0)
        i = plane_find(r, Q_POSE, view, -1, lattice);
    return i < 0 ? plane_find(r, Q_POSE, -1, -1, lattice) : i;
}

struct stage_plane
recipe_plane_bound(struct recipe *r, int i)
{
    struct stage_plane p = {NULL, NULL, -1};
    if (i >= 0) {
        p.spec = &r->plane[i].spec;
        p.tape = r->plane[i].given ? r->in : r->out;
        p.plane = r->plane[i].index;
    }
    return p;
}

static void
read_bind(struct recipe *r, struct recipe_instance *x, int k)
{
    const struct stage_port *port = &x->run.stage->reads[k];
    int energy = port->energy == STAGE_SAME ? x->run.energy : port->energy;

    if (port->quantity == Q_POSE)
        x->in[k] = x->first < 0
                       ? -1
                       : pose_find(r, x->run.view, energy, r->plane[x->in[x->first]].spec.lattice);
    else
        x->in[k] = plane_find(r, port->quantity, x->run.view, energy, -1);
    x->run.in[k] = recipe_plane_bound(r, x->in[k]);
}

/* Binds the reads of one (view, energy), poses last: they are those of the first input's lattice.
 * Returns how many others are bound; *missing is the first needed port that is not, or -1. */
static int
reads_bind(struct recipe *r, struct recipe_instance *x, int *missing)
{
    const struct stage *s = x->run.stage;
    int bound = 0;

    x->first = -1;
    for (int poses = 0; poses < 2; poses++)
        for (int k = 0; k < s->n_reads; k++) {
            if ((s->reads[k].quantity == Q_POSE) != poses)
                continue;
            read_bind(r, x, k);
            bound += !poses && x->in[k] >= 0;
            x->first = x->first < 0 && x->in[k] >= 0 ? k : x->first;
        }
    *missing = -1;
    for (int k = s->n_reads - 1; k >= 0; k--)
        if (x->in[k] < 0 && !s->reads[k].optional)
            *missing = k;
    return bound;
}

static int
plane_add(struct recipe *r, const struct plane_spec *spec, bool scratch, int need)
{
    struct recipe_plane *p = &r->plane[r->n_planes];
    *p = (struct recipe_plane){.spec = *spec, .scratch = scratch, .index = -1, .need = need};
    return r->n_planes++;
}

/* The new plane i takes the name of older ones. Poses of another lattice keep theirs. */
static void
plane_hide_older(struct recipe *r, int i)
{
    const struct plane_spec *s = &r->plane[i].spec;
    for (int k = 0; k < i; k++) {
        struct recipe_plane *p = &r->plane[k];
        const struct plane_spec *o = &p->spec;
        if (o->quantity != s->quantity || o->view != s->view ||
            (o->energy != s->energy && o->energy != 2) ||
            (s->quantity == Q_POSE && o->lattice != s->lattice))
            continue;
        p->hidden = true;
        p->scratch = true;
    }
}

static int
writes_add(struct recipe *r, struct recipe_instance *x, const struct stage_shape *shape)
{
    const struct plane_spec *like = &r->plane[x->in[x->first]].spec;
    int from = r->n_planes;

    x->out_pose = -1;
    for (int k = 0; k < x->run.stage->n_writes; k++) {
        const struct stage_port *port = &x->run.stage->writes[k];
        struct plane_spec s = *like;
        x->out[k] = -1;
        if (shape->rows[k] == STAGE_NONE)
            continue;
        s.quantity = port->quantity;
        s.energy = (uint8_t)(port->energy == STAGE_SAME ? x->run.energy : port->energy);
        s.view = (uint8_t)x->run.view;
        s.lattice = port->lattice == STAGE_LATTICE_SAME ? like->lattice : port->lattice;
        s.cols = shape->rows[k] == 0 ? like->cols : shape->cols[k] > 0 ? shape->cols[k] : 1;
        s.rows = shape->rows[k] > 0 ? shape->rows[k] : like->rows;
        s.lines = shape->lines[k] > 0 ? shape->lines[k] : like->lines;
        if (r->n_planes + 2 > 2 * TAPE_PLANES_MAX)
            return -1;
        x->out[k] = plane_add(r, &s, port->scratch, port->halo);
        if (s.lattice != like->lattice && x->out_pose < 0) {
            struct plane_spec pose = s;
            pose.quantity = Q_POSE;
            pose.energy = 0;
            pose.rows = pose.cols = 1;
            x->out_pose = plane_add(r, &pose, false, 0);
        }
    }
    for (int i = from; i < r->n_planes; i++)
        plane_hide_older(r, i);
    return 0;
}

/* Readers say how many lines a ring must hold: their halo, and how far they stay behind the plane.
 * States of their own do, too. */
static void
needs_note(struct recipe *r, const struct recipe_instance *x, const struct stage_shape *shape)
{
    const struct stage *s = x->run.stage;
    int halo[STAGE_PORTS_MAX], lag = 0;

    for (int k = 0; k < s->n_reads; k++) {
        halo[k] = shape->halo[k] > 0 ? shape->halo[k] : s->reads[k].halo;
        int late = x->in[k] < 0 ? 0 : r->plane[x->in[k]].lag + (s->keep == NULL ? halo[k] : 0);
        lag = late > lag ? late : lag;
    }
    for (int k = 0; k < s->n_reads; k++)
        if (x->in[k] >= 0) {
            struct recipe_plane *p = &r->plane[x->in[k]];
            p->need = lag - p->lag + halo[k] > p->need ? lag - p->lag + halo[k] : p->need;
        }
    for (int k = 0; k < s->n_writes; k++)
        if (x->out[k] >= 0 && s->reach == NULL)
            r->plane[x->out[k]].lag = lag;
}

void
recipe_instance_close(struct recipe_instance *x)
{
    if (x->run.stage->close != NULL && x->run.state != NULL)
        x->run.stage->close(&x->run);
}

/* Who may hold up a ring: asked for every plane in every turn, so it is written down once. */
static void
users_note(struct recipe *r, const struct recipe_instance *x)
{
    size_t own = (size_t)(x - r->instance);

    for (int k = 0; k < STAGE_PORTS_MAX; k++) {
        if (k < x->run.stage->n_reads && x->in[k] >= 0)
            r->plane[x->in[k]].users[own / 64] |= UINT64_C(1) << own % 64;
        if (k < x->run.stage->n_writes && x->out[k] >= 0)
            r->plane[x->out[k]].users[own / 64] |= UINT64_C(1) << own % 64;
    }
}

static int
instance_open(struct recipe *r, struct recipe_instance *x, struct err *e)
{
    struct stage_shape shape = {{0}, {0}, {0}, {0}};
    const struct stage *s = x->run.stage;
    const struct plane_spec *like = &r->plane[x->in[x->first]].spec;

    x->pose = pose_find(r, x->run.view, x->run.energy, like->lattice);
    x->run.pose = recipe_plane_bound(r, x->pose);
    x->run.about = tape_about(r->in);
    x->run.input = r->in;
    x->run.calib = r->calib;
    x->run.kern = kern_get(r->options.kern_level);
    x->run.grid_lines = r->options.grid_lines;
    x->run.arena = &r->arena;
    x->run.threads = par_threads(r->pool);
    x->run.pool = r->pool;
    x->run.progress = r->options.progress;
    if (x->run.kern == NULL)
        return err_set(e, ERR_INPUT, "this machine has no CPU level x86-64-v%d",
                       r->options.kern_level);
    if (s->open != NULL && s->open(&x->run, &shape, e) != 0) {
        recipe_instance_close(x);
        return err_at(e, "stage %s", s->name);
    }
    if (writes_add(r, x, &shape) != 0)
        return err_set(e, ERR_LIMIT, "the recipe makes more than %d planes", TAPE_PLANES_MAX);
    needs_note(r, x, &shape);
    users_note(r, x);
    return 0;
}

/* One instance of a recipe line for (view, energy): 1 = made, 0 = the tape has nothing for it. */
static int
instance_try(struct recipe *r, const struct text *t, const struct text_node *n,
             const struct stage *s, int view, int energy, struct err *e)
{
    struct recipe_instance x = {.run = {.stage = s, .view = view, .energy = energy}};
    int missing, bound = reads_bind(r, &x, &missing);

    if (bound == 0 || (missing == 0 && s->per == STAGE_PER_PLANE))
        return 0;
    if (missing >= 0)
        return text_error(t, n, e, "stage %s reads %s (view %d), which no stage above it writes",
                          s->name, quantity_table[s->reads[missing].quantity].name, view);
    if (s->per == STAGE_PER_VIEW)
        x.run.energy = r->plane[x.in[x.first]].spec.energy;
    if (r->n == RECIPE_INSTANCES_MAX)
        return text_error(t, n, e, "more than %d stage instances", RECIPE_INSTANCES_MAX);
    if (param_read(t, n, &x, e) != 0)
        return -1;
    r->instance[r->n] = x;
    if (instance_open(r, &r->instance[r->n], e) != 0)
        return err_at(e, "%s:%d", t->file, n->line);
    r->n++;
    return 1;
}

static int
stage_bind(struct recipe *r, const struct text *t, const struct text_node *n, struct err *e)
{
    int before = r->n, planes = r->n_planes, views = 0;

    if (strcmp(n->word, "stage") != 0)
        return text_error(t, n, e, "a recipe has lines `stage NAME`, with parameters in braces");
    if (text_args(t, n, 1, 1, e) != 0)
        return -1;
    const struct stage *s = stage_find(n->arg[0]);
    if (s == NULL)
        return text_error(t, n, e, "there is no stage %s; `doorlicht stages` lists them",
                          n->arg[0]);
    for (int i = 0; i < planes; i++)
        views = r->plane[i].spec.view >= views ? r->plane[i].spec.view + 1 : views;
    for (int view = 0; view < views; view++)
        for (int energy = 0; energy < 3; energy++) {
            if (s->per == STAGE_PER_VIEW && energy > 0)
                break;
            if (instance_try(r, t, n, s, view, energy, e) < 0)
                return -1;
        }
    if (r->n == before)
        return text_error(t, n, e, "stage %s reads %s, which no stage above it writes", s->name,
                          quantity_table[s->reads[0].quantity].name);
    return 0;
}

static int
given_planes(struct recipe *r, struct err *e)
{
    for (int i = 0; i < tape_planes(r->in); i++) {
        const struct plane_spec *s = tape_plane(r->in, i);
        if (s->lattice == LATTICE_CALIB)
            continue;
        int k = plane_add(r, s, false, 0);
        r->plane[k].given = true;
        r->plane[k].index = i;
    }
    return r->n_planes > 0 ? 0 : err_set(e, ERR_INPUT, "the input tape has no lines of a scan");
}

/* View after view, as no stage reads two. */
static void
turns_order(struct recipe *r)
{
    int n = 0;

    for (int view = 0; n < r->n; view++)
        for (int i = 0; i < r->n; i++)
            if (r->instance[i].run.view == view)
                r->order[n++] = i;
}

int
recipe_bind(struct recipe *r, const struct text *t, struct err *e)
{
    const struct text_node *recipe = recipe_node(t, e);

    if (recipe == NULL || given_planes(r, e) != 0)
        return -1;
    for (const struct text_node *n = recipe->first; n != NULL; n = n->next)
        if (stage_bind(r, t, n, e) != 0)
            return -1;
    turns_order(r);
    return 0;
}

static int32_t
ring_lines(const struct recipe *r, const struct recipe_plane *p)
{
    int32_t ring = 8, lines = p->need + r->options.step;
    while (ring < lines)
        ring *= 2;
    return ring;
}

/* Newest first and kept before scratch, so that tape_find gives what the recipe ends with. */
int
recipe_layout(struct recipe *r, struct plane_spec specs[TAPE_PLANES_MAX])
{
    int n = 0;
    for (int scratch = 0; scratch < 2; scratch++)
        for (int i = r->n_planes - 1; i >= 0; i--) {
            struct recipe_plane *p = &r->plane[i];
            bool dropped = p->scratch || (r->options.volumes && p->spec.lattice != LATTICE_SLICE &&
                                          p->spec.quantity != Q_POSE);
            if (p->given || (dropped && !r->options.keep_scratch) != (scratch == 1))
                continue;
            if (n == TAPE_PLANES_MAX)
                return TAPE_PLANES_MAX + 1;
            p->spec.scratch = scratch == 1;
            p->spec.ring = scratch == 1 ? ring_lines(r, p) : p->spec.lines;
            p->index = n;
            specs[n++] = p->spec;
        }
    return n;
}
