/* alarms: see alarms.h. */
#include "cmd/alarms.h"

#include "base/err.h"

#include <math.h>
#include <stdio.h>

#define SETTLED 50 /* lines behind a drift before it is believed */

static void PRINTF(5, 6)
    alarm_add(struct alarms *a, const char *kind, int view, double value, const char *fmt, ...)
{
    va_list args;

    if (a->n == ALARMS_MAX)
        return;
    struct alarm *x = &a->alarm[a->n++];
    x->kind = kind;
    x->view = view;
    x->value = value;
    va_start(args, fmt);
    vsnprintf(x->text, sizeof x->text, fmt, args);
    va_end(args);
}

static const struct {
    uint32_t flag;
    const char *kind, *text;
} flaws[] = {
    {POSE_LOST, "lost", "triggers were lost before"},
    {POSE_DOUBLED, "doubled", "triggers came twice:"},
    {POSE_MISSING, "missing", "the source did not fire for"},
    {POSE_SUSPECT, "suspect", "the signal contradicts the energy tag or the dose in"},
};

static void
read_poses(const struct tape *t, int plane, struct alarms *a)
{
    int view = tape_plane(t, plane)->view;
    int32_t mark = tape_mark(t, plane);

    for (size_t k = 0; k < sizeof flaws / sizeof *flaws; k++) {
        int32_t n = 0, first = 0;
        for (int32_t i = 0; i < mark; i++) {
            const struct pose *p = tape_read(t, plane, i);
            if (!(p->flags & flaws[k].flag))
                continue;
            first = n == 0 ? i : first;
            n++;
        }
        if (n > 0)
            alarm_add(a, flaws[k].kind, view, n,
                      "view %d: %s %d line%s of %d (the first is line %d); they are left out and "
                      "masked",
                      view, flaws[k].text, n, n == 1 ? "" : "s", mark, first);
    }
}

/* The furthest drift of either energy, once enough lines stand behind it. */
static void
read_drift(const struct tape *t, int plane, struct alarms *a)
{
    int view = tape_plane(t, plane)->view, energy = tape_plane(t, plane)->energy;

    for (int high = 0; high < 2; high++) {
        double worst = 0;
        for (int32_t i = 0; i < tape_mark(t, plane); i++) {
            const float *d = (const float *)tape_read(t, plane, i) + 2 * high;
            if (d[1] >= SETTLED && fabs((double)d[0] - 1) > fabs(worst))
                worst = (double)d[0] - 1;
        }
        if (fabs(worst) > ALARMS_DRIFT)
            alarm_add(a, "calibration-due", view, worst,
                      "view %d, %s energy: the detector has drifted by %+.1f %% since its "
                      "calibration; a new one is due (the common part is corrected)",
                      view, (energy == 2 ? high : energy) ? "high" : "low", 100 * worst);
    }
}

void
alarms_read(const struct tape *out, struct alarms *a)
{
    a->n = 0;
    for (int i = tape_planes(out) - 1; i >= 0; i--) {
        const struct plane_spec *s = tape_plane(out, i);
        if (s->scratch)
            continue;
        if (s->quantity == Q_POSE && s->lattice == LATTICE_LINE && s->energy != 1)
            read_poses(out, i, a);
        if (s->quantity == Q_DRIFT)
            read_drift(out, i, a);
    }
}
