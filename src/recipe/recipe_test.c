/* recipe_test: chunking, threads, levels and kills do not change a bit; recipes that cannot work
 * are refused with their line. */
#include "recipe/recipe.h"

#include "base/hash.h"
#include "base/rng.h"
#include "base/test.h"
#include "recipe/recipe_scan.h"

static const char recipe_plain[] =
    "recipe plain {\n stage signal\n stage dose\n stage transmission\n stage attenuation\n}\n";

/* ---- the same bits ---- */

static void
test_same_bits(void **state)
{
    (void)state;
    char want[HASH_HEX], got[HASH_HEX];
    static const int steps[] = {1, 7, 32, 4096}, threads[] = {1, 2, 5};

    scan_run(recipe_plain, 32, 1, 0, false, want);
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 3; k++) {
            scan_run(recipe_plain, steps[i], threads[k], 0, false, got);
            assert_string_equal(got, want);
        }
    scan_run(recipe_plain, 32, 2, 1, false, got);
    assert_string_equal(got, want);
    scan_run(recipe_plain, 5, 2, 0, true, got);
    assert_string_equal(got, want);
}

static void
test_control(void **state)
{
    (void)state;
    char a[HASH_HEX], b[HASH_HEX];
    scan_run("recipe a {\n stage signal\n stage dose\n stage transmission\n stage attenuation\n}\n",
             32, 1, 0, false, a);
    scan_run("recipe a {\n stage signal\n stage dose { \n drift_lines 199\n }\n"
             " stage transmission\n stage attenuation\n}\n",
             32, 1, 0, false, b);
    assert_string_not_equal(a, b);
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
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
