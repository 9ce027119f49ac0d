/* hash: see hash.h. libcrypto refuses to hash only where memory is exhausted. */
#include "base/hash.h"

#include "base/halt.h"

#include <openssl/evp.h>

static void
must(int ok)
{
    if (ok != 1)
        halt("libcrypto refused SHA-256; is there enough memory?");
}

struct hash *
hash_new(void)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    must(ctx != NULL);
    must(EVP_DigestInit_ex(ctx, EVP_sha256(), NULL));
    return (struct hash *)ctx;
}

void
hash_add(struct hash *h, const void *p, size_t n)
{
    must(EVP_DigestUpdate((EVP_MD_CTX *)h, p, n));
}

void
hash_end(struct hash *h, uint8_t out[HASH_BYTES])
{
    must(EVP_DigestFinal_ex((EVP_MD_CTX *)h, out, NULL));
    EVP_MD_CTX_free((EVP_MD_CTX *)h);
}

void
hash_bytes(const void *p, size_t n, uint8_t out[HASH_BYTES])
{
    must(EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL));
}

void
hash_hex(const uint8_t hash[HASH_BYTES], char hex[HASH_HEX])
{
    static const char digit[] = "0123456789abcdef";

    for (int i = 0; i < HASH_BYTES; i++) {
        hex[2 * i] = digit[hash[i] >> 4];
        hex[2 * i + 1] = digit[hash[i] & 15];
    }
    hex[2 * HASH_BYTES] = '\0';
}
