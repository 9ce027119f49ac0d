/* writer: a tape into a file, run by run, so that a kill at any moment loses at most the run that
 * was being written. Runs go out in one fixed order, each as soon as it is complete; so neither
 * chunking nor kills change a byte of the finished file. */
#include "base/arena.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/halt.h"
#include "tape/codec.h"
#include "tape/file.h"
#include "tape/format.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES_STEP 1024

struct tape_writer {
    char path[1024], part[1040];
    int fd;
    const struct tape *t;
    struct format_head head;
    int map[TAPE_PLANES_MAX]; /* plane of the file to plane of the tape */
    struct format_order order;
    struct merkle merkle;
    struct codec *codec;
    uint8_t *plain, *record; /* one run: its plain bytes; its header and what is stored */
    uint64_t at;             /* end of what is written */
    uint8_t *entries;        /* of the index */
    size_t runs, kept, room; /* kept: runs that were on disk already */
};

static size_t
run_bytes_max(const struct format_head *h)
{
    size_t most = 0;

    for (int p = 0; p < h->n; p++) {
        size_t n = quantity_table[h->plane[p].quantity].bytes * (size_t)h->plane[p].rows *
                   (size_t)h->plane[p].cols * (size_t)h->run_lines[p];
        most = n > most ? n : most;
    }
    return most;
}

static int
write_all(struct tape_writer *w, uint64_t at, const uint8_t *p, size_t n, struct err *e)
{
    while (n > 0) {
        ssize_t put = pwrite(w->fd, p, n, (off_t)at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_errno(e, "%s: cannot write", w->part);
        p += put;
        at += (uint64_t)put;
        n -= (size_t)put;
    }
    return 0;
}

/* False at the end of the file and on errors alike. */
static bool
read_all(int fd, uint64_t at, uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t got = pread(fd, p, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

/* Is the open file still the one that has the name? */
static int
is_part(const struct tape_writer *w, bool *same, struct err *e)
{
    struct stat here, there;

    if (fstat(w->fd, &here) != 0)
        return err_errno(e, "%s: cannot look at", w->part);
    *same = stat(w->part, &there) == 0;
    if (!*same && errno != ENOENT)
        return err_errno(e, "%s: cannot look at", w->part);
    *same = *same && here.st_ino == there.st_ino && here.st_dev == there.st_dev;
    return 0;
}

/* Opens and locks PATH.part; a lock is gone with its process, so a killed writer is no obstacle.
 * *made: it was not there before. */
static int
try_part(struct tape_writer *w, bool *made, bool *same, struct err *e)
{
    int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;

    w->fd = open(w->part, flags | O_EXCL, 0666);
    *made = w->fd >= 0;
    if (!*made && errno == EEXIST)
        w->fd = open(w->part, flags, 0666);
    if (w->fd < 0)
        return err_errno(e, "%s: cannot create", w->part);
    if (flock(w->fd, LOCK_EX | LOCK_NB) == 0)
        return is_part(w, same, e);
    if (errno == EWOULDBLOCK)
        return err_set(e, ERR_SYSTEM, "%s: another process is writing it", w->part);
    return err_errno(e, "%s: cannot lock", w->part);
}

static int
open_part(struct tape_writer *w, struct err *e)
{
    bool made = false, same = false;

    for (int again = 0; again < 100; again++) {
        if (try_part(w, &made, &same, e) != 0) {
            if (made)
                unlink(w->part);
            return -1;
        }
        if (same)
            return 0;
        close(w->fd); /* the other writer ended while we waited: this is no longer PATH.part */
        w->fd = -1;
    }
    return err_set(e, ERR_SYSTEM, "%s: other processes keep replacing it", w->part);
}

static void
writer_free(struct tape_writer *w)
{
    halt_forget(w->part);
    if (w->fd >= 0)
        close(w->fd);
    format_head_free(&w->head);
    codec_free(w->codec);
    mem_free(w->plain);
    mem_free(w->record);
    mem_free(w->entries);
    mem_free(w);
}

static int
writer_new(const char *path, const struct tape *t, struct tape_writer **out, struct err *e)
{
    struct tape_writer *w = mem_zero(1, sizeof *w);

    w->fd = -1;
    w->t = t;
    if (strlen(path) >= sizeof w->path) {
        err_set(e, ERR_LIMIT, "%s: the name is longer than %zu bytes", path, sizeof w->path - 1);
        goto fail;
    }
    if (file_target(path, e) != 0)
        goto fail;
    snprintf(w->path, sizeof w->path, "%s", path);
    snprintf(w->part, sizeof w->part, "%s.part", path);
    if (format_head_make(t, &w->head, w->map, e) != 0)
        goto fail;
    size_t most = run_bytes_max(&w->head);
    if (codec_new(most, &w->codec, e) != 0)
        goto fail;
    w->plain = mem_zero(most, 1);
    w->record = mem_zero(FORMAT_RUN + most, 1);
    w->order.head = &w->head;
    if (open_part(w, e) != 0)
        goto fail;
    *out = w;
    return 0;
fail:
    writer_free(w);
    return -1;
}

static int
start(struct tape_writer *w, struct err *e)
{
    w->at = w->head.n_bytes;
    w->kept = 0;
    if (ftruncate(w->fd, 0) != 0)
        return err_errno(e, "%s: cannot empty", w->part);
    return write_all(w, 0, w->head.bytes, w->head.n_bytes, e);
}

int
tape_writer_open(const char *path, const struct tape *t, struct tape_writer **out, struct err *e)
{
    struct tape_writer *w;

    if (writer_new(path, t, &w, e) != 0)
        return -1;
    halt_remove(w->part);
    if (start(w, e) != 0) {
        tape_writer_cancel(w);
        return -1;
    }
    format_leaf_head(&w->head, &w->merkle);
    *out = w;
    return 0;
}

static void
add_entry(struct tape_writer *w, const uint8_t *header)
{
    if (w->runs == w->room) {
        w->entries = mem_grow(w->entries, w->room, w->room + ENTRIES_STEP, FORMAT_ENTRY);
        w->room += ENTRIES_STEP;
    }
    uint8_t *entry = w->entries + w->runs * FORMAT_ENTRY;
    bytes_put64(entry, w->at);
    memcpy(entry + 8, header, FORMAT_RUN);
    w->runs++;
}

static struct codec_shape
run_shape(const struct format_head *h, const struct format_run *r)
{
    return codec_shape(h->plane[r->plane].quantity, r->plain / (uint64_t)r->lines, r->lines);
}

/* One whole run at w->at that is the next in order: kept. */
static bool
keep_run(struct tape_writer *w, struct format_order *o, uint64_t size)
{
    struct format_run r;
    struct err ignored;
    uint8_t hash[HASH_BYTES];
    int p;

    if (size - w->at < FORMAT_RUN || !read_all(w->fd, w->at, w->record, FORMAT_RUN) ||
        !format_run_get(&w->head, w->record, &r))
        return false;
    while ((p = format_order_next(o)) >= 0 && p != r.plane)
        o->ended[p] = true; /* or its run would stand here */
    if (p < 0 || r.first != o->done[p] || r.stored > size - w->at - FORMAT_RUN ||
        !read_all(w->fd, w->at + FORMAT_RUN, w->record + FORMAT_RUN, r.stored))
        return false;
    struct codec_shape s = run_shape(&w->head, &r);
    if (codec_decode(w->codec, &s, r.kind, w->record + FORMAT_RUN, r.stored, w->plain, &ignored))
        return false;
    hash_bytes(w->plain, r.plain, hash);
    if (memcmp(hash, r.hash, HASH_BYTES) != 0)
        return false;
    add_entry(w, w->record);
    w->at += FORMAT_RUN + r.stored;
    o->done[p] += r.lines;
    o->ended[p] = r.lines < w->head.run_lines[p] || o->done[p] == w->head.plane[p].lines;
    return true;
}

/* Does the file start as ours would? *torn: it is so short that it may not have got further. */
static bool
same_head(struct tape_writer *w, uint64_t size, bool *torn)
{
    uint64_t n = size < w->head.n_bytes ? size : w->head.n_bytes;
    uint8_t *there = mem_zero(n + 1, 1);
    bool same = read_all(w->fd, 0, there, n) && memcmp(there, w->head.bytes, n) == 0;

    *torn = size < w->head.n_bytes;
    mem_free(there);
    return same;
}

static int
take_up(struct tape_writer *w, struct err *e)
{
    struct format_order o = {.head = &w->head};
    struct stat st;
    bool torn;

    if (fstat(w->fd, &st) != 0)
        return err_errno(e, "%s: cannot look at", w->part);
    if (!same_head(w, (uint64_t)st.st_size, &torn))
        return err_set(e, ERR_INPUT,
                       "%s: the beginning of another scan; remove it or save elsewhere", w->part);
    if (torn)
        return start(w, e);
    w->at = w->head.n_bytes;
    while (keep_run(w, &o, (uint64_t)st.st_size))
        ;
    w->kept = w->runs;
    w->runs = 0;
    if (ftruncate(w->fd, (off_t)w->at) != 0)
        return err_errno(e, "%s: cannot cut the torn tail", w->part);
    return 0;
}

int
tape_writer_resume(const char *path, const struct tape *t, struct tape_writer **out, struct err *e)
{
    struct tape_writer *w;

    if (writer_new(path, t, &w, e) != 0)
        return -1;
    if (take_up(w, e) != 0) {
        writer_free(w); /* what is there is not ours to remove */
        return -1;
    }
    format_leaf_head(&w->head, &w->merkle);
    *out = w;
    return 0;
}

static void
gather(struct tape_writer *w, const struct format_run *r)
{
    size_t line = r->plain / (uint64_t)r->lines;

    for (int32_t i = 0; i < r->lines; i++)
        memcpy(w->plain + (size_t)i * line, tape_read(w->t, w->map[r->plane], r->first + i), line);
}

/* The run that comes next is perhaps on disk already; then it must be the one that the tape has.
 * *same says so. If the tape went on where the file thought it had ended, the rest is cut. */
static int
compare_kept(struct tape_writer *w, const struct format_run *r, bool *same, struct err *e)
{
    const uint8_t *entry = w->entries + w->runs * FORMAT_ENTRY;
    struct format_run there;
    bool readable = format_run_get(&w->head, entry + 8, &there);

    assert(readable); /* keep_run has checked it */
    *same = there.plane == r->plane && there.first == r->first && there.lines == r->lines;
    if (*same && memcmp(there.hash, r->hash, HASH_BYTES) != 0)
        return err_set(e, ERR_INPUT, "%s: lines %d to %d of plane %d (%s) differ from this tape's",
                       w->part, there.first, there.first + there.lines - 1, there.plane,
                       quantity_table[w->head.plane[there.plane].quantity].name);
    if (*same)
        return 0;
    if (w->order.ended[there.plane] || (there.plane == r->plane && there.lines > r->lines))
        return err_set(e, ERR_INPUT, "%s: the tape ends before what is in the file already",
                       w->part);
    w->kept = w->runs;
    w->at = bytes_get64(entry);
    return ftruncate(w->fd, (off_t)w->at) == 0 ? 0 : err_errno(e, "%s: cannot cut", w->part);
}

static int
write_run(struct tape_writer *w, int plane, int32_t lines, struct err *e)
{
    struct format_run r = {.plane = plane, .first = w->order.done[plane], .lines = lines};
    enum codec_kind kind;
    uint8_t hash[HASH_BYTES];
    bool there = false;

    if (w->runs == FORMAT_RUNS_MAX)
        return err_set(e, ERR_LIMIT, "%s: more than %d runs", w->part, FORMAT_RUNS_MAX);
    r.plain = (uint64_t)lines * tape_line_bytes(w->t, w->map[plane]);
    gather(w, &r);
    hash_bytes(w->plain, r.plain, r.hash);
    if (w->runs < w->kept && compare_kept(w, &r, &there, e) != 0)
        return -1;
    if (there) {
        w->runs++;
    } else {
        struct codec_shape s = run_shape(&w->head, &r);
        r.stored = codec_encode(w->codec, &s, w->plain, w->record + FORMAT_RUN, &kind);
        r.kind = kind;
        hash_bytes(w->record + FORMAT_RUN, r.stored, hash);
        memcpy(r.check, hash, sizeof r.check);
        format_run_put(&w->head, &r, w->record);
        if (write_all(w, w->at, w->record, FORMAT_RUN + r.stored, e) != 0)
            return -1;
        add_entry(w, w->record);
        w->at += FORMAT_RUN + r.stored;
    }
    format_leaf_run(&r, &w->merkle);
    w->order.done[plane] += lines;
    return 0;
}

/* Runs in order as far as they are complete; at the end also short ones. */
static int
write_ready(struct tape_writer *w, bool end, struct err *e)
{
    int p;

    while ((p = format_order_next(&w->order)) >= 0) {
        int32_t most = w->head.run_lines[p], done = w->order.done[p];
        bool final = end || tape_sealed(w->t, w->map[p]); /* before the mark: then it is the last */
        int32_t mark = tape_mark(w->t, w->map[p]), left = mark - done;
        final |= mark == w->head.plane[p].lines;
        if (left < most && !final)
            return 0;
        if (left > 0 && write_run(w, p, left < most ? left : most, e) != 0)
            return -1;
        w->order.ended[p] = final && w->order.done[p] >= mark; /* marks of others may fall */
    }
    return 0;
}

int
tape_writer_append(struct tape_writer *w, struct err *e)
{
    return write_ready(w, false, e);
}

/* End record, index, end record. */
static int
write_trailer(struct tape_writer *w, uint8_t root[HASH_BYTES], struct err *e)
{
    struct format_end end = {.runs = w->runs, .head_bytes = w->head.n_bytes};
    size_t marks = (size_t)w->head.n * FORMAT_MARK, entries = w->runs * FORMAT_ENTRY;
    size_t index = format_index_bytes(&end, w->head.n), n = index + 2 * FORMAT_END;
    uint8_t *b = mem_zero(n, 1), *at = b + FORMAT_END;

    for (int p = 0; p < w->head.n; p++) {
        bytes_put32(at + p * FORMAT_MARK, (uint32_t)w->order.done[p]);
        bytes_put32(at + p * FORMAT_MARK + 4, tape_sealed(w->t, w->map[p]));
    }
    struct merkle m = w->merkle; /* a copy: a failed end may be tried again */
    format_leaf_marks(at, w->head.n, &m);
    merkle_root(&m, end.root);
    if (entries > 0)
        memcpy(at + marks, w->entries, entries);
    memcpy(at + marks + entries, w->head.bytes, w->head.n_bytes);
    hash_bytes(at, index, end.index_hash);
    end.index_at = w->at + FORMAT_END;
    end.file_bytes = w->at + n;
    format_end_put(&end, b);
    format_end_put(&end, b + n - FORMAT_END);
    int result = write_all(w, w->at, b, n, e);
    mem_free(b);
    if (result == 0)
        memcpy(root, end.root, HASH_BYTES);
    return result;
}

/* A rename lasts only when its folder is on disk, too. */
static int
sync_folder(const char *path, struct err *e)
{
    char copy[1024];

    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
    if (!good)
        err_errno(e, "%s: cannot make its name durable", path);
    if (fd >= 0)
        close(fd);
    return good ? 0 : -1;
}

int
tape_writer_end(struct tape_writer *w, uint8_t root[HASH_BYTES], struct err *e)
{
    uint8_t r[HASH_BYTES];

    if (write_ready(w, true, e) != 0)
        return -1;
    if (w->runs < w->kept)
        return err_set(e, ERR_INPUT, "%s: the tape ends before what is in the file already",
                       w->part);
    if (write_trailer(w, r, e) != 0)
        return -1;
    if (fsync(w->fd) != 0 || rename(w->part, w->path) != 0)
        return err_errno(e, "%s: cannot write", w->path);
    if (sync_folder(w->path, e) != 0)
        return -1;
    memcpy(root, r, HASH_BYTES);
    writer_free(w);
    return 0;
}

void
tape_writer_cancel(struct tape_writer *w)
{
    if (w == NULL)
        return;
    unlink(w->part);
    writer_free(w);
}

int
tape_save(const char *path, const struct tape *t, uint8_t root[HASH_BYTES], struct err *e)
{
    struct tape_writer *w;

    if (tape_writer_open(path, t, &w, e) != 0)
        return -1;
    if (tape_writer_append(w, e) == 0 && tape_writer_end(w, root, e) == 0)
        return 0;
    tape_writer_cancel(w);
    return -1;
}
