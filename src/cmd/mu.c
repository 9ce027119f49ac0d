/* mu: attenuation of an element, a compound or a named material; and the list of the names. */
#include "cmd/cmd.h"
#include "phys/material.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ENERGIES_MAX 1000

static const char *const class_names[] = {"organic", "mixed", "metal", "heavy"};

/* Where no energy is given. */
static const double usual_kev[] = {20, 30, 40, 60, 80, 100, 160, 320, 1000, 2000, 4000, 6000, 9000};

static const char *const keys[XS_PROCESSES] = {
    [XS_PHOTO] = "photoelectric_cm2_g",         [XS_COHERENT] = "coherent_cm2_g",
    [XS_INCOHERENT] = "incoherent_cm2_g",       [XS_PAIR_NUCLEAR] = "pair_nuclear_cm2_g",
    [XS_PAIR_ELECTRON] = "pair_electron_cm2_g",
};

static double
total_of(const double q[XS_PROCESSES])
{
    double sum = 0;

    for (int i = 0; i < XS_PROCESSES; i++)
        sum += q[i];
    return sum;
}

static int
list_materials(bool as_json)
{
    json_t *rows = json_array();

    for (int i = 0; i < material_count(); i++) {
        struct material m;
        struct err e;
        if (material_find(material_name(i), &m, &e) != 0)
            return json_decref(rows), cmd_fail(&e);
        double zeff = material_zeff(&m);
        if (as_json)
            json_array_append_new(rows, json_pack("{s:s, s:f, s:f, s:s, s:s, s:s}", "material",
                                                  m.name, "density_g_cm3", m.density_g_cm3, "zeff",
                                                  zeff, "class", class_names[material_class(zeff)],
                                                  "title_en", material_title(i, 0), "title_nl",
                                                  material_title(i, 1)));
        else
            printf("%-18s %9.6g g/cm3  Zeff %6.2f  %-8s %s / %s\n", m.name, m.density_g_cm3, zeff,
                   class_names[material_class(zeff)], material_title(i, 0), material_title(i, 1));
    }
    if (as_json)
        return cmd_print_json(json_pack("{s:o}", "materials", rows));
    json_decref(rows);
    return CMD_OK;
}

static int
print_json(const struct material *m, const double *kev, int n)
{
    json_t *energies = json_array();

    for (int i = 0; i < n; i++) {
        double q[XS_PROCESSES];
        material_mu(m, kev[i], q);
        json_t *row = json_pack("{s:f, s:f, s:f}", "kev", kev[i], "total_cm2_g", total_of(q),
                                "total_without_coherent_cm2_g", total_of(q) - q[XS_COHERENT]);
        for (int k = 0; k < XS_PROCESSES; k++)
            json_object_set_new(row, keys[k], json_real(q[k]));
        json_array_append_new(energies, row);
    }
    json_t *density = m->density_g_cm3 > 0 ? json_real(m->density_g_cm3) : json_null();
    return cmd_print_json(json_pack(
        "{s:s, s:o, s:f, s:f, s:o}", "material", m->name, "density_g_cm3", density, "zeff",
        material_zeff(m), "electrons_mol_g", material_electrons_mol_g(m), "energies", energies));
}

static int
print_table(const struct material *m, const double *kev, int n)
{
    printf("%s: ", cmd_shown(m->name));
    if (m->density_g_cm3 > 0)
        printf("%g g/cm3, ", m->density_g_cm3);
    printf("Zeff %.2f, %.4f mol of electrons per g\n", material_zeff(m),
           material_electrons_mol_g(m));
    for (int i = 0; i < m->n; i++)
        printf("%s%s %.4f", i == 0 ? "mass fractions: " : ", ", xs_symbol(m->z[i]), m->weight[i]);
    printf("\n\n%10s %11s %11s %11s %11s %11s %11s   cm2/g\n", "keV", "total", "photo", "coherent",
           "incoherent", "pair nucl.", "pair elec.");
    for (int i = 0; i < n; i++) {
        double q[XS_PROCESSES];
        material_mu(m, kev[i], q);
        printf("%10.6g %11.4e %11.4e %11.4e %11.4e %11.4e %11.4e\n", kev[i], total_of(q),
               q[XS_PHOTO], q[XS_COHERENT], q[XS_INCOHERENT], q[XS_PAIR_NUCLEAR],
               q[XS_PAIR_ELECTRON]);
    }
    return CMD_OK;
}

/* The operands behind the material, or the usual energies. */
static int
read_energies(char **argv, int n, double kev[ENERGIES_MAX], int *count, struct err *e)
{
    *count = (int)(sizeof usual_kev / sizeof *usual_kev);
    for (int i = 0; n == 0 && i < *count; i++)
        kev[i] = usual_kev[i];
    for (int i = 0; i < n; i++) {
        char *stop;
        kev[i] = strtod(argv[i], &stop);
        if (stop == argv[i] || *stop != '\0' || !isfinite(kev[i]))
            return err_set(e, ERR_INPUT, "'%.40s' is not an energy in keV", argv[i]);
        if (kev[i] < XS_KEV_MIN || kev[i] > XS_KEV_MAX)
            return err_set(e, ERR_INPUT, "%.40s keV is out of range; %g to %g is possible", argv[i],
                           XS_KEV_MIN, XS_KEV_MAX);
        *count = n;
    }
    return 0;
}

static int
mu_run(int argc, char **argv)
{
    extern const struct command command_mu;
    bool as_json = false, list = false;
    const struct cmd_option rows[] = {
        CMD_ROW_JSON(&as_json),
        {.name = "list", .kind = CMD_FLAG, .to = &list, .meaning = "print all named materials"},
        {.name = NULL},
    };
    int count, n = cmd_options(&command_mu, rows, argc, argv, 0, ENERGIES_MAX + 1);
    double kev[ENERGIES_MAX];
    struct material m;
    struct err e;

    if (list && n > 0)
        return cmd_bad("--list takes no operands");
    if (list || n == 0)
        return list_materials(as_json);
    if (material_find_any_density(argv[0], &m, &e) != 0 ||
        read_energies(argv + 1, n - 1, kev, &count, &e) != 0)
        return cmd_fail(&e);
    return as_json ? print_json(&m, kev, count) : print_table(&m, kev, count);
}

const struct command command_mu = {
    .name = "mu",
    .brief = "Print the attenuation of a material",
    .usage = "[MATERIAL [KEV ...]]",
    .run = mu_run,
};
