/* recipe_scan: a small synthetic scan and its calibration, for the tests of engine and stages: no
 * simulator, only numbers that a test can compute by itself. */
#ifndef RECIPE_SCAN_H
#define RECIPE_SCAN_H

#include "recipe/recipe.h"

#define SCAN_PIXELS 200
#define SCAN_LINES 300
#define SCAN_ROWS 225

/* Every stage from counts to denoised attenuation. */
extern const char scan_full[];

/* POSE and COUNTS (energies 0 .. energies-1, or one plane of energy 2 for 3), noisy, with a box in
 * the middle; all sealed. The caller frees. */
struct tape *scan_raw(int32_t lines, int energies);
/* DARK, AIR, NOISE, AIR_NOISE, BAD_PIXEL (pixels 40, 41 and 90 are dead), LAG_MODEL, CROSSTALK,
 * ROW_SOURCE for both energies. */
struct tape *scan_calib(int energies);
/* Counts without noise of what a function says is the fraction of the air signal. */
struct tape *scan_raw_of(const struct pose *poses, int32_t lines, int energies,
                         double (*signal)(const void *arg, int32_t line, int pixel, int energy),
                         const void *arg);
/* Runs a recipe with all planes kept; closed by recipe_close. Text, raw and calib stay. */
struct recipe *scan_keep(const struct text *t, struct tape *raw, struct tape *calib);
double scan_dark(int pixel);
double scan_air(int pixel, int energy);
/* Shares of light that pixel gives to its left and right neighbour: modules end at 99 | 100. */
double scan_left(int pixel);
double scan_right(int pixel);
#define SCAN_LAGS 2
extern const double scan_lag_fraction[SCAN_LAGS], scan_lag_decay[SCAN_LAGS];
/* Runs a recipe; `hex` becomes the hash of all kept planes. With `live`, lines arrive one by one.
 */
void scan_run(const char *recipe, int energies, int step, int threads, int level, bool live,
              char *hex);
/* Hash of the kept planes: specs, marks and lines. */
void scan_hash(const struct tape *t, char *hex);
struct text scan_recipe(const char *recipe);

#endif
