/* proof: a file that shows, without the log, that a leaf is in it (c2sp.org/tlog-proof), and the
 * request that shows a witness that a log has only grown (c2sp.org/tlog-witness, add-checkpoint).
 */
#ifndef PROOF_PROOF_H
#define PROOF_PROOF_H

#include "proof/checkpoint.h"
#include "proof/path.h"

#define PROOF_EXTRA_MAX ((size_t)64 << 10)
#define PROOF_BYTES_MAX (NOTE_BYTES_MAX + 2 * PROOF_EXTRA_MAX)
#define PROOF_MAGIC "c2sp.org/tlog-proof@v1"

/* The note points into the bytes that were parsed. */
struct proof {
    uint64_t index; /* of the leaf; in a request: leaves of the old tree */
    size_t extra_n; /* 0: none. Not authenticated by itself */
    uint8_t extra[PROOF_EXTRA_MAX];
    struct path path;
    struct note note; /* the checkpoint */
    struct checkpoint head;
};

int proof_parse(const char *bytes, size_t n, const char *what, struct proof *p,
                struct err *e) MUST_USE;
/* "old N", hashes, an empty line, the checkpoint. */
int proof_request_parse(const char *bytes, size_t n, const char *what, struct proof *p,
                        struct err *e) MUST_USE;

/* The checkpoint must be of this log and signed by its key; one sentence if not. */
int proof_head_check(const struct proof *p, const struct note_key *log, const char *what,
                     struct err *e) MUST_USE;
/* Head and path: the leaf with this hash stands at p->index in the log of this key. */
int proof_check(const struct proof *p, const uint8_t leaf[HASH_BYTES], const struct note_key *log,
                const char *what, struct err *e) MUST_USE;

/* Both texts up to and with the empty line; the signed checkpoint follows. Returns the length, with
 * a terminator behind it; out has PROOF_BYTES_MAX bytes. */
size_t proof_text(uint64_t index, const struct path *path, const uint8_t *extra, size_t extra_n,
                  char *out);
size_t proof_request_text(uint64_t old_leaves, const struct path *path, char *out);

#endif
