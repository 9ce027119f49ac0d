/* ct_recipe: the recipe that `doorlicht ct` writes, with every number that was chosen, so that the
 * tape tells how to make it again. */
#include "base/text.h"
#include "cmd/ct_job.h"
#include "ct/filter.h"

#include <stdarg.h>
#include <stdio.h>

const char *const ct_method_word[] = {"fbp", "two-phase", "sirt", "os-sart", "cgls", "tv", NULL};

struct writer {
    char *to;
    size_t n, size;
};

static void PRINTF(2, 3) put(struct writer *w, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(w->to + w->n, w->size - w->n, fmt, args);
    va_end(args);
    w->n = w->n + (size_t)n < w->size ? w->n + (size_t)n : w->size - 1;
}

static void
put_number(struct writer *w, const char *name, double value)
{
    char number[32];
    text_double(number, value);
    put(w, "        %s %s\n", name, number);
}

/* Stages from what the tape holds to attenuation. */
static void
put_attenuation(const struct ct_job *j, struct writer *w)
{
    if (tape_find(j->raw, Q_COUNTS, -1, -1) >= 0)
        put(w, "    stage signal\n    stage afterglow\n    stage crosstalk\n    stage dose\n");
    else if (tape_find(j->raw, Q_COUNTS_F32, -1, -1) >= 0)
        put(w, "    stage frames\n");
    else
        return;
    put(w, "    stage transmission\n");
    if (j->calib != NULL && tape_find(j->calib, Q_SCATTER, -1, -1) >= 0)
        put(w, "    stage scatter\n");
    put(w, "    stage attenuation\n");
}

bool
ct_job_has_arc(const struct ct_job *j)
{
    return j->from_deg < CT_NO_ARC || j->to_deg < CT_NO_ARC;
}

static void
put_arc(const struct ct_job *j, struct writer *w)
{
    if (!ct_job_has_arc(j))
        return;
    put(w, "    stage arc {\n");
    put_number(w, "from_deg", j->from_deg);
    put_number(w, "to_deg", j->to_deg);
    put(w, "    }\n");
}

bool
ct_job_has_single_energies(const struct ct_job *j)
{
    return j->calib != NULL && tape_find(j->calib, Q_MONOCHROMATIC, -1, -1) >= 0;
}

static void
put_grid(const struct ct_job *j, struct writer *w)
{
    put_number(w, "size", (double)j->size);
    put_number(w, "voxel_mm", j->voxel_mm);
    put_number(w, "slices", (double)j->slices);
    put_number(w, "slice_mm", j->slice_mm);
    put_number(w, "first_mm", j->first_mm);
    put_number(w, "axis_pixel", j->g.axis_col);
}

static void
put_helix(const struct ct_job *j, struct writer *w)
{
    put(w, "    stage helix-filter {\n        window %s\n", ct_window_word[j->window]);
    put_number(w, "cutoff", j->cutoff);
    put_number(w, "views_turn", j->views_turn);
    put_number(w, "axis_pixel", j->g.axis_col);
    put(w, "    }\n    stage helix-back {\n");
    put_grid(j, w);
    put_number(w, "views_turn", j->views_turn);
    put(w, "    }\n");
}

/* The disc as the scan showed it, so that the result can be made again from the recipe. */
static void
put_two_phase(const struct ct_job *j, struct writer *w)
{
    put(w, "    stage two-phase {\n");
    put_number(w, "size", (double)j->size);
    put_number(w, "voxel_mm", j->voxel_mm);
    put_number(w, "disc_x_mm", j->disc.x_mm);
    put_number(w, "disc_y_mm", j->disc.y_mm);
    put_number(w, "disc_radius_mm", j->disc.radius_mm);
    put_number(w, "air", j->disc.air);
    put_number(w, "slope_per_mm", j->disc.slope);
    put_number(w, "bend_per_mm2", j->disc.bend);
    put_number(w, "noise", j->disc.noise);
    put_number(w, "axis_pixel", j->g.axis_col);
    put(w, "    }\n");
}

static void
put_circle(const struct ct_job *j, struct writer *w)
{
    put(w, "    stage filter {\n        window %s\n", ct_window_word[j->window]);
    put_number(w, "cutoff", j->cutoff);
    put_number(w, "axis_pixel", j->g.axis_col);
    put(w, "    }\n    stage back {\n");
    put_grid(j, w);
    put(w, "    }\n");
}

static void
put_iterate(const struct ct_job *j, struct writer *w)
{
    bool counts = tape_find(j->raw, Q_ATTENUATION, -1, -1) < 0 && !ct_job_has_single_energies(j);

    put(w, "    stage iterate {\n        method %s\n        weights %s\n",
        ct_method_word[j->method], counts ? "counts" : "equal");
    put_number(w, "iterations", (double)j->iterations);
    if (j->strength >= 0)
        put_number(w, "strength", j->strength);
    put_grid(j, w);
    put(w, "    }\n");
}

static void
put_volume(const struct ct_job *j, struct writer *w)
{
    if (j->method == CT_METHOD_TWO_PHASE) {
        put_two_phase(j, w);
        return;
    }
    if (j->rings != 0 && !j->helical) {
        put(w, "    stage rings {\n");
        put_number(w, "strength", j->rings < 0 ? 1 : j->rings);
        put(w, "    }\n");
    }
    if (ct_job_has_single_energies(j))
        put(w, "    stage monochrome\n");
    else if (j->calib != NULL && tape_find(j->calib, Q_WATER, -1, -1) >= 0)
        put(w, "    stage water\n");
    (j->method >= CT_METHOD_ITERATE ? put_iterate : j->helical ? put_helix : put_circle)(j, w);
    if (ct_job_has_single_energies(j))
        put(w, "    stage ct-material\n");
}

size_t
ct_recipe_write(const struct ct_job *j, bool volume, char *to, size_t size)
{
    struct writer w = {to, 0, size};

    put(&w, "recipe ct {\n");
    put_attenuation(j, &w);
    put_arc(j, &w);
    if (volume)
        put_volume(j, &w);
    put(&w, "}\n");
    return w.n;
}
