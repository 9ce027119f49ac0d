/* crosstalk: how much of a pixel's light its neighbours receive, from the noise of the air scan:
 * light that is shared carries its photon noise along; equation 6 of doc/physics/calibration.md. */
#include "calib/make.h"

#include <math.h>

#define BLOCK 64
#define LINES_NEEDED 64
#define SEEN 4.0 /* errors that crosstalk must exceed to be believed */

struct sums {
    double own, next; /* squares of a pixel's noise, products with its right neighbour's */
};

struct noise_job {
    const struct scan *scan;
    const struct scan_channel *c;
    const double *dark;
    const struct level *air;
    const float *common;
    struct sums *sums;
};

static void
sum_block(void *arg, int a, int b)
{
    const struct noise_job *j = arg;
    int begin = a * BLOCK, end = b * BLOCK < j->c->n ? b * BLOCK : j->c->n;

    for (int32_t l = 0; l < j->c->lines; l++) {
        const void *line = tape_read(j->scan->tape, j->c->plane, j->c->line[l]);
        double own = 0, next = 0;
        for (int p = begin; p < end + (end < j->c->n); p++) {
            double mean = j->air[p].mean * (double)j->common[l];
            own = next;
            next = (double)scan_count(j->c, line, p) - j->dark[p] - mean;
            double limit = 6 * j->air[p].sigma;
            next = next > limit ? limit : next < -limit ? -limit : next;
            if (p > begin) {
                j->sums[p - 1].next += own * next;
                j->sums[p - 1].own += own * own;
            }
        }
        if (end == j->c->n)
            j->sums[end - 1].own += next * next;
    }
}

/* Equation 6: the share that gives neighbours this correlation of their noise. */
static double
share_of(double correlation)
{
    double low = 0, high = 0.2;

    for (int i = 0; i < 60; i++) {
        double c = 0.5 * (low + high), kept = 1 - 2 * c;
        if (2 * c * kept / (kept * kept + 2 * c * c) < correlation)
            low = c;
        else
            high = c;
    }
    return 0.5 * (low + high);
}

double
make_crosstalk(const struct make *m, const struct scan_channel *c, const double *dark,
               const struct level *dark_level, const struct level *air, const float *common,
               const uint8_t *flaw)
{
    struct noise_job j = {.scan = &m->air,
                          .c = c,
                          .dark = dark,
                          .air = air,
                          .common = common,
                          .sums = mem_zero((size_t)c->n, sizeof *j.sums)};
    double top = 0, below = 0;
    int pairs = 0;

    if (c->lines >= LINES_NEEDED && c->cols == 1)
        par_for(m->pool, 0, (c->n + BLOCK - 1) / BLOCK, 1, sum_block, &j);
    for (int p = 0; p + 1 < c->n; p++) {
        double photons[2];
        for (int i = 0; i < 2; i++)
            photons[i] =
                j.sums[p + i].own / c->lines - dark_level[p + i].sigma * dark_level[p + i].sigma;
        if (flaw[p] || flaw[p + 1] || !(photons[0] > 0) || !(photons[1] > 0))
            continue;
        top += j.sums[p].next / c->lines / sqrt(photons[0] * photons[1]);
        below += 1;
        pairs++;
    }
    mem_free(j.sums);
    double correlation = below > 0 ? top / below : 0;
    double error = pairs > 0 ? 1 / sqrt((double)pairs * c->lines) : 1;
    return correlation > SEEN * error && correlation > 1e-3 ? share_of(correlation) : 0;
}
