/* response: see response.h. The first interaction, then what its photons do inside the layer
 * (doc/physics/response.md, equations 1 to 8); energy is lost with photons that leave, never
 * created. */
#include "phys/response.h"

#include "base/num.h"
#include "phys/spectrum.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define REST_KEV 510.99895
#define PAIR_KEV (2 * REST_KEV)
#define THICKNESS_MM_MAX 1000.0
#define NODE_LOW_KEV 10.0   /* photons below stay where they are born */
#define RADIATING_KEV 100.0 /* electrons below radiate next to nothing */
#define COMPTON_STEPS 48
#define ESCAPE_STEPS 16
#define FLUORESCENCE_KEV_MIN 10.0 /* K edges below: the photon never gets out */
#define K_LINE_PART 0.876         /* mean energy of the K lines over that of the edge */

/* Mean and mean square of a deposited energy: keV, keV2. */
struct moments {
    double kev, kev2;
};

/* ---- what is born inside: equations 4 to 7 ---- */

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

static double
node_kev(int i)
{
    return NODE_LOW_KEV * num_exp(i * num_log(XS_KEV_MAX / NODE_LOW_KEV) / (RESPONSE_NODES - 1));
}

/* What a photon born in the layer leaves there in all, from the nodes that are there already. */
static struct moments
photon_inside(const struct response *r, double kev)
{
    double at =
        num_log(kev / NODE_LOW_KEV) * ((RESPONSE_NODES - 1) / num_log(XS_KEV_MAX / NODE_LOW_KEV));
    int last = r->n_nodes - 1;

    if (at <= 0 || last < 0)
        return (struct moments){kev, kev * kev};
    int i = (int)at;
    double part = at - i;
    if (i >= last) {
        i = last > 0 ? last - 1 : 0;
        part = last > 0 ? 1 : 0;
    }
    int j = last > 0 ? i + 1 : i;
    return (struct moments){kev * (r->kept[i] + part * (r->kept[j] - r->kept[i])),
                            kev * kev * (r->kept2[i] + part * (r->kept2[j] - r->kept2[i]))};
}

/* What an electron leaves: all but that part of its bremsstrahlung which escapes. */
static double
electron_inside(const struct response *r, double kev)
{
    double z = 0;

    if (kev < RADIATING_KEV)
        return kev;
    for (int i = 0; i < r->scintillator.n; i++)
        z += r->scintillator.weight[i] * r->scintillator.z[i];
    double yield = 6e-7 * z * kev, typical = kev / 3;
    yield /= 1 + yield;
    return kev * (1 - yield * (1 - photon_inside(r, typical).kev / typical));
}

/* ---- the three ways to interact: equations 3, 5, 8 ---- */

/* Klein and Nishina's distribution; finer steps forward, where it peaks at high energies. */
static struct moments
compton(const struct response *r, double kev)
{
    double a = kev / REST_KEV, weight = 0;
    struct moments m = {0};

    for (int i = 0; i < COMPTON_STEPS; i++) {
        double u = (i + 0.5) / COMPTON_STEPS, away = 2 * u * u * u, c = 1 - away;
        double p = 1 / (1 + a * away), w = p * p * (p + 1 / p - 1 + c * c) * 6 * u * u;
        struct moments again = photon_inside(r, kev * p);
        double own = electron_inside(r, kev * (1 - p));
        weight += w;
        m.kev += w * (own + again.kev);
        m.kev2 += w * (own * own + 2 * own * again.kev + again.kev2);
    }
    return (struct moments){m.kev / weight, m.kev2 / weight};
}

/* Yield of K fluorescence: Bambynek et al., Rev. Mod. Phys. 44 (1972) 716. */
static double
fluorescence_yield(int z)
{
    double a = 0.015 + z * (0.0327 - 0.64e-6 * z * z), a2 = a * a, a4 = a2 * a2;

    return a4 / (1 + a4);
}

static struct moments
photo(const struct response *r, int element, double kev)
{
    double all = electron_inside(r, kev), part = r->k_part[element];

    if (part <= 0 || kev < r->k_edge_kev[element])
        return (struct moments){all, all * all};
    double line = r->k_edge_kev[element] * K_LINE_PART, own = electron_inside(r, kev - line);
    struct moments again = photon_inside(r, line);
    return (struct moments){(1 - part) * all + part * (own + again.kev),
                            (1 - part) * all * all +
                                part * (own * own + 2 * own * again.kev + again.kev2)};
}

static struct moments
pair(const struct response *r, double kev)
{
    if (kev <= PAIR_KEV)
        return (struct moments){0, 0};
    double own = 2 * electron_inside(r, (kev - PAIR_KEV) / 2);
    struct moments again = photon_inside(r, REST_KEV);
    return (struct moments){own + 2 * again.kev, own * own + 4 * own * again.kev + 2 * again.kev2 +
                                                     2 * again.kev * again.kev};
}

/* Equation 2: one interaction and all that follows from it. */
static struct moments
interaction(const struct response *r, double kev)
{
    double one[XS_PROCESSES], mass = 0;
    struct moments m = {0}, scattered = compton(r, kev), paired = pair(r, kev);

    for (int i = 0; i < r->scintillator.n; i++) {
        double weight = r->scintillator.weight[i];
        xs_element(r->scintillator.z[i], kev, one);
        struct moments absorbed = photo(r, i, kev);
        double p = one[XS_PHOTO], s = one[XS_INCOHERENT];
        double b = one[XS_PAIR_NUCLEAR] + one[XS_PAIR_ELECTRON];
        mass += weight * (p + s + b);
        m.kev += weight * (p * absorbed.kev + s * scattered.kev + b * paired.kev);
        m.kev2 += weight * (p * absorbed.kev2 + s * scattered.kev2 + b * paired.kev2);
    }
    return (struct moments){m.kev / mass, m.kev2 / mass};
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

/* Part of the photoelectric events in element z that send a K photon out, and the edge. */
static double
k_photons(int z, double *edge_kev)
{
    double edge[32], above[XS_PROCESSES], below[XS_PROCESSES];
    int n = xs_edges(z, edge, 32);

    *edge_kev = n > 0 ? edge[n - 1] : 0;
    if (*edge_kev < FLUORESCENCE_KEV_MIN)
        return 0;
    xs_element(z, *edge_kev, above);
    xs_element(z, *edge_kev * (1 - 1e-9), below);
    return (1 - below[XS_PHOTO] / above[XS_PHOTO]) * fluorescence_yield(z);
}

void
response_prepare(struct response *r)
{
    r->n_nodes = 0;
    if (r->n_points > 0)
        return;
    for (int i = 0; i < r->scintillator.n; i++)
        r->k_part[i] = k_photons(r->scintillator.z[i], &r->k_edge_kev[i]);
    for (int i = 0; i < RESPONSE_NODES; i++) {
        double kev = i < RESPONSE_NODES - 1 ? node_kev(i) : XS_KEV_MAX;
        double mu_mm = mu_without_coherent(&r->scintillator, kev);
        double caught = 1 - escape(mu_mm * r->thickness_mm);
        if (r->width_mm > 0)
            caught *= 1 - escape(mu_mm * r->width_mm);
        struct moments m = interaction(r, kev);
        r->kept[i] = caught * m.kev / kev;
        r->kept2[i] = caught * m.kev2 / (kev * kev);
        r->n_nodes = i + 1;
    }
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
    assert(r->n_nodes == RESPONSE_NODES);
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
    assert(r->n_nodes == RESPONSE_NODES);
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
    static const char *const words[] = {"scintillator", "width_mm", "filter", "table", NULL};
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
    if (text_set(t, block, "width_mm", 0.01, THICKNESS_MM_MAX, &out.width_mm, e) != 0)
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
    response_prepare(&out);
    *r = out;
    return 0;
}
