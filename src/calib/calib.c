/* calib: see calib.h. Opens the scans, has the parts made one after another, writes `about`. */
#include "calib/make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
open_scan(struct make *m, enum scan_role role, const struct calib_tape *from, struct scan *s,
          struct err *e)
{
    (void)m;
    if (from->tape == NULL)
        return 0;
    for (int i = 0; i < tape_planes(from->tape); i++)
        if (!tape_sealed(from->tape, i))
            return err_set(e, ERR_INPUT, "%s: the scan is not finished", from->path);
    return scan_open(role, from->path, from->tape, from->root, s, e);
}

static int
open_scans(struct make *m, const struct calib_input *in, struct err *e)
{
    if (open_scan(m, SCAN_DARK, &in->dark, &m->dark, e) != 0 ||
        open_scan(m, SCAN_AIR, &in->air, &m->air, e) != 0 ||
        open_scan(m, SCAN_LAG, &in->lag, &m->lag, e) != 0 ||
        open_scan(m, SCAN_SCATTER, &in->scatter, &m->scatter, e) != 0)
        return -1;
    for (int i = 0; i < in->wedges; i++) {
        if (open_scan(m, SCAN_WEDGE, &in->wedge[i], &m->wedge[i], e) != 0)
            return -1;
        m->wedges++;
    }
    if (scan_same_machine(&m->air, &m->dark, e) != 0 ||
        (m->lag.tape != NULL && scan_same_machine(&m->air, &m->lag, e) != 0) ||
        (m->scatter.tape != NULL && scan_same_machine(&m->air, &m->scatter, e) != 0))
        return -1;
    for (int i = 0; i < m->wedges; i++)
        if (scan_same_machine(&m->air, &m->wedge[i], e) != 0)
            return -1;
    if (m->air.machine == NULL || text_find(m->air.machine, "view") == NULL)
        return 0;
    m->has_geometry = true;
    return geometry_read(&m->air.about, m->air.machine, &m->geometry, e);
}

const struct geometry_view *
make_view(const struct make *m, const struct scan_channel *c)
{
    if (!m->has_geometry || c->view >= m->geometry.views ||
        m->geometry.view[c->view].pixels != c->n)
        return NULL;
    return &m->geometry.view[c->view];
}

int
make_rows(struct make *m, struct err *e)
{
    for (int i = 0; i < m->air.n; i++) {
        const struct scan_channel *c = &m->air.channel[i];
        const struct geometry_view *v = make_view(m, c);
        double first;
        if (m->has_geometry && v == NULL)
            return err_set(e, ERR_INPUT,
                           "%s: view %d has %d pixels, which is not what its scanner describes",
                           m->air.name, c->view, c->n);
        if (v == NULL || shelf_get(&m->shelf, Q_ROW_SOURCE, c->view, 0) != NULL)
            continue;
        int rows = geometry_rows(v, &first);
        float *source = shelf_put(&m->shelf, Q_ROW_SOURCE, c->view, 0, 1, rows, 1);
        geometry_row_source(v, source);
        for (int r = 0; r < rows; r++)
            if (!(source[r] >= 0))
                source[r] = -1;
    }
    return 0;
}

static void
write_scan(FILE *f, const struct scan *s)
{
    if (s->tape == NULL)
        return;
    fprintf(f, "    scan %s \"", scan_role_name[s->role]);
    for (const char *c = s->name; *c != '\0'; c++) /* a name may hold anything */
        fputc(*c < ' ' || *c == '"' || *c == '\\' || *c == 127 ? '_' : *c, f);
    fprintf(f, "\" {\n        root %s\n        lines %d\n    }\n", s->root, s->channel[0].lines);
}

static void
write_node(FILE *f, const struct text_node *n, int depth)
{
    for (; n != NULL; n = n->next) {
        fprintf(f, "%*s%s", 4 * depth, "", n->word);
        for (int i = 0; i < n->n_args; i++)
            fprintf(f, " \"%s\"", n->arg[i]);
        fprintf(f, n->block ? " {\n" : "\n");
        if (n->block) {
            write_node(f, n->first, depth + 1);
            fprintf(f, "%*s}\n", 4 * depth, "");
        }
        if (depth == 0)
            break;
    }
}

/* The calibration's `about`: the machine, as the air scan describes it, and the scans. */
static char *
write_about(const struct make *m, struct err *e)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);

    if (f == NULL) {
        err_errno(e, "cannot write the calibration's description");
        return NULL;
    }
    fprintf(f, "calibration \"%s\" {\n", m->air.scanner);
    write_scan(f, &m->dark);
    write_scan(f, &m->air);
    write_scan(f, &m->lag);
    write_scan(f, &m->scatter);
    for (int i = 0; i < m->wedges; i++)
        write_scan(f, &m->wedge[i]);
    fprintf(f, "    warnings %d\n}\n", m->notes->warnings);
    if (m->air.machine != NULL)
        write_node(f, m->air.machine, 0);
    if (text_close(f, e) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

int
calib_make(const struct calib_input *in, struct par *pool, struct notes *notes, struct tape **out,
           struct err *e)
{
    struct make *m = mem_zero(1, sizeof *m);
    char *about = NULL;
    int result = -1;

    *notes = (struct notes){.n = 0};
    m->pool = pool;
    m->notes = notes;
    m->folder = in->folder == NULL ? "." : in->folder;
    if (open_scans(m, in, e) != 0 || make_levels(m, e) != 0 || make_lag(m, e) != 0 ||
        make_rows(m, e) != 0 || make_scatter(m, e) != 0 || make_water(m, e) != 0 ||
        make_decomposition(m, e) != 0)
        goto out;
    about = write_about(m, e);
    if (about == NULL)
        goto out;
    result = shelf_tape(&m->shelf, about, out, e);
out:
    free(about);
    scan_close(&m->dark);
    scan_close(&m->air);
    scan_close(&m->lag);
    scan_close(&m->scatter);
    for (int i = 0; i < CALIB_WEDGES_MAX; i++)
        scan_close(&m->wedge[i]);
    shelf_free(&m->shelf);
    mem_free(m);
    return result;
}
