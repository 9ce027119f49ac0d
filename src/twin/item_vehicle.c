/* item_vehicle: the vehicles that carry loads. Everything is drawn with x forward, the road at z =
 * 0, and the rear of the vehicle at x = 0. Container sizes: ISO 668. */
#include "twin/item_job.h"

#include "base/arena.h"

#include <string.h>

#define FLOOR_MM 1150.0 /* underside of a container on a skeletal trailer */

/* Two tyres-and-rims or four on a hollow axle with brake drums and springs. */
void
vehicle_axle(struct pen *p, double x, double radius, bool twin)
{
    pen_group(p, "axle", V(x, 0, radius), V0);
    pen_rod(p, "steel", 64, V(0, -1000, 0), V(0, 1000, 0));
    pen_rod(p, "air", 50, V(0, -1000, 0), V(0, 1000, 0));
    for (int i = -1; i <= 1; i += 2) {
        vehicle_wheel(p, radius, twin ? 290 : 370, V(0, i * 1040.0, 0));
        if (twin)
            vehicle_wheel(p, radius, 290, V(0, i * 715.0, 0));
        pen_rod(p, "cast_iron", 200, V(0, i * 640.0, 0), V(0, i * 820.0, 0));
        pen_rod(p, "air", 180, V(0, i * 645.0, 0), V(0, i * 790.0, 0));
        pen_rod(p, "tyre", 120, V(-250, i * 500.0, 60), V(-250, i * 500.0, 330)); /* air spring */
        pen_rod(p, "air", 112, V(-250, i * 500.0, 70), V(-250, i * 500.0, 320));
        pen_box(p, "steel", V(620, 90, 50), V(-40, i * 500.0, 40));
    }
    pen_end(p);
}

/* Tyre with its steel belt and air, rim and hub; the axle of the wheel is y. */
void
vehicle_wheel(struct pen *p, double radius, double width, struct v3 at)
{
    double half = width / 2, rim = radius * 0.56, thick = width * 0.07 + 6;

    pen_group(p, "wheel", at, V0);
    pen_rod(p, "tyre", radius, V(0, -half * 0.8, 0), V(0, half * 0.8, 0));
    pen_rod(p, "tyre", radius * 0.95, V(0, -half, 0), V(0, half, 0));
    pen_rod(p, "steel", radius - thick * 0.6, V(0, -half * 0.75, 0), V(0, half * 0.75, 0));
    pen_rod(p, "tyre", radius - thick * 0.6 - 2, V(0, -half * 0.75, 0), V(0, half * 0.75, 0));
    pen_rod(p, "air", radius - thick * 1.1, V(0, -half + 14, 0), V(0, half - 14, 0));
    pen_rod(p, "steel", rim, V(0, -half * 0.85, 0), V(0, half * 0.85, 0));
    pen_rod(p, "air", rim - 9, V(0, -half * 0.85 - 1, 0), V(0, half * 0.85 + 1, 0));
    pen_rod(p, "steel", rim - 4, V(0, -6, 0), V(0, 8, 0));
    pen_rod(p, "cast_iron", rim * 0.42, V(0, -half * 0.6, 0), V(0, half * 0.6, 0));
    pen_end(p);
}

/* One long I-beam along x. */
static void
beam(struct pen *p, double x0, double x1, double y, double z0, double z1)
{
    double x = (x0 + x1) / 2, l = x1 - x0;

    pen_box(p, "steel", V(l, 7, z1 - z0), V(x, y, (z0 + z1) / 2));
    pen_box(p, "steel", V(l, 130, 13), V(x, y, z0 + 7));
    pen_box(p, "steel", V(l, 130, 13), V(x, y, z1 - 7));
}

/* A skeletal trailer under a container whose rear is at x = 0: beams, crossbars, three axles, legs.
 */
static void
chassis(struct pen *p, double length)
{
    double top = FLOOR_MM - 15, legs = length * 0.73;

    pen_group(p, "chassis", V0, V0);
    for (int i = -1; i <= 1; i += 2) {
        beam(p, 0, legs, i * 490.0, 720, top);
        beam(p, legs, length - 60, i * 490.0, 930, top);
        pen_box(p, "steel", V(130, 130, 480), V(legs - 250, i * 760.0, 700)); /* landing legs */
        pen_box(p, "air", V(114, 114, 480), V(legs - 250, i * 760.0, 700));
        pen_rod(p, "steel", 38, V(legs - 250, i * 760.0, 240), V(legs - 250, i * 760.0, 700));
        pen_box(p, "steel", V(220, 220, 12), V(legs - 250, i * 760.0, 240));
        pen_box(p, "abs", V(30, 420, 120), V(-55, i * 900.0, 640)); /* rear lights */
    }
    for (int i = 0; i < 9; i++)
        pen_box(p, "steel", V(8, 970, 140), V(200 + i * (length - 400) / 8, 0, top - 75));
    for (int i = 0; i < 4; i++)
        pen_box(p, "steel", V(180, 2380, 130), V(i < 2 ? 100 + 0.0 : length - 100, 0, top - 66));
    for (int i = 0; i < 3; i++)
        vehicle_axle(p, length * 0.11 + 1310.0 * i, 500, false);
    pen_box(p, "steel", V(90, 2300, 110), V(-10, 0, 520)); /* bumper */
    pen_box(p, "steel", V(60, 90, 300), V(20, 450, 650));
    pen_box(p, "steel", V(60, 90, 300), V(20, -450, 650));
    pen_rod(p, "steel", 45, V(length - 900, 0, 830), V(length - 900, 0, 940)); /* kingpin */
    pen_box(p, "steel", V(1300, 900, 10), V(length - 800, 0, 935));
    pen_rod(p, "steel", 120, V(legs - 1500, -300, 800), V(legs - 800, -300, 800)); /* air tank */
    pen_rod(p, "air", 116, V(legs - 1496, -300, 800), V(legs - 804, -300, 800));
    pen_end(p);
}

/* Hides in the vehicle itself, which any load leaves open. */
static void
spots_in_container(struct cargo *c)
{
    double x = (c->low.x + c->high.x) / 2;

    cargo_spot(c, "just behind the doors", V(c->low.x + 5, -700, c->low.z + 5),
               V(c->low.x + 600, 700, c->low.z + 1500));
    cargo_spot(c, "in a hollow at the front wall", V(c->high.x - 1200, -800, c->low.z + 5),
               V(c->high.x - 5, 800, c->low.z + 1300));
    cargo_spot(c, "under the floor", V(x, -420, c->low.z - 145), V(x + 1500, 420, c->low.z - 32));
    cargo_spot(c, "under the roof", V(x - 900, -900, c->high.z - 60), V(x + 900, 900, c->high.z));
}

static void
cargo_start(struct cargo *c, struct item_job *j, double kg_max)
{
    memset(c, 0, sizeof *c);
    c->pen = j->pen;
    c->dice = j->dice;
    c->kg_max = kg_max;
}

/* The load a vehicle takes, drawn early, because the walls depend on it. */
static void
choose_load(struct item_job *j, const char *vehicle)
{
    const struct item_maker *m = item_vehicles;
    int n = 0;

    while (strcmp(m->name, vehicle) != 0)
        m++;
    for (const struct item_load *l = item_loads; l->name != NULL; l++)
        n += vehicle_takes(m, l);
    int k = between(j->dice, 0, n - 1);
    for (const struct item_load *l = item_loads; j->load == NULL; l++)
        if (vehicle_takes(m, l) && k-- == 0)
            j->load = l;
}

static int
make_container(struct item_job *j, const char *name, double length, double height, double kg)
{
    struct cargo c;

    cargo_start(&c, j, kg);
    choose_load(j, name);
    chassis(j->pen, length);
    vehicle_container(j->pen, length, height, j->load->fits & FIT_COLD, 0, FLOOR_MM, &c);
    spots_in_container(&c);
    return cargo_fill(j, &c);
}

static int
make_20(struct item_job *j)
{
    return make_container(j, "container-20", 6058, 2591, 21000);
}

static int
make_40(struct item_job *j)
{
    return make_container(j, "container-40", 12192, 2591, 26000);
}

static int
make_40_high(struct item_job *j)
{
    return make_container(j, "container-40hc", 12192, 2896, 26000);
}

/* Tractor in front of a container on its trailer. */
static int
make_articulated(struct item_job *j)
{
    struct cargo c;

    cargo_start(&c, j, 24000);
    choose_load(j, "artic");
    chassis(j->pen, 12192);
    vehicle_tractor(j->pen, j->dice, 14900, 3700, 900);
    vehicle_container(j->pen, 12192, 2591, j->load->fits & FIT_COLD, 0, FLOOR_MM, &c);
    spots_in_container(&c);
    return cargo_fill(j, &c);
}

/* A body of sandwich panels (or, cold, of foam) on crossbars; sets the room. */
static void
box_body(struct pen *p, double x, double length, double height, double z, bool cold,
         struct cargo *c)
{
    double wall = cold ? 60 : 22, w = 2550, middle = x + length / 2;
    const char *core = cold ? "polyurethane_foam" : "plywood";

    pen_group(p, "body", V0, V0);
    pen_box(p, "aluminium", V(length, w, height), V(middle, 0, z + height / 2));
    pen_box(p, core, V(length - 3, w - 3, height - 3), V(middle, 0, z + height / 2));
    pen_box(p, "air", V(length - 2 * wall, w - 2 * wall, height - 2 * wall),
            V(middle, 0, z + height / 2));
    pen_box(p, "plywood", V(length - 2 * wall, w - 2 * wall, 27), V(middle, 0, z + wall + 14));
    pen_repeat(p, (int)(length / 420), 1, 1, V(420, 0, 0));
    pen_box(p, "steel", V(6, 2440, 100), V(x + 180, 0, z - 50));
    pen_box(p, "steel", V(60, 2440, 6), V(x + 205, 0, z - 3));
    pen_end(p);
    for (int i = -1; i <= 1; i += 2) {
        pen_box(p, "aluminium", V(length, 30, 90), V(middle, i * (w / 2 - 16), z + 45));
        pen_box(p, "aluminium", V(length, 40, 60), V(middle, i * (w / 2 - 21), z + height - 31));
        pen_box(p, "steel", V(70, 60, height), V(x + 36, i * (w / 2 - 31), z + height / 2));
        pen_rod(p, "steel", 14, V(x - 25, i * 420.0, z + 60),
                V(x - 25, i * 420.0, z + height - 60));
    }
    if (cold) {
        pen_shell(p, "aluminium", 3, V(420, 1900, 640), V(x + length + 215, 0, z + height - 380));
        pen_rod(p, "cast_iron", 110, V(x + length + 220, -300, z + height - 520),
                V(x + length + 220, 0, z + height - 520)); /* compressor */
        pen_box(p, "copper@1.2", V(90, 1500, 350), V(x + length + 360, 0, z + height - 280));
    }
    pen_end(p);
    c->low = V(x + wall + 4, -w / 2 + wall + 4, z + wall + 28);
    c->high = V(x + length - wall - 4, w / 2 - wall - 4, z + height - wall - 4);
}

/* A rigid lorry of 12 m: cabin and engine in front, box body, three axles. */
static int
make_lorry(struct item_job *j)
{
    struct pen *p = j->pen;
    struct cargo c;
    const double body = 9450;

    cargo_start(&c, j, 14000);
    choose_load(j, "lorry");
    for (int i = -1; i <= 1; i += 2)
        beam(p, 100, 9900, i * 400.0, 780, 1030);
    vehicle_axle(p, 2100, 500, true);
    vehicle_axle(p, 3450, 500, false);
    vehicle_tractor(p, j->dice, 12000, 0, 0);
    pen_box(p, "steel", V(80, 2300, 120), V(60, 0, 480));
    for (int i = -1; i <= 1; i += 2) {
        pen_box(p, "steel", V(50, 70, 350), V(80, i * 400.0, 650));
        pen_box(p, "aluminium", V(3600, 25, 120), V(6300, i * 1200.0, 600)); /* side guards */
        pen_box(p, "abs", V(40, 400, 130), V(40, i * 900.0, 660));
    }
    box_body(p, 0, body, 2750, 1150, j->load->fits & FIT_COLD, &c);
    spots_in_container(&c);
    cargo_spot(&c, "in a false fuel tank", V(7450, 640, 600), V(8250, 1180, 1000));
    return cargo_fill(j, &c);
}

/* A tractor with a curtain-side trailer: posts, boards and cloth. */
static int
make_trailer(struct item_job *j)
{
    struct pen *p = j->pen;
    struct cargo c;
    const double length = 13600, z = 1180, height = 2700;

    cargo_start(&c, j, 24000);
    choose_load(j, "trailer");
    chassis(p, length);
    vehicle_tractor(p, j->dice, 16350, 3700, 900);
    pen_group(p, "curtain body", V0, V0);
    pen_box(p, "polyester_fabric@0.9", V(length, 2550, height), V(length / 2, 0, z + height / 2));
    pen_box(p, "air", V(length, 2544, height - 3), V(length / 2, 0, z + height / 2));
    pen_box(p, "plywood", V(length, 2480, 28), V(length / 2, 0, z + 14));
    pen_repeat(p, 33, 1, 1, V(410, 0, 0));
    pen_box(p, "steel", V(5, 2440, 90), V(200, 0, z - 46));
    pen_end(p);
    for (int i = -1; i <= 1; i += 2) {
        pen_box(p, "steel", V(length, 8, 130), V(length / 2, i * 1270.0, z - 60));
        pen_box(p, "aluminium", V(length, 45, 90), V(length / 2, i * 1245.0, z + height - 50));
        for (int k = 0; k < 5; k++)
            pen_box(p, "steel@2.6", V(90, 50, height),
                    V(60 + k * (length - 120) / 4, i * 1240.0, z + height / 2));
        pen_repeat(p, 1, 1, 4, V(0, 0, 550));
        pen_box(p, "aluminium@1.2", V(length - 200, 25, 110), V(length / 2, i * 1225.0, z + 350));
        pen_end(p);
    }
    for (int k = 0; k < 2; k++)
        pen_box(p, "aluminium", V(28, 2480, height), V(k ? length - 15 : 15, 0, z + height / 2));
    pen_end(p);
    c.low = V(40, -1205, z + 29);
    c.high = V(length - 40, 1205, z + height - 100);
    spots_in_container(&c);
    return cargo_fill(j, &c);
}

/* A van with parcels. */
static int
make_van(struct item_job *j)
{
    struct pen *p = j->pen;
    struct cargo c;

    cargo_start(&c, j, 1300);
    choose_load(j, "van");
    pen_group(p, "van", V0, V0);
    part_rounded(p, "steel", V(4250, 1990, 1950), 90, V(2150, 0, 1450));
    part_rounded(p, "air", V(4246, 1986, 1946), 88, V(2150, 0, 1450));
    pen_repeat(p, 9, 1, 1, V(480, 0, 0));
    pen_minus(p, "steel@0.6");
    pen_box(p, NULL, V(50, 1986, 1946), V(180, 0, 1450));
    pen_box(p, NULL, V(46, 1900, 1860), V(183, 0, 1450));
    pen_end(p);
    pen_end(p);
    for (int i = -1; i <= 1; i += 2) {
        beam(p, 60, 5200, i * 480.0, 380, 480);
        vehicle_wheel(p, 340, 220, V(950, i * 850.0, 340));
        vehicle_wheel(p, 340, 220, V(4700, i * 850.0, 340));
    }
    pen_rod(p, "steel", 45, V(950, -850, 340), V(950, 850, 340));
    pen_box(p, "plywood", V(4100, 1850, 12), V(2100, 0, 490));
    vehicle_tractor(p, j->dice, 5950, -1, 0);
    pen_end(p);
    c.low = V(60, -880, 500);
    c.high = V(4050, 880, 2330);
    cargo_spot(&c, "under the floor", V(1500, -400, 390), V(2600, 400, 480));
    return cargo_fill(j, &c);
}

static int
make_tanker(struct item_job *j)
{
    struct pen *p = j->pen;
    struct cargo c;
    const double length = 11500, radius = 1010, z = 2330;

    cargo_start(&c, j, 25000);
    choose_load(j, "tanker");
    chassis(p, length);
    vehicle_tractor(p, j->dice, 14300, 3700, 900);
    pen_group(p, "tank", V0, V0);
    for (int i = 0; i < 5; i++)
        pen_box(p, "steel", V(60, 1100, 240), V(600 + i * 2500.0, 0, 1200));
    pen_rod(p, "aluminium", radius, V(100, 0, z), V(length - 100, 0, z));
    for (int i = 0; i < 2; i++)
        pen_egg(p, "aluminium", V(260, radius, radius), V(i ? length - 100 : 100, 0, z));
    pen_rod(p, "air", radius - 6, V(100, 0, z), V(length - 100, 0, z));
    pen_box(p, "aluminium", V(length - 900, 700, 4), V(length / 2, 0, z + radius + 30));
    for (int i = 0; i < 5; i++) {
        pen_rod(p, "aluminium", 260, V(1500 + i * 2100.0, 0, z + radius - 40),
                V(1500 + i * 2100.0, 0, z + radius + 110));
        pen_rod(p, "air", 250, V(1500 + i * 2100.0, 0, z + radius - 60),
                V(1500 + i * 2100.0, 0, z + radius + 95));
    }
    pen_end(p);
    c.low = V(105, -radius + 6, z - radius + 6);
    c.high = V(length - 105, radius - 6, z + radius - 6);
    cargo_spot(&c, "in the tool box", V(5000, 700, 560), V(6200, 1150, 1050));
    cargo_spot(&c, "between the beams", V(3600, -400, 800), V(5200, 400, 1100));
    cargo_spot(&c, "in the cabin, on the bunk", V(12150, -950, 1960), V(12700, 950, 2500));
    return cargo_fill(j, &c);
}

static int
make_car(struct item_job *j)
{
    struct cargo c;

    cargo_start(&c, j, 300);
    choose_load(j, "car");
    vehicle_car(j->pen, j->dice, V(2200, 0, 0));
    c.low = V(150, -500, 520); /* the boot */
    c.high = V(850, 500, 900);
    cargo_spot(&c, "in the boot", c.low, c.high);
    cargo_spot(&c, "on the back seat", V(1250, -650, 620), V(1900, 650, 900));
    cargo_spot(&c, "in the spare wheel's well", V(250, -260, 330), V(750, 260, 500));
    cargo_spot(&c, "in the door sill", V(1500, -780, 250), V(2700, -690, 340));
    return cargo_fill(j, &c);
}

const struct item_maker item_vehicles[] = {
    {"container-20", "20-ft container on its trailer", "20-voetscontainer op oplegger", make_20},
    {"container-40", "40-ft container on its trailer", "40-voetscontainer op oplegger", make_40},
    {"container-40hc", "40-ft high-cube container", "hoge 40-voetscontainer", make_40_high},
    {"artic", "tractor with a 40-ft container", "trekker met 40-voetscontainer", make_articulated},
    {"trailer", "tractor with a curtain-side trailer", "trekker met schuifzeiloplegger",
     make_trailer},
    {"lorry", "rigid box lorry of 12 m", "bakwagen van 12 m", make_lorry},
    {"tanker", "tractor with a tank trailer", "trekker met tankoplegger", make_tanker},
    {"van", "delivery van", "bestelbus", make_van},
    {"car", "passenger car", "personenauto", make_car},
    {NULL, NULL, NULL, NULL},
};

bool
vehicle_takes(const struct item_maker *vehicle, const struct item_load *load)
{
    unsigned fits = FIT_BOX | FIT_COLD;

    if (vehicle->make == make_tanker)
        fits = FIT_TANK;
    else if (vehicle->make == make_van)
        fits = FIT_SMALL;
    else if (vehicle->make == make_trailer)
        fits = FIT_BOX;
    else if (vehicle->make == make_car)
        return load->make == load_empty;
    return (load->fits & fits) != 0;
}
