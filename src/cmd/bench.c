/* bench: a repeatable table of what the kernels, stages and recipes cost, against memcpy and a
 * naive version in the same run, and the latency of a live lane. */
#include "cmd/bench.h"

#include "recipe/recipe.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

double
bench_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double
bench_cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double
bench_time(const struct bench *b, void (*fn)(void *arg), void *arg)
{
    double start = bench_now_s(), best = 1e30;

    fn(arg);
    do {
        double from = bench_cpu_s();
        fn(arg);
        double took = bench_cpu_s() - from;
        best = took < best ? took : best;
    } while (bench_now_s() - start < b->seconds);
    return best;
}

static void
print_row(const struct bench_row *r)
{
    if (strcmp(r->group, "live") == 0) {
        printf("%-8s %-36s %9.2f ms\n", r->group, r->name, r->ns);
        return;
    }
    if (strcmp(r->group, "ct") == 0) {
        printf("%-8s %-50s %9.2f ms", r->group, r->name, r->ns);
        if (r->bytes > 0)
            printf(" %7.2f GUPS", r->bytes);
        putchar('\n');
        fflush(stdout);
        return;
    }
    printf("%-8s %-36s %8.3f ns %8.0f M/s", r->group, r->name, r->ns, 1e3 / r->ns);
    if (r->bytes > 0)
        printf(" %7.1f GB/s", r->bytes / r->ns);
    else
        printf(" %12s", "");
    if (r->naive > 0)
        printf("   naive %7.2f ns, %5.1f times", r->naive, r->naive / r->ns);
    putchar('\n');
}

static const char *const parts[] = {"all", "kernels", "recipes", "live", "given", "ct", NULL};
enum { ALL, KERNELS, RECIPES, LIVE, GIVEN, CT };
static const char *const level_words[] = {"best", "1", "3", "4", NULL};
static const int levels[] = {0, 1, 3, 4};

static struct options {
    double seconds, lines_s, live_s;
    int part, level;
    const char *recipe, *calibration;
    bool json;
} o = {.seconds = 0.3, .lines_s = 1700, .live_s = 4, .recipe = "parcel"};

static void
print_head(const struct bench *b)
{
    printf("%s, CPU level v%d\n",
           o.part == CT ? "time on the clock, of a slice or (cone) the volume"
                        : "processor time per detector sample, one core",
           b->level == 0 ? kern_best() : b->level);
}

void
bench_add(struct bench *b, const char *group, const char *name, double ns, double bytes,
          double naive)
{
    if (b->n == BENCH_ROWS_MAX)
        return;
    struct bench_row *r = &b->row[b->n++];
    *r = (struct bench_row){.group = group, .ns = ns, .bytes = bytes, .naive = naive};
    snprintf(r->name, sizeof r->name, "%s", name);
    if (b->print && b->n == 1) /* not earlier: what is refused prints nothing */
        print_head(b);
    if (b->print)
        print_row(r);
}

static int
print_json(const struct bench *b)
{
    json_t *rows = json_array();
    for (int i = 0; i < b->n; i++) {
        const struct bench_row *r = &b->row[i];
        bool ms = strcmp(r->group, "live") == 0 || strcmp(r->group, "ct") == 0;
        bool ct = strcmp(r->group, "ct") == 0;
        json_array_append_new(rows,
                              json_pack("{s:s, s:s, s:f, s:f, s:f}", "group", r->group, "name",
                                        r->name, ms ? "ms" : "ns", r->ns, ct ? "gups" : "bytes",
                                        r->bytes, "naive_ns", r->naive));
    }
    return cmd_print_json(
        json_pack("{s:i, s:o}", "level", b->level == 0 ? kern_best() : b->level, "rows", rows));
}

static const struct cmd_option rows[] = {
    {.name = "part",
     .kind = CMD_CHOICE,
     .to = &o.part,
     .argument = "PART",
     .choices = parts,
     .meaning = "what to measure"},
    {.name = "seconds",
     .kind = CMD_NUMBER,
     .to = &o.seconds,
     .argument = "S",
     .min = 0.01,
     .max = 60,
     .meaning = "time for each kernel; recipes take four times that"},
    {.name = "level",
     .kind = CMD_CHOICE,
     .to = &o.level,
     .argument = "LEVEL",
     .choices = level_words,
     .meaning = "CPU level of the kernels"},
    {.name = "lines-s",
     .kind = CMD_NUMBER,
     .to = &o.lines_s,
     .argument = "N",
     .min = 1,
     .max = 100000,
     .meaning = "lines a second of the live lanes"},
    {.name = "live-seconds",
     .kind = CMD_NUMBER,
     .to = &o.live_s,
     .argument = "S",
     .min = 0.5,
     .max = 600,
     .meaning = "how long the live lanes run"},
    {.name = "recipe",
     .letter = 'r',
     .kind = CMD_TEXT,
     .to = &o.recipe,
     .argument = "NAME",
     .meaning = "recipe for the given scan"},
    {.name = "calibration",
     .letter = 'c',
     .kind = CMD_TEXT,
     .to = &o.calibration,
     .argument = "TAPE",
     .meaning = "calibration for the given scan"},
    CMD_ROW_JSON(&o.json),
    {.name = NULL},
};

static int
bench_run(int argc, char **argv)
{
    extern const struct command command_bench;
    struct err e;
    int n = cmd_options(&command_bench, rows, argc, argv, 0, 1);
    struct bench b = {.seconds = o.seconds, .level = levels[o.level], .print = !o.json};
    bool all = o.part == ALL;

    if (kern_get(b.level) == NULL)
        return cmd_bad("this machine has no CPU level x86-64-v%d", b.level);
    if (o.part == GIVEN && n == 0)
        return cmd_bad("--part given needs a raw tape");
    /* First, so that a scan that cannot be read is refused at once. */
    if ((all || o.part == GIVEN) && n > 0 &&
        bench_given(&b, o.recipe, o.calibration, argv[0], &e) != 0)
        return cmd_fail(&e);
    if (all || o.part == KERNELS)
        bench_kernels(&b);
    if ((all || o.part == RECIPES) && bench_recipes(&b, &e) != 0)
        return cmd_fail(&e);
    if ((all || o.part == LIVE) && bench_live(&b, o.lines_s, o.live_s, &e) != 0)
        return cmd_fail(&e);
    if (o.part == CT && (bench_ct(&b, &e) != 0 || bench_helix(&b, &e) != 0))
        return cmd_fail(&e);
    return b.print ? CMD_OK : print_json(&b);
}

const struct command command_bench = {
    .name = "bench",
    .brief = "Measure kernels, stages, recipes, tomography and the latency of a live lane",
    .usage = "[RAW.tape]",
    .run = bench_run,
};
