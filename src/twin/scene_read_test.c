/* scene_read_test: every mistake in a scene file gets one sentence with file, line and field. */
#include "base/test.h"
#include "twin/scene.h"

static const struct {
    const char *body, *sentence;
} row[] = {
    {"box {\n size_mm 1 2\n }", "f:4: size_mm: 2 values given, 3 needed"},
    {"box {\n size_mm 1 2 -3\n }", "f:4: size_mm: -3 is out of range"},
    {"box {\n size_mm 1 2 nan\n }", "f:4: size_mm: 'nan' is not a number"},
    {"box {\n size_mm 1 2 0\n }", "f:4: size_mm: 0 is out of range"},
    {"box {\n size_mm 1 2 1e300\n }", "f:4: size_mm: 1e300 is out of range"},
    {"box {\n size_mm 1 2 3mm\n }", "f:4: size_mm: '3mm' is not a number"},
    {"box {\n size_m 1 2 3\n }", "f:4: size_m: 'size_m' is unknown here; did you mean 'size_mm'?"},
    {"box {\n }", "f:3: box: 'size_mm' is missing"},
    {"box {\n size_mm 1 2 3\n size_mm 1 2 3\n }", "f:5: size_mm: given twice (first on line 4)"},
    {"box", "f:3: box: '{' and its fields must follow"},
    {"box b1 {\n size_mm 1 2 3\n }", "f:3: box: a solid has no name"},
    {"bxo {\n size_mm 1 2 3\n }", "did you mean 'box'?"},
    {"sphere {\n radius_mm 1 2\n }", "f:4: radius_mm: 2 values given, 1 needed"},
    {"sphere {\n radius_mm 1e-9\n }", "f:4: radius_mm: 1e-9 is out of range"},
    {"sphere {\n radius_mm 1\n at_mm 0 0 2e6\n }", "f:5: at_mm: 2e6 is out of range"},
    {"sphere {\n radius_mm 1\n rotate_deg 0 inf 0\n }", "f:5: rotate_deg: 'inf' is not a number"},
    {"sphere {\n radius_mm 1\n material stele\n }", "f:5: material: "},
    {"sphere {\n radius_mm 1\n material a b\n }", "f:5: material: 2 values given, 1 needed"},
    {"sphere {\n radius_mm 1\n box {\n size_mm 1 1 1\n }\n }", "f:5: box: 'box' is unknown here"},
    {"cylinder {\n radius_mm 1\n }", "f:3: cylinder: 'height_mm' is missing"},
    {"cone {\n radii_mm 0 0\n height_mm 3\n }", "f:4: radii_mm: one radius must be at least"},
    {"torus {\n radius_mm 5\n tube_mm 6\n }", "f:5: tube_mm: 6 is larger than radius_mm 5"},
    {"mesh {\n file none.stl\n }", "f:4: file: none.stl: cannot open"},
    {"mesh {\n file /\n }", "f:4: file: /: not a regular file"},
    {"mesh {\n scale 2\n }", "f:3: mesh: 'file' is missing"},
    {"difference {\n }", "f:3: difference: there is no solid in it"},
    {"group {\n group {\n }\n }", "f:4: group: there is no solid in it"},
    {"difference {\n box {\n size_mm 1 1 1\n material steel\n }\n }",
     "f:6: material: an operand has no material of its own"},
    {"difference {\n group {\n threat gun\n box {\n size_mm 1 1 1\n }\n }\n }",
     "f:5: threat: 'threat' is unknown here"},
    {"repeat {\n count 2 2\n step_mm 1 1 1\n sphere {\n radius_mm 1\n }\n }",
     "f:4: count: 2 values given, 3 needed"},
    {"repeat {\n count 2 2 0\n step_mm 1 1 1\n sphere {\n radius_mm 1\n }\n }",
     "f:4: count: 0 is out of range"},
    {"repeat {\n count 2 2 1.5\n step_mm 1 1 1\n sphere {\n radius_mm 1\n }\n }",
     "f:4: count: '1.5' is not a whole number"},
    {"repeat {\n count 1000 1000 2\n step_mm 1 1 1\n sphere {\n radius_mm 1\n }\n }",
     "f:3: repeat: more than 1048576 copies"},
    {"repeat {\n count 1000 1 1\n step_mm 1 1 1\n repeat {\n count 1000 2 1\n step_mm 1 1 1\n"
     " sphere {\n radius_mm 1\n }\n }\n }",
     "f:3: repeat: more than 1048576 solids after repetition"},
    {"difference {\n repeat {\n count 5000 1 1\n step_mm 1 1 1\n sphere {\n radius_mm 1\n }\n }\n"
     " }",
     "f:4: repeat: more than 4096 copies"},
    {"repeat {\n count 1000000 1 1\n step_mm 1e6 0 0\n sphere {\n radius_mm 1\n }\n }",
     "mm from the origin"},
    {"group {\n threat gun\n label gun\n sphere {\n radius_mm 1\n }\n }",
     "f:5: label: a group is either a threat or a label"},
    {"group {\n threat\n sphere {\n radius_mm 1\n }\n }", "f:4: threat: 0 values given, 1 needed"},
    {"material m {\n }", "f:3: material: neither 'from MATERIAL' nor 'part MATERIAL WEIGHT'"},
    {"material m {\n part water 1\n }", "f:3: material: 'density_g_cm3' is missing"},
    {"material m {\n from water\n density_g_cm3 -1\n }", "f:5: density_g_cm3: -1 is out of range"},
    {"material m {\n from water\n part water 1\n }", "either 'from' or 'part'"},
    {"material m {\n part water 1\n from water\n }", "either 'from' or 'part'"},
    {"material m {\n from nonsense-stuff\n }", "f:4: from: "},
    {"material m {\n from water\n }\n material m {\n from water\n }",
     "f:6: material: 'm' is defined twice"},
    {"material water {\n from water\n }", "f:3: material: 'water' is used above this line"},
    {"material steel\n material steel", "f:4: material: given twice (first on line 3)"},
};

static int
parse(const char *source, struct scene **s, struct err *e)
{
    struct text t;
    assert_int_equal(text_parse(&t, "f", source, strlen(source), e), 0);
    int result = scene_parse(&t, "", s, e);
    text_free(&t);
    return result;
}

static void
test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char source[1000];
        struct err e = {.text = ""};
        struct scene *s;
        bool own = strstr(row[i].body, "material steel\n material") != NULL;
        snprintf(source, sizeof source, "scene x {\n%s\n%s\n sphere {\n radius_mm 1\n }\n}\n",
                 own ? "" : " material water", row[i].body);
        if (parse(source, &s, &e) == 0)
            fail_msg("accepted, though '%s': %s", row[i].sentence, source);
        if (strstr(e.text, row[i].sentence) == NULL)
            fail_msg("'%s' does not say '%s'", e.text, row[i].sentence);
    }
}

static void
test_whole_file(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"", "f: 'scene' is missing"},
        {"scene x\n", "f:1: scene: '{' and its solids must follow"},
        {"scene x {\n}\n", "f:1: scene: there is no solid in it"},
        {"scene x y {\n}\n", "f:1: scene: 2 values given"},
        {"scanner x {\n}\n", "did you mean 'scene'?"},
        {"scene x {\n sphere {\n radius_mm 1\n }\n}\n", "f:2: sphere: 'material NAME' is missing"},
        {"scene x {\n material water\n sphere {\n radius_mm 1\n }\n}\nscene y {\n}\n",
         "f:7: scene: given twice"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = {.text = ""};
        struct scene *s;
        assert_int_equal(parse(bad[i][0], &s, &e), -1);
        if (strstr(e.text, bad[i][1]) == NULL)
            fail_msg("'%s' does not say '%s'", e.text, bad[i][1]);
    }
    struct err e;
    struct scene *s;
    assert_int_equal(scene_load("/nonexistent.scene", &s, &e), -1);
    assert_non_null(strstr(e.text, "/nonexistent.scene: cannot open"));
}

static void
test_examples_load(void **state)
{
    (void)state;
    const char *root = getenv("DOORLICHT_ROOT");
    static const char *const example[] = {"first", "pallets"};
    for (int i = 0; i < 2; i++) {
        char path[1000];
        struct err e;
        struct scene *s;
        snprintf(path, sizeof path, "%s/examples/%s.scene", root == NULL ? "." : root, example[i]);
        if (scene_load(path, &s, &e) != 0)
            fail_msg("%s", e.text);
        assert_true(scene_solids(s) >= 10 && scene_truths(s) > 0);
        scene_free(s);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_whole_file),
        cmocka_unit_test(test_examples_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
