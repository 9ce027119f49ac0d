/* lane_test: what the twin measured, sent as the bytes of a link, comes back as the same counts on
 * disk; a folder that refuses makes items volatile and stops nothing. */
#include "acq/lane.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "tape/file.h"
#include "twin/bench_test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/lane-test-XXXXXX";

static struct lane_item told[8];
static struct tape *volatile_tape[8];
static int n_told;
static uint32_t belt;  /* where the encoder stood when the scan began */
static bool disk_full; /* in the middle of the next scan */

/* Durable before it is told: the file is there under its name. A volatile one is looked at. */
static void
tell(void *arg, const struct lane_item *item)
{
    (void)arg;
    assert_true(n_told < 8);
    assert_true(item->is_volatile || access(item->path, R_OK) == 0);
    told[n_told] = *item;
    struct err e;
    if (item->is_volatile && tape_map(tape_fd(item->tape), false, &volatile_tape[n_told], &e) != 0)
        fail_msg("%s", e.text);
    n_told++;
}

static struct lane *
open_lane(int32_t rows, const char *where)
{
    struct lane_setup s = {
        .layout = {.name = "test",
                   .line_bytes = 32 + 8 * rows,
                   .counter = {0, 4},
                   .encoder = {4, 4},
                   .time = {8, 8},
                   .flags = {16, 4},
                   .encoder_mm = 0.5,
                   .dose_one = 1,
                   .time_ns = 1,
                   .high_bit = -1,
                   .curtain_bit = 0,
                   .sample = {32, 4},
                   .sample_bits = 20,
                   .pixels = 2 * rows},
        .rules = {.shadow = 0.5,
                  .shadow_lines = 2,
                  .before = 2,
                  .behind = 3,
                  .gap_lines = 2,
                  .lines_max = 5000,
                  .rescan_lines = 2,
                  .counter_bits = 32,
                  .encoder_bits = 32,
                  .jump_mm = 100,
                  .silence_ns = 1000000000,
                  .patience_ns = 2000000000,
                  .line_ns = 1000000},
        .planes = 2,
        .plane = {{0, 0, rows}, {0, 1, rows}},
        .folder = where,
        .about = "scan {\n    simulated yes\n}\n",
        .told = tell,
    };
    struct lane *l = NULL;
    struct err e;
    if (lane_open(&s, 1, &l, &e) != 0)
        fail_msg("%s", e.text);
    n_told = 0;
    return l;
}

static void
limit_files(rlim_t bytes)
{
    struct rlimit r;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
    r.rlim_cur = bytes < r.rlim_max ? bytes : r.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* The whole scan in the curtain, then three lines of air; *counter goes on. */
static void
send(struct lane *l, const struct tape *t, uint32_t *counter)
{
    int32_t n = tape_mark(t, 0), rows = tape_plane(t, 1)->rows;
    size_t bytes = 32 + 8 * (size_t)rows;
    uint8_t *b = mem_zero(bytes, 1);

    for (int32_t i = 0; i < n + 3; i++) {
        int32_t from = i < n ? i : n - 1;
        const struct pose *p = tape_read(t, 0, from);
        uint32_t flags = i < n ? p->flags : 0;
        if (i == 10 && disk_full)
            limit_files(4096);
        *counter += flags & POSE_DOUBLED ? 0 : flags & POSE_LOST ? 2 : 1;
        bytes_put32(b, *counter);
        bytes_put32(b + 4, belt + (uint32_t)(p->belt_mm / 0.5f));
        bytes_put64(b + 8, (uint64_t)p->t_ns + 7000);
        bytes_put32(b + 16, i < n);
        for (int k = 0; k < 2; k++) {
            const uint32_t *c = tape_read(t, tape_find(t, Q_COUNTS, 0, k), from);
            for (int32_t r = 0; r < rows; r++)
                bytes_put32(b + 32 + 4 * (size_t)(k * rows + r), c[r]);
        }
        lane_line(l, i, b, bytes);
    }
    belt += (uint32_t)(((const struct pose *)tape_read(t, 0, n - 1))->belt_mm / 0.5f);
    mem_free(b);
}

/* The item took along so many lines of air from `before` it. */
static void
compare(const struct tape *sent, const struct tape *got, int32_t before)
{
    int32_t n = tape_mark(sent, 0), lost = 0;
    const struct pose *zero = tape_read(sent, 0, 0);
    const struct pose *first = tape_read(got, 0, before);

    assert_true(n > 50);
    assert_int_equal(tape_mark(got, 0), before + n + 3);
    for (int32_t i = 0; i < n; i++) {
        const struct pose *a = tape_read(sent, 0, i), *b = tape_read(got, 0, before + i);
        assert_int_equal(a->t_ns - zero->t_ns, b->t_ns - first->t_ns);
        /* the twin repeats the flag, too; a link shows a gap once */
        assert_int_equal(a->flags & (a->flags & POSE_DOUBLED ? POSE_DOUBLED : POSE_LOST), b->flags);
        lost += (b->flags & POSE_LOST) != 0;
        for (int k = 0; k < 2; k++) {
            int from = tape_find(sent, Q_COUNTS, 0, k), to = tape_find(got, Q_COUNTS, 0, k);
            assert_memory_equal(tape_read(sent, from, i), tape_read(got, to, before + i),
                                tape_line_bytes(sent, from));
        }
    }
    assert_true(lost > 0);
}

static struct tape *
simulate(void)
{
    struct scanner *s = bench_scanner("");
    struct scene *scene = bench_scene(bench_slab);
    struct sim_options o = {.kind = SIM_ITEM, .seed = 11, .machine = 7, .celsius = 25};
    s->belt.lost = 0.05;
    s->belt.doubled = 0.05;
    struct tape *t = bench_scan(s, scene, &o, 2);
    scene_free(scene);
    scanner_free(s);
    return t;
}

static void
test_evidence(void **state)
{
    struct tape *t = simulate(), *got;
    struct lane *l = open_lane(tape_plane(t, 1)->rows, folder);
    uint32_t counter = 100;
    struct err e;
    (void)state;
    send(l, t, &counter);
    lane_line(l, 0, (const uint8_t *)"short", 5); /* no line at all */
    send(l, t, &counter);
    assert_int_equal(lane_damaged(l), 1);
    lane_close(l);
    assert_int_equal(n_told, 2);
    for (int i = 0; i < 2; i++) {
        assert_false(told[i].is_volatile);
        if (tape_load(told[i].path, false, &got, NULL, &e) != 0)
            fail_msg("%s", e.text);
        compare(t, got, i == 0 ? 0 : 2);
        tape_free(got);
        assert_true(told[i].sum.notes & CORE_LOST && told[i].sum.notes & CORE_DOUBLED);
    }
    assert_string_not_equal(told[0].path, told[1].path);
    l = open_lane(tape_plane(t, 1)->rows, folder); /* begins at 1, too: nothing is replaced */
    send(l, t, &counter);
    lane_close(l);
    assert_true(n_told == 1 && strstr(told[0].path, "item-00000003") != NULL);
    tape_free(t);
}

/* No folder, or one that is full in the middle of an item; then room again. */
static void
test_volatile(void **state)
{
    struct tape *t = simulate();
    struct lane *l = open_lane(tape_plane(t, 1)->rows, "/nowhere/at/all");
    uint32_t counter = 0;
    (void)state;
    send(l, t, &counter);
    assert_non_null(strstr(told[0].why.text, "/nowhere"));
    lane_close(l);
    assert_int_equal(n_told, 1);
    compare(t, volatile_tape[0], 0);
    tape_free(volatile_tape[0]);
    l = open_lane(tape_plane(t, 1)->rows, folder);
    signal(SIGXFSZ, SIG_IGN);
    disk_full = true;
    send(l, t, &counter);
    disk_full = false;
    limit_files(RLIM_INFINITY);
    assert_true(told[0].is_volatile && strstr(told[0].why.text, folder) != NULL);
    compare(t, volatile_tape[0], 0);
    tape_free(volatile_tape[0]);
    send(l, t, &counter);
    assert_true(n_told == 2 && !told[1].is_volatile);
    lane_close(l);
    tape_free(t);
}

static int
make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int
clean(void **state)
{
    char path[64];
    (void)state;
    for (int i = 1; i < 10; i++) {
        snprintf(path, sizeof path, "%s/item-%08d.tape", folder, i);
        unlink(path);
    }
    return rmdir(folder); /* fails if a half-made file is left */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_evidence),
                                       cmocka_unit_test(test_volatile)};
    return cmocka_run_group_tests(tests, make_folder, clean);
}
