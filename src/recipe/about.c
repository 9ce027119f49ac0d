/* about: see about.h. */
#include "recipe/about.h"

#include <stdio.h>
#include <string.h>

#define STAGE_TEXT_MAX 2048

static size_t
stage_text(char *out, size_t size, const struct stage_run *x)
{
    const struct stage_param *p = x->stage->params;
    size_t n = (size_t)snprintf(out, size, "    stage %s {\n", x->stage->name);

    for (int i = 0; p != NULL && p[i].name != NULL; i++) {
        char value[32];
        text_double(value, x->param[i]);
        n += (size_t)snprintf(out + n, size - n, "        %s %s\n", p[i].name,
                              p[i].words != NULL ? p[i].words[(int)x->param[i]] : value);
    }
    return n + (size_t)snprintf(out + n, size - n, "    }\n");
}

const char *
recipe_about(struct recipe *r, const char *name)
{
    const char *input = tape_about(r->in);
    const char *from = r->options.made_from != NULL ? r->options.made_from : "";
    size_t size = strlen(input) + strlen(from) + 512 + (size_t)r->n * STAGE_TEXT_MAX;
    char *out = arena_zero(&r->arena, size, 1);
    size_t n = (size_t)snprintf(out, size, "%s", input);
    if (n > 0 && out[n - 1] != '\n')
        out[n++] = '\n';
    n += (size_t)snprintf(out + n, size - n, "%srecipe \"%.200s\" {\n", from, name);
    for (int i = 0; i < r->n; i++)
        if (i == 0 || r->instance[i].run.stage != r->instance[i - 1].run.stage)
            n += stage_text(out + n, size - n, &r->instance[i].run);
    snprintf(out + n, size - n, "}\n");
    return out;
}
