/* worker: see worker.h. */
#include "wire/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SPACES                                                                                     \
    (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS)
#define ABOVE 16 /* descriptors from here on do not collide with those of the door */

/* In the new process, until it becomes the worker. Fixed addresses: chance is an input, too. */
_Noreturn static void
become(const char *program, const int fd[3])
{
    char name[] = "doorlicht-proc";
    char tunable[] = "GLIBC_TUNABLES=glibc.pthread.rseq=0"; /* else its memory says where it runs */
    char *argv[] = {name, NULL}, *env[] = {tunable, NULL};

    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    personality(ADDR_NO_RANDOMIZE);
    for (int i = 0; i < 3; i++)
        if (dup2(fd[i], DOOR_SETUP + i) < 0)
            _exit(2);
    close_range(0, DOOR_SETUP - 1, 0);
    close_range(DOOR_REPORTS + 1, ~0u, CLOSE_RANGE_CLOEXEC);
    execve(program, argv, env);
    _exit(2);
}

static int
above(int fd)
{
    int up = fcntl(fd, F_DUPFD_CLOEXEC, ABOVE);
    close(fd);
    return up;
}

static void
close_all(int *fd, int n)
{
    for (int i = 0; i < n; i++)
        if (fd[i] >= 0)
            close(fd[i]);
}

/* fd: the worker's ends of set-up, orders and reports, then ours. */
static int
open_lines(int fd[6], struct err *e)
{
    int set[2] = {-1, -1}, orders[2] = {-1, -1}, reports[2] = {-1, -1};
    bool fine = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, set) == 0 &&
                pipe2(orders, O_CLOEXEC) == 0 && pipe2(reports, O_CLOEXEC) == 0;
    int all[6] = {set[0], orders[0], reports[1], set[1], orders[1], reports[0]};

    for (int i = 0; i < 6; i++) {
        fd[i] = all[i] < 0 ? -1 : above(all[i]);
        fine = fine && fd[i] >= 0;
    }
    if (fine)
        return 0;
    err_errno(e, "cannot make the lines to a worker");
    close_all(fd, 6);
    return -1;
}

/* In name spaces of its own where the kernel grants them: the worker's report says whether. */
static pid_t
spawn(const char *program, const int fd[3])
{
    pid_t pid = (pid_t)syscall(SYS_clone, SPACES | SIGCHLD, 0, 0, 0, 0);

    if (pid < 0)
        pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        become(program, fd);
    return pid;
}

static int
recipe_memory(const char *recipe, struct err *e)
{
    size_t n = strlen(recipe);
    int fd = memfd_create("doorlicht-recipe", MFD_CLOEXEC);

    if (fd >= 0 && write(fd, recipe, n) == (ssize_t)n)
        return fd;
    err_errno(e, "cannot hand a recipe to a worker");
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Whether it is noticed while we write or while we read is chance; the sentence is the same. */
static int
died_early(const char *program, struct err *e)
{
    return err_set(e, ERR_SYSTEM, "%s: the worker died before it took up its work", program);
}

static int
send_setup(int to, const struct worker *w, const struct worker_item *x, struct err *e)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int all[DOOR_DESCRIPTORS], fd[DOOR_DESCRIPTORS], n = 0;
    struct door_setup s = {
        .recipe_bytes = (int32_t)strlen(x->recipe),
        .threads = x->threads > 0 ? x->threads
                   : cores < 1    ? 1
                   : cores > 64   ? 64
                                  : (int)cores,
        .step = x->step,
        .kern_level = x->kern_level,
        .landlock_max = x->landlock_max,
        .keep_scratch = x->keep_scratch,
    };

    snprintf(s.made_from, sizeof s.made_from, "%s", x->made_from == NULL ? "" : x->made_from);
    snprintf(s.recipe_name, sizeof s.recipe_name, "%s", x->recipe_name);
    all[DOOR_RECIPE] = recipe_memory(x->recipe, e);
    if (all[DOOR_RECIPE] < 0)
        return -1;
    all[DOOR_IN] = tape_fd(x->in);
    all[DOOR_CALIB] = x->calib == NULL ? -1 : tape_fd(x->calib);
    all[DOOR_OUT] = w->out;
    for (int i = 0; i < DOOR_DESCRIPTORS; i++)
        if ((s.has[i] = all[i] >= 0))
            fd[n++] = all[i];
    int result = door_send(to, &s, sizeof s, fd, n);
    if (result != 0 && (errno == EPIPE || errno == ECONNRESET))
        (void)died_early(x->program, e);
    else if (result != 0)
        err_errno(e, "cannot set up a worker");
    close(all[DOOR_RECIPE]);
    return result;
}

/* The answer, then the report that the door is closed. */
static int
await(int from, const char *program, struct worker *w, struct err *e)
{
    struct door_answer answer;
    int fd[DOOR_DESCRIPTORS], n;

    if (door_receive(from, &answer, sizeof answer, fd, &n) != 0)
        return died_early(program, e);
    answer.err.text[sizeof answer.err.text - 1] = '\0';
    if (answer.err.code != ERR_NONE || n != 1) {
        close_all(fd, n);
        return err_set(e, n > 0 ? ERR_SYSTEM : answer.err.code, "%s", answer.err.text);
    }
    if (w->out >= 0)
        close(w->out);
    w->out = fd[0];
    if (read(w->reports, &w->report, sizeof w->report) != (ssize_t)sizeof w->report)
        return err_set(e, ERR_SYSTEM, "%s: the worker died while it closed its door", program);
    return 0;
}

int
worker_start(struct worker *w, const struct worker_item *item, struct err *e)
{
    int fd[6];

    if (open_lines(fd, e) != 0)
        return -1;
    w->pid = spawn(item->program, fd);
    w->orders = fd[4];
    w->reports = fd[5];
    w->orders_end = fd[1];
    close_all((int[]){fd[0], fd[2]}, 2);
    int result = w->pid < 0                           ? err_errno(e, "cannot start a worker")
                 : send_setup(fd[3], w, item, e) != 0 ? -1
                                                      : await(fd[3], item->program, w, e);
    close(fd[3]);
    if (result == 0)
        return 0;
    worker_end(w);
    return -1;
}

int
worker_look(struct worker *w)
{
    char order = DOOR_LOOK;
    return write(w->orders, &order, 1) == 1 ? 0 : -1;
}

enum worker_news
worker_wait(struct worker *w, int ms)
{
    struct pollfd p = {.fd = w->reports, .events = POLLIN};
    char done;

    int n = poll(&p, 1, ms);
    if (n == 0 || (n < 0 && errno == EINTR))
        return WORKER_BUSY;
    if (n < 0 || read(w->reports, &done, 1) != 1)
        return WORKER_DEAD;
    return done == DOOR_SEALED ? WORKER_SEALED : done == DOOR_WAITS ? WORKER_WAITS : WORKER_DEAD;
}

int
worker_end(struct worker *w)
{
    int status = 0;

    close_all((int[]){w->orders, w->reports, w->orders_end}, 3);
    w->orders = w->reports = w->orders_end = -1;
    if (w->pid > 0) {
        siginfo_t dead = {0};
        if (waitid(P_PID, (id_t)w->pid, &dead, WEXITED | WNOWAIT | WNOHANG) == 0 &&
            dead.si_pid == 0)
            kill(w->pid, SIGKILL);
        while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    w->pid = -1;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void
worker_close(struct worker *w)
{
    worker_end(w);
    if (w->out >= 0)
        close(w->out);
    w->out = -1;
}
