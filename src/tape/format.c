/* format: see format.h. */
#include "tape/format.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "tape/codec.h"
#include "tape/layout.h"

#include <string.h>

#define RUN_BYTES_MAX ((size_t)8 << 20) /* unless a single line is larger */
#define RUNS_PER_PLANE_MAX (1 << 14)    /* of a long plane */

_Static_assert(RUNS_PER_PLANE_MAX *TAPE_PLANES_MAX <= FORMAT_RUNS_MAX, "all planes may be long");

/* A byte above 127, letters, a line end: text tools and bad transfers break it visibly. */
const uint8_t format_magic_head[FORMAT_MAGIC] = {0x89, 'D', 'L', 'T', 'A', 'P', 'E', '\n'};
const uint8_t format_magic_run[FORMAT_MAGIC] = {0x89, 'D', 'L', 'R', 'U', 'N', '\r', '\n'};
const uint8_t format_magic_end[FORMAT_MAGIC] = {0x89, 'D', 'L', 'E', 'N', 'D', '\r', '\n'};

int32_t
format_run_lines(const struct plane_spec *p)
{
    int32_t lines = FORMAT_RUN_LINES;

    while (p->lines / lines >= RUNS_PER_PLANE_MAX)
        lines *= 2;
    while (lines > 1 && (size_t)lines * layout_line_bytes(p) > RUN_BYTES_MAX)
        lines /= 2;
    return lines;
}

bool
format_run_lines_ok(const struct plane_spec *p, int32_t lines)
{
    size_t bytes = (size_t)lines * layout_line_bytes(p);

    return lines >= 1 && (lines == 1 || bytes <= RUN_BYTES_MAX);
}

void
format_run_put(const struct format_head *h, const struct format_run *r, uint8_t *b)
{
    uint8_t hash[HASH_BYTES], bound[HASH_BYTES + FORMAT_RUN - 8];

    memcpy(b, format_magic_run, FORMAT_MAGIC);
    bytes_put32(b + 8, (uint32_t)r->plane);
    bytes_put32(b + 12, (uint32_t)r->first);
    bytes_put32(b + 16, (uint32_t)r->lines);
    bytes_put32(b + 20, r->kind);
    bytes_put64(b + 24, r->plain);
    bytes_put64(b + 32, r->stored);
    memcpy(b + 40, r->hash, HASH_BYTES);
    memcpy(b + 72, r->check, sizeof r->check);
    memcpy(bound, h->hash, HASH_BYTES);
    memcpy(bound + HASH_BYTES, b, FORMAT_RUN - 8);
    hash_bytes(bound, sizeof bound, hash);
    memcpy(b + FORMAT_RUN - 8, hash, 8);
}

bool
format_run_get(const struct format_head *h, const uint8_t *b, struct format_run *r)
{
    uint8_t again[FORMAT_RUN];
    struct format_run got = {.plane = (int32_t)bytes_get32(b + 8),
                             .first = (int32_t)bytes_get32(b + 12),
                             .lines = (int32_t)bytes_get32(b + 16),
                             .kind = bytes_get32(b + 20),
                             .plain = bytes_get64(b + 24),
                             .stored = bytes_get64(b + 32)};

    if (memcmp(b, format_magic_run, FORMAT_MAGIC) != 0 || got.plane < 0 || got.plane >= h->n)
        return false;
    const struct plane_spec *p = &h->plane[got.plane];
    int32_t most = h->run_lines[got.plane];
    if (got.first < 0 || got.first >= p->lines || got.first % most != 0 || got.lines < 1 ||
        got.lines > most || got.lines > p->lines - got.first || got.kind >= CODECS ||
        got.plain != (uint64_t)got.lines * layout_line_bytes(p) || got.stored > got.plain)
        return false;
    memcpy(got.hash, b + 40, HASH_BYTES);
    memcpy(got.check, b + 72, sizeof got.check);
    format_run_put(h, &got, again);
    if (memcmp(again, b, FORMAT_RUN) != 0)
        return false;
    *r = got;
    return true;
}

void
format_end_put(const struct format_end *end, uint8_t *b)
{
    memset(b, 0, FORMAT_END);
    memcpy(b, format_magic_end, FORMAT_MAGIC);
    bytes_put64(b + 8, end->index_at);
    bytes_put64(b + 16, end->runs);
    bytes_put64(b + 24, end->head_bytes);
    bytes_put64(b + 32, end->file_bytes);
    memcpy(b + 40, end->index_hash, HASH_BYTES);
    memcpy(b + 72, end->root, HASH_BYTES);
    hash_bytes(b, FORMAT_END - HASH_BYTES, b + FORMAT_END - HASH_BYTES);
}

bool
format_end_get(const uint8_t *b, struct format_end *end)
{
    uint8_t again[FORMAT_END];
    struct format_end got = {.index_at = bytes_get64(b + 8),
                             .runs = bytes_get64(b + 16),
                             .head_bytes = bytes_get64(b + 24),
                             .file_bytes = bytes_get64(b + 32)};

    memcpy(got.index_hash, b + 40, HASH_BYTES);
    memcpy(got.root, b + 72, HASH_BYTES);
    format_end_put(&got, again);
    if (memcmp(again, b, FORMAT_END) != 0 || got.runs > FORMAT_RUNS_MAX ||
        got.head_bytes > FORMAT_HEAD_MAX || got.head_bytes < FORMAT_PREAMBLE ||
        got.index_at > INT64_MAX / 2)
        return false;
    *end = got;
    return true;
}

uint64_t
format_index_bytes(const struct format_end *end, int planes)
{
    return (uint64_t)planes * FORMAT_MARK + end->runs * FORMAT_ENTRY + end->head_bytes;
}

void
format_leaf_head(const struct format_head *h, struct merkle *m)
{
    uint8_t data[1 + HASH_BYTES] = {'H'}, leaf[HASH_BYTES];

    memcpy(data + 1, h->hash, HASH_BYTES);
    merkle_leaf(data, sizeof data, leaf);
    merkle_add(m, leaf);
}

void
format_leaf_run(const struct format_run *r, struct merkle *m)
{
    uint8_t data[1 + 12 + HASH_BYTES] = {'R'}, leaf[HASH_BYTES];

    bytes_put32(data + 1, (uint32_t)r->plane);
    bytes_put32(data + 5, (uint32_t)r->first);
    bytes_put32(data + 9, (uint32_t)r->lines);
    memcpy(data + 13, r->hash, HASH_BYTES);
    merkle_leaf(data, sizeof data, leaf);
    merkle_add(m, leaf);
}

void
format_leaf_marks(const uint8_t *marks, int planes, struct merkle *m)
{
    uint8_t data[1 + TAPE_PLANES_MAX * FORMAT_MARK] = {'M'}, leaf[HASH_BYTES];
    size_t n = (size_t)planes * FORMAT_MARK;

    memcpy(data + 1, marks, n);
    merkle_leaf(data, 1 + n, leaf);
    merkle_add(m, leaf);
}

int
format_order_next(const struct format_order *o)
{
    int best = -1;
    int64_t earliest = INT64_MAX;

    for (int p = 0; p < o->head->n; p++) {
        int64_t end = (int64_t)o->done[p] + o->head->run_lines[p];
        if (!o->ended[p] && end < earliest) {
            earliest = end;
            best = p;
        }
    }
    return best;
}
