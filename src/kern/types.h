/* types: what kernels share. A kernel is plain C over restrict pointers and counts: no libm, no
 * allocation, no branches on data that the compiler could not turn into selects. Each file is
 * compiled once per CPU level (x86-64-v1, v3, v4); all levels give the same bits. */
#ifndef KERN_TYPES_H
#define KERN_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* KERN(name) is the symbol of this level: name_v1, name_v3, name_v4. */
#ifndef KERN_LEVEL
#define KERN_LEVEL v1
#endif
#define KERN_PASTE2(name_, level_) name_##_##level_
#define KERN_PASTE(name_, level_) KERN_PASTE2(name_, level_)
#define KERN(name_) KERN_PASTE(name_, KERN_LEVEL)

/* How one row of counts becomes a signal: see kern_signal. All arrays have one entry per pixel. */
struct kern_gain {
    const float *dark, *gain; /* counts; 1 / air counts, 0 for a pixel that sees nothing */
    const uint8_t *bad;       /* MASK_* bits of the pixel */
    uint32_t full;            /* counts from here on are saturated */
};

/* Afterglow of n pixels in `parts` components: see kern_lag. */
#define KERN_LAGS_MAX 4
struct kern_lag {
    int parts;
    const float *decay[KERN_LAGS_MAX];  /* per line, in [0, 1) */
    const float *weight[KERN_LAGS_MAX]; /* fraction times decay */
    const float *inverse;               /* 1 / direct share of this line's light */
};

/* Noise of one attenuation: variance = (dark^2 / t + quanta) / t with t = exp(-attenuation). */
struct kern_noise {
    const float *dark2, *quanta; /* per row: variance of the dark signal, of the air signal */
};

/* How attenuation becomes colour: see kern_shade and kern_paint. */
#define KERN_LOOK_LEVELS 512
#define KERN_LOOK_KINDS 64
#define KERN_LOOK_HATCH 8
struct kern_look {
    float weight_low, weight_high, top; /* level = sqrt(weighted attenuation), at most top */
    uint8_t starved, lost;              /* mask bits that are hatched; lost wins */
    const uint32_t *table;              /* KERN_LOOK_KINDS x KERN_LOOK_LEVELS colours */
    uint32_t hatch_starved[KERN_LOOK_HATCH], hatch_lost[KERN_LOOK_HATCH];
};

#endif
