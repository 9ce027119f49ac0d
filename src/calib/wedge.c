/* wedge: see wedge.h. */
#include "calib/wedge.h"

#include "base/num.h"
#include "stage/scatter.h"

#include <math.h>
#include <string.h>

#define SETTLE 0.25  /* of a step's lines are left out at its start: afterglow, edge, belt */
#define LEAST_T 2e-5 /* a smaller transmission is not measured */
#define ODD_SHARE 0.05
#define ODD_ERRORS 6.0

static int
read_step(const struct scan *s, const struct text_node *n, struct wedge *w, struct err *e)
{
    struct wedge_step *step = &w->step[w->steps];
    int64_t first, last;

    if (w->steps == WEDGE_STEPS_MAX)
        return text_error(&s->about, n, e, "at most %d steps", WEDGE_STEPS_MAX);
    if (text_args(&s->about, n, 3, 3, e) != 0 ||
        text_whole(&s->about, n, 0, 0, TAPE_LINES_MAX, &first, e) != 0 ||
        text_whole(&s->about, n, 1, first + 1, TAPE_LINES_MAX, &last, e) != 0 ||
        text_number(&s->about, n, 2, 0, 10000, &step->g_cm2, e) != 0)
        return -1;
    if (w->steps > 0 && first < w->step[w->steps - 1].last)
        return text_error(&s->about, n, e, "overlaps the step before");
    if (w->steps > 0 && step->g_cm2 <= w->step[w->steps - 1].g_cm2)
        return text_error(&s->about, n, e,
                          "the wedge is in the wrong order: this step is not thicker than the one "
                          "before; list them thinnest first");
    step->first = (int32_t)first;
    step->last = (int32_t)last;
    w->steps++;
    return 0;
}

int
wedge_read(const struct scan *s, struct wedge *w, struct err *e)
{
    const struct text_node *scan = text_find(s->about.root, "scan"), *node = NULL;

    if (scan != NULL)
        node = text_find(scan, "wedge");
    if (node == NULL)
        return err_set(e, ERR_INPUT,
                       "%s: this is no wedge scan: its description has no wedge block that names "
                       "material and steps",
                       s->name);
    *w = (struct wedge){.name = s->name, .blocker = text_find(node, "blocker") != NULL};
    if (text_args(&s->about, node, 1, 1, e) != 0 ||
        material_find_any_density(node->arg[0], &w->material, e) != 0)
        return err_at(e, "%s", s->name);
    for (const struct text_node *n = node->first; n != NULL; n = n->next)
        if (strcmp(n->word, "step") == 0 && read_step(s, n, w, e) != 0)
            return -1;
    if (w->steps < 2)
        return text_error(&s->about, node, e, "a wedge needs at least two steps");
    return 0;
}

int
wedge_groups(const struct geometry_view *v, int pixels, int width, struct wedge_group *out)
{
    int n = 0, arms = v == NULL ? 1 : v->arms, first = 0;

    for (int a = 0; a < arms; a++) {
        int size = v == NULL ? pixels : v->arm[a].pixels;
        int pieces = (size + width - 1) / width, most = WEDGE_GROUPS_MAX / arms;
        pieces = pieces < 1 ? 1 : pieces > most ? most : pieces;
        for (int i = 0; i < pieces; i++, n++) {
            out[n].begin = first + (int)((int64_t)size * i / pieces);
            out[n].end = first + (int)((int64_t)size * (i + 1) / pieces);
            out[n].place = 0.5 * (out[n].begin + out[n].end - 1);
        }
        first += size;
    }
    return n;
}

/* One energy of a view: planes of the shelf and the channel of the wedge scan. */
struct channel {
    const struct scan *scan;
    const struct scan_channel *c;
    const float *dark, *air, *noise, *air_noise;
    const uint8_t *bad;
    const float *scatter; /* as SCATTER on the shelf, or NULL */
    float *scattered;     /* [step][pixel] what the step scatters onto each pixel, over air */
};

/* Mean of (counts - dark) / (air dose) over the lines of [first, last) of the tape, per pixel of
 * [begin, end). Returns how many lines that were. */
static int
mean_lines(const struct channel *k, int32_t first, int32_t last, int begin, int end, double *mean)
{
    int n = 0;

    for (int p = begin; p < end; p++)
        mean[p - begin] = 0;
    for (int32_t l = 0; l < k->c->lines; l++) {
        if (k->c->line[l] < first || k->c->line[l] >= last)
            continue;
        const void *line = tape_read(k->scan->tape, k->c->plane, k->c->line[l]);
        for (int p = begin; p < end; p++)
            mean[p - begin] +=
                ((double)scan_count(k->c, line, p) - (double)k->dark[p]) / (double)k->c->dose[l];
        n++;
    }
    for (int p = begin; p < end; p++)
        mean[p - begin] = n > 0 && k->air[p] > 0 ? mean[p - begin] / n / (double)k->air[p] : 0;
    return n;
}

/* Relative variance of one sample of pixel p at transmission t. */
static double
sample_variance(const struct channel *k, int p, double t)
{
    double air = (double)k->air[p], dark = (double)k->noise[p], rough = (double)k->air_noise[p];
    double photons = (rough * rough - dark * dark) / (air * air);

    return (photons > 0 ? photons : 0) / t + dark * dark / (air * air * t * t);
}

/* Gain of a group against the air scan, from the air before and after the wedge; 1 if unknown. */
static double
group_gain(const struct channel *k, const struct wedge *w, const struct wedge_group *g,
           double *scratch)
{
    int32_t stop = w->step[0].first, again = w->step[w->steps - 1].last;
    int32_t lines = tape_mark(k->scan->tape, k->c->plane), gap = (lines - again) / 2;
    double v[2] = {0, 0};
    int used = 0;

    for (int side = 0; side < 2; side++) {
        int n = mean_lines(k, side == 0 ? 0 : again + gap, side == 0 ? stop - 2 : lines, g->begin,
                           g->end, scratch);
        int good = 0;
        for (int p = g->begin; p < g->end; p++)
            if (!k->bad[p] && n >= 8)
                scratch[good++] = scratch[p - g->begin];
        if (good > 0)
            v[used++] = level_median(scratch, good);
    }
    double gain = used == 0 ? 1 : used == 1 ? v[0] : 0.5 * (v[0] + v[1]);
    return gain > 0.5 && gain < 2 ? gain : 1;
}

struct point_job {
    const struct make *make;
    const struct wedge *w;
    struct channel channel[2];
    const struct wedge_group *groups;
    struct wedge_point *points;
    uint8_t *odd;
};

/* Lines of a step that have settled. */
static void
settled(const struct wedge_step *s, int32_t *first, int32_t *last)
{
    *first = s->first + (int32_t)(SETTLE * (s->last - s->first)) + 1;
    *last = s->last - 1;
}

/* What the stage `scatter` will take off a line through this step. */
static void
scatter_of_step(const struct channel *k, const struct wedge_step *s, float *out)
{
    int n = k->c->n, rows = k->c->cols > 1 ? k->c->rows : 1, cols = n / rows;
    int cells = (cols + (int)k->scatter[0] - 1) / (int)k->scatter[0];
    double *mean = mem_zero((size_t)n, sizeof *mean);
    float *t = mem_zero((size_t)(2 * n), sizeof *t);
    float *send = mem_zero((size_t)cells * KERN_SCATTER_CELLS, sizeof *send);
    int32_t first, last;

    for (int j = 0; j < cells; j++)
        memcpy(send + j * KERN_SCATTER_CELLS, k->scatter + (1 + j) * cells,
               (size_t)cells * sizeof *send);
    struct kern_scatter g = {cells, (int)k->scatter[0], k->scatter[1], send};
    settled(s, &first, &last);
    mean_lines(k, first, last, 0, n, mean);
    for (int p = 0; p < n; p++)
        t[p] = (float)mean[p];
    scatter_take(kern_get(0), &g, t, t + n, rows, cols);
    for (int p = 0; p < n; p++)
        out[p] = t[p] - t[n + p];
    mem_free(send);
    mem_free(t);
    mem_free(mean);
}

static void
measure_scatter(void *arg, int begin, int end)
{
    const struct point_job *j = arg;

    for (int i = begin; i < end; i++) {
        const struct channel *k = &j->channel[i % 2];
        if (k->scatter != NULL)
            scatter_of_step(k, &j->w->step[i / 2], k->scattered + i / 2 * k->c->n);
    }
}

/* Mean attenuation of the good pixels, its error, and who stands out. */
static void
group_attenuation(const struct channel *k, const struct wedge_group *g, const float *scattered,
                  double *t, int lines, double gain, double *a, double *sigma, uint8_t *odd)
{
    int n = 0;
    double sum = 0, variance = 0;
    double *v = mem_zero((size_t)(g->end - g->begin), sizeof *v);

    *a = *sigma = 0;
    for (int p = g->begin; p < g->end; p++) {
        double x = t[p - g->begin] / gain - (double)scattered[p];
        t[p - g->begin] = -1;
        if (k->bad[p] || !(x > LEAST_T) || sample_variance(k, p, x) / lines > 0.04)
            continue;
        t[p - g->begin] = v[n++] = -num_log(x);
        sum += v[n - 1];
        variance += sample_variance(k, p, x) / lines;
    }
    if (n > 0 && 2 * n > (g->end - g->begin) / 2) {
        double middle = level_median(v, n), one = sqrt(variance / n);
        *a = sum / n;
        *sigma = one / sqrt((double)n) + 1e-6;
        for (int p = g->begin; p < g->end; p++) {
            double d = fabs(t[p - g->begin] - middle);
            odd[p] = (uint8_t)(odd[p] + (!k->bad[p] && d > ODD_SHARE * middle + ODD_ERRORS * one));
        }
    }
    mem_free(v);
}

static void
measure_group(void *arg, int begin, int end)
{
    const struct point_job *j = arg;
    const struct wedge *w = j->w;

    for (int g = begin; g < end; g++) {
        const struct wedge_group *group = &j->groups[g];
        double *t = mem_zero((size_t)(group->end - group->begin), sizeof *t);
        for (int k = 0; k < 2; k++) {
            double gain = group_gain(&j->channel[k], w, group, t);
            for (int i = 0; i < w->steps; i++) {
                const struct wedge_step *s = &w->step[i];
                struct wedge_point *point = &j->points[g * w->steps + i];
                const struct channel *c = &j->channel[k];
                int32_t first, last;
                settled(s, &first, &last);
                int lines = mean_lines(c, first, last, group->begin, group->end, t);
                if (lines > 0)
                    group_attenuation(c, group, c->scattered + i * c->c->n, t, lines, gain,
                                      &point->a[k], &point->sigma[k], j->odd);
            }
        }
        mem_free(t);
    }
}

int
wedge_measure(const struct make *m, const struct scan *s, const struct wedge *w, int view,
              const struct wedge_group *groups, int n, struct wedge_point *points, uint8_t *odd,
              struct err *e)
{
    struct point_job j = {.make = m, .w = w, .groups = groups, .points = points, .odd = odd};
    struct arena arena = {.block = NULL};
    int result = -1;

    for (int k = 0; k < 2; k++) {
        const struct scan_channel *c = scan_find(s, view, k);
        if (c == NULL) {
            err_set(e, ERR_INPUT, "%s: view %d has only one energy", s->name, view);
            goto out;
        }
        if (w->step[w->steps - 1].last > tape_mark(s->tape, c->plane)) {
            err_set(e, ERR_INPUT, "%s: the last step ends at line %d, the scan at line %d", s->name,
                    w->step[w->steps - 1].last, tape_mark(s->tape, c->plane));
            goto out;
        }
        j.channel[k] = (struct channel){.scan = s,
                                        .c = c,
                                        .dark = shelf_get(&m->shelf, Q_DARK, view, k),
                                        .air = shelf_get(&m->shelf, Q_AIR, view, k),
                                        .noise = shelf_get(&m->shelf, Q_NOISE, view, k),
                                        .air_noise = shelf_get(&m->shelf, Q_AIR_NOISE, view, k),
                                        .bad = shelf_get(&m->shelf, Q_BAD_PIXEL, view, k),
                                        .scatter = shelf_get(&m->shelf, Q_SCATTER, view, k)};
        j.channel[k].scattered =
            arena_zero(&arena, (size_t)(w->steps * c->n), sizeof *j.channel[k].scattered);
    }
    par_for(m->pool, 0, 2 * w->steps, 1, measure_scatter, &j);
    par_for(m->pool, 0, n, 1, measure_group, &j);
    result = 0;
out:
    arena_free(&arena);
    return result;
}

/* Median over groups of the high channel's attenuation at a step; -1 where nobody measured it. */
static double
step_level(const struct wedge *w, const struct wedge_point *points, int groups, int step)
{
    double v[WEDGE_GROUPS_MAX];
    int n = 0;

    for (int g = 0; g < groups; g++)
        if (points[g * w->steps + step].sigma[1] > 0)
            v[n++] = points[g * w->steps + step].a[1];
    return n == 0 ? -1 : level_median(v, n);
}

int
wedge_check_order(const struct wedge *w, int view, const struct wedge_point *points, int groups,
                  struct err *e)
{
    double before = -1;
    int measured = 0;

    for (int i = 0; i < w->steps; i++) {
        double a = step_level(w, points, groups, i);
        if (a < 0)
            continue;
        measured++;
        if (i > 0 && before >= 0 && !(a > before))
            return err_set(e, ERR_CALIB,
                           "%s: the wedge is in the wrong order: step %d (%.3g g/cm2) attenuates "
                           "%.3f in view %d, less than the %.3f of step %d (%.3g g/cm2)",
                           w->name, i + 1, w->step[i].g_cm2, a, view, before, i,
                           w->step[i - 1].g_cm2);
        before = a;
    }
    if (measured < 2)
        return err_set(e, ERR_CALIB, "%s: fewer than two steps let anything through in view %d",
                       w->name, view);
    return 0;
}
