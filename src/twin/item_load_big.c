/* item_load_big: machines, cars, furniture; and the cabins and engines of the vehicles themselves.
 */
#include "twin/item_job.h"

#include "base/num.h"

/* A six-cylinder engine with gearbox, its front at x: cast iron with bores, pistons, crankshaft. */
static void
engine(struct pen *p, double x, double z, double k, int cylinders)
{
    double l = cylinders * 165 * k;

    pen_group(p, "engine", V(x - l / 2, 0, z), V0);
    pen_box(p, "cast_iron", V(l, 330 * k, 520 * k), V(0, 0, 0));
    pen_box(p, "air", V(l - 40 * k, 270 * k, 200 * k), V(0, 0, -130 * k));
    pen_box(p, "aluminium", V(l, 260 * k, 160 * k), V(0, 0, 330 * k));
    pen_box(p, "air", V(l - 30 * k, 220 * k, 120 * k), V(0, 0, 340 * k));
    pen_shell(p, "aluminium", 5, V(l * 0.9, 300 * k, 190 * k), V(0, 0, -350 * k));
    pen_rod(p, "steel", 45 * k, V(-l / 2, 0, -120 * k), V(l / 2 + 80 * k, 0, -120 * k));
    for (int i = 0; i < cylinders; i++) {
        double c = (i - (cylinders - 1) * 0.5) * 160 * k, up = i % 3 * 50 * k;
        pen_rod(p, "air", 62 * k, V(c, 0, -60 * k), V(c, 0, 245 * k));
        pen_rod(p, "aluminium", 60 * k, V(c, 0, 60 * k + up), V(c, 0, 130 * k + up));
        pen_rod(p, "steel", 17 * k, V(c, 0, -100 * k), V(c, 0, 70 * k + up));
        pen_box(p, "steel", V(35 * k, 130 * k, 110 * k), V(c + 60 * k, 0, -140 * k));
    }
    pen_cone(p, "aluminium", 250 * k, 150 * k, V(-l / 2, 0, -80 * k),
             V(-l / 2 - 750 * k, 0, -100 * k));
    pen_cone(p, "air", 235 * k, 138 * k, V(-l / 2, 0, -80 * k), V(-l / 2 - 735 * k, 0, -100 * k));
    pen_rod(p, "steel", 205 * k, V(-l / 2 - 10 * k, 0, -80 * k), V(-l / 2 - 70 * k, 0, -80 * k));
    for (int i = 0; i < 3; i++)
        pen_rod(p, "steel", (110 - 15 * i) * k, V(-l / 2 - (200 + 170 * i) * k, 0, -100 * k),
                V(-l / 2 - (280 + 170 * i) * k, 0, -100 * k));
    pen_rod(p, "steel", 40 * k, V(-l / 2, 0, -100 * k), V(-l / 2 - 900 * k, 0, -100 * k));
    pen_rod(p, "copper@3", 80 * k, V(l * 0.1, 220 * k, 80 * k), V(l * 0.3, 220 * k, 80 * k));
    pen_rod(p, "cast_iron", 110 * k, V(-l * 0.2, -230 * k, 190 * k), V(0, -230 * k, 190 * k));
    pen_end(p);
}

static void
seat(struct pen *p, struct v3 at, double k)
{
    pen_box(p, "polyurethane_foam", V(520 * k, 520 * k, 140 * k), v3_add(at, V(0, 0, 0)));
    pen_box_turned(p, "polyurethane_foam", V(130 * k, 500 * k, 780 * k),
                   v3_add(at, V(-300 * k, 0, 400 * k)), V(0, -12, 0));
    for (int i = -1; i <= 1; i += 2) {
        pen_rod(p, "steel@4", 14 * k, v3_add(at, V(-240 * k, i * 220 * k, 0)),
                v3_add(at, V(-390 * k, i * 220 * k, 780 * k)));
        pen_box(p, "steel", V(480 * k, 30, 12), v3_add(at, V(0, i * 200 * k, -80 * k)));
    }
    pen_box(p, "steel", V(300 * k, 380 * k, 3), v3_add(at, V(0, 0, -150 * k)));
}

/* Cabin of sheet steel with windows; the panels are hollow, the front leans back. */
static void
cabin(struct pen *p, double x, double length, double width, double z0, double z1)
{
    static const char *const layer[] = {"steel", "polyurethane_foam", "air"};
    static const double inset[] = {0, 1.5, 30};
    double middle = x - length / 2, z = (z0 + z1) / 2, h = z1 - z0, lean = 16;

    for (int i = 0; i < 3; i++) { /* the upper half of the front leans back */
        double in = inset[i];
        pen_minus(p, layer[i]);
        pen_box(p, NULL, V(length - 2 * in, width - 2 * in, h - 2 * in), V(middle, 0, z));
        pen_box_turned(p, NULL, V(1000, width + 100, 2 * h),
                       V(x + 481 - in, 0, z0 + h * 0.42 + 138), V(0, -lean, 0));
        pen_end(p);
    }
    pen_box_turned(p, "glass", V(6, width - 250, h * 0.36), V(x - 4 - h * 0.066, 0, z0 + h * 0.65),
                   V(0, -lean, 0)); /* windscreen */
    for (int i = -1; i <= 1; i += 2) {
        pen_box(p, "air", V(length * 0.42, 32, h * 0.32),
                V(x - length * 0.32, i * (width / 2 - 15), z0 + h * 0.58));
        pen_box(p, "glass", V(length * 0.42, 5, h * 0.32),
                V(x - length * 0.32, i * (width / 2 - 5), z0 + h * 0.58));
        pen_box(p, "steel", V(70, 45, h), V(x - length * 0.55, i * (width / 2 - 24), z));
        pen_box(p, "air", V(62, 39, h - 8), V(x - length * 0.55, i * (width / 2 - 24), z));
    }
    pen_box(p, "abs@0.4", V(330, width - 140, h * 0.2),
            V(x - 240, 0, z0 + h * 0.36)); /* dashboard */
    pen_ring(p, "steel@4", 210, 13, V(x - 560, width * 0.22, z0 + h * 0.42), 'x');
    pen_rod(p, "steel", 22, V(x - 300, width * 0.22, z0 + h * 0.2),
            V(x - 560, width * 0.22, z0 + h * 0.42));
    seat(p, V(x - length * 0.5, width * 0.22, z0 + h * 0.27), 1);
    seat(p, V(x - length * 0.5, -width * 0.26, z0 + h * 0.27), 1);
}

/* Fuel tank, batteries, silencer between the axles. */
static void
tanks(struct pen *p, struct dice *r, double x)
{
    double level = range(r, 0.3, 0.9);

    pen_box(p, "aluminium", V(1000, 620, 560), V(x - 600, 900, 770));
    pen_box(p, "air", V(994, 614, 554), V(x - 600, 900, 770));
    pen_box(p, "diesel", V(994, 614, 554 * level), V(x - 600, 900, 493 + 277 * level));
    pen_box(p, "lead_acid_battery", V(500, 230, 220), V(x - 1350, 850, 800));
    pen_rod(p, "steel", 230, V(x - 900, -900, 760), V(x - 150, -900, 760));
    pen_rod(p, "steel@0.9", 226, V(x - 896, -900, 760), V(x - 154, -900, 760));
    pen_rod(p, "steel", 110, V(x - 1700, -850, 800), V(x - 1000, -850, 800));
    pen_rod(p, "air", 106, V(x - 1696, -850, 800), V(x - 1004, -850, 800));
}

/* A van's front: short bonnet, small engine. */
static void
van_front(struct pen *p, struct dice *r, double x)
{
    pen_group(p, "front", V0, V0);
    cabin(p, x - 700, 1250, 1950, 550, 2300);
    pen_shell(p, "steel", 1.2, V(760, 1800, 620), V(x - 380, 0, 780));
    engine(p, x - 160, 720, 0.55, 4);
    pen_box(p, "aluminium@0.9", V(60, 900, 480), V(x - 70, 0, 740));
    pen_box(p, "lead_acid_battery", V(280, 175, 190), V(x - 300, 600, 850));
    person_sitting(p, r, V(x - 1400, 430, 900));
    pen_end(p);
}

/* Cabin with its front at x, engine, front axle; behind it, with a wheelbase, the frame with the
 * fifth wheel and a driven axle, ending `frame` behind that axle. Wheelbase -1: a van's front. */
void
vehicle_tractor(struct pen *p, struct dice *r, double x, double wheelbase, double frame)
{
    if (wheelbase < 0) {
        van_front(p, r, x);
        return;
    }
    pen_group(p, "tractor", V0, V0);
    cabin(p, x - 60, 2250, 2480, 1000, 3500);
    pen_box(p, "polyurethane_foam", V(650, 2000, 110), V(x - 1950, 0, 1900)); /* the bunk */
    pen_box(p, "steel@3", V(160, 2400, 260), V(x - 80, 0, 560));              /* bumper, radiator */
    pen_box(p, "aluminium@0.9", V(90, 1000, 800), V(x - 250, 0, 1000));
    engine(p, x - 420, 990, 1.0, 6);
    vehicle_axle(p, x - 1420, 510, false);
    person_sitting(p, r, V(x - 1250, 540, 1560));
    if (wheelbase > 0) {
        double rear = x - 1420 - wheelbase;
        for (int i = -1; i <= 1; i += 2) {
            pen_box(p, "steel", V(x - rear - 300 + frame, 8, 270),
                    V((x - 300 + rear - frame) / 2, i * 400.0, 890));
            pen_box(p, "steel", V(x - rear - 300 + frame, 80, 8),
                    V((x - 300 + rear - frame) / 2, i * 365.0, 1020));
            pen_box(p, "steel", V(x - rear - 300 + frame, 80, 8),
                    V((x - 300 + rear - frame) / 2, i * 365.0, 760));
        }
        vehicle_axle(p, rear, 510, true);
        pen_rod(p, "cast_iron", 260, V(rear, -170, 510), V(rear, 170, 510)); /* differential */
        pen_rod(p, "air", 200, V(rear, -140, 510), V(rear, 140, 510));
        pen_rod(p, "steel", 190, V(rear, -40, 510), V(rear, 20, 510));
        pen_rod(p, "steel", 60, V(x - 2450, 0, 850), V(rear + 250, 0, 560)); /* drive shaft */
        pen_rod(p, "air", 54, V(x - 2450, 0, 850), V(rear + 250, 0, 560));
    }
    tanks(p, r, x - 2450);
    pen_end(p);
}

/* Body shell of a passenger car about x = 0: lower body, cabin, panels hollow, pillars, glass. */
static void
car_body(struct pen *p)
{
    pen_box(p, "steel", V(4250, 1740, 560), V(0, 0, 560));
    pen_box(p, "air", V(4246, 1736, 556), V(0, 0, 560));
    for (int i = 0; i < 2; i++) { /* the greenhouse: the upper part of an ellipsoid */
        pen_both(p, i ? "air" : "steel");
        pen_box(p, NULL, V(3000, 1700, 700), V(-250, 0, 1188));
        pen_egg(p, NULL, V(1450 - 2 * i, 800 - 2 * i, 620 - 2 * i), V(-250, 0, 810));
        pen_end(p);
    }
    pen_box(p, "steel", V(4200, 1700, 1.6), V(0, 0, 300));
    for (int i = -1; i <= 1; i += 2) {
        pen_shell(p, "steel", 1.6, V(2600, 90, 120), V(0, i * 790.0, 330)); /* sills */
        pen_box(p, "steel@2", V(1000, 60, 480), V(300, i * 830.0, 580));    /* doors with bars */
        pen_box(p, "steel@2", V(950, 60, 480), V(-720, i * 830.0, 580));
        pen_wire(p, "steel@3", 28,
                 (struct v3[]){V(1150, i * 720.0, 840), V(450, i * 620.0, 1380),
                               V(-900, i * 610.0, 1380), V(-1650, i * 720.0, 840)},
                 4);
        pen_rod(p, "steel@3", 28, V(-200, i * 760.0, 840), V(-230, i * 610.0, 1400));
        pen_box(p, "glass", V(1700, 4, 380), V(-250, i * 690.0, 1080));
    }
    pen_box(p, "steel", V(40, 1500, 120), V(2110, 0, 520)); /* bumpers */
    pen_box(p, "steel", V(40, 1500, 120), V(-2110, 0, 520));
    pen_box_turned(p, "glass", V(5, 1250, 720), V(790, 0, 1110), V(0, -55, 0));
    pen_box(p, "steel", V(20, 1500, 560), V(1150, 0, 580)); /* the bulkhead */
    pen_box(p, "steel", V(4, 1400, 500), V(-1350, 0, 560));
}

/* A passenger car facing +x, its centre over `at`. */
void
vehicle_car(struct pen *p, struct dice *r, struct v3 at)
{
    double level = range(r, 0.2, 0.9);

    pen_group(p, "car", at, V0);
    car_body(p);
    engine(p, 1950, 600, 0.62, 4);
    pen_box(p, "aluminium@0.9", V(50, 700, 420), V(2040, 0, 560));
    pen_box(p, "lead_acid_battery", V(240, 175, 190), V(1750, 520, 720));
    seat(p, V(250, 380, 520), 0.95);
    seat(p, V(250, -380, 520), 0.95);
    seat(p, V(-650, 380, 540), 0.95);
    seat(p, V(-650, -380, 540), 0.95);
    pen_box(p, "abs@0.35", V(330, 1350, 260), V(930, 0, 820));
    pen_ring(p, "steel@3", 180, 12, V(700, 380, 870), 'x');
    pen_shell(p, "steel", 1.2, V(520, 900, 230), V(-1050, 0, 400));
    pen_box(p, "petrol", V(517, 897, 227 * level), V(-1050, 0, 287 + 113 * level));
    pen_rod(p, "steel@1.2", 95, V(-1500, 300, 320), V(-2000, 300, 320));
    pen_rod(p, "steel", 24, V(1100, 150, 280), V(-1500, 300, 310));
    for (int i = 0; i < 4; i++) {
        struct v3 c = V(i & 1 ? 1350 : -1250, (i & 2 ? 1 : -1) * 770.0, 310);
        vehicle_wheel(p, 310, 195, c);
        pen_rod(p, "cast_iron", 145, v3_add(c, V(0, i & 2 ? -70 : 46, 0)),
                v3_add(c, V(0, i & 2 ? -46 : 70, 0)));
        pen_rod(p, "steel", 12, v3_add(c, V(0, i & 2 ? -130 : 130, 40)),
                v3_add(c, V(0, i & 2 ? -130 : 130, 480)));
    }
    pen_rod(p, "steel", 22, V(1350, -700, 310), V(1350, 700, 310));
    pen_box(p, "steel", V(120, 1350, 60), V(-1250, 0, 330));
    pen_end(p);
}

void
load_cars(struct cargo *c)
{
    struct dice *r = c->dice;
    int n = (int)((c->high.x - c->low.x) / 4450);

    for (int i = 0; i < n; i++) {
        double step = (c->high.x - c->low.x) / n;
        struct v3 at = V(c->low.x + (i + 0.5) * step, 0, c->low.z);
        pen_truth(c->pen, "label", "car", V0, V0);
        vehicle_car(c->pen, r, at);
        pen_end(c->pen);
        for (int k = -1; k <= 1; k += 2)
            pen_box(c->pen, "pine", V(90, 1700, 90), v3_add(at, V(k * 1350.0 + 380, 0, 45)));
        cargo_spot(c, "in the boot", v3_add(at, V(-2050, -550, 400)),
                   v3_add(at, V(-1380, 550, 830)));
        cargo_spot(c, "in the back of the car", v3_add(at, V(-1300, -680, 340)),
                   v3_add(at, V(100, 680, 1460)));
    }
}

/* An electric motor on feet: ribbed cast housing, stator, rotor, shaft. */
static void
big_motor(struct pen *p, double k, struct v3 at)
{
    pen_group(p, "motor", at, V0);
    pen_rod(p, "cast_iron", 260 * k, V(-420 * k, 0, 330 * k), V(420 * k, 0, 330 * k));
    pen_rod(p, "air", 238 * k, V(-400 * k, 0, 330 * k), V(400 * k, 0, 330 * k));
    pen_rod(p, "steel@6", 238 * k, V(-230 * k, 0, 330 * k), V(230 * k, 0, 330 * k));
    pen_rod(p, "copper@4", 215 * k, V(-320 * k, 0, 330 * k), V(-230 * k, 0, 330 * k));
    pen_rod(p, "copper@4", 215 * k, V(230 * k, 0, 330 * k), V(320 * k, 0, 330 * k));
    pen_rod(p, "air", 140 * k, V(-320 * k, 0, 330 * k), V(320 * k, 0, 330 * k));
    pen_rod(p, "steel", 136 * k, V(-240 * k, 0, 330 * k), V(240 * k, 0, 330 * k));
    pen_rod(p, "steel", 45 * k, V(-430 * k, 0, 330 * k), V(620 * k, 0, 330 * k));
    pen_box(p, "cast_iron", V(700 * k, 520 * k, 60 * k), V(0, 0, 40 * k));
    pen_shell(p, "cast_iron", 8, V(220 * k, 180 * k, 130 * k), V(0, 0, 640 * k));
    pen_end(p);
}

/* A gearbox: a cast case with toothed wheels on shafts. */
static void
gearbox(struct pen *p, double k, struct v3 at)
{
    static const double wheel[3][2] = {{-320, 120}, {0, 210}, {330, 130}};

    pen_group(p, "gearbox", at, V0);
    pen_shell(p, "cast_iron", 18 * k, V(1150 * k, 520 * k, 640 * k), V(0, 0, 350 * k));
    pen_box(p, "lubricating_oil", V(1100 * k, 480 * k, 140 * k), V(0, 0, 125 * k));
    for (int i = 0; i < 3; i++) {
        pen_rod(p, "steel", wheel[i][1] * k, V(wheel[i][0] * k, -70 * k, 360 * k),
                V(wheel[i][0] * k, 70 * k, 360 * k));
        pen_repeat(p, 1, 1, 1, V0);
        pen_rod(p, "steel", 42 * k, V(wheel[i][0] * k, -330 * k, 360 * k),
                V(wheel[i][0] * k, 330 * k, 360 * k));
        pen_end(p);
    }
    pen_end(p);
}

/* A lathe: bed, headstock with spindle and chuck, carriage, tailstock, motor, cabinet. */
static void
lathe(struct pen *p, double k, struct v3 at)
{
    pen_group(p, "lathe", at, V0);
    pen_shell(p, "cast_iron", 14, V(2300 * k, 420 * k, 240 * k), V(0, 0, 820 * k));
    for (int i = -1; i <= 1; i += 2) {
        pen_shell(p, "cast_iron", 12, V(500 * k, 480 * k, 690 * k), V(i * 850 * k, 0, 350 * k));
        pen_box(p, "steel", V(2200 * k, 60 * k, 50 * k), V(0, i * 140 * k, 965 * k));
    }
    pen_shell(p, "cast_iron", 16, V(560 * k, 480 * k, 480 * k), V(-830 * k, 0, 1190 * k));
    pen_rod(p, "steel", 70 * k, V(-1150 * k, 0, 1220 * k), V(-480 * k, 0, 1220 * k));
    pen_rod(p, "steel", 150 * k, V(-540 * k, 0, 1220 * k), V(-430 * k, 0, 1220 * k));
    pen_rod(p, "air", 32 * k, V(-1150 * k, 0, 1220 * k), V(-430 * k, 0, 1220 * k));
    for (int i = 0; i < 3; i++)
        pen_rod(p, "steel", (150 - 35 * i) * k, V((-960 + 110 * i) * k, 0, (1050 + 60 * i) * k),
                V((-910 + 110 * i) * k, 0, (1050 + 60 * i) * k));
    pen_box(p, "cast_iron", V(420 * k, 520 * k, 120 * k), V(100 * k, 0, 1050 * k));
    pen_box(p, "cast_iron", V(160 * k, 200 * k, 130 * k), V(100 * k, -80 * k, 1170 * k));
    pen_box(p, "cast_iron", V(340 * k, 260 * k, 280 * k), V(930 * k, 0, 1120 * k));
    pen_rod(p, "steel", 45 * k, V(600 * k, 0, 1220 * k), V(1150 * k, 0, 1220 * k));
    pen_rod(p, "steel", 22 * k, V(-600 * k, -230 * k, 880 * k), V(1100 * k, -230 * k, 880 * k));
    big_motor(p, 0.42 * k, V(-850 * k, 0, 60 * k));
    pen_end(p);
}

void
load_machinery(struct cargo *c)
{
    struct dice *r = c->dice;
    double x = c->high.x - 150, kg = 0;

    for (int i = 0; i < 14; i++) {
        double k = range(r, 0.7, 1.15), half;
        int kind = between(r, 0, 3);
        half = (kind == 2 ? 1200 : 640) * k;
        kg += (kind == 2 ? 2200 : kind == 3 ? 2600 : 1000) * k * k * k;
        if (x - 2 * half < c->low.x + 50 || kg > c->kg_max * 0.9)
            break;
        struct v3 at = V(x - half, range(r, -120, 120), c->low.z + 150);
        static const char *const label[] = {"motor", "gearbox", "lathe", "plates"};
        for (int s = -1; s <= 1; s += 2) /* skids and a base */
            pen_box(c->pen, "pine", V(2 * half, 120, 120),
                    V(at.x, at.y + s * 380.0, c->low.z + 61));
        pen_box(c->pen, "pine", V(2 * half, 1050, 25), V(at.x, at.y, c->low.z + 135));
        pen_truth(c->pen, "label", label[kind], V0, V0);
        if (kind == 0)
            big_motor(c->pen, k * 1.2, at);
        else if (kind == 1)
            gearbox(c->pen, k, at);
        else if (kind == 2)
            lathe(c->pen, k, at);
        else
            for (int n = between(r, 2, 6); n > 0; n--)
                pen_box(c->pen, "steel", V(1150 * k, 900, range(r, 18, 60)),
                        V(at.x, at.y, at.z + n * 62.0 - 20));
        pen_end(c->pen);
        cargo_spot(c, "behind a machine", V(at.x - half, c->high.y - 480, c->low.z + 10),
                   V(at.x + half, c->high.y - 10, c->low.z + 1300));
        cargo_spot(c, "between machines", V(x - 2 * half - 420, -500, c->low.z + 5),
                   V(x - 2 * half - 10, 500, c->low.z + 800));
        x -= 2 * half + range(r, 250, 900);
    }
    cargo_spot(c, "in a crate at the doors", V(c->low.x + 60, -560, c->low.z + 5),
               V(c->low.x + 1400, 560, c->low.z + 1300));
}

/* Furniture, each piece within a box of its size, low corner at `at`. */
static void
sofa(struct pen *p, double l, struct v3 at)
{
    pen_group(p, "sofa", at, V0);
    pen_box(p, "polyurethane_foam", V(l, 850, 300), V(l / 2, 425, 280));
    pen_box(p, "polyurethane_foam", V(l, 220, 520), V(l / 2, 740, 520));
    for (int i = 0; i < 2; i++)
        pen_box(p, "polyurethane_foam", V(170, 850, 420), V(i ? l - 86 : 86, 425, 380));
    pen_repeat(p, (int)(l / 90), 6, 1, V(88, 110, 0));
    pen_ring(p, "steel", 30, 2, V(60, 90, 250), 'z');
    pen_end(p);
    for (int i = 0; i < 4; i++)
        pen_box(p, "pine", V(l, 45, 30), V(l / 2, i & 1 ? 60 : 800, i & 2 ? 120 : 400));
    pen_end(p);
}

static void
cupboard(struct pen *p, struct v3 size, int shelves, struct v3 at)
{
    pen_group(p, "cupboard", at, V0);
    pen_shell(p, "mdf", 18, size, v3_scale(size, 0.5));
    pen_repeat(p, 1, 1, shelves, V(0, 0, size.z / (shelves + 1)));
    pen_box(p, "mdf", V(size.x - 36, size.y - 20, 18),
            V(size.x / 2, size.y / 2, size.z / (shelves + 1)));
    pen_end(p);
    for (int i = 0; i < 4; i++)
        pen_rod(p, "steel", 17, V(i & 1 ? size.x - 60 : 60, 20, i & 2 ? size.z - 150 : 150),
                V(i & 1 ? size.x - 60 : 60, 34, i & 2 ? size.z - 150 : 150));
    pen_end(p);
}

static void
table_of(struct pen *p, struct v3 size, struct v3 at)
{
    pen_group(p, "table", at, V0);
    pen_box(p, "oak", V(size.x, size.y, 32), V(size.x / 2, size.y / 2, size.z - 16));
    for (int i = 0; i < 4; i++)
        pen_box(p, "oak", V(75, 75, size.z - 32),
                V(i & 1 ? size.x - 70 : 70, i & 2 ? size.y - 70 : 70, (size.z - 32) / 2));
    pen_end(p);
}

static void
mattress(struct pen *p, struct v3 at)
{
    pen_group(p, "mattress", at, V0);
    pen_box(p, "polyurethane_foam", V(200, 900, 1980), V(100, 450, 990));
    pen_repeat(p, 1, 12, 26, V(0, 72, 74));
    pen_ring(p, "steel", 28, 1.1, V(70, 50, 60), 'x');
    pen_ring(p, "steel", 28, 1.1, V(130, 50, 60), 'x');
    pen_end(p);
    pen_end(p);
}

void
load_furniture(struct cargo *c)
{
    struct dice *r = c->dice;
    double step;

    for (double x = c->low.x + 100; x < c->high.x - 700; x += step + range(r, 20, 120)) {
        double room = c->high.x - x;
        int kind = between(r, 0, 3);
        pen_truth(c->pen, "label", "furniture", V0, V0);
        step = kind == 0   ? range(r, 1500, 2100)
               : kind == 1 ? range(r, 600, 1100)
               : kind == 2 ? range(r, 1200, 1700)
                           : 450;
        step = least_of(step, room - 20);
        for (int side = 0; side < 2; side++) {
            double y = side ? 40 : c->low.y + 40;
            if (kind == 0) {
                sofa(c->pen, step, V(x, y, c->low.z));
                sofa(c->pen, step * 0.9, V(x, y, c->low.z + 820));
            } else if (kind == 1) {
                cupboard(c->pen, V(step, 600, range(r, 1500, 2100)), between(r, 3, 6),
                         V(x, y, c->low.z));
                cupboard(c->pen, V(step, 450, range(r, 700, 1900)), 3, V(x, y + 615, c->low.z));
            } else if (kind == 2) {
                table_of(c->pen, V(step, 950, 750), V(x, y, c->low.z));
                table_of(c->pen, V(step, 900, 740), V(x, y, c->low.z + 770));
            } else {
                mattress(c->pen, V(x, y, c->low.z));
                mattress(c->pen, V(x + 215, y, c->low.z));
            }
        }
        pen_end(c->pen);
        cargo_spot(c, "in the furniture", V(x + 60, -900, c->low.z + 60),
                   V(x + step - 60, 0, c->low.z + 1150));
    }
    cargo_spot(c, "behind the furniture", V(c->high.x - 640, -700, c->low.z + 10),
               V(c->high.x - 10, 700, c->high.z - 400));
}
