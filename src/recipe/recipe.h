/* recipe: the engine. A recipe is a list of stages; the engine binds it to an input tape, makes the
 * output tape, and turns: every stage runs as far as the marks in front of it allow. Chunking,
 * thread count and kills do not change a bit. Recipe files (etc/recipes) use the grammar of
 * base/text.h: recipe "parcel" { stage signal stage denoise { strength 1.5 }
 *     } */
#ifndef RECIPE_RECIPE_H
#define RECIPE_RECIPE_H

#include "base/par.h"
#include "base/text.h"
#include "stage/stage.h"

#define RECIPE_STAGES_MAX 64
#define RECIPE_STEP 16 /* lines per turn of a stage in bulk work: planes stay in the cache */
#define RECIPE_STEP_MAX 4096

struct recipe; /* a bound recipe */

struct recipe_options {
    int32_t step;       /* lines per turn; 0 = RECIPE_STEP, at most RECIPE_STEP_MAX */
    bool keep_scratch;  /* full planes instead of rings: for looking inside */
    int kern_level;     /* 0 = best of this machine; 1, 3, 4 = x86-64-vN */
    bool volumes;       /* planes of other lattices than LATTICE_SLICE are scratch, but for poses */
    bool fetch;         /* new memory is taken many pages at a time (tape_fetch), by madvise */
    int32_t grid_lines; /* capacity of the grid lattice; 0 = from the input's extent */
    const char
        *made_from; /* text for the output's about, naming the roots of the inputs; or NULL */
    struct stage_progress progress; /* within a turn: lines of the stage that is running */
};

/* Binds the stages named in `text` (a recipe file's content) to `in` (and `calib`, or NULL). Errors
 * name the recipe line: an unknown stage or parameter, a plane that nobody writes, a calibration
 * that does not fit the tape. in, calib and pool must outlive the recipe. */
int recipe_open(const struct text *t, struct tape *in, const struct tape *calib, struct par *pool,
                const struct recipe_options *options, struct recipe **r, struct err *e) MUST_USE;
/* Takes up an output tape whose writer was killed: same recipe, same input; goes on at its marks.
 */
int recipe_resume(const struct text *t, struct tape *in, const struct tape *calib, struct par *pool,
                  const struct recipe_options *options, struct tape *out, struct recipe **r,
                  struct err *e) MUST_USE;
void recipe_close(struct recipe *r); /* takes NULL; frees the output tape unless it was taken */

/* Runs every stage as far as it goes; returns true if any mark moved. When all inputs are sealed
 * and it returns false, all outputs are sealed. */
bool recipe_turn(struct recipe *r);
/* The lowest line of a plane of the input that a stage may still need; INT32_MAX: none reads it. A
 * stage may look at a few lines before that which it has read already. */
int32_t recipe_keep(const struct recipe *r, int plane);
struct tape *recipe_out(const struct recipe *r);
/* The output tape becomes the caller's; the recipe must be closed before the tape is freed. */
struct tape *recipe_take(struct recipe *r);

#endif
