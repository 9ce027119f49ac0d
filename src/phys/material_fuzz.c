/* material_fuzz: any bytes give a material that is physical, or a sentence. */
#include "phys/material.h"

#include <stdint.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char what[400];
    struct material m;
    struct err e = {.code = ERR_NONE};

    n = n < sizeof what ? n : sizeof what - 1;
    memcpy(what, bytes, n);
    what[n] = '\0';
    if (material_find_any_density(what, &m, &e) != 0) {
        if (e.code == ERR_NONE || e.text[0] == '\0')
            abort();
        return 0;
    }
    double sum = 0, mu = material_mu_total(&m, 100);
    for (int i = 0; i < m.n; i++)
        sum += m.weight[i];
    if (m.n < 1 || !(sum > 0.999999 && sum < 1.000001) || !(mu > 0.01 && mu < 10) ||
        !(m.density_g_cm3 >= 0 && m.density_g_cm3 <= 100))
        abort();
    return 0;
}
