/* halt: see halt.h. */
#include "base/halt.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
die(const char *sentence)
{
    fprintf(stderr, "doorlicht: %s\n", sentence);
    abort();
}

static void (*last_word)(const char *) = die;
static const char *files[HALT_FILES_MAX];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void
halt_set(void (*last)(const char *sentence))
{
    last_word = last;
}

static void
replace(const char *old, const char *new)
{
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < HALT_FILES_MAX; i++)
        if (files[i] == old) {
            files[i] = new;
            break;
        }
    pthread_mutex_unlock(&mutex);
}

void
halt_remove(const char *path)
{
    replace(NULL, path);
}

void
halt_forget(const char *path)
{
    replace(path, NULL);
}

/* The mutex stays locked: whoever else halts meanwhile waits for the end. */
void
halt(const char *fmt, ...)
{
    char sentence[240];
    va_list ap;

    pthread_mutex_lock(&mutex);
    va_start(ap, fmt);
    vsnprintf(sentence, sizeof sentence, fmt, ap);
    va_end(ap);
    for (int i = 0; i < HALT_FILES_MAX; i++)
        if (files[i] != NULL)
            unlink(files[i]);
    last_word(sentence);
    abort();
}
