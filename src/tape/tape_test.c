/* tape_test: the memory form, between friends and against a hostile other side. */
#include "base/rng.h"
#include "base/test.h"
#include "tape/tape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct plane_spec specs[] = {
    {.quantity = Q_POSE, .rows = 1, .cols = 1, .lines = 300},
    {.quantity = Q_COUNTS, .energy = 1, .view = 2, .rows = 37, .cols = 1, .lines = 300},
    {.quantity = Q_MASK, .rows = 5, .cols = 3, .lines = 300, .scratch = true, .ring = 16},
};
#define PLANES 3

static struct tape *
make(void)
{
    struct tape *t = NULL;
    struct err e;
    if (tape_new(specs, PLANES, "scanner \"test\"\n", &t, &e) != 0)
        fail_msg("%s", e.text);
    return t;
}

static void
test_write_and_read(void **state)
{
    (void)state;
    struct err e;
    struct tape *w = make(), *r;

    assert_int_equal(tape_map(tape_fd(w), false, &r, &e), 0);
    assert_int_equal(tape_planes(r), PLANES);
    assert_int_equal(memcmp(tape_plane(r, 2), &specs[2], sizeof specs[2]), 0);
    assert_int_equal(tape_plane(r, 1)->ring, 300);
    assert_string_equal(tape_about(r), "scanner \"test\"\n");
    assert_int_equal(tape_find(r, Q_COUNTS, -1, 1), 1);
    assert_int_equal(tape_find(r, Q_COUNTS, 2, -1), 1);
    assert_int_equal(tape_find(r, Q_COUNTS, 0, -1), -1);
    assert_int_equal(tape_line_bytes(r, 1), 37 * 4);
    for (int32_t i = 0; i < 300; i++) {
        uint32_t *line = tape_line(w, 1, i);
        assert_int_equal((uintptr_t)line % 64, 0);
        for (uint32_t k = 0; k < 37; k++)
            line[k] = (uint32_t)i * 100 + k;
        assert_int_equal(tape_mark(r, 1), i);
        tape_set_mark(w, 1, i + 1);
        assert_int_equal(((const uint32_t *)tape_read(r, 1, i))[36], (uint32_t)i * 100 + 36);
    }
    assert_int_equal(((const uint32_t *)tape_read(r, 1, 0))[36], 36);
    assert_true(tape_line(w, 2, 3) == tape_line(w, 2, 19)); /* a ring */
    assert_false(tape_sealed(r, 1));
    tape_seal(w, 1);
    assert_true(tape_sealed(r, 1));
    assert_false(tape_sealed(r, 0));
    tape_free(w);
    assert_int_equal(((const uint32_t *)tape_read(r, 1, 7))[1], 701); /* outlives the writer */
    tape_free(r);
}

static int
pages_there(void *line)
{
    unsigned char there[8];
    int n = 0;

    assert_int_equal(mincore(line, sizeof there * 4096, there), 0);
    for (size_t i = 0; i < sizeof there; i++)
        n += there[i] & 1;
    return n;
}

static void
test_fetch(void **state)
{
    (void)state;
    struct err e;
    struct tape *w = make(), *other;
    uint32_t *first = tape_line(w, 1, 0);

    assert_int_equal(pages_there(first), 0);
    tape_fetch(w, 1, 200);
    assert_int_equal(pages_there(first), 8);
    first[0] = 42;
    tape_fetch(w, 1, 300);
    tape_fetch(w, 1, 300);
    tape_fetch(w, 1, 1 << 20); /* more than there is */
    tape_fetch(w, 2, 100);     /* a ring */
    assert_int_equal(first[0], 42);
    assert_int_equal(tape_map(tape_fd(w), true, &other, &e), 0);
    tape_fetch(other, 1, 300);
    assert_int_equal(*(uint32_t *)tape_line(other, 1, 0), 42);
    tape_free(other);
    tape_free(w);
}

static void
test_takeover(void **state)
{
    (void)state;
    struct err e;
    struct tape *w = make(), *next;

    tape_set_mark(w, 1, 120);
    assert_int_equal(tape_map(tape_fd(w), true, &next, &e), 0);
    tape_free(w);
    assert_int_equal(tape_mark(next, 1), 120);
    tape_set_mark(next, 1, 121);
    assert_int_equal(tape_mark(next, 1), 121);
    tape_free(next);
}

static void
refused(struct plane_spec p, const char *about, const char *why)
{
    struct err e = {.text = ""};
    struct tape *t;
    assert_int_equal(tape_new(&p, 1, about, &t, &e), -1);
    if (strstr(e.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", e.text, why);
}

static void
test_refusals(void **state)
{
    (void)state;
    struct plane_spec ok = {.quantity = Q_MASK, .rows = 4, .cols = 1, .lines = 9}, p;
    struct tape *t;
    struct err e;

    assert_int_equal(tape_new(&ok, 1, "", &t, &e), 0);
    tape_free(t);
    assert_int_equal(tape_new(&ok, 0, "", &t, &e), -1);
    refused((p = ok, p.quantity = QUANTITIES, p), "", "unknown");
    refused((p = ok, p.lattice = LATTICES, p), "", "lattice");
    refused((p = ok, p.energy = 3, p), "", "energy");
    refused((p = ok, p.rows = 0, p), "", "elements in a line");
    refused((p = ok, p.rows = TAPE_ROWS_MAX, p.cols = TAPE_ROWS_MAX, p), "", "exceeds");
    refused((p = ok, p.lines = -1, p), "", "lines");
    refused((p = ok, p.lines = TAPE_LINES_MAX + 1, p), "", "lines");
    refused((p = ok, p.ring = 8, p), "", "no ring");
    refused((p = ok, p.scratch = true, p.ring = 12, p), "", "power of two");
    refused((p = ok, p.quantity = Q_POSE, p), "", "poses");
    refused((p = ok, p.rows = TAPE_ROWS_MAX, p.cols = 1000, p.lines = TAPE_LINES_MAX, p), "",
            "more than");
    refused(ok, "a \"b\n", "about:1");
    refused(ok, "}\n", "about:1");
    char *text = malloc(TAPE_ABOUT_MAX + 2);
    memset(text, '\n', TAPE_ABOUT_MAX + 1);
    text[TAPE_ABOUT_MAX + 1] = '\0';
    refused(ok, text, "text about");
    free(text);
}

/* A memory without seals could shrink under its reader. */
static void
test_unsealed_memory(void **state)
{
    (void)state;
    struct err e;
    struct tape *w = make(), *r;
    struct stat st;
    int fd = memfd_create("copy", MFD_ALLOW_SEALING);

    fstat(tape_fd(w), &st);
    assert_int_equal(ftruncate(fd, st.st_size), 0);
    void *from = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, tape_fd(w), 0);
    assert_int_equal(pwrite(fd, from, (size_t)st.st_size, 0), st.st_size);
    assert_int_equal(tape_map(fd, false, &r, &e), -1);
    assert_non_null(strstr(e.text, "seals"));
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
    assert_int_equal(tape_map(fd, false, &r, &e), 0);
    tape_free(r);
    assert_int_equal(ftruncate(tape_fd(w), 0), -1);
    assert_int_equal(ftruncate(tape_fd(w), st.st_size + 4096), -1);
    munmap(from, (size_t)st.st_size);
    close(fd);
    fd = open("/dev/null", O_RDONLY);
    assert_int_equal(tape_map(fd, false, &r, &e), -1);
    close(fd);
    assert_int_equal(tape_map(-1, false, &r, &e), -1);
    tape_free(w);
}

static uint64_t
read_everything(const struct tape *r)
{
    uint64_t sum = 0;
    for (int p = 0; p < tape_planes(r); p++) {
        size_t n = tape_line_bytes(r, p);
        int32_t mark = tape_mark(r, p), last = tape_plane(r, p)->lines - 1;
        assert_true(mark >= 0 && mark <= last + 1);
        const int32_t lines[] = {0, last, mark > 0 ? mark - 1 : 0};
        for (int i = 0; i < 3; i++) {
            const uint8_t *line = tape_read(r, p, lines[i]);
            sum += line[0] + line[n - 1];
        }
    }
    return sum;
}

/* Random damage to the head: refused, or harmless. Both must happen. */
static void
test_hostile_head(void **state)
{
    (void)state;
    int refused_n = 0, accepted = 0;
    struct rng g = rng_start(2, 0);
    uint64_t sum = 0;

    for (int i = 0; i < 1500; i++) {
        struct err e;
        struct tape *w = make(), *r;
        uint8_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, tape_fd(w), 0);
        for (int k = 1 + rng_below(&g, 3); k > 0; k--)
            shared[rng_below(&g, 64 + 64 * PLANES)] ^= (uint8_t)(1 << rng_below(&g, 8));
        if (tape_map(tape_fd(w), i & 1, &r, &e) == 0) {
            memset(shared, rng_below(&g, 256), 64 + 128 * PLANES); /* the copy counts */
            sum += read_everything(r);
            accepted++;
            tape_free(r);
        } else {
            assert_true(e.text[0] != '\0');
            refused_n++;
        }
        munmap(shared, 4096);
        tape_free(w);
    }
    assert_true(refused_n > 500 && accepted > 50);
    assert_true(sum != UINT64_MAX);
}

struct vandal {
    uint8_t *cells;
    atomic_bool stop;
};

static void *
scribble(void *arg)
{
    struct vandal *v = arg;
    struct rng g = rng_start(3, 0);
    while (!atomic_load(&v->stop))
        for (int p = 0; p < PLANES; p++)
            atomic_store_explicit((_Atomic int32_t *)(void *)(v->cells + 64 * p),
                                  (int32_t)rng_u32(&g) >> rng_below(&g, 31), memory_order_relaxed);
    return NULL;
}

/* Marks that fall, jump and lie while we read. */
static void
test_hostile_marks(void **state)
{
    (void)state;
    struct err e;
    struct tape *w = make(), *r;
    uint8_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, tape_fd(w), 0);
    struct vandal v = {.cells = shared + 64 + 64 * PLANES};
    pthread_t thread;
    int falls = 0;
    int32_t before = 0;

    assert_int_equal(tape_map(tape_fd(w), false, &r, &e), 0);
    assert_int_equal(pthread_create(&thread, NULL, scribble, &v), 0);
    uint64_t sum = 0;
    for (int i = 0; i < 30000000; i++) {
        if (i % 256 == 0)
            sched_yield(); /* the vandal may have to share our core */
        int32_t mark = tape_mark(r, 1);
        falls += mark < before;
        before = mark;
        sum += read_everything(r);
        if (i > 1000 && falls > 100)
            break;
    }
    atomic_store(&v.stop, true);
    pthread_join(thread, NULL);
    assert_true(falls > 100); /* the vandal was really there */
    assert_true(sum != UINT64_MAX);
    *(int32_t *)(void *)v.cells = INT32_MAX;
    tape_free(r);
    assert_int_equal(tape_map(tape_fd(w), true, &r, &e), 0);
    assert_int_equal(*(int32_t *)(void *)v.cells, 300); /* a new writer mends them */
    tape_free(r);
    munmap(shared, 4096);
    tape_free(w);
}

/* From now on the kernel refuses one system call; of mmap, shared memory only (sanitizers and
 * malloc map private memory). */
static void
refuse_call(int number)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_SHARED, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSPC),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(99);
}

/* 0: failed cleanly and left no descriptor; otherwise what went wrong. */
static int
fail_in_child(int number, bool map)
{
    struct err e = {.text = ""};
    struct tape *w = make(), *t = NULL;

    int before = open("/dev/null", O_RDONLY);
    close(before);
    refuse_call(number);
    int result = map ? tape_map(tape_fd(w), false, &t, &e) : tape_new(specs, 1, "", &t, &e);
    int after = open("/dev/null", O_RDONLY);
    if (result != -1 || t != NULL)
        return 1;
    if (after != before)
        return 2;
    return e.text[0] == '\0' ? 3 : 0;
}

static void
test_refusing_kernel(void **state)
{
    (void)state;
    const struct {
        int call;
        bool map;
    } cases[] = {{SYS_memfd_create, false}, {SYS_ftruncate, false}, {SYS_fcntl, false},
                 {SYS_mmap, false},         {SYS_fcntl, true},      {SYS_mmap, true},
                 {SYS_pread64, true},       {SYS_newfstatat, true}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0)
            _exit(fail_in_child(cases[i].call, cases[i].map));
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("case %zu: status %x", i, status);
    }
}

static void
test_quantities(void **state)
{
    (void)state;
    assert_int_equal(quantity_find("counts"), Q_COUNTS);
    assert_int_equal(quantity_find("no such"), -1);
    for (int i = 0; i < QUANTITIES; i++) {
        assert_int_equal(quantity_find(quantity_table[i].name), i);
        assert_true(quantity_table[i].min <= quantity_table[i].max);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantities),      cmocka_unit_test(test_write_and_read),
        cmocka_unit_test(test_fetch),           cmocka_unit_test(test_takeover),
        cmocka_unit_test(test_refusals),        cmocka_unit_test(test_unsealed_memory),
        cmocka_unit_test(test_hostile_head),    cmocka_unit_test(test_hostile_marks),
        cmocka_unit_test(test_refusing_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
