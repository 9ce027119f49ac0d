/* sim_about: see sim_about.h. */
#include "twin/sim_about.h"

#include "base/num.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const sim_kind_name[SIM_KINDS] = {"item", "dark", "air", "wedge", "lag"};

/* The ray from the source at slope t from the axis, in the plane of the fan. */
struct fan {
    double source[3], axis[3], across[3]; /* unit vectors without x */
};

static bool
make_fan(const struct geometry_view *v, struct fan *f)
{
    double d[3] = {0, v->isocentre_mm[1] - v->source_mm[1], v->isocentre_mm[2] - v->source_mm[2]};
    double length = sqrt(d[1] * d[1] + d[2] * d[2]);

    for (int i = 0; i < 3; i++) {
        f->source[i] = v->source_mm[i];
        f->axis[i] = length > 0 ? d[i] / length : 0;
    }
    f->across[0] = 0;
    f->across[1] = -f->axis[2];
    f->across[2] = f->axis[1];
    return length > 0;
}

/* Slopes that the corners of the bounds reach to `side`; false if one is not in front. */
static bool
corner_slope(const struct fan *f, const struct scene_truth *t, double side, double *slope)
{
    *slope = -INFINITY;
    for (int corner = 0; corner < 4; corner++) {
        double y = (corner & 1 ? t->high_mm : t->low_mm)[1] - f->source[1];
        double z = (corner & 2 ? t->high_mm : t->low_mm)[2] - f->source[2];
        double depth = y * f->axis[1] + z * f->axis[2];
        double a = side * (y * f->across[1] + z * f->across[2]);
        if (depth <= 0)
            return false;
        *slope = a / depth > *slope ? a / depth : *slope;
    }
    return true;
}

/* The tangent to `side` (1 or -1): the slope above which no point lies. A point p lies above slope
 * t if n . (p - source) > 0 with n = side across - t axis; so the reach towards n decides, and t is
 * found by halving. */
static double
tangent(const struct fan *f, const struct scene *s, int truth, double side, double high)
{
    double low = -high - 1, opposite;

    if (corner_slope(f, scene_truth(s, truth), -side, &opposite))
        low = -opposite;
    for (int i = 0; i < 60; i++) {
        double t = 0.5 * (low + high), n[3], size = sqrt(1 + t * t), at = 0;
        for (int k = 0; k < 3; k++) {
            n[k] = (side * f->across[k] - t * f->axis[k]) / size;
            at += n[k] * f->source[k];
        }
        if (scene_truth_reach(s, truth, n) > at)
            low = t;
        else
            high = t;
    }
    return high;
}

static bool
tangent_rows(const struct scene *s, int truth, const struct geometry_view *v, double row_mm[2])
{
    struct fan f;
    double end[2];

    if (!make_fan(v, &f))
        return false;
    for (int i = 0; i < 2; i++) {
        double side = i == 0 ? 1 : -1, slope, p[3] = {v->isocentre_mm[0], 0, 0};
        if (!corner_slope(&f, scene_truth(s, truth), side, &slope))
            return false;
        slope = side * tangent(&f, s, truth, side, slope);
        for (int k = 1; k < 3; k++)
            p[k] = f.source[k] + 100 * (f.axis[k] + slope * f.across[k]);
        if (!geometry_point_mm(v, p, &end[i], NULL))
            return false;
    }
    row_mm[0] = end[0] < end[1] ? end[0] : end[1];
    row_mm[1] = end[0] < end[1] ? end[1] : end[0];
    return true;
}

void
sim_about_rows(const struct scene *s, int truth, const struct geometry_view *v, double row_mm[2])
{
    if (tangent_rows(s, truth, v, row_mm))
        return;
    int rows = geometry_rows(v, &row_mm[0]);
    row_mm[1] = row_mm[0] + (rows - 1) * v->row_pitch_mm;
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
print_truth(FILE *f, const struct sim_about *a, int i)
{
    const struct scene_truth *truth = scene_truth(a->scene, i);

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
        sim_about_rows(a->scene, i, &a->scanner->geometry.view[v], row);
        fprintf(f, "        box %d", v); /* view, belt from to, row from to */
        for (int k = 0; k < 2; k++)
            print_number(f, " ", tenths(belt_believed(a->lines, a->n, belt[k])));
        for (int k = 0; k < 2; k++)
            print_number(f, " ", tenths(row[k]));
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
            print_truth(f, a, i);
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
