/* tiff_fuzz: any bytes give pixels or a sentence. */
#include "base/arena.h"
#include "codec/tiff.h"

#include <stdlib.h>

#define PIXELS (1 << 20) /* larger pages are only checked, to stay quick */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct err e = {.code = ERR_NONE};
    struct tiff_page page;
    struct tiff *t;

    if (tiff_open("fuzz", bytes, n, &t, &e) != 0) {
        if (e.code == ERR_NONE || e.text[0] == '\0')
            abort();
        return 0;
    }
    for (int i = 0; i < tiff_pages(t) && i < 20; i++) {
        if (tiff_select(t, i, &page, &e) != 0)
            continue;
        size_t pixels = (size_t)page.width * (size_t)page.height;
        if (pixels > PIXELS)
            continue;
        float *out = mem_zero(pixels, sizeof *out);
        if (tiff_read(t, out, &e) != 0 && e.text[0] == '\0')
            abort();
        mem_free(out);
    }
    tiff_close(t);
    return 0;
}
