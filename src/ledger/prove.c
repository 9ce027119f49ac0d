/* prove: what a ledger shows to others: leaves, proofs, requests to witnesses; see store.h. */
#include "base/arena.h"
#include "ledger/store.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Calls `each` for every acknowledged leaf until it returns other than 0, and returns that. */
static int
each_leaf(struct ledger *l, int (*each)(void *of, const struct frame *f, struct err *e), void *of,
          struct err *e)
{
    struct frame_reader *r = mem_zero(1, sizeof *r);
    struct frame f;
    bool got = true;
    int result = frame_reader_start(r, l->disk, l->log, e);

    while (result == 0 && r->at < l->bytes) {
        result = frame_next(r, &f, &got, e);
        if (result == 0 && !got)
            result = err_set(e, ERR_DAMAGED, "the log changed while it was open");
        if (result == 0 && f.type == FRAME_LEAF)
            result = each(of, &f, e);
    }
    mem_free(r);
    return result;
}

struct wanted {
    uint64_t index;
    char *text;
    size_t n;
};

static int
take_wanted(void *of, const struct frame *f, struct err *e)
{
    struct wanted *w = of;

    (void)e;
    if (f->index != w->index || f->n >= LEAF_TEXT_MAX)
        return 0;
    memcpy(w->text, f->payload, f->n);
    w->text[f->n] = '\0';
    w->n = f->n;
    return 1;
}

int
ledger_leaf(struct ledger *l, uint64_t index, char text[LEAF_TEXT_MAX], size_t *n, struct err *e)
{
    struct wanted w = {index, text, 0};
    int result = each_leaf(l, take_wanted, &w, e);

    if (result < 0)
        return -1;
    if (result == 0)
        return err_set(e, ERR_INPUT, "there is no leaf %llu; the log has %llu",
                       (unsigned long long)index, (unsigned long long)l->core.sure.leaves);
    *n = w.n;
    return 0;
}

/* Tiles that are made again, into a state of their own. */
struct rebuild {
    struct tiles tiles;
    struct tile_store store;
};

static int
take_again(void *of, const struct frame *f, struct err *e)
{
    struct rebuild *r = of;
    uint8_t hash[HASH_BYTES];

    merkle_leaf(f->payload, f->n, hash);
    return tiles_add(&r->tiles, &r->store, hash, e);
}

int
ledger_rebuild(struct ledger *l, struct err *e)
{
    struct rebuild *r = mem_zero(1, sizeof *r);

    r->store = ledger_tiles(l);
    int result = each_leaf(l, take_again, r, e);
    mem_free(r);
    return result;
}

static int
get_node(void *of, int height, uint64_t index, uint8_t hash[HASH_BYTES], struct err *e)
{
    struct ledger *l = of;
    const struct tile_store store = ledger_tiles(l);

    return tiles_node(&l->tiles, &store, height, index, hash, e);
}

/* A path from tiles that may be missing or torn: does it end at the root that is known? */
static bool
inclusion(struct ledger *l, uint64_t index, const uint8_t leaf[HASH_BYTES], struct path *path,
          struct err *e)
{
    const struct path_nodes nodes = {get_node, l};
    uint8_t root[HASH_BYTES];

    merkle_root(&l->core.sure, root);
    return path_inclusion(&nodes, index, l->core.sure.leaves, path, e) == 0 &&
           merkle_included(leaf, index, l->core.sure.leaves,
                           (const uint8_t(*)[HASH_BYTES])path->hash, (size_t)path->n, root);
}

static bool
consistency(struct ledger *l, uint64_t old_leaves, struct path *path, struct err *e)
{
    const struct path_nodes nodes = {get_node, l};
    uint8_t old[HASH_BYTES], root[HASH_BYTES];

    merkle_root(&l->core.sure, root);
    return path_root(&nodes, old_leaves, old, e) == 0 &&
           path_consistency(&nodes, old_leaves, l->core.sure.leaves, path, e) == 0 &&
           merkle_consistent(old_leaves, old, l->core.sure.leaves, root,
                             (const uint8_t(*)[HASH_BYTES])path->hash, (size_t)path->n);
}

static int
wrong_tiles(struct err *e)
{
    return err_set(e, ERR_DAMAGED,
                   "the tiles do not fit the log, even after they were made again; "
                   "can the folder be written?");
}

int
ledger_prove(struct ledger *l, uint64_t index, const uint8_t *salt, char **proof, struct err *e)
{
    char extra[LEAF_TEXT_MAX + 2 * LEAF_SALT + 16];
    uint8_t hash[HASH_BYTES];
    struct path path;
    size_t n;

    if (ledger_leaf(l, index, extra, &n, e) != 0)
        return -1;
    merkle_leaf(extra, n, hash);
    if (!inclusion(l, index, hash, &path, e) &&
        (ledger_rebuild(l, e) != 0 || !inclusion(l, index, hash, &path, e)))
        return wrong_tiles(e);
    if (salt != NULL) {
        memcpy(extra + n, "salt ", 5);
        sodium_bin2hex(extra + n + 5, sizeof extra - n - 5, salt, LEAF_SALT);
        n += 5 + 2 * LEAF_SALT;
        extra[n++] = '\n';
    }
    char *out = mem_zero(PROOF_BYTES_MAX, 1);
    size_t at = proof_text(index, &path, (const uint8_t *)extra, n, out);
    snprintf(out + at, PROOF_BYTES_MAX - at, "%s", l->core.checkpoint);
    *proof = out;
    return 0;
}

int
ledger_request(struct ledger *l, uint64_t old_leaves, char **request, struct err *e)
{
    struct path path;

    if (old_leaves == 0 || old_leaves > l->core.sure.leaves)
        return err_set(e, ERR_INPUT,
                       "the log has %llu leaves, and cannot show that it grew from %llu",
                       (unsigned long long)l->core.sure.leaves, (unsigned long long)old_leaves);
    if (!consistency(l, old_leaves, &path, e) &&
        (ledger_rebuild(l, e) != 0 || !consistency(l, old_leaves, &path, e)))
        return wrong_tiles(e);
    char *out = mem_zero(PROOF_BYTES_MAX, 1);
    size_t at = proof_request_text(old_leaves, &path, out);
    snprintf(out + at, PROOF_BYTES_MAX - at, "%s", l->core.checkpoint);
    *request = out;
    return 0;
}
