/* levels: dark, air, their noise and the bad pixels of every channel. */
#include "calib/make.h"

#include <math.h>

#define FEW_LINES 100 /* below this a calibration carries more noise than it should */

struct levels {
    struct level *dark, *air, *steady; /* steady: air with the common drift taken out */
    double *offset;                    /* mean dark counts */
    float *common;                     /* per line of the air scan, times its dose */
    uint8_t *flaw;
};

static void
check_lines(struct make *m, const struct scan *s, const struct scan_channel *c)
{
    char where[32];

    if (c->lines < FEW_LINES)
        notes_warn(m->notes,
                   "%s: only %d %s lines in %s; at least %d are needed for noise and drifting "
                   "pixels to be told, 500 are better",
                   s->name, c->lines, scan_role_name[s->role], scan_where(c, where), FEW_LINES);
}

/* Dark must be dark all the time: the common part of a line may not move. */
static void
check_light(struct make *m, const struct scan_channel *d, const struct levels *l)
{
    char where[32];
    double *median = mem_zero((size_t)d->n, sizeof *median);
    int moved = 0;
    double shift = 0;

    for (int p = 0; p < d->n; p++) {
        median[p] = l->dark[p].shift;
        moved += l->dark[p].rough > 3 * l->dark[p].sigma + 1;
    }
    shift = level_median(median, d->n);
    for (int p = 0; p < d->n; p++)
        median[p] = l->air[p].mean;
    double air = level_median(median, d->n);
    mem_free(median);
    if (moved > d->n / 4 || fabs(shift) > 0.002 * air + 2)
        notes_warn(m->notes,
                   "%s: the dark signal of %s changes during the scan (by %.0f counts, %.2f %% of "
                   "air): light or radiation reached the detector, or it was still warming up",
                   m->dark.name, scan_where(d, where), shift, air > 0 ? 100 * shift / air : 0);
}

/* Lines of the air scan that are not like the others. */
static void
check_air(struct make *m, const struct scan_channel *a, const struct levels *l)
{
    char where[32];
    int odd = 0, first = -1;
    bool dose_known = false;

    for (int i = 0; i < a->lines; i++) {
        dose_known |= a->dose[i] != 1;
        double c = (double)(l->common[i] / a->dose[i]);
        if (c < 0.9 || c > 1.1) {
            odd++;
            first = first < 0 ? i : first;
        }
    }
    if (odd > a->lines / 50)
        notes_warn(m->notes,
                   "%s: %d of %d air lines of %s differ by more than 10 %% from the others (the "
                   "first is line %d)%s",
                   m->air.name, odd, a->lines, scan_where(a, where), a->line[first],
                   dose_known ? "; something was in the beam, or the source was off"
                              : "; the tape has no dose to correct them with");
}

/* Parts of the array that see an item in some lines: the drift of neighbours would differ. */
static void
check_clear(struct make *m, const struct scan_channel *a, const struct levels *l)
{
    char where[32];
    int begin = -1, worst = 0, run = 0;

    for (int p = 0; p < a->n; p++) {
        bool moves = l->flaw[p] == FLAW_DRIFTING && l->steady[p].mean > 0 &&
                     l->steady[p].rough > 0.02 * l->steady[p].mean;
        run = moves ? run + 1 : 0;
        if (run > worst) {
            worst = run;
            begin = p - run + 1;
        }
    }
    if (worst >= 8)
        notes_warn(m->notes,
                   "%s: something stood before pixels %d to %d of %s during a part of the air "
                   "scan; repeat it with an empty tunnel",
                   m->air.name, begin, begin + worst - 1, scan_where(a, where));
}

static void
shelve(struct make *m, const struct scan_channel *a, const struct levels *l)
{
    int32_t r = a->rows, k = a->cols;
    float *dark = shelf_put(&m->shelf, Q_DARK, a->view, a->energy, 1, r, k);
    float *air = shelf_put(&m->shelf, Q_AIR, a->view, a->energy, 1, r, k);
    float *noise = shelf_put(&m->shelf, Q_NOISE, a->view, a->energy, 1, r, k);
    float *rough = shelf_put(&m->shelf, Q_AIR_NOISE, a->view, a->energy, 1, r, k);
    uint8_t *bad = shelf_put(&m->shelf, Q_BAD_PIXEL, a->view, a->energy, 1, r, k);

    for (int p = 0; p < a->n; p++) {
        dark[p] = (float)l->dark[p].mean;
        air[p] = l->air[p].mean > 0 ? (float)l->air[p].mean : 0;
        noise[p] = (float)l->dark[p].sigma;
        rough[p] = (float)l->steady[p].sigma;
        bad[p] = l->flaw[p] == FLAW_NONE ? 0 : MASK_DEAD;
    }
}

static int
make_channel(struct make *m, const struct scan_channel *a, struct levels *l, struct err *e)
{
    const struct scan_channel *d = scan_find(&m->dark, a->view, a->energy);
    struct flaw_input in = {.c = a,
                            .arm = make_view(m, a),
                            .dark = l->dark,
                            .air = l->air,
                            .dark_lines = d->lines,
                            .air_lines = a->lines,
                            .dark_name = m->dark.name,
                            .air_name = m->air.name};

    level_measure(&m->dark, d, NULL, NULL, m->pool, l->dark);
    for (int p = 0; p < a->n; p++)
        l->offset[p] = l->dark[p].mean;
    level_measure(&m->air, a, l->offset, a->dose, m->pool, l->air);
    if (flaw_find(&in, l->flaw, e) != 0)
        return -1;
    level_common(&m->air, a, l->offset, l->air, l->flaw, m->pool, l->common);
    for (int i = 0; i < a->lines; i++)
        l->common[i] = (l->common[i] > 0.05f ? l->common[i] : 0.05f) * a->dose[i];
    level_measure(&m->air, a, l->offset, l->common, m->pool, l->steady);
    in.air = l->steady;
    if (flaw_find(&in, l->flaw, e) != 0)
        return -1;
    check_lines(m, &m->dark, d);
    check_lines(m, &m->air, a);
    check_light(m, d, l);
    check_air(m, a, l);
    check_clear(m, a, l);
    flaw_report(&in, l->flaw, m->notes);
    shelve(m, a, l);
    double share = make_crosstalk(m, a, l->offset, l->dark, l->steady, l->common, l->flaw);
    float *crosstalk =
        share > 0 ? shelf_put(&m->shelf, Q_CROSSTALK, a->view, a->energy, 1, a->rows, a->cols)
                  : NULL;
    for (int p = 0; crosstalk != NULL && p < a->n; p++)
        crosstalk[p] = (float)share;
    return 0;
}

int
make_levels(struct make *m, struct err *e)
{
    for (int i = 0; i < m->air.n; i++) {
        const struct scan_channel *a = &m->air.channel[i];
        struct arena arena = {.block = NULL};
        size_t n = (size_t)a->n;
        struct levels l = {
            .dark = arena_zero(&arena, n, sizeof *l.dark),
            .air = arena_zero(&arena, n, sizeof *l.air),
            .steady = arena_zero(&arena, n, sizeof *l.steady),
            .offset = arena_zero(&arena, n, sizeof *l.offset),
            .flaw = arena_zero(&arena, n, 1),
            .common = arena_zero(&arena, (size_t)a->lines, sizeof *l.common),
        };
        int result = make_channel(m, a, &l, e);
        arena_free(&arena);
        if (result != 0)
            return -1;
    }
    return 0;
}
