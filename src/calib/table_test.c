/* The decomposition against a machine that is not quite the described one: wedges of five materials
 * in, blocks of materials that it never saw out. The machine is computed here, bin by bin. */
#include "base/num.h"
#include "base/rng.h"
#include "base/test.h"
#include "calib/table.h"
#include "kern/kern.h"
#include "stage/stage.h"

extern const struct stage stage_material;

static const char *const kv_wedges[] = {"C2H4@0.95", "C5H8O2@1.19", "Al", "Fe", "Cu"};
static const char *const mev_wedges[] = {"C2H4@0.95", "Al", "Fe", "Pb"};
enum { STEPS = 10 };

/* The described parcel cabinet or portal, or (off) a specimen of it as it was really built. */
static void
machine_make(struct machine *m, bool mev, bool off)
{
    struct err e;
    struct material filter;
    double o = off ? 1 : 0;

    *m = (struct machine){.mev = mev};
    for (int k = 0; k < 2; k++) {
        struct response *r = &m->response[k];
        int bad = mev ? spectrum_linac(k == 0 ? 4 + 0.08 * o : 6 - 0.1 * o, &m->spectrum[k], &e)
                      : spectrum_tube(160 - 1.5 * o, 20, &m->spectrum[k], &e);
        assert_int_equal(bad, 0);
        assert_int_equal(material_find(mev ? "Fe" : "Al", &filter, &e), 0);
        spectrum_filter(&m->spectrum[k], &filter, mev ? 10 + 2 * o : 3 + 0.4 * o);
        assert_int_equal(material_find(mev ? "CdWO4@7.9" : "CsI@4.51", &r->scintillator, &e), 0);
        r->thickness_mm = (mev ? 30 : k == 0 ? 0.35 : 4) * (1 + 0.06 * o);
        if (!mev && k == 1) {
            r->n_filters = 2;
            r->filter[0] = r->scintillator;
            r->filter_mm[0] = 0.35 * (1 + 0.06 * o);
            assert_int_equal(material_find("Cu", &r->filter[1], &e), 0);
            r->filter_mm[1] = 0.6 * (1 - 0.05 * o);
        }
        response_prepare(r);
        spectrum_merge(&m->spectrum[k], off ? 80 : DUAL_BINS);
    }
}

/* Thickness at which the high channel still transmits `share`. */
static double
thickness_for(const struct dual *d, const struct dual_mu *mu, double share)
{
    double low = 0, high = 2000;

    for (int i = 0; i < 60; i++) {
        double t = 0.5 * (low + high);
        if (dual_attenuation(d, 1, mu, t, NULL) < -log(share))
            low = t;
        else
            high = t;
    }
    return low;
}

/* A whole calibration at one obliquity; tables in cells and ranges. */
struct bench {
    struct dual truth;
    struct fit fit;
    struct table table;
    struct dual_mu *grid;
    float *cells, *ranges;
};

static void
bench_make(struct bench *b, bool mev, double obliquity)
{
    struct machine *m = mem_zero(1, sizeof *m);
    struct dual *nominal = mem_zero(1, sizeof *nominal);
    struct fit_data *d = mem_zero(1, sizeof *d);
    const char *const *wedge = mev ? mev_wedges : kv_wedges;
    struct err e;

    d->materials = mev ? 4 : 5;
    machine_make(m, mev, true);
    dual_make(m, obliquity, &b->truth);
    b->truth.veil[0] = b->truth.veil[1] = 2e-4;
    machine_make(m, mev, false);
    dual_make(m, obliquity, nominal);
    for (int w = 0; w < d->materials; w++) {
        struct material material;
        struct dual_mu mu;
        assert_int_equal(material_find(wedge[w], &material, &e), 0);
        d->zeff[w] = material_zeff(&material);
        dual_material(nominal, &material, &d->mu[w]);
        dual_material(&b->truth, &material, &mu);
        double most = thickness_for(&b->truth, &mu, mev ? 2e-3 : 8e-3);
        for (int i = 0; i < STEPS; i++) {
            int n = d->points++;
            double part = (i + 1.0) / STEPS;
            d->which[n] = w;
            d->t_g_cm2[n] = most * part * part;
            for (int k = 0; k < 2; k++) {
                d->a[k][n] = dual_attenuation(&b->truth, k, &mu, d->t_g_cm2[n], NULL);
                d->sigma[k][n] = 1e-4;
            }
        }
    }
    fit_make(nominal, d, &b->fit);
    b->grid = mem_zero(TABLE_Z, sizeof *b->grid);
    table_grid(nominal, NULL, b->grid);
    b->table = (struct table){.mu = b->grid, .nodes = 1, .mev = mev, .fit = &b->fit};
    b->table.noise[0] = (struct table_noise){{1e-5, 1e-5}, {1e-10, 1e-10}};
    b->cells = mem_zero((1 + TABLE_NX) * TABLE_NY * CELL_SIZE, sizeof(float));
    b->ranges = mem_zero(TABLE_NX * GROUPS * 2, sizeof(float));
    table_fill(&b->table, NULL, b->cells, b->ranges);
    mem_free(d);
    mem_free(nominal);
    mem_free(m);
}

static void
bench_free(struct bench *b)
{
    mem_free(b->grid);
    mem_free(b->cells);
    mem_free(b->ranges);
}

/* Linear in the table, as the kernel has it; written a second time, in double. */
static void
look_up(const struct bench *b, double low, double high, double out[CELL_SIZE])
{
    const float *h = b->cells;
    double x = sqrt(high / (double)h[HEAD_A_MAX]) * (TABLE_NX - 1);
    double y = (low / high - 1) * (1 + (double)h[HEAD_BEND] * high);

    y = (y - (double)h[HEAD_Y_MIN]) / ((double)h[HEAD_Y_MAX] - (double)h[HEAD_Y_MIN]) *
        (TABLE_NY - 1);
    int ix = (int)x, iy = (int)y;
    assert_true(ix >= 0 && ix < TABLE_NX - 1 && iy >= 0 && iy < TABLE_NY - 1);
    for (int c = 0; c < CELL_SIZE; c++) {
        double v[2];
        for (int k = 0; k < 2; k++) {
            const float *cell = h + ((size_t)(1 + ix + k) * TABLE_NY + (size_t)iy) * CELL_SIZE + c;
            v[k] = (double)cell[0] + (y - iy) * (double)(cell[CELL_SIZE] - cell[0]);
        }
        out[c] = v[0] + (x - ix) * (v[1] - v[0]);
    }
}

static const char *const blocks[] = {
    "C2H4@0.95", "C5H8O2@1.19", "CH2O@1.41", "H2O@1", "Mg", "SiO2@2.2", "C2H3Cl@1.38",
    "Al",        "C2F4@2.2",    "NaCl@2.16", "Ti",    "Fe", "Cu"};

static void
unseen_materials_are_told(void **state)
{
    (void)state;
    struct err e;
    const double share[] = {0.7, 0.4, 0.1, 0.03, 0.01};

    for (int o = 0; o < 2; o++) {
        struct bench b;
        bench_make(&b, false, o == 0 ? 1 : 1.5);
        printf("obliquity %.1f: bias of zeff (and %% of areal density) where the high channel "
               "transmits\n%-12s zeff ",
               o == 0 ? 1.0 : 1.5, "");
        for (int s = 0; s < 5; s++)
            printf("%15.0f %%", 100 * share[s]);
        putchar('\n');
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
            struct material m;
            struct dual_mu mu;
            assert_int_equal(material_find(blocks[i], &m, &e), 0);
            double z = material_zeff(&m), usual;
            printf("%-12s %5.2f", blocks[i], z);
            dual_material(&b.truth, &m, &mu);
            for (int s = 0; s < 5; s++) {
                double out[CELL_SIZE], t = thickness_for(&b.truth, &mu, share[s]);
                double high = dual_attenuation(&b.truth, 1, &mu, t, NULL);
                look_up(&b, dual_attenuation(&b.truth, 0, &mu, t, NULL), high, out);
                double density = out[CELL_DENSITY] * high / t;
                printf("   %6.2f (%5.1f)", out[CELL_ZEFF] - z, 100 * density - 100);
                usual = material_electrons_mol_g(&m) / table_electrons_mol_g(out[CELL_ZEFF]);
                assert_near(out[CELL_ZEFF], z, z < 15 ? 0.15 : 0.5); /* half of what is allowed */
                assert_near(density / usual, 1, z < 20 ? 0.02 : 0.04);
            }
            putchar('\n');
        }
        bench_free(&b);
    }
}

/* ---- the stage itself on pairs with noise ---- */

enum { SAMPLES = 2000 };

struct samples {
    float low[SAMPLES], high[SAMPLES], density[SAMPLES], zeff[SAMPLES], sigma[SAMPLES];
    uint8_t groups[SAMPLES];
};

static struct tape *
calibration_tape(const struct bench *b)
{
    struct err e;
    struct tape *t;
    struct plane_spec spec[2] = {{.quantity = Q_DECOMPOSITION,
                                  .lattice = LATTICE_CALIB,
                                  .rows = TABLE_NY,
                                  .cols = CELL_SIZE,
                                  .lines = 1 + TABLE_NX,
                                  .ring = 1 + TABLE_NX},
                                 {.quantity = Q_DECOMPOSITION,
                                  .energy = 1,
                                  .lattice = LATTICE_CALIB,
                                  .rows = GROUPS,
                                  .cols = 2,
                                  .lines = TABLE_NX,
                                  .ring = TABLE_NX}};

    assert_int_equal(tape_new(spec, 2, "", &t, &e), 0);
    for (int i = 0; i < 2; i++) {
        const float *from = i == 0 ? b->cells : b->ranges;
        for (int l = 0; l < spec[i].lines; l++)
            memcpy(tape_line(t, i, l), from + l * spec[i].rows * spec[i].cols,
                   sizeof *from * (size_t)(spec[i].rows * spec[i].cols));
        tape_set_mark(t, i, spec[i].lines);
        tape_seal(t, i);
    }
    return t;
}

static struct tape *
sample_tape(const enum quantity *q, const uint8_t *energy, int n)
{
    struct err e;
    struct tape *t;
    struct plane_spec spec[4] = {{.quantity = 0}};

    for (int i = 0; i < n; i++)
        spec[i] = (struct plane_spec){.quantity = q[i],
                                      .energy = energy[i],
                                      .rows = SAMPLES,
                                      .cols = 1,
                                      .lines = 1,
                                      .ring = 1};
    assert_int_equal(tape_new(spec, n, "", &t, &e), 0);
    return t;
}

/* Runs stage_material over all samples as one line of so many pixels. */
static void
run_stage(const struct bench *b, int level, double noise, struct samples *s)
{
    static const enum quantity in[] = {Q_ATTENUATION, Q_ATTENUATION};
    static const enum quantity out[] = {Q_AREAL_DENSITY, Q_ZEFF, Q_ZEFF_SIGMA, Q_CANDIDATES};
    static const uint8_t energy[] = {0, 1, 0, 0}, none[] = {0, 0, 0, 0};
    struct arena arena = {.block = NULL};
    struct stage_shape shape = {.rows = {0}};
    struct err e = {.code = ERR_NONE};
    struct stage_run r = {.stage = &stage_material,
                          .calib = calibration_tape(b),
                          .kern = kern_get(level),
                          .arena = &arena};
    struct tape *from = sample_tape(in, energy, 2), *to = sample_tape(out, none, 4);

    memcpy(tape_line(from, 0, 0), s->low, sizeof s->low);
    memcpy(tape_line(from, 1, 0), s->high, sizeof s->high);
    for (int i = 0; i < 4; i++) {
        if (i < 2) {
            tape_set_mark(from, i, 1);
            r.in[i] = (struct stage_plane){tape_plane(from, i), from, i};
        }
        r.out[i] = (struct stage_plane){tape_plane(to, i), to, i};
    }
    for (int i = 0; stage_material.params[i].name != NULL; i++)
        r.param[i] = stage_material.params[i].standard;
    r.param[1] = noise; /* the less, the less equation 13 changes the table */
    r.param[2] *= noise;
    if (stage_material.open(&r, &shape, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(shape.rows[3], b->table.mev ? 0 : STAGE_NONE);
    stage_material.run(&r, 0, 1, 0, SAMPLES);
    memcpy(s->density, tape_line(to, 0, 0), sizeof s->density);
    memcpy(s->zeff, tape_line(to, 1, 0), sizeof s->zeff);
    memcpy(s->sigma, tape_line(to, 2, 0), sizeof s->sigma);
    memcpy(s->groups, tape_line(to, 3, 0), sizeof s->groups);
    tape_free(from);
    tape_free(to);
    tape_free((struct tape *)r.calib);
    arena_free(&arena);
}

/* Pairs behind t g/cm2 of a material with the noise that the table was told of. */
static void
fill_samples(const struct bench *b, const struct dual_mu *mu, double t, uint64_t seed,
             struct samples *s)
{
    struct rng r = rng_start(seed, 7);

    for (int i = 0; i < SAMPLES; i++)
        for (int k = 0; k < 2; k++) {
            double a = dual_attenuation(&b->truth, k, mu, t, NULL), left = exp(-a);
            double v = b->table.noise[0].photons[k] * dual_variance(&b->truth, k, mu, t) +
                       b->table.noise[0].dark[k] / (left * left);
            double seen = left * (1 + sqrt(v) * rng_normal(&r));
            (k == 0 ? s->low : s->high)[i] = (float)-log(seen > 1e-6 ? seen : 1e-6);
        }
}

/* The spread of zeff over many samples is what ZEFF_SIGMA says, within 20 %. */
static void
sigma_is_the_spread(void **state)
{
    (void)state;
    struct bench b;
    struct err e;
    struct samples *s = mem_zero(1, sizeof *s);
    const char *const what[] = {"C5H8O2@1.19", "H2O@1", "Al", "Ti"};

    bench_make(&b, false, 1.2);
    b.table.noise[0] = (struct table_noise){{2e-5, 1.5e-5}, {4e-10, 2e-10}};
    table_fill(&b.table, NULL, b.cells, b.ranges);
    for (int i = 0; i < 4; i++) {
        struct material m;
        struct dual_mu mu;
        assert_int_equal(material_find(what[i], &m, &e), 0);
        dual_material(&b.truth, &m, &mu);
        for (int k = 0; k < 3; k++) {
            double share[] = {0.6, 0.2, 0.05}, sum = 0, square = 0, said = 0;
            fill_samples(&b, &mu, thickness_for(&b.truth, &mu, share[k]), 3, s);
            run_stage(&b, 0, 1, s);
            for (int n = 0; n < SAMPLES; n++) {
                sum += (double)s->zeff[n];
                said += (double)s->sigma[n] / SAMPLES;
            }
            for (int n = 0; n < SAMPLES; n++)
                square +=
                    ((double)s->zeff[n] - sum / SAMPLES) * ((double)s->zeff[n] - sum / SAMPLES);
            double spread = sqrt(square / (SAMPLES - 1));
            printf("%-12s transmits %2.0f %%: zeff %.2f, spread %.3f, sigma says %.3f\n", what[i],
                   100 * share[k], sum / SAMPLES, spread, said);
            assert_near(said / spread, 1, 0.2);
        }
    }
    bench_free(&b);
    mem_free(s);
}

/* Every CPU level, the same bits; and the kernel against its second version above. */
static void
levels_agree(void **state)
{
    (void)state;
    struct bench b;
    struct samples *s = mem_zero(2, sizeof *s);
    struct rng r = rng_start(5, 5);
    int unknown = 0, known = 0;

    bench_make(&b, false, 1);
    for (int i = 0; i < SAMPLES; i++) {
        s[0].high[i] = (float)rng_range(&r, -0.2, 8);
        s[0].low[i] = (float)((double)s[0].high[i] * rng_range(&r, 0.5, 4));
    }
    s[0].high[0] = s[0].low[1] = (float)HUGE_VAL;
    s[0].high[2] = s[0].low[3] = (float)-HUGE_VAL;
    run_stage(&b, 1, 1e-5, &s[0]);
    for (int i = 4; i < SAMPLES; i++) {
        double out[CELL_SIZE], low = (double)s[0].low[i], high = (double)s[0].high[i];
        unknown += s[0].zeff[i] == 0;
        if (s[0].zeff[i] == 0 || s[0].sigma[i] > 5e-5f || high > 6)
            continue;
        known++;
        look_up(&b, low, high, out);
        assert_near((double)s[0].zeff[i], out[CELL_ZEFF], 1e-3);
        assert_near((double)s[0].density[i] / high, out[CELL_DENSITY], 1e-3 * out[CELL_DENSITY]);
    }
    assert_true(known > 200 && unknown > 200); /* neither is everything */
    for (int level = 3; level <= 4; level++) {
        if (kern_get(level) == NULL) {
            printf("SKIPPED: this machine has no level %d\n", level);
            continue;
        }
        memcpy(s[1].low, s[0].low, sizeof s->low);
        memcpy(s[1].high, s[0].high, sizeof s->high);
        run_stage(&b, level, 1e-5, &s[1]);
        assert_memory_equal(&s[0], &s[1], sizeof s[0]);
    }
    bench_free(&b);
    mem_free(s);
}

/* ---- 6 / 4 MeV: simulated pairs of four groups ---- */

static const struct {
    const char *what;
    int group;
} cargo[] = {
    {"C2H4@0.95", GROUP_ORGANIC}, {"H2O@1", GROUP_ORGANIC},      {"C6H10O5@0.7", GROUP_ORGANIC},
    {"Al", GROUP_ALUMINIUM},      {"SiO2@2.2", GROUP_ALUMINIUM}, {"Fe", GROUP_STEEL},
    {"Cu", GROUP_STEEL},          {"W", GROUP_HIGH_Z},           {"Pb", GROUP_HIGH_Z},
};
static const char *const group_names[] = {"organic", "aluminium", "steel", "high-Z"};

/* Group of the best estimate. */
static int
group_of(double z)
{
    static const double begin[] = DECOMPOSITION_GROUP_Z;
    int g = 0;

    while (g < GROUPS - 1 && z >= begin[g + 1])
        g++;
    return g;
}

static void
print_confusion(double t, int count[GROUPS][GROUPS + 1], int sets[GROUPS][2])
{
    printf("%.0f g/cm2, simulated, %% of samples told as\n%-10s", t, "");
    for (int g = 0; g < GROUPS; g++)
        printf("%10s", group_names[g]);
    printf("   unknown  true one is candidate  only candidate\n");
    for (int g = 0; g < GROUPS; g++) {
        int total = 0;
        for (int k = 0; k <= GROUPS; k++)
            total += count[g][k];
        printf("%-10s", group_names[g]);
        for (int k = 0; k <= GROUPS; k++)
            printf("%10.1f", 100.0 * count[g][k] / total);
        printf("%23.1f%16.1f\n", 100.0 * sets[g][0] / total, 100.0 * sets[g][1] / total);
    }
}

static void
groups_are_told_at_mev(void **state)
{
    (void)state;
    struct bench b;
    struct err e;
    struct samples *s = mem_zero(1, sizeof *s);
    const double thickness[] = {5, 9, 20, 40, 70, 100};

    bench_make(&b, true, 1);
    b.table.noise[0] = (struct table_noise){{1e-6, 1e-6}, {1e-12, 1e-12}}; /* of 8 x 8 pixels */
    table_fill(&b.table, NULL, b.cells, b.ranges);
    for (int k = 0; k < 6; k++) {
        int count[GROUPS][GROUPS + 1] = {{0}}, sets[GROUPS][2] = {{0}};
        for (size_t i = 0; i < sizeof cargo / sizeof *cargo; i++) {
            struct material m;
            struct dual_mu mu;
            int g = cargo[i].group;
            assert_int_equal(material_find(cargo[i].what, &m, &e), 0);
            dual_material(&b.truth, &m, &mu);
            fill_samples(&b, &mu, thickness[k], 11 + i, s);
            run_stage(&b, 0, 1, s);
            for (int n = 0; n < SAMPLES; n++) {
                count[g][s->zeff[n] > 0 ? group_of((double)s->zeff[n]) : GROUPS]++;
                sets[g][0] += s->groups[n] >> g & 1;
                sets[g][1] += s->groups[n] == 1 << g;
                if (thickness[k] < 10) /* no claim of high-Z, in neither way */
                    assert_true(s->zeff[n] < 34 && (s->groups[n] & 1 << GROUP_HIGH_Z) == 0);
            }
        }
        print_confusion(thickness[k], count, sets);
        for (int g = 0; g < GROUPS && thickness[k] >= 20; g++) {
            int total = 0;
            for (int i = 0; i <= GROUPS; i++)
                total += count[g][i];
            assert_true(count[g][g] > 0.78 * total);
            assert_true(sets[g][0] > 0.95 * total);
        }
    }
    bench_free(&b);
    mem_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unseen_materials_are_told),
        cmocka_unit_test(sigma_is_the_spread),
        cmocka_unit_test(levels_agree),
        cmocka_unit_test(groups_are_told_at_mev),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
