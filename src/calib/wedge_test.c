/* Wedge scans of the twin through calib_make: blocks of materials that no wedge showed, and what is
 * said about wedges that are not what they are said to be. */
#include "base/num.h"
#include "calib/calib.h"
#include "stage/decomposition.h"
#include "twin/bench_test.h"

enum { STEPS = 9 };

static const char *const plates[][2] = {
    {"C2H4@0.95", "1 2 4 7 11 15 19 23 27"},   {"Al", "0.3 0.7 1.5 3 6 10 14 18 22"},
    {"Fe", "0.2 0.5 1 2 3.5 5 7 9 11"},        {"CH2O@1.41", "1 2 4 7 11 15 18 22 25"},
    {"Mg@1.738", "0.4 1 2 4 7 11 15 19 23"},   {"SiO2@2.2", "0.4 1 2 4 7 11 15 19 23"},
    {"C2H3Cl@1.38", "0.4 1 2 4 6 9 12 15 19"}, {"Ti", "0.2 0.5 1 2 4 6 8 9 10"},
};
enum { PE, AL, FE, WEDGES, PLATES = sizeof plates / sizeof *plates };

static struct tape *
scan(enum sim_kind kind, int plate)
{
    static struct scanner *s; /* pixels that are dead, hot or drifting are calib_test's subject */
    struct sim_options o = {.kind = kind, .machine = 3, .celsius = 25};
    struct err e;

    if (s == NULL)
        s = bench_scanner("defects,misfire,lost,doubled,wrong-energy");
    o.seed = (uint64_t)(100 * (int)kind + plate);
    o.lines = kind == SIM_WEDGE ? 56 : 300;
    if (kind == SIM_WEDGE) {
        const char *text = plates[plate][1];
        char *end;
        assert_int_equal(material_find(plates[plate][0], &o.wedge, &e), 0);
        for (; o.steps < STEPS; text = end)
            o.step_g_cm2[o.steps++] = strtod(text, &end);
    }
    return bench_scan(s, NULL, &o, 2);
}

static struct tape *dark, *air, *plate[PLATES];

static int
setup(void **state)
{
    (void)state;
    dark = scan(SIM_DARK, 0);
    air = scan(SIM_AIR, 0);
    for (int i = 0; i < PLATES; i++)
        plate[i] = scan(SIM_WEDGE, i);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    tape_free(dark);
    tape_free(air);
    for (int i = 0; i < PLATES; i++)
        tape_free(plate[i]);
    return 0;
}

static int
calibrate(struct tape *const *wedges, int n, int threads, struct notes *notes, struct tape **out,
          struct err *e)
{
    struct calib_input in = {.dark = {.path = "D.tape", .tape = dark},
                             .air = {.path = "A.tape", .tape = air}};
    struct par *pool;

    for (int i = 0; i < n; i++)
        in.wedge[in.wedges++] = (struct calib_tape){.path = "W.tape", .tape = wedges[i]};
    assert_int_equal(par_open(&pool, threads, e), 0);
    int result = calib_make(&in, pool, notes, out, e);
    par_close(pool);
    return result;
}

/* Mean transmission of one step in one pixel. */
static double
transmission(const struct tape *c, const struct tape *t, int energy, int pixel, int step)
{
    const float *d = tape_read(c, tape_find(c, Q_DARK, 0, energy), 0);
    const float *a = tape_read(c, tape_find(c, Q_AIR, 0, energy), 0);
    int counts = tape_find(t, Q_COUNTS, 0, energy), poses = tape_find(t, Q_POSE, 0, -1), n = 0;
    int per_step = tape_mark(t, counts) / (STEPS + 2);
    double sum = 0;

    for (int l = per_step * (step + 1) + per_step / 3; l < per_step * (step + 2) - 1; l++, n++) {
        const struct pose *p = tape_read(t, poses, l);
        const uint32_t *v = tape_read(t, counts, l);
        sum += ((double)v[pixel] - (double)d[pixel]) / (double)(a[pixel] * p->dose);
    }
    return sum / n;
}

/* Zeff of a pair at a pixel: linear between columns, rows and nodes, in double. */
static double
zeff_of(const struct decomposition *d, double low, double high, double pixel)
{
    double x = sqrt(high / (double)d->a_max) * (d->nx - 1), z[2];
    double y = (low / high - 1) * (1 + (double)d->bend * high);
    int node = 0;

    y = (y - (double)d->y_min) / (double)(d->y_max - d->y_min) * (d->ny - 1);
    while (node < d->nodes - 2 && pixel > (double)d->place[node + 1])
        node++;
    int ix = (int)x, iy = (int)y;
    assert_true(ix >= 0 && ix < d->nx - 1 && iy >= 0 && iy < d->ny - 1);
    for (int k = 0; k < 2; k++) {
        double v[2];
        for (int i = 0; i < 2; i++) {
            const float *c = decomposition_cells(d, node + k, ix + i) + iy * CELL_SIZE + CELL_ZEFF;
            v[i] = (double)c[0] + (y - iy) * (double)(c[CELL_SIZE] - c[0]);
        }
        z[k] = v[0] + (x - ix) * (v[1] - v[0]);
    }
    double part = (pixel - (double)d->place[node]) / (double)(d->place[node + 1] - d->place[node]);
    return z[0] + part * (z[1] - z[0]);
}

/* Zeff of the mean attenuation of a step (noise bends the mean of Zeff itself); *share is what the
 * high channel transmits. */
static double
step_zeff(const struct tape *c, const struct decomposition *d, const struct tape *t, int step,
          double *share)
{
    double low = 0, high = 0;
    int n = 0;

    for (int p = 2; p < 94; p++, n++) {
        low -= log(transmission(c, t, 0, p, step));
        high -= log(transmission(c, t, 1, p, step));
    }
    *share = exp(-high / n);
    return zeff_of(d, low / n, high / n, 47.5);
}

static void
blocks_of_the_twin_are_told(void **state)
{
    (void)state;
    struct notes notes;
    struct err e = {.text = ""};
    struct tape *c;
    struct decomposition d;

    if (calibrate(plate, WEDGES, 2, &notes, &c, &e) != 0)
        fail_msg("%s", e.text);
    for (int i = 0; i < notes.n; i++)
        printf("%s\n", notes.note[i].text);
    assert_int_equal(notes.warnings, 0);
    assert_int_equal(decomposition_open(c, 0, &d, &e), 0);
    printf("bias of zeff on simulated plates, calibrated with C2H4, Al and Fe\n");
    for (int i = 0; i < PLATES; i++) {
        struct material m;
        int counted = 0;
        assert_int_equal(material_find(plates[i][0], &m, &e), 0);
        double z = material_zeff(&m);
        printf("%-12s %5.2f", plates[i][0], z);
        for (int s = 0; s < STEPS; s++) {
            double share, bias = step_zeff(c, &d, plate[i], s, &share) - z;
            if (share < 0.01)
                continue;
            printf("  %5.2f (%.0f %%)", bias, 100 * share);
            assert_near(bias, 0, z < 15 ? 0.3 : 1.0);
            counted++;
        }
        putchar('\n');
        assert_true(counted >= 6);
    }
    tape_free(c);
}

static void
threads_do_not_matter(void **state)
{
    (void)state;
    struct notes notes;
    struct err e;
    struct tape *t[3];
    const int threads[] = {1, 2, 5};

    for (int i = 0; i < 3; i++)
        assert_int_equal(calibrate(plate, WEDGES, threads[i], &notes, &t[i], &e), 0);
    assert_true(tape_find(t[0], Q_DECOMPOSITION, 0, 1) >= 0);
    for (int i = 0; i < tape_planes(t[0]); i++)
        for (int l = 0; l < tape_mark(t[0], i); l++)
            for (int k = 1; k < 3; k++)
                assert_memory_equal(tape_read(t[0], i, l), tape_read(t[k], i, l),
                                    tape_line_bytes(t[0], i));
    for (int i = 0; i < 3; i++)
        tape_free(t[i]);
}

/* The same lines under another description: `was` replaced by `is`. */
static struct tape *
described(const struct tape *t, const char *was, const char *is)
{
    struct tape *copy;
    struct err e;
    const char *about = tape_about(t), *at = strstr(about, was);
    char *text = mem_zero(strlen(about) + 100, 1);

    assert_non_null(at);
    sprintf(text, "%.*s%s%s", (int)(at - about), about, is, at + strlen(was));
    assert_int_equal(tape_new_like(t, text, &copy, &e), 0);
    for (int i = 0; i < tape_planes(t); i++) {
        for (int l = 0; l < tape_mark(t, i); l++)
            memcpy(tape_line(copy, i, l), tape_read(t, i, l), tape_line_bytes(t, i));
        tape_set_mark(copy, i, tape_mark(t, i));
        tape_seal(copy, i);
    }
    mem_free(text);
    return copy;
}

static void
complains(const struct tape *wedge, bool usable, const char *about)
{
    struct tape *list[] = {plate[PE], plate[AL], (struct tape *)wedge}, *out = NULL;
    struct notes notes;
    struct err e = {.text = ""};
    bool found = false;

    assert_int_equal(calibrate(list, 3, 2, &notes, &out, &e), usable ? 0 : -1);
    for (int i = 0; usable && i < notes.n; i++)
        found |= notes.note[i].warning && strstr(notes.note[i].text, about) != NULL;
    if (usable ? !found : strstr(e.text, about) == NULL)
        fail_msg("want '%s' in: %s", about, usable ? notes.note[0].text : e.text);
    tape_free(out);
}

static void
wedges_are_judged(void **state)
{
    (void)state;
    static const char *const wrong[][3] = {
        {"wedge \"Fe\"", "wedge \"Al\"", "the wedge is not Al: step"},
        {"wedge \"Fe\"", "wedge \"C2H4@0.95\"", "the wedge is not C2H4"},
        {"wedge \"Fe\"", "wedges \"Fe\"", "this is no wedge scan"},
        {"wedge \"Fe\"", "wedge \"Unobtainium\"", "Unobtainium"},
        {"kind wedge", "kind item\n    wedge \"Fe\" {\n step 0 9 1\n step 5 9 2\n}", "overlaps"},
        {"kind wedge", "kind item\n    wedge \"Fe\" {\n step 0 9 1\n}", "at least two steps"},
        {"kind wedge", "kind item\n    wedge \"Fe\" {\n step 0 9 2\n step 9 20 1\n}",
         "in the wrong order: this step is not thicker"},
        {"kind wedge", "kind item\n    wedge \"Fe\" {\n step 330 390 1\n step 70 120 2\n}",
         "overlaps"},
        {"kind wedge", "kind item\n    wedge \"Fe\" {\n step 0 9 1\n step 9 900000 2\n}",
         "the scan at line"},
        {"kind wedge", "kind item\n    wedge \"Fe\" {\n step 0 9 1\n step 9 -3 2\n}", "step"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct tape *t = described(plate[FE], wrong[i][0], wrong[i][1]);
        complains(t, false, wrong[i][2]);
        tape_free(t);
    }
    complains(air, false, "this is no wedge scan");
}

/* A wedge that went through backwards attenuates less and less although it claims the opposite. */
static void
backwards_is_noticed(void **state)
{
    (void)state;
    struct tape *back;
    struct err e;

    assert_int_equal(tape_new_like(plate[FE], tape_about(plate[FE]), &back, &e), 0);
    for (int i = 0; i < tape_planes(back); i++) {
        int n = tape_mark(plate[FE], i);
        for (int l = 0; l < n; l++)
            memcpy(tape_line(back, i, l), tape_read(plate[FE], i, n - 1 - l),
                   tape_line_bytes(back, i));
        tape_set_mark(back, i, n);
        tape_seal(back, i);
    }
    complains(back, false, "W.tape: the wedge is in the wrong order: step 2");
    tape_free(back);
}

static void
thickness_and_number_are_noticed(void **state)
{
    (void)state;
    struct notes notes;
    struct err e;
    struct tape *out;
    bool found = false;

    assert_int_equal(calibrate(plate, 1, 2, &notes, &out, &e), 0);
    for (int i = 0; i < notes.n; i++)
        found |= strstr(notes.note[i].text, "one wedge of one material") != NULL;
    assert_true(found);
    tape_free(out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_the_twin_are_told),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(wedges_are_judged),
        cmocka_unit_test(backwards_is_noticed),
        cmocka_unit_test(thickness_and_number_are_noticed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
