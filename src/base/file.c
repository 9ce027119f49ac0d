/* file: see file.h. */
#include "base/file.h"

#include "base/arena.h"
#include "base/halt.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    dev_t device;
    ino_t inode;
} reserved[FILE_RESERVED_MAX];
static int n_reserved;

static bool
is_reserved(const struct stat *st)
{
    for (int i = 0; i < n_reserved; i++)
        if (st->st_dev == reserved[i].device && st->st_ino == reserved[i].inode)
            return true;
    return false;
}

void
file_reserve(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || is_reserved(&st))
        return;
    assert(n_reserved < FILE_RESERVED_MAX);
    reserved[n_reserved].device = st.st_dev;
    reserved[n_reserved++].inode = st.st_ino;
}

int
file_open(const char *path, struct err *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return err_errno(e, "%s: cannot open", path);
    if (fstat(fd, &st) != 0)
        err_errno(e, "%s: cannot look at", path);
    else if (!S_ISREG(st.st_mode))
        err_set(e, ERR_INPUT, "%s: not a regular file", path);
    else if (is_reserved(&st))
        err_set(e, ERR_INPUT, "%s: would be replaced by the output; give that another name", path);
    else
        return fd;
    close(fd);
    return -1;
}

static int
check_folder(const char *path, struct err *e)
{
    char folder[PATH_MAX];
    struct stat st;

    if (strlen(path) >= sizeof folder)
        return err_set(e, ERR_LIMIT, "%s: the name is longer than %zu bytes", path,
                       sizeof folder - 1);
    snprintf(folder, sizeof folder, "%s", path);
    const char *name = dirname(folder);
    if (stat(name, &st) != 0 || access(name, W_OK | X_OK) != 0)
        return err_errno(e, "%s: cannot be written: folder %s", path, name);
    return 0;
}

int
file_target(const char *path, struct err *e)
{
    static const struct {
        mode_t mode;
        const char *what;
    } kinds[] = {{S_IFDIR, "folder"}, {S_IFLNK, "symbolic link"}, {S_IFCHR, "device"},
                 {S_IFBLK, "device"}, {S_IFIFO, "pipe"},          {S_IFSOCK, "socket"}};
    struct stat st;

    if (lstat(path, &st) != 0)
        return errno == ENOENT ? check_folder(path, e) : err_errno(e, "%s: cannot look at", path);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if ((st.st_mode & S_IFMT) == kinds[i].mode)
            return err_set(e, ERR_INPUT, "%s: a %s, which is never replaced; name a file", path,
                           kinds[i].what);
    return check_folder(path, e);
}

static int
read_all(int fd, uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t got = read(fd, p, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        p += got;
        n -= (size_t)got;
    }
    return 0;
}

int
file_load(const char *path, size_t max, uint8_t **bytes, size_t *n, struct err *e)
{
    struct stat st;
    int result = -1, fd = file_open(path, e);

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) != 0) {
        err_errno(e, "%s: cannot look at", path);
        goto out;
    }
    if (st.st_size == 0) {
        err_set(e, ERR_INPUT, "%s: the file is empty", path);
        goto out;
    }
    if ((uint64_t)st.st_size > max) {
        err_set(e, ERR_LIMIT, "%s: %lld bytes, more than the maximum of %zu", path,
                (long long)st.st_size, max);
        goto out;
    }
    size_t size = (size_t)st.st_size;
    uint8_t *p = mem_zero(size + 1, 1);
    errno = 0;
    if (read_all(fd, p, size) != 0) {
        err_errno(e, "%s: cannot read %zu bytes", path, size);
        mem_free(p);
        goto out;
    }
    *bytes = p;
    *n = size;
    result = 0;
out:
    close(fd);
    return result;
}

int
file_begin(struct file_out *f, const char *path, struct err *e)
{
    memset(f, 0, sizeof *f);
    if (strlen(path) >= sizeof f->path)
        return err_set(e, ERR_LIMIT, "%s: the name is longer than %zu bytes", path,
                       sizeof f->path - 1);
    if (file_target(path, e) != 0)
        return -1;
    snprintf(f->path, sizeof f->path, "%s", path);
    snprintf(f->temporary, sizeof f->temporary, "%s.tmp-%ld", path, (long)getpid());
    f->stream = fopen(f->temporary, "wbxe");
    if (f->stream == NULL) {
        f->temporary[0] = '\0';
        return err_errno(e, "%s: cannot create", path);
    }
    halt_remove(f->temporary);
    return 0;
}

int
file_commit(struct file_out *f, struct err *e)
{
    FILE *stream = f->stream;
    bool bad = ferror(stream) || fflush(stream) != 0 || fsync(fileno(stream)) != 0;
    int number = errno; /* of the first failure: fclose may overwrite it */

    f->stream = NULL;
    if (fclose(stream) != 0 && !bad) {
        bad = true;
        number = errno;
    }
    if (!bad && rename(f->temporary, f->path) == 0) {
        halt_forget(f->temporary);
        f->temporary[0] = '\0';
        return 0;
    }
    errno = bad ? number : errno;
    err_errno(e, "%s: cannot write", f->path);
    file_cancel(f);
    return -1;
}

void
file_cancel(struct file_out *f)
{
    if (f->stream != NULL)
        fclose(f->stream);
    f->stream = NULL;
    halt_forget(f->temporary);
    if (f->temporary[0] != '\0')
        unlink(f->temporary);
    f->temporary[0] = '\0';
}

int
file_save(const char *path, const void *bytes, size_t n, struct err *e)
{
    struct file_out f;

    if (file_begin(&f, path, e) != 0)
        return -1;
    if (n > 0 && fwrite(bytes, 1, n, f.stream) != n) {
        err_errno(e, "%s: cannot write", path);
        file_cancel(&f);
        return -1;
    }
    return file_commit(&f, e);
}

int
file_folder(const char *path, struct err *e)
{
    struct stat st;

    if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return 0;
    return err_errno(e, "%s: cannot make this folder", path);
}
