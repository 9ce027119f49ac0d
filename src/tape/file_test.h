/* file_test: a tape with something of everything, for the tests of the file form. */
#ifndef TAPE_FILE_TEST_H
#define TAPE_FILE_TEST_H

#include "base/arena.h"
#include "base/rng.h"
#include "base/test.h"
#include "tape/file.h"

#include <unistd.h>

#define SAMPLE_LINES 300
#define SAMPLE_PLANES 10
#define SAMPLE_RUNS (7 * 5 + 1)
#define SAMPLE_ALL_LINES (7 * SAMPLE_LINES + 1)
#define SAMPLE_ABOUT "scanner \"sample 1\" {\n    # a comment\n    note \"two  spaces\"\n}"

static const struct plane_spec sample_specs[SAMPLE_PLANES] = {
    {.quantity = Q_POSE, .rows = 1, .cols = 1, .lines = 400},
    {.quantity = Q_COUNTS, .energy = 0, .rows = 37, .cols = 1, .lines = 400},
    {.quantity = Q_COUNTS, .energy = 1, .rows = 37, .cols = 1, .lines = 400},
    {.quantity = Q_COUNTS, .view = 1, .energy = 2, .rows = 20, .cols = 1, .lines = SAMPLE_LINES},
    {.quantity = Q_MASK, .rows = 37, .cols = 2, .lines = 400},
    {.quantity = Q_SIGNAL, .rows = 64, .cols = 1, .lines = 64, .scratch = true, .ring = 64},
    {.quantity = Q_TRANSMISSION, .rows = 37, .cols = 1, .lines = 400},
    {.quantity = Q_COLOUR, .lattice = LATTICE_GRID, .rows = 30, .cols = 1, .lines = 500},
    {.quantity = Q_CANDIDATES, .rows = 3, .cols = 1, .lines = 10},
    {.quantity = Q_DARK, .lattice = LATTICE_CALIB, .rows = 37, .cols = 1, .lines = 1},
};

/* Pixels of unequal gain; at energy 1 the dose jitters from line to line, energy 2 alternates. */
static void
sample_counts(uint32_t *line, int32_t rows, int32_t at, uint64_t stream, int energy)
{
    struct rng dose = {.seed = 4, .stream = stream, .index = (uint64_t)at};
    uint32_t jitter = energy == 1 ? rng_u32(&dose) % 100000 : 0;
    for (int32_t k = 0; k < rows; k++) {
        struct rng r = {.seed = 5, .stream = stream, .index = (uint64_t)at * 4096 + (uint64_t)k};
        uint32_t gain = (uint32_t)(k * 77777 % 100000);
        if (energy == 2 && at % 2 == 1)
            gain = 500000 - 3 * gain;
        line[k] = 200000 + gain + jitter + rng_u32(&r) % 3000;
    }
}

/* Line `i` of plane `p`, the same whoever computes it. */
static void
sample_line(struct tape *t, int p, int32_t i)
{
    const struct plane_spec *s = tape_plane(t, p);
    void *line = tape_line(t, p, i);
    struct rng r = {.seed = 6, .stream = (uint64_t)p, .index = (uint64_t)i * 4096};

    if (s->quantity == Q_POSE)
        *(struct pose *)line = (struct pose){.t_ns = i * 1000000LL,
                                             .belt_mm = (float)i * 0.8f,
                                             .dose = 1,
                                             .flags = i % 7 == 0 ? POSE_HIGH : 0};
    else if (s->quantity == Q_COUNTS)
        sample_counts(line, s->rows, i, (uint64_t)p, s->energy);
    else if (s->quantity == Q_MASK)
        ((uint8_t *)line)[i % 74] = 1;
    else if (s->quantity == Q_COLOUR) /* noise: nothing can be saved here */
        for (int32_t k = 0; k < s->rows; k++)
            ((uint32_t *)line)[k] = rng_u32(&r);
    else
        for (int32_t k = 0; k < s->rows; k++)
            ((float *)line)[k] = (float)rng_unit(&r);
}

/* How many lines the sample has in plane p. */
static inline int32_t
sample_mark(const struct tape *t, int p)
{
    const struct plane_spec *s = tape_plane(t, p);
    if (s->quantity == Q_CANDIDATES)
        return 0; /* a plane that never got a line */
    return s->lines < SAMPLE_LINES ? s->lines : SAMPLE_LINES;
}

static inline struct tape *
sample_empty(void)
{
    struct tape *t;
    struct err e;
    if (tape_new(sample_specs, SAMPLE_PLANES, SAMPLE_ABOUT, &t, &e) != 0)
        fail_msg("%s", e.text);
    return t;
}

/* Goes on to `to` lines at most; seals planes that are complete. */
static inline void
sample_fill(struct tape *t, int32_t to)
{
    for (int p = 0; p < tape_planes(t); p++) {
        int32_t end = sample_mark(t, p);
        for (int32_t i = tape_mark(t, p); i < end && i < to; i++) {
            sample_line(t, p, i);
            tape_set_mark(t, p, i + 1);
        }
        if (tape_mark(t, p) == end && !tape_sealed(t, p))
            tape_seal(t, p);
    }
}

static inline struct tape *
sample_full(void)
{
    struct tape *t = sample_empty();
    sample_fill(t, SAMPLE_LINES);
    return t;
}

#endif
