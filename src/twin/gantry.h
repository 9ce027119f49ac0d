/* gantry: how source and detector truly turn (doc/physics/twin.md, section 6): the encoder triggers
 * evenly, bearings and sag add a wobble that repeats every turn. */
#ifndef TWIN_GANTRY_H
#define TWIN_GANTRY_H

#include "twin/pixels.h"

/* Of one line, all in radians and mm; zero without a gantry. */
struct gantry_turn {
    double believed_rad; /* what the encoder says, counted on from the first line */
    double true_rad;
    double centre_mm[2]; /* by how much the axis is off its place: world y, z */
};
/* In the middle of the trigger-th view of a machine. */
struct gantry_turn gantry_turn(const struct scanner *s, uint64_t machine, int64_t trigger);
/* The frame, when the item's origin is belt_mm along x. */
struct pixels_pose gantry_pose(const struct scanner *s, const struct gantry_turn *turn,
                               double belt_mm);
/* How far from the plane of the source an item on the belt can be seen, mm along x: by the cone,
 * and by the part of a turn that helical reconstruction needs beyond each end. */
double gantry_reach_mm(const struct scanner *s);

#endif
