/* types: what kernels share. A kernel is plain C over restrict pointers and counts: no libm, no
 * allocation, no branches on data that the compiler could not turn into selects. Each file is
 * compiled once per CPU level (x86-64-v1, v3, v4); all levels give the same bits. */
#ifndef KERN_TYPES_H
#define KERN_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* KERN(name) is the symbol of this level: name_v1, name_v3, name_v4. */
#ifndef KERN_LEVEL
#define KERN_LEVEL v1
#endif
#define KERN_PASTE2(name_, level_) name_##_##level_
#define KERN_PASTE(name_, level_) KERN_PASTE2(name_, level_)
#define KERN(name_) KERN_PASTE(name_, KERN_LEVEL)

/* In front of a loop whose turns do not depend on each other, where the compiler cannot see that.
 */
#ifdef __clang__
#define KERN_LOOP _Pragma("clang loop vectorize(assume_safety)")
#else
#define KERN_LOOP _Pragma("GCC ivdep")
#endif

/* The same pointer, about which the compiler knows nothing: otherwise clang carries in[i + 1] over
 * to the next turn as a scalar and then finds that it cannot make vectors of the loop. */
static inline const float *
kern_apart(const float *p)
{
    __asm__("" : "+r"(p));
    return p;
}

/* How one row of counts becomes a signal: see kern_signal. All arrays have one entry per pixel. */
struct kern_gain {
    const float *dark, *gain; /* counts; 1 / air counts, 0 for a pixel that sees nothing */
    const uint8_t *bad;       /* MASK_* bits of the pixel */
    uint32_t full;            /* counts from here on are saturated */
};

/* Afterglow in `parts` components: see kern_lag. The arrays have one entry per pixel. */
#define KERN_LAGS_MAX 4
struct kern_lag {
    int parts;
    float decay[KERN_LAGS_MAX];         /* per line, in [0, 1) */
    const float *weight[KERN_LAGS_MAX]; /* fraction of the light that comes late, times decay */
    const float *inverse;               /* 1 / (1 - sum of the weights) */
    const float *scale, *unscale;       /* to common light units and back; NULL = one energy */
    int hold;                           /* this line leaves the state as it was */
};

/* What an item scatters onto a line: see kern_scatter. */
#define KERN_SCATTER_CELLS 64
struct kern_scatter {
    int cells, step;   /* of so many pixels each, a multiple of 8; the last may be shorter */
    float bend;        /* how a source grows with its attenuation */
    const float *send; /* [cells][KERN_SCATTER_CELLS]: from a cell of source 1 to the middle of one;
                        * 0 beyond the last */
};

/* Noise of row i of energy k: variance of the attenuation = (dark2 / t + air2) / t, t = exp(-a). */
struct kern_denoise {
    const float *dark2[2], *air2[2];
    float reach; /* differences count up to this many variances (squared sigmas, summed) */
};

/* How attenuation becomes colour: see kern_shade and kern_paint. */
#define KERN_LOOK_LEVELS 512
#define KERN_LOOK_KINDS 64
#define KERN_LOOK_HATCH 8
struct kern_look {
    float weight_low, weight_high, top; /* level = sqrt(weighted attenuation), at most top */
    float sure;                         /* zeff with a larger sigma is not known */
    uint8_t starved, lost;              /* mask bits that are hatched; lost wins */
    const uint32_t *table;              /* KERN_LOOK_KINDS x KERN_LOOK_LEVELS colours */
    uint32_t hatch_starved[KERN_LOOK_HATCH], hatch_lost[KERN_LOOK_HATCH];
};

/* Tables of the decomposition: see kern_material. */
struct kern_material {
    const float *cells;    /* 4 floats each, aligned to 16: [node][column][row] */
    int32_t columns, rows; /* of one node */
    uint32_t stride;       /* cells from a node to the next; 0 = there is only one */
    const uint32_t *node;  /* per element: first cell of the node before it */
    const float *weight;   /* per element: share of the next node, may be outside of 0 to 1 */
    float x_scale, y_zero, y_scale, bend;
    float thin; /* g/cm2 below which nothing is said about the material */
    float sigma_limit;
    float beyond_from, beyond_sigma; /* zeff above that is never less sure than this */
    uint8_t unknown;                 /* mask bits that make the material unknown */
};

/* Which neighbours share their ratio of attenuations: see kern_ratio. Lines and rows come with
 * `radius` of padding on either side. */
#define KERN_RATIO_RADIUS 4
#define KERN_RATIO_BLOCK 256
struct kern_ratio {
    int radius;               /* even */
    float reach, reach_share; /* alike: within reach + reach_share * attenuation */
    float least;              /* sum of attenuations below which nothing is said */
};

/* Noisy pairs that are averaged over alike neighbours: see kern_steady. */
#define KERN_STEADY_RADIUS 4
#define KERN_STEADY_PART 32 /* elements that are left alone together when none of them is noisy */
struct kern_steady {
    const float *dark2, *air2; /* of the low energy, as in kern_denoise, one per element */
    const float *low_from;     /* per element: low attenuation above which averaging sets in */
    float per_from;            /* 1 / variance of a raw sample there */
    float bend;                /* as in kern_material */
    float reach, reach_share;  /* alike: the high attenuation within reach + share of it ... */
    float sigmas2;             /* ... and y within so many variances of a raw sample */
    float noise;               /* what denoising leaves, over raw samples */
};

/* Rows convolved through a Fourier transform: see kern_convolve. */
#define KERN_LANES 16
struct kern_convolve {
    int32_t n;            /* complex points: a power of two, 4 or more; rows have up to n samples */
    const float *twiddle; /* one pass after the other, quarter by quarter: 6 floats each */
    const float *response; /* per frequency 0 .. n / 2: sum, difference, cosine, sine */
    const int32_t *place;  /* where the transform leaves frequency 0 .. n */
};

/* How one line of voxels is seen in one view: see kern_ct_aim. */
struct kern_ct_aim {
    float first;               /* index of the first voxel asked for */
    float across, across_step; /* of voxel i: across + i * across_step; columns x depth, or mm */
    float depth, depth_step;   /* along the beam from the source, mm; parallel: 1 and 0 */
    float source;              /* distance of which the weight is 1, mm; parallel: 1 */
    float axis, last;          /* column of the axis in the padded data; columns + 1 */
    float arc;                 /* columns per rad of a curved detector; 0 = flat */
    float row_axis, row_zero,
        row_step; /* padded row = row_axis + (row_zero + k row_step) / depth */
};

/* Padded data of some views and where each voxel of a line finds its own: see kern_ct_stack and
 * kern_ct_cone. Arrays have `pitch` entries per view. */
struct kern_ct_rays {
    int32_t views;
    size_t pitch;
    const float *const *data;    /* per view: column after column */
    size_t stride;               /* floats from a column to the next */
    const int32_t *column;       /* the nearer column */
    const float *near, *far;     /* weights of that and of the next */
    const float *row, *row_step; /* cone: row of slice 0, rows per slice */
    float first_slice, last_row; /* cone: of sum[0]; rows + 1 */
    int32_t base;                /* cone: padded row of the first value of a column */
};

/* Where the voxels of a line are seen in a parallel view of a helical scan: see kern_helix_aim. */
struct kern_helix_aim {
    float across, across_step;  /* of voxel i from the axis, columns */
    float along, along_step;    /* towards the detector, mm */
    float source2, pitch2;      /* squares of source to axis and of a column, mm2 */
    float axis, last;           /* column of the axis; columns + 1 */
    float row_axis, row_per_mm; /* padded row = row_axis + row_per_mm * height / distance */
    float first_mm, slice_mm;   /* z of slice 0, from slice to slice */
    const float *z;             /* of the source, per column, mm */
    int32_t cols;
};

/* The views that see one direction half turns apart, and where each voxel of a line finds its own:
 * see kern_helix. Arrays have `pitch` entries per view. */
#define KERN_HELIX_VIEWS 12
struct kern_helix {
    int32_t views;
    size_t pitch;
    const float *const *data;    /* per view: column after column, rows padded by one */
    size_t stride;               /* floats from a column to the next */
    const int32_t *column;       /* the nearer column */
    const float *near, *far;     /* weights of that and of the next */
    const float *row, *row_step; /* padded row of slice 0, rows per slice */
    float first_slice, last_row; /* of sum[0]; rows + 1 */
    float middle, edge, ramp;    /* a row counts min(1, (edge - |row - middle|) * ramp) */
};

/* One line of voxels under the rays of one view that cross it: see kern_ct_forward. The edges of
 * ray c's strip cross the line at base + at * slope of [c] and [c + 1], in voxels from its start;
 * they grow with c. */
#define KERN_CT_ROOM 8192 /* slices or rows of a column, at most */
#define KERN_CT_STEP 60   /* slices in a row or rows in a slice, at most */
struct kern_ct_line {
    const float *base, *slope; /* rays + 1 of each */
    const float *length;       /* of a ray from line to line, mm */
    int32_t rays, size;        /* size: voxels of the line */
    float at;
    ptrdiff_t voxel, ray; /* floats from one voxel, or ray, to the next */
};

/* What a cone adds to it. Row r of ray c begins foot + away * (r - axis) * rise[c] slices up. */
struct kern_ct_cone {
    const float *rise;
    const float *slant; /* of ray 0: length of a ray over that of the one in the source's plane,
                         * one per row; as far apart as the rays are */
    float foot, away, axis;
    int32_t rows, slices;
};

#endif
