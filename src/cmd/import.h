/* import: measured frames as a tape in memory, for other subcommands that take a sidecar. */
#ifndef CMD_IMPORT_H
#define CMD_IMPORT_H

#include "cmd/cmd.h"
#include "tape/tape.h"

/* `folder` is where the sidecar's file names start; NULL = its own. The caller frees the tape; it
 * is sealed. */
int import_tape(const char *sidecar, const char *folder, const struct cmd_progress *progress,
                struct tape **out, struct err *e) MUST_USE;

#endif
