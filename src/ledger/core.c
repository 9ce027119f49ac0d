/* core: see core.h. */
#include "ledger/core.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

size_t
core_begin(const struct note_signer *signer, uint8_t out[FRAME_BYTES_MAX])
{
    char key[NOTE_KEY_MAX];

    note_key_text(&signer->public, key);
    return frame_put(out, FRAME_KEY, 0, key, strlen(key));
}

int
core_add(struct core *c, const struct leaf *leaf, uint64_t *index, struct err *e)
{
    char text[LEAF_TEXT_MAX];

    if (c->n_leaves == LEDGER_BATCH_LEAVES)
        return err_set(e, ERR_LIMIT, "the ledger's batch of %d leaves is full",
                       LEDGER_BATCH_LEAVES);
    size_t n = leaf_text(leaf, text);
    uint8_t *hash = c->leaf[c->n_leaves++];
    merkle_leaf(text, n, hash);
    *index = c->next.leaves;
    c->n += frame_put(c->batch + c->n, FRAME_LEAF, *index, text, n);
    merkle_add(&c->next, hash);
    return 0;
}

void
core_seal(struct core *c)
{
    struct checkpoint head = {.leaves = c->next.leaves};
    char text[CHECKPOINT_TEXT_MAX], line[NOTE_LINE_MAX];

    memcpy(head.origin, c->signer.public.name, sizeof head.origin);
    merkle_root(&c->next, head.root);
    size_t n = checkpoint_text(&head, text);
    note_sign(&c->signer, 0, text, n, line);
    int length = snprintf(c->checkpoint, sizeof c->checkpoint, "%s\n%s", text, line);
    assert(length > 0 && (size_t)length < sizeof c->checkpoint);
    c->n += frame_put(c->batch + c->n, FRAME_COMMIT, head.leaves, c->checkpoint, (size_t)length);
}

void
core_sure(struct core *c)
{
    c->sure = c->next;
    c->n_leaves = 0;
    c->n = 0;
}

void
core_forget(struct core *c)
{
    c->next = c->sure;
    c->n_leaves = 0;
    c->n = 0;
}

bool
core_is_commit(const struct frame *f, const struct note_key *key, struct checkpoint *c)
{
    struct err e;

    return f->type == FRAME_COMMIT &&
           checkpoint_signed((const char *)f->payload, f->n, "commit", key, c, &e) == 0 &&
           strcmp(c->origin, key->name) == 0 && c->leaves == f->index;
}

int
core_key(const struct frame *f, struct note_key *key, struct err *e)
{
    char text[NOTE_KEY_MAX] = "";

    if (f->n < sizeof text)
        memcpy(text, f->payload, f->n);
    return note_key_parse(text, key, e);
}

static bool
replay_key(struct core_replay *r, const struct frame *f)
{
    struct err e;

    return r->key.name[0] == '\0' && f->index == 0 && core_key(f, &r->key, &e) == 0;
}

static bool
replay_leaf(struct core_replay *r, const struct frame *f)
{
    struct leaf leaf;
    struct err e;

    if (f->index != r->pending.leaves || r->n_leaves == LEDGER_BATCH_LEAVES ||
        leaf_parse((const char *)f->payload, f->n, &leaf, &e) != 0)
        return false;
    merkle_leaf(f->payload, f->n, r->leaf[r->n_leaves]);
    merkle_add(&r->pending, r->leaf[r->n_leaves++]);
    return true;
}

static bool
replay_commit(struct core_replay *r, const struct frame *f)
{
    struct checkpoint c;
    uint8_t root[HASH_BYTES];

    merkle_root(&r->pending, root);
    if (f->n >= sizeof r->checkpoint || !core_is_commit(f, &r->key, &c) ||
        c.leaves != r->pending.leaves || memcmp(c.root, root, HASH_BYTES) != 0)
        return false;
    r->tree = r->pending;
    r->commits++;
    memcpy(r->checkpoint, f->payload, f->n);
    r->checkpoint[f->n] = '\0';
    return true;
}

bool
core_replay(struct core_replay *r, const struct frame *f)
{
    if (f->type == FRAME_KEY)
        return replay_key(r, f);
    if (r->key.name[0] == '\0')
        return false;
    return f->type == FRAME_LEAF ? replay_leaf(r, f) : replay_commit(r, f);
}
