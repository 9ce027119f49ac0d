/* tape_fuzz: any bytes as the memory of a tape give a tape whose every line can be read, or a
 * sentence. */
#include "base/bytes.h"
#include "tape/tape.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define TOTAL_MAX (1 << 24)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static void
read_all(const struct tape *t)
{
    volatile uint8_t sum = 0;

    for (int p = 0; p < tape_planes(t); p++) {
        const struct plane_spec *s = tape_plane(t, p);
        int32_t mark = tape_mark(t, p);
        must(mark >= 0 && mark <= s->lines);
        size_t size = tape_line_bytes(t, p);
        const int32_t lines[] = {0, s->lines - 1, mark > 0 ? mark - 1 : 0, s->lines / 2};
        for (int i = 0; i < 4; i++) {
            const uint8_t *line = tape_read(t, p, lines[i]);
            sum = (uint8_t)(sum + line[0] + line[size - 1]);
        }
        must(tape_find(t, s->quantity, s->view, s->energy) >= 0);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct err e = {.text = ""};
    struct tape *t;
    /* As large as it says, so that the fuzzer need not write megabytes of lines. */
    uint64_t total = n >= 24 ? bytes_get64(bytes + 16) : n;
    int fd = memfd_create("fuzz", MFD_ALLOW_SEALING | MFD_CLOEXEC);

    must(fd >= 0);
    if (total > TOTAL_MAX || total < n)
        total = n;
    must(pwrite(fd, bytes, n, 0) == (ssize_t)n && ftruncate(fd, (off_t)total) == 0);
    must(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
    for (int write = 0; write < 2; write++) {
        if (tape_map(fd, write == 1, &t, &e) == 0) {
            read_all(t);
            tape_free(t);
        } else {
            must(e.text[0] != '\0');
        }
    }
    close(fd);
    return 0;
}
