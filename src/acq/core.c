/* core: see core.h. Three small machines in a row: the counters say what was lost, the belt says
 * where the line was, curtain and shadow say whose it is. */
#include "acq/core.h"

#include "base/arena.h"

#define LATE_MAX 16         /* lines that a line may come late; more is a counter that began anew */
#define LOST_MAX 1000000000 /* counted at a time */

const char *const core_note_text[CORE_NOTES] = {
    "found by its shadow: what touches is one item",
    "goes on where the one before was cut",
    "cut at the maximal length",
    "lines were lost",
    "lines came twice",
    "lines came late and were left out",
    "detector or encoder counted from anew",
    "the belt stood",
    "the detector vanished",
    "a rescan is asked for",
};

/* A line as it waits for an item that may want it. */
struct waiting {
    uint64_t line;
    struct pose pose; /* time and place on the way since the start */
    uint64_t t_ns;
    double belt_mm;
};

struct core {
    struct core_rules r;
    void (*act)(void *, const struct core_act *);
    void *arg;
    uint64_t lines; /* of the link */
    bool any;       /* a line came before: `last` holds */
    struct core_line last;
    uint64_t t_ns; /* unfolded: neither jumps nor starts anew; so is */
    int64_t belt_steps;
    int64_t heard_ns;
    bool gone, returned;
    int32_t rest, shadows, clear; /* lines in a row: at rest, in shadow, with nothing */
    int32_t apart;                /* lines since what began the item was last seen */
    struct waiting before[CORE_BEFORE_MAX];
    int32_t n_before; /* kept, newest at (lines - 1) % CORE_BEFORE_MAX; see remember */
    uint64_t next_before;
    /* the item */
    bool open, by_curtain;
    int32_t behind;
    struct waiting first;
    struct core_act sum;
};

static bool
rules_good(const struct core_rules *r)
{
    return r->shadow > 0 && r->shadow < 1 && r->shadow_lines >= 1 && r->before >= 0 &&
           r->before + (int64_t)r->shadow_lines <= CORE_BEFORE_MAX && r->gap_lines >= 1 &&
           r->behind >= r->gap_lines && r->lines_max > r->before + r->shadow_lines &&
           r->lines_max <= TAPE_LINES_MAX && r->rest_lines >= 0 && r->rescan_lines >= 0 &&
           r->counter_bits >= 8 && r->counter_bits <= 64 && r->encoder_bits >= 8 &&
           r->encoder_bits <= 64 && r->encoder_mm > 0 && r->jump_mm >= r->encoder_mm &&
           r->silence_ns > 0 && r->patience_ns >= r->silence_ns && r->line_ns > 0;
}

int
core_open(const struct core_rules *rules, void (*act)(void *, const struct core_act *), void *arg,
          struct core **c, struct err *e)
{
    if (!rules_good(rules))
        return err_set(e, ERR_INPUT, "the rules for items are out of range; see acq/core.h");
    *c = mem_zero(1, sizeof **c);
    (*c)->r = *rules;
    (*c)->act = act;
    (*c)->arg = arg;
    return 0;
}

void
core_close(struct core *c)
{
    mem_free(c);
}

static void
tell(struct core *c, enum core_what what)
{
    struct core_act a = c->sum;

    a.what = what;
    c->act(c->arg, &a);
}

/* From a to b for numbers of so many bits, the short way round. */
static int64_t
steps(uint64_t a, uint64_t b, int32_t bits)
{
    int shift = 64 - bits;
    return (int64_t)((b - a) << shift) >> shift;
}

static void
note(struct core *c, uint32_t notes)
{
    if (c->open)
        c->sum.notes |= notes;
}

/* Lines that did not come: masked later by the place where they are missing. */
static void
note_lost(struct core *c, int64_t lost)
{
    note(c, lost > c->r.rescan_lines ? CORE_RESCAN : 0);
    if (c->open)
        c->sum.lost += lost < LOST_MAX ? lost : LOST_MAX;
}

/* Did the detector count from anew? Then nobody knows how many lines are missing. */
static bool
anew(const struct core *c, const struct core_line *l, int64_t step)
{
    bool clock_fell = c->last.t_ns - l->t_ns > c->r.silence_ns;

    return step > (int64_t)1 << (c->r.counter_bits - 4) || step < -LATE_MAX ||
           (step < 0 && clock_fell) || (step <= 0 && c->returned);
}

/* POSE_* of a line by the counter; false: it came late and is not to be kept. */
static bool
count_line(struct core *c, const struct core_line *l, uint32_t *flags)
{
    int64_t step = steps(c->last.counter, l->counter, c->r.counter_bits);

    if (!c->any || step == 1)
        return true;
    if (anew(c, l, step)) {
        *flags |= POSE_LOST;
        note(c, CORE_RESTARTED | CORE_RESCAN);
    } else if (step < 0) {
        note(c, CORE_ORDER);
        return false;
    } else if (step == 0) {
        *flags |= POSE_DOUBLED;
    } else {
        *flags |= POSE_LOST;
        note_lost(c, step - 1);
    }
    return true;
}

/* Time that only goes forwards and a belt that never jumps. */
static void
move(struct core *c, const struct core_line *l, uint32_t *flags)
{
    if (!c->any)
        return;
    int64_t belt = steps(c->last.encoder, l->encoder, c->r.encoder_bits);
    double mm = (double)belt * c->r.encoder_mm;

    c->t_ns += (uint64_t)(l->t_ns >= c->last.t_ns ? l->t_ns - c->last.t_ns : c->r.line_ns);
    if (mm > c->r.jump_mm || mm < -c->r.jump_mm) {
        *flags |= POSE_LOST;
        note(c, CORE_RESTARTED | CORE_RESCAN);
        belt = 0;
    }
    c->belt_steps += belt;
    *flags |= belt < 0 ? POSE_REVERSE : 0;
    c->rest = belt == 0 ? c->rest + (c->rest < INT32_MAX) : 0;
}

static void
keep(struct core *c, const struct waiting *w)
{
    if (c->sum.lines == 0)
        c->first = *w;
    c->sum.line = w->line;
    c->sum.pose = w->pose;
    c->sum.pose.t_ns = (int64_t)(w->t_ns - c->first.t_ns);
    c->sum.pose.belt_mm = (float)(w->belt_mm - c->first.belt_mm);
    c->sum.lines++;
    note(c, (w->pose.flags & POSE_LOST ? CORE_LOST : 0) |
                (w->pose.flags & POSE_DOUBLED ? CORE_DOUBLED : 0));
    tell(c, CORE_KEEP);
}

static void
end(struct core *c, uint32_t notes)
{
    c->sum.notes |= notes;
    tell(c, CORE_END);
    c->open = false;
}

/* An item takes lines along that wait, but none of the thing before it. */
static void
begin(struct core *c, bool by_curtain, uint32_t notes)
{
    int32_t before = notes & CORE_CONTINUES ? 0 : c->r.before;

    before += before > 0 && !by_curtain ? c->r.shadow_lines - 1 : 0;
    before = before < c->clear ? before : c->clear;
    before = before < c->n_before ? before : c->n_before;
    c->sum = (struct core_act){.notes = notes | (by_curtain ? 0 : CORE_BY_SHADOW)};
    c->open = true;
    c->by_curtain = by_curtain;
    c->behind = c->apart = 0;
    tell(c, CORE_BEGIN);
    for (uint64_t i = c->next_before - (uint64_t)before; i < c->next_before; i++)
        keep(c, &c->before[i % CORE_BEFORE_MAX]);
}

static void
remember(struct core *c, const struct waiting *w)
{
    c->before[c->next_before++ % CORE_BEFORE_MAX] = *w;
    c->n_before += c->n_before < CORE_BEFORE_MAX;
}

/* Is something there? A curtain that is silent hides no item: then its shadow counts. */
static bool
busy(const struct core *c, const struct core_line *l)
{
    if (l->curtain)
        return true;
    if (c->open && c->behind == 0)
        return l->transmission < c->r.shadow;
    return c->shadows >= c->r.shadow_lines;
}

/* Lines since the curtain, or the shadow, of this item was last seen. */
static void
part(struct core *c, const struct core_line *l, bool something)
{
    if (c->by_curtain ? l->curtain : something)
        c->apart = 0;
    else if (c->by_curtain || l->transmission >= c->r.shadow) /* a shadow that is still short */
        c->apart++;
}

/* In an open item. */
static void
go_on(struct core *c, const struct core_line *l, const struct waiting *w, bool something)
{
    bool by_curtain = c->by_curtain;

    if (something && (l->curtain || c->behind > 0) && c->apart >= c->r.gap_lines) {
        end(c, 0);
        begin(c, l->curtain, 0);
    } else if (c->sum.lines == c->r.lines_max) {
        end(c, CORE_CUT);
        begin(c, by_curtain, CORE_CONTINUES);
    }
    part(c, l, something);
    if (c->r.rest_lines > 0 && c->rest > c->r.rest_lines) {
        note(c, CORE_STOPPED);
        return;
    }
    keep(c, w);
    c->behind = something ? 0 : c->behind + 1;
    if (c->behind >= c->r.behind)
        end(c, 0);
}

static void
hear(struct core *c, int64_t now_ns)
{
    c->heard_ns = now_ns;
    c->returned = c->gone;
    if (c->gone)
        tell(c, CORE_BACK);
    c->gone = false;
}

bool
core_line(struct core *c, int64_t now_ns, const struct core_line *l)
{
    struct waiting w = {.line = c->lines};
    uint32_t flags = l->high ? POSE_HIGH : 0;

    hear(c, now_ns);
    if (!count_line(c, l, &flags))
        return false;
    c->lines++;
    move(c, l, &flags);
    c->last = *l;
    c->any = true;
    c->shadows = l->transmission < c->r.shadow ? c->shadows + (c->shadows < INT32_MAX) : 0;
    w.pose = (struct pose){.dose = (float)l->dose, .flags = flags};
    w.t_ns = c->t_ns;
    w.belt_mm = (double)c->belt_steps * c->r.encoder_mm;
    bool something = busy(c, l);
    if (!c->open && something)
        begin(c, l->curtain, 0);
    if (c->open)
        go_on(c, l, &w, something);
    c->clear = something ? 0 : c->clear + (c->clear < INT32_MAX);
    remember(c, &w);
    return true;
}

void
core_tick(struct core *c, int64_t now_ns, bool stands)
{
    if (stands && !c->gone)
        c->heard_ns = now_ns;
    if (!c->any || now_ns - c->heard_ns < c->r.silence_ns)
        return;
    note(c, CORE_VANISHED | CORE_RESCAN);
    if (!c->gone)
        tell(c, CORE_GONE);
    c->gone = true;
    if (c->open && now_ns - c->heard_ns >= c->r.patience_ns)
        end(c, 0);
}

double
core_shade(const uint32_t *counts, const float *dark, const float *air, int32_t n)
{
    double darkest = 1;

    for (int32_t from = 0; from + SHADE_PIXELS <= n; from += SHADE_PIXELS) {
        double signal = 0, full = 0;
        for (int32_t i = from; i < from + SHADE_PIXELS; i++)
            if (air[i] > 0) {
                signal += (double)counts[i] - (double)dark[i];
                full += (double)air[i];
            }
        if (full > 0 && signal < darkest * full)
            darkest = signal / full;
    }
    return darkest;
}
