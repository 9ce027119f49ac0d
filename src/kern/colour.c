/* colour: attenuation and effective atomic number to display colours, by a table that the stage
 * made. Eq. (1), (2) and (5) of doc/physics/display.md. */
#include "kern/level.h"
#include "kern/math.h"

#define BLOCK 256

/* level = sqrt(max(0, weighted attenuation) * scale), at most `top`. */
void
KERN(kern_shade)(const struct kern_look *k, const float *restrict low, const float *restrict high,
                 float *restrict level, size_t n)
{
    float w_low = k->weight_low, w_high = k->weight_high, top = k->top;

    for (size_t i = 0; i < n; i++) {
        float a = kern_max(low[i] * w_low + high[i] * w_high, 0.0f);
        level[i] = kern_min(__builtin_sqrtf(a), top);
    }
}

/* The table's colour for (kind of zeff, level); zeff that is not sure is not known; starved and
 * lost samples are hatched by their place on the diagonal. */
void
KERN(kern_paint)(const struct kern_look *k, const float *restrict level, const float *restrict zeff,
                 const float *restrict sigma, const uint8_t *restrict mask, size_t diagonal,
                 uint32_t *restrict colour, size_t n)
{
    uint32_t cell[BLOCK];
    float sure = k->sure;

    for (size_t at = 0; at < n; at += BLOCK) {
        size_t m = n - at < BLOCK ? n - at : BLOCK;
        unsigned marked = 0;
        for (size_t i = 0; i < m; i += 16)
            __builtin_prefetch(colour + at + i, 1);
        for (size_t i = 0; i < m; i++) {
            float z = sigma[at + i] <= sure ? kern_max(zeff[at + i], 0.0f) : 0.0f;
            float kind = kern_min(kern_min(z * 2.0f, z * 0.25f + 42.0f), 63.0f);
            cell[i] = (uint32_t)(int32_t)(kind + 0.5f) * KERN_LOOK_LEVELS +
                      (uint32_t)(int32_t)(level[at + i] + 0.5f);
            marked |= mask[at + i];
        }
        for (size_t i = 0; i < m; i++)
            colour[at + i] = k->table[cell[i]];
        if (!(marked & (k->starved | k->lost)))
            continue;
        for (size_t i = 0; i < m; i++) {
            size_t d = (diagonal + at + i) % KERN_LOOK_HATCH;
            uint32_t c = colour[at + i];
            c = mask[at + i] & k->starved ? k->hatch_starved[d] : c;
            colour[at + i] = mask[at + i] & k->lost ? k->hatch_lost[d] : c;
        }
    }
}
