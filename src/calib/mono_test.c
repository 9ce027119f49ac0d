/* mono_test: pairs computed bin by bin, through one material and through several in one ray, come
 * out as the sums that two single energies see; pairs of nothing, noise and thick metal stay sane.
 * Controls: the pair itself does not add up. */
#include "base/arena.h"
#include "base/test.h"
#include "calib/mono.h"

static struct {
    struct dual dual;
    struct fit fit;
    struct monochrome table;
    float *cells;
} bench;

static int
bench_open(void **state)
{
    struct machine *m = mem_zero(1, sizeof *m);
    struct dual_mu *grid = mem_zero(TABLE_Z, sizeof *grid);
    struct material filter;
    struct err e;

    (void)state;
    assert_int_equal(material_find("Al", &filter, &e), 0);
    for (int k = 0; k < 2; k++) {
        struct response *r = &m->response[k];
        assert_int_equal(spectrum_tube(160, 20, &m->spectrum[k], &e), 0);
        spectrum_filter(&m->spectrum[k], &filter, k == 0 ? 8 : 30);
        assert_int_equal(material_find("CsI@4.51", &r->scintillator, &e), 0);
        r->thickness_mm = k == 0 ? 0.35 : 4;
        response_prepare(r);
        spectrum_merge(&m->spectrum[k], DUAL_BINS);
    }
    dual_make(m, 1, &bench.dual);
    bench.fit = (struct fit){.dual = bench.dual};
    table_grid(&bench.dual, NULL, grid);
    bench.cells = mem_zero((size_t)(1 + MONO_SIDE_U) * MONO_SIDE_V * 2, sizeof *bench.cells);
    mono_fill(&bench.fit, grid, NULL, bench.cells);
    const float **cell = mem_zero(MONO_SIDE_U, sizeof *cell);
    for (int i = 0; i < MONO_SIDE_U; i++)
        cell[i] = bench.cells + (size_t)(1 + i) * MONO_SIDE_V * 2;
    bench.table = (struct monochrome){.nu = MONO_SIDE_U,
                                      .nv = MONO_SIDE_V,
                                      .u_max = bench.cells[MONO_U_MAX],
                                      .v_max = bench.cells[MONO_V_MAX],
                                      .kev = {bench.cells[MONO_KEV], bench.cells[MONO_KEV + 1]},
                                      .iron = bench.cells + MONO_IRON,
                                      .cell = cell};
    mem_free(grid);
    mem_free(m);
    return 0;
}

static int
bench_close(void **state)
{
    (void)state;
    mem_free(bench.table.cell);
    mem_free(bench.cells);
    return 0;
}

/* A ray through g[i] g/cm2 of what[i]: the pair of the broad spectra, and the truth at the single
 * energies. */
static void
ray(const char *const *what, const double *g, int n, double pair[2], double truth[2])
{
    struct dual_mu sum = {.cm2_g = {{0}}};

    truth[0] = truth[1] = 0;
    for (int i = 0; i < n; i++) {
        struct material m;
        struct dual_mu mu;
        struct err e;
        assert_int_equal(material_find(what[i], &m, &e), 0);
        dual_material(&bench.dual, &m, &mu);
        for (int k = 0; k < 2; k++) {
            truth[k] += g[i] * material_mu_total(&m, (double)bench.table.kev[k]);
            for (int b = 0; b < DUAL_BINS; b++)
                sum.cm2_g[k][b] += g[i] * mu.cm2_g[k][b];
        }
    }
    for (int k = 0; k < 2; k++)
        pair[k] = dual_attenuation(&bench.dual, k, &sum, 1, NULL);
}

static void
rays_add_up(void **state)
{
    static const char *const what[] = {"C2H4@0.95", "H2O@1", "CF2@2.2", "Mg", "Al"};
    double worst = 0;

    (void)state;
    for (int a = 0; a < 5; a++)
        for (int b = 0; b < 5; b++)
            for (int step = 1; step <= 6; step++) {
                const char *two[] = {what[a], what[b]};
                double g[] = {0.7 * step, 0.5 * step}, pair[2], truth[2];
                float out[2];
                ray(two, g, 2, pair, truth);
                monochrome_at(&bench.table, (float)pair[0], (float)pair[1], false, out);
                for (int k = 0; k < 2; k++) {
                    double off = fabs((double)out[k] / truth[k] - 1);
                    worst = off > worst ? off : worst;
                }
            }
    print_message("rays of two light materials: single energies within %.3f %%\n", 100 * worst);
    assert_true(worst < 0.006);
}

static void
hardening_is_gone(void **state)
{
    const char *const water[] = {"H2O@1"};
    double thin[2], thick[2], truth[2];
    float one[2], ten[2];

    (void)state;
    ray(water, &(double){1}, 1, thin, truth);
    ray(water, &(double){10}, 1, thick, truth);
    assert_true(thick[0] < 0.99 * 10 * thin[0]); /* control: as measured they do not add up */
    monochrome_at(&bench.table, (float)thin[0], (float)thin[1], false, one);
    monochrome_at(&bench.table, (float)thick[0], (float)thick[1], false, ten);
    for (int k = 0; k < 2; k++)
        assert_true(fabsf(ten[k] / (10 * one[k]) - 1) < 0.003f);
}

/* Noise about nothing: a linear table leaves its mean at nothing. Starved pixels are no lighter
 * than iron. */
static void
ends_are_sane(void **state)
{
    float plus[2], minus[2], as_is[2], guess[2];

    (void)state;
    for (int k = 0; k < 2; k++) {
        float d = 0.01f;
        monochrome_at(&bench.table, k == 0 ? d : 0, k == 1 ? d : 0, false, plus);
        monochrome_at(&bench.table, k == 0 ? -d : 0, k == 1 ? -d : 0, false, minus);
        for (int i = 0; i < 2; i++)
            assert_near((double)(plus[i] + minus[i]), 0, 0.1 * (double)d);
    }
    monochrome_at(&bench.table, 8.5f, 8, false, as_is);
    monochrome_at(&bench.table, 8.5f, 8, true, guess);
    assert_true(guess[0] > 1.5f * as_is[0]);
    monochrome_at(&bench.table, 30, 20, false, guess);
    assert_true(isfinite(guess[0]) && isfinite(guess[1]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rays_add_up),
        cmocka_unit_test(hardening_is_gone),
        cmocka_unit_test(ends_are_sane),
    };
    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
