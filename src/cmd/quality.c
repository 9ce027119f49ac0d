/* quality: measures the test objects of a test body in a processed scan or a volume: wires, steel
 * penetration, contrast, resolution, uniformity, noise, lengths, densities, effective atomic
 * number; compares with a table that must not worsen. */
#include "quality/quality.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "tape/file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static json_t *
number_json(double v)
{
    return isnan(v) ? json_null() : json_real(v);
}

static json_t *
points_json(const double *v, int n)
{
    json_t *list = json_array();

    for (int i = 0; v != NULL && i < n; i++)
        json_array_append_new(list, number_json(v[i]));
    return list;
}

static json_t *
figure_json(const struct quality_figure *x)
{
    json_t *row = json_pack("{s:s, s:s, s:f, s:s, s:f, s:o, s:s, s:b, s:i}", "kind", x->kind->name,
                            "group", x->group, "size", x->size, "size_unit", x->kind->size_unit,
                            "value", x->value, "predicted", number_json(x->predicted), "value_name",
                            x->kind->value_name, "seen", x->seen, "energy", x->energy);
    const struct quality_curve *c = x->curve;

    if (c != NULL)
        json_object_set_new(row, "curve",
                            json_pack("{s:s, s:s, s:f, s:f, s:o, s:o}", "x", c->x, "y", c->y,
                                      "first", c->first, "step", c->step, "value",
                                      points_json(c->value, c->n), "predicted",
                                      points_json(c->predicted, c->n)));
    return row;
}

static json_t *
figures_json(const struct quality_figures *f, const struct quality_limit *limit, int n)
{
    json_t *objects = json_array(), *limits = json_array();

    for (int i = 0; i < f->n; i++)
        json_array_append_new(objects, figure_json(&f->figure[i]));
    for (int i = 0; i < n; i++)
        json_array_append_new(limits, json_pack("{s:s, s:s, s:s, s:o}", "kind", limit[i].kind->name,
                                                "group", limit[i].group, "unit", limit[i].unit,
                                                "value", number_json(limit[i].value)));
    return json_pack("{s:o, s:o}", "limits", limits, "objects", objects);
}

static void
print_table(const struct quality_figures *f, const struct quality_limit *limit, int n)
{
    printf("%-10s %-16s %8s      %10s\n", "object", "where", "size", "measured");
    for (int i = 0; i < f->n; i++) {
        const struct quality_figure *x = &f->figure[i];
        printf("%-10s %-16s %8.4g %-4s %10.3g %s", x->kind->name, x->group, x->size,
               x->kind->size_unit, x->value, x->kind->value_name);
        if (!isnan(x->predicted))
            printf("   predicted %.3g, %+.1f %%", x->predicted,
                   100 * (x->value / x->predicted - 1));
        printf("%s\n", x->seen ? "" : "   not seen");
    }
    printf("\n");
    for (int i = 0; i < n; i++)
        if (isnan(limit[i].value))
            printf("%-10s %-16s none seen\n", limit[i].kind->name, limit[i].group);
        else
            printf("%-10s %-16s %8.4g %s\n", limit[i].kind->name, limit[i].group, limit[i].value,
                   limit[i].unit);
}

static bool
is_worse(const struct quality_limit *l, double kept)
{
    double slack = l->kind->slack_share * fabs(kept) + l->kind->slack;

    if (isnan(l->value))
        return true;
    return l->kind->better > 0 ? l->value < kept - slack : l->value > kept + slack;
}

/* The kept row "KIND GROUP VALUE" of a limit; NULL if the table has none. */
static const struct text_node *
kept_row(const struct text *t, const struct quality_limit *l)
{
    for (const struct text_node *n = t->root->first; n != NULL; n = n->next)
        if (strcmp(n->word, l->kind->name) == 0 && n->n_args == 2 &&
            strcmp(n->arg[0], l->group) == 0)
            return n;
    return NULL;
}

/* Rows of the kept table that are worse now, or gone; each is said. -1 on a bad table. */
static int
compare(const char *path, const struct quality_limit *limit, int n, struct err *e)
{
    struct text t;
    int worse = 0, rows = 0;

    if (text_load(&t, path, e) != 0)
        return -1;
    for (const struct text_node *row = t.root->first; row != NULL; row = row->next, rows++) {
        const struct quality_limit *l = NULL;
        double kept;
        for (int i = 0; i < n; i++)
            if (kept_row(&t, &limit[i]) == row)
                l = &limit[i];
        if (text_number(&t, row, 1, -1e6, 1e6, &kept, e) != 0) {
            text_free(&t);
            return -1;
        }
        if (l != NULL && !is_worse(l, kept))
            continue;
        cmd_note("%s:%d: %s %s was %g and is %g now", path, row->line, row->word, row->arg[0], kept,
                 l == NULL ? NAN : l->value);
        worse++;
    }
    text_free(&t);
    return rows > 0 ? worse : err_set(e, ERR_INPUT, "%s: no row to compare with", path);
}

static int
quality_run(int argc, char **argv)
{
    extern const struct command command_quality;
    bool json = false;
    int64_t view = 0;
    const char *against = NULL;
    const struct cmd_option rows[] = {
        {.name = "view",
         .kind = CMD_WHOLE,
         .to = &view,
         .argument = "N",
         .max = 7,
         .meaning = "the view to measure (the first is 0)"},
        {.name = "against",
         .kind = CMD_TEXT,
         .to = &against,
         .argument = "TABLE",
         .meaning = "a kept table; exit code 1 if any figure has worsened"},
        CMD_ROW_JSON(&json),
        {.name = NULL},
    };
    struct quality_figures f;
    struct quality_limit limit[QUALITY_FIGURES_MAX];
    struct tape_report report;
    struct tape *t;
    struct err e;

    cmd_options(&command_quality, rows, argc, argv, 1, 1);
    if (tape_load(argv[0], false, &t, &report, &e) != 0)
        return cmd_fail(&e);
    int worse = 0, result = quality_measure(t, (int)view, &f, &e);
    tape_free(t);
    if (result != 0) {
        err_at(&e, "%s", argv[0]);
        return cmd_fail(&e);
    }
    int n = quality_limits(&f, limit, QUALITY_FIGURES_MAX);
    if (json && cmd_print_json(figures_json(&f, limit, n)) != CMD_OK)
        return CMD_BAD;
    if (!json)
        print_table(&f, limit, n);
    if (against != NULL)
        worse = compare(against, limit, n, &e);
    quality_free(&f);
    return worse < 0 ? cmd_fail(&e) : worse > 0 ? CMD_FOUND : CMD_OK;
}

const struct command command_quality = {
    .name = "quality",
    .brief = "Measure the test objects in a processed scan or a volume of a test body",
    .usage = "TAPE",
    .run = quality_run,
};
