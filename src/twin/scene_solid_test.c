/* scene_solid_test: the spans of every solid against a second, independent idea of its inside
 * (written here with libm), against closed forms, and at the places where solvers break. */
#include "base/rng.h"
#include "base/test.h"
#include "twin/scene_parts.h"

static const char *const kind_name[] = {"box",  "sphere", "ellipsoid", "cylinder",
                                        "cone", "torus",  "mesh",      "boolean"};

/* < 0 inside: how far p (own coordinates) is outside, roughly in millimetres. */
static double
outside(const struct scene_solid *s, const double p[3])
{
    const double *a = s->size_mm;
    double rho = sqrt(p[0] * p[0] + p[1] * p[1]);

    switch ((enum scene_kind)s->kind) {
    case SOLID_BOX:
        return fmax(fabs(p[0]) - a[0], fmax(fabs(p[1]) - a[1], fabs(p[2]) - a[2]));
    case SOLID_SPHERE:
        return hypot(rho, p[2]) - a[0];
    case SOLID_ELLIPSOID:
        return (hypot(hypot(p[0] / a[0], p[1] / a[1]), p[2] / a[2]) - 1) *
               fmin(a[0], fmin(a[1], a[2]));
    case SOLID_CYLINDER:
        return fmax(rho - a[0], fabs(p[2]) - a[2]);
    case SOLID_CONE:
        return fmax(rho - (a[0] + (a[1] - a[0]) * (p[2] + a[2]) / (2 * a[2])), fabs(p[2]) - a[2]);
    case SOLID_TORUS:
        return hypot(rho - a[0], p[2]) - a[1];
    default:
        fail_msg("kind %d", s->kind);
        return 0;
    }
}

static double
size_of(const struct scene_solid *s)
{
    double size = s->size_mm[0];
    for (int i = 1; i < 3; i++)
        size = fmax(size, s->size_mm[i]);
    return s->kind == SOLID_TORUS ? s->size_mm[0] + s->size_mm[1] : size;
}

/* A solid of the kind with sizes over three decades, somewhere within a metre. */
static struct scene_solid
random_solid(enum scene_kind kind, struct rng *r)
{
    struct scene_solid s = {.kind = (uint8_t)kind, .turn = 1};

    for (int i = 0; i < 3; i++) {
        s.centre_mm[i] = rng_range(r, -1000, 1000);
        s.size_mm[i] = pow(10, rng_range(r, 0, 3));
    }
    if (kind == SOLID_TORUS && s.size_mm[1] > s.size_mm[0])
        s.size_mm[1] = s.size_mm[0] * rng_range(r, 0.01, 1);
    if (kind == SOLID_CONE && rng_below(r, 4) == 0)
        s.size_mm[rng_below(r, 2)] = 0;
    if (kind == SOLID_SPHERE || kind == SOLID_TORUS)
        s.size_mm[2] = 0;
    return s;
}

static void
unit(double v[3])
{
    double length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    for (int i = 0; i < 3; i++)
        v[i] /= length;
}

/* Half sizes of the box around a solid that is not turned. */
static void
half_sizes(const struct scene_solid *s, double half[3])
{
    const double *a = s->size_mm;
    double round = s->kind == SOLID_TORUS  ? a[0] + a[1]
                   : s->kind == SOLID_CONE ? fmax(a[0], a[1])
                                           : a[0];
    bool three = s->kind == SOLID_BOX || s->kind == SOLID_ELLIPSOID;

    half[0] = three ? a[0] : round;
    half[1] = three ? a[1] : round;
    half[2] = s->kind == SOLID_SPHERE ? a[0] : s->kind == SOLID_TORUS ? a[1] : a[2];
}

/* A ray from metres away (or from inside) to a point in or near the solid. */
static struct scene_ray
random_ray(const struct scene_shapes *h, const struct scene_solid *s, double away, struct rng *r)
{
    struct scene_ray ray = {.from = -INFINITY, .to = INFINITY};
    double half[3], aim[3];

    half_sizes(s, half);
    for (int i = 0; i < 3; i++)
        aim[i] = half[i] * rng_range(r, -1.1, 1.1);
    scene_turn_apply(&h->turn[s->turn], aim, aim);

    for (int i = 0; i < 3; i++)
        ray.d[i] = rng_normal(r);
    if (rng_below(r, 4) == 0)
        ray.d[rng_below(r, 3)] = 0;
    unit(ray.d);
    for (int i = 0; i < 3; i++)
        ray.o[i] = s->centre_mm[i] + aim[i] - away * ray.d[i];
    return ray;
}

static double
outside_at(const struct scene_shapes *h, const struct scene_solid *s, const struct scene_ray *r,
           double t)
{
    double p[3], own[3];

    for (int i = 0; i < 3; i++)
        p[i] = r->o[i] + t * r->d[i] - s->centre_mm[i];
    for (int i = 0; i < 3; i++)
        own[i] = h->turn[s->turn].m[0][i] * p[0] + h->turn[s->turn].m[1][i] * p[1] +
                 h->turn[s->turn].m[2][i] * p[2];
    return outside(s, own);
}

/* Steps along the ray: every point that is clearly inside or outside must be so in the spans. */
static int
check_steps(const struct scene_shapes *h, const struct scene_solid *s, const struct scene_ray *r,
            double away)
{
    struct scene_span span[SCENE_SPANS_MAX];
    int n = scene_solid_spans(h, s, r, span), found = 0;
    double size = size_of(s), tolerance = 1e-6 * size;

    for (int i = 0; i < n; i++) {
        double middle = 0.5 * (span[i].in + span[i].out);
        assert_true(span[i].in < span[i].out && (i == 0 || span[i].in >= span[i - 1].out));
        assert_true(outside_at(h, s, r, middle) < tolerance);
        if (fabs(outside_at(h, s, r, span[i].in)) > tolerance ||
            fabs(outside_at(h, s, r, span[i].out)) > tolerance)
            fail_msg("%s: the ends of a span are %.3g and %.3g mm off the surface",
                     kind_name[s->kind], outside_at(h, s, r, span[i].in),
                     outside_at(h, s, r, span[i].out));
    }
    for (int k = 0; k < 200; k++) {
        double t = away + size * 4 * ((k + 0.37) / 200 - 0.5), deep = outside_at(h, s, r, t);
        bool in = false;
        for (int i = 0; i < n; i++)
            in = in || (t >= span[i].in && t <= span[i].out);
        found += in;
        if (fabs(deep) > tolerance && in != (deep < 0))
            fail_msg("%s of %g %g %g: the point at t = %.9g is %.3g mm outside, but in = %d",
                     kind_name[s->kind], s->size_mm[0], s->size_mm[1], s->size_mm[2], t, deep, in);
    }
    return found;
}

static void
test_every_solid_by_stepping(void **state)
{
    (void)state;
    for (int kind = SOLID_BOX; kind <= SOLID_TORUS; kind++) {
        int found = 0;
        for (uint64_t i = 0; i < 3000; i++) {
            struct rng r = rng_start((uint64_t)kind + 1, i);
            struct scene_turn turn[2];
            struct scene_shapes h = {.turn = turn};
            struct scene_solid s = random_solid((enum scene_kind)kind, &r);
            double none[3] = {0}, deg[3];
            for (int k = 0; k < 3; k++)
                deg[k] = i % 3 == 0 ? 90.0 * rng_below(&r, 4) : rng_range(&r, -180, 180);
            scene_turn_set(&turn[0], none);
            scene_turn_set(&turn[1], deg);
            double away = i % 2 ? 5000 : 0;
            struct scene_ray ray = random_ray(&h, &s, away, &r);
            found += check_steps(&h, &s, &ray, away);
        }
        print_message("%s: %d points inside\n", kind_name[kind], found);
        assert_true(found > 5000);
    }
}

static double
length_of(const struct scene_solid *s, const double o[3], const double toward[3])
{
    static const struct scene_turn plain = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    struct scene_shapes h = {.turn = &plain};
    struct scene_ray r = {.from = -1e9, .to = 1e9};
    struct scene_span span[SCENE_SPANS_MAX];
    double sum = 0;

    for (int i = 0; i < 3; i++) {
        r.o[i] = o[i];
        r.d[i] = toward[i] - o[i];
    }
    unit(r.d);
    int n = scene_solid_spans(&h, s, &r, span);
    for (int i = 0; i < n; i++)
        sum += span[i].out - span[i].in;
    return sum;
}

#define P(...)                                                                                     \
    (const double[])                                                                               \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static void
test_closed_forms(void **state)
{
    (void)state;
    const struct scene_solid box = {.kind = SOLID_BOX, .size_mm = {10, 20, 30}};
    const struct scene_solid sphere = {.kind = SOLID_SPHERE, .size_mm = {50}};
    const struct scene_solid egg = {.kind = SOLID_ELLIPSOID, .size_mm = {10, 20, 30}};
    const struct scene_solid can = {.kind = SOLID_CYLINDER, .size_mm = {33, 0, 60}};
    const struct scene_solid cone = {.kind = SOLID_CONE, .size_mm = {30, 0, 40}};
    const struct scene_solid ring = {.kind = SOLID_TORUS, .size_mm = {100, 20}};

    assert_near(length_of(&box, P(-10, -20, -30), P(10, 20, 30)), 2 * sqrt(1400), 1e-9);
    assert_near(length_of(&sphere, P(-4000, 30, 0), P(1, 30, 0)), 80, 1e-9);
    assert_near(length_of(&egg, P(1, 2, -500), P(-1, -2, 500)),
                60 * sqrt(1 + 5 / 250000.) / sqrt(1 + 9e-4 * (.04 + .04)), 2e-3);
    assert_near(length_of(&can, P(-500, 0, 0), P(500, 0, 0)), 66, 1e-9);
    assert_near(length_of(&can, P(10, 10, -500), P(10, 10, 500)), 120, 1e-9);
    assert_near(length_of(&can, P(-33, 0, -60), P(33, 0, 60)), hypot(66, 120), 1e-9);
    assert_near(length_of(&cone, P(-500, 0, 0), P(500, 0, 0)), 30, 1e-9);
    assert_near(length_of(&cone, P(0, 0, -500), P(0, 0, 500)), 80, 1e-9);
    /* along a generator's direction, through the axis at the base: parallel to the other side */
    assert_near(length_of(&cone, P(0, 0, -40), P(15, 0, 0)), hypot(15, 40), 1e-9);
    assert_near(length_of(&ring, P(-500, 0, 0), P(500, 0, 0)), 80, 1e-9);
    assert_near(length_of(&ring, P(100, -500, 0), P(100, 500, 0)), 2 * sqrt(120 * 120 - 1e4), 1e-9);
    assert_near(length_of(&ring, P(100, 0, -500), P(100, 0, 500)), 40, 1e-9);
    assert_near(length_of(&ring, P(0, 0, -500), P(0, 0, 500)), 0, 0);
}

/* Rays that just touch or just miss, along faces, edges, axes and tips. */
static void
test_hard_places(void **state)
{
    (void)state;
    const struct scene_solid box = {.kind = SOLID_BOX, .size_mm = {10, 20, 30}};
    const struct scene_solid sphere = {.kind = SOLID_SPHERE, .size_mm = {50}};
    const struct scene_solid can = {.kind = SOLID_CYLINDER, .size_mm = {33, 0, 60}};
    const struct scene_solid cone = {.kind = SOLID_CONE, .size_mm = {30, 0, 40}};
    const struct scene_solid ring = {.kind = SOLID_TORUS, .size_mm = {100, 20}};
    const struct scene_solid thin = {.kind = SOLID_TORUS, .size_mm = {1000, 0.01}};

    assert_near(length_of(&box, P(10, -100, 0), P(10, 100, 0)), 40, 1e-9); /* in a face */
    assert_near(length_of(&box, P(10, 20, -100), P(10, 20, 100)), 60, 1e-9);
    assert_true(length_of(&box, P(10 + 1e-6, -100, 0), P(10 + 1e-6, 100, 0)) == 0);
    assert_true(length_of(&sphere, P(-500, 50, 0), P(500, 50, 0)) == 0);
    assert_near(length_of(&sphere, P(-500, 50 - 1e-6, 0), P(500, 50 - 1e-6, 0)),
                2 * sqrt(1e-6 * (100 - 1e-6)), 1e-6);
    assert_near(length_of(&can, P(33, 0, -100), P(33, 0, 100)), 120, 1e-9); /* on its side */
    assert_near(length_of(&can, P(-100, 0, 60), P(100, 0, 60)), 66, 1e-9);  /* on its lid */
    assert_true(length_of(&can, P(33.001, 0, -100), P(33.001, 0, 100)) == 0);
    assert_true(length_of(&cone, P(-100, 0, 40), P(100, 0, 40)) < 1e-6); /* over the tip */
    assert_near(length_of(&cone, P(-30, 0, -40), P(0, 0, 40)), hypot(30, 80), 1e-4); /* generator */
    assert_near(length_of(&ring, P(-500, 0, 20), P(500, 0, 20)), 0, 1e-3); /* lies on top */
    assert_near(length_of(&ring, P(80, -500, 0), P(80, 500, 0)), 2 * sqrt(120 * 120 - 6400), 1e-4);
    double inner = 2 * (sqrt(120 * 120 - 79.0 * 79) - sqrt(80 * 80 - 79.0 * 79));
    assert_near(length_of(&ring, P(79, -500, 0), P(79, 500, 0)), inner, 1e-9);
    assert_near(length_of(&thin, P(-5000, 0, 0), P(5000, 0, 0)), 0.04, 1e-9);
    assert_near(length_of(&thin, P(1000, 3, -5000), P(1000, -3, 5000)),
                0.02 * hypot(3, 5000) / 5000, 1e-9);
}

/* What the ray's window leaves. */
static void
test_window(void **state)
{
    (void)state;
    const struct scene_solid ring = {.kind = SOLID_TORUS, .size_mm = {100, 20}};
    static const struct scene_turn plain = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    struct scene_shapes h = {.turn = &plain};
    struct scene_ray r = {.o = {-200, 0, 0}, .d = {1, 0, 0}, .from = 100, .to = 290};
    struct scene_span span[SCENE_SPANS_MAX];

    assert_int_equal(scene_solid_spans(&h, &ring, &r, span), 2);
    assert_near(span[0].in, 100, 0); /* starts inside */
    assert_near(span[0].out, 120, 1e-9);
    assert_near(span[1].in, 280, 1e-9);
    assert_near(span[1].out, 290, 0); /* ends inside */
    r.from = 121;
    assert_int_equal(scene_solid_spans(&h, &ring, &r, span), 1);
}

static void
test_turns(void **state)
{
    (void)state;
    struct scene_turn turn;
    double out[3];

    scene_turn_set(&turn, P(90, 0, 0));
    scene_turn_apply(&turn, P(0, 1, 0), out);
    assert_true(out[0] == 0 && out[1] == 0 && out[2] == 1);
    scene_turn_set(&turn, P(-90, 0, 450)); /* about x, then about z */
    scene_turn_apply(&turn, P(0, 0, 1), out);
    assert_true(out[0] == -1 && out[1] == 0 && out[2] == 0);
    scene_turn_set(&turn, P(10, 20, 30));
    double a = 10 * M_PI / 180, b = 20 * M_PI / 180, c = 30 * M_PI / 180;
    scene_turn_apply(&turn, P(1, 0, 0), out);
    assert_near(out[0], cos(b) * cos(c), 1e-15);
    assert_near(out[1], cos(b) * sin(c), 1e-15);
    assert_near(out[2], -sin(b), 1e-15);
    scene_turn_apply(&turn, P(0, 0, 1), out);
    assert_near(out[2], cos(a) * cos(b), 1e-15);
}

/* The box around a solid holds all of it and touches it on six sides. */
static void
test_boxes(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 300; i++) {
        struct rng r = rng_start(77, i);
        struct scene_turn turn[2];
        struct scene_shapes h = {.turn = turn};
        struct scene_solid s = random_solid((enum scene_kind)(i % 6), &r);
        double deg[3], low[3], high[3];
        for (int k = 0; k < 3; k++)
            deg[k] = rng_range(&r, -180, 180);
        scene_turn_set(&turn[1], deg);
        scene_solid_box(&h, &s, low, high);
        double seen_low[3], seen_high[3];
        for (int k = 0; k < 3; k++) {
            seen_low[k] = INFINITY;
            seen_high[k] = -INFINITY;
        }
        for (int n = 0; n < 2000; n++) {
            struct scene_ray ray = random_ray(&h, &s, 0, &r);
            struct scene_span span[SCENE_SPANS_MAX];
            int count = scene_solid_spans(&h, &s, &ray, span);
            for (int m = 0; m < 2 * count; m++)
                for (int k = 0; k < 3; k++) {
                    double t = m & 1 ? span[m / 2].out : span[m / 2].in;
                    double x = ray.o[k] + t * ray.d[k];
                    seen_low[k] = fmin(seen_low[k], x);
                    seen_high[k] = fmax(seen_high[k], x);
                }
        }
        for (int k = 0; k < 3; k++) {
            assert_true(seen_low[k] >= low[k] - 1e-6 && seen_high[k] <= high[k] + 1e-6);
            double wide = high[k] - low[k];
            assert_true(seen_high[k] - seen_low[k] > 0.5 * wide);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_solid_by_stepping),
        cmocka_unit_test(test_closed_forms),
        cmocka_unit_test(test_hard_places),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_boxes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
