/* Every kind, load and hidden thing: does it parse, is it as heavy and as large as the real one, is
 * what the truth names really there? Masses are integrated with scene_trace over a grid of rays. */
#include "base/test.h"

#include "base/arena.h"
#include "twin/item_job.h"
#include "twin/scene.h"

static struct scene *
parse(const char *bytes, size_t n)
{
    struct text t;
    struct scene *s = NULL;
    struct err e;

    if (text_parse(&t, "item", bytes, n, &e) != 0 || scene_parse(&t, ".", &s, &e) != 0)
        fail_msg("%s", e.text);
    text_free(&t);
    return s;
}

static struct item_text
write_item(const char *kind, uint64_t seed, const char *hide)
{
    struct item_options options = {hide};
    struct item_text out;
    struct err e;

    if (item_write(kind, seed, &options, &out, &e) != 0)
        fail_msg("%s, seed %d, hide %s: %s", kind, (int)seed, hide, e.text);
    return out;
}

static struct scene *
item_scene(const char *kind, uint64_t seed, const char *hide)
{
    struct item_text t = write_item(kind, seed, hide);
    struct scene *s = parse(t.bytes, t.n);

    item_text_free(&t);
    return s;
}

/* Kilograms between low and high, of one material or (NULL) of all; rays along z, `n` across x. */
static double
mass_kg(const struct scene *s, const double low[3], const double high[3], const char *only, int n)
{
    struct scene_path *path = mem_zero(1, sizeof *path);
    double step = (high[0] - low[0]) / n, g = 0;
    int rows = (int)((high[1] - low[1]) / step) + 1;
    double step_y = (high[1] - low[1]) / rows;

    for (int y = 0; y < rows; y++)
        for (int x = 0; x < n; x++) {
            double a[3] = {low[0] + (x + 0.5) * step, low[1] + (y + 0.5) * step_y, low[2]};
            double b[3] = {a[0], a[1], high[2]};
            scene_trace(s, a, b, path);
            for (int i = 0; i < path->n; i++) {
                const struct material *m = scene_material(s, path->material[i]);
                if (only == NULL || strncmp(m->name, only, strlen(only)) == 0)
                    g += path->mm[i] * m->density_g_cm3 * step * step_y * 1e-3;
            }
        }
    mem_free(path);
    return g * 1e-3;
}

static double
item_kg(const struct scene *s, int n)
{
    double low[3], high[3];

    scene_box(s, low, high);
    return mass_kg(s, low, high, NULL, n);
}

static void
check_size(const struct scene *s, const char *name, bool vehicle)
{
    double low[3], high[3];

    scene_box(s, low, high);
    if (low[0] < -0.01 || low[2] < -0.01 || low[0] > 60 || low[2] > 60 ||
        fabs(low[1] + high[1]) > 0.15 * (high[1] - low[1]))
        fail_msg("%s lies at %g %g %g .. %g %g %g", name, low[0], low[1], low[2], high[0], high[1],
                 high[2]);
    double length = high[0] - low[0], width = high[1] - low[1], height = high[2] - low[2];
    bool good = vehicle ? length > 3500 && length < 17000 && width < 2600 && height < 4150
                        : length > 250 && length < 950 && width < 590 && height < 450;
    if (!good)
        fail_msg("%s is %g x %g x %g mm", name, length, width, height);
}

/* ---- kinds ---- */

static void
test_every_kind_parses(void **state)
{
    struct item_row row;
    int kinds = 0, vehicle = 0;

    (void)state;
    for (int i = 0; item_kind(i, &row); i++, kinds++) {
        for (const struct item_maker *m = item_vehicles; m->name != NULL; m++)
            vehicle |= strcmp(m->name, row.name) == 0;
        bool pair = vehicle && kinds >= 24;
        if (pair && strncmp(row.name, "container-40-", 13) != 0 && i % 7 != 0)
            continue; /* all loads once; of the rest a sample: other tests cover the vehicles */
        struct scene *s = item_scene(row.name, (uint64_t)i, "none");
        check_size(s, row.name, vehicle);
        assert_true(scene_solids(s) > 12);
        assert_non_null(row.english);
        assert_non_null(row.dutch);
        for (int k = 0; k < scene_truths(s); k++)
            assert_false(scene_truth(s, k)->threat);
        scene_free(s);
    }
    assert_true(kinds > 100);
}

static void
test_same_seed_same_bytes(void **state)
{
    static const char *const kind[] = {"suitcase", "parcel", "container-40", "lorry-scrap"};

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct item_text a = write_item(kind[i], 5, "random"), b = write_item(kind[i], 5, "random");
        struct item_text c = write_item(kind[i], 6, "random");
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.bytes, b.bytes, a.n);
        assert_true(a.n != c.n || memcmp(a.bytes, c.bytes, a.n) != 0);
        item_text_free(&a);
        item_text_free(&b);
        item_text_free(&c);
    }
}

static void
test_bags_weigh_what_bags_weigh(void **state)
{
    static const struct {
        const char *kind;
        double low, high;
    } row[] = {{"suitcase", 8, 30},   {"cabin", 3.5, 17},  {"bag", 1.2, 16},
               {"handbag", 0.6, 8},   {"parcel", 0.5, 20}, {"briefcase", 1.5, 14},
               {"parcel-wine", 5, 25}};

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        for (uint64_t seed = 1; seed <= 5; seed++) {
            struct scene *s = item_scene(row[i].kind, seed, "none");
            double kg = item_kg(s, 150);
            if (kg < row[i].low || kg > row[i].high)
                fail_msg("%s, seed %d: %.2f kg", row[i].kind, (int)seed, kg);
            scene_free(s);
        }
}

static void
test_loads_are_within_limits(void **state)
{
    static const double low[3] = {80, -1165, 1325}, high[3] = {12130, 1165, 3630}; /* the room */
    struct scene *empty = item_scene("container-40-empty", 3, "none");
    double tare = item_kg(empty, 1100);

    (void)state;
    scene_free(empty);
    if (tare < 7500 || tare > 10500)
        fail_msg("container and trailer: %.0f kg", tare);
    for (const struct item_load *l = item_loads; l->name != NULL; l++) {
        char name[ITEM_NAME_MAX];
        snprintf(name, sizeof name, "container-40-%s", l->name);
        if ((l->fits & FIT_TANK) || l->make == load_empty)
            continue;
        for (uint64_t seed = 1; seed <= 2; seed++) {
            struct scene *s = item_scene(name, seed, "none");
            double kg = mass_kg(s, low, high, NULL, 260);
            if (kg < 600 || kg > 27500)
                fail_msg("%s, seed %d: a load of %.0f kg", name, (int)seed, kg);
            scene_free(s);
        }
    }
}

static void
test_container_steel(void **state)
{
    struct cargo c = {0};
    struct pen p;

    (void)state;
    pen_start(&p);
    pen_line(&p, "scene \"container\" {");
    vehicle_container(&p, 12192, 2591, false, 0, 0, &c);
    pen_line(&p, "}");
    struct scene *s = parse(p.bytes, p.n);
    double low[3], high[3];
    scene_box(s, low, high);
    double kg = mass_kg(s, low, high, "steel", 1500);
    if (kg < 2900 || kg > 3900)
        fail_msg("%.0f kg of steel; a 40-ft container has 3.7 t with its floor", kg);
    kg = mass_kg(s, low, high, NULL, 1500);
    if (kg < 3500 || kg > 4500)
        fail_msg("%.0f kg; a 40-ft container has 3.7 to 3.9 t", kg);
    assert_near(high[0] - low[0], 12192, 60);
    assert_near(high[1] - low[1], 2438, 20);
    assert_near(high[2] - low[2], 2591, 10);
    scene_free(s);
    pen_free(&p);
}

/* ---- hidden things ---- */

/* What must be found inside each: a material and at least so much of it in one piece (g). */
static const struct {
    const char *kind, *material;
    double grams;
} inside[] = {
    {"pistol", "steel", 300},
    {"revolver", "steel", 300},
    {"rifle", "steel", 900},
    {"ammunition", "lead", 50},
    {"knife", "steel", 40},
    {"folding-knife", "steel", 20},
    {"grenade", "tnt", 40},
    {"cocaine", "cocaine", 600},
    {"heroin", "heroin", 300},
    {"cannabis", "cannabis", 300},
    {"cigarettes", "tobacco", 70},
    {"cash", "banknotes", 150},
    {"c4", "c4", 500},
    {"tnt", "tnt", 300},
    {"sheet", "semtex", 150},
    {"detonator", "petn", 0.4},
    {"pipe-bomb", "steel", 300},
    {"lead-box", "lead", 500},
    {"tungsten", "tungsten", 100},
    {"gold", "gold", 700},
    {"person", "soft_tissue", 30000},
};

static const struct scene_truth *
find_truth(const struct scene *s, const char *kind)
{
    for (int i = 0; i < scene_truths(s); i++)
        if (scene_truth(s, i)->threat && strcmp(scene_truth(s, i)->kind, kind) == 0)
            return scene_truth(s, i);
    return NULL;
}

static void
check_hidden(const char *item, uint64_t seed, int k)
{
    struct scene *s = item_scene(item, seed, inside[k].kind);
    const struct scene_truth *t = find_truth(s, inside[k].kind);
    double low[3], high[3];

    assert_non_null(t);
    scene_box(s, low, high);
    for (int i = 0; i < 3; i++)
        if (t->low_mm[i] < low[i] - 0.1 || t->high_mm[i] > high[i] + 0.1)
            fail_msg("%s, seed %d: %s reaches out of the item", item, (int)seed, t->kind);
    int rays = inside[k].grams < 1 ? 600 : 120; /* a thin tube slips through a coarse grid */
    double g = 1000 * mass_kg(s, t->low_mm, t->high_mm, inside[k].material, rays);
    if (g < inside[k].grams * 0.9)
        fail_msg("%s, seed %d: %.2f g of %s where the truth has %s", item, (int)seed, g,
                 inside[k].material, t->kind);
    scene_free(s);
}

static void
test_hidden_things_are_there(void **state)
{
    static const char *const bag[] = {"suitcase", "sports-bag", "parcel"};
    static const char *const cargo[] = {"container-40-pallets", "container-20-empty", "lorry-bags",
                                        "container-40hc-textiles", "container-40-machinery"};

    (void)state;
    assert_int_equal(threat_count(), sizeof inside / sizeof inside[0]);
    for (int k = 0; k < threat_count(); k++) {
        assert_string_equal(threat_table[k].thing.name, inside[k].kind);
        bool large = threat_table[k].person || strcmp(inside[k].kind, "rifle") == 0;
        for (uint64_t seed = 1; seed <= 3 && !large; seed++)
            check_hidden(bag[((uint64_t)k + seed) % 2], seed, k);
        check_hidden(cargo[k % 5], (uint64_t)k, k);
        check_hidden(cargo[(k + 2) % 5], (uint64_t)k, k);
    }
}

static void
test_threats_weigh_what_they_weigh(void **state)
{
    (void)state;
    for (int k = 0; k < threat_count(); k++)
        for (uint64_t seed = 1; seed <= 4; seed++) {
            const struct threat *t = &threat_table[k];
            struct dice d = dice_start(seed, 1);
            struct pen p;
            pen_start(&p);
            pen_line(&p, "scene \"threat\" {");
            t->thing.make(&p, &d);
            pen_line(&p, "}");
            struct scene *s = parse(p.bytes, p.n);
            double kg = item_kg(s, strcmp(t->thing.name, "detonator") == 0 ? 1500 : 240);
            if (kg < t->kg_min || kg > t->kg_max)
                fail_msg("%s, seed %d: %.3f kg", t->thing.name, (int)seed, kg);
            scene_free(s);
            pen_free(&p);
        }
}

static void
test_random_hides_something(void **state)
{
    static const char *const kind[] = {"envelope", "handbag",     "parcel",
                                       "suitcase", "parcel-wine", "container-40",
                                       "van",      "car",         "tanker"};

    (void)state;
    for (int i = 0; i < 9; i++)
        for (uint64_t seed = 1; seed <= 4; seed++) {
            struct scene *s = item_scene(kind[i], seed, "random");
            int threats = 0;
            for (int k = 0; k < scene_truths(s); k++)
                threats += scene_truth(s, k)->threat;
            assert_true(threats >= 1);
            scene_free(s);
        }
}

static void
test_wrong_words_are_named(void **state)
{
    struct item_options options = {"pistool"};
    struct item_text out;
    struct err e;

    (void)state;
    assert_int_equal(item_write("suitcas", 1, NULL, &out, &e), -1);
    assert_non_null(strstr(e.text, "suitcase"));
    assert_int_equal(item_write("container-40-frui", 1, NULL, &out, &e), -1);
    assert_non_null(strstr(e.text, "container-40-fruit"));
    assert_int_equal(item_write("suitcase", 1, &options, &out, &e), -1);
    assert_non_null(strstr(e.text, "pistol"));
    options.hide = "person";
    assert_int_equal(item_write("suitcase", 1, &options, &out, &e), -1);
    assert_non_null(strstr(e.text, "no room"));
    options.hide = "cash,cash,cash,cash,cash,cash,cash,cash,cash";
    assert_int_equal(item_write("suitcase", 1, &options, &out, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
    options.hide = ",";
    assert_int_equal(item_write("suitcase", 1, &options, &out, &e), -1);
}

/* The bounds that the pen keeps are those of the scene: packing relies on them. */
static void
test_pen_bounds(void **state)
{
    (void)state;
    for (const struct thing *t = thing_electric; t->name != NULL; t++) {
        struct dice d = dice_start(9, 9);
        struct pen p;
        double low[3], high[3];
        pen_start(&p);
        pen_line(&p, "scene \"thing\" {");
        t->make(&p, &d);
        pen_line(&p, "}");
        struct scene *s = parse(p.bytes, p.n);
        scene_box(s, low, high);
        const struct v3_box *b = pen_box_of(&p);
        double out = fmax(fmax(b->low.x - low[0], high[0] - b->high.x),
                          fmax(fmax(b->low.y - low[1], high[1] - b->high.y),
                               fmax(b->low.z - low[2], high[2] - b->high.z)));
        if (out > 0.01)
            fail_msg("%s is %.3f mm larger than its pen says", t->name, out);
        scene_free(s);
        pen_free(&p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_parses),
        cmocka_unit_test(test_same_seed_same_bytes),
        cmocka_unit_test(test_bags_weigh_what_bags_weigh),
        cmocka_unit_test(test_loads_are_within_limits),
        cmocka_unit_test(test_container_steel),
        cmocka_unit_test(test_hidden_things_are_there),
        cmocka_unit_test(test_threats_weigh_what_they_weigh),
        cmocka_unit_test(test_random_hides_something),
        cmocka_unit_test(test_wrong_words_are_named),
        cmocka_unit_test(test_pen_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
