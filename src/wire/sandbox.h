/* sandbox: how a process gives up what its role does not need. A role's rights are a table at the
 * top of its main file, like a pledge. What the kernel refuses to take is written into the report,
 * an alarm; it never stops the process. Nothing here allocates. */
#ifndef WIRE_SANDBOX_H
#define WIRE_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

enum sandbox_item {
#define SANDBOX_ITEM(symbol_, ...) SANDBOX_##symbol_,
#include "wire/sandbox.def"
#undef SANDBOX_ITEM
    SANDBOX_ITEMS
};

struct sandbox_name {
    const char *name, *meaning;
};
extern const struct sandbox_name sandbox_names[SANDBOX_ITEMS];

#define SANDBOX_CALLS_MAX 32
#define SANDBOX_ANY (-1)

/* A system call that stays allowed, where argument `arg` equals `value` (SANDBOX_ANY: always) and
 * argument `null` is a null pointer (SANDBOX_ANY: whatever it is). Several rows may name one call.
 */
struct sandbox_call {
    int nr, arg;
    uint32_t value;
    int null;
};

struct sandbox_rights {
    const struct sandbox_call *call;
    int n;                /* at most SANDBOX_CALLS_MAX */
    int descriptor, last; /* the descriptors descriptor .. last stay open */
    bool kill;        /* another call ends the process; else it gets EPERM and the kernel logs it */
    int landlock_max; /* use no later Landlock ABI than this; 0 = the newest that is known here */
};

/* Sent between processes of one build as it is. error is an errno: 0 = it is gone. */
struct sandbox_report {
    int32_t error[SANDBOX_ITEMS];
    int32_t landlock; /* the ABI in use; 0 = none */
};

/* First half, before threads exist: they inherit it. The memory of the report is the caller's. */
void sandbox_enter(const struct sandbox_rights *r, struct sandbox_report *report);
/* Second half: no thread may be started afterwards. argv is main's; everything that the kernel laid
 * above it is wiped. */
void sandbox_seal(const struct sandbox_rights *r, char **argv, struct sandbox_report *report);
/* How many items the kernel refused to take. */
int sandbox_refused(const struct sandbox_report *report);

#endif
