/* steady: see steady.h. */
#include "stage/steady.h"

#include "base/num.h"
#include "kern/kern.h"
#include "stage/noise.h"
#include "stage/padded.h"

#include <math.h>

#define REACH 0.04f      /* alike: the high attenuation differs by no more than this ... */
#define REACH_SHARE 0.1f /* ... and this share of it, */
#define NEVER 1e9f
#define SIGMAS 1.5f /* and y by no more than so many standard deviations of a raw sample */

/* Where the variance of eq. (11) of doc/physics/radiograph.md reaches from^2. */
static float
attenuation_at(float dark2, float air2, float from)
{
    double v = (double)from * (double)from, a = (double)air2, d = (double)dark2;
    double below = a + sqrt(a * a + 4 * d * v);

    return below > 0 ? (float)num_log(2 * v / below) : NEVER;
}

int
steady_open(struct stage_run *r, int low, int high, const struct steady_want *want,
            struct steady *s, struct err *e)
{
    const struct plane_spec *spec = r->in[low].spec;
    int32_t n = stage_elements(&r->in[low]);
    struct kern_steady *k = &s->kern;

    *s = (struct steady){.kern = {.noise = want->noise}, .low = low, .high = high};
    if (!want->on)
        return 0;
    if (spec->cols != 1 || n != stage_elements(&r->in[high]))
        return err_set(e, ERR_INPUT, "the energies of view %d do not lie on one grid", r->view);
    if (stage_noise_squared(r, spec->energy, spec, &k->dark2, &k->air2, e) != 0)
        return -1;
    float *from = arena_zero(r->arena, (size_t)n, sizeof *from);
    for (int32_t i = 0; i < n; i++)
        from[i] = attenuation_at(k->dark2[i], k->air2[i], want->from);
    k->low_from = from;
    k->per_from = 1 / (want->from * want->from);
    k->bend = want->bend;
    k->reach = REACH;
    k->reach_share = REACH_SHARE;
    k->sigmas2 = SIGMAS * SIGMAS;
    return 0;
}

enum { RADIUS = KERN_STEADY_RADIUS, PART = KERN_STEADY_PART };

/* Where the part that begins at `at` ends: what lies so near to an end of the line that it has to
 * be copied with a border is short. The kernel works in parts of its own, which stay the same. */
static int32_t
part_end(int32_t at, int32_t to, int32_t rows)
{
    int32_t end = at < RADIUS ? at + PART : at + (rows - RADIUS - at) / PART * PART;

    end = end > at ? end : at + PART;
    return end < to ? end : to;
}

static void
steady_part(const struct stage_run *r, const struct steady *s, int32_t line, int32_t from,
            int32_t to, float *out, float *noise)
{
    enum { LINES = 2 * RADIUS + 1, WIDE = PART + 2 * RADIUS };
    float low[LINES][WIDE], high[LINES][WIDE];
    const float *lows[LINES] = {NULL}, *highs[LINES] = {NULL};

    for (int d = 0; d < LINES; d += 2) {
        lows[d] = stage_padded(r, s->low, line + d - RADIUS, from, to, RADIUS, low[d]);
        highs[d] = stage_padded(r, s->high, line + d - RADIUS, from, to, RADIUS, high[d]);
    }
    r->kern->kern_steady(&s->kern, (size_t)from, lows, highs, out, noise, (size_t)(to - from));
}

const float *
steady_block(const struct stage_run *r, const struct steady *s, int32_t line, int32_t from,
             int32_t to, float *out, float *noise)
{
    int32_t rows = stage_elements(&r->in[s->low]);

    if (s->kern.low_from == NULL) {
        for (int32_t i = 0; i < to - from; i++)
            noise[i] = s->kern.noise;
        return (const float *)stage_in(r, s->low, line) + from;
    }
    for (int32_t at = from, end; at < to; at = end) {
        end = part_end(at, to, rows);
        steady_part(r, s, line, at, end, out + (at - from), noise + (at - from));
    }
    return out;
}
