/* scan: see scan.h. */
#include "calib/scan.h"

#include <stdio.h>
#include <string.h>

const char *const scan_role_name[SCAN_ROLES] = {"dark", "air", "wedge", "lag", "scatter"};

static const struct pose *
pose_of(const struct scan *s, const struct scan_channel *c, int32_t line)
{
    return c->pose < 0 || line >= tape_mark(s->tape, c->pose) ? NULL
                                                              : tape_read(s->tape, c->pose, line);
}

/* A tape may hold darks, flats and an item one after the other (an import); then only the lines of
 * the role count. `flag` is 0 where the tape does not tell its lines apart. */
static uint32_t
role_flag(const struct scan *s, const struct scan_channel *c)
{
    static const uint32_t flags[SCAN_ROLES] = {[SCAN_DARK] = POSE_DARK, [SCAN_AIR] = POSE_AIR};

    for (int32_t i = 0; c->pose >= 0 && i < tape_mark(s->tape, c->pose); i++)
        if (pose_of(s, c, i)->flags & flags[s->role])
            return flags[s->role];
    return 0;
}

/* Does this line belong to the channel? Poses of an interlaced source tell the energies apart. */
static bool
line_counts(const struct scan *s, const struct scan_channel *c, int32_t line, uint32_t flag)
{
    const struct pose *p = pose_of(s, c, line);
    const uint32_t bad = POSE_DOUBLED | POSE_MISSING | POSE_SUSPECT;

    if (p == NULL)
        return true;
    if (c->interlaced && ((p->flags & POSE_HIGH) != 0) != (c->energy == 1))
        return false;
    if ((p->flags & flag) != flag)
        return false;
    if (s->role == SCAN_DARK)
        return (p->flags & POSE_DOUBLED) == 0;
    if (s->role != SCAN_LAG && (p->flags & POSE_DARK) != 0)
        return false;
    return s->role == SCAN_LAG || (p->flags & bad) == 0;
}

/* Says why no line counts. */
static int
no_lines(const struct scan *s, const struct scan_channel *c, int32_t lines, struct err *e)
{
    char where[32];
    int32_t off = 0;

    for (int32_t i = 0; i < lines; i++) {
        const struct pose *p = pose_of(s, c, i);
        off += p != NULL && (p->flags & POSE_DARK) != 0;
    }
    if (off > 0 && s->role != SCAN_DARK)
        return err_set(e, ERR_INPUT,
                       "%s: the source was off in every line of this %s scan; are dark and air "
                       "mixed up?",
                       s->name, scan_role_name[s->role]);
    return err_set(e, ERR_INPUT, "%s: %s has no usable line in this %s scan", s->name,
                   scan_where(c, where), scan_role_name[s->role]);
}

static int
add_channel(struct scan *s, int plane, int energy, struct err *e)
{
    const struct plane_spec *spec = tape_plane(s->tape, plane);
    int32_t lines = tape_mark(s->tape, plane);

    if (s->n == SCAN_CHANNELS_MAX)
        return err_set(e, ERR_LIMIT, "%s: more than %d views and energies", s->name,
                       SCAN_CHANNELS_MAX);
    struct scan_channel *c = &s->channel[s->n];
    *c = (struct scan_channel){.view = spec->view,
                               .energy = energy,
                               .plane = plane,
                               .pose = tape_find(s->tape, Q_POSE, spec->view, -1),
                               .rows = spec->rows,
                               .cols = spec->cols,
                               .n = spec->rows * spec->cols,
                               .real = spec->quantity == Q_COUNTS_F32,
                               .interlaced = spec->energy == 2};
    if (c->interlaced && c->pose < 0)
        return err_set(e, ERR_INPUT, "%s: view %d is interlaced, but no poses tell its energies",
                       s->name, c->view);
    c->line = arena_zero(&s->arena, (size_t)lines + 1, sizeof *c->line);
    c->dose = arena_zero(&s->arena, (size_t)lines + 1, sizeof *c->dose);
    uint32_t flag = role_flag(s, c);
    for (int32_t i = 0; i < lines; i++) {
        if (!line_counts(s, c, i, flag))
            continue;
        const struct pose *p = pose_of(s, c, i);
        bool known = p != NULL && p->dose > 1e-3f && p->dose < 1e3f && s->role != SCAN_DARK;
        c->dose[c->lines] = known ? p->dose : 1;
        c->line[c->lines++] = i;
    }
    s->n++;
    return c->lines == 0 ? no_lines(s, c, lines, e) : 0;
}

static int
find_channels(struct scan *s, struct err *e)
{
    for (int i = 0; i < tape_planes(s->tape); i++) {
        const struct plane_spec *p = tape_plane(s->tape, i);
        if (p->quantity != Q_COUNTS && p->quantity != Q_COUNTS_F32)
            continue;
        if (p->view >= GEOMETRY_VIEWS_MAX || p->energy > 2 ||
            (int64_t)p->rows * p->cols > TAPE_ROWS_MAX * 64)
            return err_set(e, ERR_LIMIT, "%s: plane %d has an impossible view, energy or size",
                           s->name, i);
        int first = p->energy == 1 ? 1 : 0, last = p->energy == 0 ? 0 : 1;
        for (int k = first; k <= last; k++)
            if (add_channel(s, i, k, e) != 0)
                return -1;
    }
    if (s->n == 0)
        return err_set(e, ERR_INPUT, "%s: the tape has no counts; a calibration needs raw scans",
                       s->name);
    return 0;
}

int
scan_open(enum scan_role role, const char *name, const struct tape *t,
          const uint8_t root[HASH_BYTES], struct scan *s, struct err *e)
{
    const char *about = tape_about(t), *slash = strrchr(name, '/');
    struct scan made = {.role = role, .name = slash == NULL ? name : slash + 1, .tape = t};

    if (text_parse(&made.about, made.name, about, strlen(about), e) != 0)
        return -1;
    hash_hex(root, made.root);
    made.machine = text_find(made.about.root, "scanner");
    if (made.machine != NULL && made.machine->n_args > 0)
        snprintf(made.scanner, sizeof made.scanner, "%s", made.machine->arg[0]);
    if (made.machine != NULL && !made.machine->block)
        made.machine = NULL;
    if (find_channels(&made, e) != 0) {
        scan_close(&made);
        return -1;
    }
    *s = made;
    return 0;
}

void
scan_close(struct scan *s)
{
    if (s->tape == NULL)
        return;
    text_free(&s->about);
    arena_free(&s->arena);
    s->tape = NULL;
}

const struct scan_channel *
scan_find(const struct scan *s, int view, int energy)
{
    for (int i = 0; i < s->n; i++)
        if (s->channel[i].view == view && s->channel[i].energy == energy)
            return &s->channel[i];
    return NULL;
}

int
scan_same_machine(const struct scan *a, const struct scan *b, struct err *e)
{
    char where[32];

    if (strcmp(a->scanner, b->scanner) != 0)
        return err_set(e, ERR_INPUT, "%s is of scanner '%s', %s of scanner '%s'; use scans of one",
                       a->name, a->scanner, b->name, b->scanner);
    for (int i = 0; i < a->n; i++) {
        const struct scan_channel *c = &a->channel[i], *d = scan_find(b, c->view, c->energy);
        if (d == NULL)
            return err_set(e, ERR_INPUT, "%s has %s, %s has not", a->name, scan_where(c, where),
                           b->name);
        if (c->rows != d->rows || c->cols != d->cols)
            return err_set(e, ERR_INPUT, "%s: %s has %d x %d pixels in %s, but %d x %d in %s",
                           b->name, scan_where(c, where), c->rows, c->cols, a->name, d->rows,
                           d->cols, b->name);
    }
    if (a->n != b->n)
        return err_set(e, ERR_INPUT, "%s has %d views and energies, %s has %d", a->name, a->n,
                       b->name, b->n);
    return 0;
}

const char *
scan_where(const struct scan_channel *c, char out[32])
{
    snprintf(out, 32, "view %d, %s energy", c->view, c->energy == 1 ? "high" : "low");
    return out;
}

float
scan_count(const struct scan_channel *c, const void *line, int p)
{
    return c->real ? ((const float *)line)[p] : (float)((const uint32_t *)line)[p];
}

void
scan_line(const struct scan *s, const struct scan_channel *c, int32_t l, float *out)
{
    const void *line = tape_read(s->tape, c->plane, c->line[l]);

    for (int p = 0; p < c->n; p++)
        out[p] = scan_count(c, line, p);
}

void
scan_columns(const struct scan *s, const struct scan_channel *c, int begin, int end, float *out)
{
    for (int32_t l = 0; l < c->lines; l++) {
        const void *line = tape_read(s->tape, c->plane, c->line[l]);
        for (int p = begin; p < end; p++)
            out[(size_t)(p - begin) * (size_t)c->lines + (size_t)l] = scan_count(c, line, p);
    }
}
