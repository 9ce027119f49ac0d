/* options_test: the option table: what is taken, what is refused and with which sentence. */
#include "base/test.h"
#include "cmd/cmd.h"

struct values {
    bool flag;
    double number;
    int64_t whole;
    const char *text;
    int choice;
    struct cmd_texts many;
};

static int
read_line(struct values *v, const char *line, char **argv, int *n, bool *help, struct err *e)
{
    static const char *const kinds[] = {"grey", "colour", NULL};
    static char copy[400];
    const struct cmd_option rows[] = {
        {.name = "flag", .letter = 'f', .kind = CMD_FLAG, .to = &v->flag, .meaning = "a"},
        {.name = "number",
         .kind = CMD_NUMBER,
         .to = &v->number,
         .argument = "X",
         .min = -2,
         .max = 2,
         .meaning = "b"},
        {.name = "whole",
         .letter = 'w',
         .kind = CMD_WHOLE,
         .to = &v->whole,
         .argument = "N",
         .min = 0,
         .max = 99,
         .meaning = "c"},
        {.name = "output",
         .letter = 'o',
         .kind = CMD_TEXT,
         .to = &v->text,
         .argument = "FILE",
         .meaning = "d"},
        {.name = "picture",
         .kind = CMD_CHOICE,
         .to = &v->choice,
         .argument = "KIND",
         .choices = kinds,
         .meaning = "e"},
        {.name = "plane", .kind = CMD_TEXTS, .to = &v->many, .argument = "NAME", .meaning = "f"},
        {.name = NULL},
    };
    int argc = 0;

    snprintf(copy, sizeof copy, "x %s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    *e = (struct err){.code = ERR_NONE};
    return cmd_read_options(rows, argc, argv, n, help, e);
}

static void
test_takes(void **state)
{
    (void)state;
    struct values v = {.choice = -1};
    char *argv[40];
    struct err e;
    bool help;
    int n;

    assert_int_equal(read_line(&v, "one -fw7 --number=-1.5 -5 --plane a -oOUT --plane b -- -z",
                               argv, &n, &help, &e),
                     0);
    assert_true(v.flag && v.whole == 7 && v.number == -1.5 && v.choice == -1 && !help);
    assert_string_equal(v.text, "OUT");
    assert_int_equal(v.many.n, 2);
    assert_string_equal(v.many.text[1], "b");
    assert_int_equal(n, 3);
    assert_string_equal(argv[0], "one");
    assert_string_equal(argv[1], "-5");
    assert_string_equal(argv[2], "-z");
    assert_int_equal(read_line(&v, "--picture colour --help --nonsense", argv, &n, &help, &e), 0);
    assert_true(v.choice == 1 && help);
}

static void
test_refuses(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"--pictur grey", "unknown option --pictur; did you mean --picture?"},
        {"--complete-nonsense", "unknown option --complete-nonsense; --help lists them"},
        {"-z", "unknown option -z; --help lists them"},
        {"--number 3", "--number: 3 is out of range; -2 to 2 is possible"},
        {"--number nan", "--number: 'nan' is not a number"},
        {"--number 1x", "--number: '1x' is not a number"},
        {"--whole 1.5", "--whole: '1.5' is not a whole number"},
        {"--whole 1e300", "--whole: '1e300' is not a whole number"},
        {"-f -f", "--flag is given twice"},
        {"--flag=1", "--flag takes no value"},
        {"--output", "--output needs a value (FILE)"},
        {"--output=", "--output: the value is empty"},
        {"--picture green", "--picture: 'green' is unknown; known: grey, colour"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct values v = {.flag = false};
        char *argv[40];
        struct err e;
        bool help;
        int n;
        assert_int_equal(read_line(&v, bad[i][0], argv, &n, &help, &e), -1);
        assert_string_equal(e.text, bad[i][1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes),
        cmocka_unit_test(test_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
