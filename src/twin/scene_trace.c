/* scene_trace: what a ray crosses. The tree names the solids that may be touched, each gives its
 * exact spans, and one sweep along the ray keeps the latest solid of those that overlap. Nothing
 * is allocated: where a ray crosses more than the buffer holds, it is cut in two. */
#include "twin/bvh.h"
#include "twin/scene_parts.h"

#include <math.h>

#define CROSSINGS_MAX 1024
#define HALVINGS_MAX 40

struct crossing {
    double in, out;
    uint32_t order, material;
};

struct tracing {
    const struct scene *s;
    struct scene_ray ray;
    bool brute;
    int n, heap_n;
    struct crossing c[CROSSINGS_MAX];
    struct crossing heap[CROSSINGS_MAX];
    struct crossing seen[CROSSINGS_MAX]; /* what is left to see, by compact() */
    uint64_t present[4];                 /* bit per material */
    double mm[256];
};

static bool
is_before(const struct crossing *a, const struct crossing *b)
{
    return a->in != b->in ? a->in < b->in : a->order < b->order;
}

static void
sift(struct crossing *c, int i, int n)
{
    struct crossing moved = c[i];

    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && is_before(&c[child], &c[child + 1]))
            child++;
        if (!is_before(&moved, &c[child]))
            break;
        c[i] = c[child];
    }
    c[i] = moved;
}

/* The tree gives nearly the right order: insertion is fastest there; a heap bounds the rest. */
static void
sort_crossings(struct crossing *c, int n)
{
    if (n <= 96) {
        for (int i = 1; i < n; i++) {
            struct crossing moved = c[i];
            int k = i;
            for (; k > 0 && is_before(&moved, &c[k - 1]); k--)
                c[k] = c[k - 1];
            c[k] = moved;
        }
        return;
    }
    for (int i = n / 2 - 1; i >= 0; i--)
        sift(c, i, n);
    for (int i = n - 1; i > 0; i--) {
        struct crossing last = c[i];
        c[i] = c[0];
        c[0] = last;
        sift(c, 0, i);
    }
}

/* A heap of the solids that are open, the latest on top. */
static void
heap_push(struct tracing *t, const struct crossing *c)
{
    int i = t->heap_n++;

    for (int up; i > 0 && t->heap[up = (i - 1) / 2].order < c->order; i = up)
        t->heap[i] = t->heap[up];
    t->heap[i] = *c;
}

static void
heap_pop(struct tracing *t)
{
    struct crossing moved = t->heap[--t->heap_n];
    int i = 0, n = t->heap_n;

    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && t->heap[child].order < t->heap[child + 1].order)
            child++;
        if (t->heap[child].order <= moved.order)
            break;
        t->heap[i] = t->heap[child];
    }
    t->heap[i] = moved;
}

/* Adds the piece [from, to] of the solid c; a solid's adjoining pieces stay one. */
static int
see(struct crossing *seen, int n, double from, double to, const struct crossing *c)
{
    if (n > 0 && seen[n - 1].order == c->order && seen[n - 1].out == from) {
        seen[n - 1].out = to;
        return n;
    }
    seen[n] = (struct crossing){from, to, c->order, c->material};
    return n + 1;
}

/* The sweep: crossings in, what is seen of them out (disjoint, ascending). -1: too many pieces. */
static int
sweep(struct tracing *t)
{
    int n = 0, next = 0;
    double at = 0;

    sort_crossings(t->c, t->n);
    t->heap_n = 0;
    while (next < t->n || t->heap_n > 0) {
        if (t->heap_n == 0)
            at = t->c[next].in;
        while (next < t->n && t->c[next].in <= at)
            heap_push(t, &t->c[next++]);
        while (t->heap_n > 0 && t->heap[0].out <= at)
            heap_pop(t);
        if (t->heap_n == 0)
            continue;
        double to = t->heap[0].out;
        if (next < t->n && t->c[next].in < to)
            to = t->c[next].in;
        if (n == CROSSINGS_MAX)
            return -1;
        n = see(t->seen, n, at, to, &t->heap[0]);
        at = to;
    }
    return n;
}

static int
take_solid(struct tracing *t, const struct scene_solid *s)
{
    struct scene_span span[SCENE_SPANS_MAX];
    int n = scene_solid_spans(&t->s->shapes, s, &t->ray, span);

    if (n < 0)
        return -1;
    if (t->n + n > CROSSINGS_MAX) { /* hidden crossings may go */
        int left = sweep(t);
        if (left < 0 || left > CROSSINGS_MAX / 2)
            return -1;
        for (t->n = 0; t->n < left; t->n++)
            t->c[t->n] = t->seen[t->n];
    }
    for (int i = 0; i < n; i++)
        t->c[t->n++] = (struct crossing){span[i].in, span[i].out, s->order, s->material};
    return 0;
}

static int
collect(struct tracing *t)
{
    const struct scene *s = t->s;
    struct bvh_walk walk;
    double base[3];
    int first;

    t->n = 0;
    if (t->brute) {
        for (int i = 0; i < s->solids; i++)
            if (take_solid(t, &s->solid[i]) != 0)
                return -1;
        return 0;
    }
    for (int i = 0; i < 3; i++)
        base[i] = t->ray.o[i] + t->ray.from * t->ray.d[i];
    bvh_start(&walk, s->bvh, base, t->ray.d, t->ray.to - t->ray.from);
    for (int n; (n = bvh_next(&walk, &first)) > 0;)
        for (int i = first; i < first + n; i++)
            if (take_solid(t, &s->solid[i]) != 0)
                return -1;
    return 0;
}

static void
add_up(struct tracing *t, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t m = t->seen[i].material;
        if (!(t->present[m >> 6] >> (m & 63) & 1)) {
            t->present[m >> 6] |= (uint64_t)1 << (m & 63);
            t->mm[m] = 0;
        }
        t->mm[m] += t->seen[i].out - t->seen[i].in;
    }
}

/* Pieces too short to matter (a 2^-40 of the ray) are dropped if even they hold too much. */
static void
trace_window(struct tracing *t, double from, double to, int halvings)
{
    t->ray.from = from;
    t->ray.to = to;
    int n = collect(t) == 0 ? sweep(t) : -1;
    if (n >= 0) {
        add_up(t, n);
        return;
    }
    if (halvings == HALVINGS_MAX)
        return;
    trace_window(t, from, 0.5 * (from + to), halvings + 1);
    trace_window(t, 0.5 * (from + to), to, halvings + 1);
}

/* Cuts the segment to the scene's box, a little enlarged; nothing is outside it. */
static bool
clip(const struct scene *s, const struct scene_ray *r, double *from, double *to)
{
    for (int i = 0; i < 3; i++) {
        double margin = 1e-6 * (s->high_mm[i] - s->low_mm[i]) + 1e-6;
        double low = s->low_mm[i] - margin - r->o[i], high = s->high_mm[i] + margin - r->o[i];
        if (fabs(r->d[i]) < 1e-12) {
            if (low > 0 || high < 0)
                return false;
            continue;
        }
        double a = low / r->d[i], b = high / r->d[i];
        double in = a < b ? a : b, out = a < b ? b : a;
        *from = in > *from ? in : *from;
        *to = out < *to ? out : *to;
    }
    return *from < *to;
}

static void
trace(const struct scene *s, const double a[3], const double b[3], bool brute,
      struct scene_path *path)
{
    struct tracing t;
    double square = 0, from = 0;

    path->n = 0;
    t.s = s;
    t.brute = brute;
    for (int i = 0; i < 3; i++) {
        t.ray.o[i] = a[i];
        t.ray.d[i] = b[i] - a[i];
        square += t.ray.d[i] * t.ray.d[i];
    }
    double length = sqrt(square), to = length;
    if (!(length > 0) || length > 1e9)
        return;
    for (int i = 0; i < 3; i++)
        t.ray.d[i] /= length;
    if (!clip(s, &t.ray, &from, &to))
        return;
    for (int i = 0; i < 4; i++)
        t.present[i] = 0;
    trace_window(&t, from, to, 0);
    for (int word = 0; word < 4; word++)
        for (uint64_t left = t.present[word]; left != 0; left &= left - 1) {
            int m = 64 * word + __builtin_ctzll(left);
            path->material[path->n] = m;
            path->mm[path->n++] = t.mm[m];
        }
}

void
scene_trace(const struct scene *s, const double a[3], const double b[3], struct scene_path *path)
{
    trace(s, a, b, false, path);
}

void
scene_trace_all(const struct scene *s, const double a[3], const double b[3],
                struct scene_path *path)
{
    trace(s, a, b, true, path);
}
