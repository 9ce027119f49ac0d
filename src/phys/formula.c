/* formula: see formula.h. Recursive descent with a limit on depth; nothing is read past the end. */
#include "phys/formula.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    const char *text, *p, *end;
    int depth;
    struct err *e;
};

static int
complain(const struct parser *s, const char *what)
{
    return err_set(s->e, ERR_INPUT, "'%.*s': %s at character %d", (int)(s->end - s->text), s->text,
                   what, (int)(s->p - s->text) + 1);
}

static bool
at_digit(const struct parser *s)
{
    return s->p < s->end && (isdigit((unsigned char)*s->p) || *s->p == '.');
}

/* A decimal number without sign or exponent; *out stays where there is none. */
static int
read_count(struct parser *s, double *out)
{
    char digits[24], *stop;
    size_t n = 0;

    if (!at_digit(s))
        return 0;
    while (at_digit(s)) {
        if (n == sizeof digits - 1)
            return complain(s, "too long a number");
        digits[n++] = *s->p++;
    }
    digits[n] = '\0';
    double value = strtod(digits, &stop);
    if (*stop != '\0' || !(value >= 1e-6 && value <= FORMULA_COUNT_MAX))
        return complain(s, "a number outside 0.000001 .. 1000000");
    *out = value;
    return 0;
}

static int read_group(struct parser *s, char close, double *count);

static int
read_symbol(struct parser *s, double *count)
{
    int n = s->end - s->p > 1 && islower((unsigned char)s->p[1]) ? 2 : 1;
    int z = xs_z(s->p, n);
    double times = 1;

    if (z == 0)
        return complain(s, isupper((unsigned char)*s->p) ? "no element" : "not a formula");
    s->p += n;
    if (read_count(s, &times) != 0)
        return -1;
    count[z] += times;
    return 0;
}

static int
read_parenthesis(struct parser *s, double *count)
{
    double inner[XS_Z_MAX + 1] = {0}, times = 1;
    char close = *s->p == '(' ? ')' : ']';

    if (++s->depth > FORMULA_DEPTH_MAX)
        return complain(s, "parentheses nested too deep");
    s->p++;
    if (read_group(s, close, inner) != 0)
        return -1;
    if (s->p == s->end)
        return complain(s, "a parenthesis that is not closed");
    s->p++;
    s->depth--;
    if (read_count(s, &times) != 0)
        return -1;
    for (int z = 1; z <= XS_Z_MAX; z++)
        count[z] += times * inner[z];
    return 0;
}

/* Atoms of one formula, up to `close`, a blank, or the end. */
static int
read_group(struct parser *s, char close, double *count)
{
    const char *from = s->p;

    while (s->p < s->end && *s->p != close && *s->p != ' ') {
        bool opens = *s->p == '(' || *s->p == '[';
        if ((opens ? read_parenthesis(s, count) : read_symbol(s, count)) != 0)
            return -1;
    }
    if (s->p == from || (close != ' ' && s->p < s->end && *s->p != close))
        return complain(s, "a formula is missing");
    return 0;
}

/* One formula and, in a mixture, its parts; adds to the masses. */
static int
read_part(struct parser *s, bool mixture, double *mass)
{
    double count[XS_Z_MAX + 1] = {0}, total = 0, parts = 1;

    if (read_group(s, ' ', count) != 0)
        return -1;
    if (mixture) {
        while (s->p < s->end && *s->p == ' ')
            s->p++;
        if (!at_digit(s))
            return complain(s, "parts by mass are missing");
        if (read_count(s, &parts) != 0)
            return -1;
        if (s->p < s->end && *s->p != ' ')
            return complain(s, "a blank is missing");
    }
    for (int z = 1; z <= XS_Z_MAX; z++)
        total += count[z] * xs_atomic_weight(z);
    for (int z = 1; z <= XS_Z_MAX; z++)
        mass[z] += parts * (count[z] * xs_atomic_weight(z) / total);
    return 0;
}

int
formula_read(const char *text, size_t n, double weight[XS_Z_MAX + 1], struct err *e)
{
    struct parser s = {.text = text, .p = text, .end = text + n, .e = e};
    double mass[XS_Z_MAX + 1] = {0}, total = 0;

    if (n == 0 || n > FORMULA_LENGTH_MAX)
        return err_set(e, ERR_INPUT, "a formula has 1 to %d characters, not %zu",
                       FORMULA_LENGTH_MAX, n);
    bool mixture = memchr(text, ' ', n) != NULL;
    for (;;) {
        while (s.p < s.end && *s.p == ' ')
            s.p++;
        if (s.p == s.end)
            break;
        if (read_part(&s, mixture, mass) != 0)
            return -1;
    }
    for (int z = 1; z <= XS_Z_MAX; z++)
        total += mass[z];
    if (!(total > 0))
        return complain(&s, "no formula");
    weight[0] = 0;
    for (int z = 1; z <= XS_Z_MAX; z++)
        weight[z] = mass[z] / total;
    return 0;
}
