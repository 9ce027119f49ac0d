/* stream: names of the random streams of the twin, so that no two effects share numbers. */
#ifndef TWIN_STREAM_H
#define TWIN_STREAM_H

#include "base/rng.h"

enum stream {
    STREAM_PHOTONS = 1,
    STREAM_READOUT,
    STREAM_DOSE,
    STREAM_MONITOR,
    STREAM_MISFIRE,
    STREAM_WRONG_ENERGY,
    STREAM_LOST,
    STREAM_DOUBLED,
    STREAM_SPEED,
    STREAM_SENSOR,
    STREAM_PIXEL, /* keyed by the machine's seed */
    STREAM_SCATTER,
    STREAM_WOBBLE, /* keyed by the machine's seed */
    STREAM_FLASH_OVER,
    STREAM_ROWS, /* keyed by the machine's seed */
};

/* The numbers of one sample: a function of seed, effect, sub-stream (view, energy) and index. */
static inline struct rng
stream_at(uint64_t seed, enum stream effect, unsigned sub, uint64_t index)
{
    return (struct rng){.seed = seed, .stream = (uint64_t)effect << 32 | sub, .index = index << 8};
}

#endif
