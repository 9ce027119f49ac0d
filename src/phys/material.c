/* material: see material.h. Names are all in small letters and formulas begin with a capital or a
 * parenthesis, so one look tells them apart. */
#include "phys/material.h"

#include "base/text.h"
#include "phys/formula.h"
#include "phys/zeff.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define DENSITY_MIN 1e-6
#define DENSITY_MAX 100.0

static const struct entry {
    const char *name;
    double density_g_cm3;
    const char *composition, *title[2];
} entries[] = {
#define MATERIAL(name, density, composition, english, dutch)                                       \
    {name, density, composition, {english, dutch}},
#include "phys/material.def"
#undef MATERIAL
};

#define ENTRIES ((int)(sizeof entries / sizeof *entries))

/* Densities of the elements as they are found, g/cm3: NISTIR 5632, table 1 (At, Fr: nominal). */
static const double element_density[XS_Z_MAX + 1] = {
    0,        8.375e-5, 1.663e-4, 0.534, 1.848,    2.370,    1.700,    1.165e-3, 1.332e-3, 1.580e-3,
    8.385e-4, 0.971,    1.740,    2.699, 2.330,    2.200,    2.000,    2.995e-3, 1.662e-3, 0.862,
    1.550,    2.989,    4.540,    6.110, 7.180,    7.440,    7.874,    8.900,    8.902,    8.960,
    7.133,    5.904,    5.323,    5.730, 4.500,    7.072e-3, 3.478e-3, 1.532,    2.540,    4.469,
    6.506,    8.570,    10.22,    11.50, 12.41,    12.41,    12.02,    10.50,    8.650,    7.310,
    7.310,    6.691,    6.240,    4.930, 5.485e-3, 1.873,    3.500,    6.154,    6.657,    6.710,
    6.900,    7.220,    7.460,    5.243, 7.900,    8.229,    8.550,    8.795,    9.066,    9.321,
    6.730,    9.840,    13.31,    16.65, 19.30,    21.02,    22.57,    22.42,    21.45,    19.32,
    13.55,    11.72,    11.35,    9.747, 9.320,    10.00,    9.066e-3, 10.00,    5.000,    10.07,
    11.72,    15.37,    18.95,
};

/* The number after "@"; *out stays where there is none. */
static int
read_density(const char *what, const char *at, double *out, struct err *e)
{
    char *stop;

    if (at == NULL)
        return 0;
    double value = strtod(at + 1, &stop);
    if (at[1 + strspn(at + 1, "0123456789.eE+-")] != '\0' || stop == at + 1 || *stop != '\0' ||
        !(value >= DENSITY_MIN && value <= DENSITY_MAX))
        return err_set(e, ERR_INPUT, "'%.60s': after '@' comes a density of %g to %g g/cm3", what,
                       DENSITY_MIN, DENSITY_MAX);
    *out = value;
    return 0;
}

static int
unknown(const char *what, struct err *e)
{
    const char *nearest = "";
    int best = 4;

    for (int i = 0; i < ENTRIES; i++) {
        int d = text_distance(what, entries[i].name);
        if (d < best) {
            best = d;
            nearest = entries[i].name;
        }
    }
    if (best < 4)
        return err_set(e, ERR_INPUT, "'%.60s' is no known material; did you mean '%s'?", what,
                       nearest);
    return err_set(e, ERR_INPUT,
                   "'%.60s' is no known material; 'doorlicht mu --list' prints all names", what);
}

static int
fill_elements(const char *what, const double weight[XS_Z_MAX + 1], struct material *m,
              struct err *e)
{
    for (int z = 1; z <= XS_Z_MAX; z++) {
        if (weight[z] <= 0)
            continue;
        if (m->n == MATERIAL_ELEMENTS_MAX)
            return err_set(e, ERR_LIMIT, "'%.60s' has more than %d elements", what,
                           MATERIAL_ELEMENTS_MAX);
        m->z[m->n] = z;
        m->weight[m->n++] = weight[z];
    }
    return 0;
}

static const struct entry *
entry_of(const char *name)
{
    for (int i = 0; i < ENTRIES; i++)
        if (strcmp(entries[i].name, name) == 0)
            return &entries[i];
    return NULL;
}

int
material_find_any_density(const char *what, struct material *m, struct err *e)
{
    struct material out = {0};
    double weight[XS_Z_MAX + 1];
    const char *at = strchr(what, '@');
    size_t n = at == NULL ? strlen(what) : (size_t)(at - what);

    for (const char *p = what; *p != '\0'; p++)
        if (*p < ' ' || *p > '~')
            return err_set(e, ERR_INPUT,
                           "a material's name has a character that is not ASCII text");
    if (n == 0 || n >= MATERIAL_NAME_MAX)
        return err_set(e, ERR_INPUT, "'%.60s': a material has 1 to %d characters", what,
                       MATERIAL_NAME_MAX - 1);
    memcpy(out.name, what, n);
    const struct entry *known = entry_of(out.name);
    if (known == NULL && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ([", *what) == NULL)
        return unknown(out.name, e);
    const char *composition = known == NULL ? out.name : known->composition;
    if (formula_read(composition, strlen(composition), weight, e) != 0 ||
        fill_elements(out.name, weight, &out, e) != 0)
        return -1;
    if (known != NULL)
        out.density_g_cm3 = known->density_g_cm3;
    else if (xs_z(out.name, (int)n) != 0)
        out.density_g_cm3 = element_density[out.z[0]];
    if (read_density(what, at, &out.density_g_cm3, e) != 0)
        return -1;
    *m = out;
    return 0;
}

int
material_find(const char *what, struct material *m, struct err *e)
{
    struct material out;

    if (material_find_any_density(what, &out, e) != 0)
        return -1;
    if (out.density_g_cm3 <= 0)
        return err_set(e, ERR_INPUT,
                       "'%.60s' has no density of its own; give it in g/cm3: '%.60s@1.2'", what,
                       what);
    *m = out;
    return 0;
}

void
material_mu(const struct material *m, double kev, double cm2_g[XS_PROCESSES])
{
    double one[XS_PROCESSES];

    memset(cm2_g, 0, XS_PROCESSES * sizeof *cm2_g);
    for (int i = 0; i < m->n; i++) {
        xs_element(m->z[i], kev, one);
        for (int q = 0; q < XS_PROCESSES; q++)
            cm2_g[q] += m->weight[i] * one[q];
    }
}

double
material_mu_total(const struct material *m, double kev)
{
    double cm2_g[XS_PROCESSES], sum = 0;

    material_mu(m, kev, cm2_g);
    for (int q = 0; q < XS_PROCESSES; q++)
        sum += cm2_g[q];
    return sum;
}

double
material_electrons_mol_g(const struct material *m)
{
    double sum = 0;

    for (int i = 0; i < m->n; i++)
        sum += m->weight[i] * m->z[i] / xs_atomic_weight(m->z[i]);
    return sum;
}

double
material_zeff(const struct material *m)
{
    double cm2_mol[ZEFF_BAND], electrons = material_electrons_mol_g(m);

    for (int i = 0; i < ZEFF_BAND; i++)
        cm2_mol[i] = material_mu_total(m, zeff_kev(i)) / electrons;
    return zeff_match(cm2_mol);
}

int
material_count(void)
{
    return ENTRIES;
}

static const struct entry *
entry_at(int i)
{
    assert(i >= 0 && i < ENTRIES);
    return &entries[i];
}

const char *
material_name(int i)
{
    return entry_at(i)->name;
}

const char *
material_title(int i, int dutch)
{
    return entry_at(i)->title[dutch != 0];
}

enum material_class
material_class(double zeff)
{
    return zeff < 10   ? MATERIAL_ORGANIC
           : zeff < 18 ? MATERIAL_MIXED
           : zeff < 34 ? MATERIAL_METAL
                       : MATERIAL_HEAVY;
}

enum material_class
material_class_of(int i)
{
    struct material m;
    struct err e;
    int found = material_find(entry_at(i)->name, &m, &e);

    assert(found == 0);
    return material_class(material_zeff(&m));
}
