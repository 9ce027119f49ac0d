/* arena: see arena.h. A list of blocks, newest first; big requests get a block of their own. */
#include "base/arena.h"

#include "base/halt.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE ((size_t)2 << 20) /* a huge page */
#define ALIGN ((size_t)64)
#define BLOCK_BYTES ((size_t)64 << 10)

struct arena_block {
    struct arena_block *next;
    size_t used, size; /* bytes after this header, which is padded to ALIGN */
};

static size_t
round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

_Noreturn static void
exhausted(size_t n, size_t size)
{
    halt("not enough memory: the machine refused %zu x %zu bytes", n, size);
}

void *
mem_zero(size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes) || bytes > PTRDIFF_MAX - HUGE)
        exhausted(n, size);
    bool huge = bytes >= 2 * HUGE;
    size_t align = huge ? HUGE : ALIGN;
    bytes = bytes == 0 ? ALIGN : round_up(bytes, align);
    void *p = aligned_alloc(align, bytes);
    if (p == NULL)
        exhausted(n, size);
    if (huge) /* one fault in place of 512; where the system does not want to, all is as before */
        (void)madvise(p, bytes, MADV_HUGEPAGE);
    return memset(p, 0, bytes);
}

void *
mem_grow(void *old, size_t old_n, size_t new_n, size_t size)
{
    void *p = mem_zero(new_n, size);
    if (old != NULL)
        memcpy(p, old, (old_n < new_n ? old_n : new_n) * size);
    free(old);
    return p;
}

void
mem_free(void *p)
{
    free(p);
}

void *
arena_zero(struct arena *a, size_t n, size_t size)
{
    size_t bytes, head = round_up(sizeof(struct arena_block), ALIGN);

    if (__builtin_mul_overflow(n, size, &bytes) || bytes > PTRDIFF_MAX / 2)
        exhausted(n, size);
    bytes = round_up(bytes == 0 ? 1 : bytes, ALIGN);
    struct arena_block *b = a->block;
    if (b == NULL || b->size - b->used < bytes) {
        size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
        b = mem_zero(1, head + room);
        b->size = room;
        b->next = a->block;
        a->block = b;
    }
    void *p = (char *)b + head + b->used;
    b->used += bytes;
    return p;
}

char *
arena_text(struct arena *a, const char *text, size_t n)
{
    char *copy = arena_zero(a, n + 1, 1);
    memcpy(copy, text, n);
    return copy;
}

void
arena_free(struct arena *a)
{
    while (a->block != NULL) {
        struct arena_block *next = a->block->next;
        free(a->block);
        a->block = next;
    }
}
