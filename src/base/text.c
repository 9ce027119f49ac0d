/* text: see text.h. Numbers are read and written in the C locale (the program never calls
 * setlocale). */
#include "base/text.h"

#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    struct text *t;
    const char *p, *end;
    int line;
    struct err *e;
};

struct open_block {
    struct text_node *node, *last;
};

static int
complain(struct parser *s, const char *what)
{
    return err_set(s->e, ERR_INPUT, "%s:%d: %s", s->t->file, s->line, what);
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* One token of the current line; *token is NULL at its end. */
static int
next_token(struct parser *s, const char **token, bool *quoted)
{
    *token = NULL;
    *quoted = false;
    while (s->p < s->end && is_space(*s->p))
        s->p++;
    if (s->p < s->end && *s->p == '#')
        while (s->p < s->end && *s->p != '\n')
            s->p++;
    if (s->p == s->end || *s->p == '\n')
        return 0;
    const char *from = s->p;
    if (*from == '"') {
        for (s->p++; s->p < s->end && *s->p != '"'; s->p++)
            if (*s->p == '\n')
                return complain(s, "a quote is not closed on this line");
        if (s->p == s->end)
            return complain(s, "a quote is not closed");
        *token = arena_text(&s->t->arena, from + 1, (size_t)(s->p - from - 1));
        *quoted = true;
        s->p++;
        return 0;
    }
    while (s->p < s->end && !is_space(*s->p) && *s->p != '\n' && *s->p != '#')
        if ((unsigned char)*s->p++ < ' ')
            return complain(s, "a control character; is this a text file?");
    *token = arena_text(&s->t->arena, from, (size_t)(s->p - from));
    return 0;
}

/* All tokens of one line into arg; says whether it ends in an opening brace. */
static int
read_line(struct parser *s, const char **arg, int *n, bool *opens)
{
    bool quoted;
    const char *token;

    *n = 0;
    *opens = false;
    for (;;) {
        if (next_token(s, &token, &quoted) != 0)
            return -1;
        if (token == NULL)
            break;
        if (*opens)
            return complain(s, "nothing may follow '{' on its line");
        if (!quoted && strcmp(token, "{") == 0) {
            *opens = true;
            continue;
        }
        if (*n == TEXT_ARGS_MAX)
            return complain(s, "too many words on this line");
        arg[(*n)++] = token;
    }
    if (*opens && *n == 0)
        return complain(s, "'{' needs a word before it");
    return 0;
}

static struct text_node *
add_node(struct parser *s, struct open_block *in, const char **arg, int n, bool opens)
{
    struct text_node *node = arena_zero(&s->t->arena, 1, sizeof *node);
    node->word = arg[0];
    node->n_args = n - 1;
    node->arg = arena_zero(&s->t->arena, (size_t)n, sizeof *arg);
    memcpy(node->arg, arg + 1, (size_t)(n - 1) * sizeof *arg);
    node->line = s->line;
    node->block = opens;
    if (in->last == NULL)
        in->node->first = node;
    else
        in->last->next = node;
    in->last = node;
    return node;
}

static int
parse_lines(struct parser *s)
{
    struct open_block stack[TEXT_DEPTH_MAX] = {{.node = (struct text_node *)s->t->root}};
    const char *arg[TEXT_ARGS_MAX];
    int n, depth = 0;
    bool opens;

    for (; s->p < s->end; s->line++) {
        if (read_line(s, arg, &n, &opens) != 0)
            return -1;
        if (s->p < s->end)
            s->p++; /* the newline */
        if (n == 0)
            continue;
        if (n == 1 && !opens && strcmp(arg[0], "}") == 0) {
            if (depth-- == 0)
                return complain(s, "'}' closes nothing");
            continue;
        }
        struct text_node *node = add_node(s, &stack[depth], arg, n, opens);
        if (!opens)
            continue;
        if (++depth == TEXT_DEPTH_MAX)
            return complain(s, "blocks are nested too deep");
        stack[depth] = (struct open_block){.node = node};
    }
    if (depth > 0)
        return err_set(s->e, ERR_INPUT, "%s:%d: the block '%s' is not closed with '}'", s->t->file,
                       stack[depth].node->line, stack[depth].node->word);
    return 0;
}

int
text_parse(struct text *t, const char *file, const char *bytes, size_t n, struct err *e)
{
    memset(t, 0, sizeof *t);
    if (n > TEXT_BYTES_MAX)
        return err_set(e, ERR_LIMIT, "%s: %zu bytes of text, more than the maximum of %zu", file, n,
                       TEXT_BYTES_MAX);
    t->file = arena_text(&t->arena, file, strlen(file));
    t->root = arena_zero(&t->arena, 1, sizeof *t->root);
    struct parser s = {.t = t, .p = bytes, .end = bytes + n, .line = 1, .e = e};
    if (parse_lines(&s) != 0) {
        text_free(t);
        return -1;
    }
    return 0;
}

int
text_load(struct text *t, const char *path, struct err *e)
{
    uint8_t *bytes;
    size_t n;

    if (file_load(path, TEXT_BYTES_MAX, &bytes, &n, e) != 0)
        return -1;
    int result = text_parse(t, path, (const char *)bytes, n, e);
    mem_free(bytes);
    return result;
}

void
text_free(struct text *t)
{
    arena_free(&t->arena);
    t->root = NULL;
}

int
text_error(const struct text *t, const struct text_node *at, struct err *e, const char *fmt, ...)
{
    char what[2 * sizeof e->text];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (at == NULL || at->word == NULL)
        return err_set(e, ERR_INPUT, "%s: %s", t->file, what);
    return err_set(e, ERR_INPUT, "%s:%d: %.60s: %s", t->file, at->line, at->word, what);
}

const struct text_node *
text_find(const struct text_node *in, const char *word)
{
    for (const struct text_node *n = in->first; n != NULL; n = n->next)
        if (strcmp(n->word, word) == 0)
            return n;
    return NULL;
}

int
text_one(const struct text *t, const struct text_node *in, const char *word,
         const struct text_node **found, struct err *e)
{
    *found = text_find(in, word);
    for (const struct text_node *n = *found == NULL ? NULL : (*found)->next; n != NULL; n = n->next)
        if (strcmp(n->word, word) == 0)
            return text_error(t, n, e, "given twice (first on line %d)", (*found)->line);
    return 0;
}

int
text_need(const struct text *t, const struct text_node *in, const char *word,
          const struct text_node **found, struct err *e)
{
    if (text_one(t, in, word, found, e) != 0)
        return -1;
    return *found == NULL ? text_error(t, in, e, "'%s' is missing", word) : 0;
}

int
text_distance(const char *a, const char *b)
{
    int row[64], m = (int)strlen(b);

    if (m > 62)
        return 99;
    for (int j = 0; j <= m; j++)
        row[j] = j;
    for (int i = 1; a[i - 1] != '\0'; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            int best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[m];
}

static int
unknown_word(const struct text *t, const struct text_node *n, const char *given,
             const char *const *words, struct err *e)
{
    const char *nearest = words[0];
    int best = 99;

    for (int i = 0; words[i] != NULL; i++) {
        size_t all = strlen(given);
        bool unit = strncmp(given, words[i], all) == 0 && words[i][all] == '_'; /* was left out */
        int d = unit ? 1 : text_distance(given, words[i]);
        if (d < best) {
            best = d;
            nearest = words[i];
        }
    }
    if (best <= 3)
        return text_error(t, n, e, "'%.60s' is unknown here; did you mean '%s'?", given, nearest);
    char list[200] = "";
    for (int i = 0; words[i] != NULL; i++) {
        size_t at = strlen(list);
        snprintf(list + at, sizeof list - at, "%s%s", i == 0 ? "" : ", ", words[i]);
    }
    return text_error(t, n, e, "'%.60s' is unknown here; known: %s", given, list);
}

static int
word_index(const char *const *words, const char *word)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

int
text_only(const struct text *t, const struct text_node *in, const char *const *words, struct err *e)
{
    for (const struct text_node *n = in->first; n != NULL; n = n->next)
        if (word_index(words, n->word) < 0)
            return unknown_word(t, n, n->word, words, e);
    return 0;
}

int
text_args(const struct text *t, const struct text_node *n, int min, int max, struct err *e)
{
    if (n->n_args >= min && n->n_args <= max)
        return 0;
    if (min == max)
        return text_error(t, n, e, "%d value%s given, %d needed", n->n_args,
                          n->n_args == 1 ? "" : "s", min);
    return text_error(t, n, e, "%d value%s given, %d to %d needed", n->n_args,
                      n->n_args == 1 ? "" : "s", min, max);
}

int
text_number(const struct text *t, const struct text_node *n, int i, double min, double max,
            double *out, struct err *e)
{
    char *end;

    if (i >= n->n_args)
        return text_error(t, n, e, "value %d is missing", i + 1);
    double v = strtod(n->arg[i], &end);
    if (end == n->arg[i] || *end != '\0' || !isfinite(v))
        return text_error(t, n, e, "'%.60s' is not a number", n->arg[i]);
    if (v < min || v > max)
        return text_error(t, n, e, "%s is out of range; %g to %g is possible", n->arg[i], min, max);
    *out = v;
    return 0;
}

int
text_whole(const struct text *t, const struct text_node *n, int i, int64_t min, int64_t max,
           int64_t *out, struct err *e)
{
    char *end;

    if (i >= n->n_args)
        return text_error(t, n, e, "value %d is missing", i + 1);
    long long v = strtoll(n->arg[i], &end, 10);
    if (end == n->arg[i] || *end != '\0')
        return text_error(t, n, e, "'%.60s' is not a whole number", n->arg[i]);
    if (v < min || v > max)
        return text_error(t, n, e, "%.60s is out of range; %lld to %lld is possible", n->arg[i],
                          (long long)min, (long long)max);
    *out = v;
    return 0;
}

int
text_need_whole(const struct text *t, const struct text_node *in, const char *word, int64_t min,
                int64_t max, int64_t *out, struct err *e)
{
    const struct text_node *n;

    if (text_need(t, in, word, &n, e) != 0 || text_args(t, n, 1, 1, e) != 0)
        return -1;
    return text_whole(t, n, 0, min, max, out, e);
}

int
text_numbers(const struct text *t, const struct text_node *n, int count, double min, double max,
             double *out, struct err *e)
{
    if (text_args(t, n, count, count, e) != 0)
        return -1;
    for (int i = 0; i < count; i++)
        if (text_number(t, n, i, min, max, &out[i], e) != 0)
            return -1;
    return 0;
}

int
text_set(const struct text *t, const struct text_node *in, const char *word, double min, double max,
         double *out, struct err *e)
{
    const struct text_node *n;

    if (text_one(t, in, word, &n, e) != 0)
        return -1;
    return n == NULL ? 0 : text_numbers(t, n, 1, min, max, out, e);
}

int
text_choice(const struct text *t, const struct text_node *n, int i, const char *const *words,
            int *out, struct err *e)
{
    if (i >= n->n_args)
        return text_error(t, n, e, "value %d is missing", i + 1);
    *out = word_index(words, n->arg[i]);
    return *out < 0 ? unknown_word(t, n, n->arg[i], words, e) : 0;
}

void
text_double(char out[32], double value)
{
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            return;
    }
}

int
text_close(FILE *stream, struct err *e)
{
    bool bad = ferror(stream) != 0;

    bad |= fclose(stream) != 0; /* in any case */
    return bad ? err_set(e, ERR_SYSTEM, "not enough memory for a text") : 0;
}

int
text_utf8(const char *text, uint32_t *code)
{
    const unsigned char *p = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int n = p[0] < 0x80   ? 1
            : p[0] < 0xc2 ? 0
            : p[0] < 0xe0 ? 2
            : p[0] < 0xf0 ? 3
            : p[0] < 0xf5 ? 4
                          : 0;

    *code = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (int i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3f);
    }
    bool surrogate = *code >= 0xd800 && *code < 0xe000;
    return n > 0 && *code >= least[n] && *code < 0x110000 && !surrogate ? n : 0;
}

int
text_plain(const char *text, char out[TEXT_PLAIN_MAX])
{
    static const struct {
        uint32_t first, last;
    } unfit[] = {{0, 0x1f}, {0x7f, 0x9f}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};
    uint32_t code;
    int n = text_utf8(text, &code);
    bool fit = n > 0;

    out[0] = '\0';
    if (text[0] == '\0')
        return 0;
    for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++)
        fit = fit && (code < unfit[i].first || code > unfit[i].last);
    n = n > 0 ? n : 1;
    for (int i = 0; i < n; i++)
        snprintf(out + (fit ? i : 4 * i), 5, fit ? "%c" : "\\x%02x", (unsigned char)text[i]);
    return n;
}
