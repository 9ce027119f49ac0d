/* store_test: a log that is written, cut at every step of its writing in every way that a power cut
 * can, refused by the disk, and changed by hand in every way: no acknowledged leaf is lost, no log
 * is unverifiable, and every record that was touched is named. */
#include "base/arena.h"
#include "base/disk_sim.h"
#include "base/rng.h"
#include "base/test.h"
#include "ledger/store.h"

#include <limits.h>

#define ACKS 64

static struct note_signer signer;
static struct ledger *ledger;

struct ack { /* after so many steps, so many leaves were acknowledged */
    int steps;
    uint64_t leaves;
};
static struct {
    int n;
    struct ack ack[ACKS];
    uint8_t root[1024][HASH_BYTES]; /* of the first n leaves */
} history;

static struct leaf
a_leaf(uint64_t i)
{
    struct leaf l = {(enum leaf_kind)(i % LEAF_KINDS), 1764208629000 + (int64_t)i, {(uint8_t)i}};

    return l;
}

static void
acknowledge(struct disk_sim *s)
{
    assert_true(history.n < ACKS);
    history.ack[history.n++] = (struct ack){disk_sim_steps(s), ledger->core.sure.leaves};
}

static void
add(int n)
{
    struct err e;
    uint64_t index;

    for (int i = 0; i < n; i++) {
        struct leaf l = a_leaf(ledger->core.next.leaves);
        if (ledger_add(ledger, &l, &index, &e) != 0)
            fail_msg("%s", e.text);
        merkle_root(&ledger->core.next, history.root[index + 1]);
    }
}

static void
must_open(struct disk *d, const struct note_signer *s)
{
    struct err e;

    if (ledger_open(ledger, d, s, &e) != 0)
        fail_msg("%s", e.text);
}

/* A log with batches of these sizes, published after every third. */
static struct disk_sim *
write_log(const int *batches, int n)
{
    struct disk_sim *s = disk_sim_new();
    struct disk d = disk_sim_disk(s);
    struct err e;

    history.n = 0;
    assert_int_equal(ledger_create(&d, &signer, &e), 0);
    must_open(&d, &signer);
    acknowledge(s);
    for (int i = 0; i < n; i++) {
        add(batches[i]);
        assert_int_equal(ledger_commit(ledger, &e), 0);
        acknowledge(s);
        if (i % 3 == 2)
            assert_int_equal(ledger_publish(ledger, &e), 0);
    }
    ledger_close(ledger);
    return s;
}

static void
say_nothing(void *of, const char *sentence)
{
    if (of == NULL)
        fail_msg("%s", sentence);
    snprintf((char *)of + strlen(of), 4000 - strlen(of), "%s\n", sentence);
}

static uint64_t
check_is_clean(struct disk *d)
{
    struct ledger_report r = {.say = say_nothing};
    struct err e;

    assert_int_equal(ledger_check(d, &signer.public, NULL, 0, &r, &e), 0);
    assert_int_equal(r.problems, 0);
    return r.leaves;
}

static void
check_proofs(uint64_t n)
{
    struct proof *p = mem_zero(1, sizeof *p);
    struct err e;
    char *text;

    for (uint64_t i = 0; i < n; i += 1 + n / 5) {
        uint8_t hash[HASH_BYTES];
        if (ledger_prove(ledger, i, NULL, &text, &e) != 0)
            fail_msg("leaf %d of %d: %s", (int)i, (int)n, e.text);
        assert_int_equal(proof_parse(text, strlen(text), "p", p, &e), 0);
        merkle_leaf(p->extra, p->extra_n, hash);
        assert_int_equal(proof_check(p, hash, &signer.public, "p", &e), 0);
        struct leaf l, want = a_leaf(i);
        assert_int_equal(leaf_parse((char *)p->extra, p->extra_n, &l, &e), 0);
        assert_memory_equal(l.hash, want.hash, HASH_BYTES);
        mem_free(text);
    }
    mem_free(p);
}

/* What a power cut left: it opens, holds what was acknowledged, is a history that was written, goes
 * on, and is clean afterwards. */
static void
recover(struct disk_sim *cut, int steps)
{
    struct disk d = disk_sim_disk(cut);
    uint64_t sure = 0;
    uint8_t root[HASH_BYTES];
    struct err e;

    for (int i = 0; i < history.n; i++)
        if (history.ack[i].steps <= steps)
            sure = history.ack[i].leaves;
    uint64_t found = check_is_clean(&d); /* before anything was put right */
    must_open(&d, &signer);
    uint64_t n = ledger->core.sure.leaves;
    assert_true(n >= sure && n == found);
    merkle_root(&ledger->core.sure, root);
    if (n > 0)
        assert_memory_equal(root, history.root[n], HASH_BYTES);
    struct leaf l = a_leaf(n);
    uint64_t index;
    assert_int_equal(ledger_add(ledger, &l, &index, &e), 0);
    assert_int_equal(ledger_commit(ledger, &e), 0);
    assert_int_equal(index, n);
    check_proofs(n + 1);
    ledger_close(ledger);
    assert_int_equal(check_is_clean(&d), n + 1);
}

static void
test_power_cuts(void **state)
{
    (void)state;
    static const int batches[] = {1, 3, 30, 2, 230, 5, 1};
    struct disk_sim *s = write_log(batches, 7);
    int cuts = 0;

    for (int steps = history.ack[0].steps; steps <= disk_sim_steps(s); steps++)
        for (int variant = 0; variant < 6; variant++) {
            enum disk_cut how = variant < 2 ? (enum disk_cut)variant : DISK_CUT_TEAR;
            struct disk_sim *cut = disk_sim_cut(s, steps, how, (uint64_t)variant);
            recover(cut, steps);
            disk_sim_free(cut);
            cuts++;
        }
    assert_true(cuts > 150);
    disk_sim_free(s);
}

/* The control: on a disk that only says that it syncs, the same cuts do lose leaves. */
static int
lie(void *self, int handle, struct err *e)
{
    (void)self, (void)handle, (void)e;
    return 0;
}

static void
test_control(void **state)
{
    (void)state;
    struct disk_sim *s = disk_sim_new();
    struct disk honest = disk_sim_disk(s), d = honest;
    struct disk_calls calls = *honest.call;
    struct err e;
    int lost = 0;

    calls.sync = lie;
    assert_int_equal(ledger_create(&honest, &signer, &e), 0);
    d.call = &calls;
    must_open(&d, &signer);
    add(3);
    assert_int_equal(ledger_commit(ledger, &e), 0);
    ledger_close(ledger);
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct disk_sim *cut = disk_sim_cut(s, disk_sim_steps(s), DISK_CUT_TEAR, seed);
        d = disk_sim_disk(cut);
        must_open(&d, NULL);
        lost += ledger->core.sure.leaves < 3;
        ledger_close(ledger);
        disk_sim_free(cut);
    }
    assert_true(lost > 0 && lost < 20);
    disk_sim_free(s);
}

/* The disk refuses everything from some step on, then recovers. */
static void
test_refusals(void **state)
{
    (void)state;
    struct err e;
    uint64_t sure = 0;
    int refused = 0;

    for (int from = 0; from < 14; from++) {
        struct disk_sim *s = disk_sim_new();
        struct disk d = disk_sim_disk(s);
        assert_int_equal(ledger_create(&d, &signer, &e), 0);
        must_open(&d, &signer);
        disk_sim_refuse(s, disk_sim_steps(s) + from);
        for (int i = 0; i < 5; i++) {
            add(i + 1);
            bool good = ledger_commit(ledger, &e) == 0;
            sure = good ? ledger->core.next.leaves : sure;
            refused += !good;
            assert_int_equal(ledger->core.sure.leaves, ledger->core.next.leaves);
            if (i == 2)
                refused += ledger_publish(ledger, &e) != 0;
        }
        assert_int_equal(ledger->core.sure.leaves, sure);
        ledger_close(ledger);
        disk_sim_refuse(s, INT_MAX);
        must_open(&d, &signer);
        uint64_t n = ledger->core.sure.leaves; /* a batch that was written, not synced, may stay */
        assert_true(n >= sure && n <= sure + 5);
        sure = n;
        add(1);
        assert_int_equal(ledger_commit(ledger, &e), 0);
        check_proofs(sure + 1);
        ledger_close(ledger);
        assert_int_equal(check_is_clean(&d), sure + 1);
        disk_sim_free(s);
        sure = 0;
    }
    assert_true(refused > 20);
}

/* ---- changes by hand ---- */

struct tamper {
    struct disk_sim *disk;
    struct disk d;
    uint8_t *log;
    size_t n, at[600]; /* of every frame, in their order */
    int frames;
};

static struct tamper
start_tampering(const int *batches, int n)
{
    struct tamper t = {.disk = write_log(batches, n)};
    struct frame f;

    t.d = disk_sim_disk(t.disk);
    t.log = disk_sim_bytes(t.disk, "log", &t.n);
    for (size_t at = 0, step; at < t.n; at += step, t.frames++) {
        step = frame_get(t.log + at, t.n - at, &f);
        assert_true(step > 0 && t.frames < 599);
        t.at[t.frames] = at;
    }
    t.at[t.frames] = t.n;
    return t;
}

static int
frame_of(const struct tamper *t, enum frame_type type, uint64_t index)
{
    struct frame f;

    for (int i = 0; i < t->frames; i++)
        if (frame_get(t->log + t->at[i], t->n - t->at[i], &f) > 0 && f.type == type &&
            f.index == index)
            return i;
    fail_msg("no such frame");
    return -1;
}

static size_t
length(const struct tamper *t, int frame)
{
    return t->at[frame + 1] - t->at[frame];
}

/* What the check says about it with the published checkpoint and `kept`, if any. */
static int
complaints(struct tamper *t, const struct ledger_kept *kept, char text[4000])
{
    struct ledger_report r = {.say = say_nothing, .of = text};
    struct err e;

    text[0] = '\0';
    assert_int_equal(ledger_check(&t->d, &signer.public, kept, kept != NULL, &r, &e), 0);
    return r.problems;
}

static void
must_say(struct tamper *t, const struct ledger_kept *kept, const char *what)
{
    char text[4000];

    if (complaints(t, kept, text) == 0 || strstr(text, what) == NULL)
        fail_msg("wanted '%s', got '%s'", what, text);
    struct err e;
    if (ledger_open(ledger, &t->d, &signer, &e) == 0 && kept == NULL)
        fail_msg("a log that is damaged opens");
    ledger_close(ledger);
}

/* A frame with other bytes in it, its check put right, as somebody without the key can. */
static void
forge(struct tamper *t, int frame, uint64_t index, int flip)
{
    uint8_t out[FRAME_BYTES_MAX], payload[FRAME_PAYLOAD_MAX];
    struct frame f;

    assert_true(frame_get(t->log + t->at[frame], t->n - t->at[frame], &f) > 0);
    memcpy(payload, f.payload, f.n);
    if (flip >= 0)
        payload[flip] = payload[flip] == 'a' ? 'b' : 'a';
    size_t n = frame_put(out, f.type, index, payload, f.n);
    memcpy(t->log + t->at[frame], out, n);
}

static const int sizes[] = {4, 300, 1, 6, 2, 5}; /* the first 256 leaves are in a tile, too */
#define TAMPER() start_tampering(sizes, 6)

static void
test_flipped_bits(void **state)
{
    (void)state;
    struct tamper t = TAMPER();
    struct rng r = rng_start(9, 9);
    char text[4000], name[32];

    for (int i = 0; i < 100; i++) {
        size_t at = (size_t)rng_below(&r, (int)t.n);
        struct frame f;
        int k = 0;
        while (t.at[k + 1] <= at)
            k++;
        assert_true(frame_get(t.log + t.at[k], t.n - t.at[k], &f) > 0);
        uint8_t bit = (uint8_t)(1 << rng_below(&r, 8));
        t.log[at] ^= bit;
        if (complaints(&t, NULL, text) == 0)
            fail_msg("byte %zu is flipped and nobody says so", at);
        snprintf(name, sizeof name, "leaf %d: damaged", (int)f.index);
        if (f.type == FRAME_LEAF && strstr(text, name) == NULL)
            fail_msg("leaf %d is flipped, but: %s", (int)f.index, text);
        struct err e;
        assert_int_equal(ledger_open(ledger, &t.d, &signer, &e), -1);
        ledger_close(ledger);
        t.log[at] ^= bit;
    }
    assert_int_equal(complaints(&t, NULL, text), 0);
    disk_sim_free(t.disk);
}

static void
test_forged_leaf(void **state)
{
    (void)state;
    struct tamper t = TAMPER();

    forge(&t, frame_of(&t, FRAME_LEAF, 77), 77, 60); /* its tile remembers its hash */
    must_say(&t, NULL, "leaf 77: changed");
    disk_sim_free(t.disk);
    t = TAMPER();
    forge(&t, frame_of(&t, FRAME_LEAF, 307), 307, 60); /* of the batch 305 to 310 */
    must_say(&t, NULL, "leaves 305 to 310: at least one was changed");
    disk_sim_free(t.disk);
}

static void
cut_out(struct tamper *t, int frame, int frames)
{
    size_t from = t->at[frame], to = t->at[frame + frames];
    struct err e;
    int handle = t->d.call->open(t->d.self, "log", DISK_APPEND, &e);

    memmove(t->log + from, t->log + to, t->n - to);
    assert_int_equal(t->d.call->truncate(t->d.self, handle, t->n - (to - from), &e), 0);
    t->n -= to - from;
}

static void
test_deleted_leaf(void **state)
{
    (void)state;
    struct tamper t = TAMPER();
    int at = frame_of(&t, FRAME_LEAF, 77);

    cut_out(&t, at, 1);
    must_say(&t, NULL, "leaf 77: not in their place: deleted or moved");
    disk_sim_free(t.disk);
    t = TAMPER();
    size_t n = 0;
    at = frame_of(&t, FRAME_LEAF, 77);
    for (int i = at + 1; i < t.frames && t.log[t.at[i] + 3] == FRAME_LEAF; i++)
        forge(&t, i, 77 + n++, -1); /* the others close the gap */
    cut_out(&t, at, 1);
    must_say(&t, NULL, "leaf 77: changed, or deleted");
    must_say(&t, NULL, "leaves 78 to 259: moved to the place of leaves 77 to 258");
    disk_sim_free(t.disk);
}

static void
test_swapped_leaves(void **state)
{
    (void)state;
    for (int forged = 0; forged < 2; forged++) {
        struct tamper t = TAMPER();
        int a = frame_of(&t, FRAME_LEAF, 20), b = frame_of(&t, FRAME_LEAF, 32); /* same lengths */
        uint8_t frame[FRAME_BYTES_MAX];
        assert_int_equal(length(&t, a), length(&t, b));
        memcpy(frame, t.log + t.at[a], length(&t, a));
        memcpy(t.log + t.at[a], t.log + t.at[b], length(&t, b));
        memcpy(t.log + t.at[b], frame, length(&t, a));
        if (forged) {
            forge(&t, a, 20, -1);
            forge(&t, b, 32, -1);
        }
        must_say(&t, NULL,
                 forged ? "leaf 20: moved to the place of leaf 32" : "leaf 20: stands out");
        disk_sim_free(t.disk);
    }
}

static void
test_truncation(void **state)
{
    (void)state;
    struct tamper t = TAMPER();
    struct ledger_kept kept = {.name = "the paper", .head = {.leaves = 318}};

    memcpy(kept.head.root, history.root[318], HASH_BYTES);
    assert_int_equal(complaints(&t, &kept, (char[4000]){0}), 0);
    /* a clean cut behind an older commit, the published checkpoint removed */
    cut_out(&t, frame_of(&t, FRAME_COMMIT, 313) + 1,
            t.frames - frame_of(&t, FRAME_COMMIT, 313) - 1);
    struct err e;
    assert_int_equal(t.d.call->remove(t.d.self, "checkpoint", &e), 0);
    assert_int_equal(complaints(&t, NULL, (char[4000]){0}), 0); /* nothing here can know */
    must_say(&t, &kept, "leaves 313 to 317: cut off, but the paper promises them");
    disk_sim_free(t.disk);
    t = TAMPER(); /* the published one, of 318, is enough */
    cut_out(&t, frame_of(&t, FRAME_COMMIT, 313) + 1,
            t.frames - frame_of(&t, FRAME_COMMIT, 313) - 1);
    assert_int_equal(ledger_open(ledger, &t.d, &signer, &e), -1);
    assert_non_null(strstr(e.text, "was cut off"));
    ledger_close(ledger);
    disk_sim_free(t.disk);
}

static void
test_fork(void **state)
{
    (void)state;
    struct tamper t = TAMPER();
    struct ledger_kept kept = {.name = "the witness", .head = {.leaves = 305, .root = {1}}};

    must_say(&t, &kept, "the witness: of another history: the first 305 leaves");
    disk_sim_free(t.disk);
}

static void
test_other_key(void **state)
{
    (void)state;
    struct tamper t = TAMPER();
    struct note_signer other;
    const uint8_t seed[NOTE_SEED] = {43};
    struct ledger_report r = {.say = say_nothing, .of = (char[4000]){0}};
    struct err e;

    assert_int_equal(note_signer_make("site.example/ledger", NOTE_ED25519, seed, &other, &e), 0);
    assert_int_equal(ledger_open(ledger, &t.d, &other, &e), -1);
    ledger_close(ledger);
    assert_int_equal(ledger_check(&t.d, &other.public, NULL, 0, &r, &e), 0);
    assert_true(r.problems > 0);
    disk_sim_free(t.disk);
}

/* Tiles are only a copy: gone, torn or wrong, they are made again. */
static void
test_tiles_are_made_again(void **state)
{
    (void)state;
    struct tamper t = TAMPER();
    struct err e;
    size_t n;

    must_open(&t.d, &signer);
    uint8_t *tile = disk_sim_bytes(t.disk, "tile/0/000", &n);
    assert_true(tile != NULL && n == 8192);
    tile[40 * 32] ^= 1;
    check_proofs(318);
    tile = disk_sim_bytes(t.disk, "tile/0/000", &n);
    uint8_t first[HASH_BYTES];
    struct leaf l = a_leaf(40);
    char text[LEAF_TEXT_MAX];
    n = leaf_text(&l, text);
    merkle_leaf(text, n, first);
    assert_memory_equal(tile + 40 * 32, first, HASH_BYTES);
    assert_int_equal(t.d.call->remove(t.d.self, "tile/0/000", &e), 0);
    check_proofs(318);
    assert_non_null(disk_sim_bytes(t.disk, "tile/0/000", &n));
    ledger_close(ledger);
    disk_sim_free(t.disk);
}

/* A witness follows: every size that was ever acknowledged is the beginning of the last. */
static void
test_requests(void **state)
{
    (void)state;
    struct tamper t = TAMPER();
    struct proof *p = mem_zero(1, sizeof *p);
    struct err e;
    char *text;

    must_open(&t.d, NULL);
    for (int i = 1; i < history.n; i++) {
        uint64_t old = history.ack[i].leaves;
        assert_int_equal(ledger_request(ledger, old, &text, &e), 0);
        assert_int_equal(proof_request_parse(text, strlen(text), "r", p, &e), 0);
        assert_int_equal(proof_head_check(p, &signer.public, "r", &e), 0);
        assert_true(merkle_consistent(old, history.root[old], p->head.leaves, p->head.root,
                                      (const uint8_t(*)[HASH_BYTES])p->path.hash,
                                      (size_t)p->path.n));
        mem_free(text);
    }
    assert_int_equal(ledger_request(ledger, 0, &text, &e), -1);
    assert_int_equal(ledger_request(ledger, 319, &text, &e), -1);
    assert_int_equal(ledger_prove(ledger, 318, NULL, &text, &e), -1);
    ledger_close(ledger);
    mem_free(p);
    disk_sim_free(t.disk);
}

int
main(void)
{
    const uint8_t seed[NOTE_SEED] = {42};
    struct err e;

    if (note_signer_make("site.example/ledger", NOTE_ED25519, seed, &signer, &e) != 0)
        return 1;
    ledger = mem_zero(1, sizeof *ledger);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_cuts),
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_forged_leaf),
        cmocka_unit_test(test_deleted_leaf),
        cmocka_unit_test(test_swapped_leaves),
        cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_other_key),
        cmocka_unit_test(test_tiles_are_made_again),
        cmocka_unit_test(test_requests),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mem_free(ledger);
    return failed;
}
