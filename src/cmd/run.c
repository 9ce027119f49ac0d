/* run: a raw scan and a calibration in, an inspected scan out: the recipe from counts to pictures.
 */
#include "base/file.h"
#include "cmd/alarms.h"
#include "cmd/cmd.h"
#include "cmd/etc.h"
#include "cmd/sealed.h"
#include "kern/kern.h"
#include "recipe/recipe.h"
#include "tape/file.h"

#include <stdio.h>
#include <string.h>

#define STREAM_LINES 256 /* of each plane in memory: four runs */

struct job {
    const char *recipe, *calibration, *input, *output;
    char made_from[CMD_MADE_FROM]; /* the roots of the inputs, for the output's about */
    int64_t threads, step;
    int level;
    bool live, keep, json, sealed;
    struct cmd_progress progress;
    char recipe_path[ETC_PATH_MAX];
    struct text text;
    struct tape *raw, *feed, *calib, *out; /* feed: what the recipe reads; raw unless live */
    struct tape_source *source;            /* of raw, where it is read run by run */
    struct par *pool;
    struct recipe *r;
    uint8_t root[HASH_BYTES];
    struct sealed worker; /* where `sealed` asks for it */
    struct alarms alarms;
    double seconds; /* of the recipe, and of reading a stream */
};

static const char *const level_words[] = {"best", "1", "3", "4", NULL};
static const int levels[] = {0, 1, 3, 4};

/* Machines with two energies along the lines are portals, lines with an encoder cabinets, and
 * anything else is a series of radiographs. */
static const char *
recipe_for(const struct tape *raw)
{
    int counts = tape_find(raw, Q_COUNTS, -1, -1);

    if (counts < 0)
        return "frames";
    if (tape_plane(raw, counts)->lattice != LATTICE_LINE || tape_find(raw, Q_POSE, -1, -1) < 0 ||
        strstr(tape_about(raw), "column_pitch_mm") == NULL)
        return "radiograph";
    return tape_plane(raw, counts)->energy == 2 ? "portal" : "parcel";
}

static void
job_clear(struct job *j)
{
    recipe_close(j->r);
    tape_free(j->out);
    if (j->sealed)
        sealed_close(&j->worker);
    if (j->feed != j->raw)
        tape_free(j->feed);
    if (j->source == NULL)
        tape_free(j->raw);
    tape_source_close(j->source);
    tape_free(j->calib);
    par_close(j->pool);
    text_free(&j->text);
    j->r = NULL;
    j->raw = j->feed = j->calib = j->out = NULL;
    j->source = NULL;
    j->pool = NULL;
    j->text = (struct text){.file = NULL};
}

/* The scan as a stream: only the last lines of it are in memory. Those of a line scanner alone are
 * read in order and once. */
static int
open_stream(struct job *j, uint8_t root[HASH_BYTES], struct err *e)
{
    if (tape_source_open(j->input, STREAM_LINES, true, &j->source, e) != 0)
        return -1;
    j->raw = tape_source_tape(j->source);
    tape_source_root(j->source, root);
    for (int k = 0; k < tape_planes(j->raw); k++)
        if (tape_plane(j->raw, k)->lattice != LATTICE_LINE || tape_plane(j->raw, k)->cols != 1)
            return err_set(e, ERR_INPUT, "%s: not the lines of a line scanner", j->input);
    return 0;
}

static int
open_raw(struct job *j, bool stream, uint8_t root[HASH_BYTES], struct err *e)
{
    struct tape_report raw;

    if (stream)
        return open_stream(j, root, e);
    if (tape_load(j->input, false, &j->raw, &raw, e) != 0)
        return -1;
    memcpy(root, raw.root, HASH_BYTES);
    return 0;
}

static int
load(struct job *j, bool stream, struct err *e)
{
    struct tape_report calib;
    uint8_t root[HASH_BYTES];

    if (open_raw(j, stream, root, e) != 0)
        return -1;
    if (j->calibration != NULL && tape_load(j->calibration, false, &j->calib, &calib, e) != 0)
        return -1;
    cmd_made_from(root, j->calibration == NULL ? NULL : calib.root, j->made_from);
    if (j->recipe == NULL)
        j->recipe = recipe_for(j->raw);
    if (etc_find("recipes", ".recipe", j->recipe, j->recipe_path, e) != 0 ||
        text_load(&j->text, j->recipe_path, e) != 0)
        return -1;
    return par_open(&j->pool, (int)j->threads, e);
}

/* The same planes without lines: they are going to arrive one by one. */
static int
open_feed(struct job *j, struct err *e)
{
    j->feed = j->raw;
    if (!j->live)
        return 0;
    j->feed = NULL;
    return tape_new_like(j->raw, tape_about(j->raw), &j->feed, e);
}

/* Line `i` of every plane arrives; false when there is none. */
static bool
feed_line(struct job *j, int32_t i)
{
    bool fed = false;

    for (int k = 0; k < tape_planes(j->raw); k++) {
        if (i < tape_mark(j->raw, k)) {
            memcpy(tape_line(j->feed, k, i), tape_read(j->raw, k, i), tape_line_bytes(j->raw, k));
            tape_set_mark(j->feed, k, i + 1);
            fed = true;
        } else if (!tape_sealed(j->feed, k)) {
            tape_seal(j->feed, k);
        }
    }
    return fed;
}

static int64_t
marks_sum(const struct tape *t)
{
    int64_t sum = 0;
    for (int k = 0; k < tape_planes(t); k++)
        if (tape_plane(t, k)->lattice == LATTICE_LINE || tape_plane(t, k)->lattice == LATTICE_PROJ)
            sum += tape_mark(t, k);
    return sum;
}

/* Does every stage keep up, so that the next run falls on lines that nobody needs any more? */
static int
check_keeps_up(const struct job *j, struct err *e)
{
    for (int k = 0; k < tape_planes(j->raw); k++) {
        const struct plane_spec *s = tape_plane(j->raw, k);
        if (s->scratch && tape_mark(j->raw, k) - STREAM_LINES / 2 > recipe_keep(j->r, k))
            return err_set(e, ERR_INPUT, "the recipe needs the whole scan");
    }
    return 0;
}

static int
turn_stream(struct job *j, struct err *e)
{
    int more = -1;

    while (check_keeps_up(j, e) == 0 && (more = tape_source_next(j->source, e)) > 0) {
        while (recipe_turn(j->r))
            ;
        cmd_progress_step(&j->progress, marks_sum(recipe_out(j->r)));
    }
    return more == 0 ? 0 : -1;
}

static void
progress_start(struct job *j, const struct tape *out)
{
    int64_t planes = 0, lines = 0;

    for (int k = 0; k < tape_planes(out); k++)
        planes += tape_plane(out, k)->lattice == LATTICE_LINE ||
                  tape_plane(out, k)->lattice == LATTICE_PROJ;
    for (int k = 0; k < tape_planes(j->raw); k++) {
        int32_t n = j->source != NULL ? tape_plane(j->raw, k)->lines : tape_mark(j->raw, k);
        lines = n > lines ? n : lines;
    }
    cmd_progress_start(&j->progress, "inspecting", planes * lines);
}

static int
turn_all(struct job *j, struct err *e)
{
    const struct tape *out = recipe_out(j->r);
    int64_t start = cmd_now_ns();

    progress_start(j, out);
    for (int32_t i = 0; j->live && feed_line(j, i); i++) {
        while (recipe_turn(j->r))
            ;
        cmd_progress_step(&j->progress, marks_sum(out));
    }
    int result = j->source != NULL ? turn_stream(j, e) : 0;
    while (result == 0 && recipe_turn(j->r))
        cmd_progress_step(&j->progress, marks_sum(out));
    cmd_progress_end(&j->progress);
    j->seconds = (double)(cmd_now_ns() - start) * 1e-9;
    return result;
}

static int
inspect_as(struct job *j, bool stream, struct err *e)
{
    struct recipe_options o = {.step = j->live ? 1 : (int32_t)j->step,
                               .keep_scratch = j->keep,
                               .kern_level = levels[j->level],
                               .made_from = j->made_from,
                               .fetch = true};

    if (load(j, stream, e) != 0 || open_feed(j, e) != 0)
        return -1;
    if (recipe_open(&j->text, j->feed, j->calib, j->pool, &o, &j->r, e) != 0)
        return err_at(e, "%s", j->input);
    if (turn_all(j, e) != 0)
        return -1;
    j->out = recipe_take(j->r);
    alarms_read(j->out, &j->alarms);
    return 0;
}

static void
show_step(void *arg, const struct tape *out)
{
    cmd_progress_step(arg, marks_sum(out));
}

/* The worker sees the lines when their marks have moved, as it will when they come from a machine.
 */
static int
turn_sealed(struct job *j, struct err *e)
{
    int64_t start = cmd_now_ns();
    int result = 0;
    bool end = false, more = j->live;

    progress_start(j, j->worker.seen);
    for (int32_t i = 0; result == 0 && !end; i++) {
        more = more && feed_line(j, i);
        bool last = !more;
        result = sealed_turn(&j->worker, show_step, &j->progress, &end, e);
        if (result == 0 && last && !end)
            result = err_set(e, ERR_SYSTEM, "the worker stopped before the end of the scan");
    }
    cmd_progress_end(&j->progress);
    j->seconds = (double)(cmd_now_ns() - start) * 1e-9;
    return result;
}

static int
inspect_sealed(struct job *j, struct err *e)
{
    static char program[ETC_PATH_MAX + 64];
    uint8_t *text = NULL;
    size_t n;
    int result = -1;

    if (sealed_program(program, sizeof program, e) != 0 || load(j, false, e) != 0 ||
        open_feed(j, e) != 0 || file_load(j->recipe_path, TEXT_BYTES_MAX, &text, &n, e) != 0)
        return -1;
    j->worker.item = (struct worker_item){.program = program,
                                          .recipe = (const char *)text,
                                          .recipe_name = j->recipe_path,
                                          .in = j->feed,
                                          .calib = j->calib,
                                          .made_from = j->made_from,
                                          .threads = (int)j->threads,
                                          .step = j->live ? 1 : (int32_t)j->step,
                                          .kern_level = levels[j->level],
                                          .keep_scratch = j->keep};
    if (sealed_open(&j->worker, e) != 0)
        err_at(e, "%s", j->input);
    else if (turn_sealed(j, e) == 0)
        result = sealed_take(&j->worker, &j->out, e);
    mem_free(text);
    if (result == 0)
        alarms_read(j->out, &j->alarms);
    return result;
}

/* What cannot be streamed is loaded whole; that also says best what is wrong with a scan. */
static int
inspect(struct job *j, struct err *e)
{
    if (cmd_output(j->output, e) != 0)
        return -1;
    if (j->sealed) {
        if (inspect_sealed(j, e) != 0)
            return -1;
    } else if (j->live || inspect_as(j, true, e) != 0) {
        job_clear(j);
        if (inspect_as(j, false, e) != 0)
            return -1;
    }
    return tape_save(j->output, j->out, j->root, e);
}

static double
samples_of(const struct tape *raw)
{
    double sum = 0;
    for (int k = 0; k < tape_planes(raw); k++) {
        const struct plane_spec *s = tape_plane(raw, k);
        if (s->quantity == Q_COUNTS || s->quantity == Q_COUNTS_F32)
            sum += (double)s->rows * s->cols * tape_mark(raw, k);
    }
    return sum;
}

static int
report_json(const struct job *j, const char *hex, double rate)
{
    json_t *list = json_array();

    for (int i = 0; i < j->alarms.n; i++) {
        const struct alarm *a = &j->alarms.alarm[i];
        json_array_append_new(list, json_pack("{s:s, s:i, s:f, s:s}", "kind", a->kind, "view",
                                              a->view, "value", a->value, "text", a->text));
    }
    json_t *all =
        json_pack("{s:s, s:s, s:s, s:f, s:f, s:o}", "output", j->output, "root", hex, "recipe",
                  j->recipe, "seconds", j->seconds, "samples_per_second", rate, "alarms", list);
    if (j->sealed)
        json_object_set_new(all, "worker", sealed_json(&j->worker));
    return cmd_print_json(all);
}

static int
report(const struct job *j)
{
    double rate = j->seconds > 0 ? samples_of(j->raw) / j->seconds : 0;
    int found = j->alarms.n + (j->sealed ? sandbox_refused(&j->worker.worker.report) : 0);
    char hex[HASH_HEX];

    hash_hex(j->root, hex);
    if (j->json) {
        if (report_json(j, hex, rate) != CMD_OK)
            return CMD_BAD;
    } else {
        if (j->sealed)
            sealed_print(&j->worker);
        for (int i = 0; i < j->alarms.n; i++)
            printf("alarm: %s\n", cmd_shown(j->alarms.alarm[i].text));
        printf("%s: recipe %s, %.3g million samples in %.2f s, root %s\n", cmd_shown(j->output),
               cmd_shown(j->recipe), samples_of(j->raw) * 1e-6, j->seconds, hex);
    }
    return found > 0 ? CMD_FOUND : CMD_OK;
}

static struct job job = {.worker.worker = WORKER_NONE};

static const struct cmd_option rows[] = {
    {.name = "output",
     .letter = 'o',
     .kind = CMD_TEXT,
     .to = &job.output,
     .argument = "TAPE",
     .meaning = "the inspected scan to write (needed)"},
    {.name = "calibration",
     .letter = 'c',
     .kind = CMD_TEXT,
     .to = &job.calibration,
     .argument = "TAPE",
     .meaning = "what `doorlicht calibrate` made for this machine"},
    {.name = "recipe",
     .letter = 'r',
     .kind = CMD_TEXT,
     .to = &job.recipe,
     .argument = "NAME",
     .meaning = "a file, or a name from etc/recipes; without it, what fits the scan"},
    {.name = "threads",
     .kind = CMD_WHOLE,
     .to = &job.threads,
     .argument = "N",
     .min = 0,
     .max = PAR_THREADS_MAX,
     .meaning = "threads; 0 = one per core"},
    {.name = "step",
     .kind = CMD_WHOLE,
     .to = &job.step,
     .argument = "LINES",
     .min = 0,
     .max = RECIPE_STEP_MAX,
     .meaning = "lines per turn; 0 = the standard"},
    {.name = "keep",
     .kind = CMD_FLAG,
     .to = &job.keep,
     .meaning = "keep the planes between stages too: signal, transmission"},
    {.name = "live",
     .kind = CMD_FLAG,
     .to = &job.live,
     .meaning = "let the lines arrive one by one, as from a machine"},
    {.name = "level",
     .kind = CMD_CHOICE,
     .to = &job.level,
     .argument = "LEVEL",
     .choices = level_words,
     .meaning = "CPU level x86-64-vLEVEL instead of the best; the bits are the same"},
    {.name = "sealed",
     .kind = CMD_FLAG,
     .to = &job.sealed,
     .meaning = "let a worker do it that can read no clock, file, socket or identity"},
    CMD_ROW_JSON(&job.json),
    CMD_ROWS_PROGRESS(&job.progress),
    {.name = NULL},
};

extern const struct command command_run;

static int
run_run(int argc, char **argv)
{
    struct err e;

    cmd_options(&command_run, rows, argc, argv, 1, 1);
    job.input = argv[0];
    int code = job.output == NULL
                   ? cmd_bad("the output is not named; usage: doorlicht run RAW.tape -o OUT.tape")
               : inspect(&job, &e) != 0 ? cmd_fail(&e)
                                        : report(&job);
    job_clear(&job);
    return code;
}

const struct command command_run = {
    .name = "run",
    .brief = "Inspect a raw scan: calibrate, position, decompose and colour it",
    .usage = "RAW.tape",
    .run = run_run,
};
