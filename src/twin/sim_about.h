/* sim_about: what a simulated tape says about itself. Private to sim.c. */
#ifndef TWIN_SIM_ABOUT_H
#define TWIN_SIM_ABOUT_H

#include "twin/sim.h"

struct sim_about {
    const struct scanner *scanner;
    const struct scene *scene;
    const struct sim_options *options;
    const struct belt_line *lines;
    int32_t n;
    double start_mm; /* belt position of the item's origin when the scan starts */
};

/* The text in the grammar of base/text.h; freed with free(). NULL when memory is out. */
char *sim_about_text(const struct sim_about *a, struct err *e);
/* Belt positions (true, mm from the start) at which the x-range [low, high] of the item passes the
 * fan of a view. */
void sim_about_columns(const struct sim_about *a, int view, const double x_mm[2],
                       double belt_mm[2]);
/* Position along the axis of a gantry's volume of the item's x: what the encoder says when it
 * crosses the plane of the source (without the encoder's error where it never does). */
double sim_about_ct_z(const struct sim_about *a, double x_mm);
/* Shadow of a truth on the reference plane of a view while it crosses the fan: lowest and highest
 * row in mm, of the tangents from the source; all rows where it reaches behind the source. */
void sim_about_rows(const struct scene *s, int truth, const struct geometry_view *v,
                    double row_mm[2]);

#endif
