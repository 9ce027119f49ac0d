/* main: finds the subcommand and hands over. */
#include "base/text.h"
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

const struct command *
cmd_find(const char *name)
{
    for (int i = 0; cmd_table[i] != NULL; i++)
        if (strcmp(cmd_table[i]->name, name) == 0)
            return cmd_table[i];
    return NULL;
}

static int
unknown(const char *name)
{
    const char *nearest = "help";

    for (int i = 0; cmd_table[i] != NULL; i++)
        if (text_distance(name, cmd_table[i]->name) < text_distance(name, nearest))
            nearest = cmd_table[i]->name;
    if (text_distance(name, nearest) <= 3)
        return cmd_bad("'%.60s' is not a subcommand; did you mean '%s'?", name, nearest);
    return cmd_bad("'%.60s' is not a subcommand; 'doorlicht help' lists them", name);
}

int
main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "help";

    cmd_start();
    if (strcmp(name, "--version") == 0) {
        printf("doorlicht %s\n", DOORLICHT_VERSION);
        return cmd_end(CMD_OK);
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    const struct command *c = cmd_find(name);
    if (c == NULL)
        return unknown(name);
    cmd_set_name(c->name);
    return cmd_end(argc > 1 ? c->run(argc - 1, argv + 1) : c->run(1, (char *[]){"help", NULL}));
}
