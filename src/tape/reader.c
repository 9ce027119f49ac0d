/* reader: see reader.h. Everything in the file is hostile; sizes are checked against the file's
 * own before anything is allocated or read. */
#include "tape/reader.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/file.h"
#include "tape/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUNS_STEP 1024
#define WINDOW ((size_t)64 << 10)
/* Damaged runs that a scan searches for runs inside, and bad indexes that it tries. */
#define RETRIES_MAX 64
/* Bytes that a scan unfolds beyond twice the whole tape. */
#define WASTE_MAX ((uint64_t)1 << 30)

/* n bytes from `at`; false beyond the end of the file and where the disk refuses. */
static bool
read_at(struct reader *r, uint64_t at, void *out, size_t n)
{
    uint8_t *p = out;

    if (at > r->size || n > r->size - at)
        return false;
    while (n > 0) {
        ssize_t got = pread(r->fd, p, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && r->refused == 0)
            r->refused = errno;
        if (got <= 0)
            return false;
        p += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

int
reader_refusal(const struct reader *r, struct err *e)
{
    errno = r->refused;
    return r->refused == 0 ? 0 : err_errno(e, "%s: cannot be read", r->name);
}

static int
read_head(struct reader *r, struct err *e)
{
    uint8_t preamble[FORMAT_PREAMBLE];

    if (r->size == 0)
        return err_set(e, ERR_INPUT, "%s: the file is empty", r->name);
    size_t n = read_at(r, 0, preamble, sizeof preamble) ? format_head_bytes(preamble) : 0;
    if (reader_refusal(r, e) != 0)
        return -1;
    if (n == 0 || n > r->size)
        return format_head_parse(preamble, n == 0 ? 0 : FORMAT_PREAMBLE, r->name, &r->head, e);
    uint8_t *bytes = mem_zero(n, 1);
    int result = read_at(r, 0, bytes, n)
                     ? format_head_parse(bytes, n, r->name, &r->head, e)
                     : err_set(e, ERR_SYSTEM, "%s: cannot read the head", r->name);
    mem_free(bytes);
    return result;
}

static void
add_run(struct reader *r, const struct format_run *run, uint64_t at, bool bad)
{
    if (r->n_runs == FORMAT_RUNS_MAX)
        return;
    if (r->n_runs == r->room) {
        r->runs = mem_grow(r->runs, r->room, r->room + RUNS_STEP, sizeof *r->runs);
        r->room += RUNS_STEP;
    }
    r->runs[r->n_runs++] = (struct reader_run){.run = *run, .at = at, .bad = bad};
}

static bool
take_marks(struct reader *r, const struct format_head *h, const uint8_t *marks,
           struct format_order *o)
{
    for (int p = 0; p < h->n; p++) {
        uint32_t mark = bytes_get32(marks + p * FORMAT_MARK);
        if (mark > (uint32_t)h->plane[p].lines || bytes_get32(marks + p * FORMAT_MARK + 4) > 1)
            return false;
        r->mark[p] = (int32_t)mark;
        o->ended[p] = mark == 0;
    }
    return true;
}

/* Every run that the marks demand, in order, without holes, and nothing else. */
static bool
take_entries(struct reader *r, const struct format_head *h, const uint8_t *entry,
             const struct format_end *end, struct format_order *o, struct merkle *m)
{
    uint64_t at = end->head_bytes;

    for (uint64_t i = 0; i < end->runs; i++, entry += FORMAT_ENTRY) {
        struct format_run run;
        int p = format_order_next(o);
        if (p < 0 || bytes_get64(entry) != at || !format_run_get(h, entry + 8, &run))
            return false;
        int32_t left = r->mark[p] - o->done[p];
        if (run.plane != p || run.first != o->done[p] ||
            run.lines != (left < h->run_lines[p] ? left : h->run_lines[p]))
            return false;
        format_leaf_run(&run, m);
        add_run(r, &run, at, false);
        at += FORMAT_RUN + run.stored;
        o->done[p] += run.lines;
        o->ended[p] = o->done[p] == r->mark[p];
    }
    return format_order_next(o) < 0 && at + FORMAT_END == end->index_at;
}

static bool
use_index(struct reader *r, const struct format_head *h, const uint8_t *index,
          const struct format_end *end)
{
    struct format_order o = {.head = h};
    struct merkle m = {0};
    uint8_t root[HASH_BYTES];
    size_t marks = (size_t)h->n * FORMAT_MARK;

    format_leaf_head(h, &m);
    if (!take_marks(r, h, index, &o) || !take_entries(r, h, index + marks, end, &o, &m))
        return false;
    format_leaf_marks(index, h->n, &m);
    merkle_root(&m, root);
    return memcmp(root, end->root, HASH_BYTES) == 0;
}

/* Which run comes first in the order that all files have; 0: they are the same. */
static int
compare_places(const struct format_run *x, const struct format_run *y, const struct format_head *h)
{
    int64_t ends = (int64_t)x->first + h->run_lines[x->plane];
    int64_t other = (int64_t)y->first + h->run_lines[y->plane];

    if (ends != other)
        return ends < other ? -1 : 1;
    return x->plane < y->plane ? -1 : x->plane > y->plane;
}

static int
compare_runs(const void *a, const void *b, void *head)
{
    const struct reader_run *x = a, *y = b;
    int places = compare_places(&x->run, &y->run, head);

    if (places != 0)
        return places;
    if (x->bad != y->bad)
        return x->bad ? 1 : -1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* In order; of a run that stands there twice, the first good one. */
static void
sort_runs(struct reader *r)
{
    size_t n = 0;

    if (r->n_runs == 0)
        return;
    qsort_r(r->runs, r->n_runs, sizeof *r->runs, compare_runs, &r->head);
    for (size_t i = 1; i < r->n_runs; i++) {
        const struct format_run *a = &r->runs[n].run, *b = &r->runs[i].run;
        if (a->plane != b->plane || a->first != b->first)
            r->runs[++n] = r->runs[i];
    }
    r->n_runs = n + 1;
}

/* Headers without payload are counted, not kept. */
static void
drop_bad_runs(struct reader *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_runs; i++)
        if (r->runs[i].bad)
            r->lost++;
        else
            r->runs[n++] = r->runs[i];
    r->n_runs = n;
}

/* The index of a file whose pieces have moved: runs are where a scan has found them, or nowhere. */
static void
relocate(struct reader *r, const struct reader_run *found, size_t n)
{
    for (size_t i = 0, k = 0; k < r->n_runs; k++) { /* both in order */
        r->runs[k].at = UINT64_MAX;
        while (i < n && compare_places(&found[i].run, &r->runs[k].run, &r->head) < 0)
            i++;
        if (i < n && !found[i].bad && compare_places(&found[i].run, &r->runs[k].run, &r->head) == 0)
            r->runs[k].at = found[i].at;
    }
}

/* Does the index belong to this head (or bring its own, if ours is lost)? */
static bool
same_head(struct reader *r, const struct format_end *end, struct format_head *copy)
{
    if (copy->n_bytes != end->head_bytes)
        return false;
    if (r->head.bytes != NULL)
        return memcmp(copy->hash, r->head.hash, HASH_BYTES) == 0;
    r->head = *copy;
    *copy = (struct format_head){0};
    r->flaws++;
    return true;
}

/* Takes the runs from n bytes of index, whose hash is right. */
static bool
take_index(struct reader *r, const struct format_end *end, const uint8_t *index, size_t n,
           bool moved)
{
    struct format_head copy;
    struct err ignored;
    struct reader_run *found = r->runs;
    size_t n_found = r->n_runs, room = r->room;

    if (format_head_parse(index + n - end->head_bytes, end->head_bytes, r->name, &copy, &ignored))
        return false;
    bool good = n == format_index_bytes(end, copy.n) && same_head(r, end, &copy);
    format_head_free(&copy);
    if (!good)
        return false;
    r->runs = NULL;
    r->n_runs = r->room = 0;
    if (use_index(r, &r->head, index, end)) {
        if (moved)
            relocate(r, found, n_found);
        mem_free(found);
        return true;
    }
    mem_free(r->runs);
    r->runs = found;
    r->n_runs = n_found;
    r->room = room;
    return false;
}

/* The index that stands at `at`, where it may not have been when it was written. */
static bool
try_index(struct reader *r, const struct format_end *end, uint64_t at)
{
    uint64_t entries = end->runs * FORMAT_ENTRY + end->head_bytes;
    uint8_t hash[HASH_BYTES];

    r->rooted = true;
    memcpy(r->root, end->root, HASH_BYTES);
    if (end->file_bytes < end->index_at + entries + FORMAT_END || at > r->size ||
        end->file_bytes - end->index_at - FORMAT_END > r->size - at)
        return false;
    size_t n = (size_t)(end->file_bytes - end->index_at - FORMAT_END);
    if (n > entries + TAPE_PLANES_MAX * FORMAT_MARK)
        return false;
    uint8_t *index = mem_zero(n, 1);
    bool good = read_at(r, at, index, n);
    if (good) {
        hash_bytes(index, n, hash);
        good = memcmp(hash, end->index_hash, HASH_BYTES) == 0;
    }
    good = good && take_index(r, end, index, n, at != end->index_at);
    mem_free(index);
    return good;
}

/* The end record behind the last byte of the index, and its twin before the index. */
static void
find_index(struct reader *r)
{
    uint8_t last[FORMAT_END], twin[FORMAT_END];
    struct format_end end;

    if (r->size < FORMAT_END || !read_at(r, r->size - FORMAT_END, last, sizeof last) ||
        !format_end_get(last, &end) || end.file_bytes != r->size)
        return;
    r->indexed = try_index(r, &end, end.index_at);
    if (r->indexed && (!read_at(r, end.index_at - FORMAT_END, twin, sizeof twin) ||
                       memcmp(twin, last, sizeof last) != 0))
        r->flaws++;
}

/* The most bytes of a run; sets r->unfolded. */
static size_t
measure(struct reader *r)
{
    size_t most = 0;

    for (int p = 0; p < r->head.n; p++) {
        size_t line = layout_line_bytes(&r->head.plane[p]);
        size_t n = line * (size_t)r->head.run_lines[p];
        most = n > most ? n : most;
        r->unfolded += line * (uint64_t)r->head.plane[p].lines;
    }
    return most;
}

int
reader_open(int fd, const char *name, uint64_t max, struct reader *r, struct err *e)
{
    struct stat st;

    *r = (struct reader){.fd = fd, .name = name};
    if (fstat(fd, &st) != 0) {
        err_errno(e, "%s: cannot look at", name);
        goto fail;
    }
    if (!S_ISREG(st.st_mode)) {
        err_set(e, ERR_INPUT, "%s: not a regular file", name);
        goto fail;
    }
    r->size = (uint64_t)st.st_size;
    int head = read_head(r, e);
    find_index(r);
    if (head != 0 && !r->indexed)
        goto fail;
    size_t most = measure(r);
    if (r->unfolded > max) {
        err_set(e, ERR_LIMIT, "%s: unfolds to %llu MB, more than the maximum of %llu", name,
                (unsigned long long)(r->unfolded >> 20), (unsigned long long)(max >> 20));
        goto fail;
    }
    if (codec_new(most, &r->codec, e) != 0)
        goto fail;
    r->record = mem_zero(FORMAT_RUN + most, 1);
    r->plain = mem_zero(most, 1);
    return 0;
fail:
    reader_close(r);
    return -1;
}

int
reader_open_path(const char *path, uint64_t max, struct reader *r, struct err *e)
{
    int fd = file_open(path, e);

    if (fd < 0) {
        *r = (struct reader){.fd = -1};
        return -1;
    }
    return reader_open(fd, path, max, r, e);
}

void
reader_close(struct reader *r)
{
    if (r->fd > 0)
        close(r->fd);
    format_head_free(&r->head);
    codec_free(r->codec);
    mem_free(r->runs);
    mem_free(r->record);
    mem_free(r->plain);
    *r = (struct reader){.fd = -1};
}

static int
damaged(const struct reader *r, const struct format_run *run, const char *what, struct err *e)
{
    return err_set(e, ERR_DAMAGED, "%s: lines %d to %d of plane %d (%s): %s", r->name, run->first,
                   run->first + run->lines - 1, run->plane,
                   quantity_table[r->head.plane[run->plane].quantity].name, what);
}

static int
read_run(struct reader *r, const struct format_run *run, uint64_t at, bool hashes, struct err *e)
{
    size_t line = run->plain / (uint64_t)run->lines;
    struct codec_shape s = codec_shape(r->head.plane[run->plane].quantity, line, run->lines);
    uint8_t hash[HASH_BYTES];

    if (!read_at(r, at, r->record, FORMAT_RUN + run->stored))
        return reader_refusal(r, e) != 0 ? -1 : damaged(r, run, "cannot be read", e);
    if (codec_decode(r->codec, &s, run->kind, r->record + FORMAT_RUN, run->stored, r->plain, e))
        return damaged(r, run, "cannot be decompressed", e);
    if (!hashes && run->kind != CODEC_RAW) /* raw bytes have no checksum of their own */
        return 0;
    hash_bytes(r->plain, run->plain, hash);
    if (memcmp(hash, run->hash, HASH_BYTES) != 0)
        return damaged(r, run, "the hash is wrong", e);
    return 0;
}

int
reader_run(struct reader *r, size_t i, bool hashes, struct err *e)
{
    const struct format_run *run = &r->runs[i].run;
    uint8_t header[FORMAT_RUN], hash[HASH_BYTES];

    if (read_run(r, run, r->runs[i].at, hashes, e) != 0)
        return -1;
    format_run_put(&r->head, run, header);
    if (memcmp(header, r->record, FORMAT_RUN) != 0)
        r->flaws++; /* the index knew better */
    if (!hashes)
        return 0;
    hash_bytes(r->record + FORMAT_RUN, run->stored, hash);
    if (memcmp(hash, run->check, sizeof run->check) != 0)
        r->flaws++; /* a bit that the decompressor does not look at */
    return 0;
}

/* The next place from `at` on that looks like a run or an end record; the end of the file if none.
 */
static uint64_t
find_magic(struct reader *r, uint64_t at)
{
    uint8_t window[WINDOW];

    while (at + FORMAT_MAGIC <= r->size) {
        size_t n = r->size - at < WINDOW ? (size_t)(r->size - at) : WINDOW;
        if (!read_at(r, at, window, n))
            break;
        for (size_t i = 0; i + FORMAT_MAGIC <= n; i++) {
            const uint8_t *p = memchr(window + i, format_magic_run[0], n - FORMAT_MAGIC + 1 - i);
            if (p == NULL)
                break;
            i = (size_t)(p - window);
            if (memcmp(p, format_magic_run, FORMAT_MAGIC) == 0 ||
                memcmp(p, format_magic_end, FORMAT_MAGIC) == 0)
                return at + i;
        }
        at += n - FORMAT_MAGIC + 1;
    }
    return r->size;
}

static bool
record_follows(struct reader *r, uint64_t at)
{
    uint8_t magic[FORMAT_MAGIC];

    return at == r->size || (read_at(r, at, magic, sizeof magic) &&
                             (memcmp(magic, format_magic_run, FORMAT_MAGIC) == 0 ||
                              memcmp(magic, format_magic_end, FORMAT_MAGIC) == 0));
}

/* A run at `at`: kept if whole. Returns where to look next; 0 = search behind it. */
static uint64_t
scan_run(struct reader *r, const struct format_run *run, uint64_t at, int *retries)
{
    struct err ignored;
    uint64_t next = at + FORMAT_RUN + run->stored;

    if (next <= r->size && read_run(r, run, at, true, &ignored) == 0) {
        add_run(r, run, at, false);
        return next;
    }
    add_run(r, run, at, true);
    if (next <= r->size && (record_follows(r, next) || ++*retries > RETRIES_MAX))
        return next;
    return 0;
}

static bool
scan_end(struct reader *r, uint64_t at, int *tries)
{
    uint8_t bytes[FORMAT_END];
    struct format_end end;

    if (!read_at(r, at, bytes, sizeof bytes) || !format_end_get(bytes, &end))
        return false;
    ++*tries;
    sort_runs(r);
    return try_index(r, &end, at + FORMAT_END);
}

void
reader_scan(struct reader *r)
{
    uint8_t header[FORMAT_RUN];
    struct format_run run;
    uint64_t at = r->head.n_bytes, next, work = 0;
    int retries = 0, ends = 0;

    while (read_at(r, at, header, sizeof header) && work < 2 * r->unfolded + WASTE_MAX) {
        next = 0;
        if (format_run_get(&r->head, header, &run)) {
            next = scan_run(r, &run, at, &retries);
            work += run.plain;
        } else if (ends < RETRIES_MAX && scan_end(r, at, &ends)) {
            r->indexed = true;
            r->flaws++; /* what is behind it should have said so */
            return;
        }
        at = next > 0 ? next : find_magic(r, at + 1);
    }
    sort_runs(r);
    drop_bad_runs(r);
}
