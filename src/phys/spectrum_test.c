/* spectrum_test: published half-value layers, lightly and heavily filtered; published linac spectra
 * and dual-energy ratios; files good and bad. */
#include "phys/spectrum.h"

#include "base/file.h"
#include "base/test.h"

static struct material
find(const char *what)
{
    struct material m;
    struct err e = {.text = ""};
    if (material_find(what, &m, &e) != 0)
        fail_msg("%s", e.text);
    return m;
}

static void
filter(struct spectrum *s, const char *what, double mm)
{
    struct material m = find(what);
    if (mm > 0)
        spectrum_filter(s, &m, mm);
}

/* First half-value layers, all 20 degree tungsten anodes, filters in mm. */
static const struct beam {
    const char *name;
    double kv, be, al, cu, sn, pb, air;
    const char *in;
    double hvl_mm;
} beams[] = {
    /* U. Ankerhold, Catalogue of X-ray spectra, PTB-Dos-34 (2000): IEC qualities with PTB's own
     * filters (and 0.25 mm of polyimide), lightly ... */
    {"PTB 40", 40, 1, 2.5, 0, 0, 0, 950, "Al", 1.36},
    {"PTB 50", 50, 1, 2.5, 0, 0, 0, 950, "Al", 1.72},
    {"PTB 60", 60, 1, 2.5, 0, 0, 0, 950, "Al", 2.02},
    {"PTB 70", 70, 1, 2.5, 0, 0, 0, 950, "Al", 2.29},
    {"PTB 80", 80, 1, 2.5, 0, 0, 0, 950, "Al", 2.59},
    {"PTB 90", 90, 1, 2.5, 0, 0, 0, 950, "Al", 2.91},
    {"PTB 100", 100, 1, 2.5, 0, 0, 0, 950, "Al", 3.23},
    {"PTB 120", 120, 1, 2.5, 0, 0, 0, 950, "Al", 3.88},
    {"PTB 150", 150, 7, 2.5, 0, 0, 0, 950, "Al", 5.01},
    /* ... and heavily filtered */
    {"PTB RQA2", 40, 1, 6.5, 0, 0, 0, 950, "Al", 2.13},
    {"PTB RQA4", 60, 1, 18.5, 0, 0, 0, 950, "Al", 5.24},
    {"PTB RQA6", 80, 1, 28.5, 0, 0, 0, 950, "Al", 7.96},
    {"PTB RQA8", 100, 1, 36.5, 0, 0, 0, 950, "Al", 9.93},
    {"PTB RQA9", 120, 1, 42.5, 0, 0, 0, 950, "Al", 11.37},
    {"PTB RQA10", 150, 7, 50, 0, 0, 0, 950, "Al", 12.97},
    /* C. Kessler and D. T. Burns, Rapport BIPM-2018/06: the qualities for comparisons */
    {"BIPM 50b", 50, 3, 1.008, 0, 0, 0, 500, "Al", 1.017},
    {"BIPM 50a", 50, 3, 3.989, 0, 0, 0, 500, "Al", 2.262},
    {"BIPM 100", 100, 3, 3.431, 0, 0, 0, 1150, "Cu", 0.149},
    {"BIPM 135", 135, 3, 2.228, 0.232, 0, 0, 1150, "Cu", 0.489},
    {"BIPM 180", 180, 3, 2.228, 0.485, 0, 0, 1150, "Cu", 0.977},
    {"BIPM 250", 250, 3, 2.228, 1.57, 0, 0, 1150, "Cu", 2.484},
    /* M. O'Brien, NIST procedure 03 (2021), high-kerma and wide series */
    {"NIST HK100", 100, 0, 3.9, 0.15, 0, 0, 950, "Cu", 0.298},
    {"NIST HK200", 200, 0, 4, 1.15, 0, 0, 950, "Cu", 1.669},
    {"NIST HK250", 250, 0, 4, 1.60, 0, 0, 950, "Cu", 2.463},
    {"NIST HK300", 300, 0, 4, 2.51, 0, 0, 950, "Cu", 3.474},
    {"NIST WS60", 60, 0, 4, 0.3, 0, 0, 950, "Cu", 0.179},
    {"NIST WS110", 110, 0, 4, 2.029, 0, 0, 950, "Cu", 0.97},
    {"NIST WS200", 200, 0, 4, 0, 2.01, 0, 950, "Cu", 3.09},
    {"NIST WS300", 300, 0, 4, 0, 6.54, 0, 950, "Cu", 5.23},
    /* ISO 4037-1, narrow series */
    {"ISO N-40", 40, 0, 4, 0.21, 0, 0, 950, "Cu", 0.084},
    {"ISO N-60", 60, 0, 4, 0.6, 0, 0, 950, "Cu", 0.24},
    {"ISO N-80", 80, 0, 4, 2, 0, 0, 950, "Cu", 0.58},
    {"ISO N-100", 100, 0, 4, 5, 0, 0, 950, "Cu", 1.11},
    {"ISO N-120", 120, 0, 4, 5, 1, 0, 950, "Cu", 1.71},
    {"ISO N-150", 150, 0, 4, 0, 2.5, 0, 950, "Cu", 2.36},
    {"ISO N-200", 200, 0, 4, 2, 3, 1, 950, "Cu", 3.99},
    {"ISO N-250", 250, 0, 4, 0, 2, 3, 950, "Cu", 5.19},
    {"ISO N-300", 300, 0, 4, 0, 3, 5, 950, "Cu", 6.12},
};

static void
test_half_values(void **state)
{
    int n = (int)(sizeof beams / sizeof *beams);
    double squares = 0, worst = 0;
    struct err e;

    (void)state;
    for (int i = 0; i < n; i++) {
        const struct beam *b = &beams[i];
        struct spectrum s;
        struct material in = find(b->in);
        assert_int_equal(spectrum_tube(b->kv, 20, &s, &e), 0);
        filter(&s, "Be", b->be);
        filter(&s, "aluminium", b->al);
        filter(&s, "Cu", b->cu);
        filter(&s, "Sn", b->sn);
        filter(&s, "Pb", b->pb);
        filter(&s, "air", b->air);
        if (strncmp(b->name, "PTB", 3) == 0)
            filter(&s, "kapton", 0.25);
        double off = spectrum_half_value_mm(&s, &in) / b->hvl_mm - 1;
        if (!(fabs(off) < 0.05))
            fail_msg("%s: half-value layer %.2f %% off", b->name, 100 * off);
        squares += off * off;
        worst = fmax(worst, fabs(off));
    }
    printf("%d half-value layers: rms %.2f %% off, at most %.2f %%\n", n, 100 * sqrt(squares / n),
           100 * worst);
    assert_true(sqrt(squares / n) < 0.02);
}

/* SpekCalc (G. Poludniowski et al., PMB 54 (2009) N433), 80 kV, 12 degrees, 0.5 mm Al, 1 m of air:
 * half-value layers 1.053 mm Al and 0.0333 mm Cu, mean energy 36.68 keV, kerma 193 uGy/mAs. */
static void
test_spekcalc(void **state)
{
    struct spectrum s;
    struct err e;
    struct material al = find("aluminium"), cu = find("Cu");
    double kev = 0;

    (void)state;
    assert_int_equal(spectrum_tube(80, 12, &s, &e), 0);
    filter(&s, "aluminium", 0.5);
    filter(&s, "air", 1000);
    assert_near(spectrum_half_value_mm(&s, &al) / 1.0527, 1, 0.03);
    assert_near(spectrum_half_value_mm(&s, &cu) / 0.0333, 1, 0.03);
    assert_near(spectrum_mean_kev(&s) / 36.68, 1, 0.01);
    for (int i = 0; i < s.n; i++)
        kev += s.photons[i] * s.kev[i];
    /* 193 uGy are 1.21e9 keV/mg; at a mean coefficient of 0.08 cm2/g, about 1.5e8 keV/mm2 */
    assert_true(kev > 0.7e8 && kev < 3e8);
}

/* Ratio of -ln T at two energies behind x g/cm2, as a detector of energy sees it. */
static double
line_integral(const struct spectrum *s, const char *what, double g_cm2)
{
    struct material m = find(what), crystal = find("cdwo4");
    double open = 0, behind = 0;

    for (int i = 0; i < s->n; i++) {
        double seen = s->photons[i] * s->kev[i] *
                      (1 - exp(-material_mu_total(&crystal, s->kev[i]) * 7.9 * 3));
        open += seen;
        behind += seen * exp(-material_mu_total(&m, s->kev[i]) * g_cm2);
    }
    return -log(behind / open);
}

/* P. Lalor and A. Danagoulian, arXiv 2301.05783 and the spectra published with it (Geant4, tungsten
 * target backed by copper): mean energies at 4, 6 and 9 MeV. */
static void
test_linac_mean(void **state)
{
    static const double known[][2] = {{4, 1161}, {6, 1540}, {9, 2164}};
    double last = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct spectrum s;
        struct err e;
        assert_int_equal(spectrum_linac(known[i][0], &s, &e), 0);
        double mean = spectrum_mean_kev(&s);
        printf("linac %g MeV: mean %.0f keV, published %g\n", known[i][0], mean, known[i][1]);
        assert_near(mean / known[i][1], 1, 0.05);
        assert_true(mean > last && s.kev[s.n - 1] < 1000 * known[i][0]);
        last = mean;
    }
}

/* The ratios alpha(low) / alpha(high) of the same authors' spectra with XCOM, at 20 and 100 g/cm2:
 * 4/6 MeV and 6/10 MeV. */
static void
test_linac_ratios(void **state)
{
    static const struct {
        const char *what;
        double low[2], high[2];
    } known[] = {
        {"C2H4@1", {1.2128, 1.2229}, {1.2995, 1.2878}},
        {"water", {1.2080, 1.2148}, {1.2871, 1.2699}},
        {"Al", {1.1929, 1.1904}, {1.2493, 1.2193}},
        {"Fe", {1.1705, 1.1496}, {1.1890, 1.1420}},
        {"Sn", {1.1543, 1.1032}, {1.1293, 1.0663}},
        {"W", {1.1592, 1.0835}, {1.1131, 1.0371}},
        {"Pb", {1.1643, 1.0826}, {1.1151, 1.0348}},
        {"U", {1.1729, 1.0853}, {1.1224, 1.0364}},
    };
    struct spectrum four, six, ten;
    struct err e;

    (void)state;
    assert_int_equal(spectrum_linac(4, &four, &e), 0);
    assert_int_equal(spectrum_linac(6, &six, &e), 0);
    assert_int_equal(spectrum_linac(10, &ten, &e), 0);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        for (int k = 0; k < 2; k++) {
            double g = k ? 100 : 20, mid = line_integral(&six, known[i].what, g);
            double low = line_integral(&four, known[i].what, g) / mid;
            double high = mid / line_integral(&ten, known[i].what, g);
            printf("%-7s %3g g/cm2: 4/6 MeV %.4f (%.4f), 6/10 MeV %.4f (%.4f)\n", known[i].what, g,
                   low, known[i].low[k], high, known[i].high[k]);
            assert_near(low, known[i].low[k], 0.03);
            assert_near(high, known[i].high[k], 0.03);
        }
}

static void
test_merge_and_filter(void **state)
{
    struct spectrum s, m;
    struct err e;
    double photons[2] = {0}, energy[2] = {0}, width[2] = {0};

    (void)state;
    assert_int_equal(spectrum_tube(160, 20, &s, &e), 0);
    m = s;
    spectrum_merge(&m, 40);
    assert_int_equal(m.n, 40);
    for (int k = 0; k < 2; k++) {
        const struct spectrum *from = k ? &m : &s;
        for (int i = 0; i < from->n; i++) {
            photons[k] += from->photons[i];
            energy[k] += from->photons[i] * from->kev[i];
            width[k] += from->width[i];
        }
    }
    assert_near(photons[1] / photons[0], 1, 1e-12);
    assert_near(energy[1] / energy[0], 1, 1e-12);
    assert_near(width[1], 155, 1e-9);
    double before = m.photons[20], kev = m.kev[20];
    filter(&m, "Cu", 2);
    assert_near(m.photons[20] / before, exp(-xs_total(29, kev) * 8.96 * 0.2), 1e-12);
}

/* Per micro-coulomb: the rule of thumb for linacs is 0.07 cGy m2 / min / uA times E^2.7. */
static void
test_linac_output(void **state)
{
    struct spectrum s;
    struct err e;
    double kev = 0;

    (void)state;
    assert_int_equal(spectrum_linac(6, &s, &e), 0);
    for (int i = 0; i < s.n; i++) /* 0.024 cm2/g: the energy absorption of water there */
        kev += s.photons[i] * s.kev[i] * 0.024 * 100;
    double gray = kev * 1.602e-16 * 1000;
    double rule = 0.07 * exp(2.7 * log(6)) / 100 / 60;
    printf("linac 6 MeV: %.2f mGy m2/uC, rule of thumb %.2f\n", gray * 1e3, rule * 1e3);
    assert_true(gray > rule / 3 && gray < rule * 3);
}

static void
test_files(void **state)
{
    static const char *const bad[] = {
        "",
        "# nothing\n",
        "10 1\n",
        "10 1\n10 2\n",
        "20 1\n10 2\n",
        "10\n20 1\n",
        "10 1 2\n20 1\n",
        "10 x\n20 1\n",
        "10 -1\n20 1\n",
        "10 nan\n20 1\n",
        "nan 1\n20 1\n",
        "0.5 1\n20 1\n",
        "10 1\n30000 1\n",
        "10 0\n20 0\n",
        "10 1e300\n20 1\n",
    };
    static const char good[] = "# keV photons\n10 1\n20, 3 # peak\n\n40 2\n";
    struct spectrum s;
    struct err e;

    (void)state;
    assert_int_equal(spectrum_parse("good", good, strlen(good), &s, &e), 0);
    assert_int_equal(s.n, 3);
    assert_near(s.width[0], 10, 0);
    assert_near(s.width[1], 15, 0);
    assert_near(s.width[2], 20, 0);
    assert_near(spectrum_mean_kev(&s), 150.0 / 6, 1e-12);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e.text[0] = '\0';
        if (spectrum_parse("bad", bad[i], strlen(bad[i]), &s, &e) != -1)
            fail_msg("'%s' was taken", bad[i]);
        assert_non_null(strstr(e.text, "bad:"));
    }
    assert_int_equal(spectrum_load("/nowhere/at/all", &s, &e), -1);
    assert_int_equal(spectrum_tube(39, 20, &s, &e), -1);
    assert_int_equal(spectrum_tube(100, 90, &s, &e), -1);
    assert_int_equal(spectrum_linac(NAN, &s, &e), -1);
}

static void
test_blocks(void **state)
{
    static const char *const bad[] = {
        "s {\n}",
        "s {\n tube_kv 160\n linac_mev 6\n}",
        "s {\n tube_kv 39\n}",
        "s {\n tube_kv\n}",
        "s {\n linac_mev 6\n anode_deg 20\n}",
        "s {\n linac_mev 60\n}",
        "s {\n tube_kv 160\n filter Al\n}",
        "s {\n tube_kv 160\n filter Al -1\n}",
        "s {\n tube_kv 160\n filter Alu 1\n}",
        "s {\n file /nowhere/at/all\n}",
        "s {\n tube_kv 160\n kilovolts 3\n}",
        "s {\n tube_kv 160\n tube_kv 160\n}",
    };
    struct text t;
    struct spectrum s;
    struct err e;

    (void)state;
    const char *good = "s {\n tube_kv 160\n anode_deg 12\n filter Al 3\n filter air 500\n}";
    assert_int_equal(text_parse(&t, "test", good, strlen(good), &e), 0);
    assert_int_equal(spectrum_read(&t, t.root->first, "", &s, &e), 0);
    text_free(&t);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(text_parse(&t, "test", bad[i], strlen(bad[i]), &e), 0);
        e.text[0] = '\0';
        if (spectrum_read(&t, t.root->first, "", &s, &e) != -1)
            fail_msg("'%s' was taken", bad[i]);
        assert_non_null(strstr(e.text, "test:"));
        text_free(&t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_half_values),  cmocka_unit_test(test_spekcalc),
        cmocka_unit_test(test_linac_mean),   cmocka_unit_test(test_linac_ratios),
        cmocka_unit_test(test_linac_output), cmocka_unit_test(test_merge_and_filter),
        cmocka_unit_test(test_files),        cmocka_unit_test(test_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
