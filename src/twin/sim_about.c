/* sim_about: see sim_about.h. */
#include "twin/sim_about.h"

#include "base/num.h"

#include <stdio.h>
#include <stdlib.h>

const char *const sim_kind_name[SIM_KINDS] = {"item", "dark", "air", "wedge", "lag"};

void
sim_about_rows(const struct geometry_view *v, const double low_mm[3], const double high_mm[3],
               double row_mm[2])
{
    row_mm[0] = 1e300;
    row_mm[1] = -1e300;
    for (int corner = 0; corner < 8; corner++) {
        double p[3], row;
        for (int c = 0; c < 3; c++)
            p[c] = corner >> c & 1 ? high_mm[c] : low_mm[c];
        p[0] = v->isocentre_mm[0]; /* it is seen while it crosses the fan */
        if (!geometry_point_mm(v, p, &row, NULL))
            continue;
        row_mm[0] = row < row_mm[0] ? row : row_mm[0];
        row_mm[1] = row > row_mm[1] ? row : row_mm[1];
    }
}

void
sim_about_columns(const struct sim_about *a, int view, const double x_mm[2], double belt_mm[2])
{
    double fan = a->scanner->geometry.view[view].isocentre_mm[0];
    belt_mm[0] = fan - x_mm[1] - a->start_mm;
    belt_mm[1] = fan - x_mm[0] - a->start_mm;
}

double
sim_about_ct_z(const struct sim_about *a, double x_mm)
{
    double crosses = -x_mm - a->start_mm;

    if (a->n == 0 || a->scanner->belt.speed_mm_s <= 0) /* nothing ever crosses */
        return crosses;
    double first = a->lines[0].belt_mm, last = a->lines[a->n - 1].belt_mm;
    if (crosses < first || crosses > last)
        return crosses;
    return belt_believed(a->lines, a->n, crosses);
}

/* Tenths of a millimetre say enough. */
static double
tenths(double mm)
{
    return num_floor(mm * 10 + 0.5) / 10;
}

static void
print_number(FILE *f, const char *word, double value)
{
    char text[32];

    snprintf(text, sizeof text, "%.12g", value);
    if (strtod(text, NULL) != value)
        text_double(text, value);
    fprintf(f, "%s%s", word, text);
}

/* Names come from scene files: quotes and control characters would break the grammar. */
static void
print_quoted(FILE *f, const char *text)
{
    putc('"', f);
    for (; *text != '\0'; text++)
        putc((unsigned char)*text < ' ' || *text == '"' ? '_' : *text, f);
    putc('"', f);
}

/* Edges of a box in the coordinates of the reconstructed volume (doc/physics/ct.md, section 2). */
static void
print_volume(FILE *f, const struct sim_about *a, const struct scene_truth *truth)
{
    double axis = a->scanner->gantry.axis_mm, edge[6];

    for (int i = 0; i < 2; i++) {
        const double *at = i == 0 ? truth->low_mm : truth->high_mm;
        const double *x = i == 0 ? truth->high_mm : truth->low_mm;
        edge[i] = at[1];
        edge[2 + i] = at[2] - axis;
        edge[4 + i] = sim_about_ct_z(a, x[0]);
    }
    fprintf(f, "        volume");
    for (int i = 0; i < 6; i++)
        print_number(f, " ", tenths(edge[i]));
    putc('\n', f);
}

static void
print_truth(FILE *f, const struct sim_about *a, const struct scene_truth *truth)
{
    fprintf(f, "    truth ");
    print_quoted(f, truth->name);
    fprintf(f, " {\n        %s ", truth->threat ? "threat" : "label");
    print_quoted(f, truth->kind);
    putc('\n', f);
    if (a->scanner->gantry.turns)
        print_volume(f, a, truth);
    for (int v = 0; v < a->scanner->geometry.views; v++) {
        const double x[2] = {truth->low_mm[0], truth->high_mm[0]};
        double belt[2], row[2];
        sim_about_columns(a, v, x, belt);
        sim_about_rows(&a->scanner->geometry.view[v], truth->low_mm, truth->high_mm, row);
        fprintf(f, "        box %d", v); /* view, belt from to, row from to */
        for (int i = 0; i < 2; i++)
            print_number(f, " ", tenths(belt_believed(a->lines, a->n, belt[i])));
        for (int i = 0; i < 2; i++)
            print_number(f, " ", tenths(row[i]));
        putc('\n', f);
    }
    fprintf(f, "    }\n");
}

static void
print_wedge(FILE *f, const struct sim_about *a)
{
    const struct sim_options *o = a->options;
    int32_t per_step = a->n / (o->steps + 2);

    fprintf(f, "    wedge ");
    print_quoted(f, o->wedge.name);
    fprintf(f, " {\n");
    for (int i = 0; i < o->steps; i++) {
        fprintf(f, "        step %d %d", per_step * (i + 1), per_step * (i + 2));
        print_number(f, " ", o->step_g_cm2[i]); /* first line, line behind the last, g/cm2 */
        putc('\n', f);
    }
    if (o->blocker)
        fprintf(f, "        blocker\n");
    fprintf(f, "    }\n");
}

static void
print_effects(FILE *f, const struct scanner *s)
{
    for (int i = 0; i < EFFECTS; i++)
        if (!s->on[i])
            fprintf(f, "    without %s\n", effect_name((enum effect)i));
}

static void
print_scan(FILE *f, const struct sim_about *a)
{
    const struct sim_options *o = a->options;

    fprintf(f, "scan {\n    simulated yes\n    kind %s\n", sim_kind_name[o->kind]);
    fprintf(f, "    seed %llu\n    machine %llu\n", (unsigned long long)o->seed,
            (unsigned long long)o->machine);
    print_number(f, "    celsius ", o->celsius);
    print_number(f, "\n    days ", o->days);
    print_number(f, "\n    speed_mm_s ", a->scanner->belt.speed_mm_s);
    print_number(f, "\n    line_s ", scanner_line_s(a->scanner));
    putc('\n', f);
    if (o->samples > 0)
        fprintf(f, "    samples %d %d\n", o->samples, o->samples);
    print_effects(f, a->scanner);
    if (a->scene != NULL) {
        fprintf(f, "    scene ");
        print_quoted(f, scene_name(a->scene));
        putc('\n', f);
        if (a->scanner->gantry.turns)
            print_number(f, "    origin_mm ", sim_about_ct_z(a, 0));
        if (a->scanner->gantry.turns)
            putc('\n', f);
        for (int i = 0; i < scene_truths(a->scene); i++)
            print_truth(f, a, scene_truth(a->scene, i));
    }
    if (o->kind == SIM_WEDGE)
        print_wedge(f, a);
    fprintf(f, "}\n");
}

char *
sim_about_text(const struct sim_about *a, struct err *e)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);

    if (f == NULL) {
        err_errno(e, "cannot describe the scan");
        return NULL;
    }
    print_scan(f, a);
    fputs(a->scanner->source_text, f);
    if (text_close(f, e) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
