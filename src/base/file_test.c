/* file_test: complete or not at all. */
#include "base/arena.h"
#include "base/file.h"
#include "base/test.h"

#include <assert.h>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/doorlicht-file-XXXXXX";

static int
files_in_folder(void)
{
    int n = 0;
    DIR *d = opendir(folder);
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n - 2;
}

static void
test_round_trip(void **state)
{
    (void)state;
    struct err e;
    char path[100];
    uint8_t *bytes;
    size_t n;
    snprintf(path, sizeof path, "%s/a", folder);
    assert_int_equal(file_save(path, "hello", 5, &e), 0);
    assert_int_equal(file_load(path, 5, &bytes, &n, &e), 0);
    assert_true(n == 5 && strcmp((char *)bytes, "hello") == 0);
    mem_free(bytes);
    assert_int_equal(file_load(path, 4, &bytes, &n, &e), -1);
    assert_non_null(strstr(e.text, "5 bytes, more than the maximum of 4"));
    assert_int_equal(files_in_folder(), 1);
    unlink(path);
}

static void
test_cancel_and_refusals(void **state)
{
    (void)state;
    struct err e;
    struct file_out f;
    char path[100];
    uint8_t *bytes;
    size_t n;
    snprintf(path, sizeof path, "%s/b", folder);
    assert_int_equal(file_begin(&f, path, &e), 0);
    fputs("half", f.stream);
    assert_int_equal(files_in_folder(), 1);
    file_cancel(&f);
    assert_int_equal(files_in_folder(), 0);
    assert_int_equal(file_load(path, 9, &bytes, &n, &e), -1);
    assert_non_null(strstr(e.text, "No such file"));
    assert_int_equal(file_load(folder, 9, &bytes, &n, &e), -1);
    assert_non_null(strstr(e.text, "not a regular file"));
    assert_int_equal(file_begin(&f, "/no/such/folder/x", &e), -1);
    mkdir(path, 0700); /* a folder in the way of the rename */
    assert_int_equal(file_save(path, "x", 1, &e), -1);
    assert_int_equal(files_in_folder(), 1);
    rmdir(path);
}

static void
test_full_disk(void **state)
{
    (void)state;
    struct err e;
    struct file_out f = {.path = "/dev/full"};
    f.stream = fopen("/dev/full", "wb");
    fputs("x", f.stream);
    assert_int_equal(file_commit(&f, &e), -1);
    assert_non_null(strstr(e.text, "No space left"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_cancel_and_refusals),
        cmocka_unit_test(test_full_disk),
    };
    assert(mkdtemp(folder) != NULL);
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return result;
}
