/* detector: one physical array of pixels and everything that is wrong with it
 * (doc/physics/twin.md, section 4). Its imperfections are functions of the machine's seed: every
 * scan of the same machine sees the same pixels. */
#ifndef TWIN_DETECTOR_H
#define TWIN_DETECTOR_H

#include "base/arena.h"
#include "twin/pixels.h"

#define DETECTOR_COUNTS_MAX 1048575 /* 20 bits */

enum detector_defect { DEFECT_NONE, DEFECT_DEAD, DEFECT_HOT, DEFECT_DRIFTING };

struct detector {
    const struct scanner *scanner;
    int pixels, cols; /* cols: distance of pixels in neighbouring rows of a panel; 0 = one row */
    unsigned sub;     /* view and energy: sub-stream of its random numbers */
    uint64_t seed;    /* of the scan */
    float *gain;      /* counts per keV, machine temperature 25 C, new */
    float *gain_per_c, *gain_per_day;
    float *offset, *dark_s; /* counts; counts per second at 25 C */
    float *left, *right;    /* share of the light that goes to the neighbour; 0 at module ends */
    float *up, *down;       /* ... in the row before and after; NULL: there is one row */
    float *lag_scale;       /* of the common fractions */
    uint8_t *defect;        /* enum detector_defect */
    float *phase;           /* of drifting pixels */
    float *state;           /* [lags][pixels] keV */
    struct arena arena;
};

/* The array of (view, energy) of a machine; energy 0 for interlaced sources. counts_per_kev is its
 * nominal gain. */
struct detector *detector_new(const struct scanner *s, int view, int energy, double counts_per_kev,
                              uint64_t machine, uint64_t seed);
void detector_free(struct detector *d); /* takes NULL */

/* Conditions during one line. */
struct detector_line {
    uint64_t index; /* of the line: keys the random numbers of the read-out */
    double celsius, days;
    double seconds;                 /* exposure: dark current collects that long */
    double decay[SCANNER_LAGS_MAX]; /* of the afterglow since the line before */
    double t_s;
};

/* Photon noise of one sample with the given mean and variance (keV, keV^2): Poisson where few
 * quanta arrive, Gaussian of the exact variance where many do. */
float detector_quantum(const struct detector *d, uint64_t line, int pixel, double kev,
                       double square);
/* out[i] for pixels [begin, end) of the light that in[] makes, before crosstalk. */
void detector_crosstalk(const struct detector *d, const float *in, float *out, int begin, int end);
/* Afterglow: turns kev[begin .. end) into what shines in this line; carries the state. */
void detector_lag(struct detector *d, const struct detector_line *line, float *kev, int begin,
                  int end);
/* Puts the afterglow where a long exposure to kev[] would have it. */
void detector_settle(struct detector *d, const float *kev);
/* Gain, dark current, read-out noise, defects, and the converter. */
void detector_read(const struct detector *d, const struct detector_line *line, const float *kev,
                   uint32_t *counts, int begin, int end);

#endif
