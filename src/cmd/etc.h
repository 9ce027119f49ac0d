/* etc: finds data files by name: scanners, recipes. */
#ifndef CMD_ETC_H
#define CMD_ETC_H

#include "base/err.h"

#define ETC_PATH_MAX 1024

/* `what` is a path (it has a slash or the suffix) and is taken as it is, or a name, looked for as
 * KIND/NAMESUFFIX in $DOORLICHT_ETC, ./etc, beside the executable (../etc, ../share/doorlicht).
 * kind "scanners", suffix ".scanner". ERR_INPUT if there is none. */
int etc_find(const char *kind, const char *suffix, const char *what, char path[ETC_PATH_MAX],
             struct err *e) MUST_USE;

/* Folder of the running program, without the last slash; "." if the system does not say. */
void etc_own_folder(char folder[ETC_PATH_MAX]);

#endif
