/* head: the head of a tape file: a preamble with lengths and hash, then text in the grammar of
 * base/text.h: one block per plane, and the block `about` with the scan's own text. */
#include "base/arena.h"
#include "base/bytes.h"
#include "base/text.h"
#include "tape/format.h"
#include "tape/layout.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ABOUT_OPEN "about {\n"
#define ABOUT_CLOSE "\n}\n"

static const char *const code_names[] = {"u8", "u16", "u32", "f32", "i64", "rgba", "pose", NULL};
static const char *const lattice_names[] = {"line", "grid", "proj", "slice", "calib", NULL};
static const char *const plane_words[] = {"view", "energy", "lattice", "code",      "rows",
                                          "cols", "lines",  "unit",    "run_lines", NULL};

static size_t
print_plane(char *text, size_t room, const struct plane_spec *p, int32_t run_lines)
{
    const struct quantity_info *q = &quantity_table[p->quantity];
    int n =
        snprintf(text, room,
                 "plane %s {\n    unit \"%s\"\n    code %s\n    view %d\n    energy %d\n"
                 "    lattice %s\n    rows %d\n    cols %d\n    lines %d\n    run_lines %d\n}\n",
                 q->name, q->unit, code_names[q->code], p->view, p->energy,
                 lattice_names[p->lattice], p->rows, p->cols, p->lines, run_lines);
    assert(n > 0 && (size_t)n < room); /* 128 planes of at most 400 bytes fit FORMAT_TEXT_MAX */
    return (size_t)n;
}

/* SHA-256 of the preamble in front of the hash, and of the text behind it. */
static void
hash_head(const uint8_t *bytes, size_t n, uint8_t out[HASH_BYTES])
{
    struct hash *h = hash_new();

    hash_add(h, bytes, FORMAT_PREAMBLE - HASH_BYTES);
    hash_add(h, bytes + FORMAT_PREAMBLE, n - FORMAT_PREAMBLE);
    hash_end(h, out);
}

static size_t
text_bytes(size_t planes, size_t about)
{
    return planes + strlen(ABOUT_OPEN) + about + strlen(ABOUT_CLOSE);
}

int
format_head_make(const struct tape *t, struct format_head *h, int map[TAPE_PLANES_MAX],
                 struct err *e)
{
    char *text = mem_zero(FORMAT_TEXT_MAX, 1);
    size_t n = 0, about = strlen(tape_about(t));

    memset(h, 0, sizeof *h);
    for (int i = 0; i < tape_planes(t); i++) {
        if (tape_plane(t, i)->scratch)
            continue;
        map[h->n] = i;
        h->plane[h->n] = *tape_plane(t, i);
        h->run_lines[h->n] = format_run_lines(&h->plane[h->n]);
        n += print_plane(text + n, FORMAT_TEXT_MAX - n, &h->plane[h->n], h->run_lines[h->n]);
        h->n++;
    }
    if (h->n == 0) {
        mem_free(text);
        return err_set(e, ERR_INPUT, "a tape of nothing but scratch planes cannot be saved");
    }
    h->about = mem_zero(about + 1, 1);
    memcpy(h->about, tape_about(t), about);
    h->n_bytes = FORMAT_PREAMBLE + text_bytes(n, about);
    h->bytes = mem_zero(h->n_bytes + 1, 1);
    memcpy(h->bytes, format_magic_head, FORMAT_MAGIC);
    bytes_put32(h->bytes + 8, FORMAT_VERSION);
    bytes_put32(h->bytes + 12, (uint32_t)n);
    bytes_put32(h->bytes + 16, (uint32_t)about);
    memcpy(h->bytes + FORMAT_PREAMBLE, text, n);
    snprintf((char *)h->bytes + FORMAT_PREAMBLE + n, text_bytes(0, about) + 1, "%s%s%s", ABOUT_OPEN,
             h->about, ABOUT_CLOSE);
    hash_head(h->bytes, h->n_bytes, h->hash);
    memcpy(h->bytes + FORMAT_PREAMBLE - HASH_BYTES, h->hash, HASH_BYTES);
    mem_free(text);
    return 0;
}

size_t
format_head_bytes(const uint8_t *b)
{
    size_t planes = bytes_get32(b + 12), about = bytes_get32(b + 16);

    if (memcmp(b, format_magic_head, FORMAT_MAGIC) != 0 || planes > FORMAT_TEXT_MAX ||
        about > TAPE_ABOUT_MAX)
        return 0;
    return FORMAT_PREAMBLE + text_bytes(planes, about);
}

static int
one_choice(const struct text *t, const struct text_node *in, const char *word,
           const char *const *words, int *out, struct err *e)
{
    const struct text_node *n;

    if (text_need(t, in, word, &n, e) != 0 || text_args(t, n, 1, 1, e) != 0)
        return -1;
    return text_choice(t, n, 0, words, out, e);
}

static int
parse_numbers(const struct text *t, const struct text_node *n, struct plane_spec *p,
              int32_t *run_lines, struct err *e)
{
    int64_t view, energy, rows, cols, lines, run;

    if (text_need_whole(t, n, "view", 0, 255, &view, e) != 0 ||
        text_need_whole(t, n, "energy", 0, 2, &energy, e) != 0 ||
        text_need_whole(t, n, "rows", 1, TAPE_ROWS_MAX, &rows, e) != 0 ||
        text_need_whole(t, n, "cols", 1, TAPE_ROWS_MAX, &cols, e) != 0 ||
        text_need_whole(t, n, "lines", 1, TAPE_LINES_MAX, &lines, e) != 0 ||
        text_need_whole(t, n, "run_lines", 1, TAPE_LINES_MAX, &run, e) != 0)
        return -1;
    p->view = (uint8_t)view;
    p->energy = (uint8_t)energy;
    p->rows = (int32_t)rows;
    p->cols = (int32_t)cols;
    p->lines = p->ring = (int32_t)lines;
    *run_lines = (int32_t)run;
    return 0;
}

static int
parse_plane(const struct text *t, const struct text_node *n, struct format_head *h, struct err *e)
{
    struct plane_spec *p = &h->plane[h->n];
    int code, lattice;

    if (strcmp(n->word, "plane") != 0 || !n->block)
        return text_error(t, n, e, "a block 'plane' is needed here");
    if (h->n == TAPE_PLANES_MAX)
        return text_error(t, n, e, "more than %d planes", TAPE_PLANES_MAX);
    if (text_args(t, n, 1, 1, e) != 0 || text_only(t, n, plane_words, e) != 0)
        return -1;
    int q = quantity_find(n->arg[0]);
    if (q < 0)
        return text_error(t, n, e, "this version knows no quantity '%.60s'", n->arg[0]);
    if (one_choice(t, n, "code", code_names, &code, e) != 0 ||
        one_choice(t, n, "lattice", lattice_names, &lattice, e) != 0 ||
        parse_numbers(t, n, p, &h->run_lines[h->n], e) != 0)
        return -1;
    if (code != (int)quantity_table[q].code)
        return text_error(t, n, e, "'%s' is coded as %s here, not %s", n->arg[0],
                          code_names[quantity_table[q].code], code_names[code]);
    p->quantity = (enum quantity)q;
    p->lattice = (uint8_t)lattice;
    if (layout_check_plane(p, h->n, e) != 0)
        return -1;
    if (!format_run_lines_ok(p, h->run_lines[h->n]))
        return text_error(t, n, e, "runs of %d lines are too long or too short",
                          h->run_lines[h->n]);
    h->n++;
    return 0;
}

/* The two texts inside the head, each on its own: a brace in one cannot reach into the other. */
static int
parse_texts(struct format_head *h, const char *name, size_t planes, size_t about, struct err *e)
{
    const char *text = (const char *)h->bytes + FORMAT_PREAMBLE;
    struct text t;
    int result = 0;

    if (memcmp(text + planes, ABOUT_OPEN, strlen(ABOUT_OPEN)) != 0 ||
        memcmp(text + planes + strlen(ABOUT_OPEN) + about, ABOUT_CLOSE, strlen(ABOUT_CLOSE)) != 0)
        return err_set(e, ERR_INPUT, "%s: the head has no block 'about' at its end", name);
    if (text_parse(&t, name, text, planes, e) != 0)
        return -1;
    for (const struct text_node *n = t.root->first; n != NULL && result == 0; n = n->next)
        result = parse_plane(&t, n, h, e);
    text_free(&t);
    if (result != 0)
        return -1;
    if (h->n == 0)
        return err_set(e, ERR_INPUT, "%s: the head names no plane", name);
    h->about = mem_zero(about + 1, 1);
    memcpy(h->about, text + planes + strlen(ABOUT_OPEN), about);
    return layout_check_about(h->about, about, e) == 0 ? 0 : err_at(e, "%s", name);
}

int
format_head_parse(const uint8_t *bytes, size_t n, const char *name, struct format_head *h,
                  struct err *e)
{
    memset(h, 0, sizeof *h);
    if (n < FORMAT_PREAMBLE || memcmp(bytes, format_magic_head, FORMAT_MAGIC) != 0)
        return err_set(e, ERR_INPUT, "%s: not a tape file", name);
    if (bytes_get32(bytes + 8) != FORMAT_VERSION)
        return err_set(e, ERR_INPUT, "%s: version %u of the tape format; this program reads %d",
                       name, bytes_get32(bytes + 8), FORMAT_VERSION);
    size_t want = format_head_bytes(bytes);
    if (want == 0 || want > n)
        return err_set(e, ERR_INPUT, "%s: the head is cut or damaged", name);
    hash_head(bytes, want, h->hash);
    if (memcmp(h->hash, bytes + FORMAT_PREAMBLE - HASH_BYTES, HASH_BYTES) != 0)
        return err_set(e, ERR_INPUT, "%s: the head is damaged: its hash is wrong", name);
    h->n_bytes = want;
    h->bytes = mem_zero(want + 1, 1);
    memcpy(h->bytes, bytes, want);
    if (parse_texts(h, name, bytes_get32(bytes + 12), bytes_get32(bytes + 16), e) != 0) {
        format_head_free(h);
        return -1;
    }
    return 0;
}

void
format_head_free(struct format_head *h)
{
    mem_free(h->about);
    mem_free(h->bytes);
    h->about = NULL;
    h->bytes = NULL;
}
