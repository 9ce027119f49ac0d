/* sidecar_fuzz: any text gives a sidecar within its limits, or a sentence that names the file. */
#include "cmd/sidecar.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct err e = {.code = ERR_NONE};
    struct sidecar s;
    struct text t;

    if (text_parse(&t, "fuzz", (const char *)bytes, n, &e) != 0)
        return 0;
    if (sidecar_read(&t, &s, &e) != 0) {
        if (e.code == ERR_NONE || strstr(e.text, "fuzz") == NULL)
            abort();
    } else {
        if (s.n < 1 || s.n > SIDECAR_SERIES_MAX || !(s.pixel_mm > 0) || s.name == NULL)
            abort();
        for (int i = 0; i < s.n; i++)
            if (s.series[i].pattern == NULL || s.series[i].last < s.series[i].first ||
                (!s.series[i].tiff && (s.series[i].frames < 1 || s.series[i].rows < 1)))
                abort();
    }
    text_free(&t);
    return 0;
}
