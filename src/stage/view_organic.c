/* view_organic: organic matter keeps its colour, everything else fades. Eq. (3) and (4) of
 * doc/physics/display.md. */
#include "stage/view.h"

enum { WHITE, BLACK, THIN };

static const struct stage_param params[] = {
    {"white", "1", 0, 0, 20, "attenuation that is still white"},
    {"black", "1", 8, 0.01, 24, "attenuation that is darkest"},
    {"thin", "1", 0.7, 0, 100, "share of the lightness that thin things get; 0 = even"},
    {NULL, NULL, 0, 0, 0, NULL},
};

static int
view_organic_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct look look = {.palette = LOOK_THREE,
                        .white = r->param[WHITE],
                        .black = r->param[BLACK],
                        .thin = r->param[THIN],
                        .dense = LOOK_DENSE,
                        .kind_low = 0.1,
                        .kind_high = 10,
                        .inverse = false};

    (void)shape;
    return view_open(r, &look, e);
}

const struct stage stage_view_organic = {
    .name = "view-organic",
    .brief = "Organic only: what has zeff above 10 becomes pale grey.",
    .params = params,
    .reads = VIEW_PORTS(0),
    .writes = VIEW_WRITES,
    .n_reads = VIEW_READS,
    .n_writes = 1,
    .per = STAGE_PER_VIEW,
    .split = STAGE_BY_LINE,
    .open = view_organic_open,
    .run = view_run,
};
