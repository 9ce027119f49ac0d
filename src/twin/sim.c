/* sim: see sim.h. Lines are made in small groups: first the light of every sample (any order, any
 * thread), then, in order of lines and shared by pixels, what remembers earlier lines. */
#include "twin/sim.h"

#include "base/num.h"
#include "twin/blur.h"
#include "twin/detector.h"
#include "twin/gantry.h"
#include "twin/scatter.h"
#include "twin/sim_about.h"
#include "twin/transport.h"

#include <stdlib.h>
#include <string.h>

#define GROUP 16  /* lines made at a time */
#define BLOCK 128 /* pixels of one piece of work */
#define ARRAYS_MAX (GEOMETRY_VIEWS_MAX * SCANNER_ENERGIES)

/* One physical array of pixels and its lines in work. */
struct array {
    int view, energy; /* energy 0 for interlaced sources */
    int pixels, counts_plane, exact_plane;
    struct detector *detector;
    float *mean[GROUP], *square[GROUP], *light[GROUP]; /* keV, keV^2, keV */
    float *shine;                                      /* one line after crosstalk and lag */
    /* Where neighbours make the blur: what single rays bring, from the line before those in work to
     * the one behind them, and room for a line each. */
    float *sharp[2][GROUP + 2], *scratch[GROUP];
};

struct sim {
    const struct scanner *scanner;
    const struct scene *scene;
    struct sim_options options;
    struct par *pool;
    struct transport *transport;
    struct scatter *scatter; /* NULL: off */
    bool soft;               /* blur comes from neighbouring rays */
    struct blur blur;
    struct belt_line *line;
    int32_t n, done, group; /* lines in all, made, now in work */
    double start_mm;
    int arrays;
    struct array array[ARRAYS_MAX];
    int pose_plane[GEOMETRY_VIEWS_MAX];
    struct tape *tape;
    struct arena arena;
};

/* World x between which something of the machine sees the item. */
static void
find_sight(const struct scanner *s, double *near, double *far)
{
    const struct geometry *g = &s->geometry;

    *far = s->gantry.turns ? gantry_reach_mm(s) : -1e300;
    *near = s->gantry.turns ? -*far : 1e300;
    for (int v = 0; v < g->views; v++) { /* a tilted fan reaches further than its isocentre */
        double first[3], last[3], along[3], normal[3];
        geometry_pixel(&g->view[v], 0, first, along, normal);
        geometry_pixel(&g->view[v], g->view[v].pixels - 1, last, along, normal);
        const double x[] = {g->view[v].isocentre_mm[0], g->view[v].source_mm[0], first[0], last[0]};
        for (int i = 0; i < 4; i++) {
            *near = x[i] < *near ? x[i] : *near;
            *far = x[i] > *far ? x[i] : *far;
        }
    }
}

/* Belt coordinate of the item's origin at the start, and how far the belt must run. */
static void
plan_way(struct sim *s, double *length_mm, double air_mm[2])
{
    double low[3], high[3], near, far, lead = s->scanner->belt.lead_mm;

    scene_box(s->scene, low, high);
    find_sight(s->scanner, &near, &far);
    s->start_mm = near - lead - high[0];
    *length_mm = far + lead - low[0] - s->start_mm;
    air_mm[0] = 0.8 * lead; /* light barriers stand a little off the fans */
    air_mm[1] = *length_mm - 0.8 * lead;
}

/* The belt rests: the item lies with the given place in the plane of the source. */
static void
plan_rest(struct sim *s, struct belt_orders *orders)
{
    const struct sim_options *o = &s->options;
    double low[3], high[3], turns = o->turns > 0 ? o->turns : 1;

    scene_box(s->scene, low, high);
    s->start_mm = o->placed ? -o->at_mm : -0.5 * (low[0] + high[0]);
    orders->lines = (int32_t)(turns * s->scanner->gantry.views_turn + 0.5);
    orders->air_mm[0] = -1e300;
    orders->air_mm[1] = 1e300;
}

static int
plan_lines(struct sim *s, struct err *e)
{
    const struct sim_options *o = &s->options;
    const struct transport *t = s->transport;
    struct belt_orders orders = {
        .seed = o->seed, .machine = o->machine, .events = o->events, .output_ratio = 1};
    int32_t lines = o->lines > 0 ? o->lines : o->kind == SIM_WEDGE ? 256 : 512;

    if (s->scanner->source.interlaced) {
        orders.output_ratio = transport_air_max(t, 0, 1) / transport_air_max(t, 0, 0);
        lines *= 2;
    }
    memcpy(orders.event, o->event, sizeof orders.event);
    orders.source_off = o->kind == SIM_DARK;
    orders.air_mm[0] = 1e300;
    if (o->kind == SIM_ITEM && s->scanner->belt.speed_mm_s <= 0)
        plan_rest(s, &orders);
    else if (o->kind == SIM_ITEM)
        plan_way(s, &orders.length_mm, orders.air_mm);
    else
        orders.lines = o->kind == SIM_WEDGE ? lines * (o->steps + 2) : lines;
    if (orders.lines > BELT_LINES_MAX)
        return err_set(e, ERR_LIMIT, "%d lines are more than the maximum of %d", orders.lines,
                       BELT_LINES_MAX);
    return belt_plan(s->scanner, &orders, &s->line, &s->n, e);
}

/* Thickness of the wedge in a line: air, the steps, air. */
static double
plate_at(const struct sim *s, int32_t line)
{
    int32_t steps = s->options.steps + 2, step = line / (s->n / steps);

    if (s->options.kind != SIM_WEDGE || step < 1 || step > s->options.steps)
        return 0;
    return s->options.step_g_cm2[step - 1];
}

/* What the plan of the belt cannot know: lines of calibration scans with the source off or with
 * something in the beam. */
static void
finish_plan(struct sim *s)
{
    for (int32_t i = 0; i < s->n; i++) {
        struct belt_line *line = &s->line[i];
        if (s->options.kind == SIM_LAG && i >= s->n / 2) {
            line->dose = 0;
            line->pose.dose = 0;
            line->pose.flags = (line->pose.flags & ~POSE_AIR) | POSE_DARK;
        }
        if (plate_at(s, i) > 0)
            line->pose.flags &= ~POSE_AIR;
    }
}

static void
add_plane(const struct sim *s, struct plane_spec *plan, int *n, enum quantity q, int view,
          int energy)
{
    struct pixels_shape shape = pixels_shape(s->scanner, view);
    bool turns = s->scanner->gantry.turns;

    plan[(*n)++] = (struct plane_spec){.quantity = q,
                                       .view = (uint8_t)view,
                                       .energy = (uint8_t)energy,
                                       .lattice = turns ? LATTICE_PROJ : LATTICE_LINE,
                                       .rows = q == Q_POSE ? 1 : shape.rows,
                                       .cols = q == Q_POSE ? 1 : shape.cols,
                                       .lines = s->n,
                                       .ring = s->n};
}

static int
make_tape(struct sim *s, struct err *e)
{
    struct plane_spec plan[GEOMETRY_VIEWS_MAX + 2 * ARRAYS_MAX];
    struct sim_about about = {s->scanner, s->scene, &s->options, s->line, s->n, s->start_mm};
    int n = 0, both = s->scanner->source.interlaced ? 2 : 0;

    for (int v = 0; v < pixels_views(s->scanner); v++) {
        s->pose_plane[v] = n;
        add_plane(s, plan, &n, Q_POSE, v, both);
    }
    for (int i = 0; i < s->arrays; i++) {
        struct array *a = &s->array[i];
        a->counts_plane = n;
        add_plane(s, plan, &n, Q_COUNTS, a->view, both ? 2 : a->energy);
        a->exact_plane = s->options.exact ? n : -1;
        if (s->options.exact)
            add_plane(s, plan, &n, Q_ATTENUATION, a->view, both ? 2 : a->energy);
    }
    char *text = sim_about_text(&about, e);
    if (text == NULL)
        return -1;
    int result = tape_new(plan, n, text, &s->tape, e);
    free(text);
    return result;
}

static void
line_buffers(struct sim *s, float **lines, int n, int pixels)
{
    for (int i = 0; i < n; i++)
        lines[i] = arena_zero(&s->arena, (size_t)pixels, sizeof(float));
}

/* Nominal gain of an array, set so that its brightest pixel gives the wanted counts in air; an
 * interlaced array has one amplifier for both energies and the brighter one sets it. */
static double
counts_per_kev(const struct sim *s, int view, int energy)
{
    double brightest = transport_air_max(s->transport, view, energy);

    if (s->scanner->source.interlaced && transport_air_max(s->transport, view, 1) > brightest)
        brightest = transport_air_max(s->transport, view, 1);
    return s->scanner->detector.air_counts / brightest;
}

/* The source has been on for a while before most scans. */
static void
settle(struct sim *s, struct array *a)
{
    float *kev = a->mean[0];

    if (s->options.kind == SIM_DARK)
        return;
    for (int p = 0; p < a->pixels; p++) {
        double air = transport_air(s->transport, a->view, a->energy, p);
        if (s->scanner->source.interlaced)
            air = 0.5 * (air + transport_air(s->transport, a->view, 1, p));
        kev[p] = (float)air;
    }
    detector_settle(a->detector, kev);
}

static void
make_arrays(struct sim *s)
{
    int energies = s->scanner->source.interlaced ? 1 : s->scanner->energies;

    for (int v = 0; v < pixels_views(s->scanner); v++)
        for (int k = 0; k < energies; k++) {
            struct array *a = &s->array[s->arrays++];
            *a = (struct array){.view = v, .energy = k, .pixels = pixels_shape(s->scanner, v).n};
            a->detector = detector_new(s->scanner, v, k, counts_per_kev(s, v, k),
                                       s->options.machine, s->options.seed);
            line_buffers(s, a->mean, GROUP, a->pixels);
            line_buffers(s, a->square, GROUP, a->pixels);
            line_buffers(s, a->light, GROUP, a->pixels);
            for (int i = 0; i < 2 && s->soft; i++)
                line_buffers(s, a->sharp[i], GROUP + 2, a->pixels);
            line_buffers(s, a->scratch, s->soft ? GROUP : 0, a->pixels);
            a->shine = arena_zero(&s->arena, (size_t)a->pixels, sizeof(float));
            settle(s, a);
        }
}

static int
check_options(const struct scanner *s, const struct scene *scene, const struct sim_options *o,
              struct err *e)
{
    if (o->kind == SIM_ITEM && scene == NULL)
        return err_set(e, ERR_INPUT, "a scan of an item needs a scene");
    if (o->kind == SIM_ITEM && scene_solids(scene) == 0)
        return err_set(e, ERR_INPUT, "scene '%s' has nothing in it; use an air scan",
                       scene_name(scene));
    if (o->kind == SIM_WEDGE && (o->steps < 1 || o->steps > SIM_STEPS_MAX))
        return err_set(e, ERR_INPUT, "a wedge has 1 to %d steps", SIM_STEPS_MAX);
    if (pixels_views(s) < 1)
        return err_set(e, ERR_INPUT, "scanner '%s' has no view", s->name);
    if (s->belt.speed_mm_s < SCANNER_SPEED_MIN && !s->gantry.turns)
        return err_set(e, ERR_INPUT,
                       "the belt of scanner '%s' must run; only a gantry scans at rest", s->name);
    if ((o->turns > 0 || o->placed) && (o->kind != SIM_ITEM || s->belt.speed_mm_s > 0))
        return err_set(e, ERR_INPUT,
                       "turns and a place under the gantry are for items on a belt at rest");
    return 0;
}

int
sim_open(const struct scanner *s, const struct scene *scene, const struct sim_options *options,
         struct par *pool, struct sim **sim, struct err *e)
{
    bool item = options->kind == SIM_ITEM, wedge = options->kind == SIM_WEDGE;

    if (check_options(s, scene, options, e) != 0)
        return -1;
    struct sim *made = mem_zero(1, sizeof *made);
    made->scanner = s;
    made->scene = item ? scene : NULL;
    made->options = *options;
    made->pool = pool;
    made->soft = s->gantry.turns && s->on[EFFECT_BLUR] && s->samples[0] * s->samples[1] == 1;
    if (made->soft && blur_plan(s, &made->blur, e) != 0)
        goto failed;
    made->transport = transport_new(s, made->scene, wedge ? &options->wedge : NULL);
    if (plan_lines(made, e) != 0)
        goto failed;
    finish_plan(made);
    make_arrays(made);
    if (s->on[EFFECT_SCATTER] && (item || wedge))
        made->scatter =
            scatter_new(s, made->scene, wedge ? &options->wedge : NULL, made->transport, pool);
    if (make_tape(made, e) != 0)
        goto failed;
    *sim = made;
    return 0;
failed:
    sim_close(made);
    return -1;
}

void
sim_close(struct sim *s)
{
    if (s == NULL)
        return;
    for (int i = 0; i < s->arrays; i++)
        detector_free(s->array[i].detector);
    transport_free(s->transport);
    scatter_free(s->scatter);
    mem_free(s->line);
    tape_free(s->tape);
    arena_free(&s->arena);
    mem_free(s);
}

int32_t
sim_lines(const struct sim *s)
{
    return s->n;
}

struct tape *
sim_tape(const struct sim *s)
{
    return s->tape;
}

struct tape *
sim_take(struct sim *s)
{
    struct tape *t = s->tape;
    s->tape = NULL;
    return t;
}

const struct belt_line *
sim_truth(const struct sim *s)
{
    return s->line;
}

/* Lead strips between source and wedge, narrow and wide: what their pixels see is scattered. They
 * cross the rows of a panel, about the nodes of twin/scatter.c that stand for them. */
static bool
blocked(int32_t cols, int pixel)
{
    static const struct {
        int begin, end;
    } strip[] = {{48, 64}, {112, 160}, {224, 400}};
    pixel = cols > 1 ? pixel % cols + 440 : pixel;
    for (size_t i = 0; i < sizeof strip / sizeof *strip; i++)
        if (pixel % 448 >= strip[i].begin && pixel % 448 < strip[i].end)
            return true;
    return false;
}

/* Light that the item lets through, for pixels [begin, end) of one line and view. */
static void
light_block(struct sim *s, int32_t g, int view, int begin, int end)
{
    const struct belt_line *line = &s->line[s->done + g];
    struct pixels_pose pose = gantry_pose(s->scanner, &line->turn, s->start_mm + line->belt_mm);
    float *kev[SCANNER_ENERGIES] = {NULL}, *square[SCANNER_ENERGIES] = {NULL};

    for (int i = 0; i < s->arrays; i++) {
        struct array *a = &s->array[i];
        if (a->view != view)
            continue;
        int k = s->scanner->source.interlaced ? line->energy : a->energy;
        kev[k] = s->soft ? a->sharp[0][g + 1] : a->mean[g];
        square[k] = s->soft ? a->sharp[1][g + 1] : a->square[g];
    }
    transport_run(s->transport, view, &pose, plate_at(s, s->done + g), begin, end, kev, square);
    for (int p = begin; s->options.blocker && p < end; p++)
        for (int k = 0; k < SCANNER_ENERGIES; k++)
            if (kev[k] != NULL && blocked(pixels_shape(s->scanner, view).cols, p))
                kev[k][p] = square[k][p] = 0;
}

static int
view_blocks(const struct sim *s, int view)
{
    return (pixels_shape(s->scanner, view).n + BLOCK - 1) / BLOCK;
}

static int
all_blocks(const struct sim *s)
{
    int n = 0;
    for (int v = 0; v < pixels_views(s->scanner); v++)
        n += view_blocks(s, v);
    return n;
}

/* Does this line bring light of its own? */
static bool
shines(const struct sim *s, int32_t line)
{
    return s->line[line].dose > 0 && s->line[line].source == line;
}

static void
work_light(void *arg, int from, int to)
{
    struct sim *s = arg;
    int blocks = all_blocks(s);

    for (int i = from; i < to; i++) {
        int g = i / blocks, block = i % blocks, v = 0;
        if (!shines(s, s->done + g))
            continue;
        while (block >= view_blocks(s, v))
            block -= view_blocks(s, v++);
        int pixels = pixels_shape(s->scanner, v).n, begin = block * BLOCK;
        light_block(s, g, v, begin, begin + BLOCK < pixels ? begin + BLOCK : pixels);
    }
}

/* Photons of one line of one array: noise, or none at all. */
static void
photons(struct sim *s, struct array *a, int32_t g)
{
    int32_t index = s->done + g;
    double dose = s->line[index].dose;

    for (int p = 0; p < a->pixels; p++)
        a->light[g][p] = shines(s, index)
                             ? detector_quantum(a->detector, (uint64_t)index, p,
                                                a->mean[g][p] * dose, a->square[g][p] * dose)
                             : 0;
}

/* Is there light in a line, and the same plate in the beam as in another? */
static bool
alike(const struct sim *s, int32_t line, int32_t other)
{
    return shines(s, line) && plate_at(s, line) == plate_at(s, other);
}

/* Blur of one line of one array; lines without light have no part in it. */
static void
soften(struct sim *s, struct array *a, int32_t g)
{
    int32_t l = s->done + g;
    struct pixels_shape shape = pixels_shape(s->scanner, a->view);
    bool first = l == 0 || !alike(s, l - 1, l), last = l + 1 == s->n || !alike(s, l + 1, l);

    for (int i = 0; i < 2; i++)
        blur_line(&s->blur, shape,
                  i == 0 ? transport_all_air(s->transport, a->view, a->energy)
                         : transport_all_squares(s->transport, a->view, a->energy),
                  first ? NULL : a->sharp[i][g], a->sharp[i][g + 1],
                  last ? NULL : a->sharp[i][g + 2], a->scratch[g],
                  i == 0 ? a->mean[g] : a->square[g]);
}

/* The last two lines are the first two of the next group. */
static void
pass_on(struct sim *s)
{
    for (int i = 0; i < s->arrays * 2 && s->soft; i++) {
        float **line = s->array[i / 2].sharp[i % 2];
        for (int k = 0; k < 2; k++) {
            float *swap = line[k];
            line[k] = line[s->group + k];
            line[s->group + k] = swap;
        }
    }
}

static void
exact_line(struct sim *s, const struct array *a, int32_t g)
{
    int k = s->scanner->source.interlaced ? s->line[s->done + g].energy : a->energy;
    float *out = tape_line(s->tape, a->exact_plane, s->done + g);

    for (int p = 0; p < a->pixels; p++) {
        double t = a->mean[g][p] / transport_air(s->transport, a->view, k, p);
        out[p] = !shines(s, s->done + g) ? 0 : t > 1e-37 ? (float)-num_log(t) : 85.0f;
    }
}

static void
scatter_line(struct sim *s, struct array *a, int32_t g)
{
    const struct belt_line *line = &s->line[s->done + g];
    struct pixels_pose pose = gantry_pose(s->scanner, &line->turn, s->start_mm + line->belt_mm);
    int k = s->scanner->source.interlaced ? line->energy : a->energy;

    scatter_add(s->scatter, a->view, k, &pose, plate_at(s, s->done + g), a->mean[g], a->square[g]);
}

/* Whole lines: scatter, the exact attenuation, photon noise. */
static void
work_lines(void *arg, int from, int to)
{
    struct sim *s = arg;

    for (int i = from; i < to; i++) {
        struct array *a = &s->array[i % s->arrays];
        int32_t g = i / s->arrays;
        if (s->soft && shines(s, s->done + g))
            soften(s, a, g);
        if (a->exact_plane >= 0)
            exact_line(s, a, g);
        if (s->scatter != NULL && shines(s, s->done + g))
            scatter_line(s, a, g);
        photons(s, a, g);
    }
}

static struct detector_line
conditions(const struct sim *s, int32_t index)
{
    const struct scanner_detector *d = &s->scanner->detector;
    const struct belt_line *line = &s->line[index];
    struct detector_line now = {.index = (uint64_t)index, .days = s->options.days};
    double since_s = scanner_line_s(s->scanner);

    now.t_s = (double)line->pose.t_ns * 1e-9;
    now.celsius = s->options.celsius;
    if (s->scanner->on[EFFECT_DRIFT])
        now.celsius += d->warming_c_min * now.t_s / 60;
    now.seconds = since_s;
    if (index > 0)
        since_s = (double)(line->pose.t_ns - s->line[index - 1].pose.t_ns) * 1e-9;
    for (int k = 0; k < d->lags; k++)
        now.decay[k] = num_exp(-1000 * since_s / d->lag[k].tau_ms);
    return now;
}

/* What remembers: pixels [from, to) of every array (as far as it has them), lines in order. */
static void
work_pixels(void *arg, int from, int to)
{
    struct sim *s = arg;

    for (int i = 0; i < s->arrays; i++) {
        struct array *a = &s->array[i];
        int end = to < a->pixels ? to : a->pixels;
        for (int32_t g = 0; g < s->group && from < end; g++) {
            struct detector_line now = conditions(s, s->done + g);
            if (s->line[s->done + g].source == s->done + g) {
                detector_crosstalk(a->detector, a->light[g], a->shine, from, end);
                detector_lag(a->detector, &now, a->shine, from, end);
            }
            detector_read(a->detector, &now, a->shine,
                          tape_line(s->tape, a->counts_plane, s->done + g), from, end);
        }
    }
}

static void
set_marks(struct sim *s)
{
    int32_t mark = s->done;

    for (int i = 0; i < tape_planes(s->tape); i++) {
        tape_set_mark(s->tape, i, mark);
        if (mark == s->n)
            tape_seal(s->tape, i);
    }
}

bool
sim_turn(struct sim *s)
{
    int widest = 0;

    if (s->done == s->n)
        return false;
    s->group = s->n - s->done < GROUP ? s->n - s->done : GROUP;
    for (int i = 0; i < s->arrays; i++)
        widest = s->array[i].pixels > widest ? s->array[i].pixels : widest;
    for (int v = 0; v < pixels_views(s->scanner); v++)
        for (int32_t g = 0; g < s->group; g++)
            *(struct pose *)tape_line(s->tape, s->pose_plane[v], s->done + g) =
                s->line[s->done + g].pose;
    int ahead = s->soft && s->done + s->group < s->n;
    int known = s->soft && s->done > 0; /* the line ahead of the group before */
    par_for(s->pool, known * all_blocks(s), (s->group + ahead) * all_blocks(s), 1, work_light, s);
    par_for(s->pool, 0, s->group * s->arrays, 1, work_lines, s);
    par_for(s->pool, 0, widest, BLOCK, work_pixels, s);
    pass_on(s);
    s->done += s->group;
    set_marks(s);
    return true;
}
