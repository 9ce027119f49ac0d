/* decomposition: the look-up tables that turn a pair of attenuations into areal density and
 * effective atomic number, as they stand in a calibration (doc/physics/decomposition.md,
 * equations 9 to 12). Plane DECOMPOSITION of energy 0 holds cells, of energy 1 the ranges of the
 * material groups. */
#ifndef STAGE_DECOMPOSITION_H
#define STAGE_DECOMPOSITION_H

#include "tape/tape.h"

#define DECOMPOSITION_VERSION 1
#define DECOMPOSITION_NODES_MAX 32
#define DECOMPOSITION_SIDE_MAX 1024
#define DECOMPOSITION_UNKNOWN 99.0f /* sigma of what cannot be known */
/* Near the turning point all one knows is that Z lies beyond: from here on zeff has at most the
 * deviation of a number that may be anywhere from 26 to 60 (MeV: 34 to 92). */
#define DECOMPOSITION_BEYOND_FROM 26
#define DECOMPOSITION_BEYOND_SIGMA_KV 9.8f
#define DECOMPOSITION_BEYOND_SIGMA_MEV 16.7f
#define DECOMPOSITION_DENSE 10.0f /* g/cm2; thinner, MeV pairs never name high-Z */

/* Line 0 of the cells: these floats, then the nodes' places (fractional pixels). */
enum decomposition_head {
    HEAD_VERSION,
    HEAD_NODES, /* tables along the array */
    HEAD_NX,    /* columns: sqrt of the high channel's attenuation, from 0 */
    HEAD_NY,    /* rows of the pair coordinate y */
    HEAD_A_MAX, /* attenuation of the last column */
    HEAD_Y_MIN,
    HEAD_Y_MAX,
    HEAD_BEND, /* k of y = (low / high - 1) (1 + k high) */
    HEAD_MEV,  /* 1 = interlaced linac energies */
    HEAD_PLACES = 16
};
/* Line 1 + node * nx + column: ny cells of four floats. */
enum decomposition_cell {
    CELL_DENSITY, /* g/cm2 over the high channel's attenuation */
    CELL_ZEFF,    /* effective atomic number */
    CELL_SIGMA,   /* its standard uncertainty in one line of one pixel */
    CELL_SIGMA_Y, /* that of y */
    CELL_SIZE
};
/* Line node * nx + column of energy 1: lowest and highest y of every group; lowest above highest
 * where the group is not to be named. */
enum decomposition_group { GROUP_ORGANIC, GROUP_ALUMINIUM, GROUP_STEEL, GROUP_HIGH_Z, GROUPS };
/* Effective atomic numbers at which the groups begin. */
#define DECOMPOSITION_GROUP_Z                                                                      \
    {                                                                                              \
        1, 10, 18, 34, 92                                                                          \
    }

struct decomposition {
    int nodes, nx, ny;
    bool mev;
    float a_max, y_min, y_max, bend;
    float place[DECOMPOSITION_NODES_MAX]; /* ascending */
    const struct tape *tape;
    int cells, ranges; /* planes */
};

/* Finds and checks the tables of a view; everything in the tape is hostile. */
int decomposition_open(const struct tape *calib, int view, struct decomposition *d,
                       struct err *e) MUST_USE;
/* Lines of cells: ny x CELL_SIZE floats; of ranges: GROUPS x 2. */
const float *decomposition_cells(const struct decomposition *d, int node, int column);
const float *decomposition_ranges(const struct decomposition *d, int node, int column);

#endif
