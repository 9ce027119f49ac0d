/* item: writes a random, realistic item as scene text: what `doorlicht sim` scans. */
#include "twin/item.h"
#include "base/file.h"
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

extern const struct command command_item;

static void
list(const char *title, bool (*row_of)(int, struct item_row *))
{
    struct item_row row;

    printf("%s\n", title);
    for (int i = 0; row_of(i, &row); i++)
        printf("  %-26s %s / %s\n", row.name, row.english, row.dutch);
}

static json_t *
list_json(bool (*row_of)(int, struct item_row *))
{
    struct item_row row;
    json_t *rows = json_array();

    for (int i = 0; row_of(i, &row); i++)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s}", "name", row.name, "title_en",
                                              row.english, "title_nl", row.dutch));
    return rows;
}

static int
print_lists(bool as_json)
{
    if (as_json)
        return cmd_print_json(
            json_pack("{s:o, s:o}", "kinds", list_json(item_kind), "hide", list_json(item_threat)));
    list("KIND:", item_kind);
    list("--hide:", item_threat);
    return CMD_OK;
}

static int
write_out(const struct item_text *text, const char *path)
{
    struct err e;

    if (path != NULL)
        return file_save(path, text->bytes, text->n, &e) == 0 ? CMD_OK : cmd_fail(&e);
    fwrite(text->bytes, 1, text->n, stdout); /* cmd_end looks at the result */
    return CMD_OK;
}

static int
run(int argc, char **argv)
{
    bool lists = false, as_json = false;
    int64_t seed = 1;
    const char *path = NULL;
    struct item_options options = {"none"};
    const struct cmd_option rows[] = {
        {.name = "list", .kind = CMD_FLAG, .to = &lists, .meaning = "print what there is"},
        CMD_ROW_JSON(&as_json),
        {.name = "seed",
         .letter = 's',
         .kind = CMD_WHOLE,
         .to = &seed,
         .argument = "N",
         .min = 0,
         .max = 4294967295.0,
         .meaning = "which of the random items; the same seed gives the same bytes"},
        {.name = "hide",
         .kind = CMD_TEXT,
         .to = &options.hide,
         .argument = "THINGS",
         .meaning = "none, random, or names with commas between: pistol,knife"},
        {.name = "output",
         .letter = 'o',
         .kind = CMD_TEXT,
         .to = &path,
         .argument = "SCENE",
         .meaning = "the file to write; standard output if not given"},
        {0},
    };
    int n = cmd_options(&command_item, rows, argc, argv, 0, 1);
    struct item_text text;
    struct err e;

    if (lists)
        return n == 0 ? print_lists(as_json) : cmd_bad("--list takes no KIND");
    if (n != 1)
        return cmd_bad("a KIND is missing; see doorlicht item --list");
    if (as_json)
        return cmd_bad("--json goes with --list; an item is always scene text");
    if (path != NULL && cmd_output(path, &e) != 0)
        return cmd_fail(&e);
    if (item_write(argv[0], (uint64_t)seed, &options, &text, &e) != 0)
        return cmd_fail(&e);
    int rc = write_out(&text, path);
    item_text_free(&text);
    return rc;
}

const struct command command_item = {
    .name = "item",
    .brief = "Make a random suitcase, parcel, container or lorry",
    .usage = "KIND",
    .run = run,
};
