/* gantry: see gantry.h. */
#include "twin/gantry.h"

#include "base/num.h"
#include "twin/stream.h"

#include <math.h>

#define HARMONICS 3

/* Deviation number `which` of a machine at an angle: three harmonics of the turn, rms 1. */
static double
wobble(uint64_t machine, unsigned which, double angle_rad)
{
    static const double weight[HARMONICS] = {0.86, 0.43, 0.275}; /* their squares add up to 1 */
    struct rng r = stream_at(machine, STREAM_WOBBLE, which, 0);
    double sum = 0;

    for (int i = 0; i < HARMONICS; i++)
        sum += weight[i] * num_cos((i + 1) * angle_rad + 2 * NUM_PI * rng_unit(&r));
    return sqrt(2) * sum;
}

struct gantry_turn
gantry_turn(const struct scanner *s, uint64_t machine, int64_t trigger)
{
    const struct scanner_gantry *g = &s->gantry;
    struct gantry_turn turn = {.true_rad = 0};

    if (!g->turns)
        return turn;
    /* whole turns are taken apart, so that long scans stay exact */
    double part = (double)(trigger % g->views_turn) / g->views_turn;
    double angle = g->first_deg * (NUM_PI / 180) + 2 * NUM_PI * part;
    turn.believed_rad = angle + 2 * NUM_PI * (double)(trigger / g->views_turn);
    turn.true_rad = angle;
    if (!s->on[EFFECT_WOBBLE])
        return turn;
    turn.true_rad += g->wobble_deg * (NUM_PI / 180) * wobble(machine, 0, angle);
    for (int i = 0; i < 2; i++)
        turn.centre_mm[i] = g->wobble_mm * wobble(machine, 1 + (unsigned)i, angle);
    return turn;
}

struct pixels_pose
gantry_pose(const struct scanner *s, const struct gantry_turn *turn, double belt_mm)
{
    struct pixels_pose pose = pixels_rest(belt_mm);

    if (!s->gantry.turns)
        return pose;
    pose.cos = num_cos(turn->true_rad);
    pose.sin = num_sin(turn->true_rad);
    pose.centre_mm[0] = turn->centre_mm[0];
    pose.centre_mm[1] = turn->centre_mm[1] + s->gantry.axis_mm;
    return pose;
}

double
gantry_reach_mm(const struct scanner *s)
{
    const struct ct_geometry *g = &s->gantry.geometry;
    double low = g->axis_row + 0.5, high = g->rows - 0.5 - g->axis_row;
    double half = (low > high ? low : high) * g->row_pitch_mm;
    double cone = half, turn = s->belt.speed_mm_s / s->gantry.turns_s;

    if (g->beam == CT_CONE)
        cone *= (g->source_mm + ct_field_mm(g)) / g->detector_mm;
    return cone > turn ? cone : turn;
}
