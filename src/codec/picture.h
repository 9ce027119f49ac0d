/* picture: a raster in memory, and its PNG form. What `show` draws on and what a file gets. */
#ifndef CODEC_PICTURE_H
#define CODEC_PICTURE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define PICTURE_SIDE_MAX (1 << 17)
#define PICTURE_BYTES_MAX ((size_t)2 << 30)

enum picture_kind { PICTURE_GREY8, PICTURE_GREY16, PICTURE_RGB8, PICTURE_RGBA8 };

struct picture {
    enum picture_kind kind;
    int32_t width, height;
    size_t row_bytes; /* >= width * bytes of a pixel */
    uint8_t *pixels;  /* rows from the top; GREY16 is native uint16_t; the caller's memory */
};

int picture_pixel_bytes(enum picture_kind kind);
/* A black one of its own memory; picture_free takes a zeroed one. */
int picture_new(struct picture *p, enum picture_kind kind, int32_t width, int32_t height,
                struct err *e) MUST_USE;
void picture_free(struct picture *p);

/* PNG bytes of the picture; the caller frees with mem_free. pixel_mm > 0 is written as the physical
 * pixel size. The bytes depend on the pixels, the sizes and the zlib that is linked, nothing else.
 */
int picture_png(const struct picture *p, double pixel_mm, uint8_t **bytes, size_t *n,
                struct err *e) MUST_USE;

#endif
