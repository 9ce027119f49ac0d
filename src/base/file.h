/* file: whole files in, whole files out. What is written appears under its name complete or not at
 * all. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Reads a whole regular file of at most `max` bytes; the caller frees with mem_free. A zero byte
 * follows the content (not counted), so text can be used as a C string. "-" is not special. */
int file_load(const char *path, size_t max, uint8_t **bytes, size_t *n, struct err *e) MUST_USE;

/* Writes to "PATH.tmp-PID" and renames at commit; cancel (or a failed commit) leaves nothing
 * behind. */
struct file_out {
    FILE *stream;
    char path[1024], temporary[1060];
};
int file_begin(struct file_out *f, const char *path, struct err *e) MUST_USE;
int file_commit(struct file_out *f, struct err *e) MUST_USE; /* flush, fsync, rename */
void file_cancel(struct file_out *f);                        /* takes a zeroed or ended one */
/* begin, write, commit. */
int file_save(const char *path, const void *bytes, size_t n, struct err *e) MUST_USE;
/* Makes one folder if it is not there yet. */
int file_folder(const char *path, struct err *e) MUST_USE;

#endif
