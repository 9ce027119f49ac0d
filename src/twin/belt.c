/* belt: see belt.h. One pass over the triggers in order of time; each effect is a small function
 * with a random stream of its own, so switching one off leaves the others as they were. */
#include "twin/belt.h"

#include "base/num.h"
#include "twin/stream.h"

#include <math.h>

#define RAMP_S 0.15 /* time constant of starting and stopping */

struct plan {
    const struct scanner *s;
    const struct belt_orders *orders;
    struct belt_line *line;
    int32_t n, room;
    double line_s;
    /* the truth */
    int64_t trigger;
    double belt_mm, speed, far_mm;
    double wander, slow; /* of speed and of dose: correlated noise, variance 1 */
    int next_event;
    double stop_until_s, reverse_to_mm;
    bool reversing, lost;
    double flash_from_s, flash_to_s; /* no light in between */
    /* what the machine believes */
    double believed_mm, sensed;
    int64_t sensor_tick;
};

static double
normal_at(const struct plan *p, enum stream stream, int64_t index)
{
    struct rng r = stream_at(p->orders->seed, stream, 0, (uint64_t)index);
    return rng_normal(&r);
}

static bool
happens(const struct plan *p, enum effect effect, enum stream stream, double probability)
{
    struct rng r = stream_at(p->orders->seed, stream, 0, (uint64_t)p->trigger);
    return p->s->on[effect] && rng_unit(&r) < probability;
}

/* One step of noise with variance 1 and the given correlation time. */
static double
wander(const struct plan *p, double x, enum stream stream, double tau_s)
{
    double keep = num_exp(-p->line_s / tau_s);
    return x * keep + sqrt(1 - keep * keep) * normal_at(p, stream, p->trigger + 1);
}

/* Which way the belt is told to run: 1, 0 or -1 times the set speed. */
static double
told_direction(struct plan *p, double t_s)
{
    const struct belt_orders *o = p->orders;

    if (p->reversing) {
        p->reversing = p->belt_mm > p->reverse_to_mm;
        return p->reversing ? -1 : 1;
    }
    if (t_s < p->stop_until_s)
        return 0;
    if (p->next_event < o->events && p->far_mm >= o->event[p->next_event].at_mm) {
        const struct belt_event *event = &o->event[p->next_event++];
        p->stop_until_s = t_s + event->stop_s;
        p->reversing = event->reverse_mm > 0;
        p->reverse_to_mm = p->belt_mm - event->reverse_mm;
        return p->reversing ? -1 : 0;
    }
    return 1;
}

/* Moves the truth by one trigger. */
static void
move(struct plan *p)
{
    const struct scanner_belt *b = &p->s->belt;
    double t_s = (double)p->trigger * p->line_s, target = told_direction(p, t_s);

    if (p->s->on[EFFECT_SPEED]) {
        p->wander = wander(p, p->wander, STREAM_SPEED, b->variation_s);
        target *= 1 + b->variation * p->wander;
    }
    if (p->orders->events == 0)
        p->speed = b->speed_mm_s * target;
    else
        p->speed += (b->speed_mm_s * target - p->speed) * p->line_s / (RAMP_S + p->line_s);
    p->belt_mm += p->speed * p->line_s;
    p->far_mm = p->belt_mm > p->far_mm ? p->belt_mm : p->far_mm;
}

/* What encoder or speed sensor make of it. */
static void
sense(struct plan *p)
{
    const struct scanner_belt *b = &p->s->belt;

    if (!p->s->on[EFFECT_ODOMETER]) {
        p->believed_mm = p->belt_mm;
    } else if (b->sensor_noise <= 0) {
        p->believed_mm =
            b->encoder_mm > 0 ? num_floor(p->belt_mm / b->encoder_mm) * b->encoder_mm : p->belt_mm;
    } else {
        int64_t tick = (int64_t)((double)p->trigger * p->line_s * b->sensor_hz) + 1;
        if (tick != p->sensor_tick)
            p->sensed = p->speed * (1 + b->sensor_noise * normal_at(p, STREAM_SENSOR, tick));
        p->sensor_tick = tick;
        p->believed_mm += p->sensed * p->line_s;
    }
}

/* Share of this trigger's light that a flash-over takes away: the tube is dark from the moment of
 * the arc until its generator is up again. */
static double
flash_over(struct plan *p)
{
    const struct scanner_gantry *g = &p->s->gantry;
    double from_s = (double)p->trigger * p->line_s, to_s = from_s + p->line_s;

    if (g->turns && from_s >= p->flash_to_s &&
        happens(p, EFFECT_FLASH_OVER, STREAM_FLASH_OVER, g->flash_over)) {
        struct rng r = stream_at(p->orders->seed, STREAM_FLASH_OVER, 1, (uint64_t)p->trigger);
        p->flash_from_s = from_s + p->line_s * rng_unit(&r);
        p->flash_to_s = p->flash_from_s + g->flash_ms * 1e-3;
    }
    double first = p->flash_from_s > from_s ? p->flash_from_s : from_s;
    double last = p->flash_to_s < to_s ? p->flash_to_s : to_s;
    return last > first ? (last - first) / p->line_s : 0;
}

/* True output of the source for this trigger, and what its monitor reads. */
static void
fire(struct plan *p, struct belt_line *line)
{
    const struct scanner_source *s = &p->s->source;
    double noise = 0, dose = 1;
    int commanded = s->interlaced ? (int)(p->trigger & 1) : 0;

    line->energy = (uint8_t)commanded;
    if (s->interlaced && happens(p, EFFECT_WRONG_ENERGY, STREAM_WRONG_ENERGY, s->wrong_energy))
        line->energy ^= 1;
    if (p->s->on[EFFECT_DOSE]) {
        p->slow = wander(p, p->slow, STREAM_DOSE, s->slow_s);
        dose += s->jitter * normal_at(p, STREAM_DOSE, -1 - p->trigger) + s->slow_jitter * p->slow;
        noise = s->monitor_noise * normal_at(p, STREAM_MONITOR, p->trigger);
    }
    if (p->orders->source_off || happens(p, EFFECT_MISFIRE, STREAM_MISFIRE, s->misfire))
        dose = 0;
    dose *= 1 - flash_over(p);
    line->dose = dose > 0 ? dose : 0;
    double reads = line->dose * (1 + noise);
    if (line->energy != commanded)
        reads *= commanded ? 1 / p->orders->output_ratio : p->orders->output_ratio;
    line->pose.dose = (float)(reads > 0 ? reads : 0);
    line->pose.flags |= commanded ? POSE_HIGH : 0;
    if (p->orders->source_off)
        line->pose.flags |= POSE_DARK;
    else if (reads < 0.1)
        line->pose.flags |= POSE_MISSING;
}

static void
add_line(struct plan *p)
{
    const struct belt_orders *o = p->orders;
    struct belt_line *line = &p->line[p->n];
    double before = p->n > 0 ? line[-1].pose.belt_mm : -1e300;

    line->belt_mm = p->belt_mm;
    line->source = p->n;
    line->pose.t_ns = (int64_t)((double)p->trigger * p->line_s * 1e9 + 0.5);
    line->pose.belt_mm = (float)p->believed_mm;
    line->turn = gantry_turn(p->s, o->machine, p->trigger);
    line->pose.gantry_rad = (float)line->turn.believed_rad;
    fire(p, line);
    if (line->pose.belt_mm < before)
        line->pose.flags |= POSE_REVERSE;
    if (p->lost)
        line->pose.flags |= POSE_LOST;
    if (!o->source_off && (p->belt_mm < o->air_mm[0] || p->belt_mm > o->air_mm[1]))
        line->pose.flags |= POSE_AIR;
    p->lost = false;
    p->n++;
}

/* The detector sends the same charge again, shortly after. */
static void
add_double(struct plan *p)
{
    struct belt_line *line = &p->line[p->n];

    *line = line[-1];
    line->pose.t_ns += (int64_t)(p->line_s * 1e9 / 16);
    line->pose.flags |= POSE_DOUBLED;
    p->n++;
}

static void
make_room(struct plan *p)
{
    if (p->n + 2 <= p->room)
        return;
    size_t old = (size_t)p->room;
    p->room = p->room == 0 ? 4096 : p->room * 2;
    p->line = mem_grow(p->line, old, (size_t)p->room, sizeof *p->line);
}

int
belt_plan(const struct scanner *s, const struct belt_orders *orders, struct belt_line **lines,
          int32_t *n, struct err *e)
{
    struct plan p = {.s = s, .orders = orders, .line_s = scanner_line_s(s)};

    p.speed = s->belt.speed_mm_s;
    p.wander = normal_at(&p, STREAM_SPEED, 0); /* stationary from the start */
    p.slow = normal_at(&p, STREAM_DOSE, 0);
    for (; orders->lines > 0 ? p.n < orders->lines : p.belt_mm < orders->length_mm; p.trigger++) {
        if (p.n + 2 > BELT_LINES_MAX || p.trigger > 4 * BELT_LINES_MAX) {
            mem_free(p.line);
            return err_set(e, ERR_LIMIT,
                           "the scan would take more than %d lines; run the belt faster or choose "
                           "a larger pitch",
                           BELT_LINES_MAX);
        }
        make_room(&p);
        move(&p);
        sense(&p);
        if (happens(&p, EFFECT_LOST, STREAM_LOST, s->belt.lost)) {
            p.lost = true;
            continue;
        }
        add_line(&p);
        if ((orders->lines <= 0 || p.n < orders->lines) &&
            happens(&p, EFFECT_DOUBLED, STREAM_DOUBLED, s->belt.doubled))
            add_double(&p);
    }
    *lines = p.line;
    *n = p.n;
    return 0;
}

double
belt_believed(const struct belt_line *lines, int32_t n, double true_mm)
{
    for (int32_t i = 1; i < n; i++) {
        double a = lines[i - 1].belt_mm, b = lines[i].belt_mm;
        if (b < true_mm)
            continue;
        double f = b > a ? (true_mm - a) / (b - a) : 0;
        f = f < 0 ? 0 : f;
        return lines[i - 1].pose.belt_mm + f * (lines[i].pose.belt_mm - lines[i - 1].pose.belt_mm);
    }
    return n > 0 ? lines[n - 1].pose.belt_mm : 0;
}
