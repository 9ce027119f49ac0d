/* stage: what stages share: their table, poses and calibration tables. */
#include "stage/stage.h"

#include <string.h>

const struct stage *
stage_find(const char *name)
{
    for (int i = 0; stage_table[i] != NULL; i++)
        if (strcmp(stage_table[i]->name, name) == 0)
            return stage_table[i];
    return NULL;
}

struct pose
stage_pose(const struct stage_run *r, int32_t line)
{
    struct pose nominal = {.dose = 1.0f};
    const struct stage_plane *p = &r->pose;

    if (p->spec == NULL || line < 0 || line >= tape_mark(p->tape, p->plane))
        return nominal;
    return *(const struct pose *)tape_read(p->tape, p->plane, line);
}

static int
calib_find(const struct stage_run *r, enum quantity q, int energy)
{
    return r->calib == NULL ? -1 : tape_find(r->calib, q, r->view, energy);
}

int
stage_calib_lines(const struct stage_run *r, enum quantity q, int energy)
{
    int plane = calib_find(r, q, energy);
    return plane < 0 ? 0 : tape_mark(r->calib, plane);
}

static float
calib_value(const struct tape *t, int plane, int32_t line, int32_t i)
{
    const void *p = tape_read(t, plane, line);
    return tape_plane(t, plane)->quantity == Q_BAD_PIXEL ? (float)((const uint8_t *)p)[i]
                                                         : ((const float *)p)[i];
}

int
stage_calib(struct stage_run *r, enum quantity q, int energy, const struct plane_spec *like,
            int lines, float otherwise, const float **table, struct err *e)
{
    const struct quantity_info *info = &quantity_table[q];
    int plane = calib_find(r, q, energy);
    int32_t n = like->rows * like->cols;
    float *out = arena_zero(r->arena, (size_t)lines * (size_t)n, sizeof *out);

    if (plane < 0 && otherwise < 0)
        return err_set(e, ERR_CALIB,
                       "the calibration has no %s for view %d; run `doorlicht "
                       "calibrate` first",
                       info->name, r->view);
    int32_t have =
        plane < 0 ? 1 : tape_plane(r->calib, plane)->rows * tape_plane(r->calib, plane)->cols;
    if (plane >= 0 && have != n && have != 1)
        return err_set(e, ERR_CALIB, "the calibration has %d pixels in %s of view %d, the scan %d",
                       have, info->name, r->view, n);
    if (plane >= 0 && tape_mark(r->calib, plane) < lines)
        return err_set(e, ERR_CALIB, "the calibration has %d lines of %s, %d are needed",
                       tape_mark(r->calib, plane), info->name, lines);
    for (int k = 0; k < lines; k++)
        for (int32_t i = 0; i < n; i++) {
            float v = plane < 0 ? otherwise : calib_value(r->calib, plane, k, have == 1 ? 0 : i);
            if (!(v >= info->min && v <= info->max))
                return err_set(e, ERR_CALIB, "%s of pixel %d is %g; %g to %g is possible",
                               info->name, i, (double)v, info->min, info->max);
            out[(size_t)k * (size_t)n + (size_t)i] = v;
        }
    *table = out;
    return 0;
}
