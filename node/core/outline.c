/* SPDX-License-Identifier: AGPL-3.0-or-later
 * outline.c - see outline.h. */
#include "node/core/outline.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/file.h"
#include "proto/err.h"

#define OUTLINE_BYTES_MAX ((size_t)4 << 20)
#define LON_E3_MAX 180000
#define LAT_E3_MAX 90000
#define DIGITS_MAX 6

/* Take "-123" off the front; 1 when there was one. */
static int
take_number(struct span *s, int32_t *out)
{
	int minus = s->len > 0 && *s->ptr == '-';
	size_t i = (size_t)minus;
	int32_t n = 0;

	for (; i < s->len && i < DIGITS_MAX + (size_t)minus && s->ptr[i] >= '0' && s->ptr[i] <= '9'; i++)
		n = n * 10 + (s->ptr[i] - '0');
	if (i == (size_t)minus)
		return 0;
	*out = minus ? -n : n;
	*s = (struct span){ s->ptr + i, s->len - i };
	return 1;
}

static int
take_char(struct span *s, char c)
{
	if (s->len == 0 || *s->ptr != c)
		return 0;
	*s = (struct span){ s->ptr + 1, s->len - 1 };
	return 1;
}

static int
is_on_earth(const struct outline_point *p)
{
	return p->lon_e3 >= -LON_E3_MAX && p->lon_e3 <= LON_E3_MAX && p->lat_e3 >= -LAT_E3_MAX &&
	    p->lat_e3 <= LAT_E3_MAX;
}

static void
widen(struct outline_box *b, const struct outline_point *p, int first)
{
	if (first || p->lon_e3 < b->west)
		b->west = p->lon_e3;
	if (first || p->lon_e3 > b->east)
		b->east = p->lon_e3;
	if (first || p->lat_e3 < b->south)
		b->south = p->lat_e3;
	if (first || p->lat_e3 > b->north)
		b->north = p->lat_e3;
}

/* "west,south,east,north" */
static int
read_area(struct outline *o, struct outline_line *l, struct span rest)
{
	struct outline_point *p = &o->point[o->points];

	if (!take_number(&rest, &p[0].lon_e3) || !take_char(&rest, ',') || !take_number(&rest, &p[0].lat_e3) ||
	    !take_char(&rest, ',') || !take_number(&rest, &p[1].lon_e3) || !take_char(&rest, ',') ||
	    !take_number(&rest, &p[1].lat_e3) || rest.len > 0 || !is_on_earth(&p[0]) || !is_on_earth(&p[1]) ||
	    p[0].lon_e3 >= p[1].lon_e3 || p[0].lat_e3 >= p[1].lat_e3)
		return 0;
	widen(&l->box, &p[0], 1);
	widen(&l->box, &p[1], 0);
	l->count = 2;
	return 1;
}

/* "lon,lat" and then steps "dlon,dlat", parted by single spaces. */
static int
read_points(struct outline *o, struct outline_line *l, struct span rest)
{
	struct outline_point at = { 0, 0 }, step;

	do {
		if (!take_number(&rest, &step.lon_e3) || !take_char(&rest, ',') || !take_number(&rest, &step.lat_e3))
			return 0;
		at.lon_e3 += step.lon_e3;
		at.lat_e3 += step.lat_e3;
		if (!is_on_earth(&at))
			return 0;
		widen(&l->box, &at, l->count == 0);
		o->point[l->first + l->count++] = at;
	} while (take_char(&rest, ' '));
	return rest.len == 0 && l->count >= 2;
}

static int
read_line(struct outline *o, struct span line)
{
	struct outline_line *l = &o->line[o->lines];

	*l = (struct outline_line){ .type = OUTLINE_AREA, .first = o->points };
	if (line.len < 3 || line.ptr[1] != '\t' || memchr("ALBW", line.ptr[0], 4) == NULL)
		return 0;
	l->type = (enum outline_type)line.ptr[0];
	line = (struct span){ line.ptr + 2, line.len - 2 };
	if (!(l->type == OUTLINE_AREA ? read_area(o, l, line) : read_points(o, l, line)))
		return 0;
	o->points += l->count;
	o->lines++;
	return 1;
}

/* Room for every point that a comma could stand in, and every line. */
static int
make_room(struct outline *o, struct err *e)
{
	size_t commas = 0, lines = 1, i;

	for (i = 0; i < o->text.len; i++) {
		commas += o->text.ptr[i] == ',';
		lines += o->text.ptr[i] == '\n';
	}
	o->point = calloc(commas + 2, sizeof *o->point);
	o->line = calloc(lines, sizeof *o->line);
	return o->point == NULL || o->line == NULL ? err_memory(e) : 0;
}

static int
read_text(struct outline *o, struct err *e)
{
	struct span rest = buf_span(&o->text);
	unsigned number = 0;

	if (make_room(o, e) == -1)
		return -1;
	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');

		number++;
		if (line.len > 0 && line.ptr[0] != '#' && !read_line(o, line))
			return err_set(e, ERR_INPUT, "line %u is no outline", number);
	}
	return 0;
}

int
outline_parse(struct span text, struct outline **out, struct err *e)
{
	struct outline *o = calloc(1, sizeof *o);

	if (o == NULL)
		return err_memory(e);
	o->text.max = OUTLINE_BYTES_MAX;
	if (buf_addspan(&o->text, text, e) == -1 || read_text(o, e) == -1) {
		outline_close(o);
		return -1;
	}
	*out = o;
	return 0;
}

int
outline_open(const char *path, struct outline **out, struct err *e)
{
	struct buf text = BUF_INIT(OUTLINE_BYTES_MAX);
	char found[PATH_MAX];
	int rc = 0;

	if (path == NULL && file_shipped("outline.tsv", found, sizeof found))
		path = found;
	if (path != NULL)
		rc = file_read(path, &text, e);
	if (rc == 0)
		rc = outline_parse(buf_span(&text), out, e);
	buf_clear(&text);
	return rc == -1 ? err_wrap(e, "%s", path == NULL ? "outline" : path) : 0;
}

void
outline_close(struct outline *o)
{
	if (o == NULL)
		return;
	buf_clear(&o->text);
	free(o->point);
	free(o->line);
	free(o);
}

int
outline_covers(const struct outline *o, const struct outline_box *box)
{
	const struct outline_line *l;

	for (l = o->line; l < o->line + o->lines; l++)
		if (l->type == OUTLINE_AREA && box->west >= l->box.west && box->east <= l->box.east &&
		    box->south >= l->box.south && box->north <= l->box.north)
			return 1;
	return 0;
}
