/* scatter: what an item scatters onto a line, from a step wedge of plastic behind lead strips: the
 * pixels in their shadow see nothing else. Equations 7 to 9 of doc/physics/calibration.md. */
#include "calib/make.h"
#include "calib/wedge.h"

#include "base/num.h"
#include "stage/ct.h"
#include "stage/scatter.h"

#include <math.h>
#include <string.h>

#define SETTLE 0.25     /* of a step's lines are left out at its start */
#define SHADOW 0.01     /* transmission without a wedge below which a pixel is in a shadow */
#define RIM 4           /* pixels at a shadow's edge that see their neighbours' light */
#define SHADOW_PIXELS 8 /* fewer say too little */
#define REACHES 4       /* exponentials of the angle that make up the kernel */
#define BENDS 21        /* that are tried: */
#define BEND_STEP 0.05
#define MODEL_ERROR 0.05 /* relative: steps count alike, although thin ones scatter more */
#define LAGS_MAX 8

static const double reach_rad[REACHES] = {0.02, 0.07, 0.25, 0.9};

/* One view and energy. */
struct job {
    const struct make *make;
    const struct scan_channel *c;
    const struct geometry_view *geometry; /* or NULL: */
    struct ct_geometry gantry;
    int rows, cols; /* of the detector; a line has one row here */
    const struct wedge *wedge;
    struct kern_scatter kern;
    float *send[REACHES]; /* kernels of amplitude 1, as in kern_scatter */
    float *seen;          /* [wedge->steps + 1][pixels] mean transmission; the last without wedge */
    uint8_t *shadow;
    int shadow_pixels;
    double noise;                   /* of `seen` in a shadow, standard deviation */
    double amplitude[REACHES], rms; /* rms: relative, of what is seen against the model */
};

/* The step that a line belongs to when it has settled: wedge->steps without wedge, -1 = none. */
static int
step_of(const struct wedge *w, int32_t line)
{
    for (int i = -1; i < w->steps; i++) {
        int32_t first = i < 0 ? 0 : w->step[i].first;
        int32_t last = i < 0 ? w->step[0].first : w->step[i].last;
        if (line > first + (int32_t)(SETTLE * (last - first)) && line < last - 1)
            return i < 0 ? w->steps : i;
    }
    return -1;
}

/* Afterglow of a pixel in counts, as the stage takes it out: eq. (2) of doc/physics/radiograph.md.
 */
struct glow {
    int parts;
    const float *model; /* [2 * part][pixel] fractions and decays */
    double *state;      /* [part][pixel] */
};

static double
without_glow(const struct glow *g, int n, int p, bool hold, double light)
{
    double late = 0, fractions = 0;

    for (int k = 0; k < g->parts; k++) {
        double f = (double)g->model[2 * k * n + p] * (double)g->model[(2 * k + 1) * n + p];
        late += f * g->state[k * n + p];
        fractions += f;
    }
    light = (light - late) / (1 - fractions);
    for (int k = 0; k < g->parts && !hold; k++) {
        double decay = (double)g->model[(2 * k + 1) * n + p];
        g->state[k * n + p] = decay * g->state[k * n + p] + (1 - decay) * light;
    }
    return light;
}

static void
open_glow(const struct job *j, const float *air, struct arena *arena, struct glow *g)
{
    const struct shelf *shelf = &j->make->shelf;
    int energy = j->c->interlaced ? 0 : j->c->energy, n = j->c->n;

    g->parts = shelf_lines(shelf, Q_LAG_MODEL, j->c->view, energy) / 2;
    g->model = shelf_get(shelf, Q_LAG_MODEL, j->c->view, energy);
    g->state = arena_zero(arena, (size_t)(g->parts * n), sizeof *g->state);
    const float *other =
        j->c->interlaced ? shelf_get(shelf, Q_AIR, j->c->view, 1 - j->c->energy) : air;
    for (int i = 0; i < g->parts * n; i++) /* before the first line: long in air */
        g->state[i] = 0.5 * ((double)air[i % n] + (double)other[i % n]);
}

/* Of the dark signal in the mean of a step and in the dark scan: all that a shadow has. */
static double
noise_of(const struct job *j, int32_t lines)
{
    const struct shelf *shelf = &j->make->shelf;
    const float *air = shelf_get(shelf, Q_AIR, j->c->view, j->c->energy);
    const float *noise = shelf_get(shelf, Q_NOISE, j->c->view, j->c->energy);
    const struct scan_channel *dark = scan_find(&j->make->dark, j->c->view, j->c->energy);
    double sum = 0;

    for (int p = 0; p < j->c->n; p++)
        sum += air[p] > 0 ? (double)(noise[p] * noise[p]) / (double)(air[p] * air[p]) : 0;
    return sqrt(sum / j->c->n * (1.0 / (lines > 0 ? lines : 1) + 1.0 / dark->lines));
}

/* Mean transmission of all pixels in every step, afterglow taken out. */
static void
measure_steps(struct job *j, struct arena *arena)
{
    const struct scan_channel *c = j->c;
    const struct tape *tape = j->make->scatter.tape;
    const struct shelf *shelf = &j->make->shelf;
    const float *dark = shelf_get(shelf, Q_DARK, c->view, c->energy);
    const float *air = shelf_get(shelf, Q_AIR, c->view, c->energy);
    double *sum = arena_zero(arena, (size_t)((j->wedge->steps + 1) * c->n), sizeof *sum);
    int32_t *lines = arena_zero(arena, (size_t)j->wedge->steps + 1, sizeof *lines), next = 0;
    struct glow glow;

    open_glow(j, air, arena, &glow);
    for (int32_t l = 0; l < tape_mark(tape, c->plane); l++) {
        const struct pose *pose = c->pose < 0 ? NULL : tape_read(tape, c->pose, l);
        bool hold = pose != NULL && (pose->flags & POSE_DOUBLED) != 0;
        bool counts = next < c->lines && c->line[next] == l;
        int step = counts ? step_of(j->wedge, l) : -1;
        double dose = counts ? (double)c->dose[next++] : 1;
        const void *line = tape_read(tape, c->plane, l);
        for (int p = 0; p < c->n; p++) {
            double light = (double)scan_count(c, line, p) - (double)dark[p];
            light = without_glow(&glow, c->n, p, hold, light);
            if (step >= 0)
                sum[step * c->n + p] += light / dose;
        }
        if (step >= 0)
            lines[step]++;
    }
    for (int i = 0; i < (j->wedge->steps + 1) * c->n; i++) {
        double counts = (double)air[i % c->n] * lines[i / c->n];
        j->seen[i] = counts > 0 ? (float)(sum[i] / counts) : 0;
    }
    j->noise = noise_of(j, lines[0]);
}

static void
find_shadows(struct job *j)
{
    const float *open = &j->seen[j->wedge->steps * j->c->n];
    const uint8_t *bad = shelf_get(&j->make->shelf, Q_BAD_PIXEL, j->c->view, j->c->energy);

    for (int p = RIM; p < j->c->n - RIM; p++) {
        bool dark = !bad[p];
        for (int q = p - RIM; q <= p + RIM; q++)
            dark = dark && (bad[q] || (double)open[q] < SHADOW);
        j->shadow[p] = dark;
        j->shadow_pixels += dark;
    }
}

/* In the fan, of a pixel of a row. */
static double
angle_of(const struct job *j, double pixel)
{
    const struct geometry_view *v = j->geometry;
    const struct ct_geometry *g = &j->gantry;
    double way2 = 0;

    if (v == NULL) {
        double u = (pixel - g->axis_col) * g->pitch_mm / g->detector_mm;
        return g->curved ? u : num_atan2(u, 1);
    }
    for (int i = 0; i < 3; i++)
        way2 += (v->isocentre_mm[i] - v->source_mm[i]) * (v->isocentre_mm[i] - v->source_mm[i]);
    return num_atan2(geometry_pixel_mm(v, pixel), sqrt(way2));
}

/* Equation 8 for one exponential of amplitude 1. */
static void
fill_send(const struct job *j, double reach, float *send)
{
    int n = j->cols, step = j->kern.step, cells = j->kern.cells;

    for (int p = 0; p < n; p++) {
        double angle = angle_of(j, p), low = angle_of(j, p - 0.5);
        double width = angle_of(j, p + 0.5) - low;
        for (int i = 0; i < cells; i++) {
            double middle = i * step + 0.5 * (step - 1);
            double to = angle_of(j, middle < n - 1 ? middle : n - 1);
            send[p / step * KERN_SCATTER_CELLS + i] +=
                (float)(width * num_exp(-fabs(angle - to) / reach));
        }
    }
}

static void
open_cells(struct job *j, struct arena *arena)
{
    int n = j->cols, eights = (n + 8 * KERN_SCATTER_CELLS - 1) / (8 * KERN_SCATTER_CELLS);

    j->kern.step = 8 * (eights < 2 && j->geometry != NULL ? 2 : eights);
    j->kern.cells = (n + j->kern.step - 1) / j->kern.step;
    for (int k = 0; k < REACHES; k++) {
        j->send[k] =
            arena_zero(arena, (size_t)(j->kern.cells * KERN_SCATTER_CELLS), sizeof *j->send[k]);
        fill_send(j, reach_rad[k], j->send[k]);
    }
}

/* Least squares with amplitudes that are not negative, for one bend; `one`: the model's terms at
 * [reach][step][pixel]. Returns the (weighted) mean square of the relative deviation. */
static double
fit_amplitudes(const struct job *j, const float *one, double amplitude[REACHES])
{
    double gram[REACHES][REACHES] = {{0}}, right[REACHES] = {0}, total = 0, all = 0;
    double noise = j->noise / MODEL_ERROR;
    int n = j->wedge->steps * j->c->n;

    for (int i = 0; i < n; i++) {
        double seen = (double)j->seen[i], weight;
        if (!j->shadow[i % j->c->n] || !(seen > 0))
            continue;
        weight = 1 / (seen * seen + noise * noise);
        all += weight * seen * seen;
        for (int a = 0; a < REACHES; a++) {
            right[a] += weight * (double)one[a * n + i] * seen;
            for (int b = 0; b < REACHES; b++)
                gram[a][b] += weight * (double)one[a * n + i] * (double)one[b * n + i];
        }
    }
    for (int a = 0; a < REACHES; a++)
        amplitude[a] = 0;
    for (int round = 0; round < 2000; round++) /* coordinate descent */
        for (int a = 0; a < REACHES; a++) {
            double rest = right[a];
            for (int b = 0; b < REACHES; b++)
                rest -= b == a ? 0 : gram[a][b] * amplitude[b];
            amplitude[a] = rest > 0 && gram[a][a] > 0 ? rest / gram[a][a] : 0;
        }
    for (int a = 0; a < REACHES; a++) {
        total -= 2 * amplitude[a] * right[a];
        for (int b = 0; b < REACHES; b++)
            total += amplitude[a] * gram[a][b] * amplitude[b];
    }
    return all > 0 ? 1 + total / all : 1;
}

static void
fit_kernel(struct job *j, struct arena *arena)
{
    const struct kern *kern = kern_get(0);
    int n = j->c->n, all = j->wedge->steps * n;
    float *one = arena_zero(arena, (size_t)(REACHES * all), sizeof *one);
    double best = 1e300;

    for (int i = 0; i < BENDS; i++) {
        struct kern_scatter g = j->kern;
        double amplitude[REACHES];
        g.bend = (float)(BEND_STEP * i);
        for (int a = 0; a < REACHES; a++) {
            g.send = j->send[a];
            for (int s = 0; s < j->wedge->steps; s++)
                scatter_take(kern, &g, &j->seen[s * n], &one[a * all + s * n], j->rows, j->cols);
            for (int k = 0; k < all; k++)
                one[a * all + k] = j->seen[k] - one[a * all + k];
        }
        double error = fit_amplitudes(j, one, amplitude);
        if (error >= best)
            continue;
        best = error;
        j->kern.bend = g.bend;
        j->rms = error > 0 ? sqrt(error) : 0;
        memcpy(j->amplitude, amplitude, sizeof amplitude);
    }
}

static void
shelve(struct make *m, const struct job *j)
{
    int cells = j->kern.cells;
    float *out = shelf_put(&m->shelf, Q_SCATTER, j->c->view, j->c->energy, 1 + cells, cells, 1);

    out[0] = (float)j->kern.step;
    out[1] = j->kern.bend;
    out[2] = (float)j->cols;
    for (int i = 0; i < cells * cells; i++)
        for (int k = 0; k < REACHES; k++)
            out[cells + i] +=
                (float)j->amplitude[k] * j->send[k][i / cells * KERN_SCATTER_CELLS + i % cells];
}

static int
make_channel(struct make *m, const struct scan_channel *c, const struct wedge *w, struct err *e)
{
    struct arena arena = {.block = NULL};
    struct job j = {.make = m, .c = c, .geometry = make_view(m, c), .wedge = w};
    char where[32];
    int result = -1;

    j.rows = c->cols > 1 ? c->rows : 1;
    j.cols = c->n / j.rows;
    if (j.geometry == NULL &&
        ct_from_about(tape_about(m->air.tape), c->rows, c->cols, &j.gantry, e) != 0)
        return err_set(e, ERR_CALIB,
                       "%s: scatter needs the scanner's geometry, which the air scan's description "
                       "does not have",
                       m->scatter.name);
    j.seen = arena_zero(&arena, (size_t)((w->steps + 1) * c->n), sizeof *j.seen);
    j.shadow = arena_zero(&arena, (size_t)c->n, 1);
    measure_steps(&j, &arena);
    find_shadows(&j);
    if (j.shadow_pixels < SHADOW_PIXELS) {
        err_set(e, ERR_CALIB,
                "%s: only %d pixels of %s lie in the shadow of lead; %d are needed, under strips "
                "that stop all of the beam",
                m->scatter.name, j.shadow_pixels, scan_where(c, where), SHADOW_PIXELS);
        goto out;
    }
    open_cells(&j, &arena);
    fit_kernel(&j, &arena);
    shelve(m, &j);
    notes_say(m->notes, "%s: scatter within %.1f %% rms in %d shadowed pixels",
              scan_where(c, where), 100 * j.rms, j.shadow_pixels);
    result = 0;
out:
    arena_free(&arena);
    return result;
}

int
make_scatter(struct make *m, struct err *e)
{
    struct wedge w;

    if (m->scatter.tape == NULL)
        return 0;
    if (wedge_read(&m->scatter, &w, e) != 0)
        return -1;
    if (!w.blocker)
        return err_set(e, ERR_INPUT,
                       "%s: its description does not say that lead strips stood before the wedge "
                       "(`blocker` in its wedge block)",
                       m->scatter.name);
    for (int i = 0; i < m->scatter.n; i++)
        if (make_channel(m, &m->scatter.channel[i], &w, e) != 0)
            return -1;
    return 0;
}
