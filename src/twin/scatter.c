/* scatter: see scatter.h. A kernel says, per radian of fan, how much of the air signal a slab sends
 * to a pixel that lies an angle further on; between slabs it is interpolated. */
#include "twin/scatter.h"

#include "base/arena.h"
#include "base/num.h"
#include "twin/scatter_slab.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define MATTERS 4
#define DEPTHS 8
#define ANGLES 16
#define NODE_STEP 16 /* pixels between nodes, at least: scatter is smooth */
#define NODES_MAX 24 /* that many a row or column of a panel, and one or two more */
/* Of a panel (NODES_MAX + 2)^2, of arms GEOMETRY_PIXELS_MAX / NODE_STEP + 2. */
#define ALL_NODES_MAX 700
#define HISTORIES 1000
#define LOG_NONE (-200.0)

static const char *const matter_name[MATTERS] = {"C5H8O2@1.19", "Al", "Fe", "Pb"};
static const double depth_g_cm2[DEPTHS] = {1, 3, 8, 16, 32, 64, 128, 256};
static const double angle_rad[ANGLES] = {0,    0.005, 0.01, 0.02, 0.035, 0.055, 0.08, 0.11,
                                         0.15, 0.21,  0.3,  0.42, 0.6,   0.85,  1.2,  1.7};

/* ln(kernel / (depth * transmission)) per matter, depth and angle: without its two large factors
 * what is left is smooth enough to interpolate. */
struct kernel {
    double log[MATTERS][DEPTHS][ANGLES];
};

/* Nodes lie on a lattice of rows and columns of the detector (arms have one column). */
struct axis {
    int n, *at;
};

struct node {
    int pixel;
    double a[3], b[3]; /* its ray in the frame of source and detector */
    double angle;      /* in the fan (arms) */
    double weight;     /* what it stands for: radian (arms), radian x mm of row (panels) */
};

/* Where the angle between two nodes lies in angle_rad. */
struct apart {
    int index;
    double f;
};

struct scatter_view {
    struct axis row, col;
    int nodes;
    struct node *node;
    struct apart *apart; /* [nodes][nodes] */
    struct kernel *kernel[SCANNER_ENERGIES];
};

struct scatter {
    const struct scanner *scanner;
    const struct scene *scene;
    const struct transport *transport;
    struct matter *matter[MATTERS];
    double density_g_cm3[MATTERS];
    double matter_log_z[MATTERS];
    double *log_z; /* of the scene's materials, the plate last */
    struct scatter_view view[GEOMETRY_VIEWS_MAX];
    struct arena arena;
};

/* Interval and fraction of x in ascending n values, clamped. */
static int
bracket(const double *grid, int n, double x, double *f)
{
    int i = 0;

    while (i < n - 2 && grid[i + 1] <= x)
        i++;
    *f = (x - grid[i]) / (grid[i + 1] - grid[i]);
    *f = *f < 0 ? 0 : *f > 1 ? 1 : *f;
    return i;
}

/* Mass-averaged atomic number: what orders materials between the four kernels. */
static double
mean_log_z(const struct material *m)
{
    double z = 0;
    for (int i = 0; i < m->n; i++)
        z += m->weight[i] * m->z[i];
    return num_log(z);
}

static double
mean_distance(const struct scanner *s, int view)
{
    double sum = 0, distance, obliquity;
    int n = pixels_shape(s, view).n;

    for (int p = 0; p < n; p++) {
        pixels_ray(s, view, p, &distance, &obliquity);
        sum += distance;
    }
    return sum / n;
}

struct kernel_work {
    struct scatter *s;
    int beams;
};

/* One slab of one view and spectrum; both layers of a sandwich see the same photons. */
static void
make_kernel(struct scatter *s, int view, int beam, int matter, int depth)
{
    const struct scanner *scanner = s->scanner;
    double distance = mean_distance(scanner, view);
    double beam_mm = scanner->gantry.turns ? 1 : scanner->detector.beam_mm;
    struct slab_result result;
    struct slab slab = {.matter = s->matter[matter],
                        .packing = 1,
                        .detector_mm = distance,
                        .slot_mm = scanner->detector.slot_mm,
                        .slot_depth_mm = scanner->detector.slot_depth_mm,
                        .grid = scanner->gantry.turns,
                        .angles = ANGLES,
                        .spectrum = &scanner->channel[beam].spectrum,
                        .histories = HISTORIES,
                        .seed = 1 + (uint64_t)(matter * DEPTHS + depth)};

    slab.thickness_mm = 10 * depth_g_cm2[depth] / s->density_g_cm3[matter];
    if (slab.thickness_mm > 0.4 * distance) { /* would not fit: the same mass, packed closer */
        slab.packing = slab.thickness_mm / (0.4 * distance);
        slab.thickness_mm = 0.4 * distance;
    }
    slab.front_mm = scanner->scatter_plane * distance - 0.5 * slab.thickness_mm;
    slab.front_mm = slab.front_mm > 1 ? slab.front_mm : 1;
    memcpy(slab.angle_rad, angle_rad, sizeof angle_rad);
    int first = scanner->source.interlaced ? beam : 0;
    slab.detectors = scanner->source.interlaced ? 1 : scanner->energies;
    for (int k = 0; k < slab.detectors; k++)
        slab.response[k] = &scanner->channel[first + k].response;
    slab_run(&slab, &result);
    for (int k = 0; k < slab.detectors; k++)
        for (int a = 0; a < ANGLES; a++) {
            double per_g = result.all[k][a] * beam_mm * distance /
                           (depth_g_cm2[depth] * (result.primary[k] + 1e-300));
            s->view[view].kernel[first + k]->log[matter][depth][a] =
                per_g > 1e-80 ? num_log(per_g) : LOG_NONE;
        }
}

static void
work_kernels(void *arg, int from, int to)
{
    struct kernel_work *w = arg;

    for (int i = from; i < to; i++) {
        int rest = i / (MATTERS * DEPTHS);
        make_kernel(w->s, rest / w->beams, rest % w->beams, i / DEPTHS % MATTERS, i % DEPTHS);
    }
}

/* Angle of a pixel around the source, in the plane of the fan. */
static double
pixel_angle(const struct geometry_view *v, int pixel)
{
    double p[3], along[3], normal[3], axis[3], length = 0, way[3], a = 0, b2 = 0;

    geometry_pixel(v, pixel, p, along, normal);
    for (int c = 0; c < 3; c++) {
        axis[c] = v->isocentre_mm[c] - v->source_mm[c];
        way[c] = p[c] - v->source_mm[c];
        length += axis[c] * axis[c];
    }
    for (int c = 0; c < 3; c++)
        a += way[c] * axis[c] / sqrt(length);
    for (int c = 0; c < 3; c++) {
        double side = way[c] - axis[c] / sqrt(length) * a;
        b2 += side * side;
    }
    /* which side: the sign of the cross product along the belt */
    double sign = axis[1] * way[2] - axis[2] * way[1] < 0 ? -1 : 1;
    return num_atan2(sign * sqrt(b2), a);
}

static struct axis
make_axis(struct scatter *s, int n)
{
    int step = (n + NODES_MAX - 1) / NODES_MAX;
    struct axis axis = {.at = arena_zero(&s->arena, (size_t)(n / NODE_STEP + 2), sizeof(int))};

    if (!s->scanner->gantry.turns || step < NODE_STEP)
        step = NODE_STEP;
    for (int i = 0; i < n; i += step)
        axis.at[axis.n++] = i;
    if (axis.at[axis.n - 1] != n - 1)
        axis.at[axis.n++] = n - 1;
    return axis;
}

/* Half the way between the neighbours of node i on its axis, in pixels. */
static double
stands_for(const struct axis *axis, int i, int n)
{
    double before = i > 0 ? 0.5 * (axis->at[i - 1] + axis->at[i]) : -0.5;
    double behind = i + 1 < axis->n ? 0.5 * (axis->at[i] + axis->at[i + 1]) : n - 0.5;
    return behind - before;
}

static void
make_panel_node(struct scatter *s, const struct scatter_view *v, int i, int j, struct node *node)
{
    const struct ct_geometry *g = &s->scanner->gantry.geometry;

    node->pixel = v->row.at[i] * g->cols + v->col.at[j];
    node->weight = stands_for(&v->col, j, g->cols) * g->pitch_mm / g->detector_mm *
                   stands_for(&v->row, i, g->rows) * g->row_pitch_mm;
}

static void
make_arm_nodes(struct scatter *s, int view)
{
    struct scatter_view *v = &s->view[view];
    const struct geometry_view *g = &s->scanner->geometry.view[view];

    for (int i = 0; i < v->nodes; i++) {
        v->node[i].pixel = v->row.at[i];
        v->node[i].angle = pixel_angle(g, v->node[i].pixel);
    }
    for (int i = 0; i < v->nodes; i++) {
        int a = i > 0 ? i - 1 : 0, b = i + 1 < v->nodes ? i + 1 : i;
        v->node[i].weight = 0.5 * fabs(v->node[b].angle - v->node[a].angle);
    }
}

/* Angle between the rays of two nodes. */
static double
angle_between(const struct node *i, const struct node *j)
{
    double x[3], y[3], cross = 0, dot = 0;

    for (int c = 0; c < 3; c++) {
        x[c] = i->b[c] - i->a[c];
        y[c] = j->b[c] - j->a[c];
        dot += x[c] * y[c];
    }
    for (int c = 0; c < 3; c++) {
        double side = x[(c + 1) % 3] * y[(c + 2) % 3] - x[(c + 2) % 3] * y[(c + 1) % 3];
        cross += side * side;
    }
    return num_atan2(sqrt(cross), dot);
}

static void
make_apart(struct scatter *s, struct scatter_view *v)
{
    bool panel = s->scanner->gantry.turns;

    v->apart = arena_zero(&s->arena, (size_t)v->nodes * (size_t)v->nodes, sizeof *v->apart);
    for (int i = 0; i < v->nodes; i++)
        for (int j = 0; j < v->nodes; j++) {
            const struct node *a = &v->node[i], *b = &v->node[j];
            double angle = panel ? angle_between(a, b) : fabs(a->angle - b->angle);
            struct apart *apart = &v->apart[i * v->nodes + j];
            apart->index = bracket(angle_rad, ANGLES, angle, &apart->f);
        }
}

static void
make_nodes(struct scatter *s, int view)
{
    static const int middle[2] = {1, 1};
    struct scatter_view *v = &s->view[view];
    struct pixels_shape shape = pixels_shape(s->scanner, view);

    v->row = make_axis(s, shape.rows);
    v->col = make_axis(s, shape.cols);
    v->nodes = v->row.n * v->col.n;
    v->node = arena_zero(&s->arena, (size_t)v->nodes, sizeof *v->node);
    if (!s->scanner->gantry.turns)
        make_arm_nodes(s, view);
    for (int i = 0; i < v->nodes; i++) {
        struct node *node = &v->node[i];
        if (s->scanner->gantry.turns)
            make_panel_node(s, v, i / v->col.n, i % v->col.n, node);
        pixels_sub(s->scanner, middle, view, node->pixel, 0, 0, node->a, node->b);
    }
    make_apart(s, v);
}

static void
fill_log_z(struct scatter *s, const struct material *plate)
{
    int n = s->scene == NULL ? 0 : scene_materials(s->scene);

    s->log_z = arena_zero(&s->arena, (size_t)n + 1, sizeof *s->log_z);
    for (int i = 0; i < n; i++)
        s->log_z[i] = mean_log_z(scene_material(s->scene, i));
    if (plate != NULL)
        s->log_z[n] = mean_log_z(plate);
}

static void
make_matter(struct scatter *s, int i)
{
    struct material m;
    struct err e;
    double highest = 0;
    int found = material_find(matter_name[i], &m, &e);

    assert(found == 0);
    (void)found;
    for (int k = 0; k < (s->scanner->source.interlaced ? s->scanner->energies : 1); k++) {
        const struct spectrum *spectrum = &s->scanner->channel[k].spectrum;
        double top = spectrum->kev[spectrum->n - 1];
        highest = top > highest ? top : highest;
    }
    s->matter[i] = arena_zero(&s->arena, 1, sizeof *s->matter[i]);
    matter_make(&m, highest, s->matter[i]);
    s->density_g_cm3[i] = m.density_g_cm3;
    s->matter_log_z[i] = mean_log_z(&m);
}

struct scatter *
scatter_new(const struct scanner *scanner, const struct scene *scene, const struct material *plate,
            const struct transport *transport, struct par *pool)
{
    struct scatter *s = mem_zero(1, sizeof *s);
    struct kernel_work work = {s, scanner->source.interlaced ? scanner->energies : 1};

    s->scanner = scanner;
    s->scene = scene;
    s->transport = transport;
    fill_log_z(s, plate);
    for (int m = 0; m < MATTERS; m++)
        make_matter(s, m);
    for (int v = 0; v < pixels_views(scanner); v++) {
        make_nodes(s, v);
        for (int k = 0; k < scanner->energies; k++)
            s->view[v].kernel[k] = arena_zero(&s->arena, 1, sizeof(struct kernel));
    }
    par_for(pool, 0, pixels_views(scanner) * work.beams * MATTERS * DEPTHS, 1, work_kernels, &work);
    return s;
}

void
scatter_free(struct scatter *s)
{
    if (s == NULL)
        return;
    arena_free(&s->arena);
    mem_free(s);
}

/* What the ray to a node has crossed: g/cm2, and the mass-averaged ln Z. */
static double
crossed(const struct scatter *s, const struct node *node, const struct pixels_pose *pose,
        double plate_g_cm2, double *log_z)
{
    double a[3], b[3], sum = plate_g_cm2, weighted = 0;
    struct scene_path path = {.n = 0};
    int n = s->scene == NULL ? 0 : scene_materials(s->scene);

    pixels_place(pose, node->a, a);
    pixels_place(pose, node->b, b);
    if (s->scene != NULL)
        scene_trace(s->scene, a, b, &path);
    weighted = plate_g_cm2 * s->log_z[n];
    for (int i = 0; i < path.n; i++) {
        const struct material *m = scene_material(s->scene, path.material[i]);
        double mass = path.mm[i] * m->density_g_cm3 / 10;
        sum += mass;
        weighted += mass * s->log_z[path.material[i]];
    }
    *log_z = sum > 0 ? weighted / sum : 0;
    return sum;
}

/* Kernel over angle of a ray that crossed `depth` g/cm2 and lets that share of the signal pass. */
static void
ray_kernel(const struct scatter *s, const struct kernel *k, double depth, double log_z,
           double passes, double out[ANGLES])
{
    double fd, fm;
    int d = bracket(depth_g_cm2, DEPTHS, depth, &fd);
    int m = bracket(s->matter_log_z, MATTERS, log_z, &fm);

    for (int a = 0; a < ANGLES; a++) {
        double low = k->log[m][d][a] + fd * (k->log[m][d + 1][a] - k->log[m][d][a]);
        double high = k->log[m + 1][d][a] + fd * (k->log[m + 1][d + 1][a] - k->log[m + 1][d][a]);
        out[a] = depth * passes * num_exp(low + fm * (high - low));
    }
}

/* share[i] += what node j sends to node i, over the air signal of i (equation 18). */
static void
spread(const struct scatter_view *v, int j, const double kernel[ANGLES], double *share)
{
    for (int i = 0; i < v->nodes; i++) {
        const struct apart *x = &v->apart[i * v->nodes + j];
        double near = kernel[x->index], far = kernel[x->index + 1];
        share[i] += v->node[j].weight * (near + x->f * (far - near));
    }
}

/* Share of the signal that passes near a node, for the depth of its middle ray: the least of three
 * pixels. An edge through the pixel itself lets much more pass than that depth. */
static double
passes_at(const struct scatter *s, int view, int energy, int pixel, const float *kev)
{
    int last = pixels_shape(s->scanner, view).n - 1;
    double least = 1e300;

    for (int p = pixel > 0 ? pixel - 1 : 0; p <= (pixel < last ? pixel + 1 : last); p++) {
        double air = transport_air(s->transport, view, energy, p);
        double share = air > 0 ? (double)kev[p] / air : 1e300;
        least = share < least ? share : least;
    }
    return least < 1e300 ? least : 0;
}

/* Interval of an axis that pixel `at` lies in, and where; the last interval has its end. */
static int
interval(const struct axis *axis, int at, double *f)
{
    int i = 0;

    *f = 0;
    if (axis->n < 2)
        return 0;
    while (i < axis->n - 2 && axis->at[i + 1] <= at)
        i++;
    *f = (double)(at - axis->at[i]) / (axis->at[i + 1] - axis->at[i]);
    return i;
}

/* Share of scatter at pixel (row, col) between the nodes around it. */
static void
add_row(const struct scatter *s, int view, int energy, int row, const double *share, float *kev,
        float *square)
{
    const struct scatter_view *v = &s->view[view];
    int cols = pixels_shape(s->scanner, view).cols;
    double fr, fc, line[NODES_MAX + 2];
    int i = interval(&v->row, row, &fr), step = v->row.n > 1 ? v->col.n : 0;

    for (int j = 0; j < v->col.n; j++) {
        const double *at = share + i * v->col.n + j;
        line[j] = at[0] + fr * (at[step] - at[0]);
    }
    for (int col = 0; col < cols; col++) {
        int j = interval(&v->col, col, &fc), p = row * cols + col;
        double part = line[j];
        if (v->col.n > 1)
            part += fc * (line[j + 1] - line[j]);
        kev[p] += (float)(part * transport_air(s->transport, view, energy, p));
        square[p] += (float)(part * transport_air_square(s->transport, view, energy, p));
    }
}

void
scatter_add(const struct scatter *s, int view, int energy, const struct pixels_pose *pose,
            double plate_g_cm2, float *kev, float *square)
{
    const struct scatter_view *v = &s->view[view];
    double share[ALL_NODES_MAX] = {0}, kernel[ANGLES], log_z;

    for (int j = 0; j < v->nodes; j++) {
        double depth = crossed(s, &v->node[j], pose, plate_g_cm2, &log_z);
        if (depth <= 0)
            continue;
        double passes = passes_at(s, view, energy, v->node[j].pixel, kev);
        ray_kernel(s, v->kernel[energy], depth, log_z, passes, kernel);
        spread(v, j, kernel, share);
    }
    for (int row = 0; row < pixels_shape(s->scanner, view).rows; row++)
        add_row(s, view, energy, row, share, kev, square);
}
