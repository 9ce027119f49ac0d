/* redundancy: see redundancy.h. A ray counts m / (m + m'), where m is how well the ray is covered
 * (fading towards the ends of an arc of views and the edges of the detector) and m' the same of the
 * ray that sees the same line from the other side. With one short arc this is Parker's weight, with
 * an offset detector on a full turn Wang's. */
#include "ct/redundancy.h"

#include "base/arena.h"
#include "base/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TURN (2 * NUM_PI)
#define FADE_RAD 0.35  /* over which an arc's ends fade */
#define STEP_MIN 0.02  /* gaps up to this are steps in any case, rad ... */
#define STEP_TIMES 2.5 /* ... and so are those of so many usual steps */
#define ANGLE_MAX 1e4

/* A good view: its angle within the turn, and the room to its neighbours in the order of angles. */
struct place {
    double angle;
    double before, after; /* rad to the previous and the next */
    bool starts, ends;    /* an arc begins or ends here: the room beyond it is a gap */
    int32_t view;
};

struct arc {
    double from, to, fade; /* from in [0, 2 pi), to may be beyond */
};

struct cover {
    int32_t n, arcs; /* arcs == 0: the whole turn */
    struct place *place;
    struct arc *arc;
    double usual; /* step */
};

static double
fade(double x)
{
    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    double s = num_sin(x * (NUM_PI / 2));
    return s * s;
}

static double
in_turn(double a)
{
    a -= TURN * num_floor(a / TURN);
    return a < TURN ? a : 0;
}

/* 0 to 1: how well the angle is covered by views. */
static double
covered(const struct cover *c, double angle)
{
    double a = in_turn(angle), best = 0;

    if (c->arcs == 0)
        return 1;
    for (int32_t i = 0; i < c->arcs; i++) {
        const struct arc *r = &c->arc[i];
        double x = a < r->from ? a + TURN : a;
        double here = fade((x - r->from) / r->fade) * fade((r->to - x) / r->fade);
        best = here > best ? here : best;
    }
    return best;
}

static int
by_angle(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->angle != y->angle)
        return x->angle < y->angle ? -1 : 1;
    return (x->view > y->view) - (x->view < y->view);
}

static int
sort_views(struct cover *c, const struct ct_view *views, int32_t n, struct err *e)
{
    for (int32_t v = 0; v < n; v++)
        if (views[v].good) {
            if (!(fabs(views[v].angle_rad) <= ANGLE_MAX))
                return err_set(e, ERR_LIMIT, "view %d stands at %g rad: %g at most are possible", v,
                               views[v].angle_rad, ANGLE_MAX);
            c->place[c->n++] = (struct place){.angle = in_turn(views[v].angle_rad), .view = v};
        }
    if (c->n < 2)
        return err_set(e, ERR_LIMIT,
                       "%d of %d views are good: at least 2 are needed to reconstruct", c->n, n);
    qsort(c->place, (size_t)c->n, sizeof *c->place, by_angle);
    return 0;
}

/* Steps between neighbours, the usual one, and where arcs begin and end. */
static void
find_gaps(struct cover *c)
{
    double *step = mem_zero((size_t)c->n, sizeof *step);
    int32_t n = c->n;

    for (int32_t i = 0; i < n; i++) {
        double next = i + 1 < n ? c->place[i + 1].angle : c->place[0].angle + TURN;
        step[i] = c->place[i].after = next - c->place[i].angle;
    }
    qsort(step, (size_t)n, sizeof *step, num_ascending);
    c->usual = step[(n - 1) * 3 / 4];
    double most = STEP_TIMES * c->usual > STEP_MIN ? STEP_TIMES * c->usual : STEP_MIN;
    for (int32_t i = 0; i < n; i++) {
        struct place *p = &c->place[i], *q = &c->place[(i + 1) % n];
        q->before = p->after;
        p->ends = q->starts = p->after > most;
        c->arcs += p->ends;
    }
    mem_free(step);
}

/* Half a usual step beyond the first and the last view of each. */
static void
set_arcs(struct cover *c)
{
    int32_t first = 0, k = 0;

    if (c->arcs == 0)
        return;
    while (!c->place[first].starts)
        first++;
    for (int32_t i = 0; i < c->n; i++) {
        const struct place *p = &c->place[(first + i) % c->n];
        if (p->starts)
            c->arc[k].from = p->angle - c->usual / 2;
        if (p->ends) {
            struct arc *a = &c->arc[k++];
            a->to = p->angle + c->usual / 2;
            a->to += a->to <= a->from ? TURN : 0;
            double half = (a->to - a->from) / 2;
            a->fade = half < FADE_RAD ? half : FADE_RAD;
            double from = in_turn(a->from);
            a->to += from - a->from;
            a->from = from;
        }
    }
}

/* ---- columns ---- */

struct column {
    double fan;          /* angle of the ray against the axis ray, rad; parallel: 0 */
    double cover, other; /* how well this and the column of the same line are covered */
};

static void
set_columns(const struct ct_geometry *g, struct column *col)
{
    double left = (g->axis_col + 0.5) * g->pitch_mm;
    double right = (g->cols - 0.5 - g->axis_col) * g->pitch_mm;
    double width = 2 * (left < right ? left : right);

    for (int32_t c = 0; c < g->cols; c++) {
        double u = (c - g->axis_col) * g->pitch_mm;
        col[c].fan = g->beam == CT_PARALLEL ? 0
                     : g->curved            ? u / g->detector_mm
                                            : num_atan2(u, g->detector_mm);
        col[c].cover = col[c].other = 1;
        if (width <= 0)
            col[c].other = 0;
        else {
            col[c].cover = fade((left + u) / width) * fade((right - u) / width);
            col[c].other = fade((left - u) / width) * fade((right + u) / width);
        }
    }
}

/* Of one side of a view: half the way to its neighbour, but only half a usual step into a gap;
 * `more` is what is left of a gap that may be bridged. */
static double
side(const struct cover *c, double room, bool gap, double *more)
{
    *more = gap && room <= CT_BRIDGE_RAD ? (room - c->usual) / 2 : 0;
    return gap ? c->usual / 2 : room / 2;
}

static void
weigh_view(const struct cover *c, const struct place *p, const struct column *col, int32_t cols,
           float *weight)
{
    double more[2];
    double share = side(c, p->before, p->starts, &more[0]) + side(c, p->after, p->ends, &more[1]);
    double own = covered(c, p->angle);

    for (int32_t k = 0; k < cols; k++) {
        double turned = p->angle + NUM_PI - 2 * col[k].fan;
        double m = own * col[k].cover, other = covered(c, turned) * col[k].other;
        double w = share * (m + other > 0 ? m / (m + other) : 1);
        if (more[0] > 0)
            w += more[0] * (covered(c, turned - p->before / 2) * col[k].other > 0 ? 0 : 1);
        if (more[1] > 0)
            w += more[1] * (covered(c, turned + p->after / 2) * col[k].other > 0 ? 0 : 1);
        weight[k] = (float)w;
    }
}

int
ct_redundancy(const struct ct_geometry *g, const struct ct_view *views, int32_t n, float *weight,
              struct err *e)
{
    struct arena a = {.block = NULL};
    size_t cols = (size_t)g->cols;
    struct cover c = {.place = arena_zero(&a, (size_t)n + 1, sizeof *c.place)};
    struct column *col = arena_zero(&a, cols, sizeof *col);
    int rc = sort_views(&c, views, n, e);

    if (rc == 0) {
        find_gaps(&c);
        c.arc = arena_zero(&a, (size_t)c.arcs + 1, sizeof *c.arc);
        set_arcs(&c);
        set_columns(g, col);
        memset(weight, 0, (size_t)n * cols * sizeof *weight);
        for (int32_t i = 0; i < c.n; i++)
            weigh_view(&c, &c.place[i], col, g->cols, weight + (size_t)c.place[i].view * cols);
    }
    arena_free(&a);
    return rc;
}
