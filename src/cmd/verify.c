/* verify: is every byte of a scan as it was written? If not, which lines are lost; on request what
 * is left goes into a new file. */
#include "base/arena.h"
#include "cmd/cmd.h"
#include "tape/file.h"

#include <stdio.h>
#include <string.h>

struct verify {
    bool json, bad_name;
    const char *salvage;
    json_t *list; /* one object a file, with --json */
    int worst;
};

static json_t *
losses_json(const struct tape *t, const struct tape_report *r)
{
    json_t *list = json_array();

    for (int i = 0; i < r->n_losses && i < TAPE_LOSSES_MAX; i++) {
        const struct tape_loss *l = &r->loss[i];
        const struct plane_spec *p = tape_plane(t, l->plane);
        json_array_append_new(list,
                              json_pack("{si ss si si si si}", "plane", l->plane, "quantity",
                                        quantity_table[p->quantity].name, "view", p->view, "energy",
                                        p->energy, "first", l->first, "lines", l->lines));
    }
    return list;
}

static void
add_file(struct verify *v, json_t *object)
{
    v->bad_name |= object == NULL; /* JSON is UTF-8, file names need not be */
    json_array_append_new(v->list, object);
}

static void
report_json(struct verify *v, const char *path, const struct tape *t, const struct tape_report *r)
{
    char hex[HASH_HEX];

    hash_hex(r->root, hex);
    json_array_append_new(v->list,
                          json_pack("{ss ss sb ss si si si si so}", "file", path, "result",
                                    tape_report_whole(r) ? "whole" : "damaged", "ended", r->sealed,
                                    "root", hex, "runs", r->runs, "runs_lost", r->runs_bad, "flaws",
                                    r->flaws, "losses", r->n_losses, "lost", losses_json(t, r)));
}

static void
print_losses(const struct tape *t, const struct tape_report *r)
{
    for (int i = 0; i < r->n_losses && i < TAPE_LOSSES_MAX; i++) {
        const struct tape_loss *l = &r->loss[i];
        const struct plane_spec *p = tape_plane(t, l->plane);
        bool open_end = !r->sealed && l->first == r->end[l->plane];
        printf("    lost: plane %d (%s, view %d, energy %d), ", l->plane,
               quantity_table[p->quantity].name, p->view, p->energy);
        if (open_end)
            printf("whatever followed line %d\n", l->first - 1);
        else
            printf("lines %d to %d\n", l->first, l->first + l->lines - 1);
    }
    if (r->n_losses > TAPE_LOSSES_MAX)
        printf("    and %d places more\n", r->n_losses - TAPE_LOSSES_MAX);
}

static void
print_report(const char *path, const struct tape *t, const struct tape_report *r)
{
    char hex[HASH_HEX];

    hash_hex(r->root, hex);
    if (tape_report_whole(r)) {
        printf("%s: whole: %d runs, root %s\n", cmd_shown(path), r->runs, hex);
        return;
    }
    printf("%s: damaged: %d runs are whole, %d lost%s; root of %s %s\n", cmd_shown(path), r->runs,
           r->runs_bad, r->sealed ? "" : ", the end is missing",
           r->sealed ? "the undamaged scan" : "what is left", hex);
    if (r->n_losses == 0)
        printf("    no line is lost; %d damaged places could be put right\n", r->flaws);
    print_losses(t, r);
}

static int
save_rest(const char *path, const char *to, struct tape_report *r, struct err *e)
{
    struct tape *t;
    uint8_t root[HASH_BYTES];

    if (tape_salvage(path, &t, r, e) != 0)
        return -1;
    int result = tape_save(to, t, root, e);
    tape_free(t);
    return result;
}

static int
verify_file(struct verify *v, const char *path, struct tape_report *r)
{
    struct err e;
    struct tape *t;

    if (tape_check(path, r, &e) != 0 || tape_load_head(path, &t, &e) != 0) {
        if (v->json)
            add_file(
                v, json_pack("{ss ss ss}", "file", path, "result", "unreadable", "error", e.text));
        cmd_fail(&e);
        return CMD_BAD;
    }
    int refused = r->refused, result = tape_report_whole(r) && refused == 0 ? CMD_OK : CMD_FOUND;
    if (v->json)
        report_json(v, path, t, r);
    else
        print_report(path, t, r);
    tape_free(t);
    if (v->salvage != NULL && save_rest(path, v->salvage, r, &e) != 0) {
        cmd_fail(&e);
        return CMD_BAD;
    }
    refused = refused != 0 ? refused : r->refused; /* when it was read again */
    if (refused != 0)
        cmd_note("%s: the disk refused to read some of it (%s): that may not be lost", path,
                 strerror(refused));
    return result;
}

static int
verify_run(int argc, char **argv)
{
    extern const struct command command_verify;
    struct verify v = {.worst = CMD_OK};
    const struct cmd_option rows[] = {
        {.name = "salvage",
         .kind = CMD_TEXT,
         .to = &v.salvage,
         .argument = "OUT",
         .meaning = "write what is left of the one FILE to a new tape"},
        CMD_ROW_JSON(&v.json),
        {.name = NULL},
    };
    int n = cmd_options(&command_verify, rows, argc, argv, 1, 4096);
    struct err e;

    if (v.salvage != NULL && n > 1)
        return cmd_bad("--salvage takes one FILE, %d are given", n);
    if (v.salvage != NULL && cmd_output(v.salvage, &e) != 0)
        return cmd_fail(&e);
    v.list = v.json ? json_array() : NULL;
    struct tape_report *r = mem_zero(1, sizeof *r);
    for (int i = 0; i < n; i++) {
        int result = verify_file(&v, argv[i], r);
        v.worst = result > v.worst ? result : v.worst;
    }
    mem_free(r);
    if (v.json && cmd_print_json(json_pack("{so}", "files", v.list)) != CMD_OK)
        return CMD_BAD;
    return v.bad_name ? cmd_bad("the name of a file is not UTF-8") : v.worst;
}

const struct command command_verify = {
    .name = "verify",
    .brief = "Check every byte of scans, name what is lost, save what is left",
    .usage = "FILE ...",
    .run = verify_run,
};
