/* record: see record.h. */
#include "acq/record.h"

#include <stdio.h>
#include <string.h>

/* BYTE BYTES: within the line, of a width that there is. */
static int
read_field(const struct text *t, const struct text_node *n, int64_t line_bytes, int widest,
           struct record_field *f, struct err *e)
{
    int64_t at, bytes;

    if (text_whole(t, n, 0, 0, line_bytes - 1, &at, e) != 0 ||
        text_whole(t, n, 1, 1, widest, &bytes, e) != 0)
        return -1;
    if ((bytes & (bytes - 1)) != 0)
        return text_error(t, n, e, "a number takes 1, 2, 4 or 8 bytes, not %lld", (long long)bytes);
    if (at + bytes > line_bytes)
        return text_error(t, n, e, "byte %lld is behind the end of a line of %lld",
                          (long long)(at + bytes), (long long)line_bytes);
    *f = (struct record_field){(int32_t)at, (int32_t)bytes};
    return 0;
}

static int
read_fields(const struct text *t, const struct text_node *in, struct record_layout *l,
            struct err *e)
{
    struct {
        const char *word;
        struct record_field *to;
    } rows[] = {{"counter", &l->counter},
                {"encoder", &l->encoder},
                {"time", &l->time},
                {"flags", &l->flags},
                {"dose", &l->dose}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct text_node *n;
        if (text_one(t, in, rows[i].word, &n, e) != 0)
            return -1;
        if (n != NULL && (text_args(t, n, 2, 2, e) != 0 ||
                          read_field(t, n, l->line_bytes, 8, rows[i].to, e) != 0))
            return -1;
    }
    if (l->counter.bytes == 0)
        return text_error(t, in, e, "counter is missing; without it lost lines go unseen");
    return 0;
}

/* samples BYTE BYTES BITS PIXELS */
static int
read_samples(const struct text *t, const struct text_node *in, struct record_layout *l,
             struct err *e)
{
    const struct text_node *n;
    int64_t bits, pixels;

    if (text_need(t, in, "samples", &n, e) != 0 || text_args(t, n, 4, 4, e) != 0 ||
        read_field(t, n, l->line_bytes, 4, &l->sample, e) != 0 ||
        text_whole(t, n, 2, 1, 8 * l->sample.bytes < 20 ? 8 * l->sample.bytes : 20, &bits, e) !=
            0 ||
        text_whole(t, n, 3, 1, RECORD_PIXELS_MAX, &pixels, e) != 0)
        return -1;
    if (l->sample.at + pixels * l->sample.bytes > l->line_bytes)
        return text_error(t, n, e, "%lld samples do not fit into a line of %d bytes",
                          (long long)pixels, l->line_bytes);
    l->sample_bits = (int32_t)bits;
    l->pixels = (int32_t)pixels;
    return 0;
}

static int
read_bit(const struct text *t, const struct text_node *in, const char *word,
         const struct record_layout *l, int32_t *bit, struct err *e)
{
    const struct text_node *n;
    int64_t value;

    *bit = -1;
    if (text_one(t, in, word, &n, e) != 0)
        return -1;
    if (n == NULL)
        return 0;
    if (l->flags.bytes == 0)
        return text_error(t, n, e, "there are no flags that could hold this bit");
    if (text_args(t, n, 1, 1, e) != 0 ||
        text_whole(t, n, 0, 0, 8 * l->flags.bytes - 1, &value, e) != 0)
        return -1;
    *bit = (int32_t)value;
    return 0;
}

static int
read_block(const struct text *t, const struct text_node *in, struct record_layout *l, struct err *e)
{
    static const char *const words[] = {
        "line_bytes", "order",   "counter",  "encoder",  "time",        "flags",   "dose",
        "encoder_mm", "time_ns", "dose_one", "high_bit", "curtain_bit", "samples", NULL};
    static const char *const orders[] = {"little", "big", NULL};
    const struct text_node *order;
    int64_t bytes;
    double time_ns = 1000;
    int choice;

    if (text_only(t, in, words, e) != 0 ||
        text_need_whole(t, in, "line_bytes", 1, RECORD_BYTES_MAX, &bytes, e) != 0 ||
        text_need(t, in, "order", &order, e) != 0 || text_args(t, order, 1, 1, e) != 0 ||
        text_choice(t, order, 0, orders, &choice, e) != 0)
        return -1;
    l->line_bytes = (int32_t)bytes;
    l->big = choice == 1;
    l->encoder_mm = l->dose_one = 1;
    if (read_fields(t, in, l, e) != 0 || read_samples(t, in, l, e) != 0 ||
        read_bit(t, in, "high_bit", l, &l->high_bit, e) != 0 ||
        read_bit(t, in, "curtain_bit", l, &l->curtain_bit, e) != 0 ||
        text_set(t, in, "encoder_mm", 1e-6, 1000, &l->encoder_mm, e) != 0 ||
        text_set(t, in, "dose_one", 1e-3, 1e18, &l->dose_one, e) != 0 ||
        text_set(t, in, "time_ns", 1, 1e9, &time_ns, e) != 0)
        return -1;
    l->time_ns = (int64_t)time_ns;
    return 0;
}

int
record_layout_read(const struct text *t, struct record_layout *l, struct err *e)
{
    static const char *const words[] = {"detector", NULL};
    struct record_layout made = {.name = ""};
    const struct text_node *n;

    if (text_only(t, t->root, words, e) != 0 || text_need(t, t->root, "detector", &n, e) != 0 ||
        text_args(t, n, 1, 1, e) != 0 || read_block(t, n, &made, e) != 0)
        return -1;
    if (strlen(n->arg[0]) >= sizeof made.name)
        return text_error(t, n, e, "the name has more than %zu bytes", sizeof made.name - 1);
    snprintf(made.name, sizeof made.name, "%s", n->arg[0]);
    *l = made;
    return 0;
}

static uint64_t
get(const struct record_layout *l, const uint8_t *p, int bytes)
{
    uint64_t v = 0;

    for (int i = 0; i < bytes; i++)
        v = v << 8 | p[l->big ? i : bytes - 1 - i];
    return v;
}

static uint64_t
get_field(const struct record_layout *l, const uint8_t *line, struct record_field f)
{
    return get(l, line + f.at, f.bytes);
}

static bool
get_bit(uint64_t flags, int32_t bit)
{
    return bit >= 0 && (flags >> bit & 1) != 0;
}

int
record_line_read(const struct record_layout *l, const uint8_t *bytes, size_t n,
                 struct record_line *line, uint32_t *counts, struct err *e)
{
    const uint8_t *p = bytes;

    if (n != (size_t)l->line_bytes)
        return err_set(e, ERR_INPUT, "a line of %zu bytes; detector '%s' sends %d", n, l->name,
                       l->line_bytes);
    p += l->sample.at;
    for (int32_t i = 0; i < l->pixels; i++, p += l->sample.bytes) {
        counts[i] = (uint32_t)get(l, p, l->sample.bytes);
        if (counts[i] >> l->sample_bits != 0)
            return err_set(e, ERR_INPUT, "sample %d of a line is %u; detector '%s' has %d bits", i,
                           counts[i], l->name, l->sample_bits);
    }
    uint64_t flags = get_field(l, bytes, l->flags);
    *line = (struct record_line){
        .counter = get_field(l, bytes, l->counter),
        .encoder = get_field(l, bytes, l->encoder),
        .t_ns = (int64_t)(get_field(l, bytes, l->time) % (uint64_t)(INT64_MAX / l->time_ns)) *
                l->time_ns,
        .dose = (double)get_field(l, bytes, l->dose) / l->dose_one,
        .high = get_bit(flags, l->high_bit),
        .curtain = get_bit(flags, l->curtain_bit),
    };
    return 0;
}
