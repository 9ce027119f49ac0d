/* disk: the operations by which a store keeps its promise across a power cut, on the files of one
 * folder, behind a table: the system's (disk_open), or one in memory that records every step
 * (base/disk_sim.h). Names are relative to the folder; "" is the folder itself. */
#ifndef BASE_DISK_H
#define BASE_DISK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum disk_mode {
    DISK_READ,
    DISK_APPEND, /* must be there, and nobody else append; every write goes to its end */
    DISK_NEW,    /* must not be there */
};

/* Handles are >= 0. A file that is not there (or is, with DISK_NEW) gives ERR_INPUT, everything
 * else ERR_SYSTEM. What was written is safe after sync; a name that was made, changed or removed is
 * after sync_folder of the folder that it stands in. */
struct disk_calls {
    int (*open)(void *self, const char *name, enum disk_mode mode, struct err *e);
    void (*close)(void *self, int handle);
    int (*size)(void *self, int handle, uint64_t *n, struct err *e);
    int (*read)(void *self, int handle, uint64_t at, void *to, size_t n, struct err *e); /* all n */
    int (*write)(void *self, int handle, const void *from, size_t n, struct err *e);     /* all n */
    int (*truncate)(void *self, int handle, uint64_t n, struct err *e);
    int (*sync)(void *self, int handle, struct err *e);
    int (*rename)(void *self, const char *from, const char *to, struct err *e); /* replaces `to` */
    int (*remove)(void *self, const char *name, struct err *e);
    int (*folder)(void *self, const char *name, struct err *e); /* may be there already */
    int (*sync_folder)(void *self, const char *name, struct err *e);
};

struct disk {
    const struct disk_calls *call;
    void *self;
};

/* The folder `path`, which must be there. disk_close takes a zeroed one. */
int disk_open(struct disk *d, const char *path, struct err *e) MUST_USE;
void disk_close(struct disk *d);

/* Makes every folder that `name`, a file, stands in; syncs nothing. */
int disk_folders(struct disk *d, const char *name, struct err *e) MUST_USE;
/* A whole file of at most `max` bytes: the caller frees with mem_free; a zero byte follows. */
int disk_load(struct disk *d, const char *name, size_t max, uint8_t **bytes, size_t *n,
              struct err *e) MUST_USE;
/* Writes a whole file under its name, whatever stood there before. With `safe`, file and name are
 * synced before this returns, and at no moment is there half a file. */
int disk_save(struct disk *d, const char *name, const void *bytes, size_t n, bool safe,
              struct err *e) MUST_USE;

#endif
