/* disk: see disk.h. No name is followed out of the folder by a link. */
#include "base/disk.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_BYTES 512

struct folder {
    int fd;
    char path[1024]; /* for messages */
};

static int
trouble(const struct folder *f, struct err *e, const char *what, const char *name)
{
    int number = errno;

    err_errno(e, "%s/%s: cannot %s", f->path, name, what);
    if (number == ENOENT || number == EEXIST)
        e->code = ERR_INPUT;
    return -1;
}

static int
open_file(void *self, const char *name, enum disk_mode mode, struct err *e)
{
    static const int flags[] = {
        [DISK_READ] = O_RDONLY, [DISK_APPEND] = O_RDWR, [DISK_NEW] = O_RDWR | O_CREAT | O_EXCL};
    const struct folder *f = self;
    struct stat st;
    int fd =
        openat(f->fd, name, flags[mode] | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);

    if (fd < 0)
        return trouble(f, e, mode == DISK_NEW ? "create" : "open", name);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || lseek(fd, 0, SEEK_END) < 0)
        err_set(e, ERR_SYSTEM, "%s/%s: not a regular file", f->path, name);
    else if (mode == DISK_APPEND && flock(fd, LOCK_EX | LOCK_NB) != 0)
        err_set(e, ERR_SYSTEM, "%s/%s: another process is writing to it", f->path, name);
    else
        return fd;
    close(fd);
    return -1;
}

static void
close_file(void *self, int handle)
{
    (void)self;
    close(handle);
}

static int
size_file(void *self, int handle, uint64_t *n, struct err *e)
{
    struct stat st;

    if (fstat(handle, &st) != 0)
        return trouble(self, e, "look at", "a file");
    *n = (uint64_t)st.st_size;
    return 0;
}

static int
read_file(void *self, int handle, uint64_t at, void *to, size_t n, struct err *e)
{
    for (uint8_t *p = to; n > 0;) {
        errno = ENODATA;
        ssize_t got = pread(handle, p, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return trouble(self, e, "read", "a file");
        p += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return 0;
}

static int
write_file(void *self, int handle, const void *from, size_t n, struct err *e)
{
    for (const uint8_t *p = from; n > 0;) {
        ssize_t put = write(handle, p, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return trouble(self, e, "write to", "a file");
        p += put;
        n -= (size_t)put;
    }
    return 0;
}

static int
truncate_file(void *self, int handle, uint64_t n, struct err *e)
{
    if (ftruncate(handle, (off_t)n) != 0 || lseek(handle, 0, SEEK_END) < 0)
        return trouble(self, e, "shorten", "a file");
    return 0;
}

static int
sync_file(void *self, int handle, struct err *e)
{
    return fdatasync(handle) == 0 ? 0 : trouble(self, e, "sync", "a file");
}

static int
rename_file(void *self, const char *from, const char *to, struct err *e)
{
    const struct folder *f = self;

    return renameat(f->fd, from, f->fd, to) == 0 ? 0 : trouble(f, e, "rename", from);
}

static int
remove_file(void *self, const char *name, struct err *e)
{
    const struct folder *f = self;

    return unlinkat(f->fd, name, 0) == 0 ? 0 : trouble(f, e, "remove", name);
}

static int
make_folder(void *self, const char *name, struct err *e)
{
    const struct folder *f = self;

    return mkdirat(f->fd, name, 0700) == 0 || errno == EEXIST ? 0 : trouble(f, e, "make", name);
}

static int
sync_folder(void *self, const char *name, struct err *e)
{
    const struct folder *f = self;
    int fd = openat(f->fd, name[0] == '\0' ? "." : name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return trouble(f, e, "open", name);
    int result = fsync(fd) == 0 ? 0 : trouble(f, e, "sync", name);
    close(fd);
    return result;
}

static const struct disk_calls calls = {
    .open = open_file,
    .close = close_file,
    .size = size_file,
    .read = read_file,
    .write = write_file,
    .truncate = truncate_file,
    .sync = sync_file,
    .rename = rename_file,
    .remove = remove_file,
    .folder = make_folder,
    .sync_folder = sync_folder,
};

int
disk_open(struct disk *d, const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return err_errno(e, "%s: cannot open this folder", path);
    struct folder *f = mem_zero(1, sizeof *f);
    f->fd = fd;
    snprintf(f->path, sizeof f->path, "%s", path);
    *d = (struct disk){&calls, f};
    return 0;
}

void
disk_close(struct disk *d)
{
    struct folder *f = d->self;

    if (f != NULL)
        close(f->fd);
    mem_free(f);
    *d = (struct disk){NULL, NULL};
}

int
disk_folders(struct disk *d, const char *name, struct err *e)
{
    char folder[NAME_MAX_BYTES];

    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - name), name);
        if (d->call->folder(d->self, folder, e) != 0)
            return -1;
    }
    return 0;
}

int
disk_load(struct disk *d, const char *name, size_t max, uint8_t **bytes, size_t *n, struct err *e)
{
    uint64_t size;
    int result = -1, handle = d->call->open(d->self, name, DISK_READ, e);

    if (handle < 0)
        return -1;
    if (d->call->size(d->self, handle, &size, e) != 0)
        goto out;
    if (size > max) {
        err_set(e, ERR_LIMIT, "%s: %llu bytes, more than the maximum of %zu", name,
                (unsigned long long)size, max);
        goto out;
    }
    uint8_t *p = mem_zero(size + 1, 1);
    result = d->call->read(d->self, handle, 0, p, size, e);
    *bytes = result == 0 ? p : *bytes;
    *n = result == 0 ? size : *n;
    if (result != 0)
        mem_free(p);
out:
    d->call->close(d->self, handle);
    return result;
}

static int
write_whole(struct disk *d, const char *name, const void *bytes, size_t n, bool safe, struct err *e)
{
    int handle = d->call->open(d->self, name, DISK_NEW, e);

    if (handle < 0)
        return -1;
    int result = d->call->write(d->self, handle, bytes, n, e);
    if (result == 0 && safe)
        result = d->call->sync(d->self, handle, e);
    d->call->close(d->self, handle);
    return result;
}

int
disk_save(struct disk *d, const char *name, const void *bytes, size_t n, bool safe, struct err *e)
{
    char temporary[NAME_MAX_BYTES], folder[NAME_MAX_BYTES] = "";
    const char *slash = strrchr(name, '/');
    struct err unused;

    snprintf(temporary, sizeof temporary, "%s.tmp", name);
    if (slash != NULL)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - name), name);
    if (d->call->remove(d->self, temporary, e) != 0 && e->code != ERR_INPUT) /* of a kill */
        return -1;
    if (write_whole(d, temporary, bytes, n, safe, e) != 0 ||
        d->call->rename(d->self, temporary, name, e) != 0) {
        (void)(d->call->remove(d->self, temporary, &unused) == 0);
        return -1;
    }
    return safe ? d->call->sync_folder(d->self, folder, e) : 0;
}
