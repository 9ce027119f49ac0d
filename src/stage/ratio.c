/* ratio: steadies hue. Which material it is lies in the ratio of the two attenuations, how much of
 * it in the high one; the eye wants the second sharp and bears the first smooth. So the low
 * attenuation becomes the high one times the ratio of alike neighbours. Eq. (8) of
 * doc/physics/display.md. */
#include "kern/kern.h"
#include "stage/padded.h"

#define RADIUS KERN_RATIO_RADIUS
#define BLOCK KERN_RATIO_BLOCK
#define LINES (2 * RADIUS + 1)

enum { PARAM_RADIUS, PARAM_REACH, PARAM_SHARE };
enum { LOW, HIGH };

static const struct stage_param params[] = {
    {"radius_pixels", "pixel", 2, 2, RADIUS, "how far every other neighbour is taken; even"},
    {"reach", "1", 0.04, 0, 10, "alike: attenuation differs by no more than this ..."},
    {"reach_share", "1", 0.1, 0, 10, "... and this share of it"},
    {NULL, NULL, 0, 0, 0, NULL},
};

static int
ratio_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct kern_ratio *k = arena_zero(r->arena, 1, sizeof *k);

    (void)shape;
    if (r->in[LOW].spec->cols != 1 || r->in[HIGH].spec->cols != 1 ||
        r->in[LOW].spec->rows != r->in[HIGH].spec->rows)
        return err_set(e, ERR_INPUT, "the energies of view %d do not lie on one grid", r->view);
    *k = (struct kern_ratio){.radius = (int)r->param[PARAM_RADIUS] / 2 * 2,
                             .reach = (float)r->param[PARAM_REACH],
                             .reach_share = (float)r->param[PARAM_SHARE],
                             .least = 0.05f};
    r->state = k;
    return 0;
}

static void
ratio_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    const struct kern_ratio *k = r->state;
    float low[LINES][BLOCK + 2 * RADIUS], high[LINES][BLOCK + 2 * RADIUS];
    const float *lows[LINES], *highs[LINES];

    for (int32_t line = begin; line < end; line++)
        for (int32_t at = from; at < to; at += BLOCK) {
            int32_t stop = to - at < BLOCK ? to : at + BLOCK;
            for (int d = 0; d <= 2 * k->radius; d += 2) {
                int32_t at_line = line + d - k->radius;
                lows[d] = stage_padded(r, LOW, at_line, at, stop, k->radius, low[d]);
                highs[d] = stage_padded(r, HIGH, at_line, at, stop, k->radius, high[d]);
            }
            float *out = stage_out(r, 0, line);
            r->kern->kern_ratio(k, lows, highs, out + at, (size_t)(stop - at));
        }
}

const struct stage stage_ratio = {
    .name = "ratio",
    .brief = "Steadies hue: the ratio of the attenuations is averaged over alike neighbours.",
    .params = params,
    .reads = {{.quantity = Q_ATTENUATION, .energy = 0, .halo = RADIUS},
              {.quantity = Q_ATTENUATION, .energy = 1, .halo = RADIUS}},
    .writes = {{.quantity = Q_ATTENUATION, .energy = 0, .lattice = STAGE_LATTICE_SAME}},
    .n_reads = 2,
    .n_writes = 1,
    .per = STAGE_PER_VIEW,
    .split = STAGE_BY_LINE,
    .open = ratio_open,
    .run = ratio_run,
};
