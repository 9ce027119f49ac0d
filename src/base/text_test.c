/* text_test: the grammar, and that every complaint names file, line and field. */
#include "base/test.h"
#include "base/text.h"

static void
test_tree(void **state)
{
    (void)state;
    static const char source[] =
        "# a scene\nscene \"two words\" {\n  box b1 {\n    size_mm 1 2.5 -3e2\n"
        "  }\n  box b2 { # comment\n  }\n}\nlast #x\n";
    struct text t;
    struct err e;
    double v[3];
    assert_int_equal(text_parse(&t, "f", source, strlen(source), &e), 0);
    const struct text_node *scene = text_find(t.root, "scene");
    assert_string_equal(scene->arg[0], "two words");
    assert_true(scene->block && scene->line == 2);
    assert_int_equal(text_numbers(&t, scene->first->first, 3, -1e3, 1e3, v, &e), 0);
    assert_true(v[0] == 1 && v[1] == 2.5 && v[2] == -300);
    assert_string_equal(scene->first->next->arg[0], "b2");
    assert_int_equal(text_find(t.root, "last")->n_args, 0);
    assert_null(text_find(t.root, "nothing"));
    text_free(&t);
}

static void
test_bad_grammar(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"a {\n b 1\n", "f:1: the block 'a' is not closed"},
        {"}\n", "f:1: '}' closes nothing"},
        {"ok\nx \"open\n", "f:2: a quote is not closed"},
        {"{\n}\n", "f:1: '{' needs a word"},
        {"a { b\n}\n", "f:1: nothing may follow '{'"},
        {"a \x01\n", "f:1: a control character"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct text t;
        struct err e;
        assert_int_equal(text_parse(&t, "f", bad[i][0], strlen(bad[i][0]), &e), -1);
        assert_non_null(strstr(e.text, bad[i][1]));
    }
}

static void
test_bad_fields(void **state)
{
    (void)state;
    static const char source[] = "size_mm 1 nan 3\nspeed -4\nmaterail Fe\nsize_mm 2\n";
    static const char *const known[] = {"size_mm", "speed", "material", NULL};
    struct text t;
    struct err e;
    double v[3], speed;
    const struct text_node *n;
    assert_int_equal(text_parse(&t, "f", source, strlen(source), &e), 0);
    assert_int_equal(text_numbers(&t, t.root->first, 3, 0, 9, v, &e), -1);
    assert_string_equal(e.text, "f:1: size_mm: 'nan' is not a number");
    assert_int_equal(text_set(&t, t.root, "speed", 0, 9, &speed, &e), -1);
    assert_string_equal(e.text, "f:2: speed: -4 is out of range; 0 to 9 is possible");
    assert_int_equal(text_only(&t, t.root, known, &e), -1);
    assert_string_equal(e.text,
                        "f:3: materail: 'materail' is unknown here; did you mean 'material'?");
    assert_int_equal(text_need(&t, t.root, "size_mm", &n, &e), -1);
    assert_string_equal(e.text, "f:4: size_mm: given twice (first on line 1)");
    assert_int_equal(text_need(&t, t.root, "absent", &n, &e), -1);
    assert_string_equal(e.text, "f: 'absent' is missing");
    assert_int_equal(text_args(&t, text_find(t.root, "speed"), 2, 2, &e), -1);
    assert_string_equal(e.text, "f:2: speed: 1 value given, 2 needed");
    text_free(&t);
}

static void
test_doubles_come_back(void **state)
{
    (void)state;
    static const double values[] = {0.1, 1.0 / 3, 1e300, -5e-324, 2, 160, 0.30000000000000004};
    char out[32];
    for (int i = 0; i < 7; i++) {
        text_double(out, values[i]);
        assert_true(strtod(out, NULL) == values[i]);
    }
    text_double(out, 0.1);
    assert_string_equal(out, "0.1");
}

static void
test_plain(void **state)
{
    (void)state;
    static const struct {
        const char *given, *shown;
    } known[] = {
        {"a \"é€😀\" ~", "a \"é€😀\" ~"},
        {"\033[2J\n\t\177", "\\x1b[2J\\x0a\\x09\\x7f"},
        {"\302\233"
         "x",
         "\\xc2\\x9bx"},                                       /* C1: an escape in one character */
        {"\233\377\300\257", "\\x9b\\xff\\xc0\\xaf"},          /* no UTF-8; an overlong slash */
        {"\342\200\256gpj", "\\xe2\\x80\\xaegpj"},             /* writes from right to left */
        {"\355\240\200\364\220", "\\xed\\xa0\\x80\\xf4\\x90"}, /* a surrogate; cut off */
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char shown[200] = "", one[TEXT_PLAIN_MAX];
        for (const char *p = known[i].given; text_plain(p, one) > 0; p += text_plain(p, one))
            strcat(shown, one);
        assert_string_equal(shown, known[i].shown);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),       cmocka_unit_test(test_bad_grammar),
        cmocka_unit_test(test_bad_fields), cmocka_unit_test(test_doubles_come_back),
        cmocka_unit_test(test_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
