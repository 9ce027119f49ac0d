/* bench_test: a small scanner for tests: 96 pixels in two modules, one view, two layers. */
#ifndef TWIN_BENCH_TEST_H
#define TWIN_BENCH_TEST_H

#include "base/test.h"
#include "twin/sim.h"

static const char bench_text[] = "scanner \"bench\" {\n"
                                 "    column_pitch_mm 0.5\n"
                                 "    view \"bench\" {\n"
                                 "        source_mm 0 -1000 0\n"
                                 "        isocentre_mm 0 0 0\n"
                                 "        row_pitch_mm 0.5\n"
                                 "        arm {\n"
                                 "            from_mm 0 500 -48\n"
                                 "            to_mm 0 500 48\n"
                                 "            pixels 96\n"
                                 "            pitch_mm 1\n"
                                 "            module_pixels 48\n"
                                 "        }\n"
                                 "    }\n"
                                 "    source {\n"
                                 "        spectrum {\n"
                                 "            tube_kv 160\n"
                                 "            filter Al 3\n"
                                 "        }\n"
                                 "        current_ma 1\n"
                                 "        focal_mm 0.5 0.5\n"
                                 "        jitter 0.01\n"
                                 "        monitor_noise 0.002\n"
                                 "        misfire 0.02\n"
                                 "    }\n"
                                 "    detector {\n"
                                 "        aperture_mm 1\n"
                                 "        response low {\n"
                                 "            scintillator CsI@4.51 0.4\n"
                                 "        }\n"
                                 "        response high {\n"
                                 "            filter Cu 0.6\n"
                                 "            scintillator CsI@4.51 4\n"
                                 "        }\n"
                                 "        air_counts 500000\n"
                                 "        electronic_counts 20\n"
                                 "        offset_counts 1000\n"
                                 "        offset_spread 0.1\n"
                                 "        dark_counts_s 20000\n"
                                 "        gain_spread 0.05\n"
                                 "        gain_per_c 0.002\n"
                                 "        gain_per_day_spread 0.001\n"
                                 "        dead 0.03\n"
                                 "        hot 0.03\n"
                                 "        drifting 0.03\n"
                                 "        crosstalk 0.02\n"
                                 "        lag 0.02 8\n"
                                 "        lag 0.005 80\n"
                                 "        slot_mm 3\n"
                                 "        slot_depth_mm 30\n"
                                 "    }\n"
                                 "    belt {\n"
                                 "        speed_mm_s 200\n"
                                 "        pitch_mm 0.8\n"
                                 "        variation 0.02\n"
                                 "        encoder_mm 0.1\n"
                                 "        lost 0.02\n"
                                 "        doubled 0.02\n"
                                 "        lead_mm 20\n"
                                 "    }\n"
                                 "    transport {\n"
                                 "        bins 160\n"
                                 "        samples 2 2\n"
                                 "    }\n"
                                 "}\n";

static inline struct scanner *
bench_scanner(const char *without)
{
    struct scanner *s = NULL;
    struct text t;
    struct err e = {.text = ""};

    if (text_parse(&t, "bench", bench_text, strlen(bench_text), &e) != 0 ||
        scanner_parse(&t, bench_text, ".", &s, &e) != 0 || scanner_without(s, without, &e) != 0)
        fail_msg("%s", e.text);
    text_free(&t);
    return s;
}

static inline struct scene *
bench_scene(const char *text)
{
    struct scene *s = NULL;
    struct text t;
    struct err e = {.text = ""};

    if (text_parse(&t, "scene", text, strlen(text), &e) != 0 || scene_parse(&t, ".", &s, &e) != 0)
        fail_msg("%s", e.text);
    text_free(&t);
    return s;
}

/* A whole scan; the caller frees the tape. */
static inline struct tape *
bench_scan(const struct scanner *scanner, const struct scene *scene,
           const struct sim_options *options, int threads)
{
    struct par *pool;
    struct sim *sim = NULL;
    struct err e = {.text = ""};

    if (par_open(&pool, threads, &e) != 0 || sim_open(scanner, scene, options, pool, &sim, &e) != 0)
        fail_msg("%s", e.text);
    while (sim_turn(sim))
        continue;
    struct tape *t = sim_take(sim);
    sim_close(sim);
    par_close(pool);
    return t;
}

static const char bench_slab[] = "scene \"slab\" {\n"
                                 "    group \"plate\" {\n"
                                 "        threat test\n"
                                 "        box {\n"
                                 "            material Al\n"
                                 "            size_mm 20 10 400\n"
                                 "        }\n"
                                 "    }\n"
                                 "}\n";

#endif
