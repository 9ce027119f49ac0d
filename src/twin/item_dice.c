/* item_dice: see item_dice.h. */
#include "twin/item_dice.h"

#include "base/rng.h"

#include <assert.h>

struct dice
dice_start(uint64_t seed, uint64_t stream)
{
    return (struct dice){.seed = seed, .stream = stream};
}

static void
draw(struct dice *d, int site, uint32_t out[4])
{
    assert(site >= 0 && site < DICE_SITES_MAX);
    rng_block(d->seed, d->stream, (uint64_t)site << 32 | d->passed[site]++, out);
}

struct dice
dice_fork_at(struct dice *d, int site)
{
    uint32_t out[4];

    draw(d, site, out);
    return dice_start((uint64_t)out[0] << 32 | out[1], (uint64_t)out[2] << 32 | out[3]);
}

double
dice_range_at(struct dice *d, int site, double low, double high)
{
    uint32_t out[4];

    draw(d, site, out);
    return low + (high - low) * ((out[0] + 0.5) * 0x1p-32);
}

double
dice_about_at(struct dice *d, int site, double mean, double part)
{
    return mean * dice_range_at(d, site, 1 - part, 1 + part);
}

int
dice_between_at(struct dice *d, int site, int low, int high)
{
    uint32_t out[4];

    assert(high >= low);
    draw(d, site, out);
    return low + (int)((uint64_t)out[0] * (uint64_t)(high - low + 1) >> 32);
}
