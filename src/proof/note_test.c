/* note_test: the specifications' own examples, signatures checked by OpenSSL's Ed25519 (ours are
 * libsodium's), and every way that a note, a key, a checkpoint or a proof can be wrong. */
#include "base/arena.h"
#include "base/test.h"
#include "proof/merkle.h"
#include "proof/proof.h"

#include <openssl/evp.h>

static const char example[] =
    "This is an example message.\n\n\xe2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6T"
    "fXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
static const char example_key[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

static struct note_signer
signer(const char *name, enum note_type type)
{
    struct note_signer s;
    struct err e;
    uint8_t seed[NOTE_SEED] = {7, (uint8_t)type};

    assert_int_equal(note_signer_make(name, type, seed, &s, &e), 0);
    return s;
}

static void
test_example(void **state)
{
    (void)state;
    struct note note;
    struct note_key key;
    struct err e;
    char text[NOTE_KEY_MAX], copy[sizeof example];

    assert_int_equal(note_key_parse(example_key, &key, &e), 0);
    note_key_text(&key, text);
    assert_string_equal(text, example_key);
    assert_int_equal(note_parse(example, strlen(example), "x", &note, &e), 0);
    assert_int_equal(note.n, strlen("This is an example message.\n"));
    assert_int_equal(note_check(&note, &key, NULL), NOTE_SIGNED);
    for (size_t i = 0; i < strlen(example); i++) { /* no changed byte is taken for the same note */
        memcpy(copy, example, sizeof copy);
        copy[i] ^= 1;
        if (note_parse(copy, strlen(example), "x", &note, &e) == 0)
            assert_int_not_equal(note_check(&note, &key, NULL), NOTE_SIGNED);
    }
    memcpy(copy, example, sizeof copy);
    copy[0] = 't';
    assert_int_equal(note_parse(copy, strlen(copy), "x", &note, &e), 0);
    assert_int_equal(note_check(&note, &key, NULL), NOTE_FORGED);
    key.name[0] = 'E';
    assert_int_equal(note_check(&note, &key, NULL), NOTE_SILENT);
}

/* RFC 8032, section 7.1, test 2: the seed gives the public key. */
static void
test_key_pair(void **state)
{
    (void)state;
    static const uint8_t seed[32] = "\x4c\xcd\x08\x9b\x28\xff\x96\xda\x9d\xb6\xc3\x46\xec\x11\x4e"
                                    "\x0f\x5b\x8a\x31\x9f\x35\xab\xa6"
                                    "\x24\xda\x8c\xf6\xed\x4f\xb8\xa6\xfb";
    static const uint8_t public[32] = "\x3d\x40\x17\xc3\xe8\x43\x89\x5a\x92\xb7\x0a\xa7\x4d\x1b\x7e"
                                      "\xbc\x9c\x98\x2c\xcf\x2e\xc4\x96"
                                      "\x8c\xc0\xcd\x55\xf1\x2a\xf4\x66\x0c";
    struct note_signer s, again;
    struct err e;
    char text[NOTE_KEY_MAX];

    assert_int_equal(note_signer_make("a.example/b", NOTE_ED25519, seed, &s, &e), 0);
    assert_memory_equal(s.public.key, public, 32);
    note_signer_text(&s, text);
    assert_int_equal(note_signer_parse(text, &again, &e), 0);
    assert_memory_equal(&s, &again, sizeof s);
    assert_int_equal(note_key_parse(text, &again.public, &e), -1);
    assert_non_null(strstr(e.text, "secret"));
    note_forget(&s);
    assert_memory_equal(&s, &(struct note_signer){.secret = {0}}, sizeof s);
}

static bool
openssl_agrees(const uint8_t key[32], const uint8_t signature[64], const char *text, size_t n)
{
    EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = k != NULL && ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, k) == 1 &&
                EVP_DigestVerify(ctx, signature, 64, (const uint8_t *)text, n) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(k);
    return good;
}

static void
test_other_ed25519(void **state)
{
    (void)state;
    static const struct {
        enum note_type type;
        size_t skip;
        const char *head;
    } rows[] = {{NOTE_ED25519, 4, ""}, {NOTE_COSIGNATURE, 12, "cosignature/v1\ntime 1679315147\n"}};
    const char *text = "origin.example\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    char line[NOTE_LINE_MAX], message[512], note_text[1024];
    uint8_t bytes[128];

    for (int i = 0; i < 2; i++) {
        struct note_signer s = signer("witness.example/\xc3\xa9", rows[i].type);
        note_sign(&s, 1679315147, text, strlen(text), line);
        char *base64 = strrchr(line, ' ') + 1;
        base64[strlen(base64) - 1] = '\0';
        EVP_DecodeBlock(bytes, (const uint8_t *)base64, (int)strlen(base64));
        snprintf(message, sizeof message, "%s%s", rows[i].head, text);
        assert_true(openssl_agrees(s.public.key, bytes + rows[i].skip, message, strlen(message)));
        message[0] ^= 1;
        assert_false(openssl_agrees(s.public.key, bytes + rows[i].skip, message, strlen(message)));
        struct note note;
        struct err e;
        uint64_t time_s = 0;
        snprintf(note_text, sizeof note_text, "%s\n%s\n", text, line);
        assert_int_equal(note_parse(note_text, strlen(note_text), "x", &note, &e), 0);
        assert_int_equal(note_check(&note, &s.public, &time_s), NOTE_SIGNED);
        assert_int_equal(time_s, i == 0 ? 0 : 1679315147);
    }
}

static void
test_bad_notes(void **state)
{
    (void)state;
    static const char *const notes[] = {
        "",
        "\n",
        "text\n",
        "text\n\n",
        "text\n\nsignature\n",
        "text\n\n\xe2\x80\x94 a AAAAAAA=",   /* no newline */
        "text\n\n\xe2\x80\x94 a AAAAAA==\n", /* an id and no signature */
        "text\n\n\xe2\x80\x94 a AAAAAAA\n",
        "text\n\n\xe2\x80\x94 a AAAAAAB=\n", /* not canonical */
        "text\n\n\xe2\x80\x94 a  AAAAAAA=\n",
        "text\n\n\xe2\x80\x94 a+b AAAAAAA=\n",
        "text\n\n\xe2\x80\x94 a\xc2\xa0z AAAAAAA=\n",
        "text\n\n\xe2\x80\x94  AAAAAAA=\n",
        "te\x01xt\n\n\xe2\x80\x94 a AAAAAAA=\n",
        "te\xc3xt\n\n\xe2\x80\x94 a AAAAAAA=\n",
        "text\xc3\n\n\xe2\x80\x94 a AAAAAAA=\n",
        "text\n\n\xe2\x80\x94 a AAAAAAA=\n\xe2\x80\x94 a\n",
    };
    struct note note;
    struct err e;

    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        e.text[0] = '\0';
        if (note_parse(notes[i], strlen(notes[i]), "bad", &note, &e) == 0)
            fail_msg("note %zu is accepted", i);
        assert_memory_equal(e.text, "bad: ", 5);
    }
    const char *good = "text\n\n\xe2\x80\x94 a AAAAAAA=\n";
    assert_int_equal(note_parse(good, strlen(good), "good", &note, &e), 0);
}

static void
test_bad_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+BekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n\n",
        "example.com foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    };
    struct note_key key;
    struct note_signer s;
    struct err e;

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (note_key_parse(keys[i], &key, &e) == 0)
            fail_msg("key %zu is accepted", i);
    assert_int_equal(note_signer_parse(example_key, &s, &e), -1);
    assert_int_equal(note_signer_make("two words", NOTE_ED25519, s.secret, &s, &e), -1);
}

/* A log of three leaves, its checkpoint signed by the log and two witnesses, the proof of one. */
static size_t
make_proof(char *out, uint8_t leaf[HASH_BYTES], const char *extra, bool forged)
{
    struct merkle m = {0};
    struct path path = {.n = 2};
    struct checkpoint c = {.origin = "log.example", .leaves = 3};
    char text[CHECKPOINT_TEXT_MAX];
    struct note_signer log = signer("log.example", NOTE_ED25519);
    struct note_signer witness = signer("witness.example", NOTE_COSIGNATURE);

    for (int i = 0; i < 3; i++) {
        merkle_leaf(&i, sizeof i, leaf);
        merkle_add(&m, leaf);
        if (i == 1)
            memcpy(path.hash[0], m.node[1], HASH_BYTES);
    }
    path.n = 1;
    merkle_root(&m, c.root);
    size_t at = proof_text(2, &path, (const uint8_t *)extra, strlen(extra), out);
    size_t n = checkpoint_text(&c, text);
    at += (size_t)snprintf(out + at, PROOF_BYTES_MAX - at, "%s\n", text);
    if (forged)
        text[0] ^= 1;
    note_sign(&log, 0, text, n, out + at);
    at += strlen(out + at);
    note_sign(&witness, 1679315147, text, n, out + at);
    return at + strlen(out + at);
}

static void
test_proof(void **state)
{
    (void)state;
    char *text = mem_zero(PROOF_BYTES_MAX, 1);
    struct proof *p = mem_zero(1, sizeof *p);
    struct note_key log = signer("log.example", NOTE_ED25519).public;
    struct note_key other = signer("other.example", NOTE_ED25519).public;
    uint8_t leaf[HASH_BYTES];
    uint64_t time_s;
    struct err e;

    for (int i = 0; i < 2; i++) {
        size_t n = make_proof(text, leaf, i == 0 ? "" : "some extra", false);
        assert_int_equal(proof_parse(text, n, "p", p, &e), 0);
        assert_int_equal(p->extra_n, i == 0 ? 0 : 10);
        assert_memory_equal(p->extra, "some extra", p->extra_n);
        assert_int_equal(proof_check(p, leaf, &log, "p", &e), 0);
        assert_int_equal(proof_check(p, leaf, &other, "p", &e), -1);
        struct note_key witness = signer("witness.example", NOTE_COSIGNATURE).public;
        assert_int_equal(note_check(&p->note, &witness, &time_s), NOTE_SIGNED);
        assert_int_equal(time_s, 1679315147);
        leaf[0] ^= 1;
        assert_int_equal(proof_check(p, leaf, &log, "p", &e), -1);
        assert_non_null(strstr(e.text, "not leaf 2"));
    }
    size_t n = make_proof(text, leaf, "", true);
    assert_int_equal(proof_parse(text, n, "p", p, &e), 0);
    assert_int_equal(proof_check(p, leaf, &log, "p", &e), -1);
    assert_non_null(strstr(e.text, "forged"));
    for (size_t cut = 0; cut < n; cut++) { /* no end of it is a proof */
        char *part = mem_zero(cut + 1, 1);
        memcpy(part, text, cut);
        if (proof_parse(part, cut, "p", p, &e) == 0)
            assert_int_equal(proof_check(p, leaf, &log, "p", &e), -1);
        mem_free(part);
    }
    mem_free(p);
    mem_free(text);
}

static void
test_request(void **state)
{
    (void)state;
    char *text = mem_zero(PROOF_BYTES_MAX, 1);
    struct proof *p = mem_zero(1, sizeof *p);
    uint8_t leaf[HASH_BYTES];
    struct path path = {.n = 3};
    struct err e;

    memset(path.hash[2], 0xab, HASH_BYTES);
    size_t n = proof_request_text(2, &path, text), whole = make_proof(text + n, leaf, "", false);
    char *note = strstr(text + n, "\n\n") + 2;
    memmove(text + n, note, (size_t)(text + n + whole - note));
    n += (size_t)(text + n + whole - note);
    assert_int_equal(proof_request_parse(text, n, "r", p, &e), 0);
    assert_int_equal(p->index, 2);
    assert_int_equal(p->path.n, 3);
    assert_memory_equal(p->path.hash, path.hash, 3 * HASH_BYTES);
    assert_string_equal(p->head.origin, "log.example");
    assert_int_equal(proof_parse(text, n, "r", p, &e), -1);
    mem_free(p);
    mem_free(text);
}

static void
test_bad_checkpoints(void **state)
{
    (void)state;
#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"a\n5\n" ROOT, NULL},
        {"a\n0\n" ROOT "more\n", NULL},
        {"a\n9223372036854775807\n" ROOT, NULL},
        {"a\n9223372036854775808\n" ROOT, "line 2"},
        {"a\n99999999999999999999\n" ROOT, "line 2"},
        {"\n5\n" ROOT, "line 1"},
        {"a\n05\n" ROOT, "line 2"},
        {"a\n-5\n" ROOT, "line 2"},
        {"a\n\n" ROOT, "line 2"},
        {"a\n5\n", "line 3"},
        {"a\n5\nAAAA\n", "line 3"},
        {"a\n5\n" ROOT "\nb\n", "empty"},
    };
    struct checkpoint c;
    struct err e;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct note note = {.text = rows[i].text, .n = strlen(rows[i].text)};
        int result = checkpoint_parse(&note, "c", &c, &e);
        if (rows[i].error == NULL)
            assert_int_equal(result, 0);
        else if (result == 0 || strstr(e.text, rows[i].error) == NULL)
            fail_msg("%zu: %s", i, result == 0 ? "accepted" : e.text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example),       cmocka_unit_test(test_key_pair),
        cmocka_unit_test(test_other_ed25519), cmocka_unit_test(test_bad_notes),
        cmocka_unit_test(test_bad_keys),      cmocka_unit_test(test_proof),
        cmocka_unit_test(test_request),       cmocka_unit_test(test_bad_checkpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
