/* core_test: what a link may bring, letter by letter, and which items come of it. A line is a
 * letter: . air, # item, | curtain without shadow, x shadow without curtain, = item and the belt
 * stands. Between lines: l one is lost, d the last comes again, o one comes late, v silence, p long
 * silence, r the detector counts from 0, z silence while the belt stands. */
#include "acq/core.h"
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct core_rules rules = {.shadow = 0.5,
                                        .shadow_lines = 2,
                                        .before = 2,
                                        .behind = 3,
                                        .gap_lines = 2,
                                        .lines_max = 12,
                                        .rest_lines = 3,
                                        .rescan_lines = 2,
                                        .counter_bits = 16,
                                        .encoder_bits = 16,
                                        .encoder_mm = 1,
                                        .jump_mm = 100,
                                        .silence_ns = 1000000,
                                        .patience_ns = 5000000,
                                        .line_ns = 1000};

/* What was told: B k E+notes, ! gone, ? back. */
struct told {
    char text[4096];
    size_t n;
    struct core_act last;
    bool open, any;
};

static void
hear(void *arg, const struct core_act *a)
{
    static const char letter[CORE_NOTES + 1] = "hcCLDOASVR";
    struct told *t = arg;

    assert_true(t->n + CORE_NOTES + 2 < sizeof t->text);
    t->text[t->n++] = "BkE!?"[a->what];
    if (a->what == CORE_BEGIN || a->what == CORE_END)
        assert_int_equal(t->open, a->what == CORE_END);
    if (a->what == CORE_KEEP) {
        assert_true(t->open && (t->any || (a->pose.t_ns == 0 && a->pose.belt_mm == 0)));
        assert_true(!t->any || a->line > t->last.line);
        assert_true(!t->any || a->pose.t_ns >= t->last.pose.t_ns);
        assert_true(a->lines <= rules.lines_max);
        t->last = *a;
    }
    t->any = a->what == CORE_KEEP || (t->any && a->what >= CORE_GONE);
    t->open = a->what == CORE_BEGIN || (t->open && a->what != CORE_END);
    for (int i = 0; i < CORE_NOTES && a->what == CORE_END; i++)
        if (a->notes >> i & 1)
            t->text[t->n++] = letter[i];
    if (a->what == CORE_END)
        t->last = *a;
    t->text[t->n] = '\0';
}

static void
play(const char *script, uint64_t start, struct told *t)
{
    struct core_line l = {.counter = start, .encoder = start, .t_ns = 1, .dose = 1};
    struct core *c;
    struct err e;
    int64_t now = 0;

    memset(t, 0, sizeof *t);
    assert_int_equal(core_open(&rules, hear, t, &c, &e), 0);
    for (; *script != '\0'; script++) {
        bool silent = strchr("vpz", *script) != NULL, line = strchr(".#|x=", *script) != NULL;
        now += !silent ? 1000 : *script == 'v' ? rules.silence_ns : rules.patience_ns;
        if (silent)
            core_tick(c, now, *script == 'z');
        else if (*script == 'r')
            l = (struct core_line){.dose = 1};
        if (line) {
            l.curtain = strchr("#|=", *script) != NULL;
            l.transmission = strchr("#x=", *script) != NULL ? 0.1 : 1;
            l.encoder = (l.encoder + (*script != '=')) & 0xffff;
        }
        if (line || *script == 'l') {
            l.counter = (l.counter + 1) & 0xffff;
            l.t_ns += 1000;
        }
        struct core_line late = l;
        late.counter = (l.counter - 3) & 0xffff;
        if (line || *script == 'd')
            core_line(c, now, &l);
        else if (*script == 'o')
            core_line(c, now, &late);
    }
    core_close(c);
}

static void
test_table(void **state)
{
    static const struct {
        const char *script, *told, *what;
    } row[] = {
        {"..........", "", "air is no item"},
        {"....###.....", "BkkkkkkkkE", "by curtain, with air around it"},
        {"###......", "BkkkkkkE", "there from the first line"},
        {"....xxx.....", "BkkkkkkkkEh", "by its own shadow, none of it missing"},
        {"....x.......", "", "one dark line is no item"},
        {"....||.....", "BkkkkkkkE", "a foil that casts no shadow"},
        {"..##xx......", "BkkkkkkkkkE", "the shadow's end belongs to the item"},
        {"..##xx##.....", "BkkkkkkEBkkkkkE", "two that touch, parted by the curtain"},
        {"..##x##.....", "BkkkkkkkkkkE", "a gap below the rule parts nothing"},
        {"..##..##.....", "BkkkkkkEBkkkkkkkE", "two that nearly touch share the air"},
        {"..xx..xx.....", "BkkkkkkkEhBkkkkkkkEh", "the same by shadow"},
        {"..xx.xx.....", "BkkkkkkkkkkEh", "by shadow a thin gap parts nothing"},
        {"..############....", "BkkkkkkkkkkkkECBkkkkkEc", "cut where a tape ends"},
        {"..##l##...", "BkkkkkkkkkEL", "one line lost"},
        {"..##lll##...", "BkkkkkkkkkELR", "three in a row: scan again"},
        {"..l##...", "BkkkkkkkEL", "lost at its first line"},
        {"...l.##...", "BkkkkkkkEL", "lost in the air that it took along"},
        {"..##d##...", "BkkkkkkkkkkED", "a line twice"},
        {"..##o##...", "BkkkkkkkkkEO", "a late line is left out"},
        {"..##r##...", "BkkkkkkkkkELAR", "the detector began anew"},
        {"..##v##...", "Bkkkk!?kkkkkEVR", "gone and back"},
        {"..##vv##...", "Bkkkk!?kkkkkEVR", "said once"},
        {"..##vr##...", "Bkkkk!?kkkkkELAVR", "back after a restart"},
        {"..##p...##...", "Bkkkk!EVR?BkkkkkkkE", "gone for good: the next is a new item"},
        {"..##z##...", "BkkkkkkkkkE", "the belt stands and triggers no lines"},
        {"..#=====#...", "BkkkkkkkkkkES", "a lorry rests: lines enough are kept"},
    };
    static const uint64_t start[] = {100, 0xfffc}; /* also where counter and encoder run over */
    int wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        for (size_t k = 0; k < 2; k++) {
            struct told t;
            if (k == 1 && strchr(row[i].script, 'r') != NULL)
                continue; /* near its end a counter that begins anew looks as if it ran on */
            play(row[i].script, start[k], &t);
            if (strcmp(t.text, row[i].told) != 0) {
                print_error("%s: '%s' gives %s, not %s\n", row[i].what, row[i].script, t.text,
                            row[i].told);
                wrong++;
            }
        }
    assert_int_equal(wrong, 0);
}

static void
test_poses(void **state)
{
    struct told t;
    (void)state;
    play("......##l##", 0xfffa, &t); /* its third line is the first in the curtain */
    assert_int_equal(t.last.pose.t_ns, 6000);
    assert_true(t.last.pose.belt_mm == 5);
    assert_int_equal(t.last.lost, 1);
    play("..##l#", 5, &t);
    assert_int_equal(t.last.pose.flags, POSE_LOST);
}

/* Any order of anything: items begin and end in turn, lines and times go forwards (see hear). */
static void
test_any(void **state)
{
    static const char letters[] = ".........####|xxx==ldovprz";
    int items = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct rng r = rng_start(seed, 1);
        char script[201];
        struct told t;
        for (int i = 0; i < 200; i++)
            script[i] = letters[rng_below(&r, (int)sizeof letters - 1)];
        script[200] = '\0';
        play(script, rng_u32(&r) & 0xffff, &t);
        for (const char *p = t.text; (p = strchr(p, 'E')) != NULL; p++)
            items++;
    }
    assert_true(items > 2000);
}

static void
test_shade(void **state)
{
    uint32_t counts[17];
    float dark[17], air[17];
    (void)state;
    for (int i = 0; i < 17; i++) {
        counts[i] = i >= 8 && i < 16 ? 60 : 110;
        dark[i] = 10;
        air[i] = i == 12 ? 0 : 100; /* a dead pixel says nothing */
    }
    counts[12] = 0;
    assert_true(core_shade(counts, dark, air, 17) == 0.5);
    assert_true(core_shade(counts, dark, air, 8) == 1);
    assert_true(core_shade(counts, dark, air, 0) == 1);
}

static void
test_rules(void **state)
{
    struct core_rules r = rules;
    struct core *c;
    struct err e = {.text = ""};
    (void)state;
    r.gap_lines = 4; /* more than behind */
    assert_int_equal(core_open(&r, hear, NULL, &c, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_poses),
                                       cmocka_unit_test(test_any), cmocka_unit_test(test_shade),
                                       cmocka_unit_test(test_rules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
