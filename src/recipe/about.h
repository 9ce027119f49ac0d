/* about: what the output tape says about where it comes from. Private to the engine. */
#ifndef RECIPE_ABOUT_H
#define RECIPE_ABOUT_H

#include "recipe/bind.h"

/* The input's own text, and the recipe with every parameter written out, so that a later default
 * cannot change what this tape was made with. Memory of the recipe's arena. */
const char *recipe_about(struct recipe *r, const char *name);

#endif
