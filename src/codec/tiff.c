/* tiff: see tiff.h. libtiff sees the bytes through callbacks that cannot leave them. */
#include "codec/tiff.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>
#include <tiffio.h>

struct tiff {
    const char *name;
    const uint8_t *bytes;
    uint64_t n, at;
    TIFF *lib;
    int pages;
    struct tiff_page page;
    char complaint[200]; /* libtiff's last one, for our sentence */
};

static tmsize_t
on_read(thandle_t handle, void *to, tmsize_t size)
{
    struct tiff *t = (struct tiff *)handle;

    if (size < 0 || t->at >= t->n)
        return 0;
    uint64_t n = (uint64_t)size < t->n - t->at ? (uint64_t)size : t->n - t->at;
    memcpy(to, t->bytes + t->at, n);
    t->at += n;
    return (tmsize_t)n;
}

static tmsize_t
on_write(thandle_t handle, void *from, tmsize_t size)
{
    (void)handle;
    (void)from;
    (void)size;
    return -1;
}

static toff_t
on_seek(thandle_t handle, toff_t offset, int whence)
{
    struct tiff *t = (struct tiff *)handle;

    if (whence == SEEK_SET)
        t->at = offset;
    else if (whence == SEEK_CUR)
        t->at += offset;
    else
        t->at = t->n + offset;
    return t->at;
}

static int
on_close(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t
on_size(thandle_t handle)
{
    return ((struct tiff *)handle)->n;
}

static int
on_error(TIFF *lib, void *user, const char *module, const char *fmt, va_list ap)
{
    struct tiff *t = user;

    (void)lib;
    (void)module;
    vsnprintf(t->complaint, sizeof t->complaint, fmt, ap);
    for (char *p = t->complaint; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
            *p = '?';
    return 1;
}

static int
on_warning(TIFF *lib, void *user, const char *module, const char *fmt, va_list ap)
{
    (void)lib;
    (void)user;
    (void)module;
    (void)fmt;
    (void)ap;
    return 1;
}

static int
complain(struct tiff *t, struct err *e, const char *what)
{
    if (t->complaint[0] != '\0')
        return err_set(e, ERR_INPUT, "%s: %s: %s", t->name, what, t->complaint);
    return err_set(e, ERR_INPUT, "%s: %s", t->name, what);
}

static TIFF *
open_lib(struct tiff *t)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();

    if (options == NULL)
        return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)(TIFF_PIXELS_MAX * 4));
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, t);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, t);
    /* m: never map, so that every access goes through on_read. */
    TIFF *lib = TIFFClientOpenExt(t->name, "rm", (thandle_t)t, on_read, on_write, on_seek, on_close,
                                  on_size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return lib;
}

int
tiff_open(const char *name, const uint8_t *bytes, size_t n, struct tiff **out, struct err *e)
{
    struct tiff *t = mem_zero(1, sizeof *t);
    int result = -1;

    t->name = name;
    t->bytes = bytes;
    t->n = n;
    t->lib = open_lib(t);
    if (t->lib == NULL) {
        complain(t, e, "not a TIFF file");
        goto out;
    }
    for (t->pages = 1; !TIFFLastDirectory(t->lib); t->pages++) {
        if (t->pages == TIFF_PAGES_MAX) {
            err_set(e, ERR_LIMIT, "%s: more than %d pages", name, TIFF_PAGES_MAX);
            goto out;
        }
        if (!TIFFReadDirectory(t->lib)) {
            complain(t, e, "a later page is damaged or cut off");
            goto out;
        }
    }
    t->complaint[0] = '\0';
    *out = t;
    t = NULL;
    result = 0;
out:
    tiff_close(t);
    return result;
}

void
tiff_close(struct tiff *t)
{
    if (t != NULL && t->lib != NULL)
        TIFFClose(t->lib);
    mem_free(t);
}

int
tiff_pages(const struct tiff *t)
{
    return t->pages;
}

/* The sample kind from bits and format, or -1. */
static int
sample_kind(TIFF *lib)
{
    static const struct {
        uint16_t bits, format;
        enum tiff_sample kind;
    } known[] = {
        {8, SAMPLEFORMAT_UINT, TIFF_U8},
        {16, SAMPLEFORMAT_UINT, TIFF_U16},
        {32, SAMPLEFORMAT_UINT, TIFF_U32},
        {32, SAMPLEFORMAT_IEEEFP, TIFF_F32},
    };
    uint16_t bits = 1, format = SAMPLEFORMAT_UINT;

    TIFFGetFieldDefaulted(lib, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetFieldDefaulted(lib, TIFFTAG_SAMPLEFORMAT, &format);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].bits == bits && known[i].format == format)
            return (int)known[i].kind;
    return -1;
}

/* What must be so, apart from the size: a table of tag, value, sentence. */
static int
check_tags(struct tiff *t, struct err *e)
{
    static const struct {
        uint32_t tag;
        uint16_t first, last;
        const char *sentence;
    } need[] = {
        {TIFFTAG_SAMPLESPERPIXEL, 1, 1, "a colour image; one sample a pixel is needed"},
        {TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT, ORIENTATION_TOPLEFT,
         "the first pixel is not the upper left one"},
    };
    static const uint16_t compressions[] = {COMPRESSION_NONE, COMPRESSION_LZW,
                                            COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE,
                                            COMPRESSION_PACKBITS};
    uint16_t v = 0;

    for (size_t i = 0; i < sizeof need / sizeof *need; i++) {
        TIFFGetFieldDefaulted(t->lib, need[i].tag, &v);
        if (v < need[i].first || v > need[i].last)
            return complain(t, e, need[i].sentence);
    }
    v = PHOTOMETRIC_MINISBLACK;
    if (TIFFGetField(t->lib, TIFFTAG_PHOTOMETRIC, &v) && v != PHOTOMETRIC_MINISBLACK)
        return complain(t, e, "not a grey image in which 0 is black");
    TIFFGetFieldDefaulted(t->lib, TIFFTAG_COMPRESSION, &v);
    for (size_t i = 0; i < sizeof compressions / sizeof *compressions; i++)
        if (v == compressions[i])
            return 0;
    return complain(t, e, "this compression is not read (none, LZW, deflate and packbits are)");
}

int
tiff_select(struct tiff *t, int i, struct tiff_page *page, struct err *e)
{
    uint32_t width = 0, height = 0;

    t->complaint[0] = '\0';
    if (i < 0 || i >= t->pages)
        return err_set(e, ERR_INPUT, "%s: no page %d; there are %d", t->name, i + 1, t->pages);
    if (!TIFFSetDirectory(t->lib, (tdir_t)i))
        return complain(t, e, "cannot read a page's directory");
    TIFFGetField(t->lib, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(t->lib, TIFFTAG_IMAGELENGTH, &height);
    if (width < 1 || height < 1 || width > TIFF_SIDE_MAX || height > TIFF_SIDE_MAX ||
        (size_t)width * height > TIFF_PIXELS_MAX)
        return err_set(e, ERR_LIMIT, "%s: %u x %u pixels; 1 to %d a side, %zu in all are possible",
                       t->name, width, height, TIFF_SIDE_MAX, TIFF_PIXELS_MAX);
    int kind = sample_kind(t->lib);
    if (kind < 0)
        return complain(t, e, "unsigned samples of 8, 16 or 32 bits or 32-bit floats are needed");
    if (check_tags(t, e) != 0)
        return -1;
    t->page = (struct tiff_page){(int32_t)width, (int32_t)height, (enum tiff_sample)kind};
    *page = t->page;
    return 0;
}

/* n samples to float; -1 if one of them cannot be kept exactly. */
static int
to_float(enum tiff_sample kind, const uint8_t *from, size_t n, float *out)
{
    uint32_t largest = 0;

    for (size_t i = 0; i < n; i++) {
        uint16_t half;
        uint32_t word;
        switch (kind) {
        case TIFF_U8:
            out[i] = from[i];
            break;
        case TIFF_U16:
            memcpy(&half, from + 2 * i, 2);
            out[i] = half;
            break;
        case TIFF_U32:
            memcpy(&word, from + 4 * i, 4);
            largest = word > largest ? word : largest;
            out[i] = (float)word;
            break;
        case TIFF_F32:
            memcpy(out + i, from + 4 * i, 4);
            break;
        }
    }
    return largest <= 1u << 24 ? 0 : -1;
}

static size_t
sample_bytes(enum tiff_sample kind)
{
    static const size_t bytes[] = {1, 2, 4, 4};

    return bytes[kind];
}

static int
read_rows(struct tiff *t, float *out, struct err *e)
{
    size_t width = (size_t)t->page.width, row = width * sample_bytes(t->page.sample);
    int result = -1;

    if (TIFFScanlineSize64(t->lib) != row)
        return complain(t, e, "the rows have a strange size");
    uint8_t *line = mem_zero(row, 1);
    for (int32_t y = 0; y < t->page.height; y++) {
        if (TIFFReadScanline(t->lib, line, (uint32_t)y, 0) != 1) {
            complain(t, e, "the pixels are damaged or cut off");
            goto out;
        }
        if (to_float(t->page.sample, line, width, out + (size_t)y * width) != 0) {
            complain(t, e, "a sample is larger than 2^24");
            goto out;
        }
    }
    result = 0;
out:
    mem_free(line);
    return result;
}

/* One tile to its place, cut at the right and lower edge. */
static int
place_tile(struct tiff *t, const uint8_t *tile, uint32_t x0, uint32_t y0, uint32_t tile_width,
           uint32_t tile_height, float *out)
{
    uint32_t width = (uint32_t)t->page.width, height = (uint32_t)t->page.height;
    uint32_t columns = width - x0 < tile_width ? width - x0 : tile_width;
    size_t row = tile_width * sample_bytes(t->page.sample);

    for (uint32_t y = 0; y < tile_height && y0 + y < height; y++)
        if (to_float(t->page.sample, tile + y * row, columns,
                     out + (size_t)(y0 + y) * width + x0) != 0)
            return -1;
    return 0;
}

static int
read_tiles(struct tiff *t, float *out, struct err *e)
{
    uint32_t tw = 0, th = 0;
    int result = -1;

    TIFFGetField(t->lib, TIFFTAG_TILEWIDTH, &tw);
    TIFFGetField(t->lib, TIFFTAG_TILELENGTH, &th);
    if (tw < 1 || th < 1 || tw > 8192 || th > 8192 ||
        TIFFTileSize64(t->lib) != (uint64_t)tw * th * sample_bytes(t->page.sample))
        return complain(t, e, "the tiles have a strange size");
    tmsize_t size = (tmsize_t)TIFFTileSize64(t->lib);
    uint8_t *tile = mem_zero((size_t)size, 1);
    for (uint32_t y = 0; y < (uint32_t)t->page.height; y += th)
        for (uint32_t x = 0; x < (uint32_t)t->page.width; x += tw) {
            if (TIFFReadEncodedTile(t->lib, TIFFComputeTile(t->lib, x, y, 0, 0), tile, size) !=
                size) {
                complain(t, e, "the pixels are damaged or cut off");
                goto out;
            }
            if (place_tile(t, tile, x, y, tw, th, out) != 0) {
                complain(t, e, "a sample is larger than 2^24");
                goto out;
            }
        }
    result = 0;
out:
    mem_free(tile);
    return result;
}

int
tiff_read(struct tiff *t, float *out, struct err *e)
{
    t->complaint[0] = '\0';
    return TIFFIsTiled(t->lib) ? read_tiles(t, out, e) : read_rows(t, out, e);
}
