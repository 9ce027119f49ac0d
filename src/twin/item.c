/* item: see item.h. Finds the kind and the things to hide, has the item built about the origin,
 * then lays it where a belt or a road would have it. */
#include "twin/item_job.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

#define YAW_DEG 9.0     /* bags lie a little askew on a belt ... */
#define ACROSS_MM 570.0 /* ... but within the usual tunnel of 620 mm */

struct found {
    const struct item_maker *maker;
    const struct item_load *load; /* NULL: take any */
    bool vehicle;
    char name[ITEM_NAME_MAX];
};

static const struct item_maker *
maker_named(const struct item_maker *list, const char *name)
{
    for (; list->name != NULL; list++)
        if (strcmp(list->name, name) == 0)
            return list;
    return NULL;
}

bool
item_kind(int i, struct item_row *row)
{
    static const struct item_maker *const families[] = {item_bags, item_parcels, item_vehicles};

    for (int f = 0; f < 3; f++)
        for (const struct item_maker *m = families[f]; m->name != NULL; m++)
            if (i-- == 0) {
                snprintf(row->name, sizeof row->name, "%s", m->name);
                row->english = m->english;
                row->dutch = m->dutch;
                return true;
            }
    for (const struct item_maker *m = item_vehicles; m->name != NULL; m++)
        for (const struct item_load *l = item_loads; l->name != NULL; l++)
            if (vehicle_takes(m, l) && i-- == 0) {
                snprintf(row->name, sizeof row->name, "%s-%s", m->name, l->name);
                row->english = l->english;
                row->dutch = l->dutch;
                return true;
            }
    return false;
}

bool
item_threat(int i, struct item_row *row)
{
    if (i < 0 || i >= threat_count())
        return false;
    snprintf(row->name, sizeof row->name, "%s", threat_table[i].thing.name);
    row->english = threat_table[i].thing.english;
    row->dutch = threat_table[i].thing.dutch;
    return true;
}

/* How many letters differ, roughly: what is left after the common start and end. */
static size_t
distance(const char *a, const char *b)
{
    size_t start = 0, end = 0, na = strlen(a), nb = strlen(b);

    while (start < na && start < nb && a[start] == b[start])
        start++;
    while (end < na - start && end < nb - start && a[na - 1 - end] == b[nb - 1 - end])
        end++;
    return na + nb - 2 * (start + end);
}

static void
nearest(bool (*row_of)(int, struct item_row *), const char *name, char best[ITEM_NAME_MAX])
{
    struct item_row row;
    size_t least = SIZE_MAX;

    for (int i = 0; row_of(i, &row); i++)
        if (distance(name, row.name) < least) {
            least = distance(name, row.name);
            memcpy(best, row.name, ITEM_NAME_MAX);
        }
}

static int
find_kind(const char *kind, struct found *f, struct err *e)
{
    char best[ITEM_NAME_MAX];

    memset(f, 0, sizeof *f);
    snprintf(f->name, sizeof f->name, "%s", kind);
    if ((f->maker = maker_named(item_bags, kind)) != NULL ||
        (f->maker = maker_named(item_parcels, kind)) != NULL)
        return 0;
    f->vehicle = true;
    if ((f->maker = maker_named(item_vehicles, kind)) != NULL)
        return 0;
    for (const struct item_maker *m = item_vehicles; m->name != NULL; m++) {
        size_t n = strlen(m->name);
        if (strncmp(kind, m->name, n) != 0 || kind[n] != '-')
            continue;
        f->maker = m;
        if ((f->load = load_named(kind + n + 1)) != NULL && vehicle_takes(m, f->load))
            return 0;
    }
    nearest(item_kind, kind, best);
    return err_set(
        e, ERR_INPUT,
        "item kind \"%.60s\" is not known; the nearest is \"%s\" (doorlicht item --list)", kind,
        best);
}

static int
find_threat(const char *name, size_t n, const struct threat **t, struct err *e)
{
    char word[ITEM_NAME_MAX], best[ITEM_NAME_MAX];

    snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), name);
    if ((*t = threat_named(word)) != NULL)
        return 0;
    nearest(item_threat, word, best);
    return err_set(e, ERR_INPUT,
                   "hide: \"%s\" is not known; the nearest is \"%s\" (doorlicht item --list)", word,
                   best);
}

/* One or two random threats; in bags and parcels only what would go in. */
static void
hide_random(struct item_job *j, bool vehicle)
{
    for (int n = between(j->dice, 1, 2); n > 0;) {
        const struct threat *t = &threat_table[between(j->dice, 0, threat_count() - 1)];
        bool fits = vehicle || (!t->person && strcmp(t->thing.name, "rifle") != 0);
        if (fits && !(j->hides == 1 && j->hide[0] == t)) {
            j->hide[j->hides++] = t;
            n--;
        }
    }
}

static int
find_hides(struct item_job *j, const char *hide, bool vehicle, struct err *e)
{
    if (strcmp(hide, "none") == 0)
        return 0;
    if (strcmp(hide, "random") == 0) {
        j->random = true;
        hide_random(j, vehicle);
        return 0;
    }
    for (const char *c = hide;;) {
        size_t n = strcspn(c, ",");
        if (j->hides == ITEM_HIDE_MAX)
            return err_set(e, ERR_LIMIT, "hide: more than %d things", ITEM_HIDE_MAX);
        if (find_threat(c, n, &j->hide[j->hides++], e) != 0)
            return -1;
        if (c[n] == 0)
            return 0;
        c += n + 1;
    }
}

/* A random yaw, smaller for what would touch the walls of the tunnel. */
static double
yaw_of(const struct pen *body, struct dice *dice)
{
    double yaw = range(dice, -YAW_DEG, YAW_DEG);

    for (int i = 0; i < 6; i++, yaw /= 2) {
        struct v3_box box = box_turn(pen_box_of(body), V(0, 0, yaw));
        if (box_size(&box).y <= ACROSS_MM)
            return yaw;
    }
    return 0;
}

/* The scene around the item, which `body` has about the origin. */
static void
write_scene(struct pen *out, const struct pen *body, const struct found *f, double yaw)
{
    struct v3_box box = box_turn(pen_box_of(body), V(0, 0, yaw));

    pen_note(out, "%.0f x %.0f x %.0f mm; later solids replace earlier ones", box_size(&box).x,
             box_size(&box).y, box_size(&box).z);
    pen_line(out, "scene \"%s\" {", f->name);
    out->depth++;
    out->frame[out->depth] = out->frame[0];
    pen_group(out, f->maker->name, V(-box.low.x, -(box.low.y + box.high.y) / 2, -box.low.z),
              V(0, 0, yaw));
    pen_paste(out, body);
    pen_end(out);
    out->depth--;
    pen_line(out, "}");
}

/* FNV-1a: the same seed means another item for another kind. */
static uint64_t
stream_of(const char *kind)
{
    uint64_t h = 0xcbf29ce484222325;

    for (; *kind; kind++)
        h = (h ^ (unsigned char)*kind) * 0x100000001b3;
    return h;
}

int
item_write(const char *kind, uint64_t seed, const struct item_options *options,
           struct item_text *out, struct err *e)
{
    struct found f;
    struct pen body, scene;
    struct dice *dice = mem_zero(1, sizeof *dice);
    struct item_job job = {.pen = &body, .dice = dice, .e = e};
    const char *hide = options == NULL || options->hide == NULL ? "none" : options->hide;
    int rc = -1;

    *dice = dice_start(seed, stream_of(kind));
    pen_start(&body);
    if (find_kind(kind, &f, e) != 0 || find_hides(&job, hide, f.vehicle, e) != 0)
        goto out;
    job.load = f.load;
    if (f.maker->make(&job) != 0)
        goto out;
    pen_start(&scene);
    pen_note(&scene, "Simulated item: %s (%s), made by", f.maker->english, f.maker->dutch);
    pen_note(&scene, "doorlicht item %s --seed %llu --hide %.200s", f.name,
             (unsigned long long)seed, hide);
    write_scene(&scene, &body, &f, f.vehicle ? 0 : yaw_of(&body, dice));
    out->bytes = scene.bytes;
    out->n = scene.n;
    rc = 0;
out:
    pen_free(&body);
    mem_free(dice);
    return rc;
}

void
item_text_free(struct item_text *t)
{
    mem_free(t->bytes);
    t->bytes = NULL;
    t->n = 0;
}
