/* file_test: what is written is read; kills in the middle do not change a byte. */
#include "tape/file_test.h"

#include "base/file.h"
#include "tape/codec.h"

#include <assert.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char folder[] = "/tmp/doorlicht-tape-XXXXXX";
static char path_a[64], path_b[64], part_b[64];

static void
good(int result, const struct err *e)
{
    if (result != 0)
        fail_msg("%s", e->text);
}

/* Plane p of `t` as saved: scratch planes are left out. */
static int
original(const struct tape *t, int p)
{
    for (int i = 0; i < tape_planes(t); i++)
        if (!tape_plane(t, i)->scratch && p-- == 0)
            return i;
    return -1;
}

static void
assert_same_tape(const struct tape *got, const struct tape *want)
{
    int lines = 0;
    assert_int_equal(tape_planes(got), SAMPLE_PLANES - 1);
    assert_string_equal(tape_about(got), tape_about(want));
    for (int p = 0; p < tape_planes(got); p++) {
        int q = original(want, p);
        assert_int_equal(tape_plane(got, p)->quantity, tape_plane(want, q)->quantity);
        assert_int_equal(tape_mark(got, p), tape_mark(want, q));
        assert_true(tape_sealed(got, p));
        for (int32_t i = 0; i < tape_mark(got, p); i++, lines++)
            assert_memory_equal(tape_read(got, p, i), tape_read(want, q, i),
                                tape_line_bytes(got, p));
    }
    assert_true(lines > 1000);
}

static void
test_round_trip(void **state)
{
    (void)state;
    struct err e;
    struct tape *t = sample_full(), *back;
    struct tape_report report;
    uint8_t root[HASH_BYTES];

    good(tape_save(path_a, t, root, &e), &e);
    good(tape_load(path_a, false, &back, &report, &e), &e);
    assert_same_tape(back, t);
    assert_true(tape_report_whole(&report));
    assert_memory_equal(report.root, root, HASH_BYTES);
    assert_int_equal(report.runs, SAMPLE_RUNS);
    assert_true(report.file_bytes < report.plain_bytes);
    tape_free(back);
    good(tape_load_head(path_a, &back, &e), &e);
    assert_int_equal(tape_plane(back, 3)->view, 1);
    assert_int_equal(tape_mark(back, 1), 0);
    tape_free(back);
    good(tape_check(path_a, &report, &e), &e);
    assert_true(tape_report_whole(&report));
    assert_int_equal(report.mark[1], SAMPLE_LINES);
    tape_free(t);
}

static void
assert_same_file(const char *a, const char *b)
{
    struct err e;
    uint8_t *x, *y;
    size_t n, m;
    good(file_load(a, 1 << 24, &x, &n, &e), &e);
    good(file_load(b, 1 << 24, &y, &m, &e), &e);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
    mem_free(x);
    mem_free(y);
}

/* Lines in pieces of every size: the same file. */
static void
test_chunks(void **state)
{
    (void)state;
    struct err e;
    uint8_t root[HASH_BYTES];
    for (int step = 1; step < 200; step = step * 3 + 1) {
        struct tape *t = sample_empty();
        struct tape_writer *w;
        good(tape_writer_open(path_b, t, &w, &e), &e);
        for (int to = 0; to < SAMPLE_LINES + step; to += step) {
            sample_fill(t, to);
            good(tape_writer_append(w, &e), &e);
        }
        good(tape_writer_end(w, root, &e), &e);
        assert_same_file(path_a, path_b);
        assert_int_equal(access(part_b, F_OK), -1);
        unlink(path_b);
        tape_free(t);
    }
}

/* The other life of a child: writes until it is shot. */
static void
write_and_die(uint64_t life)
{
    struct err e;
    struct tape *t = sample_empty();
    struct tape_writer *w;
    uint8_t root[HASH_BYTES];
    struct rng r = rng_start(life, 77);
    int ahead = rng_below(&r, 3); /* the tape survived, partly survived, or is recomputed */

    sample_fill(t, ahead * SAMPLE_LINES / 2);
    if (tape_writer_resume(path_b, t, &w, &e) != 0)
        _exit(3);
    for (int to = 0; to <= SAMPLE_LINES; to += 1 + rng_below(&r, 30)) {
        sample_fill(t, to);
        if (tape_writer_append(w, &e) != 0)
            _exit(4);
        if (rng_below(&r, 3) == 0)
            usleep((unsigned)rng_below(&r, 1000));
    }
    sample_fill(t, SAMPLE_LINES);
    _exit(tape_writer_end(w, root, &e) == 0 ? 0 : 5);
}

static void
test_killed_again_and_again(void **state)
{
    (void)state;
    int kills = 0, cut_points = 0, ends = 0;
    off_t last = -1;

    for (uint64_t life = 0; life < 5000 && (kills < 100 || cut_points < 25 || ends < 6); life++) {
        int status;
        struct stat st;
        struct rng r = rng_start(life, 78);
        pid_t child = fork();
        if (child == 0)
            write_and_die(life);
        usleep((unsigned)rng_below(&r, 16000) * (1 + (unsigned)life / 200)); /* busy machines */
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
            fail_msg("life %d ended with %d", (int)life, WEXITSTATUS(status));
        kills += WIFSIGNALED(status);
        if (stat(part_b, &st) == 0 && st.st_size != last) {
            cut_points++;
            last = st.st_size;
        }
        if (access(path_b, F_OK) == 0) {
            assert_same_file(path_a, path_b);
            unlink(path_b);
            ends++;
        }
    }
    unlink(part_b);
    if (kills < 100 || cut_points < 25 || ends < 6)
        fail_msg("%d kills at %d places, %d ends: nothing was tested", kills, cut_points, ends);
}

/* What a kill can leave behind, byte by byte: a file cut anywhere is taken up to the same end. */
static void
test_cut_anywhere(void **state)
{
    (void)state;
    struct err e;
    struct tape *t = sample_full();
    struct tape_writer *w;
    uint8_t *bytes, root[HASH_BYTES];
    size_t n;
    struct rng r = rng_start(9, 0);

    good(file_load(path_a, 1 << 24, &bytes, &n, &e), &e);
    for (int i = 0; i < 60; i++) {
        size_t cut = i < 10 ? (size_t)i * 40 : (size_t)rng_below(&r, (int)n + 1);
        FILE *f = fopen(part_b, "wb");
        if (cut > 0)
            assert_int_equal(fwrite(bytes, 1, cut, f), cut);
        if (i % 3 == 0)
            fwrite("garbage from a torn block", 1, 25, f);
        fclose(f);
        if (cut < 3000 && i % 3 == 0) { /* garbage inside the head: not our file */
            int result = tape_writer_resume(path_b, t, &w, &e);
            if (result != 0) {
                unlink(part_b);
                continue;
            }
        } else {
            good(tape_writer_resume(path_b, t, &w, &e), &e);
        }
        good(tape_writer_append(w, &e), &e);
        good(tape_writer_end(w, root, &e), &e);
        assert_same_file(path_a, path_b);
        unlink(path_b);
    }
    mem_free(bytes);
    tape_free(t);
}

static void
test_other_scan_is_not_taken_up(void **state)
{
    (void)state;
    struct err e;
    struct tape *t = sample_empty(), *other = sample_empty();
    struct tape_writer *w, *second;
    uint8_t root[HASH_BYTES];

    sample_fill(t, 200);
    good(tape_writer_open(path_b, t, &w, &e), &e);
    good(tape_writer_append(w, &e), &e);
    assert_int_equal(tape_writer_open(path_b, t, &second, &e), -1); /* two writers */
    assert_non_null(strstr(e.text, "another process"));
    char copy[200];
    snprintf(copy, sizeof copy, "cp %s %s.keep", part_b, part_b);
    assert_int_equal(system(copy), 0);
    tape_writer_cancel(w);
    snprintf(copy, sizeof copy, "mv %s.keep %s", part_b, part_b);
    assert_int_equal(system(copy), 0);
    ((uint32_t *)tape_line(other, 1, 3))[5] = 1; /* same head, other counts */
    sample_fill(other, SAMPLE_LINES);
    ((uint32_t *)tape_line(other, 1, 3))[5] = 1;
    good(tape_writer_resume(path_b, other, &w, &e), &e);
    assert_int_equal(tape_writer_append(w, &e), -1);
    assert_non_null(strstr(e.text, "differ"));
    assert_int_equal(tape_writer_end(w, root, &e), -1);
    tape_writer_cancel(w);
    assert_int_equal(access(part_b, F_OK), -1);
    tape_free(t);
    tape_free(other);
}

/* A full disk is an error; the writer can go on when there is room again. */
static void
test_full_disk(void **state)
{
    (void)state;
    struct err e;
    uint8_t root[HASH_BYTES];
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct tape *t = sample_full();
        struct tape_writer *w;
        struct rlimit small = {.rlim_cur = 60000, .rlim_max = RLIM_INFINITY}, large = small;
        large.rlim_cur = RLIM_INFINITY;
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &small);
        if (tape_save(path_b, t, root, &e) == 0 || access(part_b, F_OK) == 0)
            _exit(1);
        if (tape_writer_open(path_b, t, &w, &e) != 0 || tape_writer_append(w, &e) == 0)
            _exit(2);
        setrlimit(RLIMIT_FSIZE, &large);
        if (tape_writer_append(w, &e) != 0 || tape_writer_end(w, root, &e) != 0)
            _exit(3);
        _exit(0);
    }
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_same_file(path_a, path_b);
    unlink(path_b);
}

static void
test_source(void **state)
{
    (void)state;
    struct err e;
    struct tape_source *s;
    struct tape *want = sample_full();
    int runs = 0, lines = 0, result;

    assert_int_equal(tape_source_open(path_a, 64, true, &s, &e), -1);
    assert_non_null(strstr(e.text, "less than two runs"));
    good(tape_source_open(path_a, 128, true, &s, &e), &e);
    struct tape *t = tape_source_tape(s);
    assert_int_equal(tape_plane(t, 1)->ring, 128);
    assert_int_equal(tape_plane(t, 0)->quantity, Q_POSE); /* poses are few: all of them stay */
    assert_int_equal(tape_plane(t, 0)->ring, tape_plane(t, 0)->lines);
    int32_t seen[SAMPLE_PLANES] = {0};
    while ((result = tape_source_next(s, &e)) == 1) {
        runs++;
        for (int p = 0; p < tape_planes(t); p++)
            for (; seen[p] < tape_mark(t, p); seen[p]++, lines++)
                assert_memory_equal(tape_read(t, p, seen[p]),
                                    tape_read(want, original(want, p), seen[p]),
                                    tape_line_bytes(t, p));
        if (seen[0] < SAMPLE_LINES) /* planes go in step */
            assert_true(seen[1] >= seen[0] - 64 && seen[1] <= seen[0]);
    }
    good(result, &e);
    assert_int_equal(runs, SAMPLE_RUNS);
    assert_int_equal(lines, SAMPLE_ALL_LINES);
    for (int p = 0; p < tape_planes(t); p++)
        assert_true(tape_sealed(t, p));
    tape_source_close(s);
    tape_free(want);
}

static void
round_trip_codec(struct codec *c, const struct codec_shape *s, const uint32_t *plain, uint32_t want)
{
    struct err e;
    size_t n = s->words * (size_t)s->lines * 4;
    uint8_t *stored = mem_zero(n + 1, 1), *back = mem_zero(n, 1);
    enum codec_kind kind;

    size_t got = codec_encode(c, s, (const uint8_t *)plain, stored, &kind);
    assert_true(got <= n);
    assert_int_equal(kind, want);
    good(codec_decode(c, s, kind, stored, got, back, &e), &e);
    assert_memory_equal(back, plain, n);
    mem_free(stored);
    mem_free(back);
}

/* Every predictor is chosen where it should be. */
static void
test_codec_kinds(void **state)
{
    (void)state;
    enum { W = 200, L = 64 };
    struct err e;
    struct codec *c;
    struct codec_shape s = {.width = 4, .words = W, .lines = L};
    uint32_t *x = mem_zero(W * L, 4), gain[W], jitter[L];
    struct rng r = rng_start(1, 1);

    good(codec_new(W * L * 4, &c, &e), &e);
    round_trip_codec(c, &s, x, CODEC_PLAIN);
    for (int i = 0; i < W * L; i++)
        x[i] = rng_u32(&r);
    round_trip_codec(c, &s, x, CODEC_RAW);
    for (int i = 0; i < W; i++)
        gain[i] = rng_u32(&r) % 500000;
    for (int i = 0; i < L; i++)
        jitter[i] = rng_u32(&r) % 100000;
    for (int i = 0; i < W * L; i++)
        x[i] = 100000 + gain[i % W] + rng_u32(&r) % 300;
    round_trip_codec(c, &s, x, CODEC_LINE);
    for (int i = 0; i < W * L; i++)
        x[i] = 100000 + gain[i % W] + jitter[i / W] + rng_u32(&r) % 300;
    round_trip_codec(c, &s, x, CODEC_GRADIENT);
    for (int i = 0; i < W * L; i++)
        x[i] = gain[i / W % 2 ? i % W : W - 1 - i % W] + rng_u32(&r) % 300;
    round_trip_codec(c, &s, x, CODEC_LINE2);
    for (s.lines = 1; s.lines < 5; s.lines++)
        for (s.words = 1; s.words < 5; s.words++) { /* the smallest runs */
            uint8_t stored[80], back[80] __attribute__((aligned(64)));
            enum codec_kind kind;
            size_t n = codec_encode(c, &s, (uint8_t *)x, stored, &kind);
            good(codec_decode(c, &s, kind, stored, n, back, &e), &e);
            assert_memory_equal(back, x, s.words * (size_t)s.lines * 4);
        }
    codec_free(c);
    mem_free(x);
}

static void
test_not_tapes(void **state)
{
    (void)state;
    struct err e;
    struct tape *t;
    const struct {
        const char *content, *why;
    } cases[] = {{"", "empty"},
                 {"x", "not a tape"},
                 {"\x89"
                  "DLTAPE\n",
                  "not a tape"}};

    for (int i = 0; i < 3; i++) {
        FILE *f = fopen(path_b, "wb");
        fputs(cases[i].content, f);
        fclose(f);
        assert_int_equal(tape_load(path_b, true, &t, NULL, &e), -1);
        if (strstr(e.text, cases[i].why) == NULL)
            fail_msg("'%s' does not say '%s'", e.text, cases[i].why);
        assert_non_null(strstr(e.text, path_b));
    }
    unlink(path_b);
    assert_int_equal(tape_load(path_b, true, &t, NULL, &e), -1);
    assert_int_equal(tape_load(folder, true, &t, NULL, &e), -1);
    assert_non_null(strstr(e.text, "not a regular file"));
    assert_int_equal(mkfifo(path_b, 0600), 0);
    assert_int_equal(tape_load(path_b, true, &t, NULL, &e), -1); /* and does not wait */
    unlink(path_b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codec_kinds),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_killed_again_and_again),
        cmocka_unit_test(test_other_scan_is_not_taken_up),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_source),
        cmocka_unit_test(test_not_tapes),
    };
    assert(mkdtemp(folder) != NULL);
    snprintf(path_a, sizeof path_a, "%s/a.tape", folder);
    snprintf(path_b, sizeof path_b, "%s/b.tape", folder);
    snprintf(part_b, sizeof part_b, "%s/b.tape.part", folder);
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path_a);
    if (result == 0 && rmdir(folder) != 0) {
        fprintf(stderr, "something was left in %s\n", folder);
        return 1;
    }
    return result;
}
