/* hash: SHA-256 (FIPS 180-4), by OpenSSL's libcrypto. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_BYTES 32
#define HASH_HEX (2 * HASH_BYTES + 1)

struct hash; /* a running hash */

/* Hash of n bytes at once. */
void hash_bytes(const void *p, size_t n, uint8_t out[HASH_BYTES]);
/* A running hash: new, any number of adds, end (which frees it). */
struct hash *hash_new(void);
void hash_add(struct hash *h, const void *p, size_t n);
void hash_end(struct hash *h, uint8_t out[HASH_BYTES]);
/* 64 lower-case digits and a terminator. */
void hash_hex(const uint8_t hash[HASH_BYTES], char hex[HASH_HEX]);

#endif
