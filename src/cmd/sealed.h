/* sealed: the recipe of `run` in a clockless worker (src/proc) instead of in the command itself. */
#ifndef CMD_SEALED_H
#define CMD_SEALED_H

#include "cmd/cmd.h"
#include "tape/tape.h"
#include "wire/worker.h"

#define SEALED_DEATHS_MAX 2 /* workers that may die of one item */

struct sealed {
    struct worker worker;
    struct worker_item item;
    struct tape *seen; /* the output while the worker writes it */
    int deaths;
};

/* Path of doorlicht-proc: beside the command, or in ../libexec/doorlicht. */
int sealed_program(char *path, size_t size, struct err *e) MUST_USE;
int sealed_open(struct sealed *s, struct err *e) MUST_USE;
/* The worker takes up what is new in the input; `step` hears about progress (may be NULL). *end
 * becomes true when the output is sealed. A worker that dies is replaced. */
int sealed_turn(struct sealed *s, void (*step)(void *arg, const struct tape *out), void *arg,
                bool *end, struct err *e) MUST_USE;
/* The output tape becomes the caller's; the worker is gone. */
int sealed_take(struct sealed *s, struct tape **out, struct err *e) MUST_USE;
void sealed_close(struct sealed *s);
/* One alarm a line for what the kernel refused to take from the worker. */
void sealed_print(const struct sealed *s);
/* What the worker gave up and what the kernel refused. A new object. */
json_t *sealed_json(const struct sealed *s);

#endif
