/* attenuation: -ln of the transmission. Where less arrives than the noise of the dark signal lets
 * one tell from nothing, the value stops there and the mask says starved. Eq. (9) and (10) of
 * doc/physics/radiograph.md. */
#include "kern/kern.h"
#include "stage/noise.h"

enum { PARAM_SIGMAS, PARAM_FLOOR };
enum { TRANSMISSION, MASK_IN };
enum { ATTENUATION, MASK };

static const struct stage_param params[] = {
    {"starved_sigmas", "1", 3, 0, 100, "starved below this many standard deviations of the dark"},
    {"floor", "1", 1e-5, 1e-9, 0.5, "least transmission that is ever told apart from nothing"},
    {NULL, NULL, 0, 0, 0, NULL},
};

struct state {
    const float *floor[2];
};

static int
open_floor(struct stage_run *r, int energy, const float **out, struct err *e)
{
    struct stage_noise noise;
    int32_t n = stage_elements(&r->in[TRANSMISSION]);
    float *floor = arena_zero(r->arena, (size_t)n, sizeof *floor);

    if (stage_noise(r, energy, r->in[TRANSMISSION].spec, &noise, e) != 0)
        return -1;
    for (int32_t i = 0; i < n; i++) {
        float t = (float)r->param[PARAM_SIGMAS] * noise.dark[i];
        floor[i] = t > (float)r->param[PARAM_FLOOR] ? t : (float)r->param[PARAM_FLOOR];
    }
    *out = floor;
    return 0;
}

static int
attenuation_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct state *s = arena_zero(r->arena, 1, sizeof *s);

    (void)shape;
    for (int high = 0; high < 2; high++)
        if (open_floor(r, r->energy == 2 ? high : r->energy, &s->floor[high], e) != 0)
            return -1;
    r->state = s;
    return 0;
}

static void
attenuation_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct state *s = r->state;

    for (int32_t line = begin; line < end; line++) {
        int high = r->energy == 2 && stage_pose(r, line).flags & POSE_HIGH;
        r->kern->kern_attenuation(stage_in(r, TRANSMISSION, line), s->floor[high],
                                  stage_in(r, MASK_IN, line), stage_out(r, ATTENUATION, line),
                                  stage_out(r, MASK, line), (size_t)(to - from));
    }
}

const struct stage stage_attenuation = {
    .name = "attenuation",
    .brief = "Minus the logarithm of the transmission; starved samples are masked.",
    .params = params,
    .reads = {{.quantity = Q_TRANSMISSION, .energy = STAGE_SAME},
              {.quantity = Q_MASK, .energy = STAGE_SAME}},
    .writes = {{.quantity = Q_ATTENUATION, .energy = STAGE_SAME, .lattice = STAGE_LATTICE_SAME},
               {.quantity = Q_MASK, .energy = STAGE_SAME, .lattice = STAGE_LATTICE_SAME}},
    .n_reads = 2,
    .n_writes = 2,
    .per = STAGE_PER_PLANE,
    .split = STAGE_BY_LINE,
    .open = attenuation_open,
    .run = attenuation_run,
};
