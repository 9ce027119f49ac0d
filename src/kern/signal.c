/* signal: counts to a fraction of the air scan; eq. (1) of doc/physics/radiograph.md. */
#include "kern/level.h"
#include "kern/math.h"

#define LIMIT 1e6f
#define SATURATED 1u /* MASK_SATURATED of tape.h */

void
KERN(kern_signal)(const struct kern_gain *g, const uint32_t *restrict counts,
                  float *restrict signal, uint8_t *restrict mask, size_t n)
{
    const float *restrict dark = g->dark, *restrict gain = g->gain;
    const uint8_t *restrict bad = g->bad;
    uint32_t full = g->full;

    for (size_t i = 0; i < n; i++) {
        float v = ((float)(int32_t)(counts[i] & 0x7fffffffu) - dark[i]) * gain[i];
        signal[i] = kern_min(kern_max(v, -LIMIT), LIMIT);
    }
    for (size_t i = 0; i < n; i++)
        mask[i] = (uint8_t)(bad[i] | (counts[i] >= full ? SATURATED : 0u));
}
