/* show_slice: cuts through a volume and maximum-intensity pictures. Along the belt pictures run
 * from left to right, as radiographs do; up is up. */
#include "base/arena.h"
#include "cmd/show.h"
#include "stage/ct.h"

#include <math.h>

const char *const show_cut_words[] = {"axial", "coronal", "sagittal", NULL};
const char *const show_slab_words[] = {"plane", "maximum", NULL};

struct cut {
    enum show_cut cut;
    bool maximum;
    int32_t width, height, index;
    double *value; /* width x height */
};

static inline void
cut_take(const struct cut *c, double *at, double v)
{
    *at = c->maximum && *at > v ? *at : v;
}

/* What slice k gives to the picture. */
static void
cut_slice(const struct cut *c, const struct show_raster *r, int32_t k)
{
    const struct plane_spec *p = r->spec;
    const void *line = tape_read(r->tape, r->plane, k);
    enum quantity_code code = quantity_table[p->quantity].code;

    if (c->cut == SHOW_AXIAL && !c->maximum && k != c->index)
        return;
    for (int32_t y = 0; y < p->rows; y++)
        for (int32_t x = 0; x < p->cols; x++) {
            int32_t depth = c->cut == SHOW_CORONAL ? y : x, side = c->cut == SHOW_CORONAL ? x : y;
            double v = show_sample(line, code, y * p->cols + x);
            if (c->cut == SHOW_AXIAL)
                cut_take(c, c->value + (size_t)y * (size_t)c->width + (size_t)x, v);
            else if (c->maximum || depth == c->index)
                cut_take(c, c->value + (size_t)side * (size_t)c->width + (size_t)k, v);
        }
}

static void
set_pitches(struct show_raster *r, enum show_cut cut)
{
    int pose = show_poses(r->tape, LATTICE_SLICE);
    int32_t slices = tape_mark(r->tape, r->plane);
    double voxel_mm = ct_voxel_mm(tape_about(r->given)), slice_mm = 0;

    if (pose >= 0 && tape_mark(r->tape, pose) > 1) {
        const struct pose *a = tape_read(r->tape, pose, 0), *b = tape_read(r->tape, pose, 1);
        slice_mm = fabs((double)b->belt_mm - (double)a->belt_mm);
    }
    r->row_mm = voxel_mm;
    r->column_mm = cut == SHOW_AXIAL ? voxel_mm : slices > 1 ? slice_mm : voxel_mm;
}

int
show_slice(const struct show *s, const struct tape *given, const struct tape *t, int plane,
           enum show_cut cut, enum show_slab slab, struct show_raster *r, struct err *e)
{
    const struct plane_spec *p = tape_plane(t, plane);
    int32_t slices = tape_mark(t, plane);
    int32_t depth = cut == SHOW_AXIAL ? slices : cut == SHOW_CORONAL ? p->rows : p->cols;
    struct cut c = {.cut = cut,
                    .maximum = slab == SHOW_MAXIMUM,
                    .width = cut == SHOW_AXIAL ? p->cols : slices,
                    .height = cut == SHOW_CORONAL ? p->cols : p->rows,
                    .index = s->frame >= 0 ? (int32_t)s->frame : depth / 2};

    *r = (struct show_raster){
        .view = p->view, .spec = p, .tape = t, .plane = plane, .given = given, .place_mm = NAN};
    if (slices == 0)
        return err_set(e, ERR_INPUT, "%s has no slices", quantity_table[p->quantity].name);
    if (s->frame >= depth)
        return err_set(e, ERR_INPUT, "--frame: there is no %s plane %lld; the last is %d",
                       show_cut_words[cut], (long long)s->frame, depth - 1);
    if (show_range(s, r, e) != 0 ||
        picture_new(&r->picture, s->bits == 16 ? PICTURE_GREY16 : PICTURE_GREY8, c.width, c.height,
                    e) != 0)
        return -1;
    c.value = mem_zero((size_t)c.width * (size_t)c.height, sizeof *c.value);
    for (int32_t k = 0; k < slices; k++)
        cut_slice(&c, r, k);
    for (int32_t y = 0; y < c.height; y++)
        for (int32_t x = 0; x < c.width; x++)
            show_grey(r, x, y, c.value[(size_t)y * (size_t)c.width + (size_t)x]);
    mem_free(c.value);
    set_pitches(r, cut);
    return 0;
}
