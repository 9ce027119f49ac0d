/* attenuation: -ln of the transmission; eq. (9) and (10) of doc/physics/radiograph.md. */
#include "kern/level.h"
#include "kern/math.h"

#define STARVED 2u /* MASK_STARVED of tape.h */
#define MOST 65536.0f

void
KERN(kern_attenuation)(const float *restrict transmission, const float *restrict floor,
                       const uint8_t *restrict mask_in, float *restrict attenuation,
                       uint8_t *restrict mask, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float t = kern_min(kern_max(transmission[i], floor[i]), MOST);
        attenuation[i] = -kern_log(t);
    }
    for (size_t i = 0; i < n; i++)
        mask[i] = (uint8_t)(mask_in[i] | (transmission[i] < floor[i] ? STARVED : 0u));
}
