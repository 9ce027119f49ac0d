/* path_test: paths from tiles, against the recursive definitions of RFC 6962 on all leaves, for
 * every pair of sizes of small trees and around the borders of tiles; names of tiles. */
#include "base/arena.h"
#include "base/rng.h"
#include "base/test.h"
#include "proof/merkle.h"
#include "proof/path.h"
#include "proof/tile.h"

#define LEAVES 66000 /* a full tile of level 1 and more */

static uint8_t (*leaf)[HASH_BYTES];
static struct tiles tiles;
static tile_hashes *stored[2]; /* full tiles of levels 0 and 1 */
static int written;

static int
read_tile(void *of, int level, uint64_t n, tile_hashes hashes, struct err *e)
{
    (void)of, (void)e;
    memcpy(hashes, stored[level][n], sizeof(tile_hashes));
    return 0;
}

static int
write_tile(void *of, int level, uint64_t n, const tile_hashes hashes, struct err *e)
{
    if (of != NULL)
        return err_set(e, ERR_SYSTEM, "refused");
    memcpy(stored[level][n], hashes, sizeof(tile_hashes));
    written++;
    return 0;
}

static const struct tile_store store = {read_tile, write_tile, NULL};

static int
get_node(void *of, int height, uint64_t index, uint8_t hash[HASH_BYTES], struct err *e)
{
    (void)of;
    return tiles_node(&tiles, &store, height, index, hash, e);
}

static const struct path_nodes nodes = {get_node, NULL};

static void
grow(uint64_t to)
{
    struct err e;

    while (tiles.leaves < to)
        assert_int_equal(tiles_add(&tiles, &store, leaf[tiles.leaves], &e), 0);
}

/* MTH, PATH and PROOF as section 2.1 writes them. */
static uint64_t
cut(uint64_t n)
{
    uint64_t k = 1;

    while (2 * k < n)
        k *= 2;
    return k;
}

static void
mth(uint64_t first, uint64_t n, uint8_t out[HASH_BYTES])
{
    uint8_t left[HASH_BYTES], right[HASH_BYTES];

    if (n == 1) {
        memcpy(out, leaf[first], HASH_BYTES);
        return;
    }
    mth(first, cut(n), left);
    mth(first + cut(n), n - cut(n), right);
    merkle_pair(left, right, out);
}

static void
naive_inclusion(uint64_t m, uint64_t first, uint64_t n, struct path *p)
{
    if (n == 1)
        return;
    uint64_t k = cut(n);
    if (m < k) {
        naive_inclusion(m, first, k, p);
        mth(first + k, n - k, p->hash[p->n++]);
    } else {
        naive_inclusion(m - k, first + k, n - k, p);
        mth(first, k, p->hash[p->n++]);
    }
}

static void
naive_consistency(uint64_t m, uint64_t first, uint64_t n, bool known, struct path *p)
{
    if (m == n) {
        if (!known)
            mth(first, n, p->hash[p->n++]);
        return;
    }
    uint64_t k = cut(n);
    if (m <= k) {
        naive_consistency(m, first, k, known, p);
        mth(first + k, n - k, p->hash[p->n++]);
    } else {
        naive_consistency(m - k, first + k, n - k, false, p);
        mth(first, k, p->hash[p->n++]);
    }
}

static void
assert_paths_equal(const struct path *a, const struct path *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->hash, b->hash, (size_t)a->n * HASH_BYTES);
}

static const uint8_t (*hashes(const struct path *p))[HASH_BYTES]
{
    return (const uint8_t(*)[HASH_BYTES])p->hash;
}

static void
check_inclusion(uint64_t index, uint64_t n)
{
    struct path got, want = {.n = 0};
    uint8_t root[HASH_BYTES], again[HASH_BYTES];
    struct err e;

    assert_int_equal(path_inclusion(&nodes, index, n, &got, &e), 0);
    naive_inclusion(index, 0, n, &want);
    assert_paths_equal(&got, &want);
    mth(0, n, root);
    assert_int_equal(path_root(&nodes, n, again, &e), 0);
    assert_memory_equal(root, again, HASH_BYTES);
    assert_true(merkle_included(leaf[index], index, n, hashes(&got), (size_t)got.n, root));
    assert_false(merkle_included(leaf[index ^ 1], index, n, hashes(&got), (size_t)got.n, root));
}

static void
check_consistency(uint64_t old, uint64_t n)
{
    struct path got, want = {.n = 0};
    uint8_t old_root[HASH_BYTES], root[HASH_BYTES];
    struct err e;

    assert_int_equal(path_consistency(&nodes, old, n, &got, &e), 0);
    naive_consistency(old, 0, n, true, &want);
    assert_paths_equal(&got, &want);
    mth(0, old, old_root);
    mth(0, n, root);
    assert_true(merkle_consistent(old, old_root, n, root, hashes(&got), (size_t)got.n));
    for (int i = 0; i < got.n; i++) {
        got.hash[i][31] ^= 1;
        assert_false(merkle_consistent(old, old_root, n, root, hashes(&got), (size_t)got.n));
        got.hash[i][31] ^= 1;
    }
    old_root[0] ^= 1; /* a fork */
    assert_false(merkle_consistent(old, old_root, n, root, hashes(&got), (size_t)got.n));
}

static void
test_small(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 40; n++) {
        grow(n);
        for (uint64_t i = 0; i < n; i++) {
            check_inclusion(i, n);
            check_consistency(i + 1, n);
        }
    }
}

static void
test_borders(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {255, 256, 257, 511, 512, 700, 65535, 65536, 65537, LEAVES};
    struct rng r = rng_start(5, 0);

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint64_t n = sizes[i];
        grow(n);
        check_inclusion((uint64_t)rng_below(&r, (int)n), n);
        check_inclusion(n - 1, n);
        check_consistency(i == 0 ? 1 : sizes[i - 1], n); /* of trees that have grown since, too */
    }
    assert_int_equal(written, LEAVES / 256 + 1);
}

static void
test_refused_write(void **state)
{
    (void)state;
    static struct tiles t;
    struct tile_store bad = {read_tile, write_tile, &t};
    struct err e;

    for (uint64_t i = 0; i < 255; i++)
        assert_int_equal(tiles_add(&t, &bad, leaf[i], &e), 0);
    assert_int_equal(tiles_add(&t, &bad, leaf[255], &e), -1);
    assert_int_equal(t.leaves, 255);
    assert_int_equal(tiles_add(&t, &store, leaf[255], &e), 0);
    uint8_t root[HASH_BYTES];
    mth(0, 256, root);
    assert_memory_equal(t.edge[1][0], root, HASH_BYTES);
}

static void
test_names(void **state)
{
    (void)state;
    static const struct {
        int level, width;
        uint64_t n;
        const char *name;
    } rows[] = {
        {0, 256, 1234067, "tile/0/x001/x234/067"},
        {0, 256, 0, "tile/0/000"},
        {2, 1, 0, "tile/2/000.p/1"},
        {0, 112, 273, "tile/0/273.p/112"},
        {TILE_ENTRIES, 256, 1000, "tile/entries/x001/000"},
        {TILE_ENTRIES, 255, TILE_LEAVES_MAX, "tile/entries/x281/x474/x976/x710/656.p/255"},
    };
    char name[TILE_NAME_MAX];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tile_name(rows[i].level, rows[i].n, rows[i].width, name);
        assert_string_equal(name, rows[i].name);
    }
    /* the specification's example of 70,000 leaves */
    assert_int_equal(tile_width(70000, 0, 272), 256);
    assert_int_equal(tile_width(70000, 0, 273), 112);
    assert_int_equal(tile_width(70000, 0, 274), 0);
    assert_int_equal(tile_width(70000, 1, 0), 256);
    assert_int_equal(tile_width(70000, 1, 1), 17);
    assert_int_equal(tile_width(70000, 2, 0), 1);
    assert_int_equal(tile_width(256, 0, 1), 0);
}

int
main(void)
{
    leaf = mem_zero(LEAVES + 2, HASH_BYTES);
    for (int i = 0; i < LEAVES + 2; i++)
        merkle_leaf(&i, sizeof i, leaf[i]);
    stored[0] = mem_zero(LEAVES / 256 + 1, sizeof **stored);
    stored[1] = mem_zero(LEAVES / 65536 + 1, sizeof **stored);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_borders),
        cmocka_unit_test(test_refused_write),
        cmocka_unit_test(test_names),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mem_free(leaf);
    mem_free(stored[0]);
    mem_free(stored[1]);
    return failed;
}
