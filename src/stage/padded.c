/* padded: see padded.h. */
#include "stage/padded.h"

#include <string.h>

const float *
stage_padded(const struct stage_run *r, int port, int32_t line, int32_t from, int32_t to,
             int32_t radius, float *room)
{
    const struct stage_plane *p = &r->in[port];
    int32_t rows = p->spec->rows, last = tape_mark(p->tape, p->plane) - 1;
    const float *in = tape_read(p->tape, p->plane, line < 0 ? 0 : line > last ? last : line);

    if (from >= radius && to + radius <= rows)
        return in + from - radius;
    int32_t a = from < radius ? 0 : from - radius, b = to + radius > rows ? rows : to + radius;
    float *begin = room + (a - from + radius), *end = begin + (b - a);
    memcpy(begin, in + a, (size_t)(b - a) * sizeof *in);
    for (float *p0 = room; p0 < begin; p0++)
        *p0 = in[0];
    for (float *p1 = end; p1 < room + (to - from) + 2 * radius; p1++)
        *p1 = in[rows - 1];
    return room;
}
