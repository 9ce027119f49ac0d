/* recipe_test: chunking, threads, levels and kills do not change a bit; recipes that cannot work
 * are refused with their line. */
#include "recipe/recipe.h"

#include "base/hash.h"
#include "base/rng.h"
#include "base/test.h"
#include "kern/kern.h"
#include "recipe/recipe_scan.h"
#include "stage/monochrome.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the same bits ---- */

/* energies: 2 = a sandwich, 3 = interlaced. */
static void
same_bits(int energies)
{
    char want[HASH_HEX], got[HASH_HEX];
    static const int steps[] = {1, 7, 32, 4096}, threads[] = {1, 2, 5};

    scan_run(scan_full, energies, 32, 1, 0, false, want);
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 3; k++) {
            scan_run(scan_full, energies, steps[i], threads[k], 0, false, got);
            assert_string_equal(got, want);
        }
    for (int level = 1; level <= 4; level++) {
        if (kern_get(level) == NULL)
            continue;
        scan_run(scan_full, energies, 32, 2, level, false, got);
        assert_string_equal(got, want);
    }
    scan_run(scan_full, energies, 5, 2, 0, true, got);
    assert_string_equal(got, want);
}

static void
test_same_bits_sandwich(void **state)
{
    (void)state;
    same_bits(2);
}

static void
test_same_bits_interlaced(void **state)
{
    (void)state;
    same_bits(3);
}

/* The hash notices the smallest change. */
static void
test_control(void **state)
{
    (void)state;
    char a[HASH_HEX], b[HASH_HEX];
    const char *plain = "recipe a {\n stage signal\n stage dose\n stage transmission\n}\n";
    const char *other = "recipe a {\n stage signal\n stage dose { \n drift_lines 199\n }\n"
                        " stage transmission\n}\n";
    scan_run(plain, 2, 32, 1, 0, false, a);
    scan_run(other, 2, 32, 1, 0, false, b);
    assert_string_not_equal(a, b);
}

/* ---- kills ---- */

static void
child_run(const struct text *t, struct tape *raw, const struct tape *calib, struct tape *out)
{
    struct recipe_options o = {.step = 1};
    struct recipe *r;
    struct par *pool;
    struct err e;

    if (par_open(&pool, 2, &e) != 0 || recipe_resume(t, raw, calib, pool, &o, out, &r, &e) != 0)
        _exit(1);
    for (int turn = 0; recipe_turn(r); turn++)
        if (turn % 4 == 3)
            usleep(200); /* lets the parent see the marks before all is over */
    _exit(0);
}

static int
marks_sum(const struct tape *t)
{
    int sum = 0;
    for (int k = 0; k < tape_planes(t); k++)
        sum += tape_mark(t, k);
    return sum;
}

/* Kills the child when it has moved the marks by `lines` and a random while longer; true if it
 * ended before. */
static bool
child_ends(pid_t child, const struct tape *out, int lines, struct rng *rng)
{
    int status, target = marks_sum(out) + lines;

    while (marks_sum(out) < target) {
        pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child) {
            assert_true(WIFEXITED(status));
            assert_int_equal(WEXITSTATUS(status), 0);
            return true;
        }
    }
    for (volatile int i = rng_below(rng, 20000); i > 0; i--)
        ;
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    return false;
}

/* Runs `out` to its end in children that are killed at random; returns how many kills met the scan
 * in the middle. */
static int
run_killed(uint64_t seed, const struct text *t, struct tape *raw, struct tape *calib,
           struct tape *out)
{
    struct rng rng = rng_start(seed, 1);
    int hits = 0;

    for (int round = 0; round < 10000; round++) {
        int lines = 1 + rng_below(&rng, 1500);
        pid_t child = fork();
        if (child == 0)
            child_run(t, raw, calib, out);
        if (child_ends(child, out, lines, &rng))
            return hits;
        hits += !tape_sealed(out, 0);
    }
    fail_msg("10000 kills and no end");
    return 0;
}

static int
killed(int energies, uint64_t seed)
{
    struct text t = scan_recipe(scan_full);
    struct tape *raw = scan_raw(SCAN_LINES, energies), *calib = scan_calib(energies), *out;
    struct recipe_options o = {.step = 1};
    struct recipe *r;
    struct err e;
    char want[HASH_HEX], got[HASH_HEX];

    scan_run(scan_full, energies, 32, 1, 0, false, want);
    if (recipe_open(&t, raw, calib, NULL, &o, &r, &e) != 0)
        fail_msg("%s", e.text);
    out = recipe_take(r);
    recipe_close(r);
    int hits = run_killed(seed, &t, raw, calib, out);
    scan_hash(out, got);
    assert_string_equal(got, want);
    tape_free(out);
    tape_free(raw);
    tape_free(calib);
    text_free(&t);
    return hits;
}

static void
test_killed(void **state)
{
    (void)state;
    int hits = 0;

    for (uint64_t seed = 0; seed < 6; seed++)
        hits += killed(2 + (int)(seed & 1), seed);
    if (hits < 6)
        fail_msg("only %d kills met a scan in the middle", hits);
}

/* Another recipe, or another step, is not gone on with. */

/* A helical scan of two energies, three turns; the second bends a little. */
static struct tape *
helix_raw(void)
{
    enum { VIEWS = 180, TURN = 60, ROWS = 4, COLS = 32 };
    static const char about[] = "import \"h\" {\n geometry cone {\n pixel_mm 1\n source_mm 200\n"
                                " detector_mm 300\n axis_pixel 15.5\n }\n}\n";
    struct plane_spec s[3];
    struct tape *t;
    struct err e;

    for (int k = 0; k < 3; k++)
        s[k] = (struct plane_spec){.quantity = k == 0 ? Q_POSE : Q_ATTENUATION,
                                   .energy = (uint8_t)(k == 2),
                                   .lattice = LATTICE_PROJ,
                                   .rows = k == 0 ? 1 : ROWS,
                                   .cols = k == 0 ? 1 : COLS,
                                   .lines = VIEWS,
                                   .ring = VIEWS};
    assert_int_equal(tape_new(s, 3, about, &t, &e), 0);
    for (int32_t i = 0; i < VIEWS; i++) {
        *(struct pose *)tape_line(t, 0, i) =
            (struct pose){.gantry_rad = (float)(i * 2 * 3.14159 / TURN),
                          .belt_mm = (float)i * 2.5f / TURN,
                          .flags = i % 20 == 7 ? POSE_MISSING : 0};
        for (int k = 1; k < 3; k++)
            for (int c = 0; c < ROWS * COLS; c++)
                ((float *)tape_line(t, k, i))[c] =
                    (c % COLS > 8 && c % COLS < 20 ? 0.5f : 0.01f) * (k == 1 ? 1.5f : 1);
    }
    for (int k = 0; k < 3; k++) {
        tape_set_mark(t, k, VIEWS);
        tape_seal(t, k);
    }
    return t;
}

/* A table of single energies that is a plane. */
static struct tape *
helix_calib(void)
{
    enum { NU = 4, NV = 16 };
    struct plane_spec s = {.quantity = Q_MONOCHROMATIC,
                           .lattice = LATTICE_CALIB,
                           .rows = NV,
                           .cols = 2,
                           .lines = 1 + NU,
                           .ring = 1 + NU};
    struct tape *t;
    struct err e;

    assert_int_equal(tape_new(&s, 1, "calibration {\n}\n", &t, &e), 0);
    float *head = tape_line(t, 0, 0);
    head[MONO_VERSION] = MONOCHROME_VERSION;
    head[MONO_NU] = NU;
    head[MONO_NV] = NV;
    head[MONO_U_MAX] = 10;
    head[MONO_V_MAX] = 8;
    head[MONO_KEV] = 50;
    head[MONO_KEV + 1] = 80;
    for (int i = 0; i < NU; i++)
        for (int j = 0; j < NV; j++) {
            float *pair = (float *)tape_line(t, 0, 1 + i) + 2 * j;
            pair[1] = 10.0f * (float)i / (NU - 1);
            pair[0] = pair[1] + 8.0f * (float)j / (NV - 1);
        }
    tape_set_mark(t, 0, 1 + NU);
    tape_seal(t, 0);
    return t;
}

/* A bag that is killed while its slices leave. */
static void
test_helix_killed(void **state)
{
    struct text t =
        scan_recipe("recipe h {\n stage monochrome\n stage helix-filter {\n views_turn 60\n }\n"
                    " stage helix-back {\n size 16\n slices 40\n slice_mm 0.1\n first_mm 2\n "
                    "views_turn 60\n }\n"
                    " stage ct-material\n}\n");
    struct tape *raw = helix_raw(), *calib = helix_calib();
    struct recipe_options o = {.step = 1};
    char want[HASH_HEX], got[HASH_HEX];
    struct recipe *r;
    struct err e;
    int hits = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        if (recipe_open(&t, raw, calib, NULL, &o, &r, &e) != 0)
            fail_msg("%s", e.text);
        while (seed == 0 && recipe_turn(r))
            ;
        struct tape *out = recipe_take(r);
        recipe_close(r);
        hits += seed == 0 ? 0 : run_killed(seed, &t, raw, calib, out);
        scan_hash(out, seed == 0 ? want : got);
        if (seed > 0)
            assert_string_equal(got, want);
        int zeff = tape_find(out, Q_ZEFF, 0, -1);
        assert_int_equal(tape_mark(out, zeff), 40);
        assert_true(((const float *)tape_read(out, zeff, 20))[8 * 16 + 8] > 1);
        tape_free(out);
    }
    assert_true(hits > 3);
    tape_free(raw);
    tape_free(calib);
    text_free(&t);
}

static void
test_resume_refused(void **state)
{
    (void)state;
    struct text t = scan_recipe(scan_full), u = scan_recipe("recipe x {\n stage signal\n}\n");
    struct tape *raw = scan_raw(20, 1), *calib = scan_calib(1);
    struct recipe_options o = {0};
    struct recipe *r, *s;
    struct err e;

    assert_int_equal(recipe_open(&t, raw, calib, NULL, &o, &r, &e), 0);
    assert_int_equal(recipe_resume(&u, raw, calib, NULL, &o, recipe_out(r), &s, &e), -1);
    assert_non_null(strstr(e.text, "another recipe"));
    recipe_close(r);
    tape_free(raw);
    tape_free(calib);
    text_free(&t);
    text_free(&u);
}

/* ---- errors ---- */

static void
refused(const char *recipe, const char *message)
{
    struct text t;
    struct err e;
    struct recipe *r;
    struct recipe_options o = {0};
    struct tape *raw = scan_raw(10, 1), *calib = scan_calib(1);

    assert_int_equal(text_parse(&t, "x.recipe", recipe, strlen(recipe), &e), 0);
    assert_int_equal(recipe_open(&t, raw, calib, NULL, &o, &r, &e), -1);
    if (strstr(e.text, message) == NULL)
        fail_msg("'%s' does not say '%s'", e.text, message);
    text_free(&t);
    tape_free(raw);
    tape_free(calib);
}

static void
test_refused(void **state)
{
    (void)state;
    refused("recipe a {\n}\n", "names no stage");
    refused("recipe a {\n stage nonsense\n}\n", "x.recipe:2: stage: there is no stage nonsense");
    refused("recipe a {\n stage attenuation\n}\n", "reads transmission");
    refused("recipe a {\n stage signal {\n satur 3\n }\n}\n", "x.recipe:3");
    refused("recipe a {\n stage signal {\n repair_pixels -1\n }\n}\n", "x.recipe:3");
    refused("other a {\n}\n", "x.recipe:1");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bits_sandwich),
        cmocka_unit_test(test_same_bits_interlaced),
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_helix_killed),
        cmocka_unit_test(test_resume_refused),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
