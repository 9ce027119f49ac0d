/* shim: preloaded, makes the machine refuse one call. FAULT=KIND:N refuses the N-th call of that
 * kind and FAULT=KIND:N+ every one from there on; FAULT=short:0 refuses nothing, but reads and
 * writes are interrupted and do less than they were asked. FAULT_COUNTS=FILE: how many calls of
 * each kind there were goes there at the end. */
#undef _FILE_OFFSET_BITS /* or the two names of open, read ... would be one */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define KINDS(X)                                                                                   \
    X(alloc, ENOMEM)                                                                               \
    X(crypto, ENOMEM)                                                                              \
    X(open, EMFILE)                                                                                \
    X(stat, EOVERFLOW)                                                                             \
    X(read, EIO)                                                                                   \
    X(write, ENOSPC)                                                                               \
    X(stream, ENOSPC)                                                                              \
    X(sync, EIO)                                                                                   \
    X(rename, EACCES)                                                                              \
    X(resize, EFBIG)                                                                               \
    X(map, ENOMEM)                                                                                 \
    X(memfd, EMFILE)                                                                               \
    X(control, ENOLCK)                                                                             \
    X(thread, EAGAIN)

#define ENUM(name_, error_) F_##name_,
#define NAME(name_, error_) #name_,
#define ERROR(name_, error_) error_,
enum kind { KINDS(ENUM) F_KINDS };
static const char *const names[] = {KINDS(NAME)};
static const int errors[] = {KINDS(ERROR)};

static atomic_long calls[F_KINDS];
static int wanted = -1;
static long from, until;
static bool armed, shorten;

static bool
refuse(enum kind k)
{
    if (!armed)
        return false;
    long n = atomic_fetch_add(&calls[k], 1) + 1;
    if ((int)k != wanted || n < from || n > until)
        return false;
    errno = errors[k];
    return true;
}

__attribute__((constructor)) static void
arm(void)
{
    const char *f = getenv("FAULT");
    char kind[16] = "", more = '\0';

    if (f != NULL && sscanf(f, "%15[a-z]:%ld%c", kind, &from, &more) >= 2)
        for (int i = 0; i < F_KINDS; i++)
            if (strcmp(names[i], kind) == 0)
                wanted = i;
    until = more == '+' ? __LONG_MAX__ : from;
    shorten = strcmp(kind, "short") == 0;
    armed = true;
}

__attribute__((destructor)) static void
tell(void)
{
    const char *path = getenv("FAULT_COUNTS");
    char text[400] = "";
    int n = 0;

    armed = false;
    if (path == NULL)
        return;
    for (int i = 0; i < F_KINDS; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s %ld\n", names[i], (long)calls[i]);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || write(fd, text, (size_t)n) != n)
        abort();
    close(fd);
}

/* The function that we stand in front of. */
#define REAL(type_, name_)                                                                         \
    static __typeof__(type_) real;                                                                 \
    if (real == NULL)                                                                              \
    real = (type_)dlsym(RTLD_NEXT, name_)

#ifndef FAULT_NO_ALLOC /* a sanitizer has its own */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

/* libcrypto allocates thousands of times when it starts; it is a kind of its own. */
static uintptr_t crypto_from, crypto_until;

static int
find_crypto(struct dl_phdr_info *d, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    for (int i = 0; strstr(d->dlpi_name, "libcrypto") != NULL && i < d->dlpi_phnum; i++)
        if (d->dlpi_phdr[i].p_type == PT_LOAD && d->dlpi_phdr[i].p_flags & PF_X) {
            crypto_from = d->dlpi_addr + d->dlpi_phdr[i].p_vaddr;
            crypto_until = crypto_from + d->dlpi_phdr[i].p_memsz;
        }
    return 0;
}

static bool
refuse_memory(void *caller)
{
    uintptr_t at = (uintptr_t)caller;

    if (armed && crypto_until == 0)
        dl_iterate_phdr(find_crypto, NULL);
    return refuse(at >= crypto_from && at < crypto_until ? F_crypto : F_alloc);
}
#define NO_MEMORY refuse_memory(__builtin_return_address(0))

void *
malloc(size_t n)
{
    return NO_MEMORY ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
    return NO_MEMORY ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
    return NO_MEMORY ? NULL : __libc_realloc(p, n);
}

void *
aligned_alloc(size_t align, size_t n)
{
    return NO_MEMORY ? NULL : __libc_memalign(align, n);
}

int
posix_memalign(void **p, size_t align, size_t n)
{
    if (NO_MEMORY)
        return ENOMEM;
    *p = __libc_memalign(align, n);
    return *p == NULL ? ENOMEM : 0;
}
#endif

/* ---- descriptors; most have a second name for large files ---- */
#define OPEN(name_)                                                                                \
    int name_(const char *path, int flags, ...)                                                    \
    {                                                                                              \
        va_list ap;                                                                                \
        va_start(ap, flags);                                                                       \
        unsigned mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, unsigned) : 0;                  \
        va_end(ap);                                                                                \
        REAL(int (*)(const char *, int, unsigned), #name_);                                        \
        return refuse(F_open) ? -1 : real(path, flags, mode);                                      \
    }
OPEN(open)
OPEN(open64)

static size_t
less(size_t n, bool *again)
{
    static atomic_int turn;
    int t = shorten ? atomic_fetch_add(&turn, 1) : 0;

    *again = shorten && t % 3 == 0;
    if (*again)
        errno = EINTR;
    return shorten && n > 1 ? n - (size_t)t % 2 * (n / 2) : n;
}

#define MOVE(name_, kind_, params_, args_, type_)                                                  \
    ssize_t name_ params_                                                                          \
    {                                                                                              \
        bool again;                                                                                \
        REAL(ssize_t(*) type_, #name_);                                                            \
        n = less(n, &again);                                                                       \
        return again || refuse(kind_) ? -1 : real args_;                                           \
    }
MOVE(read, F_read, (int fd, void *p, size_t n), (fd, p, n), (int, void *, size_t))
MOVE(pread, F_read, (int fd, void *p, size_t n, off_t at), (fd, p, n, at),
     (int, void *, size_t, off_t))
MOVE(pread64, F_read, (int fd, void *p, size_t n, off_t at), (fd, p, n, at),
     (int, void *, size_t, off_t))
MOVE(write, F_write, (int fd, const void *p, size_t n), (fd, p, n), (int, const void *, size_t))
MOVE(pwrite, F_write, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at),
     (int, const void *, size_t, off_t))
MOVE(pwrite64, F_write, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at),
     (int, const void *, size_t, off_t))

#define CALL(name_, kind_, params_, args_, type_)                                                  \
    int name_ params_                                                                              \
    {                                                                                              \
        REAL(int(*) type_, #name_);                                                                \
        return refuse(kind_) ? -1 : real args_;                                                    \
    }
CALL(fstat, F_stat, (int fd, struct stat *s), (fd, s), (int, struct stat *))
CALL(fstat64, F_stat, (int fd, struct stat64 *s), (fd, s), (int, struct stat64 *))
CALL(stat, F_stat, (const char *p, struct stat *s), (p, s), (const char *, struct stat *))
CALL(stat64, F_stat, (const char *p, struct stat64 *s), (p, s), (const char *, struct stat64 *))
CALL(lstat, F_stat, (const char *p, struct stat *s), (p, s), (const char *, struct stat *))
CALL(lstat64, F_stat, (const char *p, struct stat64 *s), (p, s), (const char *, struct stat64 *))
CALL(access, F_stat, (const char *p, int m), (p, m), (const char *, int))
CALL(fsync, F_sync, (int fd), (fd), (int))
CALL(rename, F_rename, (const char *a, const char *b), (a, b), (const char *, const char *))
CALL(ftruncate, F_resize, (int fd, off_t n), (fd, n), (int, off_t))
CALL(ftruncate64, F_resize, (int fd, off_t n), (fd, n), (int, off_t))
CALL(memfd_create, F_memfd, (const char *s, unsigned f), (s, f), (const char *, unsigned))
CALL(flock, F_control, (int fd, int how), (fd, how), (int, int))

#define FCNTL(name_)                                                                               \
    int name_(int fd, int what, ...)                                                               \
    {                                                                                              \
        va_list ap;                                                                                \
        va_start(ap, what);                                                                        \
        long arg = va_arg(ap, long);                                                               \
        va_end(ap);                                                                                \
        REAL(int (*)(int, int, long), #name_);                                                     \
        return refuse(F_control) ? -1 : real(fd, what, arg);                                       \
    }
FCNTL(fcntl)
FCNTL(fcntl64)

#define MMAP(name_)                                                                                \
    void *name_(void *p, size_t n, int prot, int flags, int fd, off_t at)                          \
    {                                                                                              \
        REAL(void *(*)(void *, size_t, int, int, int, off_t), #name_);                             \
        return refuse(F_map) ? MAP_FAILED : real(p, n, prot, flags, fd, at);                       \
    }
MMAP(mmap)
MMAP(mmap64)

int
pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*fn)(void *), void *arg)
{
    REAL(int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *), "pthread_create");
    return refuse(F_thread) ? EAGAIN : real(t, a, fn, arg);
}

/* ---- streams: their writing does not pass through write() above ---- */
#define STREAM(name_, params_, args_, type_)                                                       \
    FILE *name_ params_                                                                            \
    {                                                                                              \
        REAL(FILE *(*)type_, #name_);                                                              \
        return refuse(F_stream) ? NULL : real args_;                                               \
    }
STREAM(fopen, (const char *p, const char *m), (p, m), (const char *, const char *))
STREAM(fopen64, (const char *p, const char *m), (p, m), (const char *, const char *))
STREAM(fdopen, (int fd, const char *m), (fd, m), (int, const char *))
STREAM(open_memstream, (char **p, size_t *n), (p, n), (char **, size_t *))

#define ERROR_SEEN 0x20 /* what ferror looks at, in glibc */

int
fflush(FILE *f)
{
    REAL(int (*)(FILE *), "fflush");
    if (f == stderr || !refuse(F_stream))
        return real(f);
    f->_flags |= ERROR_SEEN;
    return EOF;
}

int
fclose(FILE *f)
{
    REAL(int (*)(FILE *), "fclose");
    if (!refuse(F_stream))
        return real(f);
    real(f);
    errno = errors[F_stream];
    return EOF;
}

size_t
fwrite(const void *p, size_t size, size_t n, FILE *f)
{
    REAL(size_t(*)(const void *, size_t, size_t, FILE *), "fwrite");
    if (f == stderr || !refuse(F_stream))
        return real(p, size, n, f);
    f->_flags |= ERROR_SEEN;
    return 0;
}

size_t
fread(void *p, size_t size, size_t n, FILE *f)
{
    REAL(size_t(*)(void *, size_t, size_t, FILE *), "fread");
    if (!refuse(F_stream))
        return real(p, size, n, f);
    f->_flags |= ERROR_SEEN;
    return 0;
}
