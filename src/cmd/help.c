/* help: the list of subcommands, or the help of one. */
#include "cmd/cmd.h"

#include <stdio.h>

static int
help_run(int argc, char **argv)
{
    extern const struct command command_help;
    static const struct cmd_option rows[] = {{.name = NULL}};
    int n = cmd_options(&command_help, rows, argc, argv, 0, 1);

    if (n == 1) {
        const struct command *c = cmd_find(argv[0]);
        if (c == NULL)
            return cmd_bad("'%.60s' is not a subcommand; 'doorlicht help' lists them", argv[0]);
        cmd_set_name(c->name);
        return c->run(2, (char *[]){argv[0], "--help", NULL});
    }
    printf("usage: doorlicht SUBCOMMAND [OPTION ...] [ARGUMENT ...]\n"
           "The software of a customs X-ray scanner: from detector counts to a picture.\n\n");
    for (int i = 0; cmd_table[i] != NULL; i++)
        printf("  %-12s%s\n", cmd_table[i]->name, cmd_table[i]->brief);
    printf("\n'doorlicht SUBCOMMAND --help' explains one; 'doorlicht --version' says which this "
           "is.\nExit codes: 0 success, 1 something was found, 2 bad input or usage.\n");
    return CMD_OK;
}

const struct command command_help = {
    .name = "help",
    .brief = "List the subcommands, or explain one",
    .usage = "[SUBCOMMAND]",
    .run = help_run,
};
