/* file: whole files in, whole files out. What is written appears under its name complete or not at
 * all. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Opens a regular file for reading and nothing else: a pipe or a device cannot hold us. Returns the
 * descriptor, or -1. */
int file_open(const char *path, struct err *e) MUST_USE;
/* Reads a whole regular file of at most `max` bytes; the caller frees with mem_free. A zero byte
 * follows the content (not counted), so text can be used as a C string. "-" is not special. */
int file_load(const char *path, size_t max, uint8_t **bytes, size_t *n, struct err *e) MUST_USE;

/* Can `path` be written? It must be new or a regular file (a link, device or folder would be
 * replaced) and lie in a folder that we may write. */
int file_target(const char *path, struct err *e) MUST_USE;
/* From now on file_open refuses the file that `path` names, under whatever name, if there is one:
 * what this process replaces it may not read. At most FILE_RESERVED_MAX. */
#define FILE_RESERVED_MAX 32
void file_reserve(const char *path);

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
