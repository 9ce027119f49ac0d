/* epdl_test: reads the second witness, EPDL97 (D. E. Cullen, J. H. Hubbell, L. Kissel, UCRL-50400
 * vol. 6 rev. 5) as Debian's pymca-data installs it. Only for tests. */
#ifndef PHYS_EPDL_TEST_H
#define PHYS_EPDL_TEST_H

#include "base/arena.h"
#include "base/file.h"
#include "phys/xs.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define EPDL_PATH "/usr/share/pymca/EPDL97/EPDL97.DAT"
#define EPDL_ROWS 4000
#define EPDL_FIRST 71 /* coherent, incoherent, photoelectric, pair, triplet */

struct epdl {
    struct epdl_series {
        int n;
        double kev[EPDL_ROWS], barn[EPDL_ROWS];
    } series[93][5];
};

/* Eleven characters, "1.000000-06" without an E; or blank. */
static inline double
epdl_number(const char *at)
{
    char digits[16];
    int n = 0;
    for (int i = 0; i < 11; i++) {
        if (i > 1 && (at[i] == '-' || at[i] == '+') && at[i - 1] != 'E' && at[i - 1] != ' ')
            digits[n++] = 'e';
        if (at[i] != ' ')
            digits[n++] = at[i];
    }
    digits[n] = '\0';
    return strtod(digits, NULL);
}

static inline struct epdl *
epdl_open(void)
{
    uint8_t *bytes;
    size_t n;
    struct err e;
    if (file_load(EPDL_PATH, (size_t)64 << 20, &bytes, &n, &e) != 0)
        return NULL;
    struct epdl *lib = mem_zero(1, sizeof *lib);
    const char *line = (const char *)bytes, *end = line + n;
    int header = 0, z = 0;
    struct epdl_series *s = NULL;
    for (const char *next; line < end; line = next) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        next = stop ? stop + 1 : end;
        if (next - line >= 72 && line[71] == '1') { /* the end of a table */
            header = 0;
        } else if (header == 0) {
            z = atoi((char[]){line[0], line[1], line[2], 0});
            header = 1;
        } else if (header == 1) {
            int kind = atoi((char[]){line[0], line[1], 0}) - EPDL_FIRST;
            int moment = atoi((char[]){line[2], line[3], line[4], 0});
            int shell = atoi((char[]){line[5], line[6], line[7], 0});
            bool wanted = z > 0 && z < 93 && kind >= 0 && kind < 5 && moment == 0 && shell == 0;
            s = wanted ? &lib->series[z][kind] : NULL;
            header = 2;
        } else if (s != NULL && s->n < EPDL_ROWS && next - line >= 22) {
            s->kev[s->n] = 1000 * epdl_number(line);
            s->barn[s->n++] = epdl_number(line + 11);
        }
    }
    mem_free(bytes);
    return lib;
}

static inline void
epdl_close(struct epdl *lib)
{
    mem_free(lib);
}

/* Cubic in log-log where the table is coarse, so that its own interpolation is no error. */
static inline double
epdl_barn(const struct epdl *lib, int z, int kind, double kev)
{
    const struct epdl_series *s = &lib->series[z][kind];
    int k = 0;
    while (k + 1 < s->n && (s->kev[k + 1] <= kev || s->barn[k] <= 0))
        k++;
    if (k + 1 >= s->n || kev < s->kev[0])
        return 0;
    int low = k, high = k + 1;
    double sum = 0;
    if (log(s->kev[high] / s->kev[low]) > 0.02 && k > 0 && k + 2 < s->n && s->barn[k - 1] > 0 &&
        s->kev[k - 1] < s->kev[k] && s->kev[k + 2] > s->kev[k + 1]) {
        low--;
        high++;
    }
    for (int i = low; i <= high; i++) {
        double y = log(s->barn[i]);
        for (int j = low; j <= high; j++)
            if (j != i)
                y *= log(kev / s->kev[j]) / log(s->kev[i] / s->kev[j]);
        sum += y;
    }
    return exp(sum);
}

static inline double
epdl_total(const struct epdl *lib, int z, double kev)
{
    double barn = 0;
    for (int kind = 0; kind < 5; kind++)
        barn += epdl_barn(lib, z, kind, kev);
    return barn * 0.602214076 / xs_atomic_weight(z);
}

#endif
