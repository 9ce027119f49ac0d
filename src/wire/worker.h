/* worker: the owner's side of a clockless worker (src/proc): starts one for an item, tells it that
 * lines are there, hears how far it is. A worker that died is replaced by another that goes on at
 * the marks of the same output tape. */
#ifndef WIRE_WORKER_H
#define WIRE_WORKER_H

#include "tape/tape.h"
#include "wire/door.h"

#include <sys/types.h>

struct worker_item {
    const char *program;           /* path of doorlicht-proc */
    const char *recipe;            /* text in the grammar of base/text.h */
    const char *recipe_name;       /* for its errors */
    const struct tape *in, *calib; /* calib may be NULL */
    const char *made_from;         /* or NULL */
    int threads;                   /* 0 = one per core */
    int32_t step;
    int kern_level, landlock_max; /* 0 = the best of this machine */
    bool keep_scratch;
};

struct worker {
    pid_t pid;
    int orders, reports; /* descriptors, or -1 */
    int orders_end; /* the worker's: as long as it is open, an order to a dead one is no signal */
    int out;        /* of the output tape; stays open when the process is gone */
    struct sandbox_report report;
};
#define WORKER_NONE                                                                                \
    ((struct worker){.pid = -1, .orders = -1, .reports = -1, .orders_end = -1, .out = -1})

/* Starts a process for the item and waits until its door is closed. With an output tape of a former
 * one (w->out) it goes on there. Errors are those of recipe_open and of the system. */
int worker_start(struct worker *w, const struct worker_item *item, struct err *e) MUST_USE;
/* New lines (or seals) are in the input tape. 0, or -1: the process has died. */
int worker_look(struct worker *w) MUST_USE;
enum worker_news { WORKER_BUSY, WORKER_WAITS, WORKER_SEALED, WORKER_DEAD };
/* Waits at most `ms` (-1: without end) for the answer to worker_look. */
enum worker_news worker_wait(struct worker *w, int ms);
/* Ends and reaps the process; takes one that has none. Returns the signal that killed it, or 0. */
int worker_end(struct worker *w);
void worker_close(struct worker *w); /* worker_end, and the output tape's descriptor */

#endif
