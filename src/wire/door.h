/* door: what the owner of an item and its worker say to each other: one set-up with descriptors,
 * one answer with the output tape's, one report when the door is closed; from then on one byte each
 * way and the marks of the two tapes. Both are one build, so structs travel as they are. */
#ifndef WIRE_DOOR_H
#define WIRE_DOOR_H

#include "base/err.h"
#include "wire/sandbox.h"

#include <stdbool.h>
#include <stddef.h>

/* Descriptors that a worker is started with. */
#define DOOR_SETUP 3   /* a socket; closed with the door */
#define DOOR_ORDERS 4  /* the worker reads */
#define DOOR_REPORTS 5 /* the worker writes */

/* Descriptors that come with the set-up, in this order; those that are not there are left out. */
enum door_descriptor { DOOR_RECIPE, DOOR_IN, DOOR_CALIB, DOOR_OUT, DOOR_DESCRIPTORS };

struct door_setup {
    bool has[DOOR_DESCRIPTORS];
    int32_t recipe_bytes, threads, step, kern_level, landlock_max;
    bool keep_scratch;
    char recipe_name[256]; /* for errors; terminated, as is: */
    char made_from[512];   /* empty = none */
};

/* With DOOR_OUT's descriptor when code is ERR_NONE. */
struct door_answer {
    struct err err;
};

#define DOOR_LOOK 'l'   /* order: look at the marks of the input, run as far as they go */
#define DOOR_WAITS 'w'  /* report: done, for the lines that are there */
#define DOOR_SEALED 's' /* report: done, every plane of the output is sealed */

/* A message with up to DOOR_DESCRIPTORS descriptors. Received ones close on
 * exec; *n says how many. -1 with errno if the other side is gone or says something else. */
int door_send(int socket, const void *message, size_t bytes, const int *fd, int n) MUST_USE;
int door_receive(int socket, void *message, size_t bytes, int *fd, int *n) MUST_USE;

#endif
