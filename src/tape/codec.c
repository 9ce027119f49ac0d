/* codec: see codec.h. Compiled with -O3: the two loops in merge() and restore_line() are the speed
 * of reading an archive. */
#include "tape/codec.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/halt.h"

#include <assert.h>
#include <string.h>
#include <zstd.h>

#define LEVEL 3
#define SAMPLE_STEP 8 /* one line in eight chooses the predictor */
#define PLANES_MAX 4

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are read in place");

struct codec {
    ZSTD_CCtx *compress;
    ZSTD_DCtx *decompress;
    size_t max_plain, bound;
    uint8_t *planes; /* max_plain bytes, plane after plane */
    uint8_t *frame;  /* ZSTD_compressBound(max_plain) */
};

int
codec_new(size_t max_plain, struct codec **out, struct err *e)
{
    struct codec *c = mem_zero(1, sizeof *c);

    c->max_plain = max_plain;
    c->bound = ZSTD_compressBound(max_plain);
    c->compress = ZSTD_createCCtx();
    c->decompress = ZSTD_createDCtx();
    if (c->compress == NULL || c->decompress == NULL ||
        ZSTD_isError(ZSTD_CCtx_setParameter(c->compress, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(c->compress, ZSTD_c_checksumFlag, 1))) {
        codec_free(c);
        return err_set(e, ERR_SYSTEM, "cannot start the compressor: out of memory");
    }
    c->planes = mem_zero(max_plain + 1, 1);
    c->frame = mem_zero(c->bound, 1);
    *out = c;
    return 0;
}

void
codec_free(struct codec *c)
{
    if (c == NULL)
        return;
    ZSTD_freeCCtx(c->compress);
    ZSTD_freeDCtx(c->decompress);
    mem_free(c->planes);
    mem_free(c->frame);
    mem_free(c);
}

struct codec_shape
codec_shape(enum quantity q, size_t line_bytes, int32_t lines)
{
    static const int widths[] = {[CODE_U8] = 1,  [CODE_U16] = 1,  [CODE_U32] = 4, [CODE_F32] = 4,
                                 [CODE_I64] = 4, [CODE_RGBA] = 1, [CODE_POSE] = 4};
    int width = widths[quantity_table[q].code];

    return (struct codec_shape){
        .width = width, .words = line_bytes / (size_t)width, .lines = lines};
}

static inline uint32_t
zigzag(uint32_t v)
{
    return v << 1 ^ (uint32_t)((int32_t)v >> 31);
}

static inline uint32_t
unzigzag(uint32_t z)
{
    return z >> 1 ^ -(z & 1);
}

/* The predictor of a line: how many lines back, or 0 = the left neighbour alone. */
static int32_t
lines_back(uint32_t kind, int32_t line)
{
    int32_t back = kind == CODEC_LINE2 ? 2 : 1;
    return line < back ? 0 : back;
}

static uint32_t
residue(const uint32_t *x, size_t words, int32_t line, size_t i, uint32_t kind)
{
    const uint32_t *row = x + (size_t)line * words;
    int32_t back = lines_back(kind, line);

    if (kind == CODEC_PLAIN)
        return row[i];
    if (back == 0)
        return zigzag(row[i] - (i > 0 ? row[i - 1] : 0));
    const uint32_t *from = row - (size_t)back * words;
    uint32_t rise = kind == CODEC_GRADIENT && i > 0 ? row[i - 1] - from[i - 1] : 0;
    return zigzag(row[i] - from[i] - rise);
}

/* The kind whose residues need the fewest bits; a later one must save something. */
static enum codec_kind
choose(const struct codec_shape *s, const uint32_t *x)
{
    enum codec_kind best = CODEC_PLAIN;
    uint64_t least = UINT64_MAX;

    if (s->width != 4)
        return CODEC_PLAIN;
    for (uint32_t kind = CODEC_PLAIN; kind < CODECS; kind++) {
        uint64_t bits = 0;
        for (int32_t line = s->lines > 2 ? 2 : s->lines - 1; line < s->lines; line += SAMPLE_STEP)
            for (size_t i = 0; i < s->words; i++)
                bits += 32 - (uint64_t)__builtin_clz(residue(x, s->words, line, i, kind) | 1);
        if (bits < least - least / 64) {
            least = bits;
            best = (enum codec_kind)kind;
        }
    }
    return best;
}

static void
split(const struct codec_shape *s, const uint32_t *x, enum codec_kind kind, uint8_t *planes)
{
    size_t n = s->words * (size_t)s->lines, at = 0;

    for (int32_t line = 0; line < s->lines; line++)
        for (size_t i = 0; i < s->words; i++, at++) {
            uint32_t z = residue(x, s->words, line, i, kind);
            for (size_t k = 0; k < PLANES_MAX; k++)
                planes[k * n + at] = (uint8_t)(z >> 8 * k);
        }
}

static bool
all_zero(const uint8_t *p, size_t n)
{
    return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

static size_t
store_raw(const uint8_t *plain, size_t n, uint8_t *stored, enum codec_kind *kind)
{
    memcpy(stored, plain, n);
    *kind = CODEC_RAW;
    return n;
}

size_t
codec_encode(struct codec *c, const struct codec_shape *s, const uint8_t *plain, uint8_t *stored,
             enum codec_kind *kind)
{
    size_t n = s->words * (size_t)s->lines, width = (size_t)s->width, total = n * width;
    size_t at = 4 * width;
    const uint8_t *planes = plain;

    assert(total <= c->max_plain && n > 0);
    *kind = choose(s, (const uint32_t *)(const void *)plain);
    if (width == 4) {
        split(s, (const uint32_t *)(const void *)plain, *kind, c->planes);
        planes = c->planes;
    }
    if (total <= at)
        return store_raw(plain, total, stored, kind);
    for (size_t k = 0; k < width; k++) {
        size_t got = 0;
        if (!all_zero(planes + k * n, n)) {
            got = ZSTD_compress2(c->compress, c->frame, c->bound, planes + k * n, n);
            if (ZSTD_isError(got)) /* there is room enough, so it was memory */
                halt("cannot compress: %s", ZSTD_getErrorName(got));
            if (got >= total - at)
                return store_raw(plain, total, stored, kind);
            memcpy(stored + at, c->frame, got);
        }
        bytes_put32(stored + 4 * k, (uint32_t)got);
        at += got;
    }
    return at;
}

/* Joins the lowest `used` byte planes, n bytes apart, to words. */
static void
merge(const uint8_t *restrict p, size_t n, int used, size_t words, uint32_t *restrict z)
{
    const uint8_t *restrict q = p + n, *restrict r = q + n, *restrict s = r + n;

    switch (used) {
    case 0:
        memset(z, 0, words * 4);
        break;
    case 1:
        for (size_t i = 0; i < words; i++)
            z[i] = p[i];
        break;
    case 2:
        for (size_t i = 0; i < words; i++)
            z[i] = p[i] | (uint32_t)q[i] << 8;
        break;
    case 3:
        for (size_t i = 0; i < words; i++)
            z[i] = p[i] | (uint32_t)q[i] << 8 | (uint32_t)r[i] << 16;
        break;
    default:
        for (size_t i = 0; i < words; i++)
            z[i] = p[i] | (uint32_t)q[i] << 8 | (uint32_t)r[i] << 16 | (uint32_t)s[i] << 24;
        break;
    }
}

/* Residues to words, in place; `back` lines back lies the known line (0: none). */
static void
restore_line(uint32_t *row, size_t words, int32_t back, uint32_t kind)
{
    const uint32_t *from = row - (size_t)back * words;
    uint32_t sum = 0;

    if (kind == CODEC_PLAIN)
        return;
    if (back == 0) {
        for (size_t i = 0; i < words; i++)
            row[i] = sum += unzigzag(row[i]);
    } else if (kind == CODEC_GRADIENT) {
        for (size_t i = 0; i < words; i++) {
            sum += unzigzag(row[i]);
            row[i] = from[i] + sum;
        }
    } else {
        uint32_t *restrict to = row; /* the known line is another one */
        for (size_t i = 0; i < words; i++)
            to[i] = from[i] + unzigzag(to[i]);
    }
}

static int
unpack_planes(struct codec *c, size_t width, size_t n, const uint8_t *stored, size_t bytes,
              uint8_t *planes, int *used, struct err *e)
{
    struct bytes b = {.p = stored, .n = bytes, .at = 4 * width};

    *used = 0;
    for (size_t k = 0; k < width; k++) {
        size_t length = bytes_get32(stored + 4 * k);
        const uint8_t *frame = bytes_take(&b, length);
        if (frame == NULL)
            return err_set(e, ERR_DAMAGED, "a compressed run is too short");
        if (length == 0) {
            memset(planes + k * n, 0, n);
            continue;
        }
        *used = (int)k + 1;
        if (ZSTD_decompressDCtx(c->decompress, planes + k * n, n, frame, length) != n)
            return err_set(e, ERR_DAMAGED, "a compressed run is damaged");
    }
    return b.at == bytes ? 0 : err_set(e, ERR_DAMAGED, "a compressed run is too long");
}

int
codec_decode(struct codec *c, const struct codec_shape *s, uint32_t kind, const uint8_t *stored,
             size_t bytes, uint8_t *plain, struct err *e)
{
    size_t n = s->words * (size_t)s->lines, width = (size_t)s->width, total = n * width;
    int used;

    assert(total <= c->max_plain && n > 0);
    if (kind >= CODECS || (width == 1 && kind > CODEC_PLAIN))
        return err_set(e, ERR_DAMAGED, "compression %u is unknown", kind);
    if (kind == CODEC_RAW) {
        if (bytes != total)
            return err_set(e, ERR_DAMAGED, "an uncompressed run has the wrong length");
        memcpy(plain, stored, total);
        return 0;
    }
    if (bytes < 4 * width)
        return err_set(e, ERR_DAMAGED, "a compressed run is too short");
    if (width == 1)
        return unpack_planes(c, 1, n, stored, bytes, plain, &used, e);
    if (unpack_planes(c, width, n, stored, bytes, c->planes, &used, e) != 0)
        return -1;
    for (int32_t line = 0; line < s->lines; line++) {
        size_t at = (size_t)line * s->words;
        uint32_t *row = (uint32_t *)(void *)plain + at;
        merge(c->planes + at, n, used, s->words, row);
        restore_line(row, s->words, lines_back(kind, line), kind);
    }
    return 0;
}
