/* draw: see draw.h. */
#include "cmd/draw.h"

#include "base/arena.h"

#include <ctype.h>
#include <string.h>

/* Part of output pixel i's area that lies on each source pixel of [first, first + n). */
struct span {
    int32_t first, n;
    double weight_first, weight_last; /* the ones between count whole */
};

static struct span
span_of(int32_t i, int32_t from, int32_t to)
{
    double step = (double)from / to, a = i * step, b = a + step;
    int32_t first = (int32_t)a, last = (int32_t)b;

    if (last >= from || (double)last >= b - 1e-9)
        last = last > first ? last - 1 : first;
    last = last >= from ? from - 1 : last;
    struct span s = {.first = first, .n = last - first + 1};
    s.weight_first = s.n == 1 ? 1 : first + 1 - a;
    s.weight_last = s.n == 1 ? 1 : b - last;
    return s;
}

static double
weight_at(const struct span *s, int32_t k)
{
    return k == 0 ? s->weight_first : k == s->n - 1 ? s->weight_last : 1;
}

static double
channel(const struct picture *p, int32_t x, int32_t y, int c)
{
    const uint8_t *row = p->pixels + (size_t)y * p->row_bytes;

    return p->kind == PICTURE_GREY16 ? ((const uint16_t *)(const void *)row)[x]
                                     : row[x * picture_pixel_bytes(p->kind) + c];
}

static void
set_channel(struct picture *p, int32_t x, int32_t y, int c, double v)
{
    uint8_t *row = p->pixels + (size_t)y * p->row_bytes;

    if (p->kind == PICTURE_GREY16)
        ((uint16_t *)(void *)row)[x] = (uint16_t)(v + 0.5);
    else
        row[x * picture_pixel_bytes(p->kind) + c] = (uint8_t)(v + 0.5);
}

/* One direction at a time: first along x. `across` swaps the roles. */
static void
resize_way(const struct picture *from, struct picture *out, bool across)
{
    int channels = from->kind == PICTURE_GREY16 ? 1 : picture_pixel_bytes(from->kind);
    int32_t n = across ? out->height : out->width, m = across ? out->width : out->height;
    int32_t source = across ? from->height : from->width;

    for (int32_t i = 0; i < n; i++) {
        struct span s = span_of(i, source, n);
        for (int32_t k = 0; k < m; k++)
            for (int c = 0; c < channels; c++) {
                double sum = 0, weight = 0;
                for (int32_t j = 0; j < s.n; j++) {
                    double w = weight_at(&s, j);
                    int32_t at = s.first + j;
                    sum += w * (across ? channel(from, k, at, c) : channel(from, at, k, c));
                    weight += w;
                }
                if (across)
                    set_channel(out, k, i, c, sum / weight);
                else
                    set_channel(out, i, k, c, sum / weight);
            }
    }
}

int
draw_resize(const struct picture *from, int32_t width, int32_t height, struct picture *out,
            struct err *e)
{
    struct picture middle = {.pixels = NULL};

    if (picture_new(&middle, from->kind, width, from->height, e) != 0 ||
        picture_new(out, from->kind, width, height, e) != 0) {
        picture_free(&middle);
        return -1;
    }
    resize_way(from, &middle, false);
    resize_way(&middle, out, true);
    picture_free(&middle);
    return 0;
}

void
draw_fill(struct picture *p, int32_t x, int32_t y, int32_t width, int32_t height, uint32_t colour)
{
    for (int32_t j = y < 0 ? 0 : y; j < y + height && j < p->height; j++)
        for (int32_t i = x < 0 ? 0 : x; i < x + width && i < p->width; i++)
            memcpy(p->pixels + (size_t)j * p->row_bytes + (size_t)i * 4, &colour, 4);
}

void
draw_frame(struct picture *p, int32_t x, int32_t y, int32_t width, int32_t height, int32_t line,
           uint32_t colour)
{
    draw_fill(p, x, y, width, line, colour);
    draw_fill(p, x, y + height - line, width, line, colour);
    draw_fill(p, x, y, line, height, colour);
    draw_fill(p, x + width - line, y, line, height, colour);
}

/* Rows of five dots, from the top; the shapes are those of every character display. */
static const struct {
    char letter;
    uint8_t row[DRAW_TYPE_HEIGHT];
} letters[] = {
    {' ', {0, 0, 0, 0, 0, 0, 0}},
    {'0', {0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e}},
    {'1', {0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e}},
    {'2', {0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f}},
    {'3', {0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e}},
    {'4', {0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02}},
    {'5', {0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e}},
    {'6', {0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e}},
    {'7', {0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08}},
    {'8', {0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e}},
    {'9', {0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c}},
    {'a', {0x00, 0x00, 0x0e, 0x01, 0x0f, 0x11, 0x0f}},
    {'b', {0x10, 0x10, 0x16, 0x19, 0x11, 0x11, 0x1e}},
    {'c', {0x00, 0x00, 0x0e, 0x10, 0x10, 0x11, 0x0e}},
    {'d', {0x01, 0x01, 0x0d, 0x13, 0x11, 0x11, 0x0f}},
    {'e', {0x00, 0x00, 0x0e, 0x11, 0x1f, 0x10, 0x0e}},
    {'f', {0x06, 0x09, 0x08, 0x1c, 0x08, 0x08, 0x08}},
    {'g', {0x00, 0x0f, 0x11, 0x11, 0x0f, 0x01, 0x0e}},
    {'h', {0x10, 0x10, 0x16, 0x19, 0x11, 0x11, 0x11}},
    {'i', {0x04, 0x00, 0x0c, 0x04, 0x04, 0x04, 0x0e}},
    {'j', {0x02, 0x00, 0x06, 0x02, 0x02, 0x12, 0x0c}},
    {'k', {0x10, 0x10, 0x12, 0x14, 0x18, 0x14, 0x12}},
    {'l', {0x0c, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e}},
    {'m', {0x00, 0x00, 0x1a, 0x15, 0x15, 0x11, 0x11}},
    {'n', {0x00, 0x00, 0x16, 0x19, 0x11, 0x11, 0x11}},
    {'o', {0x00, 0x00, 0x0e, 0x11, 0x11, 0x11, 0x0e}},
    {'p', {0x00, 0x00, 0x1e, 0x11, 0x1e, 0x10, 0x10}},
    {'q', {0x00, 0x00, 0x0d, 0x13, 0x0f, 0x01, 0x01}},
    {'r', {0x00, 0x00, 0x16, 0x19, 0x10, 0x10, 0x10}},
    {'s', {0x00, 0x00, 0x0e, 0x10, 0x0e, 0x01, 0x1e}},
    {'t', {0x08, 0x08, 0x1c, 0x08, 0x08, 0x09, 0x06}},
    {'u', {0x00, 0x00, 0x11, 0x11, 0x11, 0x13, 0x0d}},
    {'v', {0x00, 0x00, 0x11, 0x11, 0x11, 0x0a, 0x04}},
    {'w', {0x00, 0x00, 0x11, 0x11, 0x15, 0x15, 0x0a}},
    {'x', {0x00, 0x00, 0x11, 0x0a, 0x04, 0x0a, 0x11}},
    {'y', {0x00, 0x00, 0x11, 0x11, 0x0f, 0x01, 0x0e}},
    {'z', {0x00, 0x00, 0x1f, 0x02, 0x04, 0x08, 0x1f}},
    {'-', {0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00}},
    {'.', {0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c}},
    {',', {0x00, 0x00, 0x00, 0x00, 0x0c, 0x04, 0x08}},
    {':', {0x00, 0x0c, 0x0c, 0x00, 0x0c, 0x0c, 0x00}},
    {'/', {0x00, 0x01, 0x02, 0x04, 0x08, 0x10, 0x00}},
    {'(', {0x02, 0x04, 0x08, 0x08, 0x08, 0x04, 0x02}},
    {')', {0x08, 0x04, 0x02, 0x02, 0x02, 0x04, 0x08}},
    {'+', {0x00, 0x04, 0x04, 0x1f, 0x04, 0x04, 0x00}},
    {'=', {0x00, 0x00, 0x1f, 0x00, 0x1f, 0x00, 0x00}},
    {'%', {0x18, 0x19, 0x02, 0x04, 0x08, 0x13, 0x03}},
    {'_', {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1f}},
    {'?', {0x0e, 0x11, 0x01, 0x02, 0x04, 0x00, 0x04}},
};
#define LETTERS (sizeof letters / sizeof *letters)

static const uint8_t *
rows_of(char letter)
{
    int small = tolower((unsigned char)letter);

    for (size_t i = 0; i < LETTERS; i++)
        if (letters[i].letter == small)
            return letters[i].row;
    return letters[LETTERS - 1].row;
}

void
draw_text(struct picture *p, int32_t x, int32_t y, int32_t size, const char *text, uint32_t colour)
{
    for (; *text != '\0'; text++, x += DRAW_TYPE_STEP * size) {
        const uint8_t *row = rows_of(*text);
        for (int j = 0; j < DRAW_TYPE_HEIGHT; j++)
            for (int i = 0; i < 5; i++)
                if (row[j] >> (4 - i) & 1)
                    draw_fill(p, x + i * size, y + j * size, size, size, colour);
    }
}

int32_t
draw_text_width(const char *text, int32_t size)
{
    return (int32_t)strlen(text) * DRAW_TYPE_STEP * size;
}

void
draw_copy(struct picture *to, int32_t x, int32_t y, const struct picture *from)
{
    for (int32_t j = 0; j < from->height && y + j < to->height; j++)
        memcpy(to->pixels + (size_t)(y + j) * to->row_bytes + (size_t)x * 4,
               from->pixels + (size_t)j * from->row_bytes, (size_t)from->width * 4);
}
