/* What a wedge of polyethylene behind lead strips says about scatter, against what other materials
 * and thicknesses scatter into the same shadow; and what is said about a wedge without strips. */
#include "calib/calib.h"
#include "kern/kern.h"
#include "twin/bench_test.h"

static struct tape *dark, *air, *lag;

static struct tape *
scan(enum sim_kind kind, const char *material, double from_g_cm2, bool blocker)
{
    static struct scanner *s;
    struct sim_options o = {.kind = kind, .machine = 3, .celsius = 25, .blocker = blocker};
    struct err e;

    if (s == NULL)
        s = bench_scanner("noise,electronic,drift,defects,misfire,lost,doubled,speed,crosstalk");
    o.lines = kind == SIM_WEDGE ? 64 : 300;
    if (kind == SIM_WEDGE) {
        assert_int_equal(material_find_any_density(material, &o.wedge, &e), 0);
        for (o.steps = 0; o.steps < 4; o.steps++)
            o.step_g_cm2[o.steps] = from_g_cm2 * (1 << o.steps);
    }
    return bench_scan(s, NULL, &o, 2);
}

static int
setup(void **state)
{
    (void)state;
    dark = scan(SIM_DARK, NULL, 0, false);
    air = scan(SIM_AIR, NULL, 0, false);
    lag = scan(SIM_LAG, NULL, 0, false);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    tape_free(dark);
    tape_free(air);
    tape_free(lag);
    return 0;
}

static int
calibrate(struct tape *scatter, struct tape *wedge, struct tape **out, struct err *e)
{
    struct notes *notes = mem_zero(1, sizeof *notes);
    struct calib_input in = {.dark = {.path = "D.tape", .tape = dark},
                             .air = {.path = "A.tape", .tape = air},
                             .lag = {.path = "L.tape", .tape = lag},
                             .scatter = {.path = "S.tape", .tape = scatter},
                             .wedges = wedge != NULL,
                             .wedge[0] = {.path = "W.tape", .tape = wedge}};
    int result = calib_make(&in, NULL, notes, out, e);

    mem_free(notes);
    return result;
}

/* The kernel of one calibration, applied to the lit pixels that another one was made from, must say
 * what that one saw in the shadow: here both kernels, applied to one line, must agree. */
static void
compare(const struct tape *one, const struct tape *other, double tolerance)
{
    enum { PIXELS = 96 };

    for (int k = 0; k < 2; k++) {
        float t[PIXELS], out[2][PIXELS];
        for (int i = 0; i < 2; i++) {
            const struct tape *c = i == 0 ? one : other;
            int plane = tape_find(c, Q_SCATTER, 0, k);
            assert_true(plane >= 0);
            const float *head = tape_read(c, plane, 0);
            int cells = tape_plane(c, plane)->rows;
            float send[64 * KERN_SCATTER_CELLS] = {0};
            for (int j = 0; j < cells; j++)
                memcpy(send + j * KERN_SCATTER_CELLS, tape_read(c, plane, 1 + j),
                       (size_t)cells * sizeof *send);
            struct kern_scatter g = {cells, (int)head[0], head[1], send};
            for (int p = 0; p < PIXELS; p++)
                t[p] = p >= 48 && p < 64 ? 0 : 0.1f;
            kern_get(0)->kern_scatter(&g, t, out[i], PIXELS);
        }
        for (int p = 52; p < 60; p++) {
            assert_true(-out[0][p] > 1e-6f); /* something is there to be compared */
            assert_near((double)(out[1][p] / out[0][p]), 1, tolerance);
        }
    }
}

static void
test_other_material(void **state)
{
    struct err e;
    struct tape *made[2];
    static const struct {
        const char *material;
        double g_cm2;
    } wedges[2] = {{"C2H4@0.95", 3}, {"H2O@1", 2}};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct tape *s = scan(SIM_WEDGE, wedges[i].material, wedges[i].g_cm2, true);
        if (calibrate(s, NULL, &made[i], &e) != 0)
            fail_msg("%s", e.text);
        tape_free(s);
    }
    compare(made[0], made[1], 0.25);
    for (int i = 0; i < 2; i++)
        tape_free(made[i]);
}

static void
test_complaints(void **state)
{
    struct err e;
    struct tape *none, *open = scan(SIM_WEDGE, "Al", 2, false),
                       *shut = scan(SIM_WEDGE, "Al", 2, true);

    (void)state;
    assert_int_equal(calibrate(open, NULL, &none, &e), -1);
    assert_non_null(strstr(e.text, "S.tape"));
    assert_non_null(strstr(e.text, "lead strips"));
    assert_int_equal(calibrate(NULL, shut, &none, &e), -1);
    assert_non_null(strstr(e.text, "W.tape"));
    assert_non_null(strstr(e.text, "--scatter"));
    tape_free(open);
    tape_free(shut);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_material),
        cmocka_unit_test(test_complaints),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
