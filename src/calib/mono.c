/* mono: see mono.h. For every attenuation u of the high channel the curve of all fictitious
 * elements is computed: how much of each gives u, what the low channel then sees, and what the two
 * single energies see. Along it v = low - high rises; it is inverted on the rows, and goes on
 * straight beyond its ends: noise must not be bent. */
#include "calib/mono.h"

#include "base/arena.h"
#include "phys/zeff.h"

#define U_MAX 10.0
#define V_MAX 8.0
#define Z_FIRST 2
#define Z_LAST 42 /* beyond, v hardly rises any more before it turns */
#define Z_THIN 6  /* two elements that tell how the table begins at nothing */
#define Z_THICK 13
#define Z_IRON 26
#define SECANT 4.0 /* atomic numbers over which a curve's end slope is taken */

static const double kev[2] = {50, 80};

struct build {
    const struct fit *fit;
    const struct dual_mu *mu;
    double electron[2][TABLE_Z]; /* cm2 per mol of electrons at the single energies */
    float *cells;
};

struct curve {
    int n;
    double z[TABLE_Z], v[TABLE_Z], a[2][TABLE_Z];
};

/* What becomes of element i of the grid where the high channel sees u; ends where v turns. */
static void
make_curve(const struct build *b, double u, struct curve *c)
{
    const struct fit *f = b->fit;

    c->n = 0;
    for (int i = 0; i < TABLE_Z; i++) {
        double z = table_z(i), slope, unused;
        if (z < Z_FIRST || z > Z_LAST)
            continue;
        dual_attenuation(&f->dual, 1, &b->mu[i], 0, &slope);
        double t = table_solve(f, &b->mu[i], z, u, u / slope);
        double low =
            fit_correct(f, 0, z, dual_attenuation(&f->dual, 0, &b->mu[i], t, NULL), &unused);
        if (c->n > 0 && !(low - u > c->v[c->n - 1]))
            return;
        c->z[c->n] = z;
        c->v[c->n] = low - u;
        for (int k = 0; k < 2; k++)
            c->a[k][c->n] = t * b->electron[k][i];
        c->n++;
    }
}

/* Piece [i, i + 1) of the curve for v, or the secant over its end. */
static double
on_curve(const struct curve *c, const double *a, double v)
{
    int i = 0, j = c->n - 1;

    if (v <= c->v[0]) {
        for (j = 1; j < c->n - 1 && c->z[j] < c->z[0] + SECANT; j++)
            ;
        return a[0] + (a[j] - a[0]) / (c->v[j] - c->v[0]) * (v - c->v[0]);
    }
    if (v >= c->v[j]) {
        for (i = j - 1; i > 0 && c->z[i] > c->z[j] - SECANT; i--)
            ;
        return a[j] + (a[j] - a[i]) / (c->v[j] - c->v[i]) * (v - c->v[j]);
    }
    while (c->v[i + 1] < v)
        i++;
    return a[i] + (a[i + 1] - a[i]) / (c->v[i + 1] - c->v[i]) * (v - c->v[i]);
}

/* Equation 30 at nothing: the plane through two thin elements, of which u = 0 keeps what v adds. */
static void
fill_thin(const struct build *b)
{
    struct curve *c = mem_zero(1, sizeof *c);
    const double u = 1e-3;
    int thin = 0, thick = 0;

    make_curve(b, u, c);
    for (int i = 0; i < c->n; i++) {
        thin = c->z[i] <= Z_THIN ? i : thin;
        thick = c->z[i] <= Z_THICK ? i : thick;
    }
    for (int k = 0; k < 2; k++) {
        double slope = (c->a[k][thick] - c->a[k][thin]) / (c->v[thick] - c->v[thin]);
        for (int row = 0; row < MONO_SIDE_V; row++)
            b->cells[(MONO_SIDE_V + row) * 2 + k] =
                (float)(slope * V_MAX * row / (MONO_SIDE_V - 1));
    }
    mem_free(c);
}

static void
fill_lines(void *arg, int begin, int end)
{
    const struct build *b = arg;
    struct curve *c = mem_zero(1, sizeof *c);

    for (int line = begin; line < end; line++) {
        float *out = b->cells + (size_t)(1 + line) * MONO_SIDE_V * 2;
        make_curve(b, U_MAX * line / (MONO_SIDE_U - 1), c);
        for (int row = 0; row < MONO_SIDE_V; row++)
            for (int k = 0; k < 2; k++)
                out[2 * row + k] = (float)on_curve(c, c->a[k], V_MAX * row / (MONO_SIDE_V - 1));
        int iron = c->n - 1; /* or the heaviest that can be told */
        while (iron > 0 && c->z[iron] > Z_IRON)
            iron--;
        b->cells[MONO_IRON + line] = (float)c->v[iron];
    }
    mem_free(c);
}

void
mono_fill(const struct fit *fit, const struct dual_mu *mu, struct par *pool, float *cells)
{
    struct build b = {.fit = fit, .mu = mu, .cells = cells};

    for (int k = 0; k < 2; k++)
        for (int i = 0; i < TABLE_Z; i++)
            b.electron[k][i] = zeff_electron_total(table_z(i), kev[k]);
    cells[MONO_VERSION] = MONOCHROME_VERSION;
    cells[MONO_NU] = MONO_SIDE_U;
    cells[MONO_NV] = MONO_SIDE_V;
    cells[MONO_U_MAX] = (float)U_MAX;
    cells[MONO_V_MAX] = (float)V_MAX;
    for (int k = 0; k < 2; k++)
        cells[MONO_KEV + k] = (float)kev[k];
    fill_thin(&b);
    par_for(pool, 1, MONO_SIDE_U, 4, fill_lines, &b);
}
