/* bench_scene: rays a second through scenes of 10 to 10,000 solids and through a loaded lorry, one
 * thread. Build and run: ninja -C build bench-scene && build/bench-scene. The boxes of the first
 * table lie along the belt, so a ray crosses ten of them however many there are: what grows is the
 * tree. Those of the second fill a cube: what grows is what is crossed. */
#include "base/rng.h"
#include "twin/scene.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double
now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct scene *
scene_of(const char *source)
{
    struct text t;
    struct err e;
    struct scene *s;

    if (text_parse(&t, "bench", source, strlen(source), &e) != 0 ||
        scene_parse(&t, "", &s, &e) != 0) {
        fprintf(stderr, "%s\n", e.text);
        exit(2);
    }
    text_free(&t);
    return s;
}

/* nx x ny x nz boxes of 100 mm with gaps, each with a ball in it if `filled`. */
static struct scene *
boxes(int nx, int ny, int nz)
{
    char source[600];
    snprintf(source, sizeof source,
             "scene x {\n repeat {\n count %d %d %d\n step_mm 120 120 120\n"
             " box {\n material cardboard\n size_mm 100 100 100\n }\n }\n}\n",
             nx, ny, nz);
    return scene_of(source);
}

/* Fans of 1,000 rays from y = -2000 at random belt positions; returns seconds per ray. */
static double
fans(const struct scene *s, double *mm)
{
    struct scene_path path;
    double low[3], high[3], best = 1e9;

    scene_box(s, low, high);
    for (int pass = 0; pass < 3; pass++) {
        long rays = 0;
        double start = now_s(), end;
        *mm = 0;
        for (uint64_t line = 0;; line++) {
            struct rng r = rng_start(1, line);
            double x = rng_range(&r, low[0], high[0]), far = high[1] + 500, wide = high[2] - low[2];
            double a[3] = {x, low[1] - 2000, 0.5 * (low[2] + high[2])};
            for (int i = 0; i < 1000; i++, rays++) {
                double b[3] = {x, far, a[2] + wide * (i / 999. - 0.5)};
                scene_trace(s, a, b, &path);
                for (int k = 0; k < path.n; k++)
                    *mm += path.mm[k];
            }
            end = now_s();
            if (end - start > 0.3)
                break;
        }
        *mm /= (double)rays;
        best = fmin(best, (end - start) / (double)rays);
    }
    return best;
}

static void
report(const char *name, const struct scene *s)
{
    double mm, seconds = fans(s, &mm);
    printf("%-28s %7d solids %8.0f ns a ray %8.2f million rays/s %8.0f mm crossed\n", name,
           scene_solids(s), seconds * 1e9, 1e-6 / seconds, mm);
}

/* A lorry: steel box with floor and beams, 24 pallets of boxes that hold goods, 20 tyres. */
static const char lorry[] =
    "scene lorry {\n material steel\n"
    " difference {\n box {\n size_mm 12000 2500 2700\n at_mm 0 0 2400\n }\n"
    "  box {\n size_mm 11990 2490 2690\n at_mm 0 0 2400\n }\n }\n"
    " repeat {\n count 40 1 1\n step_mm 300 0 0\n at_mm -5850 0 1040\n"
    "  box {\n size_mm 60 2400 80\n }\n }\n"
    " repeat {\n count 5 2 2\n step_mm 1200 1900 300\n at_mm -5000 -950 520\n torus {\n"
    "  material rubber\n radius_mm 380\n tube_mm 130\n rotate_deg 90 0 0\n }\n }\n"
    " repeat {\n count 10 2 1\n step_mm 1180 1180 0\n at_mm -5400 -590 1100\n"
    "  repeat {\n count 1 7 1\n step_mm 0 160 0\n at_mm 0 -480 60\n"
    "   box {\n material pine\n size_mm 1100 100 22\n }\n }\n"
    "  repeat {\n count 4 4 8\n step_mm 290 290 270\n at_mm -435 -435 220\n"
    "   box {\n material cardboard\n size_mm 286 286 266\n }\n"
    "   box {\n material water\n size_mm 250 250 120\n }\n"
    "   cylinder {\n material steel\n radius_mm 60\n height_mm 90\n at_mm 0 0 70\n }\n }\n }\n}\n";

static void
report_lorry(void)
{
    struct scene *s = scene_of(lorry);
    struct scene_path path;
    double start = now_s(), mm = 0;
    long rays = 0;

    for (double x = -6000; x < 6000; x += 97)
        for (int i = 0; i < 2500; i++)
            for (int sub = 0; sub < 4; sub++, rays++) {
                double at = i + 0.25 * sub, top = at - 1250;
                double a[3] = {x + sub, -4000, 1000 + sub};
                double b[3] = {x + 0.3 * sub, top < 0 ? 3500 : 3500 - top * 4,
                               top < 0 ? at * 4 : 5000};
                scene_trace(s, a, b, &path);
                for (int k = 0; k < path.n; k++)
                    mm += path.mm[k];
            }
    double seconds = now_s() - start;
    printf("%-28s %7d solids %8.0f ns a ray %8.2f million rays/s %8.0f mm crossed\n", "lorry",
           scene_solids(s), seconds / (double)rays * 1e9, 1e-6 * (double)rays / seconds,
           mm / (double)rays);
    scene_free(s);
}

int
main(void)
{
    static const int counts[] = {10, 100, 1000, 10000};

    for (int i = 0; i < 4; i++) {
        struct scene *s = boxes(counts[i] / 10, 10, 1);
        report("along the belt, 10 crossed", s);
        scene_free(s);
    }
    static const int sides[] = {2, 5, 10, 22};
    for (int i = 0; i < 4; i++) {
        struct scene *s = boxes(sides[i], sides[i], sides[i]);
        report("a cube", s);
        scene_free(s);
    }
    report_lorry();
    return 0;
}
