/* bench_recipe: whole recipes in bulk on one core, stage by stage, and the naive version. */
#include "cmd/bench.h"

#include "../bench/naive.h"
#include "base/arena.h"
#include "cmd/bench_scan.h"
#include "cmd/etc.h"
#include "recipe/recipe.h"
#include "tape/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES 6000
#define TURNS 4096 /* of the engine that are timed one by one */

static const char *const stages[] = {"signal", "afterglow",    "zero",    "crosstalk",
                                     "dose",   "transmission", "scatter", "position",
                                     "rows",   "attenuation",  "denoise"};
#define STAGES ((int)(sizeof stages / sizeof *stages))

static double
samples_of(const struct tape *t)
{
    double sum = 0;
    for (int k = 0; k < tape_planes(t); k++) {
        const struct plane_spec *s = tape_plane(t, k);
        if (s->quantity == Q_COUNTS || s->quantity == Q_COUNTS_F32)
            sum += (double)s->rows * s->cols * tape_mark(t, k);
    }
    return sum;
}

/* Touches every page that the planes may use, as a process that waits for its item does. */
static void
touch(struct tape *t, int32_t lines)
{
    for (int k = 0; k < tape_planes(t); k++) {
        const struct plane_spec *s = tape_plane(t, k);
        int32_t n = s->ring < lines ? s->ring : lines;
        tape_fetch(t, k, lines);
        for (int32_t i = 0; i < n && i < s->lines; i++)
            memset(tape_line(t, k, i), 0, tape_line_bytes(t, k));
    }
}

/* One run: seconds of every turn of the engine; the last entry takes all beyond. */
static void
turns_time(struct recipe *r, double took[TURNS])
{
    bool more = true;

    memset(took, 0, TURNS * sizeof *took);
    for (int i = 0; more; i += i < TURNS - 1) {
        double from = bench_cpu_s();
        more = recipe_turn(r);
        took[i] += bench_cpu_s() - from;
    }
}

/* Seconds of a run: the sum over turns of the quickest of each, from all runs within the time. A
 * turn does the same work in every run, and what the other thread of the core or an interrupt
 * takes from one run hits another turn of the next. `ready`: the memory has been touched before. */
static int
recipe_time(const struct bench *b, const struct text *t, struct tape *raw, struct tape *calib,
            bool ready, double *best, struct err *e)
{
    static double took[TURNS], quickest[TURNS];
    struct recipe_options o = {.kern_level = b->level, .fetch = true};
    double start = bench_now_s();

    for (int i = 0; i < TURNS; i++)
        quickest[i] = 1e30;
    do {
        struct recipe *r;
        if (recipe_open(t, raw, calib, NULL, &o, &r, e) != 0)
            return -1;
        if (ready)
            touch(recipe_out(r), tape_mark(raw, 0) + 64);
        turns_time(r, took);
        recipe_close(r);
        for (int i = 0; i < TURNS; i++)
            quickest[i] = took[i] < quickest[i] ? took[i] : quickest[i];
    } while (bench_now_s() - start < 4 * b->seconds);
    *best = 0;
    for (int i = 0; i < TURNS; i++)
        *best += quickest[i];
    return 0;
}

/* The first n stages of the chain. */
static int
chain_time(const struct bench *b, int n, struct tape *raw, struct tape *calib, bool ready,
           double *best, struct err *e)
{
    char words[512];
    struct text t;
    size_t at = (size_t)snprintf(words, sizeof words, "recipe bench {\n");

    for (int i = 0; i < n; i++)
        at += (size_t)snprintf(words + at, sizeof words - at, "stage %s\n", stages[i]);
    snprintf(words + at, sizeof words - at, "}\n");
    if (text_parse(&t, "bench", words, strlen(words), e) != 0)
        return -1;
    int result = recipe_time(b, &t, raw, calib, ready, best, e);
    text_free(&t);
    return result;
}

struct naive_work {
    const uint32_t *counts[2];
    float *dark, *air[2], *out[2];
};

static void
naive_run(void *arg)
{
    struct naive_work *w = arg;
    naive_recipe((const uint32_t *const *)w->counts, w->dark, (const float *const *)w->air, LINES,
                 BENCH_PIXELS, w->out);
}

static double
naive_time(const struct bench *b, const struct tape *raw, const struct tape *calib)
{
    struct arena a = {.block = NULL};
    struct naive_work w;
    size_t n = (size_t)LINES * BENCH_PIXELS;

    w.dark = arena_zero(&a, BENCH_PIXELS, sizeof(float));
    memcpy(w.dark, tape_read(calib, tape_find(calib, Q_DARK, 0, 0), 0), 4 * BENCH_PIXELS);
    for (int k = 0; k < 2; k++) {
        uint32_t *counts = arena_zero(&a, n, sizeof *counts);
        int plane = tape_find(raw, Q_COUNTS, 0, k);
        for (int i = 0; i < LINES; i++)
            memcpy(counts + (size_t)i * BENCH_PIXELS, tape_read(raw, plane, i), 4 * BENCH_PIXELS);
        w.counts[k] = counts;
        w.out[k] = arena_zero(&a, n, sizeof(float));
        w.air[k] = arena_zero(&a, BENCH_PIXELS, sizeof(float));
        memcpy(w.air[k], tape_read(calib, tape_find(calib, Q_AIR, 0, k), 0), 4 * BENCH_PIXELS);
    }
    double s = bench_time(b, naive_run, &w);
    arena_free(&a);
    return s;
}

static void
copy_run(void *arg)
{
    float **p = arg;
    memcpy(p[0], p[1], (size_t)LINES * BENCH_PIXELS * 4);
}

static void
memory(struct bench *b)
{
    struct arena a = {.block = NULL};
    size_t n = (size_t)LINES * BENCH_PIXELS;
    float *p[2] = {arena_zero(&a, n, 4), arena_zero(&a, n, 4)};
    bench_add(b, "memory", "memcpy (from memory)", bench_time(b, copy_run, p) * 1e9 / (double)n, 8,
              0);
    arena_free(&a);
}

/* The recipe cut behind its first n stages, or -1. */
struct cut {
    struct text text;
    struct text_node root, recipe, stage[RECIPE_STAGES_MAX];
};

static int
cut_make(struct cut *c, const struct text *t, int n)
{
    const struct text_node *from = t->root->first == NULL ? NULL : t->root->first->first;

    for (int i = 0; i < n; i++, from = from->next) {
        if (from == NULL || i == RECIPE_STAGES_MAX)
            return -1;
        c->stage[i] = *from;
        c->stage[i].next = i + 1 < n ? &c->stage[i + 1] : NULL;
    }
    c->recipe = *t->root->first;
    c->recipe.first = c->stage;
    c->root = *t->root;
    c->root.first = &c->recipe;
    c->text = (struct text){.file = t->file, .root = &c->root};
    return 0;
}

/* Growing parts of a recipe on a given scan. */
static int
grow_time(struct bench *b, const struct text *t, struct tape *in, struct tape *calib,
          const char *recipe, struct err *e)
{
    double before = 0, now = 0, per = 1e9 / samples_of(in);
    struct cut c;
    char name[48];

    for (int n = 1; cut_make(&c, t, n) == 0; n++) {
        if (recipe_time(b, &c.text, in, calib, true, &now, e) != 0)
            return -1;
        snprintf(name, sizeof name, "given scan: %.20s", c.stage[n - 1].arg[0]);
        bench_add(b, "stage", name, (now - before) * per, 0, 0);
        before = now;
    }
    snprintf(name, sizeof name, "given scan: %.20s, memory ready", recipe);
    bench_add(b, "recipe", name, now * per, 0, 0);
    if (recipe_time(b, t, in, calib, false, &now, e) != 0)
        return -1;
    snprintf(name, sizeof name, "given scan: %.20s, fresh memory", recipe);
    bench_add(b, "recipe", name, now * per, 0, 0);
    return 0;
}

int
bench_given(struct bench *b, const char *recipe, const char *calibration, const char *raw,
            struct err *e)
{
    char path[ETC_PATH_MAX];
    struct text t = {.file = NULL};
    struct tape *in = NULL, *calib = NULL;
    struct tape_report report;
    int result = -1;

    if (etc_find("recipes", ".recipe", recipe, path, e) == 0 && text_load(&t, path, e) == 0 &&
        tape_load(raw, false, &in, &report, e) == 0 &&
        (calibration == NULL || tape_load(calibration, false, &calib, &report, e) == 0))
        result = grow_time(b, &t, in, calib, recipe, e);
    text_free(&t);
    tape_free(in);
    tape_free(calib);
    return result;
}

int
bench_recipes(struct bench *b, struct err *e)
{
    struct tape *in = bench_raw(LINES), *calib = bench_calib();
    double before = 0, now = 0, per = 1e9 / samples_of(in);
    int result = 0;

    memory(b);
    for (int n = 1; n <= STAGES && result == 0; n++) {
        result = chain_time(b, n, in, calib, true, &now, e);
        if (result == 0)
            bench_add(b, "stage", stages[n - 1], (now - before) * per, 0, 0);
        before = now;
    }
    if (result == 0)
        bench_add(b, "recipe", "counts to denoised, memory ready", now * per, 0,
                  naive_time(b, in, calib) * per);
    if (result == 0)
        result = chain_time(b, STAGES, in, calib, false, &now, e);
    if (result == 0)
        bench_add(b, "recipe", "counts to denoised, fresh memory", now * per, 0, 0);
    tape_free(in);
    tape_free(calib);
    return result;
}
