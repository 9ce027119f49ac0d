/* table: see table.h. For every node and column the curve of all fictitious elements is computed:
 * how much of each gives the column's attenuation, and what the low channel then sees. Along that
 * curve the pair coordinate y rises (kV) or falls (MeV) with the atomic number up to a turning
 * point; that branch is inverted on the rows. */
#include "calib/table.h"

#include "base/arena.h"
#include "base/num.h"
#include "phys/zeff.h"

#include <math.h>

#define A_THIN 1e-3 /* attenuation of column 0 */
#define SOLVE_ROUNDS 40
#define T_MAX 20000.0 /* mol/cm2 */
#define EDGE_SPAN 3.0 /* atomic numbers over which the slope at the turning point is taken */
#define BEYOND 4.0    /* standard deviations of y outside the branch that are still believed */

double
table_electrons_mol_g(double z)
{
    const double light = 0.54, heavy = zeff_electrons_mol_g(13);

    if (z >= 13)
        return zeff_electrons_mol_g(z);
    return z <= 8 ? light : light + (heavy - light) * (z - 8) / 5;
}

double
table_z(int i)
{
    return i < 80 ? 1 + 0.25 * i : i < 140 ? 21 + 0.5 * (i - 80) : 51 + (i - 140) * 41.0 / 39;
}

#define LOG_NOISE 0.6  /* variance that positioning leaves before the logarithm is taken */
#define STEEPEST 98.0f /* the largest sigma of a pair that is somewhere on the branch */
#define KV_Z_MAX 42    /* beyond, y hardly rises any more before it turns */

/* Along one column: for every grid element, mol/cm2, y, and the variances that noise gives. */
struct curve {
    double t[TABLE_Z], y[TABLE_Z], harder[2][TABLE_Z];
    int turn;    /* last grid element of the branch */
    double sign; /* +1: y rises with z along the branch */
};

struct build {
    const struct table *table;
    const struct dual_mu *mu;
    struct curve *curve; /* [node * TABLE_NX + column] */
    double a_max, y_min, y_max, bend;
    float *cells, *ranges;
};

static double
column_a(const struct build *b, int column)
{
    double x = (double)column / (TABLE_NX - 1);

    return column == 0 ? A_THIN : b->a_max * x * x;
}

double
table_solve(const struct fit *f, const struct dual_mu *mu, double z, double a, double guess)
{
    double t = guess;

    for (int round = 0; round < SOLVE_ROUNDS; round++) {
        double slope, bent;
        double got = fit_correct(f, 1, z, dual_attenuation(&f->dual, 1, mu, t, &slope), &bent);
        slope *= bent;
        if (!(slope > 1e-9))
            return t;
        double next = t + (a - got) / slope;
        next = next < 0.2 * t ? 0.2 * t : next > 3 * t ? 3 * t : next;
        next = next > T_MAX ? T_MAX : next;
        if (fabs(next - t) < 1e-7 * t) /* the next round would change 1e-14 */
            return next;
        t = next;
    }
    return t;
}

static double
pair_y(const struct build *b, double low, double high)
{
    return (low / high - 1) * (1 + b->bend * high);
}

static void
find_branch(struct curve *c)
{
    int six = 20, iron = 90; /* table_z: 6 and 26 */

    c->sign = c->y[iron] > c->y[six] ? 1 : -1;
    c->turn = 1;
    while (c->turn + 1 < TABLE_Z && (!(c->sign > 0) || table_z(c->turn + 1) <= KV_Z_MAX) &&
           c->sign * (c->y[c->turn + 1] - c->y[c->turn]) > 0)
        c->turn++;
}

/* Equation 9: by how much the mean of a logarithm with noise lies above that of its argument. */
static double
log_rise(const struct table_noise *n, int k, double a)
{
    double loss = num_exp(a), v = LOG_NOISE * loss * (n->photons[k] + n->dark[k] * loss);

    return 0.5 * (v < 0.2 ? v : 0.2);
}

static void
make_curve(const struct build *b, int node, int column, const double *start)
{
    const struct fit *f = &b->table->fit[node];
    struct curve *c = &b->curve[node * TABLE_NX + column];
    double a = column_a(b, column), unused, rise[2];

    rise[1] = log_rise(&b->table->noise[node], 1, a);
    for (int i = 0; i < TABLE_Z; i++) {
        double z = table_z(i);
        double t = c->t[i] = table_solve(f, &b->mu[i], z, a - rise[1], start[i]);
        double low =
            fit_correct(f, 0, z, dual_attenuation(&f->dual, 0, &b->mu[i], t, NULL), &unused);
        rise[0] = log_rise(&b->table->noise[node], 0, low);
        c->y[i] = pair_y(b, low + rise[0], a);
        for (int k = 0; k < 2; k++)
            c->harder[k][i] = dual_variance(&f->dual, k, &b->mu[i], t);
    }
    find_branch(c);
}

static void
curve_node(void *arg, int begin, int end)
{
    const struct build *b = arg;
    double start[TABLE_Z];

    for (int node = begin; node < end; node++)
        for (int column = 0; column < TABLE_NX; column++) {
            const struct curve *before = &b->curve[node * TABLE_NX + column - 1];
            double grow = column < 1 ? 1 : column_a(b, column) / column_a(b, column - 1), slope;
            for (int i = 0; i < TABLE_Z; i++) {
                if (column == 0)
                    dual_attenuation(&b->table->fit[node].dual, 1, &b->mu[i], 0, &slope);
                start[i] = column == 0 ? A_THIN / slope : before->t[i] * grow;
            }
            make_curve(b, node, column, start);
        }
}

/* Range of y over all branches; the axes must hold it. */
static void
find_axes(struct build *b)
{
    b->y_min = 1e30;
    b->y_max = -1e30;
    for (int i = 0; i < b->table->nodes * TABLE_NX; i++)
        for (int z = 0; z <= b->curve[i].turn; z++) {
            double y = b->curve[i].y[z];
            b->y_min = y < b->y_min ? y : b->y_min;
            b->y_max = y > b->y_max ? y : b->y_max;
        }
    double margin = 0.06 * (b->y_max - b->y_min);
    b->y_min -= margin;
    b->y_max += margin;
    /* what is stored is single precision: build with what the stage will read */
    b->y_min = (double)(float)b->y_min;
    b->y_max = (double)(float)b->y_max;
}

/* Position of y on the branch: element index and part of the way to the next; clamped. */
static void
locate(const struct curve *c, double y, int *at, double *part)
{
    int low = 0, high = c->turn;

    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (c->sign * (y - c->y[middle]) >= 0)
            low = middle;
        else
            high = middle;
    }
    *at = low;
    *part = (y - c->y[low]) / (c->y[low + 1] - c->y[low]);
    *part = *part < 0 ? 0 : *part > 1 ? 1 : *part;
}

static double
mix(const double *v, int at, double part)
{
    return v[at] + part * (v[at + 1] - v[at]);
}

static double
z_at(const struct curve *c, double y)
{
    int at;
    double part;

    locate(c, y, &at, &part);
    return table_z(at) + part * (table_z(at + 1) - table_z(at));
}

/* dz/dy at constant a: a secant over EDGE_SPAN elements at the ends of the branch. */
static double
z_slope(const struct curve *c, double z)
{
    int at = 0;

    while (at < c->turn && table_z(at) < z)
        at++;
    int low = at > 2 ? at - 2 : 0, high = at + 2 < c->turn ? at + 2 : c->turn;
    while (table_z(high) - table_z(low) < EDGE_SPAN && (low > 0 || high < c->turn) &&
           (high == c->turn || low == 0)) {
        low -= low > 0 && high == c->turn;
        high += high < c->turn && low == 0;
    }
    return (table_z(high) - table_z(low)) / (c->y[high] - c->y[low]);
}

/* Equation 12: what noise in one sample of each channel does to y and to z. */
static void
fill_sigma(const struct build *b, int node, int column, double y, float *cell)
{
    const struct curve *c = &b->curve[node * TABLE_NX + column];
    const struct table_noise *noise = &b->table->noise[node];
    int at, side = column > 0 ? column - 1 : 0, other = column < TABLE_NX - 1 ? column + 1 : column;
    double part, a = column_a(b, column), low = a * (1 + y / (1 + b->bend * a));
    double loss[2] = {num_exp(low), num_exp(a)}, variance[2];

    locate(c, y, &at, &part);
    for (int k = 0; k < 2; k++)
        variance[k] =
            noise->photons[k] * mix(c->harder[k], at, part) + noise->dark[k] * loss[k] * loss[k];
    double y_low = (1 + b->bend * a) / a;
    double y_high = -low / (a * a) * (1 + b->bend * a) + b->bend * (low / a - 1);
    double slope = z_slope(c, (double)cell[CELL_ZEFF]);
    double z_a =
        (z_at(&b->curve[node * TABLE_NX + other], y) - z_at(&b->curve[node * TABLE_NX + side], y)) /
        (column_a(b, other) - column_a(b, side));
    double z_high = z_a + slope * y_high;
    double sigma_y = sqrt(y_low * y_low * variance[0] + y_high * y_high * variance[1]);
    double sigma =
        sqrt(slope * slope * y_low * y_low * variance[0] + z_high * z_high * variance[1]);
    double first = c->y[0], last = c->y[c->turn];
    double beyond = c->sign * (y - last) > 0    ? fabs(y - last)
                    : c->sign * (y - first) < 0 ? fabs(y - first)
                                                : 0;
    double allowed = BEYOND * sigma_y + 0.02 * fabs(last - first);
    sigma += beyond * fabs(slope);
    /* however steep: the stage limits what is left of it, DECOMPOSITION_BEYOND_SIGMA */
    if (cell[CELL_ZEFF] > DECOMPOSITION_BEYOND_FROM && !(sigma < STEEPEST))
        sigma = STEEPEST;
    if (beyond > allowed || !(sigma < (double)DECOMPOSITION_UNKNOWN))
        sigma = (double)DECOMPOSITION_UNKNOWN;
    cell[CELL_SIGMA] = (float)sigma;
    cell[CELL_SIGMA_Y] = (float)(sigma_y < 1e6 ? sigma_y : 1e6);
}

/* Equation 20: at MeV thin things are never called high-Z, whatever they are made of. */
static bool
is_thin(const struct build *b, int node, int column)
{
    const struct curve *c = &b->curve[node * TABLE_NX + column];

    for (int i = 0; b->table->mev && i < TABLE_Z; i++)
        if (c->t[i] / table_electrons_mol_g(table_z(i)) < (double)DECOMPOSITION_DENSE)
            return true;
    return false;
}

static void
fill_column(const struct build *b, int node, int column)
{
    const struct curve *c = &b->curve[node * TABLE_NX + column];
    const double begin[] = DECOMPOSITION_GROUP_Z, high_z = begin[GROUP_HIGH_Z];
    bool thin = is_thin(b, node, column);
    double a = column_a(b, column);
    float *cells = b->cells + (size_t)(1 + node * TABLE_NX + column) * TABLE_NY * CELL_SIZE;

    for (int row = 0; row < TABLE_NY; row++) {
        double y = b->y_min + (b->y_max - b->y_min) * row / (TABLE_NY - 1), part;
        float *cell = cells + (size_t)row * CELL_SIZE;
        int at;
        locate(c, y, &at, &part);
        double z = table_z(at) + part * (table_z(at + 1) - table_z(at));
        cell[CELL_DENSITY] = (float)(mix(c->t, at, part) / table_electrons_mol_g(z) / a);
        cell[CELL_ZEFF] = (float)z;
        fill_sigma(b, node, column, y, cell);
        if (thin && z > high_z - 1) {
            float sigma = cell[CELL_SIGMA] + (float)(z - high_z + 1);
            cell[CELL_ZEFF] = (float)(high_z - 1);
            if (cell[CELL_SIGMA] < DECOMPOSITION_UNKNOWN)
                cell[CELL_SIGMA] = sigma < STEEPEST ? sigma : STEEPEST;
        }
    }
}

/* Equation 19: lowest and highest y of every group at this column. */
static void
fill_ranges(const struct build *b, int node, int column)
{
    static const double begin[] = DECOMPOSITION_GROUP_Z;
    const struct curve *c = &b->curve[node * TABLE_NX + column];
    float *ranges = b->ranges + (size_t)(node * TABLE_NX + column) * GROUPS * 2;

    for (int g = 0; g < GROUPS; g++) {
        double low = 1e30, high = -1e30;
        for (int i = 0; i < TABLE_Z; i++) {
            if (table_z(i) < begin[g] || table_z(i) > begin[g + 1])
                continue;
            low = c->y[i] < low ? c->y[i] : low;
            high = c->y[i] > high ? c->y[i] : high;
        }
        bool never = g == GROUP_HIGH_Z && is_thin(b, node, column);
        ranges[2 * g] = never ? 1e30f : (float)low;
        ranges[2 * g + 1] = never ? -1e30f : (float)high;
    }
}

static void
fill_node(void *arg, int begin, int end)
{
    const struct build *b = arg;

    for (int node = begin; node < end; node++)
        for (int column = 0; column < TABLE_NX; column++) {
            fill_column(b, node, column);
            fill_ranges(b, node, column);
        }
}

struct grid_job {
    const struct dual *dual;
    struct dual_mu *mu;
};

static void
grid_piece(void *arg, int begin, int end)
{
    const struct grid_job *j = arg;

    for (int i = begin; i < end; i++)
        dual_fictitious(j->dual, table_z(i), &j->mu[i]);
}

void
table_grid(const struct dual *d, struct par *pool, struct dual_mu *mu)
{
    struct grid_job j = {.dual = d, .mu = mu};

    par_for(pool, 0, TABLE_Z, 4, grid_piece, &j);
}

void
table_fill(const struct table *t, struct par *pool, float *cells, float *ranges)
{
    struct arena arena = {.block = NULL};
    struct build b = {.table = t,
                      .mu = t->mu,
                      .curve = arena_zero(&arena, (size_t)t->nodes * TABLE_NX, sizeof *b.curve),
                      .a_max = t->mev ? 12 : 6.5,
                      .bend = t->mev ? 0 : 1,
                      .cells = cells,
                      .ranges = ranges};

    par_for(pool, 0, t->nodes, 1, curve_node, &b);
    find_axes(&b);
    par_for(pool, 0, t->nodes, 1, fill_node, &b);
    cells[HEAD_VERSION] = DECOMPOSITION_VERSION;
    cells[HEAD_NODES] = (float)t->nodes;
    cells[HEAD_NX] = TABLE_NX;
    cells[HEAD_NY] = TABLE_NY;
    cells[HEAD_A_MAX] = (float)b.a_max;
    cells[HEAD_Y_MIN] = (float)b.y_min;
    cells[HEAD_Y_MAX] = (float)b.y_max;
    cells[HEAD_BEND] = (float)b.bend;
    cells[HEAD_MEV] = t->mev ? 1 : 0;
    for (int i = 0; i < t->nodes; i++)
        cells[HEAD_PLACES + i] = (float)t->place[i];
    arena_free(&arena);
}

double
table_invert(const struct dual *d, const struct dual_mu *mu, double a_low, double a_high, bool mev,
             double *g_cm2)
{
    struct fit bare = {.dual = *d};
    struct table t = {.nodes = 1, .mev = mev, .fit = &bare};
    struct build b = {.table = &t, .bend = mev ? 0 : 1};
    struct curve *c = mem_zero(1, sizeof *c);
    double y = pair_y(&b, a_low, a_high), unused, part;
    int at;

    for (int i = 0; i < TABLE_Z; i++) {
        double slope;
        dual_attenuation(d, 1, &mu[i], 0, &slope);
        c->t[i] = table_solve(&bare, &mu[i], table_z(i), a_high, a_high / slope);
        c->y[i] = pair_y(
            &b, fit_correct(&bare, 0, 1, dual_attenuation(d, 0, &mu[i], c->t[i], NULL), &unused),
            a_high);
    }
    find_branch(c);
    double z = z_at(c, y);
    locate(c, y, &at, &part);
    *g_cm2 = mix(c->t, at, part) / table_electrons_mol_g(z);
    double slack = 0.05 * fabs(c->y[c->turn] - c->y[0]);
    bool fits = c->sign * (y - c->y[0]) > -slack && c->sign * (c->y[c->turn] - y) > -slack;
    mem_free(c);
    return fits ? z : 0;
}
