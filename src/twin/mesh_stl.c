/* mesh_stl: the two forms of STL (3D Systems, 1988). Normals and attributes are ignored: they are
 * often wrong, the order of the corners is not. */
#include "base/arena.h"
#include "base/bytes.h"
#include "base/file.h"
#include "twin/mesh_parts.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define HEAD_BYTES 84
#define TRIANGLE_BYTES 50
#define MM_MAX 1e6

struct reader {
    const char *file;
    const uint8_t *p, *end;
    int line;
    double scale;
    struct mesh_triangle *out;
    int n, max;
    struct err *e;
};

static int
place_number(struct reader *r, double x, double *out)
{
    x *= r->scale;
    if (!(fabs(x) <= MM_MAX))
        return err_set(r->e, ERR_INPUT,
                       "%s: triangle %d: a coordinate is not a number or larger than %g mm",
                       r->file, r->n + 1, MM_MAX);
    *out = x == 0 ? 0 : x; /* no -0: equal corners must have equal bits */
    return 0;
}

static int
read_binary(struct reader *r)
{
    for (const uint8_t *p = r->p + HEAD_BYTES; p < r->end; p += TRIANGLE_BYTES, r->n++)
        for (int i = 0; i < 9; i++) {
            uint32_t bits = bytes_get32(p + 12 + 4 * i);
            float x;
            memcpy(&x, &bits, sizeof x);
            if (place_number(r, (double)x, &r->out[r->n].v[i / 3][i % 3]) != 0)
                return -1;
        }
    return 0;
}

static int
complain(struct reader *r, const char *what)
{
    return err_set(r->e, ERR_INPUT, "%s:%d: %s", r->file, r->line, what);
}

/* The next word, cut at 63 letters; false at the end of the file. */
static bool
next_word(struct reader *r, char word[64])
{
    int n = 0;

    for (; r->p < r->end && (*r->p <= ' '); r->p++)
        r->line += *r->p == '\n';
    for (; r->p<r->end && * r->p> ' '; r->p++)
        if (n < 63)
            word[n++] = (char)*r->p;
    word[n] = '\0';
    return n > 0;
}

static int
read_corner(struct reader *r, double v[3])
{
    char word[64], *end;

    if (!next_word(r, word) || strcmp(word, "vertex") != 0)
        return complain(r, "'vertex' and three numbers are expected here");
    for (int i = 0; i < 3; i++) {
        if (!next_word(r, word))
            return complain(r, "a coordinate is missing");
        double x = strtod(word, &end);
        if (end == word || *end != '\0')
            return complain(r, "a coordinate is not a number");
        if (place_number(r, x, &v[i]) != 0)
            return -1;
    }
    return 0;
}

static void
grow(struct reader *r)
{
    int more = r->max == 0 ? 1024 : 2 * r->max;
    r->out = mem_grow(r->out, (size_t)r->max, (size_t)more, sizeof *r->out);
    r->max = more;
}

/* From "outer" (already read) to "endloop". */
static int
read_loop(struct reader *r)
{
    char word[64];

    if (!next_word(r, word) || strcmp(word, "loop") != 0)
        return complain(r, "'outer' must be followed by 'loop'");
    if (r->n == MESH_TRIANGLES_MAX)
        return err_set(r->e, ERR_LIMIT, "%s: more than the maximum of %d triangles", r->file,
                       MESH_TRIANGLES_MAX);
    if (r->n == r->max)
        grow(r);
    for (int i = 0; i < 3; i++)
        if (read_corner(r, r->out[r->n].v[i]) != 0)
            return -1;
    if (!next_word(r, word) || strcmp(word, "endloop") != 0)
        return complain(r, "a facet must have three corners and then 'endloop'");
    r->n++;
    return 0;
}

static int
read_ascii(struct reader *r)
{
    char word[64];

    while (next_word(r, word)) {
        if (strcmp(word, "outer") == 0) {
            if (read_loop(r) != 0)
                return -1;
        } else if (strcmp(word, "facet") == 0 || strcmp(word, "solid") == 0 ||
                   strcmp(word, "endsolid") == 0) {
            while (r->p < r->end && *r->p != '\n') /* the normal, or a name */
                r->p++;
        } else if (strcmp(word, "endfacet") != 0) {
            return complain(r, "not a word of an ASCII STL file");
        }
    }
    return 0;
}

int
mesh_stl(const char *file, const uint8_t *bytes, size_t n, double scale, struct mesh_triangle **out,
         int *triangles, struct err *e)
{
    struct reader r = {
        .file = file, .p = bytes, .end = bytes + n, .line = 1, .scale = scale, .e = e};
    uint64_t count = n >= HEAD_BYTES ? bytes_get32(bytes + 80) : 0;
    int result;

    if (n > MESH_BYTES_MAX)
        return err_set(e, ERR_LIMIT, "%s: more than the maximum of %zu bytes", file,
                       MESH_BYTES_MAX);
    if (n >= HEAD_BYTES && n == HEAD_BYTES + count * TRIANGLE_BYTES) {
        if (count > MESH_TRIANGLES_MAX)
            return err_set(e, ERR_LIMIT, "%s: %llu triangles, more than the maximum of %d", file,
                           (unsigned long long)count, MESH_TRIANGLES_MAX);
        r.out = mem_zero(count, sizeof *r.out);
        result = read_binary(&r);
    } else if (n >= 5 && memcmp(bytes, "solid", 5) == 0) {
        result = read_ascii(&r);
    } else {
        return err_set(e, ERR_INPUT,
                       "%s: not an STL file: neither does it begin with 'solid' nor do its %zu "
                       "bytes hold the %llu triangles that it announces",
                       file, n, (unsigned long long)count);
    }
    if (result == 0 && r.n == 0)
        result = err_set(e, ERR_INPUT, "%s: no triangle in it", file);
    if (result != 0) {
        mem_free(r.out);
        return -1;
    }
    *out = r.out;
    *triangles = r.n;
    return 0;
}
