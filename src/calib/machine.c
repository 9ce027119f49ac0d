/* machine: see machine.h. */
#include "calib/machine.h"

#include <string.h>

/* `word low {`, `word high {`, or one `word {` for both energies; NULL if there is none. */
static const struct text_node *
find_energy(const struct text_node *in, const char *word, int energy)
{
    for (const struct text_node *n = in->first; n != NULL; n = n->next) {
        if (strcmp(n->word, word) != 0)
            continue;
        if (n->n_args == 0 || strcmp(n->arg[0], energy == 0 ? "low" : "high") == 0)
            return n;
    }
    return NULL;
}

int
machine_read(const struct text *t, const struct text_node *scanner, const char *folder,
             struct machine *m, struct err *e)
{
    const struct text_node *source, *detector, *spectrum[2], *response[2];

    if (text_need(t, scanner, "source", &source, e) != 0 ||
        text_need(t, scanner, "detector", &detector, e) != 0)
        return -1;
    for (int k = 0; k < 2; k++) {
        spectrum[k] = find_energy(source, "spectrum", k);
        response[k] = find_energy(detector, "response", k);
    }
    if (spectrum[0] == NULL || response[0] == NULL)
        return text_error(t, scanner, e, "spectrum or response of the low energy is missing");
    bool one = spectrum[1] == NULL || response[1] == NULL ||
               (spectrum[0] == spectrum[1] && response[0] == response[1]);
    for (int k = 0; k < 2; k++) {
        int from = one ? 0 : k;
        if (spectrum_read(t, spectrum[from], folder, &m->spectrum[k], e) != 0 ||
            response_read(t, response[from], folder, &m->response[k], e) != 0)
            return -1;
        if (m->spectrum[k].n < 2)
            return text_error(t, spectrum[from], e, "a spectrum needs at least two bins");
    }
    m->mev = m->spectrum[1].kev[m->spectrum[1].n - 1] > MACHINE_MEV_KEV;
    return one ? 0 : 1;
}
