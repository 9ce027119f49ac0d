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
/* DARK, AIR, NOISE, QUANTA, BAD_PIXEL (pixels 40, 41 and 90 are dead), LAG_MODEL, CROSSTALK,
 * ROW_SOURCE for both energies. */
struct tape *scan_calib(int energies);
/* Runs a recipe; `hex` becomes the hash of all kept planes. With `live`, lines arrive one by one.
 */
void scan_run(const char *recipe, int energies, int step, int threads, int level, bool live,
              char *hex);
/* Hash of the kept planes: specs, marks and lines. */
void scan_hash(const struct tape *t, char *hex);
struct text scan_recipe(const char *recipe);

#endif
