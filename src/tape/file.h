/* file: the tape on disk. Head, then losslessly compressed runs of lines per plane, each with its
 * own SHA-256 (a Merkle leaf), then an index with the Merkle root (RFC 6962 hashing).
 * doc/format/tape.md; a second reader in Python stands beside it. Runs are self-describing, so a
 * cut or damaged file gives back every run that is provably whole. */
#ifndef TAPE_FILE_H
#define TAPE_FILE_H

#include "base/hash.h"
#include "tape/tape.h"

/* Where a damaged file lost lines; names planes, not bytes. Behind the last line of a file whose
 * end is missing, `lines` is what could have followed at most. */
struct tape_loss {
    int plane;
    int32_t first, lines;
};
#define TAPE_LOSSES_MAX 1024
struct tape_report {
    bool sealed;              /* index present and its root matches */
    uint8_t root[HASH_BYTES]; /* Merkle root: of the index if sealed, else over the runs found */
    int runs, runs_bad;       /* whole ones, lost ones */
    int refused;              /* errno of the first read that the disk refused, or 0 */
    int flaws;                /* damaged places that cost no line: a header, a copy of the head */
    int n_losses;             /* filled up to TAPE_LOSSES_MAX, counted beyond */
    struct tape_loss loss[TAPE_LOSSES_MAX];
    uint64_t file_bytes, plain_bytes;       /* plain: of the whole runs */
    uint64_t stored_bytes[TAPE_PLANES_MAX]; /* per plane, of the whole runs */
    int32_t mark[TAPE_PLANES_MAX];          /* lines up to the first loss */
    int32_t end[TAPE_PLANES_MAX];           /* behind the last line that is there */
};
/* Is every byte of the file as it was written? */
bool tape_report_whole(const struct tape_report *r);

/* Writing. Lines that are new since the last call (mark against what is on disk) go out in runs, in
 * one fixed order over all planes, each run when it is complete: a plane that stands still holds up
 * the others. file_end writes the rest, the index and syncs. The file is PATH.part until then. An
 * old PATH.part that nobody is writing is replaced by open and taken up by resume. */
struct tape_writer;
int tape_writer_open(const char *path, const struct tape *t, struct tape_writer **w,
                     struct err *e) MUST_USE;
/* Goes on where a killed writer stopped (or starts, if there is nothing): whole runs are kept, a
 * torn tail is cut. `t` must be the tape (or a recomputation of it) that was being written; its
 * marks may be behind or ahead; append refuses a tape whose lines differ from those on disk. */
int tape_writer_resume(const char *path, const struct tape *t, struct tape_writer **w,
                       struct err *e) MUST_USE;
int tape_writer_append(struct tape_writer *w, struct err *e) MUST_USE;
/* Planes that are not sealed end at their marks. Frees w; on failure w stays (again, or cancel). */
int tape_writer_end(struct tape_writer *w, uint8_t root[HASH_BYTES], struct err *e) MUST_USE;
void tape_writer_cancel(struct tape_writer *w); /* takes NULL; removes the temporary file */
/* open, append, end. Scratch planes are left out. */
int tape_save(const char *path, const struct tape *t, uint8_t root[HASH_BYTES],
              struct err *e) MUST_USE;

/* Reads and checks everything into a new memory tape, all planes sealed. A damaged file: with
 * `salvage` the whole runs up to the first loss of each plane set the marks, later whole runs are
 * in place too, the report says what is lost, and the result is still 0 (look at
 * tape_report_whole); without, an error of ERR_DAMAGED. report may be NULL. */
int tape_load(const char *path, bool salvage, struct tape **t, struct tape_report *report,
              struct err *e) MUST_USE;
/* The same checks without keeping the lines; for `verify` and `info`. 0 for a damaged file, too. */
int tape_check(const char *path, struct tape_report *report, struct err *e) MUST_USE;
/* Head only: planes and about. */
int tape_load_head(const char *path, struct tape **t, struct err *e) MUST_USE;
/* Head, poses and index: for `info`. The other planes stay empty and their runs unchecked; the
 * report is what the index says. A file without an index is searched through as by tape_check. */
int tape_glance(const char *path, struct tape **t, struct tape_report *report,
                struct err *e) MUST_USE;
/* What is left of a damaged file as a tape that can be saved and inspected: lost lines in front of
 * others are zero, their poses say POSE_MISSING (and are interpolated where lost themselves), and a
 * block `salvaged` in `about` names them. */
int tape_salvage(const char *path, struct tape **t, struct tape_report *report,
                 struct err *e) MUST_USE;

/* Streaming input for big files: a source hands out runs in file order without holding the scan;
 * the marks of planes with equal lines are never further apart than a run (64 lines, fewer for very
 * long lines). ring = 0: whole planes; else every plane longer than that, but for poses, is a ring
 * of `ring` lines, a power of two of at least two runs: what lies further back than that is gone,
 * so consumers must keep up with every tape_source_next. hashes = true checks every run against the
 * Merkle root; false (faster) still finds accidents by checksums, but not forgery. A damaged file
 * is refused. */
struct tape_source;
int tape_source_open(const char *path, int32_t ring, bool hashes, struct tape_source **s,
                     struct err *e) MUST_USE;
void tape_source_close(struct tape_source *s); /* takes NULL; frees the tape unless it was taken */
/* The (at first empty) tape that the source fills. */
struct tape *tape_source_tape(struct tape_source *s);
/* The Merkle root that the file claims; with `hashes` every run is checked against it. */
void tape_source_root(const struct tape_source *s, uint8_t root[HASH_BYTES]);
/* The tape becomes the caller's. */
struct tape *tape_source_take(struct tape_source *s);
/* Decodes the next run into the tape and moves that plane's mark; seals planes at their ends.
 * 1 = done, 0 = end, -1 = error. */
int tape_source_next(struct tape_source *s, struct err *e) MUST_USE;

#endif
