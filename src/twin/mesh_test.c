/* mesh_test: triangle meshes against the solids that they are, rays through edges and corners, and
 * what broken STL files get. */
#include "base/rng.h"
#include "base/test.h"
#include "twin/mesh.h"
#include "twin/scene_parts.h"

#define BYTES_MAX 2000000

struct stl {
    uint8_t *bytes;
    int n; /* triangles */
};

static void
stl_start(struct stl *s)
{
    s->bytes = test_calloc(1, BYTES_MAX);
    s->n = 0;
}

static size_t
stl_size(struct stl *s)
{
    uint32_t n = (uint32_t)s->n;
    memcpy(s->bytes + 80, &n, 4); /* the tests run on little-endian machines */
    return 84 + 50 * (size_t)s->n;
}

static void
stl_add(struct stl *s, const double a[3], const double b[3], const double c[3])
{
    const double *v[3] = {a, b, c};
    uint8_t *p = s->bytes + 84 + 50 * s->n++ + 12;
    for (int i = 0; i < 9; i++) {
        float x = (float)v[i / 3][i % 3];
        memcpy(p + 4 * i, &x, 4);
    }
}

/* A box from 0 to x y z, cut in 12 triangles; `turned` swaps the corners of some. */
static void
stl_box(struct stl *s, const double low[3], const double size[3], unsigned turned)
{
    static const int face[6][4] = {{0, 2, 3, 1}, {4, 5, 7, 6}, {0, 1, 5, 4},
                                   {2, 6, 7, 3}, {0, 4, 6, 2}, {1, 3, 7, 5}};
    double v[8][3];
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 3; k++)
            v[i][k] = low[k] + (i >> k & 1 ? size[k] : 0);
    for (int f = 0; f < 6; f++)
        for (int half = 0; half < 2; half++) {
            const int *q = face[f];
            int b = half ? q[2] : q[1], c = half ? q[3] : q[2];
            bool swap = turned >> (2 * f + half) & 1;
            stl_add(s, v[q[0]], v[swap ? c : b], v[swap ? b : c]);
        }
}

static struct mesh *
mesh_of(struct stl *s)
{
    struct err e = {.text = ""};
    struct mesh *m = NULL;
    if (mesh_parse("f.stl", s->bytes, stl_size(s), 1, &m, &e) != 0)
        fail_msg("%s", e.text);
    test_free(s->bytes);
    return m;
}

static double
length_in(const struct mesh *m, const double a[3], const double b[3])
{
    struct scene_ray r = {.from = -1e6, .to = 1e6};
    struct scene_span span[SCENE_SPANS_MAX];
    double square = 0, sum = 0;
    for (int i = 0; i < 3; i++) {
        r.o[i] = a[i];
        r.d[i] = b[i] - a[i];
        square += r.d[i] * r.d[i];
    }
    for (int i = 0; i < 3; i++)
        r.d[i] /= sqrt(square);
    int n = mesh_spans(m, &r, span);
    assert_true(n >= 0);
    for (int i = 0; i < n; i++)
        sum += span[i].out - span[i].in;
    return sum;
}

/* Some triangles turned the wrong way: the mesh is mended, and is the box. */
static void
test_box_is_box(void **state)
{
    (void)state;
    static const unsigned turned[] = {0, 0xfff, 0x124};
    static const double low[3] = {-15, -10, -20}, size[3] = {30, 20, 40};
    static const struct scene_turn plain = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    const struct scene_solid box = {.kind = SOLID_BOX, .size_mm = {15, 10, 20}};
    struct scene_shapes h = {.turn = &plain};
    for (int k = 0; k < 3; k++) {
        struct stl s;
        stl_start(&s);
        stl_box(&s, low, size, turned[k]);
        struct mesh *m = mesh_of(&s);
        int hits = 0;
        assert_int_equal(mesh_triangles(m), 12);
        assert_near(mesh_volume_mm3(m), 24000, 1e-9);
        for (uint64_t i = 0; i < 5000; i++) {
            struct rng r = rng_start(1, i);
            struct scene_ray ray = {.from = -1e6, .to = 1e6};
            struct scene_span span[SCENE_SPANS_MAX];
            double a[3], b[3], square = 0;
            for (int n = 0; n < 3; n++) {
                a[n] = rng_range(&r, -900, 900);
                b[n] = i % 2 ? rng_range(&r, -20, 20) : 5.0 * (rng_below(&r, 9) - 4);
                ray.o[n] = a[n];
                ray.d[n] = b[n] - a[n];
                square += ray.d[n] * ray.d[n];
            }
            for (int n = 0; n < 3; n++)
                ray.d[n] /= sqrt(square);
            int n = scene_solid_spans(&h, &box, &ray, span);
            double want = n == 0 ? 0 : span[0].out - span[0].in;
            assert_near(length_in(m, a, b), want, 1e-9);
            hits += n;
        }
        assert_true(hits > 1000);
        mesh_free(m);
    }
}

static void
ball_corner(int i, int k, int n, double v[3])
{
    double u = M_PI * i / n, w = 2 * M_PI * (k % (2 * n)) / (2 * n);
    v[0] = i == 0 || i == n ? 0 : 40 * sin(u) * cos(w);
    v[1] = i == 0 || i == n ? 0 : 40 * sin(u) * sin(w);
    v[2] = 40 * cos(u);
}

static void
stl_ball(struct stl *s, int n)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 2 * n; k++) {
            double v[4][3];
            ball_corner(i, k, n, v[0]);
            ball_corner(i + 1, k, n, v[1]);
            ball_corner(i + 1, k + 1, n, v[2]);
            ball_corner(i, k + 1, n, v[3]);
            if (i < n - 1)
                stl_add(s, v[0], v[1], v[2]);
            if (i > 0)
                stl_add(s, v[0], v[2], v[3]);
        }
}

/* Rays aimed exactly at corners, edges and the poles: never a leak. */
static void
test_ball(void **state)
{
    (void)state;
    struct stl s;
    stl_start(&s);
    stl_ball(&s, 48);
    struct mesh *m = mesh_of(&s);
    assert_near(mesh_volume_mm3(m) / (4 / 3. * M_PI * 64000), 1, 5e-3);
    for (uint64_t i = 0; i < 20000; i++) {
        struct rng r = rng_start(2, i);
        double a[3], v[3], w[3], b[3];
        ball_corner(rng_below(&r, 49), rng_below(&r, 96), 48, v);
        ball_corner(rng_below(&r, 49), rng_below(&r, 96), 48, w);
        for (int k = 0; k < 3; k++) {
            a[k] = i % 4 == 0 ? -2 * (double)(float)v[k] : rng_range(&r, -200, 200);
            b[k] = (double)(float)v[k];
            if (i % 3 == 1) /* the middle of a chord: inside */
                b[k] = 0.5 * (b[k] + (double)(float)w[k]);
        }
        double d2 = 0, ab = 0, aa = 0, nearest;
        for (int k = 0; k < 3; k++) {
            d2 += (b[k] - a[k]) * (b[k] - a[k]);
            ab += a[k] * (b[k] - a[k]);
            aa += a[k] * a[k];
        }
        nearest = aa - ab * ab / d2;
        double outer = 2 * sqrt(fmax(0, 1600.01 - nearest)), r_in = 40 * cos(M_PI / 48);
        double inner = 2 * sqrt(fmax(0, r_in * cos(M_PI / 96) * r_in * cos(M_PI / 96) - nearest));
        double got = length_in(m, a, b);
        if (!(got >= inner - 1e-9 && got <= outer + 1e-9))
            fail_msg("ray %d: %.9g is not between %.9g and %.9g", (int)i, got, inner, outer);
    }
    mesh_free(m);
}

static void
test_cavity_and_joins(void **state)
{
    (void)state;
    struct stl s;
    stl_start(&s);
    stl_box(&s, (double[]){0, 0, 0}, (double[]){30, 30, 30}, 0);
    stl_box(&s, (double[]){10, 10, 10}, (double[]){10, 10, 10}, 0xfff); /* turned: a cavity */
    struct mesh *m = mesh_of(&s);
    assert_near(mesh_volume_mm3(m), 26000, 1e-9);
    assert_near(length_in(m, (double[]){-5, 15, 15}, (double[]){50, 15, 15}), 20, 1e-9);
    mesh_free(m);
    stl_start(&s);
    stl_box(&s, (double[]){0, 0, 0}, (double[]){30, 30, 30}, 0);
    float off = 30.0005f; /* one corner of one triangle is a little beside its neighbours */
    for (int i = 0; i < 9; i++) {
        float x;
        memcpy(&x, s.bytes + 84 + 12 + 4 * i, 4);
        if (x == 30) {
            memcpy(s.bytes + 84 + 12 + 4 * i, &off, 4);
            break;
        }
    }
    m = mesh_of(&s);
    assert_near(length_in(m, (double[]){-5, 15, 15}, (double[]){50, 15, 15}), 30, 1e-3);
    mesh_free(m);
}

static void
test_ascii_and_scale(void **state)
{
    (void)state;
    static const char text[] =
        "solid a vertex 1 2 3\n"
        " facet normal 0 0 0\n  outer loop\n   vertex 0 0 0\n   vertex 0 1 0\n   vertex 1 0 0\n"
        "  endloop\n endfacet\n"
        " facet normal 0 0 0\n  outer loop\n   vertex 0 0 0\n   vertex 1 0 0\n   vertex 0 0 1\n"
        "  endloop\n endfacet\n"
        " facet normal 0 0 0\n  outer loop\n   vertex 0 0 0\n   vertex 0 0 1\n   vertex 0 1 0\n"
        "  endloop\n endfacet\n"
        " facet normal 0 0 0\n  outer loop\n   vertex 1 0 0\n   vertex 0 1 0\n   vertex 0 0 1e0\n"
        "  endloop\n endfacet\nendsolid a\n";
    struct err e = {.text = ""};
    struct mesh *m;
    if (mesh_parse("f", (const uint8_t *)text, sizeof text - 1, 25.4, &m, &e) != 0)
        fail_msg("%s", e.text);
    assert_near(mesh_volume_mm3(m), 25.4 * 25.4 * 25.4 / 6, 1e-9);
    double low, high;
    mesh_reach(m, (double[]){0, 0, 1}, &low, &high);
    assert_true(low == 0 && high == 25.4);
    mesh_free(m);
}

static void
refuse(const void *bytes, size_t n, const char *sentence)
{
    struct err e = {.text = ""};
    struct mesh *m;
    assert_int_equal(mesh_parse("f.stl", bytes, n, 1, &m, &e), -1);
    if (strstr(e.text, sentence) == NULL)
        fail_msg("'%s' does not say '%s'", e.text, sentence);
}

static void
test_refused(void **state)
{
    (void)state;
    struct stl s;
    stl_start(&s);
    stl_box(&s, (double[]){0, 0, 0}, (double[]){30, 30, 30}, 0);
    size_t n = stl_size(&s);
    refuse(s.bytes, n - 1, "not an STL file");
    refuse(s.bytes, 83, "not an STL file");
    refuse("", 0, "not an STL file");
    s.n = 11;
    refuse(s.bytes, stl_size(&s), "f.stl: the mesh is not closed: 3 edges are open, one at");
    s.n = 0;
    refuse(s.bytes, stl_size(&s), "no triangle");
    s.n = 12;
    stl_size(&s);
    uint32_t bits = 0x7fc00000, huge = 0x7f000000;
    memcpy(s.bytes + 84 + 12, &bits, 4);
    refuse(s.bytes, n, "triangle 1: a coordinate is not a number");
    memcpy(s.bytes + 84 + 50 + 12, &huge, 4);
    memset(s.bytes + 84, 0, 50);
    refuse(s.bytes, n, "triangle 2: a coordinate is not a number or larger");
    memset(s.bytes, 0, n);
    s.n = 12;
    stl_size(&s);
    refuse(s.bytes, n, "no triangle in it has an area");
    static const char *const ascii[][2] = {
        {"solid\n", "no triangle"},
        {"solid\n outer loop\n vertex 1 2\n", "f.stl:4: a coordinate is missing"},
        {"solid\n outer loop\n vertex 1 2 x\n", "f.stl:3: a coordinate is not a number"},
        {"solid\n outer loop\n vertex 1 2 inf\n", "a coordinate is not a number"},
        {"solid\n outer lop\n", "'outer' must be followed by 'loop'"},
        {"solid\n banana\n", "f.stl:2: not a word of an ASCII STL file"},
    };
    for (size_t i = 0; i < sizeof ascii / sizeof *ascii; i++)
        refuse(ascii[i][0], strlen(ascii[i][0]), ascii[i][1]);
    test_free(s.bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_box_is_box),       cmocka_unit_test(test_ball),
        cmocka_unit_test(test_cavity_and_joins), cmocka_unit_test(test_ascii_and_scale),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
