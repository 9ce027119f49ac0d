/* frame: see frame.h. */
#include "ledger/frame.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <assert.h>
#include <string.h>

#define CHECK 8

static const char magic[3] = {'D', 'L', '1'};

static void
frame_check(const uint8_t *frame, size_t n, uint8_t check[CHECK])
{
    struct hash *h = hash_new();
    uint8_t hash[HASH_BYTES];

    hash_add(h, frame, FRAME_HEAD - CHECK);
    hash_add(h, frame + FRAME_HEAD, n);
    hash_end(h, hash);
    memcpy(check, hash, CHECK);
}

size_t
frame_put(uint8_t *out, enum frame_type type, uint64_t index, const void *payload, size_t n)
{
    assert(n <= FRAME_PAYLOAD_MAX);
    memcpy(out, magic, sizeof magic);
    out[3] = (uint8_t)type;
    bytes_put32(out + 4, (uint32_t)n);
    bytes_put64(out + 8, index);
    memcpy(out + FRAME_HEAD, payload, n);
    frame_check(out, n, out + FRAME_HEAD - CHECK);
    return FRAME_HEAD + n;
}

size_t
frame_get(const uint8_t *bytes, size_t n, struct frame *f)
{
    uint8_t check[CHECK];

    if (n < FRAME_HEAD || memcmp(bytes, magic, sizeof magic) != 0)
        return 0;
    *f = (struct frame){bytes[3], bytes_get64(bytes + 8), bytes_get32(bytes + 4),
                        bytes + FRAME_HEAD};
    if (f->type != FRAME_KEY && f->type != FRAME_LEAF && f->type != FRAME_COMMIT)
        return 0;
    if (f->n > FRAME_PAYLOAD_MAX || f->n > n - FRAME_HEAD)
        return 0;
    frame_check(bytes, f->n, check);
    return memcmp(check, bytes + FRAME_HEAD - CHECK, CHECK) == 0 ? FRAME_HEAD + f->n : 0;
}

int
frame_reader_start(struct frame_reader *r, struct disk *disk, int handle, struct err *e)
{
    r->disk = disk;
    r->handle = handle;
    r->at = r->first = 0;
    r->held = 0;
    return disk->call->size(disk->self, handle, &r->size, e);
}

/* Brings at least one longest frame from `at` into the window, or what there is. */
static int
fill(struct frame_reader *r, struct err *e)
{
    uint64_t left = r->size - r->at;
    size_t want = left < FRAME_WINDOW ? (size_t)left : FRAME_WINDOW;
    size_t least = left < FRAME_BYTES_MAX ? (size_t)left : FRAME_BYTES_MAX;

    if (r->at >= r->first && r->at + least <= r->first + r->held)
        return 0;
    r->held = 0;
    if (r->disk->call->read(r->disk->self, r->handle, r->at, r->window, want, e) != 0)
        return -1;
    r->first = r->at;
    r->held = want;
    return 0;
}

int
frame_next(struct frame_reader *r, struct frame *f, bool *got, struct err *e)
{
    if (fill(r, e) != 0)
        return -1;
    size_t offset = (size_t)(r->at - r->first),
           n = frame_get(r->window + offset, r->held - offset, f);
    r->at += n;
    *got = n > 0;
    return 0;
}

int
frame_skip(struct frame_reader *r, struct err *e)
{
    struct frame f;
    bool got = false;

    while (r->at < r->size && !got) {
        r->at++;
        uint64_t at = r->at;
        if (frame_next(r, &f, &got, e) != 0)
            return -1;
        r->at = at;
    }
    return 0;
}
