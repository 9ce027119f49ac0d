/* view_density: mass per area along the ray as pseudo colour, from white over yellow and grey to
 * blue: lightness falls all the way, so every kind of colour vision reads it. Eq. (3) and (4) of
 * doc/physics/display.md, of areal density instead of attenuation. */
#include "stage/view.h"

enum { WHITE, BLACK, THIN };

static const struct stage_param params[] = {
    {"white", "g/cm2", 0, 0, 900, "areal density that is still white"},
    {"black", "g/cm2", 40, 0.01, 1000, "areal density that is darkest"},
    {"thin", "1", 0.1, 0, 100, "share of the lightness that thin things get; 0 = even"},
    {NULL, NULL, 0, 0, 0, NULL},
};

static int
view_density_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct look look = {.palette = LOOK_DENSITY,
                        .white = r->param[WHITE],
                        .black = r->param[BLACK],
                        .thin = r->param[THIN],
                        .kind_low = 0,
                        .kind_high = 99};

    (void)shape;
    return view_open(r, &look, e);
}

const struct stage stage_view_density = {
    .name = "view-density",
    .brief = "Pseudo colour of areal density: white, yellow, grey, blue.",
    .params = params,
    .reads = VIEW_PORTS_OF(Q_AREAL_DENSITY, 0),
    .writes = VIEW_WRITES,
    .n_reads = VIEW_READS,
    .n_writes = 1,
    .per = STAGE_PER_VIEW,
    .split = STAGE_BY_LINE,
    .open = view_density_open,
    .run = view_run,
};
