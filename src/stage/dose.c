/* dose: how much radiation each line got, from the reference detector and from the pixels at the
 * ends of the fan that see no object (projections: from the reference alone, as objects fill the
 * fan); follows the drift of the detector against the reference, and flags lines that contradict
 * their energy tag, did not fire, came twice or follow a lost trigger.
 * Eq. (4) to (6) of doc/physics/radiograph.md. */
#include "stage/noise.h"

#include <math.h>
#include <string.h>

enum { PARAM_EDGE, PARAM_MONITOR, PARAM_TOLERANCE, PARAM_CONTRADICTION, PARAM_LINES };
enum { SIGNAL, MASK, POSE, COUNTS };
enum { OUT_POSE, DRIFT };

static const struct stage_param params[] = {
    {"edge_pixels", "1", 16, 0, 64, "pixels at each end of the fan that usually see no object"},
    {"monitor_noise", "1", 0.001, 1e-5, 1, "relative noise of the reference detector per line"},
    {"tolerance", "1", 0.03, 0.001, 0.5, "an end further off than this sees an object"},
    {"contradiction", "1", 0.15, 0.01, 1, "a line further off than this contradicts its tag"},
    {"drift_lines", "1", 200, 1, 100000, "lines over which the drift is averaged"},
    {NULL, NULL, 0, 0, 0, NULL},
};

#define EDGE_MAX 64
#define DARK 0.05 /* of what is expected: less came from a source that did not fire */

struct state {
    bool turns; /* projections: the ends may see the object in every line */
    int edge;
    double variance;    /* of the mean of both ends, relative */
    double pixel, ends; /* standard deviation of a pixel, of the difference of both ends */
    double other[2]; /* air signal of the other energy over that of this one; 0 = not interlaced */
};

static double
air_mean(const struct stage_run *r, int energy, int edge)
{
    int plane = r->calib == NULL ? -1 : tape_find(r->calib, Q_AIR, r->view, energy);
    double sum = 0;

    if (plane < 0)
        return 0;
    const struct plane_spec *s = tape_plane(r->calib, plane);
    const float *air = tape_read(r->calib, plane, 0);
    for (int i = 0; i < edge && i < s->rows * s->cols; i++)
        sum += (double)air[i] + (double)air[s->rows * s->cols - 1 - i];
    return sum;
}

static int
dose_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct state *s = arena_zero(r->arena, 1, sizeof *s);
    int n = stage_elements(&r->in[SIGNAL]);
    struct stage_noise noise;

    s->turns = r->in[SIGNAL].spec->lattice == LATTICE_PROJ;
    s->edge = (int)r->param[PARAM_EDGE] < n / 8 ? (int)r->param[PARAM_EDGE] : n / 8;
    if (stage_noise(r, r->energy == 2 ? 0 : r->energy, r->in[SIGNAL].spec, &noise, e) != 0)
        return -1;
    for (int i = 0; i < s->edge; i++) {
        double a = (double)noise.air[i], b = (double)noise.air[n - 1 - i];
        s->variance += a * a + b * b;
    }
    s->variance = s->edge == 0 ? 1 : s->variance / (2.0 * s->edge * s->edge);
    if (s->variance < 1e-10)
        s->variance = 2.5e-5 / (s->edge > 0 ? s->edge : 1);
    s->pixel = sqrt(s->variance * 2 * s->edge);
    s->ends = 2 * sqrt(s->variance);
    double low = air_mean(r, 0, s->edge), high = air_mean(r, 1, s->edge);
    if (r->energy == 2 && low > 0 && high > 0) {
        s->other[0] = high / low;
        s->other[1] = low / high;
    }
    shape->rows[OUT_POSE] = 1;
    shape->rows[DRIFT] = 4;
    r->state = s;
    return 0;
}

static double
median3(double a, double b, double c)
{
    double low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Mean of the good pixels that lie near the mean of medians of three; -1 if fewer than a quarter
 * do. `sigma` is that of a pixel, relative. */
static double
end_mean(const float *v, const uint8_t *mask, int n, double sigma)
{
    double good[EDGE_MAX], centre = 0, sum = 0;
    int m = 0, near = 0;

    for (int i = 0; i < n; i++) {
        good[m] = (double)v[i];
        m += mask == NULL || mask[i] == 0;
    }
    if (4 * m < n || m < 3)
        return -1;
    for (int i = 0; i + 2 < m; i += 3)
        centre += median3(good[i], good[i + 1], good[i + 2]);
    centre /= m / 3;
    double reach = fabs(centre) * (4 * sigma + 0.01);
    for (int i = 0; i < m; i++) {
        bool in = fabs(good[i] - centre) <= reach;
        sum += in ? good[i] : 0;
        near += in;
    }
    return 4 * near < n ? -1 : sum / near;
}

static double
off(double value, double from)
{
    return fabs(value / from - 1);
}

/* What both ends say. `air` is the signal of a pixel without an object, or -1. */
struct ends {
    double air, both; /* both: their mean if they agree, else -1 */
    double brightest;
};

static struct ends
ends_read(const struct stage_run *r, int32_t line, double expected, double tolerance)
{
    const struct state *s = r->state;
    const float *v = stage_in(r, SIGNAL, line);
    const uint8_t *mask = stage_in(r, MASK, line);
    int n = stage_elements(&r->in[SIGNAL]), at = n - s->edge;
    double pixel = s->pixel, sigma = s->ends;
    double a = end_mean(v, mask, s->edge, pixel);
    double b = end_mean(v + at, mask == NULL ? NULL : mask + at, s->edge, pixel);
    struct ends x = {-1, -1, a > b ? a : b};

    if (a > 0 && b > 0 && off(a, b) < 5 * sigma + 0.01)
        x.both = 0.5 * (a + b);
    bool open_a = a > 0 && off(a, expected) < tolerance;
    bool open_b = b > 0 && off(b, expected) < tolerance;
    if (open_a && open_b)
        x.air = off(a, b) < 5 * sigma ? 0.5 * (a + b) : x.brightest;
    else if (open_a || open_b)
        x.air = open_a ? a : b;
    return x;
}

/* Quick look: is this gap in time much longer than one of the two before? */
static bool
gap_jumps(const struct stage_run *r, int32_t line)
{
    int64_t t[4];
    for (int k = 0; k < 4; k++)
        t[k] = stage_pose(r, line - 3 + k).t_ns;
    int64_t shortest = t[1] - t[0] < t[2] - t[1] ? t[1] - t[0] : t[2] - t[1];
    return 2 * (t[3] - t[2]) > 3 * shortest;
}

/* A trigger is missing when both time and belt jump; encoders trigger evenly in belt, clocks in
 * time. */
static bool
trigger_lost(const struct stage_run *r, int32_t line)
{
    double dt[5], dx[5];

    if (line < 6 || !gap_jumps(r, line))
        return false;
    struct pose p[7];
    for (int k = 0; k < 7; k++)
        p[k] = stage_pose(r, line - 6 + k);
    for (int k = 0; k < 5; k++) {
        double t = (double)(p[k + 1].t_ns - p[k].t_ns);
        double x = fabs((double)p[k + 1].belt_mm - (double)p[k].belt_mm);
        int i = k, j = k;
        for (; i > 0 && dt[i - 1] > t; i--)
            dt[i] = dt[i - 1];
        for (; j > 0 && dx[j - 1] > x; j--)
            dx[j] = dx[j - 1];
        dt[i] = t;
        dx[j] = x;
    }
    double t = (double)(p[6].t_ns - p[5].t_ns);
    double x = fabs((double)p[6].belt_mm - (double)p[5].belt_mm);
    return t > 1.5 * dt[2] && x > 1.5 * dx[2] && dt[2] > 0;
}

/* The same charge read twice: the same counts again, much sooner than a line takes. */
static bool
trigger_doubled(const struct stage_run *r, int32_t line)
{
    if (line == 0 || r->pose.spec == NULL)
        return false;
    int64_t t0 = stage_pose(r, line - 1).t_ns, gap = stage_pose(r, line).t_ns - t0;
    if (gap <= 0)
        return true;
    if (line == 1 || 2 * gap > t0 - stage_pose(r, line - 2).t_ns)
        return false;
    const void *now = stage_in(r, COUNTS, line), *before = stage_in(r, COUNTS, line - 1);
    return now != NULL && before != NULL &&
           memcmp(now, before, tape_line_bytes(r->in[COUNTS].tape, r->in[COUNTS].plane)) == 0;
}

/* Nothing arrives anywhere: the source did not fire. */
static bool
line_dark(const struct stage_run *r, int32_t line, double expected)
{
    const float *v = stage_in(r, SIGNAL, line);
    int n = stage_elements(&r->in[SIGNAL]), step = n / 32 + 1;

    for (int i = 0; i < n; i += step)
        if ((double)v[i] > DARK * expected)
            return false;
    return true;
}

/* Flags that the data add to those of the acquisition. q = signal over expected signal. */
static uint32_t
contradiction(const struct stage_run *r, int32_t line, const struct ends *x, double expected,
              int high, double dose)
{
    const struct state *s = r->state;
    double limit = r->param[PARAM_CONTRADICTION];

    if (s->edge == 0)
        return 0;
    if (x->brightest < DARK * expected && line_dark(r, line, expected))
        return POSE_MISSING;
    if (x->both > 0 && off(x->both, expected) > limit)
        return POSE_SUSPECT;
    if (x->brightest > (1 + limit) * expected)
        return POSE_SUSPECT;
    if (s->other[high] > 0 &&
        (off(x->brightest / expected, s->other[high]) < 0.1 || off(dose, s->other[high]) < 0.1) &&
        off(s->other[high], 1) > limit)
        return POSE_SUSPECT;
    return 0;
}

static void
drift_follow(const struct stage_run *r, float *drift, double ratio)
{
    double lines = (double)drift[1], most = r->param[PARAM_LINES];

    lines = lines + 1 < most ? lines + 1 : most;
    drift[0] = (float)((double)drift[0] + (ratio - (double)drift[0]) / lines);
    drift[1] = (float)lines;
}

static void
dose_line(const struct stage_run *r, int32_t line)
{
    const struct state *s = r->state;
    static const float start[4] = {1, 0, 1, 0};
    struct pose p = stage_pose(r, line), *out = stage_out(r, OUT_POSE, line);
    float *drift = stage_out(r, DRIFT, line);
    int high = (p.flags & POSE_HIGH) != 0;

    memcpy(drift, line == 0 ? start : stage_out(r, DRIFT, line - 1), sizeof start);
    float *mine = drift + 2 * (r->energy == 2 ? high : 0);
    double monitor = p.dose > 0 ? (double)p.dose : 1;
    double monitor2 = p.dose > 0 ? r->param[PARAM_MONITOR] * r->param[PARAM_MONITOR] : 0.0025;
    double expected = monitor * (double)mine[0];
    bool known = mine[1] > 8 && p.dose > 0;
    double tolerance = known ? r->param[PARAM_TOLERANCE] : 0.3;

    if (trigger_lost(r, line))
        p.flags |= POSE_LOST;
    if (trigger_doubled(r, line))
        p.flags |= POSE_DOUBLED;
    bool reference = s->turns && p.dose > 0;
    if (reference && monitor < DARK)
        p.flags |= POSE_MISSING;
    if (!(p.flags & POSE_DARK) && s->edge > 0 && !reference) {
        struct ends x = ends_read(r, line, expected, tolerance);
        p.flags |= contradiction(r, line, &x, expected, high, monitor);
        bool sound = !(p.flags & (POSE_SUSPECT | POSE_MISSING | POSE_DOUBLED));
        if (sound && x.air > 0) {
            if (known || x.both > 0)
                drift_follow(r, mine, x.air / monitor);
            expected = monitor * (double)mine[0];
            double wa = 1 / s->variance, wm = 1 / monitor2;
            expected = (x.air * wa + expected * wm) / (wa + wm);
        }
    }
    p.dose = (float)(p.flags & POSE_DARK ? 1 : expected > 1e-3 ? expected : 1e-3);
    *out = p;
}

static void
dose_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    (void)from;
    (void)to;
    for (int32_t line = begin; line < end; line++)
        dose_line(r, line);
}

const struct stage stage_dose = {
    .name = "dose",
    .brief =
        "Dose of each line from the reference detector and the ends of the fan; follows drift.",
    .params = params,
    .reads = {{.quantity = Q_SIGNAL, .energy = STAGE_SAME},
              {.quantity = Q_MASK, .energy = STAGE_SAME, .optional = true},
              {.quantity = Q_POSE, .energy = STAGE_SAME, .optional = true},
              {.quantity = Q_COUNTS, .energy = STAGE_SAME, .optional = true}},
    .writes =
        {{.quantity = Q_POSE, .energy = STAGE_SAME, .lattice = STAGE_LATTICE_SAME},
         {.quantity = Q_DRIFT, .energy = STAGE_SAME, .lattice = STAGE_LATTICE_SAME, .halo = 1}},
    .n_reads = 4,
    .n_writes = 2,
    .per = STAGE_PER_PLANE,
    .split = STAGE_WHOLE,
    .open = dose_open,
    .run = dose_run,
};
