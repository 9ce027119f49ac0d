/* track: see track.h. Eq. (15) to (18) of doc/physics/radiograph.md. */
#include "stage/track.h"

#include <math.h>

#define NOWHERE -1e30

bool
track_good(uint32_t flags)
{
    return !(flags & (POSE_DARK | POSE_DOUBLED | POSE_MISSING | POSE_SUSPECT));
}

void
track_open(struct track *t, struct arena *a, int32_t lines, int32_t columns)
{
    t->lines = lines;
    t->columns = columns;
    t->x_mm = arena_zero(a, (size_t)lines, sizeof *t->x_mm);
    t->flags = arena_zero(a, (size_t)lines, sizeof *t->flags);
    t->passed = arena_zero(a, (size_t)columns, sizeof *t->passed);
    t->closed = arena_zero(a, (size_t)columns, sizeof *t->closed);
    t->far_mm[0] = t->far_mm[1] = NOWHERE;
}

/* ---- positions ---- */

struct fit {
    int n;
    double t[2 * TRACK_SMOOTH_MAX + 1], x[2 * TRACK_SMOOTH_MAX + 1];
    bool out[2 * TRACK_SMOOTH_MAX + 1];
};

/* Least squares line through what is not out, at t = 0; *slope too. */
static double
fit_line(const struct fit *f, double *slope)
{
    double n = 0, st = 0, sx = 0, stt = 0, stx = 0;

    for (int i = 0; i < f->n; i++) {
        if (f->out[i])
            continue;
        n += 1;
        st += f->t[i];
        sx += f->x[i];
        stt += f->t[i] * f->t[i];
        stx += f->t[i] * f->x[i];
    }
    double d = n * stt - st * st;
    *slope = d > 1e-9 ? (n * stx - st * sx) / d : 0;
    return (sx - *slope * st) / n;
}

/* Marks as out what lies further from the line than three times the median residual. */
static void
fit_reject(struct fit *f, double at, double slope)
{
    double size[2 * TRACK_SMOOTH_MAX + 1], sorted[2 * TRACK_SMOOTH_MAX + 1];

    for (int i = 0; i < f->n; i++) {
        int k = i;
        size[i] = fabs(f->x[i] - at - slope * f->t[i]);
        for (; k > 0 && sorted[k - 1] > size[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = size[i];
    }
    for (int i = 0; i < f->n; i++)
        f->out[i] = size[i] > 3 * sorted[f->n / 2] + 1e-6;
}

/* Robust local line through the positions of the neighbours, over time: an encoder moves in steps,
 * a speed sensor is noisy, and either may jump. `end` is behind the last line there will be. */
static double
position(const struct track *t, const struct stage_run *r, int32_t line, int32_t end)
{
    struct pose p = stage_pose(r, line);
    struct fit f = {.n = 0};
    int half = t->smooth;
    double slope;

    half = line < half ? (int)line : half;
    half = end - 1 - line < half ? (int)(end - 1 - line) : half;
    if (half < 2)
        return (double)p.belt_mm;
    for (int k = -half; k <= half; k++) {
        struct pose q = stage_pose(r, line + k);
        double s = (double)(q.t_ns - p.t_ns) * 1e-9;
        f.t[f.n] = s;
        f.x[f.n++] = (double)q.belt_mm - (double)p.belt_mm;
    }
    double span = f.t[f.n - 1] - f.t[0];
    for (int i = 0; i < f.n; i++) /* without a clock, lines are even */
        f.t[i] = span > 0 ? f.t[i] * 2 * half / span : i - half;
    double at = fit_line(&f, &slope);
    fit_reject(&f, at, slope);
    return (double)p.belt_mm + fit_line(&f, &slope);
}

/* ---- columns ---- */

static double
column_mm(const struct track *t, int32_t c)
{
    return t->origin_mm + c * t->pitch_mm;
}

static double
nearest_far(const struct track *t)
{
    return !t->interlaced || t->far_mm[0] < t->far_mm[1] ? t->far_mm[0] : t->far_mm[1];
}

static double
furthest_far(const struct track *t)
{
    return !t->interlaced || t->far_mm[0] > t->far_mm[1] ? t->far_mm[0] : t->far_mm[1];
}

/* Columns that are complete with this line: every energy is a pitch beyond them, or waiting longer
 * would lose the lines in front of them. */
static void
columns_close(struct track *t, int32_t line, bool last)
{
    while (t->n_passed < t->columns && column_mm(t, t->n_passed) <= furthest_far(t))
        t->passed[t->n_passed++] = line;
    while (t->n_closed < t->n_passed) {
        bool ready = nearest_far(t) >= column_mm(t, t->n_closed + 1);
        if (!ready && !last && line - t->passed[t->n_closed] < TRACK_PATIENCE)
            return;
        t->closed[t->n_closed++] = line;
    }
}

void
track_follow(struct track *t, const struct stage_run *r, int32_t limit, bool last)
{
    int32_t end = last ? limit : INT32_MAX;

    limit = last ? limit : limit - t->smooth;
    limit = limit < t->lines ? limit : t->lines;
    for (; t->done < limit; t->done++) {
        int32_t i = t->done;
        uint32_t flags = stage_pose(r, i).flags;
        int energy = t->interlaced && flags & POSE_HIGH ? 1 : 0;
        t->x_mm[i] = position(t, r, i, end);
        t->flags[i] = flags;
        if (i == 0)
            t->origin_mm = t->x_mm[0];
        if (track_good(flags) && t->x_mm[i] > t->far_mm[energy])
            t->far_mm[energy] = t->x_mm[i];
        columns_close(t, i, false);
    }
    if (last && t->done > 0 && t->done == limit)
        columns_close(t, t->done - 1, true);
}

/* ---- weights ---- */

/* Is line k one of this energy's? */
static bool
of_energy(const struct track *t, int32_t k, int energy)
{
    return energy < 0 || ((t->flags[k] & POSE_HIGH) != 0) == (energy == 1);
}

/* Good lines around a column, newest first, until one lies beyond what can count. */
struct near {
    int n;
    int32_t line[TRACK_WINDOW], oldest;
    double d[TRACK_WINDOW];     /* mm from the column */
    double before, after, wide; /* nearest on either side; half width that just holds them */
};

static void
near_find(const struct track *t, int32_t column, int energy, struct near *f)
{
    int32_t last = t->closed[column];
    int32_t first = last - TRACK_WINDOW + 1 > 0 ? last - TRACK_WINDOW + 1 : 0;
    double at = column_mm(t, column);

    f->n = 0;
    f->before = -1e30;
    f->after = 1e30;
    f->oldest = last;
    for (int32_t k = last; k >= first; k--) {
        double d = t->x_mm[k] - at;
        f->oldest = k;
        if (track_good(t->flags[k]) && of_energy(t, k, energy)) {
            f->before = d <= 0 && d > f->before ? d : f->before;
            f->after = d >= 0 && d < f->after ? d : f->after;
            f->line[f->n] = k;
            f->d[f->n++] = d;
        }
        if (d < -t->pitch_mm && d < 1.001 * f->before)
            break;
    }
    f->wide = t->pitch_mm;
    if (f->before > -1e29 && -f->before * 1.001 > f->wide)
        f->wide = -f->before * 1.001;
    if (f->after < 1e29 && f->after * 1.001 > f->wide)
        f->wide = f->after * 1.001;
}

/* Tent weights become those of a local linear regression at the column: exact for whatever changes
 * linearly along the belt, however the lines lie. With lines on one side only, a plain mean. */
static void
regress(struct track_mix *m, const double *d, double *w)
{
    double s0 = 0, s1 = 0, s2 = 0;
    bool below = false, above = false;

    for (int i = 0; i < m->n; i++) {
        s0 += w[i];
        s1 += w[i] * d[i];
        s2 += w[i] * d[i] * d[i];
        below |= d[i] <= 0;
        above |= d[i] >= 0;
    }
    double determinant = s0 * s2 - s1 * s1;
    bool line = below && above && determinant > 1e-9 * s0 * s0;
    for (int i = 0; i < m->n; i++)
        m->weight[i] = (float)(line ? w[i] * (s2 - s1 * d[i]) / determinant : w[i] / s0);
}

static void
note_flags(const struct track *t, int32_t first, int32_t last, double at, double wide,
           struct track_mix *m)
{
    uint32_t odd = POSE_SUSPECT | POSE_DOUBLED | POSE_LOST | POSE_MISSING;

    for (int32_t k = first; k <= last; k++)
        if (fabs(t->x_mm[k] - at) < wide)
            m->flags |= t->flags[k];
    if (m->flags & odd)
        m->mask |= MASK_SUSPECT;
}

void
track_mix(const struct track *t, int32_t column, int energy, double gap_mm, struct track_mix *m)
{
    struct near f;
    double d[TRACK_WINDOW], w[TRACK_WINDOW];

    near_find(t, column, energy, &f);
    m->n = 0;
    m->flags = 0;
    m->mask = f.after - f.before > gap_mm ? MASK_NO_LINE : 0;
    for (int i = f.n - 1; i >= 0; i--) {
        double weight = 1 - fabs(f.d[i]) / f.wide;
        if (weight <= 0)
            continue;
        d[m->n] = f.d[i];
        w[m->n] = weight;
        m->line[m->n++] = f.line[i];
    }
    regress(m, d, w);
    note_flags(t, f.oldest, t->closed[column], column_mm(t, column), f.wide, m);
}
