/* ct_job: what `doorlicht ct` was asked to do and what it found out, shared by the files of that
 * command. */
#ifndef CMD_CT_JOB_H
#define CMD_CT_JOB_H

#include "base/hash.h"
#include "base/par.h"
#include "cmd/cmd.h"
#include "ct/axis.h"
#include "ct/disc.h"
#include "tape/tape.h"

#define CT_NO_ARC 1e9

/* Those from CT_METHOD_ITERATE on are words of ct_solver_word. */
enum ct_method { CT_METHOD_FBP, CT_METHOD_TWO_PHASE, CT_METHOD_ITERATE };
extern const char *const ct_method_word[]; /* ends with NULL */

struct ct_job {
    const char *input, *folder, *calibration, *output;
    int method, window;
    double cutoff, rings, axis_col, voxel_mm, slice_mm, first_mm; /* rings -1: not said */
    double strength;         /* of total variation; below 0: the standard one */
    int64_t iterations;      /* 0: as many as the method needs */
    double from_deg, to_deg; /* of an arc; CT_NO_ARC: not said */
    int64_t size, slices, threads;
    bool json, helical;
    int32_t views_turn; /* helical */
    struct cmd_progress progress;
    struct tape *raw, *calib, *out;
    uint8_t raw_root[HASH_BYTES], calib_root[HASH_BYTES], root[HASH_BYTES];
    char made_from[CMD_MADE_FROM];
    struct ct_geometry g;
    struct ct_axis axis; /* found, or col -1 */
    struct ct_disc disc; /* two-phase */
    struct par *pool;
    double seconds;
};

/* Only views from from_deg to to_deg are used. */
bool ct_job_has_arc(const struct ct_job *j);
/* The calibration knows how to take a pair of spectra to two single energies. */
bool ct_job_has_single_energies(const struct ct_job *j);
/* The recipe: from what the tape holds to attenuations, and with `volume` on to the slices. Returns
 * its length; `size` must be enough for all of it (CT_RECIPE_MAX). */
#define CT_RECIPE_MAX 4096
size_t ct_recipe_write(const struct ct_job *j, bool volume, char *to, size_t size);

#endif
