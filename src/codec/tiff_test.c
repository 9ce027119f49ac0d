/* tiff_test: pixels of files that another writer made (tools/tiff-seeds), and hostile ones. */
#include "base/arena.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/test.h"
#include "codec/tiff.h"

static void
load(const char *name, uint8_t **bytes, size_t *n)
{
    char path[200];
    struct err e;

    snprintf(path, sizeof path, "tests/corpus/tiff/%s", name);
    if (file_load(path, 1 << 20, bytes, n, &e) != 0)
        fail_msg("%s", e.text);
}

static void
check_page(struct tiff *t, int i, struct tiff_page want)
{
    struct tiff_page page;
    struct err e;

    assert_int_equal(tiff_select(t, i, &page, &e), 0);
    assert_int_equal(page.width, want.width);
    assert_int_equal(page.height, want.height);
    assert_int_equal(page.sample, want.sample);
    float *out = mem_zero((size_t)(page.width * page.height), sizeof *out);
    assert_int_equal(tiff_read(t, out, &e), 0);
    for (int y = 0; y < page.height; y++)
        for (int x = 0; x < page.width; x++) {
            float value = (float)(1000 * i + 10 * y + x) + (page.sample == TIFF_F32 ? 0.5f : 0);
            if (out[y * page.width + x] != value)
                fail_msg("page %d (%d, %d): %g, want %g", i, x, y, out[y * page.width + x], value);
        }
    mem_free(out);
}

static void
test_pixels(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int pages;
        struct tiff_page page;
    } files[] = {
        {"u8", 1, {5, 4, TIFF_U8}},
        {"u16-big-endian-3-pages", 3, {7, 3, TIFF_U16}},
        {"u32-deflate", 1, {6, 5, TIFF_U32}},
        {"f32-2-pages", 2, {9, 6, TIFF_F32}},
        {"f32-tiles-deflate", 1, {37, 20, TIFF_F32}},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        uint8_t *bytes;
        size_t n;
        struct tiff *t;
        struct err e;
        load(files[i].name, &bytes, &n);
        if (tiff_open(files[i].name, bytes, n, &t, &e) != 0)
            fail_msg("%s", e.text);
        assert_int_equal(tiff_pages(t), files[i].pages);
        for (int p = files[i].pages - 1; p >= 0; p--) /* backwards: pages are found, not streamed */
            check_page(t, p, files[i].page);
        struct tiff_page page;
        assert_int_equal(tiff_select(t, files[i].pages, &page, &e), -1);
        tiff_close(t);
        mem_free(bytes);
    }
}

/* Sets the 32-bit value of a tag in the first directory of a little-endian file. */
static void
set_tag(uint8_t *bytes, uint16_t tag, uint32_t value)
{
    uint8_t *entry = bytes + bytes_get32(bytes + 4) + 2;

    while (bytes_get16(entry) != tag)
        entry += 12;
    bytes_put32(entry + 8, value);
}

static void
test_hostile(void **state)
{
    (void)state;
    static const struct {
        uint16_t tag;
        uint32_t value;
        const char *sentence;
    } bad[] = {
        {256, 0, "zero scanline"},    {256, 4000000000u, "4000000000 x 4 pixels"},
        {257, 60000, "cut off"},      {258, 12, "unsigned samples"},
        {339, 2, "unsigned samples"}, {277, 3, "colour image"},
        {262, 2, "not a grey image"}, {259, 7, "compression"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t *bytes;
        size_t n;
        struct tiff *t;
        struct tiff_page page;
        struct err e = {.text = ""};
        load("u8", &bytes, &n);
        set_tag(bytes, bad[i].tag, bad[i].value);
        int result = tiff_open("bad", bytes, n, &t, &e);
        if (result == 0) {
            result = tiff_select(t, 0, &page, &e);
            if (result == 0) {
                float *out = mem_zero((size_t)page.width * (size_t)page.height, sizeof *out);
                result = tiff_read(t, out, &e);
                mem_free(out);
            }
            tiff_close(t);
        }
        assert_int_equal(result, -1);
        if (strstr(e.text, bad[i].sentence) == NULL)
            fail_msg("tag %d = %u: '%s'", bad[i].tag, bad[i].value, e.text);
        mem_free(bytes);
    }
}

/* Every shorter file is refused somewhere, or gives the same pixels (a tail that nothing needs). */
static void
test_truncated(void **state)
{
    (void)state;
    uint8_t *bytes;
    size_t n;
    int refused = 0;

    load("u16-big-endian-3-pages", &bytes, &n);
    for (size_t cut = 0; cut < n; cut++) {
        struct tiff *t;
        struct tiff_page page;
        struct err e = {.code = ERR_NONE};
        float out[21];
        if (tiff_open("cut", bytes, cut, &t, &e) == 0) {
            bool whole = tiff_pages(t) == 3;
            for (int p = 0; p < tiff_pages(t); p++)
                whole = whole && tiff_select(t, p, &page, &e) == 0 && page.width == 7 &&
                        page.height == 3 && tiff_read(t, out, &e) == 0;
            refused += !whole;
            tiff_close(t);
        } else
            refused++;
        /* A cut through the four bytes of a page's link reads as "no more pages" in libtiff. */
        bool in_link = (cut >= 172 && cut < 176) || (cut >= 340 && cut < 344);
        if (e.code == ERR_NONE && cut < n - 4 && !in_link)
            fail_msg("%zu of %zu bytes were taken for the whole", cut, n);
    }
    assert_true(refused > (int)n * 9 / 10);
    mem_free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_truncated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
