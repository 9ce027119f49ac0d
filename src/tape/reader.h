/* reader: finds the runs of a tape file and reads them one by one, whatever has happened to the
 * file. Private to src/tape: the public ways in are in file.h. */
#ifndef TAPE_READER_H
#define TAPE_READER_H

#include "tape/codec.h"
#include "tape/file.h"
#include "tape/format.h"

struct reader_run {
    struct format_run run;
    uint64_t at; /* of its header, in the file */
    bool bad;    /* during a scan: a header without its payload */
};

struct reader {
    int fd; /* owned */
    const char *name;
    uint64_t size;
    uint64_t unfolded; /* bytes of all lines that the head allows */
    struct format_head head;
    bool indexed;             /* the index is whole, and `runs` come from it */
    bool rooted;              /* at least an end record is whole: `root` is what it says */
    uint8_t root[HASH_BYTES]; /* if indexed, the runs lead to it */
    int32_t mark[TAPE_PLANES_MAX];
    struct reader_run *runs; /* in their order */
    size_t n_runs, room;
    int lost;    /* runs that a scan saw but could not read */
    int refused; /* errno of the first read that the disk refused; 0: none */
    int flaws;   /* damaged places that cost nothing */
    struct codec *codec;
    uint8_t *record; /* header and stored bytes of the run that was read last */
    uint8_t *plain;  /* its lines */
};

/* Head and index; a file that has neither a readable head nor an index is refused, and one that
 * could unfold to more than `max` bytes of lines. `name` must outlive the reader. The descriptor
 * belongs to the reader, even on failure. */
int reader_open(int fd, const char *name, uint64_t max, struct reader *r, struct err *e) MUST_USE;
int reader_open_path(const char *path, uint64_t max, struct reader *r, struct err *e) MUST_USE;
/* Without an index: looks at every byte for runs that are whole. */
void reader_scan(struct reader *r);
/* Reads run i into r->plain; with `hashes` it must be what the header (or index) says. */
int reader_run(struct reader *r, size_t i, bool hashes, struct err *e) MUST_USE;
/* Did the disk refuse to read? -1 with the sentence. What it refused looks like damage. */
int reader_refusal(const struct reader *r, struct err *e) MUST_USE;
void reader_close(struct reader *r); /* takes a zeroed or closed one */

/* load.c over any descriptor, for files that have no path. keep = NULL: only checks. */
int load_open(struct reader *r, bool salvage, struct tape **keep, struct tape_report *report,
              struct err *e) MUST_USE;

#endif
