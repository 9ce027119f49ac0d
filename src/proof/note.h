/* note: texts signed by one or more keys (c2sp.org/signed-note): Ed25519 signatures, and the
 * timestamped ones by which a witness cosigns a checkpoint (c2sp.org/tlog-cosignature). Signatures
 * by unknown keys are carried along and ignored. libsodium does the arithmetic. */
#ifndef PROOF_NOTE_H
#define PROOF_NOTE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define NOTE_BYTES_MAX ((size_t)64 << 10)
#define NOTE_SIGNATURES_MAX 64
#define NOTE_NAME_MAX 128       /* of a key, with its terminator */
#define NOTE_KEY_MAX 256        /* a key as text, with its terminator */
#define NOTE_LINE_MAX 320       /* a signature line of ours, with its terminator */
#define NOTE_SIGNATURE_MAX 8192 /* bytes of anybody's signature */
#define NOTE_SEED 32

enum note_type { NOTE_ED25519 = 1, NOTE_COSIGNATURE = 4 };

struct note_key {
    char name[NOTE_NAME_MAX];
    enum note_type type;
    uint8_t id[4], key[32];
};

struct note_signer {
    struct note_key public;
    uint8_t secret[64]; /* wipe with note_forget */
};

/* Everything points into the bytes that were parsed. */
struct note_line {
    const char *name, *base64;
    size_t name_n, base64_n;
};
struct note {
    const char *text; /* with its last newline */
    size_t n;
    int n_lines;
    struct note_line line[NOTE_SIGNATURES_MAX];
};

/* `what` is only a name for messages. */
int note_parse(const char *bytes, size_t n, const char *what, struct note *note,
               struct err *e) MUST_USE;

/* What does this key say to the note? Of a cosignature, *time_s (may be NULL) is when. */
enum note_verdict { NOTE_SILENT, NOTE_SIGNED, NOTE_FORGED };
enum note_verdict note_check(const struct note *note, const struct note_key *key, uint64_t *time_s);

/* The line, newline included, that signs `text`, which must end with a newline and hold no other
 * control characters. time_s counts for cosignatures only. */
void note_sign(const struct note_signer *s, uint64_t time_s, const char *text, size_t n,
               char line[NOTE_LINE_MAX]);

/* Keys as text: "NAME+ID+BASE64" for everybody, "PRIVATE+KEY+NAME+ID+BASE64" for the owner. One
 * newline may follow. */
int note_key_parse(const char *text, struct note_key *key, struct err *e) MUST_USE;
void note_key_text(const struct note_key *key, char text[NOTE_KEY_MAX]);
int note_signer_parse(const char *text, struct note_signer *s, struct err *e) MUST_USE;
void note_signer_text(const struct note_signer *s, char text[NOTE_KEY_MAX]);

/* A key pair from 32 secret, unguessable bytes. A name is 1 .. 127 bytes of UTF-8 without spaces,
 * control characters and '+'; it should be like a site's address without its scheme. */
int note_signer_make(const char *name, enum note_type type, const uint8_t seed[NOTE_SEED],
                     struct note_signer *s, struct err *e) MUST_USE;
void note_forget(struct note_signer *s);

#endif
