/* scatter: what the item scatters onto the line of pixels (doc/physics/twin.md, section 3): kernels
 * of slabs, made once per machine, folded over the fan with what each ray has crossed. */
#ifndef TWIN_SCATTER_H
#define TWIN_SCATTER_H

#include "base/par.h"
#include "twin/scanner.h"
#include "twin/scene.h"
#include "twin/transport.h"

struct scatter; /* read-only after making it */

/* Kernels of every view and energy; scanner, scene and transport must outlive the result. plate is
 * the material of a wedge, or NULL. */
struct scatter *scatter_new(const struct scanner *s, const struct scene *scene,
                            const struct material *plate, const struct transport *transport,
                            struct par *pool);
void scatter_free(struct scatter *s); /* takes NULL */

/* Adds the scattered signal of a whole line (all pixels of a view, one energy) at dose 1 to mean
 * and variance, which hold what transport_run left there. pose and plate as in transport_run. */
void scatter_add(const struct scatter *s, int view, int energy, const struct pixels_pose *pose,
                 double plate_g_cm2, float *kev, float *square);

#endif
