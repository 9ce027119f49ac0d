/* core: which lines are which item. No input and output, no clock: lines come with the detector's
 * time, silence comes as a message with the machine's. An item begins and ends by light curtain or,
 * where that is silent, by its own shadow; nothing that a line says can stop the lane. */
#ifndef ACQ_CORE_H
#define ACQ_CORE_H

#include "tape/tape.h"

#define CORE_BEFORE_MAX                                                                            \
    1024 /* lines that an item can take from before its beginning; before and                      \
          * shadow_lines together */

struct core_rules {
    double shadow;          /* transmission below which a line is in shadow */
    int32_t shadow_lines;   /* so many in a row begin an item */
    int32_t before, behind; /* lines of air that an item takes along */
    int32_t gap_lines;      /* away for so many, curtain or shadow part two items; 1 to behind */
    int32_t lines_max;      /* of an item: it is cut there and goes on as the next one */
    int32_t rest_lines;     /* lines kept where the belt stands; 0 = all */
    int32_t rescan_lines;   /* a rescan is asked for when more are lost in a row */
    int32_t counter_bits;   /* of the detector's line counter, 8 to 64 */
    int32_t encoder_bits;
    double encoder_mm, jump_mm;      /* one step; no belt moves further between two lines */
    int64_t silence_ns, patience_ns; /* detector counts as vanished; its item is given up */
    int64_t line_ns;                 /* nominal, for a detector whose clock starts anew */
};

struct core_line {
    uint64_t counter, encoder;
    int64_t t_ns;
    double dose, transmission; /* of the darkest place; 1 = air */
    bool high, curtain;
};

/* What is known about an item: notes of its lines. */
#define CORE_BY_SHADOW (1u << 0) /* not by curtain: two that touch are one item */
#define CORE_CONTINUES (1u << 1) /* the one before was cut at the maximal length */
#define CORE_CUT (1u << 2)
#define CORE_LOST (1u << 3)
#define CORE_DOUBLED (1u << 4)
#define CORE_ORDER (1u << 5)     /* a line came late; it was left out */
#define CORE_RESTARTED (1u << 6) /* detector or encoder counted from anew */
#define CORE_STOPPED (1u << 7)   /* the belt stood; lines were left out */
#define CORE_VANISHED (1u << 8)
#define CORE_RESCAN (1u << 9)
#define CORE_NOTES 10
extern const char *const core_note_text[CORE_NOTES]; /* one sentence each */

enum core_what {
    CORE_BEGIN, /* an item begins; its lines follow */
    CORE_KEEP,  /* line number `line` of the link (from 0) is the item's next, with this pose */
    CORE_END,   /* the item is complete: notes, lines, lost */
    CORE_GONE,  /* the detector is silent */
    CORE_BACK,  /* it sends again */
};

struct core_act {
    enum core_what what;
    uint64_t line;
    struct pose pose;
    uint32_t notes;
    int32_t lines;
    int64_t lost; /* that are known to be; restarts hide how many */
};

struct core;

/* `act` is called, in order, from within core_line and core_tick. ERR_INPUT if the rules are out of
 * range. */
int core_open(const struct core_rules *rules, void (*act)(void *arg, const struct core_act *a),
              void *arg, struct core **c, struct err *e) MUST_USE;
void core_close(struct core *c); /* takes NULL */
/* A line that arrived at now_ns of the machine; its times are not negative. Lines are counted from
 * 0. False: it came late; it has no number and no part in anything. What is kept is never further
 * back than CORE_BEFORE_MAX lines. */
bool core_line(struct core *c, int64_t now_ns, const struct core_line *line);
/* Nothing arrived until now_ns. Where the belt `stands` and triggers the lines, silence is no
 * news. */
void core_tick(struct core *c, int64_t now_ns, bool stands);

/* Transmission of the darkest SHADE_PIXELS neighbours of a line; pixels without air are left out, 1
 * if there are none. */
#define SHADE_PIXELS 8
double core_shade(const uint32_t *counts, const float *dark, const float *air, int32_t n);

#endif
