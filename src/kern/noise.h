/* noise: what photons and read-out do to one attenuation; eq. (11) of doc/physics/radiograph.md. */
#ifndef KERN_NOISE_H
#define KERN_NOISE_H

#include "kern/math.h"

#define NOISE_DENSEST 18.0f /* attenuation beyond which the noise is not followed any more */

/* Variance of attenuation a, good to 0.4 %, for thresholds. */
static inline float
kern_variance(float a, float dark2, float air2)
{
    float u = kern_exp_coarse(kern_max(kern_min(a, NOISE_DENSEST), -NOISE_DENSEST));
    return kern_min(kern_max((dark2 * u + air2) * u, 1e-9f), 1e12f);
}

#endif
