/* bench_live: from a line's arrival to its finished pixels, while another lane does the same. */
#include "cmd/bench.h"

#include "base/num.h"

#include "cmd/bench_scan.h"
#include "recipe/recipe.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PITCH_MM 0.8

static const char words[] =
    "recipe live {\nstage signal\nstage afterglow\nstage zero\nstage crosstalk\nstage "
    "dose\nstage transmission\nstage scatter\n"
    "stage position\nstage rows\nstage attenuation\nstage denoise\n}\n";

static void
wait_until(double s)
{
    struct timespec t = {.tv_sec = (time_t)s};
    t.tv_nsec = (long)((s - (double)t.tv_sec) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
        ;
}

struct lane {
    struct tape *raw, *feed, *calib;
    struct text text;
    struct recipe *r;
    int plane; /* the finished one */
    int32_t lines;
    double *due, *took; /* per line: when it arrived, until its column was finished */
};

static int
lane_open(struct lane *l, int level, struct err *e)
{
    struct recipe_options o = {.step = 8, .kern_level = level};

    l->raw = bench_raw(l->lines);
    l->feed = bench_empty(l->lines);
    l->calib = bench_calib();
    if (text_parse(&l->text, "live", words, strlen(words), e) != 0 ||
        recipe_open(&l->text, l->feed, l->calib, NULL, &o, &l->r, e) != 0)
        return -1;
    l->plane = tape_find(recipe_out(l->r), Q_ATTENUATION, 0, 0);
    l->due = mem_zero((size_t)l->lines, sizeof *l->due);
    l->took = mem_zero((size_t)l->lines, sizeof *l->took);
    return 0;
}

static void
lane_close(struct lane *l)
{
    recipe_close(l->r);
    text_free(&l->text);
    tape_free(l->raw);
    tape_free(l->feed);
    tape_free(l->calib);
    mem_free(l->due);
    mem_free(l->took);
}

/* Feeds lines at their times; returns how many columns were finished in time to count. */
static int32_t
lane_run(struct lane *l, double lines_s)
{
    double start = bench_now_s() + 0.05;
    int32_t finished = 0;

    for (int32_t i = 0; i < l->lines; i++) {
        l->due[i] = start + (double)i / lines_s;
        wait_until(l->due[i]);
        bench_feed(l->feed, l->raw, i);
        while (recipe_turn(l->r))
            ;
        /* line k lies at column k of the same pitch, a little to its right */
        double now = bench_now_s();
        for (; finished < tape_mark(recipe_out(l->r), l->plane) && finished <= i; finished++)
            l->took[finished] = now - l->due[finished];
    }
    return finished;
}

int
bench_live(struct bench *b, double lines_s, double seconds, struct err *e)
{
    struct lane l = {.lines = (int32_t)(lines_s * seconds)};
    char name[48];

    if (lane_open(&l, b->level, e) != 0) {
        lane_close(&l);
        return -1;
    }
    pid_t other = fork();
    if (other == 0) {
        struct lane m = {.lines = l.lines};
        if (lane_open(&m, b->level, e) == 0)
            for (;;) {
                (void)lane_run(&m, lines_s);
                lane_close(&m);
                m = (struct lane){.lines = l.lines};
                if (lane_open(&m, b->level, e) != 0)
                    break;
            }
        _exit(0);
    }
    int32_t n = lane_run(&l, lines_s);
    if (other > 0) {
        kill(other, SIGKILL);
        waitpid(other, NULL, 0);
    }
    qsort(l.took, (size_t)n, sizeof *l.took, num_ascending);
    static const double parts[] = {0.5, 0.99, 0.999, 1};
    for (int k = 0; k < 4; k++) {
        int32_t at = (int32_t)(parts[k] * (n - 1));
        snprintf(name, sizeof name, "%.1f %% of lines within ms", 100 * parts[k]);
        bench_add(b, "live", name, l.took[at] * 1e3, 0, 0);
    }
    lane_close(&l);
    return 0;
}
