/* SPDX-License-Identifier: AGPL-3.0-or-later
 * plot.c - see plot.h. */
#include "node/web/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/search/mercator.h"
#include "proto/err.h"

#define EARTH_ROUND_M	40075016.686
#define SPAN_MIN	1.3e-5		/* of the world's width: some 500 m at the equator */
#define MARGIN_UNITS	4		/* beyond the edge, for strokes not to be seen ending */
#define NEAR_UNITS	0.6		/* points nearer to the last are left out */
#define E7		1e7

/* --- boxes ------------------------------------------------------------------------------------- */

static int
read_degrees(const char **s, double most, char end, int32_t *out)
{
	char *after;
	double d = strtod(*s, &after);

	if (after == *s || !isfinite(d) || fabs(d) > most || *after != end)
		return 0;
	*out = (int32_t)lround(d * E7);
	*s = after + 1;
	return 1;
}

int
box_parse(const char *text, struct search_box *out)
{
	return text != NULL && read_degrees(&text, 180, ',', &out->west) && read_degrees(&text, 90, ',', &out->south) &&
	    read_degrees(&text, 180, ',', &out->east) && read_degrees(&text, 90, '\0', &out->north) &&
	    out->west < out->east && out->south < out->north;
}

void
box_print(const struct search_box *box, char out[BOX_CHARS_MAX])
{
	snprintf(out, BOX_CHARS_MAX, "%.5f,%.5f,%.5f,%.5f", box->west / E7, box->south / E7, box->east / E7,
	    box->north / E7);
}

/* --- the view ---------------------------------------------------------------------------------- */

/* Keep its size and shape, move it back into the world. */
static void
hold(struct plot *c)
{
	double wide = c->x1 - c->x0, high = c->y1 - c->y0;

	if (c->x0 < 0 || wide >= 1)
		c->x0 = 0;
	else if (c->x1 > 1)
		c->x0 = 1 - wide;
	c->x1 = c->x0 + wide;
	if (c->y0 < 0 || high >= 1)
		c->y0 = 0;
	else if (c->y1 > 1)
		c->y0 = 1 - high;
	c->y1 = c->y0 + high;
}

static void
about(double x, double y, double wide, struct plot *c)
{
	double high;

	wide = fmin(fmax(wide, SPAN_MIN), 1);
	high = wide * c->h / c->w;
	c->x0 = x - wide / 2;
	c->x1 = x + wide / 2;
	c->y0 = y - high / 2;
	c->y1 = y + high / 2;
	hold(c);
}

void
plot_fit(const struct search_box *box, double margin, double w, double h, struct plot *out)
{
	double x0 = mercator_x(box->west / E7), x1 = mercator_x(box->east / E7);
	double y0 = mercator_y(box->north / E7), y1 = mercator_y(box->south / E7);
	double wide = (x1 - x0) * (1 + 2 * margin), high = (y1 - y0) * (1 + 2 * margin);

	*out = (struct plot){ .w = w, .h = h };
	about((x0 + x1) / 2, (y0 + y1) / 2, fmax(wide, high * w / h), out);
}

void
plot_box(const struct plot *c, struct search_box *out)
{
	*out = (struct search_box){
		.south = (int32_t)lround(mercator_lat(c->y1) * E7), .west = (int32_t)lround(mercator_lon(c->x0) * E7),
		.north = (int32_t)lround(mercator_lat(c->y0) * E7), .east = (int32_t)lround(mercator_lon(c->x1) * E7),
	};
}

void
plot_shift(const struct plot *c, double dx, double dy, double scale, struct plot *out)
{
	struct plot from = *c;
	double wide = from.x1 - from.x0, high = from.y1 - from.y0;

	*out = (struct plot){ .w = from.w, .h = from.h };
	about((from.x0 + from.x1) / 2 + dx * wide, (from.y0 + from.y1) / 2 + dy * high, wide * scale, out);
}

int
plot_is_nearest(const struct plot *c)
{
	return c->x1 - c->x0 <= SPAN_MIN * 1.01;
}

int
plot_is_widest(const struct plot *c)
{
	return c->x1 - c->x0 >= 0.99;
}

double
plot_x(const struct plot *c, double lon)
{
	return (mercator_x(lon) - c->x0) / (c->x1 - c->x0) * c->w;
}

double
plot_y(const struct plot *c, double lat)
{
	return (mercator_y(lat) - c->y0) / (c->y1 - c->y0) * c->h;
}

double
plot_metres(const struct plot *c)
{
	double lat = mercator_lat((c->y0 + c->y1) / 2);

	return (c->x1 - c->x0) * EARTH_ROUND_M * cos(lat * 3.14159265358979323846 / 180) / c->w;
}

double
plot_step(const struct plot *c)
{
	double at = (c->x1 - c->x0) * 360 / 5, power = pow(10, floor(log10(at)));
	double lead = at / power;

	if (at > 20)
		return 30;
	return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

/* --- land -------------------------------------------------------------------------------------- */

struct spot {
	double x, y;
};

struct spots {
	struct spot *at;
	size_t count, cap;
};

static int
push(struct spots *s, struct spot p, struct err *e)
{
	struct spot *more;

	if (s->count == s->cap) {
		size_t cap = s->cap == 0 ? 256 : s->cap * 2;

		if ((more = realloc(s->at, cap * sizeof *more)) == NULL)
			return err_memory(e);
		s->at = more;
		s->cap = cap;
	}
	s->at[s->count++] = p;
	return 0;
}

static double
coordinate(const struct spot *p, int vertical)
{
	return vertical ? p->y : p->x;
}

/* Where the way from a to b meets a line. */
static struct spot
meeting(const struct spot *a, const struct spot *b, int vertical, double at)
{
	double from = coordinate(a, vertical), t = (at - from) / (coordinate(b, vertical) - from);

	return (struct spot){ a->x + t * (b->x - a->x), a->y + t * (b->y - a->y) };
}

/* One edge of Sutherland and Hodgman's clipping: what lies on the side of sign is kept. */
static int
clip(const struct spots *in, int vertical, double at, int sign, struct spots *out, struct err *e)
{
	size_t i;

	out->count = 0;
	for (i = 0; i < in->count; i++) {
		const struct spot *p = &in->at[i], *last = &in->at[(i + in->count - 1) % in->count];
		int in_now = (coordinate(p, vertical) - at) * sign >= 0;
		int in_last = (coordinate(last, vertical) - at) * sign >= 0;

		if (in_now != in_last && push(out, meeting(last, p, vertical, at), e) == -1)
			return -1;
		if (in_now && push(out, *p, e) == -1)
			return -1;
	}
	return 0;
}

static int
clip_ring(const struct plot *c, struct spots *ring, struct spots *spare, struct err *e)
{
	if (clip(ring, 0, -MARGIN_UNITS, 1, spare, e) == -1 ||
	    clip(spare, 0, c->w + MARGIN_UNITS, -1, ring, e) == -1 ||
	    clip(ring, 1, -MARGIN_UNITS, 1, spare, e) == -1)
		return -1;
	return clip(spare, 1, c->h + MARGIN_UNITS, -1, ring, e);
}

/* The line in units of the drawing, without points too near to be told apart. */
static int
project(const struct plot *c, const struct outline *o, const struct outline_line *l, struct spots *out,
    struct err *e)
{
	size_t i;

	out->count = 0;
	for (i = 0; i < l->count; i++) {
		const struct outline_point *p = &o->point[l->first + i];
		struct spot s = { plot_x(c, p->lon_e3 / 1e3), plot_y(c, p->lat_e3 / 1e3) };
		const struct spot *last = out->count == 0 ? NULL : &out->at[out->count - 1];

		if (last != NULL && i + 1 < l->count && fabs(last->x - s.x) < NEAR_UNITS &&
		    fabs(last->y - s.y) < NEAR_UNITS)
			continue;
		if (push(out, s, e) == -1)
			return -1;
	}
	return 0;
}

/* "M120 45l3-7…": absolute once, then steps. */
static int
print_path(const struct spot *at, size_t count, int closed, struct buf *out, struct err *e)
{
	long px = 0, py = 0, x, y;
	size_t i;

	if (count < 2)
		return 0;
	for (i = 0; i < count; i++) {
		x = lround(at[i].x * 10);
		y = lround(at[i].y * 10);
		if (i == 0 ? buf_addf(out, e, "M%ld %ld", x, y) == -1
		    : buf_addf(out, e, "%s%ld%s%ld", i == 1 ? "l" : x < px ? "" : " ", x - px, y < py ? "" : " ",
			y - py) == -1)
			return -1;
		px = x;
		py = y;
	}
	return closed ? buf_addc(out, 'z', e) : 0;
}

static int
touches(const struct outline_box *a, const struct outline_box *b)
{
	return a->west <= b->east && a->east >= b->west && a->south <= b->north && a->north >= b->south;
}

static struct outline_box
box_e3(const struct plot *c)
{
	return (struct outline_box){
		(int32_t)floor(mercator_lon(c->x0) * 1e3), (int32_t)floor(mercator_lat(c->y1) * 1e3),
		(int32_t)ceil(mercator_lon(c->x1) * 1e3), (int32_t)ceil(mercator_lat(c->y0) * 1e3) };
}

/* The parts of a line that may be seen. */
static int
print_open(const struct plot *c, const struct spots *s, struct buf *out, struct err *e)
{
	size_t i, from = 0;

	for (i = 1; i <= s->count; i++) {
		const struct spot *a = &s->at[i - 1], *b = &s->at[i];

		if (i < s->count && fmax(a->x, b->x) >= -MARGIN_UNITS && fmin(a->x, b->x) <= c->w + MARGIN_UNITS &&
		    fmax(a->y, b->y) >= -MARGIN_UNITS && fmin(a->y, b->y) <= c->h + MARGIN_UNITS)
			continue;
		if (print_path(s->at + from, i - from, 0, out, e) == -1)
			return -1;
		from = i;
	}
	return 0;
}

static int
print_lines(const struct plot *c, const struct outline *o, enum outline_type type, struct buf *out, struct err *e)
{
	struct outline_box box = box_e3(c);
	struct spots ring = { NULL, 0, 0 }, spare = { NULL, 0, 0 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < o->lines; i++) {
		if (o->line[i].type != type || !touches(&o->line[i].box, &box))
			continue;
		if ((rc = project(c, o, &o->line[i], &ring, e)) == -1)
			break;
		if (type == OUTLINE_BORDER)
			rc = print_open(c, &ring, out, e);
		else if (ring.count > 2 && (rc = clip_ring(c, &ring, &spare, e)) == 0)
			rc = print_path(ring.at, ring.count, 1, out, e);
	}
	free(ring.at);
	free(spare.at);
	return rc;
}

int
plot_land(const struct plot *c, const struct outline *o, struct buf *out, struct err *e)
{
	struct outline_box box = box_e3(c);

	return print_lines(c, o, outline_covers(o, &box) ? OUTLINE_LAND : OUTLINE_WORLD, out, e);
}

int
plot_borders(const struct plot *c, const struct outline *o, struct buf *out, struct err *e)
{
	struct outline_box box = box_e3(c);

	return outline_covers(o, &box) ? print_lines(c, o, OUTLINE_BORDER, out, e) : 0;
}

/* --- names --------------------------------------------------------------------------------------- */

void
room_block(struct sheet_room *r, struct sheet_box box)
{
	if (r->count < SHEET_TAKEN_MAX)
		r->taken[r->count++] = box;
}

int
room_take(struct sheet_room *r, struct sheet_box box)
{
	size_t i;

	if (box.x0 < 0 || box.y0 < 0 || box.x1 > r->w || box.y1 > r->h || r->count == SHEET_TAKEN_MAX)
		return 0;
	for (i = 0; i < r->count; i++)
		if (box.x0 < r->taken[i].x1 && box.x1 > r->taken[i].x0 && box.y0 < r->taken[i].y1 &&
		    box.y1 > r->taken[i].y0)
			return 0;
	room_block(r, box);
	return 1;
}
