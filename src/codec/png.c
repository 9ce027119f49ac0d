/* png: pictures into PNG bytes, by libpng. Writing only: nothing of ours reads PNG. */
#include "base/arena.h"
#include "codec/picture.h"

#include <png.h>
#include <stdio.h>
#include <string.h>

/* Everything that must survive libpng's longjmp lives here, not in registers. */
struct writer {
    png_structp png;
    png_infop info;
    uint8_t *bytes;
    size_t n, room;
    struct err *e;
};

static void
on_error(png_structp png, png_const_charp message)
{
    struct writer *w = png_get_error_ptr(png);

    err_set(w->e, ERR_SYSTEM, "PNG: %.200s", message);
    png_longjmp(png, 1);
}

static void
on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message; /* about optional chunks that are never written */
}

static void
on_write(png_structp png, png_bytep bytes, size_t n)
{
    struct writer *w = png_get_io_ptr(png);

    if (n > w->room - w->n) {
        size_t room = 2 * w->room + n + 4096;
        w->bytes = mem_grow(w->bytes, w->room, room, 1);
        w->room = room;
    }
    memcpy(w->bytes + w->n, bytes, n);
    w->n += n;
}

static void
on_flush(png_structp png)
{
    (void)png;
}

static void
write_all(struct writer *w, const struct picture *p, double pixel_mm)
{
    static const int colour[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_RGB,
                                 PNG_COLOR_TYPE_RGBA};

    png_set_write_fn(w->png, w, on_write, on_flush);
    png_set_IHDR(w->png, w->info, (png_uint_32)p->width, (png_uint_32)p->height,
                 p->kind == PICTURE_GREY16 ? 16 : 8, colour[p->kind], PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (p->kind != PICTURE_GREY16)
        png_set_sRGB(w->png, w->info, PNG_sRGB_INTENT_PERCEPTUAL);
    if (pixel_mm > 1e-6 && pixel_mm < 1e3) {
        png_uint_32 per_metre = (png_uint_32)(1000 / pixel_mm + 0.5);
        png_set_pHYs(w->png, w->info, per_metre, per_metre, PNG_RESOLUTION_METER);
    }
    png_set_compression_level(w->png, 6);
    png_write_info(w->png, w->info);
    if (p->kind == PICTURE_GREY16)
        png_set_swap(w->png);
    for (int32_t y = 0; y < p->height; y++)
        png_write_row(w->png, p->pixels + (size_t)y * p->row_bytes);
    png_write_end(w->png, w->info);
}

int
picture_png(const struct picture *p, double pixel_mm, uint8_t **bytes, size_t *n, struct err *e)
{
    struct writer w = {.e = e};

    w.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &w, on_error, on_warning);
    if (w.png == NULL)
        return err_set(e, ERR_SYSTEM, "PNG: the library refused to start");
    w.info = png_create_info_struct(w.png);
    if (w.info == NULL || setjmp(png_jmpbuf(w.png)) != 0) {
        if (w.info == NULL)
            err_set(e, ERR_SYSTEM, "PNG: the library refused to start");
        png_destroy_write_struct(&w.png, &w.info);
        mem_free(w.bytes);
        return -1;
    }
    png_set_user_limits(w.png, PICTURE_SIDE_MAX, PICTURE_SIDE_MAX);
    write_all(&w, p, pixel_mm);
    png_destroy_write_struct(&w.png, &w.info);
    *bytes = w.bytes;
    *n = w.n;
    return 0;
}
