/* view: see view.h. */
#include "stage/view.h"

#include "kern/kern.h"

#include <string.h>

#define GAP_REACH 32 /* rows */

struct view {
    struct kern_look look;
    int a, b; /* ports whose attenuation is mixed; the same one twice where there is one energy */
    int mask[2]; /* ports: starved comes from the first (the most penetrating), both say lost */
    float none[VIEW_BLOCK];    /* zeff and its sigma where there are none */
    uint8_t clean[VIEW_BLOCK]; /* mask where there is none */
};

/* Unpenetrated: violet stripes on black. Lost: grey stripes on light grey. */
static void
set_hatches(struct kern_look *k)
{
    for (int i = 0; i < KERN_LOOK_HATCH; i++) {
        k->hatch_starved[i] = i < 2 ? 0xff7a2f55u : 0xff140a0eu; /* ABGR */
        k->hatch_lost[i] = i < 2 ? 0xffb4b4b4u : 0xffe2e2e2u;
    }
    k->starved = MASK_STARVED;
    k->lost = MASK_NO_LINE;
}

static int
check_shapes(const struct stage_run *r, int first, struct err *e)
{
    for (int i = 0; i < VIEW_READS; i++)
        if (r->in[i].spec != NULL && stage_elements(&r->in[i]) != stage_elements(&r->in[first]))
            return err_set(e, ERR_INPUT, "%s: %s of view %d has %d rows, the attenuation has %d",
                           r->stage->name, quantity_table[r->in[i].spec->quantity].name, r->view,
                           stage_elements(&r->in[i]), stage_elements(&r->in[first]));
    return 0;
}

int
view_open(struct stage_run *r, const struct look *look, struct err *e)
{
    bool low = r->in[VIEW_LOW].spec != NULL, high = r->in[VIEW_HIGH].spec != NULL;
    struct view *v = arena_zero(r->arena, 1, sizeof *v);
    uint32_t *table = arena_zero(r->arena, (size_t)LOOK_KINDS * LOOK_LEVELS, sizeof *table);

    if (!low && !high)
        return err_set(e, ERR_INPUT, "%s: view %d has no %s", r->stage->name, r->view,
                       quantity_table[r->stage->reads[VIEW_LOW].quantity].name);
    if (!(look->white < look->black))
        return err_set(e, ERR_INPUT, "%s: white (%g) must be below black (%g)", r->stage->name,
                       look->white, look->black);
    v->a = low ? VIEW_LOW : VIEW_HIGH;
    v->b = high ? VIEW_HIGH : VIEW_LOW;
    if (check_shapes(r, v->a, e) != 0)
        return -1;
    v->mask[0] = r->in[VIEW_MASK_HIGH].spec != NULL ? VIEW_MASK_HIGH : VIEW_MASK_LOW;
    v->mask[1] = VIEW_MASK_LOW;
    double scale = (LOOK_LEVELS - 1) * (double)(LOOK_LEVELS - 1) / look->black;
    v->look.weight_low = v->look.weight_high = (float)(0.5 * scale);
    v->look.top = LOOK_LEVELS - 1;
    v->look.table = table;
    v->look.sure = (float)(look->sure > 0 ? look->sure : LOOK_SURE);
    set_hatches(&v->look);
    look_table(look, look->black, table);
    r->state = v;
    return 0;
}

static const void *
nearest_line(const struct stage_run *r, int port, int32_t line)
{
    const struct stage_plane *p = &r->in[port];
    int32_t last = tape_mark(p->tape, p->plane) - 1;

    return tape_read(p->tape, p->plane, line < 0 ? 0 : line > last ? last : line);
}

void
view_levels(const struct stage_run *r, int32_t line, int32_t from, int32_t to, float *level)
{
    const struct view *v = r->state;
    const float *a = nearest_line(r, v->a, line), *b = nearest_line(r, v->b, line);

    r->kern->kern_shade(&v->look, a + from, b + from, level, (size_t)(to - from));
}

/* What the eye needs of one block when masks or gaps change it. */
struct patch {
    uint8_t mask[VIEW_BLOCK];
    float zeff[VIEW_BLOCK], sigma[VIEW_BLOCK];
};

/* out = a | (b without starved), eight at a time; returns the bits of all. */
static uint8_t
mix_masks(const uint8_t *a, const uint8_t *b, int32_t n, uint8_t *out)
{
    const uint64_t keep = ~(MASK_STARVED * UINT64_C(0x0101010101010101));
    uint64_t all = 0, x, y;
    int32_t i = 0;

    for (; i + 8 <= n; i += 8) {
        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);
        x |= y & keep;
        memcpy(out + i, &x, 8);
        all |= x;
    }
    for (; i < n; i++) {
        out[i] = (uint8_t)(a[i] | (b[i] & (uint8_t)keep));
        all |= out[i];
    }
    for (int shift = 32; shift >= 8; shift /= 2)
        all |= all >> shift;
    return (uint8_t)all;
}

/* In a module gap nothing was measured: lightness is already that of the rows around it, and hue
 * comes from the nearest of them. */
static int32_t
row_beside_gap(const uint8_t *mask, int32_t row, int32_t rows)
{
    for (int32_t d = 1; d <= GAP_REACH; d++) {
        if (row - d >= 0 && !(mask[row - d] & MASK_GAP))
            return row - d;
        if (row + d < rows && !(mask[row + d] & MASK_GAP))
            return row + d;
    }
    return row;
}

/* The first row from `i` on that lies in a gap, or `to`; eight at a time. */
static int32_t
next_gap(const uint8_t *mask, int32_t i, int32_t to)
{
    uint64_t x;

    for (; i + 8 <= to; i += 8) {
        memcpy(&x, mask + i, 8);
        if (x & (MASK_GAP * UINT64_C(0x0101010101010101)))
            break;
    }
    while (i < to && !(mask[i] & MASK_GAP))
        i++;
    return i;
}

static void
fill_gaps(const struct stage_run *r, const float *zeff, const float *sigma, const uint8_t *mask,
          int32_t from, int32_t to, struct patch *p)
{
    const struct view *v = r->state;
    int32_t rows = stage_elements(&r->in[v->a]);
    size_t bytes = (size_t)(to - from) * sizeof *zeff;

    memcpy(p->zeff, zeff + from, bytes);
    memcpy(p->sigma, sigma == NULL ? v->none : sigma + from, bytes);
    for (int32_t i = next_gap(mask, from, to); i < to; i = next_gap(mask, i + 1, to)) {
        int32_t row = row_beside_gap(mask, i, rows);
        p->zeff[i - from] = zeff[row];
        p->sigma[i - from] = sigma == NULL ? 0 : sigma[row];
    }
}

void
view_paint(const struct stage_run *r, int32_t line, int32_t from, int32_t to, const float *level)
{
    const struct view *v = r->state;
    const float *zeff = stage_in(r, VIEW_ZEFF, line), *sigma = stage_in(r, VIEW_SIGMA, line);
    const uint8_t *first = stage_in(r, v->mask[0], line), *second = stage_in(r, v->mask[1], line);
    const uint8_t *mask = v->clean;
    uint8_t all = 0;
    struct patch p;

    if (first != NULL) {
        all = mix_masks(first + from, (second == NULL ? first : second) + from, to - from, p.mask);
        mask = p.mask;
    }
    const float *z = zeff == NULL ? v->none : zeff + from;
    const float *error = sigma == NULL ? v->none : sigma + from;
    if (zeff != NULL && all & MASK_GAP) {
        fill_gaps(r, zeff, sigma, first, from, to, &p);
        z = p.zeff;
        error = p.sigma;
    }
    r->kern->kern_paint(&v->look, level, z, error, mask, (size_t)(line + from),
                        (uint32_t *)stage_out(r, 0, line) + from, (size_t)(to - from));
}

void
view_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    float level[VIEW_BLOCK];

    for (int32_t line = begin; line < end; line++)
        for (int32_t at = from; at < to; at += VIEW_BLOCK) {
            int32_t stop = to - at < VIEW_BLOCK ? to : at + VIEW_BLOCK;
            view_levels(r, line, at, stop, level);
            view_paint(r, line, at, stop, level);
        }
}

int
view_flat(const struct stage_run *r, struct err *e)
{
    const struct view *v = r->state;

    if (r->in[v->a].spec->cols == 1)
        return 0;
    return err_set(e, ERR_INPUT, "%s: view %d has frames of %d columns; it needs a line scanner's",
                   r->stage->name, r->view, r->in[v->a].spec->cols);
}

/* sum[i] = weighted sum of the levels of elements first + i, over lines; rows beyond the ends
 * repeat. */
static void
sum_lines(const struct stage_run *r, int32_t line, int32_t first, int32_t n, int reach,
          const float *weight, float *sum, float *centre)
{
    const struct view *v = r->state;
    int32_t rows = stage_elements(&r->in[v->a]);
    int32_t from = first < 0 ? 0 : first, to = first + n > rows ? rows : first + n;
    float level[VIEW_BLOCK + 2 * VIEW_HALO_MAX];

    memset(sum, 0, (size_t)n * sizeof *sum);
    for (int d = -reach; d <= reach; d++) {
        view_levels(r, line + d, from, to, level + (from - first));
        for (int32_t i = 0; i < from - first; i++)
            level[i] = level[from - first];
        for (int32_t i = to - first; i < n; i++)
            level[i] = level[to - first - 1];
        for (int32_t i = 0; i < n; i++)
            sum[i] += weight[d + reach] * level[i];
        if (d == 0)
            memcpy(centre, level, (size_t)n * sizeof *level);
    }
}

void
view_window(const struct stage_run *r, int32_t line, int32_t at, int32_t to, int reach,
            const float *weight, struct view_window *w)
{
    float sum[VIEW_BLOCK + 2 * VIEW_HALO_MAX], centre[VIEW_BLOCK + 2 * VIEW_HALO_MAX];

    w->n = to - at < VIEW_BLOCK ? to - at : VIEW_BLOCK;
    sum_lines(r, line, at - reach, w->n + 2 * reach, reach, weight, sum, centre);
    memcpy(w->level, centre + reach, (size_t)w->n * sizeof *w->level);
    for (int32_t i = 0; i < w->n; i++) {
        float mean = 0;
        for (int d = 0; d <= 2 * reach; d++)
            mean += weight[d] * sum[i + d];
        w->mean[i] = mean;
    }
}

void
view_clamp(struct view_window *w)
{
    for (int32_t i = 0; i < w->n; i++) {
        float v = w->level[i] > 0 ? w->level[i] : 0;
        w->level[i] = v < LOOK_LEVELS - 1 ? v : LOOK_LEVELS - 1;
    }
}
