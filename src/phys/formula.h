/* formula: chemical formulas from outside. C6H12O6, Ca(OH)2, Fe0.7Ni0.3, with () and []; or a
 * mixture of formulas, each followed by its parts by mass: "SiO2 73 Na2O 14 CaO 13". */
#ifndef PHYS_FORMULA_H
#define PHYS_FORMULA_H

#include "base/err.h"
#include "phys/xs.h"

#include <stddef.h>

#define FORMULA_LENGTH_MAX 200
#define FORMULA_DEPTH_MAX 16
#define FORMULA_COUNT_MAX 1e6

/* Mass fractions by atomic number (sum 1) of the n characters at `text`. */
int formula_read(const char *text, size_t n, double weight[XS_Z_MAX + 1], struct err *e) MUST_USE;

#endif
