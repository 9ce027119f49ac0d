/* etc: see etc.h. */
#include "cmd/etc.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

void
etc_own_folder(char folder[ETC_PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", folder, ETC_PATH_MAX - 1);

    folder[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash == NULL)
        snprintf(folder, ETC_PATH_MAX, ".");
    else
        *slash = '\0';
}

int
etc_find(const char *kind, const char *suffix, const char *what, char path[ETC_PATH_MAX],
         struct err *e)
{
    const char *given = getenv("DOORLICHT_ETC");
    char own[ETC_PATH_MAX], folder[2][ETC_PATH_MAX + 32];
    const char *folders[] = {given == NULL ? "etc" : given, "etc", folder[0], folder[1]};

    if (strchr(what, '/') != NULL || ends_with(what, suffix)) {
        if (snprintf(path, ETC_PATH_MAX, "%s", what) < ETC_PATH_MAX)
            return 0;
        return err_set(e, ERR_LIMIT, "'%.60s...': the path is too long", what);
    }
    etc_own_folder(own);
    snprintf(folder[0], sizeof folder[0], "%s/../etc", own);
    snprintf(folder[1], sizeof folder[1], "%s/../share/doorlicht", own);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        int n = snprintf(path, ETC_PATH_MAX, "%s/%s/%s%s", folders[i], kind, what, suffix);
        if (n < ETC_PATH_MAX && access(path, R_OK) == 0)
            return 0;
    }
    return err_set(e, ERR_INPUT, "'%.60s' is not one of our %s; give a path, or a name from etc/%s",
                   what, kind, kind);
}
