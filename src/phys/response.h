/* response: what an energy-integrating scintillator layer does with one photon
 * (doc/physics/response.md). */
#ifndef PHYS_RESPONSE_H
#define PHYS_RESPONSE_H

#include "base/err.h"
#include "base/text.h"
#include "phys/material.h"

#define RESPONSE_POINTS_MAX 512
#define RESPONSE_NODES 72

/* One layer of a detector: a scintillator behind (optionally) inert sheets. Fill in the first
 * group, then call response_prepare; again after every change but that of filters. */
struct response {
    struct material scintillator;
    double thickness_mm;
    double width_mm; /* of a crystal across the fan; 0 = as wide as one likes */
    int n_filters;   /* sheets in front of this layer, e.g. the copper of a sandwich */
    struct material filter[4];
    double filter_mm[4];
    int n_points; /* > 0: a measured table replaces the model */
    double kev[RESPONSE_POINTS_MAX], deposited_kev[RESPONSE_POINTS_MAX];
    /* private, by response_prepare: what becomes of photons born inside, and the K shells */
    int n_nodes;
    double kept[RESPONSE_NODES], kept2[RESPONSE_NODES];
    double k_edge_kev[MATERIAL_ELEMENTS_MAX], k_part[MATERIAL_ELEMENTS_MAX];
};

void response_prepare(struct response *r);
/* A block of a scanner file: scintillator MATERIAL MM [width_mm W], filter MATERIAL MM
 * (repeatable), or table PATH. Prepares. */
int response_read(const struct text *t, const struct text_node *block, const char *folder,
                  struct response *r, struct err *e) MUST_USE;
/* Mean energy deposited (keV) by a photon that arrives in front of the layer's filters, whose path
 * in the layer is `obliquity` >= 1 times its thickness, and the fraction of photons that pass on.
 */
void response_photon(const struct response *r, double kev, double obliquity, double *deposited_kev,
                     double *passed);
/* Mean of the square of the deposited energy (keV^2), for noise: sum of N(E) q2(E). */
double response_square(const struct response *r, double kev, double obliquity);

#endif
