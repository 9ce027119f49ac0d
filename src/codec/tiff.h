/* tiff: grey TIFF images out of bytes in memory, by libtiff. One sample a pixel: unsigned 8, 16 or
 * 32 bits or 32-bit float; strips or tiles; any number of pages up to a maximum. The bytes are
 * hostile: every size is checked before anything is decoded. */
#ifndef CODEC_TIFF_H
#define CODEC_TIFF_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define TIFF_SIDE_MAX 65536
#define TIFF_PIXELS_MAX ((size_t)1 << 28)
#define TIFF_PAGES_MAX 8192

enum tiff_sample { TIFF_U8, TIFF_U16, TIFF_U32, TIFF_F32 };

struct tiff_page {
    int32_t width, height;
    enum tiff_sample sample;
};

struct tiff;

/* `name` is for messages; bytes and name must outlive the reader. */
int tiff_open(const char *name, const uint8_t *bytes, size_t n, struct tiff **t,
              struct err *e) MUST_USE;
void tiff_close(struct tiff *t); /* takes NULL */
int tiff_pages(const struct tiff *t);
/* Checks page `i` (0 first) and makes it the one that tiff_read reads. */
int tiff_select(struct tiff *t, int i, struct tiff_page *page, struct err *e) MUST_USE;
/* All pixels of the selected page as float, rows from the top: exact but for uint32 above 2^24,
 * which is refused. `out` holds width x height. */
int tiff_read(struct tiff *t, float *out, struct err *e) MUST_USE;

#endif
