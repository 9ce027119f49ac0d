/* picture: see picture.h. */
#include "codec/picture.h"

#include "base/arena.h"

#include <string.h>

int
picture_pixel_bytes(enum picture_kind kind)
{
    static const int bytes[] = {1, 2, 3, 4};

    return bytes[kind];
}

int
picture_new(struct picture *p, enum picture_kind kind, int32_t width, int32_t height, struct err *e)
{
    if (width < 1 || height < 1 || width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX)
        return err_set(e, ERR_LIMIT, "a picture of %d x %d pixels; 1 to %d a side is possible",
                       width, height, PICTURE_SIDE_MAX);
    size_t row = (size_t)width * (size_t)picture_pixel_bytes(kind);
    if (row > PICTURE_BYTES_MAX / (size_t)height)
        return err_set(e, ERR_LIMIT, "a picture of %d x %d pixels is more than %zu bytes", width,
                       height, PICTURE_BYTES_MAX);
    *p = (struct picture){.kind = kind, .width = width, .height = height, .row_bytes = row};
    p->pixels = mem_zero((size_t)height, row);
    return 0;
}

void
picture_free(struct picture *p)
{
    mem_free(p->pixels);
    memset(p, 0, sizeof *p);
}
