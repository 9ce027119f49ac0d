/* ct: from projections to a volume. Takes a tape, or the sidecar of measured frames; calibrates
 * with the darks and flats that lie on the same tape; searches the axis of rotation where nobody
 * says where it is; then runs a recipe that it writes itself, so that the tape tells all of it. */
#include "stage/ct.h"
#include "base/arena.h"
#include "base/num.h"
#include "calib/calib.h"
#include "cmd/cmd.h"
#include "cmd/import.h"
#include "ct/axis.h"
#include "ct/filter.h"
#include "recipe/recipe.h"
#include "tape/file.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RECIPE_TEXT_MAX 4096
#define AXIS_ROWS 8 /* rows of the detector that are searched for the axis */

struct job {
    const char *input, *folder, *calibration, *output;
    int window;
    double cutoff, rings, axis_col, voxel_mm, slice_mm, first_mm; /* rings -1: not said */
    int64_t size, slices, threads;
    bool json, helical;
    int32_t views_turn; /* helical */
    struct cmd_progress progress;
    struct tape *raw, *calib, *out;
    uint8_t raw_root[HASH_BYTES], calib_root[HASH_BYTES], root[HASH_BYTES];
    char made_from[CMD_MADE_FROM];
    struct ct_geometry g;
    struct ct_axis axis; /* found, or col -1 */
    struct par *pool;
    char recipe[RECIPE_TEXT_MAX];
    double seconds;
};

static bool
is_sidecar(const char *path)
{
    size_t n = strlen(path);
    return n > 7 && strcmp(path + n - 7, ".import") == 0;
}

static int
load_raw(struct job *j, struct err *e)
{
    struct tape_report report;

    if (is_sidecar(j->input))
        return import_tape(j->input, j->folder, &j->progress, &j->raw, e);
    if (tape_load(j->input, false, &j->raw, &report, e) != 0)
        return -1;
    memcpy(j->raw_root, report.root, sizeof j->raw_root);
    return 0;
}

static bool
has_pose(const struct tape *t, uint32_t flag)
{
    int pose = tape_find(t, Q_POSE, -1, -1);

    for (int32_t i = 0; pose >= 0 && i < tape_mark(t, pose); i++)
        if (((const struct pose *)tape_read(t, pose, i))->flags & flag)
            return true;
    return false;
}

/* The calibration that was named; otherwise that of the darks and flats on the same tape. */
static int
load_calibration(struct job *j, struct err *e)
{
    struct tape_report report;
    struct calib_input in = {.dark = {.path = j->input, .tape = j->raw}};
    struct notes *notes;

    if (j->calibration != NULL) {
        if (tape_load(j->calibration, false, &j->calib, &report, e) != 0)
            return -1;
        memcpy(j->calib_root, report.root, sizeof j->calib_root);
        return 0;
    }
    if (tape_find(j->raw, Q_ATTENUATION, -1, -1) >= 0)
        return 0;
    if (!has_pose(j->raw, POSE_DARK) || !has_pose(j->raw, POSE_AIR))
        return err_set(e, ERR_INPUT,
                       "%s: no darks and flats on this tape; name a calibration with -c", j->input);
    memcpy(in.dark.root, j->raw_root, sizeof in.dark.root);
    in.air = in.dark;
    notes = mem_zero(1, sizeof *notes);
    int result = calib_make(&in, j->pool, notes, &j->calib, e);
    for (int i = 0; result == 0 && i < notes->n; i++)
        if (notes->note[i].warning)
            cmd_note("%s", notes->note[i].text);
    mem_free(notes);
    return result;
}

/* ---- the recipe ---- */

struct writer {
    char *to;
    size_t n, size;
};

static void PRINTF(2, 3) put(struct writer *w, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(w->to + w->n, w->size - w->n, fmt, args);
    va_end(args);
    w->n = w->n + (size_t)n < w->size ? w->n + (size_t)n : w->size - 1;
}

static void
put_number(struct writer *w, const char *name, double value)
{
    char number[32];
    text_double(number, value);
    put(w, "        %s %s\n", name, number);
}

/* Stages from what the tape holds to attenuation. */
static void
put_attenuation(const struct job *j, struct writer *w)
{
    if (tape_find(j->raw, Q_COUNTS, -1, -1) >= 0)
        put(w, "    stage signal\n    stage afterglow\n    stage crosstalk\n    stage dose\n");
    else if (tape_find(j->raw, Q_COUNTS_F32, -1, -1) >= 0)
        put(w, "    stage frames\n");
    else
        return;
    put(w, "    stage transmission\n");
    if (j->calib != NULL && tape_find(j->calib, Q_SCATTER, -1, -1) >= 0)
        put(w, "    stage scatter\n");
    put(w, "    stage attenuation\n");
}

/* The calibration knows how to take a pair of spectra to two single energies. */
static bool
has_single_energies(const struct job *j)
{
    return j->calib != NULL && tape_find(j->calib, Q_MONOCHROMATIC, -1, -1) >= 0;
}

static void
put_grid(const struct job *j, struct writer *w)
{
    put_number(w, "size", (double)j->size);
    put_number(w, "voxel_mm", j->voxel_mm);
    put_number(w, "slices", (double)j->slices);
    put_number(w, "slice_mm", j->slice_mm);
    put_number(w, "first_mm", j->first_mm);
    put_number(w, "axis_pixel", j->g.axis_col);
}

static void
put_helix(const struct job *j, struct writer *w)
{
    put(w, "    stage helix-filter {\n        window %s\n", ct_window_word[j->window]);
    put_number(w, "cutoff", j->cutoff);
    put_number(w, "views_turn", j->views_turn);
    put_number(w, "axis_pixel", j->g.axis_col);
    put(w, "    }\n    stage helix-back {\n");
    put_grid(j, w);
    put_number(w, "views_turn", j->views_turn);
    put(w, "    }\n");
}

static void
put_circle(const struct job *j, struct writer *w)
{
    put(w, "    stage filter {\n        window %s\n", ct_window_word[j->window]);
    put_number(w, "cutoff", j->cutoff);
    put_number(w, "axis_pixel", j->g.axis_col);
    put(w, "    }\n    stage back {\n");
    put_grid(j, w);
    put(w, "    }\n");
}

static void
put_volume(const struct job *j, struct writer *w)
{
    if (j->rings != 0 && !j->helical) {
        put(w, "    stage rings {\n");
        put_number(w, "strength", j->rings < 0 ? 1 : j->rings);
        put(w, "    }\n");
    }
    if (has_single_energies(j))
        put(w, "    stage monochrome\n");
    (j->helical ? put_helix : put_circle)(j, w);
    if (has_single_energies(j))
        put(w, "    stage ct-material\n");
}

static int
run_recipe(struct job *j, bool volume, const char *what, struct tape **out, struct err *e)
{
    struct recipe_options o = {.volumes = volume, .made_from = j->made_from};
    struct writer w = {j->recipe, 0, sizeof j->recipe};
    struct text t;
    struct recipe *r;

    put(&w, "recipe ct {\n");
    put_attenuation(j, &w);
    if (volume)
        put_volume(j, &w);
    put(&w, "}\n");
    if (text_parse(&t, "ct", j->recipe, w.n, e) != 0)
        return -1;
    int result = recipe_open(&t, j->raw, j->calib, j->pool, &o, &r, e);
    text_free(&t);
    if (result != 0)
        return err_at(e, "%s", j->input);
    int64_t steps = 0, total = 0;
    for (int k = 0; k < tape_planes(recipe_out(r)); k++)
        total += tape_plane(recipe_out(r), k)->lines;
    cmd_progress_start(&j->progress, what, total);
    while (recipe_turn(r)) {
        steps = 0;
        for (int k = 0; k < tape_planes(recipe_out(r)); k++)
            steps += tape_mark(recipe_out(r), k);
        cmd_progress_step(&j->progress, steps);
    }
    cmd_progress_end(&j->progress);
    *out = recipe_take(r);
    recipe_close(r);
    return 0;
}

/* ---- the axis of rotation ---- */

/* The mean of the detector rows whose rays stay in one slice: all of them, or of a cone the middle.
 */
static void
mean_row(const struct ct_geometry *g, const float *frame, float *row)
{
    int32_t middle = (int32_t)(g->axis_row + 0.5);
    middle = middle < 0 ? 0 : middle >= g->rows ? g->rows - 1 : middle;
    int32_t from = g->beam == CT_CONE ? middle : 0, to = g->beam == CT_CONE ? middle + 1 : g->rows;
    int32_t step = 1 + (to - from - 1) / AXIS_ROWS;

    memset(row, 0, (size_t)g->cols * sizeof *row);
    for (int32_t r = from; r < to; r += step)
        for (int32_t c = 0; c < g->cols; c++)
            row[c] += frame[(size_t)r * (size_t)g->cols + (size_t)c];
}

static int
search_axis(struct job *j, const struct tape *t, int plane, struct err *e)
{
    int32_t n = tape_mark(t, plane);
    const struct tape *posed = tape_find(t, Q_POSE, -1, -1) >= 0 ? t : j->raw;
    int pose = tape_find(posed, Q_POSE, -1, -1);
    struct ct_view *view = mem_zero((size_t)n, sizeof *view);
    float *rows = mem_zero((size_t)n * (size_t)j->g.cols, sizeof *rows);

    for (int32_t i = 0; i < n; i++) {
        view[i] = ct_view_of(tape_read(posed, pose, i));
        mean_row(&j->g, tape_read(t, plane, i), rows + (size_t)i * (size_t)j->g.cols);
    }
    int result = ct_axis_find(&j->g, view, n, rows, &j->axis, e);
    mem_free(view);
    mem_free(rows);
    return result != 0 ? err_at(e, "%s: --axis", j->input) : 0;
}

/* Looks for the axis where neither the tape nor the caller tells it. */
static int
find_axis(struct job *j, struct err *e)
{
    struct tape *made = NULL;

    j->axis.col = -1;
    if (j->axis_col >= 0 || j->g.axis_known) {
        j->g.axis_col = j->axis_col >= 0 ? j->axis_col : j->g.axis_col;
        return 0;
    }
    bool given = tape_find(j->raw, Q_ATTENUATION, -1, -1) >= 0;
    if (!given && run_recipe(j, false, "attenuation", &made, e) != 0)
        return -1;
    const struct tape *t = given ? j->raw : made;
    int result = search_axis(j, t, tape_find(t, Q_ATTENUATION, -1, -1), e);
    tape_free(made);
    if (result != 0)
        return -1;
    j->g.axis_col = j->axis.col;
    if (j->axis.turn_rad != 0 && !j->json)
        cmd_note(
            "a half turn of the angles given is %.3f degrees, as the rays that were measured from "
            "both sides see it",
            180 + j->axis.turn_rad * (180 / NUM_PI));
    return 0;
}

/* ---- helical scans ---- */

/* The first and the last good view, and how many steps lie between them. */
static bool
good_ends(const struct tape *t, struct ct_view *first, struct ct_view *last, int32_t *steps)
{
    int pose = tape_find(t, Q_POSE, -1, -1);
    int32_t from = -1;

    *steps = 0;
    for (int32_t i = 0; pose >= 0 && i < tape_mark(t, pose); i++) {
        struct ct_view v = ct_view_of(tape_read(t, pose, i));
        if (!v.good)
            continue;
        *first = from < 0 ? v : *first;
        from = from < 0 ? i : from;
        *last = v;
        *steps = i - from;
    }
    return *steps > 0;
}

/* Slices where half a turn of whole fans lies on either side. */
static int
plan_helix(struct job *j, const struct ct_view *first, const struct ct_view *last, int32_t steps,
           struct err *e)
{
    double turned = last->angle_rad - first->angle_rad, feed = last->z_mm - first->z_mm;

    if (!(turned > 0 && feed > 0))
        return err_set(
            e, ERR_INPUT,
            "%s: a helical scan must turn and move forwards (it turns by %.4g degrees and "
            "moves by %.4g mm)",
            j->input, turned * (180 / NUM_PI), feed);
    j->views_turn = ct_views_turn(tape_about(j->raw));
    if (j->views_turn == 0)
        j->views_turn = 2 * (int32_t)(NUM_PI * steps / turned + 0.5);
    double turn_mm = feed * 2 * NUM_PI / turned, margin_mm = turn_mm * 0.75;
    if (j->first_mm <= -1e6)
        j->first_mm = num_floor(first->z_mm + margin_mm) + 1;
    j->slice_mm = j->slice_mm > 0 ? j->slice_mm : 1;
    if (j->slices == 0)
        j->slices = 1 + (int64_t)((last->z_mm - margin_mm - j->first_mm) / j->slice_mm);
    if (j->slices < 1)
        return err_set(e, ERR_INPUT,
                       "%s: %.4g turns are too few for a slice of a helical scan; 1.5 are needed",
                       j->input, turned / (2 * NUM_PI));
    j->size = j->size > 0 ? j->size : 512;
    j->voxel_mm = j->voxel_mm > 0 ? j->voxel_mm : 2 * ct_field_mm(&j->g) / (double)j->size;
    return 0;
}

static int
find_way(struct job *j, struct err *e)
{
    struct ct_view first, last;
    int32_t steps;

    if (j->g.beam != CT_CONE || !good_ends(j->raw, &first, &last, &steps) ||
        !(fabs(last.z_mm - first.z_mm) > 1e-3))
        return 0;
    j->helical = true;
    if (j->rings > 0)
        return err_set(e, ERR_INPUT,
                       "%s: --rings: a helical scan draws no rings, as its rows move on; leave it "
                       "out",
                       j->input);
    return plan_helix(j, &first, &last, steps, e);
}

/* ---- all of it ---- */

static int
projections_of(const struct tape *t)
{
    static const enum quantity kinds[] = {Q_COUNTS, Q_COUNTS_F32, Q_ATTENUATION};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int plane = tape_find(t, kinds[i], -1, -1);
        if (plane >= 0 && tape_plane(t, plane)->lattice == LATTICE_PROJ)
            return plane;
    }
    return -1;
}

static int
prepare(struct job *j, struct err *e)
{
    if (par_open(&j->pool, (int)j->threads, e) != 0 || load_raw(j, e) != 0)
        return -1;
    int plane = projections_of(j->raw);
    if (plane < 0)
        return err_set(e, ERR_INPUT, "%s: no projections on this tape; radiographs are for 'run'",
                       j->input);
    const struct plane_spec *p = tape_plane(j->raw, plane);
    if (ct_from_about(tape_about(j->raw), p->rows, p->cols, &j->g, e) != 0)
        return err_at(e, "%s", j->input);
    if (load_calibration(j, e) != 0)
        return -1;
    cmd_made_from(is_sidecar(j->input) ? NULL : j->raw_root,
                  j->calibration == NULL ? NULL : j->calib_root, j->made_from);
    return find_axis(j, e) != 0 || find_way(j, e) != 0 ? -1 : 0;
}

static int
reconstruct(struct job *j, struct err *e)
{
    int64_t start = cmd_now_ns();

    if (cmd_output(j->output, e) != 0 || prepare(j, e) != 0 ||
        run_recipe(j, true, "reconstructing", &j->out, e) != 0 ||
        tape_save(j->output, j->out, j->root, e) != 0)
        return -1;
    j->seconds = (double)(cmd_now_ns() - start) * 1e-9;
    return 0;
}

static int
report(const struct job *j)
{
    int plane = tape_find(j->out, Q_LINEAR_ATTENUATION, -1, -1);
    const struct plane_spec *p = tape_plane(j->out, plane);
    double voxel_mm = ct_voxel_mm(tape_about(j->out));
    int32_t slices = tape_mark(j->out, plane);
    char hex[HASH_HEX];

    hash_hex(j->root, hex);
    if (j->json)
        return cmd_print_json(json_pack(
            "{s:s, s:s, s:i, s:i, s:f, s:f, s:b, s:f, s:f, s:f}", "output", j->output, "root", hex,
            "size", p->cols, "slices", slices, "voxel_mm", voxel_mm, "axis_pixel", j->g.axis_col,
            "axis_found", j->axis.col >= 0, "axis_mismatch", j->axis.mismatch, "half_turn_deg",
            180 + j->axis.turn_rad * (180 / NUM_PI), "seconds", j->seconds));
    printf("axis of rotation at column %.3f (%s)\n", j->g.axis_col,
           j->axis.col >= 0   ? "found"
           : j->axis_col >= 0 ? "as said"
           : j->g.axis_known  ? "from the tape"
                              : "the middle");
    printf("%s: %d slices of %d x %d, voxels of %.4g mm, in %.2f s, root %s\n",
           cmd_shown(j->output), slices, p->cols, p->rows, voxel_mm, j->seconds, hex);
    return CMD_OK;
}

static struct job job = {.cutoff = 1, .rings = -1, .axis_col = -1, .first_mm = -1e6};

static const struct cmd_option rows[] = {
    {.name = "output",
     .letter = 'o',
     .kind = CMD_TEXT,
     .to = &job.output,
     .argument = "TAPE",
     .meaning = "the volume to write (needed)"},
    {.name = "data",
     .kind = CMD_TEXT,
     .to = &job.folder,
     .argument = "FOLDER",
     .meaning = "where a sidecar's file names start; without it, its own folder"},
    {.name = "calibration",
     .letter = 'c',
     .kind = CMD_TEXT,
     .to = &job.calibration,
     .argument = "TAPE",
     .meaning = "what `doorlicht calibrate` made; without it, the scan's own darks and flats"},
    {.name = "axis",
     .kind = CMD_NUMBER,
     .to = &job.axis_col,
     .argument = "COLUMN",
     .min = 0,
     .max = CT_COLS_MAX,
     .meaning = "of the detector where the axis of rotation falls; searched if nobody says it"},
    {.name = "window",
     .kind = CMD_CHOICE,
     .to = &job.window,
     .argument = "NAME",
     .choices = ct_window_word,
     .meaning = "of the ramp filter"},
    {.name = "cutoff",
     .kind = CMD_NUMBER,
     .to = &job.cutoff,
     .argument = "X",
     .min = 0.05,
     .max = 1,
     .meaning = "fraction of the Nyquist frequency at which the window ends"},
    {.name = "rings",
     .kind = CMD_NUMBER,
     .to = &job.rings,
     .argument = "X",
     .min = 0,
     .max = 1,
     .meaning = "share of each pixel's constant error to take off; 0 = leave the rings"},
    {.name = "size",
     .kind = CMD_WHOLE,
     .to = &job.size,
     .argument = "N",
     .min = 0,
     .max = CT_SIZE_MAX,
     .meaning = "voxels across a slice, rounded up to a multiple of 4; 0 = the whole field"},
    {.name = "voxel-mm",
     .kind = CMD_NUMBER,
     .to = &job.voxel_mm,
     .argument = "MM",
     .min = 0,
     .max = 1e3,
     .meaning = "size of a voxel; 0 = a pixel of the detector, brought to the axis"},
    {.name = "slices",
     .kind = CMD_WHOLE,
     .to = &job.slices,
     .argument = "N",
     .min = 0,
     .max = TAPE_LINES_MAX,
     .meaning = "number of slices; 0 = all"},
    {.name = "slice-mm",
     .kind = CMD_NUMBER,
     .to = &job.slice_mm,
     .argument = "MM",
     .min = 0,
     .max = 1e3,
     .meaning = "from slice to slice; 0 = a row of the detector, brought to the axis"},
    {.name = "first-mm",
     .kind = CMD_NUMBER,
     .to = &job.first_mm,
     .argument = "MM",
     .min = -1e6,
     .max = 1e6,
     .meaning = "z of the first slice; without it, that of the first row"},
    {.name = "threads",
     .kind = CMD_WHOLE,
     .to = &job.threads,
     .argument = "N",
     .min = 0,
     .max = PAR_THREADS_MAX,
     .meaning = "threads; 0 = one per core"},
    CMD_ROW_JSON(&job.json),
    CMD_ROWS_PROGRESS(&job.progress),
    {.name = NULL},
};

extern const struct command command_ct;

static int
ct_run(int argc, char **argv)
{
    struct err e;

    cmd_options(&command_ct, rows, argc, argv, 1, 1);
    job.input = argv[0];
    int code = job.output == NULL
                   ? cmd_bad("the output is not named; usage: doorlicht ct SCAN -o OUT.tape")
               : reconstruct(&job, &e) != 0 ? cmd_fail(&e)
                                            : report(&job);
    tape_free(job.out);
    tape_free(job.calib);
    tape_free(job.raw);
    par_close(job.pool);
    return code;
}

const struct command command_ct = {
    .name = "ct",
    .brief = "Reconstruct a volume from projections, on a tape or with a sidecar",
    .usage = "SCAN.tape|SIDECAR.import",
    .run = ct_run,
};
