/* scene_place: rotations, and the boxes around placed solids. */
#include "twin/scene_parts.h"

#include "base/num.h"
#include "twin/mesh.h"

#include <math.h>
#include <string.h>

/* Sine and cosine of degrees; exact at multiples of 90, so a turned box keeps its plain faces. */
static void
sin_cos(double deg, double *sine, double *cosine)
{
    static const double exact[4][2] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
    double rest = deg - 360.0 * num_floor(deg / 360.0), quarter = num_floor(rest / 90.0);

    if (rest == 90.0 * quarter) {
        *sine = exact[(int)quarter & 3][0];
        *cosine = exact[(int)quarter & 3][1];
        return;
    }
    *sine = num_sin(rest * (NUM_PI / 180));
    *cosine = num_cos(rest * (NUM_PI / 180));
}

void
scene_turn_mul(const struct scene_turn *a, const struct scene_turn *b, struct scene_turn *out)
{
    struct scene_turn r;

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            r.m[i][j] = a->m[i][0] * b->m[0][j] + a->m[i][1] * b->m[1][j] + a->m[i][2] * b->m[2][j];
    *out = r;
}

void
scene_turn_set(struct scene_turn *turn, const double deg[3])
{
    double s[3], c[3];

    for (int i = 0; i < 3; i++)
        sin_cos(deg[i], &s[i], &c[i]);
    struct scene_turn x = {{{1, 0, 0}, {0, c[0], -s[0]}, {0, s[0], c[0]}}};
    struct scene_turn y = {{{c[1], 0, s[1]}, {0, 1, 0}, {-s[1], 0, c[1]}}};
    struct scene_turn z = {{{c[2], -s[2], 0}, {s[2], c[2], 0}, {0, 0, 1}}};
    scene_turn_mul(&y, &x, turn);
    scene_turn_mul(&z, turn, turn);
}

void
scene_turn_apply(const struct scene_turn *turn, const double in[3], double out[3])
{
    double r[3];

    for (int i = 0; i < 3; i++)
        r[i] = turn->m[i][0] * in[0] + turn->m[i][1] * in[1] + turn->m[i][2] * in[2];
    memcpy(out, r, sizeof r);
}

bool
scene_turn_same(const struct scene_turn *a, const struct scene_turn *b)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            if (a->m[i][j] != b->m[i][j])
                return false;
    return true;
}

void
scene_solid_box(const struct scene_shapes *h, const struct scene_solid *s, double low[3],
                double high[3])
{
    for (int i = 0; i < 3; i++) {
        double u[3] = {0, 0, 0};
        u[i] = -1;
        low[i] = -scene_solid_reach(h, s, u);
        u[i] = 1;
        high[i] = scene_solid_reach(h, s, u);
    }
}
