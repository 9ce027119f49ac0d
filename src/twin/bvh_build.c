/* bvh_build: see bvh.h. A binary tree is split top down and folded into nodes of four as it grows.
 */
#include "twin/bvh.h"

#include "base/arena.h"

#include <math.h>
#include <string.h>

#define BINS 16
#define SAH_DEPTH 40 /* below, halves: bounds the depth whatever the input */
#define MARGIN 4e-6  /* of the tree's radius: covers single precision some ten times */

struct range {
    int first, n;
    struct bvh_box box;
};

struct build {
    struct bvh *b;
    const struct bvh_box *box;
    int32_t *item;
};

static struct bvh_box
empty_box(void)
{
    return (struct bvh_box){{INFINITY, INFINITY, INFINITY}, {-INFINITY, -INFINITY, -INFINITY}};
}

static void
box_add(struct bvh_box *b, const struct bvh_box *other)
{
    for (int i = 0; i < 3; i++) {
        b->low[i] = other->low[i] < b->low[i] ? other->low[i] : b->low[i];
        b->high[i] = other->high[i] > b->high[i] ? other->high[i] : b->high[i];
    }
}

static double
half_area(const struct bvh_box *b)
{
    double x = b->high[0] - b->low[0], y = b->high[1] - b->low[1], z = b->high[2] - b->low[2];
    return x < 0 ? 0 : x * y + y * z + z * x;
}

static double
middle(const struct bvh_box *b, int axis)
{
    return 0.5 * (b->low[axis] + b->high[axis]);
}

static struct range
range_of(const struct build *s, int first, int n)
{
    struct range r = {first, n, empty_box()};
    for (int i = first; i < first + n; i++)
        box_add(&r.box, &s->box[s->item[i]]);
    return r;
}

struct bins {
    double low, scale;
    int n[BINS];
    struct bvh_box box[BINS];
};

static int
bin_of(const struct bins *bins, double x)
{
    int k = (int)((x - bins->low) * bins->scale);
    return k < 0 ? 0 : k >= BINS ? BINS - 1 : k;
}

static bool
fill_bins(const struct build *s, const struct range *r, int axis, struct bins *bins)
{
    double low = INFINITY, high = -INFINITY;

    for (int i = r->first; i < r->first + r->n; i++) {
        double x = middle(&s->box[s->item[i]], axis);
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    if (!(high > low) || !(BINS / (high - low) < 1e300))
        return false;
    *bins = (struct bins){.low = low, .scale = BINS / (high - low)};
    for (int k = 0; k < BINS; k++)
        bins->box[k] = empty_box();
    for (int i = r->first; i < r->first + r->n; i++) {
        const struct bvh_box *box = &s->box[s->item[i]];
        int k = bin_of(bins, middle(box, axis));
        bins->n[k]++;
        box_add(&bins->box[k], box);
    }
    return true;
}

/* The cheapest cut of one axis: area x count on both sides. */
static double
best_cut(const struct bins *bins, int *cut)
{
    double right[BINS], best = INFINITY;
    struct bvh_box box = empty_box();
    int n = 0;

    for (int k = BINS - 1; k > 0; k--) {
        box_add(&box, &bins->box[k]);
        n += bins->n[k];
        right[k] = half_area(&box) * n;
    }
    box = empty_box();
    n = 0;
    for (int k = 1; k < BINS; k++) {
        box_add(&box, &bins->box[k - 1]);
        n += bins->n[k - 1];
        double cost = half_area(&box) * n + right[k];
        if (cost < best) {
            best = cost;
            *cut = k;
        }
    }
    return best;
}

static int
partition(const struct build *s, const struct range *r, int axis, const struct bins *bins, int cut)
{
    int32_t *a = s->item + r->first;
    int left = 0, right = r->n;

    while (left < right) {
        if (bin_of(bins, middle(&s->box[a[left]], axis)) < cut) {
            left++;
            continue;
        }
        int32_t moved = a[left];
        a[left] = a[--right];
        a[right] = moved;
    }
    return left;
}

/* Cuts a range in two along the returned axis; -1 if it should stay one leaf. */
static int
split(const struct build *s, const struct range *r, int depth, struct range out[2])
{
    double best = INFINITY;
    struct bins bins, best_bins = {.low = 0};
    int axis = -1, cut = 0, best_at = 0;

    if (r->n < 2)
        return -1;
    for (int i = 0; i < 3 && depth < SAH_DEPTH; i++) {
        if (!fill_bins(s, r, i, &bins))
            continue;
        double cost = best_cut(&bins, &cut);
        if (cost < best) {
            best = cost;
            axis = i;
            best_at = cut;
            best_bins = bins;
        }
    }
    double whole = half_area(&r->box);
    if (r->n <= BVH_LEAF_MAX && (axis < 0 || best + 0.3 * whole >= whole * r->n))
        return -1;
    int left = axis < 0 ? 0 : partition(s, r, axis, &best_bins, best_at);
    if (left == 0 || left == r->n)
        left = r->n / 2;
    out[0] = range_of(s, r->first, left);
    out[1] = range_of(s, r->first + left, r->n - left);
    return axis < 0 ? 0 : axis;
}

static void
set_child(const struct build *s, struct bvh_node *node, int k, const struct range *r)
{
    for (int i = 0; i < 3; i++) {
        double low = r->box.low[i] - s->b->centre[i] - s->b->margin;
        double high = r->box.high[i] - s->b->centre[i] + s->b->margin;
        node->low[i][k] = (float)low;
        node->high[i][k] = (float)high;
    }
}

/* Up to four ranges of one node: split, then split both halves. */
static int
four(const struct build *s, const struct range *r, int depth, struct range out[4], int32_t *axis)
{
    struct range two[2];
    int n = 0, top = split(s, r, depth, two);

    *axis = 0;
    if (top < 0) {
        out[0] = *r;
        return 1;
    }
    *axis = top;
    for (int i = 0; i < 2; i++) {
        struct range half[2];
        if (split(s, &two[i], depth + 1, half) >= 0) {
            out[n++] = half[0];
            out[n++] = half[1];
        } else {
            out[n++] = two[i];
        }
    }
    return n;
}

static int32_t
build_node(struct build *s, const struct range *r, int depth)
{
    struct range part[4];
    int32_t axis, self = s->b->nodes++;
    int n = four(s, r, depth, part, &axis);
    struct bvh_node *node = &s->b->node[self];

    node->axis = axis;
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 3; i++) {
            node->low[i][k] = INFINITY;
            node->high[i][k] = -INFINITY;
        }
        node->child[k] = INT32_MIN;
    }
    for (int k = 0; k < n; k++) {
        struct range two[2];
        set_child(s, node, k, &part[k]);
        bool leaf = part[k].n <= BVH_LEAF_MAX && split(s, &part[k], depth + 2, two) < 0;
        node->child[k] =
            leaf ? -1 - (part[k].first * 8 + part[k].n) : build_node(s, &part[k], depth + 2);
    }
    return self;
}

struct bvh *
bvh_build(const struct bvh_box *box, int n)
{
    struct bvh *b = mem_zero(1, sizeof *b);
    struct build s = {.b = b, .box = box};

    b->items = n;
    b->item = s.item = mem_zero((size_t)n, sizeof *b->item);
    b->node = mem_zero((size_t)n + 1, sizeof *b->node); /* a node has a leaf or two nodes below */
    for (int i = 0; i < n; i++)
        s.item[i] = i;
    struct range all = range_of(&s, 0, n);
    for (int i = 0; i < 3; i++) {
        double half = 0.5 * (all.box.high[i] - all.box.low[i]);
        b->centre[i] = middle(&all.box, i);
        b->radius += half * half;
    }
    b->radius = sqrt(b->radius) + 1e-9;
    b->margin = MARGIN * b->radius;
    build_node(&s, &all, 0);
    b->node = mem_grow(b->node, (size_t)b->nodes, (size_t)b->nodes, sizeof *b->node); /* shrink */
    return b;
}

void
bvh_free(struct bvh *b)
{
    if (b == NULL)
        return;
    mem_free(b->item);
    mem_free(b->node);
    mem_free(b);
}
