/* info: what is in a scan: planes, lines, sizes, where it comes from. Reads head, poses and index
 * only; verify reads everything. */
#include "base/arena.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "tape/file.h"

#include <stdio.h>
#include <string.h>

static const char *const lattice_names[LATTICES] = {"line", "grid", "proj", "slice", "calib"};
static const char *const energy_names[] = {"low", "high", "both"};

struct info {
    const char *path;
    struct tape *t;
    struct tape_report *r;
    char item[128], scanner[128]; /* "" = not said */
    double duration_s;            /* -1: no poses */
    char root[HASH_HEX];
};

/* The first argument of a line of `about`. */
static void
about_word(const struct text *t, const char *word, char out[128])
{
    const struct text_node *n = text_find(t->root, word);

    snprintf(out, 128, "%s", n != NULL && n->n_args > 0 ? n->arg[0] : "");
}

static double
duration_s(const struct tape *t)
{
    int p = tape_find(t, Q_POSE, -1, -1);
    int32_t n = p < 0 ? 0 : tape_mark(t, p);

    if (n == 0)
        return -1;
    int64_t first = ((const struct pose *)tape_read(t, p, 0))->t_ns;
    int64_t last = ((const struct pose *)tape_read(t, p, n - 1))->t_ns;
    return ((double)last - (double)first) * 1e-9;
}

static int
info_read(struct info *o, struct err *e)
{
    struct text text;

    if (tape_glance(o->path, &o->t, o->r, e) != 0)
        return -1;
    if (text_parse(&text, "about", tape_about(o->t), strlen(tape_about(o->t)), e) == 0) {
        about_word(&text, "item", o->item);
        about_word(&text, "scanner", o->scanner);
        text_free(&text);
    }
    o->duration_s = duration_s(o->t);
    hash_hex(o->r->root, o->root);
    return 0;
}

static json_t *
plane_json(const struct info *o, int p)
{
    const struct plane_spec *s = tape_plane(o->t, p);
    const struct quantity_info *q = &quantity_table[s->quantity];

    return json_pack(
        "{si ss ss si ss ss si si si si sI sI}", "plane", p, "quantity", q->name, "unit", q->unit,
        "view", s->view, "energy", energy_names[s->energy], "lattice", lattice_names[s->lattice],
        "rows", s->rows, "cols", s->cols, "lines", o->r->end[p], "capacity", s->lines, "line_bytes",
        (json_int_t)tape_line_bytes(o->t, p), "stored_bytes", (json_int_t)o->r->stored_bytes[p]);
}

static json_t *
info_json(const struct info *o)
{
    json_t *planes = json_array();

    for (int p = 0; p < tape_planes(o->t); p++)
        json_array_append_new(planes, plane_json(o, p));
    return json_pack("{ss sb ss ss* ss* so sI sI so ss}", "file", o->path, "ended", o->r->sealed,
                     "root", o->root, "item", o->item[0] == '\0' ? NULL : o->item, "scanner",
                     o->scanner[0] == '\0' ? NULL : o->scanner, "duration_s",
                     o->duration_s < 0 ? json_null() : json_real(o->duration_s), "file_bytes",
                     (json_int_t)o->r->file_bytes, "plain_bytes", (json_int_t)o->r->plain_bytes,
                     "planes", planes, "about", tape_about(o->t));
}

static void
print_plane(const struct info *o, int p)
{
    const struct plane_spec *s = tape_plane(o->t, p);
    double plain = (double)tape_line_bytes(o->t, p) * o->r->end[p];
    char shape[32];

    snprintf(shape, sizeof shape, s->cols > 1 ? "%d x %d" : "%d", s->rows, s->cols);
    printf("%5d  %-14s %-6s %4d  %-6s %-7s %11s %8d %10.2f %6.0f %%\n", p,
           quantity_table[s->quantity].name, quantity_table[s->quantity].unit, s->view,
           energy_names[s->energy], lattice_names[s->lattice], shape, o->r->end[p],
           (double)o->r->stored_bytes[p] * 1e-6,
           plain > 0 ? 100 * (double)o->r->stored_bytes[p] / plain : 0);
}

static void
print_about(const char *text)
{
    struct arena arena = {.block = NULL};

    putchar('\n');
    for (size_t n; *text != '\0'; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        printf("%s\n", cmd_shown(arena_text(&arena, text, n)));
    }
    arena_free(&arena);
}

static void
print_info(const struct info *o, bool about)
{
    printf("file      %s, %.2f MB (%.2f MB of lines)\n", cmd_shown(o->path),
           (double)o->r->file_bytes * 1e-6, (double)o->r->plain_bytes * 1e-6);
    if (o->item[0] != '\0')
        printf("item      %s\n", cmd_shown(o->item));
    if (o->scanner[0] != '\0')
        printf("scanner   %s\n", cmd_shown(o->scanner));
    if (o->duration_s >= 0)
        printf("duration  %.3f s\n", o->duration_s);
    if (o->r->sealed)
        printf("root      %s\n", o->root);
    else
        printf("root      none: the end of the file is missing; see doorlicht verify\n");
    printf("plane  quantity       unit   view  energy lattice      in line    lines  stored MB"
           "  of plain\n");
    for (int p = 0; p < tape_planes(o->t); p++)
        print_plane(o, p);
    if (about)
        print_about(tape_about(o->t));
}

static int
info_run(int argc, char **argv)
{
    extern const struct command command_info;
    bool json = false, about = false;
    const struct cmd_option rows[] = {
        {.name = "about",
         .kind = CMD_FLAG,
         .to = &about,
         .meaning = "also print the scan's own text: scanner, scene, history"},
        CMD_ROW_JSON(&json),
        {.name = NULL},
    };
    struct err e;
    struct info o = {.t = NULL};

    cmd_options(&command_info, rows, argc, argv, 1, 1);
    o.path = argv[0];
    o.r = mem_zero(1, sizeof *o.r);
    int result = info_read(&o, &e);
    if (result != 0)
        result = cmd_fail(&e);
    else if (json)
        result = cmd_print_json(info_json(&o));
    else
        print_info(&o, about);
    if (result == CMD_OK && !o.r->sealed)
        result = CMD_FOUND;
    tape_free(o.t);
    mem_free(o.r);
    return result;
}

const struct command command_info = {
    .name = "info",
    .brief = "Show what is in a scan: planes, lines, sizes, origin",
    .usage = "FILE",
    .run = info_run,
};
