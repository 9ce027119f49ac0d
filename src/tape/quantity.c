/* quantity: the table that quantity.def unfolds into. */
#include "tape/tape.h"

#include <string.h>

#define BYTES_u8 1
#define BYTES_u16 2
#define BYTES_u32 4
#define BYTES_f32 4
#define BYTES_i64 8
#define BYTES_rgba 4
#define BYTES_pose 24
#define CODE_u8 CODE_U8
#define CODE_u16 CODE_U16
#define CODE_u32 CODE_U32
#define CODE_f32 CODE_F32
#define CODE_i64 CODE_I64
#define CODE_rgba CODE_RGBA
#define CODE_pose CODE_POSE

_Static_assert(sizeof(struct pose) == BYTES_pose, "a pose has no padding");

/* The C type in the list and the code must agree in size. */
#define QUANTITY(symbol_, name_, type_, code_, ...)                                                \
    _Static_assert(sizeof(type_) == BYTES_##code_, name_ ": type and code differ");
#include "tape/quantity.def"
#undef QUANTITY

const struct quantity_info quantity_table[QUANTITIES] = {
#define QUANTITY(symbol_, name_, type_, code_, unit_, min_, max_, low_, high_, meaning_)           \
    [Q_##symbol_] = {.name = name_,                                                                \
                     .unit = unit_,                                                                \
                     .meaning = meaning_,                                                          \
                     .code = CODE_##code_,                                                         \
                     .bytes = BYTES_##code_,                                                       \
                     .min = min_,                                                                  \
                     .max = max_,                                                                  \
                     .display_low = low_,                                                          \
                     .display_high = high_},
#include "tape/quantity.def"
#undef QUANTITY
};

int
quantity_find(const char *name)
{
    for (int i = 0; i < QUANTITIES; i++)
        if (strcmp(quantity_table[i].name, name) == 0)
            return i;
    return -1;
}
