/* scatter_test: the photon's fate in a slab against formulas and against published Monte Carlo
 * results. */
#include "twin/bench_test.h"
#include "twin/scatter.h"
#include "twin/scatter_matter.h"
#include "twin/scatter_slab.h"

static struct material material_of(const char *name);

/* Tables up to kev; the caller frees. */
static struct matter *
matter_of(const char *name, double kev)
{
    struct matter *t = calloc(1, sizeof *t);
    struct material m = material_of(name);
    matter_make(&m, kev, t);
    return t;
}

static struct material
material_of(const char *name)
{
    struct material m;
    struct err e;
    if (material_find(name, &m, &e) != 0)
        fail_msg("%s", e.text);
    return m;
}

/* Mean share of the energy that free electrons take: Klein and Nishina's formula, summed. */
static double
free_transfer(double kev)
{
    double sum = 0, all = 0;
    for (int i = 0; i < 20000; i++) {
        double c = -1 + (i + 0.5) / 10000, ratio = 1 / (1 + kev / 510.999 * (1 - c));
        double kn = ratio * ratio * (ratio + 1 / ratio - (1 - c * c));
        all += kn;
        sum += kn * (1 - ratio);
    }
    return sum / all;
}

/* Drawn energies have that mean where binding does not matter. */
static void
test_compton_transfer(void **state)
{
    (void)state;
    static const double kev[] = {300, 1000, 5000};
    struct matter *t = calloc(1, sizeof *t);
    struct material m = material_of("C");
    struct rng r = rng_start(1, 2);
    matter_make(&m, 6000, t);
    for (int k = 0; k < 3; k++) {
        double sum = 0, cosine, out;
        int n = 0;
        while (n < 20000)
            if (matter_collide(t, kev[k], &r, &cosine, &out) == MATTER_COMPTON) {
                sum += 1 - out / kev[k];
                n++;
            }
        assert_near(sum / n, free_transfer(kev[k]), 0.008);
    }
    free(t);
}

/* Densities over angle integrate to the cross sections, and the drawn angles follow them. */
static void
test_distributions(void **state)
{
    (void)state;
    static const double kev[] = {30, 80, 500, 4000};
    struct matter *t = calloc(1, sizeof *t);
    struct material m = material_of("H2O@1");
    struct rng r = rng_start(3, 4);
    matter_make(&m, 6000, t);
    for (int k = 0; k < 4; k++) {
        double at = matter_at(t, kev[k]), sum[2] = {0}, forward[2] = {0}, cosine, out;
        int n[2] = {0}, front[2] = {0}, steps = 100000;
        for (int i = 0; i < steps; i++) { /* uniform in 1 - cosine on a square scale */
            double u = (i + 0.5) / steps, c = 1 - 2 * u * u, w = 2 * M_PI * 4 * u / steps;
            double f[2] = {matter_compton(t, kev[k], at, c), matter_coherent(t, kev[k], at, c)};
            for (int j = 0; j < 2; j++) {
                sum[j] += w * f[j];
                forward[j] += c > 0.9 ? w * f[j] : 0;
            }
        }
        assert_near(sum[0], matter_look(t->compton, at) / matter_look(t->total, at), 0.01 * sum[0]);
        assert_near(sum[1], matter_look(t->coherent, at) / matter_look(t->total, at),
                    0.01 * sum[1]);
        for (int i = 0; i < 50000; i++) {
            enum matter_fate fate = matter_collide(t, kev[k], &r, &cosine, &out);
            int j = fate == MATTER_COMPTON ? 0 : fate == MATTER_COHERENT ? 1 : 2;
            if (j == 2)
                continue;
            n[j]++;
            front[j] += cosine > 0.9;
        }
        for (int j = 0; j < 2; j++)
            if (n[j] > 1000)
                assert_near((double)front[j] / n[j], forward[j] / sum[j],
                            4 * sqrt(0.25 / n[j]) + 0.01);
    }
    free(t);
}

/* Absorbed + transmitted + scattered = emitted; the transmitted part against the closed form. */
static void
test_energy_balance(void **state)
{
    (void)state;
    static const char *const names[] = {"H2O@1", "Al", "Fe", "Pb"};
    static const double kv[] = {60, 150, 1500, 6000};
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 4; k++) {
            struct material m = material_of(names[i]);
            struct matter *t = matter_of(names[i], kv[k]);
            struct spectrum s = {.n = 1, .kev = {kv[k]}, .width = {1}, .photons = {1}};
            struct slab slab = {.matter = t,
                                .packing = 1,
                                .thickness_mm = 100 / m.density_g_cm3,
                                .front_mm = 500,
                                .detector_mm = 1000,
                                .angles = 0,
                                .spectrum = &s,
                                .detectors = 0,
                                .histories = 2000,
                                .seed = 9};
            struct slab_result *r = calloc(1, sizeof *r);
            slab_run(&slab, r);
            assert_near(r->emitted_kev, kv[k], 1e-6 * kv[k]);
            double out = r->absorbed_kev + r->transmitted_kev + r->scattered_kev;
            assert_near(out / r->emitted_kev, 1, 1e-3);
            assert_near(r->transmitted_kev / kv[k], exp(-material_mu_total(&m, kv[k]) * 10), 2e-3);
            assert_true(r->absorbed_kev > 0 && r->scattered_kev > 0);
            free(r);
            free(t);
        }
}

/* First scatter of a thin plate on a pixel off the axis, written out: electrons in the pencil
 * times Klein and Nishina over the distance squared. */
static void
test_thin_plate(void **state)
{
    (void)state;
    struct material m = material_of("C");
    struct matter *t = matter_of("C", 700);
    double kev = 662, mm = 0.5, angle = 0.4;
    struct spectrum s = {.n = 1, .kev = {kev}, .width = {1}, .photons = {1}};
    struct slab slab = {.matter = t,
                        .packing = 1,
                        .thickness_mm = mm,
                        .front_mm = 500 - mm / 2,
                        .detector_mm = 1000,
                        .angles = 1,
                        .angle_rad = {angle},
                        .spectrum = &s,
                        .detectors = 1,
                        .histories = 4000,
                        .seed = 2};
    struct slab_result *r = calloc(1, sizeof *r);
    slab_run(&slab, r);
    double dy = 1000 * sin(angle), dz = 1000 * cos(angle) - 500, d = sqrt(dy * dy + dz * dz);
    double c = dz / d, ratio = 1 / (1 + kev / 510.999 * (1 - c));
    double kn = 0.5 * 7.94079e-26 * ratio * ratio * (ratio + 1 / ratio - (1 - c * c)); /* cm2/sr */
    double electrons = material_electrons_mol_g(&m) * 6.02214e23 * m.density_g_cm3 * mm / 10;
    double facing = (dy * sin(angle) + dz * cos(angle)) / d;
    double want = electrons * kn * facing / (d * d) * ratio; /* ideal detector: energy */
    assert_near(r->single[0][0] / want, 1, 0.02);
    assert_true(r->all[0][0] >= r->single[0][0] && r->all[0][0] < 1.03 * r->single[0][0]);
    free(r);
    free(t);
}

/* AAPM Task Group 195 (Sechopoulos et al., Med. Phys. 42, 5679, 2015), case 2, radiography: box of
 * soft tissue 390 x 390 x 200 mm, 56.4 keV, 390 x 390 mm field at 1800 mm: four codes give 33171
 * eV absorbed per photon, with air around. Of the photons 3.5 % interact in the 1550 mm of air
 * before the box (NIST: 0.1920 cm2/g at 56.4 keV); a tenth to a fifth of those still arrive. What
 * is scattered out of the box follows from it. */
static void
test_task_group_195(void **state)
{
    (void)state;
    struct matter *t = matter_of("H62.954C12.908N1.167O22.784Na.026P.039S.057Cl.034K.031@1.03", 60);
    struct spectrum s = {.n = 1, .kev = {56.4}, .width = {1}, .photons = {1}};
    struct slab slab = {.matter = t,
                        .packing = 1,
                        .thickness_mm = 200,
                        .front_mm = 1550,
                        .half_mm = {195, 195},
                        .field_mm = {390, 390},
                        .detector_mm = 1800,
                        .angles = 1,
                        .spectrum = &s,
                        .detectors = 1,
                        .histories = 40000,
                        .seed = 1};
    struct slab_result *r = calloc(1, sizeof *r);
    slab_run(&slab, r);
    double air = exp(-0.1920 * 1.205e-3 * 155) + 0.15 * (1 - exp(-0.1920 * 1.205e-3 * 155));
    double scattered = 56400 * air - 33171 - r->transmitted_kev * 1000 * air;
    printf("TG-195 case 2: absorbed %.0f eV (published 33171), scattered out %.0f eV "
           "(published %.0f), on the axis %.2f times the primary\n",
           r->absorbed_kev * 1000 * air, r->scattered_kev * 1000 * air, scattered,
           r->all[0][0] * 390 * 390 / r->primary[0]);
    assert_near(r->absorbed_kev * 1000 * air / 33171, 1, 0.01);
    assert_near(r->scattered_kev * 1000 * air / scattered, 1, 0.02);
    free(r);
    free(t);
}

/* ---- build-up in infinite media ---- */

/* Mass energy-absorption coefficient of air, cm2/g: NISTIR 5632, table 4. */
static double
air_absorbs(double kev)
{
    static const double table[][2] = {
        {8, 9.446},      {10, 4.742},     {15, 1.334},     {20, 0.5389},    {30, 0.1537},
        {40, 0.06833},   {50, 0.04098},   {60, 0.03041},   {80, 0.02407},   {100, 0.02325},
        {150, 0.02496},  {200, 0.02672},  {300, 0.02872},  {400, 0.02949},  {500, 0.02966},
        {600, 0.02953},  {800, 0.02882},  {1000, 0.02789}, {1500, 0.02547}, {2000, 0.02345},
        {3000, 0.02057}, {4000, 0.01870}, {6000, 0.01647}};
    int i = 0, n = sizeof table / sizeof *table;
    while (i < n - 2 && table[i + 1][0] < kev)
        i++;
    double f = log(kev / table[i][0]) / log(table[i + 1][0] / table[i][0]);
    return table[i][1] * pow(table[i + 1][1] / table[i][1], f);
}

/* One photon from the centre; what it gives to air where it crosses the sphere, over that of one
 * which has not collided. */
static double
cross_sphere(const struct matter *t, double kev, double radius, struct rng *r)
{
    double at[3] = {0}, way[3] = {0, 0, 1}, first = kev, sum = 0, cosine, out;

    for (int n = 0; n < 300; n++) {
        double mu = matter_look(t->total, matter_at(t, kev)), dose = kev * air_absorbs(kev);
        double free = -log(rng_unit(r)) / mu, b = 0, c = -radius * radius;
        for (int i = 0; i < 3; i++) {
            b += at[i] * way[i];
            c += at[i] * at[i];
        }
        for (int sign = -1; sign <= 1 && b * b > c; sign += 2) {
            double far = -b + sign * sqrt(b * b - c);
            if (n > 0 && far > 0 && far <= free) /* scattered; fluence = crossings over cosine */
                sum += dose * radius / fmax(sqrt(b * b - c), 0.02 * radius);
        }
        for (int i = 0; i < 3; i++)
            at[i] += way[i] * free;
        enum matter_fate fate = matter_collide(t, kev, r, &cosine, &out);
        if (fate == MATTER_ABSORBED || fate == MATTER_PAIR || out < 20)
            break;
        double azimuth = 2 * M_PI * rng_unit(r), sine = sqrt(1 - cosine * cosine);
        double u[3] = {-way[1], way[0], 0}, v[3], length = sqrt(way[0] * way[0] + way[1] * way[1]);
        if (length < 1e-9)
            u[0] = length = 1;
        for (int i = 0; i < 3; i++)
            u[i] /= length;
        v[0] = way[1] * u[2] - way[2] * u[1];
        v[1] = way[2] * u[0] - way[0] * u[2];
        v[2] = way[0] * u[1] - way[1] * u[0];
        for (int i = 0; i < 3; i++)
            way[i] = cosine * way[i] + sine * (cos(azimuth) * u[i] + sin(azimuth) * v[i]);
        kev = out;
    }
    return sum / (first * air_absorbs(first));
}

/* Dose build-up factors of point sources: Goldstein and Wilkins, NYO-3075 (1954), by the method of
 * moments; the factor less one is the scatter-to-primary ratio. */
static void
test_build_up(void **state)
{
    (void)state;
    static const struct {
        const char *material;
        double kev, paths, factor;
    } published[] = {{"H2O@1", 500, 1, 2.52}, {"H2O@1", 1000, 2, 3.71}, {"H2O@1", 4000, 4, 3.34},
                     {"Fe", 1000, 1, 1.87},   {"Fe", 1000, 4, 5.39},    {"Fe", 4000, 2, 1.94},
                     {"Pb", 1000, 2, 1.69}};
    struct matter *t = calloc(1, sizeof *t);
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        struct material m = material_of(published[i].material);
        struct rng r = rng_start(7, i);
        double sum = 0;
        int n = 8000;
        matter_make(&m, 6000, t);
        double mu = matter_look(t->total, matter_at(t, published[i].kev));
        for (int k = 0; k < n; k++)
            sum += cross_sphere(t, published[i].kev, published[i].paths / mu, &r) / n;
        double ratio = sum / exp(-published[i].paths), want = published[i].factor - 1;
        printf("%s %.0f keV, %.0f free paths: scatter over primary %.3f (published %.3f)\n",
               published[i].material, published[i].kev, published[i].paths, ratio, want);
        assert_near(ratio / want, 1, 0.2);
    }
    free(t);
}

/* What scatter_add adds to the primary of the middle pixel and of the first, over air. */
static double
scattered(const struct transport *t, const struct scatter *x, double belt_mm, double *first)
{
    static float primary[96], primary2[96], kev[96], square[96], other[96], other2[96];
    float *a[2] = {other, primary}, *b[2] = {other2, primary2};

    struct pixels_pose pose = pixels_rest(belt_mm);
    transport_run(t, 0, &pose, 0, 0, 96, a, b);
    memcpy(kev, primary, sizeof kev);
    memcpy(square, primary2, sizeof square);
    scatter_add(x, 0, 1, &pose, 0, kev, square);
    assert_true(kev[48] == primary[48] || square[48] > primary2[48]);
    *first = ((double)kev[0] - (double)primary[0]) / transport_air(t, 0, 1, 0);
    return ((double)kev[48] - (double)primary[48]) / transport_air(t, 0, 1, 48);
}

/* In a line scanner the slot keeps most scatter out, and an empty belt scatters nothing. */
static void
test_line(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("blur");
    struct scene *scene =
        bench_scene("scene \"w\" {\nbox {\nmaterial H2O@1\nsize_mm 60 100 400\n}\n}\n");
    double share[2];
    for (int open = 0; open < 2; open++) {
        if (open)
            s->detector.slot_mm = s->detector.slot_depth_mm = 0;
        struct transport *t = transport_new(s, scene, NULL);
        struct scatter *x = scatter_new(s, scene, NULL, t, NULL);
        double first;
        assert_true(scattered(t, x, 1000, &first) == 0 && first == 0);
        share[open] = scattered(t, x, 0, &first);
        assert_true(first > 0 && first < share[open]);
        scatter_free(x);
        transport_free(t);
    }
    assert_true(share[0] > 1e-5 && share[0] < 0.05);
    assert_true(share[1] > 1.02 * share[0]);
    scene_free(scene);
    scanner_free(s);
}

/* A pixel half of which an edge covers sends out no more than one that is covered or free: behind
 * 10 mm of steel its half of the light, with the depth of its middle, would be many times the rest.
 */
static void
test_edge(void **state)
{
    (void)state;
    struct scanner *s = bench_scanner("lag");
    double most = 0, whole = 0;

    for (int i = 0; i <= 12;
         i++) { /* the ray to pixel 64, a node, crosses the plate at z = 11 mm */
        char text[200];
        double high = 11 - 0.6 + 0.1 * i, first;
        snprintf(text, sizeof text,
                 "scene \"e\" {\nbox {\nmaterial Fe\nsize_mm 90 10 90\nat_mm 0 0 %g\n}\n}\n",
                 high - 45);
        struct scene *scene = bench_scene(text);
        struct transport *t = transport_new(s, scene, NULL);
        struct scatter *x = scatter_new(s, scene, NULL, t, NULL);
        double got = scattered(t, x, 0, &first);
        most = got > most ? got : most;
        whole = i == 12 ? got : whole;
        scatter_free(x);
        transport_free(t);
        scene_free(scene);
    }
    assert_true(whole > 0);
    assert_true(most < 1.1 * whole);
    scanner_free(s);
}

/* The folded kernels against a calculation of the whole fan at once, for plates whose materials and
 * thicknesses lie between those of the kernels. */
static void
test_fold(void **state)
{
    (void)state;
    static const struct {
        const char *material;
        double mm;
    } plates[] = {{"H2O@1", 50}, {"H2O@1", 200}, {"SiO2@2.2", 60}, {"Ti", 12}};
    struct scanner *s = bench_scanner("blur");
    for (size_t i = 0; i < sizeof plates / sizeof *plates; i++) {
        char text[200];
        struct matter *water = matter_of(plates[i].material, 160);
        snprintf(text, sizeof text,
                 "scene \"p\" {\nbox {\nmaterial %s\nsize_mm 900 %g 900\nat_mm 0 -250 0\n}\n}\n",
                 plates[i].material, plates[i].mm);
        struct scene *scene = bench_scene(text);
        struct transport *t = transport_new(s, scene, NULL);
        struct scatter *x = scatter_new(s, scene, NULL, t, NULL);
        double first, got = scattered(t, x, 0, &first);
        struct slab slab = {.matter = water,
                            .packing = 1,
                            .thickness_mm = plates[i].mm,
                            .front_mm = 750 - plates[i].mm / 2,
                            .field_mm = {1, 96},
                            .detector_mm = 1500,
                            .slot_mm = s->detector.slot_mm,
                            .slot_depth_mm = s->detector.slot_depth_mm,
                            .angles = 1,
                            .spectrum = &s->channel[0].spectrum,
                            .detectors = 1,
                            .response = {&s->channel[1].response},
                            .histories = 15000,
                            .seed = 5};
        struct slab_result *r = calloc(1, sizeof *r);
        slab_run(&slab, r);
        double want = r->all[0][0] * 96;
        printf("%s %g mm: scatter over primary %.5f folded, %.5f whole\n", plates[i].material,
               plates[i].mm, got / r->primary[0], want / r->primary[0]);
        assert_near(got / want, 1, 0.12);
        free(r);
        free(water);
        scatter_free(x);
        transport_free(t);
        scene_free(scene);
    }
    scanner_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compton_transfer),
        cmocka_unit_test(test_distributions),
        cmocka_unit_test(test_energy_balance),
        cmocka_unit_test(test_thin_plate),
        cmocka_unit_test(test_task_group_195),
        cmocka_unit_test(test_build_up),
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_edge),
        cmocka_unit_test(test_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
