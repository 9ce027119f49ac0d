/* lane: see lane.h. */
#include "acq/lane.h"

#include "base/arena.h"
#include "tape/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct lane {
    struct lane_setup s;
    struct core *core;
    struct arena arena;
    uint32_t *counts; /* a ring of the last lines of the link */
    uint64_t lines, number;
    int64_t damaged;
    int poses; /* of the tape's planes; COUNTS follow */
    int specs;
    struct plane_spec spec[2 * LANE_PLANES_MAX];
    struct lane_item item; /* tape NULL: none is open */
    struct tape_writer *writer;
};

static void
plan(struct lane *l)
{
    const struct plane_spec line = {.lattice = LATTICE_LINE,
                                    .cols = 1,
                                    .rows = 1,
                                    .lines = l->s.rules.lines_max,
                                    .ring = l->s.rules.lines_max};

    for (int i = 0; i < l->s.planes; i++) {
        const struct lane_plane *p = &l->s.plane[i];
        if (i > 0 && p->view == l->s.plane[i - 1].view)
            continue;
        l->spec[l->specs] = line;
        l->spec[l->specs].view = p->view;
        l->spec[l->specs++].energy = p->energy == 2 ? 2 : 0;
    }
    l->poses = l->specs;
    for (int i = 0; i < l->s.planes; i++) {
        struct plane_spec *p = &l->spec[l->specs++];
        *p = line;
        p->quantity = Q_COUNTS;
        p->view = l->s.plane[i].view;
        p->energy = l->s.plane[i].energy;
        p->rows = l->s.plane[i].rows;
    }
}

/* The folder refused: from here on the item lives in memory alone. */
static void
lose_disk(struct lane *l)
{
    tape_writer_cancel(l->writer);
    l->writer = NULL;
    l->item.is_volatile = true;
    l->item.path[0] = '\0';
}

/* A file that is there is evidence already: the next number. */
static void
begin(struct lane *l)
{
    struct lane_item *item = &l->item;

    *item = (struct lane_item){.why = {.code = ERR_NONE}};
    if (tape_new(l->spec, l->specs, l->s.about, &item->tape, &item->why) != 0) {
        item->tape = NULL;
        item->is_volatile = true;
        return;
    }
    do {
        snprintf(item->path, sizeof item->path, "%s/item-%08llu.tape", l->s.folder,
                 (unsigned long long)l->number++);
    } while (access(item->path, F_OK) == 0);
    if (tape_writer_open(item->path, item->tape, &l->writer, &item->why) != 0) {
        l->writer = NULL;
        lose_disk(l);
    }
}

static void
keep(struct lane *l, const struct core_act *a)
{
    const uint32_t *from = l->counts + a->line % CORE_BEFORE_MAX * (size_t)l->s.layout.pixels;
    struct lane_item *item = &l->item;

    if (item->tape == NULL)
        return;
    for (int p = 0; p < l->specs; p++) {
        void *to = tape_line(item->tape, p, a->lines - 1);
        if (p < l->poses) {
            *(struct pose *)to = a->pose;
        } else {
            memcpy(to, from, (size_t)l->spec[p].rows * sizeof *from);
            from += l->spec[p].rows;
        }
    }
    for (int p = 0; p < l->specs; p++)
        tape_set_mark(item->tape, p, a->lines);
    if (l->writer != NULL && tape_writer_append(l->writer, &item->why) != 0)
        lose_disk(l);
}

static void
end(struct lane *l, const struct core_act *a)
{
    struct lane_item *item = &l->item;

    for (int p = 0; p < l->specs && item->tape != NULL; p++)
        tape_seal(item->tape, p);
    if (l->writer != NULL && tape_writer_end(l->writer, item->root, &item->why) != 0)
        lose_disk(l);
    l->writer = NULL;
    item->sum = *a;
    l->s.told(l->s.arg, item);
    tape_free(item->tape);
    item->tape = NULL;
}

static void
act(void *arg, const struct core_act *a)
{
    struct lane *l = arg;

    if (a->what == CORE_BEGIN)
        begin(l);
    else if (a->what == CORE_KEEP)
        keep(l, a);
    else if (a->what == CORE_END)
        end(l, a);
}

static int
check(const struct lane_setup *s, struct err *e)
{
    int64_t rows = 0;

    if (s->planes < 1 || s->planes > LANE_PLANES_MAX)
        return err_set(e, ERR_INPUT, "a lane has 1 to %d planes of counts", LANE_PLANES_MAX);
    for (int i = 0; i < s->planes; i++)
        rows += s->plane[i].rows;
    if (rows != s->layout.pixels)
        return err_set(e, ERR_INPUT, "detector '%s' sends %d samples; the scanner has %lld pixels",
                       s->layout.name, s->layout.pixels, (long long)rows);
    return 0;
}

int
lane_open(const struct lane_setup *setup, uint64_t first, struct lane **out, struct err *e)
{
    if (check(setup, e) != 0)
        return -1;
    struct lane *l = mem_zero(1, sizeof *l);
    l->s = *setup;
    l->s.rules.encoder_mm = setup->layout.encoder_mm;
    l->number = first;
    if (core_open(&l->s.rules, act, l, &l->core, e) != 0) {
        mem_free(l);
        return -1;
    }
    plan(l);
    l->counts = arena_zero(&l->arena, (size_t)CORE_BEFORE_MAX * (size_t)l->s.layout.pixels,
                           sizeof *l->counts);
    *out = l;
    return 0;
}

void
lane_line(struct lane *l, int64_t now_ns, const uint8_t *bytes, size_t n)
{
    uint32_t *counts = l->counts + l->lines % CORE_BEFORE_MAX * (size_t)l->s.layout.pixels;
    struct record_line r;
    struct err e;

    if (record_line_read(&l->s.layout, bytes, n, &r, counts, &e) != 0) {
        l->damaged++;
        return;
    }
    struct core_line line = {.counter = r.counter,
                             .encoder = r.encoder,
                             .t_ns = r.t_ns,
                             .dose = r.dose,
                             .transmission = 1,
                             .high = r.high,
                             .curtain = r.curtain};
    if (l->s.air != NULL)
        line.transmission = core_shade(counts, l->s.dark, l->s.air, l->s.layout.pixels);
    l->lines += core_line(l->core, now_ns, &line);
}

void
lane_tick(struct lane *l, int64_t now_ns, bool stands)
{
    core_tick(l->core, now_ns, stands);
}

struct tape *
lane_tape(struct lane *l)
{
    return l->item.tape;
}

int64_t
lane_damaged(const struct lane *l)
{
    return l->damaged;
}

void
lane_close(struct lane *l)
{
    if (l == NULL)
        return;
    if (l->writer != NULL)
        tape_writer_cancel(l->writer);
    tape_free(l->item.tape);
    core_close(l->core);
    arena_free(&l->arena);
    mem_free(l);
}
