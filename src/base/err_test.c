/* err_test: whatever the length of a name, the reason stays in the sentence. */
#include "base/err.h"
#include "base/test.h"
#include "base/text.h"

#include <errno.h>

static char name[1000]; /* of a file, longer than a sentence */

static void
test_long_names_keep_the_reason(void **state)
{
    (void)state;
    struct err e;

    err_set(&e, ERR_INPUT, "%s: not a regular file", name);
    assert_non_null(strstr(e.text, ": not a regular file"));
    assert_int_equal(strncmp(e.text, "nnnn", 4), 0);
    assert_non_null(strstr(e.text, "..."));
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    errno = ENOSPC;
    err_errno(&e, "%s: cannot write", name);
    assert_non_null(strstr(e.text, ": cannot write: No space left on device"));
    err_set(&e, ERR_INPUT, "line 7: -1 is out of range");
    err_at(&e, "%s", name);
    assert_non_null(strstr(e.text, ": line 7: -1 is out of range"));
    assert_int_equal(e.code, ERR_INPUT);
}

static void
test_places_in_texts_keep_the_reason(void **state)
{
    (void)state;
    struct text t = {.file = name};
    struct text_node at = {.word = "material", .line = 7};
    struct err e;

    text_error(&t, &at, &e, "%.400s: cannot read", name);
    assert_non_null(strstr(e.text, ": cannot read"));
}

static void
test_short_ones_are_whole(void **state)
{
    (void)state;
    struct err e;
    char full[sizeof e.text];

    memset(full, 'f', sizeof full - 1);
    full[sizeof full - 1] = '\0';
    err_set(&e, ERR_LIMIT, "%s", full);
    assert_string_equal(e.text, full);
    err_at(&e, "context");
    assert_int_equal(strncmp(e.text, "context: fff", 12), 0);
    err_set(&e, ERR_INPUT, "reason");
    err_at(&e, "place %d", 3);
    assert_string_equal(e.text, "place 3: reason");
    errno = EACCES;
    err_errno(&e, "x");
    assert_string_equal(e.text, "x: Permission denied");
    assert_int_equal(e.code, ERR_SYSTEM);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_names_keep_the_reason),
        cmocka_unit_test(test_places_in_texts_keep_the_reason),
        cmocka_unit_test(test_short_ones_are_whole),
    };
    memset(name, 'n', sizeof name - 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
