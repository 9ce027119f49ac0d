/* sim: a scan by the digital twin, as a raw tape. */
#include "twin/sim.h"
#include "base/arena.h"
#include "cmd/cmd.h"
#include "cmd/etc.h"
#include "tape/file.h"
#include "twin/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_PLACED 1e9

/* Everything that was asked for. */
struct job {
    const char *scanner, *scene, *item, *hide, *wedge, *without, *output;
    bool dark, air, lag, blocker, ideal, exact, list;
    int64_t seed, machine, lines, threads, samples;
    double speed_mm_s, pitch_mm, celsius, days, turns, at_mm;
    struct cmd_texts stops, reverses;
    struct cmd_progress progress;
    /* made from it */
    struct scanner *machine_data;
    struct scene *item_scene;
    struct sim_options options;
};

static struct job job = {
    .seed = 1, .machine = 1, .celsius = SIM_CELSIUS_NEW, .speed_mm_s = -1, .at_mm = NOT_PLACED};

static const struct cmd_option rows[] = {
    {.name = "scanner",
     .kind = CMD_TEXT,
     .to = &job.scanner,
     .argument = "NAME|FILE",
     .meaning = "the machine: a file, or a name from etc/scanners"},
    {.name = "scene",
     .kind = CMD_TEXT,
     .to = &job.scene,
     .argument = "FILE",
     .meaning = "scan what this scene describes"},
    {.name = "item",
     .kind = CMD_TEXT,
     .to = &job.item,
     .argument = "KIND",
     .meaning = "scan a random item of this kind (see --list)"},
    {.name = "hide",
     .kind = CMD_TEXT,
     .to = &job.hide,
     .argument = "THREAT,...",
     .meaning = "hide these in the item, or random, or none"},
    {.name = "dark", .kind = CMD_FLAG, .to = &job.dark, .meaning = "scan with the source off"},
    {.name = "air", .kind = CMD_FLAG, .to = &job.air, .meaning = "scan with nothing in the beam"},
    {.name = "lag",
     .kind = CMD_FLAG,
     .to = &job.lag,
     .meaning = "scan air and switch the source off half-way"},
    {.name = "wedge",
     .kind = CMD_TEXT,
     .to = &job.wedge,
     .argument = "MATERIAL[:G_CM2,...]",
     .meaning = "scan these thicknesses one after the other, alike on every ray"},
    {.name = "blocker",
     .kind = CMD_FLAG,
     .to = &job.blocker,
     .meaning = "with --wedge: behind lead strips, to see what the wedge scatters"},
    {.name = "output",
     .letter = 'o',
     .kind = CMD_TEXT,
     .to = &job.output,
     .argument = "TAPE",
     .meaning = "write the raw tape here"},
    {.name = "seed",
     .kind = CMD_WHOLE,
     .to = &job.seed,
     .argument = "N",
     .min = 0,
     .max = 1e15,
     .meaning = "random numbers of this scan, and of --item"},
    {.name = "machine",
     .kind = CMD_WHOLE,
     .to = &job.machine,
     .argument = "N",
     .min = 0,
     .max = 1e15,
     .meaning = "which machine of this type: its pixels' own faults"},
    {.name = "celsius",
     .kind = CMD_NUMBER,
     .to = &job.celsius,
     .argument = "T",
     .min = -40,
     .max = 80,
     .meaning = "temperature of the detector when the scan begins"},
    {.name = "days",
     .kind = CMD_NUMBER,
     .to = &job.days,
     .argument = "DAYS",
     .min = 0,
     .max = 10000,
     .meaning = "age of the machine: gains drift"},
    {.name = "speed-mm-s",
     .kind = CMD_NUMBER,
     .to = &job.speed_mm_s,
     .argument = "V",
     .min = 0,
     .max = 20000,
     .meaning = "speed of belt or lorry; 0 under a gantry: a circular scan"},
    {.name = "pitch-mm",
     .kind = CMD_NUMBER,
     .to = &job.pitch_mm,
     .argument = "P",
     .min = 0.01,
     .max = 1000,
     .meaning = "distance of the lines of one energy"},
    {.name = "turns",
     .kind = CMD_NUMBER,
     .to = &job.turns,
     .argument = "N",
     .min = 0.01,
     .max = 1000,
     .meaning = "turns of a circular scan; 1 unless given"},
    {.name = "at-mm",
     .kind = CMD_NUMBER,
     .to = &job.at_mm,
     .argument = "X",
     .min = -1e5,
     .max = 1e5,
     .meaning = "in a circular scan this x of the item is in the source's plane; its middle"},
    {.name = "samples",
     .kind = CMD_WHOLE,
     .to = &job.samples,
     .argument = "N",
     .min = 1,
     .max = 8,
     .meaning = "N x N rays per pixel in place of the scanner's; 1 is quick, 4 good for edges"},
    {.name = "lines",
     .kind = CMD_WHOLE,
     .to = &job.lines,
     .argument = "N",
     .min = 1,
     .max = 500000,
     .meaning = "of dark, air and lag scans per energy; of a wedge per step"},
    {.name = "stop",
     .kind = CMD_TEXTS,
     .to = &job.stops,
     .argument = "MM:S",
     .meaning = "stop the belt after so many mm for so many seconds"},
    {.name = "reverse",
     .kind = CMD_TEXTS,
     .to = &job.reverses,
     .argument = "MM:MM",
     .meaning = "after so many mm run backwards for so many"},
    {.name = "ideal", .kind = CMD_FLAG, .to = &job.ideal, .meaning = "switch all effects off"},
    {.name = "without",
     .kind = CMD_TEXT,
     .to = &job.without,
     .argument = "EFFECT,...",
     .meaning = "switch these effects off (see --list)"},
    {.name = "exact",
     .kind = CMD_FLAG,
     .to = &job.exact,
     .meaning = "add planes of the true narrow-beam attenuation"},
    {.name = "threads",
     .kind = CMD_WHOLE,
     .to = &job.threads,
     .argument = "N",
     .min = 0,
     .max = PAR_THREADS_MAX,
     .meaning = "0 = one per core; the result is the same"},
    {.name = "list",
     .kind = CMD_FLAG,
     .to = &job.list,
     .meaning = "list items, threats and effects"},
    CMD_ROWS_PROGRESS(&job.progress),
    {.name = NULL}};

/* "12:0.5" into two numbers. */
static int
read_pair(const char *option, const char *text, double *a, double *b, struct err *e)
{
    char *end;

    *a = strtod(text, &end);
    if (end != text && *end == ':') {
        const char *second = end + 1;
        *b = strtod(second, &end);
        if (end != second && *end == '\0' && *a >= 0 && *a < 1e7 && *b > 0 && *b < 1e5)
            return 0;
    }
    return err_set(e, ERR_INPUT, "--%s: '%.60s' is not two numbers as in 300:1.5", option, text);
}

static int
read_events(struct job *j, struct err *e)
{
    struct sim_options *o = &j->options;
    double at, value;

    if (j->stops.n + j->reverses.n > BELT_EVENTS_MAX)
        return err_set(e, ERR_LIMIT, "at most %d stops and reversals", BELT_EVENTS_MAX);
    for (int i = 0; i < j->stops.n; i++) {
        if (read_pair("stop", j->stops.text[i], &at, &value, e) != 0)
            return -1;
        o->event[o->events++] = (struct belt_event){.at_mm = at, .stop_s = value};
    }
    for (int i = 0; i < j->reverses.n; i++) {
        if (read_pair("reverse", j->reverses.text[i], &at, &value, e) != 0)
            return -1;
        o->event[o->events++] = (struct belt_event){.at_mm = at, .reverse_mm = value};
    }
    for (int i = 1; i < o->events; i++) /* in order along the belt */
        for (int k = i; k > 0 && o->event[k].at_mm < o->event[k - 1].at_mm; k--) {
            struct belt_event swap = o->event[k];
            o->event[k] = o->event[k - 1];
            o->event[k - 1] = swap;
        }
    return 0;
}

/* Steps that a calibration of this material wants when none are given: from thin to where little
 * comes through. */
static void
standard_steps(struct sim_options *o, bool mev)
{
    static const double kev_g_cm2[] = {0.5, 1, 2, 4, 7, 11, 16, 22, 30, 40};
    static const double mev_g_cm2[] = {2, 5, 10, 20, 35, 50, 70, 95, 125, 160, 200};
    const double *steps = mev ? mev_g_cm2 : kev_g_cm2;

    o->steps = mev ? sizeof mev_g_cm2 / sizeof *mev_g_cm2 : sizeof kev_g_cm2 / sizeof *kev_g_cm2;
    memcpy(o->step_g_cm2, steps, (size_t)o->steps * sizeof *steps);
}

/* MATERIAL or MATERIAL:t1,t2,... in g/cm2. */
static int
read_wedge(struct job *j, struct err *e)
{
    struct sim_options *o = &j->options;
    char name[MATERIAL_NAME_MAX];
    size_t n = strcspn(j->wedge, ":");

    if (n == 0 || n >= sizeof name)
        return err_set(e, ERR_INPUT, "--wedge: '%.60s' is not MATERIAL or MATERIAL:G_CM2,...",
                       j->wedge);
    memcpy(name, j->wedge, n);
    name[n] = '\0';
    if (material_find_any_density(name, &o->wedge, e) != 0)
        return err_at(e, "--wedge");
    if (j->wedge[n] == '\0') {
        const struct spectrum *s = &j->machine_data->channel[0].spectrum;
        standard_steps(o, s->kev[s->n - 1] > 1000);
        return 0;
    }
    for (const char *p = j->wedge + n; *p != '\0';) {
        char *end;
        double value = strtod(p + 1, &end);
        if (end == p + 1 || (*end != ',' && *end != '\0') || !(value >= 0 && value <= 1000))
            return err_set(e, ERR_INPUT, "--wedge: '%.40s' is not a thickness of 0 to 1000 g/cm2",
                           p + 1);
        if (o->steps == SIM_STEPS_MAX)
            return err_set(e, ERR_LIMIT, "--wedge: at most %d steps", SIM_STEPS_MAX);
        o->step_g_cm2[o->steps++] = value;
        p = end;
    }
    return 0;
}

static int
read_kind(struct job *j, struct err *e)
{
    const struct {
        bool given;
        enum sim_kind kind;
    } kinds[] = {{j->scene != NULL, SIM_ITEM},  {j->item != NULL, SIM_ITEM},
                 {j->dark, SIM_DARK},           {j->air, SIM_AIR},
                 {j->wedge != NULL, SIM_WEDGE}, {j->lag, SIM_LAG}};
    int given = 0;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].given) {
            j->options.kind = kinds[i].kind;
            given++;
        }
    if (given != 1)
        return err_set(e, ERR_INPUT,
                       "give one of --scene, --item, --dark, --air, --lag and --wedge");
    if (j->hide != NULL && j->item == NULL)
        return err_set(e, ERR_INPUT, "--hide goes with --item");
    if (j->blocker && j->wedge == NULL)
        return err_set(e, ERR_INPUT, "--blocker goes with --wedge");
    return 0;
}

static int
load_scanner(struct job *j, struct err *e)
{
    char path[ETC_PATH_MAX];

    if (etc_find("scanners", ".scanner", j->scanner, path, e) != 0 ||
        scanner_load(path, &j->machine_data, e) != 0)
        return -1;
    struct scanner *s = j->machine_data;
    if (j->speed_mm_s >= 0)
        s->belt.speed_mm_s = j->speed_mm_s;
    if (j->pitch_mm > 0 && s->gantry.turns)
        return err_set(e, ERR_INPUT,
                       "--pitch-mm: a gantry's views set the pitch; give --speed-mm-s");
    if (j->pitch_mm > 0 && s->source.pulsed) /* the pulses keep their rate */
        s->belt.speed_mm_s = j->pitch_mm * s->source.pulses_hz / (s->source.interlaced ? 2 : 1);
    else if (j->pitch_mm > 0)
        s->belt.pitch_mm = j->pitch_mm;
    if (j->pitch_mm > 0 && j->speed_mm_s > 0 && s->source.pulsed)
        return err_set(e, ERR_INPUT,
                       "--pitch-mm and --speed-mm-s contradict: this source's pulses fix one by "
                       "the other");
    if (j->samples > 0)
        s->samples[0] = s->samples[1] = (int)j->samples;
    j->options.samples = (int)j->samples;
    if (j->ideal && scanner_without(s, "all", e) != 0)
        return -1;
    return j->without == NULL ? 0 : scanner_without(s, j->without, e);
}

static int
load_item(struct job *j, struct err *e)
{
    struct item_options options = {.hide = j->hide};
    struct item_text item = {NULL, 0};
    struct text text;

    if (j->scene != NULL)
        return scene_load(j->scene, &j->item_scene, e);
    if (item_write(j->item, (uint64_t)j->seed, &options, &item, e) != 0)
        return -1;
    int result = text_parse(&text, j->item, item.bytes, item.n, e);
    if (result == 0) {
        result = scene_parse(&text, ".", &j->item_scene, e);
        text_free(&text);
    }
    item_text_free(&item);
    return result;
}

static int
prepare(struct job *j, struct err *e)
{
    struct sim_options *o = &j->options;

    o->seed = (uint64_t)j->seed;
    o->machine = (uint64_t)j->machine;
    o->celsius = j->celsius;
    o->days = j->days;
    o->lines = (int32_t)j->lines;
    o->exact = j->exact;
    o->turns = j->turns;
    o->placed = j->at_mm < NOT_PLACED;
    o->at_mm = o->placed ? j->at_mm : 0;
    o->blocker = j->blocker;
    if (j->scanner == NULL || j->output == NULL)
        return err_set(e, ERR_INPUT, "--%s is missing", j->scanner == NULL ? "scanner" : "output");
    if (cmd_output(j->output, e) != 0 || read_kind(j, e) != 0 || read_events(j, e) != 0 ||
        load_scanner(j, e) != 0)
        return -1;
    if (o->kind == SIM_WEDGE)
        return read_wedge(j, e);
    return o->kind == SIM_ITEM ? load_item(j, e) : 0;
}

/* Line by line into the file, so that a long scan never needs to be in memory twice. */
static int
scan(struct job *j, struct par *pool, struct err *e)
{
    struct sim *sim = NULL;
    struct tape_writer *writer = NULL;
    uint8_t root[HASH_BYTES];
    int result = -1;
    int32_t done = 0;

    if (sim_open(j->machine_data, j->item_scene, &j->options, pool, &sim, e) != 0)
        return -1;
    if (tape_writer_open(j->output, sim_tape(sim), &writer, e) != 0)
        goto out;
    cmd_progress_start(&j->progress, "scan", sim_lines(sim));
    while (sim_turn(sim)) {
        if (tape_writer_append(writer, e) != 0)
            goto out;
        done = tape_mark(sim_tape(sim), 0);
        cmd_progress_step(&j->progress, done);
    }
    result = tape_writer_end(writer, root, e);
    if (result == 0)
        writer = NULL;
out:
    cmd_progress_end(&j->progress);
    tape_writer_cancel(writer);
    sim_close(sim);
    return result;
}

static int
list(void)
{
    struct item_row row;

    printf("items:\n");
    for (int i = 0; item_kind(i, &row); i++)
        printf("  %-28s %s\n", row.name, row.english);
    printf("to hide:\n");
    for (int i = 0; item_threat(i, &row); i++)
        printf("  %-28s %s\n", row.name, row.english);
    printf("effects:\n");
    for (int i = 0; i < EFFECTS; i++)
        printf("  %-28s %s\n", effect_name((enum effect)i), effect_meaning((enum effect)i));
    return CMD_OK;
}

extern const struct command command_sim;

static int
run(int argc, char **argv)
{
    struct par *pool = NULL;
    struct err e;

    cmd_options(&command_sim, rows, argc, argv, 0, 0);
    if (job.list)
        return list();
    int result = prepare(&job, &e);
    if (result == 0)
        result = par_open(&pool, (int)job.threads, &e);
    if (result == 0)
        result = scan(&job, pool, &e);
    par_close(pool);
    scene_free(job.item_scene);
    scanner_free(job.machine_data);
    return result == 0 ? CMD_OK : cmd_fail(&e);
}

const struct command command_sim = {
    .name = "sim",
    .brief = "Scan a scene or a random item with the digital twin",
    .usage = "",
    .run = run,
};
