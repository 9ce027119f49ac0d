/* fit: see fit.h. Levenberg-Marquardt with a prior on every parameter: what the wedges do not
 * determine stays as the scanner's description has it. */
#include "calib/fit.h"

#include "base/arena.h"
#include "base/num.h"

#include <math.h>
#include <string.h>

#define ROUNDS 25
#define MODEL_ERROR 0.002 /* of an attenuation: what the model is not trusted beyond */
#define MODEL_FLOOR 5e-4

/* Standard deviations that the description's numbers may be wrong by. */
static const double prior[DUAL_PARAMS] = {
    [DUAL_FILTER] = 1.0,     [DUAL_TILT_LOW] = 0.1, [DUAL_TILT_HIGH] = 0.1, [DUAL_LAYER_LOW] = 0.1,
    [DUAL_LAYER_HIGH] = 0.1, [DUAL_SHEETS] = 0.1,   [DUAL_VEIL_LOW] = 1e-3, [DUAL_VEIL_HIGH] = 1e-3,
};

static double
weight_of(const struct fit_data *d, int k, int i)
{
    if (!(d->sigma[k][i] > 0))
        return 0;
    double model = MODEL_ERROR * d->a[k][i] + MODEL_FLOOR;
    return 1 / sqrt(d->sigma[k][i] * d->sigma[k][i] + model * model);
}

/* Weighted differences of all points, then of the parameters from their priors; sum of squares. */
static double
residuals(const struct dual *nominal, const struct fit_data *d, const double *param,
          struct dual *scratch, double *out)
{
    double sum = 0;
    int n = 0;

    dual_bend(nominal, param, scratch);
    for (int i = 0; i < d->points; i++)
        for (int k = 0; k < 2; k++, n++) {
            double w = weight_of(d, k, i);
            double a =
                w > 0 ? dual_attenuation(scratch, k, &d->mu[d->which[i]], d->t_g_cm2[i], NULL) : 0;
            out[n] = w * (a - d->a[k][i]);
            sum += out[n] * out[n];
        }
    for (int j = 0; j < DUAL_PARAMS; j++, n++) {
        out[n] = param[j] / prior[j];
        sum += out[n] * out[n];
    }
    return sum;
}

/* Solves the symmetric positive m x = b by Cholesky; m and b are overwritten. */
static void
solve(int n, double *m, double *b)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double x = m[i * n + j];
            for (int k = 0; k < j; k++)
                x -= m[i * n + k] * m[j * n + k];
            m[i * n + j] = i == j ? sqrt(x > 1e-300 ? x : 1e-300) : x / m[j * n + j];
        }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            b[i] -= m[i * n + k] * b[k];
        b[i] /= m[i * n + i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            b[i] -= m[k * n + i] * b[k];
        b[i] /= m[i * n + i];
    }
}

#define ROWS_MAX (2 * FIT_POINTS_MAX + DUAL_PARAMS)

struct work {
    struct dual dual;
    double r[ROWS_MAX], probe[ROWS_MAX], jacobian[DUAL_PARAMS][ROWS_MAX];
};

static void
fill_jacobian(const struct dual *nominal, const struct fit_data *d, const double *param,
              struct work *w)
{
    int rows = 2 * d->points + DUAL_PARAMS;

    for (int j = 0; j < DUAL_PARAMS; j++) {
        double moved[DUAL_PARAMS], step = 0.01 * prior[j];
        memcpy(moved, param, sizeof moved);
        moved[j] += step;
        residuals(nominal, d, moved, &w->dual, w->probe);
        for (int i = 0; i < rows; i++)
            w->jacobian[j][i] = (w->probe[i] - w->r[i]) / step;
    }
}

/* One damped step; the candidate parameters. */
static void
propose(const struct fit_data *d, const struct work *w, const double *param, double damping,
        double *next)
{
    double m[DUAL_PARAMS * DUAL_PARAMS], b[DUAL_PARAMS];
    int rows = 2 * d->points + DUAL_PARAMS;

    for (int i = 0; i < DUAL_PARAMS; i++) {
        for (int j = 0; j < DUAL_PARAMS; j++) {
            double sum = 0;
            for (int r = 0; r < rows; r++)
                sum += w->jacobian[i][r] * w->jacobian[j][r];
            m[i * DUAL_PARAMS + j] = i == j ? sum * (1 + damping) : sum;
        }
        b[i] = 0;
        for (int r = 0; r < rows; r++)
            b[i] -= w->jacobian[i][r] * w->r[r];
    }
    solve(DUAL_PARAMS, m, b);
    for (int i = 0; i < DUAL_PARAMS; i++) {
        double limit = 8 * prior[i], x = param[i] + b[i];
        next[i] = x < -limit ? -limit : x > limit ? limit : x;
    }
    for (int k = DUAL_VEIL_LOW; k <= DUAL_VEIL_HIGH; k++) /* a veil takes no light away */
        next[k] = next[k] < 0 ? 0 : next[k];
}

static void
fit_parameters(const struct dual *nominal, const struct fit_data *d, struct work *w, double *param)
{
    double damping = 1e-3, best = residuals(nominal, d, param, &w->dual, w->r);

    for (int round = 0; round < ROUNDS && damping < 1e8; round++) {
        double next[DUAL_PARAMS], before = best;
        fill_jacobian(nominal, d, param, w);
        for (; damping < 1e8; damping *= 10) {
            propose(d, w, param, damping, next);
            double sum = residuals(nominal, d, next, &w->dual, w->probe);
            if (sum < best) {
                best = sum;
                break;
            }
        }
        if (!(best < before))
            return;
        memcpy(param, next, sizeof next);
        memcpy(w->r, w->probe, sizeof w->r);
        damping *= 0.1;
        if (before - best < 1e-9 * best + 1e-12)
            return;
    }
}

/* Equation 6: the terms of the correction at attenuation a, and their slopes. */
static void
terms_at(double a, double *term, double *slope)
{
    term[0] = a;
    term[1] = a * a / (1 + a);
    slope[0] = 1;
    slope[1] = (2 * a + a * a) / ((1 + a) * (1 + a));
}

/* Least squares of what the model leaves of one material, held small by a prior. */
static void
fit_terms(const struct fit_data *d, const struct fit *f, int k, int material, double *out)
{
    double m[FIT_TERMS * FIT_TERMS] = {0}, term[FIT_TERMS], slope[FIT_TERMS];

    for (int i = 0; i < FIT_TERMS; i++) {
        m[i * FIT_TERMS + i] = 1 / (0.02 * 0.02);
        out[i] = 0;
    }
    for (int p = 0; p < d->points; p++) {
        double w = weight_of(d, k, p);
        if (d->which[p] != material || !(w > 0))
            continue;
        double a = dual_attenuation(&f->dual, k, &d->mu[material], d->t_g_cm2[p], NULL);
        w = w * w * 16; /* the correction follows the wedges more closely than the model does */
        terms_at(a, term, slope);
        for (int i = 0; i < FIT_TERMS; i++) {
            out[i] += w * term[i] * (d->a[k][p] - a);
            for (int j = 0; j < FIT_TERMS; j++)
                m[i * FIT_TERMS + j] += w * term[i] * term[j];
        }
    }
    solve(FIT_TERMS, m, out);
}

double
fit_correct(const struct fit *f, int k, double z, double a, double *slope)
{
    double term[FIT_TERMS], dterm[FIT_TERMS], x = num_log(z), sum = a;
    int i = 0;

    *slope = 1;
    if (f->materials == 0)
        return a;
    while (i < f->materials - 1 && x > f->ln_z[i + 1])
        i++;
    int j = i < f->materials - 1 ? i + 1 : i;
    double part = j > i ? (x - f->ln_z[i]) / (f->ln_z[j] - f->ln_z[i]) : 0;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    terms_at(a, term, dterm);
    for (int n = 0; n < FIT_TERMS; n++) {
        double c = (1 - part) * f->term[k][i][n] + part * f->term[k][j][n];
        sum += c * term[n];
        *slope += c * dterm[n];
    }
    return sum;
}

static void
judge_fit(const struct fit_data *d, struct fit *f)
{
    int n[2] = {0, 0};

    f->worst = 0;
    for (int i = 0; i < d->points; i++)
        for (int k = 0; k < 2; k++) {
            if (!(d->sigma[k][i] > 0))
                continue;
            double slope,
                a = dual_attenuation(&f->dual, k, &d->mu[d->which[i]], d->t_g_cm2[i], NULL);
            double off = fabs(a - d->a[k][i]) / (d->a[k][i] + 0.1);
            double left = fit_correct(f, k, d->zeff[d->which[i]], a, &slope) - d->a[k][i];
            f->worst = off > f->worst ? off : f->worst;
            f->rms[k] += left * left;
            n[k]++;
        }
    for (int k = 0; k < 2; k++)
        f->rms[k] = n[k] > 0 ? sqrt(f->rms[k] / n[k]) : 0;
}

void
fit_make(const struct dual *nominal, const struct fit_data *data, struct fit *f)
{
    struct work *w = mem_zero(1, sizeof *w);

    *f = (struct fit){.materials = data->materials};
    fit_parameters(nominal, data, w, f->param);
    dual_bend(nominal, f->param, &f->dual);
    for (int m = 0; m < data->materials; m++) {
        f->ln_z[m] = num_log(data->zeff[m]);
        for (int k = 0; k < 2; k++)
            fit_terms(data, f, k, m, f->term[k][m]);
    }
    judge_fit(data, f);
    mem_free(w);
}
