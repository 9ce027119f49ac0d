/* disk_sim: a disk in memory that records what is done to it, and gives the disk that a power cut
 * would have left after any step: what was synced is there; of the rest any part may be missing,
 * torn or there without what came before it. For tests and the simulated site. */
#ifndef BASE_DISK_SIM_H
#define BASE_DISK_SIM_H

#include "base/disk.h"

struct disk_sim;

struct disk_sim *disk_sim_new(void);
void disk_sim_free(struct disk_sim *s); /* takes NULL */
struct disk disk_sim_disk(struct disk_sim *s);

/* How many changes it has seen: writes, truncations, syncs, names made, changed, removed. */
int disk_sim_steps(const struct disk_sim *s);

enum disk_cut {
    DISK_CUT_DROP, /* nothing that was not synced is left */
    DISK_CUT_KEEP, /* everything is, as after a mere kill */
    DISK_CUT_TEAR, /* by chance: each change is there, is not, or is in some of its 512-byte sectors
                    */
};
/* The disk after a cut behind the first `steps` changes; a new one, to be freed. */
struct disk_sim *disk_sim_cut(const struct disk_sim *s, int steps, enum disk_cut how,
                              uint64_t seed);
/* From this step on every change is refused; INT_MAX: none. A refused write leaves a part. */
void disk_sim_refuse(struct disk_sim *s, int from_step);
/* The bytes of a file for a test to change, or NULL. */
uint8_t *disk_sim_bytes(struct disk_sim *s, const char *name, size_t *n);

#endif
