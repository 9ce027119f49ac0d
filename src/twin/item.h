/* item: makes random, realistic items (bags, parcels, containers, lorries) as scene text (scene.h),
 * with ground truth: each thing is a group with a `label KIND` line, each hidden thing one with a
 * `threat KIND` line. Same kind, seed and options: same bytes, on every machine.
 * doc/format/item.md.
 *
 * The item rests at z >= 0, spans x = 0 .. its length, and is centred on y = 0; a vehicle drives
 * towards +x. */
#ifndef TWIN_ITEM_H
#define TWIN_ITEM_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ITEM_HIDE_MAX 8
#define ITEM_NAME_MAX 64

struct item_options {
    const char *hide; /* NULL or "none"; "random"; or names of threats: "pistol,knife" */
};

struct item_text {
    char *bytes; /* terminated */
    size_t n;
};

/* `kind` is a name that item_kind gives ("suitcase", "container-40-fruit"), or a vehicle without
 * its load ("container-40": a random load). Errors (ERR_INPUT) name the unknown word and the
 * nearest known one, or a threat that does not fit. */
int item_write(const char *kind, uint64_t seed, const struct item_options *options,
               struct item_text *out, struct err *e) MUST_USE;
void item_text_free(struct item_text *t); /* takes an empty one */

/* The lists, for --list and tests: 0 <= i; false past the end. */
struct item_row {
    char name[ITEM_NAME_MAX];
    const char *english, *dutch;
};
bool item_kind(int i, struct item_row *row);   /* bags, parcels, vehicles, and vehicle-load */
bool item_threat(int i, struct item_row *row); /* what can be hidden */

#endif
