/* proof_fuzz: any bytes as a note, key, checkpoint, proof or request to a witness give a value or a
 * sentence; what is understood and written again reads the same. */
#include "base/arena.h"
#include "proof/proof.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static void
try_key(const char *text)
{
    struct note_key key, again;
    struct note_signer s;
    struct err e = {.text = ""};
    char out[NOTE_KEY_MAX];

    if (note_key_parse(text, &key, &e) == 0) {
        note_key_text(&key, out);
        must(note_key_parse(out, &again, &e) == 0 && memcmp(again.key, key.key, 32) == 0);
    } else {
        must(e.text[0] != '\0');
    }
    if (note_signer_parse(text, &s, &e) == 0) {
        note_signer_text(&s, out);
        must(note_signer_parse(out, &s, &e) == 0);
    }
}

static void
try_proof(const char *text, size_t n)
{
    struct proof *p = mem_zero(1, sizeof *p), *again = mem_zero(1, sizeof *p);
    char *out = mem_zero(PROOF_BYTES_MAX + n, 1);
    struct err e = {.text = ""};
    struct note_key key;
    uint8_t leaf[HASH_BYTES] = {0};

    must(note_key_parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
                        &key, &e) == 0);
    if (proof_parse(text, n, "fuzz", p, &e) == 0) {
        size_t at = proof_text(p->index, &p->path, p->extra, p->extra_n, out);
        memcpy(out + at, p->note.text, (size_t)(text + n - p->note.text));
        must(proof_parse(out, at + (size_t)(text + n - p->note.text), "fuzz", again, &e) == 0);
        must(again->index == p->index && again->path.n == p->path.n &&
             again->extra_n == p->extra_n && again->head.leaves == p->head.leaves);
        must(proof_check(p, leaf, &key, "fuzz", &e) == -1);
    } else {
        must(e.text[0] != '\0');
    }
    if (proof_request_parse(text, n, "fuzz", p, &e) == 0)
        must(p->path.n <= PATH_MAX_HASHES && p->note.n_lines > 0);
    mem_free(p);
    mem_free(again);
    mem_free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = mem_zero(n + 1, 1); /* keys are terminated texts, the others are not */
    struct note *note = mem_zero(1, sizeof *note);
    struct checkpoint c;
    struct err e = {.text = ""};

    memcpy(text, bytes, n);
    try_key(text);
    if (note_parse((const char *)bytes, n, "fuzz", note, &e) == 0) {
        must(note->n > 0 && note->text[note->n - 1] == '\n' && note->n_lines > 0);
        if (checkpoint_parse(note, "fuzz", &c, &e) != 0)
            must(e.text[0] != '\0');
    } else {
        must(e.text[0] != '\0');
    }
    try_proof((const char *)bytes, n);
    mem_free(note);
    mem_free(text);
    return 0;
}
