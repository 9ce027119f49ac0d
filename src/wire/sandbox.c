/* sandbox: see sandbox.h. The filter is made here rather than by libseccomp: rows become ten
 * instructions each, the static worker stays small, and what is loaded can be read in one screen.
 */
#include "wire/sandbox.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

const struct sandbox_name sandbox_names[SANDBOX_ITEMS] = {
#define SANDBOX_ITEM(symbol_, name_, meaning_) {name_, meaning_},
#include "wire/sandbox.def"
#undef SANDBOX_ITEM
};

#define ROW 11 /* instructions that one row takes at most */

/* 0, or the errno of a call that failed. */
static int
outcome(long result)
{
    return result < 0 ? errno : 0;
}

static int
drop_capabilities(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}}, left[2];

    for (int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
        prctl(PR_CAPBSET_DROP, i, 0, 0,
              0); /* needs a right itself; without it none can come back */
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capset, &head, none) != 0 || syscall(SYS_capget, &head, left) != 0)
        return errno;
    return left[0].permitted | left[1].permitted | left[0].effective | left[1].effective ? EPERM
                                                                                         : 0;
}

static int
forbid_tracing(void)
{
    struct rlimit none = {0, 0};

    return outcome(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) | setrlimit(RLIMIT_CORE, &none));
}

/* The kernel's struct landlock_ruleset_attr grows with the ABI; Debian 12's header knows the first
 * member only. */
struct ruleset {
    uint64_t files, network, scopes;
};
/* Indexed by ABI: what it can handle. Nothing is allowed, so a ruleset has no rules. */
static const struct {
    struct ruleset handled;
    size_t bytes;
} landlock[] = {
    {{0, 0, 0}, 0},       {{0x1fff, 0, 0}, 8},  {{0x3fff, 0, 0}, 8},  {{0x7fff, 0, 0}, 8},
    {{0x7fff, 3, 0}, 16}, {{0xffff, 3, 0}, 16}, {{0xffff, 3, 3}, 24},
};
#define LANDLOCK_NEWEST ((int)(sizeof landlock / sizeof *landlock) - 1)

static int
forbid_files(int most, int32_t *abi)
{
    long known = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    *abi = 0;
    if (known < 1)
        return known < 0 ? errno : ENOSYS;
    if (known > LANDLOCK_NEWEST)
        known = LANDLOCK_NEWEST;
    if (most > 0 && known > most)
        known = most;
    int fd = (int)syscall(SYS_landlock_create_ruleset, &landlock[known].handled,
                          landlock[known].bytes, 0);
    if (fd < 0)
        return errno;
    int error = outcome(syscall(SYS_landlock_restrict_self, fd, 0));
    close(fd);
    *abi = error == 0 ? (int32_t)known : 0;
    return error;
}

/* The mappings that must go, and the end of the stack. */
struct pages {
    struct {
        uintptr_t begin, end;
    } clock[8];
    int n, error;
    uintptr_t stack_end;
};
static struct pages pages; /* of this process: found while it may still open files */

static void
pages_line(struct pages *p, const char *line)
{
    char *rest;
    uintptr_t begin = strtoul(line, &rest, 16);
    uintptr_t end = *rest == '-' ? strtoul(rest + 1, NULL, 16) : begin;

    if (strstr(line, "[stack]") != NULL)
        p->stack_end = end;
    if ((strstr(line, "[vdso]") != NULL || strstr(line, "[vvar") != NULL) && p->n < 8) {
        p->clock[p->n].begin = begin;
        p->clock[p->n++].end = end;
    }
}

static void
pages_find(struct pages *p)
{
    char text[4096];
    size_t kept = 0;
    ssize_t n = -1;
    int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

    *p = (struct pages){.n = 0};
    while (maps >= 0 && (n = read(maps, text + kept, sizeof text - 1 - kept)) > 0) {
        char *line = text, *end;
        text[kept + (size_t)n] = '\0';
        for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            pages_line(p, line);
        }
        kept = strlen(line);
        memmove(text, line, kept);
    }
    p->error = n < 0 ? errno : p->stack_end == 0 ? ENOENT : 0;
    if (maps >= 0)
        close(maps);
}

/* Believe the processor, not the kernel: on some virtual machines the call succeeds and the
 * instruction still works. A child tries it. */
__attribute__((noinline)) static int /* tools/check-worker knows it by name */
forbid_tsc(void)
{
    int status = 0;

    if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) != 0)
        return errno;
    pid_t pid = fork();
    if (pid == 0) {
        __builtin_ia32_rdtsc();
        _exit(0);
    }
    if (pid < 0)
        return errno;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFSIGNALED(status) ? 0 : EOPNOTSUPP;
}

void
sandbox_enter(const struct sandbox_rights *r, struct sandbox_report *report)
{
    int32_t *error = report->error;

    memset(report, 0, sizeof *report);
    pages_find(&pages);
    error[SANDBOX_PRIVILEGES] = outcome(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    error[SANDBOX_CAPABILITIES] = drop_capabilities();
    error[SANDBOX_TRACING] = forbid_tracing();
    error[SANDBOX_NAMESPACES] =
        getpid() == 1 ? 0 : EPERM;                      /* the one who started it asked for them */
    error[SANDBOX_RSEQ] = __rseq_size == 0 ? 0 : EBUSY; /* same */
    error[SANDBOX_FILES] = forbid_files(r->landlock_max, &report->landlock);
    error[SANDBOX_TSC] = forbid_tsc();
}

/* The kernel lays arguments, environment, start-up vector and their strings above argv. */
static int
wipe_start(char **argv, const struct pages *p)
{
    if (p->stack_end <= (uintptr_t)argv)
        return ENOENT;
    memset(argv, 0, p->stack_end - (uintptr_t)argv);
    environ = NULL;
    return 0;
}

static int
unmap_clock(const struct pages *p)
{
    int error = p->error;

    for (int i = 0; i < p->n; i++)
        if (syscall(SYS_munmap, p->clock[i].begin, p->clock[i].end - p->clock[i].begin) != 0)
            error = errno;
    return error;
}

static int
close_others(const struct sandbox_rights *r)
{
    int error = 0;

    if (r->descriptor > 0)
        error = outcome(syscall(SYS_close_range, 0, r->descriptor - 1, 0));
    return error | outcome(syscall(SYS_close_range, r->last + 1, ~0u, 0));
}

static int
filter_equal(struct sock_filter *f, int n, size_t at, uint32_t value, const int *miss)
{
    f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)at);
    f[n] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 0);
    f[n].jf = (uint8_t)(*miss - n - 1);
    return n + 1;
}

/* One row: load and compare what it asks for, on any difference go on with the next row. */
static int
filter_row(struct sock_filter *f, int n, const struct sandbox_call *c)
{
    size_t args = offsetof(struct seccomp_data, args);
    int steps = 2 + (c->arg >= 0 ? 2 : 0) + (c->null >= 0 ? 4 : 0) + 1, next = n + steps;

    n = filter_equal(f, n, offsetof(struct seccomp_data, nr), (uint32_t)c->nr, &next);
    if (c->arg >= 0) /* descriptors and operations are ints: the kernel ignores the upper half */
        n = filter_equal(f, n, args + 8 * (size_t)c->arg, c->value, &next);
    if (c->null >= 0) {
        n = filter_equal(f, n, args + 8 * (size_t)c->null, 0, &next);
        n = filter_equal(f, n, args + 8 * (size_t)c->null + 4, 0, &next);
    }
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    assert(n == next);
    return n;
}

static int
forbid_calls(const struct sandbox_rights *r)
{
    static struct sock_filter f[SANDBOX_CALLS_MAX * ROW + 8];
    uint32_t other = r->kill ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM;
    int n = 0;

    assert(r->n <= SANDBOX_CALLS_MAX);
    /* A call of another architecture has other numbers: always the end. */
    f[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    for (int i = 0; i < r->n; i++)
        n = filter_row(f, n, &r->call[i]);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, other);
    struct sock_fprog program = {.len = (unsigned short)n, .filter = f};
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                          SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG, &program);
    return result > 0 ? EBUSY : outcome(result); /* > 0: a thread that has another filter */
}

void
sandbox_seal(const struct sandbox_rights *r, char **argv, struct sandbox_report *report)
{
    int32_t *error = report->error;

    error[SANDBOX_DESCRIPTORS] = close_others(r);
    error[SANDBOX_ENVIRONMENT] = wipe_start(argv, &pages);
    error[SANDBOX_VDSO] = unmap_clock(&pages);
    error[SANDBOX_CALLS] = forbid_calls(r);
}

int
sandbox_refused(const struct sandbox_report *report)
{
    int n = 0;

    for (int i = 0; i < SANDBOX_ITEMS; i++)
        n += report->error[i] != 0;
    return n;
}
