/* view: what all display stages share. Each reads attenuation (both energies where there are two),
 * effective atomic number and mask of a view, and writes colour; they differ in their look and in
 * what they do to the levels first. */
#ifndef STAGE_VIEW_H
#define STAGE_VIEW_H

#include "stage/look.h"
#include "stage/stage.h"

enum { VIEW_LOW, VIEW_HIGH, VIEW_ZEFF, VIEW_SIGMA, VIEW_MASK_LOW, VIEW_MASK_HIGH, VIEW_READS };

#define VIEW_HALO_MAX 16
#define VIEW_BLOCK 256 /* rows at a time */

/* The reads of a display stage; `halo_` lines on either side. */
#define VIEW_PORTS(halo_) VIEW_PORTS_OF(Q_ATTENUATION, halo_)
/* The same of another quantity than attenuation. */
#define VIEW_PORTS_OF(quantity_, halo_)                                                            \
    {                                                                                              \
        {.quantity = (quantity_), .energy = 0, .optional = true, .halo = (halo_)},                 \
            {.quantity = (quantity_), .energy = 1, .optional = true, .halo = (halo_)},             \
            {.quantity = Q_ZEFF, .energy = 0, .optional = true},                                   \
            {.quantity = Q_ZEFF_SIGMA, .energy = 0, .optional = true},                             \
            {.quantity = Q_MASK, .energy = 0, .optional = true},                                   \
            {.quantity = Q_MASK, .energy = 1, .optional = true},                                   \
    }
#define VIEW_WRITES                                                                                \
    {                                                                                              \
        {.quantity = Q_COLOUR, .energy = 0, .lattice = STAGE_LATTICE_SAME},                        \
    }

/* Makes the state of a view; call it from open. */
int view_open(struct stage_run *r, const struct look *look, struct err *e) MUST_USE;
/* Levels of elements [from, to) of a line; a line off the tape is that of the nearest end. */
void view_levels(const struct stage_run *r, int32_t line, int32_t from, int32_t to, float *level);
/* Colours of elements [from, to), to - from <= VIEW_BLOCK; from the levels of element `from` on. */
void view_paint(const struct stage_run *r, int32_t line, int32_t from, int32_t to,
                const float *level);
/* The run of a view that does nothing to its levels. */
void view_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to);

/* ---- views that look at their neighbours ---- */
struct view_window {
    int32_t n;                                 /* elements */
    float level[VIEW_BLOCK], mean[VIEW_BLOCK]; /* the levels, and their weighted surroundings */
};
/* Refuses planes with several columns: their lines are frames, not neighbours. */
int view_flat(const struct stage_run *r, struct err *e) MUST_USE;
/* Up to VIEW_BLOCK elements from `at`, below `to`, with the mean over +-reach lines and rows
 * (2 reach + 1 weights, used both ways); rows beyond the ends repeat the last one. */
void view_window(const struct stage_run *r, int32_t line, int32_t at, int32_t to, int reach,
                 const float *weight, struct view_window *w);
void view_clamp(struct view_window *w); /* to what view_paint takes */

#endif
