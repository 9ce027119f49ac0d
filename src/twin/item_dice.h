/* item_dice: random choices of the item generator. C leaves open in which order the arguments of a
 * call are evaluated, and compilers differ; so a draw is a function of the place in the source
 * (__COUNTER__) and of how often that place was passed, never of what was drawn elsewhere. */
#ifndef TWIN_ITEM_DICE_H
#define TWIN_ITEM_DICE_H

#include <stdbool.h>
#include <stdint.h>

#define DICE_SITES_MAX 256 /* draws in one source file */

struct dice {
    uint64_t seed, stream;
    uint32_t passed[DICE_SITES_MAX];
};

struct dice dice_start(uint64_t seed, uint64_t stream);
/* New dice that depend on d and on how often they were asked for, not on any other draw. */
#define dice_fork(d_) dice_fork_at((d_), __COUNTER__)
#define range(d_, low_, high_) dice_range_at((d_), __COUNTER__, (low_), (high_)) /* uniform */
#define about(d_, mean_, part_)                                                                    \
    dice_about_at((d_), __COUNTER__, (mean_), (part_)) /* mean (1 -+ p) */
#define chance(d_, p_) (dice_range_at((d_), __COUNTER__, 0, 1) < (p_))
#define between(d_, low_, high_) dice_between_at((d_), __COUNTER__, (low_), (high_)) /* both in */
#define pick(d_, list_, n_) ((list_)[dice_between_at((d_), __COUNTER__, 0, (n_)-1)])
#define one_of(d_, ...)                                                                            \
    pick(d_, ((const char *const[]){__VA_ARGS__}),                                                 \
         (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)))

struct dice dice_fork_at(struct dice *d, int site);
double dice_range_at(struct dice *d, int site, double low, double high);
double dice_about_at(struct dice *d, int site, double mean, double part);
int dice_between_at(struct dice *d, int site, int low, int high);

#endif
