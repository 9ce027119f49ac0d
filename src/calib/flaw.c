/* flaw: see flaw.h. A pixel is compared with the median of its neighbours on the same arm, so the
 * smooth fall of the beam towards the ends does not matter. */
#include "calib/flaw.h"

#include "base/arena.h"

#include <math.h>
#include <stdio.h>

#define REACH 24           /* neighbours on either side */
#define WEAK 0.4           /* of the neighbours' air signal: less is dead */
#define DARK_VIEW 0.05     /* of the whole view's median: blocks wider than REACH */
#define HOT_SHARE 0.05     /* of full scale above the neighbours' dark */
#define NOISY_FACTOR 4.0   /* times the neighbours' noise */
#define DRIFT_ERRORS 6.0   /* standard errors between first and last third ... */
#define DRIFT_SHARE 0.005  /* ... and this share of the air signal */
#define LINES_FOR_NOISE 16 /* fewer lines say nothing about noise and drift */
#define MANY 0.02          /* share of scattered bad pixels that is worth a warning */

static const struct {
    const char *word, *meaning;
} words[FLAWS] = {
    [FLAW_DEAD] = {"dead", "give no signal"},
    [FLAW_SATURATED] = {"saturated", "are at full scale in air"},
    [FLAW_HOT] = {"hot", "have far more dark signal than their neighbours"},
    [FLAW_NOISY] = {"noisy", "are much noisier than their neighbours"},
    [FLAW_DRIFTING] = {"drifting", "move during the scan"},
    [FLAW_NONLINEAR] = {"nonlinear", "do not follow their neighbours through the wedge"},
};

/* Of all pixels of the view: median air signal, and its median relative shift. */
struct whole {
    double air, shift;
};

void
flaw_arm(const struct flaw_input *in, int p, int *begin, int *end)
{
    *begin = 0;
    *end = in->c->n;
    if (in->arm == NULL || in->arm->pixels != in->c->n)
        return;
    for (int a = 0, first = 0; a < in->arm->arms; first += in->arm->arm[a++].pixels)
        if (p >= first && p < first + in->arm->arm[a].pixels) {
            *begin = first;
            *end = first + in->arm->arm[a].pixels;
        }
}

/* Median of value(level) over the neighbours of p. */
static double
around(const struct flaw_input *in, const struct level *level, int p,
       double (*value)(const struct level *))
{
    double v[2 * REACH + 1];
    int begin, end, n = 0;

    flaw_arm(in, p, &begin, &end);
    begin = begin > p - REACH ? begin : p - REACH;
    end = end < p + REACH + 1 ? end : p + REACH + 1;
    for (int i = begin; i < end; i++)
        v[n++] = value(&level[i]);
    return level_median(v, n);
}

static double
value_mean(const struct level *l)
{
    return l->mean;
}

static double
value_sigma(const struct level *l)
{
    return l->sigma;
}

static double
value_relative(const struct level *l)
{
    return l->mean > 0 ? l->sigma / l->mean : 0;
}

static double
value_share(const struct level *l)
{
    return l->mean > 0 ? l->shift / l->mean : 0;
}

static double
value_shift(const struct level *l)
{
    return l->shift;
}

/* Has this level moved otherwise than expected, by more than chance and by a share of `air`? */
static bool
moves(const struct level *level, double expected, int lines, double air)
{
    double shift = level->shift - expected, error = level->sigma * sqrt(6.0 / lines);

    return fabs(shift) > DRIFT_ERRORS * error && fabs(shift) > DRIFT_SHARE * air;
}

static enum flaw
judge(const struct flaw_input *in, int p, const struct whole *view)
{
    const struct level *dark = &in->dark[p], *air = &in->air[p];
    double air_near = around(in, in->air, p, value_mean);
    double dark_near = around(in, in->dark, p, value_mean);

    if (!(air->mean > DARK_VIEW * view->air) || air->mean < WEAK * air_near)
        return air->max >= SCAN_FULL_SCALE ? FLAW_SATURATED : FLAW_DEAD;
    if (air->mean + dark->mean >= SCAN_FULL_SCALE - 0.5 - air->rough)
        return FLAW_SATURATED;
    if (dark->mean - dark_near > HOT_SHARE * SCAN_FULL_SCALE)
        return FLAW_HOT;
    if (in->dark_lines >= LINES_FOR_NOISE) {
        double near = around(in, in->dark, p, value_sigma);
        if (dark->sigma > NOISY_FACTOR * (near > 0.3 ? near : 0.3))
            return FLAW_NOISY;
        if (moves(dark, around(in, in->dark, p, value_shift), in->dark_lines, air_near))
            return FLAW_DRIFTING;
    }
    if (in->air_lines >= LINES_FOR_NOISE) {
        if (air->sigma / air->mean > NOISY_FACTOR * around(in, in->air, p, value_relative) + 1e-5)
            return FLAW_NOISY;
        if (moves(air, view->shift * air->mean, in->air_lines, air_near))
            return FLAW_DRIFTING;
    }
    return FLAW_NONE;
}

/* The scans as a whole: what makes every pixel look bad has one cause, and that is what to say. */
static int
check_scans(const struct flaw_input *in, struct whole *view, struct err *e)
{
    char where[32];
    double *v = mem_zero((size_t)in->c->n * 3, sizeof *v);
    int saturated = 0, n = in->c->n;

    for (int p = 0; p < n; p++) {
        v[p] = in->air[p].mean;
        v[n + p] = in->dark[p].mean;
        v[2 * n + p] = value_share(&in->air[p]);
        saturated += in->air[p].mean + in->dark[p].mean >= SCAN_FULL_SCALE - 1.0;
    }
    double air = level_median(v, n), dark = level_median(v + n, n);
    double shift = level_median(v + 2 * n, n);
    mem_free(v);
    *view = (struct whole){.air = air, .shift = shift};
    scan_where(in->c, where);
    if (saturated > n / 20)
        return err_set(e, ERR_CALIB,
                       "%s: the air scan is saturated: %d of %d pixels are at full scale in %s; "
                       "lower the dose or the gain and repeat it",
                       in->air_name, saturated, n, where);
    if (air < -0.1 * dark - 1)
        return err_set(e, ERR_CALIB,
                       "%s: dark (median %.0f counts) is brighter than air in %s (%.0f counts, %s);"
                       " the two scans look mixed up",
                       in->dark_name, dark, where, air + dark, in->air_name);
    if (air < 0.02 * dark + 1)
        return err_set(e, ERR_CALIB,
                       "%s: the air scan is as dark as the dark scan in %s (%.0f and %.0f counts); "
                       "was the source on?",
                       in->air_name, where, air + dark, dark);
    return 0;
}

int
flaw_find(const struct flaw_input *in, uint8_t *flaw, struct err *e)
{
    char where[32];
    struct whole view;
    int bad = 0;

    if (check_scans(in, &view, e) != 0)
        return -1;
    for (int p = 0; p < in->c->n; p++) {
        flaw[p] = (uint8_t)judge(in, p, &view);
        bad += flaw[p] != FLAW_NONE;
    }
    if (bad > in->c->n / 2)
        return err_set(e, ERR_CALIB, "%s: %d of %d pixels are unusable in %s; see to the detector",
                       in->air_name, bad, in->c->n, scan_where(in->c, where));
    return 0;
}

/* The flaw that most pixels of [begin, end) have, and how many have any. */
static int
count_flaws(const uint8_t *flaw, int begin, int end, enum flaw *most)
{
    int count[FLAWS] = {0}, bad = 0;

    for (int p = begin; p < end; p++) {
        count[flaw[p]]++;
        bad += flaw[p] != FLAW_NONE;
    }
    *most = FLAW_DEAD;
    for (int f = FLAW_DEAD; f < FLAWS; f++)
        if (count[f] > count[*most])
            *most = (enum flaw)f;
    return bad;
}

/* Modules of which more than half is bad; returns how many pixels those are. */
static int
report_modules(const struct flaw_input *in, const uint8_t *flaw, uint8_t *said, struct notes *notes)
{
    int total = 0;
    char where[32];

    if (in->arm == NULL || in->arm->pixels != in->c->n)
        return 0;
    for (int a = 0, first = 0, module = 0; a < in->arm->arms; first += in->arm->arm[a++].pixels) {
        int step = in->arm->arm[a].module_pixels, end = first + in->arm->arm[a].pixels;
        for (int p = first; step > 0 && p < end; p += step, module++) {
            int stop = p + step < end ? p + step : end;
            enum flaw most;
            int bad = count_flaws(flaw, p, stop, &most);
            if (2 * bad <= stop - p)
                continue;
            notes_warn(notes,
                       "%s: %s: module %d (pixels %d to %d) is %s: %d of its %d pixels %s; check "
                       "its cable and supply, or replace it",
                       in->air_name, scan_where(in->c, where), module, p, stop - 1,
                       words[most].word, bad, stop - p, words[most].meaning);
            for (int i = p; i < stop; i++)
                said[i] = 1;
            total += bad;
        }
    }
    return total;
}

/* Runs of eight and more bad neighbours outside of modules that were already named. */
static void
report_runs(const struct flaw_input *in, const uint8_t *flaw, uint8_t *said, struct notes *notes)
{
    char where[32];

    for (int p = 0; p < in->c->n; p++) {
        int begin = p;
        enum flaw most;
        while (p < in->c->n && flaw[p] != FLAW_NONE && !said[p])
            p++;
        if (p - begin < 8)
            continue;
        count_flaws(flaw, begin, p, &most);
        notes_warn(notes, "%s: %s: pixels %d to %d are %s: these %d neighbours %s", in->air_name,
                   scan_where(in->c, where), begin, p - 1, words[most].word, p - begin,
                   words[most].meaning);
        for (int i = begin; i < p; i++)
            said[i] = 1;
    }
}

static void
report_scattered(const struct flaw_input *in, const uint8_t *flaw, const uint8_t *said,
                 enum flaw which, struct notes *notes)
{
    char list[160], where[32];
    int n = 0, at = 0;

    for (int p = 0; p < in->c->n; p++) {
        if (flaw[p] != which || said[p])
            continue;
        if (n++ < 12)
            at += snprintf(list + at, sizeof list - (size_t)at, "%s%d", at == 0 ? "" : ", ", p);
    }
    if (n == 0)
        return;
    void (*tell)(struct notes *, const char *, ...) = n > MANY * in->c->n ? notes_warn : notes_say;
    tell(notes, "%s: %s: %d pixels of %d are %s (%s%s) and will be replaced by their neighbours",
         in->air_name, scan_where(in->c, where), n, in->c->n, words[which].word, list,
         n > 12 ? ", ..." : "");
}

void
flaw_report(const struct flaw_input *in, const uint8_t *flaw, struct notes *notes)
{
    uint8_t *said = mem_zero((size_t)in->c->n, 1);

    report_modules(in, flaw, said, notes);
    report_runs(in, flaw, said, notes);
    for (int f = FLAW_DEAD; f < FLAWS; f++)
        report_scattered(in, flaw, said, (enum flaw)f, notes);
    mem_free(said);
}
