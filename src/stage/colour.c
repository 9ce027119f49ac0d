/* colour: the standard picture. Hue from the effective atomic number (orange organic, green mixed,
 * blue metal), lightness from the attenuation of both energies. Eq. (1) to (4) of
 * doc/physics/display.md. */
#include "stage/view.h"

enum { WHITE, BLACK, THIN, DENSE, SURE, PALETTE };

static const struct stage_param params[] = {
    {"white", "1", 0, 0, 20, "attenuation that is still white"},
    {"black", "1", 8, 0.01, 24, "attenuation that is darkest"},
    {"thin", "1", 0.7, 0, 100, "share of the lightness that thin things get; 0 = even"},
    {"dense", "1", LOOK_DENSE, 0, 24, "attenuation at which hue has faded to none; 0 = never"},
    {"sure", "1", LOOK_SURE, 0.1, 99, "zeff with a larger standard uncertainty has no hue"},
    {"palette", "1", 0, 0, 3, "0 three colours, 1 four, 2 six, 3 for every kind of colour vision"},
    {NULL, NULL, 0, 0, 0, NULL},
};

static int
colour_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct look look = {.palette = (enum look_palette)r->param[PALETTE],
                        .white = r->param[WHITE],
                        .black = r->param[BLACK],
                        .thin = r->param[THIN],
                        .dense = r->param[DENSE],
                        .sure = r->param[SURE],
                        .kind_low = 0,
                        .kind_high = 99,
                        .inverse = false};

    (void)shape;
    return view_open(r, &look, e);
}

const struct stage stage_colour = {
    .name = "colour",
    .brief = "Standard material colour: orange organic, green mixed, blue metal.",
    .params = params,
    .reads = VIEW_PORTS(0),
    .writes = VIEW_WRITES,
    .n_reads = VIEW_READS,
    .n_writes = 1,
    .per = STAGE_PER_VIEW,
    .split = STAGE_BY_LINE,
    .open = colour_open,
    .run = view_run,
};
