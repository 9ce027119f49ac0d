/* store: see store.h. The log alone is the truth: its commits are signed checkpoints, written and
 * synced together with their leaves, so one sync acknowledges a batch. */
#include "ledger/store.h"

#include "base/arena.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define LOG "log"
#define CHECKPOINT "checkpoint"

int
ledger_create(struct disk *d, const struct note_signer *signer, struct err *e)
{
    uint8_t frame[FRAME_BYTES_MAX];
    size_t n = core_begin(signer, frame);
    int log = d->call->open(d->self, LOG, DISK_READ, e);

    if (log >= 0) {
        d->call->close(d->self, log);
        return err_set(e, ERR_INPUT, "there is a ledger already; it is never replaced");
    }
    return e->code != ERR_INPUT ? -1 : disk_save(d, LOG, frame, n, true, e);
}

/* What the folder's own checkpoint promises; of none, or one that is not of this log, nothing: it
 * could as well be missing, and checkpoints that count are kept elsewhere. */
static void
load_published(struct disk *d, const struct note_key *key, struct checkpoint *c)
{
    uint8_t *bytes;
    size_t n;
    struct err e;

    c->leaves = 0;
    if (disk_load(d, CHECKPOINT, NOTE_BYTES_MAX, &bytes, &n, &e) != 0)
        return;
    if (checkpoint_signed((const char *)bytes, n, CHECKPOINT, key, c, &e) != 0)
        c->leaves = 0;
    mem_free(bytes);
}

static int
no_tile(void *of, int level, uint64_t n, const tile_hashes hashes, struct err *e)
{
    (void)of, (void)level, (void)n, (void)hashes, (void)e;
    return 0;
}

/* The way from a log to its state. */
struct opening {
    struct ledger *l;
    struct frame_reader reader;
    struct core_replay replay;
    struct checkpoint published;
    uint64_t sure; /* bytes up to the last commit */
    bool forked;   /* the published checkpoint is of another history */
};

static int
take_commit(struct opening *o, struct err *e)
{
    const struct tile_store nowhere = {.write = no_tile};

    for (int i = 0; i < o->replay.n_leaves; i++)
        if (tiles_add(&o->l->tiles, &nowhere, o->replay.leaf[i], e) != 0)
            return -1;
    o->replay.n_leaves = 0;
    o->sure = o->reader.at;
    return 0;
}

static void
compare_published(struct opening *o)
{
    uint8_t root[HASH_BYTES];

    merkle_root(&o->replay.pending, root);
    o->forked |= memcmp(root, o->published.root, HASH_BYTES) != 0;
}

static int
replay_log(struct opening *o, struct err *e)
{
    struct frame f;
    bool got;

    for (;;) {
        uint64_t at = o->reader.at;
        if (frame_next(&o->reader, &f, &got, e) != 0)
            return -1;
        if (!got || !core_replay(&o->replay, &f)) {
            o->reader.at = at;
            return 0;
        }
        if (f.type == FRAME_KEY) {
            o->sure = o->reader.at;
            load_published(o->l->disk, &o->replay.key, &o->published);
        } else if (f.type == FRAME_COMMIT && take_commit(o, e) != 0) {
            return -1;
        } else if (f.type == FRAME_LEAF && o->replay.pending.leaves == o->published.leaves) {
            compare_published(o);
        }
    }
}

/* Was anything behind the last good commit acknowledged? At most one batch is ever unsynced, and a
 * power cut may leave any part of it, even its commit without its leaves. Two commits, or a
 * published one, are a sign of damage. */
static int
look_behind(struct opening *o, struct err *e)
{
    unsigned long long bad = o->reader.at, leaf = o->replay.pending.leaves;
    int commits = 0;
    struct frame f;
    struct checkpoint c;
    bool got;

    if (o->forked)
        return err_set(e, ERR_DAMAGED,
                       "the log's first %llu leaves are not those that its published checkpoint "
                       "was signed for; doorlicht ledger check says more",
                       (unsigned long long)o->published.leaves);
    o->reader.at = o->sure;
    while (o->reader.at < o->reader.size) {
        if (frame_next(&o->reader, &f, &got, e) != 0 || (!got && frame_skip(&o->reader, e) != 0))
            return -1;
        commits += got && core_is_commit(&f, &o->replay.key, &c);
    }
    if (commits < 2 && o->published.leaves <= o->replay.tree.leaves)
        return 0;
    if (bad == o->reader.size)
        return err_set(e, ERR_DAMAGED,
                       "the log ends with leaf %llu, but its published checkpoint promises %llu "
                       "leaves: its end was cut off",
                       leaf - 1, (unsigned long long)o->published.leaves);
    return err_set(e, ERR_DAMAGED,
                   "leaf %llu of the log (byte %llu) is damaged, missing or changed; doorlicht "
                   "ledger check names everything",
                   leaf, bad);
}

static int
cut_tail(struct ledger *l, struct err *e)
{
    struct disk *d = l->disk;

    if (d->call->truncate(d->self, l->log, l->bytes, e) != 0)
        return -1;
    return d->call->sync(d->self, l->log, e); /* before anything else goes there */
}

static int
open_log(struct opening *o, const struct note_signer *signer, struct err *e)
{
    struct ledger *l = o->l;

    if (frame_reader_start(&o->reader, l->disk, l->log, e) != 0 || replay_log(o, e) != 0)
        return -1;
    if (o->replay.key.name[0] == '\0')
        return err_set(e, ERR_DAMAGED, "the log does not begin with the key of a ledger");
    if (look_behind(o, e) != 0)
        return -1;
    l->key = o->replay.key;
    l->core.sure = l->core.next = o->replay.tree;
    memcpy(l->core.checkpoint, o->replay.checkpoint, sizeof l->core.checkpoint);
    l->bytes = o->sure;
    l->dropped = o->reader.size - o->sure;
    if (signer == NULL)
        return 0;
    if (memcmp(&signer->public, &l->key, sizeof l->key) != 0)
        return err_set(e, ERR_INPUT, "this key is of '%s', the log of '%s', or another key of it",
                       signer->public.name, l->key.name);
    l->core.signer = *signer;
    return l->dropped == 0 ? 0 : cut_tail(l, e);
}

int
ledger_open(struct ledger *l, struct disk *d, const struct note_signer *signer, struct err *e)
{
    memset(l, 0, sizeof *l);
    l->disk = d;
    l->writes = signer != NULL;
    l->log = d->call->open(d->self, LOG, l->writes ? DISK_APPEND : DISK_READ, e);
    if (l->log < 0) {
        l->disk = NULL;
        return -1;
    }
    struct opening *o = mem_zero(1, sizeof *o);
    o->l = l;
    int result = open_log(o, signer, e);
    mem_free(o);
    return result;
}

void
ledger_close(struct ledger *l)
{
    if (l->disk != NULL)
        l->disk->call->close(l->disk->self, l->log);
    note_forget(&l->core.signer);
    l->disk = NULL;
}

int
ledger_add(struct ledger *l, const struct leaf *leaf, uint64_t *index, struct err *e)
{
    assert(l->writes);
    if (l->core.n_leaves == LEDGER_BATCH_LEAVES && ledger_commit(l, e) != 0)
        return -1;
    return core_add(&l->core, leaf, index, e);
}

static int
read_tile(void *of, int level, uint64_t n, tile_hashes hashes, struct err *e)
{
    struct ledger *l = of;
    char name[TILE_NAME_MAX];
    uint8_t *bytes;
    size_t size;

    tile_name(level, n, TILE_WIDTH, name);
    if (disk_load(l->disk, name, sizeof(tile_hashes), &bytes, &size, e) != 0)
        return -1;
    memset(hashes, 0, sizeof(tile_hashes));
    memcpy(hashes, bytes, size); /* a torn one gives wrong paths, which are noticed */
    mem_free(bytes);
    return 0;
}

/* Not synced, and a failure is no failure: whoever misses a tile makes all of them again. */
static int
write_tile(void *of, int level, uint64_t n, const tile_hashes hashes, struct err *e)
{
    struct ledger *l = of;
    char name[TILE_NAME_MAX];
    struct err unused;

    (void)e;
    tile_name(level, n, TILE_WIDTH, name);
    if (disk_folders(l->disk, name, &unused) == 0)
        (void)(disk_save(l->disk, name, hashes, sizeof(tile_hashes), false, &unused) == 0);
    return 0;
}

struct tile_store
ledger_tiles(struct ledger *l)
{
    return (struct tile_store){read_tile, write_tile, l};
}

int
ledger_commit(struct ledger *l, struct err *e)
{
    struct disk *d = l->disk;
    const struct tile_store store = ledger_tiles(l);
    struct err unused;

    if (l->broken) {
        core_forget(&l->core);
        return err_set(e, ERR_SYSTEM, "the log could not be written; close and open it again");
    }
    if (l->core.n_leaves == 0)
        return 0;
    core_seal(&l->core);
    if (d->call->write(d->self, l->log, l->core.batch, l->core.n, e) != 0 ||
        d->call->sync(d->self, l->log, e) != 0) {
        core_forget(&l->core);
        l->broken = cut_tail(l, &unused) != 0;
        return -1;
    }
    l->bytes += l->core.n;
    for (int i = 0; i < l->core.n_leaves; i++)
        if (tiles_add(&l->tiles, &store, l->core.leaf[i], e) != 0)
            return -1; /* never: write_tile does not fail */
    core_sure(&l->core);
    return 0;
}

int
ledger_publish(struct ledger *l, struct err *e)
{
    const char *text = l->core.checkpoint;

    assert(l->core.n_leaves == 0);
    return text[0] == '\0' ? 0 : disk_save(l->disk, CHECKPOINT, text, strlen(text), true, e);
}
