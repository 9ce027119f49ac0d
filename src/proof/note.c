/* note: see note.h. */
#include "proof/note.h"

#include "base/halt.h"
#include "base/hash.h"
#include "base/text.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define DASH "\xe2\x80\x94 "
#define PRIVATE "PRIVATE+KEY+"
#define ED25519 crypto_sign_BYTES
#define COSIGNATURE (8 + ED25519)
#define BASE64 sodium_base64_VARIANT_ORIGINAL

/* Strict: padded, canonical, nothing between or behind. -1 if it is not, or too long. */
static long
base64_bytes(const char *text, size_t n, uint8_t *out, size_t room)
{
    size_t got;
    const char *end;

    if (sodium_base642bin(out, room, text, n, NULL, &got, &end, BASE64) != 0 || end != text + n)
        return -1;
    return (long)got;
}

static bool
is_space(uint32_t c)
{
    return c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Is it UTF-8 without control characters, newlines excepted? Ends with a newline, so that a
 * character cut short is seen before the end. */
static bool
is_note_text(const char *p, size_t n)
{
    uint32_t code;

    for (int step; n > 0; p += step, n -= (size_t)step) {
        step = text_utf8(p, &code);
        if (step == 0 || (code < 0x20 && code != '\n'))
            return false;
    }
    return true;
}

/* A name is followed by a space or a '+' or its end, which cuts characters short as well. */
static bool
is_name(const char *p, size_t n)
{
    uint32_t code;

    if (n == 0 || n >= NOTE_NAME_MAX)
        return false;
    for (int step; n > 0; p += step, n -= (size_t)step) {
        step = text_utf8(p, &code);
        if (step == 0 || (size_t)step > n || code < 0x20 || code == '+' || is_space(code))
            return false;
    }
    return true;
}

static bool
parse_line(const char *p, size_t n, struct note_line *l)
{
    uint8_t bytes[NOTE_SIGNATURE_MAX];
    const size_t dash = strlen(DASH);

    if (n < dash || memcmp(p, DASH, dash) != 0)
        return false;
    l->name = p + dash;
    const char *space = memchr(l->name, ' ', n - dash);
    if (space == NULL)
        return false;
    l->name_n = (size_t)(space - l->name);
    l->base64 = space + 1;
    l->base64_n = n - dash - l->name_n - 1;
    return is_name(l->name, l->name_n) &&
           base64_bytes(l->base64, l->base64_n, bytes, sizeof bytes) > 4;
}

int
note_parse(const char *bytes, size_t n, const char *what, struct note *note, struct err *e)
{
    if (n > NOTE_BYTES_MAX)
        return err_set(e, ERR_LIMIT, "%s: a note of %zu bytes; at most %zu", what, n,
                       NOTE_BYTES_MAX);
    if (n == 0 || bytes[n - 1] != '\n' || !is_note_text(bytes, n))
        return err_set(e, ERR_INPUT, "%s: not a signed note: not lines of UTF-8 text", what);
    size_t cut = n - 1; /* of the last empty line: text before, signatures behind */
    while (cut > 0 && (bytes[cut] != '\n' || bytes[cut - 1] != '\n'))
        cut--;
    if (cut == 0 || cut + 1 == n)
        return err_set(e, ERR_INPUT, "%s: not a signed note: no signatures behind an empty line",
                       what);
    note->text = bytes;
    note->n = cut;
    note->n_lines = 0;
    for (const char *p = bytes + cut + 1, *end; p < bytes + n; p = end + 1) {
        end = memchr(p, '\n', (size_t)(bytes + n - p));
        if (note->n_lines == NOTE_SIGNATURES_MAX)
            return err_set(e, ERR_LIMIT, "%s: more than %d signatures", what, NOTE_SIGNATURES_MAX);
        if (!parse_line(p, (size_t)(end - p), &note->line[note->n_lines++]))
            return err_set(e, ERR_INPUT, "%s: signature %d is none", what, note->n_lines);
    }
    return 0;
}

static void
put_be64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (56 - 8 * i));
}

static uint64_t
get_be64(const uint8_t *p)
{
    uint64_t v = 0;

    for (int i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}

/* What a cosignature signs: two lines in front of the text. Returns its length. */
static size_t
cosigned(uint64_t time_s, const char *text, size_t n, char out[NOTE_BYTES_MAX + 64])
{
    assert(n <= NOTE_BYTES_MAX);
    int head = snprintf(out, 64, "cosignature/v1\ntime %llu\n", (unsigned long long)time_s);
    memcpy(out + head, text, n);
    return (size_t)head + n;
}

/* The signature without its key's id. */
static bool
is_good(const struct note *note, const struct note_key *key, const uint8_t *signature, size_t n,
        uint64_t *time_s)
{
    char text[NOTE_BYTES_MAX + 64];

    if (key->type == NOTE_ED25519)
        return n == ED25519 && crypto_sign_verify_detached(signature, (const uint8_t *)note->text,
                                                           note->n, key->key) == 0;
    if (n != COSIGNATURE || get_be64(signature) > INT64_MAX)
        return false;
    *time_s = get_be64(signature);
    size_t length = cosigned(*time_s, note->text, note->n, text);
    return crypto_sign_verify_detached(signature + 8, (const uint8_t *)text, length, key->key) == 0;
}

enum note_verdict
note_check(const struct note *note, const struct note_key *key, uint64_t *time_s)
{
    enum note_verdict verdict = NOTE_SILENT;
    uint8_t bytes[NOTE_SIGNATURE_MAX];
    uint64_t unused;

    for (int i = 0; i < note->n_lines; i++) {
        const struct note_line *l = &note->line[i];
        long n = base64_bytes(l->base64, l->base64_n, bytes, sizeof bytes);
        if (l->name_n != strlen(key->name) || memcmp(l->name, key->name, l->name_n) != 0 ||
            memcmp(bytes, key->id, sizeof key->id) != 0)
            continue;
        if (!is_good(note, key, bytes + 4, (size_t)n - 4, time_s == NULL ? &unused : time_s))
            return NOTE_FORGED;
        verdict = NOTE_SIGNED;
    }
    return verdict;
}

void
note_sign(const struct note_signer *s, uint64_t time_s, const char *text, size_t n,
          char line[NOTE_LINE_MAX])
{
    uint8_t bytes[4 + COSIGNATURE];
    char base64[sodium_base64_ENCODED_LEN(sizeof bytes, BASE64)], copy[NOTE_BYTES_MAX + 64];
    size_t length = 4 + ED25519;

    memcpy(bytes, s->public.id, 4);
    if (s->public.type == NOTE_COSIGNATURE) {
        n = cosigned(time_s, text, n, copy);
        text = copy;
        put_be64(bytes + 4, time_s);
        length = sizeof bytes;
    }
    crypto_sign_detached(bytes + length - ED25519, NULL, (const uint8_t *)text, n, s->secret);
    sodium_bin2base64(base64, sizeof base64, bytes, length, BASE64);
    snprintf(line, NOTE_LINE_MAX, DASH "%s %s\n", s->public.name, base64);
}

static void
set_id(struct note_key *key)
{
    struct hash *h = hash_new();
    uint8_t hash[HASH_BYTES];

    hash_add(h, key->name, strlen(key->name));
    hash_add(h, "\n", 1);
    hash_add(h, &(uint8_t){(uint8_t)key->type}, 1);
    hash_add(h, key->key, sizeof key->key);
    hash_end(h, hash);
    memcpy(key->id, hash, sizeof key->id);
}

/* NAME+ID+BASE64 of the type and 32 bytes, which go to `bytes`. */
static bool
parse_key(const char *text, struct note_key *key, uint8_t bytes[32])
{
    uint8_t all[1 + 32];
    const char *id = strchr(text, '+'), *base64 = id == NULL ? NULL : strchr(id + 1, '+');

    if (base64 == NULL || !is_name(text, (size_t)(id - text)) || base64 - id != 9)
        return false;
    size_t n = strcspn(base64 + 1, "\n");
    if (base64[1 + n] == '\n' && base64[2 + n] != '\0')
        return false;
    if (base64_bytes(base64 + 1, n, all, sizeof all) != sizeof all ||
        sodium_hex2bin(key->id, 4, id + 1, 8, NULL, NULL, NULL) != 0 ||
        (all[0] != NOTE_ED25519 && all[0] != NOTE_COSIGNATURE))
        return false;
    memset(key->name, 0, sizeof key->name); /* keys are compared whole */
    snprintf(key->name, sizeof key->name, "%.*s", (int)(id - text), text);
    key->type = all[0];
    memcpy(bytes, all + 1, 32);
    sodium_memzero(all, sizeof all);
    return true;
}

int
note_key_parse(const char *text, struct note_key *key, struct err *e)
{
    struct note_key told, real;

    if (strncmp(text, PRIVATE, strlen(PRIVATE)) == 0)
        return err_set(e, ERR_INPUT, "this is a secret key; the public one is wanted here");
    if (!parse_key(text, &told, told.key))
        return err_set(e, ERR_INPUT, "not a public key as NAME+ID+BASE64 of type 1 or 4");
    real = told;
    set_id(&real);
    if (memcmp(real.id, told.id, sizeof real.id) != 0)
        return err_set(e, ERR_INPUT, "the public key of '%s' does not fit its ID", told.name);
    *key = real;
    return 0;
}

static void
key_text(const struct note_key *key, const char *before, const uint8_t bytes[32],
         char text[NOTE_KEY_MAX])
{
    uint8_t all[1 + 32] = {(uint8_t)key->type};
    char base64[sodium_base64_ENCODED_LEN(sizeof all, BASE64)], hex[9];

    memcpy(all + 1, bytes, 32);
    sodium_bin2base64(base64, sizeof base64, all, sizeof all, BASE64);
    sodium_bin2hex(hex, sizeof hex, key->id, 4);
    snprintf(text, NOTE_KEY_MAX, "%s%s+%s+%s", before, key->name, hex, base64);
    sodium_memzero(all, sizeof all);
    sodium_memzero(base64, sizeof base64);
}

void
note_key_text(const struct note_key *key, char text[NOTE_KEY_MAX])
{
    key_text(key, "", key->key, text);
}

void
note_signer_text(const struct note_signer *s, char text[NOTE_KEY_MAX])
{
    key_text(&s->public, PRIVATE, s->secret, text); /* a secret key begins with its seed */
}

int
note_signer_make(const char *name, enum note_type type, const uint8_t seed[NOTE_SEED],
                 struct note_signer *s, struct err *e)
{
    if (!is_name(name, strlen(name)))
        return err_set(e, ERR_INPUT,
                       "'%.*s' is no name for a key; 1 to %d bytes of UTF-8 without spaces and "
                       "'+', like customs.example/lane-1, are possible",
                       NOTE_NAME_MAX, name, NOTE_NAME_MAX - 1);
    if (sodium_init() < 0)
        halt("libsodium cannot start: the system gives no random numbers");
    memset(s, 0, sizeof *s);
    snprintf(s->public.name, sizeof s->public.name, "%s", name);
    s->public.type = type;
    crypto_sign_seed_keypair(s->public.key, s->secret, seed);
    set_id(&s->public);
    return 0;
}

int
note_signer_parse(const char *text, struct note_signer *s, struct err *e)
{
    struct note_key told;
    uint8_t seed[NOTE_SEED];

    if (strncmp(text, PRIVATE, strlen(PRIVATE)) != 0 ||
        !parse_key(text + strlen(PRIVATE), &told, seed))
        return err_set(e, ERR_INPUT, "not a secret key as " PRIVATE "NAME+ID+BASE64");
    int result = note_signer_make(told.name, told.type, seed, s, e);
    sodium_memzero(seed, sizeof seed);
    if (result == 0 && memcmp(s->public.id, told.id, sizeof told.id) != 0)
        return err_set(e, ERR_INPUT, "the secret key of '%s' does not fit its ID", told.name);
    return result;
}

void
note_forget(struct note_signer *s)
{
    sodium_memzero(s, sizeof *s);
}
