/* spectrum: photon spectra of tungsten tubes and of linac bremsstrahlung, filters, half-value
 * layers. Models and sources: doc/physics/spectra.md. */
#ifndef PHYS_SPECTRUM_H
#define PHYS_SPECTRUM_H

#include "base/err.h"
#include "base/text.h"
#include "phys/material.h"

#define SPECTRUM_BINS_MAX 512

/* Bins in ascending energy. `photons` is fluence at 1 m in photons / mm2 per mAs (tube) or per
 * micro-coulomb of electrons on target (linac); a loaded spectrum has whatever scale its file has.
 */
struct spectrum {
    int n;
    double kev[SPECTRUM_BINS_MAX];   /* bin centres */
    double width[SPECTRUM_BINS_MAX]; /* bin widths in keV */
    double photons[SPECTRUM_BINS_MAX];
};

/* Tungsten reflection target; 40 <= kv <= 320, 5 <= anode_deg <= 45, no filter but the target. */
int spectrum_tube(double kv, double anode_deg, struct spectrum *s, struct err *e) MUST_USE;
/* Thick tungsten transmission target, forward direction; 2 <= mev <= 10. */
int spectrum_linac(double mev, struct spectrum *s, struct err *e) MUST_USE;
/* Two columns "keV photons" ascending, # comments; bin edges halfway. */
int spectrum_load(const char *path, struct spectrum *s, struct err *e) MUST_USE;
/* The same from memory; `name` is for messages. */
int spectrum_parse(const char *name, const char *text, size_t n, struct spectrum *s,
                   struct err *e) MUST_USE;
/* A block of a scanner file, words: tube_kv KV [anode_deg A] | linac_mev E | file PATH, then any
 * number of: filter MATERIAL MM. `folder` is where a relative PATH starts. */
int spectrum_read(const struct text *t, const struct text_node *block, const char *folder,
                  struct spectrum *s, struct err *e) MUST_USE;
void spectrum_filter(struct spectrum *s, const struct material *m, double mm);
/* Merges neighbouring bins until at most `bins` remain, keeping photons and energy. */
void spectrum_merge(struct spectrum *s, int bins);
double spectrum_mean_kev(const struct spectrum *s);
/* Half-value layer in mm of `m` of air kerma (narrow beam). */
double spectrum_half_value_mm(const struct spectrum *s, const struct material *m);

#endif
