/* decompose: from wedge scans to the DECOMPOSITION of every view: groups of pixels, fits, tables,
 * and what the wedges reveal about themselves. */
#include "calib/fit.h"
#include "calib/make.h"
#include "calib/mono.h"
#include "calib/table.h"
#include "calib/wedge.h"

#include "base/num.h"

#include <math.h>
#include <string.h>

#define GROUP_WIDTH 48    /* pixels that share a table; more where the array is long */
#define ODD_STEPS 2       /* steps that a pixel must miss to be called nonlinear */
#define THICKNESS_OFF 0.2 /* relative: a wedge that is so much thicker is not the one declared */
#define FIT_OFF 0.15      /* relative: a model that is so wrong is not this machine's */

struct view_work {
    int view, groups, wedges;
    const struct geometry_view *geometry;
    struct wedge_group group[WEDGE_GROUPS_MAX];
    struct wedge wedge[CALIB_WEDGES_MAX];
    struct wedge_point *points[CALIB_WEDGES_MAX];
    const struct dual_mu *grid; /* table_grid() of this machine */
    struct dual nominal[WEDGE_GROUPS_MAX];
    struct fit_data *data; /* per group */
    struct fit fit[WEDGE_GROUPS_MAX];
    uint8_t *odd;
};

/* A tomograph's detector faces the source: all of it sees one spectrum, and shares a table. */
static bool
has_gantry(const struct make *m)
{
    return text_find(m->air.machine, "gantry") != NULL;
}

static double
group_obliquity(const struct view_work *v, int g)
{
    double distance, obliquity = 1;

    if (v->geometry != NULL)
        geometry_ray(v->geometry, (int)v->group[g].place, &distance, &obliquity);
    return obliquity;
}

/* The step of a group whose high channel is nearest to an attenuation of 1; -1 = none. */
static int
middle_step(const struct view_work *v, int w, int g)
{
    int best = -1;
    double least = 1e30;

    for (int i = 0; i < v->wedge[w].steps; i++) {
        const struct wedge_point *p = &v->points[w][g * v->wedge[w].steps + i];
        double far = p->a[1] > 1 ? p->a[1] : 1 / (p->a[1] + 1e-9);
        if (p->sigma[0] > 0 && p->sigma[1] > 0 && far < least) {
            least = far;
            best = i;
        }
    }
    return best;
}

/* A wedge of another material shows itself in the pair, one of another thickness in the amount. */
static int
check_material(struct make *m, const struct machine *machine, const struct view_work *v, int w,
               struct err *e)
{
    const struct wedge *wedge = &v->wedge[w];
    int g = v->groups / 2, i = middle_step(v, w, g);
    double is, want = material_zeff(&wedge->material), g_cm2;

    if (i < 0)
        return 0;
    const struct wedge_point *p = &v->points[w][g * wedge->steps + i];
    is = table_invert(&v->nominal[g], v->grid, p->a[0], p->a[1], machine->mev, &g_cm2);
    double slack = machine->mev ? 4 + 0.4 * want : 1.5 + 0.15 * want;
    if (want <= 45 && (is <= 0 || fabs(is - want) > slack))
        return err_set(e, ERR_CALIB,
                       "%s: the wedge is not %s: step %d looks like an effective atomic number of "
                       "%.1f instead of %.1f in view %d",
                       wedge->name, wedge->material.name, i + 1, is, want, v->view);
    double usual = material_electrons_mol_g(&wedge->material) / table_electrons_mol_g(is);
    double ratio = g_cm2 / usual / wedge->step[i].g_cm2;
    if (want <= 45 && fabs(ratio - 1) > THICKNESS_OFF)
        notes_warn(m->notes,
                   "%s: the %s wedge attenuates like %.3g times its declared thickness (step %d, "
                   "view %d); check its description",
                   wedge->name, wedge->material.name, ratio, i + 1, v->view);
    return 0;
}

static int
measure_wedges(struct make *m, const struct machine *machine, struct view_work *v,
               struct arena *arena, struct err *e)
{
    for (int w = 0; w < m->wedges; w++) {
        struct wedge *wedge = &v->wedge[w];
        if (wedge_read(&m->wedge[w], wedge, e) != 0)
            return -1;
        if (wedge->blocker)
            return err_set(e, ERR_INPUT,
                           "%s: lead strips stood before this wedge; give it as --scatter, and one "
                           "without them as --wedge",
                           wedge->name);
        v->points[w] = arena_zero(arena, (size_t)(v->groups * wedge->steps), sizeof *v->points[w]);
        if (wedge_measure(m, &m->wedge[w], wedge, v->view, v->group, v->groups, v->points[w],
                          v->odd, e) != 0 ||
            wedge_check_order(wedge, v->view, v->points[w], v->groups, e) != 0 ||
            check_material(m, machine, v, w, e) != 0)
            return -1;
        v->wedges++;
    }
    return 0;
}

/* Wedges of different scans may be of one material: it is listed once, ascending in Zeff. */
static void
list_materials(const struct view_work *v, struct fit_data *d, int *index)
{
    for (int w = 0; w < v->wedges; w++) {
        double z = material_zeff(&v->wedge[w].material);
        int at = 0;
        while (at < d->materials && d->zeff[at] < z - 0.05)
            at++;
        if (at < d->materials && d->zeff[at] < z + 0.05)
            continue;
        for (int i = d->materials; i > at; i--)
            d->zeff[i] = d->zeff[i - 1];
        d->zeff[at] = z;
        d->materials++;
    }
    for (int w = 0; w < v->wedges; w++)
        for (int i = 0; i < d->materials; i++)
            if (fabs(d->zeff[i] - material_zeff(&v->wedge[w].material)) <= 0.05)
                index[w] = i;
}

static void
collect(const struct view_work *v, int g, struct fit_data *d)
{
    int index[CALIB_WEDGES_MAX] = {0};

    *d = (struct fit_data){.materials = 0};
    list_materials(v, d, index);
    for (int w = 0; w < v->wedges; w++) {
        dual_material(&v->nominal[g], &v->wedge[w].material, &d->mu[index[w]]);
        for (int i = 0; i < v->wedge[w].steps && d->points < FIT_POINTS_MAX; i++) {
            const struct wedge_point *p = &v->points[w][g * v->wedge[w].steps + i];
            int n = d->points;
            if (!(v->wedge[w].step[i].g_cm2 > 0) || !(p->sigma[0] > 0 || p->sigma[1] > 0))
                continue;
            d->which[n] = index[w];
            d->t_g_cm2[n] = v->wedge[w].step[i].g_cm2;
            for (int k = 0; k < 2; k++) {
                d->a[k][n] = p->a[k];
                d->sigma[k][n] = p->sigma[k];
            }
            d->points++;
        }
    }
}

struct fit_job {
    const struct view_work *v;
    struct fit *fit;
};

static void
fit_groups(void *arg, int begin, int end)
{
    const struct fit_job *j = arg;
    struct fit_data *d = mem_zero(1, sizeof *d);

    for (int g = begin; g < end; g++) {
        collect(j->v, g, d);
        fit_make(&j->v->nominal[g], d, &j->fit[g]);
    }
    mem_free(d);
}

/* Noise of one sample in a group: means over its good pixels. */
static struct table_noise
group_noise(const struct make *m, const struct view_work *v, int g)
{
    struct table_noise out = {.photons = {0}};

    for (int k = 0; k < 2; k++) {
        const float *air = shelf_get(&m->shelf, Q_AIR, v->view, k);
        const float *dark = shelf_get(&m->shelf, Q_NOISE, v->view, k);
        const float *rough = shelf_get(&m->shelf, Q_AIR_NOISE, v->view, k);
        const uint8_t *bad = shelf_get(&m->shelf, Q_BAD_PIXEL, v->view, k);
        int n = 0;
        for (int p = v->group[g].begin; p < v->group[g].end; p++) {
            if (bad[p] || !(air[p] > 0))
                continue;
            double a = (double)air[p], d = (double)dark[p], r = (double)rough[p];
            out.photons[k] += r > d ? (r * r - d * d) / (a * a) : 0;
            out.dark[k] += d * d / (a * a);
            n++;
        }
        if (n > 0) {
            out.photons[k] /= n;
            out.dark[k] /= n;
        }
    }
    return out;
}

static void
make_tables(struct make *m, const struct machine *machine, const struct view_work *v)
{
    struct table t = {.mu = v->grid, .nodes = v->groups, .mev = machine->mev, .fit = v->fit};
    int lines = v->groups * TABLE_NX;
    float *cells =
        shelf_put(&m->shelf, Q_DECOMPOSITION, v->view, 0, 1 + lines, TABLE_NY, CELL_SIZE);
    float *ranges = shelf_put(&m->shelf, Q_DECOMPOSITION, v->view, 1, lines, GROUPS, 2);

    for (int g = 0; g < v->groups; g++) {
        t.place[g] = v->group[g].place;
        t.noise[g] = group_noise(m, v, g);
    }
    table_fill(&t, m->pool, cells, ranges);
    if (has_gantry(m) && !machine->mev)
        mono_fill(
            &v->fit[0], v->grid, m->pool,
            shelf_put(&m->shelf, Q_MONOCHROMATIC, v->view, 0, 1 + MONO_SIDE_U, MONO_SIDE_V, 2));
}

/* Pixels that leave their neighbours in several steps are bad from now on. */
static void
mark_odd(struct make *m, const struct view_work *v, int pixels)
{
    int n = 0, first = -1;

    for (int p = 0; p < pixels; p++) {
        if (v->odd[p] < ODD_STEPS)
            continue;
        for (int k = 0; k < 2; k++)
            ((uint8_t *)shelf_get(&m->shelf, Q_BAD_PIXEL, v->view, k))[p] |= MASK_DEAD;
        first = first < 0 ? p : first;
        n++;
    }
    void (*tell)(struct notes *, const char *, ...) = n > pixels / 50 ? notes_warn : notes_say;
    if (n > 0)
        tell(m->notes,
             "view %d: %d pixels do not follow their neighbours through the wedges (the first is "
             "pixel %d): nonlinear, they will be replaced",
             v->view, n, first);
}

static void
check_fit(struct make *m, const struct view_work *v)
{
    double worst = 0, rms[2] = {0, 0};

    for (int g = 0; g < v->groups; g++) {
        worst = v->fit[g].worst > worst ? v->fit[g].worst : worst;
        for (int k = 0; k < 2; k++)
            rms[k] = v->fit[g].rms[k] > rms[k] ? v->fit[g].rms[k] : rms[k];
    }
    if (worst > FIT_OFF)
        notes_warn(m->notes,
                   "view %d: the wedges differ from the described machine by up to %.0f %% even "
                   "after the fit; is the scanner's description right?",
                   v->view, 100 * worst);
    notes_say(m->notes,
              "view %d: %d materials in %d pixel groups; attenuation after the fit within %.4f "
              "(low) and %.4f (high) rms of the wedges",
              v->view, v->fit[0].materials, v->groups, rms[0], rms[1]);
}

static int
make_view_tables(struct make *m, const struct machine *machine, const struct dual_mu *grid,
                 int view, struct err *e)
{
    const struct scan_channel *c = scan_find(&m->air, view, 0);
    struct arena arena = {.block = NULL};
    struct view_work *v = arena_zero(&arena, 1, sizeof *v);
    int result = -1;

    v->view = view;
    v->grid = grid;
    v->geometry = make_view(m, c);
    v->odd = arena_zero(&arena, (size_t)c->n, 1);
    int width = has_gantry(m) ? c->n : c->n / 24 > GROUP_WIDTH ? c->n / 24 : GROUP_WIDTH;
    v->groups = wedge_groups(v->geometry, c->n, width, v->group);
    for (int g = 0; g < v->groups; g++)
        dual_make(machine, group_obliquity(v, g), &v->nominal[g]);
    if (measure_wedges(m, machine, v, &arena, e) != 0)
        goto out;
    mark_odd(m, v, c->n);
    struct fit_job j = {.v = v, .fit = v->fit};
    par_for(m->pool, 0, v->groups, 1, fit_groups, &j);
    check_fit(m, v);
    make_tables(m, machine, v);
    result = 0;
out:
    arena_free(&arena);
    return result;
}

static int
make_all_tables(struct make *m, struct machine *machine, struct err *e)
{
    struct dual *dual = mem_zero(1, sizeof *dual);
    struct dual_mu *grid = mem_zero(TABLE_Z, sizeof *grid);
    int result = 0;

    for (int k = 0; k < 2; k++)
        spectrum_merge(&machine->spectrum[k], DUAL_BINS);
    dual_make(machine, 1, dual);
    table_grid(dual, m->pool, grid);
    for (int v = 0; result == 0 && v < GEOMETRY_VIEWS_MAX; v++)
        if (scan_find(&m->air, v, 0) != NULL && scan_find(&m->air, v, 1) != NULL)
            result = make_view_tables(m, machine, grid, v, e);
    mem_free(grid);
    mem_free(dual);
    return result;
}

int
make_decomposition(struct make *m, struct err *e)
{
    struct machine *machine;

    if (m->wedges == 0)
        return 0;
    if (m->air.machine == NULL)
        return err_set(e, ERR_CALIB,
                       "%s: its description has no scanner block with source and detector, which "
                       "the wedges need",
                       m->air.name);
    machine = mem_zero(1, sizeof *machine);
    int energies = machine_read(&m->air.about, m->air.machine, m->folder, machine, e);
    if (energies == 0)
        notes_warn(m->notes, "scanner '%s' has one energy: the wedges are of no use",
                   m->air.scanner);
    if (m->wedges < 2 && energies == 1)
        notes_warn(m->notes,
                   "one wedge of one material: materials that are far from it will be less exact; "
                   "use at least a plastic, aluminium and steel");
    int result = energies == 1 ? make_all_tables(m, machine, e) : energies;
    mem_free(machine);
    return result;
}
