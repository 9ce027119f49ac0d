/* scene_test: what rays cross in whole scenes: overlaps, booleans, repetition, the tree against
 * asking every solid, volumes, truths. */
#include "base/hash.h"
#include "base/rng.h"
#include "base/test.h"
#include "twin/scene_parts.h"

#define SOURCE_MAX 200000

static struct scene *
scene_of(const char *source)
{
    struct text t;
    struct err e = {.text = ""};
    struct scene *s = NULL;

    assert_int_equal(text_parse(&t, "f", source, strlen(source), &e), 0);
    if (scene_parse(&t, "", &s, &e) != 0)
        fail_msg("%s", e.text);
    text_free(&t);
    return s;
}

/* Sum over all materials, or of one. */
static double
crossed(const struct scene *s, const double a[3], const double b[3], const char *material)
{
    struct scene_path path;
    double sum = 0;

    scene_trace(s, a, b, &path);
    for (int i = 0; i < path.n; i++)
        if (material == NULL || strcmp(scene_material(s, path.material[i])->name, material) == 0)
            sum += path.mm[i];
    return sum;
}

#define P(...)                                                                                     \
    (const double[])                                                                               \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static void
test_later_replaces_earlier(void **state)
{
    (void)state;
    struct scene *s = scene_of("scene x {\n"
                               " box {\n material water\n size_mm 100 100 100\n }\n"
                               " sphere {\n material steel\n radius_mm 20\n }\n"
                               " sphere {\n material air\n radius_mm 5\n at_mm 20 0 0\n }\n}\n");
    assert_near(crossed(s, P(-500, 0, 0), P(500, 0, 0), "water"), 60 - 5, 1e-9);
    assert_near(crossed(s, P(-500, 0, 0), P(500, 0, 0), "steel"), 35, 1e-9);
    assert_near(crossed(s, P(-500, 0, 0), P(500, 0, 0), "air"), 10, 1e-9);
    assert_near(crossed(s, P(-50, 30, 0), P(0, 30, 0), "water"), 50, 1e-9);
    assert_near(crossed(s, P(0, 0, 0), P(0, 0, 10), "steel"), 10, 1e-9); /* starts inside */
    assert_true(crossed(s, P(60, 0, 0), P(90, 0, 0), NULL) == 0);
    assert_true(crossed(s, P(0, 0, 0), P(0, 0, 0), NULL) == 0);
    scene_free(s);
}

static void
test_touching_boxes(void **state)
{
    (void)state;
    struct scene *one = scene_of("scene x {\n material water\n rotate_deg 10 20 30\n"
                                 " box {\n size_mm 0.9 0.3 0.3\n at_mm 0.1 0 0\n }\n}\n");
    struct scene *three = scene_of("scene x {\n material water\n rotate_deg 10 20 30\n repeat {\n"
                                   "  count 3 1 1\n step_mm 0.3 0 0\n at_mm -0.2 0 0\n"
                                   "  box {\n size_mm 0.3 0.3 0.3\n }\n }\n}\n");
    struct scene *plain = scene_of("scene x {\n material water\n repeat {\n"
                                   "  count 3 3 3\n step_mm 0.3 0.3 0.3\n at_mm 0.15 0.15 0.15\n"
                                   "  box {\n size_mm 0.3 0.3 0.3\n }\n }\n}\n");
    int hits = 0;
    for (uint64_t i = 0; i < 5000; i++) {
        struct rng r = rng_start(5, i);
        double a[3], b[3];
        for (int k = 0; k < 3; k++) {
            a[k] = rng_range(&r, -10, 10);
            b[k] = -a[k] + rng_range(&r, -0.3, 0.3);
        }
        double want = crossed(one, a, b, NULL);
        assert_near(crossed(three, a, b, NULL), want, 1e-12);
        hits += want > 0;
    }
    assert_true(hits > 1000);
    /* in the shared faces and along the shared edges: neither a gap nor twice */
    for (int i = 0; i <= 3; i++)
        for (int k = 0; k <= 3; k++) {
            double y = 0.3 * i, z = 0.3 * k;
            assert_near(crossed(plain, P(-5, y, z), P(5, y, z), NULL), 0.9, 1e-9);
            assert_near(crossed(plain, P(y, -5, z), P(y, 5, z), NULL), 0.9, 1e-9);
            assert_near(crossed(plain, P(y, z, -5), P(y, z, 5), NULL), 0.9, 1e-9);
        }
    scene_free(one);
    scene_free(three);
    scene_free(plain);
}

#define A                                                                                          \
    " group {\n box {\n size_mm 80 90 70\n rotate_deg 10 20 30\n }\n torus {\n radius_mm 40\n "    \
    "tube_mm 10\n at_mm 0 0 40\n }\n }\n"
#define B " cone {\n radii_mm 50 10\n height_mm 100\n at_mm 10 20 5\n rotate_deg 70 0 10\n }\n"
#define C " sphere {\n radius_mm 45\n at_mm -20 0 10\n }\n"

/* A - B and A and B make A; three operands; a nest; union by a group. */
static void
test_boolean_identities(void **state)
{
    (void)state;
    static const char *const source[] = {
        "scene x {\n material water\n intersection {\n" A " }\n}\n",
        "scene x {\n material water\n difference {\n" A B " }\n}\n",
        "scene x {\n material water\n intersection {\n" A B " }\n}\n",
        "scene x {\n material water\n difference {\n" A B C " }\n}\n",
        "scene x {\n material water\n difference {\n difference {\n" A B " }\n" C " }\n}\n",
        "scene x {\n material water\n difference {\n" A " group {\n" B C " }\n }\n}\n",
        "scene x {\n material water\n intersection {\n" A B C " }\n}\n",
        "scene x {\n material water\n difference {\n intersection {\n" A B " }\n difference {\n" A C
        " }\n }\n}\n", /* A B - (A - C) = A B C */
        "scene x {\n material water\n" A "}\n",
    };
    struct scene *s[9];
    double total = 0;
    for (int i = 0; i < 9; i++)
        s[i] = scene_of(source[i]);
    assert_int_equal(scene_solids(s[3]), 1);
    for (uint64_t i = 0; i < 20000; i++) {
        struct rng r = rng_start(6, i);
        double a[3], b[3], got[9];
        for (int k = 0; k < 3; k++) {
            a[k] = rng_range(&r, -300, 300);
            b[k] = rng_range(&r, -60, 60) - a[k];
        }
        for (int k = 0; k < 9; k++)
            got[k] = crossed(s[k], a, b, NULL);
        assert_near(got[1] + got[2], got[0], 1e-9);
        assert_near(got[3], got[4], 1e-9);
        assert_near(got[3], got[5], 1e-9);
        assert_near(got[6], got[7], 1e-9);
        assert_near(got[8], got[0], 1e-9);
        total += got[6];
    }
    assert_true(total > 1000);
    for (int i = 0; i < 9; i++)
        scene_free(s[i]);
}

/* A random heap of overlapping solids, as text. */
static void
random_source(char *out, int solids, uint64_t seed)
{
    static const char *const material[] = {"water", "steel", "air", "aluminium", "pvc"};
    struct rng r = rng_start(seed, 1);
    size_t n = (size_t)snprintf(out, SOURCE_MAX, "scene heap {\n");
    double wide = 30 * cbrt(solids);

    for (int i = 0; i < solids; i++) {
        double u[6];
        for (int k = 0; k < 3; k++)
            u[k] = rng_range(&r, 2, 40);
        for (int k = 3; k < 6; k++)
            u[k] = rng_range(&r, -wide, wide);
        const char *m = material[rng_below(&r, 5)];
        n += (size_t)snprintf(out + n, SOURCE_MAX - n, "group {\n at_mm %g %g %g\n material %s\n",
                              u[3], u[4], u[5], m);
        if (rng_below(&r, 2))
            n += (size_t)snprintf(out + n, SOURCE_MAX - n, " rotate_deg %g %g %g\n", u[3], u[4],
                                  u[5]);
        static const char *const form[] = {
            "box {\n size_mm %g %g %g\n",
            "ellipsoid {\n radii_mm %g %g %g\n",
            "cone {\n radii_mm %g %g\n height_mm %g\n",
            "difference {\n box {\n size_mm %g %g %g\n }\n sphere {\n radius_mm 7\n }\n",
            "torus {\n radius_mm 41\n tube_mm %g\n #",
            "sphere {\n radius_mm %g\n #",
        };
        int kind = rng_below(&r, 6);
        n += (size_t)snprintf(out + n, SOURCE_MAX - n, form[kind], u[0], u[1], u[2]);
        if (kind >= 4)
            n += (size_t)snprintf(out + n, SOURCE_MAX - n, "\n");
        n += (size_t)snprintf(out + n, SOURCE_MAX - n, "}\n}\n");
    }
    n += (size_t)snprintf(out + n, SOURCE_MAX - n, "}\n");
    assert_true(n < SOURCE_MAX);
}

static void
random_segment(const struct scene *s, uint64_t i, double a[3], double b[3])
{
    struct rng r = rng_start(9, i);
    double low[3], high[3];

    scene_box(s, low, high);
    for (int k = 0; k < 3; k++) {
        double wide = high[k] - low[k];
        a[k] = rng_range(&r, low[k] - wide, high[k] + wide);
        b[k] = rng_range(&r, low[k], high[k]);
        b[k] = i % 3 ? 2 * b[k] - a[k] : b[k];
    }
    if (i % 5 == 0)
        b[i % 3] = a[i % 3]; /* along a plane */
}

static void
test_tree_is_brute_force_bit_for_bit(void **state)
{
    (void)state;
    static const int sizes[] = {1, 2, 5, 30, 400};
    char *source = test_malloc(SOURCE_MAX);
    for (int k = 0; k < 5; k++) {
        random_source(source, sizes[k], (uint64_t)k);
        struct scene *s = scene_of(source);
        int most = 0;
        for (uint64_t i = 0; i < 4000; i++) {
            struct scene_path tree, all;
            double a[3], b[3];
            random_segment(s, i, a, b);
            memset(&tree, 0, sizeof tree);
            memset(&all, 0, sizeof all);
            scene_trace(s, a, b, &tree);
            scene_trace_all(s, a, b, &all);
            assert_memory_equal(&tree, &all, sizeof all);
            most = tree.n > most ? tree.n : most;
        }
        assert_true(most >= (sizes[k] < 5 ? 1 : 3));
        scene_free(s);
    }
    test_free(source);
}

/* One hash on every compiler and CPU level; the constant is from gcc 12, x86-64. */
static void
test_same_bits_everywhere(void **state)
{
    (void)state;
    char *source = test_malloc(SOURCE_MAX), hex[HASH_HEX];
    uint8_t digest[HASH_BYTES];
    struct hash *h = hash_new();
    random_source(source, 400, 11);
    struct scene *s = scene_of(source);
    for (uint64_t i = 0; i < 5000; i++) {
        struct scene_path path;
        double a[3], b[3];
        random_segment(s, i, a, b);
        scene_trace(s, a, b, &path);
        hash_add(h, path.material, (size_t)path.n * sizeof *path.material);
        hash_add(h, path.mm, (size_t)path.n * sizeof *path.mm);
    }
    hash_end(h, digest);
    hash_hex(digest, hex);
    assert_string_equal(hex, "0452cebc5c3a69490fb73c392b5330f0dae70d4953df3c335b449be754db9e8f");
    scene_free(s);
    test_free(source);
}

/* The latest solid at each point of a fine walk, asked one by one. */
static void
test_overlaps_by_stepping(void **state)
{
    (void)state;
    char *source = test_malloc(SOURCE_MAX);
    random_source(source, 60, 3);
    struct scene *s = scene_of(source);
    int steps = 4000, seen = 0;

    for (uint64_t i = 0; i < 60; i++) {
        double a[3], b[3], length = 0, sum[8] = {0};
        int owner[4000];
        uint32_t order[4000];
        random_segment(s, i, a, b);
        struct scene_ray ray;
        for (int k = 0; k < 3; k++) {
            ray.o[k] = a[k];
            ray.d[k] = b[k] - a[k];
            length += ray.d[k] * ray.d[k];
        }
        length = sqrt(length);
        for (int k = 0; k < 3; k++)
            ray.d[k] /= length;
        ray.from = 0;
        ray.to = length;
        memset(owner, -1, sizeof owner);
        for (int n = 0; n < s->solids; n++) {
            struct scene_span span[SCENE_SPANS_MAX];
            int spans = scene_solid_spans(&s->shapes, &s->solid[n], &ray, span);
            for (int m = 0; m < spans; m++)
                for (int k = 0; k < steps; k++) {
                    double t = (k + 0.5) * length / steps;
                    if (t < span[m].in || t > span[m].out ||
                        (owner[k] >= 0 && order[k] > s->solid[n].order))
                        continue;
                    owner[k] = s->solid[n].material;
                    order[k] = s->solid[n].order;
                }
        }
        for (int k = 0; k < steps; k++)
            if (owner[k] >= 0)
                sum[owner[k]] += length / steps;
        for (int m = 0; m < scene_materials(s); m++) {
            double got = crossed(s, a, b, scene_material(s, m)->name);
            assert_near(got, sum[m], 40 * length / steps);
            seen += sum[m] > 0;
        }
    }
    assert_true(seen > 60);
    scene_free(s);
    test_free(source);
}

/* The sum of path lengths over a fine grid of parallel rays is the volume. */
static double
volume_of(const char *source, int n)
{
    struct scene *s = scene_of(source);
    double low[3], high[3], sum = 0;

    scene_box(s, low, high);
    double dx = (high[0] - low[0]) / n, dy = (high[1] - low[1]) / n;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++) {
            double x = low[0] + (i + 0.5) * dx, y = low[1] + (k + 0.5) * dy;
            sum += crossed(s, P(x, y, low[2] - 100), P(x, y, high[2] + 100), NULL);
        }
    scene_free(s);
    return sum * dx * dy;
}

static void
test_volumes(void **state)
{
    (void)state;
    static const struct {
        const char *solid;
        double mm3;
    } row[] = {
        {"box {\n size_mm 100 80 60\n", 480000},
        {"sphere {\n radius_mm 50\n", 4 / 3. * M_PI * 125000},
        {"ellipsoid {\n radii_mm 50 30 20\n", 4 / 3. * M_PI * 30000},
        {"cylinder {\n radius_mm 30\n height_mm 70\n", M_PI * 900 * 70},
        {"cone {\n radii_mm 30 10\n height_mm 70\n", M_PI / 3 * 70 * (900 + 300 + 100)},
        {"torus {\n radius_mm 40\n tube_mm 15\n", 2 * M_PI * M_PI * 40 * 225},
        /* Steinmetz: two cylinders of radius r at right angles share 16/3 r^3 */
        {"intersection {\n cylinder {\n radius_mm 30\n height_mm 70\n }\n cylinder {\n radius_mm "
         "30\n"
         " height_mm 70\n rotate_deg 90 0 0\n }\n",
         16 / 3. * 27000},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char source[600];
        snprintf(source, sizeof source,
                 "scene x {\n material water\n group {\n rotate_deg 20 50 80\n %s }\n }\n}\n",
                 row[i].solid);
        assert_near(volume_of(source, 300) / row[i].mm3, 1, 1e-3);
    }
}

/* Turning and moving everything is turning and moving the ray the other way. */
static void
test_transforms(void **state)
{
    (void)state;
    static const char body[] = "box {\n material water\n size_mm 30 20 10\n at_mm 5 0 0\n"
                               " rotate_deg 0 0 20\n }\n cylinder {\n material steel\n"
                               " radius_mm 8\n height_mm 30\n rotate_deg 40 0 0\n }\n";
    char source[1000];
    snprintf(source, sizeof source, "scene x {\n %s}\n", body);
    struct scene *still = scene_of(source);
    snprintf(source, sizeof source,
             "scene x {\n group {\n at_mm 100 200 300\n rotate_deg 11 22 33\n group {\n"
             " rotate_deg 0 0 -70\n at_mm 0 7 0\n %s }\n }\n}\n",
             body);
    struct scene *moved = scene_of(source);
    struct scene_turn outer, inner;
    scene_turn_set(&outer, P(11, 22, 33));
    scene_turn_set(&inner, P(0, 0, -70));
    int hits = 0;
    for (uint64_t i = 0; i < 3000; i++) {
        double p[2][3], q[2][3];
        random_segment(still, i, p[0], p[1]);
        for (int k = 0; k < 2; k++) {
            scene_turn_apply(&inner, p[k], q[k]);
            q[k][1] += 7;
            scene_turn_apply(&outer, q[k], q[k]);
            q[k][0] += 100;
            q[k][1] += 200;
            q[k][2] += 300;
        }
        double want = crossed(still, p[0], p[1], "steel");
        assert_near(crossed(moved, q[0], q[1], "steel"), want, 1e-9);
        assert_near(crossed(moved, q[0], q[1], "water"), crossed(still, p[0], p[1], "water"), 1e-9);
        hits += want > 0;
    }
    assert_true(hits > 300);
    scene_free(still);
    scene_free(moved);
}

static void
test_repeat_is_written_out(void **state)
{
    (void)state;
    struct scene *folded = scene_of(
        "scene x {\n material water\n repeat {\n count 2 1 3\n step_mm 50 0 20\n at_mm 1 2 3\n"
        " rotate_deg 0 0 90\n sphere {\n radius_mm 9\n }\n repeat {\n count 1 2 1\n"
        " step_mm 0 12 0\n difference {\n material steel\n box {\n size_mm 8 8 8\n }\n repeat {\n"
        " count 2 1 1\n step_mm 4 0 0\n cylinder {\n radius_mm 1\n height_mm 9\n }\n }\n }\n }\n"
        " }\n}\n");
    char *source = test_malloc(SOURCE_MAX);
    size_t n = (size_t)snprintf(source, SOURCE_MAX, "scene x {\n");
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 2; i++)
            for (int part = 0; part < 3; part++) {
                double x = 50 * i, y = part == 2 ? 12 : 0, z = 20 * k; /* then turned by 90 */
                n += (size_t)snprintf(
                    source + n, SOURCE_MAX - n,
                    part == 0 ? "sphere {\n material water\n at_mm %g %g %g\n radius_mm 9\n }\n"
                              : "difference {\n material steel\n at_mm %g %g %g\n box {\n"
                                " size_mm 8 8 8\n }\n cylinder {\n radius_mm 1\n height_mm 9\n }\n"
                                " cylinder {\n radius_mm 1\n height_mm 9\n at_mm 0 4 0\n }\n }\n",
                    1 - y, 2 + x, 3 + z);
            }
    snprintf(source + n, SOURCE_MAX - n, "}\n");
    struct scene *flat = scene_of(source);
    assert_int_equal(scene_solids(folded), 18);
    assert_int_equal(scene_solids(flat), 18);
    int hits = 0;
    for (uint64_t i = 0; i < 4000; i++) {
        double a[3], b[3];
        random_segment(flat, i, a, b);
        double want = crossed(flat, a, b, "steel");
        assert_near(crossed(folded, a, b, "steel"), want, 1e-9);
        assert_near(crossed(folded, a, b, "water"), crossed(flat, a, b, "water"), 1e-9);
        hits += want > 0;
    }
    assert_true(hits > 300);
    scene_free(folded);
    scene_free(flat);
    test_free(source);
}

/* More crossings than the buffer holds, visible and hidden. */
static void
test_long_rows(void **state)
{
    (void)state;
    struct scene *row = scene_of("scene x {\n material water\n repeat {\n count 20000 1 1\n"
                                 " step_mm 2 0 0\n box {\n size_mm 1 5 5\n }\n }\n}\n");
    assert_int_equal(scene_solids(row), 20000);
    assert_near(crossed(row, P(-10, 0, 0), P(1e5, 0, 0), NULL), 20000, 1e-6);
    assert_near(crossed(row, P(0, 0, 0), P(100, 0, 0), NULL), 50, 1e-9);
    scene_free(row);
    struct scene *pile = scene_of("scene x {\n material water\n repeat {\n count 1 1 3000\n"
                                  " step_mm 0 0 0\n sphere {\n radius_mm 10\n }\n }\n"
                                  " intersection {\n material steel\n repeat {\n count 1 1 2000\n"
                                  " step_mm 0 0 0.001\n box {\n size_mm 2 2 2\n }\n }\n }\n}\n");
    assert_near(crossed(pile, P(-90, 0, 0), P(90, 0, 0), "water"), 18, 1e-9);
    assert_near(crossed(pile, P(0, 0, -90), P(0, 0, 90), "steel"), 2 + 1.999, 1e-9);
    scene_free(pile);
}

static void
test_truths(void **state)
{
    (void)state;
    struct scene *s = scene_of(
        "scene \"a case\" {\n material steel\n group gun {\n threat firearm\n at_mm 50 0 40\n"
        " rotate_deg 0 0 45\n difference {\n box {\n size_mm 100 100 10\n }\n box {\n"
        " size_mm 999 1 1\n }\n }\n }\n repeat {\n count 2 1 1\n step_mm 500 0 0\n group {\n"
        " label bottle\n cylinder {\n radius_mm 30\n height_mm 200\n rotate_deg 0 90 0\n }\n }\n"
        " }\n}\n");
    assert_string_equal(scene_name(s), "a case");
    assert_int_equal(scene_truths(s), 3);
    const struct scene_truth *t = scene_truth(s, 0);
    double r = 50 * sqrt(2);
    assert_true(t->threat && strcmp(t->name, "gun") == 0 && strcmp(t->kind, "firearm") == 0);
    assert_near(t->low_mm[0], 50 - r, 1e-9); /* of what is left, not of what was cut away */
    assert_near(t->high_mm[1], r, 1e-9);
    assert_near(t->high_mm[2], 45, 1e-9);
    t = scene_truth(s, 2);
    assert_true(!t->threat && strcmp(t->kind, "bottle") == 0);
    assert_near(t->low_mm[0], 400, 1e-9);
    assert_near(t->high_mm[2], 30, 1e-9);
    scene_free(s);
}

static void
test_materials(void **state)
{
    (void)state;
    struct scene *s =
        scene_of("scene x {\n material light {\n from cotton\n density_g_cm3 0.05\n }\n"
                 " material brine {\n part water 3\n part NaCl 1\n"
                 " density_g_cm3 1.2\n }\n"
                 " material thin {\n from brine\n density_g_cm3 1.1\n }\n"
                 " sphere {\n material light\n radius_mm 1\n }\n"
                 " sphere {\n material thin\n radius_mm 1\n }\n"
                 " sphere {\n material Fe@7.1\n radius_mm 1\n }\n}\n");
    double sum = 0;
    assert_int_equal(scene_materials(s), 4);
    assert_true(scene_material(s, 0)->density_g_cm3 == 0.05);
    assert_string_equal(scene_material(s, 2)->name, "thin");
    const struct material *m = scene_material(s, 2);
    for (int i = 0; i < m->n; i++) {
        sum += m->weight[i];
        if (m->z[i] == 11)
            assert_near(m->weight[i], 0.25 * 22.98977 / (22.98977 + 35.453), 1e-5);
    }
    assert_near(sum, 1, 1e-12);
    assert_near(scene_material(s, 3)->density_g_cm3, 7.1, 1e-12);
    scene_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_later_replaces_earlier),
        cmocka_unit_test(test_touching_boxes),
        cmocka_unit_test(test_boolean_identities),
        cmocka_unit_test(test_tree_is_brute_force_bit_for_bit),
        cmocka_unit_test(test_same_bits_everywhere),
        cmocka_unit_test(test_overlaps_by_stepping),
        cmocka_unit_test(test_volumes),
        cmocka_unit_test(test_transforms),
        cmocka_unit_test(test_repeat_is_written_out),
        cmocka_unit_test(test_long_rows),
        cmocka_unit_test(test_truths),
        cmocka_unit_test(test_materials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
