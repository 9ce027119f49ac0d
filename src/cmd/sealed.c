/* sealed: see sealed.h. */
#include "cmd/sealed.h"

#include "cmd/etc.h"

#include <string.h>
#include <unistd.h>

#define GLANCE_MS 100 /* between two looks at the marks, for the progress bar */

int
sealed_program(char *path, size_t size, struct err *e)
{
    static const char *const places[] = {"doorlicht-proc", "../libexec/doorlicht/doorlicht-proc"};
    char folder[ETC_PATH_MAX];

    etc_own_folder(folder);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int n = snprintf(path, size, "%s/%s", folder, places[i]);
        if (n < (int)size && access(path, X_OK) == 0)
            return 0;
    }
    return err_set(e, ERR_SYSTEM,
                   "the worker doorlicht-proc is not installed beside this program; without it, "
                   "leave out --sealed");
}

/* Starts a worker; it goes on at the marks if there was one before. */
static int
start(struct sealed *s, struct err *e)
{
    tape_free(s->seen);
    s->seen = NULL;
    if (worker_start(&s->worker, &s->item, e) != 0)
        return -1;
    return tape_map(s->worker.out, false, &s->seen, e);
}

int
sealed_open(struct sealed *s, struct err *e)
{
    s->worker = WORKER_NONE;
    s->seen = NULL;
    s->deaths = 0;
    return start(s, e);
}

static int
replace(struct sealed *s, struct err *e)
{
    int signal = worker_end(&s->worker);

    if (++s->deaths >= SEALED_DEATHS_MAX)
        return err_set(
            e, ERR_SYSTEM,
            "the worker died %d times of this scan (signal %d): the scan is whole, but this "
            "recipe cannot inspect it; try --recipe with fewer stages",
            s->deaths, signal);
    cmd_note("the worker died (signal %d); another goes on at its marks", signal);
    return start(s, e);
}

int
sealed_turn(struct sealed *s, void (*step)(void *arg, const struct tape *out), void *arg, bool *end,
            struct err *e)
{
    enum worker_news news;

    do {
        news = worker_look(&s->worker) != 0 ? WORKER_DEAD : WORKER_BUSY;
        while (news == WORKER_BUSY) {
            news = worker_wait(&s->worker, GLANCE_MS);
            if (step != NULL)
                step(arg, s->seen);
        }
        if (news == WORKER_DEAD && replace(s, e) != 0)
            return -1;
    } while (news == WORKER_DEAD);
    *end = news == WORKER_SEALED;
    return 0;
}

int
sealed_take(struct sealed *s, struct tape **out, struct err *e)
{
    worker_end(&s->worker);
    return tape_map(s->worker.out, true, out, e);
}

void
sealed_close(struct sealed *s)
{
    tape_free(s->seen);
    s->seen = NULL;
    worker_close(&s->worker);
}

void
sealed_print(const struct sealed *s)
{
    for (int i = 0; i < SANDBOX_ITEMS; i++)
        if (s->worker.report.error[i] != 0)
            printf("alarm: the kernel did not take %s from the worker (%s): %s\n",
                   sandbox_names[i].name, sandbox_names[i].meaning,
                   strerror(s->worker.report.error[i]));
}

json_t *
sealed_json(const struct sealed *s)
{
    const struct sandbox_report *r = &s->worker.report;
    json_t *gone = json_array(), *refused = json_array();

    for (int i = 0; i < SANDBOX_ITEMS; i++) {
        const struct sandbox_name *n = &sandbox_names[i];
        if (r->error[i] == 0)
            json_array_append_new(gone, json_string(n->name));
        else
            json_array_append_new(refused, json_pack("{s:s, s:s, s:s}", "name", n->name, "meaning",
                                                     n->meaning, "reason", strerror(r->error[i])));
    }
    return json_pack("{s:o, s:o, s:i, s:i}", "given_up", gone, "refused", refused, "landlock_abi",
                     (int)r->landlock, "deaths", s->deaths);
}
