/* halt_test: exhausted memory is one sentence and the handler's exit code, and nothing half-made
 * stays behind. */
#include "base/arena.h"
#include "base/file.h"
#include "base/halt.h"
#include "base/test.h"

#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/doorlicht-halt-XXXXXX";
static char said[400];

static void
say(const char *sentence)
{
    if (write(STDOUT_FILENO, sentence, strlen(sentence)) < 0)
        _exit(3);
    _exit(2);
}

/* Runs fn in a child whose standard output comes back in `said`; the child's wait status. */
static int
in_child(void (*fn)(void))
{
    int ends[2], status;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        halt_set(say);
        fn();
        _exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; (got = read(ends[0], said + n, sizeof said - 1 - n)) > 0;)
        n += (size_t)got;
    said[n] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    return status;
}

static void
ask_too_much(void)
{
    struct file_out kept, dropped;
    struct err e;
    char path[100];

    snprintf(path, sizeof path, "%s/dropped", folder);
    if (file_begin(&dropped, path, &e) != 0)
        _exit(4);
    snprintf(path, sizeof path, "%s/kept", folder);
    if (file_begin(&kept, path, &e) != 0 || file_commit(&kept, &e) != 0)
        _exit(4);
    mem_zero(SIZE_MAX / 2, 4);
}

static void
test_no_memory(void **state)
{
    (void)state;
    char path[100];

    int status = in_child(ask_too_much);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 2);
    assert_non_null(strstr(said, "memory"));
    snprintf(path, sizeof path, "%s/kept", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* so there was nothing else in it */
}

static void
nothing_wrong(void)
{
    mem_free(mem_zero(10, 4));
}

static void
test_control(void **state)
{
    (void)state;
    assert_int_equal(in_child(nothing_wrong), 0);
    assert_string_equal(said, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_control),
    };
    if (mkdtemp(folder) == NULL)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
