/* checkpoint: see checkpoint.h. */
#include "proof/checkpoint.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

const char *
checkpoint_line(struct checkpoint_lines *l, size_t *n)
{
    const char *line = l->p, *end = line == l->end ? NULL : memchr(line, '\n', l->end - line);

    if (end == NULL)
        return NULL;
    *n = (size_t)(end - line);
    l->p = end + 1;
    return line;
}

bool
checkpoint_number(const char *p, size_t n, uint64_t *value)
{
    uint64_t v = 0;

    if (n == 0 || (p[0] == '0' && n > 1) || n > 19)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        v = 10 * v + (uint64_t)(p[i] - '0');
    }
    *value = v;
    return v <= INT64_MAX;
}

bool
checkpoint_hash(const char *p, size_t n, uint8_t hash[HASH_BYTES])
{
    size_t got;

    return sodium_base642bin(hash, HASH_BYTES, p, n, NULL, &got, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           got == HASH_BYTES;
}

void
checkpoint_put_hash(const uint8_t hash[HASH_BYTES], char text[CHECKPOINT_HASH])
{
    sodium_bin2base64(text, CHECKPOINT_HASH, hash, HASH_BYTES, sodium_base64_VARIANT_ORIGINAL);
}

int
checkpoint_parse(const struct note *note, const char *what, struct checkpoint *c, struct err *e)
{
    struct checkpoint_lines lines = {note->text, note->text + note->n};
    size_t n = 0, n_leaves = 0, n_root = 0;
    const char *origin = checkpoint_line(&lines, &n);
    const char *leaves = checkpoint_line(&lines, &n_leaves);
    const char *root = checkpoint_line(&lines, &n_root);

    if (origin == NULL || n == 0 || n >= sizeof c->origin)
        return err_set(e, ERR_INPUT, "%s: not a checkpoint: line 1 is no origin of 1 to %zu bytes",
                       what, sizeof c->origin - 1);
    if (leaves == NULL || !checkpoint_number(leaves, n_leaves, &c->leaves))
        return err_set(e, ERR_INPUT, "%s: not a checkpoint: line 2 is no number of leaves", what);
    if (root == NULL || !checkpoint_hash(root, n_root, c->root))
        return err_set(e, ERR_INPUT, "%s: not a checkpoint: line 3 is no root in base64", what);
    while ((root = checkpoint_line(&lines, &n)) != NULL)
        if (n == 0)
            return err_set(e, ERR_INPUT, "%s: not a checkpoint: an empty line in its text", what);
    snprintf(c->origin, sizeof c->origin, "%.*s", (int)(leaves - origin - 1), origin);
    return 0;
}

int
checkpoint_signed(const char *bytes, size_t n, const char *what, const struct note_key *key,
                  struct checkpoint *c, struct err *e)
{
    struct checkpoint told;
    struct note note;

    if (note_parse(bytes, n, what, &note, e) != 0 || checkpoint_parse(&note, what, &told, e) != 0)
        return -1;
    if (note_check(&note, key, NULL) != NOTE_SIGNED)
        return err_set(e, ERR_INPUT, "%s is not signed by the log's key", what);
    *c = told;
    return 0;
}

size_t
checkpoint_text(const struct checkpoint *c, char text[CHECKPOINT_TEXT_MAX])
{
    char root[CHECKPOINT_HASH];

    checkpoint_put_hash(c->root, root);
    return (size_t)snprintf(text, CHECKPOINT_TEXT_MAX, "%s\n%llu\n%s\n", c->origin,
                            (unsigned long long)c->leaves, root);
}
