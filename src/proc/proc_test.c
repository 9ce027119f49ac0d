/* proc_test: a recipe in the clockless worker gives the bits that it gives in this process, however
 * its lines arrive and however often the worker is killed; from outside it can be seen to be bare.
 */
#include "base/rng.h"
#include "base/test.h"
#include "recipe/recipe_scan.h"
#include "wire/worker.h"

#include <assert.h>
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

static const char *program; /* doorlicht-proc */
static struct tape *raw, *calib;
static char want[80]; /* hash of the unsealed run */

static struct worker_item
item_of(const struct tape *in, int threads)
{
    return (struct worker_item){.program = program,
                                .recipe = scan_full,
                                .recipe_name = "test",
                                .in = in,
                                .calib = calib,
                                .threads = threads};
}

static void
start(struct worker *w, const struct worker_item *x)
{
    struct err e;
    if (worker_start(w, x, &e) != 0)
        fail_msg("%s", e.text);
}

static void
assert_same_bits(struct worker *w)
{
    struct tape *out;
    struct err e;
    char got[80];

    worker_end(w);
    assert_int_equal(tape_map(w->out, true, &out, &e), 0);
    scan_hash(out, got);
    assert_string_equal(got, want);
    tape_free(out);
    worker_close(w);
}

static void
test_same_bits(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 3; threads++)
        for (int landlock = 0; landlock <= 2; landlock += 2) {
            struct worker w = WORKER_NONE;
            struct worker_item x = item_of(raw, threads);
            x.landlock_max = landlock;
            start(&w, &x);
            assert_true(landlock == 0 || w.report.landlock <= 2);
            assert_int_equal(worker_look(&w), 0);
            assert_int_equal(worker_wait(&w, -1), WORKER_SEALED);
            assert_same_bits(&w);
        }
}

static struct tape *
empty_copy(void)
{
    struct tape *t;
    struct err e;

    assert_int_equal(tape_new_like(raw, tape_about(raw), &t, &e), 0);
    return t;
}

/* Lines up to `to` appear in the copy; behind the last one the planes are sealed. */
static void
feed(struct tape *in, int32_t to)
{
    for (int k = 0; k < tape_planes(raw); k++) {
        for (int32_t i = tape_mark(in, k); i < to && i < tape_mark(raw, k); i++) {
            memcpy(tape_line(in, k, i), tape_read(raw, k, i), tape_line_bytes(raw, k));
            tape_set_mark(in, k, i + 1);
        }
        if (to >= tape_mark(raw, k) && !tape_sealed(in, k))
            tape_seal(in, k);
    }
}

/* Lines arrive in pieces; at some of them the worker is shot, at any moment of its work. */
static void
test_killed(void **state)
{
    (void)state;
    struct rng chance = {.seed = 11};
    int killed = 0;

    for (int round = 0; round < 6; round++) {
        struct tape *in = empty_copy();
        struct worker w = WORKER_NONE;
        struct worker_item x = item_of(in, 2);
        enum worker_news news = WORKER_WAITS;

        start(&w, &x);
        for (int32_t to = 0; news != WORKER_SEALED;) {
            to += (int32_t)(rng_u32(&chance) % 100);
            feed(in, to);
            assert_int_equal(worker_look(&w), 0);
            if (rng_u32(&chance) % 2 == 0) {
                usleep(rng_u32(&chance) % 3000);
                kill(w.pid, SIGKILL);
                assert_int_equal(worker_end(&w), SIGKILL);
                killed++;
                start(&w, &x);
                assert_int_equal(worker_look(&w), 0);
            }
            news = worker_wait(&w, -1);
            if (news == WORKER_DEAD)
                fprintf(stderr, "the worker died of signal %d\n", worker_end(&w));
            assert_true(news == WORKER_WAITS || news == WORKER_SEALED);
        }
        assert_same_bits(&w);
        tape_free(in);
    }
    assert_true(killed > 5);
}

/* A worker that is gone is news, not a signal to us. */
static void
test_dead(void **state)
{
    (void)state;
    struct worker w = WORKER_NONE;
    struct worker_item x = item_of(raw, 1);

    start(&w, &x);
    kill(w.pid, SIGKILL);
    assert_int_equal(worker_wait(&w, -1), WORKER_DEAD);
    (void)!worker_look(&w);
    assert_int_equal(worker_end(&w), SIGKILL);
    worker_close(&w);
}

static void
test_bad_recipe(void **state)
{
    (void)state;
    struct worker w = WORKER_NONE;
    struct worker_item x = item_of(raw, 1);
    struct err e;

    x.recipe = "recipe \"r\" {\n    stage sgnal\n}\n";
    assert_int_equal(worker_start(&w, &x, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.text, "test:2"));
    x.program = "/nonexistent";
    assert_int_equal(worker_start(&w, &x, &e), -1);
    assert_non_null(strstr(e.text, "/nonexistent"));
    worker_close(&w);
}

static int
lines_with(pid_t pid, const char *file, const char *word)
{
    char path[64], line[512];
    int n = 0;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return -1;
    while (fgets(line, sizeof line, f) != NULL)
        n += strstr(line, word) != NULL;
    fclose(f);
    return n;
}

/* The kernel's own account of the closed worker; only root may read all of it. */
static void
test_from_outside(void **state)
{
    (void)state;
    struct worker w = WORKER_NONE;
    struct worker_item x = item_of(raw, 2);
    char path[64];
    int open = 0;

    start(&w, &x);
    assert_int_equal(lines_with(w.pid, "status", "NoNewPrivs:\t1"), 1);
    assert_int_equal(lines_with(w.pid, "status", "Seccomp:\t2"), 1);
    assert_int_equal(lines_with(w.pid, "status", "CapEff:\t0000000000000000"), 1);
    assert_int_equal(lines_with(w.pid, "status", "Threads:\t2"), 1);
    if (lines_with(w.pid, "maps", "[stack]") == 1) {
        assert_int_equal(lines_with(w.pid, "maps", "[vdso]"), w.report.error[SANDBOX_VDSO] != 0);
        assert_int_equal(lines_with(w.pid, "maps", "[vvar"), 0);
        assert_true(lines_with(w.pid, "maps", "doorlicht-tape") >= 3);
        snprintf(path, sizeof path, "/proc/%d/fd", (int)w.pid);
        DIR *d = opendir(path);
        for (struct dirent *f; (f = readdir(d)) != NULL;)
            open += f->d_name[0] != '.';
        closedir(d);
        assert_int_equal(open, 2);
    } else {
        fprintf(stderr,
                "SKIPPED: maps and descriptors of the worker; only root may look at them\n");
    }
    worker_close(&w);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bits),    cmocka_unit_test(test_killed),
        cmocka_unit_test(test_dead),         cmocka_unit_test(test_bad_recipe),
        cmocka_unit_test(test_from_outside),
    };
    assert(argc == 2);
    program = argv[1];
    raw = scan_raw(SCAN_LINES, 2);
    calib = scan_calib(2);
    scan_run(scan_full, 2, 0, 1, 0, false, want);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    tape_free(raw);
    tape_free(calib);
    return failed;
}
