/* shelf: see shelf.h. */
#include "calib/shelf.h"

#include <assert.h>
#include <string.h>

void *
shelf_put(struct shelf *s, enum quantity q, int view, int energy, int32_t lines, int32_t rows,
          int32_t cols)
{
    assert(s->n < TAPE_PLANES_MAX);
    s->spec[s->n] = (struct plane_spec){.quantity = q,
                                        .view = (uint8_t)view,
                                        .energy = (uint8_t)energy,
                                        .lattice = LATTICE_CALIB,
                                        .rows = rows,
                                        .cols = cols,
                                        .lines = lines,
                                        .ring = lines};
    size_t elements = (size_t)lines * (size_t)rows * (size_t)cols;
    return s->data[s->n++] = arena_zero(&s->arena, elements, quantity_table[q].bytes);
}

void *
shelf_get(const struct shelf *s, enum quantity q, int view, int energy)
{
    for (int i = 0; i < s->n; i++)
        if (s->spec[i].quantity == q && s->spec[i].view == view && s->spec[i].energy == energy)
            return s->data[i];
    return NULL;
}

int32_t
shelf_lines(const struct shelf *s, enum quantity q, int view, int energy)
{
    for (int i = 0; i < s->n; i++)
        if (s->spec[i].quantity == q && s->spec[i].view == view && s->spec[i].energy == energy)
            return s->spec[i].lines;
    return 0;
}

int
shelf_tape(const struct shelf *s, const char *about, struct tape **t, struct err *e)
{
    struct tape *made;

    if (tape_new(s->spec, s->n, about, &made, e) != 0)
        return -1;
    for (int i = 0; i < s->n; i++) {
        size_t bytes = tape_line_bytes(made, i);
        for (int32_t l = 0; l < s->spec[i].lines; l++)
            memcpy(tape_line(made, i, l), (const char *)s->data[i] + (size_t)l * bytes, bytes);
        tape_set_mark(made, i, s->spec[i].lines);
        tape_seal(made, i);
    }
    *t = made;
    return 0;
}

void
shelf_free(struct shelf *s)
{
    arena_free(&s->arena);
    s->n = 0;
}
