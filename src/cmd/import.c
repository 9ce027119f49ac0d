/* import: measured frames into a tape. Darks, flats and the item become lines of one plane, told
 * apart by their poses, so that `calibrate` and `run` need nothing else. */
#include "cmd/import.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "cmd/frames.h"
#include "tape/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One run of import. */
struct job {
    const char *sidecar, *folder, *output;
    char own_folder[1024];
    struct text text;
    struct sidecar s;
    struct frames *frames[SIDECAR_SERIES_MAX];
    int64_t count[3]; /* frames per role */
    int32_t rows, cols;
    float *angle_deg; /* one per projection */
    char *machine;    /* the scanner's description, or NULL */
    struct tape *tape;
    uint8_t root[HASH_BYTES];
    struct cmd_progress progress;
};

static const char *const role_word[] = {"dark", "flat", "item"};

enum { PLANE_POSE, PLANE_LOW, PLANE_HIGH };

static int
open_series(struct job *j, struct err *e)
{
    for (int i = 0; i < j->s.n; i++) {
        const struct sidecar_series *x = &j->s.series[i];
        int32_t rows, cols;
        if (frames_open(&j->text, x, j->folder, &j->frames[i], e) != 0)
            return -1;
        frames_size(j->frames[i], &rows, &cols);
        if (j->s.line && x->tiff) {
            /* a TIFF of a line scanner is one picture: its rows are the lines */
            return text_error(&j->text, x->at, e, "line scanners are read from raw files only");
        }
        if (i > 0 && (rows != j->rows || cols != j->cols))
            return text_error(&j->text, x->at, e,
                              "%d x %d pixels, but the first source has %d x %d", rows, cols,
                              j->rows, j->cols);
        j->rows = rows;
        j->cols = cols;
        j->count[x->role] += frames_count(j->frames[i]);
    }
    if (j->count[0] + j->count[1] + j->count[2] > TAPE_LINES_MAX)
        return text_error(&j->text, j->s.series[0].at, e, "more than %d frames in all",
                          TAPE_LINES_MAX);
    if (j->rows % j->s.energies != 0)
        return text_error(&j->text, j->s.series[0].at, e,
                          "%d rows cannot be halved into low and high", j->rows);
    return 0;
}

static int
spread_angles(struct job *j)
{
    const double *a = j->s.angle_deg;
    int64_t n = j->count[SIDECAR_ITEM];

    for (int64_t i = 0; i < n; i++)
        j->angle_deg[i] = (float)(a[0] + (n < 2 ? 0 : (double)i / (double)(n - 1) * (a[1] - a[0])));
    return 0;
}

/* As many numbers as there are projections, apart by white space. */
static int
parse_angles(struct job *j, const char *path, const char *bytes, struct err *e)
{
    int64_t n = 0, want = j->count[SIDECAR_ITEM];

    for (const char *p = bytes; *(p += strspn(p, " \t\r\n")) != '\0'; n++) {
        char *end;
        double v = strtod(p, &end);
        if (end == p || strchr(" \t\r\n", *end) == NULL)
            return text_error(&j->text, j->s.angles, e, "%s: word %lld is not a number", path,
                              (long long)n + 1);
        if (n < want)
            j->angle_deg[n] = (float)v;
        p = end;
    }
    return n == want ? 0
                     : text_error(&j->text, j->s.angles, e, "%s: %lld angles, but %lld projections",
                                  path, (long long)n, (long long)want);
}

static int
load_angles(struct job *j, struct err *e)
{
    char path[1024];
    uint8_t *bytes;
    size_t n, want = (size_t)j->count[SIDECAR_ITEM];
    int result = 0;

    j->angle_deg = mem_zero(want, sizeof *j->angle_deg);
    if (j->s.angle_file == NULL)
        return spread_angles(j);
    if (frames_path(j->folder, j->s.angle_file, path, e) != 0)
        return -1;
    if (file_load(path, (size_t)TAPE_LINES_MAX * (j->s.angle_text ? 16 : 4), &bytes, &n, e) != 0) {
        struct err inner = *e;
        return text_error(&j->text, j->s.angles, e, "%s", inner.text);
    }
    if (j->s.angle_text)
        result = parse_angles(j, path, (const char *)bytes, e);
    else if (n == want * 4)
        memcpy(j->angle_deg, bytes, n);
    else
        result = text_error(&j->text, j->s.angles, e,
                            "%s: %zu bytes, but %zu projections need 4 bytes each", path, n, want);
    mem_free(bytes);
    for (size_t i = 0; result == 0 && i < want; i++)
        if (!(j->angle_deg[i] >= -36000 && j->angle_deg[i] <= 36000))
            return text_error(&j->text, j->s.angles, e, "%s: angle %zu is %g", path, i + 1,
                              (double)j->angle_deg[i]);
    return result;
}

static int
load_machine(struct job *j, struct err *e)
{
    char path[1024];
    struct text t;
    uint8_t *bytes;
    size_t n;

    if (j->s.scanner == NULL)
        return 0;
    if (frames_path(j->folder, j->s.scanner, path, e) != 0 ||
        file_load(path, TAPE_ABOUT_MAX / 2, &bytes, &n, e) != 0)
        return -1;
    int result = text_parse(&t, path, (const char *)bytes, n, e);
    if (result == 0)
        text_free(&t);
    j->machine = (char *)bytes; /* file_load adds the terminator */
    return result;
}

/* The tape's own account of where it comes from. */
static void
print_about(const struct job *j, FILE *f)
{
    const struct sidecar *s = &j->s;

    fprintf(f, "item \"%s\"\nimport {\n", s->name);
    for (int i = 0; i < s->n; i++)
        fprintf(f, "    source %s \"%s\" %lld\n", role_word[s->series[i].role],
                s->series[i].pattern, (long long)frames_count(j->frames[i]));
    fprintf(f, "    geometry %s {\n", s->geometry->arg[0]);
    for (const struct text_node *n = s->geometry->first; n != NULL; n = n->next)
        fprintf(f, "        %s %s\n", n->word, n->arg[0]); /* each was checked to have one */
    fprintf(f, "    }\n}\n%s", j->machine == NULL ? "" : j->machine);
}

static int
make_tape(struct job *j, struct err *e)
{
    bool line = j->s.line;
    enum quantity sample = j->s.attenuation ? Q_ATTENUATION : Q_COUNTS_F32;
    struct plane_spec plane = {.quantity = line ? Q_COUNTS : sample,
                               .lattice = line ? LATTICE_LINE : LATTICE_PROJ,
                               .rows = j->rows / j->s.energies,
                               .cols = j->cols};
    struct plane_spec specs[3] = {plane, plane, plane};
    char *about = NULL;
    size_t n = 0;

    plane.lines = (int32_t)(j->count[0] + j->count[1] + j->count[2]);
    for (int i = 0; i < 3; i++)
        specs[i].lines = specs[i].ring = plane.lines;
    specs[PLANE_POSE].quantity = Q_POSE;
    specs[PLANE_POSE].rows = specs[PLANE_POSE].cols = 1;
    specs[PLANE_HIGH].energy = 1;
    FILE *f = open_memstream(&about, &n);
    if (f == NULL)
        return err_errno(e, "cannot make a text");
    print_about(j, f);
    int result =
        text_close(f, e) != 0 ? -1 : tape_new(specs, 1 + j->s.energies, about, &j->tape, e);
    mem_free(about);
    return result;
}

static struct pose
pose_of(const struct job *j, enum sidecar_role role, int64_t line, int64_t i)
{
    static const uint32_t flags[] = {POSE_DARK, POSE_AIR, 0};
    struct pose p = {.flags = flags[role], .t_ns = line * 1000000};

    if (j->s.line) {
        p.t_ns = (int64_t)((double)line * j->s.line_ms * 1e6 + 0.5);
        p.belt_mm = role == SIDECAR_ITEM ? (float)((double)i * j->s.line_mm) : 0;
    } else if (role == SIDECAR_ITEM) {
        const double *belt = j->s.belt_mm;
        int64_t last = j->count[SIDECAR_ITEM] - 1;
        p.gantry_rad = (float)((double)j->angle_deg[i] * (NUM_PI / 180));
        p.belt_mm =
            (float)(belt[0] + (last < 1 ? 0 : (double)i / (double)last * (belt[1] - belt[0])));
    }
    return p;
}

/* A frame of a line scanner becomes counts; they must fit the 20 bits of a detector sample. */
static int
put_counts(struct job *j, const struct sidecar_series *x, const float *frame, int32_t line,
           struct err *e)
{
    int32_t rows = j->rows / j->s.energies;

    for (int k = 0; k < j->s.energies; k++) {
        uint32_t *out = tape_line(j->tape, PLANE_LOW + k, line);
        for (int32_t r = 0; r < rows; r++) {
            float v = frame[k * rows + r];
            if (!(v >= 0 && v <= 1048575 && v == (float)(uint32_t)v))
                return text_error(&j->text, x->at, e,
                                  "line %d, row %d: %g is not a whole number of 20 bits", line, r,
                                  (double)v);
            out[r] = (uint32_t)v;
        }
    }
    return 0;
}

/* Lines of one series; *line goes on, *item counts the frames of its role. */
static int
put_series(struct job *j, int i, int32_t *line, int64_t *item, struct err *e)
{
    const struct sidecar_series *x = &j->s.series[i];
    size_t n = (size_t)j->rows * (size_t)j->cols;
    float *frame = mem_zero(n, sizeof *frame);
    int result = -1;

    for (int64_t k = 0; k < frames_count(j->frames[i]); k++, ++*line, ++*item) {
        *(struct pose *)tape_line(j->tape, PLANE_POSE, *line) = pose_of(j, x->role, *line, *item);
        if (frames_read(j->frames[i], k, frame, e) != 0)
            goto out;
        if (!j->s.line)
            memcpy(tape_line(j->tape, PLANE_LOW, *line), frame, n * sizeof *frame);
        else if (put_counts(j, x, frame, *line, e) != 0)
            goto out;
        for (int p = 0; p <= j->s.energies; p++)
            tape_set_mark(j->tape, p, *line + 1);
        cmd_progress_step(&j->progress, *line + 1);
    }
    result = 0;
out:
    mem_free(frame);
    return result;
}

static int
fill_tape(struct job *j, struct err *e)
{
    int32_t line = 0;

    cmd_progress_start(&j->progress, "import", j->count[0] + j->count[1] + j->count[2]);
    for (int role = SIDECAR_DARK; role <= SIDECAR_ITEM; role++) {
        int64_t item = 0;
        for (int i = 0; i < j->s.n; i++)
            if (j->s.series[i].role == (enum sidecar_role)role &&
                put_series(j, i, &line, &item, e) != 0)
                return -1;
    }
    for (int p = 0; p <= j->s.energies; p++)
        tape_seal(j->tape, p);
    cmd_progress_end(&j->progress);
    return 0;
}

/* The tape in memory. */
static int
import_make(struct job *j, struct err *e)
{
    const char *slash = strrchr(j->sidecar, '/');

    snprintf(j->own_folder, sizeof j->own_folder, "%.*s",
             slash == NULL ? 0 : (int)(slash - j->sidecar), j->sidecar);
    if (j->folder == NULL)
        j->folder = j->own_folder;
    if (text_load(&j->text, j->sidecar, e) != 0 || sidecar_read(&j->text, &j->s, e) != 0 ||
        open_series(j, e) != 0 || load_machine(j, e) != 0)
        return -1;
    if (!j->s.line && load_angles(j, e) != 0)
        return -1;
    return make_tape(j, e) != 0 || fill_tape(j, e) != 0 ? -1 : 0;
}

static void
job_free(struct job *j)
{
    tape_free(j->tape);
    for (int i = 0; i < j->s.n; i++)
        frames_close(j->frames[i]);
    mem_free(j->angle_deg);
    mem_free(j->machine);
    text_free(&j->text);
}

int
import_tape(const char *sidecar, const char *folder, const struct cmd_progress *progress,
            struct tape **out, struct err *e)
{
    struct job j = {.sidecar = sidecar, .folder = folder, .progress = *progress};
    int result = import_make(&j, e);

    *out = NULL;
    if (result == 0) {
        *out = j.tape;
        j.tape = NULL;
    }
    job_free(&j);
    return result;
}

static int
report(const struct job *j, bool json)
{
    if (json)
        return cmd_print_json(json_pack(
            "{s:s, s:s, s:I, s:I, s:I, s:i, s:i, s:i}", "tape", j->output, "item", j->s.name,
            "darks", (json_int_t)j->count[SIDECAR_DARK], "flats",
            (json_int_t)j->count[SIDECAR_FLAT], "frames", (json_int_t)j->count[SIDECAR_ITEM],
            "rows", j->rows / j->s.energies, "cols", j->cols, "energies", j->s.energies));
    printf("%s: %lld darks, %lld flats, %lld %s of %d x %d\n", cmd_shown(j->output),
           (long long)j->count[SIDECAR_DARK], (long long)j->count[SIDECAR_FLAT],
           (long long)j->count[SIDECAR_ITEM], j->s.line ? "lines" : "projections", j->rows,
           j->cols);
    return CMD_OK;
}

static int
import_run(int argc, char **argv)
{
    extern const struct command command_import;
    struct job j = {.folder = NULL};
    struct err e;
    bool json = false;
    const struct cmd_option rows[] = {
        {.name = "output",
         .letter = 'o',
         .kind = CMD_TEXT,
         .to = &j.output,
         .argument = "FILE",
         .meaning = "the tape to write (needed)"},
        {.name = "data",
         .kind = CMD_TEXT,
         .to = &j.folder,
         .argument = "FOLDER",
         .meaning = "where the sidecar's file names start; without it, the sidecar's own folder"},
        CMD_ROW_JSON(&json),
        CMD_ROWS_PROGRESS(&j.progress),
        {.name = NULL},
    };

    cmd_options(&command_import, rows, argc, argv, 1, 1);
    j.sidecar = argv[0];
    if (j.output == NULL)
        return cmd_bad("the output is not named; usage: doorlicht import SIDECAR -o OUT.tape");
    int code = cmd_output(j.output, &e) != 0 || import_make(&j, &e) != 0 ||
                       tape_save(j.output, j.tape, j.root, &e) != 0
                   ? cmd_fail(&e)
                   : report(&j, json);
    job_free(&j);
    return code;
}

const struct command command_import = {
    .name = "import",
    .brief = "Make a tape from measured frames: TIFF stacks or raw files with a sidecar",
    .usage = "SIDECAR",
    .run = import_run,
};
