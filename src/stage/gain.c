/* gain: see gain.h. */
#include "stage/gain.h"

/* Which energy's tables a line of this plane uses. */
static int
table_energy(const struct stage_run *r, int high)
{
    return r->energy == 2 ? high : r->energy;
}

static int
open_gain(struct stage_run *r, struct kern_gain *g, int energy, uint32_t full, uint8_t *bad,
          struct err *e)
{
    const struct plane_spec *like = r->in[0].spec;
    int32_t n = stage_elements(&r->in[0]);
    float *gain = arena_zero(r->arena, (size_t)n, sizeof *gain);
    const float *air, *flags;

    if (stage_calib(r, Q_DARK, energy, like, 1, -1, &g->dark, e) != 0 ||
        stage_calib(r, Q_AIR, energy, like, 1, -1, &air, e) != 0 ||
        stage_calib(r, Q_BAD_PIXEL, energy, like, 1, 0, &flags, e) != 0)
        return -1;
    for (int32_t i = 0; i < n; i++) {
        gain[i] = air[i] >= 1.0f ? 1.0f / air[i] : 0.0f;
        bad[i] = (uint8_t)(bad[i] | (unsigned)flags[i] | (air[i] >= 1.0f ? 0 : MASK_DEAD));
    }
    g->gain = gain;
    g->bad = bad;
    g->full = full;
    return 0;
}

/* Runs of dead pixels within one row of a frame (cols > 1) or within the line. */
static void
open_repairs(struct stage_run *r, struct gain *s, int widest, const uint8_t *bad)
{
    const struct plane_spec *spec = r->in[0].spec;
    int32_t n = stage_elements(&r->in[0]), row = spec->cols > 1 ? spec->cols : n;

    s->repair = arena_zero(r->arena, (size_t)n, sizeof *s->repair);
    for (int32_t i = 0; i < n;) {
        int32_t first = i, base = i / row * row;
        if (!(bad[i] & MASK_DEAD)) {
            i++;
            continue;
        }
        while (i < base + row && bad[i] & MASK_DEAD)
            i++;
        if (i - first > widest || i - first == row)
            continue;
        int32_t left = first > base ? first - 1 : i, right = i < base + row ? i : first - 1;
        for (int32_t k = first; k < i; k++)
            s->repair[s->n_repairs++] = (struct gain_repair){
                k, left, right, (float)(k - first + 1) / (float)(i - first + 1)};
    }
}

int
gain_open(struct stage_run *r, uint32_t full, int repair_pixels, struct gain **out, struct err *e)
{
    struct gain *g = arena_zero(r->arena, 1, sizeof *g);
    uint8_t *bad = arena_zero(r->arena, (size_t)stage_elements(&r->in[0]), 1);

    for (int high = 0; high < 2; high++)
        if (open_gain(r, &g->gain[high], table_energy(r, high), full, bad, e) != 0)
            return -1;
    open_repairs(r, g, repair_pixels, bad);
    *out = g;
    return 0;
}

void
gain_repair(const struct gain *g, float *signal)
{
    for (int k = 0; k < g->n_repairs; k++) {
        const struct gain_repair *p = &g->repair[k];
        signal[p->at] = signal[p->left] + p->weight * (signal[p->right] - signal[p->left]);
    }
}
