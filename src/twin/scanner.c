/* scanner: see scanner.h. One table of fields gives word, place, range and default of every number
 * of a scanner file. */
#include "twin/scanner.h"

#include "base/file.h"

#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *meaning;
} effects[EFFECTS] = {
#define EFFECT(symbol_, name_, meaning_) [EFFECT_##symbol_] = {name_, meaning_},
#include "twin/effect.def"
#undef EFFECT
};

struct field {
    const char *block, *word; /* block NULL = the scanner itself */
    size_t at;
    double min, max, standard; /* standard below min: the field must be given */
    int count;                 /* numbers in a row */
};
#define SCANNER_SLOPE_MAX 8.0 /* of rays on a flat detector */
#define PLACE(member_) offsetof(struct scanner, member_)
#define NEEDED (-1e300)

static const struct field fields[] = {
    {"source", "current_ma", PLACE(source.current_ma), 0, 1000, 0, 1},
    {"source", "pulses_hz", PLACE(source.pulses_hz), 0, 10000, 0, 1},
    {"source", "focal_mm", PLACE(source.focal_mm), 0, 20, 0, 2},
    {"source", "jitter", PLACE(source.jitter), 0, 0.5, 0, 1},
    {"source", "slow_jitter", PLACE(source.slow_jitter), 0, 0.5, 0, 1},
    {"source", "slow_s", PLACE(source.slow_s), 1e-3, 1e4, 1, 1},
    {"source", "monitor_noise", PLACE(source.monitor_noise), 0, 0.5, 0, 1},
    {"source", "misfire", PLACE(source.misfire), 0, 1, 0, 1},
    {"source", "wrong_energy", PLACE(source.wrong_energy), 0, 1, 0, 1},
    {"detector", "aperture_mm", PLACE(detector.aperture_mm), 0.01, 100, NEEDED, 1},
    {"detector", "beam_mm", PLACE(detector.beam_mm), 0, 1000, 0, 1},
    {"detector", "air_counts", PLACE(detector.air_counts), 100, 1e6, 600000, 1},
    {"detector", "electronic_counts", PLACE(detector.electronic_counts), 0, 10000, 0, 1},
    {"detector", "offset_counts", PLACE(detector.offset_counts), 0, 200000, 0, 1},
    {"detector", "offset_spread", PLACE(detector.offset_spread), 0, 1, 0, 1},
    {"detector", "dark_counts_s", PLACE(detector.dark_counts_s), 0, 1e7, 0, 1},
    {"detector", "dark_spread", PLACE(detector.dark_spread), 0, 1, 0, 1},
    {"detector", "dark_doubling_c", PLACE(detector.dark_doubling_c), 1, 100, 8, 1},
    {"detector", "gain_spread", PLACE(detector.gain_spread), 0, 0.3, 0, 1},
    {"detector", "gain_per_c", PLACE(detector.gain_per_c), -0.1, 0.1, 0, 1},
    {"detector", "gain_per_c_spread", PLACE(detector.gain_per_c_spread), 0, 0.1, 0, 1},
    {"detector", "gain_per_day_spread", PLACE(detector.gain_per_day_spread), 0, 0.1, 0, 1},
    {"detector", "warming_c_min", PLACE(detector.warming_c_min), -10, 10, 0, 1},
    {"detector", "dead", PLACE(detector.dead), 0, 0.5, 0, 1},
    {"detector", "hot", PLACE(detector.hot), 0, 0.5, 0, 1},
    {"detector", "drifting", PLACE(detector.drifting), 0, 0.5, 0, 1},
    {"detector", "crosstalk", PLACE(detector.crosstalk), 0, 0.2, 0, 1},
    {"detector", "crosstalk_spread", PLACE(detector.crosstalk_spread), 0, 0.5, 0, 1},
    {"detector", "lag_spread", PLACE(detector.lag_spread), 0, 0.5, 0, 1},
    {"detector", "slot_mm", PLACE(detector.slot_mm), 0, 1000, 0, 1},
    {"detector", "slot_depth_mm", PLACE(detector.slot_depth_mm), 0, 5000, 0, 1},
    {"belt", "speed_mm_s", PLACE(belt.speed_mm_s), 0, 20000, NEEDED, 1},
    {"belt", "pitch_mm", PLACE(belt.pitch_mm), 0.01, 1000, 0, 1},
    {"belt", "variation", PLACE(belt.variation), 0, 0.5, 0, 1},
    {"belt", "variation_s", PLACE(belt.variation_s), 1e-3, 1000, 1, 1},
    {"belt", "encoder_mm", PLACE(belt.encoder_mm), 0, 10, 0, 1},
    {"belt", "sensor_noise", PLACE(belt.sensor_noise), 0, 0.5, 0, 1},
    {"belt", "sensor_hz", PLACE(belt.sensor_hz), 0.1, 10000, 20, 1},
    {"belt", "lost", PLACE(belt.lost), 0, 0.5, 0, 1},
    {"belt", "doubled", PLACE(belt.doubled), 0, 0.5, 0, 1},
    {"belt", "lead_mm", PLACE(belt.lead_mm), 0, 10000, 50, 1},
    {"gantry", "turns_s", PLACE(gantry.turns_s), 0.01, 20, NEEDED, 1},
    {"gantry", "first_deg", PLACE(gantry.first_deg), -3600, 3600, 0, 1},
    {"gantry", "axis_mm", PLACE(gantry.axis_mm), -5000, 5000, 0, 1},
    {"gantry", "wobble_deg", PLACE(gantry.wobble_deg), 0, 5, 0, 1},
    {"gantry", "wobble_mm", PLACE(gantry.wobble_mm), 0, 10, 0, 1},
    {"gantry", "flash_over", PLACE(gantry.flash_over), 0, 0.1, 0, 1},
    {"gantry", "flash_ms", PLACE(gantry.flash_ms), 0, 1000, 1, 1},
    {"gantry", "module_gap_mm", PLACE(gantry.module_gap_mm), 0, 100, 0, 1},
    {"transport", "scatter_plane", PLACE(scatter_plane), 0.01, 0.99, 0.5, 1},
};
#define FIELDS (sizeof fields / sizeof *fields)

int
effect_find(const char *name)
{
    for (int i = 0; i < EFFECTS; i++)
        if (strcmp(effects[i].name, name) == 0)
            return i;
    return -1;
}

const char *
effect_name(enum effect x)
{
    return effects[x].name;
}

const char *
effect_meaning(enum effect x)
{
    return effects[x].meaning;
}

/* Words that only_known accepts besides the numbers of the table. */
static const char *const other_words[][2] = {
    {"source", "spectrum"},   {"source", "interlaced"}, {"source", "charge"},
    {"detector", "response"}, {"detector", "lag"},      {"transport", "bins"},
    {"transport", "samples"}, {"gantry", "geometry"},   {"gantry", "rows"},
    {"gantry", "cols"},       {"gantry", "views_turn"}, {"gantry", "module_cols"},
};

static int
only_known(const struct text *t, const struct text_node *n, const char *block, struct err *e)
{
    const char *words[FIELDS + sizeof other_words / sizeof *other_words + 1];
    int count = 0;

    for (size_t i = 0; i < FIELDS; i++)
        if (strcmp(fields[i].block, block) == 0)
            words[count++] = fields[i].word;
    for (size_t i = 0; i < sizeof other_words / sizeof *other_words; i++)
        if (strcmp(other_words[i][0], block) == 0)
            words[count++] = other_words[i][1];
    words[count] = NULL;
    return text_only(t, n, words, e);
}

static int
read_field(const struct text *t, const struct text_node *block, const struct field *f,
           struct scanner *s, struct err *e)
{
    double *out = (double *)(void *)((char *)s + f->at);
    const struct text_node *n;

    for (int i = 0; i < f->count; i++)
        out[i] = f->standard;
    int found = f->standard < f->min && f->standard == NEEDED ? text_need(t, block, f->word, &n, e)
                                                              : text_one(t, block, f->word, &n, e);
    if (found != 0 || n == NULL)
        return found;
    return text_numbers(t, n, f->count, f->min, f->max, out, e);
}

static int
read_fields(const struct text *t, const struct text_node *in, const char *block, bool needed,
            const struct text_node **node, struct scanner *s, struct err *e)
{
    static const struct text_node nothing = {.word = NULL};

    if ((needed ? text_need(t, in, block, node, e) : text_one(t, in, block, node, e)) != 0)
        return -1;
    if (*node == NULL)
        *node = &nothing;
    else if (only_known(t, *node, block, e) != 0)
        return -1;
    for (size_t i = 0; i < FIELDS; i++)
        if (strcmp(fields[i].block, block) == 0 && read_field(t, *node, &fields[i], s, e) != 0)
            return -1;
    return 0;
}

/* The block `word` of energy k: `word low {`, `word high {`, or one `word {` for both. */
static int
find_energy(const struct text *t, const struct text_node *in, const char *word, int k,
            const struct text_node **found, struct err *e)
{
    static const char *const names[] = {"low", "high", NULL};
    int which;

    *found = NULL;
    for (const struct text_node *n = in->first; n != NULL; n = n->next) {
        if (strcmp(n->word, word) != 0)
            continue;
        if (text_args(t, n, 0, 1, e) != 0)
            return -1;
        if (n->n_args == 1 && text_choice(t, n, 0, names, &which, e) != 0)
            return -1;
        if (n->n_args == 1 && which != k)
            continue;
        if (*found != NULL)
            return text_error(t, n, e, "given twice (first on line %d)", (*found)->line);
        *found = n;
    }
    if (*found == NULL && k == 0)
        return text_error(t, in, e, "'%s' is missing", word);
    return 0;
}

static int
read_spectrum(const struct text *t, const struct text_node *n, const char *folder,
              struct spectrum *spectrum, struct err *e)
{
    double total = 0;

    if (spectrum_read(t, n, folder, spectrum, e) != 0)
        return -1;
    for (int i = 0; i < spectrum->n; i++)
        total += spectrum->photons[i];
    if (!(total > 0))
        return text_error(t, n, e, "no photon is left behind these filters");
    return 0;
}

static int
read_channels(const struct text *t, const struct text_node *source,
              const struct text_node *detector, const char *folder, struct scanner *s,
              struct err *e)
{
    const struct text_node *spectrum[2], *response[2];

    for (int k = 0; k < 2; k++)
        if (find_energy(t, source, "spectrum", k, &spectrum[k], e) != 0 ||
            find_energy(t, detector, "response", k, &response[k], e) != 0)
            return -1;
    bool two = spectrum[1] != spectrum[0] || response[1] != response[0];
    s->energies = two ? 2 : 1;
    for (int k = 0; k < s->energies; k++) {
        if (spectrum[k] == NULL || response[k] == NULL)
            return text_error(t, spectrum[k] == NULL ? source : detector, e,
                              "the block of the high energy is missing");
        if (read_spectrum(t, spectrum[k], folder, &s->channel[k].spectrum, e) != 0 ||
            response_read(t, response[k], folder, &s->channel[k].response, e) != 0)
            return -1;
    }
    if (s->source.interlaced && (s->energies != 2 || spectrum[1] == spectrum[0]))
        return text_error(t, source, e, "interlaced needs 'spectrum low' and 'spectrum high'");
    if (!s->source.interlaced && two && spectrum[1] != spectrum[0])
        return text_error(t, source, e, "two spectra need 'interlaced yes'");
    return 0;
}

static int
read_source(const struct text *t, const struct text_node *n, struct scanner *s, struct err *e)
{
    static const char *const answers[] = {"no", "yes", NULL};
    const struct text_node *interlaced, *charge;
    double value[2];
    int yes = 0;

    if (text_one(t, n, "interlaced", &interlaced, e) != 0 || text_one(t, n, "charge", &charge, e))
        return -1;
    if (interlaced != NULL && text_choice(t, interlaced, 0, answers, &yes, e) != 0)
        return -1;
    s->source.interlaced = yes;
    s->source.pulsed = charge != NULL;
    if (charge == NULL && s->source.current_ma <= 0)
        return text_error(t, n, e, "give current_ma, or charge per pulse");
    if (charge != NULL && s->source.pulses_hz <= 0)
        return text_error(t, n, e, "a pulsed source needs pulses_hz");
    if (yes && charge == NULL)
        return text_error(t, n, e, "an interlaced source needs charge (low high) per pulse");
    if (charge != NULL) {
        if (text_numbers(t, charge, yes ? 2 : 1, 1e-9, 1e6, value, e) != 0)
            return -1;
        s->channel[0].charge = value[0];
        s->channel[1].charge = value[yes];
    }
    return 0;
}

static int
read_detector(const struct text *t, const struct text_node *n, struct scanner *s, struct err *e)
{
    struct scanner_detector *d = &s->detector;
    double value[2], sum = 0;

    for (const struct text_node *i = n->first; i != NULL; i = i->next) {
        if (strcmp(i->word, "lag") != 0)
            continue;
        if (d->lags == SCANNER_LAGS_MAX)
            return text_error(t, i, e, "at most %d components", SCANNER_LAGS_MAX);
        if (text_numbers(t, i, 2, 0, 1e9, value, e) != 0)
            return -1;
        if (value[0] > 0.5 || value[1] < 1e-3)
            return text_error(t, i, e, "a fraction of 0 to 0.5 and a time above 0.001 ms");
        d->lag[d->lags++] = (struct scanner_lag){value[0], value[1]};
        sum += value[0];
    }
    if (d->beam_mm < d->aperture_mm) /* the fan covers the pixels */
        d->beam_mm = d->aperture_mm;
    if (sum > 0.5)
        return text_error(t, n, e, "the lag components add up to more than a half");
    if (d->air_counts + d->offset_counts > 1048575)
        return text_error(t, n, e, "air_counts and offset_counts exceed 20 bits");
    return 0;
}

static int
read_transport(const struct text *t, const struct text_node *n, struct scanner *s, struct err *e)
{
    const struct text_node *bins, *samples;
    int64_t value;

    s->bins = 48;
    s->samples[0] = s->samples[1] = 2;
    if (text_one(t, n, "bins", &bins, e) != 0 || text_one(t, n, "samples", &samples, e) != 0)
        return -1;
    if (bins != NULL) {
        if (text_args(t, bins, 1, 1, e) != 0 ||
            text_whole(t, bins, 0, 1, SPECTRUM_BINS_MAX, &value, e) != 0)
            return -1;
        s->bins = (int)value;
    }
    if (samples == NULL)
        return 0;
    if (text_args(t, samples, 2, 2, e) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        if (text_whole(t, samples, i, 1, 8, &value, e) != 0)
            return -1;
        s->samples[i] = (int)value;
    }
    return 0;
}

static int
read_effects(const struct text *t, const struct text_node *scanner, struct scanner *s,
             struct err *e)
{
    static const char *const answers[] = {"off", "on", NULL};
    const char *names[EFFECTS + 1] = {NULL};
    const struct text_node *block;
    int on;

    for (int i = 0; i < EFFECTS; i++) {
        names[i] = effects[i].name;
        s->on[i] = true;
    }
    if (text_one(t, scanner, "effects", &block, e) != 0)
        return -1;
    if (block == NULL)
        return 0;
    if (text_only(t, block, names, e) != 0)
        return -1;
    for (const struct text_node *n = block->first; n != NULL; n = n->next) {
        if (text_choice(t, n, 0, answers, &on, e) != 0)
            return -1;
        s->on[effect_find(n->word)] = on;
    }
    return 0;
}

/* The whole number of `in` called `word`; *out stays where it is missing and not needed. */
static int
read_whole(const struct text *t, const struct text_node *in, const char *word, bool needed, int max,
           int *out, struct err *e)
{
    const struct text_node *n;
    int64_t value;

    if ((needed ? text_need(t, in, word, &n, e) : text_one(t, in, word, &n, e)) != 0)
        return -1;
    if (n == NULL)
        return 0;
    if (text_args(t, n, 1, 1, e) != 0 || text_whole(t, n, 0, 1, max, &value, e) != 0)
        return -1;
    *out = (int)value;
    return 0;
}

/* Rays must meet the pixels from the front: no further than SCANNER_SLOPE_MAX from the foot of the
 * ray through the axis, and an arc of less than half a circle. */
static int
check_aim(const struct text *t, const struct text_node *at, const struct ct_geometry *g,
          struct err *e)
{
    double side = fabs(g->axis_col - (g->cols - 1) / 2.0) + g->cols / 2.0;
    double up = fabs(g->axis_row - (g->rows - 1) / 2.0) + g->rows / 2.0;
    double reach = side * g->pitch_mm + up * g->row_pitch_mm; /* whatever the tilt */
    double most = g->curved ? 1.5 : SCANNER_SLOPE_MAX;

    if (reach <= most * g->detector_mm)
        return 0;
    return text_error(t, at, e,
                      "the detector reaches %.4g mm from the ray through the axis; at most %.3g "
                      "times detector_mm is possible",
                      reach, most);
}

static int
read_gantry(const struct text *t, const struct text_node *scanner, struct scanner *s, struct err *e)
{
    const struct text_node *n, *geometry;
    struct scanner_gantry *g = &s->gantry;
    int rows, cols;

    if (read_fields(t, scanner, "gantry", true, &n, s, e) != 0 ||
        text_need(t, n, "geometry", &geometry, e) != 0 ||
        read_whole(t, n, "rows", true, CT_ROWS_MAX, &rows, e) != 0 ||
        read_whole(t, n, "cols", true, CT_COLS_MAX, &cols, e) != 0 ||
        read_whole(t, n, "views_turn", true, SCANNER_VIEWS_TURN_MAX, &g->views_turn, e) != 0 ||
        read_whole(t, n, "module_cols", false, CT_COLS_MAX, &g->module_cols, e) != 0 ||
        ct_geometry_read(t, geometry, rows, cols, &g->geometry, e) != 0)
        return -1;
    g->turns = true;
    if (g->geometry.beam == CT_PARALLEL)
        return text_error(t, geometry, e, "a gantry carries a source: fan or cone");
    if (rows * cols > SCANNER_PIXELS_MAX)
        return text_error(t, n, e, "%d x %d pixels are more than the maximum of %d", rows, cols,
                          SCANNER_PIXELS_MAX);
    return check_aim(t, geometry, &g->geometry, e);
}

/* Arms beside a belt, or a gantry. */
static int
read_geometry(const struct text *t, const struct text_node *scanner, struct scanner *s,
              struct err *e)
{
    const struct text_node *gantry, *view = text_find(scanner, "view");

    if (text_one(t, scanner, "gantry", &gantry, e) != 0)
        return -1;
    if (gantry == NULL)
        return geometry_read(t, scanner, &s->geometry, e);
    if (view != NULL)
        return text_error(t, view, e, "a scanner has views or a gantry, not both");
    return read_gantry(t, scanner, s, e);
}

static int
check_gantry(const struct text *t, const struct text_node *belt, const struct scanner *s,
             struct err *e)
{
    if (s->source.pulsed)
        return text_error(t, belt, e,
                          "a gantry times the views: its source needs current_ma, not pulses");
    if (s->belt.pitch_mm > 0)
        return text_error(t, belt, e,
                          "pitch_mm and the gantry contradict; the pitch follows from its views");
    return 0;
}

/* What only holds between blocks. */
static int
check_whole(const struct text *t, const struct text_node *belt, struct scanner *s, struct err *e)
{
    if (s->gantry.turns)
        return check_gantry(t, belt, s, e);
    if (s->belt.speed_mm_s < SCANNER_SPEED_MIN)
        return text_error(t, belt, e,
                          "speed_mm_s must be %g at least (only under a gantry may a belt rest)",
                          SCANNER_SPEED_MIN);
    if (!s->source.pulsed && s->belt.pitch_mm <= 0)
        return text_error(t, belt, e, "pitch_mm is missing (only pulses can do without)");
    if (s->source.pulsed && s->belt.pitch_mm > 0)
        return text_error(t, belt, e,
                          "pitch_mm and pulses contradict; the pitch follows from them");
    return 0;
}

static int
read_blocks(const struct text *t, const struct text_node *n, const char *folder, struct scanner *s,
            struct err *e)
{
    static const char *const words[] = {
        "title", "column_pitch_mm", "view",    "gantry", "source", "detector",
        "belt",  "transport",       "effects", NULL};
    const struct text_node *source, *detector, *belt, *transport;

    if (text_args(t, n, 1, 1, e) != 0 || text_only(t, n, words, e) != 0)
        return -1;
    snprintf(s->name, sizeof s->name, "%s", n->arg[0]);
    if (read_geometry(t, n, s, e) != 0 || read_fields(t, n, "source", true, &source, s, e) != 0 ||
        read_source(t, source, s, e) != 0 ||
        read_fields(t, n, "detector", true, &detector, s, e) != 0 ||
        read_detector(t, detector, s, e) != 0 ||
        read_fields(t, n, "belt", true, &belt, s, e) != 0 ||
        read_fields(t, n, "transport", false, &transport, s, e) != 0 ||
        read_transport(t, transport, s, e) != 0)
        return -1;
    if (read_channels(t, source, detector, folder, s, e) != 0 || read_effects(t, n, s, e) != 0)
        return -1;
    return check_whole(t, belt, s, e);
}

int
scanner_parse(const struct text *t, const char *text, const char *folder, struct scanner **s,
              struct err *e)
{
    const struct text_node *n;
    struct scanner *made = mem_zero(1, sizeof *made);

    if (text_need(t, t->root, "scanner", &n, e) != 0 || read_blocks(t, n, folder, made, e) != 0) {
        scanner_free(made);
        return -1;
    }
    size_t length = strlen(text);
    made->source_text = mem_zero(length + 1, 1);
    memcpy(made->source_text, text, length);
    *s = made;
    return 0;
}

int
scanner_load(const char *path, struct scanner **s, struct err *e)
{
    char folder[PATH_MAX];
    uint8_t *bytes;
    size_t n;
    struct text t;

    if (file_load(path, SCANNER_TEXT_MAX, &bytes, &n, e) != 0)
        return -1;
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path),
             slash == NULL ? "." : path);
    int result = text_parse(&t, path, (const char *)bytes, n, e);
    if (result == 0) {
        result = scanner_parse(&t, (const char *)bytes, folder, s, e);
        text_free(&t);
    }
    mem_free(bytes);
    return result;
}

void
scanner_free(struct scanner *s)
{
    if (s == NULL)
        return;
    mem_free(s->source_text);
    mem_free(s);
}

int
scanner_without(struct scanner *s, const char *list, struct err *e)
{
    char word[64];

    for (const char *p = list; *p != '\0';) {
        size_t n = strcspn(p, ",");
        snprintf(word, sizeof word, "%.*s", n < sizeof word ? (int)n : 63, p);
        int which = effect_find(word);
        if (which < 0 && strcmp(word, "all") != 0)
            return err_set(e, ERR_INPUT, "--without: there is no effect '%s'", word);
        for (int i = 0; i < EFFECTS; i++)
            if (which < 0 || which == i)
                s->on[i] = false;
        p += n + (p[n] == ',');
    }
    return 0;
}

double
scanner_line_s(const struct scanner *s)
{
    if (s->gantry.turns)
        return 1 / (s->gantry.turns_s * s->gantry.views_turn);
    return s->source.pulsed ? 1.0 / s->source.pulses_hz : s->belt.pitch_mm / s->belt.speed_mm_s;
}
