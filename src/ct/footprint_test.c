/* Tests of footprint and lbfgs: chords of a disc, the adjoint, known minima. */
#include "base/test.h"

#include "ct/footprint.h"
#include "ct/lbfgs.h"

#include "base/arena.h"

#define SIZE 128
#define VIEWS 9

static const struct ct_geometry geometries[] = {
    {.beam = CT_FAN,
     .rows = 1,
     .cols = 280,
     .pitch_mm = 0.4,
     .row_pitch_mm = 1,
     .source_mm = 410.66,
     .detector_mm = 553.74,
     .axis_col = 139.2},
    {.beam = CT_FAN,
     .curved = true,
     .rows = 1,
     .cols = 280,
     .pitch_mm = 0.4,
     .row_pitch_mm = 1,
     .source_mm = 410.66,
     .detector_mm = 553.74,
     .axis_col = 139.2},
    {.beam = CT_PARALLEL,
     .rows = 1,
     .cols = 280,
     .pitch_mm = 0.3,
     .row_pitch_mm = 1,
     .axis_col = 139.2},
};

struct fixture {
    struct ct_view view[VIEWS];
    int32_t cell[SIZE * SIZE];
    struct ct_mesh mesh;
};

static void
setup(struct fixture *f)
{
    for (int i = 0; i < VIEWS; i++)
        f->view[i] = (struct ct_view){.angle_rad = 0.3 + 0.71 * i, .good = i != 4};
    for (int32_t i = 0; i < SIZE * SIZE; i++)
        f->cell[i] = i;
    f->mesh = (struct ct_mesh){.size = SIZE,
                               .voxel_mm = 0.6,
                               .centre_mm = {0.7, -0.4},
                               .cell = f->cell,
                               .cells = SIZE * SIZE,
                               .bin = 2};
}

/* Share of the voxel that lie in the disc about (3, 5) mm. */
static float
share_of_disc(const struct ct_mesh *m, int32_t cell, double radius_mm)
{
    int in = 0;
    for (int k = 0; k < 64; k++) {
        double x = (cell % SIZE - (SIZE - 1) / 2.0 + (k % 8 - 3.5) / 8) * m->voxel_mm;
        double y = ((SIZE - 1) / 2.0 - cell / SIZE + (k / 8 - 3.5) / 8) * m->voxel_mm;
        in += hypot(x + m->centre_mm[0] - 3, y + m->centre_mm[1] - 5) < radius_mm;
    }
    return (float)in / 64;
}

/* Distance of the disc's centre from a ray, from the geometry's definition: the ray runs from the
 * source through the pixel. */
static double
distance_mm(const struct ct_geometry *g, double angle, double u)
{
    double p = 3 * cos(angle) + 5 * sin(angle), q = -3 * sin(angle) + 5 * cos(angle);
    double tan_g = g->beam == CT_PARALLEL ? 0
                   : g->curved            ? tan(u / g->detector_mm)
                                          : u / g->detector_mm;
    double at = g->beam == CT_PARALLEL ? u : tan_g * (g->source_mm + q);
    return fabs(p - at) / sqrt(1 + tan_g * tan_g);
}

static void
disc_has_its_chords(void **state)
{
    static struct fixture f;
    static float voxel[SIZE * SIZE], ray[VIEWS * 140];
    const double radius = 20;
    (void)state;

    setup(&f);
    for (int32_t i = 0; i < SIZE * SIZE; i++)
        voxel[i] = share_of_disc(&f.mesh, i, radius);
    for (size_t k = 0; k < sizeof geometries / sizeof *geometries; k++) {
        const struct ct_geometry *g = &geometries[k];
        struct ct_footprint p;
        struct err e;
        assert_int_equal(ct_footprint_open(&p, g, f.view, VIEWS, &f.mesh, NULL, &e), 0);
        assert_int_equal(p.views, VIEWS - 1);
        assert_int_equal(p.rays, 140);
        ct_footprint_forward(&p, voxel, ray);
        for (int v = 0; v < p.views; v++)
            for (int r = 0; r < p.rays; r++) {
                double u = (r * 2 + 0.5 - g->axis_col) * g->pitch_mm;
                double d = distance_mm(g, f.view[v + (v >= 4)].angle_rad, u);
                double want = d < radius ? 2 * sqrt(radius * radius - d * d) : 0;
                if (fabs(d - radius) > 2)
                    assert_near((double)ray[v * p.rays + r], want, 0.25);
            }
        ct_footprint_close(&p);
    }
}

static void
adjoint_is_the_transpose(void **state)
{
    static struct fixture f;
    static float x[SIZE * SIZE], ax[VIEWS * 140], y[VIEWS * 140], aty[SIZE * SIZE];
    uint32_t random = 1;
    (void)state;

    setup(&f);
    for (size_t k = 0; k < sizeof geometries / sizeof *geometries; k++) {
        struct ct_footprint p;
        struct err e;
        double left = 0, right = 0;
        assert_int_equal(ct_footprint_open(&p, &geometries[k], f.view, VIEWS, &f.mesh, NULL, &e),
                         0);
        for (int i = 0; i < SIZE * SIZE; i++)
            x[i] = (float)((random = random * 1664525 + 1013904223) >> 8) / 16777216;
        for (int i = 0; i < p.views * p.rays; i++)
            y[i] = (float)((random = random * 1664525 + 1013904223) >> 8) / 16777216;
        ct_footprint_forward(&p, x, ax);
        ct_footprint_adjoint(&p, y, aty);
        for (int i = 0; i < p.views * p.rays; i++)
            left += (double)ax[i] * (double)y[i];
        for (int i = 0; i < SIZE * SIZE; i++)
            right += (double)x[i] * (double)aty[i];
        assert_true(left > 1000);
        assert_near(right / left, 1, 1e-5);
        ct_footprint_close(&p);
    }
}

static void
impossible_meshes_are_refused(void **state)
{
    static struct fixture f;
    struct ct_geometry near = geometries[0], cone = geometries[0];
    struct ct_footprint p;
    struct err e;
    (void)state;

    setup(&f);
    near.source_mm = 40;
    assert_int_equal(ct_footprint_open(&p, &near, f.view, VIEWS, &f.mesh, NULL, &e), -1);
    assert_non_null(strstr(e.text, "inside the slice"));
    cone.beam = CT_CONE;
    assert_int_equal(ct_footprint_open(&p, &cone, f.view, VIEWS, &f.mesh, NULL, &e), -1);
    assert_non_null(strstr(e.text, "cone"));
    f.mesh.size = 4;
    f.mesh.voxel_mm = 20;
    assert_int_equal(ct_footprint_open(&p, &geometries[2], f.view, VIEWS, &f.mesh, NULL, &e), -1);
    assert_non_null(strstr(e.text, "wider than"));
}

/* Rosenbrock's valley: minimum 0 at (1, 1). */
static double
valley(void *calls, const double *x, double *g)
{
    double a = 1 - x[0], b = x[1] - x[0] * x[0];

    ++*(int *)calls;
    g[0] = -2 * a - 400 * x[0] * b;
    g[1] = 200 * b;
    return a * a + 100 * b * b;
}

static void
minimum_of_a_valley_is_found(void **state)
{
    double x[2] = {-1.2, 1};
    int calls = 0;
    (void)state;

    assert_true(lbfgs_run(valley, &calls, x, 2, 5) > 1e-3); /* not yet */
    assert_true(lbfgs_run(valley, &calls, x, 2, 100) < 1e-12);
    assert_near(x[0], 1, 1e-5);
    assert_near(x[1], 1, 1e-5);
    assert_true(calls < 150);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(disc_has_its_chords),
        cmocka_unit_test(adjoint_is_the_transpose),
        cmocka_unit_test(impossible_meshes_are_refused),
        cmocka_unit_test(minimum_of_a_valley_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
