/* recipe_scan: see recipe_scan.h. */
#include "recipe/recipe_scan.h"

#include "base/hash.h"
#include "base/rng.h"
#include "base/test.h"

const char scan_full[] =
    "recipe full {\n stage signal\n stage afterglow\n stage zero\n stage crosstalk\n"
    " stage dose\n stage transmission\n"
    " stage position {\n pitch_mm 0.7\n }\n"
    " stage rows\n stage attenuation\n stage denoise\n}\n";

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

static float
dark_of(int pixel)
{
    return 900.0f + (float)(pixel * 37 % 101);
}

static float
air_of(int pixel, int energy)
{
    return (energy == 1 ? 520000.0f : 300000.0f) + (float)(pixel * 7919 % 10007);
}

double
scan_dark(int pixel)
{
    return (double)dark_of(pixel);
}

double
scan_air(int pixel, int energy)
{
    return (double)air_of(pixel, energy);
}

const double scan_lag_fraction[SCAN_LAGS] = {0.02, 0.01}, scan_lag_decay[SCAN_LAGS] = {0.5, 0.95};

double
scan_left(int pixel)
{
    return pixel == 0 || pixel == 100 ? 0 : 0.02;
}

double
scan_right(int pixel)
{
    return pixel == 99 || pixel == SCAN_PIXELS - 1 ? 0 : 0.025;
}

static uint32_t
counts_at(int32_t line, int pixel, int energy, double dose)
{
    struct rng r = rng_start(77 + (uint64_t)energy, (uint64_t)line * SCAN_PIXELS + (uint64_t)pixel);
    bool box = line > SCAN_LINES / 3 && line < SCAN_LINES / 2 && pixel > 60 && pixel < 140;
    double mean = (double)air_of(pixel, energy) * dose * (box ? 0.2 : 1.0);
    double v = mean + sqrt(mean) * rng_normal(&r) + (double)dark_of(pixel) + 3 * rng_normal(&r);
    return v < 0 ? 0 : v > 1048575 ? 1048575 : (uint32_t)v;
}

/* An unfilled scan; *planes of it, poses first. */
static struct tape *
raw_new(int32_t lines, int energies, int *planes)
{
    struct plane_spec s[3];
    struct tape *t;
    struct err e;
    bool both = energies == 3;
    int n = 1;

    s[0] = spec(Q_POSE, both ? 2 : 0, LATTICE_LINE, 1, lines);
    for (int k = 0; k < (both ? 1 : energies); k++)
        s[n++] = spec(Q_COUNTS, both ? 2 : k, LATTICE_LINE, SCAN_PIXELS, lines);
    assert_int_equal(tape_new(s, n, "scan {\n    simulated no\n}\n", &t, &e), 0);
    *planes = n;
    return t;
}

static void
raw_seal(struct tape *t, int32_t lines)
{
    for (int k = 0; k < tape_planes(t); k++) {
        tape_set_mark(t, k, lines);
        tape_seal(t, k);
    }
}

struct tape *
scan_raw(int32_t lines, int energies)
{
    int n;
    struct tape *t = raw_new(lines, energies, &n);
    bool both = energies == 3;

    for (int32_t i = 0; i < lines; i++) {
        struct rng r = rng_start(5, (uint64_t)i);
        double dose = 1 + 0.01 * rng_normal(&r);
        struct pose p = {.t_ns = (int64_t)i * 1000000,
                         .belt_mm = (float)i * 0.5f,
                         .dose = (float)dose,
                         .flags = both && i % 2 ? POSE_HIGH : 0};
        memcpy(tape_line(t, 0, i), &p, sizeof p);
        for (int k = 1; k < n; k++)
            for (int x = 0; x < SCAN_PIXELS; x++)
                ((uint32_t *)tape_line(t, k, i))[x] = counts_at(i, x, both ? i % 2 : k - 1, dose);
    }
    raw_seal(t, lines);
    return t;
}

struct tape *
scan_raw_of(const struct pose *poses, int32_t lines, int energies,
            double (*signal)(const void *arg, int32_t line, int pixel, int energy), const void *arg)
{
    int n;
    struct tape *t = raw_new(lines, energies, &n);

    for (int32_t i = 0; i < lines; i++) {
        memcpy(tape_line(t, 0, i), &poses[i], sizeof poses[i]);
        for (int k = 1; k < n; k++)
            for (int x = 0; x < SCAN_PIXELS; x++) {
                int energy = energies == 3 ? (poses[i].flags & POSE_HIGH) != 0 : k - 1;
                double v = scan_dark(x) + scan_air(x, energy) * signal(arg, i, x, energy) + 0.5;
                ((uint32_t *)tape_line(t, k, i))[x] = v < 0         ? 0
                                                      : v > 1048575 ? 1048575
                                                                    : (uint32_t)v;
            }
    }
    raw_seal(t, lines);
    return t;
}

struct recipe *
scan_keep(const struct text *t, struct tape *raw, struct tape *calib)
{
    struct recipe_options o = {.keep_scratch = true};
    struct recipe *r;
    struct err e;

    if (recipe_open(t, raw, calib, NULL, &o, &r, &e) != 0)
        fail_msg("%s", e.text);
    while (recipe_turn(r))
        ;
    return r;
}

static void
calib_pixel(struct tape *t, int energy, int base, int i)
{
    ((float *)tape_line(t, base, 0))[i] = dark_of(i);
    ((float *)tape_line(t, base + 1, 0))[i] = air_of(i, energy);
    ((float *)tape_line(t, base + 2, 0))[i] = 3;
    ((float *)tape_line(t, base + 3, 0))[i] = (float)sqrt((double)air_of(i, energy) + 9);
    ((uint8_t *)tape_line(t, base + 4, 0))[i] = i == 40 || i == 41 || i == 90 ? MASK_DEAD : 0;
    for (int k = 0; k < SCAN_LAGS; k++) {
        ((float *)tape_line(t, base + 5, 2 * k))[i] = (float)scan_lag_fraction[k];
        ((float *)tape_line(t, base + 5, 2 * k + 1))[i] = (float)scan_lag_decay[k];
    }
    ((float *)tape_line(t, base + 6, 0))[i] = (float)scan_left(i);
    ((float *)tape_line(t, base + 6, 1))[i] = (float)scan_right(i);
}

struct tape *
scan_calib(int energies)
{
    enum { PER = 7 };
    static const enum quantity order[PER] = {Q_DARK,      Q_AIR,       Q_NOISE,    Q_AIR_NOISE,
                                             Q_BAD_PIXEL, Q_LAG_MODEL, Q_CROSSTALK};
    struct plane_spec s[2 * PER + 1];
    struct tape *t;
    struct err e;
    int n = 0, tables = energies == 1 ? 1 : 2;

    for (int k = 0; k < tables; k++)
        for (int i = 0; i < PER; i++)
            s[n++] = spec(order[i], k, LATTICE_CALIB, SCAN_PIXELS,
                          i == 5   ? 2 * SCAN_LAGS
                          : i == 6 ? 2
                                   : 1);
    s[n++] = spec(Q_ROW_SOURCE, 0, LATTICE_CALIB, SCAN_ROWS, 1);
    assert_int_equal(tape_new(s, n, "", &t, &e), 0);
    for (int k = 0; k < tables; k++)
        for (int i = 0; i < SCAN_PIXELS; i++)
            calib_pixel(t, k, k * PER, i);
    for (int i = 0; i < SCAN_ROWS; i++) /* a gap between pixels 99 and 100, five rows wide */
        ((float *)tape_line(t, n - 1, 0))[i] = i < 110   ? (float)i * 0.9f
                                               : i < 115 ? -1.0f
                                                         : 100.0f + (float)(i - 115) * 0.9f;
    for (int i = 0; i < n; i++) {
        tape_set_mark(t, i, s[i].lines);
        tape_seal(t, i);
    }
    return t;
}

struct text
scan_recipe(const char *recipe)
{
    struct text t;
    struct err e;
    if (text_parse(&t, "test.recipe", recipe, strlen(recipe), &e) != 0)
        fail_msg("%s", e.text);
    return t;
}

void
scan_hash(const struct tape *t, char *hex)
{
    struct hash *h = hash_new();
    uint8_t sum[HASH_BYTES];
    int64_t bytes = 0;

    for (int k = 0; k < tape_planes(t); k++) {
        const struct plane_spec *s = tape_plane(t, k);
        int32_t mark = tape_mark(t, k);
        if (s->scratch)
            continue;
        assert_true(tape_sealed(t, k));
        hash_add(h, &s->quantity, sizeof s->quantity);
        hash_add(h, &s->energy, sizeof s->energy);
        hash_add(h, &mark, sizeof mark);
        for (int32_t i = 0; i < mark; i++)
            hash_add(h, tape_read(t, k, i), tape_line_bytes(t, k));
        bytes += (int64_t)mark * (int64_t)tape_line_bytes(t, k);
    }
    assert_true(bytes > 1000); /* two empty tapes are not equal, they are a broken test */
    hash_end(h, sum);
    hash_hex(sum, hex);
}

/* The same scan again, its lines appearing one at a time. */
static struct tape *
live_copy(const struct tape *raw)
{
    struct tape *t;
    struct err e;
    assert_int_equal(tape_new_like(raw, tape_about(raw), &t, &e), 0);
    return t;
}

static void
live_feed(struct recipe *r, struct tape *to, const struct tape *raw)
{
    for (int32_t i = 0; i < tape_mark(raw, 0); i++) {
        for (int k = 0; k < tape_planes(raw); k++) {
            memcpy(tape_line(to, k, i), tape_read(raw, k, i), tape_line_bytes(raw, k));
            tape_set_mark(to, k, i + 1);
        }
        while (recipe_turn(r))
            ;
    }
    for (int k = 0; k < tape_planes(raw); k++)
        tape_seal(to, k);
}

void
scan_run(const char *recipe, int energies, int step, int threads, int level, bool live, char *hex)
{
    struct text t = scan_recipe(recipe);
    struct tape *raw = scan_raw(SCAN_LINES, energies), *calib = scan_calib(energies);
    struct tape *in = live ? live_copy(raw) : raw;
    struct recipe_options o = {.step = step, .kern_level = level};
    struct recipe *r;
    struct par *pool;
    struct err e;

    assert_int_equal(par_open(&pool, threads, &e), 0);
    if (recipe_open(&t, in, calib, pool, &o, &r, &e) != 0)
        fail_msg("%s", e.text);
    if (live)
        live_feed(r, in, raw);
    while (recipe_turn(r))
        ;
    scan_hash(recipe_out(r), hex);
    recipe_close(r);
    par_close(pool);
    if (live)
        tape_free(in);
    tape_free(raw);
    tape_free(calib);
    text_free(&t);
}
