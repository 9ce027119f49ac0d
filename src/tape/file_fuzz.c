/* file_fuzz: any bytes as a tape file give lines or a sentence. Everything is tried twice: as it
 * is, and with all hashes put right, so that the fuzzer gets behind them. */
#include "base/arena.h"
#include "base/bytes.h"
#include "tape/reader.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define UNFOLD_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static void
check_report(const struct tape_report *r, const struct tape *t)
{
    must(r->runs >= 0 && r->runs_bad >= 0 && r->n_losses >= 0);
    for (int i = 0; i < r->n_losses && i < TAPE_LOSSES_MAX; i++) {
        must(r->loss[i].plane >= 0 && r->loss[i].plane < tape_planes(t));
        must(r->loss[i].first >= 0 && r->loss[i].lines > 0);
        must(r->loss[i].first + r->loss[i].lines <= tape_plane(t, r->loss[i].plane)->lines);
    }
    for (int p = 0; p < tape_planes(t); p++)
        must(tape_mark(t, p) == r->mark[p] && tape_sealed(t, p));
}

static void
try_file(const uint8_t *bytes, size_t n)
{
    struct reader r;
    struct err e = {.text = ""};
    struct tape_report *report = mem_zero(1, sizeof *report);
    struct tape *t;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    must(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    if (reader_open(fd, "fuzz", UNFOLD_MAX, &r, &e) != 0) {
        must(e.text[0] != '\0');
    } else {
        must(load_open(&r, true, &t, report, &e) == 0);
        check_report(report, t);
        tape_free(t);
    }
    reader_close(&r);
    mem_free(report);
}

static void
mend_run(uint8_t *b, size_t left, const uint8_t *head_hash)
{
    uint8_t hash[HASH_BYTES], bound[HASH_BYTES + FORMAT_RUN - 8];
    uint64_t stored = bytes_get64(b + 32);

    if (stored <= left - FORMAT_RUN) {
        hash_bytes(b + FORMAT_RUN, stored, hash);
        memcpy(b + 72, hash, 8);
        if (bytes_get32(b + 20) == CODEC_RAW)
            memcpy(b + 40, hash, HASH_BYTES);
    }
    memcpy(bound, head_hash, HASH_BYTES);
    memcpy(bound + HASH_BYTES, b, FORMAT_RUN - 8);
    hash_bytes(bound, sizeof bound, hash);
    memcpy(b + FORMAT_RUN - 8, hash, 8);
}

/* Entries get the headers that they point at; then root, hash of the index, hash of the record. */
static void
mend_end(uint8_t *file, size_t n, uint8_t *b, const struct format_head *h)
{
    uint64_t index_at = bytes_get64(b + 8), runs = bytes_get64(b + 16), head = bytes_get64(b + 24);
    uint64_t marks = (uint64_t)h->n * FORMAT_MARK;
    struct merkle m = {0};
    struct format_run run;

    if (index_at > n || runs > n || head > n || head != h->n_bytes ||
        marks + runs * FORMAT_ENTRY + head > n - index_at)
        return;
    uint8_t *index = file + index_at, *entry = index + marks;
    format_leaf_head(h, &m);
    for (uint64_t i = 0; i < runs; i++, entry += FORMAT_ENTRY) {
        uint64_t at = bytes_get64(entry);
        if (at <= n && n - at >= FORMAT_RUN)
            memmove(entry + 8, file + at, FORMAT_RUN);
        if (format_run_get(h, entry + 8, &run))
            format_leaf_run(&run, &m);
    }
    memcpy(entry, h->bytes, head);
    format_leaf_marks(index, h->n, &m);
    merkle_root(&m, b + 72);
    hash_bytes(index, marks + runs * FORMAT_ENTRY + head, b + 40);
    bytes_put64(b + 32, index_at + marks + runs * FORMAT_ENTRY + head + FORMAT_END);
    hash_bytes(b, FORMAT_END - HASH_BYTES, b + FORMAT_END - HASH_BYTES);
}

static void
mend_records(uint8_t *b, size_t n, const struct format_head *h)
{
    for (size_t at = 0; at + FORMAT_RUN <= n; at++)
        if (memcmp(b + at, format_magic_run, FORMAT_MAGIC) == 0)
            mend_run(b + at, n - at, h->hash);
    for (size_t at = 0; at + FORMAT_END <= n; at++)
        if (memcmp(b + at, format_magic_end, FORMAT_MAGIC) == 0)
            mend_end(b, n, b + at, h);
}

static void
mend(uint8_t *b, size_t n)
{
    struct format_head h;
    struct err e;
    size_t head = n < FORMAT_PREAMBLE ? 0 : format_head_bytes(b);

    if (head == 0 || head > n)
        return;
    struct hash *running = hash_new();
    hash_add(running, b, FORMAT_PREAMBLE - HASH_BYTES);
    hash_add(running, b + FORMAT_PREAMBLE, head - FORMAT_PREAMBLE);
    hash_end(running, b + FORMAT_PREAMBLE - HASH_BYTES);
    if (format_head_parse(b, n, "fuzz", &h, &e) != 0)
        return;
    mend_records(b, n, &h);
    format_head_free(&h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n == 0)
        return 0;
    try_file(bytes, n);
    uint8_t *copy = mem_zero(n, 1);
    memcpy(copy, bytes, n);
    mend(copy, n);
    try_file(copy, n);
    mem_free(copy);
    return 0;
}
