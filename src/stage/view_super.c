/* view_super: local contrast. What the surroundings have in common (their 31 x 31 mean) is brought
 * towards the middle, what differs from them is lifted, so that thin things and things behind much
 * metal show at once. Eq. (7) of doc/physics/display.md. */
#include "stage/view.h"

#define REACH 15
#define MIDDLE (0.4f * LOOK_LEVELS)
#define THINNEST 80.0f /* mean levels below get less of it: air stays white and quiet */

enum { WHITE, BLACK, THIN, GAIN, SPREAD };

static const struct stage_param params[] = {
    {"white", "1", 0, 0, 20, "attenuation that is still white"},
    {"black", "1", 8, 0.01, 24, "attenuation that is darkest"},
    {"thin", "1", 0.7, 0, 100, "share of the lightness that thin things get; 0 = even"},
    {"gain", "1", 2.2, 0, 10, "how much a difference from the surroundings is lifted"},
    {"spread", "1", 0.75, 0, 1, "how much of the surroundings' own contrast is kept"},
    {NULL, NULL, 0, 0, 0, NULL},
};

static int
view_super_open(struct stage_run *r, struct stage_shape *shape, struct err *e)
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
view_super_run(const struct stage_run *r, int32_t begin, int32_t end, int32_t from, int32_t to)
{
    float gain = (float)r->param[GAIN], spread = (float)r->param[SPREAD];
    float weight[2 * REACH + 1];
    struct view_window w;

    for (int i = 0; i < 2 * REACH + 1; i++)
        weight[i] = 1.0f / (2 * REACH + 1);

    for (int32_t line = begin; line < end; line++)
        for (int32_t at = from; at < to; at += VIEW_BLOCK) {
            view_window(r, line, at, to, REACH, weight, &w);
            for (int32_t i = 0; i < w.n; i++) {
                float l = w.level[i], mean = w.mean[i], part = mean / THINNEST;
                part = part < 1 ? part : 1;
                w.level[i] = l + part * ((1 - spread) * (MIDDLE - mean) + (gain - 1) * (l - mean));
            }
            view_clamp(&w);
            view_paint(r, line, at, at + w.n, w.level);
        }
}

const struct stage stage_view_super = {
    .name = "view-super",
    .brief = "Local contrast: thin things and things behind metal at once.",
    .params = params,
    .reads = VIEW_PORTS(REACH),
    .writes = VIEW_WRITES,
    .n_reads = VIEW_READS,
    .n_writes = 1,
    .per = STAGE_PER_VIEW,
    .split = STAGE_BY_LINE,
    .open = view_super_open,
    .run = view_super_run,
};
