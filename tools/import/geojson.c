/* SPDX-License-Identifier: AGPL-3.0-or-later
 * geojson.c - features of maps (RFC 7946, and what uMap and others make of it).
 *
 * The file is cut into features without holding it: whatever array is called "features" is walked, each
 * of its objects parsed alone.  A file that is one Feature is taken whole.  Coordinates may be
 * numbers or text; an area stands at its centroid.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "proto/err.h"
#include "proto/jcs.h"
#include "tools/import/import.h"

#define WHOLE_BYTES_MAX ((size_t)16 << 20)
#define DEPTH_MAX 200

struct walk {
	import_item_fn *each;
	void *ctx;
	struct buf item;		/* the feature being read; before any: the file so far */
	size_t row;
	int depth, list_depth;		/* list_depth: of the array of features; 0: in none */
	int in_string, escaped;
	char word[16];			/* the last string, to know a member's name */
	size_t word_len;
	int named;			/* the word was "features", a colon followed */
	int any;
};

int
geojson_recognise(struct span head)
{
	struct span s = head;

	if (s.len >= 3 && memcmp(s.ptr, "\xef\xbb\xbf", 3) == 0) {
		s.ptr += 3;
		s.len -= 3;
	}
	s = span_trim(s);
	return s.len > 0 && s.ptr[0] == '{' && (memmem(s.ptr, s.len, "\"Feature", 8) != NULL ||
	    memmem(s.ptr, s.len, "\"umap\"", 6) != NULL);
}

/* --- where a geometry is ---------------------------------------------------------------------------- */

struct point {
	double lon, lat;
};

static int
read_coordinate(json_t *v, double *out)
{
	if (json_is_number(v)) {
		*out = json_number_value(v);
		return isfinite(*out);
	}
	return json_is_string(v) && import_number(span_str(json_string_value(v)), out);
}

static int
read_point(json_t *position, struct point *p)
{
	return json_array_size(position) >= 2 && read_coordinate(json_array_get(position, 0), &p->lon) &&
	    read_coordinate(json_array_get(position, 1), &p->lat);
}

/* The mean of a line's points. */
static int
line_middle(json_t *line, struct point *out)
{
	struct point p, sum = { 0, 0 };
	size_t i, n = json_array_size(line);

	for (i = 0; i < n; i++) {
		if (!read_point(json_array_get(line, i), &p))
			return 0;
		sum.lon += p.lon;
		sum.lat += p.lat;
	}
	*out = (struct point){ sum.lon / (double)n, sum.lat / (double)n };
	return n > 0;
}

/* The centroid of a ring, and twice its area; a ring without area has the mean of its points. */
static int
ring_centroid(json_t *ring, struct point *out, double *area2)
{
	size_t i, n = json_array_size(ring);
	struct point o, a, b, sum = { 0, 0 };
	double twice = 0;

	if (n == 0 || !read_point(json_array_get(ring, 0), &o) || !line_middle(ring, out))
		return 0;
	for (i = 0; i < n; i++) {
		double cross;

		if (!read_point(json_array_get(ring, i), &a) || !read_point(json_array_get(ring, (i + 1) % n), &b))
			return 0;
		cross = (a.lon - o.lon) * (b.lat - o.lat) - (b.lon - o.lon) * (a.lat - o.lat);
		twice += cross;
		sum.lon += (a.lon + b.lon - 2 * o.lon) * cross;
		sum.lat += (a.lat + b.lat - 2 * o.lat) * cross;
	}
	*area2 = fabs(twice);
	if (*area2 > 1e-12)
		*out = (struct point){ o.lon + sum.lon / (3 * twice), o.lat + sum.lat / (3 * twice) };
	return 1;
}

static int
largest_polygon(json_t *polygons, struct point *out)
{
	double best = -1, area2;
	struct point p;
	json_t *polygon;
	size_t i;

	json_array_foreach(polygons, i, polygon)
		if (ring_centroid(json_array_get(polygon, 0), &p, &area2) && area2 > best) {
			best = area2;
			*out = p;
		}
	return best >= 0;
}

static int
locate(json_t *geometry, struct point *out)
{
	const char *type = json_string_value(json_object_get(geometry, "type"));
	json_t *at = json_object_get(geometry, "coordinates"), *parts;
	double area2;
	size_t i;

	if (type == NULL)
		return 0;
	if (strcmp(type, "Point") == 0)
		return read_point(at, out);
	if (strcmp(type, "MultiPoint") == 0 || strcmp(type, "LineString") == 0)
		return line_middle(at, out);
	if (strcmp(type, "MultiLineString") == 0)
		return line_middle(json_array_get(at, 0), out);
	if (strcmp(type, "Polygon") == 0)
		return ring_centroid(json_array_get(at, 0), out, &area2);
	if (strcmp(type, "MultiPolygon") == 0)
		return largest_polygon(at, out);
	parts = json_object_get(geometry, "geometries");
	for (i = 0; i < json_array_size(parts); i++) {
		json_t *part = json_array_get(parts, i);

		/* one level: a collection within a collection is not worth a recursion */
		if (json_object_get(part, "geometries") == NULL && locate(part, out))
			return 1;
	}
	return 0;
}

/* --- properties ---------------------------------------------------------------------------------------- */

struct cells {
	struct import_cell cell[IMPORT_CELLS_MAX];
	size_t count;
	struct buf text;		/* of values that are not strings; offsets until all is in */
};

/* A scalar's text appended to out: 1 when it has one. */
static int
scalar_text(json_t *v, struct buf *out, struct err *e)
{
	char number[JCS_NUMBER_BYTES];
	int rc = 0;

	if (json_is_string(v))
		rc = buf_add(out, json_string_value(v), json_string_length(v), e);
	else if (json_is_integer(v))
		rc = buf_addf(out, e, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		rc = jcs_number(json_real_value(v), number) == -1 ? 0 : buf_adds(out, number, e);
	else if (json_is_boolean(v))
		rc = buf_adds(out, json_is_true(v) ? "true" : "false", e);
	else
		return 0;
	return rc == -1 ? -1 : 1;
}

/* The words of an array, separated by "|"; of objects in it, their name. */
static int
array_text(json_t *array, struct buf *out, struct err *e)
{
	json_t *v;
	size_t i;

	json_array_foreach(array, i, v) {
		size_t before = out->len;

		if (json_is_object(v))
			v = json_object_get(v, "name");
		if (before > 0 && out->ptr[before - 1] != '\0' && buf_addc(out, '|', e) == -1)
			return -1;
		if (scalar_text(v, out, e) == -1)
			return -1;
	}
	return 0;
}

static int
add_cell(struct cells *c, const char *name, json_t *v, struct err *e)
{
	size_t at;

	if (c->count == IMPORT_CELLS_MAX || json_is_null(v))
		return 0;
	if (buf_addc(&c->text, '\0', e) == -1)
		return -1;
	at = c->text.len;
	if ((json_is_array(v) ? array_text(v, &c->text, e) : scalar_text(v, &c->text, e)) == -1)
		return -1;
	if (c->text.len == at)
		return 0;
	c->cell[c->count].name = name;
	/* the place, as an offset, until the text no longer moves */
	c->cell[c->count].value = (struct span){ NULL, c->text.len - at };
	c->count++;
	return 0;
}

/* Objects inside (an address, a position) give their members; deeper ones are of no use here. */
static int
add_members(struct cells *c, json_t *object, int nested, struct err *e)
{
	const char *name;
	json_t *v;

	json_object_foreach(object, name, v) {
		if (name[0] == '_' || (!nested && (strcmp(name, "geometry") == 0 || strcmp(name, "properties") == 0 ||
		    strcmp(name, "bbox") == 0)))
			continue;
		if (json_is_object(v) ? nested < 2 && add_members(c, v, nested + 1, e) == -1
		    : add_cell(c, name, v, e) == -1)
			return -1;
	}
	return 0;
}

/* Cells lie in text one after another, each after a NUL. */
static void
settle_cells(struct cells *c)
{
	size_t i, at = 0;

	for (i = 0; i < c->count; i++) {
		while (c->text.ptr[at] == '\0')
			at++;
		c->cell[i].value.ptr = c->text.ptr + at;
		at += c->cell[i].value.len;
	}
}

static int
hand_over(struct walk *w, json_t *feature, struct err *e)
{
	struct cells *c = calloc(1, sizeof *c);
	struct import_item item = { .row = ++w->row };
	struct point at;
	int rc = -1;

	if (c == NULL)
		return err_memory(e);
	c->text.max = IMPORT_ITEM_BYTES_MAX * 2;
	if (add_members(c, json_object_get(feature, "properties"), 1, e) == -1 ||
	    add_members(c, feature, 0, e) == -1)
		goto out;
	settle_cells(c);
	item.cell = c->cell;
	item.count = c->count;
	if ((item.has_position = locate(json_object_get(feature, "geometry"), &at))) {
		item.lat = at.lat;
		item.lon = at.lon;
	} else if (json_is_object(json_object_get(feature, "geometry")))
		item.wrong = "has a geometry that cannot be read";
	rc = w->each(w->ctx, &item, e);
out:
	buf_clear(&c->text);
	free(c);
	return rc;
}

/* --- cutting the file ------------------------------------------------------------------------------------ */

static int
end_item(struct walk *w, struct err *e)
{
	json_error_t why;
	json_t *feature = json_loadb(w->item.ptr, w->item.len, JSON_REJECT_DUPLICATES, &why);
	int rc = feature == NULL ? err_set(e, ERR_INPUT, "feature %zu is not JSON: %s", w->row + 1, why.text)
	    : hand_over(w, feature, e);

	json_decref(feature);
	buf_reset(&w->item);
	return rc;
}

static void
in_string(struct walk *w, char ch)
{
	if (w->escaped)
		w->escaped = 0;
	else if (ch == '\\')
		w->escaped = 1;
	else if (ch == '"')
		w->in_string = 0;
	else if (w->word_len < sizeof w->word)
		w->word[w->word_len] = ch;
	if (w->in_string)
		w->word_len++;
}

static void
open_bracket(struct walk *w, char ch)
{
	w->depth++;
	if (ch == '[' && w->named && w->list_depth == 0) {
		w->list_depth = w->depth;
		w->any = 1;
		buf_reset(&w->item);
	}
	w->named = 0;
}

/* One character; what lies outside features is kept only while none has been seen. */
static int
step(struct walk *w, char ch, struct err *e)
{
	int in_item = w->list_depth > 0 && w->depth > w->list_depth;

	if (w->in_string)
		in_string(w, ch);
	else if (ch == '"') {
		w->in_string = 1;
		w->word_len = 0;
		w->named = 0;
	} else if (ch == ':')
		w->named = w->list_depth == 0 && w->word_len == 8 && memcmp(w->word, "features", 8) == 0;
	else if (ch == '{' || ch == '[') {
		if (w->depth == DEPTH_MAX)
			return err_set(e, ERR_LIMIT, "nested deeper than %d", DEPTH_MAX);
		open_bracket(w, ch);
		in_item = in_item || (w->list_depth > 0 && w->depth == w->list_depth + 1 && ch == '{');
	} else if (ch == '}' || ch == ']') {
		if (w->depth-- == w->list_depth)
			w->list_depth = 0;
		if (w->depth < 0)
			return err_set(e, ERR_INPUT, "a bracket closes that was never opened");
	}
	if ((in_item || !w->any) && buf_addc(&w->item, ch, e) == -1)
		return err_wrap(e, "feature %zu", w->row + 1);
	return in_item && w->depth == w->list_depth && !w->in_string && ch == '}' ? end_item(w, e) : 0;
}

static int
cut(struct import_input *in, struct walk *w, struct err *e)
{
	char chunk[16384];
	long n, i;

	while ((n = import_input_read(in, chunk, sizeof chunk, e)) > 0)
		for (i = 0; i < n; i++)
			if (step(w, chunk[i], e) == -1)
				return -1;
	if (n == -1)
		return -1;
	if (w->depth != 0 || w->in_string)
		return err_set(e, ERR_INPUT, "the file ends too early, after %zu features", w->row);
	return 0;
}

int
geojson_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct walk w = { .each = each, .ctx = ctx, .item = BUF_INIT(WHOLE_BYTES_MAX) };
	struct span head = import_input_head(in);
	int rc;

	if (head.len >= 3 && memcmp(head.ptr, "\xef\xbb\xbf", 3) == 0)
		in->head_used = 3;
	rc = cut(in, &w, e);
	if (rc == 0 && !w.any && w.item.len > 0)
		rc = end_item(&w, e);
	buf_clear(&w.item);
	return rc;
}
