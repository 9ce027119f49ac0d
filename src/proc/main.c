/* doorlicht-proc: the clockless worker. One process per item: it runs a recipe from the lines of
 * one tape to the planes of another, and once the door is closed it can read no clock, file, socket
 * or identity. doorlicht-run(1), --sealed; SECURITY.md. */
#include "recipe/recipe.h"
#include "wire/door.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The rights of this role: four system calls. Waiting has no time-out, as that would be a clock. */
static const struct sandbox_call calls[] = {
    {SYS_read, 0, DOOR_ORDERS, SANDBOX_ANY},
    {SYS_write, 0, DOOR_REPORTS, SANDBOX_ANY},
    {SYS_futex, 1, FUTEX_WAKE_PRIVATE, SANDBOX_ANY},
    {SYS_futex, 1, FUTEX_WAIT_PRIVATE, 3},
    {SYS_futex, 1, FUTEX_WAIT_BITSET_PRIVATE, 3},
    {SYS_futex, 1, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 3},
    {SYS_exit_group, SANDBOX_ANY, 0, SANDBOX_ANY},
};
static struct sandbox_rights rights = {
    .call = calls,
    .n = sizeof calls / sizeof *calls,
    .descriptor = DOOR_ORDERS,
    .last = DOOR_REPORTS,
    .kill = true,
};

struct work {
    struct door_setup setup;
    int fd[DOOR_DESCRIPTORS];
    struct text text;
    struct tape *in, *calib, *out;
    struct par *pool;
    struct recipe *r;
};

static int
receive(struct work *w, struct err *e)
{
    int fd[DOOR_DESCRIPTORS], n, used = 0;

    if (door_receive(DOOR_SETUP, &w->setup, sizeof w->setup, fd, &n) != 0)
        return err_errno(e, "the worker got no set-up");
    for (int i = 0; i < DOOR_DESCRIPTORS; i++)
        w->fd[i] = w->setup.has[i] && used < n ? fd[used++] : -1;
    w->setup.recipe_name[sizeof w->setup.recipe_name - 1] = '\0';
    w->setup.made_from[sizeof w->setup.made_from - 1] = '\0';
    rights.landlock_max = w->setup.landlock_max;
    return 0;
}

static int
read_recipe(struct work *w, struct err *e)
{
    size_t bytes = (size_t)w->setup.recipe_bytes;
    const char *text = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, w->fd[DOOR_RECIPE], 0);

    if (text == MAP_FAILED)
        return err_errno(e, "cannot map the recipe");
    return text_parse(&w->text, w->setup.recipe_name, text, bytes, e);
}

static void
nothing(void *arg, int a, int b)
{
    (void)arg;
    (void)a;
    (void)b;
}

static int
open_work(struct work *w, struct err *e)
{
    struct recipe_options o = {.step = w->setup.step,
                               .keep_scratch = w->setup.keep_scratch,
                               .kern_level = w->setup.kern_level,
                               .made_from =
                                   w->setup.made_from[0] != '\0' ? w->setup.made_from : NULL};

    if (read_recipe(w, e) != 0 || tape_map(w->fd[DOOR_IN], false, &w->in, e) != 0)
        return -1;
    if (w->setup.has[DOOR_CALIB] && tape_map(w->fd[DOOR_CALIB], false, &w->calib, e) != 0)
        return -1;
    if (par_open(&w->pool, w->setup.threads, e) != 0)
        return -1;
    /* A thread starts with calls of libc's own: wait until each has taken part in something. */
    par_for(w->pool, 0, PAR_THREADS_MAX, 1, nothing, NULL);
    if (!w->setup.has[DOOR_OUT])
        return recipe_open(&w->text, w->in, w->calib, w->pool, &o, &w->r, e);
    if (tape_map(w->fd[DOOR_OUT], true, &w->out, e) != 0)
        return -1;
    return recipe_resume(&w->text, w->in, w->calib, w->pool, &o, w->out, &w->r, e);
}

static bool
all_sealed(const struct tape *t)
{
    for (int i = 0; i < tape_planes(t); i++)
        if (!tape_sealed(t, i))
            return false;
    return true;
}

/* The door is closed: only calls of the table from here on. No memory is given back: that would be
 * another one. */
_Noreturn static void
serve(struct recipe *r, const struct sandbox_report *report)
{
    char order;

    if (write(DOOR_REPORTS, report, sizeof *report) != (ssize_t)sizeof *report)
        _exit(1);
    while (read(DOOR_ORDERS, &order, 1) == 1) {
        while (recipe_turn(r))
            ;
        char done = all_sealed(recipe_out(r)) ? DOOR_SEALED : DOOR_WAITS;
        if (write(DOOR_REPORTS, &done, 1) != 1)
            _exit(1);
    }
    _exit(0);
}

int
main(int argc, char **argv)
{
    static struct work w;
    static struct sandbox_report report;
    struct door_answer answer = {.err = {.code = ERR_NONE}};
    int out;

    (void)argc;
    if (receive(&w, &answer.err) != 0)
        return 2;
    sandbox_enter(&rights, &report);
    if (open_work(&w, &answer.err) != 0) {
        return door_send(DOOR_SETUP, &answer, sizeof answer, NULL, 0) == 0 ? 2 : 3;
    }
    out = tape_fd(recipe_out(w.r));
    if (door_send(DOOR_SETUP, &answer, sizeof answer, &out, 1) != 0)
        return 2;
    sandbox_seal(&rights, argv, &report);
    serve(w.r, &report);
}
