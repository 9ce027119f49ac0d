/* spectrum: see spectrum.h: files, filters, merging, half-value layers. The models are in tube.c
 * and linac.c. */
#include "phys/spectrum.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/num.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)1 << 20)
#define FILTER_MM_MAX 10000.0
#define HALF_VALUE_MM_MAX 1e6

/* Mass energy-absorption coefficient of dry air, cm2/g: NISTIR 5632, table 4. */
static const struct {
    double kev, cm2_g;
} air_absorption[] = {
    {1, 3599},        {1.5, 1188},      {2, 526.2},       {3, 161.4},      {3.2029, 133.0},
    {3.2029, 146.0},  {4, 76.36},       {5, 39.31},       {6, 22.70},      {8, 9.446},
    {10, 4.742},      {15, 1.334},      {20, 0.5389},     {30, 0.1537},    {40, 0.06833},
    {50, 0.04098},    {60, 0.03041},    {80, 0.02407},    {100, 0.02325},  {150, 0.02496},
    {200, 0.02672},   {300, 0.02872},   {400, 0.02949},   {500, 0.02966},  {600, 0.02953},
    {800, 0.02882},   {1000, 0.02789},  {1250, 0.02666},  {1500, 0.02547}, {2000, 0.02345},
    {3000, 0.02057},  {4000, 0.01870},  {5000, 0.01740},  {6000, 0.01647}, {8000, 0.01525},
    {10000, 0.01450}, {15000, 0.01353}, {20000, 0.01311},
};

/* ---- files ---- */

static const char *
skip_blank(const char *p)
{
    return p + strspn(p, " \t\r,");
}

/* One line: nothing, or two numbers. Returns 1 when there were numbers, 0, or -1. */
static int
read_line(const char *path, int number, const char *line, double *kev, double *photons,
          struct err *e)
{
    char *stop;
    const char *p = skip_blank(line);

    if (*p == '\0' || *p == '#')
        return 0;
    *kev = strtod(p, &stop);
    if (stop == p)
        return err_set(e, ERR_INPUT, "%s:%d: not a number: '%.20s'", path, number, p);
    p = skip_blank(stop);
    *photons = strtod(p, &stop);
    if (stop == p)
        return err_set(e, ERR_INPUT, "%s:%d: the second column is missing", path, number);
    p = skip_blank(stop);
    if (*p != '\0' && *p != '#')
        return err_set(e, ERR_INPUT, "%s:%d: more than two columns", path, number);
    if (!(*kev >= XS_KEV_MIN && *kev <= XS_KEV_MAX))
        return err_set(e, ERR_INPUT, "%s:%d: an energy outside %g .. %g keV", path, number,
                       XS_KEV_MIN, XS_KEV_MAX);
    if (!(*photons >= 0 && *photons <= 1e30))
        return err_set(e, ERR_INPUT, "%s:%d: photons outside 0 .. 1e30", path, number);
    return 1;
}

static int
read_rows(const char *path, char *text, struct spectrum *s, struct err *e)
{
    int number = 1;
    double kev = 0, photons = 0;

    for (char *line = text, *next; line != NULL; line = next, number++) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        int got = read_line(path, number, line, &kev, &photons, e);
        if (got < 0)
            return -1;
        if (got == 0)
            continue;
        if (s->n == SPECTRUM_BINS_MAX)
            return err_set(e, ERR_LIMIT, "%s:%d: more than %d rows", path, number,
                           SPECTRUM_BINS_MAX);
        if (s->n > 0 && !(kev > s->kev[s->n - 1]))
            return err_set(e, ERR_INPUT, "%s:%d: energies do not ascend", path, number);
        s->kev[s->n] = kev;
        s->photons[s->n++] = photons;
    }
    return 0;
}

static int
finish_bins(const char *path, struct spectrum *s, struct err *e)
{
    double total = 0;

    if (s->n < 2)
        return err_set(e, ERR_INPUT, "%s: a spectrum has at least two rows 'keV photons'", path);
    for (int i = 0; i < s->n; i++) {
        double below = i > 0 ? s->kev[i] - s->kev[i - 1] : s->kev[1] - s->kev[0];
        double above = i + 1 < s->n ? s->kev[i + 1] - s->kev[i] : below;
        s->width[i] = (below + above) / 2;
        total += s->photons[i];
    }
    if (!(total > 0))
        return err_set(e, ERR_INPUT, "%s: no photons at all", path);
    return 0;
}

int
spectrum_parse(const char *name, const char *text, size_t n, struct spectrum *s, struct err *e)
{
    struct spectrum out = {.n = 0};

    if (n > FILE_BYTES_MAX)
        return err_set(e, ERR_LIMIT, "%s: more than %zu bytes", name, FILE_BYTES_MAX);
    if (memchr(text, '\0', n) != NULL)
        return err_set(e, ERR_INPUT, "%s: a zero byte; is this a text file?", name);
    char *lines = mem_zero(n + 1, 1);
    memcpy(lines, text, n);
    int result = read_rows(name, lines, &out, e);
    mem_free(lines);
    if (result != 0 || finish_bins(name, &out, e) != 0)
        return -1;
    *s = out;
    return 0;
}

int
spectrum_load(const char *path, struct spectrum *s, struct err *e)
{
    uint8_t *bytes;
    size_t n;

    if (file_load(path, FILE_BYTES_MAX, &bytes, &n, e) != 0)
        return -1;
    int result = spectrum_parse(path, (char *)bytes, n, s, e);
    mem_free(bytes);
    return result;
}

/* ---- a block of a scanner file ---- */

static int
read_tube(const struct text *t, const struct text_node *block, const struct text_node *tube,
          struct spectrum *s, struct err *e)
{
    double kv, anode_deg = 20;

    if (text_numbers(t, tube, 1, 40, 320, &kv, e) != 0 ||
        text_set(t, block, "anode_deg", 5, 45, &anode_deg, e) != 0)
        return -1;
    return spectrum_tube(kv, anode_deg, s, e);
}

static int
read_file(const struct text *t, const struct text_node *file, const char *folder,
          struct spectrum *s, struct err *e)
{
    char path[1024];
    struct err inner;

    if (text_args(t, file, 1, 1, e) != 0)
        return -1;
    bool absolute = file->arg[0][0] == '/' || folder == NULL || folder[0] == '\0';
    int n = snprintf(path, sizeof path, "%s%s%s", absolute ? "" : folder, absolute ? "" : "/",
                     file->arg[0]);
    if (n < 0 || (size_t)n >= sizeof path)
        return text_error(t, file, e, "the path is too long");
    if (spectrum_load(path, s, &inner) != 0)
        return text_error(t, file, e, "%.280s", inner.text);
    return 0;
}

static int
read_filter(const struct text *t, const struct text_node *node, struct spectrum *s, struct err *e)
{
    struct material m;
    struct err inner;
    double mm;

    if (text_args(t, node, 2, 2, e) != 0)
        return -1;
    if (material_find(node->arg[0], &m, &inner) != 0)
        return text_error(t, node, e, "%.280s", inner.text);
    if (text_number(t, node, 1, 0, FILTER_MM_MAX, &mm, e) != 0)
        return -1;
    spectrum_filter(s, &m, mm);
    return 0;
}

int
spectrum_read(const struct text *t, const struct text_node *block, const char *folder,
              struct spectrum *s, struct err *e)
{
    static const char *const words[] = {"tube_kv", "anode_deg", "linac_mev",
                                        "file",    "filter",    NULL};
    const struct text_node *tube, *linac, *file;
    struct spectrum out;
    double mev;

    if (text_only(t, block, words, e) != 0 || text_one(t, block, "tube_kv", &tube, e) != 0 ||
        text_one(t, block, "linac_mev", &linac, e) != 0 ||
        text_one(t, block, "file", &file, e) != 0)
        return -1;
    if ((tube != NULL) + (linac != NULL) + (file != NULL) != 1)
        return text_error(t, block, e, "give one of tube_kv, linac_mev and file");
    if (tube == NULL && text_find(block, "anode_deg") != NULL)
        return text_error(t, block, e, "anode_deg goes with tube_kv");
    if (tube != NULL && read_tube(t, block, tube, &out, e) != 0)
        return -1;
    if (linac != NULL &&
        (text_numbers(t, linac, 1, 2, 10, &mev, e) != 0 || spectrum_linac(mev, &out, e) != 0))
        return -1;
    if (file != NULL && read_file(t, file, folder, &out, e) != 0)
        return -1;
    for (const struct text_node *n = block->first; n != NULL; n = n->next)
        if (strcmp(n->word, "filter") == 0 && read_filter(t, n, &out, e) != 0)
            return -1;
    *s = out;
    return 0;
}

/* ---- what is done with spectra ---- */

void
spectrum_filter(struct spectrum *s, const struct material *m, double mm)
{
    for (int i = 0; i < s->n; i++)
        s->photons[i] *= num_exp(-material_mu_total(m, s->kev[i]) * m->density_g_cm3 * mm / 10);
}

void
spectrum_merge(struct spectrum *s, int bins)
{
    if (bins < 1 || s->n <= bins)
        return;
    int from = 0;
    for (int k = 0; k < bins; k++) {
        int to = (int)((int64_t)s->n * (k + 1) / bins);
        double photons = 0, energy = 0, width = 0, middle = (s->kev[from] + s->kev[to - 1]) / 2;
        for (int i = from; i < to; i++) {
            photons += s->photons[i];
            energy += s->photons[i] * s->kev[i];
            width += s->width[i];
        }
        s->kev[k] = photons > 0 ? energy / photons : middle;
        s->width[k] = width;
        s->photons[k] = photons;
        from = to;
    }
    s->n = bins;
}

double
spectrum_mean_kev(const struct spectrum *s)
{
    double photons = 0, energy = 0;

    for (int i = 0; i < s->n; i++) {
        photons += s->photons[i];
        energy += s->photons[i] * s->kev[i];
    }
    return photons > 0 ? energy / photons : 0;
}

static double
absorption_in_air(double kev)
{
    int i = 0, last = (int)(sizeof air_absorption / sizeof *air_absorption) - 2;

    while (i < last && air_absorption[i + 1].kev <= kev)
        i++;
    double a = num_log(air_absorption[i].cm2_g), b = num_log(air_absorption[i + 1].cm2_g);
    double part = num_log(kev / air_absorption[i].kev) /
                  num_log(air_absorption[i + 1].kev / air_absorption[i].kev);
    return num_exp(a + part * (b - a));
}

double
spectrum_half_value_mm(const struct spectrum *s, const struct material *m)
{
    double kerma[SPECTRUM_BINS_MAX], mu_mm[SPECTRUM_BINS_MAX], total = 0;
    double low = 0, high = HALF_VALUE_MM_MAX;

    for (int i = 0; i < s->n; i++) {
        kerma[i] = s->photons[i] * s->kev[i] * absorption_in_air(s->kev[i]);
        mu_mm[i] = material_mu_total(m, s->kev[i]) * m->density_g_cm3 / 10;
        total += kerma[i];
    }
    for (int step = 0; step < 80; step++) {
        double mm = (low + high) / 2, left = 0;
        for (int i = 0; i < s->n; i++)
            left += kerma[i] * num_exp(-mu_mm[i] * mm);
        if (left > total / 2)
            low = mm;
        else
            high = mm;
    }
    return (low + high) / 2;
}
