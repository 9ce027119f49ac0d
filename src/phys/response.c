/* response: see response.h. The first interaction decides (doc/physics/response.md, equations 1 to
 * 6); energy is lost with K fluorescence, scattered photons and annihilation, never created. */
#include "phys/response.h"

#include "base/num.h"
#include "phys/spectrum.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define REST_KEV 510.99895
#define PAIR_KEV (2 * REST_KEV)
#define THICKNESS_MM_MAX 1000.0
#define COMPTON_STEPS 48
#define ESCAPE_STEPS 16
#define FLUORESCENCE_KEV_MIN 10.0 /* K edges below: the photon never gets out */
#define K_LINE_PART 0.876         /* mean energy of the K lines over that of the edge */

/* What one interaction leaves behind: mean and mean square, weighted with cm2/g. */
struct moments {
    double mass, kev, kev2;
};

/* ---- Compton: equation 3 ---- */

/* Mean and mean square of the part of its energy that a photon gives to the electron, over Klein
 * and Nishina's angular distribution; c runs over the cosine. */
static void
compton_parts(double kev, double *mean, double *square)
{
    double a = kev / REST_KEV, weight = 0, sum = 0, sum2 = 0;

    for (int i = 0; i < COMPTON_STEPS; i++) {
        /* finer steps forward, where the distribution peaks at high energies */
        double u = (i + 0.5) / COMPTON_STEPS, away = 2 * u * u * u, c = 1 - away;
        double p = 1 / (1 + a * away), w = p * p * (p + 1 / p - 1 + c * c) * 6 * u * u;
        weight += w;
        sum += w * (1 - p);
        sum2 += w * (1 - p) * (1 - p);
    }
    *mean = sum / weight;
    *square = sum2 / weight;
}

/* ---- fluorescence: equations 4 and 5 ---- */

/* Probability that a photon born anywhere in a slab of optical thickness tau leaves it. */
static double
escape(double tau)
{
    double sum = 0;

    for (int i = 0; i < ESCAPE_STEPS; i++) {
        double c = (i + 0.5) / ESCAPE_STEPS;
        sum += c * -num_expm1(-tau / c);
    }
    sum /= ESCAPE_STEPS * tau;
    return sum < 1 ? sum : 1;
}

/* Yield of K fluorescence: Bambynek et al., Rev. Mod. Phys. 44 (1972) 716. */
static double
fluorescence_yield(int z)
{
    double a = 0.015 + z * (0.0327 - 0.64e-6 * z * z), a2 = a * a, a4 = a2 * a2;

    return a4 / (1 + a4);
}

/* Part of the photoelectric events in element z that happen in its K shell, and the edge. */
static double
k_shell_part(int z, double *edge_kev)
{
    double edge[32], above[XS_PROCESSES], below[XS_PROCESSES];
    int n = xs_edges(z, edge, 32);

    *edge_kev = n > 0 ? edge[n - 1] : 0;
    if (*edge_kev < FLUORESCENCE_KEV_MIN)
        return 0;
    xs_element(z, *edge_kev, above);
    xs_element(z, *edge_kev * (1 - 1e-9), below);
    return 1 - below[XS_PHOTO] / above[XS_PHOTO];
}

static void
add_photo(const struct response *r, int element, double kev, double mass, struct moments *m)
{
    double edge, part = k_shell_part(r->scintillator.z[element], &edge), lost = 0;

    if (part > 0 && kev >= edge) {
        double tau = material_mu_total(&r->scintillator, edge * K_LINE_PART) *
                     r->scintillator.density_g_cm3 * r->thickness_mm / 10;
        lost = part * fluorescence_yield(r->scintillator.z[element]) * escape(tau);
    }
    double rest = kev - edge * K_LINE_PART;
    m->mass += mass;
    m->kev += mass * (lost > 0 ? (1 - lost) * kev + lost * rest : kev);
    m->kev2 += mass * (lost > 0 ? (1 - lost) * kev * kev + lost * rest * rest : kev * kev);
}

/* ---- one interaction: equation 2 ---- */

static struct moments
interaction(const struct response *r, double kev)
{
    struct moments m = {0};
    double mean, square, one[XS_PROCESSES], left = kev > PAIR_KEV ? kev - PAIR_KEV : 0;

    compton_parts(kev, &mean, &square);
    for (int i = 0; i < r->scintillator.n; i++) {
        double weight = r->scintillator.weight[i];
        xs_element(r->scintillator.z[i], kev, one);
        add_photo(r, i, kev, weight * one[XS_PHOTO], &m);
        double scatter = weight * one[XS_INCOHERENT];
        double pair = weight * (one[XS_PAIR_NUCLEAR] + one[XS_PAIR_ELECTRON]);
        m.mass += scatter + pair;
        m.kev += scatter * mean * kev + pair * left;
        m.kev2 += scatter * square * kev * kev + pair * left * left;
    }
    m.kev /= m.mass;
    m.kev2 /= m.mass;
    return m;
}

/* Without coherent scattering, which hardly turns a photon and takes nothing from it. */
static double
mu_without_coherent(const struct material *m, double kev)
{
    double q[XS_PROCESSES];

    material_mu(m, kev, q);
    return (q[XS_PHOTO] + q[XS_INCOHERENT] + q[XS_PAIR_NUCLEAR] + q[XS_PAIR_ELECTRON]) *
           m->density_g_cm3 / 10;
}

/* Part of the photons that reach the layer through its filters. */
static double
through_filters(const struct response *r, double kev, double obliquity)
{
    double sum = 0;

    for (int i = 0; i < r->n_filters; i++)
        sum += mu_without_coherent(&r->filter[i], kev) * r->filter_mm[i];
    return num_exp(-sum * obliquity);
}

/* A measured table, linear between its rows and in proportion to the energy beyond its ends. */
static double
from_table(const struct response *r, double kev)
{
    int i = 0, last = r->n_points - 1;

    if (kev <= r->kev[0])
        return r->deposited_kev[0] * kev / r->kev[0];
    if (kev >= r->kev[last])
        return r->deposited_kev[last] * kev / r->kev[last];
    while (r->kev[i + 1] <= kev)
        i++;
    double part = (kev - r->kev[i]) / (r->kev[i + 1] - r->kev[i]);
    return r->deposited_kev[i] + part * (r->deposited_kev[i + 1] - r->deposited_kev[i]);
}

void
response_photon(const struct response *r, double kev, double obliquity, double *deposited_kev,
                double *passed)
{
    assert(obliquity >= 1);
    double reach = through_filters(r, kev, obliquity);
    if (r->n_points > 0) {
        double d = from_table(r, kev);
        *deposited_kev = reach * d;
        *passed = reach * (1 - d / kev);
        return;
    }
    double tau = mu_without_coherent(&r->scintillator, kev) * r->thickness_mm * obliquity;
    *deposited_kev = reach * -num_expm1(-tau) * interaction(r, kev).kev;
    *passed = reach * num_exp(-tau);
}

double
response_square(const struct response *r, double kev, double obliquity)
{
    assert(obliquity >= 1);
    double reach = through_filters(r, kev, obliquity);
    if (r->n_points > 0)
        return reach * from_table(r, kev) * kev; /* as if each photon left all or nothing */
    double tau = mu_without_coherent(&r->scintillator, kev) * r->thickness_mm * obliquity;
    return reach * -num_expm1(-tau) * interaction(r, kev).kev2;
}

/* ---- a block of a scanner file ---- */

static int
read_sheet(const struct text *t, const struct text_node *n, struct material *m, double *mm,
           struct err *e)
{
    struct err inner;

    if (text_args(t, n, 2, 2, e) != 0)
        return -1;
    if (material_find(n->arg[0], m, &inner) != 0)
        return text_error(t, n, e, "%.280s", inner.text);
    return text_number(t, n, 1, 1e-6, THICKNESS_MM_MAX, mm, e);
}

static int
read_table(const struct text *t, const struct text_node *n, const char *folder, struct response *r,
           struct err *e)
{
    struct spectrum rows;
    struct err inner;
    char path[1024];

    if (text_args(t, n, 1, 1, e) != 0)
        return -1;
    bool absolute = n->arg[0][0] == '/' || folder == NULL || folder[0] == '\0';
    int length = snprintf(path, sizeof path, "%s%s%s", absolute ? "" : folder, absolute ? "" : "/",
                          n->arg[0]);
    if (length < 0 || (size_t)length >= sizeof path)
        return text_error(t, n, e, "the path is too long");
    if (spectrum_load(path, &rows, &inner) != 0)
        return text_error(t, n, e, "%.280s", inner.text);
    for (int i = 0; i < rows.n; i++) {
        if (rows.photons[i] > rows.kev[i])
            return text_error(t, n, e, "%.200s deposits more than the photon has at %g keV", path,
                              rows.kev[i]);
        r->kev[i] = rows.kev[i];
        r->deposited_kev[i] = rows.photons[i];
    }
    r->n_points = rows.n;
    return 0;
}

int
response_read(const struct text *t, const struct text_node *block, const char *folder,
              struct response *r, struct err *e)
{
    static const char *const words[] = {"scintillator", "filter", "table", NULL};
    const struct text_node *layer, *table;
    struct response out = {0};

    if (text_only(t, block, words, e) != 0 || text_one(t, block, "scintillator", &layer, e) != 0 ||
        text_one(t, block, "table", &table, e) != 0)
        return -1;
    if ((layer != NULL) + (table != NULL) != 1)
        return text_error(t, block, e, "give either scintillator or table");
    if (layer != NULL && read_sheet(t, layer, &out.scintillator, &out.thickness_mm, e) != 0)
        return -1;
    if (table != NULL && read_table(t, table, folder, &out, e) != 0)
        return -1;
    for (const struct text_node *n = block->first; n != NULL; n = n->next) {
        if (strcmp(n->word, "filter") != 0)
            continue;
        if (out.n_filters == 4)
            return text_error(t, n, e, "more than four filters");
        if (read_sheet(t, n, &out.filter[out.n_filters], &out.filter_mm[out.n_filters], e) != 0)
            return -1;
        out.n_filters++;
    }
    *r = out;
    return 0;
}
