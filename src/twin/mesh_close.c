/* mesh_close: makes triangles a closed surface or says where it is open. Closed means: every edge
 * is used as often in one direction as in the other. */
#include "base/arena.h"
#include "base/num.h"
#include "twin/mesh_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct corner {
    double key[3];
    int32_t at; /* 3 * triangle + corner */
};

struct edge {
    int32_t a, b;     /* vertices, a < b */
    int32_t triangle; /* owner */
    int32_t forward;  /* 1 from a to b, -1 back */
};

struct closing {
    struct mesh_triangle *t;
    int n;
    int32_t (*vertex)[3]; /* of every triangle */
    struct edge *edge;    /* 3 n, sorted by a, b */
    struct corner *corner;
};

/* By number, not by bytes: -0 and 0 are one place. */
static int
compare_places(const struct corner *a, const struct corner *b)
{
    for (int i = 0; i < 3; i++)
        if (a->key[i] != b->key[i])
            return a->key[i] < b->key[i] ? -1 : 1;
    return 0;
}

static int
compare_corners(const void *x, const void *y)
{
    const struct corner *a = x, *b = y;
    int order = compare_places(a, b);

    return order != 0 ? order : a->at < b->at ? -1 : a->at > b->at;
}

static int
compare_edges(const void *x, const void *y)
{
    const struct edge *p = x, *q = y;

    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    if (p->b != q->b)
        return p->b < q->b ? -1 : 1;
    return p->triangle < q->triangle ? -1 : p->triangle > q->triangle;
}

/* Numbers equal corners alike (equal after rounding to `grid`, if that is not 0) and gives them
 * the same place; then drops the triangles that have lost their area. */
static void
join_corners(struct closing *c, double grid)
{
    int vertices = 0, kept = 0;

    for (int i = 0; i < 3 * c->n; i++) {
        c->corner[i].at = i;
        for (int k = 0; k < 3; k++) {
            double x = c->t[i / 3].v[i % 3][k];
            c->corner[i].key[k] = grid > 0 ? num_floor(x / grid + 0.5) : x;
        }
    }
    qsort(c->corner, (size_t)c->n * 3, sizeof *c->corner, compare_corners);
    for (int i = 0; i < 3 * c->n; i++) {
        const struct corner *now = &c->corner[i], *first = &c->corner[i - (i > 0)];
        if (i > 0 && compare_places(now, first) != 0)
            vertices++;
        c->vertex[now->at / 3][now->at % 3] = vertices;
        if (i > 0 && c->vertex[first->at / 3][first->at % 3] == vertices)
            memcpy(c->t[now->at / 3].v[now->at % 3], c->t[first->at / 3].v[first->at % 3],
                   sizeof c->t[0].v[0]);
    }
    for (int i = 0; i < c->n; i++) {
        const int32_t *v = c->vertex[i];
        if (v[0] == v[1] || v[1] == v[2] || v[2] == v[0])
            continue;
        memmove(c->vertex[kept], v, sizeof c->vertex[0]);
        c->t[kept++] = c->t[i];
    }
    c->n = kept;
}

static void
sort_edges(struct closing *c)
{
    for (int i = 0; i < 3 * c->n; i++) {
        int32_t a = c->vertex[i / 3][i % 3], b = c->vertex[i / 3][(i + 1) % 3];
        c->edge[i] = a < b ? (struct edge){a, b, i / 3, 1} : (struct edge){b, a, i / 3, -1};
    }
    qsort(c->edge, (size_t)c->n * 3, sizeof *c->edge, compare_edges);
}

static int
edge_group(const struct closing *c, int first)
{
    int n = 1;
    while (first + n < 3 * c->n && c->edge[first + n].a == c->edge[first].a &&
           c->edge[first + n].b == c->edge[first].b)
        n++;
    return n;
}

/* How many edges are open (or badly turned); *bad is one of them. */
static int
open_edges(const struct closing *c, bool directed, int *bad)
{
    int open = 0;

    for (int i = 0, n; i < 3 * c->n; i += n) {
        int sum = 0;
        n = edge_group(c, i);
        for (int k = i; k < i + n; k++)
            sum += c->edge[k].forward;
        if (directed ? sum == 0 : n == 2)
            continue;
        *bad = i;
        open++;
    }
    return open;
}

static void
turn_over(struct closing *c, int i)
{
    double v[3];
    int32_t vertex = c->vertex[i][1];

    memcpy(v, c->t[i].v[1], sizeof v);
    memcpy(c->t[i].v[1], c->t[i].v[2], sizeof v);
    memcpy(c->t[i].v[2], v, sizeof v);
    c->vertex[i][1] = c->vertex[i][2];
    c->vertex[i][2] = vertex;
}

/* other[3 i + k]: the triangle across the k-th edge found for i; sign -1 if it must be turned. */
static void
neighbours(const struct closing *c, int32_t *other, int8_t *sign)
{
    int32_t *used = mem_zero((size_t)c->n, sizeof *used);

    for (int i = 0; i < 3 * c->n; i += 2) {
        const struct edge *p = &c->edge[i], *q = p + 1;
        int32_t at = 3 * p->triangle + used[p->triangle]++, back = 3 * q->triangle;
        back += used[q->triangle]++;
        other[at] = q->triangle;
        other[back] = p->triangle;
        sign[at] = sign[back] = p->forward == q->forward ? -1 : 1;
    }
    mem_free(used);
}

/* Every edge has two triangles: turn each connected part consistently and then outwards. */
static void
turn_parts(struct closing *c)
{
    size_t n = (size_t)c->n;
    int32_t *other = mem_zero(3 * n, sizeof *other), *queue = mem_zero(n, sizeof *queue);
    int8_t *sign = mem_zero(3 * n, 1), *turned = mem_zero(n, 1);

    neighbours(c, other, sign);
    for (int start = 0; start < c->n; start++) {
        int head = 0, tail = 0;
        double sum = 0;
        if (turned[start] != 0)
            continue;
        turned[start] = 1;
        for (queue[tail++] = start; head < tail; head++) {
            int i = queue[head];
            sum += turned[i] * mesh_triangle_volume(&c->t[i]);
            for (int k = 3 * i; k < 3 * i + 3; k++) {
                if (turned[other[k]] != 0)
                    continue;
                turned[other[k]] = (int8_t)(turned[i] * sign[k]);
                queue[tail++] = other[k];
            }
        }
        for (int k = 0; k < tail; k++)
            if ((turned[queue[k]] < 0) != (sum < 0))
                turn_over(c, queue[k]);
    }
    mem_free(other);
    mem_free(queue);
    mem_free(sign);
    mem_free(turned);
}

static double
largest(const struct closing *c)
{
    double low[3] = {INFINITY, INFINITY, INFINITY}, size = 0;
    double high[3] = {-INFINITY, -INFINITY, -INFINITY};

    for (int i = 0; i < 9 * c->n; i++) {
        double x = c->t[i / 9].v[i % 9 / 3][i % 3];
        low[i % 3] = x < low[i % 3] ? x : low[i % 3];
        high[i % 3] = x > high[i % 3] ? x : high[i % 3];
    }
    for (int k = 0; k < 3; k++)
        size = high[k] - low[k] > size ? high[k] - low[k] : size;
    return size;
}

/* One trial; true if the surface is closed now. */
static bool
try_close(struct closing *c, double grid, int *open, double where[3])
{
    int bad = 0;

    join_corners(c, grid);
    sort_edges(c);
    *open = open_edges(c, true, &bad);
    if (c->n > 0 && *open > 0 && open_edges(c, false, &bad) == 0) {
        turn_parts(c);
        sort_edges(c);
        *open = open_edges(c, true, &bad); /* still > 0 if the surface has only one side */
    }
    if (*open > 0) {
        const struct edge *e = &c->edge[bad];
        int k = 0;
        while (c->vertex[e->triangle][k] != e->a)
            k++;
        memcpy(where, c->t[e->triangle].v[k], sizeof c->t[0].v[0]);
    }
    return c->n > 0 && *open == 0;
}

int
mesh_close(const char *file, struct mesh_triangle *t, int *n, struct err *e)
{
    static const double grids[] = {0, 1e-6, 1e-5, 1e-4};
    size_t count = (size_t)*n;
    struct closing c = {.t = t, .n = *n};
    double where[3] = {0}, size = largest(&c), sum = 0;
    bool closed = false;
    int open = 0;

    c.vertex = mem_zero(count, sizeof *c.vertex);
    c.edge = mem_zero(3 * count, sizeof *c.edge);
    c.corner = mem_zero(3 * count, sizeof *c.corner);
    for (int i = 0; i < 4 && !closed && c.n > 0; i++)
        closed = try_close(&c, grids[i] * size, &open, where);
    for (int i = 0; i < c.n; i++)
        sum += mesh_triangle_volume(&t[i]);
    for (int i = 0; i < c.n && sum < 0; i++)
        turn_over(&c, i);
    mem_free(c.vertex);
    mem_free(c.edge);
    mem_free(c.corner);
    if (c.n == 0)
        return err_set(e, ERR_INPUT, "%s: no triangle in it has an area", file);
    if (!closed)
        return err_set(e, ERR_INPUT,
                       "%s: the mesh is not closed: %d edges are open, one at %.6g %.6g %.6g mm; "
                       "repair it in the program that made it",
                       file, open, where[0], where[1], where[2]);
    *n = c.n;
    return 0;
}
