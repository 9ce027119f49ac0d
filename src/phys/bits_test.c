/* bits_test: everything of this folder that ends in counts or colours, as one hash: the same on
 * every compiler and CPU level. A change of the physics changes it, and must say so. */
#include "base/hash.h"
#include "base/test.h"
#include "phys/response.h"
#include "phys/spectrum.h"
#include "phys/zeff.h"

static void
hash_double(struct hash *h, double x)
{
    hash_add(h, &x, sizeof x);
}

static void
hash_materials(struct hash *h)
{
    for (int z = 1; z <= XS_Z_MAX; z++)
        for (double kev = 1; kev < 20000; kev *= 1.31) {
            double q[XS_PROCESSES];
            xs_element(z, kev, q);
            hash_add(h, q, sizeof q);
        }
    for (int i = 0; i < material_count(); i += 7) {
        struct material m;
        struct err e;
        assert_int_equal(material_find(material_name(i), &m, &e), 0);
        hash_double(h, material_zeff(&m));
    }
}

static void
test_same_bits(void **state)
{
    struct hash *h = hash_new();
    struct spectrum s;
    struct response r = {.thickness_mm = 30, .width_mm = 4};
    struct err e;
    uint8_t sum[HASH_BYTES];
    char hex[HASH_HEX];

    (void)state;
    hash_materials(h);
    assert_int_equal(spectrum_tube(160, 20, &s, &e), 0);
    hash_add(h, s.photons, sizeof s.photons);
    assert_int_equal(spectrum_linac(6, &s, &e), 0);
    hash_add(h, s.photons, sizeof *s.photons * (size_t)s.n);
    assert_int_equal(material_find("cdwo4", &r.scintillator, &e), 0);
    response_prepare(&r);
    for (double kev = 10; kev < 9000; kev *= 1.1) {
        double deposited, passed;
        response_photon(&r, kev, 1.1, &deposited, &passed);
        hash_double(h, deposited);
        hash_double(h, passed);
        hash_double(h, response_square(&r, kev, 1.1));
    }
    hash_end(h, sum);
    hash_hex(sum, hex);
    assert_string_equal(hex, "b7b4845ea06c7d9f42947e6eeaa6f835ab05c88030e3be19bdadb349a1f03e7b");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
