/* salvage_test: files cut anywhere, with any byte wrong, with pieces missing, doubled or invented.
 * What is given back is always what was written; what is lost is named. */
#include "tape/file_test.h"

#include "base/bytes.h"
#include "base/file.h"
#include "tape/reader.h"

#include <assert.h>

#include <sys/mman.h>

static uint8_t *whole; /* the sample's file */
static size_t whole_n;
static struct tape *sample;
static struct reader_run *runs; /* where its runs are */
static size_t n_runs;
static size_t head_bytes, index_at;

static int
memory_file(const uint8_t *bytes, size_t n)
{
    int fd = memfd_create("file", MFD_CLOEXEC);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    return fd;
}

/* 0 and a tape, or -1 and a sentence. */
static int
load(const uint8_t *bytes, size_t n, bool salvage, struct tape **t, struct tape_report *report,
     struct err *e)
{
    struct reader r;
    e->text[0] = '\0';
    if (reader_open(memory_file(bytes, n), "x.tape", 1 << 24, &r, e) != 0)
        return -1;
    int result = load_open(&r, salvage, t, report, e);
    reader_close(&r);
    return result;
}

/* Line i of plane p of the file, as it was. */
static const void *
truth(int p, int32_t i)
{
    return tape_read(sample, p < 5 ? p : p + 1, i); /* plane 5 is scratch */
}

static bool
is_lost(const struct tape_report *r, int p, int32_t i)
{
    for (int k = 0; k < r->n_losses && k < TAPE_LOSSES_MAX; k++)
        if (r->loss[k].plane == p && i >= r->loss[k].first &&
            i < r->loss[k].first + r->loss[k].lines)
            return true;
    return false;
}

/* Everything that is not named lost is right; returns the number of such lines. */
static int
check_salvaged(const struct tape *t, const struct tape_report *r)
{
    int lines = 0;
    for (int p = 0; p < tape_planes(t); p++) {
        bool lost = false;
        for (int32_t i = 0; i < tape_plane(t, p)->lines; i++) {
            bool gone = is_lost(r, p, i);
            lost |= gone;
            if (i < tape_mark(t, p))
                assert_false(lost);
            if (gone || i >= tape_mark(sample, p < 5 ? p : p + 1))
                continue;
            assert_memory_equal(tape_read(t, p, i), truth(p, i), tape_line_bytes(t, p));
            lines++;
        }
    }
    return lines;
}

static int
setup(void **state)
{
    (void)state;
    char path[] = "/tmp/doorlicht-salvage-XXXXXX";
    struct err e;
    struct reader r;
    uint8_t root[HASH_BYTES];
    close(mkstemp(path));
    sample = sample_full();
    if (tape_save(path, sample, root, &e) != 0 || file_load(path, 1 << 24, &whole, &whole_n, &e))
        return -1;
    if (reader_open_path(path, 1 << 24, &r, &e) != 0)
        return -1;
    head_bytes = r.head.n_bytes;
    n_runs = r.n_runs;
    runs = mem_zero(n_runs, sizeof *runs);
    memcpy(runs, r.runs, n_runs * sizeof *runs);
    index_at = runs[n_runs - 1].at + FORMAT_RUN + runs[n_runs - 1].run.stored;
    reader_close(&r);
    unlink(path);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    tape_free(sample);
    mem_free(whole);
    mem_free(runs);
    return 0;
}

/* The run whose payload holds the byte, or -1. */
static int
payload_at(size_t at)
{
    for (size_t i = 0; i < n_runs; i++)
        if (at >= runs[i].at + FORMAT_RUN && at < runs[i].at + FORMAT_RUN + runs[i].run.stored)
            return (int)i;
    return -1;
}

static void
flip(uint8_t *bytes, size_t at, int bit, int *losses)
{
    struct err e;
    struct tape *t;
    struct tape_report report;
    int run = payload_at(at);

    bytes[at] ^= (uint8_t)(1 << bit);
    if (load(bytes, whole_n, false, &t, &report, &e) == 0)
        fail_msg("bit %d of byte %zu (run %d) may flip unseen", bit, at, run);
    assert_int_equal(e.code, ERR_DAMAGED);
    if (load(bytes, whole_n, true, &t, &report, &e) != 0)
        fail_msg("byte %zu, bit %d: %s", at, bit, e.text);
    check_salvaged(t, &report);
    tape_free(t);
    assert_true(report.sealed); /* by the index, or by the root in an end record */
    if (report.flaws > 0)
        run = -1; /* a few bits of a zstd frame mean nothing; seen, but no loss */
    assert_int_equal(report.runs, (int)n_runs - (run >= 0));
    assert_int_equal(report.n_losses, run >= 0);
    if (run >= 0) {
        assert_int_equal(report.loss[0].plane, runs[run].run.plane);
        assert_int_equal(report.loss[0].first, runs[run].run.first);
        assert_int_equal(report.loss[0].lines, runs[run].run.lines);
        ++*losses;
    } else {
        assert_true(report.flaws > 0);
    }
    bytes[at] ^= (uint8_t)(1 << bit);
}

/* One wrong bit costs one run at most, and nothing outside a payload costs anything. */
static void
test_every_flip(void **state)
{
    (void)state;
    uint8_t *bytes = mem_zero(whole_n, 1);
    struct rng r = rng_start(4, 0);
    int losses = 0;

    memcpy(bytes, whole, whole_n);
    for (size_t at = 0; at < head_bytes; at += 1 + (size_t)rng_below(&r, 40))
        flip(bytes, at, rng_below(&r, 8), &losses);
    for (size_t i = 0; i < n_runs; i += 3)
        for (size_t k = 0; k < FORMAT_RUN + 40; k += 1 + (size_t)rng_below(&r, 9))
            flip(bytes, runs[i].at + k, rng_below(&r, 8), &losses);
    for (size_t at = index_at; at < whole_n; at += 1 + (size_t)rng_below(&r, 40))
        flip(bytes, at, rng_below(&r, 8), &losses);
    for (int i = 0; i < 300; i++)
        flip(bytes, (size_t)rng_below(&r, (int)whole_n), rng_below(&r, 8), &losses);
    assert_true(losses > 250);
    mem_free(bytes);
}

/* Cut anywhere: every run in front of the cut is there. */
static void
test_every_cut(void **state)
{
    (void)state;
    struct rng r = rng_start(5, 0);
    for (int i = 0; i < 300; i++) {
        struct err e;
        struct tape *t;
        struct tape_report report;
        size_t n = i < 100 ? runs[i % n_runs].at + (size_t)(i / n_runs) * 40
                           : (size_t)rng_below(&r, (int)whole_n);
        int expected = 0;
        for (size_t k = 0; k < n_runs; k++)
            expected += runs[k].at + FORMAT_RUN + runs[k].run.stored <= n;
        assert_int_equal(load(whole, n, false, &t, &report, &e), -1);
        assert_true(e.text[0] != '\0');
        int result = load(whole, n, true, &t, &report, &e);
        if (n < head_bytes) {
            assert_int_equal(result, -1);
            continue;
        }
        assert_int_equal(result, 0);
        assert_int_equal(report.runs, expected);
        check_salvaged(t, &report);
        assert_int_equal(report.sealed, n >= index_at + FORMAT_END); /* the first end record */
        assert_true(report.sealed ? report.n_losses == 0 : report.n_losses > 0);
        tape_free(t);
    }
}

/* Bytes missing or inserted in the middle: what comes behind them is found again. */
static void
test_shifted(void **state)
{
    (void)state;
    uint8_t *bytes = mem_zero(whole_n + 1000, 1);
    struct rng r = rng_start(6, 0);
    for (int i = 0; i < 200; i++) {
        struct err e;
        struct tape *t;
        struct tape_report report;
        size_t at = head_bytes + (size_t)rng_below(&r, (int)(index_at - head_bytes - 1000));
        size_t k = 1 + (size_t)rng_below(&r, 900), n;
        memcpy(bytes, whole, at);
        if (i % 2 == 0) { /* missing */
            memcpy(bytes + at, whole + at + k, whole_n - at - k);
            n = whole_n - k;
        } else { /* inserted */
            memset(bytes + at, 'x', k);
            memcpy(bytes + at + k, whole + at, whole_n - at);
            n = whole_n + k;
        }
        assert_int_equal(load(bytes, n, false, &t, &report, &e), -1);
        assert_int_equal(load(bytes, n, true, &t, &report, &e), 0);
        int lines = check_salvaged(t, &report);
        int hit = 0, lost = 0; /* runs that the missing bytes touched, and their lines */
        for (size_t q = 0; q < n_runs; q++) {
            uint64_t end = runs[q].at + FORMAT_RUN + runs[q].run.stored;
            bool touched =
                i % 2 == 0 ? runs[q].at < at + k && end > at : runs[q].at < at && end > at;
            hit += touched;
            lost += touched ? runs[q].run.lines : 0;
        }
        assert_true(report.sealed); /* the index has moved, but is there */
        assert_int_equal(report.runs, (int)n_runs - hit);
        assert_int_equal(report.runs_bad, hit);
        assert_int_equal(lines, SAMPLE_ALL_LINES - lost);
        tape_free(t);
    }
    mem_free(bytes);
}

/* A head that promises too much, with its hash right: one sentence, nothing allocated. */
static void
test_bombs(void **state)
{
    (void)state;
    struct err e;
    struct tape *t;
    struct tape_report report;
    struct plane_spec huge = {
        .quantity = Q_COUNTS, .rows = TAPE_ROWS_MAX, .cols = 60, .lines = TAPE_LINES_MAX >> 6};
    struct tape *source;
    struct format_head h;
    int map[TAPE_PLANES_MAX];
    assert_int_equal(tape_new(&huge, 1, "", &source, &e), 0);
    assert_int_equal(format_head_make(source, &h, map, &e), 0);
    assert_int_equal(load(h.bytes, h.n_bytes, true, &t, &report, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
    assert_non_null(strstr(e.text, "unfolds to"));
    format_head_free(&h);
    tape_free(source);
}

/* A run of another scan inside a payload, or behind the end, is not ours. */
static void
test_strange_runs(void **state)
{
    (void)state;
    struct err e;
    struct tape *t;
    struct tape_report report;
    size_t first = runs[0].at, run = runs[1].at - first, n = index_at + run;
    uint8_t *bytes = mem_zero(n, 1);

    memcpy(bytes, whole, index_at);
    memcpy(bytes + index_at, whole + first, run); /* the first run again: a doubled one */
    assert_int_equal(load(bytes, n, true, &t, &report, &e), 0);
    assert_int_equal(report.runs, (int)n_runs);
    check_salvaged(t, &report);
    tape_free(t);
    struct format_head other = {.n = tape_planes(sample)};
    memcpy(bytes + index_at, whole + first, run);
    struct format_run r = runs[0].run; /* right in itself, but bound to another head */
    struct reader rd;
    assert_int_equal(reader_open(memory_file(whole, whole_n), "x", 1 << 24, &rd, &e), 0);
    other = rd.head;
    other.hash[0] ^= 1;
    r.first = 0;
    format_run_put(&other, &r, bytes + first);
    assert_int_equal(load(bytes, index_at, true, &t, &report, &e), 0);
    assert_int_equal(report.runs, (int)n_runs - 1);
    check_salvaged(t, &report);
    tape_free(t);
    reader_close(&rd);
    mem_free(bytes);
}

/* A damaged file through a source: an error, or (by the checksums of the fast way) the right lines.
 */
static bool
stream(const char *path, bool hashes)
{
    struct err e;
    struct tape_source *s;
    int32_t seen[TAPE_PLANES_MAX] = {0};
    int result;

    if (tape_source_open(path, 128, hashes, &s, &e) != 0)
        return false;
    struct tape *t = tape_source_tape(s);
    while ((result = tape_source_next(s, &e)) == 1)
        for (int p = 0; p < tape_planes(t); p++)
            for (; seen[p] < tape_mark(t, p); seen[p]++)
                assert_memory_equal(tape_read(t, p, seen[p]), truth(p, seen[p]),
                                    tape_line_bytes(t, p));
    tape_source_close(s);
    return result == 0;
}

static void
test_source_on_damage(void **state)
{
    (void)state;
    struct err e;
    struct rng r = rng_start(8, 0);
    char path[] = "/tmp/doorlicht-salvage-XXXXXX";
    uint8_t *bytes = mem_zero(whole_n, 1);
    int through = 0;

    close(mkstemp(path));
    memcpy(bytes, whole, whole_n);
    for (int i = 0; i < 200; i++) {
        size_t at = (size_t)rng_below(&r, (int)whole_n);
        bytes[at] ^= (uint8_t)(1 << rng_below(&r, 8));
        FILE *f = fopen(path, "wb");
        assert_int_equal(fwrite(bytes, 1, whole_n, f), whole_n);
        fclose(f);
        assert_false(stream(path, true));
        through += stream(path, false);
        bytes[at] = whole[at];
    }
    assert_true(through < 20); /* bits that mean nothing to zstd */
    assert_int_equal(file_save(path, whole, whole_n, &e), 0);
    assert_true(stream(path, true));
    assert_true(stream(path, false));
    unlink(path);
    mem_free(bytes);
}

/* What is left can be saved, and says what it lacks. */
static void
test_salvage(void **state)
{
    (void)state;
    struct err e;
    struct tape *t, *poses;
    struct tape_report report;
    char path[] = "/tmp/doorlicht-salvage-XXXXXX";
    uint8_t *bytes = mem_zero(whole_n, 1), root[HASH_BYTES];

    memcpy(bytes, whole, whole_n);
    for (size_t i = 0; i < n_runs; i++) /* counts 64-127 of plane 1, poses 128-191 */
        if ((runs[i].run.plane == 1 && runs[i].run.first == 64) ||
            (runs[i].run.plane == 0 && runs[i].run.first == 128))
            bytes[runs[i].at + FORMAT_RUN + 20] ^= 1;
    close(mkstemp(path));
    assert_int_equal(file_save(path, bytes, whole_n, &e), 0);
    assert_int_equal(tape_load(path, false, &t, NULL, &e), -1);
    assert_int_equal(e.code, ERR_DAMAGED);
    assert_int_equal(tape_salvage(path, &t, &report, &e), 0);
    assert_int_equal(report.n_losses, 2);
    assert_non_null(strstr(tape_about(t), "lost counts view 0 energy 0 lines 64 to 127\n"));
    for (int32_t i = 0; i < SAMPLE_LINES; i++) {
        const struct pose *p = tape_read(t, 0, i);
        bool gone = i >= 64 && i < 192;
        assert_int_equal((p->flags & POSE_MISSING) != 0, gone);
        assert_near((double)p->t_ns, i * 1e6, 100);
        assert_near((double)p->belt_mm, i * 0.8, 1e-3);
        assert_int_equal(((const uint32_t *)tape_read(t, 1, i))[3] == 0, i >= 64 && i < 128);
    }
    assert_int_equal(tape_mark(t, 1), SAMPLE_LINES);
    assert_int_equal(tape_save(path, t, root, &e), 0); /* the rest is a whole tape again */
    tape_free(t);
    assert_int_equal(tape_glance(path, &poses, &report, &e), 0);
    assert_true(tape_report_whole(&report));
    assert_memory_equal(report.root, root, HASH_BYTES);
    assert_int_equal(report.end[1], SAMPLE_LINES);
    assert_int_equal(tape_mark(poses, 0), SAMPLE_LINES);
    assert_int_equal(tape_mark(poses, 1), 0);
    tape_free(poses);
    unlink(path);
    mem_free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_flip),   cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_shifted),      cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_strange_runs), cmocka_unit_test(test_source_on_damage),
        cmocka_unit_test(test_salvage),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
