/* noise: see noise.h. Eq. (11) of doc/physics/radiograph.md. */
#include "stage/noise.h"

#include <math.h>

/* The calibrated pixel under each row of `like`. */
static int
row_pixels(struct stage_run *r, const struct plane_spec *like, int32_t pixels, int32_t *pixel,
           struct err *e)
{
    int32_t n = like->rows * like->cols;
    const float *source;

    for (int32_t i = 0; i < n; i++)
        pixel[i] = i < pixels ? i : pixels - 1;
    if (n == pixels)
        return 0;
    if (stage_calib(r, Q_ROW_SOURCE, -1, like, 1, -1, &source, e) != 0)
        return -1;
    for (int32_t i = 0, last = 0; i < n; i++) {
        if (source[i] >= 0)
            last = (int32_t)(source[i] + 0.5f);
        pixel[i] = last < pixels ? last : pixels - 1;
    }
    return 0;
}

int
stage_noise(struct stage_run *r, int energy, const struct plane_spec *like,
            struct stage_noise *noise, struct err *e)
{
    int32_t n = like->rows * like->cols;
    float *dark_rel = arena_zero(r->arena, (size_t)n, sizeof *dark_rel);
    float *air_rel = arena_zero(r->arena, (size_t)n, sizeof *air_rel);
    int plane = r->calib == NULL ? -1 : tape_find(r->calib, Q_AIR, r->view, energy);

    noise->dark = dark_rel;
    noise->air = air_rel;
    if (plane < 0)
        return 0;
    const struct plane_spec *spec = tape_plane(r->calib, plane);
    int32_t pixels = spec->rows * spec->cols;
    int32_t *pixel = arena_zero(r->arena, (size_t)n, sizeof *pixel);
    const float *air, *dark_sigma, *air_sigma;
    if (stage_calib(r, Q_AIR, energy, spec, 1, -1, &air, e) != 0 ||
        stage_calib(r, Q_NOISE, energy, spec, 1, 0, &dark_sigma, e) != 0 ||
        stage_calib(r, Q_AIR_NOISE, energy, spec, 1, 0, &air_sigma, e) != 0 ||
        row_pixels(r, like, pixels, pixel, e) != 0)
        return -1;
    for (int32_t i = 0; i < n; i++) {
        int32_t p = pixel[i];
        if (air[p] < 1.0f)
            continue;
        float photons = air_sigma[p] * air_sigma[p] - dark_sigma[p] * dark_sigma[p];
        dark_rel[i] = dark_sigma[p] / air[p];
        air_rel[i] = photons > 0 ? sqrtf(photons) / air[p] : 0;
    }
    return 0;
}

int
stage_noise_squared(struct stage_run *r, int energy, const struct plane_spec *like,
                    const float **dark2, const float **air2, struct err *e)
{
    struct stage_noise noise;
    int32_t n = like->rows * like->cols;

    if (stage_noise(r, energy, like, &noise, e) != 0)
        return -1;
    float *dark = arena_zero(r->arena, (size_t)n, sizeof *dark);
    float *air = arena_zero(r->arena, (size_t)n, sizeof *air);
    for (int32_t i = 0; i < n; i++) {
        dark[i] = noise.dark[i] * noise.dark[i];
        air[i] = noise.air[i] * noise.air[i];
    }
    *dark2 = dark;
    *air2 = air;
    return 0;
}
