/* salvage: what is left of a damaged tape, made fit for inspection: lost lines say that they are
 * lost, in their poses and in the text about the scan. */
#include "base/arena.h"
#include "tape/file.h"

#include <stdio.h>
#include <string.h>

/* The text about the scan with one block more. The caller frees. */
static char *
name_losses(const struct tape *t, const struct tape_report *r)
{
    size_t n = strlen(tape_about(t)), room = n + 256 + (size_t)r->n_losses * 128;
    char *text = mem_zero(room, 1), hex[HASH_HEX];

    hash_hex(r->root, hex);
    size_t at = (size_t)snprintf(text, room, "%s%ssalvaged {\n    root %s\n", tape_about(t),
                                 n > 0 && tape_about(t)[n - 1] != '\n' ? "\n" : "", hex);
    for (int i = 0; i < r->n_losses; i++) {
        const struct plane_spec *p = tape_plane(t, r->loss[i].plane);
        at +=
            (size_t)snprintf(text + at, room - at, "    lost %s view %d energy %d lines %d to %d\n",
                             quantity_table[p->quantity].name, p->view, p->energy, r->loss[i].first,
                             r->loss[i].first + r->loss[i].lines - 1);
    }
    snprintf(text + at, room - at, "}\n");
    return text;
}

static void
copy_lines(struct tape *to, const struct tape *from, const struct tape_report *r)
{
    for (int p = 0; p < tape_planes(to); p++)
        for (int32_t i = 0; i < r->end[p]; i++) /* lost ones are zero in `from` */
            memcpy(tape_line(to, p, i), tape_read(from, p, i), tape_line_bytes(to, p));
}

/* Poses first .. first + lines - 1 between their neighbours; without a neighbour as the other. */
static void
bridge_poses(struct tape *t, int plane, int32_t first, int32_t lines, int32_t end)
{
    struct pose before = {0}, after = {0};

    if (first > 0)
        before = *(const struct pose *)tape_read(t, plane, first - 1);
    if (first + lines < end)
        after = *(const struct pose *)tape_read(t, plane, first + lines);
    if (first == 0)
        before = after;
    for (int32_t i = 0; i < lines && first + i < end; i++) {
        struct pose *p = tape_line(t, plane, first + i);
        float share = (float)(i + 1) / (float)(lines + 1);
        /* unsigned: poses from outside may be as far apart as they like */
        uint64_t span = (uint64_t)after.t_ns - (uint64_t)before.t_ns;
        *p = before;
        p->t_ns =
            (int64_t)((uint64_t)before.t_ns + span / (uint64_t)(lines + 1) * (uint64_t)(i + 1));
        p->belt_mm = before.belt_mm + (after.belt_mm - before.belt_mm) * share;
        p->dose = 0; /* unknown */
        p->flags = POSE_MISSING;
    }
}

/* The poses that belong to a plane: of its view, else of any; -1 if there are none. */
static int
poses_of(const struct tape *t, int plane)
{
    const struct plane_spec *s = tape_plane(t, plane);
    int any = -1;

    for (int p = tape_planes(t) - 1; p >= 0; p--) {
        const struct plane_spec *pose = tape_plane(t, p);
        if (pose->quantity != Q_POSE || pose->lattice != s->lattice)
            continue;
        if (pose->view == s->view)
            return p;
        any = p;
    }
    return any;
}

static void
flag_losses(struct tape *t, const struct tape_report *r)
{
    for (int i = 0; i < r->n_losses; i++) {
        int32_t first = r->loss[i].first, end = first + r->loss[i].lines;
        int poses = poses_of(t, r->loss[i].plane);
        if (poses < 0)
            continue;
        if (poses == r->loss[i].plane)
            bridge_poses(t, poses, first, end - first, r->end[poses]);
        for (int32_t k = first; k < end && k < r->end[poses]; k++)
            ((struct pose *)tape_line(t, poses, k))->flags |= POSE_MISSING;
    }
}

int
tape_salvage(const char *path, struct tape **out, struct tape_report *report, struct err *e)
{
    struct tape *from, *t = NULL;

    if (tape_load(path, true, &from, report, e) != 0)
        return -1;
    if (tape_report_whole(report)) {
        *out = from;
        return 0;
    }
    if (report->n_losses > TAPE_LOSSES_MAX) {
        tape_free(from);
        return err_set(e, ERR_DAMAGED, "%s: lost lines in %d places; only %d can be named", path,
                       report->n_losses, TAPE_LOSSES_MAX);
    }
    char *about = name_losses(from, report);
    int result = tape_new_like(from, about, &t, e);
    mem_free(about);
    if (result == 0) {
        copy_lines(t, from, report);
        flag_losses(t, report);
        for (int p = 0; p < tape_planes(t); p++) {
            tape_set_mark(t, p, report->end[p]);
            tape_seal(t, p);
        }
        *out = t;
    }
    tape_free(from);
    return result;
}
