/* layout: see layout.h. */
#include "tape/layout.h"

#include "base/bytes.h"
#include "base/text.h"

#include <string.h>

static const char magic[8] = {'D', 'L', 'T', 'A', 'P', 'E', 'm', '\n'};

static uint64_t
round_up(uint64_t v, uint64_t to)
{
    return (v + to - 1) / to * to;
}

static int
check_ring(const struct plane_spec *p, int number, struct err *e)
{
    if (!p->scratch) {
        if (p->ring != p->lines)
            return err_set(e, ERR_INPUT, "plane %d: %d lines in memory, but it is no ring", number,
                           p->ring);
        return 0;
    }
    if (p->ring < 1 || p->ring > TAPE_LINES_MAX || (p->ring & (p->ring - 1)) != 0)
        return err_set(e, ERR_INPUT, "plane %d: a ring of %d lines is not a power of two up to %d",
                       number, p->ring, TAPE_LINES_MAX);
    return 0;
}

int
layout_check_plane(const struct plane_spec *p, int number, struct err *e)
{
    if ((unsigned)p->quantity >= QUANTITIES)
        return err_set(e, ERR_INPUT, "plane %d: quantity number %u is unknown", number,
                       (unsigned)p->quantity);
    const char *name = quantity_table[p->quantity].name;
    if (p->lattice >= LATTICES || p->energy > 2)
        return err_set(e, ERR_INPUT, "plane %d (%s): lattice %d or energy %d is unknown", number,
                       name, p->lattice, p->energy);
    if (p->rows < 1 || p->rows > TAPE_ROWS_MAX || p->cols < 1 || p->cols > TAPE_ROWS_MAX)
        return err_set(e, ERR_LIMIT, "plane %d (%s): %d x %d elements in a line; 1 to %d each",
                       number, name, p->rows, p->cols, TAPE_ROWS_MAX);
    if ((uint64_t)p->rows * (uint64_t)p->cols >
        TAPE_LINE_BYTES_MAX / quantity_table[p->quantity].bytes)
        return err_set(e, ERR_LIMIT, "plane %d (%s): a line of %d x %d exceeds %zu bytes", number,
                       name, p->rows, p->cols, TAPE_LINE_BYTES_MAX);
    if (p->lines < 1 || p->lines > TAPE_LINES_MAX)
        return err_set(e, ERR_LIMIT, "plane %d (%s): %d lines; 1 to %d are possible", number, name,
                       p->lines, TAPE_LINES_MAX);
    if (p->quantity == Q_POSE && (p->rows != 1 || p->cols != 1))
        return err_set(e, ERR_INPUT, "plane %d (pose): %d x %d poses in a line, not one", number,
                       p->rows, p->cols);
    return check_ring(p, number, e);
}

/* A character that could do something to a terminal, or end a string. */
static bool
is_control(char c)
{
    return ((unsigned char)c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f;
}

int
layout_check_about(const char *about, size_t n, struct err *e)
{
    struct text text;

    for (size_t i = 0; i < n; i++)
        if (is_control(about[i]))
            return err_set(e, ERR_INPUT, "about: a control character (%d) at byte %zu", about[i],
                           i);
    if (text_parse(&text, "about", about, n, e) != 0)
        return -1;
    text_free(&text);
    return 0;
}

size_t
layout_line_bytes(const struct plane_spec *p)
{
    return (size_t)p->rows * (size_t)p->cols * quantity_table[p->quantity].bytes;
}

size_t
layout_head_bytes(const struct layout *l)
{
    return LAYOUT_HEAD + (size_t)l->n * LAYOUT_PLANE;
}

int
layout_plan(const struct plane_spec *planes, int n, size_t about_bytes, struct layout *l,
            struct err *e)
{
    if (n < 1 || n > TAPE_PLANES_MAX)
        return err_set(e, ERR_LIMIT, "a tape of %d planes; 1 to %d are possible", n,
                       TAPE_PLANES_MAX);
    if (about_bytes > TAPE_ABOUT_MAX)
        return err_set(e, ERR_LIMIT, "%zu bytes of text about the tape; at most %zu", about_bytes,
                       TAPE_ABOUT_MAX);
    memset(l, 0, sizeof *l);
    l->n = n;
    l->about_bytes = about_bytes;
    l->marks_at = layout_head_bytes(l);
    l->about_at = l->marks_at + (uint64_t)n * LAYOUT_CELL;
    l->total = round_up(l->about_at + about_bytes, LAYOUT_ALIGN);
    for (int i = 0; i < n; i++) {
        struct plane_spec *p = &l->plane[i];
        *p = planes[i];
        if (p->ring == 0)
            p->ring = p->lines;
        if (layout_check_plane(p, i, e) != 0)
            return -1;
        l->offset[i] = l->total;
        l->stride[i] = round_up(layout_line_bytes(p), LAYOUT_LINE_ALIGN);
        l->total += round_up((uint64_t)p->ring * l->stride[i], LAYOUT_ALIGN);
        if (l->total > TAPE_BYTES_MAX)
            return err_set(e, ERR_LIMIT, "a tape of more than %zu bytes", TAPE_BYTES_MAX);
    }
    return 0;
}

void
layout_put(const struct layout *l, uint8_t *head)
{
    memset(head, 0, layout_head_bytes(l));
    memcpy(head, magic, sizeof magic);
    bytes_put32(head + 8, LAYOUT_VERSION);
    bytes_put32(head + 12, (uint32_t)l->n);
    bytes_put64(head + 16, l->total);
    bytes_put64(head + 24, l->marks_at);
    bytes_put64(head + 32, l->about_at);
    bytes_put64(head + 40, l->about_bytes);
    for (int i = 0; i < l->n; i++) {
        const struct plane_spec *p = &l->plane[i];
        uint8_t *r = head + LAYOUT_HEAD + i * LAYOUT_PLANE;
        bytes_put32(r, (uint32_t)p->quantity);
        r[4] = p->view;
        r[5] = p->energy;
        r[6] = p->lattice;
        r[7] = p->scratch;
        bytes_put32(r + 8, (uint32_t)p->rows);
        bytes_put32(r + 12, (uint32_t)p->cols);
        bytes_put32(r + 16, (uint32_t)p->lines);
        bytes_put32(r + 20, (uint32_t)p->ring);
        bytes_put64(r + 24, l->offset[i]);
        bytes_put64(r + 32, l->stride[i]);
    }
}

static int
get_plane(const uint8_t *r, int i, struct layout *l, uint64_t *end, struct err *e)
{
    struct plane_spec *p = &l->plane[i];

    if (r[7] > 1)
        return err_set(e, ERR_INPUT, "plane %d: damaged head", i);
    *p = (struct plane_spec){.quantity = (enum quantity)bytes_get32(r),
                             .view = r[4],
                             .energy = r[5],
                             .lattice = r[6],
                             .scratch = r[7] == 1,
                             .rows = (int32_t)bytes_get32(r + 8),
                             .cols = (int32_t)bytes_get32(r + 12),
                             .lines = (int32_t)bytes_get32(r + 16),
                             .ring = (int32_t)bytes_get32(r + 20)};
    if (layout_check_plane(p, i, e) != 0)
        return -1;
    uint64_t at = bytes_get64(r + 24), stride = bytes_get64(r + 32);
    if (stride % LAYOUT_LINE_ALIGN != 0 || stride < layout_line_bytes(p) || stride > l->total)
        return err_set(e, ERR_INPUT, "plane %d: lines %llu bytes apart cannot be", i,
                       (unsigned long long)stride);
    /* ring < 2^23 and stride <= total < 2^41, so the product cannot overflow */
    if (at % LAYOUT_ALIGN != 0 || at < *end || at > l->total ||
        (uint64_t)p->ring * stride > l->total - at)
        return err_set(e, ERR_INPUT, "plane %d: overlaps another one or leaves the memory", i);
    l->offset[i] = at;
    l->stride[i] = stride;
    *end = at + (uint64_t)p->ring * stride;
    return 0;
}

int
layout_get(const uint8_t *head, size_t n, uint64_t total, struct layout *l, struct err *e)
{
    memset(l, 0, sizeof *l);
    if (n < LAYOUT_HEAD || memcmp(head, magic, sizeof magic) != 0)
        return err_set(e, ERR_INPUT, "this memory is not a tape");
    if (bytes_get32(head + 8) != LAYOUT_VERSION)
        return err_set(e, ERR_INPUT, "the tape has version %u, this program reads %d",
                       bytes_get32(head + 8), LAYOUT_VERSION);
    uint32_t planes = bytes_get32(head + 12);
    if (planes < 1 || planes > TAPE_PLANES_MAX || n < LAYOUT_HEAD + planes * LAYOUT_PLANE)
        return err_set(e, ERR_INPUT, "a tape of %u planes; 1 to %d are possible", planes,
                       TAPE_PLANES_MAX);
    l->n = (int)planes;
    l->total = bytes_get64(head + 16);
    l->marks_at = bytes_get64(head + 24);
    l->about_at = bytes_get64(head + 32);
    l->about_bytes = bytes_get64(head + 40);
    if (l->total != total || total > TAPE_BYTES_MAX)
        return err_set(e, ERR_INPUT, "the head says %llu bytes, the memory has %llu",
                       (unsigned long long)l->total, (unsigned long long)total);
    uint64_t marks_end = l->marks_at + planes * LAYOUT_CELL;
    if (l->marks_at != layout_head_bytes(l) || l->about_at != marks_end ||
        l->about_bytes > TAPE_ABOUT_MAX || l->about_bytes > total - l->about_at)
        return err_set(e, ERR_INPUT, "the head of the tape is damaged");
    uint64_t end = l->about_at + l->about_bytes;
    for (int i = 0; i < l->n; i++)
        if (get_plane(head + LAYOUT_HEAD + i * LAYOUT_PLANE, i, l, &end, e) != 0)
            return -1;
    return 0;
}
