/* material: what things are made of. Named materials stand in material.def (name, density,
 * composition, English and Dutch title); elements and chemical formulas need no entry. */
#ifndef PHYS_MATERIAL_H
#define PHYS_MATERIAL_H

#include "base/err.h"
#include "phys/xs.h"

#define MATERIAL_ELEMENTS_MAX 24
#define MATERIAL_NAME_MAX 64

enum material_class {
    MATERIAL_ORGANIC, /* Zeff below 10 */
    MATERIAL_MIXED,   /* 10 to 18: light metals, salts, glass */
    MATERIAL_METAL,   /* 18 to 34: steel, copper */
    MATERIAL_HEAVY,   /* above 34: silver to uranium */
};

struct material {
    char name[MATERIAL_NAME_MAX];
    double density_g_cm3; /* > 0 */
    int n;                /* elements */
    int z[MATERIAL_ELEMENTS_MAX];
    double weight[MATERIAL_ELEMENTS_MAX]; /* mass fractions, sum 1 */
};

/* `what` is a name of material.def (steel), an element (Fe), a formula (C6H12O6, Ca(OH)2) or a
 * mixture by mass ("H2O 90 NaCl 10"); "@2.5" at its end sets the density in g/cm3. A formula or
 * mixture needs it. Errors: ERR_INPUT naming `what` and the nearest known name. `name` gets what
 * stands before the "@". */
int material_find(const char *what, struct material *m, struct err *e) MUST_USE;
/* As material_find, but a missing density is no error: 0 is returned in density_g_cm3. */
int material_find_any_density(const char *what, struct material *m, struct err *e) MUST_USE;
/* Mass coefficients in cm2/g, by the mixture rule. */
void material_mu(const struct material *m, double kev, double cm2_g[XS_PROCESSES]);
double material_mu_total(const struct material *m, double kev);
double material_electrons_mol_g(const struct material *m); /* Z/A: electrons, mol per gram */
/* Effective atomic number by the project's one definition (doc/physics/zeff.md, equation 1). */
double material_zeff(const struct material *m);
/* The named materials in the order of material.def. */
int material_count(void);
const char *material_name(int i);
const char *material_title(int i, int dutch);
enum material_class material_class(double zeff);
enum material_class material_class_of(int i); /* about a millisecond: computes material_zeff */

#endif
