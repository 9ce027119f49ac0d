/* text_fuzz: any bytes give a tree or a sentence. */
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct text t;
    struct err e = {.code = ERR_NONE};

    if (text_parse(&t, "fuzz", (const char *)bytes, n, &e) != 0) {
        if (e.code == ERR_NONE || e.text[0] == '\0')
            abort();
        return 0;
    }
    for (const struct text_node *node = t.root->first; node != NULL; node = node->next) {
        double v;
        if (text_number(&t, node, 0, -1, 1, &v, &e) == 0 && !(v >= -1 && v <= 1))
            abort();
    }
    text_free(&t);
    return 0;
}
