/* fuzz_replay: runs one fuzz target over its committed seeds and over seeded mutations of them, so
 * that every ./test replays what the fuzzers know. Usage: replay-NAME FOLDER. */
#include "base/arena.h"
#include "base/file.h"
#include "base/rng.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUTATIONS 300
#define SEED_BYTES_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* An exact-size heap copy, so that a sanitizer sees a read past the end. */
static void
run_copy(const uint8_t *bytes, size_t n)
{
    uint8_t *copy = malloc(n + (n == 0));
    memcpy(copy, bytes, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static void
mutate(struct rng *r, uint8_t *bytes, size_t *n)
{
    int changes = 1 + rng_below(r, 4);
    for (int i = 0; i<changes && * n> 0; i++) {
        size_t at = (size_t)rng_below(r, (int)*n);
        switch (rng_below(r, 5)) {
        case 0:
            bytes[at] ^= (uint8_t)(1 << rng_below(r, 8));
            break;
        case 1:
            bytes[at] = (uint8_t)rng_u32(r);
            break;
        case 2:
            bytes[at] = rng_below(r, 2) ? 0xff : 0;
            break;
        case 3:
            *n = at;
            break;
        default:
            memmove(bytes + at, bytes + at + 1, --*n - at);
            break;
        }
    }
}

static int
replay_file(const char *path)
{
    struct err e;
    uint8_t *bytes;
    size_t n;

    if (file_load(path, SEED_BYTES_MAX, &bytes, &n, &e) != 0) {
        fprintf(stderr, "%s\n", e.text);
        return -1;
    }
    run_copy(bytes, n);
    uint8_t *changed = mem_zero(n, 1);
    for (uint64_t i = 0; i < MUTATIONS; i++) {
        struct rng r = rng_start(i, n);
        size_t m = n;
        memcpy(changed, bytes, n);
        mutate(&r, changed, &m);
        run_copy(changed, m);
    }
    mem_free(changed);
    mem_free(bytes);
    return 0;
}

int
main(int argc, char **argv)
{
    int files = 0;
    char path[1024];
    DIR *d = argc == 2 ? opendir(argv[1]) : NULL;

    if (d == NULL) {
        fprintf(stderr, "usage: %s FOLDER with seeds\n", argv[0]);
        return 2;
    }
    run_copy((const uint8_t *)"", 0);
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (replay_file(path) != 0)
            return 2;
        files++;
    }
    closedir(d);
    printf("%d seeds, %d mutations each\n", files, MUTATIONS);
    return files > 0 ? 0 : 1;
}
