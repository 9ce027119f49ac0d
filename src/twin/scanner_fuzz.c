/* scanner_fuzz: any text gives a scanner or a sentence; a small scanner also scans a few lines of
 * air. Scanners may not name files here. */
#include "twin/sim.h"

#include <stdlib.h>
#include <string.h>

#define PIXELS_MAX 200 /* larger machines are legal, but slow a fuzzer down */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static bool
names(const uint8_t *bytes, size_t n, const char *word)
{
    size_t m = strlen(word);
    for (size_t i = 0; i + m <= n; i++)
        if (memcmp(bytes + i, word, m) == 0)
            return true;
    return false;
}

static void
must_complain(const struct err *e)
{
    if (e->code == ERR_NONE || e->text[0] == '\0')
        abort();
}

static void
scan_air(const struct scanner *s)
{
    struct sim_options options = {.kind = SIM_AIR, .seed = 1, .machine = 1, .lines = 8};
    struct err e = {.code = ERR_NONE};
    struct sim *sim;
    int pixels = 0;

    for (int v = 0; v < pixels_views(s); v++)
        pixels += pixels_shape(s, v).n;
    if (pixels > PIXELS_MAX)
        return;
    if (sim_open(s, NULL, &options, NULL, &sim, &e) != 0) {
        must_complain(&e);
        return;
    }
    while (sim_turn(sim))
        continue;
    const struct tape *t = sim_tape(sim);
    for (int i = 0; i < tape_planes(t); i++)
        if (!tape_sealed(t, i) || tape_mark(t, i) != sim_lines(sim))
            abort();
    sim_close(sim);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct text t;
    struct err e = {.code = ERR_NONE};
    struct scanner *s;

    if (n > 20000 || names(bytes, n, "file") || names(bytes, n, "table"))
        return 0;
    char *text = mem_zero(n + 1, 1);
    memcpy(text, bytes, n);
    if (strlen(text) == n && text_parse(&t, "fuzz", text, n, &e) == 0) {
        if (scanner_parse(&t, text, ".", &s, &e) == 0) {
            scan_air(s);
            scanner_free(s);
        } else {
            must_complain(&e);
        }
        text_free(&t);
    }
    mem_free(text);
    return 0;
}
