/* sidecar: see sidecar.h. */
#include "cmd/sidecar.h"

#include "tape/tape.h"

#include <string.h>

#define MM_MIN 1e-6
#define MM_MAX 1e6
#define ELEMENTS_MAX ((int64_t)1 << 28)

static int
number_needed(const struct text *t, const struct text_node *in, const char *word, double min,
              double max, double *out, struct err *e)
{
    const struct text_node *n;

    if (text_need(t, in, word, &n, e) != 0)
        return -1;
    return text_numbers(t, n, 1, min, max, out, e);
}

/* `geometry line { ... }`, or one of ct_geometry_read, which is checked for as many pixels as can
 * be: how many there are is in the files. */
static int
read_geometry(const struct text *t, const struct text_node *in, struct sidecar *s, struct err *e)
{
    static const char *const kinds[] = {"parallel", "fan", "cone", "line", NULL};
    static const char *const words[] = {"pixel_mm", "line_mm", "line_ms", NULL};
    const struct text_node *n;
    struct ct_geometry g;
    int kind;

    if (text_need(t, in, "geometry", &n, e) != 0 || text_args(t, n, 1, 1, e) != 0 ||
        text_choice(t, n, 0, kinds, &kind, e) != 0)
        return -1;
    s->geometry = n;
    s->line = kind == CT_BEAMS;
    if (!s->line) {
        int result = ct_geometry_read(t, n, CT_ROWS_MAX, CT_COLS_MAX, &g, e);
        s->pixel_mm = g.pitch_mm;
        return result;
    }
    return text_only(t, n, words, e) != 0 ||
                   number_needed(t, n, "pixel_mm", MM_MIN, 1e3, &s->pixel_mm, e) != 0 ||
                   number_needed(t, n, "line_mm", MM_MIN, 1e3, &s->line_mm, e) != 0 ||
                   number_needed(t, n, "line_ms", 1e-3, 1e6, &s->line_ms, e) != 0
               ? -1
               : 0;
}

/* Exactly one %d or %0Nd, or no % at all. */
static int
check_pattern(const struct text *t, const struct text_node *n, bool *numbered, struct err *e)
{
    const char *p = strchr(n->arg[0], '%');

    *numbered = p != NULL;
    if (p == NULL)
        return 0;
    p++;
    if (p[0] == '0' && p[1] >= '1' && p[1] <= '9')
        p += 2;
    if (p[0] != 'd' || strchr(p, '%') != NULL)
        return text_error(t, n, e, "the number's place must be one %%d or %%0Nd");
    return 0;
}

static int
read_tiff(const struct text *t, const struct text_node *n, struct sidecar_series *x, struct err *e)
{
    bool numbered;

    if (text_args(t, n, 1, 3, e) != 0 || check_pattern(t, n, &numbered, e) != 0)
        return -1;
    x->tiff = true;
    x->pattern = n->arg[0];
    if (!numbered)
        return text_args(t, n, 1, 1, e);
    if (text_args(t, n, 3, 3, e) != 0 || text_whole(t, n, 1, 0, INT32_MAX, &x->first, e) != 0 ||
        text_whole(t, n, 2, 0, INT32_MAX, &x->last, e) != 0)
        return -1;
    if (x->last < x->first)
        return text_error(t, n, e, "the last number, %lld, is below the first, %lld",
                          (long long)x->last, (long long)x->first);
    if (x->last - x->first >= SIDECAR_FILES_MAX)
        return text_error(t, n, e, "more than %d files", SIDECAR_FILES_MAX);
    return 0;
}

/* raw FILE SAMPLE FRAMES ROWS COLUMNS; a line scanner has LINES ROWS. */
static int
read_raw(const struct text *t, const struct text_node *n, const struct sidecar *s,
         struct sidecar_series *x, struct err *e)
{
    static const char *const samples[] = {"u16", "u32", "f32", NULL};
    bool line = s->line;
    int sample;

    if (text_args(t, n, line ? 4 : 5, line ? 4 : 5, e) != 0 ||
        text_choice(t, n, 1, samples, &sample, e) != 0 ||
        text_whole(t, n, 2, 1, TAPE_LINES_MAX, &x->frames, e) != 0 ||
        text_whole(t, n, 3, 1, TAPE_ROWS_MAX, &x->rows, e) != 0)
        return -1;
    x->pattern = n->arg[0];
    x->sample = (enum sidecar_sample)sample;
    x->cols = 1;
    if (!line && text_whole(t, n, 4, 1, TAPE_ROWS_MAX, &x->cols, e) != 0)
        return -1;
    if (x->rows * x->cols > ELEMENTS_MAX)
        return text_error(t, n, e, "more than %lld pixels a frame", (long long)ELEMENTS_MAX);
    return 0;
}

/* `darks { tiff ... }`: any number of sources in one block, in this order on the tape. */
static int
read_series(const struct text *t, const struct text_node *block, enum sidecar_role role,
            struct sidecar *s, struct err *e)
{
    static const char *const item[] = {
        "tiff",           "raw",     "skip_bytes", "angle_deg", "angle_file_deg",
        "angle_text_deg", "belt_mm", "holds",      NULL};
    static const char *const other[] = {"tiff", "raw", "skip_bytes", NULL};
    double skip = 0;
    int before = s->n;

    if (text_only(t, block, role == SIDECAR_ITEM && !s->line ? item : other, e) != 0 ||
        text_args(t, block, 0, 0, e) != 0 ||
        text_set(t, block, "skip_bytes", 0, 1e12, &skip, e) != 0)
        return -1;
    for (const struct text_node *n = block->first; n != NULL; n = n->next) {
        bool tiff = strcmp(n->word, "tiff") == 0;
        if (!tiff && strcmp(n->word, "raw") != 0)
            continue;
        if (s->n == SIDECAR_SERIES_MAX)
            return text_error(t, n, e, "more than %d sources", SIDECAR_SERIES_MAX);
        struct sidecar_series *x = &s->series[s->n++];
        *x = (struct sidecar_series){.at = n, .role = role, .skip_bytes = (int64_t)skip};
        if ((tiff ? read_tiff(t, n, x, e) : read_raw(t, n, s, x, e)) != 0)
            return -1;
    }
    return s->n > before ? 0 : text_error(t, block, e, "names no tiff and no raw file");
}

/* One of angle_deg, angle_file_deg, angle_text_deg. */
static int
read_angles(const struct text *t, const struct text_node *block, struct sidecar *s, struct err *e)
{
    static const char *const words[] = {"angle_deg", "angle_file_deg", "angle_text_deg"};
    int found = -1;

    for (int i = 0; i < 3; i++) {
        const struct text_node *n;
        if (text_one(t, block, words[i], &n, e) != 0)
            return -1;
        if (n != NULL && found >= 0)
            return text_error(t, n, e, "%s already says what the angles are", words[found]);
        s->angles = n != NULL ? n : s->angles;
        found = n != NULL ? i : found;
    }
    if (found < 0)
        return text_error(t, block, e,
                          "needs angle_deg FIRST LAST, angle_file_deg FILE or angle_text_deg FILE");
    if (found == 0)
        return text_numbers(t, s->angles, 2, -36000, 36000, s->angle_deg, e);
    if (text_args(t, s->angles, 1, 1, e) != 0)
        return -1;
    s->angle_file = s->angles->arg[0];
    s->angle_text = found == 2;
    return 0;
}

/* What else there is to say about projections. */
static int
read_projections(const struct text *t, const struct text_node *block, struct sidecar *s,
                 struct err *e)
{
    static const char *const holds[] = {"counts", "attenuation", NULL};
    const struct text_node *n;
    int what = 0;

    if (read_angles(t, block, s, e) != 0 || text_one(t, block, "holds", &n, e) != 0 ||
        (n != NULL &&
         (text_args(t, n, 1, 1, e) != 0 || text_choice(t, n, 0, holds, &what, e) != 0)))
        return -1;
    s->attenuation = what == 1;
    if (s->attenuation && s->series[0].role != SIDECAR_ITEM)
        return text_error(t, n, e, "attenuation has no use for darks and flats; leave them out");
    if (text_one(t, block, "belt_mm", &n, e) != 0)
        return -1;
    return n == NULL ? 0 : text_numbers(t, n, 2, -1e6, 1e6, s->belt_mm, e);
}

static int
read_energies(const struct text *t, const struct text_node *in, struct sidecar *s, struct err *e)
{
    const struct text_node *n;

    s->energies = 1;
    if (text_one(t, in, "energies", &n, e) != 0)
        return -1;
    if (n == NULL)
        return 0;
    if (!s->line)
        return text_error(t, n, e, "only line scanners have two energies in one frame");
    if (text_args(t, n, 2, 2, e) != 0)
        return -1;
    if (strcmp(n->arg[0], "low") != 0 || strcmp(n->arg[1], "high") != 0)
        return text_error(t, n, e, "must be: energies low high");
    s->energies = 2;
    return 0;
}

int
sidecar_read(const struct text *t, struct sidecar *s, struct err *e)
{
    static const char *const root_words[] = {"import", NULL};
    static const char *const words[] = {"geometry", "energies",    "scanner", "darks",
                                        "flats",    "projections", "lines",   NULL};
    static const char *const blocks[] = {"darks", "flats"};
    const struct text_node *in, *n;

    memset(s, 0, sizeof *s);
    if (text_only(t, t->root, root_words, e) != 0 || text_need(t, t->root, "import", &in, e) != 0 ||
        text_args(t, in, 1, 1, e) != 0 || text_only(t, in, words, e) != 0 ||
        read_geometry(t, in, s, e) != 0 || read_energies(t, in, s, e) != 0)
        return -1;
    s->name = in->arg[0];
    if (text_one(t, in, "scanner", &n, e) != 0 || (n != NULL && text_args(t, n, 1, 1, e) != 0))
        return -1;
    s->scanner = n == NULL ? NULL : n->arg[0];
    for (int i = 0; i < 2; i++)
        if (text_one(t, in, blocks[i], &n, e) != 0 ||
            (n != NULL && read_series(t, n, (enum sidecar_role)i, s, e) != 0))
            return -1;
    const char *wrong = s->line ? "projections" : "lines";
    const char *right = s->line ? "lines" : "projections";
    if ((n = text_find(in, wrong)) != NULL)
        return text_error(t, n, e, "geometry %s has '%s'", s->geometry->arg[0], right);
    if (text_need(t, in, right, &n, e) != 0 || read_series(t, n, SIDECAR_ITEM, s, e) != 0)
        return -1;
    return s->line ? 0 : read_projections(t, n, s, e);
}
