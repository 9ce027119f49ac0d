/* scene_boolean: difference, intersection and union along a ray. The operands' spans become
 * events; walking them in order, each one changes a count in its node and perhaps in those above.
 */
#include "twin/scene_parts.h"

#define EVENTS_MAX 1024

struct event {
    double t;
    int32_t solid, step; /* +1 in, -1 out */
};

struct walk {
    const struct scene_boolean *b;
    int32_t count[SCENE_OPERANDS_MAX]; /* per node */
    struct event event[EVENTS_MAX];
    int events;
};

static void
node_add(struct walk *w, int node, int32_t weight)
{
    const struct scene_boolean *b = w->b;

    for (;;) {
        bool before = w->count[node] >= b->target[node];
        w->count[node] += weight;
        bool after = w->count[node] >= b->target[node];
        if (before == after || node == 0)
            return;
        weight = after ? b->weight[node] : -b->weight[node];
        node = b->parent[node];
    }
}

static bool
is_before(const struct event *a, const struct event *b)
{
    if (a->t != b->t)
        return a->t < b->t;
    return a->solid != b->solid ? a->solid < b->solid : a->step < b->step;
}

/* Heap sort: in place, n log n whatever the input. */
static void
sift(struct event *e, int i, int n)
{
    struct event moved = e[i];

    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && is_before(&e[child], &e[child + 1]))
            child++;
        if (!is_before(&moved, &e[child]))
            break;
        e[i] = e[child];
    }
    e[i] = moved;
}

static void
sort_events(struct event *e, int n)
{
    for (int i = n / 2 - 1; i >= 0; i--)
        sift(e, i, n);
    for (int i = n - 1; i > 0; i--) {
        struct event last = e[i];
        e[i] = e[0];
        e[0] = last;
        sift(e, 0, i);
    }
}

/* What is inside at the window's start goes into the counts at once; only faces within the window
 * become events, so a shorter window always has fewer. */
static int
collect(const struct scene_shapes *h, struct walk *w, const struct scene_ray *r)
{
    struct scene_span span[SCENE_SPANS_MAX];
    const struct scene_boolean *b = w->b;

    for (int i = 0; i < b->solids; i++) {
        int n = scene_solid_spans(h, &b->solid[i], r, span);
        if (n < 0 || w->events + 2 * n > EVENTS_MAX)
            return -1;
        for (int k = 0; k < n; k++) {
            if (span[k].in > r->from)
                w->event[w->events++] = (struct event){span[k].in, i, 1};
            else
                node_add(w, b->solid_parent[i], b->solid_weight[i]);
            if (span[k].out < r->to)
                w->event[w->events++] = (struct event){span[k].out, i, -1};
        }
    }
    return 0;
}

int
scene_boolean_spans(const struct scene_shapes *h, const struct scene_boolean *b,
                    const struct scene_ray *r, struct scene_span *span)
{
    struct walk w;
    int n = 0;

    w.b = b;
    w.events = 0;
    for (int i = 0; i < b->nodes; i++)
        w.count[i] = 0;
    if (collect(h, &w, r) != 0)
        return -1;
    sort_events(w.event, w.events);
    bool inside = w.count[0] >= b->target[0];
    if (inside)
        span[0].in = r->from;
    for (int i = 0; i < w.events;) {
        double t = w.event[i].t;
        for (; i < w.events && w.event[i].t == t; i++)
            node_add(&w, b->solid_parent[w.event[i].solid],
                     w.event[i].step * b->solid_weight[w.event[i].solid]);
        bool now = w.count[0] >= b->target[0];
        if (now == inside)
            continue;
        if (now && n == SCENE_SPANS_MAX)
            return -1;
        *(now ? &span[n].in : &span[n].out) = t;
        n += !now;
        inside = now;
    }
    if (inside)
        span[n++].out = r->to;
    return n;
}
