/* store: the ledger on a disk: the log (all of the truth), the tiles (made from it) and the last
 * published checkpoint. One process writes, any may read. */
#ifndef LEDGER_STORE_H
#define LEDGER_STORE_H

#include "ledger/core.h"
#include "proof/proof.h"
#include "proof/tile.h"

struct ledger {
    struct core core; /* core.sure.leaves: how many leaves are acknowledged */
    struct note_key key;
    struct disk *disk;
    struct tiles tiles;
    int log;          /* handle */
    uint64_t bytes;   /* of the log, all sure */
    uint64_t dropped; /* bytes of an unfinished batch that this opening removed (or passed over) */
    bool writes, broken;
};

/* Makes an empty log in the folder; nobody else's. */
int ledger_create(struct disk *d, const struct note_signer *signer, struct err *e) MUST_USE;
/* Reads and checks the whole log. With `signer`, the log's own key, it may be written: what a kill
 * or a power cut left unfinished behind the last acknowledged leaf is removed. ERR_DAMAGED when an
 * acknowledged leaf is damaged or gone: ledger_check names it. Free with ledger_close in any case;
 * *l is at least 256 KB, so not on the stack. */
int ledger_open(struct ledger *l, struct disk *d, const struct note_signer *signer,
                struct err *e) MUST_USE;
void ledger_close(struct ledger *l); /* takes a zeroed one */

/* core_add; and the batch is written when it is full. */
int ledger_add(struct ledger *l, const struct leaf *leaf, uint64_t *index, struct err *e) MUST_USE;
/* Signs, writes and syncs the batch: when it returns 0, all leaves that were added are
 * acknowledged; when it returns -1, those since the last 0 are not, and not in the log
 * either, unless the disk refused even to remove them: then the next opening may find them. */
int ledger_commit(struct ledger *l, struct err *e) MUST_USE;
/* Puts the checkpoint of what is acknowledged into the file `checkpoint`, synced. */
int ledger_publish(struct ledger *l, struct err *e) MUST_USE;

/* The text of a leaf, from the log. */
int ledger_leaf(struct ledger *l, uint64_t index, char text[LEAF_TEXT_MAX], size_t *n,
                struct err *e) MUST_USE;
/* A whole .tlog-proof of an acknowledged leaf; `salt` of its record or NULL. The caller frees. */
int ledger_prove(struct ledger *l, uint64_t index, const uint8_t *salt, char **proof,
                 struct err *e) MUST_USE;
/* A whole request to a witness that knows the first `old_leaves`; 1 .. acknowledged. */
int ledger_request(struct ledger *l, uint64_t old_leaves, char **request, struct err *e) MUST_USE;
/* Where its tiles lie, and every tile again from the log. */
struct tile_store ledger_tiles(struct ledger *l);
int ledger_rebuild(struct ledger *l, struct err *e) MUST_USE;

/* A checkpoint that somebody kept elsewhere, its signature checked by the caller. */
struct ledger_kept {
    const char *name; /* for messages */
    struct checkpoint head;
};
struct ledger_report {
    void (*say)(void *of, const char *sentence); /* once for each thing that is wrong */
    void *of;
    int problems;
    uint64_t leaves, commits; /* whose root is right; batches */
    uint64_t behind;          /* bytes behind them that were never acknowledged */
};
/* Looks at every byte of the log; names every record that was changed, moved, deleted or added.
 * `key` as the caller knows it, or NULL: the log's own word. -1 only if it cannot be read. */
int ledger_check(struct disk *d, const struct note_key *key, const struct ledger_kept *kept,
                 int n_kept, struct ledger_report *r, struct err *e) MUST_USE;

#endif
