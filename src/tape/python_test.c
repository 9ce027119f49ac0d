/* python_test: the other reader (doc/format/read_tape.py, written from the specification) must see
 * in our files what we put there, element by element, and must refuse what we refuse. And a file
 * made by hand from the specification must be read by us. */
#include "tape/file_test.h"

#include "base/bytes.h"
#include "base/file.h"
#include "proof/merkle.h"
#include "tape/reader.h"

#include <assert.h>

static char folder[] = "/tmp/doorlicht-python-XXXXXX";
static char reader[1024], tape_path[64], npy_path[64], out_path[64];

static int
run_reader(const char *options)
{
    char command[2048];
    snprintf(command, sizeof command, "/usr/bin/python3 '%s' '%s' %s > '%s' 2>&1", reader,
             tape_path, options, out_path);
    return system(command);
}

static bool
output_has(const char *text)
{
    uint8_t *out;
    size_t n;
    struct err e;
    if (file_load(out_path, 1 << 20, &out, &n, &e) != 0)
        return false;
    bool found = strstr((const char *)out, text) != NULL;
    mem_free(out);
    return found;
}

/* The elements of an .npy file start behind its header. */
static void
compare_plane(const struct tape *t, int plane, int number)
{
    char options[128];
    uint8_t *npy;
    size_t n, line = tape_line_bytes(t, plane);
    struct err e;
    snprintf(options, sizeof options, "--npy %d '%s'", number, npy_path);
    assert_int_equal(run_reader(options), 0);
    assert_int_equal(file_load(npy_path, 1 << 24, &npy, &n, &e), 0);
    assert_memory_equal(npy, "\x93NUMPY\x01", 7);
    size_t at = 10 + bytes_get16(npy + 8);
    assert_int_equal(n - at, (size_t)tape_mark(t, plane) * line);
    for (int32_t i = 0; i < tape_mark(t, plane); i++)
        assert_memory_equal(npy + at + (size_t)i * line, tape_read(t, plane, i), line);
    mem_free(npy);
    unlink(npy_path);
}

/* The sample has runs of every kind, so every branch of the other reader is used. */
static void
assert_all_kinds(void)
{
    struct reader r;
    struct err e;
    int seen[CODECS] = {0};
    assert_int_equal(reader_open_path(tape_path, 1 << 24, &r, &e), 0);
    for (size_t i = 0; i < r.n_runs; i++)
        seen[r.runs[i].run.kind]++;
    reader_close(&r);
    for (int kind = 0; kind < CODECS; kind++)
        if (seen[kind] == 0)
            fail_msg("no run of kind %d", kind);
}

static void
test_every_element(void **state)
{
    (void)state;
    struct err e;
    struct tape *t = sample_full();
    uint8_t root[HASH_BYTES];
    char hex[HASH_HEX], line[HASH_HEX + 10];
    int number = 0;
    assert_int_equal(tape_save(tape_path, t, root, &e), 0);
    assert_all_kinds();
    for (int p = 0; p < tape_planes(t); p++)
        if (!tape_plane(t, p)->scratch)
            compare_plane(t, p, number++);
    hash_hex(root, hex);
    snprintf(line, sizeof line, "root %s\n", hex);
    assert_true(output_has(line));
    assert_true(
        output_has("3 counts u32 line view 1 energy 2 rows 20 cols 1 lines 300 sealed 1\n"));
    assert_int_equal(number, SAMPLE_PLANES - 1);
    tape_free(t);
}

static void
test_flips_are_refused(void **state)
{
    (void)state;
    struct err e;
    uint8_t *bytes;
    size_t n;
    struct rng r = rng_start(12, 0);
    assert_int_equal(file_load(tape_path, 1 << 24, &bytes, &n, &e), 0);
    uint8_t *whole = mem_zero(n, 1);
    memcpy(whole, bytes, n);
    for (int i = 0; i < 12; i++) {
        size_t at = i < 4 ? (size_t)rng_below(&r, 1500) : (size_t)rng_below(&r, (int)n);
        bytes[at] ^= (uint8_t)(1 << rng_below(&r, 8));
        assert_int_equal(file_save(tape_path, bytes, n, &e), 0);
        int result = run_reader("");
        if (!WIFEXITED(result) || WEXITSTATUS(result) != 2)
            fail_msg("byte %zu: the other reader ended with %x", at, result);
        assert_false(output_has("Traceback"));
        bytes[at] = whole[at];
    }
    mem_free(whole);
    mem_free(bytes);
}

static void
add_leaf(struct merkle *m, const void *data, size_t n)
{
    uint8_t hash[HASH_BYTES];
    merkle_leaf(data, n, hash);
    merkle_add(m, hash);
}

/* Preamble and head text of one plane of two lines of two counts, as tape.md says, without a line
 * of our own writer. Returns their length. */
static size_t
hand_head(uint8_t *f, struct merkle *m)
{
    static const char text[] =
        "plane counts {\n unit \"count\"\n code u32\n view 0\n energy 0\n lattice line\n rows 2\n "
        "cols 1\n lines 2\n run_lines 64\n}\n";
    uint8_t buffer[2048], leaf[64] = "H";
    size_t n = sizeof text - 1, total = 64 + n + 8 + 3 + 3;

    memcpy(f,
           "\x89"
           "DLTAPE\n",
           8);
    bytes_put32(f + 8, 1);
    bytes_put32(f + 12, (uint32_t)n);
    bytes_put32(f + 16, 3);
    memcpy(f + 64, text, n);
    memcpy(f + 64 + n, "about {\nx 1\n}\n", 14);
    memcpy(buffer, f, 32);
    memcpy(buffer + 32, f + 64, total - 64);
    hash_bytes(buffer, total - 32, f + 32);
    memcpy(leaf + 1, f + 32, 32);
    add_leaf(m, leaf, 33);
    return total;
}

/* The run of both lines, uncompressed: 88 + 16 bytes. */
static void
hand_run(const uint8_t *f, uint8_t *run, struct merkle *m)
{
    static const uint32_t words[] = {7, 9, 8, 1048575};
    uint8_t buffer[112], hash[HASH_BYTES], leaf[64] = "R", *payload = run + 88;

    memcpy(run,
           "\x89"
           "DLRUN\r\n",
           8);                /* plane 0, first 0 */
    bytes_put32(run + 16, 2); /* lines; kind 0: raw */
    bytes_put64(run + 24, 16);
    bytes_put64(run + 32, 16);
    for (int i = 0; i < 4; i++)
        bytes_put32(payload + 4 * i, words[i]);
    hash_bytes(payload, 16, run + 40);
    memcpy(run + 72, run + 40, 8);
    memcpy(buffer, f + 32, 32);
    memcpy(buffer + 32, run, 80);
    hash_bytes(buffer, 112, hash);
    memcpy(run + 80, hash, 8);
    memcpy(leaf + 1, run + 8, 12);
    memcpy(leaf + 13, run + 40, 32);
    add_leaf(m, leaf, 45);
}

static size_t
hand_made(uint8_t *f, uint8_t root[HASH_BYTES])
{
    struct merkle m = {0};
    uint8_t leaf[9] = "M";
    size_t head = hand_head(f, &m);
    uint8_t *run = f + head, *end = run + 88 + 16, *index = end + 160;

    hand_run(f, run, &m);
    bytes_put32(index, 2); /* mark */
    bytes_put32(index + 4, 1);
    bytes_put64(index + 8, head);
    memcpy(index + 16, run, 88);
    memcpy(index + 104, f, head);
    memcpy(leaf + 1, index, 8);
    add_leaf(&m, leaf, 9);
    merkle_root(&m, root);
    size_t index_bytes = 104 + head, all = (size_t)(index - f) + index_bytes + 160;
    memcpy(end,
           "\x89"
           "DLEND\r\n",
           8);
    bytes_put64(end + 8, (uint64_t)(index - f));
    bytes_put64(end + 16, 1);
    bytes_put64(end + 24, head);
    bytes_put64(end + 32, all);
    hash_bytes(index, index_bytes, end + 40);
    memcpy(end + 72, root, 32);
    hash_bytes(end, 128, end + 128);
    memcpy(f + all - 160, end, 160);
    return all;
}

static void
test_hand_made(void **state)
{
    (void)state;
    struct err e = {.text = ""};
    struct tape *t;
    struct tape_report report;
    uint8_t f[2048] = {0}, root[HASH_BYTES];
    size_t n = hand_made(f, root);
    assert_int_equal(file_save(tape_path, f, n, &e), 0);
    if (tape_load(tape_path, false, &t, &report, &e) != 0)
        fail_msg("%s", e.text);
    assert_memory_equal(report.root, root, HASH_BYTES);
    assert_string_equal(tape_about(t), "x 1");
    assert_int_equal(tape_mark(t, 0), 2);
    assert_int_equal(((const uint32_t *)tape_read(t, 0, 1))[1], 1048575);
    tape_free(t);
    assert_int_equal(run_reader(""), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_element),
        cmocka_unit_test(test_flips_are_refused),
        cmocka_unit_test(test_hand_made),
    };
    const char *root = getenv("DOORLICHT_ROOT");
    snprintf(reader, sizeof reader, "%s/doc/format/read_tape.py", root == NULL ? "." : root);
    if (system("/usr/bin/python3 -c 'import numpy, zstandard' 2>/dev/null") != 0) {
        printf("SKIPPED: python3-numpy or python3-zstandard is not installed\n");
        return 77;
    }
    assert(mkdtemp(folder) != NULL);
    snprintf(tape_path, sizeof tape_path, "%s/a.tape", folder);
    snprintf(npy_path, sizeof npy_path, "%s/a.npy", folder);
    snprintf(out_path, sizeof out_path, "%s/out", folder);
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(tape_path);
    unlink(out_path);
    rmdir(folder);
    return result;
}
