/* tape: see tape.h. Only the private copy of the head is ever used for addresses; of the shared
 * memory, marks and seals alone are read again, and clamped each time. */
#include "tape/tape.h"

#include "base/arena.h"
#include "tape/layout.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FETCH (256u << 10) /* bytes that tape_fetch takes in advance */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

/* What writer and readers share about one plane. */
struct cell {
    _Atomic int32_t mark;
    _Atomic uint32_t seal;
    uint8_t unused[LAYOUT_CELL - 8];
};
_Static_assert(sizeof(struct cell) == LAYOUT_CELL, "one cell, one cache line");
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "marks are shared between processes");

struct tape {
    struct layout l;
    int32_t mask[TAPE_PLANES_MAX];     /* line & mask = slot */
    uint64_t fetched[TAPE_PLANES_MAX]; /* bytes from the start that need no tape_fetch */
    int fd;
    bool write;
    uint8_t *base; /* of l.total bytes */
    struct cell *cells;
    char *about;
};

static int
map_memory(struct tape *t, struct err *e)
{
    int rights = t->write ? PROT_READ | PROT_WRITE : PROT_READ;
    void *p = mmap(NULL, t->l.total, rights, MAP_SHARED | MAP_NORESERVE, t->fd, 0);

    if (p == MAP_FAILED)
        return err_errno(e, "cannot map a tape of %llu bytes", (unsigned long long)t->l.total);
    t->base = p;
    t->cells = (struct cell *)(void *)(t->base + t->l.marks_at);
    for (int i = 0; i < t->l.n; i++)
        t->mask[i] = t->l.plane[i].scratch ? t->l.plane[i].ring - 1 : INT32_MAX;
    return 0;
}

static int
create_memory(struct tape *t, struct err *e)
{
    t->fd = memfd_create("doorlicht-tape", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (t->fd < 0)
        return err_errno(e, "cannot make memory for a tape");
    if (ftruncate(t->fd, (off_t)t->l.total) != 0)
        return err_errno(e, "cannot make a tape of %llu bytes", (unsigned long long)t->l.total);
    if (fcntl(t->fd, F_ADD_SEALS, SEALS) != 0)
        return err_errno(e, "cannot fix the size of a tape");
    return map_memory(t, e);
}

int
tape_new(const struct plane_spec *planes, int n, const char *about, struct tape **out,
         struct err *e)
{
    struct tape *t = mem_zero(1, sizeof *t);
    size_t about_bytes = strlen(about);

    t->fd = -1;
    t->write = true;
    if (layout_plan(planes, n, about_bytes, &t->l, e) != 0 ||
        layout_check_about(about, about_bytes, e) != 0 || create_memory(t, e) != 0) {
        tape_free(t);
        return -1;
    }
    layout_put(&t->l, t->base);
    memcpy(t->base + t->l.about_at, about, about_bytes);
    t->about = mem_zero(about_bytes + 1, 1);
    memcpy(t->about, about, about_bytes);
    *out = t;
    return 0;
}

int
tape_new_like(const struct tape *from, const char *about, struct tape **t, struct err *e)
{
    struct plane_spec plane[TAPE_PLANES_MAX];

    for (int p = 0; p < tape_planes(from); p++)
        plane[p] = *tape_plane(from, p);
    return tape_new(plane, tape_planes(from), about, t, e);
}

/* The head as it is now; the other side may change it while we copy, but never afterwards. */
static int
copy_head(struct tape *t, struct err *e)
{
    uint8_t head[LAYOUT_HEAD + TAPE_PLANES_MAX * LAYOUT_PLANE];
    struct stat st;
    int seals = fcntl(t->fd, F_GET_SEALS);

    if (seals < 0 || (seals & SEALS) != SEALS)
        return err_set(e, ERR_INPUT, "a tape whose size is not fixed by seals cannot be trusted");
    if (fstat(t->fd, &st) != 0)
        return err_errno(e, "cannot look at the memory of a tape");
    ssize_t n = pread(t->fd, head, sizeof head, 0);
    if (n < 0)
        return err_errno(e, "cannot read the head of a tape");
    return layout_get(head, (size_t)n, (uint64_t)st.st_size, &t->l, e);
}

/* A new writer starts from marks that are possible. */
static void
mend_marks(struct tape *t)
{
    for (int i = 0; i < t->l.n; i++)
        atomic_store_explicit(&t->cells[i].mark, tape_mark(t, i), memory_order_release);
}

int
tape_map(int fd, bool write, struct tape **out, struct err *e)
{
    struct tape *t = mem_zero(1, sizeof *t);

    t->write = write;
    for (int i = 0; i < TAPE_PLANES_MAX; i++)
        t->fetched[i] = UINT64_MAX; /* somebody has written there */
    t->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (t->fd < 0) {
        err_errno(e, "cannot take the descriptor of a tape");
        goto fail;
    }
    if (copy_head(t, e) != 0 || map_memory(t, e) != 0)
        goto fail;
    t->about = mem_zero(t->l.about_bytes + 1, 1);
    memcpy(t->about, t->base + t->l.about_at, t->l.about_bytes);
    if (layout_check_about(t->about, t->l.about_bytes, e) != 0)
        goto fail;
    if (write)
        mend_marks(t);
    *out = t;
    return 0;
fail:
    tape_free(t);
    return -1;
}

void
tape_free(struct tape *t)
{
    if (t == NULL)
        return;
    if (t->base != NULL)
        munmap(t->base, t->l.total);
    if (t->fd >= 0)
        close(t->fd);
    mem_free(t->about);
    mem_free(t);
}

int
tape_fd(const struct tape *t)
{
    return t->fd;
}

int
tape_planes(const struct tape *t)
{
    return t->l.n;
}

const struct plane_spec *
tape_plane(const struct tape *t, int plane)
{
    assert(plane >= 0 && plane < t->l.n);
    return &t->l.plane[plane];
}

int
tape_find(const struct tape *t, enum quantity q, int view, int energy)
{
    for (int i = 0; i < t->l.n; i++) {
        const struct plane_spec *p = &t->l.plane[i];
        if (p->quantity == q && (view < 0 || p->view == view) &&
            (energy < 0 || p->energy == energy))
            return i;
    }
    return -1;
}

const char *
tape_about(const struct tape *t)
{
    return t->about;
}

size_t
tape_line_bytes(const struct tape *t, int plane)
{
    return layout_line_bytes(tape_plane(t, plane));
}

int32_t
tape_mark(const struct tape *t, int plane)
{
    assert(plane >= 0 && plane < t->l.n);
    int32_t mark = atomic_load_explicit(&t->cells[plane].mark, memory_order_acquire);
    int32_t lines = t->l.plane[plane].lines;
    return mark < 0 ? 0 : mark > lines ? lines : mark;
}

void
tape_set_mark(struct tape *t, int plane, int32_t mark)
{
    assert(t->write && mark >= tape_mark(t, plane) && mark <= t->l.plane[plane].lines);
    assert(mark == tape_mark(t, plane) || !tape_sealed(t, plane));
    atomic_store_explicit(&t->cells[plane].mark, mark, memory_order_release);
}

void
tape_seal(struct tape *t, int plane)
{
    assert(t->write && plane >= 0 && plane < t->l.n);
    atomic_store_explicit(&t->cells[plane].seal, 1, memory_order_release);
}

bool
tape_sealed(const struct tape *t, int plane)
{
    assert(plane >= 0 && plane < t->l.n);
    return atomic_load_explicit(&t->cells[plane].seal, memory_order_acquire) != 0;
}

void
tape_fetch(struct tape *t, int plane, int32_t end)
{
    const struct plane_spec *p = tape_plane(t, plane);
    int32_t most = p->scratch && p->ring < p->lines ? p->ring : p->lines;
    uint64_t stride = t->l.stride[plane], from = t->fetched[plane];
    uint64_t to = stride * (uint64_t)(end < most ? end : most), all = stride * (uint64_t)most;

    assert(t->write);
    if (to <= from)
        return;
    to = to + FETCH < all ? to + FETCH : all;
    to = (to + LAYOUT_ALIGN - 1) / LAYOUT_ALIGN * LAYOUT_ALIGN;
    (void)madvise(t->base + t->l.offset[plane] + from, to - from, MADV_POPULATE_WRITE);
    t->fetched[plane] = to;
}

static uint8_t *
line_at(const struct tape *t, int plane, int32_t line)
{
    assert(plane >= 0 && plane < t->l.n && line >= 0 && line < t->l.plane[plane].lines);
    return t->base + t->l.offset[plane] + (uint64_t)(line & t->mask[plane]) * t->l.stride[plane];
}

void *
tape_line(struct tape *t, int plane, int32_t line)
{
    assert(t->write);
    return line_at(t, plane, line);
}

const void *
tape_read(const struct tape *t, int plane, int32_t line)
{
    return line_at(t, plane, line);
}
