/* look: see look.h. Colours are made in OKLab (B. Ottosson, 2020), whose lightness and hue are even
 * to the eye, and brought into sRGB (IEC 61966-2-1) by lowering the chroma only. */
#include "stage/look.h"

#include "base/num.h"

#include <math.h>
#include <stddef.h>

#define DARKEST 0.17 /* lightness of the densest: hue can still be seen */
#define FADE 2       /* zeff over which it fades */
#define PALE 0.2     /* contrast that is left to what a picture fades out */

/* Hue and chroma over zeff: straight lines between the points of a palette, eq. (4). */
struct point {
    double zeff, hue_deg, chroma;
};
static const struct point three[] = {{0, 58, 0.165},    {9.2, 58, 0.165}, {11, 142, 0.13},
                                     {16.5, 142, 0.13}, {20, 259, 0.17},  {99, 262, 0.17}};
static const struct point four[] = {{0, 58, 0.165},    {9.2, 58, 0.165}, {11, 142, 0.13},
                                    {16.5, 142, 0.13}, {20, 259, 0.17},  {30, 259, 0.17},
                                    {40, 312, 0.17},   {99, 312, 0.17}};
static const struct point six[] = {{0, 35, 0.17},     {6.4, 35, 0.17},   {7.2, 65, 0.16},
                                   {8.8, 70, 0.16},   {10.2, 108, 0.13}, {12.2, 110, 0.13},
                                   {13.2, 150, 0.13}, {17, 152, 0.13},   {20, 255, 0.17},
                                   {32, 259, 0.17},   {40, 312, 0.17},   {99, 312, 0.17}};
static const struct point safe[] = {{0, 62, 0.165},   {9.2, 62, 0.165}, {11, 62, 0.0},
                                    {16.5, 259, 0.0}, {20, 259, 0.17},  {99, 262, 0.17}};
static const struct point zeff[] = {{0, 20, 0.17},   {6, 35, 0.17},   {8, 90, 0.17},
                                    {13, 145, 0.17}, {18, 200, 0.13}, {26, 259, 0.17},
                                    {50, 310, 0.17}, {82, 350, 0.17}, {99, 360, 0.17}};
static const struct point none[] = {{0, 0, 0}, {99, 0, 0}};

static const struct point *const palettes[LOOK_PALETTES] = {
    [LOOK_THREE] = three, [LOOK_FOUR] = four, [LOOK_SIX] = six,      [LOOK_SAFE] = safe,
    [LOOK_GREY] = none,   [LOOK_HEAT] = none, [LOOK_DENSITY] = none, [LOOK_ZEFF] = zeff};

double
look_kind_zeff(int kind)
{
    return kind <= 48 ? 0.5 * kind : 4.0 * (kind - 42);
}

/* OKLab to linear sRGB, Ottosson's matrices; (cosine, sine) is the direction of the hue. */
static void
to_linear(double lightness, double chroma, const double hue[2], double rgb[3])
{
    double a = chroma * hue[0], b = chroma * hue[1];
    double l = lightness + 0.3963377774 * a + 0.2158037573 * b;
    double m = lightness - 0.1055613458 * a - 0.0638541728 * b;
    double s = lightness - 0.0894841775 * a - 1.2914855480 * b;

    l = l * l * l;
    m = m * m * m;
    s = s * s * s;
    rgb[0] = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
    rgb[1] = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
    rgb[2] = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s;
}

static bool
is_inside(const double rgb[3])
{
    for (int i = 0; i < 3; i++)
        if (rgb[i] < -1e-4 || rgb[i] > 1.0001)
            return false;
    return true;
}

/* Linear light from which on the byte is k + 1 rather than k: sRGB's curve, turned round once. */
struct bytes_of {
    double edge[255];
};

static void
bytes_open(struct bytes_of *t)
{
    for (int k = 0; k < 255; k++) {
        double v = (k + 0.5) / 255;
        t->edge[k] = v <= 0.04045 ? v / 12.92 : num_pow((v + 0.055) / 1.055, 2.4);
    }
}

static uint32_t
to_byte(const struct bytes_of *t, double linear)
{
    uint32_t low = 0, high = 255;

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (linear < t->edge[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static uint32_t
colour_of(const struct bytes_of *t, double lightness, double chroma, double hue_deg)
{
    double rgb[3], low = 0, high = chroma, angle = hue_deg * (NUM_PI / 180);
    const double hue[2] = {num_cos(angle), num_sin(angle)};

    to_linear(lightness, chroma, hue, rgb);
    if (!is_inside(rgb)) {
        for (int i = 0; i < 10; i++) {
            double middle = 0.5 * (low + high);
            to_linear(lightness, middle, hue, rgb);
            if (is_inside(rgb))
                low = middle;
            else
                high = middle;
        }
        to_linear(lightness, low, hue, rgb);
    }
    return to_byte(t, rgb[0]) | to_byte(t, rgb[1]) << 8 | to_byte(t, rgb[2]) << 16 | 0xff000000u;
}

uint32_t
look_colour(double lightness, double chroma, double hue_deg)
{
    struct bytes_of bytes;

    bytes_open(&bytes);
    return colour_of(&bytes, lightness, chroma, hue_deg);
}

/* Eq. (3): 0 at white, 1 at black. */
static double
darkness(const struct look *k, double attenuation)
{
    double x = (attenuation - k->white) / (k->black - k->white);

    x = x < 0 ? 0 : x > 1 ? 1 : x;
    double thin = k->thin * (k->black - k->white);
    return thin < 1e-6 ? x : num_log(1 + thin * x) / num_log(1 + thin);
}

/* 1 up to three quarters of `dense`, 0 from there on. */
static double
hue_left(const struct look *k, double attenuation)
{
    double left = k->dense > 0 ? 4 * (1 - attenuation / k->dense) : 1;

    return left < 0 ? 0 : left > 1 ? 1 : left;
}

static void
hue_of(const struct look *k, double z, double dark, double *hue_deg, double *chroma)
{
    const struct point *p = palettes[k->palette];

    if (k->palette == LOOK_HEAT) {
        *hue_deg = 105 - 165 * dark;
        *chroma = 0.6 * dark < 0.19 ? 0.6 * dark : 0.19;
        return;
    }
    if (k->palette == LOOK_DENSITY) {
        double rise = 6 * dark < 1 ? 6 * dark : 1;
        *hue_deg = dark < 0.5 ? 95 : 262;
        *chroma = 0.16 * rise * fabs(1 - 2 * dark);
        return;
    }
    while (p[1].zeff < z)
        p++;
    double part = (z - p[0].zeff) / (p[1].zeff - p[0].zeff);
    *hue_deg = p[0].hue_deg + part * (p[1].hue_deg - p[0].hue_deg);
    *chroma = z > 0 ? p[0].chroma + part * (p[1].chroma - p[0].chroma) : 0;
}

/* How far zeff lies outside of what the look keeps: 0 inside, 1 from FADE beyond on. What is not
 * known is never hidden. */
static double
fading(const struct look *k, double z)
{
    double off = z <= 0             ? 0
                 : z < k->kind_low  ? k->kind_low - z
                 : z > k->kind_high ? z - k->kind_high
                                    : 0;

    return off < FADE ? off / FADE : 1;
}

static uint32_t
cell(const struct look *k, const struct bytes_of *t, double attenuation, double z)
{
    double dark = darkness(k, attenuation), hue, chroma;

    hue_of(k, z, dark, &hue, &chroma);
    chroma *= hue_left(k, attenuation);
    if (k->palette == LOOK_ZEFF)
        dark = z > 0 ? (8 * dark < 1 ? 8 * dark : 1) * (0.28 + 0.25 * dark) : 0.2 * dark;
    double fade = fading(k, z);
    dark *= 1 - fade * (1 - PALE);
    chroma *= 1 - fade;
    double lightness = 1 - dark * (1 - DARKEST);
    if (k->inverse)
        lightness = DARKEST + 1 - lightness;
    return colour_of(t, lightness, chroma, hue);
}

void
look_table(const struct look *k, double range, uint32_t table[LOOK_KINDS * LOOK_LEVELS])
{
    struct bytes_of bytes;

    bytes_open(&bytes);
    for (int kind = 0; kind < LOOK_KINDS; kind++)
        for (int level = 0; level < LOOK_LEVELS; level++) {
            double root = (double)level / (LOOK_LEVELS - 1);
            double attenuation = root * root * range;
            table[kind * LOOK_LEVELS + level] = cell(k, &bytes, attenuation, look_kind_zeff(kind));
        }
}
