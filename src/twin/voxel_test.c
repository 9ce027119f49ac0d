/* voxel_test: true volumes against areas and mixtures that are known. */
#include "phys/zeff.h"
#include "twin/bench_test.h"
#include "twin/voxel.h"

#define SIZE 40

static const char body[] =
    "scene \"body\" {\ncylinder {\nmaterial water\nradius_mm 12\nheight_mm 20\nat_mm 5 3 50\n"
    "rotate_deg 0 90 0\n}\nbox {\nmaterial Al\nsize_mm 20 4 4\nat_mm 5 3 53\n}\n}\n";

/* 1 mm voxels; item x = origin - z, so that the body reaches over z = 85 .. 105 about 95. */
static const struct ct_grid grid = {
    .size = SIZE, .slices = 4, .voxel_mm = 1, .slice_mm = 10, .first_mm = 82};

static void
test_areas(void **state)
{
    (void)state;
    struct scene *scene = bench_scene(body);
    struct voxel *v = voxel_new(scene, 100, 50, 60);
    static float mu[SIZE * SIZE], electrons[SIZE * SIZE], zeff[SIZE * SIZE];
    static uint8_t material[SIZE * SIZE];
    struct voxel_slice out = {mu, electrons, zeff, material};
    const struct material *water = scene_material(scene, 0), *al = scene_material(scene, 1);
    double in_z[4] = {0.2, 1, 0.8, 0}; /* slices of 10 mm about 82, 92, 102, 112 */

    assert_string_equal(water->name, "water");
    for (int k = 0; k < 4; k++) {
        double sum = 0, cm = 0, cross = 0, down = 0;
        voxel_slice(v, &grid, k, 10, NULL, &out);
        for (int p = 0; p < SIZE * SIZE; p++) {
            sum += electrons[p] / 100; /* voxels of 0.01 cm2 */
            cm += mu[p] / 100;
            cross += electrons[p] * (p % SIZE - 19.5) / 100;
            down += electrons[p] * (p / SIZE - 19.5) / 100;
        }
        double area[2] = {4.5239 - 0.16, 0.16}; /* cm2: pi 1.2^2 less the bar */
        double n[2] = {material_electrons_mol_g(water) * water->density_g_cm3,
                       material_electrons_mol_g(al) * al->density_g_cm3};
        double want = area[0] * n[0] + area[1] * n[1];
        assert_near(sum, in_z[k] * want, 1e-3 * want);
        want = area[0] * material_mu_total(water, 60) * water->density_g_cm3 +
               area[1] * material_mu_total(al, 60) * al->density_g_cm3;
        assert_near(cm, in_z[k] * want, 1e-3 * want);
        if (k == 1) { /* x = item y; the bar lies 3 mm up, towards the first line */
            assert_near(cross / sum, 3, 0.01);
            assert_near(down / sum, -3 * 0.16 * (n[1] - n[0]) / sum, 0.01);
        }
    }
    voxel_free(v);
    scene_free(scene);
}

/* Inside, at a surface, outside. */
static void
test_voxels(void **state)
{
    (void)state;
    struct scene *scene = bench_scene(body);
    struct voxel *v = voxel_new(scene, 100, 50, 60);
    static float electrons[SIZE * SIZE], zeff[SIZE * SIZE];
    static uint8_t material[SIZE * SIZE];
    struct voxel_slice out = {NULL, electrons, zeff, material};
    struct ct_grid g = grid;
    const struct material *water = scene_material(scene, 0), *al = scene_material(scene, 1);
    double ne = material_electrons_mol_g(water) * water->density_g_cm3;
    double na = material_electrons_mol_g(al) * al->density_g_cm3, cm2[ZEFF_BAND];

    g.centre_mm[0] = 3.25; /* the bar ends within a voxel */
    g.centre_mm[1] = 3;
    voxel_slice(v, &g, 1, 4, NULL, &out);
    int inside = 25 * SIZE + 19, bar = 19 * SIZE + 20, edge = 19 * SIZE + 21, outside = 0;
    assert_near(electrons[inside], ne, 1e-6);
    assert_near(zeff[inside], material_zeff(water), 1e-5);
    assert_int_equal(material[inside], 0);
    assert_near(electrons[bar], na, 1e-6);
    assert_int_equal(material[bar], 1);
    assert_near(electrons[edge], 0.75 * na + 0.25 * ne, 1e-5); /* x from 4.25; the bar ends at 5 */
    assert_int_equal(material[edge], 1);
    for (int b = 0; b < ZEFF_BAND; b++)
        cm2[b] = (0.75 * material_mu_total(al, zeff_kev(b)) * al->density_g_cm3 +
                  0.25 * material_mu_total(water, zeff_kev(b)) * water->density_g_cm3) /
                 (0.75 * na + 0.25 * ne);
    assert_near(zeff[edge], zeff_match(cm2), 1e-3);
    assert_true(zeff[edge] > 7.6f && zeff[edge] < 13);
    assert_true(electrons[outside] == 0 && zeff[outside] == 0);
    assert_int_equal(material[outside], VOXEL_NOTHING);
    voxel_free(v);
    scene_free(scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_areas),
        cmocka_unit_test(test_voxels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
