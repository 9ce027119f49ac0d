/* par: see par.h. Workers sleep on a condition; grains are handed out by one atomic counter. */
#include "base/par.h"

#include "base/arena.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

struct par {
    int threads;
    pthread_t thread[PAR_THREADS_MAX];
    pthread_mutex_t mutex;
    pthread_cond_t work, done;
    unsigned round; /* counts calls of par_for */
    int busy;       /* workers that have not finished this round */
    bool stop;
    int begin, end, grain;
    void (*fn)(void *, int, int);
    void *arg;
    atomic_int next; /* the next grain to hand out */
};

static void
work_off(struct par *p)
{
    for (;;) {
        long a = p->begin + (long)atomic_fetch_add(&p->next, 1) * p->grain;
        if (a >= p->end)
            return;
        long b = a + p->grain < p->end ? a + p->grain : p->end;
        p->fn(p->arg, (int)a, (int)b);
    }
}

static void *
worker(void *arg)
{
    struct par *p = arg;
    unsigned seen = 0;

    pthread_mutex_lock(&p->mutex);
    for (;;) {
        while (!p->stop && p->round == seen)
            pthread_cond_wait(&p->work, &p->mutex);
        if (p->stop)
            break;
        seen = p->round;
        pthread_mutex_unlock(&p->mutex);
        work_off(p);
        pthread_mutex_lock(&p->mutex);
        if (--p->busy == 0)
            pthread_cond_signal(&p->done);
    }
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}

int
par_open(struct par **pool, int threads, struct err *e)
{
    if (threads == 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        threads = online < 1 ? 1 : online > PAR_THREADS_MAX ? PAR_THREADS_MAX : (int)online;
    }
    if (threads < 1 || threads > PAR_THREADS_MAX)
        return err_set(e, ERR_LIMIT, "%d threads: give 1 to %d, or 0 for one per core", threads,
                       PAR_THREADS_MAX);
    struct par *p = mem_zero(1, sizeof *p);
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->done, NULL);
    for (p->threads = 1; p->threads < threads; p->threads++)
        if (pthread_create(&p->thread[p->threads], NULL, worker, p) != 0)
            break; /* the work is the same with fewer */
    *pool = p;
    return 0;
}

void
par_close(struct par *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->mutex);
    p->stop = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->mutex);
    for (int i = 1; i < p->threads; i++)
        pthread_join(p->thread[i], NULL);
    pthread_cond_destroy(&p->done);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->mutex);
    mem_free(p);
}

int
par_threads(const struct par *p)
{
    return p == NULL ? 1 : p->threads;
}

void
par_for(struct par *p, int begin, int end, int grain, void (*fn)(void *, int, int), void *arg)
{
    if (begin >= end)
        return;
    if (p == NULL || p->threads == 1 || end - begin <= grain) {
        for (int a = begin; a < end; a += grain)
            fn(arg, a, end - a < grain ? end : a + grain);
        return;
    }
    pthread_mutex_lock(&p->mutex);
    p->begin = begin;
    p->end = end;
    p->grain = grain;
    p->fn = fn;
    p->arg = arg;
    atomic_store(&p->next, 0);
    p->busy = p->threads - 1;
    p->round++;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->mutex);
    work_off(p);
    pthread_mutex_lock(&p->mutex);
    while (p->busy > 0)
        pthread_cond_wait(&p->done, &p->mutex);
    pthread_mutex_unlock(&p->mutex);
}
