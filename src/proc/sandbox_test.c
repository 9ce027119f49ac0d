/* sandbox_test: what is left to a process with the worker's rights. Each attempt runs in a child of
 * its own, as an ordinary user and in name spaces where the kernel grants them, behind an outer
 * filter that answers the catastrophic calls itself. */
int proc_main(int argc, char **argv);
#define main proc_main
#include "proc/main.c"
#undef main

#include "base/test.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define CALLS_END 480 /* above all numbers of Linux 6.18 */
#define URETPROBE 335
#define UPROBE 336
#define X32 0x40000000
#define NOBODY 65534
#define SURVIVED 7
#define FAILED 8

static char **start; /* main's argv */
static uintptr_t clock_page;
static struct sandbox_report report; /* of the child */

/* Calls that would end the machine or the test, should the sandbox be broken. */
static const int catastrophic[] = {
    SYS_reboot,   SYS_kexec_load,  SYS_kexec_file_load, SYS_kill,          SYS_tkill,
    SYS_tgkill,   SYS_init_module, SYS_finit_module,    SYS_delete_module, SYS_swapoff,
    SYS_swapon,   SYS_umount2,     SYS_pivot_root,      SYS_settimeofday,  SYS_clock_settime,
    SYS_adjtimex, SYS_sync,        SYS_vhangup,         SYS_pause,         SYS_fork,
    SYS_vfork,    SYS_clone,       SYS_clone3,          SYS_rt_sigsuspend, SYS_rt_sigtimedwait};
#define N_CATASTROPHIC ((int)(sizeof catastrophic / sizeof *catastrophic))

static void
outer_filter(void)
{
    struct sock_filter f[N_CATASTROPHIC + 3];
    int n = 0;

    f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
    for (int i = 0; i < N_CATASTROPHIC; i++, n++)
        f[n] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)catastrophic[i],
                                            (uint8_t)(N_CATASTROPHIC - i), 0);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    struct sock_fprog program = {.len = (unsigned short)n, .filter = f};
    assert(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    assert(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

/* As root, rights would be vacuous. */
static void
ordinary_user(void)
{
    if (getuid() == 0)
        assert(setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
               setresuid(NOBODY, NOBODY, NOBODY) == 0);
    assert(getuid() != 0);
    if (unshare(CLONE_NEWUSER | CLONE_NEWIPC | CLONE_NEWUTS) != 0)
        fprintf(stderr, "no name spaces here: %s\n", strerror(errno));
}

static void
door_descriptors(void)
{
    int null = open("/dev/null", O_RDWR);

    assert(null >= 0 && dup2(null, DOOR_SETUP) >= 0 && dup2(null, DOOR_ORDERS) >= 0 &&
           dup2(null, DOOR_REPORTS) >= 0);
}

enum door { OPEN, ENTERED, CLOSED };

/* The child does what `fn` says; returns its wait status. */
static int
attempt(const struct sandbox_rights *r, enum door door, void (*fn)(long arg), long arg)
{
    int status;
    pid_t pid = fork();

    assert(pid >= 0);
    if (pid == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        door_descriptors();
        if (door == ENTERED)
            sandbox_enter(r, &report);
        if (door == CLOSED) {
            outer_filter();
            sandbox_enter(r, &report);
            sandbox_seal(r, start, &report);
        }
        fn(arg);
        _exit(SURVIVED);
    }
    assert(waitpid(pid, &status, 0) == pid);
    return status;
}

static bool
killed_by(int status, int signal)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

static bool
survived(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == SURVIVED;
}

/* With the first arguments that the table allows for read and futex; the calls do nothing with
 * them. */
static void
call(long nr)
{
    syscall(nr, (long)DOOR_ORDERS, (long)FUTEX_WAKE_PRIVATE, 0L, 0L, 0L, 0L);
}

/* Where forbidden calls return EPERM one child tries them all; its exit code counts the others. */
static void
call_all(long offset)
{
    int let = 0;

    for (long nr = 0; nr < CALLS_END; nr++) {
        bool ends = nr == URETPROBE || nr == UPROBE || (offset == 0 && nr == SYS_exit_group);
        if (ends)
            continue;
        let += syscall(offset + nr, (long)DOOR_REPORTS, 0L, 0L, 0L, 0L, 0L) != -1 || errno != EPERM;
    }
    _exit(let);
}

static void
test_every_call(void **state)
{
    (void)state;
    static bool let[CALLS_END];
    struct sandbox_rights r = rights;
    int n = 0;

    for (long nr = 0; nr < CALLS_END; nr++) {
        let[nr] = !killed_by(attempt(&rights, CLOSED, call, nr), SIGSYS);
        if (nr != URETPROBE && nr != UPROBE) /* Linux filters neither: outside a probe they fail */
            n += let[nr];
    }
    assert_true(let[SYS_read] && let[SYS_futex] && let[SYS_exit_group]);
    assert_int_equal(n, 3);
    r.kill = false;
    int others = attempt(&r, CLOSED, call_all, 0); /* write, by its descriptor */
    assert_true(WIFEXITED(others) && WEXITSTATUS(others) == 1);
    others = attempt(&r, CLOSED, call_all, X32);
    assert_true(WIFEXITED(others) && WEXITSTATUS(others) == 0);
}

/* The sweep sees a call that is let through. */
static void
test_control(void **state)
{
    (void)state;
    static const struct sandbox_call more[] = {{SYS_getpid, SANDBOX_ANY, 0, SANDBOX_ANY},
                                               {SYS_exit_group, SANDBOX_ANY, 0, SANDBOX_ANY}};
    struct sandbox_rights r = rights;

    r.call = more;
    r.n = 2;
    assert_true(survived(attempt(&r, CLOSED, call, SYS_getpid)));
    assert_true(killed_by(attempt(&rights, CLOSED, call, SYS_getpid), SIGSYS));
    assert_true(killed_by(attempt(&r, CLOSED, call, SYS_read), SIGSYS));
}

static void
expect_eperm(long nr)
{
    if (syscall(nr, 0L, 0L, 0L, 0L, 0L, 0L) != -1 || errno != EPERM)
        _exit(FAILED);
}

/* Other roles than proc and find live on: a forbidden call gets an error. */
static void
test_error_instead(void **state)
{
    (void)state;
    struct sandbox_rights r = rights;

    r.kill = false;
    assert_true(survived(attempt(&r, CLOSED, expect_eperm, SYS_socket)));
    assert_true(survived(attempt(&r, CLOSED, expect_eperm, SYS_execve)));
}

static void
futex_timed(long op)
{
    struct timespec soon = {.tv_nsec = 1};
    int word = 0;
    syscall(SYS_futex, &word, op, 0, op == FUTEX_WAKE_PRIVATE ? NULL : &soon, NULL, 0);
}

static void
wrong_descriptor(long nr)
{
    char byte = 0;
    syscall(nr, nr == SYS_read ? DOOR_REPORTS : DOOR_ORDERS, &byte, 1);
}

static void
test_arguments(void **state)
{
    (void)state;
    static const int ops[] = {FUTEX_WAIT_PRIVATE, FUTEX_WAIT_BITSET_PRIVATE, FUTEX_WAIT,
                              FUTEX_LOCK_PI_PRIVATE, FUTEX_REQUEUE_PRIVATE};

    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        assert_true(killed_by(attempt(&rights, CLOSED, futex_timed, ops[i]), SIGSYS));
    assert_true(survived(attempt(&rights, CLOSED, futex_timed, FUTEX_WAKE_PRIVATE)));
    assert_true(killed_by(attempt(&rights, CLOSED, wrong_descriptor, SYS_read), SIGSYS));
    assert_true(killed_by(attempt(&rights, CLOSED, wrong_descriptor, SYS_write), SIGSYS));
}

static void
vdso_time(long kind)
{
    struct timespec now;
    if (kind == 0)
        clock_gettime(CLOCK_REALTIME, &now);
    if (kind == 1)
        (void)((time_t(*)(time_t *))0xffffffffff600400)(NULL); /* the old vsyscall page */
    if (kind == 2)
        (void)*(volatile char *)clock_page;
}

static void
test_no_clock(void **state)
{
    (void)state;
    assert_true(survived(attempt(&rights, OPEN, vdso_time, 0)));
    for (long kind = 0; kind < 3; kind++) {
        int status = attempt(&rights, CLOSED, vdso_time, kind);
        assert_true(killed_by(status, SIGSEGV) || killed_by(status, SIGSYS));
    }
}

static void
look_for_identity(long unused)
{
    (void)unused;
    if (start[0] != NULL || environ != NULL || getauxval(AT_RANDOM) != 0 ||
        getauxval(AT_EXECFN) != 0 || getauxval(AT_SYSINFO_EHDR) != 0 || getauxval(AT_UID) != 0)
        _exit(FAILED);
}

static void
test_no_identity(void **state)
{
    (void)state;
    assert_true(survived(attempt(&rights, CLOSED, look_for_identity, 0)));
    assert_false(survived(attempt(&rights, OPEN, look_for_identity, 0)));
}

static void
open_file(long unused)
{
    (void)unused;
    if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
        _exit(FAILED);
}

/* Landlock by itself, also as the stock kernel of Debian 12 has it. */
static void
test_landlock(void **state)
{
    (void)state;
    struct sandbox_rights r = rights;

    for (r.landlock_max = 0; r.landlock_max <= 2; r.landlock_max++)
        assert_true(survived(attempt(&r, ENTERED, open_file, 0)));
    assert_false(survived(attempt(&r, OPEN, open_file, 0)));
}

static void
instruction(long which)
{
    switch (which) {
    case 0:
        __asm__ volatile("rdtsc" ::: "eax", "edx");
        break;
    case 1:
        __asm__ volatile("rdtscp" ::: "eax", "ecx", "edx");
        break;
    case 2:
        __asm__ volatile(".byte 0x0f, 0x01, 0xfd" ::"c"(1) : "eax", "edx"); /* rdpru */
        break;
    case 3:
        __asm__ volatile(".byte 0xf3, 0x0f, 0xc7, 0xf8" ::: "rax"); /* rdpid rax */
        break;
    case 4:
        __asm__ volatile("lsl %0, %%eax" ::"r"(0x7b) : "eax"); /* processor number of the vDSO */
        break;
    case 5:
        __asm__ volatile(".byte 0x66, 0x0f, 0xae, 0xf1" ::"a"(0), "d"(0)); /* tpause ecx */
        break;
    case 6:
        __asm__ volatile(".byte 0x48, 0x0f, 0xc7, 0xf0" ::: "rax"); /* rdrand rax */
        break;
    case 7:
        __asm__ volatile(".byte 0x48, 0x0f, 0xc7, 0xf8" ::: "rax"); /* rdseed rax */
        break;
    default:
        __asm__ volatile("cpuid" ::"a"(0) : "ebx", "ecx", "edx");
    }
}

/* What the report says of the counter. */
static void
is_tsc_gone(long unused)
{
    (void)unused;
    if (report.error[SANDBOX_TSC] != 0)
        _exit(FAILED);
}

/* Those that this processor lets through are named: only tools/check-worker keeps them out. */
static void
test_instructions(void **state)
{
    (void)state;
    static const char *const names[] = {"rdtsc",  "rdtscp", "rdpru",  "rdpid", "lsl",
                                        "tpause", "rdrand", "rdseed", "cpuid"};

    bool told = survived(attempt(&rights, CLOSED, is_tsc_gone, 0));
    if (!told)
        fprintf(stderr,
                "SKIPPED: the trap of rdtsc; this machine has none, and the report says so\n");
    for (long i = 0; i < 9; i++) {
        int status = attempt(&rights, CLOSED, instruction, i);
        if (i < 2) {
            assert_true(survived(attempt(&rights, OPEN, instruction, i)));
            assert_true(killed_by(status, told ? SIGSEGV : 0) || (!told && survived(status)));
        }
        fprintf(stderr, "%-8s %s\n", names[i],
                survived(status)            ? "not trapped: kept out by the static check"
                : killed_by(status, SIGILL) ? "unknown to this processor"
                                            : "trapped");
    }
}

static void
find_clock_page(void)
{
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");

    assert(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL)
        if (strstr(line, "[vvar]") != NULL)
            clock_page = strtoul(line, NULL, 16);
    fclose(maps);
    assert(clock_page != 0);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_call),    cmocka_unit_test(test_control),
        cmocka_unit_test(test_error_instead), cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_no_clock),      cmocka_unit_test(test_no_identity),
        cmocka_unit_test(test_landlock),      cmocka_unit_test(test_instructions),
    };
    (void)argc;
    start = argv;
    find_clock_page();
    ordinary_user();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
