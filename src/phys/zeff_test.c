/* zeff_test: elements are themselves; between them nothing jumps and attenuation grows with z. */
#include "phys/zeff.h"

#include "base/test.h"

static void
element_band(int z, double out[ZEFF_BAND])
{
    for (int i = 0; i < ZEFF_BAND; i++)
        out[i] = xs_total(z, zeff_kev(i)) * xs_atomic_weight(z) / z;
}

static void
test_elements(void **state)
{
    double s[ZEFF_BAND];

    (void)state;
    assert_near(zeff_kev(0), 30, 1e-9);
    assert_near(zeff_kev(ZEFF_BAND - 1), 160, 1e-9);
    for (int z = 1; z <= XS_Z_MAX; z++) {
        element_band(z, s);
        assert_near(zeff_match(s), z, 1e-6);
        assert_near(zeff_mu(z, 6000) / xs_total(z, 6000), 1, 1e-12);
        assert_near(zeff_electrons_mol_g(z), z / xs_atomic_weight(z), 1e-12);
    }
}

/* The fictitious element is found again, to the last digit that the calibration can use. */
static void
test_between(void **state)
{
    (void)state;
    for (double z = 1.3; z < 50; z += 0.77) {
        double s[ZEFF_BAND], q[XS_PROCESSES];
        for (int i = 0; i < ZEFF_BAND; i++) {
            zeff_electron(z, zeff_kev(i), q);
            s[i] = q[XS_PHOTO] + q[XS_COHERENT] + q[XS_INCOHERENT];
        }
        assert_near(zeff_match(s), z, 1e-5);
    }
    for (double kev = 20; kev < 12000; kev *= 1.5)
        for (int z = 2; z < 40; z++) {
            assert_near(zeff_mu(z - 1e-9, kev) / zeff_mu(z, kev), 1, 1e-6);
            assert_near(zeff_mu(z + 1e-9, kev) / zeff_mu(z, kev), 1, 1e-6);
        }
}

/* A mixture of two neighbours lies between them: iron and nickel around cobalt. */
static void
test_mixture(void **state)
{
    double s[ZEFF_BAND];

    (void)state;
    for (int i = 0; i < ZEFF_BAND; i++) {
        double kev = zeff_kev(i);
        s[i] =
            (xs_total(26, kev) * xs_atomic_weight(26) + xs_total(28, kev) * xs_atomic_weight(28)) /
            (26 + 28);
    }
    assert_near(zeff_match(s), 27, 0.1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_between),
        cmocka_unit_test(test_mixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
