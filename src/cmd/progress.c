/* progress: one line on standard error that says how far long work is and how long it still takes.
 */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define UPDATE_NS 100000000 /* at most ten a second */
#define BAR 30

int64_t
cmd_now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void
draw(const struct cmd_progress *p, int64_t done, int64_t elapsed_ns)
{
    char bar[BAR + 1], left[40] = "";
    double part = p->total > 0 ? (double)done / (double)p->total : 0;
    int full = (int)(part * BAR);

    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)full);
    bar[BAR] = '\0';
    if (part > 0.01 && part < 1) {
        int s = (int)((double)elapsed_ns * 1e-9 * (1 - part) / part + 0.5);
        snprintf(left, sizeof left, "  %d:%02d left", s / 60, s % 60);
    }
    fprintf(stderr, "%s%s [%s] %3d %%%s%s", p->terminal ? "\r" : "", p->what, bar,
            (int)(part * 100), left, p->terminal ? "\033[K" : "\n");
    fflush(stderr);
}

void
cmd_progress_start(struct cmd_progress *p, const char *what, int64_t total)
{
    p->what = what;
    p->total = total;
    p->terminal = isatty(STDERR_FILENO);
    p->on = !p->quiet && (p->terminal || p->force);
    p->start_ns = cmd_now_ns();
    p->last_ns = p->start_ns;
}

void
cmd_progress_step(struct cmd_progress *p, int64_t done)
{
    if (!p->on)
        return;
    int64_t now = cmd_now_ns();
    if (now - p->last_ns < UPDATE_NS && !(p->force && done >= p->total))
        return;
    p->last_ns = now;
    if (done > p->total)
        done = p->total;
    draw(p, done, now - p->start_ns);
}

void
cmd_progress_end(struct cmd_progress *p)
{
    if (p->on && p->terminal)
        fprintf(stderr, "\r\033[K");
    p->on = false;
}
