/* stages: what a recipe can be made of, from the stages' own descriptors. */
#include "cmd/cmd.h"
#include "stage/stage.h"

#include <stdio.h>
#include <string.h>

static const char *const lattice_word[LATTICES] = {"line", "grid", "projection", "slice",
                                                   "calibration"};

static void
print_ports(const char *word, const struct stage_port *p, int n)
{
    for (int i = 0; i < n; i++) {
        printf("%s%s", i == 0 ? word : ", ", quantity_table[p[i].quantity].name);
        if (p[i].energy >= 0)
            printf(" %s", p[i].energy == 0 ? "low" : p[i].energy == 1 ? "high" : "interlaced");
        if (p[i].optional)
            printf(" (optional)");
    }
    if (n > 0)
        printf("\n");
}

static void
print_stage(const struct stage *s)
{
    const struct stage_param *p = s->params;

    printf("%s\n    %s\n", s->name, s->brief);
    print_ports("    reads  ", s->reads, s->n_reads);
    print_ports("    writes ", s->writes, s->n_writes);
    for (int i = 0; p != NULL && p[i].name != NULL; i++) {
        if (p[i].words == NULL) {
            printf("    %-18s %8.6g %-6s %g to %g: %s\n", p[i].name, p[i].standard,
                   strcmp(p[i].unit, "1") == 0 ? "" : p[i].unit, p[i].min, p[i].max, p[i].meaning);
            continue;
        }
        printf("    %-18s %8s %-6s ", p[i].name, p[i].words[(int)p[i].standard], "");
        for (int w = 0; p[i].words[w] != NULL; w++)
            printf("%s%s", w > 0 ? ", " : "", p[i].words[w]);
        printf(": %s\n", p[i].meaning);
    }
}

static json_t *
ports_json(const struct stage_port *p, int n, bool writes)
{
    json_t *list = json_array();

    for (int i = 0; i < n; i++) {
        json_t *row = json_pack("{s:s}", "quantity", quantity_table[p[i].quantity].name);
        if (p[i].energy >= 0)
            json_object_set_new(row, "energy", json_integer(p[i].energy));
        if (p[i].optional)
            json_object_set_new(row, "optional", json_true());
        if (p[i].halo > 0)
            json_object_set_new(row, "halo_lines", json_integer(p[i].halo));
        if (writes && p[i].lattice < LATTICES)
            json_object_set_new(row, "lattice", json_string(lattice_word[p[i].lattice]));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *
stage_json(const struct stage *s)
{
    const struct stage_param *p = s->params;
    json_t *params = json_array(), *out = json_object();

    for (int i = 0; p != NULL && p[i].name != NULL; i++) {
        json_t *row = json_pack("{s:s, s:s, s:f, s:f, s:f, s:s}", "name", p[i].name, "unit",
                                p[i].unit, "standard", p[i].standard, "min", p[i].min, "max",
                                p[i].max, "meaning", p[i].meaning);
        json_t *words = json_array();
        for (int w = 0; p[i].words != NULL && p[i].words[w] != NULL; w++)
            json_array_append_new(words, json_string(p[i].words[w]));
        json_object_set_new(row, "words", words);
        json_array_append_new(params, row);
    }
    json_object_set_new(out, "name", json_string(s->name));
    json_object_set_new(out, "brief", json_string(s->brief));
    json_object_set_new(out, "per", json_string(s->per == STAGE_PER_VIEW ? "view" : "plane"));
    json_object_set_new(out, "params", params);
    json_object_set_new(out, "reads", ports_json(s->reads, s->n_reads, false));
    json_object_set_new(out, "writes", ports_json(s->writes, s->n_writes, true));
    return out;
}

static int
stages_run(int argc, char **argv)
{
    extern const struct command command_stages;
    bool json = false;
    const struct cmd_option rows[] = {CMD_ROW_JSON(&json), {.name = NULL}};
    int n = cmd_options(&command_stages, rows, argc, argv, 0, 1);
    const struct stage *only = n == 1 ? stage_find(argv[0]) : NULL;

    if (n == 1 && only == NULL)
        return cmd_bad("there is no stage '%.60s'; 'doorlicht stages' lists them", argv[0]);
    if (json) {
        json_t *list = json_array();
        for (int i = 0; stage_table[i] != NULL; i++)
            if (only == NULL || only == stage_table[i])
                json_array_append_new(list, stage_json(stage_table[i]));
        return cmd_print_json(list);
    }
    for (int i = 0; only == NULL && stage_table[i] != NULL; i++)
        printf("%-16s %s\n", stage_table[i]->name, stage_table[i]->brief);
    if (only != NULL)
        print_stage(only);
    else
        printf("\n'doorlicht stages NAME' shows the parameters of one.\n");
    return CMD_OK;
}

const struct command command_stages = {
    .name = "stages",
    .brief = "List the stages of recipes with their parameters, units and ranges",
    .usage = "[STAGE]",
    .run = stages_run,
};
