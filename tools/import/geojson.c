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

#include "proto/err.h"
#include "tools/import/draft.h"
#include "tools/import/json.h"

int
geojson_recognise(const struct import_input *in)
{
	struct span s = import_input_text(in);

	if (s.len == 0 || s.ptr[0] != '{')
		return SURE_NOT;
	if (memmem(s.ptr, s.len, "\"umap\"", 6) != NULL)
		return SURE_YES;
	return memmem(s.ptr, s.len, "\"Feature", 8) != NULL ? SURE_LIKELY : SURE_NOT;
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

/* --- features ------------------------------------------------------------------------------------------ */

struct walk {
	import_item_fn *each;
	void *ctx;
	struct import_draft *draft;
	size_t row;
	char *licence;			/* of the file; or NULL */
};

static int
on_head(void *ctx, const char *name, json_t *v, struct err *e)
{
	struct walk *w = ctx;

	if ((strcmp(name, "licence") != 0 && strcmp(name, "license") != 0) || !json_is_string(v) ||
	    json_string_length(v) == 0 || w->licence != NULL)
		return 0;
	w->licence = strdup(json_string_value(v));
	return w->licence == NULL ? err_memory(e) : 0;
}

/* What a feature says beside its geometry and properties. */
static void
add_members(struct import_draft *d, json_t *feature)
{
	static const char *const known[] = { "geometry", "properties", "bbox", "type" };
	const char *name;
	json_t *v;
	size_t i;

	json_object_foreach(feature, name, v) {
		for (i = 0; i < sizeof known / sizeof known[0] && strcmp(name, known[i]) != 0; i++)
			;
		if (i == sizeof known / sizeof known[0] && name[0] != '_' && name[0] != '@')
			draft_add_json(d, name, v);
	}
}

static int
on_feature(void *ctx, const char *key, json_t *feature, struct err *e)
{
	struct walk *w = ctx;
	struct import_item *item = &w->draft->item;
	struct point at;

	(void)key;
	draft_start(w->draft, ++w->row);
	draft_add_json(w->draft, "", json_object_get(feature, "properties"));
	add_members(w->draft, feature);
	if (w->licence != NULL)
		item->licence = span_str(w->licence);
	if ((item->has_position = locate(json_object_get(feature, "geometry"), &at))) {
		item->lat = at.lat;
		item->lon = at.lon;
	} else if (json_is_object(json_object_get(feature, "geometry")))
		item->wrong = "has a geometry that cannot be read";
	return draft_end(w->draft, w->each, w->ctx, e);
}

int
geojson_read(struct import_input *in, import_item_fn *each, void *ctx, struct err *e)
{
	struct walk w = { .each = each, .ctx = ctx, .draft = draft_new(e) };
	struct json_cut how = { .list = { "features" }, .item = on_feature, .head = on_head, .ctx = &w };
	int rc = w.draft == NULL ? -1 : json_cut(in, &how, e);

	draft_free(w.draft);
	free(w.licence);
	return rc;
}
