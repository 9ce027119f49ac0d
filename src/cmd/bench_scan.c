/* bench_scan: see bench_scan.h. */
#include "cmd/bench_scan.h"

#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char about[] = "scanner \"bench\" {\n    column_pitch_mm 0.8\n}\n";

static struct plane_spec
spec(enum quantity q, int energy, int lattice, int rows, int32_t lines)
{
    return (struct plane_spec){.quantity = q,
                               .energy = (uint8_t)energy,
                               .lattice = (uint8_t)lattice,
                               .rows = rows,
                               .cols = 1,
                               .lines = lines,
                               .ring = lines};
}

static struct tape *
tape_or_die(const struct plane_spec *s, int n, const char *text)
{
    struct tape *t;
    struct err e;
    if (tape_new(s, n, text, &t, &e) != 0)
        abort();
    return t;
}

static float
air_of(int energy, int pixel)
{
    return (energy ? 500000.0f : 620000.0f) - (float)(pixel * 7919 % 20011);
}

/* Transmission of the synthetic item. */
static float
item_at(int32_t line, int pixel, int energy)
{
    int box = (line / 200 + pixel / 128) % 7;
    bool inside = line % 200 > 40 && pixel > 64 && pixel < BENCH_PIXELS - 64;
    float t = 1;
    for (int k = 0; k < (inside ? box : 0); k++)
        t *= energy ? 0.6f : 0.5f;
    return t;
}

struct tape *
bench_empty(int32_t lines)
{
    struct plane_spec s[] = {spec(Q_POSE, 0, LATTICE_LINE, 1, lines),
                             spec(Q_COUNTS, 0, LATTICE_LINE, BENCH_PIXELS, lines),
                             spec(Q_COUNTS, 1, LATTICE_LINE, BENCH_PIXELS, lines)};
    return tape_or_die(s, 3, about);
}

struct tape *
bench_raw(int32_t lines)
{
    struct tape *t = bench_empty(lines);

    for (int32_t i = 0; i < lines; i++) {
        struct pose *p = tape_line(t, 0, i);
        *p = (struct pose){
            .t_ns = (int64_t)i * 588235, .belt_mm = 0.8f * (float)i + 0.03f, .dose = 1};
        for (int k = 0; k < 2; k++) {
            uint32_t *counts = tape_line(t, 1 + k, i), r[4];
            for (int x = 0; x < BENCH_PIXELS; x++) {
                if (x % 4 == 0)
                    rng_block(9, (uint64_t)k, (uint64_t)i * BENCH_PIXELS + (uint64_t)x, r);
                float v = air_of(k, x) * item_at(i, x, k), u = (float)(r[x % 4] >> 8) * 0x1p-24f;
                counts[x] = (uint32_t)(1400.0f + v + (u - 0.5f) * 3.46f * sqrtf(v));
            }
        }
    }
    for (int k = 0; k < 3; k++) {
        tape_set_mark(t, k, lines);
        tape_seal(t, k);
    }
    return t;
}

void
bench_feed(struct tape *to, const struct tape *from, int32_t i)
{
    for (int k = 0; k < 3; k++) {
        memcpy(tape_line(to, k, i), tape_read(from, k, i), tape_line_bytes(from, k));
        tape_set_mark(to, k, i + 1);
    }
}

static void
fill(struct tape *t, int plane, int32_t line, float value)
{
    for (int x = 0; x < BENCH_PIXELS; x++)
        ((float *)tape_line(t, plane, line))[x] = value;
}

#define STEP 16 /* pixels that scatter as one */
#define CELLS (BENCH_PIXELS / STEP)

static void
fill_scatter(struct tape *t, int plane)
{
    float *head = tape_line(t, plane, 0);

    head[0] = STEP;
    head[1] = 0.3f;
    head[2] = BENCH_PIXELS;
    for (int from = 0; from < CELLS; from++)
        for (int to = 0; to < CELLS; to++)
            ((float *)tape_line(t, plane, 1 + from))[to] = 1e-4f / (float)(1 + abs(from - to));
}

struct tape *
bench_calib(void)
{
    enum { DARK, AIR, NOISE, ROUGH, BAD, LAG, CROSSTALK, PER };
    static const enum quantity order[PER] = {Q_DARK,      Q_AIR,       Q_NOISE,    Q_AIR_NOISE,
                                             Q_BAD_PIXEL, Q_LAG_MODEL, Q_CROSSTALK};
    static const float lag[6] = {0.01f, 0.5f, 0.003f, 0.9f, 0.0008f, 0.99f};
    struct plane_spec s[2 * PER + 3];
    int n = 2 * PER + 3;

    for (int i = 0; i < 2 * PER; i++)
        s[i] = spec(order[i % PER], i / PER, LATTICE_CALIB, BENCH_PIXELS, i % PER == LAG ? 6 : 1);
    for (int k = 0; k < 2; k++)
        s[n - 3 + k] = spec(Q_SCATTER, k, LATTICE_CALIB, CELLS, 1 + CELLS);
    s[n - 1] = spec(Q_ROW_SOURCE, 0, LATTICE_CALIB, BENCH_PIXELS, 1);
    struct tape *t = tape_or_die(s, n, about);
    for (int k = 0; k < 2; k++) {
        int base = k * PER;
        fill(t, base + DARK, 0, 1400);
        fill(t, base + NOISE, 0, 8);
        fill(t, base + ROUGH, 0, 800);
        fill(t, base + CROSSTALK, 0, 0.012f);
        fill_scatter(t, n - 3 + k);
        for (int m = 0; m < 6; m++)
            fill(t, base + LAG, m, lag[m]);
        for (int x = 0; x < BENCH_PIXELS; x++) {
            ((float *)tape_line(t, base + AIR, 0))[x] = air_of(k, x);
            ((uint8_t *)tape_line(t, base + BAD, 0))[x] = x % 311 == 100 ? MASK_DEAD : 0;
        }
    }
    for (int x = 0; x < BENCH_PIXELS; x++)
        ((float *)tape_line(t, n - 1, 0))[x] = (float)x * 0.999f;
    for (int i = 0; i < n; i++) {
        tape_set_mark(t, i, s[i].lines);
        tape_seal(t, i);
    }
    return t;
}
