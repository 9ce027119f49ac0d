/* item_pen: see item_pen.h. Numbers are rounded to 1/1000 mm and 1/1000 degree, which keeps the
 * text short and the same on every machine. */
#include "twin/item_pen.h"

#include "base/arena.h"
#include "base/num.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DEGREE (NUM_PI / 180)

struct v3
v3_add(struct v3 a, struct v3 b)
{
    return V(a.x + b.x, a.y + b.y, a.z + b.z);
}

struct v3
v3_sub(struct v3 a, struct v3 b)
{
    return V(a.x - b.x, a.y - b.y, a.z - b.z);
}

struct v3
v3_scale(struct v3 a, double k)
{
    return V(a.x * k, a.y * k, a.z * k);
}

struct v3
v3_mix(struct v3 a, struct v3 b, double t)
{
    return v3_add(a, v3_scale(v3_sub(b, a), t));
}

struct v3
v3_turn(struct v3 a, struct v3 degrees)
{
    double c = num_cos(degrees.x * DEGREE), s = num_sin(degrees.x * DEGREE);

    a = V(a.x, c * a.y - s * a.z, s * a.y + c * a.z);
    c = num_cos(degrees.y * DEGREE), s = num_sin(degrees.y * DEGREE);
    a = V(c * a.x + s * a.z, a.y, c * a.z - s * a.x);
    c = num_cos(degrees.z * DEGREE), s = num_sin(degrees.z * DEGREE);
    return V(c * a.x - s * a.y, s * a.x + c * a.y, a.z);
}

static const struct v3_box box_none = {{1e30, 1e30, 1e30}, {-1e30, -1e30, -1e30}};

struct v3
box_size(const struct v3_box *b)
{
    return v3_sub(b->high, b->low);
}

struct v3
box_centre(const struct v3_box *b)
{
    return v3_mix(b->low, b->high, 0.5);
}

static double
least(double a, double b)
{
    return a < b ? a : b;
}

static double
most(double a, double b)
{
    return a > b ? a : b;
}

void
box_add(struct v3_box *b, struct v3 low, struct v3 high)
{
    b->low = V(least(b->low.x, low.x), least(b->low.y, low.y), least(b->low.z, low.z));
    b->high = V(most(b->high.x, high.x), most(b->high.y, high.y), most(b->high.z, high.z));
}

struct v3_box
box_turn(const struct v3_box *b, struct v3 degrees)
{
    struct v3_box r = box_none;

    for (int i = 0; i < 8; i++) {
        struct v3 corner = V(i & 1 ? b->high.x : b->low.x, i & 2 ? b->high.y : b->low.y,
                             i & 4 ? b->high.z : b->low.z);
        corner = v3_turn(corner, degrees);
        box_add(&r, corner, corner);
    }
    return r;
}

void
pen_start(struct pen *p)
{
    memset(p, 0, sizeof *p);
    p->room = 4096;
    p->bytes = mem_zero(p->room, 1);
    p->frame[0].box = box_none;
}

void
pen_free(struct pen *p)
{
    mem_free(p->bytes);
    p->bytes = NULL;
}

const struct v3_box *
pen_box_of(const struct pen *p)
{
    return &p->frame[0].box;
}

struct v3
pen_size(const struct pen *p)
{
    return box_size(&p->frame[0].box);
}

static void
put(struct pen *p, const char *bytes, size_t n)
{
    if (p->n + n + 1 > p->room) {
        size_t room = (p->n + n + 1) * 2;
        p->bytes = mem_grow(p->bytes, p->room, room, 1);
        p->room = room;
    }
    memcpy(p->bytes + p->n, bytes, n);
    p->n += n;
    p->bytes[p->n] = 0;
}

static void
indent(struct pen *p)
{
    for (int i = 0; i < p->depth; i++)
        put(p, "  ", 2);
}

static void
put_line(struct pen *p, const char *fmt, va_list ap)
{
    char line[512];

    indent(p);
    int n = vsnprintf(line, sizeof line - 1, fmt, ap);
    assert(n >= 0 && n < (int)sizeof line - 1);
    line[n] = '\n';
    put(p, line, (size_t)n + 1);
}

void
pen_line(struct pen *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    put_line(p, fmt, ap);
    va_end(ap);
}

void
pen_note(struct pen *p, const char *fmt, ...)
{
    char text[400];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    pen_line(p, "# %s", text);
}

static double
round3(double x)
{
    double r = num_floor(x * 1000 + 0.5) / 1000;

    return r == 0 ? 0 : r; /* never -0 */
}

static struct v3
v3_round(struct v3 a)
{
    return V(round3(a.x), round3(a.y), round3(a.z));
}

static bool
is_zero(struct v3 a)
{
    return a.x == 0 && a.y == 0 && a.z == 0;
}

static void
put_vector(struct pen *p, const char *word, struct v3 a)
{
    a = v3_round(a);
    pen_line(p, "%s %.12g %.12g %.12g", word, a.x, a.y, a.z);
}

static void
put_pose(struct pen *p, struct v3 at, struct v3 turn)
{
    if (!is_zero(v3_round(at)))
        put_vector(p, "at_mm", at);
    if (!is_zero(v3_round(turn)))
        put_vector(p, "rotate_deg", turn);
}

static struct pen_frame *
open_block(struct pen *p)
{
    assert(p->depth + 1 < PEN_DEPTH_MAX);
    struct pen_frame *f = &p->frame[++p->depth];
    memset(f, 0, sizeof *f);
    f->box = box_none;
    return f;
}

void
pen_group(struct pen *p, const char *name, struct v3 at, struct v3 turn)
{
    pen_line(p, "group \"%s\" {", name);
    struct pen_frame *f = open_block(p);
    f->at = at;
    f->turn = turn;
    put_pose(p, at, turn);
}

void
pen_truth(struct pen *p, const char *tag, const char *kind, struct v3 at, struct v3 turn)
{
    pen_line(p, "group \"%s\" {", kind);
    struct pen_frame *f = open_block(p);
    f->at = at;
    f->turn = turn;
    pen_line(p, "%s %s", tag, kind);
    put_pose(p, at, turn);
}

void
pen_repeat(struct pen *p, int nx, int ny, int nz, struct v3 step)
{
    assert(nx > 0 && ny > 0 && nz > 0);
    pen_line(p, "repeat {");
    struct pen_frame *f = open_block(p);
    f->reach = V((nx - 1) * step.x, (ny - 1) * step.y, (nz - 1) * step.z);
    pen_line(p, "count %d %d %d", nx, ny, nz);
    put_vector(p, "step_mm", step);
}

static void
open_boolean(struct pen *p, const char *word, const char *material)
{
    pen_line(p, "%s {", word);
    open_block(p)->minus = true;
    if (material != NULL)
        pen_line(p, "material %s", material);
}

void
pen_minus(struct pen *p, const char *material)
{
    open_boolean(p, "difference", material);
}

void
pen_both(struct pen *p, const char *material)
{
    open_boolean(p, "intersection", material);
}

/* Adds a box in the current frame to it, unless it is a cut of a difference. */
static void
grow(struct pen *p, struct v3 low, struct v3 high)
{
    struct pen_frame *f = &p->frame[p->depth];

    if (!f->minus || f->solids == 0)
        box_add(&f->box, low, high);
    f->solids++;
}

void
pen_end(struct pen *p)
{
    struct pen_frame f = p->frame[p->depth];

    assert(p->depth > 0);
    p->depth--;
    pen_line(p, "}");
    if (f.box.low.x > f.box.high.x)
        return;
    box_add(&f.box, v3_add(f.box.low, f.reach), v3_add(f.box.high, f.reach));
    f.box = box_turn(&f.box, f.turn);
    grow(p, v3_add(f.box.low, f.at), v3_add(f.box.high, f.at));
}

void
pen_paste(struct pen *p, const struct pen *other)
{
    const char *line = other->bytes, *end = other->bytes + other->n;

    assert(other->depth == 0);
    while (line < end) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        assert(next != NULL);
        indent(p);
        put(p, line, (size_t)(next + 1 - line));
        line = next + 1;
    }
    if (other->frame[0].box.low.x <= other->frame[0].box.high.x)
        grow(p, other->frame[0].box.low, other->frame[0].box.high);
}

static void
open_solid(struct pen *p, const char *word, const char *material)
{
    pen_line(p, "%s {", word);
    p->depth++;
    if (material != NULL)
        pen_line(p, "material %s", material);
}

/* Closes a solid whose half size in its own frame is `half`. */
static void
close_solid(struct pen *p, struct v3 half, struct v3 at, struct v3 turn)
{
    struct v3_box b = {v3_scale(half, -1), half};

    assert(half.x > 0 && half.y > 0 && half.z > 0);
    put_pose(p, at, turn);
    p->depth--;
    pen_line(p, "}");
    if (!is_zero(turn))
        b = box_turn(&b, turn);
    grow(p, v3_add(b.low, at), v3_add(b.high, at));
}

void
pen_box_turned(struct pen *p, const char *material, struct v3 size, struct v3 at, struct v3 turn)
{
    open_solid(p, "box", material);
    put_vector(p, "size_mm", size);
    close_solid(p, v3_scale(size, 0.5), at, turn);
}

void
pen_box(struct pen *p, const char *material, struct v3 size, struct v3 at)
{
    pen_box_turned(p, material, size, at, V0);
}

void
pen_ball(struct pen *p, const char *material, double radius, struct v3 at)
{
    open_solid(p, "sphere", material);
    pen_line(p, "radius_mm %.12g", round3(radius));
    close_solid(p, V(radius, radius, radius), at, V0);
}

void
pen_egg_turned(struct pen *p, const char *material, struct v3 radii, struct v3 at, struct v3 turn)
{
    open_solid(p, "ellipsoid", material);
    put_vector(p, "radii_mm", radii);
    close_solid(p, radii, at, turn);
}

void
pen_egg(struct pen *p, const char *material, struct v3 radii, struct v3 at)
{
    pen_egg_turned(p, material, radii, at, V0);
}

/* The turn that takes the z axis to the direction of d, and the length of d. */
static struct v3
turn_to(struct v3 d, double *length)
{
    double flat = sqrt(d.x * d.x + d.y * d.y);

    *length = sqrt(flat * flat + d.z * d.z);
    assert(*length > 0);
    return V(0, num_atan2(flat, d.z) / DEGREE, flat > 0 ? num_atan2(d.y, d.x) / DEGREE : 0);
}

/* The exact bounds of a round solid, which those of its turned box exceed by up to a half. */
static void
close_round(struct pen *p, double radius, struct v3 a, struct v3 b, double length, struct v3 turn)
{
    struct v3 d = v3_scale(v3_sub(b, a), 1 / length), at = v3_mix(a, b, 0.5);
    struct v3 half;

    put_pose(p, at, turn);
    p->depth--;
    pen_line(p, "}");
    half.x = radius * sqrt(most(0, 1 - d.x * d.x)) + fabs(d.x) * length / 2;
    half.y = radius * sqrt(most(0, 1 - d.y * d.y)) + fabs(d.y) * length / 2;
    half.z = radius * sqrt(most(0, 1 - d.z * d.z)) + fabs(d.z) * length / 2;
    grow(p, v3_sub(at, half), v3_add(at, half));
}

void
pen_rod(struct pen *p, const char *material, double radius, struct v3 a, struct v3 b)
{
    double length;
    struct v3 turn = turn_to(v3_sub(b, a), &length);

    open_solid(p, "cylinder", material);
    pen_line(p, "radius_mm %.12g", round3(radius));
    pen_line(p, "height_mm %.12g", round3(length));
    close_round(p, radius, a, b, length, turn);
}

void
pen_cone(struct pen *p, const char *material, double r0, double r1, struct v3 a, struct v3 b)
{
    double length;
    struct v3 turn = turn_to(v3_sub(b, a), &length);

    open_solid(p, "cone", material);
    pen_line(p, "radii_mm %.12g %.12g", round3(r0), round3(r1));
    pen_line(p, "height_mm %.12g", round3(length));
    close_round(p, most(r0, r1), a, b, length, turn);
}

void
pen_ring(struct pen *p, const char *material, double radius, double tube, struct v3 at, char axis)
{
    double r = radius + tube;
    struct v3 turn = axis == 'x' ? V(0, 90, 0) : axis == 'y' ? V(90, 0, 0) : V0;

    open_solid(p, "torus", material);
    pen_line(p, "radius_mm %.12g", round3(radius));
    pen_line(p, "tube_mm %.12g", round3(tube));
    close_solid(p, V(r, r, tube), at, turn);
}

void
pen_wire(struct pen *p, const char *material, double radius, const struct v3 *point, int n)
{
    for (int i = 0; i + 1 < n; i++)
        pen_rod(p, material, radius, point[i], point[i + 1]);
}

void
pen_shell(struct pen *p, const char *material, double wall, struct v3 size, struct v3 at)
{
    pen_box(p, material, size, at);
    pen_box(p, "air", V(size.x - 2 * wall, size.y - 2 * wall, size.z - 2 * wall), at);
}
