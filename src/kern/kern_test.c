/* kern_test: every level, gcc and clang give the same bits for adversarial planes (the hashes below
 * are those of any machine), nothing becomes a NaN, and a build with fused multiply-add is noticed.
 */
#include "kern/kern.h"

#include "base/hash.h"
#include "base/rng.h"
#include "base/test.h"
#include "kern/math.h"

#define N 1237 /* no multiple of any vector */
#define ROOM 2048

extern const struct kern kern_table_fused; /* the same sources with -ffp-contract=fast */

static float plane[16][ROOM], result[4][ROOM];
static uint8_t bits[4][ROOM], mask[2][ROOM];
static uint32_t counts[ROOM];
static int32_t at[ROOM], first[ROOM];

/* Values of planes within what the contract allows, many of them awkward. */
static float
awkward(struct rng *r, float limit)
{
    static const float odd[] = {0.0f, -0.0f, 1e-42f, -1e-42f, 1e-38f,
                                1.0f, -1.0f, 0.5f,   1e-6f,   0.999999f};
    switch (rng_below(r, 6)) {
    case 0:
        return odd[rng_below(r, (int)(sizeof odd / sizeof *odd))];
    case 1:
        return limit * (rng_below(r, 2) ? 1.0f : -1.0f);
    case 2:
        return (float)rng_range(r, -1, 1) * limit;
    default:
        return (float)rng_unit(r);
    }
}

static int
setup(void **state)
{
    (void)state;
    struct rng r = rng_start(42, 0);
    for (int k = 0; k < 16; k++)
        for (int i = 0; i < ROOM; i++)
            plane[k][i] = awkward(&r, k < 8 ? 16.0f : 1.0f);
    for (int i = 0; i < ROOM; i++) {
        counts[i] = rng_below(&r, 8) == 0 ? 0xffffffffu : rng_u32(&r) & 0xfffff;
        for (int k = 0; k < 4; k++)
            bits[k][i] = (uint8_t)(rng_below(&r, 4) == 0 ? rng_u32(&r) : 0);
        at[i] = i * 9 / 10;
        first[i] = (i * 10 + 8) / 9;
        plane[15][i] = 0.0001f + 0.01f * fabsf(plane[15][i]);
    }
    return 0;
}

/* ---- one function per kernel: fills results ---- */

static void
do_signal(const struct kern *k, size_t n)
{
    const struct kern_gain g = {plane[8], plane[9], bits[0], 1048575};
    k->kern_signal(&g, counts, result[0], mask[0], n);
}

static void
do_attenuation(const struct kern *k, size_t n)
{
    k->kern_attenuation(plane[0], plane[15], bits[0], result[0], mask[0], n);
}

static void
do_scale(const struct kern *k, size_t n)
{
    k->kern_scale(1.37f, plane[0], result[0], n);
}

static void
lag_one(const struct kern *k, const struct kern_lag *g, const float *before, float *after,
        float *out, size_t n)
{
    const float *in = plane[0];
    k->kern_lag(1, g, &in, before, after, &out, ROOM, n);
}

static void
do_lag(const struct kern *k, size_t n)
{
    struct kern_lag g = {.parts = 3, .decay = {0.5f, 0.9f, 0.99f}, .inverse = plane[1]};
    static float before[3 * ROOM], after[3 * ROOM];
    for (int p = 0; p < 3; p++) {
        g.weight[p] = plane[15];
        memcpy(before + p * ROOM, plane[2 + p], sizeof plane[0]);
    }
    lag_one(k, &g, before, after, result[0], n);
    for (int p = 0; p < 3; p++)
        memcpy(result[1 + p], after + p * ROOM, n * sizeof(float));
    g.scale = plane[5];
    g.unscale = plane[6];
    g.parts = 2;
    lag_one(k, &g, before, after, result[1], n);
}

static void
do_band(const struct kern *k, size_t n)
{
    const float *w[7];
    for (int d = 0; d < 7; d++)
        w[d] = plane[8 + d];
    k->kern_band(w, plane[0], result[0], n);
}

static void
do_mix(const struct kern *k, size_t n)
{
    const float *in[5] = {plane[0], plane[1], plane[2], plane[3], plane[4]};
    const uint8_t *m[3] = {bits[0], bits[1], bits[2]};
    static const float w[5] = {0.3f, 0.7f, -0.1f, 0.2f, 0.013f};
    k->kern_mix(1, w, in, result[0], n);
    k->kern_mix(2, w, in, result[1], n);
    k->kern_mix(5, w, in, result[2], n);
    k->kern_mix_mask(3, 16, m, mask[0], n);
}

static void
do_rows(const struct kern *k, size_t n)
{
    k->kern_rows(at, plane[9], plane[0], result[0], n);
    size_t pixels = n == 0 ? 0 : (size_t)at[n - 1] + 2;
    static int32_t rows[ROOM];
    for (size_t p = 0; p <= pixels; p++)
        rows[p] = first[p] < (int32_t)n ? first[p] : (int32_t)n;
    k->kern_rows_mask(rows, bits[0], bits[1], pixels, mask[0], n);
}

static void
do_denoise(const struct kern *k, size_t n)
{
    const struct kern_denoise g = {{plane[15], plane[15]}, {plane[15], plane[15]}, 36};
    const float *low[3] = {plane[0], plane[1], plane[2]};
    const float *high[3] = {plane[3], plane[4], plane[5]};
    k->kern_denoise(&g, low, result[0], n);
    k->kern_denoise2(&g, low, high, result[1], result[2], n);
}

static void
do_zero(const struct kern *k, size_t n)
{
    static const float share[2] = {0.0f, 0.3f};
    const float *in = plane[0];
    for (int i = 0; i < 2; i++) {
        float *out = result[2 * i + 1];
        k->kern_zero(1, share + i, i ? 0.5f : 0.01f, &in, plane[1], result[2 * i], &out, n);
    }
}

static void
do_scatter(const struct kern *k, size_t n)
{
    static float send[KERN_SCATTER_CELLS * KERN_SCATTER_CELLS];
    int step = 8 * (int)((n + 511) / 512 + (n < 100));
    struct kern_scatter g = {((int)n + step - 1) / step, step, 0.3f, send};

    for (int i = 0; i < g.cells * g.cells; i++)
        send[i / g.cells * KERN_SCATTER_CELLS + i % g.cells] = plane[15][i % ROOM];
    k->kern_scatter(&g, plane[8], result[0], n);
    k->kern_scatter(&g, plane[0], result[1], n);
}

static void
do_steady(const struct kern *k, size_t n)
{
    static float never[ROOM];
    struct kern_steady g = {.dark2 = plane[15],
                            .air2 = plane[15],
                            .low_from = plane[9],
                            .per_from = 20,
                            .bend = 1,
                            .reach = 0.3f,
                            .reach_share = 0.2f,
                            .sigmas2 = 9,
                            .noise = 0.3f};
    const float *low[9], *high[9];
    for (int l = 0; l < 9; l++) {
        low[l] = plane[l / 2];
        high[l] = plane[10 + l / 2];
    }
    k->kern_steady(&g, 0, low, high, result[0], result[1], n);
    for (int i = 0; i < ROOM; i++)
        never[i] = 1e9f;
    g.low_from = never;
    k->kern_steady(&g, 0, low, high, result[2], result[3], n);
    if (memcmp(result[2], low[4] + 4, n * sizeof(float)) != 0)
        fail_msg("steady changes what is not noisy");
}

static void
do_transpose(const struct kern *k, size_t n)
{
    size_t rows = n < 33 ? n : 33, cols = n < 37 ? n : 37;
    k->kern_transpose(plane[0], 41, result[0], 33, rows, cols);
    for (size_t i = 0; i < 33 * 41; i++)
        if (i % 33 >= rows || i / 33 >= cols)
            assert_true(result[0][i] == 0);
    memset(result[0] + n, 0, sizeof result[0] - n * sizeof(float));
}

/* A delta comes out as the response; n is used for nothing but how much is looked at. */
static void
do_convolve(const struct kern *k, size_t n)
{
    enum { POINTS = 64 }; /* as many floats as result has */
    static float data[2 * POINTS * KERN_LANES], twiddle[2 * POINTS], response[2 * POINTS + 4];
    static int32_t place[POINTS + 1];
    struct kern_convolve c = {POINTS, twiddle, response, place};

    for (int32_t i = 0; i <= POINTS; i++)
        place[i] = (i * 7) % POINTS;
    for (int i = 0; i < 2 * POINTS; i++)
        twiddle[i] = plane[8][i];
    for (int i = 0; i < 2 * POINTS + 4; i++)
        response[i] = plane[9][i];
    for (int i = 0; i < 2 * POINTS * KERN_LANES; i++)
        data[i] = plane[1 + i / ROOM][i % ROOM];
    k->kern_convolve(&c, data);
    memcpy(result[0], data, n * sizeof(float));
}

static void
do_weigh(const struct kern *k, size_t n)
{
    k->kern_ct_weigh(plane[0], plane[8], plane[9], plane[15], 0.25f, result[0], n);
}

/* Flat and curved; most of what is hit lies beside the detector. */
static void
do_aim(const struct kern *k, size_t n)
{
    struct kern_ct_aim a = {.across = -300,
                            .across_step = 1.3f,
                            .depth = 700,
                            .depth_step = 0.4f,
                            .source = 900,
                            .axis = 50,
                            .last = 97,
                            .row_axis = 3,
                            .row_zero = -40,
                            .row_step = 1.7f};
    static float step[ROOM];

    k->kern_ct_aim(&a, at, result[0], result[1], result[2], step, n);
    a.arc = 300;
    k->kern_ct_aim(&a, at, result[3], result[1], result[2], step, n);
    for (size_t i = 0; i < n; i++) {
        assert_true(at[i] >= 0 && at[i] <= 97);
        result[2][i] += step[i] + (float)at[i];
        at[i] = (int32_t)i * 9 / 10;
    }
}

/* Five views, a few voxels, so many slices; rows that move by up to so much from slice to slice. */
static void
rays_of(struct kern_ct_rays *r, float most)
{
    static const float *data[5];
    static int32_t column[5 * 8];
    static float ray[4][5 * 8];

    for (int v = 0; v < 5; v++)
        data[v] = plane[v] + 64 * v;
    for (int i = 0; i < 40; i++) {
        column[i] = i * 5 % 3;
        ray[0][i] = fabsf(plane[8][i]) * 0.1f;
        ray[1][i] = fabsf(plane[9][i]) * 0.1f;
        ray[2][i] = 40 * plane[10][i] - 20;
        ray[3][i] = most * fabsf(plane[11][i]);
    }
    ray[3][3] = most;
    *r = (struct kern_ct_rays){.views = 5,
                               .pitch = 8,
                               .data = data,
                               .stride = 300,
                               .column = column,
                               .near = ray[0],
                               .far = ray[1],
                               .row = ray[2],
                               .row_step = ray[3],
                               .first_slice = 7,
                               .last_row = 201};
}

static void
do_stack(const struct kern *k, size_t n)
{
    struct kern_ct_rays r;

    rays_of(&r, 0);
    k->kern_ct_stack(&r, result[0], 80, n < 8 ? n : 8);
    k->kern_ct_stack(&r, result[1], 16, n < 8 ? n : 8);
    for (int i = 0; i < 2; i++)
        memset(result[i] + n, 0, sizeof result[0] - n * sizeof(float));
}

static void
do_slice(const struct kern *k, size_t n)
{
    struct kern_ct_aim a[3] = {{.first = 3,
                                .across = -30,
                                .across_step = 1.3f,
                                .depth = 1,
                                .source = 1,
                                .axis = 500,
                                .last = 1237},
                               {.across = 900000,
                                .across_step = -1100,
                                .depth = 1100,
                                .depth_step = 0.3f,
                                .source = 900,
                                .axis = 90,
                                .last = 1000}};
    const float *data[3] = {plane[0], plane[1], plane[2]};

    a[2] = a[1];
    a[2].across_step = -3000; /* more than a window between neighbours */
    k->kern_ct_slice(a, data, 3, result[0], n);
    a[2].arc = 600;
    a[2].across = 300;
    a[2].across_step = -1;
    k->kern_ct_slice(a + 2, data, 1, result[1], n);
}

static void
do_cone(const struct kern *k, size_t n)
{
    static const float most[] = {0.8f, 1.9f, 2.99f, 4, 7};
    struct kern_ct_rays r;

    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
        rays_of(&r, most[i]);
        k->kern_ct_cone(&r, result[i % 4], i % 2 == 0 ? 80 : 16, n < 8 ? n : 8);
    }
    for (int i = 0; i < 4; i++)
        memset(result[i] + n, 0, sizeof result[0] - n * sizeof(float));
}

static const struct {
    const char *name;
    void (*fn)(const struct kern *k, size_t n);
    const char *hash; /* first digits of the SHA-256 of all results */
} rows[] = {
    {"signal", do_signal, "4507003a0a4eb173"},
    {"attenuation", do_attenuation, "027db3c4c17c5a4b"},
    {"scale", do_scale, "d90614ba66f5db6a"},
    {"lag", do_lag, "8beef5e8be190f4f"},
    {"band", do_band, "46b2724232e318cc"},
    {"mix", do_mix, "8d55f9eb82d991fb"},
    {"rows", do_rows, "d9f210051beec313"},
    {"zero", do_zero, "6afab1789eed1323"},
    {"denoise", do_denoise, "e609ea0aa0cd0f9b"},
    {"scatter", do_scatter, "1503e95271486ef7"},
    {"steady", do_steady, "b8fa10d664d0c9fc"},
    {"transpose", do_transpose, "7e9daf182f2ca7d1"},
    {"convolve", do_convolve, "d1516ed52df82542"},
    {"ct_weigh", do_weigh, "520b1aba1e022bb5"},
    {"ct_aim", do_aim, "075a21969452fc5e"},
    {"ct_stack", do_stack, "5953f4cd12aec76b"},
    {"ct_slice", do_slice, "295a4d48419e967b"},
    {"ct_cone", do_cone, "934641cbb5948400"},
};
#define ROWS ((int)(sizeof rows / sizeof *rows))

static void
run_row(const struct kern *k, int row, char hex[HASH_HEX])
{
    static const size_t sizes[] = {N, 0, 1, 2, 3, 7, 8, 33};
    struct hash *h = hash_new();
    uint8_t sum[HASH_BYTES];

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        memset(result, 0, sizeof result);
        memset(mask, 0, sizeof mask);
        rows[row].fn(k, sizes[s]);
        for (int p = 0; p < 4; p++)
            for (size_t i = 0; i < ROOM; i++)
                if (!isfinite(result[p][i]) || (i >= sizes[s] && result[p][i] != 0))
                    fail_msg("%s: result %d of %zu, element %zu is %g", rows[row].name, p, sizes[s],
                             i, (double)result[p][i]);
        hash_add(h, result, sizeof result);
        hash_add(h, mask, sizeof mask);
    }
    hash_end(h, sum);
    hash_hex(sum, hex);
}

static void
test_levels(void **state)
{
    (void)state;
    char hex[HASH_HEX];
    int levels = 0;

    for (int level = 1; level <= 4; level++) {
        const struct kern *k = kern_get(level);
        if (k == NULL)
            continue;
        levels++;
        for (int row = 0; row < ROWS; row++) {
            run_row(k, row, hex);
            if (strncmp(hex, rows[row].hash, 16) != 0)
                fail_msg("kernel %s at v%d gives %.16s, not %s", rows[row].name, level, hex,
                         rows[row].hash);
        }
    }
    assert_true(levels >= 1);
}

/* Negative control: what contraction does to the sums is seen. */
static void
test_contraction_is_seen(void **state)
{
    (void)state;
#ifdef __x86_64__
    char hex[HASH_HEX];
    int seen = 0;
    if (kern_get(3) == NULL) {
        printf("SKIPPED: this machine has no fused multiply-add\n");
        return;
    }
    for (int row = 0; row < ROWS; row++) {
        run_row(&kern_table_fused, row, hex);
        seen += strncmp(hex, rows[row].hash, 16) != 0;
    }
    if (seen < 4)
        fail_msg("only %d of %d kernels notice contraction", seen, ROWS);
#else
    printf("SKIPPED: no fused build on this architecture\n");
#endif
}

/* ---- against libm and by meaning ---- */

static void
test_math(void **state)
{
    (void)state;
    struct rng r = rng_start(1, 2);
    for (int i = 0; i < 200000; i++) {
        float x = (float)exp(rng_range(&r, -80, 80));
        float y = (float)rng_range(&r, -80, 80);
        assert_near((double)kern_log(x), log((double)x), 3e-7 + 2.5e-7 * fabs(log((double)x)));
        assert_near((double)kern_exp(y) / exp((double)y), 1, 3e-7);
        assert_near((double)kern_exp_coarse(y) / exp((double)y), 1, 4e-3);
    }
}

static void
test_extremes(void **state)
{
    (void)state;
    const struct kern *k = kern_get(0);
    float t[8] = {INFINITY, -INFINITY, 0, -0.0f, 1e-45f, 3e38f, -3e38f, 1}, out[8];
    float limit[8] = {1e-3f, 1e-3f, 1e-3f, 1e-3f, 1e-3f, 1e-3f, 1e-3f, 1e-3f};
    uint8_t none[8] = {0}, m[8];

    k->kern_attenuation(t, limit, none, out, m, 8);
    static const int starved[8] = {0, 1, 1, 1, 1, 0, 1, 0};
    for (int i = 0; i < 8; i++) {
        assert_true(isfinite(out[i]));
        assert_int_equal(m[i], starved[i] ? 2 : 0);
    }
    assert_near((double)out[2], -log(1e-3), 1e-5);
    assert_near((double)out[7], 0, 0);
    k->kern_scale(2, t, out, 8);
    assert_near((double)out[0], 16, 0);
    assert_near((double)out[1], -16, 0);
}

/* Several lines at once are the same as one after the other: out and what stays behind. */
static void
test_lines_at_once(void **state)
{
    (void)state;
    enum { LINES = 5 };
    const struct kern *k = kern_get(0);
    static float before[4][3 * ROOM], after[3 * ROOM], out[2][LINES][ROOM], zero[3][ROOM];
    static const float share[LINES] = {0.3f, 0, 0.2f, 0.1f, 0};
    struct kern_lag g[LINES];
    const float *in[LINES];
    float *to[LINES];

    for (int l = 0; l < LINES; l++) {
        in[l] = plane[l];
        to[l] = out[0][l];
        g[l] = (struct kern_lag){.parts = 3,
                                 .decay = {0.5f, 0.9f, 0.99f},
                                 .weight = {plane[15], plane[15], plane[15]},
                                 .inverse = plane[9],
                                 .scale = l % 2 ? plane[10] : NULL,
                                 .unscale = plane[11],
                                 .hold = l == 3};
    }
    for (int i = 0; i < 3 * ROOM; i++)
        before[0][i] = plane[6][i % ROOM];
    k->kern_lag(LINES, g, in, before[0], after, to, ROOM, N);
    for (int l = 0; l < LINES; l++) {
        float *one = out[1][l];
        k->kern_lag(1, &g[l], &in[l], before[l % 2], before[1 - l % 2], &one, ROOM, N);
        assert_memory_equal(out[0][l], one, sizeof *one * N);
    }
    for (int p = 0; p < 3; p++)
        assert_memory_equal(after + p * ROOM, before[1] + p * ROOM, sizeof *after * N);
    assert_memory_not_equal(out[0][0], out[0][1], sizeof **out[0] * N);

    memcpy(zero[0], plane[6], sizeof zero[0]);
    k->kern_zero(LINES, share, 0.5f, in, zero[0], zero[2], to, N);
    for (int l = 0; l < LINES; l++) {
        float *one = out[1][l];
        k->kern_zero(1, &share[l], 0.5f, &in[l], zero[l % 2], zero[1 - l % 2], &one, N);
        assert_memory_equal(out[0][l], one, sizeof *one * N);
    }
    assert_memory_equal(zero[2], zero[1], sizeof *zero[0] * N);
}

/* Equations 7a to 7c written out for one pixel of a line of many thicknesses. */
static void
test_scatter(void **state)
{
    (void)state;
    enum { PIXELS = 100, STEP = 16, CELLS = 7 };
    float t[PIXELS], out[PIXELS], send[CELLS * KERN_SCATTER_CELLS];
    const struct kern_scatter g = {CELLS, STEP, 0.25f, send};
    double share[CELLS] = {0};

    for (int p = 0; p < PIXELS; p++)
        t[p] = p < 20 ? 1.0f : expf(-0.05f * (float)p);
    for (int i = 0; i < CELLS * KERN_SCATTER_CELLS; i++)
        send[i] = 0.001f * (float)(1 + i * 29 % 17);
    kern_get(0)->kern_scatter(&g, t, out, PIXELS);
    for (int j = 0; j < CELLS; j++) {
        double source = 0;
        for (int k = 0; k < 4; k++) {
            int p = STEP * j + 2 + 4 * k;
            double x = (double)t[p < PIXELS ? p : PIXELS - 1], a = -log(x);
            source += 0.25 * x * a * (1 + 0.25 * a);
        }
        for (int i = 0; i < CELLS; i++)
            share[i] += (double)send[j * KERN_SCATTER_CELLS + i] * source;
    }
    for (int p = 0; p < PIXELS; p++) {
        double way = (p - 7.5) / STEP; /* in cells from the middle of the first */
        int i = way < 0 ? 0 : way >= CELLS - 1 ? CELLS - 2 : (int)way;
        double part = way < 0 ? 0 : way > CELLS - 1 ? 1 : way - i;
        double want = share[i] + part * (share[i + 1] - share[i]);
        assert_true(want > 1e-4);
        assert_near((double)(t[p] - out[p]), want, 1e-6);
    }
}

static void
test_choice(void **state)
{
    (void)state;
    assert_null(kern_get(2));
    assert_null(kern_get(7));
    assert_ptr_equal(kern_get(0), kern_get(kern_best()));
    setenv("DOORLICHT_LEVEL", "1", 1);
    assert_int_equal(kern_best(), 1);
    unsetenv("DOORLICHT_LEVEL");
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),  cmocka_unit_test(test_contraction_is_seen),
        cmocka_unit_test(test_math),    cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_choice),  cmocka_unit_test(test_lines_at_once),
        cmocka_unit_test(test_scatter),
    };
    if (argc == 2 && strcmp(argv[1], "--print") == 0) { /* the hashes for the table above */
        char hex[HASH_HEX];
        setup(NULL);
        for (int row = 0; row < ROWS; row++) {
            run_row(kern_get(1), row, hex);
            printf("%s %.16s\n", rows[row].name, hex);
        }
        return 0;
    }
    return cmocka_run_group_tests(tests, setup, NULL);
}
