/* record_fuzz: any description, and behind a zero byte any line, give a line or a sentence. */
#include "acq/record.h"
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const uint8_t *zero = n > 0 ? memchr(bytes, 0, n) : NULL;
    size_t text_n = zero == NULL ? n : (size_t)(zero - bytes);
    size_t rest = zero == NULL ? 0 : n - text_n - 1;
    struct err e = {.text = ""};
    struct record_layout l;
    struct record_line line;
    struct text t;

    if (n == 0 || text_parse(&t, "fuzz", (const char *)bytes, text_n, &e) != 0)
        return 0;
    if (record_layout_read(&t, &l, &e) != 0) {
        if (e.text[0] == '\0')
            abort();
        text_free(&t);
        return 0;
    }
    uint8_t *exact = mem_zero((size_t)l.line_bytes, 1);
    uint32_t *counts = mem_zero((size_t)l.pixels, sizeof *counts);
    if (rest > 0)
        memcpy(exact, zero + 1, rest < (size_t)l.line_bytes ? rest : (size_t)l.line_bytes);
    if (record_line_read(&l, exact, (size_t)l.line_bytes, &line, counts, &e) == 0)
        for (int32_t i = 0; i < l.pixels; i++)
            if (counts[i] >= 1u << l.sample_bits || line.t_ns < 0)
                abort();
    if (record_line_read(&l, exact, (size_t)l.line_bytes - 1, &line, counts, &e) == 0)
        abort();
    mem_free(counts);
    mem_free(exact);
    text_free(&t);
    return 0;
}
