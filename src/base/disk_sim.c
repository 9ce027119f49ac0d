/* disk_sim: see disk_sim.h. A file is its list of changes; names point at files. A cut replays the
 * list and asks, change by change, whether a sync of its file or folder made it sure. */
#include "base/disk_sim.h"

#include "base/arena.h"
#include "base/rng.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define NAME 128
#define FILES 4096
#define SECTOR 512

enum act { WRITE, TRUNCATE, SYNC, MAKE, RENAME, REMOVE, FOLDER, SYNC_FOLDER };

struct step {
    enum act act;
    int file;       /* of the first four; the new file of MAKE */
    uint64_t at, n; /* of WRITE and TRUNCATE */
    uint8_t *bytes; /* of WRITE */
    char name[NAME], to[NAME];
};

struct content {
    uint8_t *bytes;
    size_t n, room;
};

struct entry {
    bool there, folder;
    int file;
    char name[NAME];
};

struct disk_sim {
    struct step *step;
    int n_steps, room_steps, n_files, n_entries, refuse;
    struct content file[FILES];
    struct entry entry[FILES];
};

struct disk_sim *
disk_sim_new(void)
{
    struct disk_sim *s = mem_zero(1, sizeof *s);

    s->refuse = INT_MAX;
    return s;
}

void
disk_sim_free(struct disk_sim *s)
{
    if (s == NULL)
        return;
    for (int i = 0; i < s->n_steps; i++)
        mem_free(s->step[i].bytes);
    for (int i = 0; i < s->n_files; i++)
        mem_free(s->file[i].bytes);
    mem_free(s->step);
    mem_free(s);
}

int
disk_sim_steps(const struct disk_sim *s)
{
    return s->n_steps;
}

void
disk_sim_refuse(struct disk_sim *s, int from_step)
{
    s->refuse = from_step;
}

static struct entry *
find(struct disk_sim *s, const char *name)
{
    for (int i = 0; i < s->n_entries; i++)
        if (s->entry[i].there && strcmp(s->entry[i].name, name) == 0)
            return &s->entry[i];
    return NULL;
}

static void
put_entry(struct disk_sim *s, const char *name, bool folder, int file)
{
    struct entry *old = find(s, name);

    if (old == NULL) {
        assert(s->n_entries < FILES);
        old = &s->entry[s->n_entries++];
    }
    *old = (struct entry){true, folder, file, ""};
    snprintf(old->name, NAME, "%s", name);
}

static void
put_bytes(struct content *c, uint64_t at, const uint8_t *bytes, size_t n)
{
    if (at + n > c->room) {
        size_t room = 2 * (at + n);
        c->bytes = mem_grow(c->bytes, c->room, room, 1);
        c->room = room;
    }
    if (n > 0)
        memcpy(c->bytes + at, bytes, n);
    c->n = at + n > c->n ? at + n : c->n;
}

static void
cut_bytes(struct content *c, uint64_t n)
{
    if (n < c->n)
        memset(c->bytes + n, 0, c->n - n);
    c->n = n < c->n ? n : c->n;
}

/* Does it, in memory. */
static void
apply(struct disk_sim *s, const struct step *t)
{
    struct entry *from = t->act == RENAME || t->act == REMOVE ? find(s, t->name) : NULL;

    switch (t->act) {
    case WRITE:
        put_bytes(&s->file[t->file], t->at, t->bytes, t->n);
        break;
    case TRUNCATE:
        cut_bytes(&s->file[t->file], t->n);
        break;
    case MAKE:
        put_entry(s, t->name, false, t->file);
        break;
    case FOLDER:
        put_entry(s, t->name, true, -1);
        break;
    case RENAME:
        if (from == NULL) /* its making was lost */
            break;
        from->there = false;
        put_entry(s, t->to, false, from->file);
        break;
    case REMOVE:
        if (from != NULL)
            from->there = false;
        break;
    default:
        break;
    }
}

/* Records a change and does it; -1 where the disk refuses. */
static int
take(struct disk_sim *s, struct step t, const char *name, const char *to, struct err *e)
{
    if (s->n_steps >= s->refuse)
        return err_set(e, ERR_SYSTEM, "%s: refused", name);
    if (s->n_steps == s->room_steps) {
        s->step = mem_grow(s->step, (size_t)s->room_steps, 2 * (size_t)s->room_steps + 64,
                           sizeof *s->step);
        s->room_steps = 2 * s->room_steps + 64;
    }
    snprintf(t.name, NAME, "%s", name);
    snprintf(t.to, NAME, "%s", to);
    s->step[s->n_steps++] = t;
    apply(s, &t);
    return 0;
}

static int
new_file(struct disk_sim *s)
{
    assert(s->n_files < FILES);
    return s->n_files++;
}

static bool
has_folder(struct disk_sim *s, const char *name)
{
    char folder[NAME];
    const char *slash = strrchr(name, '/');

    if (slash == NULL)
        return true;
    snprintf(folder, NAME, "%.*s", (int)(slash - name), name);
    struct entry *f = find(s, folder);
    return f != NULL && f->folder;
}

static int
sim_open(void *self, const char *name, enum disk_mode mode, struct err *e)
{
    struct disk_sim *s = self;
    struct entry *old = find(s, name);

    assert(strlen(name) < NAME);
    if ((old != NULL) == (mode == DISK_NEW) || (old != NULL && old->folder))
        return err_set(e, ERR_INPUT, "%s: %s", name, old == NULL ? "not there" : "there already");
    if (mode != DISK_NEW)
        return old->file;
    if (!has_folder(s, name))
        return err_set(e, ERR_INPUT, "%s: its folder is not there", name);
    int file = new_file(s);
    return take(s, (struct step){.act = MAKE, .file = file}, name, "", e) == 0 ? file : -1;
}

static void
sim_close(void *self, int handle)
{
    (void)self, (void)handle;
}

static int
sim_size(void *self, int handle, uint64_t *n, struct err *e)
{
    (void)e;
    *n = ((struct disk_sim *)self)->file[handle].n;
    return 0;
}

static int
sim_read(void *self, int handle, uint64_t at, void *to, size_t n, struct err *e)
{
    const struct content *c = &((struct disk_sim *)self)->file[handle];

    if (at + n > c->n)
        return err_set(e, ERR_SYSTEM, "a read past the end");
    if (n > 0)
        memcpy(to, c->bytes + at, n);
    return 0;
}

static int
sim_write(void *self, int handle, const void *from, size_t n, struct err *e)
{
    struct disk_sim *s = self;
    struct step t = {.act = WRITE, .file = handle, .at = s->file[handle].n, .n = n};

    if (s->n_steps >= s->refuse) {
        put_bytes(&s->file[handle], t.at, from, n / 2);
        return err_set(e, ERR_SYSTEM, "a write: refused");
    }
    t.bytes = mem_zero(n, 1);
    memcpy(t.bytes, from, n);
    return take(s, t, "", "", e);
}

static int
sim_truncate(void *self, int handle, uint64_t n, struct err *e)
{
    return take(self, (struct step){.act = TRUNCATE, .file = handle, .n = n}, "", "", e);
}

static int
sim_sync(void *self, int handle, struct err *e)
{
    return take(self, (struct step){.act = SYNC, .file = handle}, "", "", e);
}

static int
sim_rename(void *self, const char *from, const char *to, struct err *e)
{
    if (find(self, from) == NULL)
        return err_set(e, ERR_INPUT, "%s: not there", from);
    return take(self, (struct step){.act = RENAME}, from, to, e);
}

static int
sim_remove(void *self, const char *name, struct err *e)
{
    if (find(self, name) == NULL)
        return err_set(e, ERR_INPUT, "%s: not there", name);
    return take(self, (struct step){.act = REMOVE}, name, "", e);
}

static int
sim_folder(void *self, const char *name, struct err *e)
{
    if (find(self, name) != NULL)
        return 0;
    return take(self, (struct step){.act = FOLDER}, name, "", e);
}

static int
sim_sync_folder(void *self, const char *name, struct err *e)
{
    return take(self, (struct step){.act = SYNC_FOLDER}, name, "", e);
}

static const struct disk_calls sim_calls = {
    .open = sim_open,
    .close = sim_close,
    .size = sim_size,
    .read = sim_read,
    .write = sim_write,
    .truncate = sim_truncate,
    .sync = sim_sync,
    .rename = sim_rename,
    .remove = sim_remove,
    .folder = sim_folder,
    .sync_folder = sim_sync_folder,
};

struct disk
disk_sim_disk(struct disk_sim *s)
{
    return (struct disk){&sim_calls, s};
}

uint8_t *
disk_sim_bytes(struct disk_sim *s, const char *name, size_t *n)
{
    struct entry *f = find(s, name);

    if (f == NULL || f->folder)
        return NULL;
    *n = s->file[f->file].n;
    return s->file[f->file].bytes;
}

static bool
stands_in(const char *name, const char *folder)
{
    size_t n = strlen(folder);

    if (n == 0)
        return strchr(name, '/') == NULL;
    return strncmp(name, folder, n) == 0 && name[n] == '/' && strchr(name + n + 1, '/') == NULL;
}

/* Did a sync behind change i, and among the first `steps`, make it sure? */
static bool
is_sure(const struct disk_sim *s, int i, int steps)
{
    const struct step *t = &s->step[i];

    for (int k = i + 1; k < steps; k++) {
        const struct step *later = &s->step[k];
        bool file = t->act == WRITE || t->act == TRUNCATE;
        if (file && later->act == SYNC && later->file == t->file)
            return true;
        if (!file && later->act == SYNC_FOLDER &&
            stands_in(t->act == RENAME ? t->to : t->name, later->name))
            return true;
    }
    return false;
}

/* Only some sectors of a write arrive. */
static void
tear(struct disk_sim *to, const struct step *t, struct rng *r)
{
    for (uint64_t at = t->at, end = t->at + t->n; at < end;) {
        uint64_t next = (at / SECTOR + 1) * SECTOR;
        next = next < end ? next : end;
        if (rng_below(r, 2) == 0)
            put_bytes(&to->file[t->file], at, t->bytes + (at - t->at), next - at);
        at = next;
    }
}

struct disk_sim *
disk_sim_cut(const struct disk_sim *s, int steps, enum disk_cut how, uint64_t seed)
{
    struct disk_sim *to = disk_sim_new();
    struct rng r = rng_start(seed, (uint64_t)steps);

    to->n_files = s->n_files;
    for (int i = 0; i < steps; i++) {
        const struct step *t = &s->step[i];
        int chance = how == DISK_CUT_DROP ? 1 : how == DISK_CUT_KEEP ? 0 : rng_below(&r, 3);
        if (chance == 0 || is_sure(s, i, steps))
            apply(to, t);
        else if (chance == 2 && t->act == WRITE)
            tear(to, t, &r);
    }
    return to;
}
