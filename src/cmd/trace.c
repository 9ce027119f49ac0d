/* trace: what one ray, or every ray of a list, crosses in a scene, and what that does to a beam of
 * one energy: for auditors, and for comparison with other simulators. */
#include "base/arena.h"
#include "base/file.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "phys/xs.h"
#include "twin/scene.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAYS_BYTES_MAX ((size_t)256 << 20)
#define PLACE_MM_MAX 1e7

struct job {
    const struct scene *scene;
    const char *file;
    double kev; /* 0 = none asked */
    double mu_cm[SCENE_MATERIALS_MAX];
    bool json;
};

/* n finite numbers, between commas or blanks, and nothing else. Returns where the line ends. */
static const char *
read_numbers(const char *p, int n, double *out)
{
    for (int i = 0; i < n; i++) {
        char *end;
        p += strspn(p, i > 0 ? " \t," : " \t");
        out[i] = strtod(p, &end);
        if (end == p || !(fabs(out[i]) <= PLACE_MM_MAX))
            return NULL;
        p = end;
    }
    p += strspn(p, " \t\r");
    return *p == '\0' || *p == '\n' ? p : NULL;
}

static bool
is_number(const char *word)
{
    char *end;
    strtod(word, &end);
    return end != word && *end == '\0';
}

/* "--from X Y Z" becomes "--from X,Y,Z", the one value that the common option reader takes. */
static int
join_points(int argc, char **argv, char joined[2][200])
{
    int n = 0, used = 0;

    for (int i = 0; i < argc; i++) {
        bool point = strcmp(argv[i], "--from") == 0 || strcmp(argv[i], "--to") == 0;
        argv[n++] = argv[i];
        if (!point || used == 2 || i + 3 >= argc || !is_number(argv[i + 1]) ||
            !is_number(argv[i + 2]) || !is_number(argv[i + 3]))
            continue;
        snprintf(joined[used], sizeof joined[used], "%.60s,%.60s,%.60s", argv[i + 1], argv[i + 2],
                 argv[i + 3]);
        argv[n++] = joined[used++];
        i += 3;
    }
    return n;
}

/* -ln T of what is crossed. */
static double
attenuation(const struct job *j, const struct scene_path *path)
{
    double sum = 0;

    for (int i = 0; i < path->n; i++)
        sum += j->mu_cm[path->material[i]] * path->mm[i] * 0.1;
    return sum;
}

static json_t *
ray_json(const struct job *j, const double a[3], const double b[3], const struct scene_path *path)
{
    json_t *parts = json_array();

    for (int i = 0; i < path->n; i++) {
        const struct material *m = scene_material(j->scene, path->material[i]);
        json_t *part = json_pack("{s:s, s:f, s:f, s:f}", "material", m->name, "density_g_cm3",
                                 m->density_g_cm3, "mm", path->mm[i], "g_cm2",
                                 m->density_g_cm3 * path->mm[i] * 0.1);
        if (j->kev > 0)
            json_object_set_new(part, "attenuation",
                                json_real(j->mu_cm[path->material[i]] * path->mm[i] * 0.1));
        json_array_append_new(parts, part);
    }
    json_t *ray = json_pack("{s:[f,f,f], s:[f,f,f], s:o}", "from_mm", a[0], a[1], a[2], "to_mm",
                            b[0], b[1], b[2], "parts", parts);
    if (j->kev > 0) {
        double sum = attenuation(j, path);
        json_object_set_new(ray, "kev", json_real(j->kev));
        json_object_set_new(ray, "attenuation", json_real(sum));
        json_object_set_new(ray, "transmission", json_real(num_exp(-sum)));
    }
    return ray;
}

static void
print_ray(const struct job *j, const struct scene_path *path)
{
    double mm = 0, g_cm2 = 0;

    for (int i = 0; i < path->n; i++) {
        const struct material *m = scene_material(j->scene, path->material[i]);
        double areal = m->density_g_cm3 * path->mm[i] * 0.1;
        printf("%-24s %12.6f mm %12.6f g/cm2", cmd_shown(m->name), path->mm[i], areal);
        if (j->kev > 0)
            printf(" %12.6f", j->mu_cm[path->material[i]] * path->mm[i] * 0.1);
        printf("\n");
        mm += path->mm[i];
        g_cm2 += areal;
    }
    printf("%-24s %12.6f mm %12.6f g/cm2", "in all", mm, g_cm2);
    if (j->kev > 0) {
        double sum = attenuation(j, path);
        printf(" %12.6f = -ln T at %g keV; T = %.6g", sum, j->kev, num_exp(-sum));
    }
    printf("\n");
}

/* One line a ray: a column of millimetres for each material, and -ln T. */
static void
print_row(const struct job *j, const struct scene_path *path)
{
    for (int m = 0, i = 0; m < scene_materials(j->scene); m++) {
        bool here = i < path->n && path->material[i] == m;
        printf("%s%.9g", m == 0 ? "" : "\t", here ? path->mm[i] : 0.0);
        i += here;
    }
    if (j->kev > 0)
        printf("\t%.9g", attenuation(j, path));
    printf("\n");
}

static void
print_header(const struct job *j)
{
    for (int m = 0; m < scene_materials(j->scene); m++)
        printf("%s%s mm", m == 0 ? "" : "\t", cmd_shown(scene_material(j->scene, m)->name));
    printf("%s\n", j->kev > 0 ? "\t-ln T" : "");
}

/* All rays are read before anything is printed: a bad list leaves no half an answer. An exit code,
 * or -1. */
static int
trace_list(const struct job *j, const char *file, struct err *e)
{
    uint8_t *bytes;
    size_t size;
    int line = 1, n = 0, max = 0, result = -1;
    double(*ray)[6] = NULL;

    if (file_load(file, RAYS_BYTES_MAX, &bytes, &size, e) != 0)
        return -1;
    for (const char *p = (const char *)bytes; *p != '\0'; line++) {
        const char *word = p + strspn(p, " \t\r"), *end = word + strcspn(word, "\n");
        if (*word != '#' && *word != '\n' && *word != '\0') {
            if (n == max) {
                max = max == 0 ? 1024 : 2 * max;
                ray = mem_grow(ray, (size_t)n, (size_t)max, sizeof *ray);
            }
            if (read_numbers(word, 6, ray[n++]) == NULL) {
                err_set(e, ERR_INPUT, "%s:%d: six numbers are needed: X Y Z of both ends, in mm",
                        file, line);
                goto out;
            }
        }
        p = *end == '\n' ? end + 1 : end;
    }
    json_t *all = json_array();
    if (!j->json)
        print_header(j);
    for (int i = 0; i < n; i++) {
        struct scene_path path;
        scene_trace(j->scene, ray[i], ray[i] + 3, &path);
        if (j->json)
            json_array_append_new(all, ray_json(j, ray[i], ray[i] + 3, &path));
        else
            print_row(j, &path);
    }
    result = CMD_OK;
    if (j->json)
        result =
            cmd_print_json(json_pack("{s:s, s:O}", "scene", scene_name(j->scene), "rays", all));
    json_decref(all);
out:
    mem_free(bytes);
    mem_free(ray);
    return result;
}

static int
trace_one(const struct job *j, const double a[3], const double b[3])
{
    struct scene_path path;

    scene_trace(j->scene, a, b, &path);
    if (!j->json) {
        print_ray(j, &path);
        return 0;
    }
    json_t *ray = ray_json(j, a, b, &path);
    json_object_set_new(ray, "scene", json_string(scene_name(j->scene)));
    return cmd_print_json(ray);
}

static int
trace_run(int argc, char **argv)
{
    extern const struct command command_trace;
    const char *from = NULL, *to = NULL, *rays = NULL;
    char joined[2][200];
    struct job j = {.json = false};
    const struct cmd_option rows[] = {
        {.name = "from",
         .kind = CMD_TEXT,
         .to = &from,
         .argument = "X Y Z",
         .meaning = "where the ray begins, in item coordinates, mm"},
        {.name = "to",
         .kind = CMD_TEXT,
         .to = &to,
         .argument = "X Y Z",
         .meaning = "where it ends"},
        {.name = "rays",
         .kind = CMD_TEXT,
         .to = &rays,
         .argument = "FILE",
         .meaning = "trace every line of FILE, six numbers each; a row of millimetres per ray"},
        {.name = "kev",
         .kind = CMD_NUMBER,
         .to = &j.kev,
         .argument = "E",
         .min = XS_KEV_MIN,
         .max = XS_KEV_MAX,
         .meaning = "also the attenuation -ln T at this photon energy (narrow beam)"},
        CMD_ROW_JSON(&j.json),
        {.name = NULL},
    };
    struct scene *scene = NULL;
    struct err e;
    double a[3], b[3];

    cmd_options(&command_trace, rows, join_points(argc, argv, joined), argv, 1, 1);
    bool ends = from != NULL && to != NULL;
    if ((rays != NULL) == (from != NULL || to != NULL) || (rays == NULL && !ends))
        return cmd_bad("give either --from X Y Z and --to X Y Z, or --rays FILE");
    if (ends && read_numbers(from, 3, a) == NULL)
        return cmd_bad("--from: '%.60s' is not three numbers of at most %g mm", from, PLACE_MM_MAX);
    if (ends && read_numbers(to, 3, b) == NULL)
        return cmd_bad("--to: '%.60s' is not three numbers of at most %g mm", to, PLACE_MM_MAX);
    if (scene_load(argv[0], &scene, &e) != 0)
        return cmd_fail(&e);
    j.scene = scene;
    for (int i = 0; j.kev > 0 && i < scene_materials(scene); i++) {
        const struct material *m = scene_material(scene, i);
        j.mu_cm[i] = material_mu_total(m, j.kev) * m->density_g_cm3;
    }
    int result = rays == NULL ? trace_one(&j, a, b) : trace_list(&j, rays, &e);
    if (result < 0)
        result = cmd_fail(&e);
    scene_free(scene);
    return result;
}

const struct command command_trace = {
    .name = "trace",
    .brief = "List the materials that a ray crosses in a scene, and its attenuation",
    .usage = "SCENE",
    .run = trace_run,
};
