/* merkle_test: the known roots of the eight test leaves of Certificate Transparency, and (where
 * they lie beside the project) the inclusion vectors that other logs are tested with. */
#include "base/test.h"
#include "proof/merkle.h"

#include <dirent.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <sys/stat.h>

static void
test_known_roots(void **state)
{
    (void)state;
    static const struct {
        const char *leaf;
        size_t n;
        const char *root; /* of the tree up to and including this leaf */
    } steps[] = {
        {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {"\0", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
        {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
        {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
        {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
        {"\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
        {"\x50\x51\x52\x53\x54\x55\x56\x57", 8,
         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
        {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
    };
    struct merkle m = {0};
    uint8_t hash[HASH_BYTES];
    char hex[HASH_HEX];

    merkle_root(&m, hash);
    hash_hex(hash, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        merkle_leaf(steps[i].leaf, steps[i].n, hash);
        merkle_add(&m, hash);
        merkle_root(&m, hash);
        hash_hex(hash, hex);
        assert_string_equal(hex, steps[i].root);
    }
}

/* Base64 to at most `room` bytes; -1 if it is none. */
static int
decode(const json_t *j, uint8_t *out, size_t room)
{
    const char *text = json_is_string(j) ? json_string_value(j) : "";
    int n = (int)strlen(text), pad = 0;
    if ((size_t)n / 4 * 3 > room || n % 4 != 0)
        return -1;
    for (; pad < n && text[n - 1 - pad] == '='; pad++)
        ;
    int got = EVP_DecodeBlock(out, (const uint8_t *)text, n);
    return got < 0 ? -1 : got - pad;
}

/* Numbers up to 2^64 - 1; those beyond a double's exact range only have to stay huge. */
static uint64_t
whole(const json_t *j)
{
    double v = json_number_value(j);
    return v < 9e18 ? (uint64_t)v : UINT64_MAX;
}

/* The path of a vector; -1 if it is no list of hashes. */
static int
decode_path(const json_t *list, uint8_t path[70][HASH_BYTES])
{
    uint8_t node[64];
    size_t n = json_array_size(list);

    if (n > 70)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (decode(json_array_get(list, i), node, sizeof node) != HASH_BYTES)
            return -1;
        memcpy(path[i], node, HASH_BYTES);
    }
    return (int)n;
}

static bool
try_inclusion(const json_t *j)
{
    uint8_t leaf[64], root[64], path[70][HASH_BYTES];
    int n = decode_path(json_object_get(j, "proof"), path);

    return n >= 0 && decode(json_object_get(j, "leafHash"), leaf, sizeof leaf) == HASH_BYTES &&
           decode(json_object_get(j, "root"), root, sizeof root) == HASH_BYTES &&
           merkle_included(leaf, whole(json_object_get(j, "leafIdx")),
                           whole(json_object_get(j, "treeSize")),
                           (const uint8_t(*)[HASH_BYTES])path, (size_t)n, root);
}

static bool
try_consistency(const json_t *j)
{
    uint8_t old[64] = {0}, root[64] = {0}, path[70][HASH_BYTES]; /* some roots are shorter texts */
    int n = decode_path(json_object_get(j, "proof"), path);

    return n >= 0 && decode(json_object_get(j, "root1"), old, sizeof old) >= 0 &&
           decode(json_object_get(j, "root2"), root, sizeof root) >= 0 &&
           merkle_consistent(whole(json_object_get(j, "size1")), old,
                             whole(json_object_get(j, "size2")), root,
                             (const uint8_t(*)[HASH_BYTES])path, (size_t)n);
}

static int
run_vector(const char *path)
{
    json_t *j = json_load_file(path, JSON_DECODE_INT_AS_REAL, NULL);
    if (j == NULL)
        fail_msg("%s: not JSON", path);
    bool good = json_object_get(j, "root1") == NULL ? try_inclusion(j) : try_consistency(j);
    if (good == json_is_true(json_object_get(j, "wantErr")))
        fail_msg("%s: %s", path, good ? "accepted" : "refused");
    json_decref(j);
    return 1;
}

static int
run_folder(const char *folder)
{
    char path[1024];
    struct stat st;
    int n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *f; d != NULL && (f = readdir(d)) != NULL;) {
        if (f->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, f->d_name);
        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
            n += run_folder(path);
        else
            n += run_vector(path);
    }
    if (d != NULL)
        closedir(d);
    return n;
}

static void
run_vectors(const char *kind, int least)
{
    const char *shared = getenv("DOORLICHT_SHARED");
    char path[1024];
    snprintf(path, sizeof path, "%s/data/rfc6962/testdata/%s",
             shared == NULL ? "../shared" : shared, kind);
    int n = run_folder(path);
    if (n == 0) {
        printf("SKIPPED: the vectors of %s are not there\n", path);
        skip();
    }
    assert_true(n >= least);
}

static void
test_inclusion_vectors(void **state)
{
    (void)state;
    run_vectors("inclusion", 98);
}

static void
test_consistency_vectors(void **state)
{
    (void)state;
    run_vectors("consistency", 98);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_roots),
        cmocka_unit_test(test_inclusion_vectors),
        cmocka_unit_test(test_consistency_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
