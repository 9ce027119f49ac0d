/* look: how attenuation and effective atomic number become a colour on a white ground. A table of
 * levels x kinds is made once, at open; doc/physics/display.md has the equations. The same numbers
 * give the same colour in every picture: nothing here looks at the picture. */
#ifndef STAGE_LOOK_H
#define STAGE_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#define LOOK_LEVELS 512 /* level = sqrt(attenuation / black) * (LOOK_LEVELS - 1), eq. (1) */
#define LOOK_KINDS 64   /* kind = min(2 zeff, 42 + zeff / 4); 0 = not known, eq. (2) */

#define LOOK_DENSE 6.5 /* standard `dense`: scatter and noise decide what lies beyond */

#define LOOK_SURE 4 /* still tells organic from metal */

enum look_palette {
    LOOK_THREE,   /* orange organic, green mixed, blue metal: the standard picture */
    LOOK_FOUR,    /* and violet from zeff 35 on */
    LOOK_SIX,     /* six bins of zeff */
    LOOK_SAFE,    /* orange, grey, blue: for every kind of colour vision */
    LOOK_GREY,    /* no hue */
    LOOK_HEAT,    /* hue from the level alone: yellow, red, violet, black */
    LOOK_DENSITY, /* hue from the level alone: white, yellow, grey, blue: for all colour vision */
    LOOK_ZEFF,    /* hue from zeff alone, nearly even lightness */
    LOOK_PALETTES
};

struct look {
    enum look_palette palette;
    double white, black; /* attenuation at which the picture is white, and darkest; white < black */
    double thin;  /* 0 = lightness falls evenly; more gives thin things more of it, eq. (3) */
    double dense; /* attenuation at which hue has faded to none: too little tells, eq. (4) */
    double sure;  /* zeff with a larger standard uncertainty has no hue; 0 = LOOK_SURE */
    double kind_low,
        kind_high; /* zeff in here keeps its colour, all else becomes pale grey; 0 99 */
    bool inverse;  /* dark ground */
};

/* Fills table[kind * LOOK_LEVELS + level], R in the low byte, opaque. Level LOOK_LEVELS - 1 is
 * attenuation `range` (>= look->black). */
void look_table(const struct look *look, double range, uint32_t table[LOOK_KINDS * LOOK_LEVELS]);
/* The zeff in the middle of a kind; 0 for kind 0. */
double look_kind_zeff(int kind);
/* One colour: lightness and chroma of OKLab (0 .. 1, 0 .. 0.4), hue in degrees; chroma is lowered
 * until sRGB has the colour. */
uint32_t look_colour(double lightness, double chroma, double hue_deg);

#endif
