/* view_test: what the eye is promised: hues, lightness, hatches, and the same bits at every level.
 */
#include "base/hash.h"
#include "base/test.h"
#include "kern/kern.h"
#include "recipe/recipe.h"
#include "stage/look.h"

#define ROWS 300
#define LINES 64

enum { LOW, HIGH, ZEFF, MASK };

/* Attenuation rises along the rows, zeff along the lines; the last row is starved. */
static struct tape *
chart(void)
{
    struct plane_spec s = {.lattice = LATTICE_GRID, .rows = ROWS, .cols = 1, .lines = LINES};
    struct plane_spec specs[4] = {s, s, s, s};
    static const enum quantity q[] = {Q_ATTENUATION, Q_ATTENUATION, Q_ZEFF, Q_MASK};
    struct tape *t;
    struct err e;

    for (int i = 0; i < 4; i++) {
        specs[i].quantity = q[i];
        specs[i].energy = i == HIGH;
        specs[i].ring = LINES;
    }
    if (tape_new(specs, 4, "", &t, &e) != 0)
        fail_msg("%s", e.text);
    for (int32_t line = 0; line < LINES; line++)
        for (int32_t r = 0; r < ROWS; r++) {
            float a = 8.0f * (float)r / (ROWS - 1);
            ((float *)tape_line(t, LOW, line))[r] = 1.2f * a;
            ((float *)tape_line(t, HIGH, line))[r] = 0.8f * a;
            ((float *)tape_line(t, ZEFF, line))[r] = (float)line / 2;
            ((uint8_t *)tape_line(t, MASK, line))[r] = (uint8_t)(r == ROWS - 1   ? MASK_STARVED
                                                                 : r == ROWS - 2 ? MASK_NO_LINE
                                                                                 : 0);
        }
    for (int i = 0; i < 4; i++) {
        tape_set_mark(t, i, LINES);
        tape_seal(t, i);
    }
    return t;
}

/* Runs one stage; pixels[line][row]. */
static void
run(struct tape *in, const char *stage, int level, uint32_t (*pixels)[ROWS])
{
    char recipe[200];
    struct text t;
    struct recipe *r;
    struct err e;
    struct recipe_options o = {.kern_level = level, .step = 7};

    snprintf(recipe, sizeof recipe, "recipe x {\n stage %s\n}\n", stage);
    assert_int_equal(text_parse(&t, "x", recipe, strlen(recipe), &e), 0);
    if (recipe_open(&t, in, NULL, NULL, &o, &r, &e) != 0)
        fail_msg("%s", e.text);
    while (recipe_turn(r))
        ;
    struct tape *out = recipe_out(r);
    int plane = tape_find(out, Q_COLOUR, 0, 0);
    assert_int_equal(tape_mark(out, plane), LINES);
    for (int32_t i = 0; i < LINES; i++)
        memcpy(pixels[i], tape_read(out, plane, i), sizeof pixels[i]);
    recipe_close(r);
    text_free(&t);
}

static int
red(uint32_t c)
{
    return (int)(c & 255);
}

static int
green(uint32_t c)
{
    return (int)(c >> 8 & 255);
}

static int
blue(uint32_t c)
{
    return (int)(c >> 16 & 255);
}

static int
light(uint32_t c)
{
    return 3 * red(c) + 6 * green(c) + blue(c);
}

static uint32_t pixels[LINES][ROWS], others[LINES][ROWS];

static void
test_standard(void **state)
{
    (void)state;
    struct tape *t = chart();

    run(t, "colour", 0, pixels);
    for (int line = 0; line < LINES; line++) {
        assert_true(pixels[line][0] == 0xffffffffu); /* nothing is white, whatever zeff says */
        for (int r = 1; r < ROWS - 2; r++)
            if (light(pixels[line][r]) > light(pixels[line][r - 1]) + 12)
                fail_msg("zeff %g: row %d is lighter than the one before", line / 2.0, r);
    }
    for (int r = 20; r < 200; r++) { /* attenuation 0.5 .. 5.3 */
        uint32_t organic = pixels[14][r], mixed = pixels[26][r], metal = pixels[52][r],
                 unknown = pixels[0][r];
        assert_true(red(organic) > green(organic) && green(organic) > blue(organic));
        assert_true(green(mixed) > red(mixed) && green(mixed) > blue(mixed));
        assert_true(blue(metal) > green(metal) && green(metal) > red(metal));
        assert_true(red(unknown) == green(unknown) && green(unknown) == blue(unknown));
    }
    for (int line = 8; line < LINES; line++) { /* hatches depend on the place alone */
        assert_true(pixels[line][ROWS - 1] == pixels[line - 8][ROWS - 1]);
        assert_true(light(pixels[line][ROWS - 1]) < 1000 && light(pixels[line][ROWS - 2]) > 1700);
    }
    tape_free(t);
}

static void
test_grey(void **state)
{
    (void)state;
    struct tape *t = chart();

    run(t, "view-grey", 0, pixels);
    run(t, "view-inverse", 0, others);
    for (int r = 0; r < ROWS - 2; r++) {
        uint32_t c = pixels[20][r];
        assert_true(red(c) == green(c) && green(c) == blue(c));
        assert_true(c == pixels[60][r]);
        if (r > 0)
            assert_true(red(c) <= red(pixels[20][r - 1]) &&
                        red(others[20][r]) >= red(others[20][r - 1]));
    }
    assert_true(red(pixels[20][0]) == 255 && red(others[20][0]) < 40);
    tape_free(t);
}

static void
test_fades(void **state)
{
    (void)state;
    struct tape *t = chart();

    run(t, "colour", 0, pixels);
    run(t, "view-organic", 0, others);
    assert_memory_equal(pixels[14], others[14], sizeof pixels[14]);
    assert_true(red(others[52][100]) == blue(others[52][100]) && red(others[52][100]) > 180);
    run(t, "view-metal", 0, others);
    assert_memory_equal(pixels[52], others[52], sizeof pixels[52]);
    assert_true(red(others[14][100]) == blue(others[14][100]) && red(others[14][100]) > 180);
    tape_free(t);
}

/* Flat ground stays as it is; a step gets a lighter rim on its light side. */
static void
test_edge(void **state)
{
    (void)state;
    struct tape *t = chart();

    for (int32_t line = 0; line < LINES; line++)
        for (int32_t r = 0; r < ROWS; r++) {
            float a = line < 32 ? 1.0f : 2.0f;
            ((float *)(uintptr_t)tape_read(t, LOW, line))[r] = a;
            ((float *)(uintptr_t)tape_read(t, HIGH, line))[r] = a;
            ((float *)(uintptr_t)tape_read(t, ZEFF, line))[r] = 7;
        }
    run(t, "colour", 0, pixels);
    run(t, "view-edge", 0, others);
    assert_true(others[5][100] == pixels[5][100] && others[60][100] == pixels[60][100]);
    assert_true(others[5][0] == pixels[5][0]);
    assert_true(light(others[31][100]) > light(pixels[31][100]));
    assert_true(light(others[32][100]) < light(pixels[32][100]));
    run(t, "view-super", 0, others);
    assert_true(light(others[31][100]) - light(others[32][100]) >
                light(pixels[31][100]) - light(pixels[32][100]));
    tape_free(t);
}

/* Rows of a module gap have no zeff: they take their neighbours' hue. */
static void
test_gap(void **state)
{
    (void)state;
    struct tape *t = chart();

    for (int32_t r = 100; r < 108; r++) {
        ((float *)(uintptr_t)tape_read(t, ZEFF, 14))[r] = 0;
        ((uint8_t *)(uintptr_t)tape_read(t, MASK, 14))[r] |= MASK_GAP;
    }
    run(t, "colour", 0, pixels);
    for (int r = 95; r < 113; r++)
        assert_true(red(pixels[14][r]) > blue(pixels[14][r]) + 40);
    tape_free(t);
}

static void
test_levels(void **state)
{
    (void)state;
    static const char *const stages[] = {"colour", "view-edge", "view-super", "view-heat",
                                         "view-zeff"};
    struct tape *t = chart();
    int levels = 0;

    for (int level = 1; level <= 4; level++) {
        if (level == 2 || kern_get(level) == NULL)
            continue;
        levels++;
        for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
            run(t, stages[i], 1, pixels);
            run(t, stages[i], level, others);
            assert_memory_equal(pixels, others, sizeof pixels);
        }
    }
    assert_true(levels > 0);
    tape_free(t);
}

/* The published OKLab value of sRGB's primaries (Ottosson 2020), found again. */
static void
test_colours(void **state)
{
    (void)state;
    assert_true(look_colour(1, 0, 0) == 0xffffffffu && look_colour(0, 0, 0) == 0xff000000u);
    uint32_t c = look_colour(0.62796, 0.25768, 29.234); /* red */
    assert_true(red(c) >= 254 && green(c) <= 6 && blue(c) <= 6);
    c = look_colour(0.45201, 0.31321, 264.052); /* blue */
    assert_true(red(c) <= 6 && green(c) <= 6 && blue(c) >= 253);
    assert_true(look_kind_zeff(26) == 13 && look_kind_zeff(63) == 84);
}

/* Areal density can be read by every kind of colour vision: lightness falls from step to step, and
 * red and green never tell apart what lightness and blue do not. */
static void
test_density(void **state)
{
    (void)state;
    static uint32_t table[LOOK_KINDS * LOOK_LEVELS];
    struct look look = {
        .palette = LOOK_DENSITY, .white = 0, .black = 40, .thin = 0.1, .kind_high = 99};
    double before = 1e9;

    look_table(&look, 40, table);
    for (int i = 0; i < LOOK_LEVELS; i += 8) {
        uint32_t c = table[i];
        double light = 0.2126 * pow((double)red(c) / 255, 2.2) +
                       0.7152 * pow((double)green(c) / 255, 2.2) +
                       0.0722 * pow((double)blue(c) / 255, 2.2);
        assert_true(light <= before);
        assert_true(abs((int)red(c) - (int)green(c)) <= 40);
        assert_int_equal(c, table[30 * LOOK_LEVELS + i]); /* whatever the matter is */
        before = light;
    }
    assert_true(before < 0.02 && table[0] == 0xffffffffu);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standard), cmocka_unit_test(test_grey),
        cmocka_unit_test(test_fades),    cmocka_unit_test(test_edge),
        cmocka_unit_test(test_gap),      cmocka_unit_test(test_levels),
        cmocka_unit_test(test_colours),  cmocka_unit_test(test_density),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
