/* scatter_slab: see scatter_slab.h. Forced first collision, analogue histories after it, and a
 * next-event estimate from every collision to every detector point. */
#include "twin/scatter_slab.h"

#include "base/arena.h"
#include "base/num.h"
#include "kern/math.h"
#include "twin/stream.h"

#include <math.h>

#define COLLISIONS_MAX 200

struct photon {
    double at[3], way[3], kev, weight;
    int collisions;
};

struct run {
    const struct slab *s;
    struct slab_result *out;
    const struct matter *matter;
    double response[SLAB_DETECTORS_MAX][MATTER_ENERGIES]; /* keV deposited */
    double point[SLAB_ANGLES_MAX][3], facing[SLAB_ANGLES_MAX][3];
    struct rng rng;
};

static void
prepare(struct run *r, const struct slab *s, struct slab_result *out)
{
    r->s = s;
    r->out = out;
    *out = (struct slab_result){.emitted_kev = 0};
    r->matter = s->matter;
    for (int i = 0; i < MATTER_ENERGIES; i++) {
        double kev = matter_grid_kev(r->matter, i), passed;
        for (int k = 0; k < s->detectors; k++) {
            r->response[k][i] = kev;
            if (s->response[k] != NULL)
                response_photon(s->response[k], kev, 1, &r->response[k][i], &passed);
        }
    }
    for (int a = 0; a < s->angles; a++) {
        r->facing[a][1] = num_sin(s->angle_rad[a]);
        r->facing[a][2] = num_cos(s->angle_rad[a]);
        for (int c = 0; c < 3; c++)
            r->point[a][c] = s->detector_mm * r->facing[a][c];
    }
}

/* Attenuation per mm at a position on the energy grid. */
static double
linear(const struct run *r, double at)
{
    return r->s->packing * matter_look(r->matter->total, at);
}

/* How far the plate reaches from p along way. */
static double
way_out(const struct slab *s, const double p[3], const double way[3])
{
    double end = 1e30, low[3], high[3];

    for (int c = 0; c < 2; c++) {
        high[c] = s->half_mm[c] > 0 ? s->half_mm[c] : 1e30;
        low[c] = -high[c];
    }
    low[2] = s->front_mm;
    high[2] = s->front_mm + s->thickness_mm;
    for (int c = 0; c < 3; c++) {
        double limit = way[c] > 0 ? high[c] - p[c] : low[c] - p[c];
        if (fabs(way[c]) > 1e-12 && limit / way[c] < end)
            end = limit / way[c];
    }
    return end > 0 ? end : 0;
}

/* Share of the pixel that the slot leaves open to light that comes from the side. */
static double
slot_open(const struct slab *s, const double way[3], const double facing[3])
{
    if (s->slot_depth_mm <= 0 || s->slot_mm <= 0)
        return 1;
    double side = s->grid ? way[1] * facing[2] - way[2] * facing[1] : way[0];
    double slope = s->grid ? fabs(side) / sqrt(1 - (side < 1 ? side * side : 1) + 1e-30)
                           : fabs(side) / sqrt(way[1] * way[1] + way[2] * way[2] + 1e-30);
    double open = 1 - slope * s->slot_depth_mm / s->slot_mm;
    return open > 0 ? open : 0;
}

static void
score_one(struct run *r, const struct photon *p, int angle, double chance, double kev,
          const double way[3], double distance)
{
    double at = matter_at(r->matter, kev), cosine = 0;

    for (int c = 0; c < 3; c++)
        cosine += way[c] * r->facing[angle][c];
    if (cosine <= 0 || kev < MATTER_KEV_MIN)
        return;
    double depth = linear(r, at) * way_out(r->s, p->at, way);
    double share =
        p->weight * chance * (double)kern_exp((float)-depth) * cosine / (distance * distance);
    for (int k = 0; k < r->s->detectors; k++) {
        double signal = share * matter_look(r->response[k], at);
        r->out->all[k][angle] += signal;
        if (p->collisions == 1)
            r->out->single[k][angle] += signal;
    }
}

/* The chance that the coming collision sends a photon straight to a detector point. */
static void
score(struct run *r, const struct photon *p)
{
    double at = matter_at(r->matter, p->kev);
    double pair = matter_look(r->matter->pair, at) / matter_look(r->matter->total, at);

    for (int a = 0; a < r->s->angles; a++) {
        double way[3], distance = 0, cosine = 0;
        for (int c = 0; c < 3; c++) {
            way[c] = r->point[a][c] - p->at[c];
            distance += way[c] * way[c];
        }
        distance = sqrt(distance);
        for (int c = 0; c < 3; c++) {
            way[c] /= distance;
            cosine += way[c] * p->way[c];
        }
        double open = slot_open(r->s, way, r->facing[a]);
        if (open <= 0)
            continue;
        cosine = cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
        score_one(r, p, a, open * matter_compton(r->matter, p->kev, at, cosine),
                  matter_compton_kev(p->kev, cosine), way, distance);
        score_one(r, p, a, open * matter_coherent(r->matter, p->kev, at, cosine), p->kev, way,
                  distance);
        if (pair > 0)
            score_one(r, p, a, open * pair * 2 / (4 * NUM_PI), MATTER_ELECTRON_KEV, way, distance);
    }
}

/* New direction at the given cosine to the old one, any azimuth. */
static void
turn(double way[3], double cosine, struct rng *r)
{
    double azimuth = 2 * NUM_PI * rng_unit(r), u[3], v[3], length = 0;
    double sine = sqrt(cosine < 1 && cosine > -1 ? 1 - cosine * cosine : 0);
    int axis = fabs(way[0]) < 0.6 ? 0 : 1;

    for (int c = 0; c < 3; c++) {
        u[c] = (c == axis) - way[axis] * way[c];
        length += u[c] * u[c];
    }
    length = sqrt(length);
    for (int c = 0; c < 3; c++)
        u[c] /= length;
    v[0] = way[1] * u[2] - way[2] * u[1];
    v[1] = way[2] * u[0] - way[0] * u[2];
    v[2] = way[0] * u[1] - way[1] * u[0];
    double a = sine * num_cos(azimuth), b = sine * num_sin(azimuth);
    for (int c = 0; c < 3; c++)
        way[c] = way[c] * cosine + u[c] * a + v[c] * b;
}

/* From the point of its first collision to the end. */
static void
follow(struct run *r, struct photon *p)
{
    for (p->collisions = 1; p->collisions < COLLISIONS_MAX; p->collisions++) {
        double cosine, kev;
        score(r, p);
        enum matter_fate fate = matter_collide(r->matter, p->kev, &r->rng, &cosine, &kev);
        if (fate == MATTER_ABSORBED)
            break;
        double after = p->weight * kev * (fate == MATTER_PAIR ? 2 : 1);
        r->out->absorbed_kev += p->weight * p->kev - after;
        p->weight *= fate == MATTER_PAIR ? 2 : 1; /* both photons as one of double weight */
        p->kev = kev;
        turn(p->way, cosine, &r->rng);
        if (p->kev < MATTER_KEV_MIN)
            break;
        double mu = linear(r, matter_at(r->matter, p->kev));
        double free = -num_log(rng_unit(&r->rng)) / mu, end = way_out(r->s, p->at, p->way);
        if (free >= end) {
            r->out->scattered_kev += p->weight * p->kev;
            return;
        }
        for (int c = 0; c < 3; c++)
            p->at[c] += p->way[c] * free;
    }
    r->out->absorbed_kev += p->weight * p->kev;
}

/* Direction into the field, and the way to the plate. */
static void
emit(struct run *r, struct photon *p)
{
    const struct slab *s = r->s;
    double length = 0;

    p->way[0] = (rng_unit(&r->rng) - 0.5) * s->field_mm[0];
    p->way[1] = (rng_unit(&r->rng) - 0.5) * s->field_mm[1];
    p->way[2] = s->detector_mm;
    for (int c = 0; c < 3; c++)
        length += p->way[c] * p->way[c];
    length = sqrt(length);
    for (int c = 0; c < 3; c++) {
        p->way[c] /= length;
        p->at[c] = 0;
    }
    for (int c = 0; c < 3; c++)
        p->at[c] = p->way[c] * (s->front_mm / p->way[2]);
}

/* One photon of the given energy: the part that passes is exact, the rest collides. */
static void
history(struct run *r, double kev, double weight)
{
    struct photon p = {.kev = kev};

    emit(r, &p);
    double mu = linear(r, matter_at(r->matter, kev));
    double end = way_out(r->s, p.at, p.way), passes = num_exp(-mu * end);
    r->out->emitted_kev += weight * kev;
    r->out->transmitted_kev += weight * kev * passes;
    p.weight = weight * (1 - passes);
    double free = -num_log(1 - rng_unit(&r->rng) * (1 - passes)) / mu;
    for (int c = 0; c < 3; c++)
        p.at[c] += p.way[c] * (free < end ? free : end);
    follow(r, &p);
}

/* Signals of air and of the axis behind the plate; scales all sums to air and one photon. */
static void
finish(struct run *r, double photons)
{
    const struct spectrum *spectrum = r->s->spectrum;
    struct slab_result *out = r->out;

    for (int k = 0; k < r->s->detectors; k++) {
        double air = 0, primary = 0;
        for (int i = 0; i < spectrum->n; i++) {
            double at = matter_at(r->matter, spectrum->kev[i]);
            double signal = spectrum->photons[i] / photons * matter_look(r->response[k], at);
            air += signal;
            primary += signal * num_exp(-linear(r, at) * r->s->thickness_mm);
        }
        out->primary[k] = primary / air;
        for (int a = 0; a < r->s->angles; a++) {
            out->single[k][a] /= air;
            out->all[k][a] /= air;
        }
    }
}

void
slab_run(const struct slab *s, struct slab_result *out)
{
    struct run *r = mem_zero(1, sizeof *r);
    double photons = 0;

    prepare(r, s, out);
    for (int i = 0; i < s->spectrum->n; i++)
        photons += s->spectrum->kev[i] < MATTER_KEV_MIN ? 0 : s->spectrum->photons[i];
    double each = photons / s->histories, owed = 0;
    r->rng = rng_start(s->seed, (uint64_t)STREAM_SCATTER << 32);
    for (int i = 0; i < s->spectrum->n; i++) { /* every energy gets its share of the histories */
        double share = s->spectrum->photons[i];
        if (s->spectrum->kev[i] < MATTER_KEV_MIN || share <= 0)
            continue;
        owed += share / each;
        int n = (int)owed + 1;
        owed -= (int)owed;
        for (int j = 0; j < n; j++)
            history(r, s->spectrum->kev[i], share / photons / n);
    }
    finish(r, photons);
    mem_free(r);
}
