/* lag: the afterglow model from a scan in which the source is switched off after air: a few
 * exponentials whose decay is common to a view, with fractions pixel by pixel; equation 5 of
 * doc/physics/calibration.md: line m after the end has the sum of fraction * decay^m. */
#include "calib/make.h"

#include "base/num.h"

#include <math.h>
#include <string.h>

#define PARTS_MAX 3
#define CANDIDATES 30
#define LINES_BEFORE 32 /* of steady light that are needed */
#define LINES_AFTER 16  /* of darkness that are needed */
#define SEEN 5.0        /* errors that the afterglow must exceed to be modelled */

/* One view and energy of the lag scan, all lines in order (both energies when interlaced). */
struct fall {
    const struct scan *scan;
    const struct scan_channel *c;
    int view, energy, plane;
    int32_t pixels, end, lines; /* end = first line without the source */
    const float *dark[2], *air[2];
    const uint8_t *bad;
    bool interlaced;
    double *mean; /* of all good pixels, share of the light before; [lines - end] */
};

struct model {
    int parts;
    double decay[PARTS_MAX], fraction[PARTS_MAX], error;
};

/* Light of a sample over the air signal (the mean of both energies' when interlaced). */
static double
light(const struct fall *f, int32_t line, int p)
{
    double count = (double)scan_count(f->c, tape_read(f->scan->tape, f->plane, line), p);
    double air = f->interlaced ? 0.5 * ((double)f->air[0][p] + (double)f->air[1][p])
                               : (double)f->air[f->energy][p];
    double dark = f->interlaced ? 0.5 * ((double)f->dark[0][p] + (double)f->dark[1][p])
                                : (double)f->dark[f->energy][p];

    return air > 0 ? (count - dark) / air : 0;
}

static double
mean_light(const struct fall *f, int32_t line)
{
    double sum = 0;
    int n = 0;

    for (int p = 0; p < f->pixels; p++)
        if (!f->bad[p]) {
            sum += light(f, line, p);
            n++;
        }
    return n > 0 ? sum / n : 0;
}

/* The first line without light: by the poses, or where the signal breaks down. */
static int32_t
find_end(const struct fall *f, const struct scan_channel *c)
{
    int32_t last_bright = -1;

    for (int32_t l = 0; l < f->lines && c->pose >= 0; l++) {
        const struct pose *p =
            l < tape_mark(f->scan->tape, c->pose) ? tape_read(f->scan->tape, c->pose, l) : NULL;
        if (p != NULL && (p->flags & POSE_DARK) != 0)
            return l;
    }
    for (int32_t l = 0; l < f->lines; l++)
        if (mean_light(f, l) > 0.25)
            last_bright = l;
    return last_bright + 1;
}

/* Sum of squares that the exponentials of these decays leave, with non-negative fractions. */
static double
try_decays(const double *y, int n, struct model *m)
{
    double gram[PARTS_MAX][PARTS_MAX] = {{0}}, right[PARTS_MAX] = {0}, power[PARTS_MAX], total = 0;

    for (int k = 0; k < m->parts; k++)
        power[k] = m->decay[k];
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < m->parts; k++) {
            right[k] += power[k] * y[i];
            for (int j = 0; j <= k; j++)
                gram[k][j] += power[k] * power[j];
        }
        for (int k = 0; k < m->parts; k++)
            power[k] *= m->decay[k];
        total += y[i] * y[i];
    }
    for (int k = 0; k < m->parts; k++)
        m->fraction[k] = 0;
    for (int round = 0; round < 200; round++) /* coordinate descent: few, well-scaled unknowns */
        for (int k = 0; k < m->parts; k++) {
            double x = right[k];
            for (int j = 0; j < m->parts; j++)
                x -= j == k ? 0 : m->fraction[j] * (j < k ? gram[k][j] : gram[j][k]);
            m->fraction[k] = x > 0 ? x / gram[k][k] : 0;
        }
    m->error = total;
    for (int k = 0; k < m->parts; k++) {
        m->error -= 2 * m->fraction[k] * right[k];
        for (int j = 0; j < m->parts; j++)
            m->error += m->fraction[k] * m->fraction[j] * (j <= k ? gram[k][j] : gram[j][k]);
    }
    return m->error;
}

/* Improves the decay times one after the other by ever smaller factors. */
static void
refine(const double *y, int n, struct model *best)
{
    for (double factor = 1.4; factor > 1.003; factor = 1 + (factor - 1) * 0.6)
        for (int round = 0; round < 4; round++)
            for (int k = 0; k < best->parts; k++)
                for (int side = 0; side < 2; side++) {
                    struct model m = *best;
                    double tau = -1 / num_log(m.decay[k]);
                    m.decay[k] = num_exp(-1 / (side == 0 ? tau * factor : tau / factor));
                    if (m.decay[k] < 0.99999 && try_decays(y, n, &m) < best->error)
                        *best = m;
                }
}

/* The best two decays of a coarse list, refined. */
static void
search_two(const double *y, int n, struct model *best)
{
    double decay[CANDIDATES];

    for (int i = 0; i < CANDIDATES; i++)
        decay[i] = num_exp(-1 / (0.4 * num_pow(10.0 * n, (double)i / (CANDIDATES - 1))));
    best->error = 1e300;
    for (int i = 0; i < CANDIDATES; i++)
        for (int j = i + 1; j < CANDIDATES; j++) {
            struct model m = {.parts = 2, .decay = {decay[i], decay[j]}};
            if (try_decays(y, n, &m) < best->error)
                *best = m;
        }
    refine(y, n, best);
}

/* A third decay beside two that are known; refined. */
static void
search_three(const double *y, int n, const struct model *two, struct model *best)
{
    best->error = 1e300;
    for (int i = 0; i < CANDIDATES; i++) {
        struct model m = {.parts = 3, .decay = {two->decay[0], two->decay[1]}};
        m.decay[2] = num_exp(-1 / (0.4 * num_pow(10.0 * n, (double)i / (CANDIDATES - 1))));
        if (try_decays(y, n, &m) < best->error)
            *best = m;
    }
    refine(y, n, best);
}

/* A pixel has the view's afterglow, scaled as a whole: one number is what its noise allows. */
static void
pixel_fractions(const struct fall *f, const struct model *m, int p, double before, float *model)
{
    double top = 0, below = 0;

    for (int32_t l = f->end; l < f->lines; l++) {
        double view = f->mean[l - f->end];
        top += view * light(f, l, p) / before;
        below += view * view;
    }
    double scale = below > 0 ? top / below : 1;
    scale = scale < 0 ? 0 : scale > 3 ? 3 : scale;
    for (int k = 0; k < m->parts; k++) {
        model[(size_t)(2 * k) * (size_t)f->pixels + (size_t)p] = (float)(scale * m->fraction[k]);
        model[(size_t)(2 * k + 1) * (size_t)f->pixels + (size_t)p] = (float)m->decay[k];
    }
}

static double
before_end(const struct fall *f, int p)
{
    int32_t first = f->end / 2, n = 0;
    double sum = 0;

    for (int32_t l = first; l < f->end; l++, n++)
        sum += p < 0 ? mean_light(f, l) : light(f, l, p);
    return n > 0 ? sum / n : 0;
}

/* Standard error of one entry of f->mean, from its last quarter's scatter. */
static double
tail_error(const double *y, int n)
{
    double sum = 0;
    int first = n - n / 4, count = 0;

    for (int i = first + 1; i < n; i++, count++)
        sum += (y[i] - y[i - 1]) * (y[i] - y[i - 1]) / 2;
    return count > 0 ? sqrt(sum / count) : 0;
}

static void
shelve_model(struct make *m, const struct fall *f, const struct model *best)
{
    float *out =
        shelf_put(&m->shelf, Q_LAG_MODEL, f->view, f->energy, 2 * best->parts, f->pixels, 1);

    for (int p = 0; p < f->pixels; p++) {
        double before = f->bad[p] ? 0 : before_end(f, p);
        if (before > 0.05)
            pixel_fractions(f, best, p, before, out);
        else
            for (int k = 0; k < best->parts; k++) {
                out[(size_t)(2 * k) * (size_t)f->pixels + (size_t)p] = (float)best->fraction[k];
                out[(size_t)(2 * k + 1) * (size_t)f->pixels + (size_t)p] = (float)best->decay[k];
            }
    }
}

static int
fit_fall(struct make *m, struct fall *f, struct err *e)
{
    int n = f->lines - f->end;
    struct model two, three;

    if (f->end < LINES_BEFORE || n < LINES_AFTER)
        return err_set(e, ERR_CALIB,
                       "%s: the source is never switched off after at least %d lines of air (or "
                       "for less than %d lines) in view %d: this is no lag scan",
                       m->lag.name, LINES_BEFORE, LINES_AFTER, f->view);
    double before = before_end(f, -1);
    if (!(before > 0.3))
        return err_set(e, ERR_CALIB, "%s: no light before the source is switched off in view %d",
                       m->lag.name, f->view);
    f->mean = mem_zero((size_t)n, sizeof *f->mean);
    for (int i = 0; i < n; i++)
        f->mean[i] = mean_light(f, f->end + i) / before;
    if (f->mean[0] < SEEN * tail_error(f->mean, n) + 1e-5) {
        notes_say(m->notes, "%s: no afterglow above noise in view %d", m->lag.name, f->view);
    } else {
        search_two(f->mean, n, &two);
        search_three(f->mean, n, &two, &three);
        shelve_model(m, f, three.error < 0.8 * two.error ? &three : &two);
        notes_say(m->notes, "view %d: afterglow of %.3g %% in the first line without light",
                  f->view, 100 * f->mean[0]);
    }
    mem_free(f->mean);
    return 0;
}

int
make_lag(struct make *m, struct err *e)
{
    for (int i = 0; m->lag.tape != NULL && i < m->lag.n; i++) {
        const struct scan_channel *c = &m->lag.channel[i];
        if (c->interlaced && c->energy == 1)
            continue; /* one model for the lines of both energies */
        struct fall f = {.scan = &m->lag,
                         .c = c,
                         .view = c->view,
                         .energy = c->energy,
                         .plane = c->plane,
                         .pixels = c->n,
                         .lines = tape_mark(m->lag.tape, c->plane),
                         .interlaced = c->interlaced,
                         .bad = shelf_get(&m->shelf, Q_BAD_PIXEL, c->view, c->energy)};
        for (int k = 0; k < 2; k++) {
            f.dark[k] = shelf_get(&m->shelf, Q_DARK, c->view, k);
            f.air[k] = shelf_get(&m->shelf, Q_AIR, c->view, k);
        }
        f.end = find_end(&f, c);
        if (fit_fall(m, &f, e) != 0)
            return -1;
    }
    return 0;
}
