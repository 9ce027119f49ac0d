/* bytes: little-endian numbers in byte buffers, and a cursor that cannot read past its end. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t
bytes_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t
bytes_get32(const uint8_t *p)
{
    return (uint32_t)bytes_get16(p) | (uint32_t)bytes_get16(p + 2) << 16;
}

static inline uint64_t
bytes_get64(const uint8_t *p)
{
    return (uint64_t)bytes_get32(p) | (uint64_t)bytes_get32(p + 4) << 32;
}

static inline void
bytes_put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static inline void
bytes_put64(uint8_t *p, uint64_t v)
{
    bytes_put32(p, (uint32_t)v);
    bytes_put32(p + 4, (uint32_t)(v >> 32));
}

/* A cursor over n bytes that somebody else owns. After a read past the end `bad` stays true and
 * every further read gives zeros: check once, at the end. */
struct bytes {
    const uint8_t *p;
    size_t n, at;
    bool bad;
};

static inline const uint8_t *
bytes_take(struct bytes *b, size_t n)
{
    if (b->bad || n > b->n - b->at) {
        b->bad = true;
        return NULL;
    }
    b->at += n;
    return b->p + b->at - n;
}

static inline uint32_t
bytes_take32(struct bytes *b)
{
    const uint8_t *p = bytes_take(b, 4);
    return p == NULL ? 0 : bytes_get32(p);
}

static inline uint64_t
bytes_take64(struct bytes *b)
{
    const uint8_t *p = bytes_take(b, 8);
    return p == NULL ? 0 : bytes_get64(p);
}

#endif
