/* show: pictures of a tape, as PNG. */
#include "cmd/show.h"
#include "base/arena.h"
#include "base/file.h"
#include "cmd/cmd.h"
#include "tape/file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One run of show. */
struct job {
    struct show show;
    const char *input, *output;
    bool json;
    int bits; /* index into bits_words */
    struct tape_report report;
    struct tape *given, *made; /* made: colours, when the tape has not the ones wanted */
    int views[GEOMETRY_VIEWS_MAX], n;
    struct show_part parts[GEOMETRY_VIEWS_MAX];
    json_t *written;
};

static int
check_options(const struct show *s, const char *output, struct err *e)
{
    if (output == NULL)
        return err_set(e, ERR_INPUT,
                       "the output is not named; usage: doorlicht show TAPE -o OUT.png");
    if (s->plane != NULL && s->picture >= 0)
        return err_set(e, ERR_INPUT, "--plane and --picture exclude each other");
    if (s->plane != NULL && quantity_find(s->plane) < 0)
        return err_set(e, ERR_INPUT, "--plane: there is no quantity '%.40s'", s->plane);
    if (s->bits == 16 && s->plane == NULL)
        return err_set(e, ERR_INPUT, "--bits 16 goes with --plane");
    if (s->bits == 16 && (s->boxes || s->legend))
        return err_set(e, ERR_INPUT, "--boxes and --legend need 8 bits");
    if (s->crop && s->plane != NULL)
        return err_set(e, ERR_INPUT, "--crop goes with --picture");
    if (s->frame >= 0 && s->row >= 0)
        return err_set(e, ERR_INPUT, "--frame and --sinogram exclude each other");
    if (s->scale > 0 && s->width > 0)
        return err_set(e, ERR_INPUT, "--scale and --width exclude each other");
    return 0;
}

/* Whether the colours that lie in the tape are the ones that are wanted. */
static bool
has_colours(const struct job *j)
{
    const struct show *s = &j->show;
    bool standard = s->picture <= 0 && !isfinite(s->low) && !isfinite(s->high) && !s->automatic;

    return standard && tape_find(j->given, Q_COLOUR, s->view < 0 ? -1 : (int)s->view, -1) >= 0;
}

static int
choose_tape(struct job *j, struct tape **t, enum quantity *q, struct err *e)
{
    struct par *pool = NULL;

    *t = j->given;
    *q = j->show.plane != NULL ? (enum quantity)quantity_find(j->show.plane) : Q_COLOUR;
    if (j->show.plane != NULL || has_colours(j))
        return 0;
    if (par_open(&pool, (int)j->show.threads, e) != 0)
        return -1;
    int result = show_colours(&j->show, j->given, pool, &j->made, e);
    par_close(pool);
    *t = j->made;
    return result;
}

/* One part: a raster in its final form. */
static int
add_part(struct job *j, struct show_raster *r, struct err *e)
{
    int result = show_finish(&j->show, r, &j->parts[j->n], e);

    picture_free(&r->picture);
    j->n += result == 0;
    return result;
}

/* The quantity of a volume that is shown when nobody says which: what was made last. */
static int
volume_plane(const struct job *j)
{
    if (j->show.plane != NULL) {
        int plane = tape_find(j->given, (enum quantity)quantity_find(j->show.plane),
                              (int)j->show.view, (int)j->show.energy);
        return plane >= 0 && tape_plane(j->given, plane)->lattice == LATTICE_SLICE ? plane : -1;
    }
    for (int i = 0; j->show.picture < 0 && i < tape_planes(j->given); i++) {
        const struct plane_spec *p = tape_plane(j->given, i);
        if (p->lattice == LATTICE_SLICE && p->quantity != Q_POSE && p->quantity != Q_MASK &&
            (j->show.energy < 0 || p->energy == j->show.energy))
            return i;
    }
    return -1;
}

/* A volume from three sides, or the one that was asked for. */
static int
make_cuts(struct job *j, int plane, struct err *e)
{
    bool flat = tape_mark(j->given, plane) < 8; /* a few slices have no other sides */

    for (int cut = 0; cut < SHOW_CUTS; cut++) {
        struct show_raster r;
        if (j->show.cut >= 0 ? cut != j->show.cut : cut > 0 && (flat || j->show.frame >= 0))
            continue;
        if (show_slice(&j->show, j->given, j->given, plane, (enum show_cut)cut,
                       (enum show_slab)j->show.slab, &r, e) != 0 ||
            add_part(j, &r, e) != 0)
            return -1;
        j->views[j->n - 1] = cut;
    }
    return 0;
}

static int
make_parts(struct job *j, struct err *e)
{
    struct tape *t;
    enum quantity q;
    int plane = volume_plane(j), n;

    if (plane >= 0)
        return make_cuts(j, plane, e);
    if (choose_tape(j, &t, &q, e) != 0)
        return -1;
    n = show_views(&j->show, t, q, j->views);
    if (n == 0)
        return err_set(e, ERR_INPUT, "%s: no plane of %s%s", j->input, quantity_table[q].name,
                       j->show.view >= 0 || j->show.energy >= 0 ? " of this view and energy" : "");
    for (int i = 0; i < n; i++) {
        struct show_raster r;
        if (show_raster(&j->show, j->given, t, tape_find(t, q, j->views[i], (int)j->show.energy),
                        &r, e) != 0 ||
            add_part(j, &r, e) != 0)
            return -1;
    }
    return 0;
}

static int
save(struct job *j, const struct picture *p, double pixel_mm, const char *path, struct err *e)
{
    uint8_t *bytes;
    size_t n;

    if (picture_png(p, pixel_mm, &bytes, &n, e) != 0)
        return -1;
    int result = file_save(path, bytes, n, e);
    mem_free(bytes);
    if (result == 0)
        json_array_append_new(j->written,
                              json_pack("{s:s, s:i, s:i, s:f}", "file", path, "width", p->width,
                                        "height", p->height, "pixel_mm", pixel_mm));
    return result;
}

/* The name of a view's own picture: --output with the number for %d. */
static int
view_path(const struct job *j, int view, char path[1024], struct err *e)
{
    const char *percent = strstr(j->output, "%d");
    int n =
        snprintf(path, 1024, "%.*s%d%s", (int)(percent - j->output), j->output, view, percent + 2);

    return n < 1024 ? 0 : err_set(e, ERR_LIMIT, "--output: the path is too long");
}

static int
check_output(const struct job *j, struct err *e)
{
    char path[1024];

    if (strstr(j->output, "%d") == NULL)
        return cmd_output(j->output, e);
    for (int i = 0; i < GEOMETRY_VIEWS_MAX; i++)
        if (view_path(j, i, path, e) != 0 || cmd_output(path, e) != 0)
            return -1;
    return 0;
}

/* Views go to files of their own where the name has a %d, into one picture otherwise. */
static int
write_parts(struct job *j, struct err *e)
{
    const char *percent = strstr(j->output, "%d");
    struct picture all = {.pixels = NULL};
    char path[1024];

    for (int i = 0; percent != NULL && i < j->n; i++) {
        if (view_path(j, j->views[i], path, e) != 0 ||
            save(j, &j->parts[i].picture, j->parts[i].pixel_mm, path, e) != 0)
            return -1;
    }
    if (percent != NULL)
        return 0;
    if (j->n == 1)
        return save(j, &j->parts[0].picture, j->parts[0].pixel_mm, j->output, e);
    for (int i = 0; i < j->n; i++)
        if (j->parts[i].picture.kind == PICTURE_GREY16)
            return err_set(e, ERR_INPUT,
                           "%d views of 16 bits: name one with --view, or write each "
                           "to its own file with %%d in the name",
                           j->n);
        else if (show_colour(&j->parts[i].picture, e) != 0)
            return -1;
    if (show_join(j->parts, j->n, &all, e) != 0)
        return -1;
    int result = save(j, &all, j->parts[0].pixel_mm, j->output, e);
    picture_free(&all);
    return result;
}

static int
show_all(struct job *j, struct err *e)
{
    if (check_options(&j->show, j->output, e) != 0 || check_output(j, e) != 0 ||
        tape_load(j->input, true, &j->given, &j->report, e) != 0)
        return CMD_BAD;
    if (make_parts(j, e) != 0 || write_parts(j, e) != 0)
        return CMD_BAD;
    if (j->report.runs_bad > 0 || !j->report.sealed || j->report.refused != 0) {
        (void)err_set(e, ERR_DAMAGED, "%s: the tape %s; the picture shows what is whole", j->input,
                      j->report.refused == 0 ? "is damaged or not finished"
                                             : "cannot be read everywhere");
        return CMD_FOUND;
    }
    return CMD_OK;
}

static int
finish(struct job *j, int code, const struct err *e)
{
    if (code != CMD_OK)
        (void)cmd_fail(e);
    if (code != CMD_BAD && j->json && cmd_print_json(json_incref(j->written)) != CMD_OK)
        code = CMD_BAD;
    json_decref(j->written);
    for (int i = 0; i < j->n; i++)
        picture_free(&j->parts[i].picture);
    tape_free(j->made);
    tape_free(j->given);
    return code;
}

static const char *const bits_words[] = {"8", "16", NULL};

static struct job job = {.show = {.picture = -1,
                                  .view = -1,
                                  .energy = -1,
                                  .frame = -1,
                                  .row = -1,
                                  .cut = -1,
                                  .low = NAN,
                                  .high = NAN}};

static const struct cmd_option rows[] = {
    {.name = "output",
     .letter = 'o',
     .kind = CMD_TEXT,
     .to = &job.output,
     .argument = "FILE",
     .meaning = "the PNG to write (needed); %d in the name: one file a view"},
    {.name = "picture",
     .letter = 'p',
     .kind = CMD_CHOICE,
     .to = &job.show.picture,
     .argument = "KIND",
     .choices = show_picture_names,
     .meaning = "what to show, standard if not said"},
    {.name = "plane",
     .kind = CMD_TEXT,
     .to = &job.show.plane,
     .argument = "QUANTITY",
     .meaning = "show this plane as grey"},
    {.name = "view",
     .letter = 'v',
     .kind = CMD_WHOLE,
     .to = &job.show.view,
     .argument = "N",
     .min = 0,
     .max = GEOMETRY_VIEWS_MAX - 1,
     .meaning = "only this view"},
    {.name = "energy",
     .kind = CMD_WHOLE,
     .to = &job.show.energy,
     .argument = "N",
     .min = 0,
     .max = 2,
     .meaning = "of planes: 0 low, 1 high, 2 interlaced"},
    {.name = "frame",
     .kind = CMD_WHOLE,
     .to = &job.show.frame,
     .argument = "N",
     .min = 0,
     .max = TAPE_LINES_MAX,
     .meaning = "of projections: show this one; of a volume: this plane of the cut"},
    {.name = "cut",
     .kind = CMD_CHOICE,
     .to = &job.show.cut,
     .argument = "SIDE",
     .choices = show_cut_words,
     .meaning = "of a volume: seen along the belt, from above or from the side; all if not said"},
    {.name = "slab",
     .kind = CMD_CHOICE,
     .to = &job.show.slab,
     .argument = "KIND",
     .choices = show_slab_words,
     .meaning = "of a volume: one plane, or the maximum along the line of sight"},
    {.name = "sinogram",
     .kind = CMD_WHOLE,
     .to = &job.show.row,
     .argument = "ROW",
     .min = 0,
     .max = TAPE_ROWS_MAX,
     .meaning = "of projections: this row of all of them"},
    {.name = "low",
     .kind = CMD_NUMBER,
     .to = &job.show.low,
     .argument = "X",
     .min = -1e9,
     .max = 1e9,
     .meaning = "value at the light end of a picture, the dark end of a plane"},
    {.name = "high",
     .kind = CMD_NUMBER,
     .to = &job.show.high,
     .argument = "X",
     .min = -1e9,
     .max = 1e9,
     .meaning = "value at the other end"},
    {.name = "auto",
     .kind = CMD_FLAG,
     .to = &job.show.automatic,
     .meaning = "both from the values themselves"},
    {.name = "bits",
     .kind = CMD_CHOICE,
     .to = &job.bits,
     .argument = "N",
     .choices = bits_words,
     .meaning = "bits a pixel of planes"},
    {.name = "scale",
     .kind = CMD_NUMBER,
     .to = &job.show.scale,
     .argument = "X",
     .min = 0.001,
     .max = 64,
     .meaning = "finished pixels a sample"},
    {.name = "width",
     .kind = CMD_NUMBER,
     .to = &job.show.width,
     .argument = "PIXELS",
     .min = 1,
     .max = PICTURE_SIDE_MAX,
     .meaning = "of each view"},
    {.name = "boxes",
     .kind = CMD_FLAG,
     .to = &job.show.boxes,
     .meaning = "frame what is known to be hidden"},
    {.name = "crop", .kind = CMD_FLAG, .to = &job.show.crop, .meaning = "cut pictures to the item"},
    {.name = "legend",
     .kind = CMD_FLAG,
     .to = &job.show.legend,
     .meaning = "add a scale bar and what the colours mean"},
    {.name = "threads",
     .kind = CMD_WHOLE,
     .to = &job.show.threads,
     .argument = "N",
     .min = 0,
     .max = PAR_THREADS_MAX,
     .meaning = "0 = one per core; the picture is the same"},
    CMD_ROW_JSON(&job.json),
    {.name = NULL},
};

extern const struct command command_show;

static int
show_run(int argc, char **argv)
{
    struct err e = {.code = ERR_NONE};

    cmd_options(&command_show, rows, argc, argv, 1, 1);
    job.show.bits = job.bits == 1 ? 16 : 8;
    job.input = argv[0];
    job.written = json_array();
    return finish(&job, show_all(&job, &e), &e);
}

const struct command command_show = {
    .name = "show",
    .brief = "Write pictures of a tape as PNG",
    .usage = "TAPE",
    .run = show_run,
};
