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
test_targets(void **state)
{
    (void)state;
    struct err e;
    char file[100], link[100], pipe[100];

    snprintf(file, sizeof file, "%s/file", folder);
    snprintf(link, sizeof link, "%s/link", folder);
    snprintf(pipe, sizeof pipe, "%s/pipe", folder);
    assert_int_equal(file_target(file, &e), 0); /* new */
    assert_int_equal(file_save(file, "x", 1, &e), 0);
    assert_int_equal(symlink(file, link), 0);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    const struct {
        const char *path, *says;
    } bad[] = {{folder, "a folder"},
               {link, "a symbolic link"},
               {pipe, "a pipe"},
               {"/dev/null", "a device"},
               {"/no/such/folder/x", "folder /no/such/folder: No such file"}};
    assert_int_equal(file_target(file, &e), 0); /* a regular file is replaced */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(file_target(bad[i].path, &e), -1);
        assert_non_null(strstr(e.text, bad[i].says));
        assert_int_equal(file_save(bad[i].path, "y", 1, &e), -1);
    }
    assert_int_equal(file_open(pipe, &e), -1); /* and does not wait for a writer */
    assert_non_null(strstr(e.text, "not a regular file"));
    unlink(pipe);
    unlink(link);
    unlink(file);
}

static void
test_reserved(void **state)
{
    (void)state;
    struct err e;
    char file[100], hard[100], other[100];

    snprintf(file, sizeof file, "%s/file", folder);
    snprintf(hard, sizeof hard, "%s/hard", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(file_save(file, "x", 1, &e), 0);
    assert_int_equal(file_save(other, "x", 1, &e), 0);
    assert_int_equal(link(file, hard), 0);
    file_reserve("/no/such/file");
    file_reserve(file);
    const char *same[] = {file, hard};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(file_open(same[i], &e), -1);
        assert_non_null(strstr(e.text, "would be replaced by the output"));
    }
    int fd = file_open(other, &e);
    assert_true(fd >= 0);
    close(fd);
    unlink(file);
    unlink(hard);
    unlink(other);
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
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_cancel_and_refusals),
        cmocka_unit_test(test_targets),    cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_reserved),
    };
    assert(mkdtemp(folder) != NULL);
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return result;
}
