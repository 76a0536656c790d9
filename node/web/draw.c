/* SPDX-License-Identifier: AGPL-3.0-or-later
 * draw.c - see draw.h. */
#include "node/web/draw.h"

#include <math.h>
#include <string.h>

#include "node/core/outline.h"
#include "node/search/mercator.h"
#include "proto/canon.h"

#define PATH_BYTES_MAX	(512 * 1024)
#define SCALE_UNITS_MAX	130
#define LINES_MAX	40

/* One record's map, and how much of the world it shows: some 170 km here; /map then shows 12. */
#define HERE_WIDTH	300
#define HERE_HEIGHT	220
#define HERE_WIDE	(1.0 / 160)
#define CLOSE_WIDE	(1.0 / 2200)

/* Letters of a name, about as wide as they come out; where there is little room they are drawn larger
 * (style.css). */
#define LETTER_WIDE	6.6
#define LETTER_HIGH	13
#define GROUP_RADIUS	19
#define PIN_WIDE	10
#define PIN_HIGH	29
#define SMALL_LETTERS	1.5
#define SMALL_MARKS	1.13

static int
keep(struct visit *v, struct buf *b, const char **out, struct err *e)
{
	*out = arena_copy(v->arena, buf_span(b));
	buf_reset(b);
	return *out == NULL ? err_memory(e) : 0;
}

static int
graticule(const struct plot *c, struct buf *out, struct err *e)
{
	double step = plot_step(c), lon, lat;
	struct search_box box;
	unsigned n = 0;

	plot_box(c, &box);
	for (lon = ceil(box.west / 1e7 / step) * step; lon <= box.east / 1e7 && n < LINES_MAX; lon += step, n++)
		if (buf_addf(out, e, "M%.1f 0v%.0f", plot_x(c, lon), c->h) == -1)
			return -1;
	for (lat = ceil(box.south / 1e7 / step) * step; lat <= box.north / 1e7 && n < 2 * LINES_MAX; lat += step, n++)
		if (buf_addf(out, e, "M0 %.1fh%.0f", plot_y(c, lat), c->w) == -1)
			return -1;
	return 0;
}

/* The longest round distance that fits the bar. */
static void
scale(struct visit *v, const struct plot *c, struct map *m)
{
	double most = plot_metres(c) * SCALE_UNITS_MAX, power = pow(10, floor(log10(most)));
	double metres = power * (most / power >= 5 ? 5 : most / power >= 2 ? 2 : 1);
	double wide = metres / plot_metres(c);

	m->scale = metres < 1000 ? printed(v, "%.0f m", metres) : printed(v, "%.0f km", metres / 1000);
	m->scale_path = printed(v, "M12 %.0fv5h%.1fv-5", c->h - 17, wide);
	m->scale_x = printed(v, "%.1f", 12 + wide / 2);
	m->scale_y = printed(v, "%.0f", c->h - 22);
}

int
draw_base(struct visit *v, const struct plot *c, struct map *m, struct err *e)
{
	struct buf b = BUF_INIT(PATH_BYTES_MAX);
	struct search_box box;
	char text[BOX_CHARS_MAX];
	int rc = -1;

	plot_box(c, &box);
	box_print(&box, text);
	m->box = printed(v, "%s", text);
	m->w = printed(v, "%.0f", c->w);
	m->h = printed(v, "%.0f", c->h);
	if (plot_land(c, v->node->outline, &b, e) == -1 || keep(v, &b, &m->land, e) == -1 ||
	    plot_borders(c, v->node->outline, &b, e) == -1 || keep(v, &b, &m->border, e) == -1 ||
	    graticule(c, &b, e) == -1 || keep(v, &b, &m->graticule, e) == -1)
		goto out;
	scale(v, c, m);
	rc = 0;
out:
	buf_clear(&b);
	return rc;
}

/* --- names ------------------------------------------------------------------------------------- */

static size_t
letters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* Where a name may stand beside its place: from the middle of its line's foot, and how it is anchored. */
static const struct {
	double dx, dy;
	const char *anchor;
	double from;			/* the share of the width to the left of x */
} beside[] = {
	{ 0, 4, "middle", 0.5 }, { 0, 16, "middle", 0.5 }, { 0, 36, "middle", 0.5 }, { 23, 4, "start", 0 },
	{ -23, 4, "end", 1 }, { 0, -24, "middle", 0.5 }, { 0, -34, "middle", 0.5 },
};

static struct sheet_box
text_box(double x, double y, double wide, double from, double scale)
{
	return (struct sheet_box){ x - wide * from * scale - 2, y - LETTER_HIGH * 0.72 * scale,
		x + wide * (1 - from) * scale + 2, y + LETTER_HIGH * 0.3 * scale };
}

static int
place_label(struct visit *v, const char *name, double x, double y, struct sheet_room room[2], struct map_label *out)
{
	double wide = (double)letters(name) * LETTER_WIDE;
	size_t i;

	for (i = 0; i < sizeof beside / sizeof beside[0]; i++) {
		double tx = x + beside[i].dx, ty = y + beside[i].dy;

		if (!room_take(&room[0], text_box(tx, ty, wide, beside[i].from, 1)))
			continue;
		*out = (struct map_label){ .x = printed(v, "%.1f", tx), .y = printed(v, "%.1f", ty), .text = name,
			.anchor = beside[i].anchor,
			.minor = !room_take(&room[1], text_box(tx, ty, wide, beside[i].from, SMALL_LETTERS)) };
		return 1;
	}
	return 0;
}

static int
is_written(const struct map *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->labels; i++)
		if (strcmp(m->label[i].text, name) == 0)
			return 1;
	return 0;
}

static void
block_stand(struct sheet_room *r, const struct stand *s, double scale)
{
	double wide = (s->group ? GROUP_RADIUS : PIN_WIDE) * scale;
	double up = (s->group ? GROUP_RADIUS : PIN_HIGH) * scale, down = (s->group ? GROUP_RADIUS : 2) * scale;

	room_block(r, (struct sheet_box){ s->x - wide, s->y - up, s->x + wide, s->y + down });
}

int
draw_labels(struct visit *v, const struct plot *c, const struct search_grid *g, const struct stand *stand,
    size_t stands, struct map *m, struct err *e)
{
	struct sheet_room *room = arena_alloc(v->arena, 2 * sizeof *room);
	struct map_label *label = arena_alloc(v->arena, (g->places + stands + 1) * sizeof *label);
	size_t i;

	if (room == NULL || label == NULL)
		return err_memory(e);
	for (i = 0; i < 2; i++) {
		room[i].w = c->w;
		room[i].h = c->h;
		room_block(&room[i], (struct sheet_box){ 0, c->h - 34, SCALE_UNITS_MAX + 24, c->h });
	}
	for (i = 0; i < stands; i++) {
		block_stand(&room[0], &stand[i], 1);
		block_stand(&room[1], &stand[i], SMALL_MARKS);
	}
	m->label = label;
	for (i = 0; i < stands; i++)
		m->labels += (size_t)(*stand[i].name != '\0' && !is_written(m, stand[i].name) &&
		    place_label(v, stand[i].name, stand[i].x, stand[i].y, room, &label[m->labels]));
	for (i = 0; i < g->places; i++) {
		const struct search_place *p = &g->place[i];

		m->labels += (size_t)(*p->name != '\0' && !is_written(m, p->name) && place_label(v, p->name,
		    plot_x(c, p->lon_e7 / 1e7), plot_y(c, p->lat_e7 / 1e7), room, &label[m->labels]));
	}
	return 0;
}

/* --- one record ---------------------------------------------------------------------------------- */

static int
position_of(struct span content, int32_t *lat_e7, int32_t *lon_e7)
{
	struct span lat, lon;
	int64_t y, x;

	if (!canon_get(content, "lat_e7", &lat) || !canon_get(content, "lon_e7", &lon) || !canon_int(lat, &y) ||
	    !canon_int(lon, &x) || y < -850000000 || y > 850000000 || x < -1800000000 || x > 1800000000)
		return 0;
	*lat_e7 = (int32_t)y;
	*lon_e7 = (int32_t)x;
	return 1;
}

int
draw_here(struct visit *v, struct span content, struct view_item *w, struct err *e)
{
	struct map *m = arena_alloc(v->arena, sizeof *m);
	struct search_box box, around;
	struct plot at, c;
	char text[BOX_CHARS_MAX];
	int32_t lat, lon;
	struct stand stand;
	const struct search_grid none = { .total = 0 };

	if (m == NULL)
		return err_memory(e);
	if (!position_of(content, &lat, &lon))
		return 0;
	box = (struct search_box){ lat, lon, lat, lon };
	plot_fit(&box, 0, HERE_WIDTH, HERE_HEIGHT, &at);
	plot_shift(&at, 0, 0, HERE_WIDE / (at.x1 - at.x0), &c);
	stand = (struct stand){ plot_x(&c, lon / 1e7), plot_y(&c, lat / 1e7), 0, w->where };
	plot_shift(&at, 0, 0, CLOSE_WIDE / (at.x1 - at.x0), &at);
	plot_box(&at, &around);
	box_print(&around, text);
	w->map_href = visit_href(v, printed(v, "/map?bbox=%s", text));
	w->map_x = printed(v, "%.1f", stand.x);
	w->map_y = printed(v, "%.1f", stand.y);
	if (draw_base(v, &c, m, e) == -1 || draw_labels(v, &c, &none, &stand, 1, m, e) == -1)
		return -1;
	w->map = m;
	return 0;
}
