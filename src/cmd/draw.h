/* draw: what `show` does with a finished raster: other sizes, boxes, words in a 5 x 7 type. */
#ifndef CMD_DRAW_H
#define CMD_DRAW_H

#include "codec/picture.h"

#include <stdbool.h>

#define DRAW_TYPE_HEIGHT 7
#define DRAW_TYPE_STEP 6 /* from letter to letter */

/* A new picture of the given size from another of the same kind: every pixel is the mean of the
 * area that it covers, so lines of one pixel survive. */
int draw_resize(const struct picture *from, int32_t width, int32_t height, struct picture *out,
                struct err *e) MUST_USE;
/* All below draw on RGBA8 pictures (R in the low byte) and cut at the edges. */
void draw_fill(struct picture *p, int32_t x, int32_t y, int32_t width, int32_t height,
               uint32_t colour);
void draw_frame(struct picture *p, int32_t x, int32_t y, int32_t width, int32_t height,
                int32_t line, uint32_t colour);
/* Upper left corner; every dot is size x size. Capitals are shown small, unknown letters as '?'. */
void draw_text(struct picture *p, int32_t x, int32_t y, int32_t size, const char *text,
               uint32_t colour);
int32_t draw_text_width(const char *text, int32_t size);
void draw_copy(struct picture *to, int32_t x, int32_t y, const struct picture *from);

#endif
