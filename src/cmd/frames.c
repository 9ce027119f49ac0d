/* frames: see frames.h. */
#include "cmd/frames.h"

#include "base/bytes.h"
#include "base/file.h"
#include "codec/tiff.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TIFF_FILE_MAX ((size_t)4 << 30)

struct frames {
    const struct text *text;
    const struct sidecar_series *series;
    const char *folder;
    char path[1024]; /* of the open file */
    int64_t count;
    int32_t rows, cols;
    bool whole;
    /* raw */
    FILE *stream;
    uint8_t *buffer;
    /* TIFF: one file at a time, all with the same number of pages */
    int64_t file; /* number that is open */
    uint8_t *bytes;
    size_t n;
    struct tiff *tiff;
    int pages;
};

int
frames_path(const char *folder, const char *name, char out[1024], struct err *e)
{
    bool absolute = name[0] == '/' || folder[0] == '\0';
    int n = snprintf(out, 1024, "%s%s%s", absolute ? "" : folder, absolute ? "" : "/", name);

    return n < 1024 ? 0 : err_set(e, ERR_LIMIT, "%.60s...: the path is too long", name);
}

/* Puts the sidecar's line in front of what another function found. */
static int
at_line(const struct frames *f, struct err *e)
{
    enum err_code code = e->code;
    char what[280];

    snprintf(what, sizeof what, "%.279s", e->text);
    (void)text_error(f->text, f->series->at, e, "%s", what);
    e->code = code;
    return -1;
}

/* pattern with its %0Nd replaced; sidecar.c has checked its form. */
static int
tiff_path(struct frames *f, int64_t number, struct err *e)
{
    char name[1024];
    const char *pattern = f->series->pattern, *percent = strchr(pattern, '%');

    if (percent == NULL)
        return frames_path(f->folder, pattern, f->path, e);
    int width = percent[1] == '0' ? percent[2] - '0' : 0;
    int n = snprintf(name, sizeof name, "%.*s%0*lld%s", (int)(percent - pattern), pattern, width,
                     (long long)number, strchr(percent, 'd') + 1);
    if (n >= (int)sizeof name)
        return err_set(e, ERR_LIMIT, "%.60s...: the path is too long", pattern);
    return frames_path(f->folder, name, f->path, e);
}

static void
tiff_drop(struct frames *f)
{
    tiff_close(f->tiff);
    mem_free(f->bytes);
    f->tiff = NULL;
    f->bytes = NULL;
    f->file = -1;
}

static int
tiff_take(struct frames *f, int64_t number, struct err *e)
{
    tiff_drop(f);
    if (tiff_path(f, number, e) != 0 || file_load(f->path, TIFF_FILE_MAX, &f->bytes, &f->n, e) != 0)
        return -1;
    if (tiff_open(f->path, f->bytes, f->n, &f->tiff, e) != 0)
        return -1;
    f->file = number;
    return 0;
}

static int
open_tiff(struct frames *f, struct err *e)
{
    struct tiff_page page;

    if (tiff_take(f, f->series->first, e) != 0 || tiff_select(f->tiff, 0, &page, e) != 0)
        return -1;
    f->pages = tiff_pages(f->tiff);
    f->count = (f->series->last - f->series->first + 1) * f->pages;
    f->rows = page.height;
    f->cols = page.width;
    f->whole = page.sample != TIFF_F32;
    return 0;
}

static size_t
sample_bytes(enum sidecar_sample sample)
{
    return sample == SIDECAR_U16 ? 2 : 4;
}

static int
open_raw(struct frames *f, struct err *e)
{
    const struct sidecar_series *x = f->series;
    struct stat st;

    if (frames_path(f->folder, x->pattern, f->path, e) != 0)
        return -1;
    int fd = file_open(f->path, e);
    if (fd < 0)
        return -1;
    f->stream = fdopen(fd, "rb");
    if (f->stream == NULL)
        close(fd);
    if (f->stream == NULL || fstat(fd, &st) != 0)
        return err_errno(e, "%s: cannot open", f->path);
    int64_t frame = x->rows * x->cols * (int64_t)sample_bytes(x->sample);
    if (x->frames > (INT64_MAX - x->skip_bytes) / frame ||
        st.st_size != x->skip_bytes + x->frames * frame)
        return err_set(e, ERR_INPUT,
                       "%s: the file has %lld bytes, but %lld + %lld x %lld x %lld samples of %zu "
                       "bytes are announced",
                       f->path, (long long)st.st_size, (long long)x->skip_bytes,
                       (long long)x->frames, (long long)x->rows, (long long)x->cols,
                       sample_bytes(x->sample));
    if (fseeko(f->stream, (off_t)x->skip_bytes, SEEK_SET) != 0)
        return err_errno(e, "%s: cannot seek", f->path);
    f->count = x->frames;
    f->rows = (int32_t)x->rows;
    f->cols = (int32_t)x->cols;
    f->whole = x->sample != SIDECAR_F32;
    f->buffer = mem_zero((size_t)frame, 1);
    return 0;
}

int
frames_open(const struct text *t, const struct sidecar_series *series, const char *folder,
            struct frames **out, struct err *e)
{
    struct frames *f = mem_zero(1, sizeof *f);

    *f = (struct frames){.text = t, .series = series, .folder = folder, .file = -1};
    if ((series->tiff ? open_tiff(f, e) : open_raw(f, e)) != 0) {
        (void)at_line(f, e);
        frames_close(f);
        return -1;
    }
    *out = f;
    return 0;
}

void
frames_close(struct frames *f)
{
    if (f == NULL)
        return;
    if (f->stream != NULL)
        fclose(f->stream);
    mem_free(f->buffer);
    tiff_drop(f);
    mem_free(f);
}

int64_t
frames_count(const struct frames *f)
{
    return f->count;
}

void
frames_size(const struct frames *f, int32_t *rows, int32_t *cols)
{
    *rows = f->rows;
    *cols = f->cols;
}

bool
frames_whole(const struct frames *f)
{
    return f->whole;
}

static int
read_tiff(struct frames *f, int64_t i, float *out, struct err *e)
{
    int64_t number = f->series->first + i / f->pages;
    struct tiff_page page;

    if (number != f->file) {
        if (tiff_take(f, number, e) != 0)
            return -1;
        if (tiff_pages(f->tiff) != f->pages)
            return err_set(e, ERR_INPUT, "%s: %d pages, but the first file has %d", f->path,
                           tiff_pages(f->tiff), f->pages);
    }
    if (tiff_select(f->tiff, (int)(i % f->pages), &page, e) != 0)
        return -1;
    if (page.height != f->rows || page.width != f->cols)
        return err_set(e, ERR_INPUT, "%s: %d x %d pixels, but the first frame has %d x %d", f->path,
                       page.height, page.width, f->rows, f->cols);
    return tiff_read(f->tiff, out, e);
}

static int
read_raw(struct frames *f, float *out, struct err *e)
{
    enum sidecar_sample sample = f->series->sample;
    size_t n = (size_t)f->rows * (size_t)f->cols, bytes = n * sample_bytes(sample);

    if (fread(f->buffer, 1, bytes, f->stream) != bytes)
        return err_errno(e, "%s: cannot read", f->path);
    for (size_t i = 0; i < n; i++) {
        uint32_t word =
            sample == SIDECAR_U16 ? bytes_get16(f->buffer + 2 * i) : bytes_get32(f->buffer + 4 * i);
        if (sample == SIDECAR_F32)
            memcpy(&out[i], &word, sizeof word);
        else if (word <= 1u << 24)
            out[i] = (float)word;
        else
            return err_set(e, ERR_INPUT, "%s: a sample is larger than 2^24", f->path);
    }
    return 0;
}

int
frames_read(struct frames *f, int64_t i, float *out, struct err *e)
{
    size_t n = (size_t)f->rows * (size_t)f->cols;

    if ((f->series->tiff ? read_tiff(f, i, out, e) : read_raw(f, out, e)) != 0)
        return at_line(f, e);
    for (size_t k = 0; k < n; k++)
        if (!(fabsf(out[k]) <= 1e9f)) {
            err_set(e, ERR_INPUT, "%s: frame %lld, row %zu, column %zu: %g is not a count", f->path,
                    (long long)i, k / (size_t)f->cols, k % (size_t)f->cols, (double)out[k]);
            return at_line(f, e);
        }
    return 0;
}
