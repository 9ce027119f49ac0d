/* proof: see proof.h. */
#include "proof/proof.h"

#include "proof/merkle.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define BASE64 sodium_base64_VARIANT_ORIGINAL

/* What follows "word " on this line, or NULL. */
static const char *
after(const char *word, const char *line, size_t *n)
{
    size_t length = strlen(word);

    if (line == NULL || *n < length || memcmp(line, word, length) != 0)
        return NULL;
    *n -= length;
    return line + length;
}

/* The line with the number, hashes, the empty line, the checkpoint. */
static int
parse_rest(struct checkpoint_lines *l, const char *line, size_t n, const char *word,
           const char *what, struct proof *p, struct err *e)
{
    const char *number = after(word, line, &n);

    if (number == NULL || !checkpoint_number(number, n, &p->index))
        return err_set(e, ERR_INPUT, "%s: no line '%sNUMBER' where there must be one", what, word);
    p->path.n = 0;
    while ((line = checkpoint_line(l, &n)) != NULL && n > 0) {
        if (p->path.n == PATH_MAX_HASHES || !checkpoint_hash(line, n, p->path.hash[p->path.n++]))
            return err_set(e, ERR_INPUT, "%s: line %d of the path is no hash, or one too many",
                           what, p->path.n);
    }
    if (note_parse(l->p, (size_t)(l->end - l->p), what, &p->note, e) != 0)
        return -1;
    return checkpoint_parse(&p->note, what, &p->head, e);
}

int
proof_parse(const char *bytes, size_t n, const char *what, struct proof *p, struct err *e)
{
    struct checkpoint_lines l = {bytes, bytes + n};
    const char *line = checkpoint_line(&l, &n);

    if (line == NULL || n != strlen(PROOF_MAGIC) || memcmp(line, PROOF_MAGIC, n) != 0)
        return err_set(e, ERR_INPUT, "%s: not a proof: line 1 is not '" PROOF_MAGIC "'", what);
    line = checkpoint_line(&l, &n);
    size_t extra_n = n;
    const char *extra = after("extra ", line, &extra_n);
    p->extra_n = 0;
    if (extra != NULL) {
        if (sodium_base642bin(p->extra, sizeof p->extra, extra, extra_n, NULL, &p->extra_n, NULL,
                              BASE64) != 0)
            return err_set(e, ERR_INPUT, "%s: line 2, extra: not base64, or too long", what);
        line = checkpoint_line(&l, &n);
    }
    return parse_rest(&l, line, n, "index ", what, p, e);
}

int
proof_request_parse(const char *bytes, size_t n, const char *what, struct proof *p, struct err *e)
{
    struct checkpoint_lines l = {bytes, bytes + n};
    const char *line = checkpoint_line(&l, &n);

    p->extra_n = 0;
    return parse_rest(&l, line, n, "old ", what, p, e);
}

int
proof_head_check(const struct proof *p, const struct note_key *log, const char *what, struct err *e)
{
    if (strcmp(p->head.origin, log->name) != 0)
        return err_set(e, ERR_INPUT, "%s: from the log '%s', not from '%s'", what, p->head.origin,
                       log->name);
    switch (note_check(&p->note, log, NULL)) {
    case NOTE_SIGNED:
        return 0;
    case NOTE_SILENT:
        return err_set(e, ERR_INPUT, "%s: the checkpoint is not signed by the key of '%s'", what,
                       log->name);
    default:
        return err_set(e, ERR_INPUT, "%s: the signature of '%s' on the checkpoint is forged", what,
                       log->name);
    }
}

int
proof_check(const struct proof *p, const uint8_t leaf[HASH_BYTES], const struct note_key *log,
            const char *what, struct err *e)
{
    if (proof_head_check(p, log, what, e) != 0)
        return -1;
    if (!merkle_included(leaf, p->index, p->head.leaves, (const uint8_t(*)[HASH_BYTES])p->path.hash,
                         (size_t)p->path.n, p->head.root))
        return err_set(e, ERR_INPUT, "%s: this record is not leaf %llu of the log", what,
                       (unsigned long long)p->index);
    return 0;
}

static size_t
path_text(const struct path *path, char *out)
{
    size_t at = 0;

    for (int i = 0; i < path->n; i++) {
        checkpoint_put_hash(path->hash[i], out + at);
        at += CHECKPOINT_HASH;
        out[at - 1] = '\n';
    }
    out[at++] = '\n';
    out[at] = '\0';
    return at;
}

size_t
proof_text(uint64_t index, const struct path *path, const uint8_t *extra, size_t extra_n, char *out)
{
    size_t at = (size_t)snprintf(out, PROOF_BYTES_MAX, PROOF_MAGIC "\n");

    assert(extra_n <= PROOF_EXTRA_MAX);
    if (extra_n > 0) {
        at += (size_t)snprintf(out + at, PROOF_BYTES_MAX - at, "extra ");
        sodium_bin2base64(out + at, PROOF_BYTES_MAX - at, extra, extra_n, BASE64);
        at += strlen(out + at);
        out[at++] = '\n';
    }
    at +=
        (size_t)snprintf(out + at, PROOF_BYTES_MAX - at, "index %llu\n", (unsigned long long)index);
    return at + path_text(path, out + at);
}

size_t
proof_request_text(uint64_t old_leaves, const struct path *path, char *out)
{
    size_t at =
        (size_t)snprintf(out, PROOF_BYTES_MAX, "old %llu\n", (unsigned long long)old_leaves);

    return at + path_text(path, out + at);
}
