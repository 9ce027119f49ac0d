/* calibrate: dark, air and wedge scans in, a calibration tape out; says what is wrong with them. */
#include "base/arena.h"
#include "calib/calib.h"
#include "cmd/cmd.h"
#include "tape/file.h"

#include <stdio.h>
#include <string.h>

struct options {
    const char *dark, *air, *lag, *scatter, *output;
    struct cmd_texts wedges;
    int64_t threads;
    bool json;
    struct cmd_progress progress;
};

static int
load(const char *path, struct calib_tape *to, struct err *e)
{
    struct tape_report report;
    struct tape *tape;

    if (tape_load(path, false, &tape, &report, e) != 0)
        return -1;
    *to = (struct calib_tape){.path = path, .tape = tape};
    memcpy(to->root, report.root, sizeof to->root);
    return 0;
}

static int
load_all(const struct options *o, struct calib_input *in, struct cmd_progress *p, struct err *e)
{
    int64_t done = 0;

    if (load(o->dark, &in->dark, e) != 0 || load(o->air, &in->air, e) != 0 ||
        (o->lag != NULL && load(o->lag, &in->lag, e) != 0) ||
        (o->scatter != NULL && load(o->scatter, &in->scatter, e) != 0))
        return -1;
    for (int i = 0; i < o->wedges.n; i++) {
        cmd_progress_step(p, ++done);
        if (load(o->wedges.text[i], &in->wedge[i], e) != 0)
            return -1;
        in->wedges++;
    }
    return 0;
}

static void
unload_all(struct calib_input *in)
{
    /* calib.h promises not to write to them; they are ours */
    tape_free((struct tape *)in->dark.tape);
    tape_free((struct tape *)in->air.tape);
    tape_free((struct tape *)in->lag.tape);
    tape_free((struct tape *)in->scatter.tape);
    for (int i = 0; i < in->wedges; i++)
        tape_free((struct tape *)in->wedge[i].tape);
}

static int
print_result(const struct options *o, const struct notes *notes, const uint8_t *root)
{
    char hex[HASH_HEX];

    hash_hex(root, hex);
    if (o->json) {
        json_t *list = json_array(), *out = json_object();
        for (int i = 0; i < notes->n; i++)
            json_array_append_new(list, json_pack("{s:b, s:s}", "warning", notes->note[i].warning,
                                                  "text", notes->note[i].text));
        json_object_set_new(out, "output", json_string(o->output));
        json_object_set_new(out, "root", json_string(hex));
        json_object_set_new(out, "warnings", json_integer(notes->warnings));
        json_object_set_new(out, "notes", list);
        if (cmd_print_json(out) != CMD_OK)
            return CMD_BAD;
        return notes->warnings > 0 ? CMD_FOUND : CMD_OK;
    }
    for (int i = 0; i < notes->n; i++)
        printf("%s%s\n", notes->note[i].warning ? "warning: " : "", cmd_shown(notes->note[i].text));
    if (notes->dropped > 0)
        printf("and %d more\n", notes->dropped);
    printf("%s: calibration with %d warning%s, root %s\n", cmd_shown(o->output), notes->warnings,
           notes->warnings == 1 ? "" : "s", hex);
    return notes->warnings > 0 ? CMD_FOUND : CMD_OK;
}

static int
make(struct options *o, struct calib_input *in, struct err *e)
{
    struct notes *notes = mem_zero(1, sizeof *notes);
    struct par *pool = NULL;
    struct tape *out = NULL;
    uint8_t root[HASH_BYTES];
    int result = CMD_BAD;

    cmd_progress_start(&o->progress, "calibrating", o->wedges.n + 2);
    if (cmd_output(o->output, e) == 0 && par_open(&pool, (int)o->threads, e) == 0 &&
        load_all(o, in, &o->progress, e) == 0 && calib_make(in, pool, notes, &out, e) == 0 &&
        tape_save(o->output, out, root, e) == 0)
        result = CMD_OK;
    cmd_progress_end(&o->progress);
    if (result == CMD_OK)
        result = print_result(o, notes, root);
    else
        cmd_fail(e);
    tape_free(out);
    par_close(pool);
    mem_free(notes);
    return result;
}

static int
calibrate_run(int argc, char **argv)
{
    extern const struct command command_calibrate;
    struct options o = {.output = NULL};
    const struct cmd_option rows[] = {
        {.name = "dark",
         .kind = CMD_TEXT,
         .to = &o.dark,
         .argument = "TAPE",
         .meaning = "scan with the source off (needed)"},
        {.name = "air",
         .kind = CMD_TEXT,
         .to = &o.air,
         .argument = "TAPE",
         .meaning = "scan of the empty tunnel (needed)"},
        {.name = "wedge",
         .kind = CMD_TEXTS,
         .to = &o.wedges,
         .argument = "TAPE",
         .meaning = "scan of a step wedge; one for each material"},
        {.name = "lag",
         .kind = CMD_TEXT,
         .to = &o.lag,
         .argument = "TAPE",
         .meaning = "air scan at whose middle the source is switched off"},
        {.name = "scatter",
         .kind = CMD_TEXT,
         .to = &o.scatter,
         .argument = "TAPE",
         .meaning = "scan of a plastic step wedge behind lead strips"},
        {.name = "output",
         .letter = 'o',
         .kind = CMD_TEXT,
         .to = &o.output,
         .argument = "TAPE",
         .meaning = "the calibration to write (needed)"},
        {.name = "threads",
         .kind = CMD_WHOLE,
         .to = &o.threads,
         .argument = "N",
         .min = 0,
         .max = PAR_THREADS_MAX,
         .meaning = "threads; 0 = one per core"},
        CMD_ROW_JSON(&o.json),
        CMD_ROWS_PROGRESS(&o.progress),
        {.name = NULL},
    };
    struct calib_input *in;
    struct err e;

    cmd_options(&command_calibrate, rows, argc, argv, 0, 0);
    if (o.dark == NULL || o.air == NULL || o.output == NULL)
        return cmd_bad("--dark, --air and --output are needed; 'doorlicht calibrate --help' says "
                       "what they are");
    if (o.wedges.n > CALIB_WEDGES_MAX)
        return cmd_bad("at most %d wedge scans", CALIB_WEDGES_MAX);
    in = mem_zero(1, sizeof *in);
    int result = make(&o, in, &e);
    unload_all(in);
    mem_free(in);
    return result;
}

const struct command command_calibrate = {
    .name = "calibrate",
    .brief = "Make a calibration from dark, air and wedge scans, and say what is wrong with them",
    .usage = "",
    .run = calibrate_run,
};
