/* machine: source and detector of a dual-energy machine, read from the scanner block that its scans
 * carry (doc/format/scanner.md). */
#ifndef CALIB_MACHINE_H
#define CALIB_MACHINE_H

#include "base/text.h"
#include "phys/response.h"
#include "phys/spectrum.h"

#define MACHINE_MEV_KEV 1000 /* spectra that reach beyond this are a linac's */

/* Index 0 = low, 1 = high energy. A sandwich has one spectrum and two layers, an interlaced source
 * two spectra and one layer: then both entries hold the same. */
struct machine {
    bool mev;
    struct spectrum spectrum[2];
    struct response response[2];
};

/* `scanner` is the block of that name. Returns 1, or 0 when the machine has only one energy, which
 * both entries then hold. */
int machine_read(const struct text *t, const struct text_node *scanner, const char *folder,
                 struct machine *m, struct err *e) MUST_USE;

#endif
