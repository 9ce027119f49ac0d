/* view_edge: the standard picture with its edges lifted: levels minus their 5 x 5 binomial mean are
 * added again. Eq. (6) of doc/physics/display.md. */
#include "stage/view.h"

#define REACH 2

enum { WHITE, BLACK, THIN, STRENGTH };

static const struct stage_param params[] = {
    {"white", "1", 0, 0, 20, "attenuation that is still white"},
    {"black", "1", 8, 0.01, 24, "attenuation that is darkest"},
    {"thin", "1", 0.7, 0, 100, "share of the lightness that thin things get; 0 = even"},
    {"strength", "1", 2, 0, 10, "how much of the edges is added"},
    {NULL, NULL, 0, 0, 0, NULL},
};

static int
view_edge_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
{
    struct look look = {.palette = LOOK_THREE,
                        .white = r->param[WHITE],
                        .black = r->param[BLACK],
                        .thin = r->param[THIN],
                        .dense = LOOK_DENSE,
                        .kind_high = 99};

    (void)shape;
    if (view_open(r, &look, e) != 0)
        return -1;
    return view_flat(r, e);
}

static void
view_edge_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    static const float weight[2 * REACH + 1] = {0.0625f, 0.25f, 0.375f, 0.25f, 0.0625f};
    float strength = (float)r->param[STRENGTH];
    struct view_window w;

    for (int32_t line = begin; line < end; line++)
        for (int32_t at = from; at < to; at += VIEW_BLOCK) {
            view_window(r, line, at, to, REACH, weight, &w);
            for (int32_t i = 0; i < w.n; i++)
                w.level[i] = w.level[i] + strength * (w.level[i] - w.mean[i]);
            view_clamp(&w);
            view_paint(r, line, at, at + w.n, w.level);
        }
}

const struct stage stage_view_edge = {
    .name = "view-edge",
    .brief = "Edge enhancement of the standard picture.",
    .params = params,
    .reads = VIEW_PORTS(REACH),
    .writes = VIEW_WRITES,
    .n_reads = VIEW_READS,
    .n_writes = 1,
    .per = STAGE_PER_VIEW,
    .split = STAGE_BY_LINE,
    .open = view_edge_open,
    .run = view_edge_run,
};
