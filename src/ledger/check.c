/* check: names what is wrong with a log; see store.h. Frames carry their places, commits the signed
 * root over them, full tiles a second copy of every leaf's hash: what one of them lost or what was
 * changed in it, the others tell. */
#include "base/arena.h"
#include "ledger/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define GROUP 4096 /* leaves between two commits, missing ones included */

struct place {
    bool there;
    uint8_t hash[HASH_BYTES];
};

struct check {
    struct disk *disk;
    struct ledger_kept published;
    struct ledger_report *report;
    const struct note_key *wanted; /* or NULL */
    const struct ledger_kept *kept;
    int n_kept;
    struct frame_reader reader;
    struct note_key key;
    struct merkle good; /* up to the last commit whose root is right */
    uint64_t next;      /* index of the next leaf */
    bool lost; /* a root was wrong and could not be explained: from there on none is known */
    bool hole; /* damaged bytes lie before this frame */
    uint64_t hole_at;
    struct place place[GROUP];        /* from good.leaves on: what stands in the log */
    uint8_t truth[GROUP][HASH_BYTES]; /* what the signed root says that should */
    tile_hashes tile;
    uint64_t tile_n; /* that is loaded */
    bool has_tile, loaded;
};

static void say(struct check *c, const char *fmt, ...) PRINTF(2, 3);

static void
say(struct check *c, const char *fmt, ...)
{
    char sentence[400];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(sentence, sizeof sentence, fmt, ap);
    va_end(ap);
    c->report->problems++;
    c->report->say(c->report->of, sentence);
}

/* "leaf 7" or "leaves 7 to 9". */
static const char *
leaves(uint64_t first, uint64_t end, char out[64])
{
    if (end == first + 1)
        snprintf(out, 64, "leaf %" PRIu64, first);
    else
        snprintf(out, 64, "leaves %" PRIu64 " to %" PRIu64, first, end - 1);
    return out;
}

/* The hash of a leaf as its tile remembers it, or NULL. */
static const uint8_t *
remembered(struct check *c, uint64_t index)
{
    char name[TILE_NAME_MAX];
    uint8_t *bytes;
    size_t n;
    struct err e;

    if (!c->loaded || c->tile_n != index / TILE_WIDTH) {
        c->tile_n = index / TILE_WIDTH;
        c->loaded = true;
        tile_name(0, c->tile_n, TILE_WIDTH, name);
        c->has_tile = false;
        if (disk_load(c->disk, name, sizeof c->tile, &bytes, &n, &e) == 0) {
            c->has_tile = n == sizeof c->tile;
            memcpy(c->tile, bytes, n);
            mem_free(bytes);
        }
    }
    return c->has_tile ? c->tile[index % TILE_WIDTH] : NULL;
}

/* Leaves next .. end - 1 are not where they belong. */
static void
miss(struct check *c, uint64_t end)
{
    char range[64];

    if (c->hole)
        say(c, "%s: damaged (bytes %" PRIu64 " to %" PRIu64 ")", leaves(c->next, end, range),
            c->hole_at, c->reader.at);
    else
        say(c, "%s: not in their place: deleted or moved", leaves(c->next, end, range));
    c->hole = false;
    for (; c->next < end; c->next++)
        if (c->next - c->good.leaves < GROUP)
            c->place[c->next - c->good.leaves].there = false;
    c->lost |= end - c->good.leaves > GROUP;
}

static void
take_leaf(struct check *c, const struct frame *f)
{
    struct leaf leaf;
    struct err e;

    if (leaf_parse((const char *)f->payload, f->n, &leaf, &e) != 0)
        say(c, "leaf %" PRIu64 ": %s", f->index, e.text);
    if (f->index > c->next)
        miss(c, f->index);
    uint64_t at = f->index - c->good.leaves;
    if (f->index < c->next)
        say(c, "leaf %" PRIu64 ": stands out of its place, behind leaf %" PRIu64, f->index,
            c->next - 1);
    if (f->index < c->next && (f->index < c->good.leaves || at >= GROUP || c->place[at].there))
        return;
    c->next += f->index == c->next;
    c->lost |= at >= GROUP;
    if (at >= GROUP)
        return;
    c->place[at].there = true;
    merkle_leaf(f->payload, f->n, c->place[at].hash);
}

/* What stands at this place of the group, or NULL. */
static const uint8_t *
own(const struct check *c, uint64_t i)
{
    return i < c->next - c->good.leaves && c->place[i].there ? c->place[i].hash : NULL;
}

/* How the leaves up to `end` may have been: as they stand in the log or as the tiles remember them,
 * whichever is asked first and known; where no tile is, those that stand `shift` places earlier. */
static bool
suppose(struct check *c, uint64_t end, bool tiles_first, uint64_t shift, struct merkle *m)
{
    *m = c->good;
    for (uint64_t i = 0; i < end - c->good.leaves; i++) {
        const uint8_t *hash = tiles_first ? NULL : own(c, i);
        if (hash == NULL)
            hash = remembered(c, c->good.leaves + i);
        if (hash == NULL && i >= shift)
            hash = own(c, i - shift);
        if (hash == NULL)
            return false;
        memcpy(c->truth[i], hash, HASH_BYTES);
        merkle_add(m, hash);
    }
    return true;
}

static bool
has_root(const struct merkle *m, const struct checkpoint *head)
{
    uint8_t root[HASH_BYTES];

    merkle_root(m, root);
    return memcmp(root, head->root, HASH_BYTES) == 0;
}

/* Where in the group this leaf stands; `n` if nowhere. */
static uint64_t
stands_at(const struct check *c, const uint8_t *hash, uint64_t n)
{
    uint64_t at = 0;

    while (at < n && (own(c, at) == NULL || memcmp(own(c, at), hash, HASH_BYTES) != 0))
        at++;
    return at;
}

/* The truth is known: which leaves of the log differ from it? Those that moved together are told
 * together. */
static void
name_changed(struct check *c, uint64_t end)
{
    uint64_t first = c->good.leaves, n = end - first, run;
    char range[64], to[64];

    for (uint64_t i = 0; i < n; i += run) {
        uint64_t at = stands_at(c, c->truth[i], n);
        for (run = 1; at < n && at != i && i + run < n && at + run < n; run++)
            if (own(c, at + run) == NULL ||
                memcmp(own(c, at + run), c->truth[i + run], HASH_BYTES) != 0)
                break;
        if (at < n && at != i)
            say(c, "%s: moved to the place of %s", leaves(first + i, first + i + run, range),
                leaves(first + at, first + at + run, to));
        else if (at == n && own(c, i) != NULL)
            say(c, "leaf %" PRIu64 ": changed, or deleted and others put in its place", first + i);
        else if (at == n)
            say(c, "leaf %" PRIu64 ": deleted", first + i);
    }
}

static void
compare_one(struct check *c, const struct merkle *m, const struct ledger_kept *kept)
{
    if (kept->head.leaves == m->leaves && !has_root(m, &kept->head))
        say(c,
            "%s: of another history: the first %" PRIu64 " leaves are not those of this log, "
            "which is a fork",
            kept->name, m->leaves);
}

/* What others kept must be the root at its number of leaves. */
static void
compare_kept(struct check *c, uint64_t end)
{
    struct merkle m = c->good;

    for (uint64_t i = 0; m.leaves < end; i++) {
        merkle_add(&m, c->truth[i]);
        for (int k = 0; k < c->n_kept; k++)
            compare_one(c, &m, &c->kept[k]);
        compare_one(c, &m, &c->published);
    }
}

/* Finds out how the leaves before this commit were when it was signed, and names what differs. */
static bool
explain(struct check *c, const struct checkpoint *head, struct merkle *m)
{
    uint64_t end = head->leaves, gone = end > c->next ? end - c->next : 0;
    char range[64];

    if (gone == 0 && suppose(c, end, false, 0, m) && has_root(m, head))
        return true;
    if (c->hole && gone > 0)
        miss(c, end);
    if ((suppose(c, end, true, 0, m) && has_root(m, head)) ||
        (suppose(c, end, true, gone, m) && has_root(m, head))) {
        name_changed(c, end);
        return true;
    }
    if (c->next < end)
        miss(c, end);
    say(c,
        "%s: at least one was changed, added or taken away: their tree is not the signed one; "
        "roots behind them cannot be checked",
        leaves(c->good.leaves, end, range));
    return false;
}

static void
take_commit(struct check *c, const struct frame *f)
{
    struct checkpoint head;
    struct merkle m;
    char range[64];

    if (!core_is_commit(f, c->wanted != NULL ? c->wanted : &c->key, &head)) {
        say(c, "the commit of %" PRIu64 " leaves is not signed by the log's key", f->index);
        return;
    }
    c->report->commits++;
    c->lost |= head.leaves > c->good.leaves + GROUP;
    if (c->lost)
        return;
    if (head.leaves < c->good.leaves) {
        say(c, "the commit of %" PRIu64 " leaves stands out of its place", head.leaves);
        return;
    }
    if (c->next > head.leaves)
        say(c, "%s: stand before the commit of %" PRIu64 " leaves: added, or moved",
            leaves(head.leaves, c->next, range), head.leaves);
    c->lost = !explain(c, &head, &m);
    if (c->lost)
        return;
    compare_kept(c, head.leaves);
    c->good = m;
    c->next = m.leaves;
    c->report->leaves = m.leaves;
}

/* The folder's own checkpoint counts as kept by somebody, if it is one at all. */
static void
load_published(struct check *c)
{
    const struct note_key *key = c->wanted != NULL ? c->wanted : &c->key;
    uint8_t *bytes;
    size_t n;
    struct err e;

    c->published = (struct ledger_kept){.name = "the published checkpoint"};
    if (disk_load(c->disk, "checkpoint", NOTE_BYTES_MAX, &bytes, &n, &e) != 0)
        return;
    if (checkpoint_signed((const char *)bytes, n, "the published checkpoint", key,
                          &c->published.head, &e) != 0)
        say(c, "%s", e.text);
    mem_free(bytes);
}

static void
take_key(struct check *c, const struct frame *f)
{
    struct err e;

    if (c->reader.at != FRAME_HEAD + f->n)
        say(c, "a log's key stands at byte %" PRIu64 ", where none belongs",
            c->reader.at - FRAME_HEAD - f->n);
    else if (core_key(f, &c->key, &e) != 0)
        say(c, "the log's key: %s", e.text);
    else if (c->wanted != NULL && memcmp(&c->key, c->wanted, sizeof c->key) != 0)
        say(c, "the log is of another key, of '%s'", c->key.name);
    load_published(c);
}

static void
take(struct check *c, const struct frame *f)
{
    if (f->type == FRAME_KEY)
        take_key(c, f);
    else if (f->type == FRAME_LEAF)
        take_leaf(c, f);
    else
        take_commit(c, f);
    if (c->hole) /* not told as damaged leaves: a commit, or bytes that were put in */
        say(c, "bytes %" PRIu64 " to %" PRIu64 " are damaged; no leaf is lost there", c->hole_at,
            c->reader.at);
    c->hole = false;
}

/* The log ends. What somebody holds a promise of, but no commit covers, was cut off or damaged. */
static void
check_promise(struct check *c, const struct ledger_kept *kept)
{
    uint64_t promised = kept->head.leaves;
    struct merkle m;
    char range[64];

    if (promised <= c->good.leaves)
        return;
    if (promised > c->next && c->hole)
        say(c, "%s: damaged or cut off (from byte %" PRIu64 " on), but %s promises them",
            leaves(c->next, promised, range), c->hole_at, kept->name);
    else if (promised > c->next)
        say(c, "%s: cut off, but %s promises them", leaves(c->next, promised, range), kept->name);
    else if (suppose(c, promised, false, 0, &m) && has_root(&m, &kept->head))
        say(c, "the commit of %" PRIu64 " leaves is damaged or missing; no leaf is lost", promised);
    else
        say(c, "%s: at least one was changed: %s was signed for another tree",
            leaves(c->good.leaves, promised, range), kept->name);
}

static int
check_log(struct check *c, struct err *e)
{
    struct frame f;
    bool got;

    while (c->reader.at < c->reader.size) {
        if (frame_next(&c->reader, &f, &got, e) != 0)
            return -1;
        if (got) {
            take(c, &f);
            continue;
        }
        c->hole = true;
        c->hole_at = c->reader.at;
        if (frame_skip(&c->reader, e) != 0)
            return -1;
    }
    for (int k = 0; k < c->n_kept && !c->lost; k++)
        check_promise(c, &c->kept[k]);
    if (!c->lost)
        check_promise(c, &c->published);
    return 0;
}

/* Where to stop: what an unfinished batch left behind the last acknowledged leaf proves nothing. */
static int
find_end(struct check *c, struct err *e)
{
    struct ledger *l = mem_zero(1, sizeof *l);
    bool promised = false;

    int result = ledger_open(l, c->disk, NULL, e);
    for (int k = 0; k < c->n_kept; k++)
        promised |= c->kept[k].head.leaves > l->core.sure.leaves;
    if (result == 0 && !promised) {
        c->reader.size = l->bytes;
        c->report->behind = l->dropped;
    }
    ledger_close(l);
    mem_free(l);
    return result == 0 || e->code == ERR_DAMAGED ? 0 : -1;
}

int
ledger_check(struct disk *d, const struct note_key *key, const struct ledger_kept *kept, int n_kept,
             struct ledger_report *r, struct err *e)
{
    struct check *c = mem_zero(1, sizeof *c);
    int log = d->call->open(d->self, "log", DISK_READ, e), result = -1;

    c->disk = d;
    c->report = r;
    c->wanted = key;
    c->kept = kept;
    c->n_kept = n_kept;
    r->problems = 0;
    r->leaves = r->commits = r->behind = 0;
    if (log >= 0) {
        if (frame_reader_start(&c->reader, d, log, e) == 0 && find_end(c, e) == 0)
            result = check_log(c, e);
        d->call->close(d->self, log);
    }
    mem_free(c);
    return result;
}
