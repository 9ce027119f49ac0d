/* arena: memory that is given back all at once. Exhausted memory halts the process (base/halt.h):
 * sizes that come from outside are checked against a maximum first. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena {
    struct arena_block *block; /* zero-initialise; private */
};

/* n zeroed objects of the given size, aligned to 64 bytes; valid until arena_free. */
void *arena_zero(struct arena *a, size_t n, size_t size);
/* A terminated copy of n bytes of text. */
char *arena_text(struct arena *a, const char *text, size_t n);
/* Frees everything; the arena is empty and usable again. */
void arena_free(struct arena *a);

/* For single objects: zeroed, 64-byte aligned, never NULL; mem_free takes NULL. */
void *mem_zero(size_t n, size_t size);
void *mem_grow(void *old, size_t old_n, size_t new_n, size_t size); /* new part zeroed */
void mem_free(void *p);

#endif
