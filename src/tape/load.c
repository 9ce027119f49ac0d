/* load: whole tapes and streams out of files. */
#include "base/arena.h"
#include "base/bytes.h"
#include "tape/layout.h"
#include "tape/reader.h"

#include <string.h>

#define LOAD_MAX ((uint64_t)16 << 30) /* bytes that a file may unfold to at once */

struct tape_source {
    struct reader reader;
    char *path;
    size_t next;
    bool hashes, taken;
    struct tape *tape;
};

bool
tape_report_whole(const struct tape_report *r)
{
    return r->sealed && r->runs_bad == 0 && r->flaws == 0 && r->n_losses == 0;
}

static void
add_loss(struct tape_report *report, int plane, int32_t first, int32_t end)
{
    if (first == end)
        return;
    if (report->n_losses < TAPE_LOSSES_MAX)
        report->loss[report->n_losses] =
            (struct tape_loss){.plane = plane, .first = first, .lines = end - first};
    report->n_losses++;
}

/* An empty tape with the planes of the file. */
static int
make_tape(const struct reader *r, int32_t ring, struct tape **t, struct err *e)
{
    struct plane_spec plane[TAPE_PLANES_MAX];

    memcpy(plane, r->head.plane, sizeof plane);
    for (int p = 0; p < r->head.n; p++) {
        if (ring > 0 && ring < plane[p].lines && plane[p].quantity != Q_POSE) {
            if (ring < 2 * r->head.run_lines[p])
                return err_set(e, ERR_LIMIT, "%s: a ring of %d lines is less than two runs of %d",
                               r->name, ring, r->head.run_lines[p]);
            plane[p].ring = ring;
            plane[p].scratch = true;
        }
    }
    return tape_new(plane, r->head.n, r->head.about, t, e) == 0 ? 0 : err_at(e, "%s", r->name);
}

static void
place_run(struct tape *t, const struct reader *r, const struct format_run *run)
{
    size_t line = run->plain / (uint64_t)run->lines;

    for (int32_t i = 0; i < run->lines; i++)
        memcpy(tape_line(t, run->plane, run->first + i), r->plain + (size_t)i * line, line);
}

static void
count_run(struct tape_report *report, const struct format_run *run)
{
    report->runs++;
    report->plain_bytes += run->plain;
    report->stored_bytes[run->plane] += FORMAT_RUN + run->stored;
}

/* Every run that can be read: into the tape (if any), and into the books. */
static void
read_runs(struct reader *r, struct tape *t, struct tape_report *report, struct merkle *m)
{
    int32_t expected[TAPE_PLANES_MAX] = {0};
    bool lost[TAPE_PLANES_MAX] = {false};
    struct err ignored;

    for (size_t i = 0; i < r->n_runs; i++) {
        const struct format_run *run = &r->runs[i].run;
        int p = run->plane;
        if (reader_run(r, i, true, &ignored) != 0) {
            report->runs_bad++;
            continue;
        }
        if (t != NULL)
            place_run(t, r, run);
        if (run->first > expected[p]) {
            add_loss(report, p, expected[p], run->first);
            lost[p] = true;
        }
        expected[p] = run->first + run->lines;
        if (!lost[p])
            report->mark[p] = expected[p];
        report->end[p] = expected[p];
        count_run(report, run);
        format_leaf_run(run, m);
    }
    for (int p = 0; p < r->head.n; p++)
        add_loss(report, p, expected[p], r->indexed ? r->mark[p] : r->head.plane[p].lines);
}

/* The root over what was found, with all planes sealed or none. */
static void
found_root(const struct reader *r, const struct tape_report *report, const struct merkle *runs,
           uint32_t seal, uint8_t root[HASH_BYTES])
{
    uint8_t marks[TAPE_PLANES_MAX * FORMAT_MARK];
    struct merkle m = *runs;

    for (int p = 0; p < r->head.n; p++) {
        bytes_put32(marks + p * FORMAT_MARK, (uint32_t)report->mark[p]);
        bytes_put32(marks + p * FORMAT_MARK + 4, seal);
    }
    format_leaf_marks(marks, r->head.n, &m);
    merkle_root(&m, root);
}

/* Without an index: if an end record's root is the root of what was found, then nothing is
 * missing. */
static bool
prove_whole(const struct reader *r, struct tape_report *report, const struct merkle *runs)
{
    for (uint32_t seal = 0; seal < 2; seal++) {
        found_root(r, report, runs, seal, report->root);
        if (r->rooted && memcmp(report->root, r->root, HASH_BYTES) == 0)
            return true;
    }
    return false;
}

static void
fill_report(struct reader *r, struct tape *t, struct tape_report *report)
{
    struct merkle m = {0};

    format_leaf_head(&r->head, &m);
    report->file_bytes = r->size;
    read_runs(r, t, report, &m);
    report->runs_bad += r->lost;
    report->flaws = r->flaws;
    if (r->indexed) {
        report->sealed = true;
        memcpy(report->root, r->root, HASH_BYTES);
    } else if (prove_whole(r, report, &m)) {
        report->sealed = true;
        report->flaws++; /* the index */
        report->n_losses = 0;
    }
}

static int
complain(const struct reader *r, const struct tape_report *report, struct err *e)
{
    const char *advice = "see doorlicht verify --salvage";

    if (report->n_losses > 0 && report->sealed) {
        const struct tape_loss *l = &report->loss[0];
        return err_set(e, ERR_DAMAGED,
                       "%s: damaged: %d runs are lost, first lines %d to %d of %s; %s", r->name,
                       report->runs_bad, l->first, l->first + l->lines - 1,
                       quantity_table[r->head.plane[l->plane].quantity].name, advice);
    }
    if (!report->sealed)
        return err_set(e, ERR_DAMAGED,
                       "%s: cut off or still being written: %d whole runs, no end; %s", r->name,
                       report->runs, advice);
    return err_set(e, ERR_DAMAGED, "%s: damaged in %d places, but no line is lost; %s", r->name,
                   report->flaws, advice);
}

int
load_open(struct reader *r, bool salvage, struct tape **keep, struct tape_report *out,
          struct err *e)
{
    struct tape_report *report = mem_zero(1, sizeof *report);
    struct tape *t = NULL;
    int result = -1;

    if (keep != NULL && make_tape(r, 0, &t, e) != 0)
        goto out;
    if (!r->indexed)
        reader_scan(r);
    fill_report(r, t, report);
    report->refused = r->refused;
    if (!salvage && reader_refusal(r, e) != 0)
        goto out;
    if (!salvage && !tape_report_whole(report)) {
        complain(r, report, e);
        goto out;
    }
    for (int p = 0; t != NULL && p < r->head.n; p++) {
        tape_set_mark(t, p, report->mark[p]);
        tape_seal(t, p);
    }
    if (keep != NULL) {
        *keep = t;
        t = NULL;
    }
    if (out != NULL)
        *out = *report;
    result = 0;
out:
    tape_free(t);
    mem_free(report);
    return result;
}

int
tape_load(const char *path, bool salvage, struct tape **t, struct tape_report *report,
          struct err *e)
{
    struct reader r;

    if (reader_open_path(path, LOAD_MAX, &r, e) != 0)
        return -1;
    int result = load_open(&r, salvage, t, report, e);
    reader_close(&r);
    return result;
}

int
tape_check(const char *path, struct tape_report *report, struct err *e)
{
    struct reader r;

    if (reader_open_path(path, LOAD_MAX, &r, e) != 0)
        return -1;
    int result = load_open(&r, true, NULL, report, e);
    reader_close(&r);
    return result;
}

int
tape_load_head(const char *path, struct tape **t, struct err *e)
{
    struct reader r;

    if (reader_open_path(path, TAPE_BYTES_MAX, &r, e) != 0)
        return -1;
    int result = make_tape(&r, 0, t, e);
    reader_close(&r);
    return result;
}

/* Poses into the tape, the rest into the books. */
static void
glance(struct reader *r, struct tape *t, struct tape_report *report)
{
    struct err ignored;

    report->sealed = true;
    report->file_bytes = r->size;
    memcpy(report->root, r->root, HASH_BYTES);
    for (size_t i = 0; i < r->n_runs; i++) {
        const struct format_run *run = &r->runs[i].run;
        report->end[run->plane] = report->mark[run->plane] = run->first + run->lines;
        count_run(report, run);
        if (r->head.plane[run->plane].quantity != Q_POSE ||
            tape_mark(t, run->plane) != run->first || reader_run(r, i, true, &ignored) != 0)
            continue;
        place_run(t, r, run);
        tape_set_mark(t, run->plane, run->first + run->lines);
    }
    report->flaws = r->flaws;
}

int
tape_glance(const char *path, struct tape **out, struct tape_report *report, struct err *e)
{
    struct reader r;
    struct tape *t = NULL;
    int result = -1;

    if (reader_open_path(path, LOAD_MAX, &r, e) != 0)
        return -1;
    if (!r.indexed) {
        result = load_open(&r, true, &t, report, e);
    } else if (make_tape(&r, 0, &t, e) == 0) {
        memset(report, 0, sizeof *report);
        glance(&r, t, report);
        result = 0;
    }
    if (result == 0)
        result = reader_refusal(&r, e);
    if (result == 0)
        *out = t;
    else
        tape_free(t);
    reader_close(&r);
    return result;
}

int
tape_source_open(const char *path, int32_t ring, bool hashes, struct tape_source **out,
                 struct err *e)
{
    struct tape_source *s = mem_zero(1, sizeof *s);

    s->hashes = hashes;
    s->path = mem_zero(strlen(path) + 1, 1);
    memcpy(s->path, path, strlen(path));
    if (reader_open_path(s->path, TAPE_BYTES_MAX, &s->reader, e) != 0)
        goto fail;
    if (reader_refusal(&s->reader, e) != 0)
        goto fail;
    if (!s->reader.indexed || s->reader.flaws > 0) {
        err_set(e, ERR_DAMAGED, "%s: cut off, damaged or still being written; see doorlicht verify",
                path);
        goto fail;
    }
    if (make_tape(&s->reader, ring, &s->tape, e) != 0)
        goto fail;
    *out = s;
    return 0;
fail:
    tape_source_close(s);
    return -1;
}

void
tape_source_close(struct tape_source *s)
{
    if (s == NULL)
        return;
    if (!s->taken)
        tape_free(s->tape);
    reader_close(&s->reader);
    mem_free(s->path);
    mem_free(s);
}

struct tape *
tape_source_tape(struct tape_source *s)
{
    return s->tape;
}

void
tape_source_root(const struct tape_source *s, uint8_t root[HASH_BYTES])
{
    memcpy(root, s->reader.root, HASH_BYTES);
}

struct tape *
tape_source_take(struct tape_source *s)
{
    s->taken = true;
    return s->tape;
}

static void
seal_ended(struct tape_source *s)
{
    for (int p = 0; p < s->reader.head.n; p++)
        if (!tape_sealed(s->tape, p) && tape_mark(s->tape, p) == s->reader.mark[p])
            tape_seal(s->tape, p);
}

int
tape_source_next(struct tape_source *s, struct err *e)
{
    seal_ended(s);
    if (s->next == s->reader.n_runs)
        return 0;
    const struct format_run *run = &s->reader.runs[s->next].run;
    if (reader_run(&s->reader, s->next, s->hashes, e) != 0)
        return -1;
    if (s->reader.flaws > 0)
        return err_set(e, ERR_DAMAGED, "%s: the header of a run is damaged; see doorlicht verify",
                       s->reader.name);
    place_run(s->tape, &s->reader, run);
    tape_set_mark(s->tape, run->plane, run->first + run->lines);
    seal_ended(s);
    s->next++;
    return 1;
}
