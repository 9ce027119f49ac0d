/* spectrum_fuzz: any bytes as a spectrum file and as a scanner's spectrum and response blocks give
 * something physical, or a sentence. */
#include "phys/response.h"
#include "phys/spectrum.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
check(const struct spectrum *s)
{
    if (s->n < 1 || s->n > SPECTRUM_BINS_MAX)
        abort();
    for (int i = 0; i < s->n; i++)
        if (!(s->kev[i] >= XS_KEV_MIN && s->kev[i] <= XS_KEV_MAX && s->width[i] > 0 &&
              s->photons[i] >= 0 && isfinite(s->photons[i])) ||
            (i > 0 && s->kev[i] <= s->kev[i - 1]))
            abort();
}

static void
as_file(const uint8_t *bytes, size_t n)
{
    struct spectrum s;
    struct err e = {.code = ERR_NONE};

    if (spectrum_parse("fuzz", (const char *)bytes, n, &s, &e) == 0) {
        check(&s);
        spectrum_merge(&s, 7);
        check(&s);
    } else if (e.code == ERR_NONE || e.text[0] == '\0') {
        abort();
    }
}

static void
as_block(const uint8_t *bytes, size_t n)
{
    struct text t;
    struct spectrum s;
    struct response r;
    struct err e = {.code = ERR_NONE};
    double deposited, passed;

    if (text_parse(&t, "fuzz", (const char *)bytes, n, &e) != 0)
        return;
    if (spectrum_read(&t, t.root, "/nowhere", &s, &e) == 0)
        check(&s);
    if (response_read(&t, t.root, "/nowhere", &r, &e) == 0) {
        response_photon(&r, 80, 1.2, &deposited, &passed);
        if (!(deposited >= 0 && deposited <= 80 && passed >= 0 && passed <= 1))
            abort();
    }
    text_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    as_file(bytes, n);
    as_block(bytes, n);
    return 0;
}
