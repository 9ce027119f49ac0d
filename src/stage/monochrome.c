/* monochrome: a pair of attenuations as two broad spectra saw it becomes the pair that two single
 * photon energies would see: free of beam hardening, so that projections add up. Equations 30 and
 * 31 of doc/physics/ct.md. */
#include "stage/monochrome.h"

static int
bad(int view, const char *what, struct err *e)
{
    return err_set(
        e, ERR_CALIB,
        "the calibration's table of single energies of view %d is damaged: %s; calibrate "
        "again",
        view, what);
}

static bool
whole(float v, int low, int high)
{
    return v >= (float)low && v <= (float)high && v == (float)(int)v;
}

static int
read_head(const float *head, int floats, int view, struct monochrome *m, struct err *e)
{
    if (!whole(head[MONO_VERSION], MONOCHROME_VERSION, MONOCHROME_VERSION))
        return bad(view, "its version is not known", e);
    if (!whole(head[MONO_NU], 4, MONOCHROME_SIDE_MAX) ||
        !whole(head[MONO_NV], 4, MONOCHROME_SIDE_MAX) || MONO_IRON + (int)head[MONO_NU] > floats)
        return bad(view, "impossible size", e);
    m->nu = (int)head[MONO_NU];
    m->nv = (int)head[MONO_NV];
    m->u_max = head[MONO_U_MAX];
    m->v_max = head[MONO_V_MAX];
    m->kev[0] = head[MONO_KEV];
    m->kev[1] = head[MONO_KEV + 1];
    m->iron = head + MONO_IRON;
    if (!(m->u_max > 0.1f && m->u_max < 100 && m->v_max > 0.1f && m->v_max < 100))
        return bad(view, "impossible axes", e);
    if (!(m->kev[0] >= MONOCHROME_KEV_MIN && m->kev[1] >= m->kev[0] + 5 &&
          m->kev[1] <= MONOCHROME_KEV_MAX))
        return bad(view, "impossible energies", e);
    return 0;
}

int
monochrome_open(const struct tape *calib, int view, struct arena *arena, struct monochrome *m,
                struct err *e)
{
    int plane = calib == NULL ? -1 : tape_find(calib, Q_MONOCHROMATIC, view, 0);

    *m = (struct monochrome){.nu = 0};
    if (plane < 0)
        return err_set(e, ERR_CALIB,
                       "the calibration has no table of single energies for view %d; calibrate the "
                       "tomograph with wedge scans of at least two materials",
                       view);
    const struct plane_spec *p = tape_plane(calib, plane);
    int floats = p->rows * p->cols;
    if (p->cols != 2 || p->rows < MONO_IRON || tape_mark(calib, plane) < 1)
        return bad(view, "it has a strange shape", e);
    if (read_head(tape_read(calib, plane, 0), floats, view, m, e) != 0)
        return -1;
    if (p->rows != m->nv || tape_mark(calib, plane) < 1 + m->nu)
        return bad(view, "cells are missing", e);
    m->cell = arena_zero(arena, (size_t)m->nu, sizeof *m->cell);
    for (int i = 0; i < m->nu; i++)
        m->cell[i] = tape_read(calib, plane, 1 + i);
    return 0;
}

/* Cell of x, which runs from 0 to max over n nodes, and the part of the way to the next; below 0 or
 * above 1 beyond the ends. */
static int
cell_of(float x, float max, int n, float *part)
{
    float at = x / max * (float)(n - 1);
    int i = !(at > 0) ? 0 : at < (float)(n - 2) ? (int)at : n - 2;

    *part = at - (float)i;
    return i;
}

void
monochrome_at(const struct monochrome *m, float low, float high, bool starved, float out[2])
{
    float v = low - high, pu, pv;
    int i = cell_of(high, m->u_max, m->nu, &pu);

    if (starved) { /* less than this cannot have been there: as little as iron lets through */
        float iron = m->iron[i] + pu * (m->iron[i + 1] - m->iron[i]);
        v = v > iron ? v : iron;
    }
    int j = cell_of(v, m->v_max, m->nv, &pv);
    for (int k = 0; k < 2; k++) {
        const float *a = m->cell[i] + 2 * j + k, *b = m->cell[i + 1] + 2 * j + k;
        float from = a[0] + pv * (a[2] - a[0]), to = b[0] + pv * (b[2] - b[0]);
        out[k] = from + pu * (to - from);
    }
}

enum { LOW, HIGH, MASK };

static const struct stage_param params[] = {{NULL, NULL, 0, 0, 0, NULL}};

static int
monochrome_start(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct monochrome *m = arena_zero(r->arena, 1, sizeof *m);

    (void)shape;
    if (stage_elements(&r->in[LOW]) != stage_elements(&r->in[HIGH]) ||
        (r->in[MASK].spec != NULL && stage_elements(&r->in[MASK]) != stage_elements(&r->in[LOW])))
        return err_set(e, ERR_INPUT, "the energies of view %d do not lie on one grid", r->view);
    r->state = m;
    return monochrome_open(r->calib, r->view, r->arena, m, e);
}

static void
monochrome_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct quantity_info *q = &quantity_table[Q_ATTENUATION];
    const float least = (float)q->min, most = (float)q->max;

    for (int32_t line = begin; line < end; line++) {
        const float *low = stage_in(r, LOW, line), *high = stage_in(r, HIGH, line);
        const uint8_t *mask = stage_in(r, MASK, line);
        float *out[2] = {stage_out(r, LOW, line), stage_out(r, HIGH, line)};
        for (int32_t p = from; p < to; p++) {
            float a[2];
            monochrome_at(r->state, low[p], high[p], mask != NULL && (mask[p] & MASK_STARVED), a);
            for (int k = 0; k < 2; k++)
                out[k][p] = a[k] < least ? least : a[k] > most ? most : a[k];
        }
    }
}

const struct stage stage_monochrome = {
    .name = "monochrome",
    .brief = "Pairs of attenuations as two single photon energies would see them, without beam "
             "hardening.",
    .params = params,
    .reads = {{.quantity = Q_ATTENUATION, .energy = 0},
              {.quantity = Q_ATTENUATION, .energy = 1},
              {.quantity = Q_MASK, .energy = 0, .optional = true}},
    .writes = {{.quantity = Q_ATTENUATION, .energy = 0, .lattice = STAGE_LATTICE_SAME},
               {.quantity = Q_ATTENUATION, .energy = 1, .lattice = STAGE_LATTICE_SAME}},
    .n_reads = 3,
    .n_writes = 2,
    .per = STAGE_PER_VIEW,
    .split = STAGE_BY_LINE,
    .open = monochrome_start,
    .run = monochrome_run,
};
