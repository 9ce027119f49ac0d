/* bench_scan: a synthetic cabinet scan and its calibration, made in memory, for the benchmark. */
#ifndef CMD_BENCH_SCAN_H
#define CMD_BENCH_SCAN_H

#include "tape/tape.h"

#define BENCH_PIXELS 1024

/* One view, two energies, a line every 0.8 mm, boxes of several thicknesses; sealed. */
struct tape *bench_raw(int32_t lines);
/* The same planes without lines. */
struct tape *bench_empty(int32_t lines);
/* Line i of `from` arrives in `to` with the time of now. */
void bench_feed(struct tape *to, const struct tape *from, int32_t i);
struct tape *bench_calib(void);

#endif
