/* ct: from projections to a volume. Takes a tape, or the sidecar of measured frames; calibrates
 * with the darks and flats that lie on the same tape; searches the axis of rotation where nobody
 * says where it is; then runs a recipe that it writes itself, so that the tape tells all of it. */
#include "stage/ct.h"
#include "base/arena.h"
#include "base/num.h"
#include "calib/calib.h"
#include "cmd/cmd.h"
#include "cmd/ct_job.h"
#include "cmd/ct_rows.h"
#include "cmd/import.h"
#include "ct/filter.h"
#include "recipe/recipe.h"
#include "tape/file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool
is_sidecar(const char *path)
{
    size_t n = strlen(path);
    return n > 7 && strcmp(path + n - 7, ".import") == 0;
}

static int
load_raw(struct ct_job *j, struct err *e)
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
load_calibration(struct ct_job *j, struct err *e)
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

/* Progress in thousandths of a line: a volume may be one long step. */
struct bar {
    struct cmd_progress *progress;
    int64_t lines; /* that are done */
};

static void
bar_step(void *arg, double lines)
{
    const struct bar *b = arg;
    cmd_progress_step(b->progress, 1000 * b->lines + (int64_t)(1000 * lines));
}

static int
run_recipe(struct ct_job *j, bool volume, const char *what, struct tape **out, struct err *e)
{
    struct bar bar = {&j->progress, 0};
    struct recipe_options o = {
        .volumes = volume, .made_from = j->made_from, .fetch = true, .progress = {bar_step, &bar}};
    char text[CT_RECIPE_MAX];
    size_t n = ct_recipe_write(j, volume, text, sizeof text);
    struct text t;
    struct recipe *r;

    if (text_parse(&t, "ct", text, n, e) != 0)
        return -1;
    int result = recipe_open(&t, j->raw, j->calib, j->pool, &o, &r, e);
    text_free(&t);
    if (result != 0)
        return err_at(e, "%s", j->input);
    int64_t total = 0;
    for (int k = 0; k < tape_planes(recipe_out(r)); k++)
        total += tape_plane(recipe_out(r), k)->lines;
    cmd_progress_start(&j->progress, what, 1000 * total);
    while (recipe_turn(r)) {
        bar.lines = 0;
        for (int k = 0; k < tape_planes(recipe_out(r)); k++)
            bar.lines += tape_mark(recipe_out(r), k);
        bar_step(&bar, 0);
    }
    cmd_progress_end(&j->progress);
    *out = recipe_take(r);
    recipe_close(r);
    return 0;
}

/* ---- what the scan itself tells ---- */

static bool
needs_axis(const struct ct_job *j)
{
    return j->axis_col < 0 && !j->g.axis_known;
}

static int
too_few(const struct ct_job *j, const struct ct_rows *r, struct err *e)
{
    double low = HUGE_VAL, high = -HUGE_VAL;

    if (!ct_job_has_arc(j) || r->n == 0)
        return err_set(e, ERR_INPUT, "%s: %d good views of the scan are too few", j->input,
                       r->good);
    for (int32_t i = 0; i < r->n; i++) {
        double angle_deg = r->view[i].angle_rad * (180 / NUM_PI);
        low = angle_deg < low ? angle_deg : low;
        high = angle_deg > high ? angle_deg : high;
    }
    return err_set(e, ERR_INPUT,
                   "%s: %d good views in the arc from --from-deg to --to-deg are too few; the "
                   "scan's lie from %.4g to %.4g degrees",
                   j->input, r->good, low, high);
}

static int
look_at(struct ct_job *j, const struct ct_rows *r, struct err *e)
{
    if (r->good < 2)
        return too_few(j, r, e);
    if (needs_axis(j) && ct_axis_find(&j->g, r->view, r->n, r->row, &j->axis, e) != 0) {
        j->axis.col = -1;
        if (j->method != CT_METHOD_TWO_PHASE)
            return err_at(e, "%s: --axis", j->input);
        cmd_note("the axis of rotation is taken to be at the middle of the detector: no ray was "
                 "measured from both sides, and nobody says it (--axis)");
    }
    j->g.axis_col = j->axis.col >= 0 ? j->axis.col : j->g.axis_col;
    if (j->method != CT_METHOD_TWO_PHASE)
        return 0;
    if (ct_disc_find(&j->g, r->view, r->n, r->row, &j->disc, e) != 0)
        return err_at(e, "%s: --method two-phase", j->input);
    j->disc.noise *= sqrt(r->mean_of);
    return 0;
}

/* Looks for the axis where neither the tape nor the caller tells it, and for the disc. */
static int
look(struct ct_job *j, struct err *e)
{
    bool given = tape_find(j->raw, Q_ATTENUATION, -1, -1) >= 0;
    struct tape *made = NULL;
    struct ct_rows rows;

    j->axis.col = -1;
    j->g.axis_col = j->axis_col >= 0 ? j->axis_col : j->g.axis_col;
    if (!needs_axis(j) && !ct_job_has_arc(j) && j->method != CT_METHOD_TWO_PHASE)
        return 0;
    if ((!given || ct_job_has_arc(j)) && run_recipe(j, false, "attenuation", &made, e) != 0)
        return -1;
    const struct tape *t = given ? j->raw : made;
    const struct tape *posed = made != NULL && tape_find(made, Q_POSE, -1, -1) >= 0 ? made : j->raw;
    ct_rows_take(t, tape_find(t, Q_ATTENUATION, -1, -1), posed, &j->g, &rows);
    int result = look_at(j, &rows, e);
    ct_rows_free(&rows);
    tape_free(made);
    if (result == 0 && j->axis.turn_rad != 0 && !j->json)
        cmd_note(
            "a half turn of the angles given is %.3f degrees, as the rays that were measured from "
            "both sides see it",
            180 + j->axis.turn_rad * (180 / NUM_PI));
    return result;
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
plan_helix(struct ct_job *j, const struct ct_view *first, const struct ct_view *last, int32_t steps,
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
find_way(struct ct_job *j, struct err *e)
{
    struct ct_view first = {.good = false}, last = first;
    int32_t steps;

    if (j->g.beam != CT_CONE || !good_ends(j->raw, &first, &last, &steps) ||
        !(fabs(last.z_mm - first.z_mm) > 1e-3))
        return 0;
    if (ct_job_has_arc(j) || j->method == CT_METHOD_TWO_PHASE)
        return err_set(e, ERR_INPUT,
                       "%s: a helical scan takes no --from-deg, --to-deg or --method two-phase",
                       j->input);
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

/* What goes together. */
static int
check_method(const struct ct_job *j, struct err *e)
{
    if (ct_job_has_arc(j) && !(j->from_deg < CT_NO_ARC && j->to_deg < CT_NO_ARC))
        return err_set(e, ERR_INPUT, "an arc has two ends: give --from-deg and --to-deg");
    if (j->method < CT_METHOD_ITERATE && (j->iterations > 0 || j->strength >= 0))
        return err_set(
            e, ERR_INPUT,
            "--iterations and --strength are for methods that iterate: sirt, os-sart, cgls, tv");
    if (j->method != CT_METHOD_TWO_PHASE)
        return 0;
    if (ct_job_has_single_energies(j) || tape_find(j->raw, Q_COUNTS, -1, 1) >= 0)
        return err_set(e, ERR_INPUT, "%s: --method two-phase is for scans at one energy", j->input);
    if (j->slices > 0 || j->slice_mm > 0 || j->first_mm > -1e6 || j->rings > 0)
        return err_set(e, ERR_INPUT,
                       "--method two-phase makes one slice of each row of the detector; leave out "
                       "--slices, --slice-mm, --first-mm and --rings");
    return 0;
}

static int
prepare(struct ct_job *j, struct err *e)
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
    return check_method(j, e) != 0 || find_way(j, e) != 0 || look(j, e) != 0 ? -1 : 0;
}

static int
reconstruct(struct ct_job *j, struct err *e)
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
report(const struct ct_job *j)
{
    int plane = tape_find(j->out, Q_LINEAR_ATTENUATION, -1, -1);
    const struct plane_spec *p = tape_plane(j->out, plane);
    double voxel_mm = ct_voxel_mm(tape_about(j->out));
    int32_t slices = tape_mark(j->out, plane);
    char hex[HASH_HEX];

    hash_hex(j->root, hex);
    if (j->json)
        return cmd_print_json(json_pack(
            "{s:s, s:s, s:i, s:i, s:f, s:f, s:b, s:f, s:f, s:f, s:s, s:f}", "output", j->output,
            "root", hex, "size", p->cols, "slices", slices, "voxel_mm", voxel_mm, "axis_pixel",
            j->g.axis_col, "axis_found", j->axis.col >= 0, "axis_mismatch", j->axis.mismatch,
            "half_turn_deg", 180 + j->axis.turn_rad * (180 / NUM_PI), "seconds", j->seconds,
            "method", ct_method_word[j->method], "assumed_disc_radius_mm",
            j->method == CT_METHOD_TWO_PHASE ? j->disc.radius_mm : 0));
    printf("axis of rotation at column %.3f (%s)\n", j->g.axis_col,
           j->axis.col >= 0   ? "found"
           : j->axis_col >= 0 ? "as said"
           : j->g.axis_known  ? "from the tape"
                              : "the middle");
    if (j->method == CT_METHOD_TWO_PHASE)
        printf("assumed, not measured: a disc of one material (centre %.2f %.2f mm, radius %.2f "
               "mm, %.4g/cm), with holes\n",
               j->disc.x_mm, j->disc.y_mm, j->disc.radius_mm, 10 * j->disc.slope);
    printf("%s: %d slices of %d x %d, voxels of %.4g mm, in %.2f s, root %s\n",
           cmd_shown(j->output), slices, p->cols, p->rows, voxel_mm, j->seconds, hex);
    return CMD_OK;
}

static struct ct_job job = {.cutoff = 1,
                            .strength = -1,
                            .rings = -1,
                            .axis_col = -1,
                            .first_mm = -1e6,
                            .from_deg = CT_NO_ARC,
                            .to_deg = CT_NO_ARC};

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
    {.name = "method",
     .kind = CMD_CHOICE,
     .to = &job.method,
     .argument = "NAME",
     .choices = ct_method_word,
     .meaning = "fbp: filtered back-projection; two-phase: for a disc of one material with holes, "
                "which is assumed; the others iterate, for few or missing views"},
    {.name = "iterations",
     .kind = CMD_WHOLE,
     .to = &job.iterations,
     .argument = "N",
     .min = 0,
     .max = 10000,
     .meaning = "of methods that iterate; 0 = what most scans need"},
    {.name = "strength",
     .kind = CMD_NUMBER,
     .to = &job.strength,
     .argument = "X",
     .min = 0,
     .max = 1,
     .meaning = "of tv: more is smoother"},
    {.name = "from-deg",
     .kind = CMD_NUMBER,
     .to = &job.from_deg,
     .argument = "ANGLE",
     .min = -1e4,
     .max = 1e4,
     .meaning = "use only views from this gantry angle on"},
    {.name = "to-deg",
     .kind = CMD_NUMBER,
     .to = &job.to_deg,
     .argument = "ANGLE",
     .min = -1e4,
     .max = 1e4,
     .meaning = "to this one, upwards, at most a turn further"},
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
