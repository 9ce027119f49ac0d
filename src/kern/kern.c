/* kern: see kern.h. The only place that asks the CPU what it can do. */
#include "kern/kern.h"

#include <stdlib.h>

extern const struct kern kern_table_v1;
#ifdef __x86_64__
extern const struct kern kern_table_v3, kern_table_v4;

static int
cpu_level(void)
{
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2"))
        return 1;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return 3;
    return 4;
}
#else
static int
cpu_level(void)
{
    return 1;
}
#endif

int
kern_best(void)
{
    const char *forced = getenv("DOORLICHT_LEVEL");
    int best = cpu_level();

    if (forced != NULL && forced[0] >= '1' && forced[0] <= '4' && forced[0] - '0' < best)
        best = forced[0] < '3' ? 1 : 3;
    return best;
}

const struct kern *
kern_get(int level)
{
    if (level == 0)
        level = kern_best();
    if (level > cpu_level())
        return NULL;
    switch (level) {
    case 1:
        return &kern_table_v1;
#ifdef __x86_64__
    case 3:
        return &kern_table_v3;
    case 4:
        return &kern_table_v4;
#endif
    default:
        return NULL;
    }
}
