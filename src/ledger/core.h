/* core: what the ledger decides, without I/O: which leaves stand where, what is signed, what an old
 * log means. Leaves gather in a batch; a batch is bytes to append to the log and to sync before
 * anybody is told that his leaf is in it (group commit). */
#ifndef LEDGER_CORE_H
#define LEDGER_CORE_H

#include "ledger/frame.h"
#include "proof/checkpoint.h"
#include "proof/leaf.h"
#include "proof/merkle.h"

#define LEDGER_BATCH_LEAVES 256
#define LEDGER_BATCH_BYTES (LEDGER_BATCH_LEAVES * (FRAME_HEAD + LEAF_TEXT_MAX) + FRAME_BYTES_MAX)
#define LEDGER_CHECKPOINT_MAX 1024

struct core {
    struct note_signer signer;
    struct merkle sure, next; /* acknowledged; with the batch */
    int n_leaves;
    uint8_t leaf[LEDGER_BATCH_LEAVES][HASH_BYTES];
    size_t n;
    uint8_t batch[LEDGER_BATCH_BYTES];
    char checkpoint[LEDGER_CHECKPOINT_MAX]; /* signed, of the sealed batch; "" before the first */
};

/* The bytes that a new log begins with. */
size_t core_begin(const struct note_signer *signer, uint8_t out[FRAME_BYTES_MAX]);

/* Puts a leaf into the batch: it will stand at *index. ERR_LIMIT when the batch is full: seal and
 * write it first. */
int core_add(struct core *c, const struct leaf *leaf, uint64_t *index, struct err *e) MUST_USE;
/* Ends the batch with its signed checkpoint: c->n bytes of c->batch are to be written. */
void core_seal(struct core *c);
/* They are on the disk for good: the leaves count. Or they could not be written and are forgotten,
 * so that the next batch continues what was sure. */
void core_sure(struct core *c);
void core_forget(struct core *c);

/* Reads a log again, frame by frame. */
struct core_replay {
    struct note_key key;
    struct merkle tree, pending; /* at the last commit; with the leaves since */
    int n_leaves;                /* since the last commit */
    uint8_t leaf[LEDGER_BATCH_LEAVES][HASH_BYTES];
    uint64_t commits;
    char checkpoint[LEDGER_CHECKPOINT_MAX]; /* the last, signed; "" before the first */
};
/* One frame more. False if it is none that may stand here: wrong type, place, signature or root. */
bool core_replay(struct core_replay *r, const struct frame *f);
/* The key that a log's first frame holds. */
int core_key(const struct frame *f, struct note_key *key, struct err *e) MUST_USE;
/* Is this frame a commit that the log's key signed, wherever it stands? */
bool core_is_commit(const struct frame *f, const struct note_key *key, struct checkpoint *c);

#endif
